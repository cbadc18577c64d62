// SPDX-License-Identifier: Apache-2.0
#include "jitd/objects.hpp"

#include <algorithm>

#include "core/record.hpp"

namespace jit::daemon {

void describe(DictWriter& out, const core::Grant& grant, const View& view) {
    const auto status = core::status_of(grant, view.state, view.config, view.now);
    const auto* pin = view.state.pin_of(grant.id);
    const auto* role = view.config.policy.role(grant.role);
    std::vector<std::string> services;
    if (role) {
        for (const auto service : role->services) services.emplace_back(core::to_string(service));
    }
    out.text("id", grant.id).text("origin", to_string(grant.origin)).text("account", grant.account);
    if (grant.uid) {
        out.small("uid", *grant.uid);
    } else if (pin && pin->uid) {
        out.small("uid", *pin->uid);
    }
    out.text("role", grant.role)
        .list("services", services)
        .list("run_as", role ? role->run_as : std::vector<std::string>{})
        .time("not_before_usec", grant.not_before)
        .time("not_after_usec", grant.not_after)
        .text("state", to_string(status.state))
        .text("code", core::to_string(status.code))
        .text("reason", grant.reason)
        .text("ticket", grant.ticket)
        .list("approvers", grant.approvers)
        .list("keys", grant.keys)
        .text("request", grant.request);
    if (grant.serial != 0) out.number("serial", grant.serial);
}

void describe(DictWriter& out, const core::Session& session, const View& view) {
    core::Query query;
    query.account = session.account;
    query.uid = session.uid;
    query.service = session.service;
    query.target = session.target;
    query.loginuid = session.uid;
    const auto decision = core::decide(query, view.state, view.config, view.now);
    const auto ends = decision.code == core::Code::grant ? std::min(decision.ends, session.backstop)
                      : session.state == core::SessionState::ending ? view.now.wall : session.backstop;
    out.text("id", session.id)
        .text("scope", session.scope())
        .text("grant", session.grant)
        .text("account", session.account)
        .small("uid", session.uid)
        .text("target", session.target)
        .text("service", session.service)
        .text("tty", session.tty)
        .text("rhost", session.rhost)
        .time("opened_usec", session.opened)
        .time("ends_usec", ends)
        .time("backstop_usec", session.backstop);
}

void describe(DictWriter& out, const core::FileState& file, Quotes quotes) {
    out.text("state", file.state).text("code", file.code);
    if (quotes == Quotes::shown) out.text("text", file.text);
    if (file.serial == 0) return;
    out.number("serial", file.serial)
        .text("sha256", core::to_hex(file.sha256.data(), file.sha256.size()))
        .time("expires_usec", file.expires);
}

}  // namespace jit::daemon
