// SPDX-License-Identifier: Apache-2.0
#include "jitctl/verb_verify_evidence.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/handle.hpp"
#include "jitctl/evidence/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/signed_file.hpp"

namespace jit::ctl {
namespace {

/** To its end. */
core::Result<std::string> read_stream(const std::string& path) {
    const bool own = path == "-" || path == "/dev/stdin";  // opened again, it could be another's
    const Fd fd(own ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    const std::string name = own ? "standard input" : path;
    std::string text, chunk(64U << 10, '\0');
    while (fd) {
        const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        text.append(chunk, 0, static_cast<std::size_t>(n));
        if (!text.starts_with('{')) return core::fail("FORMAT", name + ": no evidence; a grant file must be named, so that its signature is found");
        if (text.size() > evidence::kMaxBundle) return core::fail("TOO_BIG", name + ": larger than evidence can be");
        if (n == 0) return text;
    }
    return core::fail("UNREADABLE", fmt::format("{}: {}", name, std::strerror(errno)));
}

}  // namespace

bool is_stream(const std::string& path) {
    return path == "-" || path == "/dev/stdin" || path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/");
}

bool is_evidence(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat info {};
    char first = '\0';
    return fd && ::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode) && ::read(fd.get(), &first, 1) == 1 && first == '{';
}

int verify_evidence(const Context& context, const VerifyOptions& options) {
    if (!options.host.empty() || options.against_accepted)
        return context.out.fail({std::string(code::kUsage), "verify: --host and --against-accepted are of grant files, this is evidence"});
    evidence::Means means;
    std::optional<core::Trust> trust;
    if (!options.trust.empty()) {
        auto read = read_trust(options.trust);
        if (!read) return context.out.fail(Exit::failure, read.error());
        means.trust = &trust.emplace(std::move(*read));
    }
    means.head = options.head;
    means.recordings = options.recordings;
    auto text = is_stream(options.file) ? read_stream(options.file) : read_file(options.file, evidence::kMaxBundle);
    if (!text) return context.out.fail(Exit::failure, text.error());
    const auto bundle = evidence::parse_bundle(*std::move(text));
    if (!bundle) return context.out.fail(Exit::failure, bundle.error());
    const auto report = verify(*bundle, means);
    if (context.out.json())
        context.out.object(to_json(report, *bundle));
    else if (!context.out.quiet())
        context.out.text(verdict(report, *bundle, context.out, means.trust != nullptr) + describe(report, *bundle, context.out));
    return static_cast<int>(report.result == core::ChainResult::ok ? Exit::ok : Exit::failure);
}

}  // namespace jit::ctl
