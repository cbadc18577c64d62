// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_sequence.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace jit::model {

using namespace std::chrono_literals;

namespace {

const Names kPeople = {"alice", "alice-adm", "bob", "carol", "dave", "olivia"};
constexpr Time kFirstWall = std::chrono::seconds(1'763'812'800);

/** Makes one sequence, playing it on a model to know what there is to act on. */
class Generator {
  public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    Sequence make(std::size_t length) {
        Sequence sequence{small_world(), kFirstWall, 1h, {}};
        while (sequence.ops.size() < length) {
            sequence.ops.push_back(next());
            apply(model_, sequence.ops.back());
        }
        return sequence;
    }

  private:
    /** Not std::uniform_int_distribution, whose numbers differ between libraries. */
    std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
    }
    bool chance(int percent) { return below(100) < percent; }
    Seconds between(Seconds low, Seconds high) {
        return low + Seconds(below((high - low).count() + 1));
    }
    const auto& one_of(const auto& list) {
        return list[static_cast<std::size_t>(below(static_cast<std::int64_t>(list.size())))];
    }

    /** How often each kind comes, of the sum of all. */
    Op next() {
        if (model_.clock_back() && chance(40)) return jump();
        if (!model_.locked().empty() && chance(15)) return unlock();
        struct Choice {
            Op (Generator::*make)();
            int weight;
        };
        static constexpr Choice kChoices[] = {
            {&Generator::advance, 24}, {&Generator::request, 18},       {&Generator::approve, 24},
            {&Generator::redeem, 10},  {&Generator::extend, 7},         {&Generator::file, 5},
            {&Generator::grant, 5},    {&Generator::extend_at_once, 2}, {&Generator::release, 2},
            {&Generator::revoke, 2},   {&Generator::cancel, 2},         {&Generator::deny, 2},
            {&Generator::jump, 2},     {&Generator::lock, 2},           {&Generator::reboot, 1},
            {&Generator::unlock, 1},   {&Generator::revoke_user, 1},    {&Generator::revoke_key, 1},
        };
        int sum = 0;
        for (const Choice& choice : kChoices) sum += choice.weight;
        std::int64_t point = below(sum);
        for (const Choice& choice : kChoices) {
            if (point < choice.weight) return (this->*choice.make)();
            point -= choice.weight;
        }
        return advance();
    }

    Op request() {
        Op op{Kind::request};
        number_request(op);
        op.by = one_of(kPeople);
        op.role = chance(60) ? "root" : "dba";
        op.reason = chance(80) ? "INC-12 disk full" : "just so";
        // The rule for leads wants a ticket.
        const bool lead = op.by == "dave" || op.by == "olivia" || op.by == "alice-adm";
        if (chance(lead ? 80 : 20)) op.ticket = chance(90) ? "OPS-7" : "none";
        op.duration = chance(85) ? between(5min, 1h) : between(1h, 9h);
        op.login = chance(88) ? op.by : chance(50) ? "" : one_of(kPeople);
        if (chance(15)) op.start = model_.wall() + between(5min, 2h);
        op.break_glass = chance(6);
        if (chance(92)) return op;
        // And what nobody should ask for.
        const std::int64_t fault = below(6);
        if (fault == 0) op.role = "nonesuch";
        if (fault == 1) op.reason.clear();
        if (fault == 2) op.duration = 0s;
        if (fault == 3) op.start = model_.wall() - 2min;
        if (fault == 4) op.start = model_.wall() + 31 * 24h;
        if (fault == 5) op.by = "root";
        return op;
    }

    Op extend() {
        if (live().empty() && chance(80)) return grant();
        Op op{Kind::extend};
        number_request(op);
        op.grant = some_grant();
        if (op.grant[0] == 'f' && chance(80)) op.grant = some_grant();
        op.by = chance(90) ? owner(op.grant) : one_of(kPeople);
        op.login = op.by;
        op.reason = chance(85) ? "INC-12 takes longer" : "longer";
        op.ticket = "OPS-7";
        op.duration = chance(75) ? between(1min, 30min) : between(30min, 70min);
        return op;
    }

    Op approve() {
        if (pending().empty() && chance(80)) return request();
        Op op{Kind::approve};
        op.id = some_request();
        op.by = chance(85) ? approver(op.id) : chance(80) ? one_of(kPeople) : "root";
        op.login = chance(93) ? op.by : chance(50) ? "" : one_of(kPeople);
        op.place = chance(4) ? Place::inside : Place::outside;
        op.duration = narrowed(op.id);
        return op;
    }

    Op redeem() {
        if (pending().empty() && chance(80)) return request();
        Op op{Kind::redeem};
        op.id = some_request();
        op.key = one_of(model_.world().keys).id;
        const Request* request = find_request(op.id);
        if (!request) return op;
        if (request->break_glass && chance(50)) op.key = "olivia-glass";
        if (!request->rule.approvers.empty() && chance(50))
            op.key = model_.principal_of(approver(op.id)) + "-1";
        // Twice the same token is worth trying.
        if (!request->approvals.empty() && !request->approvals.back().key.empty() && chance(20))
            op.key = request->approvals.back().key;
        op.duration = narrowed(op.id);
        return op;
    }

    Op cancel() {
        Op op{Kind::cancel, some_request()};
        const Request* request = find_request(op.id);
        op.by = request && chance(70) ? request->account : anybody();
        return op;
    }

    Op deny() {
        Op op{Kind::deny, some_request()};
        op.by = anybody();
        return op;
    }

    Op grant() {
        Op op{Kind::grant, "l" + std::to_string(locals_++)};
        op.login = root_login();
        op.account = one_of(kPeople);
        op.role = chance(70) ? "root" : chance(90) ? "dba" : "nonesuch";
        op.duration = chance(80) ? between(5min, 2h) : between(2h, 9h);
        if (chance(25)) op.start = model_.wall() + between(5min, 2h);
        return op;
    }

    Op extend_at_once() {
        Op op{Kind::extend_at_once, some_grant()};
        op.login = root_login();
        op.duration = between(1min, 70min);
        return op;
    }

    Op release() {
        Op op{Kind::release, some_grant()};
        op.by = chance(80) ? owner(op.id) : one_of(kPeople);
        return op;
    }

    Op revoke() { return {Kind::revoke, some_grant()}; }

    Op revoke_user() {
        Op op{Kind::revoke_user};
        op.account = one_of(kPeople);
        return op;
    }

    Op lock() {
        Op op{Kind::lock};
        op.account = chance(90) ? one_of(kPeople) : "backup";
        op.login = root_login();
        return op;
    }

    Op unlock() {
        Op op{Kind::unlock};
        const Names locked(model_.locked().begin(), model_.locked().end());
        op.account = locked.empty() || chance(10) ? one_of(kPeople) : one_of(locked);
        op.login = root_login();
        return op;
    }

    Op revoke_key() {
        Op op{Kind::revoke_key};
        op.key = one_of(model_.world().keys).id;
        return op;
    }

    Op file() {
        Op op{Kind::file};
        op.grants = chance(30) ? last_file_ : file_grants();
        op.expires = model_.wall() + (chance(40) ? between(30min, 3h) : between(3h, 7 * 24h));
        if (chance(4)) op.expires = model_.wall() + 8 * 24h;
        if (chance(4)) op.expires = model_.wall() - 1s;
        last_file_ = op.grants;
        return op;
    }

    /** Each id is one account's for one role, but now and then. */
    std::vector<FileGrant> file_grants() {
        const std::vector<FileGrant> known = {{"f0", "alice", "root", {}, {}},
                                              {"f1", "bob", "dba", {}, {}},
                                              {"f2", "carol", "root", {}, {}},
                                              {"f3", "alice", "nonesuch", {}, {}},
                                              {"f4", "bob", "root", {}, {}}};
        std::vector<FileGrant> list;
        for (FileGrant grant : known) {
            if (chance(50)) continue;
            if (chance(6)) grant.account = one_of(kPeople);
            if (chance(3)) grant.role = "dba";
            grant.not_before = model_.wall() + between(-20min, 20min);
            grant.not_after = model_.wall() + (chance(85) ? between(25min, 4h) : between(4h, 10h));
            list.push_back(grant);
        }
        return list;
    }

    /** Requests live for an hour: most steps are short. */
    Op advance() {
        Op op{Kind::advance};
        const std::int64_t scale = below(100);
        op.boot_step = scale < 45   ? between(1s, 90s)
                       : scale < 75 ? between(2min, 20min)
                       : scale < 94 ? between(30min, 4h)
                                    : between(12h, 3 * 24h);
        op.wall_step = op.boot_step;
        return op;
    }

    /** The wall clock is set; half of the time back to what it was. */
    Op jump() {
        Op op{Kind::advance};
        if (last_jump_ != 0s && chance(50)) {
            op.wall_step = -std::exchange(last_jump_, 0s);
            return op;
        }
        const std::int64_t scale = below(5);
        op.wall_step = scale == 0   ? between(-115s, -10s)
                       : scale == 1 ? between(-3h, -130s)
                       : scale == 2 ? between(10s, 110s)
                       : scale == 3 ? between(1h, 20h)
                                    : between(2 * 24h, 10 * 24h);
        last_jump_ = op.wall_step;
        return op;
    }

    Op reboot() {
        Op op{Kind::reboot};
        op.wall_step = chance(80) ? between(30s, 10min) : between(-3h, 3 * 24h);
        return op;
    }

    void number_request(Op& op) { op.id = "r" + std::to_string(requests_++); }

    Names pending() {
        Names ids;
        for (const Request& request : model_.requests())
            if (request.state == "pending") ids.push_back(request.id);
        return ids;
    }

    Names live() {
        Names ids;
        for (const Grant& grant : model_.grants())
            if (!grant.gone && grant.over.empty()) ids.push_back(grant.id);
        return ids;
    }

    /** Mostly one that waits, and mostly the last of them. */
    std::string some_request() {
        const Names ids = pending();
        if (!ids.empty() && chance(88)) return chance(60) ? ids.back() : one_of(ids);
        if (model_.requests().empty() || chance(10)) return "r999";
        return one_of(model_.requests()).id;
    }

    /** Mostly one that is not over. */
    std::string some_grant() {
        const Names ids = live();
        if (!ids.empty() && chance(92)) return one_of(ids);
        if (model_.grants().empty() || chance(20)) return "l999";
        return one_of(model_.grants()).id;
    }

    const Request* find_request(const std::string& id) {
        for (const Request& request : model_.requests())
            if (request.id == id) return &request;
        return nullptr;
    }

    /** One of those the request's rule names, who may be the requester. */
    std::string approver(const std::string& id) {
        Names names;
        const Request* request = find_request(id);
        for (const std::string& word : request ? request->rule.approvers : Names{}) {
            if (word == "@leads")
                names.insert(names.end(), {"carol", "dave", "alice-adm"});
            else if (word == "principal:alice")
                names.insert(names.end(), {"alice", "alice-adm"});
            else
                names.push_back(word == "principal:olivia" ? "olivia" : word);
        }
        return names.empty() ? one_of(kPeople) : one_of(names);
    }

    std::string owner(const std::string& id) {
        for (const Grant& grant : model_.grants())
            if (grant.id == id) return grant.account;
        return one_of(kPeople);
    }

    std::string anybody() { return chance(80) ? one_of(kPeople) : chance(50) ? "erin" : "root"; }
    std::string root_login() {
        return chance(50) ? "root" : chance(85) ? one_of(kPeople) : std::string();
    }

    std::optional<Seconds> narrowed(const std::string& id) {
        const Request* request = find_request(id);
        if (!request || chance(70)) return {};
        return chance(92) ? between(1min, std::max<Seconds>(request->duration, 1min))
                          : between(-1s, 10h);
    }

    std::mt19937_64 random_;
    Model model_{small_world(), kFirstWall, 1h};
    int requests_ = 0, locals_ = 0;
    Time last_jump_{};
    std::vector<FileGrant> last_file_{};
};

}  // namespace

