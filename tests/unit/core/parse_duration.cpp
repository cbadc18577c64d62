// SPDX-License-Identifier: Apache-2.0
// parse_duration SPAN: prints its microseconds, or fails; for the comparison with systemd-analyze.
#include <cstdio>

#include "core/duration.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto span = jit::core::parse_duration(argv[1]);
    if (!span) return 1;
    std::printf("%lld\n", static_cast<long long>(span->count()));
    return 0;
}
