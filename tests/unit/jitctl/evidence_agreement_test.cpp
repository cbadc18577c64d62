// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE evidence_agreement
#include "jitctl/evidence/agreement.hpp"

#include <boost/test/unit_test.hpp>

#include "core/duration.hpp"
#include "jitctl/evidence/approved.hpp"
#include "jitctl/evidence/text.hpp"
#include "tests/unit/jitctl/told_world.hpp"

using namespace jit;
using namespace jit::ctl::evidence;
using namespace jit::test;
using core::ChainResult;

namespace {

using Fields = std::map<std::string, std::string>;

constexpr std::uint64_t kMonth = 30ULL * 86'400'000'000;  // microseconds

void later(Fields& fields, const char* field, core::Usec span) {
    if (fields.contains(field)) fields[field] = core::format_time(*core::parse_time(fields[field]) + span);
}

void later_by_a_month(Fields& fields) {
    fields["JIT_TIME"] = std::to_string(std::stoull(fields["JIT_TIME"]) + kMonth);
    later(fields, "JIT_NOT_AFTER", std::chrono::days(30));
}

/** By root, who can make the chain right: what is wrong with it. */
template <class Change>
std::string forged(const Bundle& made, const core::Trust& trust, Change change) {
    auto bundle = made;
    for (auto& entry : bundle.records)
        if (value(entry, "JIT_USER") == "alice") change(value(entry, "JIT_EVENT"), entry.record.fields);
    write_anew(bundle);
    const auto report = verify(bundle, {.trust = &trust});
    return report.code + " " + report.text;
}

void has(const std::string& text, const char* words) { BOOST_TEST(text.find(words) != std::string::npos, text << " has not: " << words); }

/** alice has asked, by two approvals. */
struct Asked : AuditedWorld {
    core::RequestEvent ask = asks("alice");
    core::Trust& trust = config.trust;

