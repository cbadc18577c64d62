// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/bundle_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/handle.hpp"
#include "core/codes.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/output.hpp"

namespace jit::ctl::evidence {
namespace {

using core::Result;

core::Failure cant(const std::string& path, std::string_view why) {
    return core::fail("FAILED", fmt::format("evidence: can't write {}: {}", path, why));
}

Result<void> put(int fd, std::string_view text, const std::string& path) {
    if (const int error = write_all(fd, text); error != 0) return cant(path, std::strerror(error));
    return {};
}

/** Replacing it would take /dev/null away from everybody. */
Result<void> write_into(const std::string& path, std::string_view text) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) < 0) return cant(path, std::strerror(errno));
    if (S_ISREG(info.st_mode)) return cant(path, "it is a link: name the file itself");
    return put(fd.get(), text, path);
}

Result<void> replace(const std::string& path, std::string_view text) {
    std::string name = path + ".XXXXXX";
    const Fd fd(::mkostemp(name.data(), O_CLOEXEC));  // mode 0600: of others, too, it tells what they did
    if (!fd) return cant(path, std::strerror(errno));
    Temporary next(name);
    if (auto ok = put(fd.get(), text, path); !ok) return ok;
    if (::fsync(fd.get()) < 0) return cant(path, std::strerror(errno));
    if (auto ok = rename_file(name, path); !ok) return ok;
    next.keep();
    return sync_folder(path);
}

std::size_t size_of(const trail::Command& c) {
    return c.session.size() + c.user.size() + c.target.size() + c.command.size() + c.cwd.size();
}

}  // namespace

void put_commands(Bundle& bundle, std::vector<trail::Command> commands) {
    std::size_t kept = 0, bytes = 0;
    while (kept < commands.size() && kept < kMaxCommands && (bytes += size_of(commands[kept])) <= kMaxCommandBytes) ++kept;
    bundle.commands_left_out = commands.size() - kept;
    commands.resize(kept);
    bundle.commands = std::move(commands);
}

Result<std::string> file_text(const Bundle& bundle, JsonMode mode, std::size_t max) {
    std::string out = json_text(versioned(to_json(bundle)), mode) + "\n";
    if (out.size() <= max) return out;
    return core::fail(core::file_code::kTooBig,
                      fmt::format("evidence: grant {}: it would be {} MiB, and verify reads no more than {}", bundle.grant, out.size() >> 20U,
                                  max >> 20U));
}

bool is_stdout(const std::string& path) { return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1"; }

Result<void> write_file(const std::string& path, std::string_view text) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) < 0) return errno == ENOENT ? replace(path, text) : cant(path, std::strerror(errno));
    if (S_ISREG(info.st_mode)) return replace(path, text);
    if (S_ISDIR(info.st_mode)) return cant(path, "it is a folder: name a file in it");
    return write_into(path, text);
}

}  // namespace jit::ctl::evidence
