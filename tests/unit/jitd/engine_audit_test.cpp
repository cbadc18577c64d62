// SPDX-License-Identifier: Apache-2.0
// Nobody is let in without a record: the engine over a real store and a journald that takes its time, or none.
#define BOOST_TEST_MODULE engine_audit
#include "jitd/engine.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "jitd/reply.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/long_run.hpp"
#include "tests/support/test_loop.hpp"
#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;

namespace {

class NoActions final : public Actions {
  public:
    std::vector<std::string> stopped;  // sessions

    void stop(const std::string& session, OnEnd) override { stopped.push_back(session); }
    void kill(const std::string&) override {}
    void announce(const Announce&) override {}
    void tell_everybody(const std::string&) override {}
    void tell_person(const jit::core::Session&, const std::string&) override {}
    void checkpoint() override {}
};

/** "JIT_TTY" of a datagram: each check of this test has one of its own. */
std::string field(const std::string& datagram, const std::string& name) {
    const auto at = datagram.find("\n" + name + "=");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 2;
    return datagram.substr(begin, datagram.find('\n', begin) - begin);
}

struct Audited {
    TempDir dir{"/dev/shm"};  // what is asked here is not whether a disk keeps it
    FakeJournal journald{dir};
    TestLoop loop;
    NoActions actions;
    Journal journal;
    std::unique_ptr<Engine> engine;
    std::mt19937 chance{20261122};
    std::set<std::string> seen;             // JIT_SEQ: what is sent again is one record
    std::vector<std::string> records;       // of what was allowed, by JIT_TTY, as journald read them
    std::vector<std::string> replies;       // ALLOW, in the order they were given
    std::vector<std::string> unrecorded;    // ALLOW before journald had the record
    std::set<std::string> late;             // refused since journald took more than a second
    std::vector<std::string> grants;
    int asked = 0, denied = 0, open = 0;

    Audited() {
        BOOST_REQUIRE(journal.start(loop.get(), journald.path()).has_value());
        auto store = Store::open(dir.path());
        BOOST_REQUIRE(store.has_value());
        auto kept = std::make_unique<Store>(*std::move(store));
        auto loaded = kept->load("machine", Clock::create()->now().boot_id);
        BOOST_REQUIRE(loaded.has_value());
        engine = std::make_unique<Engine>(*Clock::create(), std::move(kept), *std::move(loaded), journal, actions);
        engine->set_config(std::make_shared<Config>(World().config));
        BOOST_REQUIRE(engine->start(loop.get()).has_value());
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(chance); }

    /** journald takes up to `most` records. */
    void read(std::size_t most) {
        for (std::size_t i = 0; i < most; ++i) {
            const auto datagram = "\n" + journald.read();
            if (datagram.size() == 1) return;
            if (!seen.insert(field(datagram, "JIT_SEQ")).second) continue;
            if (field(datagram, "JIT_DECISION") == "allow") records.push_back(field(datagram, "JIT_TTY"));
        }
    }

    void check() {
        static const std::vector<std::string> who = {"alice", "alice", "alice", "bob", "carol"};
        CheckEvent event;
        event.query.account = who[below(who.size())];
        event.query.uid = uid_of(event.query.account);
        event.query.service = below(10) == 0 ? "sshd" : "sudo";
        event.query.target = "root";
        event.query.loginuid = event.query.uid;
        if (below(3) == 0) {
            event.phase = Phase::session;
            event.session = random_id();
        }
        event.tty = "t" + std::to_string(++asked);
        ++open;
        engine->handle(event, [this, event](const Outcome& outcome) {
            --open;
            if (!outcome.transition.decision.allowed()) {
                ++denied;
                if (outcome.transition.decision.code == Code::audit) late.insert(event.tty);
                return;
            }
            replies.push_back(event.tty);
            if (std::find(records.rbegin(), records.rend(), event.tty) == records.rend()) unrecorded.push_back(event.tty);
            if (event.phase == Phase::session) engine->handle(EmptyEvent{event.session});
        });
    }

    void grant() {
        GrantEvent event;
        event.id = random_id();
        event.user = below(2) == 0 ? "alice" : "bob";
        event.uid = uid_of(event.user);
        event.role = "root";
        event.duration = std::chrono::hours(1);
        event.reason = "INC-1";
        event.actor = root_as("olivia");
        ++open;
        engine->handle(event, [this, id = event.id](const Outcome& outcome) {
            --open;
            if (!outcome.transition.refused) grants.push_back(id);
        });
    }

    void revoke() {
        if (grants.empty()) return;
        const auto at = grants.begin() + static_cast<std::ptrdiff_t>(below(grants.size()));
        RevokeEvent event;
        event.object = *at;
        event.reason = "over";
        event.actor = root_as("olivia");
        grants.erase(at);
        engine->handle(event, nullptr);
    }

    /** Until every check and every grant is answered. */
    bool answered() {
        return loop.until([&] {
            read(1000);
            return open == 0;
        });
    }

