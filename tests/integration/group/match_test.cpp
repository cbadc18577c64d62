// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE group_match
#include <grp.h>

#include "tests/integration/group/fixture.hpp"

using namespace jit;
using namespace jit::test;

namespace {

const std::map<std::string, RolesAnswer> kBoth = {{"alice", {{"root", "dba"}, ""}},
                                                  {"bob", {{"web"}, "nobody is to read this"}}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Match, GroupFixture)

BOOST_AUTO_TEST_CASE(a_role_held_matches_and_no_other) {
    start({answer_roles(kBoth)});
    BOOST_TEST(alice("root"));
    BOOST_TEST(alice("dba"));
    for (const char* other : {"web", "", "roo", "root2", "Root", ":root", " root"})
        BOOST_TEST(!alice(other), other);
    BOOST_TEST(said.empty());
}

BOOST_AUTO_TEST_CASE(any_number_of_lines_cost_one_exchange) {
    start({answer_roles(kBoth)});
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(alice("dba"));
        BOOST_TEST(!alice("role-" + std::to_string(i)));
    }
    BOOST_TEST(gate->calls().size() == 1U);
    BOOST_TEST(gate->connections() == 1U);
}

BOOST_AUTO_TEST_CASE(the_question_names_the_person_and_the_groups_of_this_process) {
    const bool is_root = ::geteuid() == 0;
    const std::vector<gid_t> mine = {27, 100, 4242};
    if (is_root) BOOST_REQUIRE(::setgroups(mine.size(), mine.data()) == 0);
    start({answer_roles(kBoth)});
    if (is_root) BOOST_REQUIRE(::setgroups(0, nullptr) == 0);  // as sudo becomes the target
    BOOST_TEST(alice("root"));
    const auto call = gate->calls().at(0);
    BOOST_TEST(call.member == "HasRole");
    auto values = call.values;
    if (is_root) BOOST_TEST(values["gids"] == "27 100 4242");
    values.erase("gids");
    const std::map<std::string, std::string> expected = {{"v", "1"},
                                                         {"uid", std::to_string(me)},
                                                         {"account", "alice"},
                                                         {"pid", std::to_string(::getpid())}};
    BOOST_TEST((values == expected));
}

BOOST_AUTO_TEST_CASE(no_groups_are_a_list_without_items_and_too_many_are_left_out,
                     *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    for (const std::size_t count : {0U, 1024U, 1025U}) {
        const std::vector<gid_t> groups(count, 27);
        BOOST_REQUIRE(::setgroups(groups.size(), groups.data()) == 0);
        start({answer_roles(kBoth)});
        BOOST_TEST(alice("root"));
        const auto values = gate->calls().at(0).values;
        BOOST_REQUIRE(values.contains("gids") == (count <= 1024));
        if (count <= 1024) BOOST_TEST(values.at("gids").size() == (count == 0 ? 0 : count * 3 - 1));
    }
    BOOST_REQUIRE(::setgroups(0, nullptr) == 0);
}

BOOST_AUTO_TEST_CASE(another_person_is_asked_for_once_too_and_without_our_groups) {
    start({answer_roles(kBoth)});
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(bob("web"));
        BOOST_TEST(!bob("root"));
        BOOST_TEST(alice("root"));
        BOOST_TEST(!alice("web"));
    }
    BOOST_REQUIRE(gate->calls().size() == 2U);
    BOOST_TEST(gate->calls()[0].values.at("account") == "bob");
    BOOST_TEST(!gate->calls()[0].values.contains("gids"));
    BOOST_TEST(gate->calls()[1].values.at("account") == "alice");
    BOOST_TEST(gate->calls()[1].values.contains("gids"));
    BOOST_TEST(gate->connections() == 1U);
}

BOOST_AUTO_TEST_CASE(two_names_of_one_uid_are_two_questions) {
    start({answer_roles(kBoth)});
    BOOST_TEST(alice("root"));
    BOOST_TEST(!holds(me, "alice2", "root"));
    BOOST_TEST(gate->calls().size() == 2U);
}

BOOST_AUTO_TEST_CASE(more_people_than_sudo_ever_asks_for_hold_nothing) {
    std::map<std::string, RolesAnswer> all;
    for (int i = 0; i < 9; ++i) all["user" + std::to_string(i)] = {{"root"}, ""};
    start({answer_roles(all)});
    int held = 0;
    for (uid_t i = 0; i < 9; ++i) held += holds(5000 + i, "user" + std::to_string(i), "root");
    BOOST_TEST(held == 4);
    BOOST_TEST(gate->calls().size() == 4U);
    BOOST_TEST(holds(5000, "user0", "root"));
}

