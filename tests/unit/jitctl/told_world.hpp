// SPDX-License-Identifier: Apache-2.0
// A grant from the question to its end in a journal in memory, its evidence, and what root could make of that.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <optional>
#include <string>

#include "jitctl/evidence/collect.hpp"
#include "jitctl/evidence/story.hpp"
#include "jitctl/evidence/verify.hpp"
#include "jitctl/output.hpp"
#include "tests/support/audited_world.hpp"
#include "tests/support/fake_records.hpp"

namespace jit::test {

using namespace jit::ctl::evidence;

inline constexpr core::EventKind kRecorded{"session.recorded", "00000000000000000000000000000000", 5};

/** alice asks, carol approves here, olivia by a token; alice uses it, until its end. Others do things, too. */
struct Told : AuditedWorld {
    std::string grant;

    Told() {
        write(core::Record(core::event::kDaemonStarted, "jitd is ready"));
        others();
        const auto ask = asks("alice");
        (void)happens(ask);
        others();
        (void)happens(core::ApproveEvent{ask.id, fresh(), {}, "", plain("carol")});
        (void)happens(core::RedeemEvent{token(ask.id, olivia, 20min), fresh(), {{"olivia", {}}}, plain("bob")});
        grant = state.request(ask.id)->grant;
        core::CheckEvent check;
        check.query = query("alice");
        check.tty = "pts/0";
        (void)happens(check);
        check.phase = core::Phase::session;
        check.session = kSession;
        auto opened = step(check);
        opened.records[0].set("RECORDING", "alice/00/00/01");
        write(opened.records[0]);
        (void)happens(core::AttachEvent{kSession});
        others();
        pass(30min);
        (void)happens(core::TickEvent{});
        (void)happens(core::EmptyEvent{kSession, {}});
        core::Record recorded(kRecorded, "recorded");
        recorded.set("SESSION", kSession).set("GRANT", grant).set("USER", "alice").set("RECORDING", "alice/00/00/01");
        write(recorded.set("SHA256", std::string(64, 'a')).set("BYTES", "17"));
        others();
    }
    void others() {
        core::CheckEvent check;
        check.query = query("bob");
        (void)happens(check);
    }

    core::Result<Bundle> bundle(const std::string& id, const std::optional<core::Mark>& head = {}, std::size_t most = kMaxRecords) const {
        FakeRecords source(journal);
        Bundle out;
        out.grant = id;
        if (auto ok = collect(source, head, out, most); !ok) return ok.failure();
        out.host_id = value(out.records.front(), "JIT_HOST");
        out.host_name = "db-01";
        out.made_by = "jitctl 1";
        out.made_usec = 1;
        out.story = story_of(out);
        return out;
    }
    Bundle bundle() const { return *bundle(grant); }
    core::Mark mark(std::size_t index) const { return *core::parse_mark(trail::identity(journal.at(index))); }
};

inline std::string text_of(const Bundle& bundle) { return ctl::json_text(ctl::versioned(to_json(bundle)), ctl::JsonMode::brief); }

inline std::string result(const Bundle& bundle, const Means& means = {}) {
    const auto report = verify(bundle, means);
    return std::string(core::to_string(report.result)) + " " + report.code;
}

inline std::string result(const std::string& text) {
    const auto bundle = parse_bundle(text);
    return bundle ? result(*bundle) : bundle.error().code;
}

/** What root on the host could do: the chain is right again from there on, and so is the story. */
inline void write_anew(Bundle& bundle) {
    auto previous = bundle.before ? bundle.before->chain : core::Chain{};
    for (auto& entry : bundle.records) {
        previous = core::chain_hash(previous, entry.record.fields);
        entry.record.fields["JIT_CHAIN"] = core::to_hex(previous.data(), previous.size());
    }
    bundle.story = story_of(bundle);
}

inline core::ChainEntry& record_of(Bundle& bundle, std::string_view event, std::size_t n = 0) {
    for (auto& entry : bundle.records)
        if (value(entry, "JIT_EVENT") == event && (value(entry, "JIT_GRANT") == bundle.grant || value(entry, "JIT_USER") == "alice") && n-- == 0)
            return entry.record;
    BOOST_FAIL(event);
    std::abort();
}

struct Plain {
    ctl::Environment env;
    ctl::GlobalOptions options;
    ctl::Output out{env, options};
};

}  // namespace jit::test
