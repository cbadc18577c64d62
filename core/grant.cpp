// SPDX-License-Identifier: Apache-2.0
#include "core/grant.hpp"

namespace jit::core {

std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::file:
            return "file";
        case Origin::local:
            return "local";
        case Origin::request:
            return "request";
        case Origin::token:
            return "token";
        case Origin::breakglass:
            return "breakglass";
    }
    return "file";
}

}  // namespace jit::core
