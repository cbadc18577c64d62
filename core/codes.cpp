// SPDX-License-Identifier: Apache-2.0
#include "core/codes.hpp"

#include <array>
#include <utility>

namespace jit::core {

namespace {

constexpr std::array<std::pair<Code, std::string_view>, 21> kNames = {{
    {Code::unavailable, "UNAVAILABLE"},
    {Code::no_grant, "NO_GRANT"},
    {Code::pending, "PENDING"},
    {Code::not_yet, "NOT_YET"},
    {Code::expired, "EXPIRED"},
    {Code::revoked, "REVOKED"},
    {Code::released, "RELEASED"},
    {Code::locked, "LOCKED"},
    {Code::target, "TARGET"},
    {Code::service, "SERVICE"},
    {Code::role_unknown, "ROLE_UNKNOWN"},
    {Code::identity, "IDENTITY"},
    {Code::self, "SELF"},
    {Code::clock_back, "CLOCK_BACK"},
    {Code::audit, "AUDIT"},
    {Code::recovery, "RECOVERY"},
    {Code::recording, "RECORDING"},
    {Code::config, "CONFIG"},
    {Code::grant, "GRANT"},
    {Code::exempt, "EXEMPT"},
    {Code::permissive, "PERMISSIVE"},
}};

}  // namespace

std::string_view to_string(Code code) {
    for (const auto& [value, name] : kNames) {
        if (value == code) return name;
    }
    return "UNAVAILABLE";
}

std::optional<Code> code_from(std::string_view name) {
    for (const auto& [value, text] : kNames) {
        if (text == name) return value;
    }
    return std::nullopt;
}

bool allows(Code code) {
    switch (code) {
        case Code::grant:
        case Code::exempt:
        case Code::permissive:
            return true;
        case Code::unavailable:
        case Code::no_grant:
        case Code::pending:
        case Code::not_yet:
        case Code::expired:
        case Code::revoked:
        case Code::released:
        case Code::locked:
        case Code::target:
        case Code::service:
        case Code::role_unknown:
        case Code::identity:
        case Code::self:
        case Code::clock_back:
        case Code::audit:
        case Code::recovery:
        case Code::recording:
        case Code::config:
            return false;
    }
    return false;
}

std::string camel_case(std::string_view code) {
    std::string out;
    bool first = true;
    for (const char c : code) {
        if (c == '_') {
            first = true;
            continue;
        }
        const bool upper = c >= 'A' && c <= 'Z';
        out += upper && !first ? static_cast<char>(c - 'A' + 'a') : c;
        first = false;
    }
    return out;
}

}  // namespace jit::core
