// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE evidence
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "common/handle.hpp"
#include "jitctl/evidence/accepted_copy.hpp"
#include "jitctl/evidence/bundle_file.hpp"
#include "jitctl/evidence/recordings.hpp"
#include "jitctl/evidence/text.hpp"
#include "tests/support/long_run.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/jitctl/told_world.hpp"
#include "trail/digest.hpp"

using namespace jit;
using namespace jit::ctl::evidence;
using core::ChainResult;
using ctl::Json;
using namespace jit::test;
using namespace std::chrono_literals;

namespace {

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode : 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Evidence, Told)

BOOST_AUTO_TEST_CASE(the_story_of_a_grant) {
    const auto made = bundle();
    BOOST_TEST(result(made) == "ok ");
    const Json& story = made.story;
    BOOST_TEST(story["grant"]["origin"] == "token");
    BOOST_TEST(story["grant"]["account"] == "alice");
    BOOST_TEST(story["grant"]["approvers"].dump() == R"(["carol","olivia"])");
    BOOST_TEST(story["grant"]["state"] == "expired");
    BOOST_REQUIRE(story["requests"].size() == 1U);
    const Json& approvals = story["requests"][0]["approvals"];
    BOOST_REQUIRE(approvals.size() == 2U);
    BOOST_TEST(approvals[0]["principal"] == "carol");
    BOOST_TEST(approvals[0]["via"] == "host");
    BOOST_TEST(approvals[1]["via"] == "key:olivia-key");
    BOOST_TEST(story["checks"].size() == 1U);
    BOOST_REQUIRE(story["sessions"].size() == 1U);
    const Json& session = story["sessions"][0];
    BOOST_TEST(session["tty"] == "pts/0");
    BOOST_TEST(session["recording"] == "alice/00/00/01");
    BOOST_TEST(session["bytes"] == 17);
    BOOST_TEST((session["opened_usec"] < session["terminated_usec"] && session["terminated_usec"] < session["closed_usec"]));
    BOOST_TEST(story["file"].is_null());
    BOOST_TEST(story.dump().find("may not use") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_records_are_all_between_the_first_and_the_last) {
    const auto made = bundle();
    BOOST_TEST(value(made.records.front(), "JIT_EVENT") == "request.created");
    BOOST_TEST(value(made.records.front(), "JIT_USER") == "alice");
    BOOST_TEST(value(made.records.back(), "JIT_EVENT") == "session.recorded");
    BOOST_TEST(std::ranges::any_of(made.records, [](const Entry& one) { return value(one, "JIT_USER") == "bob"; }));
    BOOST_TEST(made.before->seq + 1 == std::stoull(value(made.records.front(), "JIT_SEQ")));
    BOOST_TEST(core::to_string(*made.head) == trail::identity(journal.back()));
    const auto read = parse_bundle(text_of(made));
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(text_of(*read) == text_of(made));
    BOOST_TEST(result(*read) == "ok ");
}

BOOST_AUTO_TEST_CASE(every_byte_of_every_record_counts) {
    const auto good = bundle();
    std::size_t tried = 0;
    for (std::size_t i = 0; i < good.records.size(); ++i) {
        for (const auto& [name, text] : good.records[i].record.fields) {
            for (std::size_t at = 0; at < text.size(); at += static_cast<std::size_t>(test::runs(7, 1))) {
                auto bad = good;
                bad.records[i].record.fields[name][at] ^= 1;
                BOOST_REQUIRE_MESSAGE(!result(bad).starts_with("ok"), name << " of record " << i << " at " << at);
                ++tried;
            }
            auto without = good;
            without.records[i].record.fields.erase(name);
            without.story = story_of(without);
            BOOST_REQUIRE_MESSAGE(!result(without).starts_with("ok"), name << " of record " << i);
        }
        auto more = good;
        more.records[i].record.fields["JIT_MORE"] = "1";
        BOOST_TEST(result(more).starts_with("broken"));
    }
    BOOST_TEST(tried > 800U);
}

BOOST_AUTO_TEST_CASE(an_edited_bundle_is_never_ok_and_tells_something_else) {
    const auto good = bundle();
    const auto text = text_of(good);
    const std::string story = good.story.dump();
    std::size_t fine = 0;
    const std::size_t step = static_cast<std::size_t>(test::runs(31, 1));
    for (std::size_t at = 0; at < text.size(); at += step) {
        auto bad = text;
        bad[at] ^= 1;
        const auto read = parse_bundle(bad);
        if (!read || !result(*read).starts_with("ok")) continue;
        // What is not proven, and said to be: when, by what and on what the bundle was made, the head, journald's times.
        ++fine;
        BOOST_REQUIRE(verify(*read, {}).story.dump() == story);
        BOOST_REQUIRE((read->grant == good.grant && read->host_id == good.host_id));
    }
    BOOST_TEST(fine < text.size() / step / 5);
}

BOOST_AUTO_TEST_CASE(records_out_in_or_elsewhere) {
    const auto good = bundle();
    for (std::size_t i = 0; i + 1 < good.records.size(); ++i) {
        auto without = good;
        without.records.erase(without.records.begin() + static_cast<std::ptrdiff_t>(i));
        without.story = story_of(without);
        BOOST_TEST(!result(without).starts_with("ok"), i);
        auto twice = good;
        twice.records.push_back(twice.records[i]);
        twice.records.back().record.fields["JIT_USER"] = "mallory";
        twice.story = story_of(twice);
        BOOST_TEST(!result(twice).starts_with("ok"), i);
    }
    auto told = good;
    told.story["grant"]["account"] = "mallory";
    BOOST_TEST(result(told) == "broken STORY");
    auto other = good;
    other.host_id = std::string(32, '2');
    BOOST_TEST(result(other) == "broken HOST");
    auto nobody = good;
    nobody.grant = "another";
    nobody.story = story_of(nobody);
    BOOST_TEST(result(nobody) == "broken GRANT");
    auto before = good;
    before.before->chain[0] ^= 1U;
    BOOST_TEST(result(before) == "broken CHAIN");
}

BOOST_AUTO_TEST_CASE(a_mark_kept_elsewhere) {
    const auto made = bundle();
    const auto inside = core::parse_mark(value(made.records[2], "JIT_SEQ") + ":" + value(made.records[2], "JIT_CHAIN"));
    BOOST_TEST(result(made, {.head = *inside}) == "ok ");
    BOOST_TEST(result(made, {.head = made.before}) == "ok ");
    BOOST_TEST(result(made, {.head = mark(journal.size() - 1)}) == "incomplete CHAIN");
    auto other = *inside;
    other.chain[3] ^= 1U;
    BOOST_TEST(result(made, {.head = other}) == "broken CHAIN");
    auto anew = made;  // by root, who can make the chain right: the mark tells
    record_of(anew, "session.opened").fields["JIT_TARGET"] = "nobody";
    write_anew(anew);
    BOOST_TEST(result(anew) == "ok ");
    const auto last = core::parse_mark(value(made.records.back(), "JIT_SEQ") + ":" + value(made.records.back(), "JIT_CHAIN"));
    BOOST_TEST(result(anew, {.head = *last}) == "broken CHAIN");

    const auto longer = *bundle(grant, mark(journal.size() - 1));
    BOOST_TEST(longer.records.size() == made.records.size() + 1);
    BOOST_TEST(result(longer, {.head = mark(journal.size() - 1)}) == "ok ");
    BOOST_TEST(bundle(grant, other).error().code == "FAILED");
}

BOOST_AUTO_TEST_CASE(an_approval_by_token_proves_itself) {
    const auto made = bundle();
    const auto report = verify(made, {.trust = &config.trust});
    BOOST_TEST((report.result == ChainResult::ok), report.text);
    BOOST_REQUIRE(report.signatures.size() == 1U);
    BOOST_TEST(report.signatures[0].principal == "olivia");
    BOOST_TEST(report.signatures[0].key == "olivia-key");
    const auto forged = [&](const std::string& field, const auto& change) {  // by root: the chain is right
        auto bundle = made;
        for (auto& entry : bundle.records)
            if (entry.record.fields.contains("JIT_REQUEST") && value(entry, "JIT_USER") == "alice" && entry.record.fields.contains(field))
                change(entry.record.fields[field]);
        write_anew(bundle);
        return verify(bundle, {.trust = &config.trust}).text;
    };
    const auto to = [](const char* text) { return [text](std::string& value) { value = text; }; };
    BOOST_TEST(forged("JIT_ROLE", to("dba")).find("[CONTRADICTION]") != std::string::npos);
    BOOST_TEST(forged("JIT_REASON", to("another")).find("[CONTRADICTION]") != std::string::npos);
    BOOST_TEST(forged("JIT_UID", to("0")).find("[CONTRADICTION]") != std::string::npos);
    BOOST_TEST(forged("JIT_SIGNED_TEXT", [](std::string& text) { text.replace(text.find("seconds: 1200"), 13, "seconds: 1201"); })
                   .find("[BAD_SIGNATURE]") != std::string::npos);
    BOOST_TEST(forged("JIT_SIGNATURE", to("")).find("[BAD_SIGNATURE]") != std::string::npos);
    BOOST_TEST(forged("JIT_PUBLIC_KEY", [&](std::string& key) { key = carol.public_key(); }).find("[BAD_SIGNATURE]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_key_must_be_trusted_where_that_is_asked) {
    const auto made = bundle();
    const auto with = [&](auto change) {
        auto trust = config.trust;
        change(trust);
        const auto report = verify(made, {.trust = &trust});
        return report.signatures[0].code + (report.result == ChainResult::ok ? " ok" : " not ok");
    };
    BOOST_TEST(with([](auto&) {}) == " ok");
    BOOST_TEST(with([](auto& t) { t.keys.clear(); }) == "UNKNOWN_KEY not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].id = "other"; }) == "UNKNOWN_KEY not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].principal = "mallory"; }) == "UNKNOWN_KEY not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].revoked = true; }) == "KEY_REVOKED not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].use_approve = false; }) == "KEY_USE not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].not_after = test::kNow; }) == "KEY_WINDOW not ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].not_after = test::kNow + 1h; }) == " ok");
    BOOST_TEST(with([](auto& t) { t.keys[0].max_duration = 1min; }) == "LIMIT not ok");
    BOOST_TEST(with([](auto& t) { t.org = "other"; }) == "ORG not ok");
}

