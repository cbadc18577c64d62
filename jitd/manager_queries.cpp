// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/access.hpp"
#include "core/explain.hpp"
#include "core/text.hpp"
#include "jitd/clock.hpp"
#include "jitd/manager.hpp"

namespace jit::daemon {
namespace {

bool is_live(const core::Grant& grant, const View& view) {
    const auto state = core::status_of(grant, view.state, view.config, view.now).state;
    return state == core::GrantState::active || state == core::GrantState::scheduled ||
           state == core::GrantState::inactive;
}

std::vector<const core::Grant*> grants_for(const View& view, const std::optional<std::string>& account, bool all) {
    std::vector<const core::Grant*> out;
    for (const auto& [id, grant] : view.state.grants) {
        if (account && grant.account != *account) continue;
        if (all || is_live(grant, view)) out.push_back(&grant);
    }
    std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
        return std::tie(a->not_after, a->id) < std::tie(b->not_after, b->id);
    });
    return out;
}

/** Break-glass uses that nobody has looked at yet, of those the caller may see. */
std::vector<const core::Grant*> unreviewed(const View& view, const core::Actor& actor) {
    std::vector<const core::Grant*> out;
    for (const auto& [id, grant] : view.state.grants) {
        if (grant.origin != core::Origin::breakglass || !(core::sees_all(actor) || grant.account == actor.account)) continue;
        const auto* request = view.state.request(grant.request);
        if (!request || !core::is_reviewed(*request)) out.push_back(&grant);
    }
    return out;
}

/** The session around the caller. That its process is in the scope may tell only what is its own: root's, or of the account
 *  that the session became. */
const core::Session* session_around(const View& view, const core::Actor& actor) {
    const auto it = view.state.sessions.find(actor.session);
    if (it == view.state.sessions.end()) return nullptr;
    return actor.uid == 0 || actor.account == it->second.target ? &it->second : nullptr;
}

/** Who is behind the caller: root in a session is its person. */
std::string person_of(const View& view, const core::Actor& actor) {
    const auto* around = actor.uid == 0 ? session_around(view, actor) : nullptr;
    return around ? around->account : actor.account;
}

std::vector<const core::Session*> sessions_for(const View& view, const std::optional<std::string>& account) {
    std::vector<const core::Session*> out;
    for (const auto& [id, session] : view.state.sessions) {
        if (!account || session.account == *account) out.push_back(&session);
    }
    return out;
}

bool older(const core::Request* a, const core::Request* b) { return std::tie(a->created, a->id) < std::tie(b->created, b->id); }

/** Oldest first. */
std::vector<const core::Request*> requests_for(const View& view, const core::Actor& actor,
                                               const std::optional<std::string>& account, bool all) {
    std::vector<const core::Request*> out;
    for (const auto& [id, request] : view.state.requests) {
        if (account && request.account != *account) continue;
        if (!all && request.state != core::RequestState::pending) continue;
        if (core::may_see(request, actor, view.config)) out.push_back(&request);
    }
    std::sort(out.begin(), out.end(), older);
    return out;
}

/** Only user is text, the others are flags. */
core::Result<void> list_filter(const Dict& filter, const std::vector<std::string_view>& known) {
    auto ok = filter.only(known);
    for (const auto key : known) {
        if (ok) ok = filter.typed(key, key == "user" ? 's' : 'b');
    }
    return ok;
}

}  // namespace

/** Whose things a list shows: one account's, or everybody's for an admin who names none. */
std::optional<std::string> Manager::subject(const Call& call, bool& denied) const {
    if (call.options.get<bool>("mine").value_or(false)) return person_of(view_of(engine_), call.actor);
    const auto user = call.options.get<std::string>("user");
    const bool own = user && *user == call.actor.account, all = core::sees_all(call.actor);
    denied = user && !own && !all;
    if (user) return user;
    return all ? std::nullopt : std::optional<std::string>(call.actor.account);
}

