// SPDX-License-Identifier: Apache-2.0
#include "jitctl/exit_code.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace jit::ctl {
namespace {

#define JITD "org.jitd1.Error."
#define DBUS "org.freedesktop.DBus.Error."

constexpr auto kRows = std::to_array<BusErrorRow>({
    {JITD "NotFound", "NOT_FOUND", Exit::not_found},
    {JITD "AccessDenied", "ACCESS_DENIED", Exit::denied},
    {JITD "InvalidArgument", "INVALID_ARGUMENT", Exit::usage},
    {JITD "LimitsExceeded", "LIMITS_EXCEEDED", Exit::failure},
    {JITD "Failed", "FAILED", Exit::failure},
    {JITD "NotDurable", "NOT_DURABLE", Exit::failure},  // done, until restart only

    {JITD "Unavailable", "UNAVAILABLE", Exit::unreachable},
    {JITD "NoGrant", "NO_GRANT", Exit::denied},
    {JITD "Pending", "PENDING", Exit::pending},
    {JITD "NotYet", "NOT_YET", Exit::denied},
    {JITD "Expired", "EXPIRED", Exit::denied},
    {JITD "Revoked", "REVOKED", Exit::denied},
    {JITD "Released", "RELEASED", Exit::denied},
    {JITD "Locked", "LOCKED", Exit::denied},
    {JITD "Target", "TARGET", Exit::denied},
    {JITD "Service", "SERVICE", Exit::denied},
    {JITD "RoleUnknown", "ROLE_UNKNOWN", Exit::denied},
    {JITD "Identity", "IDENTITY", Exit::denied},
    {JITD "Self", "SELF", Exit::denied},
    {JITD "ClockBack", "CLOCK_BACK", Exit::denied},
    {JITD "Audit", "AUDIT", Exit::denied},
    {JITD "Recovery", "RECOVERY", Exit::denied},
    {JITD "Recording", "RECORDING", Exit::denied},
    {JITD "Config", "CONFIG", Exit::denied},
    {JITD "Limit", "LIMIT", Exit::denied},
    {JITD "AlreadyDecided", "ALREADY_DECIDED", Exit::failure},
    {JITD "BadToken", "BAD_TOKEN", Exit::denied},
    {JITD "TokenUsed", "TOKEN_USED", Exit::denied},
    {JITD "KeyRevoked", "KEY_REVOKED", Exit::denied},
    {JITD "KeyUse", "KEY_USE", Exit::denied},
    {JITD "KeyWindow", "KEY_WINDOW", Exit::denied},

    {DBUS "AccessDenied", "ACCESS_DENIED", Exit::denied},
    {DBUS "InteractiveAuthorizationRequired", "ACCESS_DENIED", Exit::denied},
    {DBUS "InvalidArgs", "INVALID_ARGUMENT", Exit::usage},
    {DBUS "LimitsExceeded", "LIMITS_EXCEEDED", Exit::failure},
    {DBUS "Failed", "FAILED", Exit::failure},
    {DBUS "NoMemory", "FAILED", Exit::failure},
    {DBUS "UnknownMethod", "UNSUPPORTED", Exit::failure},
    {DBUS "UnknownInterface", "UNSUPPORTED", Exit::failure},
    {DBUS "UnknownObject", "UNSUPPORTED", Exit::failure},
    {DBUS "ServiceUnknown", "UNREACHABLE", Exit::unreachable},
    {DBUS "NameHasNoOwner", "UNREACHABLE", Exit::unreachable},
    {DBUS "NoServer", "UNREACHABLE", Exit::unreachable},
    {DBUS "Disconnected", "UNREACHABLE", Exit::unreachable},
    {DBUS "NoReply", "UNREACHABLE", Exit::unreachable},
    {DBUS "Timeout", "TIMEOUT", Exit::unreachable},
    {DBUS "TimedOut", "TIMEOUT", Exit::unreachable},
});

#undef JITD

std::string upper_snake(std::string_view camel) {
    std::string out;
    for (const char c : camel) {
        const auto u = static_cast<unsigned char>(c);
        if (std::isalnum(u) == 0) continue;
        if (std::isupper(u) != 0 && !out.empty()) out += '_';
        out += static_cast<char>(std::toupper(u));
    }
    return out.empty() ? std::string(code::kFailed) : out;
}

}  // namespace

std::span<const BusErrorRow> bus_errors() { return kRows; }

std::string code_of_bus_error(std::string_view name) {
    const auto* row = std::ranges::find(kRows, name, &BusErrorRow::name);
    if (row != kRows.end()) return std::string(row->code);
    // The bus could not have jitd started: its unit is masked, missing or fails.
    if (name.starts_with("org.freedesktop.systemd1.") || name.starts_with(DBUS "Spawn."))
        return std::string(code::kUnreachable);
    return upper_snake(name.substr(name.rfind('.') + 1));
}

#undef DBUS

Exit exit_of(std::string_view code) {
    if (code == code::kUsage) return Exit::usage;
    const auto* row = std::ranges::find(kRows, code, &BusErrorRow::code);
    return row != kRows.end() ? row->exit : Exit::failure;
}

}  // namespace jit::ctl
