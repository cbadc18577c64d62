// SPDX-License-Identifier: Apache-2.0
// replay: sudo's own player on a terminal; elsewhere the bytes, without waiting.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "jitctl/recording/opened.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

int play(const Context& context, const ReplayOptions& options, const std::string& directory) {
    std::vector<std::string> words = {context.env.sudoreplay, "-s", fmt::format("{}", options.speed)};
    if (options.max_wait) {
        words.emplace_back("-m");
        words.push_back(fmt::format("{:.6f}", std::chrono::duration<double>(*options.max_wait).count()));
    }
    words.insert(words.end(), {"--", directory});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::fflush(context.env.out);
    ::execv(argv[0], argv.data());
    return context.out.fail(Exit::failure, {"FAILED", fmt::format("{}: {}: it comes with the package sudo, or: jitctl replay "
                                                                  "{} | less -R", context.env.sudoreplay,
                                                                  std::strerror(errno), options.session)});
}

int print(const Context& context, recording::Opened& opened) {
    while (const auto moment = opened.recording.next())
        if (const auto* shown = std::get_if<recording::Shown>(&moment->what)) context.out.text(shown->bytes);
    const auto damage = recording::damage_of(opened);
    if (!damage) return static_cast<int>(Exit::ok);
    std::fflush(context.env.out);
    return context.out.fail(*damage);
}

/** sudoreplay says nothing of a file that is missing or short, and shows what is in a broken one. */
bool is_whole(const std::string& directory) {
    auto recording = recording::Recording::open(directory);
    while (recording && recording->next()) {
    }
    return recording && recording->damage().empty();
}

}  // namespace

int run(const Context& context, const ReplayOptions& options) {
    auto opened = recording::open_session(options.session, context.env.recordings_dir);
    if (!opened) return context.out.fail(opened.error());
    if (!opened->recording.about().terminal)
        context.out.note(fmt::format("jitctl: session {0} had no terminal to show anything on; what it ran: jitctl log --commands "
                                     "--session {0}", opened->session.id));
    return context.out.terminal() && is_whole(opened->directory) ? play(context, options, opened->directory) : print(context, *opened);
}

}  // namespace jit::ctl
