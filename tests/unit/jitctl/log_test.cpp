// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE log
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "jitctl/log_line.hpp"
#include "jitctl/log_verify.hpp"
#include "jitctl/log_walk.hpp"
#include "tests/support/audit_history.hpp"
#include "tests/support/fake_records.hpp"

using namespace jit;
using namespace jit::ctl;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;

trail::LogRecord record(std::uint64_t seconds, const std::string& seq,
                 const std::string& unit = "jitd.service") {
    return {
        seconds * kSecond, {{"event", "check.allowed"}, {"seq", seq}, {"chain", "c" + seq}}, unit, {}};
}

using test::FakeRecords;

std::string shown(FakeRecords& source, const LogOptions& options) {
    std::string out;
    const auto walked = walk_log(source, options, [&](const trail::LogRecord& r) {
        out += r.field("seq") + " ";
        return true;
    });
    if (!walked) out += walked.error().code;
    return out;
}

std::string shown(std::vector<trail::LogRecord> records, const LogOptions& options) {
    FakeRecords source(std::move(records));
    return shown(source, options);
}

core::Wall at(std::uint64_t seconds) { return core::from_usec(seconds * kSecond); }

LogOptions last(std::uint32_t lines) {
    LogOptions options;
    options.lines = lines;
    return options;
}

const std::vector<trail::LogRecord> kThree = {record(1, "1"), record(2, "2"), record(3, "3")};

/** What the journal has of a jitd that wrote so many records. */
std::vector<trail::LogRecord> written(int records) {
    test::AuditHistory history;
    history.start();
    while (--records > 0) history.write();
    std::vector<trail::LogRecord> out;
    for (const auto& entry : history.journal()) {
        out.push_back(record(1, entry.fields.at("JIT_SEQ")));
        out.back().entry = entry;
    }
    return out;
}

core::ChainReport verified(std::vector<trail::LogRecord> records) {
    FakeRecords source(std::move(records));
    return *verify_log(source, {});
}