World small_world() {
    World world;
    world.accounts = {{"root", 0, {}},
                      {"alice", 1001, {"developers"}},
                      {"alice-adm", 1002, {"leads"}},
                      {"bob", 1003, {"developers"}},
                      {"carol", 1004, {"leads"}},
                      {"dave", 1005, {"leads"}},
                      {"olivia", 1006, {}},
                      {"erin", 1007, {}},
                      {"backup", 990, {}}};
    world.principals = {{"alice", {"alice", "alice-adm"}}, {"olivia", {"olivia"}}};
    world.keys = {
        {"olivia-1", "olivia", {"grant", "approve"}, {"*"}, 8h},
        {"carol-1", "carol", {"approve"}, {"ro?t"}, 2h},
        {"dave-1", "dave", {"approve"}, {"*"}, {}},
        {"dave-old", "dave", {"approve"}, {"*"}, 8h, true},
        {"dave-elsewhere", "dave", {"approve"}, {"*"}, 8h, false, false, false},
        {"dave-grants", "dave", {"grant"}, {"*"}, 8h},
        {"alice-1", "alice", {"approve"}, {"*"}, 8h},
        {"alice-self", "alice", {"approve"}, {"dba"}, 1h, false, true},
        {"bob-glass", "bob", {"breakglass"}, {"*"}, 1h},
        {"olivia-glass", "olivia", {"breakglass"}, {"root"}, 1h},
    };
    world.roles = {{"root", {"root"}, {"sudo", "su"}, 8h, 1h},
                   {"dba", {"postgres"}, {"sudo"}, 4h, 0h}};

    Rule elsewhere{{"root", "dba"}, {"@developers"}};
    elsewhere.here = false;
    elsewhere.automatic = true;

    Rule by_itself{{"dba"}, {"@developers"}};
    by_itself.automatic = true;
    by_itself.auto_limit = 2;
    by_itself.auto_period = 24h;
    by_itself.max_duration = 1h;
    by_itself.reason = "(INC|CHG)-[0-9]+";

    Rule one_lead{{"dba"}, {"@developers", "carol"}};
    one_lead.approvers = {"@leads"};

    Rule two_persons{{"root"}, {"@developers", "carol"}};
    two_persons.approvers = {"@leads", "principal:olivia"};
    two_persons.approvals = 2;
    two_persons.max_duration = 4h;

    Rule leads{{"root", "dba"}, {"@leads", "principal:olivia"}};
    leads.approvers = {"carol", "olivia", "principal:alice"};
    leads.ticket = "^[A-Z]+-[0-9]+$";

    world.rules = {elsewhere, by_itself, one_lead, two_persons, leads};
    world.settings.pending_per_account = 3;
    world.settings.pending_total = 6;
    world.settings.breakglass = true;
    world.settings.exempt = {"backup"};
    world.settings.admins = {"erin"};
    return world;
}

