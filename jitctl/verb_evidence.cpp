// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "common/names.hpp"
#include "core/host.hpp"
#include "core/text.hpp"
#include "jitctl/evidence/accepted_copy.hpp"
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
constexpr mode_t kMode = 0600;  // of others, too, it tells what they did

std::string host_name(const Environment& env) {
    const std::string path = env.config_dir + "/host.toml";
    const auto text = read_file(path, kMaxConfig);
    const auto host = text ? core::parse_host(*text, path) : Result<core::Host>(text.failure());
    return host ? host->name : "";
}

/** The file that the grant came with, if jitd still serves it and we may read it. */
std::optional<evidence::SignedCopy> signed_copy(const Json& story) {
    if (!story["file"].is_object()) return std::nullopt;
    auto copy = evidence::read_accepted(std::string(kStateDir) + "/accepted");
    if (!copy || evidence::sha256_of(copy->grants) != text_of(story["file"], "sha256")) return std::nullopt;
    return std::move(*copy);
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

Result<evidence::Bundle> made(const Environment& env, const EvidenceOptions& options) {
    auto journal = trail::open_journal({});
    if (!journal) return journal.failure();
    evidence::Bundle out;
    out.grant = options.grant;
    if (auto ok = evidence::collect(**journal, options.head, out); !ok) return ok.failure();
    out.host_id = value(out.records.front(), "JIT_HOST");
    out.host_name = host_name(env);
    out.made_by = "jitctl " JIT_VERSION;
    out.made_usec = core::to_usec(env.now());
    out.story = story_of(out);
    out.recordings = evidence::look_at_recordings(out.story, env.recordings_dir);
    out.file = signed_copy(out.story);
    auto commands = commands_under(options.grant);
    if (!commands) return commands.failure();
    out.commands = *std::move(commands);
    return out;
}

Result<void> written(const std::string& path, const std::string& text) {
    const std::string name = path + ".new";
    if (auto ok = write_new(name, text, kMode); !ok) return ok;
    Temporary next(name);
    if (auto ok = rename_file(name, path); !ok) return ok;
    next.keep();
    return sync_folder(path);
}

}  // namespace

int run(const Context& context, const EvidenceOptions& options) {
    const auto bundle = made(context.env, options);
    if (!bundle)
        return context.out.fail(bundle.error().code == "NOT_FOUND" ? Exit::not_found : Exit::failure, bundle.error());
    const Json json = to_json(*bundle);
    if (!options.file.empty()) {
        const auto mode = context.out.json() ? context.out.options().json : JsonMode::brief;
        if (auto ok = written(options.file, json_text(versioned(json), mode) + "\n"); !ok)
            return context.out.fail(Exit::failure, ok.error());
        context.out.note(fmt::format("{}: {} records; to check it anywhere: jitctl verify {}", options.file, bundle->records.size(),
                                     options.file));
        return static_cast<int>(Exit::ok);
    }
    if (context.out.json()) {
        context.out.object(json);
        return static_cast<int>(Exit::ok);
    }
    const auto report = verify(*bundle, {});
    if (report.result != core::ChainResult::ok) context.out.text(verdict(report, *bundle, context.out, true));
    context.out.text(describe(report, *bundle, context.out));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