int Manager::get_status(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    const auto view = view_of(engine_);
    const auto account = person_of(view, call.actor);
    const auto grants = grants_for(view, account, false);
    const auto* around = session_around(view, call.actor);
    auto sessions = sessions_for(view, account);
    if (around && around->account != account) sessions.push_back(around);
    const core::Session* session = around;
    for (const auto* candidate : sessions) {
        if (!around && candidate->state != core::SessionState::ending) session = candidate;
    }
    const auto requests = requests_for(view, call.actor, account, false);
    const auto to_decide = std::count_if(view.state.requests.begin(), view.state.requests.end(), [&](const auto& entry) {
        return core::may_decide(entry.second, call.actor, view.config);
    });
    const auto alarms = unreviewed(view, call.actor);
    const bool locked = view.state.locks.contains(account);
    const bool elevated = !locked && std::any_of(grants.begin(), grants.end(), [&](const auto* grant) {
        return core::status_of(*grant, view.state, view.config, view.now).state == core::GrantState::active;
    });
    return reply(call, [&](sd_bus_message* m) {
        return append_dict(m, [&](DictWriter& out) {
            out.value("host", "a{sv}", [&](sd_bus_message* inner) {
                return append_dict(inner, [&](DictWriter& host) {
                    host.text("id", view.state.host_id).text("name", view.config.host.name);
                    std::vector<std::string> labels;
                    host.value("labels", "a{ss}", [&](sd_bus_message* l) {
                        int r = sd_bus_message_open_container(l, 'a', "{ss}");
                        for (const auto& [key, value] : view.config.host.labels) {
                            if (r >= 0) r = sd_bus_message_append(l, "{ss}", key.c_str(), value.c_str());
                        }
                        return r < 0 ? r : sd_bus_message_close_container(l);
                    });
                });
            });
            out.text("account", account).flag("elevated", elevated).flag("inside", around != nullptr);
            out.text("session", session ? session->id : "").value("sessions", "aa{sv}", [&](sd_bus_message* list) {
                return append_list(list, sessions, [&](DictWriter& d, const auto* one) { describe(d, *one, view); });
            });
            out.value("grants", "aa{sv}", [&](sd_bus_message* list) {
                return append_list(list, grants, [&](DictWriter& d, const auto* grant) { describe(d, *grant, view); });
            });
            out.value("requests", "aa{sv}", [&](sd_bus_message* list) {
                return append_list(list, requests,
                                   [&](DictWriter& d, const auto* one) { describe(d, *one, view, Detail::brief); });
            });
            out.value("breakglass", "aa{sv}", [&](sd_bus_message* list) {
                return append_list(list, alarms, [&](DictWriter& d, const auto* grant) { describe(d, *grant, view); });
            });
            out.flag("locked", locked).small("to_decide", static_cast<std::uint32_t>(to_decide)).text("state", view.state.needs_recovery ? "needs-recovery" : "ok");
            out.value("file", "a{sv}", [&](sd_bus_message* inner) {
                return append_dict(inner, [&](DictWriter& file) {
                    describe(file, view.state.file, core::sees_all(call.actor) ? Quotes::shown : Quotes::hidden);
                });
            });
        });
    });
}

int Manager::list_locks(Call& call) {
    if (!core::sees_all(call.actor))
        return refuse(call, {"AccessDenied", "list: only admins and observers see the locks; run it as root"});
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    return reply(call, [&](sd_bus_message* m) {
        return append_list(m, engine_.state().locks, [](DictWriter& out, const auto& item) {
            const core::Lock& lock = item.second;
            out.text("account", lock.account).text("by", lock.by).text("reason", lock.reason).time("at_usec", lock.at);
        });
    });
}

int Manager::list_grants(Call& call) {
    if (auto ok = list_filter(call.options, {"user", "mine", "all"}); !ok) return refuse(call, ok.error());
    bool denied = false;
    const auto account = subject(call, denied);
    if (denied) return refuse(call, {"AccessDenied", "list: only admins and observers see what others hold; run it as root"});
    const auto view = view_of(engine_);
    const auto grants = grants_for(view, account, call.options.get<bool>("all").value_or(false));
    return reply(call, [&](sd_bus_message* m) {
        return append_list(m, grants, [&](DictWriter& out, const auto* grant) { describe(out, *grant, view); });
    });
}

int Manager::list_sessions(Call& call) {
    if (auto ok = list_filter(call.options, {"user", "mine"}); !ok) return refuse(call, ok.error());
    bool denied = false;
    const auto account = subject(call, denied);
    if (denied) return refuse(call, {"AccessDenied", "list: only admins and observers see others' sessions; run it as root"});
    const auto view = view_of(engine_);
    const auto sessions = sessions_for(view, account);
    return reply(call, [&](sd_bus_message* m) {
        return append_list(m, sessions, [&](DictWriter& out, const auto* session) { describe(out, *session, view); });
    });
}

