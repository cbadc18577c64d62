// SPDX-License-Identifier: Apache-2.0
#include "core/decide.hpp"

#include <algorithm>
#include <array>

#include "core/key_rules.hpp"
#include "core/rules.hpp"

namespace jit::core {
namespace {

constexpr Usec kSlew = std::chrono::seconds(2);  // what a clock that is kept right drifts meanwhile

bool deadline_passed(const Activation& activation, const Now& now) {
    return now.wall >= activation.end || left_by_boot(activation, now).value_or(Usec{1}) <= Usec{};
}

/** A token counts as long as its key does; of a file that is judged when it is loaded. */
bool keys_stand(const Grant& grant, const Trust& trust) {
    if (grant.origin == Origin::file) return true;
    return std::all_of(grant.keys.begin(), grant.keys.end(), [&](const std::string& id) { return in_force(trust, id); });
}

/** Only sudo has an I/O log. */
bool can_record(Service service, const Query& query) {
    return service == Service::sudo && query.recording != Recording::none;
}

Code no_role(const Config& config) { return config.policy_broken ? Code::config : Code::role_unknown; }

/** Does `grant` serve this query? grant = yes; otherwise the code it would be refused by. */
Code covers(const Grant& grant, const GrantStatus& status, const Query& query, Service service, const State& state,
            const Config& config) {
    const Pin* pin = state.pin_of(grant.id);
    const auto uid = pin && pin->uid ? pin->uid : grant.uid;
    if (uid && *uid != query.uid) return Code::identity;
    if (status.code != Code::grant) return status.code;
    const Role* role = config.policy.role(grant.role);
    if (!role) return no_role(config);
    if (!role->covers(service)) return Code::service;
    if (query.target && !role->covers(std::string_view(*query.target))) return Code::target;
    if (role->own_login && query.loginuid != query.uid) return Code::identity;
    if (role->record && !can_record(service, query)) return Code::recording;
    return Code::grant;
}

/** Of several reasons to refuse, the one that helps the person most. */
int rank(Code code) {
    constexpr std::array order = {Code::recording, Code::identity, Code::target,   Code::service, Code::role_unknown,
                                  Code::not_yet,   Code::revoked,  Code::released, Code::expired};
    const auto* it = std::find(order.begin(), order.end(), code);
    return static_cast<int>(order.end() - it);
}

/** How long what runs may go on when the grant is over. */
Usec time_to_finish(const Role& role) { return role.on_end == OnEnd::finish ? role.finish_limit : Usec{}; }

/** A grant that follows without a gap holds the session too, so the backstop must not come before its end. */
Wall follow_on(Wall end, Usec& extension, const Query& query, Service service, const State& state,
               const Config& config, const Now& now) {
    const auto grants = state.grants_of(query.account);
    for (bool grown = true; grown;) {
        grown = false;
        for (const Grant* grant : grants) {
            auto status = status_of(*grant, state, config, now);
            if (status.state != GrantState::scheduled || grant->not_before > end || status.ends <= end) continue;
            status.code = Code::grant;
            if (covers(*grant, status, query, service, state, config) != Code::grant) continue;
            end = status.ends;
            const Role& role = *config.policy.role(grant->role);
            extension = std::max(extension, role.max_extension + time_to_finish(role));
            grown = true;
        }
    }
    return end;
}

/** A question that waits, and would be the answer to this one. */
const Request* waiting(const Query& query, Service service, const State& state, const Config& config) {
    for (const Request* request : state.requests_of(query.account)) {
        if (request->state != RequestState::pending || request->uid != query.uid) continue;
        const Role* role = config.policy.role(request->role);
        if (role && role->covers(service) && (!query.target || role->covers(std::string_view(*query.target)))) return request;
    }
    return nullptr;
}

bool yields_to_pending(Code code) {
    constexpr std::array kYield = {Code::no_grant, Code::not_yet, Code::expired, Code::revoked, Code::released,
                                   Code::target,   Code::service, Code::role_unknown};
    return std::find(kYield.begin(), kYield.end(), code) != kYield.end();
}

/** With a lost state only break-glass lets in. */
bool serves(const Grant& grant, const State& state) {
    return !state.needs_recovery || grant.origin == Origin::breakglass;
}

Decision by_grants(const Query& query, Service service, const State& state, const Config& config, const Now& now,
                   std::span<const std::string> without = {}) {
    Decision denied;
    denied.code = Code::no_grant;
    Decision allowed;
    Usec extension{};
    Wall latest_denied{};
    for (const Grant* grant : state.grants_of(query.account)) {
        if (std::find(without.begin(), without.end(), grant->id) != without.end() || !serves(*grant, state)) continue;
        const GrantStatus status = status_of(*grant, state, config, now);
        const Code code = covers(*grant, status, query, service, state, config);
        if (code != Code::grant) {
            const bool later = rank(code) == rank(denied.code) && status.ends > latest_denied;
            if (rank(code) > rank(denied.code) || later) {
                denied.code = code;
                denied.grant = grant->id;
                denied.role = grant->role;
                denied.ends = status.ends;
                latest_denied = status.ends;
            }
            continue;
        }
        const Role& role = *config.policy.role(grant->role);
        extension = std::max(extension, left_to_extend(*grant, role, state) + time_to_finish(role));
        if (allowed.grant.empty() || status.ends > allowed.ends) {
            allowed.grant = grant->id;
            allowed.role = grant->role;
            allowed.ends = status.ends;
        }
    }
    if (allowed.grant.empty()) {
        const Request* request = yields_to_pending(denied.code) ? waiting(query, service, state, config) : nullptr;
        if (!request) return denied;
        denied = Decision{};
        denied.code = Code::pending;
        denied.request = request->id;
        denied.role = request->role;
        denied.awaits = request->kind == RequestKind::breakglass
                            ? "a break-glass token"
                            : who_decides(request->approvers, request->needed, request->approvals().size());
        return denied;
    }
    allowed.code = Code::grant;
    allowed.must_scope = service != Service::sshd;
    allowed.last_end = follow_on(allowed.ends, extension, query, service, state, config, now);
    allowed.backstop = allowed.last_end + extension;
    return allowed;
}

/** Logins of root under whatever name. */
bool is_gated(const Query& query, const std::vector<std::string>& gated) {
    const auto named = [&](std::string_view name) { return std::find(gated.begin(), gated.end(), name) != gated.end(); };
    return named("*") || named(query.account) || (query.uid == 0 && named("root"));
}

constexpr std::array<std::string_view, 6> kGrantStates = {"scheduled", "active",   "inactive",
                                                          "expired",   "released", "revoked"};

}  // namespace

std::string_view to_string(GrantState state) { return kGrantStates[static_cast<std::size_t>(state)]; }

Usec left_to_extend(const Grant& grant, const Role& role, const State& state) {
    if (grant.origin == Origin::breakglass) return {};
    // What is used up moved the end already.
    const Pin* pin = state.pin_of(grant.id);
    const Usec used = pin && grant.origin != Origin::file ? grant.not_after - pin->not_after : Usec{};
    return std::max(Usec{}, role.max_extension - used);
}

std::optional<Usec> left_by_boot(const Activation& activation, const Now& now) {
    return activation.boot_id == now.boot_id ? std::optional(activation.deadline - now.boot) : std::nullopt;
}

bool is_behind(const Activation& activation, const Now& now) {
    const auto left = left_by_boot(activation, now);
    return left && activation.end - now.wall > *left + kSlew;
}

GrantStatus status_of(const Grant& grant, const State& state, const Config& config, const Now& now) {
    GrantStatus out;
    const Pin* pin = state.pin_of(grant.id);
    out.ends = pin && pin->activation ? std::min(pin->activation->end, grant.not_after) : grant.not_after;
    if (pin && pin->activation && is_behind(*pin->activation, now))
        out.ends = std::min(out.ends, now.wall + *left_by_boot(*pin->activation, now));
    if (const Ended* ended = state.end_of(grant.id)) {
        out.ends = ended->at;
        switch (ended->how) {
            case EndHow::revoked: out.state = GrantState::revoked; out.code = Code::revoked; return out;
            case EndHow::released: out.state = GrantState::released; out.code = Code::released; return out;
            case EndHow::expired: out.state = GrantState::expired; out.code = Code::expired; return out;
        }
        return out;
    }
    // A file that was told to be over stays so, should the clock step back a little.
    const bool with_file = grant.origin == Origin::file && state.file.state == "expired";
    if (with_file || now.wall >= grant.not_after || (pin && pin->activation && deadline_passed(*pin->activation, now))) {
        out.state = GrantState::expired;
        out.code = Code::expired;
    } else if (now.wall < grant.not_before && !(pin && pin->activation)) {  // begun is begun, if a clock steps back
        out.state = GrantState::scheduled;
        out.code = Code::not_yet;
    } else if (!keys_stand(grant, config.trust)) {
        out.code = Code::revoked;
    } else if (!config.policy.role(grant.role)) {
        out.code = no_role(config);
    } else {
        out.state = GrantState::active;
        out.code = Code::grant;
    }
    return out;
}

Decision decide(const Query& query, const State& state, const Config& config, const Now& now) {
    Decision out;
    const auto service = service_from_pam(query.service);
    if (!service) {
        out.code = Code::service;
        return out;
    }
    if (state.floor.refuses(now)) {
        out.code = Code::clock_back;
        return out;
    }
    if (query.uid == kNoUid || query.account.empty()) {
        out.code = Code::identity;
        return out;
    }
    if (state.locks.contains(query.account)) {
        out.code = Code::locked;
        return out;
    }
    if (state.needs_recovery) {
        out = by_grants(query, *service, state, config, now);
        if (!out.allowed() && out.code != Code::pending) {
            out = Decision{};
            out.code = Code::recovery;
        }
        return out;
    }
    if (*service == Service::sshd && !is_gated(query, config.settings.sshd_gated)) {
        out.code = Code::exempt;
        return out;
    }
    const auto& exempt = config.settings.exempt;
    if (*service != Service::sshd && std::find(exempt.begin(), exempt.end(), query.account) != exempt.end()) {
        out.code = Code::exempt;
        return out;
    }
    return by_grants(query, *service, state, config, now);
}

std::vector<std::string> held_roles(const std::string& account, std::uint32_t uid, const State& state, const Config& config,
                                    const Now& now) {
    std::vector<std::string> out;
    if (state.floor.refuses(now) || state.locks.contains(account)) return out;
    Query query;
    query.account = account;
    query.uid = uid;
    query.service = "sudo";
    query.loginuid = uid;  // the gate asks for it
    for (const Grant* grant : state.grants_of(account)) {
        const bool known = std::find(out.begin(), out.end(), grant->role) != out.end();
        if (known || !serves(*grant, state)) continue;
        const auto status = status_of(*grant, state, config, now);
        if (covers(*grant, status, query, Service::sudo, state, config) == Code::grant) out.push_back(grant->role);
    }
    return out;
}

Decision holding(const Session& session, const State& state, const Config& config, const Now& now,
                 std::span<const std::string> without) {
    // A clock set back or a lost state refuses new sessions; what runs is bounded by its deadlines.
    Decision out;
    out.code = Code::locked;
    if (state.locks.contains(session.account)) return out;
    const auto service = service_from_pam(session.service);
    out.code = Code::service;
    if (!service) return out;
    Query query;
    query.account = session.account;
    query.uid = session.uid;
    query.service = session.service;
    query.target = session.target;
    query.loginuid = session.uid;  // judged when the session opened
    query.recording = session.recording.empty() ? Recording::none : Recording::on;
    return by_grants(query, *service, state, config, now, without);
}

bool still_covered(const Session& session, const State& state, const Config& config, const Now& now,
                   std::span<const std::string> without) {
    return holding(session, state, config, now, without).code == Code::grant;
}

}  // namespace jit::core