Sequence make_sequence(std::uint64_t seed, std::size_t length) {
    return Generator(seed).make(length);
}

Outcome apply(Model& model, const Op& op) {
    const Seconds duration = op.duration.value_or(0s);
    switch (op.kind) {
        case Kind::request:
            return model.request({op.id, "g" + op.id.substr(1), op.by, op.login, op.role, duration,
                                  op.reason, op.ticket, op.start, op.break_glass});
        case Kind::cancel:
            return model.cancel(op.by, op.id);
        case Kind::approve:
            return model.approve(op.by, op.login, op.place, op.id, op.duration);
        case Kind::deny:
            return model.deny(op.by, op.id);
        case Kind::redeem:
            return model.redeem(op.key, op.id, op.duration);
        case Kind::extend:
            return model.extend({op.id, op.by, op.login, op.grant, duration, op.reason, op.ticket});
        case Kind::release:
            return model.release(op.by, op.id);
        case Kind::grant:
            return model.grant(op.login, op.id, op.account, op.role, duration, op.start);
        case Kind::extend_at_once:
            return model.extend_at_once(op.login, op.id, duration);
        case Kind::revoke:
            return model.revoke(op.id);
        case Kind::revoke_user:
            return model.revoke_user(op.account);
        case Kind::lock:
            return model.lock(op.account);
        case Kind::unlock:
            return model.unlock(op.login, op.account);
        case Kind::revoke_key:
            return model.revoke_key(op.key);
        case Kind::file:
            return model.file(op.grants, op.expires);
        case Kind::advance:
            model.advance(op.wall_step, op.boot_step);
            return {""};
        case Kind::reboot:
            model.reboot(op.wall_step);
            return {""};
    }
    return {};
}