int Manager::show(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    const auto view = view_of(engine_);
    const auto& id = call.words[0];
    const auto mine = [&](const std::string& account) { return core::sees_all(call.actor) || account == call.actor.account; };
    const auto* grant = view.state.grant(id);
    const auto session = view.state.sessions.find(id);
    const auto* request = view.state.request(id);
    const bool see_grant = grant && mine(grant->account);
    const bool see_session = session != view.state.sessions.end() && mine(session->second.account);
    const bool see_request = request && core::may_see(*request, call.actor, view.config);
    if (!see_grant && !see_session && !see_request) {
        return refuse(call, {"NotFound", fmt::format("show: {0}: not found; see: jitctl list; was it a session that is over: "
                                                     "jitctl log --session {0}", core::escape(id))});
    }
    return reply(call, [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "s", see_grant ? "grant" : see_session ? "session" : "request");
        return r < 0 ? r : append_dict(m, [&](DictWriter& out) {
            if (see_grant) {
                describe(out, *grant, view);
            } else if (see_session) {
                describe(out, session->second, view);
            } else {
                describe(out, *request, view, Detail::full);
            }
        });
    });
}

int Manager::list_requests(Call& call) {
    if (auto ok = list_filter(call.options, {"user", "mine", "all"}); !ok) return refuse(call, ok.error());
    const auto view = view_of(engine_);
    const bool mine = call.options.get<bool>("mine").value_or(false);
    const auto requests = requests_for(view, call.actor,
                                       mine ? person_of(view, call.actor) : call.options.get<std::string>("user"),
                                       call.options.get<bool>("all").value_or(false));
    return reply(call, [&](sd_bus_message* m) {
        return append_list(m, requests, [&](DictWriter& out, const auto* one) { describe(out, *one, view, Detail::brief); });
    });
}

int Manager::list_roles(Call& call) {
    auto ok = call.options.only({"user"});
    if (ok) ok = call.options.typed("user", 's');
    if (!ok) return refuse(call, ok.error());
    const auto user = call.options.get<std::string>("user").value_or(call.actor.account);
    if (user != call.actor.account && !core::sees_all(call.actor)) {
        return refuse(call, {"AccessDenied", "roles: only admins and observers ask about others; run it as root"});
    }
    if (!call.subject_uid || call.members.empty()) {
        return refuse(call, {"NotFound", fmt::format("roles: {}: no such account on this host", core::escape(user))});
    }
    const auto view = view_of(engine_);
    const auto roles = core::askable(call.members.back(), Clock::local(view.now.wall), view.state, view.config, view.now);
    return reply(call, [&](sd_bus_message* m) {
        return append_list(m, roles, [](DictWriter& out, const core::Askable& one) { describe(out, *one.role, *one.rule); });
    });
}

int Manager::explain(Call& call) {
    auto ok = call.options.only({"user", "service", "target"});
    for (const auto* key : {"user", "service", "target"}) {
        if (ok) ok = call.options.typed(key, 's');
    }
    if (!ok) return refuse(call, ok.error());
    core::Query query;
    query.account = call.options.get<std::string>("user").value_or(call.actor.account);
    if (query.account != call.actor.account && !core::sees_all(call.actor)) {
        return refuse(call, {"AccessDenied", "explain: only admins and observers ask about others; run it as root"});
    }
    if (!call.subject_uid) {
        return refuse(call, {"NotFound", fmt::format("explain: {}: no such account on this host",
                                                     core::escape(query.account))});
    }
    query.uid = *call.subject_uid;
    query.service = call.options.get<std::string>("service").value_or("sudo");
    if (!core::service_from_pam(query.service)) {
        return refuse(call, {"InvalidArgument", fmt::format("explain: service {}: sudo, sudo-i, su, su-l or sshd",
                                                            core::escape(query.service))});
    }
    query.target = call.options.get<std::string>("target");
    query.loginuid = query.account == call.actor.account ? call.actor.loginuid : query.uid;
    const auto view = view_of(engine_);
    const core::Member who = call.members.empty() ? core::Member{query.account, {}} : call.members.back();
    const auto answer = core::explain(query, who, Clock::local(view.now.wall), view.state, view.config, view.now);
    const auto& decision = answer.decision;
    return reply(call, [&](sd_bus_message* m) {
        return append_dict(m, [&](DictWriter& out) {
            out.text("decision", decision.allowed() ? "allow" : decision.code == core::Code::pending ? "pending" : "deny")
                .text("code", core::to_string(decision.code))
                .text("account", query.account)
                .text("service", query.service)
                .text("target", query.target.value_or(""))
                .text("role", decision.role)
                .text("grant", decision.grant)
                .text("rule", answer.rule)
                .text("request", answer.request)
                .time("ends_usec", decision.ends)
                .text("text", answer.text)
                .text("next", answer.next);
        });
    });
}

}  // namespace jit::daemon
