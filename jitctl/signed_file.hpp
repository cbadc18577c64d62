// SPDX-License-Identifier: Apache-2.0
// A grant file with its signature, read, checked and replaced as one. Used by grant, revoke, sign,
// verify.
#pragma once

#include <string>
#include <string_view>

#include "core/grant_file.hpp"
#include "core/result.hpp"
#include "core/trust.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

struct SignedFile {
    std::string path, text, signature;
};

core::Result<SignedFile> read_signed_file(const std::string& path);
core::Result<core::Trust> read_trust(const std::string& path);

/** Trusts one key for everything: for a look at what that key has signed. */
core::Trust trust_in(const core::PublicKey& key, std::string_view org);

/** Every check but those of time, host and policy, as an editor needs them: an expired file can be
 * renewed. */
core::Result<core::SignedGrants> check_content(const SignedFile& file, const core::Trust& trust);
/** As a host would check it on delivery, host and role limits left out. */
core::Result<core::SignedGrants> check_delivery(const SignedFile& file, const core::Trust& trust,
                                                core::Wall now);

/** The armoured signature of `text` by `key`, made in a temporary file beside `path`. */
core::Result<std::string> make_signature(const Environment& env, const std::string& path,
                                         std::string_view text, const std::string& key);

/** Puts both in place, the signature first as a delivery does; a failure leaves the old pair. */
core::Result<void> replace_pair(const SignedFile& file);
core::Result<void> replace_signature(const SignedFile& file);

}  // namespace jit::ctl
