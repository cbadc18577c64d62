// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE store
#include "jitd/store.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "jitd/schema.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;

namespace {

const std::string kBoot(32, 'a');
const std::string kOtherBoot(32, 'b');

Loaded load(const TempDir& dir, const std::string& machine = "m1", const std::string& boot = kBoot) {
    auto store = Store::open(dir.path());
    BOOST_REQUIRE(store.has_value());
    auto loaded = store->load(machine, boot);
    BOOST_REQUIRE(loaded.has_value());
    return *std::move(loaded);
}

/** Commits with one jitd and reads back with the next. */
Loaded round_trip(const TempDir& dir, const std::vector<Change>& changes,
                  const std::vector<SealedRecord>& records = {}, const std::string& boot = kBoot) {
    {
        auto store = Store::open(dir.path());
        BOOST_REQUIRE(store.has_value());
        BOOST_REQUIRE(store->load("m1", kBoot).has_value());
        const auto ok = store->commit(changes, records, World().now.wall, durability_of(changes));
        BOOST_REQUIRE_MESSAGE(ok.has_value(), (ok ? "" : ok.error().text));
    }
    return load(dir, "m1", boot);
}

SealedRecord sealed(std::uint64_t seq, const Chain& previous = {}) {
    return seal(Record(event::kDaemonStarted, "ready"), seq, previous, "h");
}

void sql(const TempDir& dir, const char* text) {
    sqlite3* db = nullptr;
    BOOST_REQUIRE(sqlite3_open(dir.path("state.db").c_str(), &db) == SQLITE_OK);
    BOOST_REQUIRE(sqlite3_exec(db, text, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StoreOfState)

BOOST_AUTO_TEST_CASE(a_missing_database_is_made_and_is_empty) {
    const TempDir dir;
    const auto loaded = load(dir);
    BOOST_TEST(loaded.state.host_id.size() == 32);
    BOOST_TEST(loaded.state.grants.empty());
    BOOST_TEST(loaded.seq == 0);
    BOOST_TEST(loaded.state.file.serial == 0);
    BOOST_TEST(!loaded.state.needs_recovery);
}

BOOST_AUTO_TEST_CASE(a_broken_database_is_set_aside_and_its_floor_is_known) {
    const TempDir dir;
    const auto before = round_trip(dir, {});
    sql(dir, "PRAGMA user_version = 99");
    BOOST_TEST(!Store::open(dir.path()).has_value());
    BOOST_TEST((floor_in(dir.path()) == World().now.wall));
    const auto aside = set_aside(dir.path(), "then");
    BOOST_REQUIRE(aside.has_value());
    BOOST_TEST(*aside == dir.path("state.db.then"));
    BOOST_TEST(!dir.read("state.db.then").empty());
    BOOST_REQUIRE(Store::open(dir.path(), Begin::anew).has_value());
    const auto after = load(dir);
    BOOST_TEST(after.state.host_id != before.state.host_id);
    BOOST_TEST((after.state.floor.high() == Wall{}));
}

BOOST_AUTO_TEST_CASE(s77_a_database_that_is_gone_or_empty_is_lost_and_not_made_anew) {
    for (const bool gone : {true, false}) {
        const TempDir dir;
        (void)round_trip(dir, {PutEnded{{"INC-1", EndHow::revoked, "root", {}}}});
        (void)dir.write("state.db-wal", "what is left");
        gone ? (void)std::filesystem::remove(dir.path("state.db")) : (void)dir.write("state.db", "");
        for (int start = 0; start < 2; ++start) {
            const auto refused = Store::open(dir.path());
            BOOST_REQUIRE(!refused.has_value());
            BOOST_TEST(refused.error().code == "Recovery");
            BOOST_TEST(refused.error().text.find("state.db: lost") != std::string::npos);
        }
        BOOST_TEST(!floor_in(dir.path()).has_value());
        BOOST_TEST(dir.read("state.db-wal") == "what is left");
        BOOST_REQUIRE(set_aside(dir.path(), "then").has_value());
        BOOST_TEST(!Store::open(dir.path()).has_value());
        BOOST_TEST(Store::open(dir.path(), Begin::anew).has_value());
        BOOST_TEST(Store::open(dir.path()).has_value());
    }
}

BOOST_AUTO_TEST_CASE(s77_a_database_without_tables_beside_an_accepted_grant_file_is_lost) {
    const TempDir dir;
    (void)dir.write("accepted", "");
    BOOST_TEST(!Store::open(dir.path()).has_value());
    sql(dir, "PRAGMA journal_mode=WAL");
    BOOST_TEST(!Store::open(dir.path()).has_value());
}

BOOST_AUTO_TEST_CASE(a_first_start_that_was_cut_off_is_begun_again) {
    const TempDir dir;
    sql(dir, "PRAGMA journal_mode=WAL");
    BOOST_TEST(load(dir).state.host_id.size() == 32);
}

BOOST_AUTO_TEST_CASE(of_what_is_no_database_no_floor_is_known) {
    const TempDir dir;
    (void)dir.write("state.db", "garbage");
    BOOST_TEST(!floor_in(dir.path()).has_value());
    BOOST_TEST(set_aside(dir.path(), "then").has_value());
    BOOST_TEST(dir.read("state.db.then") == "garbage");
}

BOOST_AUTO_TEST_CASE(a_grant_comes_back_as_it_was) {
    const TempDir dir;
    Grant grant;
    grant.id = std::string(32, 'c');
    grant.origin = Origin::request;
    grant.account = "alice";
    grant.uid = 1001;
    grant.role = "root";
    grant.not_before = World().now.wall + 1us;
    grant.not_after = grant.not_before + 30min;
    grant.reason = "INC-1 d\xc3\xa9j\xc3\xa0 'vu'; DROP TABLE grants";
    grant.ticket = "INC-1";
    grant.approvers = {"olivia", "carol"};
    grant.keys = {"olivia-2026"};
    grant.request = std::string(32, 'd');
    const auto loaded = round_trip(dir, {PutGrant{grant}});
    const auto* back = loaded.state.grant(grant.id);
    BOOST_REQUIRE(back != nullptr);
    BOOST_TEST((back->origin == grant.origin));
    BOOST_TEST(back->account == grant.account);
    BOOST_TEST((back->uid == grant.uid));
    BOOST_TEST(back->role == grant.role);
    BOOST_TEST((back->not_before == grant.not_before));
    BOOST_TEST((back->not_after == grant.not_after));
    BOOST_TEST(back->reason == grant.reason);
    BOOST_TEST(back->ticket == grant.ticket);
    BOOST_TEST(back->approvers == grant.approvers);
    BOOST_TEST(back->keys == grant.keys);
    BOOST_TEST(back->request == grant.request);
    BOOST_TEST(loaded.state.grants_of("alice").size() == 1);
}

BOOST_AUTO_TEST_CASE(every_origin_of_a_stored_grant_comes_back) {
    for (const auto origin : {Origin::local, Origin::request, Origin::token, Origin::breakglass}) {
        const TempDir dir;
        Grant grant;
        grant.id = "1";
        grant.origin = origin;
        BOOST_TEST(to_string(round_trip(dir, {PutGrant{grant}}).state.grant("1")->origin) == to_string(origin));
    }
}

BOOST_AUTO_TEST_CASE(the_first_end_of_a_grant_is_kept) {
    const TempDir dir;
    const auto at = World().now.wall;
    const auto loaded = round_trip(dir, {PutEnded{{"INC-1", EndHow::released, "alice", at}},
                                         PutEnded{{"INC-1", EndHow::expired, "", at + 1h}}});
    const auto* end = loaded.state.end_of("INC-1");
    BOOST_REQUIRE(end != nullptr);
    BOOST_TEST(to_string(end->how) == "released");
    BOOST_TEST(end->by == "alice");
    BOOST_TEST((end->at == at));
}

BOOST_AUTO_TEST_CASE(pins_come_back_with_and_without_uid_and_activation) {
    const TempDir dir;
    const auto now = World().now.wall;
    const Pin bare{"INC-1", "alice", std::nullopt, "root", now, now + 1h, std::nullopt};
    const Pin full{"INC-2", "bob", 1002, "dba", now, now + 1h, Activation{now + 1h, Boot(7777us), kBoot}};
    const auto loaded = round_trip(dir, {PutPin{bare}, PutPin{full}}, {}, kOtherBoot);
    const auto* first = loaded.state.pin_of("INC-1");
    BOOST_REQUIRE(first != nullptr);
    BOOST_TEST(!first->uid.has_value());
    BOOST_TEST(!first->activation.has_value());
    const auto* second = loaded.state.pin_of("INC-2");
    BOOST_REQUIRE(second != nullptr);
    BOOST_TEST(second->account == "bob");
    BOOST_TEST(second->uid.value() == 1002);
    BOOST_TEST(second->role == "dba");
    BOOST_TEST((second->not_after == now + 1h));
    BOOST_TEST((second->activation->end == now + 1h));
    BOOST_TEST((second->activation->deadline == Boot(7777us)));
    BOOST_TEST(second->activation->boot_id == kBoot);
}

BOOST_AUTO_TEST_CASE(live_sessions_come_back_and_closed_ones_do_not) {
    const TempDir dir;
    World world;
    world.file_grant("INC-1");
    auto session = world.session(kSession, "INC-1");
    session.tty = "pts/0";
    session.rhost = "10.0.0.9";
    session.backstop = world.now.wall + 2h;
    session.state = SessionState::ending;
    session.end_code = "LOCKED";
    session.recording = "alice/00/00/01";
    session.warned = world.now.wall + 25min;
    auto closed = world.session(kOtherSession, "INC-1");
    closed.warned = world.now.wall + 5min;
    const auto loaded = round_trip(dir, {PutSession{session}, PutSession{closed},
                                         CloseSession{kOtherSession, "EXPIRED", world.now.wall}});
    BOOST_REQUIRE(loaded.state.sessions.size() == 1);
    const auto& back = loaded.state.sessions.at(kSession);
    BOOST_TEST(back.grant == "INC-1");
    BOOST_TEST(back.role == "root");
    BOOST_TEST(back.account == "alice");
    BOOST_TEST(back.uid == 1001);
    BOOST_TEST(back.target == "root");
    BOOST_TEST(back.service == "sudo");
    BOOST_TEST(back.tty == "pts/0");
    BOOST_TEST(back.rhost == "10.0.0.9");
    BOOST_TEST((back.opened == session.opened));
    BOOST_TEST((back.backstop == session.backstop));
    BOOST_TEST(to_string(back.state) == "ending");
    BOOST_TEST(back.recording == "alice/00/00/01");
    BOOST_TEST((back.warned == session.warned));
    BOOST_TEST((back.since == session.since));
    BOOST_TEST(back.end_code == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_session_that_was_opening_before_a_reboot_is_not_kept_alive_by_its_old_boot_time) {
    const TempDir dir;
    World world;
    world.file_grant("INC-1");
    auto session = world.session(kSession, "INC-1");
    session.state = SessionState::opening;
    session.since = Boot(100h);
    auto loaded = round_trip(dir, {PutSession{session}}, {}, kOtherBoot);
    const Now now{world.now.wall + 1min, Boot(31s), kOtherBoot};
    const auto out = step(loaded.state, world.config, TickEvent{}, now);
    BOOST_TEST(only<CloseSession>(out.changes).size() == 1);
}

BOOST_AUTO_TEST_CASE(the_marks_of_the_file_come_back) {
    const TempDir dir;
    FileState file;
    file.serial = 1'795'348'800;
    file.sha256.fill(0xab);
    file.expires = World().now.wall + 24h;
    auto refused = file;
    refused.serial = 0;
    const auto loaded = round_trip(dir, {PutFile{file}, PutFile{refused}});  // a refusal before any file marks nothing
    BOOST_TEST(loaded.state.file.serial == file.serial);
    BOOST_TEST((loaded.state.file.sha256 == file.sha256));
    BOOST_TEST((loaded.state.file.expires == file.expires));
}

BOOST_AUTO_TEST_CASE(file_grants_are_not_stored_their_accepted_copy_is) {
    const TempDir dir;
    Grant grant;
    grant.id = "INC-1";
    BOOST_TEST(round_trip(dir, {ReplaceFileGrants{{grant}}}).state.grants.empty());
}

BOOST_AUTO_TEST_CASE(the_floor_comes_back) {
    const TempDir dir;
    const auto loaded = round_trip(dir, {});
    BOOST_TEST((loaded.state.floor.high() == World().now.wall));
}

BOOST_AUTO_TEST_CASE(locks_come_back) {
    const TempDir dir;
    (void)load(dir);
    sql(dir, "INSERT INTO locks VALUES ('alice', 'root', 'INC-9', 42)");
    const auto loaded = load(dir);
    BOOST_TEST(loaded.state.locks.at("alice").reason == "INC-9");
    BOOST_TEST((loaded.state.locks.at("alice").at == Wall(42us)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(StoreOfRecords)

BOOST_AUTO_TEST_CASE(records_wait_in_the_outbox_in_order_until_they_are_forgotten) {
    const TempDir dir;
    const auto first = sealed(1);
    const auto second = sealed(2, first.chain);
    const auto third = sealed(3, second.chain);
    const auto loaded = round_trip(dir, {}, {first, second, third});
    BOOST_TEST(loaded.seq == 3);
    BOOST_TEST((loaded.chain == third.chain));
    auto store = Store::open(dir.path());
    BOOST_REQUIRE(store.has_value());
    const auto outbox = *store->outbox(0, 10);
    BOOST_REQUIRE(outbox.size() == 3);
    BOOST_TEST(outbox[0].seq == 1);
    BOOST_TEST(outbox[1].datagram == second.datagram);
    BOOST_TEST((outbox[2].chain == third.chain));
    const auto part = *store->outbox(1, 1);
    BOOST_REQUIRE(part.size() == 1);
    BOOST_TEST(part[0].seq == 2);
    BOOST_TEST(store->forget_records(2).has_value());
    const auto after = *store->outbox(0, 10);
    BOOST_REQUIRE(after.size() == 1);
    BOOST_TEST(after[0].seq == 3);
    BOOST_TEST(load(dir).seq == 3);
}

BOOST_AUTO_TEST_CASE(a_commit_without_records_leaves_the_chain) {
    const TempDir dir;
    const auto first = sealed(1);
    (void)round_trip(dir, {}, {first});
    const auto loaded = round_trip(dir, {PutEnded{{"INC-1", EndHow::revoked, "root", {}}}});
    BOOST_TEST(loaded.seq == 1);
    BOOST_TEST((loaded.chain == first.chain));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(StoreOfThisHost)

BOOST_AUTO_TEST_CASE(the_host_id_stays_over_restarts_and_reboots) {
    const TempDir dir;
    const auto id = load(dir).state.host_id;
    BOOST_TEST(load(dir).state.host_id == id);
    BOOST_TEST(load(dir, "m1", kOtherBoot).state.host_id == id);
}

BOOST_AUTO_TEST_CASE(a_clone_of_this_host_is_another_host) {
    const TempDir dir;
    const auto id = load(dir).state.host_id;
    const auto clone = load(dir, "m2").state.host_id;
    BOOST_TEST(clone != id);
    BOOST_TEST(clone.size() == 32);
    BOOST_TEST(load(dir, "m2").state.host_id == clone);
}

BOOST_AUTO_TEST_CASE(sessions_and_checks_need_less_than_what_grants_need) {
    const World world;
    BOOST_TEST((durability_of({}) == Durability::process));
    BOOST_TEST((durability_of({PutSession{}, CloseSession{}, ReplaceFileGrants{}}) == Durability::process));
    const std::vector<Change> lasting = {PutGrant{}, PutEnded{}, PutPin{}, PutFile{}};
    for (const auto& change : lasting) {
        BOOST_TEST((durability_of({change}) == Durability::power));
        BOOST_TEST((durability_of({PutSession{}, change}) == Durability::power));
    }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_leaves_what_was_committed) {
    const TempDir dir;
    (void)round_trip(dir, {PutEnded{{"INC-1", EndHow::revoked, "root", {}}}});
    checkpoint(dir.path());
    BOOST_TEST(load(dir).state.end_of("INC-1") != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