BOOST_AUTO_TEST_CASE(root_and_nobody_at_all_are_never_asked_for) {
    start({serve([](sd_bus_message* call, const SeenCall&) {
        return reply_roles(call, {{"root"}, kText});
    })});
    passwd nameless{};
    nameless.pw_uid = me;
    BOOST_TEST(!holds(0, "root", "root"));
    BOOST_TEST(!holds(0, "alice", "root"));
    BOOST_TEST(!holds(kNoUid, "alice", "root"));
    BOOST_TEST(plugin->query("alice", "root", nullptr) == 0);
    BOOST_TEST(plugin->query("alice", "root", &nameless) == 0);
    nameless.pw_name = const_cast<char*>("alice");
    BOOST_TEST(plugin->query("alice", nullptr, &nameless) == 0);
    BOOST_TEST(gate->calls().empty());
    BOOST_TEST(said.empty());
    BOOST_TEST(alice("root"));  // the control
}

BOOST_AUTO_TEST_CASE(names_that_are_no_text_or_too_long_hold_nothing) {
    for (const std::string& name : {std::string("al\xff"), std::string(257, 'a')}) {
        start({serve([](sd_bus_message* call, const SeenCall&) {
            return reply_roles(call, {{"root"}, kText});
        })});
        BOOST_TEST(!holds(me, name, "root"));
        BOOST_TEST(gate->calls().empty());
        BOOST_TEST(said.empty());
    }
}

BOOST_AUTO_TEST_CASE(before_init_and_after_cleanup_nobody_holds_anything) {
    listen({answer_roles(kBoth)});
    BOOST_TEST(!alice("root"));
    start();
    BOOST_TEST(alice("root"));
    plugin->cleanup();
    BOOST_TEST(!alice("root"));
    plugin->cleanup();
    start();
    BOOST_TEST(alice("root"));
    BOOST_TEST(gate->calls().size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_interface_of_sudo_and_arguments_are_refused) {
    listen({answer_roles(kBoth)});
    BOOST_TEST(plugin->init(SUDO_API_MKVERSION(2, 0), say, nullptr) == -1);
    BOOST_TEST(said.empty());
    char argument[] = "/etc/group";
    char* const arguments[] = {argument, nullptr};
    BOOST_TEST(plugin->init(GROUP_API_VERSION, say, arguments) == -1);
    BOOST_REQUIRE(said.size() == 1U);
    BOOST_TEST(said[0].ends_with("[CONFIG]\n"));
    BOOST_TEST(!alice("root"));
    char* const none[] = {nullptr};
    BOOST_TEST(plugin->init(SUDO_API_MKVERSION(1, 7), say, none) == 1);
    BOOST_TEST(alice("root"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(Text, GroupFixture)

BOOST_AUTO_TEST_CASE(who_runs_sudo_is_told_once_why_a_role_is_not_held) {
    start({answer_roles({{"alice", {{}, kText}}})});
    for (int i = 0; i < 3; ++i) BOOST_TEST(!alice("role-" + std::to_string(i)));
    BOOST_REQUIRE(said.size() == 1U);
    BOOST_TEST(said[0] == "jit: " + kText + "\n");
}

BOOST_AUTO_TEST_CASE(nothing_is_said_where_the_role_is_held_or_jitd_has_nothing_to_say) {
    start({answer_roles({{"alice", {{"root"}, kText}}})});
    BOOST_TEST(alice("root"));
    BOOST_TEST(said.empty());
    BOOST_TEST(!alice("dba"));
    BOOST_TEST(said.size() == 1U);
    start({answer_roles({{"alice", {{}, ""}}})});
    BOOST_TEST(!alice("root"));
    BOOST_TEST(said.empty());
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_another_person) {
    start({answer_roles({{"alice", {{}, kText}}, {"bob", {{}, "for bob"}}})});
    BOOST_TEST(!bob("root"));
    BOOST_TEST(said.empty());
    BOOST_TEST(!alice("root"));
    BOOST_REQUIRE(said.size() == 1U);
    BOOST_TEST(said[0] == "jit: " + kText + "\n");
    BOOST_TEST(!bob("root"));
    BOOST_TEST(said.size() == 1U);
}

BOOST_AUTO_TEST_CASE(s42_text_of_the_daemon_reaches_the_terminal_escaped_and_in_one_line) {
    start({answer_roles({{"alice",
                          {{},
                           "a\x1b[2Jb\nc\xc2\x9b"
                           "d%n%s"}}})});
    BOOST_TEST(!alice("root"));
    BOOST_TEST(said.at(0) == "jit: a\\x1b[2Jb\\x0ac\\xc2\\x9bd%n%s\n");
    start({answer_roles({{"alice", {{}, std::string(5000, 'x')}}})});
    BOOST_TEST(!alice("root"));
    BOOST_TEST(said.at(0) == "jit: " + std::string(1024, 'x') + "\n");
    start({answer_roles({{"alice", {{}, std::string(5000, '\x07')}}})});
    BOOST_TEST(!alice("root"));
    BOOST_TEST(said.at(0).size() < 2100U);
    BOOST_TEST(said.at(0).ends_with("\\x07\n"));
}

BOOST_AUTO_TEST_SUITE_END()
