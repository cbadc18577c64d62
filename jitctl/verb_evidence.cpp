// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "common/names.hpp"
#include "core/host.hpp"
#include "core/text.hpp"
#include "jitctl/evidence/accepted_copy.hpp"
#include "jitctl/evidence/bundle_file.hpp"
#include "jitctl/evidence/collect.hpp"
#include "jitctl/evidence/recordings.hpp"
#include "jitctl/evidence/story.hpp"
#include "jitctl/evidence/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/recording/sudo_commands.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

using core::Result;

constexpr std::size_t kMaxConfig = 1U << 20;

std::string host_name(const Environment& env) {
    const std::string path = env.config_dir + "/host.toml";
    const auto text = read_file(path, kMaxConfig);
    const auto host = text ? core::parse_host(*text, path) : Result<core::Host>(text.failure());
    return host ? host->name : "";
}

/** The file that the grant came with, if jitd still serves it and we may read it. */
Result<evidence::SignedCopy> signed_copy(const std::string& sha256) {
    auto copy = evidence::read_accepted(std::string(kStateDir) + "/accepted");
    if (copy && evidence::sha256_of(copy->grants) != sha256) return core::fail("CHANGED", "jitd serves another one by now");
    return copy;
}

/** What sudo wrote of the grant's sessions: none of it is in the chain. */
Result<std::vector<trail::Command>> commands_under(const std::string& grant) {
    trail::JournalFilter filter;
    filter.grant = grant;
    const auto sessions = recording::read_sessions(filter);
    if (!sessions) return sessions.failure();
    const auto lines = recording::read_sudo_lines(*sessions);
    if (!lines) return lines.failure();
    std::vector<trail::Command> out;
    for (const auto& one : recording::commands_of(*sessions, *lines)) {
        out.push_back({one.time_usec, one.session->id, one.session->user, one.session->target, one.what.command, one.what.cwd});
    }
    return out;
}

struct Made {
    evidence::Bundle bundle;
    std::string no_copy;  // why the signed file is not in it
};

Result<Made> made(const Environment& env, const EvidenceOptions& options) {
    auto journal = trail::open_journal({});
    if (!journal) return journal.failure();
    Made out;
    auto& bundle = out.bundle;
    bundle.grant = options.grant;
    if (auto ok = evidence::collect(**journal, options.head, bundle); !ok) return ok.failure();
    bundle.host_id = value(bundle.records.front(), "JIT_HOST");
    bundle.host_name = host_name(env);
    bundle.made_by = "jitctl " JIT_VERSION;
    bundle.made_usec = core::to_usec(env.now());
    bundle.story = story_of(bundle);
    bundle.recordings = evidence::look_at_recordings(bundle, bundle.story, env.recordings_dir);
    if (bundle.story["file"].is_object()) {
        auto copy = signed_copy(text_of(bundle.story["file"], "sha256"));
        if (copy)
            bundle.file = *std::move(copy);
        else
            out.no_copy = copy.error().text;
    }
    auto commands = commands_under(options.grant);
    if (!commands) return commands.failure();
    put_commands(bundle, *std::move(commands));
    return out;
}

/** As verify judges it, and what was found of the recordings: who is not root can't look at them. */
evidence::Report judged(const evidence::Bundle& bundle, const Environment& env) {
    auto report = verify(bundle, {});
    auto seen = bundle.recordings;
    if (env.uid != 0) std::erase_if(seen, [](const auto& one) { return one.result == "unreadable"; });
    count_recordings(report, seen);
    return report;
}

Result<void> written(const Context& context, const EvidenceOptions& options, const evidence::Bundle& bundle) {
    const auto text = file_text(bundle, context.out.json() ? context.out.options().json : JsonMode::brief);
    if (!text) return text.failure();
    if (!options.file.empty() && !evidence::is_stdout(options.file)) return evidence::write_file(options.file, *text);
    context.out.text(*text);
    return {};
}

}  // namespace

int run(const Context& context, const EvidenceOptions& options) {
    const auto made = ctl::made(context.env, options);
    if (!made) return context.out.fail(made.error().code == "NOT_FOUND" ? Exit::not_found : Exit::failure, made.error());
    const auto& bundle = made->bundle;
    const auto report = judged(bundle, context.env);
    const bool ok = report.result == core::ChainResult::ok;
    if (!made->no_copy.empty()) context.out.note("the signed file is not in it: " + made->no_copy);
    if (options.file.empty() && !context.out.json()) {
        context.out.text((ok ? "" : headline(report, context.out)) + describe(report, bundle, context.out));
        return static_cast<int>(Exit::ok);
    }
    if (auto done = written(context, options, bundle); !done) return context.out.fail(Exit::failure, done.error());
    context.out.note(fmt::format("{}: {} records; to check it anywhere: jitctl verify {}", options.file, bundle.records.size(), options.file));
    if (!ok) context.out.note(fmt::format("{}: {}", core::to_string(report.result), report.text));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