struct Plain {
    Environment env;
    GlobalOptions options;
    Output out{env, options};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(LogWalk)

BOOST_AUTO_TEST_CASE(all_records_in_their_order) { BOOST_TEST(shown(kThree, {}) == "1 2 3 "); }

BOOST_AUTO_TEST_CASE(a_record_sent_twice_is_shown_once) {
    const std::vector<trail::LogRecord> twice = {record(1, "1"), record(2, "2"), record(3, "2"),
                                          record(3, "3"), record(4, "3")};
    BOOST_TEST(shown(twice, {}) == "1 2 3 ");
    BOOST_TEST(shown(twice, last(2)) == "2 3 ");
}

BOOST_AUTO_TEST_CASE(the_same_number_with_another_chain_is_another_record) {
    trail::LogRecord forged = record(2, "1");
    forged.fields["chain"] = "other";
    BOOST_TEST(shown({record(1, "1"), forged}, {}) == "1 1 ");
}

BOOST_AUTO_TEST_CASE(s44_records_of_another_unit_are_not_shown) {
    BOOST_TEST(shown({record(1, "1", "evil.service"), record(2, "2", ""), record(3, "3")}, {}) ==
               "2 3 ");
    BOOST_TEST(shown({record(1, "1"), record(2, "2", "user@1001.service")}, last(1)) == "1 ");
}

BOOST_AUTO_TEST_CASE(records_without_an_event_are_not_shown) {
    trail::LogRecord other = record(2, "2");
    other.fields.erase("event");
    BOOST_TEST(shown({record(1, "1"), other}, {}) == "1 ");
}

BOOST_AUTO_TEST_CASE(since_and_until_bound_it) {
    LogOptions options;
    options.since = at(2);
    BOOST_TEST(shown(kThree, options) == "2 3 ");
    options.until = at(2);
    BOOST_TEST(shown(kThree, options) == "2 ");
    options.lines = 1;
    BOOST_TEST(shown(kThree, options) == "2 ");
}

BOOST_AUTO_TEST_CASE(records_of_a_clock_that_was_set_hide_no_others) {
    const std::vector<trail::LogRecord> stepped = {record(50, "1"), record(99, "2"), record(51, "3"), record(1, "4"),
                                                   record(52, "5")};
    LogOptions options;
    const auto both_ways = [&](const std::string& forward, const std::string& backward) {
        options.reverse = false;
        BOOST_TEST(shown(stepped, options) == forward);
        options.lines = 100;
        BOOST_TEST(shown(stepped, options) == forward);
        options.lines.reset();
        options.reverse = true;
        BOOST_TEST(shown(stepped, options) == backward);
    };
    options.until = at(60);
    both_ways("1 3 4 5 ", "5 4 3 1 ");
    options.since = at(40);
    both_ways("1 3 5 ", "5 3 1 ");
    options.until.reset();
    both_ways("1 2 3 5 ", "5 3 2 1 ");
    options.since = at(1);
    options.until = at(9);
    both_ways("4 ", "4 ");
    options.reverse = false;
    options.since = at(51);
    options.until = at(60);
    options.lines = 1;
    BOOST_TEST(shown(stepped, options) == "5 ");
    options.lines = 2;
    BOOST_TEST(shown(stepped, options) == "3 5 ");
}

BOOST_AUTO_TEST_CASE(follow_goes_on_after_the_last_record_whatever_its_time) {
    FakeRecords source({record(50, "1"), record(99, "2"), record(1, "3")});
    source.later = {record(51, "4"), record(2, "5"), record(52, "6")};
    LogOptions options = last(5);
    options.follow = true;
    options.since = at(40);
    BOOST_TEST(shown(source, options) == "1 2 4 6 END");
}

BOOST_AUTO_TEST_CASE(the_last_lines) {
    BOOST_TEST(shown(kThree, last(2)) == "2 3 ");
    BOOST_TEST(shown(kThree, last(9)) == "1 2 3 ");
    BOOST_TEST(shown(kThree, last(0)).empty());
}

BOOST_AUTO_TEST_CASE(follow_goes_on_without_a_gap_or_a_double) {
    FakeRecords source(kThree);
    source.later = {record(3, "4"), record(4, "4"), record(5, "5")};
    LogOptions options = last(1);
    options.follow = true;
    BOOST_TEST(shown(source, options) == "3 4 5 END");
}

BOOST_AUTO_TEST_CASE(follow_shows_what_is_new_when_there_was_nothing) {
    FakeRecords source({});
    source.later = {record(1, "1")};
    LogOptions options;
    options.follow = true;
    BOOST_TEST(shown(source, options) == "1 END");
}

BOOST_AUTO_TEST_CASE(follow_shows_no_record_of_before_when_none_is_asked_for) {
    FakeRecords source(kThree);
    source.later = {record(4, "4")};
    LogOptions options = last(0);
    options.follow = true;
    BOOST_TEST(shown(source, options) == "4 END");
}

BOOST_AUTO_TEST_CASE(follow_shows_no_record_of_before_that_is_sent_again) {
    FakeRecords source(kThree);
    source.later = {record(4, "2"), record(4, "3"), record(5, "4")};
    LogOptions options = last(1);
    options.follow = true;
    BOOST_TEST(shown(source, options) == "3 4 END");
}

BOOST_AUTO_TEST_CASE(of_a_record_sent_again_the_first_counts) {
    const std::vector<trail::LogRecord> again = {record(1, "1"), record(2, "2"), record(3, "3"),
                                                 record(4, "2"), record(4, "3"), record(5, "4")};
    LogOptions options;
    std::string forward, backward;
    const auto times = [&](std::string& out) {
        return [&](const trail::LogRecord& r) {
            out += r.field("seq") + "@" + std::to_string(r.time_usec / kSecond) + " ";
            return true;
        };
    };
    FakeRecords source(again);
    BOOST_TEST(walk_log(source, last(3), times(forward)).has_value());
    BOOST_TEST(forward == "2@2 3@3 4@5 ");
    options.reverse = true;
    BOOST_TEST(walk_log(source, options, times(backward)).has_value());
    BOOST_TEST(backward == "4@5 3@3 2@2 1@1 ");
}

BOOST_AUTO_TEST_CASE(long_walks_back_show_all) {
    std::vector<trail::LogRecord> many;
    std::string expected;
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        many.push_back(record(i, std::to_string(i)));
        expected.insert(0, std::to_string(i) + " ");
    }
    LogOptions options;
    options.reverse = true;
    BOOST_TEST(shown(many, options) == expected);
    options.lines = 2;
    BOOST_TEST(shown(many, options) == "1000 999 ");
    BOOST_TEST(shown(many, last(2)) == "999 1000 ");
}

