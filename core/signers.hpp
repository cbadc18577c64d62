// SPDX-License-Identifier: Apache-2.0
// Whose signatures make a grant file authentic; called by the loader before it looks at the
// content.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sshsig.hpp"
#include "core/trust.hpp"

namespace jit::core {

/** How many principals must have signed; never none. */
[[nodiscard]] std::size_t needed_principals(const Trust& trust);
/** Number of distinct principals behind `keys`. */
[[nodiscard]] std::size_t count_principals(const std::vector<const TrustKey*>& keys);

/**
 * The keys that count, each once. Codes SIG_FORMAT NAMESPACE UNKNOWN_KEY BAD_SIGNATURE THRESHOLD,
 * or KEY_REVOKED KEY_USE KEY_WINDOW when that is why the threshold is missed. `file` names the
 * .sig.
 */
Result<std::vector<const TrustKey*>> counted_keys(std::string_view signature, std::string_view file,
                                                  const Sha512& digest, const Trust& trust,
                                                  Wall now);

}  // namespace jit::core