    /** Makes a grant, which is refused when journald has not taken its record within a second. */
    bool granted() {
        for (int tries = 0; tries < 5 && grants.empty(); ++tries) {
            grant();
            if (!answered()) return false;
        }
        return !grants.empty();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(Audit)

BOOST_AUTO_TEST_CASE(s45_as_many_are_let_in_as_are_on_record_and_in_that_order) {
    Audited host;
    const int operations = runs(10'000, 500'000);
    for (int i = 0; i < operations; ++i) {
        const auto what = host.below(100);
        // What a revoke overtakes is answered by a denial although its record says allow: none is open at one.
        if (what >= 97) BOOST_REQUIRE(host.answered());
        if (what < 94) {
            host.check();
        } else if (what < 97) {
            host.grant();
        } else {
            host.revoke();
        }
        if (host.below(4) == 0) host.read(host.below(9));
        if (host.below(3) == 0) host.loop.drain();
    }
    BOOST_REQUIRE(host.answered());
    BOOST_TEST(host.replies.size() > static_cast<std::size_t>(operations) / 10);
    BOOST_TEST(host.denied > operations / 10);
    BOOST_TEST(host.unrecorded.empty());
    std::erase_if(host.records, [&](const auto& tty) { return host.late.contains(tty); });
    BOOST_TEST(host.late.size() < static_cast<std::size_t>(operations) / 10);
    BOOST_CHECK_EQUAL_COLLECTIONS(host.replies.begin(), host.replies.end(), host.records.begin(), host.records.end());
    if (long_run()) std::printf("long: %d operations, %zu allowed, %zu on record\n", operations, host.replies.size(), host.records.size());
}

BOOST_AUTO_TEST_CASE(a_check_that_a_revoke_overtakes_is_denied_and_so_it_says_on_record) {
    Audited host;
    BOOST_REQUIRE(host.granted());
    const auto account = host.engine->state().grant(host.grants.front())->account;
    CheckEvent event;
    event.query = {account, uid_of(account), "sudo", "root", uid_of(account)};
    event.tty = "overtaken";
    std::optional<Code> answer;
    host.engine->handle(event, [&](const Outcome& outcome) { answer = outcome.transition.decision.code; });
    BOOST_REQUIRE(!answer);
    host.revoke();
    std::vector<std::string> said;
    BOOST_REQUIRE(host.loop.until([&] {
        for (auto datagram = host.journald.read(); !datagram.empty(); datagram = host.journald.read()) {
            if (field("\n" + datagram, "JIT_TTY") == "overtaken") said.push_back(field("\n" + datagram, "JIT_DECISION"));
        }
        return answer && said.size() == 2;
    }));
    BOOST_TEST((*answer == Code::revoked));
    BOOST_TEST(said == (std::vector<std::string>{"allow", "deny"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(s45_a_session_does_not_outlive_its_end_by_an_extension_that_was_taken_back) {
    Audited host;
    auto config = host.engine->config();
    for (auto& [name, role] : config.policy.roles) role.max_extension = 1h;
    host.engine->set_config(std::make_shared<Config>(config));
    bool granted = false, opened = false;
    GrantEvent grant{random_id(), "alice", uid_of("alice"), "root", 2s, {}, "INC-1", "", root_as("olivia")};
    host.engine->handle(grant, [&](const Outcome& outcome) { granted = !outcome.transition.refused; });
    BOOST_REQUIRE(host.loop.until([&] { return host.read(100), granted; }));
    CheckEvent check;
    check.query = {"alice", uid_of("alice"), "sudo", "root", uid_of("alice")};
    check.phase = Phase::session;
    check.session = random_id();
    host.engine->handle(check, [&](const Outcome& outcome) { opened = outcome.transition.decision.allowed(); });
    BOOST_REQUIRE(host.loop.until([&] { return host.read(100), opened; }));
    host.engine->handle(AttachEvent{check.session});
    host.read(100);

    std::optional<std::string> refused;  // nobody reads from here on
    const ExtendEvent extend{grant.id, random_id(), random_id(), 30min, "INC-1", "", {}, {}, root_as("olivia")};
    host.engine->handle(extend, [&](const Outcome& outcome) {
        refused = outcome.transition.refused ? outcome.transition.refused->code : "";
    });
    BOOST_TEST(!refused);
    BOOST_REQUIRE(host.loop.until([&] { return refused.has_value(); }));
    BOOST_TEST(*refused == "Audit");
    BOOST_REQUIRE(host.loop.until([&] { return !host.actions.stopped.empty(); }));
    BOOST_TEST(host.actions.stopped.front() == check.session);
}

BOOST_AUTO_TEST_CASE(s45_a_journald_that_comes_and_goes_lets_nobody_in_unrecorded) {
    Audited host;
    BOOST_REQUIRE(host.granted());
    int refused = 0;
    const int outages = runs(3, 60);
    for (int i = 0; i < outages; ++i) {
        for (int n = 0; n < 50; ++n) {
            host.check();
            if (host.below(2) == 0) host.read(1);
            host.loop.drain();
        }
        BOOST_REQUIRE(host.answered());
        const auto before = host.replies.size();
        if (i % 2 == 0) host.journald.close();
        for (int n = 0; n < 20; ++n) host.check();
        const auto over = [&] { return host.open == 0; };
        BOOST_REQUIRE(host.loop.until(over));
        BOOST_TEST(host.replies.size() == before);
        refused += 20;
        if (i % 2 == 0) host.journald.open();
    }
    BOOST_REQUIRE(host.answered());
    BOOST_TEST(host.unrecorded.empty());
    const std::set<std::string> recorded(host.records.begin(), host.records.end());
    for (const auto& reply : host.replies) BOOST_TEST(recorded.contains(reply));
    if (long_run()) std::printf("long: %d outages, %d checks refused, %zu allowed, all on record\n", outages, refused, host.replies.size());
}

BOOST_AUTO_TEST_SUITE_END()
