// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jitctl/pam_timer.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr std::array<std::string_view, 3> kServices = {"sudo", "su", "sshd"};

/** What pam-lines.sh makes of the service again. What stood half or in a wrong order becomes off:
 * only that lets people in for certain. */
core::Result<std::string> undo_of(const PamHost& host, std::string_view service) {
    const auto states = pam_status(service, host.root);
    if (!states) return states.failure();
    const auto are_all = [&](PamState wanted) {
        return std::ranges::all_of(
            *states, [&](const PamStatus& status) { return status.state == to_string(wanted); });
    };
    if (are_all(PamState::on)) return std::string("on");
    if (are_all(PamState::permissive)) return std::string("permissive");
    return std::string(service == "su" ? "nest" : "off");
}

bool changes_something(const std::vector<PamChange>& changes) {
    return std::ranges::any_of(
        changes, [](const PamChange& change) { return change.before.text != change.after; });
}

/** The timer first, then the file: a timer that finds nothing does nothing, and a file without a
 * timer would wait for the next boot. */
core::Result<PamPending> arm(const PamHost& host, PamStore& store, std::string_view service,
                             const std::optional<PamPending>& earlier, core::Usec span) {
    const auto now = read_clocks(host.root);
    if (!now) return now.failure();
    // Two unconfirmed changes in a row go back to what was before the first.
    auto undo = earlier ? core::Result<std::string>(earlier->undo) : undo_of(host, service);
    if (!undo) return undo.failure();
    const PamPending pending{
        *undo, now->wall + span, now->boot + span, now->boot_id,
        fmt::format("jit-pam-revert@{}-{}.timer", service, core::to_usec(now->wall))};
    if (auto done = host.start_timer(pending, span); !done) return done.failure();
    if (auto done = store.set_pending(service, pending); !done) return done.failure();
    if (earlier) host.stop_timer(*earlier);
    return pending;
}

core::Failure not_remembered(std::string_view service, const core::Error& error) {
    return core::fail(error.code,
                      fmt::format("{}; {} is gated, but an upgrade that replaces its file in "
                                  "/etc/pam.d would undo that: cure it and enable it again",
                                  error.text, service));
}

core::Failure not_forgotten(std::string_view service, const core::Error& error) {
    return core::fail(error.code,
                      fmt::format("{} is ungated, but an upgrade would gate it again: {}; cure it "
                                  "and disable it again",
                                  service, error.text));
}

core::Failure not_settled(std::string_view service, const PamPending& pending,
                          const core::Error& error) {
    return core::fail(error.code,
                      fmt::format("{} is ungated, but a change waits that a reboot would take back "
                                  "to {}: {}; cure it and disable it again",
                                  service, state_after(pending), error.text));
}

core::Failure nothing_waits(const std::vector<PamWaiting>& waiting) {
    for (const PamWaiting& one : waiting) {
        if (!one.reverted) continue;
        return core::fail(
            "REVERTED",
            fmt::format(
                "pam confirm: too late: nobody confirmed before the {}, so {} went back to {} "
                "at {}; again: jitctl pam enable {} --confirm 10min",
                one.reverted->why, one.service, one.reverted->undo,
                format_stamp(one.reverted->wall), one.service));
    }
    return core::fail("NOT_FOUND", "pam confirm: no change waits for a confirmation");
}

}  // namespace

PamHost system_pam_host() { return {"/", start_timer, stop_timer}; }

core::Result<PamOutcome> pam_enable(const PamHost& host, std::string_view service, PamMode mode,
                                    std::optional<core::Usec> confirm) {
    PamStore store(host.root);
    if (auto done = store.lock(); !done) return done.failure();
    const auto changes = plan_pam_enable(service, mode, host.root);
    if (!changes) return changes.failure();
    auto earlier = store.pending(service);
    if (!earlier) return earlier.failure();
    PamOutcome outcome{{}, *earlier};
    if (confirm && (*earlier || changes_something(*changes))) {
        auto armed = arm(host, store, service, *earlier, *confirm);
        if (!armed) return armed.failure();
        outcome.pending = std::move(*armed);
    }
    auto changed = apply(*changes);
    if (!changed) {
        if (confirm && outcome.pending && !*earlier && store.forget_pending(service))
            host.stop_timer(*outcome.pending);
        return changed.failure();
    }
    outcome.changed = std::move(*changed);
    (void)store.forget_reverted(service);
    if (auto done = store.set_enabled(service, mode == PamMode::permissive); !done)
        return not_remembered(service, done.error());
    return outcome;
}

core::Result<PamOutcome> pam_disable(const PamHost& host, std::string_view service) {
    PamStore store(host.root);
    const auto locked = store.lock();
    if (!locked && locked.error().code == "FAILED") return locked.failure();  // somebody is at work
    const auto changes = plan_pam_disable(service, host.root);
    if (!changes) return changes.failure();
    // A /var that can't be written keeps nobody out: the lines go, and then it is told.
    const auto forgotten = locked ? store.forget_enabled(service) : locked;
    auto changed = apply(*changes);
    if (!changed && !locked)
        return core::fail(changed.error().code,
                          fmt::format("{}; {}", changed.error().text, locked.error().text));
    if (!changed) return changed.failure();
    if (!locked && changed->empty() && !store.is_enabled(service)) return locked.failure();
    // Only now: until the lines are out the timer is what lets people in.
    if (const auto pending = store.pending(service); pending && *pending) {
        const auto settled = locked ? store.forget_pending(service) : locked;
        host.stop_timer(**pending);
        if (forgotten && !settled) return not_settled(service, **pending, settled.error());
    }
    if (!forgotten) return not_forgotten(service, forgotten.error());
    (void)store.forget_reverted(service);
    return PamOutcome{std::move(*changed), std::nullopt};
}

core::Result<std::vector<PamWaiting>> pam_waiting(const PamHost& host, std::string_view service) {
    const PamStore store(host.root);
    std::vector<PamWaiting> out;
    for (const auto name : kServices) {
        if (!service.empty() && service != name) continue;
        auto pending = store.pending(name);
        if (!pending) return pending.failure();
        auto reverted = store.reverted(name);
        if (!reverted) return reverted.failure();
        if (!*pending && !*reverted) continue;
        PamWaiting waiting{std::string(name), std::move(*pending), std::move(*reverted), {}};
        if (waiting.pending) {
            const auto now = read_clocks(host.root);
            if (!now) return now.failure();
            waiting.left = std::min<core::Usec>(waiting.pending->wall - now->wall,
                                                waiting.pending->boot - now->boot);
            waiting.left = std::max(waiting.left, core::Usec(0));
        }
        out.push_back(std::move(waiting));
    }
    return out;
}

core::Result<std::vector<std::string>> pam_confirm(const PamHost& host, std::string_view service) {
    PamStore store(host.root);
    if (auto done = store.lock(); !done) return done.failure();
    const auto waiting = pam_waiting(host, service);
    if (!waiting) return waiting.failure();
    std::vector<std::string> confirmed;
    for (const PamWaiting& one : *waiting) {
        if (!one.pending) continue;
        if (auto done = store.forget_pending(one.service); !done) return done.failure();
        host.stop_timer(*one.pending);
        confirmed.push_back(one.service);
    }
    if (confirmed.empty()) return nothing_waits(*waiting);
    return confirmed;
}

}  // namespace jit::ctl
