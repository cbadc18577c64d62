// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

std::optional<Error> refused(const World& world, const RecoverEvent& event) {
    const auto& actor = event.actor;
    if (actor.uid != 0) return error("AccessDenied", fmt::format("recover: {} is not root", actor.account));
    if (auto bad = event.reason.empty() ? std::nullopt : bad_text("recover", "reason", event.reason, kMaxReason)) return bad;
    if (event.what == RecoverWhat::state) {
        if (world.state.needs_recovery) return std::nullopt;  // from inside a session, too: who is there came by break-glass
        return error("Failed", "recover: the state in /var/lib/jit is in order; nothing was changed");
    }
    if (world.state.needs_recovery) return error("Recovery", "recover: the state comes first: jitctl state recover");
    if (actor.in_scope) return error("Self", "recover: not from inside an elevated session; log in as root on the console");
    if (world.state.floor.refuses(world.now)) return std::nullopt;
    return error("Failed", "recover: the clock of this host is not behind; nothing was changed");
}

Record recovered(const RecoverEvent& event, std::string message, Code code) {
    Record record(event::kStateRecovered, std::move(message));
    by(record, event.actor).set("REASON", event.reason).set("CODE", std::string(to_string(code)));
    return record;
}

}  // namespace

Transition on_recover(const World& world, const RecoverEvent& event) {
    Transition out;
    out.widens = true;
    if ((out.refused = refused(world, event))) return out;
    if (event.what == RecoverWhat::state) {
        out.memory_suffices = true;  // there is no state to keep it in
        out.records.push_back(recovered(event, fmt::format("{} sets the state in /var/lib/jit aside and begins a new one",
                                                           event.actor.account), Code::recovery));
        return out;
    }
    const Wall before = world.state.floor.high();
    out.changes.emplace_back(PutFloor{world.now.wall});
    out.records.push_back(recovered(event, fmt::format("{} lets the clock of this host go back from {} to {}",
                                                       event.actor.account, format_time(before),
                                                       format_time(world.now.wall)), Code::clock_back));
    out.take_back.changes = {PutFloor{before}};
    return out;
}

}  // namespace jit::core
