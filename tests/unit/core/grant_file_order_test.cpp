// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE grant_file_order
#include <boost/test/unit_test.hpp>

#include <map>

#include "tests/support/grant_files.hpp"

// When and by whom a file must be signed, and in what order files may follow each other.

using namespace jit::core;
using namespace jit::test;

namespace {

std::string file_with(const std::string& issued, const std::string& expires) {
    FileText file;
    file.issued = issued;
    file.expires = expires;
    return file.str();
}

std::string at(Wall time) { return format_time(time); }

std::string serial_file(std::uint64_t serial, const std::string& more = {}) {
    FileText file;
    file.serial = std::to_string(serial);
    file.more = more;
    return file.str();
}

const std::string kGood = with_grant(GrantText());

}  // namespace

BOOST_AUTO_TEST_SUITE(Signers)

BOOST_AUTO_TEST_CASE(s53_a_threshold_counts_people) {
    Fleet fleet;
    fleet.trust.grant_threshold = 2;
    const std::string olivia = fleet.olivia.sign(kGood), carol = fleet.carol.sign(kGood);
    BOOST_TEST(fleet.code(kGood, olivia) == "THRESHOLD");
    BOOST_TEST(fleet.code(kGood, olivia + olivia) == "THRESHOLD");
    BOOST_TEST(fleet.code(kGood, olivia + fleet.stranger.sign(kGood)) == "THRESHOLD");
    BOOST_TEST(fleet.code(kGood, olivia + carol) == "");
    const auto file = fleet.load(kGood, carol + olivia);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->signers.size() == 2U);
    BOOST_TEST((file->grants.at(0).approvers == std::vector<std::string>{"carol", "olivia"}));
}

BOOST_AUTO_TEST_CASE(a_key_that_signed_twice_is_named_once) {
    const Fleet fleet;
    const std::string olivia = fleet.olivia.sign(kGood);
    const auto file = fleet.load(kGood, olivia + olivia);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->signers.size() == 1U);
    BOOST_TEST(file->grants.at(0).keys.size() == 1U);
}

BOOST_AUTO_TEST_CASE(s53_two_keys_of_one_person_are_one_person) {
    Fleet fleet;
    fleet.trust.grant_threshold = 2;
    fleet.trust.keys[1].principal = "olivia";
    BOOST_TEST(fleet.code(kGood, fleet.olivia.sign(kGood) + fleet.carol.sign(kGood)) ==
               "THRESHOLD");
}

BOOST_AUTO_TEST_CASE(blocks_of_unknown_keys_are_ignored_unless_all_are) {
    const Fleet fleet;
    const std::string stranger = fleet.stranger.sign(kGood);
    BOOST_TEST(fleet.code(kGood, stranger) == "UNKNOWN_KEY");
    BOOST_TEST(fleet.code(kGood, stranger + fleet.olivia.sign(kGood)) == "");
    BOOST_TEST(fleet.code(kGood, fleet.stranger.sign("other") + fleet.olivia.sign(kGood)) == "");
}

