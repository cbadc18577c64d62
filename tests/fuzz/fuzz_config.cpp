// SPDX-License-Identifier: Apache-2.0
// The files of the host itself; the first byte says which.
#include "core/policy.hpp"
#include "core/settings.hpp"
#include "core/trust.hpp"
#include "tests/fuzz/expect.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

template <class T>
void expect_told_or_taken(const Result<T>& result) {
    if (!result) expect_told(result.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = text_of(data + 1, size - 1);
    switch (data[0]) {
        case 't': {
            const auto trust = parse_trust(text, "trust.toml");
            expect_told_or_taken(trust);
            if (trust) expect(trust->grant_threshold >= 1 && !trust->org.empty());
            break;
        }
        case 'p':
            expect_told_or_taken(parse_policy(text, "policy.toml"));
            break;
        case 'h':
            expect_told_or_taken(parse_host(text, "host.toml"));
            break;
        default: {
            Settings settings;
            expect_told_or_taken(merge_settings(settings, text, "jitd.toml"));
        }
    }
    return 0;
}
