// SPDX-License-Identifier: Apache-2.0
// jitd's copy of the grant file it serves, with the signature it was accepted by.
#pragma once

#include <string>

#include "core/result.hpp"
#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

/** As jitd keeps it in its state folder: "JITPAIR1", 64-bit LE length of the signature, signature, file. */
core::Result<SignedCopy> read_accepted(const std::string& path);
/** SHA-256 in hex, as the record file.accepted has it. */
std::string sha256_of(std::string_view bytes);

}  // namespace jit::ctl::evidence
