// SPDX-License-Identifier: Apache-2.0
#include "jitctl/verb_verify_evidence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/handle.hpp"
#include "jitctl/evidence/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/signed_file.hpp"

namespace jit::ctl {

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
    const auto text = read_file(options.file, evidence::kMaxBundle);
    if (!text) return context.out.fail(Exit::failure, text.error());
    const auto bundle = evidence::parse_bundle(*text);
    if (!bundle) return context.out.fail(Exit::failure, bundle.error());
    const auto report = verify(*bundle, means);
    if (context.out.json())
        context.out.object(to_json(report, *bundle));
    else if (!context.out.quiet())
        context.out.text(verdict(report, *bundle, context.out, means.trust != nullptr) + describe(report, *bundle, context.out));
    return static_cast<int>(report.result == core::ChainResult::ok ? Exit::ok : Exit::failure);
}

}  // namespace jit::ctl
