// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE model
#include "tests/support/model.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/model_sequence.hpp"

using namespace std::chrono_literals;
using namespace jit::model;

namespace {

constexpr Time kNoon = Seconds(1'763'812'800);

struct Host : Model {
    Host() : Model(small_world(), kNoon, 1h) {}
    explicit Host(World world) : Model(std::move(world), kNoon, 1h) {}

    /** Request `rN`, whose grant will be `gN`. */
    Outcome ask(const std::string& n, const std::string& account, const std::string& role,
                Seconds duration = 30min, std::optional<Time> start = {}) {
        return request(
            {"r" + n, "g" + n, account, account, role, duration, "INC-1 disk", "OPS-1", start});
    }
    Outcome agree(const std::string& by, const std::string& id,
                  std::optional<Seconds> duration = {}) {
        return approve(by, by, Place::outside, id, duration);
    }
    void pass(Time time) { advance(time, time); }
    void set_clock(Time step) { advance(step, 0s); }

    /** The answer in one word: of several codes, none is meant. */
    [[nodiscard]] std::string at(const std::string& account, const std::string& service = "sudo",
                                 const std::optional<std::string>& target = "root") const {
        const Answer answer = check(account, service, target);
        return answer.codes.size() == 1 ? *answer.codes.begin() : "several";
    }
    [[nodiscard]] Time end(const std::string& id) const {
        for (const Grant& grant : grants())
            if (grant.id == id) return grant.end;
        return {};
    }
};

const std::set<std::string> kNobody = {};

std::string text(const Outcome& outcome) {
    std::string all;
    for (const std::string& code : outcome)
        all += (all.empty() ? "" : "|") + (code.empty() ? "done" : code);
    return all;
}

}  // namespace

#define SAYS(call, codes) BOOST_TEST(text(call) == (codes))

BOOST_FIXTURE_TEST_SUITE(ModelStories, Host)

BOOST_AUTO_TEST_CASE(two_persons_approve_and_the_clock_starts_with_the_second) {
    BOOST_TEST(at("alice") == "NO_GRANT");
    SAYS(ask("0", "alice", "root", 1h), "done");
    BOOST_TEST(request_state("r0") == "pending");
    BOOST_TEST(at("alice") == "PENDING");
    BOOST_TEST(at("alice", "sshd") == "NO_GRANT");
    SAYS(agree("carol", "r0"), "done");
    BOOST_TEST(at("alice") == "PENDING");
    SAYS(agree("carol", "r0"), "AlreadyDecided");
    pass(20min);
    SAYS(agree("olivia", "r0"), "done");
    BOOST_TEST(request_state("r0") == "approved");
    BOOST_TEST((approvals("r0") == std::set<std::string>{"carol", "olivia"}));
    BOOST_TEST(grant_state("g0") == "active");
    BOOST_TEST((end("g0") == kNoon + 20min + 1h));
    BOOST_TEST(at("alice") == "GRANT");
    BOOST_TEST(at("alice", "sudo", {}) == "GRANT");
    BOOST_TEST(at("alice", "su") == "GRANT");
    BOOST_TEST(at("alice", "sudo", "bob") == "TARGET");
    BOOST_TEST(at("alice", "sshd", {}) == "SERVICE");
    BOOST_TEST(at("alice-adm") == "NO_GRANT");
    SAYS(agree("dave", "r0"), "AlreadyDecided");
}

BOOST_AUTO_TEST_CASE(one_principal_counts_once) {
    World world = small_world();
    world.principals.push_back({"charles", {"carol", "dave"}});
    Host host(world);
    SAYS(host.ask("0", "alice", "root"), "done");
    SAYS(host.agree("carol", "r0"), "done");
    SAYS(host.agree("dave", "r0"), "AlreadyDecided");
    BOOST_TEST((host.approvals("r0") == std::set<std::string>{"charles"}));
    BOOST_TEST(host.request_state("r0") == "pending");
}

BOOST_AUTO_TEST_CASE(nobody_approves_for_themselves) {
    SAYS(ask("0", "alice", "root"), "done");
    SAYS(agree("alice", "r0"), "Self");
    SAYS(agree("alice-adm", "r0"), "Self");  // a lead, but the same person
    SAYS(approve("carol", "alice", Place::outside, "r0"), "Self");
    SAYS(approve("carol", "", Place::outside, "r0"), "Self");
    SAYS(approve("carol", "carol", Place::inside, "r0"), "Self");
    SAYS(redeem("alice-1", "r0"), "Self");
    SAYS(grant("alice-adm", "l0", "alice", "root", 10min), "Self");
    BOOST_TEST((approvals("r0") == kNobody));
    BOOST_TEST(at("alice") == "PENDING");

    // carol became alice and asked: neither of the two decides.
    SAYS(request({"r1", "g1", "bob", "carol", "root", 10min, "INC-2"}), "done");
    SAYS(agree("carol", "r1"), "Self");
    SAYS(agree("dave", "r1"), "done");
    SAYS(redeem("carol-1", "r1"), "Self");
}

BOOST_AUTO_TEST_CASE(who_may_not_see_a_request_finds_none) {
    SAYS(ask("0", "alice", "root"), "done");
    SAYS(agree("bob", "r0"), "NotFound");
    SAYS(deny("bob", "r0"), "NotFound");
    SAYS(cancel("bob", "r0"), "NotFound");
    SAYS(agree("carol", "r9"), "NotFound");
    SAYS(agree("erin", "r0"), "AccessDenied");  // an admin is no approver by that
    SAYS(agree("root", "r0"), "AccessDenied");
    SAYS(cancel("erin", "r0"), "AccessDenied|NotFound");
    SAYS(deny("erin", "r0"), "done");
    BOOST_TEST(request_state("r0") == "denied");
    SAYS(cancel("alice", "r0"), "AlreadyDecided");
    SAYS(ask("1", "alice", "root"), "done");
    SAYS(cancel("alice", "r1"), "done");
    BOOST_TEST(request_state("r1") == "withdrawn");
    SAYS(agree("carol", "r1"), "AlreadyDecided");
}

BOOST_AUTO_TEST_CASE(approvals_narrow_and_never_widen) {
    SAYS(ask("0", "alice", "root", 1h), "done");
    SAYS(agree("carol", "r0", 2h), "Limit");
    SAYS(agree("carol", "r0", 0s), "InvalidArgument|Limit");
    SAYS(agree("carol", "r0", 20min), "done");
    SAYS(agree("dave", "r0", 40min), "done");
    BOOST_TEST((end("g0") == kNoon + 20min));
}

BOOST_AUTO_TEST_CASE(a_grant_starts_at_its_start_and_ends_for_ever) {
    SAYS(ask("0", "carol", "dba", 30min, kNoon + 1h), "done");
    SAYS(agree("dave", "r0"), "done");
    BOOST_TEST(grant_state("g0") == "scheduled");
    BOOST_TEST(at("carol", "sudo", "postgres") == "NOT_YET");
    pass(1h);
    BOOST_TEST(at("carol", "sudo", "postgres") == "GRANT");
    pass(30min - 1s);
    BOOST_TEST(at("carol", "sudo", "postgres") == "GRANT");
    pass(1s);
    BOOST_TEST(grant_state("g0") == "expired");
    BOOST_TEST(at("carol", "sudo", "postgres") == "EXPIRED");
    set_clock(-100s);
    BOOST_TEST(at("carol", "sudo", "postgres") == "EXPIRED");
    SAYS(ask("1", "carol", "dba"), "done");
    BOOST_TEST(at("carol", "sudo", "postgres") == "PENDING");
    pass(1h);
    BOOST_TEST(request_state("r1") == "expired");
    SAYS(agree("dave", "r1"), "AlreadyDecided");
    BOOST_TEST(at("carol", "sudo", "postgres") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_request_keeps_the_rule_it_matched) {
    SAYS(ask("0", "alice", "root", 5h), "Limit");  // the rule's 4 h, not the role's 8 h
    SAYS(ask("0", "olivia", "root", 8h), "done");
    SAYS(ask("1", "olivia", "root", 9h), "Limit");
    SAYS(ask("1", "erin", "root"), "AccessDenied");
    SAYS(ask("1", "alice", "nonesuch"), "RoleUnknown");
    SAYS(ask("1", "root", "root"), "InvalidArgument");
    SAYS(request({"r1", "g1", "bob", "bob", "dba", 10min, "just so"}), "InvalidArgument");
    SAYS(request({"r1", "g1", "dave", "dave", "root", 10min, "why not"}), "InvalidArgument");
    SAYS(request({"r1", "g1", "dave", "dave", "root", 10min, "why not", "OPS-3"}), "done");
}

BOOST_AUTO_TEST_CASE(an_exhausted_automatic_rule_is_passed_over) {
    SAYS(ask("0", "bob", "dba"), "done");
    BOOST_TEST(request_state("r0") == "approved");
    BOOST_TEST(at("bob", "sudo", "postgres") == "GRANT");
    SAYS(ask("1", "bob", "dba"), "done");
    BOOST_TEST(request_state("r1") == "approved");
    pass(1h);
    SAYS(ask("2", "bob", "dba"), "done");
    BOOST_TEST(request_state("r2") == "pending");
    SAYS(ask("3", "alice", "dba"), "done");
    BOOST_TEST(request_state("r3") == "approved");
    pass(24h);
    SAYS(ask("4", "bob", "dba"), "done");
    BOOST_TEST(request_state("r4") == "approved");
}

BOOST_AUTO_TEST_CASE(requests_have_quotas) {
    for (const char* n : {"0", "1", "2"}) SAYS(ask(n, "carol", "root"), "done");
    SAYS(ask("3", "carol", "root"), "LimitsExceeded");
    SAYS(ask("3", "alice", "root"), "done");
    SAYS(cancel("carol", "r1"), "done");
    SAYS(ask("4", "carol", "root"), "done");
    SAYS(ask("5", "bob", "root"), "done");
    SAYS(ask("6", "bob", "root"), "done");
    SAYS(ask("7", "bob", "root"), "LimitsExceeded");  // six in all
    for (int i = 0; i < 9; ++i) {
        SAYS(cancel("alice", i == 0 ? "r3" : "r" + std::to_string(7 + i)), "done");
        SAYS(ask(std::to_string(8 + i), "alice", "root"), "done");
    }
    SAYS(cancel("alice", "r16"), "done");
    SAYS(ask("20", "alice", "root"), "LimitsExceeded");  // ten in a minute
    pass(60s);
    SAYS(ask("20", "alice", "root"), "done");
}

BOOST_AUTO_TEST_CASE(a_token_is_one_approval_and_is_used_once) {
    SAYS(ask("0", "alice", "root", 1h), "done");
    SAYS(redeem("dave-old", "r0"), "AccessDenied");
    SAYS(redeem("dave-grants", "r0"), "AccessDenied");
    SAYS(redeem("dave-elsewhere", "r0"), "AccessDenied|Limit");
    SAYS(redeem("olivia-1", "r0", 2h), "Limit");
    SAYS(redeem("olivia-1", "r0", 45min), "done");
    SAYS(redeem("olivia-1", "r0", 45min), "AlreadyDecided|TokenUsed");
    SAYS(agree("olivia", "r0"), "AlreadyDecided");
    SAYS(redeem("carol-1", "r0"), "done");
    BOOST_TEST(grants().back().origin == "token");
    BOOST_TEST((end("g0") == kNoon + 45min));
    BOOST_TEST(at("alice") == "GRANT");
    SAYS(redeem("carol-1", "r0"), "AlreadyDecided|TokenUsed");

    SAYS(revoke_key("carol-1"), "done");
    BOOST_TEST(at("alice") == "REVOKED");
    BOOST_TEST(grant_state("g0") == "revoked");
}

BOOST_AUTO_TEST_CASE(a_key_may_be_allowed_to_sign_for_its_owner) {
    SAYS(ask("0", "bob", "dba", 2h), "Limit");
    SAYS(ask("0", "carol", "dba", 2h), "done");
    SAYS(redeem("carol-1", "r0"), "AccessDenied|Limit|Self");  // its roles are ro?t
    for (const char* n : {"1", "2", "3"}) SAYS(ask(n, "alice", "dba"), "done");
    SAYS(redeem("alice-1", "r3"), "Self");
    SAYS(redeem("alice-self", "r3"), "done");
    BOOST_TEST(request_state("r3") == "approved");
}

BOOST_AUTO_TEST_CASE(earlier_approvals_are_looked_at_again_at_the_last) {
    SAYS(ask("0", "alice", "root"), "done");
    SAYS(redeem("carol-1", "r0"), "done");
    SAYS(revoke_key("carol-1"), "done");
    SAYS(agree("dave", "r0"), "done");
    BOOST_TEST((approvals("r0") == std::set<std::string>{"dave"}));
    SAYS(lock("dave"), "done");
    SAYS(agree("olivia", "r0"), "done");
    BOOST_TEST((approvals("r0") == std::set<std::string>{"olivia"}));
    BOOST_TEST(request_state("r0") == "pending");
    SAYS(agree("dave", "r0"), "Locked");
    SAYS(unlock("root", "dave"), "done");
    SAYS(agree("dave", "r0"), "done");
    BOOST_TEST(request_state("r0") == "approved");
}

BOOST_AUTO_TEST_CASE(break_glass_asks_no_rule_but_its_key) {
    SAYS(request({"r0", "g0", "erin", "erin", "root", 2h, "all down", "", {}, true}), "Limit");
    SAYS(request({"r0", "g0", "bob", "bob", "root", 1h, "all down", "", {}, true}), "done");
    SAYS(agree("carol", "r0"), "NotFound");
    SAYS(redeem("olivia-1", "r0"), "AccessDenied");
    SAYS(redeem("bob-glass", "r0"), "done");
    BOOST_TEST(grants().back().origin == "breakglass");
    BOOST_TEST(at("bob") == "GRANT");
    SAYS(extend({"r1", "bob", "bob", "g0", 10min, "INC-1"}),
         "AccessDenied|InvalidArgument|Limit|NotFound");

    World world = small_world();
    world.settings.breakglass = false;
    Host off(world);
    SAYS(off.request({"r0", "g0", "bob", "bob", "root", 1h, "all down", "", {}, true}),
         "AccessDenied");
}

BOOST_AUTO_TEST_CASE(extensions_have_one_limit) {
    SAYS(grant("dave", "l0", "alice", "root", 1h), "done");
    SAYS(extend({"r0", "alice", "alice", "l0", 2h, "INC-1"}), "Limit");
    SAYS(extend({"r0", "bob", "bob", "l0", 10min, "INC-1"}), "NotFound");
    SAYS(extend({"r0", "alice", "alice", "l0", 40min, "INC-1"}), "done");
    SAYS(extend({"r1", "alice", "alice", "l0", 40min, "INC-1"}), "done");
    for (const char* id : {"r0", "r1"}) SAYS(agree("carol", id), "done");
    SAYS(agree("olivia", "r0"), "done");
    BOOST_TEST((end("l0") == kNoon + 100min));
    SAYS(agree("olivia", "r1"), "Limit");
    SAYS(agree("olivia", "r1", 20min), "done");
    BOOST_TEST((end("l0") == kNoon + 2h));
    SAYS(extend_at_once("dave", "l0", 1s), "Limit");
    pass(2h - 1s);
    BOOST_TEST(at("alice") == "GRANT");
    pass(1s);
    BOOST_TEST(at("alice") == "EXPIRED");
    SAYS(extend({"r2", "alice", "alice", "l0", 10min, "INC-1"}), "NotFound");

    SAYS(grant("", "l1", "bob", "dba", 1h), "done");
    SAYS(extend({"r2", "bob", "bob", "l1", 1min, "INC-1"}), "Limit");  // the role allows none
}

BOOST_AUTO_TEST_CASE(overlapping_grants_hold_until_the_last_ends) {
    SAYS(grant("root", "l0", "bob", "root", 1h), "done");
    SAYS(grant("root", "l1", "bob", "root", 2h), "done");
    SAYS(revoke("l1"), "done");
    BOOST_TEST(at("bob") == "GRANT");
    SAYS(grant("root", "l2", "bob", "root", 3h), "done");
    pass(1h);
    BOOST_TEST(grant_state("l0") == "expired");
    BOOST_TEST(at("bob") == "GRANT");
    SAYS(release("alice", "l2"), "NotFound");
    SAYS(release("bob", "l2"), "done");
    BOOST_TEST((check("bob", "sudo", "root").codes ==
                std::set<std::string>{"EXPIRED", "RELEASED", "REVOKED"}));
    SAYS(grant("root", "l3", "bob", "root", 1h), "done");
    SAYS(grant("root", "l4", "bob", "dba", 1h, wall() + 1h), "done");
    SAYS(revoke_user("bob"), "done");
    BOOST_TEST(grant_state("l3") == "revoked");
    BOOST_TEST(grant_state("l4") == "revoked");
    SAYS(extend_at_once("root", "l3", 1min), "NotFound");
}

BOOST_AUTO_TEST_CASE(local_grants_can_be_off) {
    World world = small_world();
    world.settings.local_grants = "off";
    Host host(world);
    SAYS(host.grant("root", "l0", "bob", "root", 1h), "AccessDenied");
    SAYS(grant("root", "l0", "bob", "root", 9h), "Limit");
    SAYS(grant("root", "l0", "bob", "nonesuch", 1h), "RoleUnknown");
    SAYS(grant("root", "l0", "nobody", "root", 1h), "NotFound");
}

BOOST_AUTO_TEST_CASE(file_grants_end_with_their_file) {
    const FileGrant alice{"f0", "alice", "root", kNoon, kNoon + 4h};
    const FileGrant bob{"f1", "bob", "root", kNoon, kNoon + 4h};
    SAYS(file({alice,
               bob,
               {"f2", "carol", "nonesuch", kNoon, kNoon + 1h},
               {"f3", "dave", "root", kNoon, kNoon + 9h}},
              kNoon + 2h),
         "done");
    BOOST_TEST(at("alice") == "GRANT");
    BOOST_TEST(at("carol") == "ROLE_UNKNOWN");
    BOOST_TEST(grant_state("f2") == "inactive");
    BOOST_TEST(grant_state("f3") == "");  // longer than the role allows
    BOOST_TEST(at("dave") == "NO_GRANT");

    SAYS(revoke("f0"), "done");
    SAYS(file({alice, {"f1", "dave", "root", kNoon, kNoon + 4h}}, kNoon + 3h), "done");
    BOOST_TEST(at("alice") == "REVOKED");
    BOOST_TEST(at("bob") == "NO_GRANT");
    BOOST_TEST(at("dave") == "NO_GRANT");
    SAYS(file({bob}, kNoon + 3h), "done");
    BOOST_TEST(at("bob") == "GRANT");
    BOOST_TEST(at("alice") == "NO_GRANT");
    pass(3h);
    BOOST_TEST(at("bob") == "EXPIRED");
    SAYS(file({bob}, kNoon + 5h), "done");  // carries on what only its file ended
    BOOST_TEST(at("bob") == "GRANT");

    SAYS(file({}, wall()), "EXPIRED");
    SAYS(file({}, wall() + 8 * 24h), "LIFETIME");
}

BOOST_AUTO_TEST_CASE(a_lock_beats_everything) {
    SAYS(grant("root", "l0", "bob", "root", 1h), "done");
    SAYS(ask("0", "bob", "root"), "done");
    SAYS(lock("bob"), "done");
    BOOST_TEST(at("bob") == "LOCKED");
    SAYS(ask("1", "bob", "root"), "Locked");
    SAYS(agree("carol", "r0"), "Locked");
    SAYS(redeem("carol-1", "r0"), "Locked");
    SAYS(unlock("bob", "bob"), "Self");
    SAYS(unlock("root", "bob"), "done");
    BOOST_TEST(at("bob") == "GRANT");
    BOOST_TEST(at("backup") == "EXEMPT");
    BOOST_TEST(at("backup", "sshd") == "NO_GRANT");
    SAYS(lock("backup"), "done");
    BOOST_TEST(at("backup") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_widens_nothing) {
    SAYS(grant("root", "l0", "bob", "root", 1h), "done");
    SAYS(grant("root", "l1", "alice", "root", 1h), "done");
    SAYS(ask("0", "alice", "root"), "done");
    SAYS(lock("dave"), "done");
    pass(10min);
    set_clock(-120s);
    BOOST_TEST(at("bob") == "GRANT");
    set_clock(-1s);
    BOOST_TEST(at("bob") == "CLOCK_BACK");
    BOOST_TEST(at("backup") == "CLOCK_BACK");
    SAYS(ask("1", "alice", "root"), "ClockBack");
    SAYS(agree("carol", "r0"), "ClockBack");
    SAYS(redeem("carol-1", "r0"), "ClockBack");
    SAYS(grant("root", "l2", "alice", "root", 1h), "ClockBack");
    SAYS(extend_at_once("root", "l0", 1min), "ClockBack");
    SAYS(extend({"r1", "bob", "bob", "l0", 10min, "INC-1"}), "ClockBack");
    SAYS(unlock("root", "dave"), "done");
    SAYS(file({}, wall() + 1h), "CLOCK_BACK");
    SAYS(deny("carol", "r0"), "done");
    SAYS(revoke("l1"), "done");
    SAYS(release("bob", "l0"), "done");
    SAYS(lock("bob"), "done");
    set_clock(121s);
    BOOST_TEST(at("alice") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(the_earlier_of_two_clocks_ends_a_grant) {
    SAYS(grant("root", "l0", "bob", "root", 1h), "done");
    set_clock(-110s);
    pass(1h - 1s);
    BOOST_TEST(at("bob") == "GRANT");
    pass(1s);
    BOOST_TEST((wall() < end("l0")));
    BOOST_TEST(at("bob") == "EXPIRED");

    SAYS(grant("root", "l1", "alice", "root", 2h), "done");
    reboot(30min);
    set_clock(-110s);
    BOOST_TEST(at("alice") == "GRANT");
    pass(90min - 1s);
    BOOST_TEST(at("alice") == "GRANT");
    pass(1s);
    BOOST_TEST(at("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_far_step_forward_is_believed_after_ten_minutes) {
    SAYS(grant("root", "l0", "bob", "root", 1h), "done");
    set_clock(48h);
    BOOST_TEST(at("bob") == "EXPIRED");
    pass(9min);
    set_clock(-48h);
    BOOST_TEST(!clock_back());
    BOOST_TEST(at("bob") == "EXPIRED");  // an end is for ever
    set_clock(48h);
    pass(10min);
    set_clock(-48h);
    BOOST_TEST(clock_back());
    set_clock(48h);
    set_clock(20h);  // less than a day: at once
    set_clock(-20h);
    BOOST_TEST(clock_back());
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/** What may never be, whatever is done: said of the answers, not of how they are found. */
class Watch {
  public:
    explicit Watch(const Model& model) : model_(model) {}

    /** "" or what is wrong. */
    std::string look(std::size_t step) {
        for (const Request& request : model_.requests())
            if (std::string wrong = look(request); !wrong.empty()) return request.id + wrong;
        for (const Grant& grant : model_.grants())
            if (std::string wrong = look(grant); !wrong.empty()) return grant.id + wrong;
        static const std::vector<std::pair<std::string, std::optional<std::string>>> kGates = {
            {"sudo", "root"}, {"sudo", {}}, {"su", "root"}, {"sudo", "postgres"}, {"sshd", {}}};
        const auto& [service, target] = kGates[step % kGates.size()];
        for (const Account& account : model_.world().accounts)
            if (std::string wrong = look(account.name, service, target); !wrong.empty())
                return account.name + wrong;
        return "";
    }

    std::set<std::string> codes;

  private:
    std::string look(const Request& request) {
        std::string& before = requests_[request.id];
        if (!before.empty() && before != "pending" && before != request.state) return ": undecided";
        before = request.state;
        const std::size_t needed = request.rule.automatic ? 0 : request.rule.approvals;
        if ((request.state == "approved") != (request.approvals.size() >= needed)) return ": count";
        if (model_.approvals(request.id).size() != request.approvals.size())
            return ": counted twice";
        for (const Approval& approval : request.approvals) {
            const bool self = approval.principal == model_.principal_of(request.account) ||
                              approval.principal == model_.principal_of(request.login);
            if (self && !request.break_glass && approval.key != "alice-self") return ": self";
            if (approval.duration > request.duration) return ": widened";
        }
        return "";
    }

    std::string look(const Grant& grant) {
        std::string& before = ends_[grant.id];
        if (!before.empty() && before != grant.over) return ": alive again";
        before = grant.over;
        const std::string state = model_.grant_state(grant.id);
        const bool begun = grant.deadline || model_.wall() >= grant.not_before;
        const bool within = begun && model_.wall() < grant.end;
        if (state == "active" && !within) return ": active outside of its window";
        if (grant.role == "nonesuch") return state == "active" ? ": of no role" : "";
        const bool dba = grant.role == "dba";
        if (grant.end > grant.original_end + (dba ? 0h : 1h)) return ": extended too far";
        if (grant.original_end - grant.not_before > (dba ? 4h : 8h)) return ": too long";
        return "";
    }

    std::string look(const std::string& account, const std::string& service,
                     const std::optional<std::string>& target) {
        if (account == "root") return "";
        const Answer answer = model_.check(account, service, target);
        codes.insert(answer.codes.begin(), answer.codes.end());
        bool allowed = account == "backup" && service != "sshd";
        for (const Grant& grant : model_.grants()) {
            const bool dba = grant.role == "dba";
            const bool fits = dba ? service == "sudo" && target.value_or("postgres") == "postgres"
                                  : service != "sshd" && target.value_or("root") == "root";
            if (grant.account == account && fits && model_.grant_state(grant.id) == "active")
                allowed = true;
        }
        if (model_.clock_back() || model_.locked().contains(account)) allowed = false;
        if ((answer.verdict == Verdict::allow) != allowed)
            return allowed ? ": refused" : ": let in";
        return answer.codes.empty() ? ": no code" : "";
    }

    const Model& model_;
    std::map<std::string, std::string> requests_, ends_;
};

/** Different after whatever was done. */
std::vector<std::int64_t> mark(const Model& model) {
    std::vector<std::int64_t> marks = {static_cast<std::int64_t>(model.locked().size())};
    for (const Request& request : model.requests()) {
        marks.push_back(static_cast<std::int64_t>(request.approvals.size()));
        marks.push_back(request.state[0]);
    }
    for (const Grant& grant : model.grants()) {
        marks.push_back(grant.end.count());
        marks.push_back(grant.gone ? 1 : grant.over[0]);
    }
    return marks;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ModelSequences)

BOOST_AUTO_TEST_CASE(ten_thousand_sequences_contradict_nothing) {
    std::set<std::string> codes;
    std::map<std::string, std::map<std::string, int>> answers;
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
        const Sequence sequence = make_sequence(seed);
        Model model(sequence.world, sequence.wall, sequence.boot);
        Watch watch(model);
        std::string story;
        for (std::size_t step = 0; step < sequence.ops.size(); ++step) {
            const Op& op = sequence.ops[step];
            const std::vector<std::int64_t> before = mark(model);
            const Outcome outcome = apply(model, op);
            ++answers[to_text(op.kind)][text(outcome)];
            story += to_text(op) + " -> " + text(outcome) + "\n";
            std::string wrong = watch.look(step);
            if (outcome.empty()) wrong = "no answer";
            if (outcome != Outcome{""} && mark(model) != before) wrong = "refused, and yet done";
            BOOST_REQUIRE_MESSAGE(wrong.empty(), "seed " << seed << ": " << wrong << "\n" << story);
        }
        codes.insert(watch.codes.begin(), watch.codes.end());
        for (const Grant& grant : model.grants()) {
            ++seen["origin " + grant.origin];
            ++seen["end " + grant.over];
            if (grant.end > grant.original_end) ++seen["extended"];
        }
        for (const Request& request : model.requests()) {
            ++seen["request " + request.state];
            if (request.state == "approved" && request.approvals.size() == 2) ++seen["by two"];
            if (request.state == "approved" && request.rule.automatic) ++seen["by itself"];
        }
    }
    for (const auto& [kind, counts] : answers)
        for (const auto& [answer, count] : counts)
            BOOST_TEST_MESSAGE(kind << ": " << answer << " " << count);
    for (const auto& [what, count] : seen) BOOST_TEST_MESSAGE(what << ": " << count);

    // The sequences reach what they are made for.
    for (const char* code :
         {"GRANT", "EXEMPT", "NO_GRANT", "PENDING", "NOT_YET", "EXPIRED", "REVOKED", "RELEASED",
          "LOCKED", "TARGET", "SERVICE", "ROLE_UNKNOWN", "CLOCK_BACK"})
        BOOST_TEST(codes.contains(code), code);
    for (const char* what :
         {"origin file", "origin local", "origin request", "origin token", "origin breakglass",
          "end expired", "end revoked", "end released", "request approved", "request denied",
          "request withdrawn", "request expired", "by two", "by itself", "extended"})
        BOOST_TEST(seen[what] > 200, what << ": " << seen[what]);
    for (const auto& [kind, counts] : answers) BOOST_TEST(counts.contains("done"), kind);
}

BOOST_AUTO_TEST_CASE(a_seed_is_a_sequence) {
    const Sequence once = make_sequence(7), again = make_sequence(7), other = make_sequence(8);
    const auto told = [](const Sequence& sequence) {
        std::string all;
        for (const Op& op : sequence.ops) all += to_text(op) + "\n";
        return all;
    };
    BOOST_TEST(once.ops.size() == 40u);
    BOOST_TEST(told(once) == told(again));
    BOOST_TEST(told(once) != told(other));
}

BOOST_AUTO_TEST_SUITE_END()
