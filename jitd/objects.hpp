// SPDX-License-Identifier: Apache-2.0
// Grants, sessions and the file state as dictionaries: the keys are the JSON fields of jitctl(1).
#pragma once

#include "core/decide.hpp"
#include "jitd/dict.hpp"

namespace jit::daemon {

struct View {
    const core::State& state;
    const core::Config& config;
    core::Now now;
};

/** An array of dictionaries; nothing may be left open when a step fails. */
template <class Range, class Each>
int append_list(sd_bus_message* m, const Range& range, Each each) {
    int r = sd_bus_message_open_container(m, 'a', "a{sv}");
    for (const auto& item : range) {
        if (r >= 0) r = append_dict(m, [&](DictWriter& out) { each(out, item); });
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

void describe(DictWriter& out, const core::Grant& grant, const View& view);
void describe(DictWriter& out, const core::Session& session, const View& view);
/** `full`: with the text to sign and what the person did with the last grant, for who decides. */
enum class Detail { brief, full };
void describe(DictWriter& out, const core::Request& request, const View& view, Detail detail);
void describe(DictWriter& out, const core::Role& role, const core::Rule& rule);
/** What was wrong with a file quotes it, so only admins read that. */
enum class Quotes { hidden, shown };
void describe(DictWriter& out, const core::FileState& file, Quotes quotes);

}  // namespace jit::daemon
