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

void describe(DictWriter& out, const core::Grant& grant, const View& view);
void describe(DictWriter& out, const core::Session& session, const View& view);
/** What was wrong with a file quotes it, so only admins read that. */
enum class Quotes { hidden, shown };
void describe(DictWriter& out, const core::FileState& file, Quotes quotes);

}  // namespace jit::daemon
