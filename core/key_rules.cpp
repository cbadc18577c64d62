// SPDX-License-Identifier: Apache-2.0
#include "core/key_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/codes.hpp"
#include "core/duration.hpp"

namespace jit::core {
namespace {

constexpr std::uint8_t kTouched = 0x01, kVerified = 0x04;

std::string_view name_of(KeyUse use) {
    switch (use) {
        case KeyUse::grant: return "grant";
        case KeyUse::approve: return "approve";
        case KeyUse::breakglass: return "breakglass";
    }
    return "";
}

bool may(const TrustKey& key, KeyUse use) {
    switch (use) {
        case KeyUse::grant: return key.use_grant;
        case KeyUse::approve: return key.use_approve;
        case KeyUse::breakglass: return key.use_breakglass;
    }
    return false;
}

}  // namespace

bool in_force(const Trust& trust, std::string_view id) {
    return std::any_of(trust.keys.begin(), trust.keys.end(), [&](const TrustKey& key) { return key.id == id && !key.revoked; });
}

std::optional<Unfit> unfit(const TrustKey& key, KeyUse use, Wall now) {
    if (key.revoked) return Unfit{file_code::kKeyRevoked, fmt::format("key {}: is revoked", key.id)};
    if (!may(key, use)) {
        return Unfit{file_code::kKeyUse, fmt::format("key {}: lacks \"{}\" in its uses", key.id, name_of(use))};
    }
    if (key.not_before && now < *key.not_before) {
        return Unfit{file_code::kKeyWindow,
                     fmt::format("key {}: is valid from {} on", key.id, format_time(*key.not_before))};
    }
    if (key.not_after && now >= *key.not_after) {
        return Unfit{file_code::kKeyWindow,
                     fmt::format("key {}: was valid until {}", key.id, format_time(*key.not_after))};
    }
    return std::nullopt;
}

std::string not_present(const TrustKey& key, std::uint8_t flags) {
    if (!key.key.hardware) return {};
    if ((flags & kTouched) == 0) return fmt::format("key {}: was used without touch", key.id);
    if (key.require_verify && (flags & kVerified) == 0) return fmt::format("key {}: was used without PIN", key.id);
    return {};
}

std::string beyond_limits(const TrustKey& key, std::string_view role, const Host* host, Usec duration) {
    if (std::none_of(key.roles.begin(), key.roles.end(),
                     [&](const std::string& glob) { return glob_match(glob, role); })) {
        return fmt::format("key {} may not sign for role {}", key.id, role);
    }
    if (host != nullptr && !key.hosts.match(*host)) return fmt::format("key {} may not sign for this host", key.id);
    if (duration > key.max_duration) {
        return fmt::format("{} is longer than the {} that key {} may sign for", format_duration(duration),
                           format_duration(key.max_duration), key.id);
    }
    return {};
}

}  // namespace jit::core
