// SPDX-License-Identifier: Apache-2.0
#include "jitd/reply.hpp"

#include <sodium.h>

#include "common/names.hpp"
#include "core/record.hpp"
#include "core/text.hpp"

namespace jit::daemon {

// sd-bus sends no text that is not UTF-8, which a word cut in the middle of a character is not.
std::string error_text(const core::Error& error) { return core::escape(error.text); }

int refuse(sd_bus_message* call, const core::Error& error) {
    const auto name = kErrorPrefix + error.code;
    const auto text = error_text(error);
    const sd_bus_error bus_error = {name.c_str(), text.c_str(), 0};
    return sd_bus_reply_method_error(call, &bus_error);
}

std::string random_id() {
    unsigned char bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    return core::to_hex(bytes, sizeof bytes);
}

}  // namespace jit::daemon
