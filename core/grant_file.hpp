// SPDX-License-Identifier: Apache-2.0
// Loads a signed grant file: every check of jit-files(5) in its order, streamed, memory flat.
// Called by jitd's worker for a delivery and for its accepted copy, and by `jitctl verify`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/grant.hpp"
#include "core/host.hpp"
#include "core/policy.hpp"
#include "core/result.hpp"
#include "core/sshsig.hpp"
#include "core/time.hpp"
#include "core/trust.hpp"

namespace jit::core {

inline constexpr std::size_t kMaxGrantFile = 64U << 20;
inline constexpr std::size_t kMaxSignatureFile = 64U << 10;

/** The bytes of the file, read twice: once to hash, once to parse. They must not change in between. */
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /** Fills a part of `out`; 0 = end. */
    virtual Result<std::size_t> read(std::span<char> out) = 0;
    virtual Result<void> rewind() = 0;
};

/** What the host remembers of the last accepted file. */
struct FileMarks {
    std::uint64_t serial = 0;  // 0 = none accepted yet
    Sha256 sha256{};
};

enum class LoadMode {
    delivered,  // all checks
    accepted,   // the accepted copy again: serial and `issued` are not checked
};

struct LoadRequest {
    ByteSource& grants;
    std::string_view signature;  // the whole .sig
    std::string_view name;       // of the grant file, for messages
    const Trust& trust;
    const Policy* policy = nullptr;  // none: role limits are not checked (verify on another machine)
    const Host* host = nullptr;      // none: host limits are not checked and no grant is dropped for its host
    Wall now{};
    FileMarks marks;
    LoadMode mode = LoadMode::delivered;
};

struct Signer {
    std::string key;  // id in trust.toml
    std::string principal;
};

struct DroppedGrant {
    std::string id;
    std::string code;
    std::string text;
    std::uint32_t line = 0;
};

struct SignedGrants {
    std::uint64_t serial = 0;
    Wall issued, expires;
    Sha256 sha256{};
    bool unchanged = false;  // same serial and hash as the marks: nothing new (grants are still filled)
    std::vector<Signer> signers;
    std::vector<Grant> grants;          // of this host, valid
    std::vector<DroppedGrant> dropped;  // of this host, by code
    std::size_t total = 0;              // tables in the file
};

Result<SignedGrants> load_grant_file(const LoadRequest& request);

}  // namespace jit::core