BOOST_AUTO_TEST_CASE(reverse_is_newest_first) {
    LogOptions options;
    options.reverse = true;
    const std::vector<trail::LogRecord> twice = {record(1, "1"), record(2, "2"), record(3, "2"),
                                                 record(3, "3"), record(4, "evil", "evil.service")};
    BOOST_TEST(shown(twice, options) == "3 2 1 ");
    options.lines = 2;
    BOOST_TEST(shown(twice, options) == "3 2 ");
    options.lines.reset();
    options.until = at(2);
    BOOST_TEST(shown(twice, options) == "2 1 ");
    options.since = at(2);
    BOOST_TEST(shown(twice, options) == "2 ");
}

BOOST_AUTO_TEST_CASE(a_sink_that_is_full_ends_the_walk) {
    FakeRecords source(kThree);
    int calls = 0;
    BOOST_TEST(walk_log(source, {}, [&](const trail::LogRecord&) { return ++calls < 2; }).has_value());
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(LogVerify)

BOOST_AUTO_TEST_CASE(a_whole_trail) {
    const auto report = verified(written(9));
    BOOST_TEST(to_text(report).starts_with("ok: every record is there"));
    BOOST_TEST(to_text(report).find("  9, 1 to 9\n") != std::string::npos);
    const Json json = to_json(report);
    BOOST_TEST(json.dump().starts_with(
        R"({"result":"ok","records":9,"first_seq":1,"last_seq":9,"head":"9:)"));
    BOOST_TEST(json["bad"].is_null());
}

BOOST_AUTO_TEST_CASE(the_first_bad_record_and_where_to_look) {
    auto records = written(9);
    records[4].entry.fields["JIT_USER"] = "mallory";
    const auto report = verified(records);
    BOOST_TEST(to_text(report).starts_with("broken: record 5 was changed"));
    BOOST_TEST(to_text(report).find("journalctl --cursor='cursor4' -n 1") != std::string::npos);
    BOOST_TEST(to_json(report)["bad"].dump() == R"({"seq":5,"kind":"edited","cursor":"cursor4"})");
}

BOOST_AUTO_TEST_CASE(all_that_is_missing) {
    auto records = written(30);
    records.erase(records.begin() + 20);
    records.erase(records.begin() + 5, records.begin() + 9);
    const auto report = verified(records);
    BOOST_TEST(to_text(report).starts_with("incomplete: missing 6\n"));
    BOOST_TEST(to_text(report).find("missing  6 to 9, 21\n") != std::string::npos);
    BOOST_TEST(to_json(report)["bad"].dump() == R"({"seq":6,"kind":"missing","cursor":null})");
    BOOST_TEST(to_text(verified({})) == "incomplete: there are no records\n");
    BOOST_TEST(to_json(verified({}))["head"].is_null());
}

BOOST_AUTO_TEST_CASE(s44_records_of_another_unit_are_no_part_of_it) {
    auto records = written(9);
    auto forged = records[3];
    forged.unit = "user@1001.service";
    forged.entry.fields["JIT_USER"] = "mallory";
    records.insert(records.begin() + 4, forged);
    BOOST_TEST((verified(records).result == core::ChainResult::ok));
    records[4].unit.clear();
    BOOST_TEST((verified(records).result == core::ChainResult::broken));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(LogLine, Plain)

BOOST_AUTO_TEST_CASE(s43_one_record_is_one_line_whatever_people_wrote) {
    trail::LogRecord r = record(1, "1");
    r.fields["reason"] = "x\nJIT_EVENT=allow\x1b[2J \"quoted\"";
    const std::string line = to_line(r, out);
    BOOST_TEST(std::ranges::count(line, '\n') == 1);
    BOOST_TEST(line.find('\x1b') == std::string::npos);
    BOOST_TEST(line.find("\\\"quoted\\\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(its_time_has_a_zone_but_on_a_terminal) {
    const auto r = record(1, "1");
    BOOST_TEST(to_line(r, out).starts_with("1970-01-01T00:00:01Z "));
    env.out_tty = true;
    BOOST_TEST(!to_line(r, out).starts_with("1970-01-01T00:00:01Z "));
}

BOOST_AUTO_TEST_CASE(who_and_why_stand_before_the_ids) {
    trail::LogRecord r = record(1, "1");
    r.fields = {{"event", "request.denied"}, {"user", "alice"}, {"role", "dba"}, {"actor", "carol"}, {"request", "a1"},
                {"reason", "disk"}, {"decision_reason", "not today"}};
    const std::string line = to_line(r, out);
    BOOST_TEST(line.ends_with(" request.denied     user=alice actor=carol role=dba reason=disk decision_reason=\"not today\" "
                              "request=a1\n"));
}

BOOST_AUTO_TEST_CASE(an_end_that_is_new_and_what_a_file_is_signed_with_are_shown) {
    trail::LogRecord r = record(1, "1");
    const auto shows = [&](const char* event, const char* what) {
        r.fields["event"] = event;
        return to_line(r, out).find(what) != std::string::npos;
    };
    r.fields = {{"not_after", "2026-11-22T12:00:00Z"}, {"serial", "7"}, {"keys", "olivia-2026"}, {"reason", "too old"}};
    for (const char* event : {"grant.created", "grant.extended", "breakglass.used"})
        BOOST_TEST((shows(event, " not_after=2026-11-22T12:00:00Z") && !shows(event, "keys=")), event);
    BOOST_TEST(shows("file.accepted", " serial=7 keys=olivia-2026"));
    BOOST_TEST(shows("file.refused", " reason=\"too old\" serial=7"));
    BOOST_TEST(!shows("check.allowed", "serial="));
}

BOOST_AUTO_TEST_CASE(nothing_to_say_leaves_no_blanks) {
    trail::LogRecord r = record(1, "1");
    r.fields["event"] = "daemon.started";
    BOOST_TEST(to_line(r, out).ends_with(" daemon.started\n"));
}

BOOST_AUTO_TEST_CASE(json_has_the_time_and_every_field) {
    trail::LogRecord r = record(7, "1");
    r.fields["tty"] = "pts/0";
    const Json json = to_json(r);
    BOOST_TEST((json["time_usec"] == 7 * kSecond));
    BOOST_TEST((json["tty"] == "pts/0"));
    BOOST_TEST((json["event"] == "check.allowed"));
}

BOOST_AUTO_TEST_CASE(the_version_is_that_of_the_json) {
    trail::LogRecord r = record(7, "1");
    r.fields["version"] = "2";
    const Json json = versioned(to_json(r));
    BOOST_TEST((json["version"] == kSchemaVersion));
    BOOST_TEST((json["record_version"] == "2"));
}

BOOST_AUTO_TEST_SUITE_END()
