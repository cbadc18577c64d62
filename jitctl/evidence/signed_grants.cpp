// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/signed_grants.hpp"

#include <algorithm>

#include "core/grant_edit.hpp"
#include "jitctl/evidence/accepted_copy.hpp"
#include "jitctl/signed_file.hpp"

namespace jit::ctl::evidence {
namespace {

core::Result<core::SignedGrants> loaded(const SignedCopy& copy, const core::Trust* trust) {
    const SignedFile file{"grants.toml", copy.grants, copy.signature};
    if (trust) return check_content(file, *trust);
    const auto blocks = core::parse_signatures(copy.signature, core::kGrantsNamespace);
    if (!blocks) return blocks.failure();
    const auto header = core::read_grant_header(copy.grants, file.path);
    if (!header) return header.failure();
    return check_content(file, trust_in(blocks->front().key, header->org));
}

}  // namespace

std::optional<CheckedFile> check_file(const Bundle& bundle, const Json& story, const core::Trust* trust) {
    if (!bundle.file) return std::nullopt;
    CheckedFile out;
    const auto bad = [&](std::string_view code, std::string text) {
        out.code = code;
        out.text = std::move(text);
        return out;
    };
    const Json& recorded = story["file"];
    if (sha256_of(bundle.file->grants) != text_of(recorded, "sha256")) return bad("CHANGED", "it is not the file that jitd recorded");
    const auto file = loaded(*bundle.file, trust);
    if (!file) return bad(file.error().code, file.error().text);
    out.signers = file->signers;
    if (file->serial != number_of(recorded, "serial")) return bad("CONTRADICTION", "its serial is not that of the record");
    const auto grant = std::ranges::find(file->grants, bundle.grant, &core::Grant::id);
    if (grant == file->grants.end()) return bad("CONTRADICTION", "the grant is not in it");
    if (grant->account != text_of(story["grant"], "account") || grant->role != text_of(story["grant"], "role"))
        return bad("CONTRADICTION", "the grant in it is of another account or role");
    return out;
}

}  // namespace jit::ctl::evidence
