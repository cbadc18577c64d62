// SPDX-License-Identifier: Apache-2.0
// A grant: one account may use one role for a window of time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace jit::core {

enum class Origin { file, local, request, token, breakglass };

struct Grant {
    std::string id;  // [A-Za-z0-9_-]{1,64} from a file, 32 hex digits when jitd made it
    Origin origin = Origin::file;
    std::string account;
    std::optional<std::uint32_t> uid;  // pinned by the file or at creation
    std::string role;
    Wall not_before;
    Wall not_after;  // already capped by the file's `expires` when from a file
    std::string reason;
    std::string ticket;
    std::vector<std::string> approvers;  // principals
    std::vector<std::string> keys;       // ids in trust.toml
    std::string request;
    std::uint64_t serial = 0;  // of the file; 0 = not from a file
};

/** "file", "local", ... as in the JSON field `origin`. */
std::string_view to_string(Origin origin);

}  // namespace jit::core
