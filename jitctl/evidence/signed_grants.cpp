// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/signed_grants.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/grant_edit.hpp"
#include "core/text.hpp"
#include "jitctl/evidence/accepted_copy.hpp"
#include "jitctl/evidence/approved.hpp"
#include "jitctl/evidence/story.hpp"
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

bool other(const std::string& recorded, const std::string& in_file) { return !recorded.empty() && recorded != in_file; }

/** What the records say of the grant as this file has it; another serial's may have had other words and another window. */
std::string differs(const Bundle& bundle, const core::Grant& grant, std::uint64_t serial) {
    for (const Entry* one : records_about(bundle)) {
        if (value(*one, "JIT_GRANT") != bundle.grant || number_in(*one, "JIT_SERIAL") != serial) continue;
        const auto& event = value(*one, "JIT_EVENT");
        const auto is = [&](const char* what) { return fmt::format("record {}: the grant in it has another {}", value(*one, "JIT_SEQ"), what); };
        const bool of_check = event.starts_with("check.");  // its uid is that of who tried
        if (grant.uid && !of_check && other(value(*one, "JIT_UID"), std::to_string(*grant.uid))) return is("uid");
        if (event != "grant.activated") continue;
        if (value(*one, "JIT_REASON") != core::escape(grant.reason)) return is("reason");
        if (value(*one, "JIT_TICKET") != core::escape(grant.ticket)) return is("ticket");
        const auto end = core::parse_time(value(*one, "JIT_NOT_AFTER"));
        if (end && *end > grant.not_after) return is("end");
        const auto usec = written_usec(*one);
        if (usec != 0 && core::from_usec(std::min(usec, core::to_usec(kLatest))) < grant.not_before - kBetween) return is("begin");
    }
    return {};
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
    if (auto why = differs(bundle, *grant, file->serial); !why.empty()) return bad("CONTRADICTION", std::move(why));
    return out;
}

}  // namespace jit::ctl::evidence
