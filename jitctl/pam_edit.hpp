// SPDX-License-Identifier: Apache-2.0
// Text of a PAM service file in, text out: puts JIT's lines in, takes them out, tells how they
// stand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace jit::ctl {

/** Strictness of the lines: `permissive` lets everybody pass and records who would have been
 * denied. */
enum class PamMode { enforce, permissive };

enum class PamPlace { first_account, first_session, last_session };

struct PamLine {
    PamPlace place;
    std::string text;  // with the marker, without the newline
};

/** How the gate stands in one file. */
enum class PamState { off, on, permissive, partial, out_of_order };
std::string_view to_string(PamState state);  // "out of order"

/** The lines that gate `service` (sudo, su, sshd). */
std::vector<PamLine> gate_lines(std::string_view service, PamMode mode);
/** The lines that keep an ungated su inside its jit scope; they belong to service sudo. */
std::vector<PamLine> nest_lines();

/** Puts `lines` in, byte for byte removable. A stack that includes one of `siblings` (files that
 * get the same lines) has them already. FIELD: the file can't be gated as it is. */
core::Result<std::string> insert_lines(std::string_view text, const std::vector<PamLine>& lines,
                                       const std::vector<std::string>& siblings);
/** Takes out the lines marked for `service`. */
std::string remove_lines(std::string_view text, std::string_view service);

/** A whole file for a service that has none: it does as `base`, where libpam would have looked. */
std::string new_file(std::string_view service, std::string_view base);
/** Whether `text` is a file `new_file` made, whatever was put in since. */
[[nodiscard]] bool is_new_file(std::string_view text, std::string_view service);

struct PamReading {
    PamState state = PamState::off;
    bool by_sibling = false;  // at least one stack gets its lines from a sibling it includes
    bool wholly_by_sibling = false;
    bool nests = false;  // has lines that keep a nested su in its scope
    std::size_t line = 0;  // 1-based, of the first rule that is not in order; 0: none
};
PamReading read_state(std::string_view text, std::string_view service,
                      const std::vector<std::string>& siblings);
/** 1-based line of the first rule that names the module; 0: none. */
std::size_t line_of_module(std::string_view text);

}  // namespace jit::ctl
