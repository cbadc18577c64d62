// SPDX-License-Identifier: Apache-2.0
// What the scripted jitd answers: a request of alice that the calls decide, and texts that would act on a terminal.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace jit::test {

inline constexpr char kHostile[] = "INC-1 \x1b[2J\u202e\u009b\u200b\r\nJIT_EVENT=allow";
inline constexpr char kRequest[] = "00112233445566778899aabbccddeeff";
inline constexpr char kSession[] = "fedcba9876543210fedcba9876543210";
inline constexpr char kHostileRequest[] = "ffeeddccbbaa99887766554433221100";
inline constexpr char kBreakglassRequest[] = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";

struct Fake {
    std::string mode;
    std::FILE* log = nullptr;
    std::string state = "pending";           // of kRequest
    std::string denied;                      // why
    std::uint64_t expires = 4102444800000000;  // 2100-01-01
    int away = 3;                            // so many times Show of "later" is not answered
};

/** Fills the answer to `call`, which decides kRequest when it is a call that does. Negative errno. */
int append_reply(sd_bus_message* reply, sd_bus_message* call, Fake& fake);
/** The signals that jitd sends after such a call. */
int announce(sd_bus* bus, std::string_view member, const Fake& fake);

}  // namespace jit::test
