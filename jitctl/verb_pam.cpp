// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "jitctl/exit_code.hpp"
#include "jitctl/gate_ready.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/pam_rollout.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

std::string revert_text(const PamWaiting& waiting) {
    return fmt::format("to {} in {}", state_after(*waiting.pending),
                       core::format_duration(waiting.left));
}

std::string late_text(const PamWaiting& waiting, const Output& out, core::Wall now) {
    return fmt::format("{}: back to {} since {}: nobody confirmed before the {}", waiting.service,
                       state_after(*waiting.reverted), cell_time(out, waiting.reverted->wall, now),
                       waiting.reverted->why);
}

Json waiting_json(const PamWaiting& waiting) {
    return {{"service", waiting.service},
            {"undo", state_after(*waiting.pending)},
            {"deadline_usec", core::to_usec(waiting.pending->wall)},
            {"left_usec", waiting.left.count()}};
}

Json reverted_json(const PamWaiting& waiting) {
    return {{"service", waiting.service},
            {"undo", state_after(*waiting.reverted)},
            {"why", waiting.reverted->why},
            {"time_usec", core::to_usec(waiting.reverted->wall)}};
}

void show_states_json(const Context& context, const std::vector<PamStatus>& states,
                      const core::Result<std::vector<PamWaiting>>& waiting) {
    Json reply = {{"services", Json::array()}, {"unconfirmed", nullptr}, {"reverted", nullptr}};
    for (const auto& state : states)
        reply["services"].push_back(
            {{"service", state.service}, {"file", state.file}, {"state", state.state}});
    if (waiting) {
        reply["unconfirmed"] = Json::array();
        reply["reverted"] = Json::array();
        for (const PamWaiting& one : *waiting) {
            if (one.pending) reply["unconfirmed"].push_back(waiting_json(one));
            if (one.reverted) reply["reverted"].push_back(reverted_json(one));
        }
    }
    context.out.object(reply);
}

/** Lines taken out in an editor come back with the next package that has a file in /etc/pam.d. */
void note_forgotten(const Context& context, const std::vector<PamStatus>& states) {
    const PamStore store("/");
    std::string last;
    for (const auto& state : states) {
        if (state.state != "off" || state.service == last || !store.is_enabled(state.service))
            continue;
        last = state.service;
        context.out.note(fmt::format(
            "{} is enabled, but its lines are gone: the next upgrade puts them back; to forget it: "
            "jitctl pam disable {}",
            state.service, state.service));
    }
}

int show_states(const Context& context, const std::string& service) {
    const auto states = pam_status(service);
    if (!states) return context.out.fail(exit_of(states.error().code), states.error());
    const auto waiting = pam_waiting(system_pam_host(), service);
    if (context.out.json()) {
        show_states_json(context, *states, waiting);
        return static_cast<int>(Exit::ok);
    }
    Table table({"SERVICE", "STATE", "FILE", "REVERTS"});
    for (const auto& state : *states) {
        std::string reverts;
        if (waiting)
            for (const PamWaiting& one : *waiting)
                if (one.pending && one.service == state.service) reverts = revert_text(one);
        table.add({state.service, state.state, state.file, reverts});
    }
    context.out.table(table);
    if (!waiting) {
        context.out.note("only root sees whether a change waits for: jitctl pam confirm");
        return static_cast<int>(Exit::ok);
    }
    for (const PamWaiting& one : *waiting) {
        if (one.pending)
            context.out.note("keep the change of " + one.service + ": jitctl pam confirm");
        if (one.reverted) context.out.note(late_text(one, context.out, context.env.now()));
    }
    note_forgotten(context, *states);
    return static_cast<int>(Exit::ok);
}

int confirm(const Context& context, const PamOptions& options) {
    const auto confirmed = pam_confirm(system_pam_host(), options.service);
    if (!confirmed) return context.out.fail(exit_of(confirmed.error().code), confirmed.error());
    if (context.out.json()) {
        context.out.object({{"action", "confirm"}, {"confirmed", *confirmed}});
    } else if (!context.out.quiet()) {
        for (const auto& service : *confirmed) context.out.text("confirmed " + service + "\n");
    }
    return static_cast<int>(Exit::ok);
}

void note_next(const Context& context, const PamOptions& options, const PamOutcome& outcome) {
    if (outcome.changed.empty()) context.out.note("nothing to change");
    if (options.action != "enable") return;
    if (options.service == "sshd" && !options.permissive)
        context.out.note(
            "While jitd does not answer, nobody logs in by ssh: have the console at hand.");
    if (outcome.pending)
        context.out.note(
            fmt::format("Try {} from another shell now. If it works: jitctl pam confirm. Otherwise "
                        "it goes back "
                        "to {} at {}, and at a reboot.",
                        options.service, state_after(*outcome.pending),
                        cell_time(context.out, outcome.pending->wall, context.env.now())));
    else if (!outcome.changed.empty())
        context.out.note(fmt::format(
            "Keep this shell open and try {} from another one now. Undo: jitctl pam disable {}",
            options.service, options.service));
}

}  // namespace

core::Result<void> gate_ready(const core::Result<Json>& status) {
    if (!status)
        return core::fail(code::kUnreachable,
                          fmt::format("pam enable: {}; until then everybody but root would be "
                                      "refused; first: systemctl restart jitd.socket jitd.service",
                                      status.error().text));
    if (text_of(*status, "state") == "ok") return {};
    return core::fail(code::kUnreachable,
                      fmt::format("pam enable: jitd is in state {}, so everybody but root would be "
                                  "refused; first: journalctl -u jitd",
                                  shown(*status, "state")));
}

int run(const Context& context, const PamOptions& options) {
    if (options.action == "status") return show_states(context, options.service);
    if (options.action == "confirm") return confirm(context, options);
    const bool enable = options.action == "enable";
    // Who is not root can't ask there, and is told to be root below.
    if (enable && !options.permissive && context.env.uid == 0) {
        const auto ready = gate_ready(ManagerClient(context.env).gate_status());
        if (!ready) return context.out.fail(exit_of(ready.error().code), ready.error());
    }
    const PamMode mode = options.permissive ? PamMode::permissive : PamMode::enforce;
    const PamHost host = system_pam_host();
    const auto outcome = enable ? pam_enable(host, options.service, mode, options.confirm)
                                : pam_disable(host, options.service);
    if (!outcome) return context.out.fail(exit_of(outcome.error().code), outcome.error());
    if (context.out.json()) {
        Json reply = {{"service", options.service},
                      {"action", options.action},
                      {"changed", outcome->changed},
                      {"deadline_usec", nullptr}};
        if (outcome->pending) reply["deadline_usec"] = core::to_usec(outcome->pending->wall);
        context.out.object(reply);
    } else if (!context.out.quiet()) {
        for (const auto& file : outcome->changed)
            context.out.text("changed " + shown({{"f", file}}, "f") + "\n");
    }
    note_next(context, options, *outcome);
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
