// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE exit_code
#include "jitctl/exit_code.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "common/handle.hpp"
#include "common/names.hpp"
#include "core/codes.hpp"
#include "jitctl/verb.hpp"

using namespace jit;
using namespace jit::ctl;

namespace {

std::vector<core::Code> all_codes() {
    std::vector<core::Code> codes;
    for (int i = 0; i <= static_cast<int>(core::Code::permissive); ++i)
        codes.push_back(static_cast<core::Code>(i));
    return codes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ExitCode)

BOOST_AUTO_TEST_CASE(every_denying_code_has_its_row_and_no_success) {
    for (const core::Code code : all_codes()) {
        const std::string text(core::to_string(code));
        const std::string name = kErrorPrefix + core::camel_case(text);
        const bool listed =
            std::ranges::count(bus_errors(), std::string_view(name), &BusErrorRow::name) == 1;
        BOOST_TEST(listed == !core::allows(code), text);
        BOOST_TEST(code_of_bus_error(name) == text);
        if (listed) BOOST_TEST((exit_of(text) != Exit::ok), text);
    }
}

BOOST_AUTO_TEST_CASE(no_error_is_a_success_and_names_are_unique) {
    for (const auto& row : bus_errors()) {
        BOOST_TEST((row.exit != Exit::ok), row.name);
        BOOST_TEST(std::ranges::count(bus_errors(), row.name, &BusErrorRow::name) == 1, row.name);
        BOOST_TEST(row.name.find(".Error.") != std::string_view::npos);
    }
}

BOOST_AUTO_TEST_CASE(one_code_leads_to_one_exit) {
    std::map<std::string_view, Exit> seen;
    for (const auto& row : bus_errors()) {
        const auto [it, fresh] = seen.emplace(row.code, row.exit);
        BOOST_TEST((fresh || it->second == row.exit), row.code);
    }
}

BOOST_AUTO_TEST_CASE(the_documented_exits) {
    const auto exit = [](std::string_view name) {
        return static_cast<int>(exit_of(code_of_bus_error(name)));
    };
    BOOST_TEST(exit("org.jitd1.Error.NoGrant") == 3);
    BOOST_TEST(exit("org.jitd1.Error.AccessDenied") == 3);
    BOOST_TEST(exit("org.freedesktop.DBus.Error.AccessDenied") == 3);
    BOOST_TEST(exit("org.jitd1.Error.Pending") == 4);
    BOOST_TEST(exit("org.freedesktop.DBus.Error.ServiceUnknown") == 5);
    BOOST_TEST(exit("org.freedesktop.DBus.Error.NoReply") == 5);
    BOOST_TEST(exit("org.freedesktop.systemd1.UnitMasked") == 5);
    BOOST_TEST(exit("org.freedesktop.DBus.Error.Spawn.ChildExited") == 5);
    BOOST_TEST(exit("org.jitd1.Error.NotFound") == 6);
    BOOST_TEST(exit("org.jitd1.Error.InvalidArgument") == 2);
    for (const char* name : {"Limit", "Self", "BadToken", "TokenUsed", "KeyRevoked", "KeyUse", "KeyWindow"})
        BOOST_TEST(exit("org.jitd1.Error." + std::string(name)) == 3, name);
    for (const char* name : {"AlreadyDecided", "LimitsExceeded", "NotDurable"})
        BOOST_TEST(exit("org.jitd1.Error." + std::string(name)) == 1, name);
    BOOST_TEST(static_cast<int>(Exit::timed_out) == 124);
}

BOOST_AUTO_TEST_CASE(what_jitd_refuses_a_decision_with_has_a_code) {
    for (const char* code : {"ALREADY_DECIDED", "BAD_TOKEN", "TOKEN_USED", "KEY_REVOKED", "KEY_USE", "KEY_WINDOW", "LIMIT",
                             "LIMITS_EXCEEDED", "SELF", "ROLE_UNKNOWN", "NOT_FOUND", "ACCESS_DENIED"}) {
        const std::string name = kErrorPrefix + core::camel_case(code);
        BOOST_TEST(code_of_bus_error(name) == code);
        BOOST_TEST(std::ranges::count(bus_errors(), std::string_view(name), &BusErrorRow::name) == 1, name);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_a_failure_with_a_code_of_its_own) {
    BOOST_TEST(code_of_bus_error("org.jitd1.Error.MoonPhase") == "MOON_PHASE");
    BOOST_TEST((exit_of("MOON_PHASE") == Exit::failure));
    BOOST_TEST(code_of_bus_error("") == "FAILED");
}

BOOST_AUTO_TEST_CASE(what_did_not_fit_is_no_success) {
    const std::unique_ptr<std::FILE, Deleter<::fclose>> full(::fopen("/dev/full", "w")), words(::tmpfile());
    Environment env;
    env.out = full.get();
    env.err = words.get();
    const auto exits = [&] {
        char name[] = "jitctl", help[] = "--help";
        char* args[] = {name, help, nullptr};
        return run_jitctl(2, args, env);
    };
    BOOST_TEST(exits() == 1);  // when it is flushed
    (void)::setvbuf(full.get(), nullptr, _IONBF, 0);
    std::clearerr(full.get());
    BOOST_TEST(exits() == 1);  // before
    env.out = words.get();
    BOOST_TEST(exits() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
