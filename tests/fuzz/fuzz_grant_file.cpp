// SPDX-License-Identifier: Apache-2.0
// The whole way of a grant file, rightly signed, so that its content is read.
#include "core/grant.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/support/grant_files.hpp"

using namespace jit::core;
using namespace jit::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Fleet fleet;
    const std::string_view content = text_of(data, size);
    const auto file = fleet.load(content);
    if (!file) {
        expect_told(file.error());
        return 0;
    }
    expect(file->expires > fleet.now && file->serial > 0 && file->signers.size() == 1);
    expect(file->grants.size() + file->dropped.size() <= file->total);
    for (const Grant& grant : file->grants) {
        expect(is_file_grant_id(grant.id) && is_account_name(grant.account) && is_account_name(grant.role));
        expect(grant.not_before < grant.not_after && grant.not_after <= file->expires);
        expect(grant.not_after - grant.not_before <= 8h && grant.approvers.size() == 1);
        expect(!grant.reason.empty() && is_clean(grant.reason) && is_clean(grant.ticket));
        expect(grant.account != "olivia");
    }
    for (const DroppedGrant& dropped : file->dropped) expect(!dropped.code.empty() && is_clean(dropped.text));
    return 0;
}
