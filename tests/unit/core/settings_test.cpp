// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE settings
#include "core/settings.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::core;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(MergeSettings)

BOOST_AUTO_TEST_CASE(an_empty_file_changes_nothing) {
    Settings settings;
    BOOST_REQUIRE(merge_settings(settings, "", "jitd.toml").has_value());
    BOOST_TEST((settings.request_ttl == 1h));
    BOOST_TEST((settings.warn == std::vector<Usec>{5min, 1min}));
    BOOST_TEST((settings.sshd_gated == std::vector<std::string>{"root"}));
    BOOST_TEST((settings.on_audit_failure == OnAuditFailure::deny));
}

BOOST_AUTO_TEST_CASE(every_key_is_read) {
    Settings settings;
    const auto merged = merge_settings(
        settings,
        "exempt = [\"ansible\"]\nadmins = [\"olivia\", \"@wheel\"]\n"
        "default_role = \"dba\"\nlocal_grants = \"admins\"\nrequest_ttl = \"30min\"\n"
        "warn = []\ngrace = \"2s\"\npending_per_account = 1\npending_total = 2\n"
        "breakglass = true\n[audit]\non_failure = \"allow\"\n[sshd]\ngated = []\n",
        "jitd.toml");
    BOOST_REQUIRE_MESSAGE(merged.has_value(), (merged ? "" : merged.error().text));
    BOOST_TEST((settings.exempt == std::vector<std::string>{"ansible"}));
    BOOST_TEST((settings.admins == std::vector<std::string>{"olivia", "@wheel"}));
    BOOST_TEST(settings.default_role == "dba");
    BOOST_TEST((settings.local_grants == LocalGrants::admins));
    BOOST_TEST((settings.request_ttl == 30min));
    BOOST_TEST(settings.warn.empty());
    BOOST_TEST((settings.grace == 2s));
    BOOST_TEST(settings.pending_per_account == 1U);
    BOOST_TEST(settings.pending_total == 2U);
    BOOST_TEST(settings.breakglass);
    BOOST_TEST((settings.on_audit_failure == OnAuditFailure::allow));
    BOOST_TEST(settings.sshd_gated.empty());
}

BOOST_AUTO_TEST_CASE(a_later_file_overlays_only_what_it_names) {
    Settings settings;
    BOOST_REQUIRE(
        merge_settings(settings, "breakglass = true\ngrace = \"2s\"\n", "a.toml").has_value());
    BOOST_REQUIRE(merge_settings(settings, "breakglass = false\n", "b.toml").has_value());
    BOOST_TEST(!settings.breakglass);
    BOOST_TEST((settings.grace == 2s));
}

BOOST_AUTO_TEST_CASE(a_wrong_file_changes_nothing_and_says_where) {
    for (const char* line : {"exmpt = []",
                             "exempt = \"root\"",
                             "exempt = [1]",
                             "exempt = [\"Root\"]",
                             "admins = [\"@\"]",
                             "default_role = \"\"",
                             "local_grants = \"all\"",
                             "request_ttl = 3600",
                             "request_ttl = \"0\"",
                             "request_ttl = \"60\"",
                             "warn = [\"5\"]",
                             "warn = [\"0\"]",
                             "grace = \"2min\"",
                             "pending_total = 0",
                             "pending_total = -1",
                             "pending_total = 4.0",
                             "breakglass = \"yes\"",
                             "audit.on_failure = \"ignore\"",
                             "audit.on_fail = \"deny\"",
                             "sshd = []",
                             "sshd.gated = [\"@x\"]",
                             "warn = [\"5min\"]\nwarn = [\"1min\"]",
                             "grace = nan"}) {
        Settings settings;
        const auto merged = merge_settings(
            settings, "pending_per_account = 9\n" + std::string(line) + "\n", "jitd.toml");
        BOOST_REQUIRE_MESSAGE(!merged.has_value(), line);
        BOOST_TEST(settings.pending_per_account == 4U, line);
        BOOST_TEST(merged.error().line >= 2U, merged.error().text);
        BOOST_TEST(merged.error().text.starts_with("jitd.toml:"), merged.error().text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
