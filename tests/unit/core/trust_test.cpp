// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE trust
#include "core/trust.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/test_key.hpp"

using namespace jit::core;
using jit::test::KeyKind;
using jit::test::TestKey;

namespace {

const std::string kHead = "format = 1\norg = \"example\"\n";
const std::string kOlivia =
    "[[principal]]\nname = \"olivia\"\naccounts = [\"olivia\", \"olivia-adm\"]\n";

struct KeyText {
    std::string id = "\"olivia-2026\"", principal = "\"olivia\"",
                public_key = "\"" + TestKey(1).public_key() + "\"";
    std::string uses = "[\"grant\"]", roles = "[\"*\"]", hosts = "[\"*\"]", max_duration = "\"8h\"",
                more;

    [[nodiscard]] std::string str() const {
        std::string out = "[[key]]\n";
        const auto add = [&out](std::string_view key, const std::string& value) {
            if (!value.empty()) out += std::string(key) + " = " + value + "\n";
        };
        add("id", id);
        add("principal", principal);
        add("public_key", public_key);
        add("uses", uses);
        add("roles", roles);
        add("hosts", hosts);
        add("max_duration", max_duration);
        return out + more;
    }
};

std::string error_of(const std::string& text) {
    const auto trust = parse_trust(text, "trust.toml");
    return trust ? "" : trust.error().text;
}
std::string key_error(const KeyText& key) { return error_of(kHead + kOlivia + key.str()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(TrustToml)

BOOST_AUTO_TEST_CASE(principals_and_keys_are_read) {
    KeyText text;
    text.uses = "[\"grant\", \"approve\"]";
    text.more =
        "not_before = 2026-01-01T00:00:00Z\nnot_after = 2027-01-01T00:00:00Z\nallow_self = true\n";
    const auto trust =
        parse_trust(kHead + "grant_threshold = 2\n" + kOlivia + text.str(), "trust.toml");
    BOOST_REQUIRE_MESSAGE(trust.has_value(), (trust ? "" : trust.error().text));
    BOOST_TEST(trust->org == "example");
    BOOST_TEST(trust->grant_threshold == 2U);
    BOOST_REQUIRE(trust->keys.size() == 1U);
    const TrustKey& key = trust->keys[0];
    BOOST_TEST(key.use_grant);
    BOOST_TEST(key.use_approve);
    BOOST_TEST(!key.use_breakglass);
    BOOST_TEST(key.allow_self);
    BOOST_TEST(!key.revoked);
    BOOST_TEST((key.max_duration == std::chrono::hours(8)));
    BOOST_TEST((*key.not_after - *key.not_before == std::chrono::hours(24 * 365)));
    BOOST_TEST(trust->find(*parse_public_key(TestKey(1).public_key())) == &key);
    BOOST_TEST(trust->find(*parse_public_key(TestKey(2).public_key())) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_threshold_left_out_is_one) {
    BOOST_TEST(parse_trust(kHead, "trust.toml")->grant_threshold == 1U);
}

BOOST_AUTO_TEST_CASE(an_account_under_no_principal_is_its_own) {
    const auto trust = parse_trust(kHead + kOlivia, "trust.toml");
    BOOST_REQUIRE(trust.has_value());
    BOOST_TEST(trust->principal_of("olivia-adm") == "olivia");
    BOOST_TEST(trust->principal_of("alice") == "alice");
}

BOOST_AUTO_TEST_CASE(one_account_has_one_principal) {
    BOOST_TEST(
        error_of(kHead + kOlivia + "[[principal]]\nname = \"bob\"\naccounts = [\"olivia\"]\n")
            .starts_with("trust.toml:8:12: accounts: account olivia is listed twice"));
    BOOST_TEST(error_of(kHead + "[[principal]]\nname = \"bob\"\naccounts = [\"bob\", \"bob\"]\n") !=
               "");
    BOOST_TEST(error_of(kHead + kOlivia + "[[principal]]\nname = \"olivia\"\naccounts = []\n")
                   .starts_with("trust.toml:7:8: name: is used by another principal"));
}

BOOST_AUTO_TEST_CASE(keys_have_ids_points_and_principals_of_their_own) {
    KeyText other;
    other.public_key = "\"" + TestKey(2).public_key() + "\"";
    const std::string first = kHead + kOlivia + KeyText().str();
    BOOST_TEST(error_of(first + other.str()).find("id: is used by another key") !=
               std::string::npos);
    other.id = "\"second\"";
    BOOST_TEST(error_of(first + other.str()) == "");
    other.public_key = "\"" + TestKey(1).public_key() + " comment\"";
    BOOST_TEST(error_of(first + other.str()).find("public_key: is listed under another id") !=
               std::string::npos);
    BOOST_TEST(error_of(kHead + KeyText().str()).find("\"olivia\" has no [[principal]] table") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(fields_of_a_key_are_checked) {
    BOOST_TEST(key_error(KeyText()) == "");
    const std::vector<std::pair<std::string KeyText::*, std::string>> bad = {
        {&KeyText::id, ""},
        {&KeyText::id, "\"a b\""},
        {&KeyText::id, "5"},
        {&KeyText::principal, ""},
        {&KeyText::principal, "\"bob\""},
        {&KeyText::public_key, ""},
        {&KeyText::public_key, "\"ssh-rsa AAAA\""},
        {&KeyText::public_key, "\"\""},
        {&KeyText::uses, ""},
        {&KeyText::uses, "[]"},
        {&KeyText::uses, "[\"sign\"]"},
        {&KeyText::uses, "\"grant\""},
        {&KeyText::roles, ""},
        {&KeyText::roles, "[]"},
        {&KeyText::roles, "[\"Root!\"]"},
        {&KeyText::hosts, ""},
        {&KeyText::hosts, "[]"},
        {&KeyText::hosts, "[\"a b\"]"},
        {&KeyText::max_duration, ""},
        {&KeyText::max_duration, "\"0\""},
        {&KeyText::max_duration, "28800"},
        {&KeyText::more, "revoke = true\n"},
        {&KeyText::more, "revoked = \"yes\"\n"},
        {&KeyText::more, "not_before = 2026-01-01\n"},
        {&KeyText::more, "require_touch = true\n"},
        {&KeyText::more, "not_before = 2026-01-01T00:00:00Z\nnot_after = 2026-01-01T00:00:00Z\n"},
    };
    for (const auto& [field, value] : bad) {
        KeyText key;
        key.*field = value;
        const std::string error = key_error(key);
        BOOST_TEST(error.starts_with("trust.toml:"), value + ": " + error);
    }
}

BOOST_AUTO_TEST_CASE(hardware_keys_may_require_touch_and_verification) {
    KeyText key;
    key.public_key = "\"" + TestKey(1, KeyKind::hardware).public_key() + "\"";
    key.more = "require_touch = true\nrequire_verify = true\n";
    BOOST_TEST(key_error(key) == "");
}

BOOST_AUTO_TEST_CASE(the_head_is_checked) {
    for (const char* text :
         {"", "org = \"example\"\n", "format = 2\norg = \"example\"\n", "format = 1\n",
          "format = 1\norg = \"\"\n", "format = 1\norg = \"example\"\ngrant_threshold = 0\n",
          "format = 1\norg = \"example\"\ngrant_threshold = 17\n",
          "format = 1\norg = \"example\"\ntreshold = 2\n",
          "format = 1\norg = \"example\"\nkey = 1\n"}) {
        BOOST_TEST(error_of(text).starts_with("trust.toml:"), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
