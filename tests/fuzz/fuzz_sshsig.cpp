// SPDX-License-Identifier: Apache-2.0
// Signature files: the armour as it is, or the first byte says that the rest is a blob to be armoured.
#include <sodium.h>

#include "core/sshsig.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/support/test_key.hpp"

using namespace jit::core;
using namespace jit::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest = text_of(data + 1, size - 1);
    if (data[0] == 'k') {
        const auto key = parse_public_key(rest);
        if (!key) expect_told(key.error());
        return 0;
    }
    const auto blocks = parse_signatures(data[0] == 'b' ? armor(rest) : std::string(rest), kGrantsNamespace);
    if (!blocks) {
        expect_told(blocks.error());
        return 0;
    }
    expect(!blocks->empty() && blocks->size() <= kMaxSignatureBlocks);
    for (const SignatureBlock& block : *blocks) {
        expect((block.flags & 0xFAU) == 0 && (block.key.hardware || block.flags == 0));
        // Nobody can have signed what is not known before.
        Sha512 digest{};
        crypto_generichash(digest.data(), digest.size(), data, size, nullptr, 0);
        expect(!verify(block, kGrantsNamespace, digest));
    }
    return 0;
}
