// SPDX-License-Identifier: Apache-2.0
// The approvals by token of a story: each is proven by what its record holds, whoever wrote the record.
#pragma once

#include <string>
#include <vector>

#include "core/trust.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl::evidence {

struct CheckedSignature {
    std::string request, principal, key, fingerprint;
    std::string code;  // empty: good
    std::string text;  // why not
};

/** Against the key in the record, and, if `trust` is given, whether that key may approve this, then. Host limits are not
    checked: a bundle does not know the host's labels. */
std::vector<CheckedSignature> check_signatures(const Json& story, const std::string& host_id, const core::Trust* trust);

}  // namespace jit::ctl::evidence
