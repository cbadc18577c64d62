// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE policy_suggest
#include "jitctl/policy_suggest.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/text.hpp"
#include "jitctl/policy_lint.hpp"

using namespace jit;
using namespace jit::ctl;
using core::Service;

namespace {

const std::string kRoot = "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\", \"su\"]\nmax_duration = \"8h\"\n";
const core::Wall kNow = core::from_usec(1'795'000'000'000'000);

core::Policy policy(const std::string& text) {
    auto parsed = core::parse_policy(text, "policy.toml");
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().text + "\n" + text));
    return *parsed;
}

Use use(const std::string& account, const std::string& target = "root", Service service = Service::sudo, std::uint64_t count = 1) {
    return {account, target, service, count, core::to_usec(kNow) - 2, core::to_usec(kNow) - 1};
}

Surroundings nowhere() {
    Surroundings host;
    host.may_ask = [](const auto&, const auto&) { return false; };
    return host;
}

/** The policy with the suggestion appended, as an admin would. */
core::Policy after(const std::string& before, const std::vector<Use>& uses, const Surroundings& host = nowhere()) {
    return policy(before + policy_fragment(suggest_rules(uses, policy(before), host).rules, kNow - std::chrono::hours(1), kNow));
}

std::string fragment(const std::vector<Use>& uses, const Surroundings& host = nowhere()) {
    return policy_fragment(suggest_rules(uses, policy(kRoot), host).rules, kNow - std::chrono::hours(1), kNow);
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(Suggestions)

BOOST_AUTO_TEST_CASE(a_role_of_the_policy_gets_one_rule_for_all_who_used_it) {
    const std::vector<Use> uses = {use("alice"), use("bob", "root", Service::sudo, 12), use("bob", "root", Service::su)};
    const auto rules = after(kRoot, uses).rules;
    BOOST_REQUIRE(rules.size() == 1U);
    BOOST_TEST(rules[0].roles == std::vector<std::string>{"root"});
    BOOST_TEST(rules[0].who == (std::vector<std::string>{"alice", "bob"}));
    BOOST_TEST(rules[0].automatic);
    const std::string text = fragment(uses);
    BOOST_TEST(says(text, "\n# alice used sudo as root once, last 2026-11-18T"), text);
    BOOST_TEST(says(text, "\n# bob used sudo as root 12 times, last "), text);
    BOOST_TEST(says(text, "\n# bob used su as root once, last "), text);
    BOOST_TEST(says(text, "\"auto\": whoever of them asks"), text);
}

BOOST_AUTO_TEST_CASE(the_narrowest_role_that_covers_it_is_taken) {
    const std::string any = "[role.any]\nrun_as = [\"*\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n";
    const std::string two = "[role.data]\nrun_as = [\"postgres\", \"redis\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n";
    const auto taken = [](const std::string& before, const Use& one) { return after(before, {one}).rules.at(0).roles.at(0); };
    BOOST_TEST(taken(any + kRoot, use("bob")) == "root");
    BOOST_TEST(taken(any + kRoot + two, use("bob", "postgres")) == "data");
    BOOST_TEST(taken(any + kRoot + two, use("bob", "git")) == "any");
}

BOOST_AUTO_TEST_CASE(what_no_role_covers_gets_a_role_of_its_own) {
    const auto made = after(kRoot, {use("alice", "postgres"), use("bob", "postgres", Service::su), use("bob", "Debian-exim")});
    BOOST_REQUIRE(made.role("postgres") != nullptr);
    BOOST_TEST(made.role("postgres")->covers(Service::sudo));
    BOOST_TEST(made.role("postgres")->covers(Service::su));
    BOOST_REQUIRE(made.role("debian-exim") != nullptr);
    BOOST_TEST(made.role("debian-exim")->covers(std::string_view("Debian-exim")));
    BOOST_TEST(!made.role("debian-exim")->covers(Service::su));
    BOOST_TEST(made.rules.size() == 2U);
    BOOST_TEST(!fragment({use("alice", "postgres")}).starts_with("[role.root]"));
}

BOOST_AUTO_TEST_CASE(a_new_role_never_takes_the_name_of_another) {
    const std::string taken = "[role.postgres]\nrun_as = [\"git\"]\nservices = [\"su\"]\nmax_duration = \"1h\"\n";
    const auto made = after(taken, {use("bob", "postgres"), use("bob", "www.data"), use("bob", "www-data")});
    BOOST_TEST(made.role("postgres")->run_as == std::vector<std::string>{"git"});
    BOOST_REQUIRE(made.role("postgres-2") != nullptr);
    BOOST_REQUIRE(made.role("www-data") != nullptr);
    BOOST_REQUIRE(made.role("www-data-2") != nullptr);
    const std::string longest(32, 'x');
    const auto longer = after("[role." + longest + "]\nrun_as = [\"git\"]\nservices = [\"su\"]\nmax_duration = \"1h\"\n",
                              {use("bob", longest)});
    BOOST_TEST((longer.role(std::string(30, 'x') + "-2") != nullptr));
}

BOOST_AUTO_TEST_CASE(logins_by_ssh_share_one_role) {
    const auto made = after(kRoot, {use("alice", "alice", Service::sshd), use("bob", "bob", Service::sshd)});
    BOOST_REQUIRE(made.role("ssh-login") != nullptr);
    BOOST_TEST(made.role("ssh-login")->run_as == (std::vector<std::string>{"alice", "bob"}));
    BOOST_TEST(made.rules.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_smallest_group_of_all_of_them_stands_for_them) {
    auto host = nowhere();
    host.groups = {{"users", {"alice", "bob", "carol"}, 40}, {"ops", {"alice", "bob"}, 3}, {"night", {"alice"}, 1},
                   {"unknown", {"alice", "bob"}, 0},         {"Bad Group", {"alice", "bob"}, 2}};
    BOOST_TEST(after(kRoot, {use("alice"), use("bob")}, host).rules[0].who == std::vector<std::string>{"@ops"});
    BOOST_TEST(says(fragment({use("alice"), use("bob")}, host), "\n# All of them are in group ops, with 1 other.\n"));
    BOOST_TEST(after(kRoot, {use("alice"), use("carol")}, host).rules[0].who == std::vector<std::string>{"@users"});
    BOOST_TEST(after(kRoot, {use("alice")}, host).rules[0].who == std::vector<std::string>{"alice"});
    BOOST_TEST(after(kRoot, {use("alice"), use("olivia")}, host).rules[0].who == (std::vector<std::string>{"alice", "olivia"}));
}

BOOST_AUTO_TEST_CASE(leads_approve_where_each_has_another_lead) {
    auto host = nowhere();
    const auto approvers = [&](const std::vector<Use>& uses) { return after(kRoot, uses, host).rules[0].approvers; };
    BOOST_TEST(approvers({use("alice")}).empty());
    host.leads = {"olivia"};
    BOOST_TEST(approvers({use("alice")}) == std::vector<std::string>{"@leads"});
    BOOST_TEST(says(fragment({use("alice")}, host), "\n# A member of group leads must agree, never who asks. To grant at once "
                                                    "instead: approval = \"auto\"\napprovers = "));
    BOOST_TEST(approvers({use("alice"), use("olivia")}).empty());
    host.leads = {"olivia", "alice"};
    BOOST_TEST(approvers({use("alice"), use("olivia")}) == std::vector<std::string>{"@leads"});
}

BOOST_AUTO_TEST_CASE(who_may_ask_already_needs_no_rule) {
    auto host = nowhere();
    host.may_ask = [](const std::string& account, const std::string& role) { return account == "alice" && role == "root"; };
    const auto suggestion = suggest_rules({use("alice"), use("alice", "postgres"), use("bob")}, policy(kRoot), host);
    BOOST_REQUIRE(suggestion.rules.size() == 2U);
    BOOST_TEST(suggestion.rules[0].accounts == std::vector<std::string>{"alice"});
    BOOST_TEST(suggestion.rules[0].role.name == "postgres");
    BOOST_TEST(suggestion.rules[1].accounts == std::vector<std::string>{"bob"});
    BOOST_TEST(suggestion.may_ask == std::set<std::string>{"alice"});
    BOOST_TEST(fragment({use("alice")}, host).empty());
}

BOOST_AUTO_TEST_CASE(no_line_is_too_long_for_a_policy) {
    std::vector<Use> uses;
    for (int n = 0; n < 2000; ++n) uses.push_back(use(fmt::format("account-with-a-long-name-{:04}", n)));
    BOOST_TEST(after(kRoot, uses).rules.at(0).who.size() == 2000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(AnyRecords)

namespace {

class Chance {
  public:
    explicit Chance(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool once_in(std::size_t n) { return below(n) == 0; }
    template <class T>
    const T& of(const std::vector<T>& items) {
        return items[below(items.size())];
    }
    std::string name() {
        static const std::vector<std::string> kNames = {"alice", "bob",        "carol", "olivia",   "root",  "postgres",
                                                        "www.data", "www-data", "_x",    "Debian-exim", "-", "*"};
        if (!once_in(3)) return of(kNames);
        static const std::vector<std::string> kPieces = {"a", "B", "9", "\"", "\\", "\n", "]", "[role.x]", "#", "\x1b[2J",
                                                         "\u202e", "\xff", ".", "-", "@", "principal:", " ", std::string(40, 'z')};
        std::string out;
        for (std::size_t n = below(5); n > 0; --n) out += of(kPieces);
        return out;
    }

  private:
    std::mt19937 random_;
};

trail::LogRecord any_record(Chance& chance) {
    trail::LogRecord out{core::to_usec(kNow) - chance.below(1'000'000), {{"event", "check.would_deny"}}, "", {}};
    out.fields["user"] = chance.name();
    out.fields["service"] = chance.of<std::string>({"sudo", "sudo-i", "su", "su-l", "sshd", "login", "\x1b"});
    if (!chance.once_in(3)) out.fields["target"] = chance.name();
    out.fields["code"] = chance.of<std::string>({"NO_GRANT", "TARGET", "LOCKED", "\x1b"});
    if (chance.once_in(4)) out.fields["count"] = chance.of<std::string>({"3", "4000000000", "-1", "\"\n"});
    return out;
}

std::string any_policy(Chance& chance) {
    std::string out = chance.once_in(2) ? kRoot : "";
    if (chance.once_in(3)) out += "[role.postgres]\nrun_as = [\"git\"]\nservices = [\"su\"]\nmax_duration = \"1h\"\n";
    if (chance.once_in(4)) out += "[role.any]\nrun_as = [\"*\"]\nservices = [\"sshd\"]\nmax_duration = \"1h\"\n";
    return out;
}

Surroundings any_host(Chance& chance) {
    Surroundings host = nowhere();
    for (std::size_t n = chance.below(4); n > 0; --n)
        host.groups.push_back({chance.once_in(3) ? chance.name() : "ops", {"alice", "bob", chance.name()}, chance.below(6)});
    if (chance.once_in(2)) host.leads = {"olivia", chance.name()};
    return host;
}

/** The rules that let this account ask for this, directly or as a member of a group of the host. */
bool may_ask(const core::Policy& made, const Use& one, const Surroundings& host) {
    return std::ranges::any_of(made.rules, [&](const core::Rule& rule) {
        const core::Role* role = made.role(rule.roles[0]);
        if (!role->covers(one.service) || !role->covers(std::string_view(one.target))) return false;
        return std::ranges::any_of(rule.who, [&](const std::string& who) {
            return who == one.account || std::ranges::any_of(host.groups, [&](const SharedGroup& group) {
                       return who == "@" + group.name && group.accounts.contains(one.account);
                   });
        });
    });
}

}  // namespace

BOOST_AUTO_TEST_CASE(whatever_was_recorded_becomes_a_policy_that_lets_them_ask) {
    std::size_t covered = 0;
    for (unsigned seed = 0; seed < 2000; ++seed) {
        Chance chance(seed);
        UsageTally tally;
        for (std::size_t n = chance.below(20); n > 0; --n) tally.add(any_record(chance));
        const auto uses = tally.usage().uses;
        const std::string before = any_policy(chance);
        const Surroundings host = any_host(chance);
        const auto suggestion = suggest_rules(uses, policy(before), host);
        const std::string text = policy_fragment(suggestion.rules, kNow - std::chrono::hours(1), kNow);
        BOOST_TEST(text.empty() == uses.empty());
        std::string printable = text;
        std::erase(printable, '\n');
        BOOST_TEST(core::is_clean(printable), text);
        BOOST_TEST(!text.starts_with('\n'));
        // Also behind a last line that nobody ended.
        const auto made = policy(before.substr(0, before.empty() ? 0 : before.size() - 1) + text);
        BOOST_TEST(made.rules.size() == suggestion.rules.size());
        const auto warnings = lint_policy(made, nullptr).warnings;
        BOOST_TEST(warnings.empty(), (warnings.empty() ? "" : warnings[0].text));
        for (const Use& one : uses) BOOST_TEST(may_ask(made, one, host), one.account + " " + one.target + "\n" + text);
        covered += uses.size();
    }
    BOOST_TEST(covered > 2000U);
}

BOOST_AUTO_TEST_SUITE_END()
