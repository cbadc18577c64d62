// SPDX-License-Identifier: Apache-2.0
// Text from people: refused or escaped at entry and at print, so that one event stays one line.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace jit::core {

inline constexpr std::size_t kMaxReason = 512;  // bytes
inline constexpr std::size_t kMaxTicket = 64;

/** Valid UTF-8 without control (C0, DEL, C1), bidi, zero-width, line or paragraph separator characters. */
[[nodiscard]] bool is_clean(std::string_view text);
/** Unclean characters as \xNN or \u{NNNN}, invalid bytes as \xNN; printable on any terminal. */
std::string escape(std::string_view text);
/** The same, with its line ends: of a signed text, which must stay what was signed. */
std::string escape_lines(std::string_view text);
/** Non-blank, clean, at most `max` bytes. `what` names the field in the message. Code FIELD. */
Result<void> check_text(std::string_view text, std::string_view what, std::size_t max);

/** [a-z_][a-z0-9_.-]{0,31}, not digits only. */
[[nodiscard]] bool is_account_name(std::string_view name);
/** What a directory may call an account, as alice@corp.example.com or CORP\alice: clean, at most 256 bytes, without / and :. */
[[nodiscard]] bool is_any_account_name(std::string_view name);
/** [A-Za-z0-9_-]{1,64} and not 32 hex digits. */
[[nodiscard]] bool is_file_grant_id(std::string_view id);
/** [A-Za-z0-9._@-]{1,64}: organisations, principals, ids of keys. */
[[nodiscard]] bool is_plain_id(std::string_view id);
/** 32 lower-case hex digits: an id jitd made. */
[[nodiscard]] bool is_own_id(std::string_view id);

}  // namespace jit::core
