// SPDX-License-Identifier: Apache-2.0
// The signed file in a bundle: is it the one of the record, is it signed, and does it hold the grant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/grant_file.hpp"
#include "core/trust.hpp"
#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

struct CheckedFile {
    std::vector<core::Signer> signers;  // without trust: one, by the fingerprint of its key
    std::string code, text;             // empty: good
};

/** None when the bundle holds no file. Without `trust` the key is taken as the signature has it: it proves only that it signed. */
std::optional<CheckedFile> check_file(const Bundle& bundle, const Json& story, const core::Trust* trust);

}  // namespace jit::ctl::evidence