BOOST_AUTO_TEST_CASE(accidents_of_the_journal) {
    const auto again = journal;
    const std::size_t at = std::stoull(value(bundle().records[3], "JIT_SEQ")) - 1;
    journal.insert(journal.begin() + static_cast<std::ptrdiff_t>(at) + 1, journal[at]);  // sent twice
    BOOST_TEST(result(bundle()) == "ok ");
    BOOST_TEST(bundle().records.size() == Told().bundle().records.size());
    journal = again;
    auto late = journal[at];  // one of somebody else or of the grant, that came last of all
    journal.erase(journal.begin() + static_cast<std::ptrdiff_t>(at));
    BOOST_TEST(result(bundle()) == "incomplete CHAIN");
    journal.push_back(late);
    BOOST_TEST(!result(bundle()).starts_with("incomplete"));
    journal = again;
    journal.erase(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(at) - 2);  // rotated: when was it asked for?
    BOOST_TEST(result(bundle()) == "incomplete STORY");
    journal = again;
    journal.erase(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(bundle().before->seq));
    BOOST_TEST(result(bundle()) == "incomplete BEGIN");
    journal = again;
    for (auto& record : journal) record.unit = "user@1001.service";
    BOOST_TEST(bundle(grant).error().code == "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(uses_that_are_refused_afterwards_make_it_no_longer) {
    const auto made = bundle();
    core::CheckEvent check;
    check.query = query("alice");
    for (int i = 0; i < 3; ++i) {
        const auto refused = happens(check);
        BOOST_REQUIRE(refused.records.at(0).fields().at("JIT_GRANT") == grant);
        others();
    }
    BOOST_TEST(bundle().records.size() == made.records.size());
    BOOST_TEST(result(bundle()) == "ok ");
    journal.erase(journal.begin(), journal.end() - 6);  // all the rest was rotated away
    BOOST_TEST(bundle().records.size() == 1U);
    BOOST_TEST(bundle().story["checks"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_too_long_has_the_beginning) {
    core::Record asked(core::event::kCheckAllowed, "used again");
    asked.set("GRANT", grant).set("USER", "alice");
    for (int i = 0; i < 10; ++i) write(asked);
    const auto all = bundle();
    BOOST_TEST(all.records_left_out == 0U);
    const auto most = all.records.size();
    BOOST_TEST(bundle(grant, {}, most)->records_left_out == 0U);
    for (const std::size_t left : {1U, 2U, 9U}) {
        const auto cut = *bundle(grant, {}, most - left);
        BOOST_TEST(value(cut.records.back(), "JIT_EVENT") == "session.recorded");  // no check
        BOOST_TEST(cut.records_left_out == 10U);
        BOOST_TEST(result(cut) == "incomplete END");
        BOOST_TEST(result(text_of(cut)) == "incomplete END");
        BOOST_TEST(to_json(verify(cut, {}), cut)["records_left_out"] == 10);
    }
    BOOST_TEST(bundle(grant, {}, 1)->records.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_journal_that_is_rotated_meanwhile) {
    struct Rotated : test::FakeRecords {
        using FakeRecords::FakeRecords;
        core::Result<bool> next() override { return walks_ > 1 ? core::Result<bool>(false) : FakeRecords::next(); }
        core::Result<void> seek_head() override {
            ++walks_;
            return FakeRecords::seek_head();
        }
        int walks_ = 0;
    };
    Rotated source(journal);
    Bundle out;
    out.grant = grant;
    BOOST_TEST(collect(source, {}, out).error().code == "FAILED");
}

BOOST_AUTO_TEST_CASE(a_host_that_got_another_id_is_incomplete_and_not_broken) {
    const auto before = journal;
    const auto request = bundle().story["grant"]["request"].get<std::string>();
    const auto of = [&](core::EventKind kind) {
        core::Record record(kind, "of the grant");
        return record.set("GRANT", grant).set("USER", "alice").set("REQUEST", request).set("REASON", "INC-1 replace disk");
    };
    const core::Record ready(core::event::kDaemonStarted, "jitd is ready");
    for (const bool anew : {false, true}) {  // a clone, which tells of the grant before it is ready; a lost state
        journal = before;
        becomes(std::string(32, '3'), anew);
        if (anew) {  // and recovered
            write(ready);
            becomes(std::string(32, '4'), true);
            write(ready);
        }
        write(of(core::event::kGrantActivated));
        const auto made = bundle();
        BOOST_TEST(value(made.records.back(), "JIT_EVENT") == "grant.activated");
        const auto report = verify(made, {});
        BOOST_TEST((report.result == ChainResult::incomplete), report.code << report.text);
        if (!anew) BOOST_TEST(report.text.find("the host has another id") != std::string::npos);
        BOOST_TEST(report.story["grant"]["state"].is_null());  // it is live again
        BOOST_TEST(report.story["grant"]["ended_by"].is_null());
        auto stranger = made;
        record_of(stranger, "session.opened").fields["JIT_HOST"] = std::string(32, '5');
        write_anew(stranger);
        if (!anew) BOOST_TEST(result(stranger) == "broken HOST");
        write(of(core::event::kGrantExpired));
        BOOST_TEST(bundle().story["grant"]["state"] == "expired");
        state.host_id = value(made.records.front(), "JIT_HOST");
    }
}

BOOST_AUTO_TEST_CASE(what_no_record_names) {
    BOOST_TEST(bundle("nothing").error().code == "NOT_FOUND");
    BOOST_TEST(bundle("").error().code == "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(the_id_of_something_else_tells_the_grant) {
    const auto says = [&](const std::string& id) {
        BOOST_TEST(bundle(id).error().code == "NOT_FOUND");
        return bundle(id).error().text;
    };
    const auto request = bundle().story["requests"][0]["id"].get<std::string>();
    BOOST_TEST(says(request) == "evidence: " + request + " is a request of grant " + grant + ": jitctl evidence " + grant);
    BOOST_TEST(says(test::kSession) == "evidence: " + std::string(test::kSession) + " is a session of grant " + grant + ": jitctl evidence " + grant);
    const auto ask = asks("alice");
    (void)happens(ask);
    BOOST_TEST(says(ask.id).ends_with("waits and gave no grant"));
    (void)happens(core::DenyEvent{ask.id, "INC-1 no", test::plain("carol")});
    BOOST_TEST(says(ask.id) == "evidence: request " + ask.id + " was denied and gave no grant");
    BOOST_TEST(says("nothing").find("no record in this journal names it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(recordings_beside_it) {
    const test::TempDir dir;
    auto made = bundle();
    BOOST_TEST(result(made, {.recordings = dir.path("")}) == "incomplete RECORDING");
    dir.write("alice/00/00/01/log", "alice");
    dir.write("alice/00/00/01/ttyout", "# id");
    BOOST_TEST(result(made, {.recordings = dir.path("")}) == "broken RECORDING");
    const auto digest = trail::digest_of(dir.path("alice/00/00/01"));
    BOOST_REQUIRE(digest.has_value());
    auto& fields = record_of(made, "session.recorded").fields;
    fields["JIT_SHA256"] = core::to_hex(digest->sha256.data(), 32);
    fields["JIT_BYTES"] = "9";
    write_anew(made);
    BOOST_TEST(result(made, {.recordings = dir.path("")}) == "ok ");
    for (const char* path : {"../alice/00/00/01", "/etc", "alice/../alice/00/00/01", "", ".."}) {
        record_of(made, "session.recorded").fields["JIT_RECORDING"] = path;
        write_anew(made);
        BOOST_TEST(result(made, {.recordings = dir.path("")}) == "incomplete RECORDING", path);
    }
}

BOOST_AUTO_TEST_CASE(a_recording_that_was_lost_in_the_session_is_never_ok) {
    const auto lost = [&](auto change) {
        auto made = bundle();
        change(record_of(made, "session.recorded").fields);
        write_anew(made);
        const auto report = verify(made, {});
        BOOST_TEST((report.result == ChainResult::incomplete));
        BOOST_TEST(report.code == "RECORDING");
        BOOST_REQUIRE(report.recordings.size() == 1U);
        const Plain plain;
        BOOST_TEST(describe(report, made, plain.out).find("alice/00/00/01: " + in_words(report.recordings[0]) + "\n") != std::string::npos);
        BOOST_TEST(headline(report, plain.out).starts_with("incomplete: recording alice/00/00/01: "));
        return report.recordings[0].result;
    };
    const auto gone = [](auto& fields) {
        fields.erase("JIT_SHA256");
        fields.erase("JIT_BYTES");
        fields["JIT_CODE"] = "RECORDING";
    };
    BOOST_TEST(lost(gone) == "lost");
    BOOST_TEST(lost([&](auto& fields) {  // it may be there: the record says why jitd could not read it
        gone(fields);
        fields["JIT_CODE"] = "UNAVAILABLE";
        fields["MESSAGE"] = "can't be read: Permission denied";
    }) == "no-digest");
    BOOST_TEST(lost([](auto& fields) { fields["JIT_BYTES"] = "0"; }) == "lost");  // emptied, the folder is left
    BOOST_TEST(lost([](auto& fields) { fields["JIT_EVENT"] = "session.warned"; fields.erase("JIT_SHA256"); }) == "no-digest");

    auto open = bundle();  // still going on: nothing is missing yet
    while (value(open.records.back(), "JIT_EVENT") != "session.opened") open.records.pop_back();
    open.story = story_of(open);
    BOOST_TEST(result(open) == "ok ");
}

BOOST_AUTO_TEST_CASE(what_was_found_on_the_host_has_a_headline) {
    const auto made = bundle();
    const auto judged = [&](const char* result) {
        auto report = verify(made, {});
        count_recordings(report, {{test::kSession, "alice/00/00/01", result}});
        const Plain plain;
        return headline(report, plain.out);
    };
    BOOST_TEST(judged("match").starts_with("ok: "));
    BOOST_TEST(judged("gone") == "incomplete: recording alice/00/00/01: gone\n");
    BOOST_TEST(judged("differs") == "broken: recording alice/00/00/01: not as it was when the session was over\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(SignedFiles)

BOOST_AUTO_TEST_CASE(the_file_a_grant_came_with) {
    AuditedWorld world;
    test::Fleet fleet;
    const auto content = test::with_grant({});
    auto loaded = fleet.load(content);
    BOOST_REQUIRE(loaded.has_value());
    (void)world.happens(core::FileEvent{*loaded, core::LoadMode::delivered, {{"alice", 1001}}});
    (void)world.happens(core::TickEvent{});
    test::FakeRecords source(world.journal);
    Bundle made;
    made.grant = "INC-1-alice";
    BOOST_REQUIRE(collect(source, {}, made).has_value());
    made.host_id = world.state.host_id;
    made.story = story_of(made);
    BOOST_TEST(made.story["grant"]["origin"] == "file");
    BOOST_TEST(made.story["file"]["serial"] == test::kSerial);
    BOOST_TEST(made.story["file"]["sha256"] == sha256_of(content));
    BOOST_TEST(result(made) == "ok ");
    const Plain plain;
    BOOST_TEST(describe(verify(made, {}), made, plain.out).find("  not in this evidence\n") != std::string::npos);
    made.file = SignedCopy{content, fleet.olivia.sign(content)};
    BOOST_TEST(result(made) == "ok ");
    BOOST_TEST(result(made, {.trust = &fleet.trust}) == "ok ");
    BOOST_TEST(verify(made, {.trust = &fleet.trust}).file->signers[0].key == "olivia-2026");
    auto trust = fleet.trust;
    trust.keys.clear();
    BOOST_TEST(result(made, {.trust = &trust}) == "broken FILE");
    auto bad = made;
    bad.file->grants += "#";
    BOOST_TEST(result(bad) == "broken FILE");
    bad = made;
    bad.file->signature = fleet.olivia.sign(content + "#");
    BOOST_TEST(result(bad) == "broken FILE");
    bad = made;
    for (auto& entry : bad.records)
        if (value(entry, "JIT_EVENT") == "grant.activated") entry.record.fields["JIT_USER"] = "bob";
    write_anew(bad);
    BOOST_TEST(result(bad) == "broken FILE");
    const auto forged = [&](const char* field, const std::string& text) {
        bad = made;
        for (auto& entry : bad.records)
            if (value(entry, "JIT_EVENT") == "grant.activated") entry.record.fields[field] = text;
        write_anew(bad);
        return result(bad) + " " + verify(bad, {}).text;
    };
    BOOST_TEST(forged("JIT_REASON", "another").ends_with("another reason [CONTRADICTION]"));
    BOOST_TEST(forged("JIT_TICKET", "INC-7").ends_with("another ticket [CONTRADICTION]"));
    BOOST_TEST(forged("JIT_NOT_AFTER", "2099-01-01T00:00:00Z").ends_with("another end [CONTRADICTION]"));
    BOOST_TEST(forged("JIT_TIME", "1").ends_with("another begin [CONTRADICTION]"));
    BOOST_TEST(result(text_of(made)) == "ok ");
}

BOOST_AUTO_TEST_CASE(jitds_copy) {
    const test::TempDir dir;
    dir.write("accepted", std::string("JITPAIR1\x03\0\0\0\0\0\0\0", 16) + "sigfile");
    const auto copy = read_accepted(dir.path("accepted"));
    BOOST_REQUIRE(copy.has_value());
    BOOST_TEST(copy->signature == "sig");
    BOOST_TEST(copy->grants == "file");
    dir.write("short", std::string("JITPAIR1\x7f\0\0\0\0\0\0\0", 16) + "sigfile");
    BOOST_TEST(!read_accepted(dir.path("short")).has_value());
    dir.write("other", "JITPAIR2");
    BOOST_TEST(!read_accepted(dir.path("other")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Files)

BOOST_AUTO_TEST_CASE(a_file_is_replaced_for_its_owner_alone) {
    const test::TempDir dir;
    dir.write("there", "old, and longer than what is new");
    ::chmod(dir.path("there").c_str(), 0644);
    for (const char* name : {"there", "new"}) {
        BOOST_REQUIRE(write_file(dir.path(name), "text").has_value());
        BOOST_TEST(mode_of(dir.path(name)) == (S_IFREG | 0600U));
        BOOST_TEST(dir.read(name) == "text");
    }
    dir.write("there.new", "left over by somebody");
    BOOST_TEST(write_file(dir.path("there"), "more").has_value());
    BOOST_TEST(dir.read("there.new") == "left over by somebody");
    BOOST_TEST(!write_file(dir.path("none/file"), "text").has_value());
    BOOST_TEST(!write_file("", "text").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_stays_what_it_is) {
    const test::TempDir dir;
    const auto fifo = dir.path("fifo"), link = dir.path("link"), full = dir.path("full"), to_file = dir.path("to-file");
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    BOOST_TEST(write_file(fifo, "text").has_value());
    char read[8] = {};
    BOOST_TEST(::read(reader.get(), read, sizeof read) == 4);
    BOOST_TEST(S_ISFIFO(mode_of(fifo)));

    BOOST_REQUIRE(::symlink("/dev/null", link.c_str()) == 0 && ::symlink("/dev/full", full.c_str()) == 0);
    BOOST_TEST(write_file(link, "text").has_value());
    BOOST_TEST(write_file(full, "text").error().text.find("No space left") != std::string::npos);
    BOOST_TEST((S_ISLNK(mode_of(link)) && S_ISLNK(mode_of(full))));

    dir.write("file", "mine");
    BOOST_REQUIRE(::symlink(dir.path("file").c_str(), to_file.c_str()) == 0);
    BOOST_TEST(write_file(to_file, "text").error().text.find("it is a link") != std::string::npos);
    BOOST_TEST(dir.read("file") == "mine");
    BOOST_TEST(write_file(dir.path(""), "text").error().text.find("folder") != std::string::npos);
    for (const char* name : {"-", "/dev/stdout", "/dev/fd/1"}) BOOST_TEST(is_stdout(name));
    for (const char* name : {"", "./-", "/dev/stderr"}) BOOST_TEST(!is_stdout(name));
}

BOOST_AUTO_TEST_CASE(what_is_made_can_be_read) {
    auto made = Told().bundle();
    std::vector<trail::Command> many(kMaxCommands + 4, {1, test::kSession, "alice", "root", "/bin/true", "/"});
    put_commands(made, many);
    BOOST_TEST(made.commands.size() == kMaxCommands);
    const auto text = file_text(made, ctl::JsonMode::brief);
    BOOST_REQUIRE(text.has_value());
    const auto read = parse_bundle(*text);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->commands_left_out == 4U);
    BOOST_TEST(result(*read) == "ok ");
    const Plain plain;
    BOOST_TEST(describe(verify(*read, {}), *read, plain.out).find("4 more are left out\n") != std::string::npos);
    BOOST_TEST(to_json(verify(*read, {}), *read)["commands_left_out"] == 4);

    std::vector<trail::Command> large(3, {1, test::kSession, "alice", "root", std::string(kMaxCommandBytes / 2, 'x'), "/"});
    put_commands(made, large);
    BOOST_TEST((made.commands.size() == 1U && made.commands_left_out == 2U));
    put_commands(made, {});
    const auto size = file_text(made, ctl::JsonMode::brief)->size();
    BOOST_TEST(file_text(made, ctl::JsonMode::brief, size).has_value());
    BOOST_TEST(file_text(made, ctl::JsonMode::brief, size - 1).error().code == "TOO_BIG");
}

BOOST_AUTO_TEST_CASE(one_of_before_anything_was_left_out_is_read) {
    auto text = text_of(Told().bundle());
    for (const std::string field : {"\"commands_left_out\":0,", "\"records_left_out\":0,"}) {
        BOOST_REQUIRE(text.find(field) != std::string::npos);
        BOOST_TEST(result(text.erase(text.find(field), field.size())) == "ok ");
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(Strangers, Plain)

BOOST_AUTO_TEST_CASE(what_is_no_bundle) {
    const auto good = text_of(Told().bundle());
    const auto replaced = [&](std::string_view from, std::string_view to) {
        auto edited = good;
        BOOST_REQUIRE(edited.find(from) != std::string::npos);
        return result(edited.replace(edited.find(from), from.size(), to));
    };
    BOOST_TEST(result(good) == "ok ");
    for (const std::string bad : {"", "{", "[]", "{}", "null", "{\"version\":1}", "\xff"}) BOOST_TEST(result(bad) == "FORMAT", bad);
    BOOST_TEST(result(std::string(1'000'000, '[')) == "FORMAT");
    BOOST_TEST(result("{\"version\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}") == "FORMAT");
    std::string keys = "{";
    for (int i = 0; i < 300'000; ++i) keys += '"' + std::to_string(i) + "\":0,";
    BOOST_TEST(result(keys + "\"\":0}") == "FORMAT");
    BOOST_TEST(replaced("\"version\":1", "\"version\":2") == "FORMAT");
    BOOST_TEST(replaced("\"version\":1", "\"version\":1,\"more\":1") == "FORMAT");
    BOOST_TEST(replaced("\"version\":1", "\"version\":1,\"version\":1") == "FORMAT");
    BOOST_TEST(replaced("\"made_usec\":1", "\"made_usec\":-1") == "FORMAT");
    BOOST_TEST(replaced("\"made_usec\":1", "\"made_usec\":1.0") == "FORMAT");
    BOOST_TEST(replaced("\"made_usec\":1", "\"made_usec\":\"1\"") == "FORMAT");
    BOOST_TEST(replaced("\"JIT_USER\":", "\"_UID\":") == "FORMAT");
    BOOST_TEST(replaced("\"JIT_USER\":", "\"JIT_USER\":\"mallory\",\"JIT_USER\":") == "FORMAT");
    BOOST_TEST(replaced("\"commands\":[]", "\"commands\":[{}]") == "FORMAT");
    BOOST_TEST(replaced("\"recordings\":[],\"file\":null", "\"recordings\":[],\"file\":{\"grants\":\"?\",\"signature\":\"\"}") == "FORMAT");
}

BOOST_AUTO_TEST_CASE(a_crowd_of_records_takes_no_time) {
    auto bundle = Told().bundle();
    const auto one = bundle.records[1], next = bundle.records[2];
    for (int i = 0; i < 20'000; ++i) {
        for (const auto* entry : {&one, &next}) {
            bundle.records.push_back(*entry);
            bundle.records.back().record.fields["JIT_CHAIN"] = core::to_hex(reinterpret_cast<const unsigned char*>(&i), 4) + std::string(56, '0');
        }
    }
    BOOST_TEST(result(bundle) == "broken CHAIN");
}

BOOST_AUTO_TEST_CASE(s42_a_terminal_is_safe_from_a_bundle) {
    auto bundle = Told().bundle();
    const std::string evil = "\x1b[2J\xe2\x80\xae\nok: all is well";
    bundle.made_by = bundle.host_name = evil;
    bundle.commands.push_back({1, "s", evil, evil, evil, evil});
    bundle.recordings.push_back({test::kSession, evil, evil});
    for (auto& entry : bundle.records)
        for (auto& [name, text] : entry.record.fields)
            if (name != "JIT_SEQ" && name != "JIT_GRANT" && name != "JIT_REQUEST" && name != "JIT_EVENT") text += evil;
    bundle.story = story_of(bundle);
    bundle.grant += evil;
    const auto report = verify(bundle, {});
    for (const auto& shown : {verdict(report, bundle, out, false), describe(report, bundle, out)}) {
        BOOST_TEST(shown.find('\x1b') == std::string::npos);
        BOOST_TEST(shown.find("\xe2\x80\xae") == std::string::npos);
        BOOST_TEST(shown.find("\nok: all") == std::string::npos);
    }
    BOOST_TEST(verdict(report, bundle, out, false).starts_with("broken: "));
}

BOOST_AUTO_TEST_CASE(it_reads_as_a_story) {
    const Told told;
    const auto bundle = told.bundle();
    const auto text = describe(verify(bundle, {}), bundle, out);
    for (const char* words : {"alice (uid 1001), role root", "carol on the host", "olivia by token, key olivia-key SHA256:", "signature good",
                              "alice to root by sudo on pts/0", "alice/00/00/01, 17 bytes", "request.created", "expired"})
        BOOST_TEST(text.find(words) != std::string::npos, words);
    BOOST_TEST(text.find("bob") == std::string::npos);  // what others did
}

BOOST_AUTO_TEST_CASE(times_are_utc_wherever_it_is_read) {
    const auto bundle = Told().bundle();
    const auto text = [&] { return describe(verify(bundle, {}), bundle, out); };
    const auto here = text();
    ::setenv("TZ", "America/New_York", 1);
    ::tzset();
    BOOST_TEST(text() == here);
    ::unsetenv("TZ");
    ::tzset();
    BOOST_TEST(here.find("Z  request.created") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_not_shown) {
    Told told;
    told.journal.erase(told.journal.begin(), told.journal.end() - 3);  // rotated: only the end of the session is left
    const auto bundle = told.bundle();
    const auto report = verify(bundle, {});
    BOOST_TEST(headline(report, out).starts_with("incomplete: "));
    const auto text = describe(report, bundle, out);
    BOOST_TEST(text.find("account") == std::string::npos);
    BOOST_TEST(text.find("role") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_asked_for_more_and_who_said_no) {
    Told told;
    const auto more = [&](const char* id, auto answer, const core::EventKind& kind) {
        core::Record asked(core::event::kRequestCreated, "asked");
        asked.set("GRANT", told.grant).set("REQUEST", id).set("USER", "alice").set("DURATION", "20min");
        told.write(asked);
        core::Record answered(kind, "answered");
        answered.set("GRANT", told.grant).set("REQUEST", id).set("USER", "alice").set("ACTOR", "carol").set("PRINCIPAL", "carol").set("VIA", "host");
        answer(answered);
        told.write(answered);
    };
    more("11111111111111111111111111111111", [](auto& record) { record.set("LIMIT", "10min"); }, core::event::kRequestApproved);
    more("22222222222222222222222222222222", [](auto&) {}, core::event::kRequestDenied);
    const auto bundle = told.bundle();
    BOOST_TEST(result(bundle) == "ok ");
    BOOST_TEST(bundle.story["requests"][0]["extends"].is_null());
    BOOST_TEST(bundle.story["requests"][1]["extends"] == told.grant);
    BOOST_TEST(bundle.story["requests"][1]["approvals"][0]["limit"] == "10min");
    BOOST_TEST(bundle.story["requests"][2]["ended_by"] == "carol");
    const auto text = describe(verify(bundle, {}), bundle, out);
    for (const char* words : {"\nRequest\n", "\nRequest for more time\n", " for 20min more", "carol on the host, for at most 10min\n", "ended  denied ", "Z by carol\n"})
        BOOST_TEST(text.find(words) != std::string::npos, words);
}

BOOST_AUTO_TEST_SUITE_END()
