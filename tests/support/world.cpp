// SPDX-License-Identifier: Apache-2.0
#include "tests/support/world.hpp"

#include "core/duration.hpp"

namespace jit::test {

std::uint32_t uid_of(std::string_view account) {
    static const std::map<std::string_view, std::uint32_t> uids = {
        {"root", 0}, {"alice", 1001}, {"bob", 1002}, {"carol", 1003}, {"olivia", 1004}, {"alice-adm", 1011}};
    const auto it = uids.find(account);
    return it == uids.end() ? 65534 : it->second;
}

template <class Fn>
GrantRef& GrantRef::change(Fn fn) {
    auto grant = *world_.state.grant(id_);
    auto pin = *world_.state.pin_of(id_);
    fn(grant, pin);
    pin.account = grant.account;
    pin.role = grant.role;
    pin.uid = grant.uid;
    pin.not_before = grant.not_before;
    pin.not_after = grant.not_after;
    core::apply(world_.state, core::PutGrant{grant});
    core::apply(world_.state, core::PutPin{pin});
    return *this;
}

GrantRef& GrantRef::for_(const std::string& account) {
    return change([&](auto& grant, auto&) { grant.account = account; });
}
GrantRef& GrantRef::role(const std::string& role) {
    return change([&](auto& grant, auto&) { grant.role = role; });
}
GrantRef& GrantRef::uid(std::uint32_t uid) {
    return change([&](auto& grant, auto&) { grant.uid = uid; });
}
GrantRef& GrantRef::minutes(int n) {
    return change([&](auto& grant, auto&) { grant.not_after = grant.not_before + std::chrono::minutes(n); });
}
GrantRef& GrantRef::starts_in(core::Usec span) {
    return change([&](auto& grant, auto&) {
        const auto length = grant.not_after - grant.not_before;
        grant.not_before = world_.now.wall + span;
        grant.not_after = grant.not_before + length;
    });
}
GrantRef& GrantRef::until(core::Wall end) {
    return change([&](auto& grant, auto&) { grant.not_after = end; });
}
GrantRef& GrantRef::active() {
    return change([&](auto& grant, auto& pin) {
        const auto left = grant.not_after - world_.now.wall;
        pin.activation = core::Activation{grant.not_after, world_.now.boot + left, world_.now.boot_id};
    });
}
GrantRef& GrantRef::ended(core::EndHow how) {
    core::apply(world_.state, core::PutEnded{core::Ended{id_, how, "root", world_.now.wall}});
    return *this;
}
const core::Grant& GrantRef::get() const { return *world_.state.grant(id_); }

World::World() : now{*core::parse_time("2026-11-22T12:00:00Z"), core::Boot(1000s), std::string(32, 'a')} {
    state.host_id = std::string(32, '1');
    state.file.state = "ok";
    state.file.serial = 1;
    state.file.expires = now.wall + 24h;
    config.host.name = "db-01";
    config.trust.principals = {{"alice", {"alice", "alice-adm"}}, {"olivia", {"olivia", "olivia-adm"}}};
    core::Role root;
    root.name = "root";
    root.run_as = {"root"};
    root.services = {core::Service::sudo, core::Service::su};
    root.max_duration = 8h;
    config.policy.roles.emplace("root", root);
    core::Role dba = root;
    dba.name = "dba";
    dba.run_as = {"postgres"};
    dba.services = {core::Service::sudo};
    config.policy.roles.emplace("dba", dba);
    state.floor.observe(now);
}

GrantRef World::file_grant(const std::string& id) {
    core::Grant grant;
    grant.id = id;
    grant.origin = core::Origin::file;
    grant.account = "alice";
    grant.role = "root";
    grant.not_before = now.wall;
    grant.not_after = now.wall + 30min;
    grant.reason = "INC-1 replace disk";
    core::apply(state, core::PutGrant{grant});
    core::apply(state, core::PutPin{{id, "alice", std::nullopt, "root", grant.not_before, grant.not_after, {}}});
    return {*this, id};
}

GrantRef World::local_grant(const std::string& id) {
    auto ref = file_grant(id);
    auto grant = ref.get();
    grant.origin = core::Origin::local;
    core::apply(state, core::PutGrant{grant});
    return ref;
}

core::Role& World::role(const std::string& name) { return config.policy.roles.find(name)->second; }

core::Session& World::session(const std::string& id, const std::string& grant_id) {
    const auto* grant = state.grant(grant_id);
    core::Session session;
    session.id = id;
    session.grant = grant_id;
    session.role = grant->role;
    session.account = grant->account;
    session.uid = uid_of(grant->account);
    session.target = "root";
    session.service = "sudo";
    session.opened = session.warned = now.wall;
    session.backstop = grant->not_after;
    session.state = core::SessionState::open;
    session.since = now.boot;
    core::apply(state, core::PutSession{session});
    return state.sessions.at(id);
}

void World::lock(const std::string& account) { state.locks[account] = {account, "root", "INC-9", now.wall}; }

void World::pass(core::Usec span) {
    now.wall += span;
    now.boot += span;
}
void World::set_clock(core::Usec by) { now.wall += by; }
void World::reboot(core::Usec off) {
    now.wall += off;
    now.boot = core::Boot(5s);
    now.boot_id = std::string(32, 'b');
}

core::Query World::query(const std::string& account, const std::string& service,
                         std::optional<std::string> target) const {
    core::Query out;
    out.account = account;
    out.uid = uid_of(account);
    out.service = service;
    out.target = std::move(target);
    out.loginuid = out.uid;
    return out;
}

core::Decision World::decide(const std::string& account, const std::string& service,
                             std::optional<std::string> target) const {
    return core::decide(query(account, service, std::move(target)), state, config, now);
}

std::string World::code(const std::string& account, const std::string& service,
                        std::optional<std::string> target) const {
    return std::string(to_string(decide(account, service, std::move(target)).code));
}

core::Transition World::step(const core::Event& event) {
    auto out = core::step(state, config, event, now);
    for (const auto& change : out.changes) core::apply(state, change);
    return out;
}

std::string kinds(const core::Transition& transition) {
    std::string out;
    for (const auto& record : transition.records) {
        if (!out.empty()) out += ' ';
        out += record.kind().name;
    }
    return out;
}

std::string field(const core::Transition& transition, const std::string& name, std::size_t n) {
    if (n >= transition.records.size()) return "";
    const auto& fields = transition.records[n].fields();
    const auto it = fields.find(name);
    return it == fields.end() ? "" : it->second;
}

std::string refusal(const core::Transition& transition) {
    return transition.refused ? transition.refused->code : "";
}

core::Actor root_as(const std::string& login_account) {
    core::Actor out;
    out.account = "root";
    out.uid = 0;
    out.admin = true;
    out.login_account = login_account;
    if (!login_account.empty()) out.loginuid = uid_of(login_account);
    return out;
}

core::Actor plain(const std::string& account) {
    core::Actor out;
    out.account = account;
    out.uid = uid_of(account);
    out.loginuid = out.uid;
    out.login_account = account;
    return out;
}

core::Actor admin(const std::string& account) {
    auto out = plain(account);
    out.admin = true;
    return out;
}

}  // namespace jit::test