namespace {

std::string in_seconds(Time time) {
    return std::to_string(std::chrono::duration_cast<Seconds>(time).count()) + "s";
}

}  // namespace

std::string to_text(Kind kind) {
    static constexpr std::array kNames = {
        "request", "cancel",     "approve",        "deny",    "redeem",      "extend",
        "release", "grant",      "extend_at_once", "revoke",  "revoke_user", "lock",
        "unlock",  "revoke_key", "file",           "advance", "reboot"};
    static_assert(kNames.size() == static_cast<std::size_t>(Kind::reboot) + 1);
    return kNames[static_cast<std::size_t>(kind)];
}

std::string to_text(const Op& op) {
    std::string text = to_text(op.kind);
    const auto say = [&](const char* word, const std::string& value) {
        if (!value.empty()) text += std::string(" ") + word + "=" + value;
    };
    say("id", op.id);
    say("grant", op.grant);
    say("by", op.by);
    say("login", op.login);
    say("account", op.account);
    say("role", op.role);
    say("key", op.key);
    if (op.duration) say("for", in_seconds(*op.duration));
    if (op.start) say("start", in_seconds(*op.start));
    if (!op.reason.empty()) say("reason", "\"" + op.reason + "\"");
    say("ticket", op.ticket);
    if (op.place == Place::inside) text += " inside";
    if (op.break_glass) text += " break-glass";
    if (op.kind == Kind::file) say("expires", in_seconds(op.expires));
    for (const FileGrant& grant : op.grants)
        text += " [" + grant.id + " " + grant.account + " " + grant.role + " " +
                in_seconds(grant.not_before) + ".." + in_seconds(grant.not_after) + "]";
    if (op.kind == Kind::advance || op.kind == Kind::reboot) say("wall", in_seconds(op.wall_step));
    if (op.kind == Kind::advance) say("boot", in_seconds(op.boot_step));
    return text;
}

}  // namespace jit::model
