// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jitctl/manager_client.hpp"
#include "jitctl/pam_files.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

Table state_table(const std::vector<PamStatus>& states) {
    Table table({"SERVICE", "STATE", "FILE"});
    for (const auto& state : states) table.add({state.service, state.state, state.file});
    return table;
}

int show_states(const Context& context, const std::string& service) {
    const auto states = pam_status(service);
    if (!states) return context.out.fail(exit_of(states.error().code), states.error());
    if (context.out.json()) {
        Json reply = {{"services", Json::array()}};
        for (const auto& state : *states)
            reply["services"].push_back(
                {{"service", state.service}, {"file", state.file}, {"state", state.state}});
        context.out.object(reply);
    } else {
        context.out.table(state_table(*states));
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run(const Context& context, const PamOptions& options) {
    if (options.action == "status") return show_states(context, options.service);
    const bool enable = options.action == "enable";
    if (enable && !options.permissive) {
        // A gate that nobody answers refuses everybody but root.
        if (const auto status = ManagerClient(context.env).status(); !status)
            return context.out.fail(core::Error{
                "UNREACHABLE",
                "pam enable: jitd does not answer, so everybody but root would be refused; first: "
                "systemctl start jitd.socket jitd.service"});
    }
    const PamMode mode = options.permissive ? PamMode::permissive : PamMode::enforce;
    const auto changed = enable ? pam_enable(options.service, mode) : pam_disable(options.service);
    if (!changed) return context.out.fail(exit_of(changed.error().code), changed.error());
    if (context.out.json()) {
        Json reply = {
            {"service", options.service}, {"action", options.action}, {"changed", *changed}};
        context.out.object(reply);
    } else if (!context.out.quiet()) {
        for (const auto& file : *changed)
            context.out.text("changed " + shown({{"f", file}}, "f") + "\n");
    }
    if (changed->empty())
        context.out.note("nothing to change");
    else if (enable)
        context.out.note(fmt::format(
            "Keep this shell open and try {} from another one now. Undo: jitctl pam disable {}",
            options.service, options.service));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