    core::Transition redeems(const std::string& request, const TestKey& key, const char* principal, core::Usec duration = 30min) {
        return happens(core::RedeemEvent{token(request, key, duration), fresh(), {{principal, {}}}, plain("bob")});
    }
    core::Transition approves(const std::string& request, std::optional<core::Usec> duration = {}) {
        return happens(core::ApproveEvent{request, fresh(), duration, "", plain("carol")});
    }
    std::string grant() const { return state.request(ask.id)->grant; }
    Bundle bundle() const {
        FakeRecords source(journal);
        Bundle out;
        out.grant = grant();
        BOOST_REQUIRE(collect(source, {}, out).has_value());
        out.host_id = state.host_id;
        out.story = story_of(out);
        return out;
    }
    std::string judged() const {
        const auto report = verify(bundle(), {.trust = &config.trust});
        return std::string(core::to_string(report.result)) + report.text;
    }
    core::ExtendEvent more(core::Usec duration) {
        core::ExtendEvent out;
        out.id = fresh();
        out.fresh = fresh();
        out.grant = grant();
        out.duration = duration;
        out.reason = "INC-2 it takes longer";
        out.local = ask.local;
        out.holder = {"alice", {}};
        out.actor = plain("alice");
        return out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(Forged)

BOOST_FIXTURE_TEST_CASE(s54_a_token_proves_the_request_it_was_for, Told) {
    const auto made = bundle();
    const auto is = [&](auto change) { return forged(made, config.trust, change); };
    const auto of_requests = [](const char* field, const char* text) {
        return [=](const std::string& event, Fields& fields) {
            if (event.starts_with("request.")) fields[field] = text;
        };
    };
    const auto longer = is([](const std::string& event, Fields& fields) {
        if (event.starts_with("request.")) fields["JIT_DURATION"] = "8h";
        if (event == "request.approved") fields["JIT_LIMIT"] = "8h";
        if (event.starts_with("grant.")) later(fields, "JIT_NOT_AFTER", 8h);
    });
    has(longer, "SIGNATURE approval of request");
    has(longer, "for: 20min was signed, the record has 8h [CONTRADICTION]");
    has(is(of_requests("JIT_DURATION", "10min")), "for: 20min was signed, the record has 10min");
    has(is([](const std::string&, Fields& fields) { later_by_a_month(fields); }), "requested: ");
    has(is([](const std::string& event, Fields& fields) {
            if (event != "request.created") later_by_a_month(fields);
        }), "approve-before: ");
    has(is(of_requests("JIT_RULE", "break-glass")), "kind: approval was signed, the record has break-glass");
    has(is(of_requests("JIT_GRANT", "another")), "extends: ");
}

BOOST_FIXTURE_TEST_CASE(s54_a_signed_request_proves_only_its_grant, Told) {
    const auto made = bundle();
    const auto is = [&](auto change) { return forged(made, config.trust, change); };
    for (const std::string which : {"grant.created", "grant.activated"})
        has(is([&](const std::string& event, Fields& fields) {
                if (event.starts_with(which)) later(fields, "JIT_NOT_AFTER", 8h);
            }), "what was signed allows");
    for (const std::string which : {"grant.", "session.", "grant.activated", "check."})
        has(is([&](const std::string& event, Fields& fields) {
                if (event.starts_with(which)) fields["JIT_USER"] = "mallory";
            }), "account: mallory, others have alice");
    const auto of_grants = [](const char* field, const char* text) {
        return [=](const std::string& event, Fields& fields) {
            if (event.starts_with("grant.")) fields[field] = text;
        };
    };
    has(is(of_grants("JIT_UID", "1234")), "uid: 1234, others have 1001");
    has(is(of_grants("JIT_ROLE", "dba")), "role: dba, others have root");
    has(is(of_grants("JIT_REASON", "INC-2 another")), "reason: INC-2 another, others have INC-1 replace disk");
    has(is(of_grants("JIT_TICKET", "INC-2")), "ticket: INC-2, others have none");
    has(is([](const std::string& event, Fields& fields) {  // given by root, and shown with the token all the same
            if (event == "grant.created") fields.erase("JIT_REQUEST");
        }), ", others have none");
    for (const char* never : {"18446744073709551615", "9223372036854775807"})
        has(is([&](const std::string&, Fields& fields) { fields["JIT_TIME"] = never; }), "SIGNATURE ");
}

/** The other approval, that needs no signature, came long after the signed one had to be used. */
BOOST_FIXTURE_TEST_CASE(s62_a_token_of_long_ago, Asked) {
    (void)happens(ask);
    (void)redeems(ask.id, olivia, "olivia");
    (void)approves(ask.id);
    BOOST_TEST(judged() == "ok");
    const auto old = forged(bundle(), trust, [](const std::string& event, Fields& fields) {
        const bool before = event == "request.created" || fields["JIT_PRINCIPAL"] == "olivia";
        if (!before) later_by_a_month(fields);
    });
    has(old, "CONTRADICTION request ");
    has(old, "what was signed allows it until ");
}

BOOST_FIXTURE_TEST_CASE(s60_nobody_proves_a_grant_of_their_own, Told) {
    const auto made = bundle();
    auto trust = config.trust;
    trust.principals.insert(trust.principals.begin(), {"olivia", {"alice"}});
    auto report = verify(made, {.trust = &trust});
    BOOST_TEST((report.result == ChainResult::broken && report.signatures[0].code == "SELF"), report.text);
    trust.keys[0].allow_self = true;
    report = verify(made, {.trust = &trust});
    BOOST_TEST((report.result == ChainResult::ok), report.text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(Honest, Asked)

BOOST_AUTO_TEST_CASE(more_time_is_for_its_grant) {
    (void)happens(ask);
    (void)approves(ask.id, 10min);
    (void)redeems(ask.id, olivia, "olivia");
    const auto longer = more(30min);
    (void)happens(longer);
    (void)approves(longer.id);
    (void)redeems(longer.id, olivia, "olivia", 20min);
    BOOST_REQUIRE(state_of(longer.id) == "approved");
    BOOST_TEST(judged() == "ok");
    BOOST_TEST(verify(bundle(), {}).signatures.size() == 2U);

    has(forged(bundle(), trust, [&](const std::string& event, Fields& fields) {
            if (event == "request.created") fields.erase("JIT_GRANT");
        }), ("extends: " + grant() + " was signed").c_str());
    has(forged(bundle(), trust, [](const std::string& event, Fields& fields) {
            if (event == "grant.extended") later(fields, "JIT_NOT_AFTER", 1h);
        }), "what was signed allows");
    has(forged(bundle(), trust, [&](const std::string& event, Fields& fields) {  // the grant came of it
            if (event.starts_with("grant.")) fields["JIT_REQUEST"] = longer.id;
            if (event.starts_with("grant.")) fields["JIT_REASON"] = longer.reason;
        }), "was for more time, not for a grant");
    auto bare = bundle();  // by root: nobody had asked
    std::erase_if(bare.records, [&](const auto& one) { return value(one, "JIT_REQUEST") == longer.id && value(one, "JIT_EVENT").starts_with("request."); });
    auto seq = std::stoull(value(bare.records.front(), "JIT_SEQ"));
    for (auto& entry : bare.records) entry.record.fields["JIT_SEQ"] = std::to_string(seq++);
    write_anew(bare);
    BOOST_TEST(result(bare) == "incomplete STORY");

    auto by_root = more(10min);
    by_root.actor = root_as("carol");
    BOOST_REQUIRE(happens(by_root).records.size() == 1U);
    BOOST_TEST(judged() == "ok");
}

BOOST_AUTO_TEST_CASE(a_start_that_is_signed) {
    ask.start = now.wall + 5h;
    (void)happens(ask);
    (void)approves(ask.id);
    (void)redeems(ask.id, olivia, "olivia");
    pass(6h);
    (void)happens(core::TickEvent{});
    BOOST_REQUIRE(verify(bundle(), {}).story["grant"]["not_after_usec"].is_number());
    BOOST_TEST(judged() == "ok");
    has(forged(bundle(), trust, [](const std::string& event, Fields& fields) {
            if (event.starts_with("grant.")) later(fields, "JIT_NOT_AFTER", 1h);
        }), "what was signed allows");
}

BOOST_AUTO_TEST_CASE(break_glass) {
    config.settings.breakglass = true;
    ask.kind = core::RequestKind::breakglass;
    (void)happens(ask);
    (void)redeems(ask.id, olivia, "olivia");
    BOOST_REQUIRE(state_of(ask.id) == "approved");
    trust.principals.insert(trust.principals.begin(), {"olivia", {"alice"}});  // who may do it for themselves
    BOOST_TEST(judged() == "ok");
    has(forged(bundle(), trust, [](const std::string& event, Fields& fields) {
            if (event.starts_with("request.")) fields["JIT_RULE"] = "policy.toml:20";
        }), "kind: break-glass was signed, the record has approval");
}

BOOST_AUTO_TEST_CASE(who_did_not_count_in_the_end_bounds_nothing) {
    (void)happens(ask);
    (void)redeems(ask.id, olivia, "olivia", 1min);
    state.locks["olivia"] = core::Lock{"olivia", "root", "INC-4", now.wall};
    (void)approves(ask.id);
    BOOST_REQUIRE(state_of(ask.id) == "pending");
    (void)redeems(ask.id, hardware, "dave");
    BOOST_REQUIRE(state_of(ask.id) == "approved");
    BOOST_TEST(judged() == "ok");
    const auto made = bundle();
    const auto report = verify(made, {.trust = &trust});
    BOOST_REQUIRE(report.signatures.size() == 2U);
    BOOST_TEST((!report.signatures[0].counted && report.signatures[1].counted));
    BOOST_TEST(to_json(report, made)["signatures"][0]["counted"] == false);
    const Plain plain;
    has(describe(report, made, plain.out), "signature good, but it did not count");
}

BOOST_AUTO_TEST_CASE(a_record_that_came_too_late_is_taken_back) {
    (void)happens(ask);
    (void)approves(ask.id);
    auto out = redeems(ask.id, olivia, "olivia");
    for (const auto& record : out.take_back.records) write(record);
    BOOST_TEST(judged() == "ok");
}

BOOST_AUTO_TEST_CASE(spans_as_they_are_shown) {
    for (const core::Usec span : {core::Usec(30s), core::Usec(90s), core::Usec(20min), core::Usec(1h), core::Usec(1h + 1s), core::Usec(26h),
                                  core::Usec(26h + 59min), core::Usec(24h + 30min + 20s), core::Usec(24h * 400 + 61s)}) {
        const auto most = at_most(core::format_duration(span));
        BOOST_REQUIRE(most.has_value());
        BOOST_TEST((*most >= span && *most - span <= 1h), core::format_duration(span));
    }
    BOOST_TEST(!at_most("long").has_value());
    BOOST_TEST(!at_most("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
