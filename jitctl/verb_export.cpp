// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/handle.hpp"
#include "jitctl/recording/asciicast.hpp"
#include "jitctl/recording/opened.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/** A new file for its owner alone. */
std::unique_ptr<std::FILE, Close> create(const std::string& path) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    std::unique_ptr<std::FILE, Close> file(fd ? ::fdopen(fd.get(), "w") : nullptr);
    if (file) (void)fd.release();
    return file;
}

void write(std::FILE* file, recording::Recording& recording, const recording::Session& session) {
    const auto put = [&](const std::string& text) { std::fwrite(text.data(), 1, text.size(), file); };
    recording::Asciicast cast(recording.about());
    put(cast.header(fmt::format("{} as {}, session {}, grant {}", session.user, session.target, session.id, session.grant)));
    while (const auto moment = recording.next()) put(cast.line(*moment));
}

}  // namespace

int run(const Context& context, const ExportOptions& options) {
    auto opened = recording::open_session(options.session, context.env.recordings_dir);
    if (!opened) return context.out.fail(opened.error());
    if (options.file.empty()) {
        write(context.env.out, opened->recording, opened->session);
    } else {
        const auto file = create(options.file);
        if (file) write(file.get(), opened->recording, opened->session);
        if (!file || std::fflush(file.get()) != 0 || std::ferror(file.get()) != 0)
            return context.out.fail(Exit::failure, {"FAILED", fmt::format("{}: {}", options.file, std::strerror(errno))});
    }
    const auto damage = recording::damage_of(*opened);
    if (!damage) return static_cast<int>(Exit::ok);
    std::fflush(context.env.out);
    return context.out.fail(*damage);
}

}  // namespace jit::ctl
