// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_file.hpp"

#include "core/codes.hpp"
#include "jitctl/file_io.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxConfig = 1U << 20;

template <class T>
std::optional<T> read_if_there(const std::string& path, core::Result<T> (*parse)(std::string_view, std::string_view)) {
    const auto text = read_file(path, kMaxConfig);
    if (!text) return text.error().code == core::file_code::kMissing ? std::optional<T>(T{}) : std::nullopt;
    auto value = parse(*text, path);
    return value ? std::optional<T>(std::move(*value)) : std::nullopt;
}

}  // namespace

std::string policy_path(const Environment& env) {
    const std::string own = env.config_dir + "/policy.toml";
    return exists(own) ? own : env.vendor_dir + "/policy.toml";
}

core::Result<core::Policy> read_policy(const std::string& path) {
    const auto text = read_file(path, kMaxConfig);
    if (!text) return text.failure();
    return core::parse_policy(*text, path);
}

std::optional<core::Trust> trust_here(const Environment& env) {
    return read_if_there(env.config_dir + "/trust.toml", core::parse_trust);
}

std::optional<core::Host> host_here(const Environment& env) {
    return read_if_there(env.config_dir + "/host.toml", core::parse_host);
}

}  // namespace jit::ctl
