// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

Record& revoked_by(Record& record, const RevokeEvent& event) { return by(record, event.actor).set("REASON", event.reason); }

void revoke_grant(Transition& out, const World& world, const Grant& grant, const RevokeEvent& event) {
    out.changes.emplace_back(PutEnded{Ended{grant.id, EndHow::revoked, event.actor.account, world.now.wall}});
    Record record(event::kGrantRevoked, fmt::format("{} revokes grant {} of {}: {}", event.actor.account, grant.id,
                                                    grant.account, event.reason));
    describe(record, grant).set("CODE", "REVOKED");
    revoked_by(record, event);
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"grant", grant.id, "revoked"});
    out.ended.push_back(grant.id);
}

}  // namespace

bool is_over(const Grant& grant, const World& world) {
    if (world.state.ended.contains(grant.id)) return true;
    const bool expired = status_of(grant, world.state, world.config, world.now).state == GrantState::expired;
    return expired && !ends_with_file(world, grant);
}

std::vector<std::string> still_open(const World& world, const std::string& account,
                                    const std::vector<std::string>& ended) {
    std::vector<std::string> out;
    for (const Grant* grant : world.state.grants_of(account)) {
        const bool gone = std::find(ended.begin(), ended.end(), grant->id) != ended.end();
        const auto state = status_of(*grant, world.state, world.config, world.now).state;
        if (!gone && (state == GrantState::active || state == GrantState::scheduled)) out.push_back(grant->id);
    }
    return out;
}

void end_uncovered(Transition& out, const World& world, const std::vector<std::string>& ended, Code code) {
    for (const auto& [id, session] : world.state.sessions) {
        // Its grant is over already: what else ends does not concern it.
        if (session.state == SessionState::ending || session.state == SessionState::finishing) continue;
        if (still_covered(session, world.state, world.config, world.now, ended)) continue;
        end_session(out, world, session, code);
    }
}

Transition on_revoke(const World& world, const RevokeEvent& event) {
    Transition out;
    if (!event.actor.admin) {
        out.refused = no_admin("revoke", event.actor);
        return out;
    }
    if (auto ok = check_text(event.reason, "reason", kMaxReason); !ok) {
        out.refused = error("InvalidArgument", "revoke: " + ok.error().text);
        return out;
    }
    if (event.what == RevokeWhat::session) {
        const auto it = world.state.sessions.find(event.object);
        if (it == world.state.sessions.end()) {
            out.refused = error("NotFound", fmt::format("revoke: session {}: not found; see: jitctl list sessions",
                                                        escape(event.object)));
            return out;
        }
        end_session(out, world, it->second, Code::revoked);
        revoked_by(out.records.back(), event);
        out.still = still_open(world, it->second.account, {});
        return out;
    }
    std::string account = event.what == RevokeWhat::user ? event.object : "";
    if (event.what == RevokeWhat::grant) {
        const Grant* grant = world.state.grant(event.object);
        if (!grant || (is_over(*grant, world))) {
            const auto* text = grant ? "revoke: grant {}: over already; see: jitctl show {}"
                                     : "revoke: grant {}: not found; see: jitctl list --all";
            const auto id = escape(event.object);
            out.refused = error("NotFound", fmt::format(fmt::runtime(text), id, id));
            return out;
        }
        account = grant->account;
        revoke_grant(out, world, *grant, event);
    } else {
        for (const auto& [id, grant] : world.state.grants) {
            const bool meant = event.what == RevokeWhat::all || grant.account == event.object;
            if (meant && !is_over(grant, world)) revoke_grant(out, world, grant, event);
        }
        for (const auto& [id, session] : world.state.sessions) {
            const bool meant = event.what == RevokeWhat::all || session.account == event.object;
            if (meant && session.state == SessionState::finishing) end_session(out, world, session, Code::revoked);
        }
    }
    end_uncovered(out, world, out.ended, Code::revoked);
    if (event.what != RevokeWhat::all) out.still = still_open(world, account, out.ended);
    return out;
}

}  // namespace jit::core