BOOST_AUTO_TEST_CASE(a_bad_block_of_a_known_key_refuses_the_file) {
    Fleet fleet;
    const std::string pair = fleet.olivia.sign(kGood) + fleet.carol.sign("other");
    BOOST_TEST(fleet.code(kGood, pair) == "BAD_SIGNATURE");
    fleet.trust.keys[1].revoked = true;
    BOOST_TEST(fleet.code(kGood, pair) == "BAD_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(s53_a_key_that_may_not_sign_counts_for_nothing) {
    const auto code_with = [](auto change) {
        Fleet fleet;
        change(fleet.trust.keys[0]);
        const std::string both = fleet.olivia.sign(kGood) + fleet.carol.sign(kGood);
        const auto file = fleet.load(kGood, both);
        BOOST_TEST(file.has_value());
        if (file) BOOST_TEST(file->signers.size() == 1U);
        return fleet.code(kGood);
    };
    BOOST_TEST(code_with([](TrustKey& key) { key.revoked = true; }) == "KEY_REVOKED");
    BOOST_TEST(code_with([](TrustKey& key) { key.use_grant = false; }) == "KEY_USE");
    BOOST_TEST(code_with([](TrustKey& key) { key.not_before = kNow + 1s; }) == "KEY_WINDOW");
    BOOST_TEST(code_with([](TrustKey& key) { key.not_after = kNow; }) == "KEY_WINDOW");
}

BOOST_AUTO_TEST_CASE(s58_a_keys_window_is_half_open) {
    Fleet fleet;
    fleet.trust.keys[0].not_before = kNow;
    fleet.trust.keys[0].not_after = kNow + 1us;
    BOOST_TEST(fleet.code(kGood) == "");
    fleet.now = kNow - 1us;
    BOOST_TEST(fleet.code(kGood) == "KEY_WINDOW");
    fleet.now = kNow + 1us;
    BOOST_TEST(fleet.code(kGood) == "KEY_WINDOW");
}

BOOST_AUTO_TEST_CASE(s53_whose_signatures_are_enough) {
    // Who signs; what is set on carol's key; how many are needed; what comes of it.
    struct Case {
        std::string signers, carol;
        std::uint32_t threshold;
        std::string code;
    };
    const auto code_of = [](const Case& c) {
        Fleet fleet;
        const TestKey dora(3), second(4);
        fleet.trust.principals.push_back({"dora", {"dora"}});
        fleet.trust.keys.push_back(trust_key("dora-2026", "dora", dora));
        fleet.trust.keys.push_back(trust_key("olivia-2", "olivia", second));
        fleet.trust.grant_threshold = c.threshold;
        TrustKey& carol = fleet.trust.keys[1];
        carol.revoked = c.carol == "revoked";
        carol.use_grant = c.carol != "approves";
        if (c.carol == "early") carol.not_before = kNow + 1s;
        if (c.carol == "late") carol.not_after = kNow;
        const std::map<char, const TestKey*> keys = {
            {'o', &fleet.olivia}, {'O', &second}, {'c', &fleet.carol}, {'d', &dora}, {'x', &fleet.stranger}};
        std::string signature;
        for (const char who : c.signers) signature += keys.at(who)->sign(kGood);
        return fleet.code(kGood, signature);
    };
    const std::vector<Case> cases = {
        {"o", "", 1, ""},          {"o", "", 2, "THRESHOLD"},         {"oo", "", 2, "THRESHOLD"},
        {"oO", "", 2, "THRESHOLD"},  {"oc", "", 2, ""},                 {"co", "", 2, ""},
        {"oOc", "", 2, ""},        {"oOoO", "", 2, "THRESHOLD"},      {"ox", "", 2, "THRESHOLD"},
        {"xoc", "", 2, ""},        {"x", "", 1, "UNKNOWN_KEY"},       {"xx", "", 2, "UNKNOWN_KEY"},
        {"ocd", "", 3, ""},        {"oOd", "", 3, "THRESHOLD"},       {"c", "revoked", 1, "KEY_REVOKED"},
        {"c", "approves", 1, "KEY_USE"}, {"c", "early", 1, "KEY_WINDOW"}, {"c", "late", 1, "KEY_WINDOW"},
        {"oc", "revoked", 2, "KEY_REVOKED"}, {"oc", "approves", 2, "KEY_USE"}, {"oc", "late", 2, "KEY_WINDOW"},
        {"oc", "revoked", 1, ""},  {"ocd", "revoked", 2, ""},         {"ocd", "early", 3, "KEY_WINDOW"},
        {"oOc", "revoked", 2, "KEY_REVOKED"}};
    for (const Case& c : cases) {
        BOOST_TEST(code_of(c) == c.code, c.signers + " of " + std::to_string(c.threshold) + ", carol " + c.carol);
    }
}

BOOST_AUTO_TEST_CASE(errors_name_the_signature_file_and_line) {
    const Fleet fleet;
    const auto file = fleet.load(kGood, fleet.stranger.sign(kGood) + fleet.olivia.sign("other"));
    BOOST_REQUIRE(!file.has_value());
    BOOST_TEST(file.error().text.starts_with("grants.toml.sig:7: key olivia-2026"),
               file.error().text);
    BOOST_TEST(fleet.load(kGood, "x").error().text.starts_with("grants.toml.sig:1: "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(FileWindow)

BOOST_AUTO_TEST_CASE(s58_issued_and_expires_hold_to_the_second) {
    const Fleet fleet;
    BOOST_TEST(fleet.code(file_with(at(kNow + 300s), at(kNow + 24h))) == "");
    BOOST_TEST(fleet.code(file_with(at(kNow + 301s), at(kNow + 24h))) == "ISSUED");
    BOOST_TEST(fleet.code(file_with(at(kNow - 24h), at(kNow + 1s))) == "");
    BOOST_TEST(fleet.code(file_with(at(kNow - 24h), at(kNow))) == "EXPIRED");
    BOOST_TEST(fleet.code(file_with(at(kNow - 24h), at(kNow - 1s))) == "EXPIRED");
    BOOST_TEST(fleet.code(file_with(at(kNow), at(kNow + 168h))) == "");
    BOOST_TEST(fleet.code(file_with(at(kNow), at(kNow + 168h + 1s))) == "LIFETIME");
    BOOST_TEST(fleet.code(file_with(at(kNow + 200s), at(kNow + 200s))) == "LIFETIME");
    BOOST_TEST(fleet.code(file_with(at(kNow + 200s), at(kNow + 100s))) == "LIFETIME");
    BOOST_TEST(fleet.code(file_with("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z")) == "LIFETIME");
}

BOOST_AUTO_TEST_CASE(s58_grant_windows_are_kept_whatever_the_hour) {
    for (const auto& [begin, end] : std::vector<std::pair<Usec, Usec>>{{-2h, -1h},
                                                                       {-1h, -1s},
                                                                       {-1h, 0s},
                                                                       {-1h, 1s},
                                                                       {-1s, 1h},
                                                                       {0s, 1h},
                                                                       {1s, 1h},
                                                                       {1h, 2h}}) {
        GrantText grant;
        grant.not_before = at(kNow + begin);
        grant.not_after = at(kNow + end);
        const auto file = Fleet().load(with_grant(grant));
        BOOST_REQUIRE(file.has_value());
        BOOST_REQUIRE(file->grants.size() == 1U);
        BOOST_TEST((file->grants[0].not_before == kNow + begin));
        BOOST_TEST((file->grants[0].not_after == kNow + end));
    }
}

BOOST_AUTO_TEST_CASE(s58_spans_of_none_or_of_ages_are_refused_without_overflow) {
    Fleet fleet;
    const auto code_of = [&fleet](const std::string& begin, const std::string& end) {
        GrantText grant;
        grant.not_before = begin;
        grant.not_after = end;
        const auto file = fleet.load(with_grant(grant));
        if (!file) return file.error().code;
        return file->dropped.empty() ? std::string() : file->dropped.at(0).code;
    };
    const std::string now = at(kNow), first = "1970-01-01T00:00:00Z", last = "9999-12-31T23:59:59.999999Z";
    BOOST_TEST(code_of(now, now) == "FIELD");
    BOOST_TEST(code_of(now, at(kNow - 1s)) == "FIELD");
    BOOST_TEST(code_of(last, first) == "FIELD");
    BOOST_TEST(code_of(first, last) == "LIMIT");
    BOOST_TEST(code_of(now, last) == "LIMIT");
    BOOST_TEST(code_of(last, last) == "FIELD");
    BOOST_TEST(code_of("9223372036854775807", last) == "FIELD");
    BOOST_TEST(code_of(now, "9223372036854775807") == "FIELD");
    BOOST_TEST(code_of(now, "9223372036854775808") == "PARSE");
    BOOST_TEST(code_of(now, "292277026596-12-04T15:30:07Z") == "PARSE");
    for (auto& key : fleet.trust.keys) key.max_duration = Usec::max();
    fleet.policy.roles.at("root").max_duration = Usec::max();
    const auto file = fleet.load(with_grant([&] {
        GrantText grant;
        grant.not_before = first;
        grant.not_after = last;
        return grant;
    }()));
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST((file->grants.at(0).not_after == file->expires));
}

BOOST_AUTO_TEST_CASE(s49_no_grant_outlives_its_file) {
    Fleet fleet;
    fleet.trust.keys[0].max_duration = 72h;
    fleet.policy.roles.at("root").max_duration = 72h;
    for (const Usec after : {Usec(-1s), Usec(0s), Usec(1s), Usec(24h)}) {
        GrantText grant;
        grant.not_before = at(kNow);
        grant.not_after = at(kNow + 24h + after);
        const auto file = fleet.load(with_grant(grant));
        BOOST_REQUIRE(file.has_value());
        BOOST_TEST((file->grants.at(0).not_after == kNow + 24h + std::min(after, Usec(0))));
    }
}

BOOST_AUTO_TEST_CASE(a_grant_that_begins_after_its_file_is_dropped) {
    GrantText grant;
    grant.not_before = at(kNow + 24h);
    grant.not_after = at(kNow + 25h);
    const auto file = Fleet().load(with_grant(grant));
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->grants.empty());
    BOOST_TEST(file->dropped.at(0).code == "LIMIT");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Serial)

BOOST_AUTO_TEST_CASE(s48_serials_only_grow) {
    Fleet fleet;
    const std::string content = serial_file(kSerial);
    const auto first = fleet.load(content);
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(!first->unchanged);
    fleet.marks = {first->serial, first->sha256};
    const auto again = fleet.load(content);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->unchanged);
    BOOST_TEST(fleet.code(serial_file(kSerial, "# other\n")) == "EQUIVOCATION");
    BOOST_TEST(fleet.code(serial_file(kSerial - 1)) == "ROLLBACK");
    BOOST_TEST(fleet.code(serial_file(1)) == "ROLLBACK");
    const auto next = fleet.load(serial_file(kSerial + 1));
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(!next->unchanged);
}

BOOST_AUTO_TEST_CASE(s51_a_serial_is_never_ahead_of_the_clock) {
    const Fleet fleet;
    BOOST_TEST(fleet.code(serial_file(kSerial + 300)) == "");
    BOOST_TEST(fleet.code(serial_file(kSerial + 301)) == "FAST_FORWARD");
    BOOST_TEST(fleet.code(serial_file(9223372036854775807U)) == "FAST_FORWARD");
    FileText huge;
    huge.serial = "9223372036854775808";
    BOOST_TEST(fleet.code(huge.str()) == "PARSE");
}

BOOST_AUTO_TEST_CASE(the_accepted_copy_is_judged_again_but_for_serial_and_issued) {
    Fleet fleet;
    fleet.mode = LoadMode::accepted;
    fleet.marks.serial = kSerial + 1000;
    BOOST_TEST(fleet.code(serial_file(kSerial)) == "");
    BOOST_TEST(fleet.code(serial_file(kSerial + 1000)) == "");
    BOOST_TEST(fleet.code(file_with(at(kNow + 1h), at(kNow + 24h))) == "");
    BOOST_TEST(fleet.code(file_with(at(kNow - 24h), at(kNow))) == "EXPIRED");
    BOOST_TEST(fleet.code(file_with(at(kNow), at(kNow + 169h))) == "LIFETIME");
    fleet.trust.keys[0].revoked = true;
    BOOST_TEST(fleet.code(serial_file(kSerial)) == "KEY_REVOKED");
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_between_its_readings_is_refused) {
    class Growing : public MemorySource {
      public:
        using MemorySource::MemorySource;
        Result<std::size_t> read(std::span<char> out) override {
            const auto size = MemorySource::read(out);
            if (size && *size == 0 && readings_ == 2 && !std::exchange(grown_, true)) {
                out[0] = '\n';
                return std::size_t{1};
            }
            return size;
        }
        Result<void> rewind() override {
            ++readings_;
            return MemorySource::rewind();
        }

      private:
        int readings_ = 0;
        bool grown_ = false;
    };
    const Fleet fleet;
    Growing source(kGood);
    const std::string signature = fleet.olivia.sign(kGood);
    const auto file = load_grant_file(
        {source, signature, "grants.toml", fleet.trust, &fleet.policy, &fleet.host, kNow});
    BOOST_REQUIRE(!file.has_value());
    BOOST_TEST(file.error().code == "CHANGED");
}

BOOST_AUTO_TEST_CASE(faults_of_the_source_come_through_unchanged) {
    class Broken : public MemorySource {
      public:
        using MemorySource::MemorySource;
        Result<std::size_t> read(std::span<char>) override {
            return fail("UNREADABLE", "grants.toml: I/O error");
        }
    };
    const Fleet fleet;
    Broken source("");
    const auto file =
        load_grant_file({source, "", "grants.toml", fleet.trust, nullptr, nullptr, kNow});
    BOOST_REQUIRE(!file.has_value());
    BOOST_TEST(file.error().code == "UNREADABLE");
}

BOOST_AUTO_TEST_SUITE_END()
