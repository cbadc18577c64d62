// SPDX-License-Identifier: Apache-2.0
// The approvals by token of a story: each is proven by what its record holds, whoever wrote the record.
#pragma once

#include <string>
#include <vector>

#include "core/trust.hpp"
#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

struct CheckedSignature {
    std::string request, principal, key, fingerprint;
    std::string code;  // empty: good
    std::string text;  // why not
    bool counted = true;  // in the end; not that of somebody who was locked before the others had approved
};

/** Against the key in the record, and, if `trust` is given, whether that key may approve this, then. Host limits are not
    checked: a bundle does not know the host's labels. */
std::vector<CheckedSignature> check_signatures(const Bundle& bundle, const Json& story, const core::Trust* trust);

}  // namespace jit::ctl::evidence
