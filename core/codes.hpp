// SPDX-License-Identifier: Apache-2.0
// The codes people and programs see: verdicts of a check, and what is wrong with a grant file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jit::core {

/** Verdict of a decision. A default-constructed one denies. */
enum class Code {
    unavailable,
    no_grant,
    pending,
    not_yet,
    expired,
    revoked,
    released,
    locked,
    target,
    service,
    role_unknown,
    identity,
    self,
    clock_back,
    audit,
    recovery,
    recording,
    config,
    grant,       // allows
    exempt,      // allows
    permissive,  // allows
};

/** "NO_GRANT". */
std::string_view to_string(Code code);
std::optional<Code> code_from(std::string_view name);
[[nodiscard]] bool allows(Code code);
/** The last word of the D-Bus error name: NO_GRANT is NoGrant. */
std::string camel_case(std::string_view code);

// File codes are strings, written once here; core::Error::code carries them.
namespace file_code {
inline constexpr std::string_view kClockBack = "CLOCK_BACK", kMissing = "MISSING", kNotRegular = "NOT_REGULAR",
    kOwner = "OWNER", kMode = "MODE", kUnreadable = "UNREADABLE", kTooBig = "TOO_BIG", kChanged = "CHANGED",
    kSigFormat = "SIG_FORMAT", kNamespace = "NAMESPACE", kUnknownKey = "UNKNOWN_KEY", kKeyUse = "KEY_USE",
    kKeyWindow = "KEY_WINDOW", kKeyRevoked = "KEY_REVOKED", kBadSignature = "BAD_SIGNATURE",
    kThreshold = "THRESHOLD", kLint = "LINT", kParse = "PARSE", kField = "FIELD", kFormat = "FORMAT", kOrg = "ORG",
    kIssued = "ISSUED", kExpired = "EXPIRED", kLifetime = "LIFETIME", kRollback = "ROLLBACK",
    kEquivocation = "EQUIVOCATION", kFastForward = "FAST_FORWARD",
    // of single grants
    kLimit = "LIMIT", kSelf = "SELF", kRoleUnknown = "ROLE_UNKNOWN", kIdentity = "IDENTITY", kDuplicate = "DUPLICATE";
}  // namespace file_code

}  // namespace jit::core
