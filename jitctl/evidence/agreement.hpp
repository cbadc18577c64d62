// SPDX-License-Identifier: Apache-2.0
// Whether the records about a grant say the same of it: a signature proves one request, and only then a grant.
#pragma once

#include <string>

#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

/** Empty when all are of one account, uid and role, say of each request what the grant says of it, and the grant was for no
    longer than the signed approvals allowed; else what does not fit, and in which record. */
std::string disagreement(const Bundle& bundle, const Json& story);

}  // namespace jit::ctl::evidence
