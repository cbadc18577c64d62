// SPDX-License-Identifier: Apache-2.0
// ssh-keygen(1) does the signing: it knows key files, passphrases, agents and hardware keys.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/sshsig.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

/** The public part of `key`: a private key file, or a public key file. */
core::Result<core::PublicKey> public_part(const Environment& env, const std::string& key);

/** Signs `file` in this namespace into `file`.sig, which must not exist. Asks for a passphrase on a terminal only. */
core::Result<void> ssh_sign(const Environment& env, const std::string& key, const std::string& file, std::string_view ns);

}  // namespace jit::ctl
