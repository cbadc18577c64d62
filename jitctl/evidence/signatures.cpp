// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/signatures.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <nlohmann/json.hpp>

#include "core/approval_text.hpp"
#include "core/key_rules.hpp"
#include "core/sshsig.hpp"

namespace jit::ctl::evidence {
namespace {

constexpr std::size_t kMaxSignatures = 1000;
constexpr std::string_view kKeyOf = "key:";

/** What the text says must be what the records say. */
std::string contradiction(const core::ApprovalText& text, const Json& request, const std::string& host_id) {
    const auto differs = [&](const char* what, const std::string& signed_value, const std::string& recorded) {
        return signed_value == recorded ? std::string() : fmt::format("{}: {} was signed, the record has {}", what, signed_value, recorded);
    };
    for (const auto& why : {differs("host", text.host_id, host_id), differs("request", text.request, text_of(request, "id")),
                            differs("account", text.account, text_of(request, "account")),
                            differs("uid", std::to_string(text.uid), std::to_string(number_of(request, "uid").value_or(0))),
                            differs("role", text.role, text_of(request, "role")),
                            differs("reason", text.reason, text_of(request, "reason")),
                            differs("ticket", text.ticket, text_of(request, "ticket"))})
        if (!why.empty()) return why;
    return {};
}

struct Verdict {
    std::string_view code;
    std::string text;
};

/** Whether the key counted, at the time of the approval. */
Verdict trusted(const core::Trust& trust, const CheckedSignature& checked, const core::SignatureBlock& block,
                const core::ApprovalText& text, std::uint64_t time_usec) {
    const auto* key = trust.find(block.key);
    if (!key) return {"UNKNOWN_KEY", "the key is not in trust.toml"};
    if (key->id != checked.key) return {"UNKNOWN_KEY", fmt::format("trust.toml calls this key {}, the record {}", key->id, checked.key)};
    if (key->principal != checked.principal)
        return {"UNKNOWN_KEY", fmt::format("trust.toml says that the key is of {}, the record of {}", key->principal, checked.principal)};
    if (text.org != trust.org) return {"ORG", fmt::format("it was signed for {}, trust.toml is of {}", text.org, trust.org)};
    const auto use = text.breakglass ? core::KeyUse::breakglass : core::KeyUse::approve;
    if (const auto why = core::unfit(*key, use, core::from_usec(time_usec))) return {why->code, why->text};
    if (const auto why = core::not_present(*key, block.flags); !why.empty()) return {"BAD_SIGNATURE", why};
    if (const auto why = core::beyond_limits(*key, text.role, nullptr, text.duration); !why.empty()) return {"LIMIT", why};
    return {};
}

Verdict check(CheckedSignature& checked, const Json& request, const Json& approval, const std::string& host_id,
              const core::Trust* trust) {
    const std::string signed_text = text_of(approval, "signed_text"), signature = text_of(approval, "signature");
    if (signature.empty()) return {"BAD_SIGNATURE", "the record of this token holds no signature"};
    const auto key = core::parse_public_key(text_of(approval, "public_key"));
    if (!key) return {"FORMAT", key.error().text};
    checked.fingerprint = core::fingerprint(*key);
    const auto text = core::parse_approval_text(signed_text);
    if (!text || text->text() != signed_text) return {"FORMAT", "the signed text is not one that jitd makes"};
    const auto blocks = core::parse_signatures(signature, text->ns());
    if (!blocks || blocks->size() != 1) return {"BAD_SIGNATURE", "it is no signature of an approval"};
    const auto& block = blocks->front();
    core::Sha512 digest{};
    crypto_hash_sha512(digest.data(), reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size());
    if (!(block.key == *key) || !core::verify(block, text->ns(), digest)) return {"BAD_SIGNATURE", "the key did not sign this text"};
    if (const auto why = contradiction(*text, request, host_id); !why.empty()) return {"CONTRADICTION", why};
    return trust ? trusted(*trust, checked, block, *text, number_of(approval, "time_usec").value_or(0)) : Verdict{};
}

}  // namespace

std::vector<CheckedSignature> check_signatures(const Json& story, const std::string& host_id, const core::Trust* trust) {
    std::vector<CheckedSignature> out;
    for (const auto& request : story["requests"]) {
        for (const auto& approval : request["approvals"]) {
            const std::string via = text_of(approval, "via");
            if (!via.starts_with(kKeyOf) && text_of(approval, "signature").empty()) continue;
            CheckedSignature checked;
            if (out.size() == kMaxSignatures) {
                checked.code = "TOO_MANY";
                checked.text = "there are more approvals by token than a grant can have";
                out.push_back(std::move(checked));
                return out;
            }
            checked.request = text_of(request, "id");
            checked.principal = text_of(approval, "principal");
            checked.key = via.starts_with(kKeyOf) ? via.substr(kKeyOf.size()) : "";
            const auto verdict = check(checked, request, approval, host_id, trust);
            checked.code = verdict.code;
            checked.text = verdict.text;
            out.push_back(std::move(checked));
        }
    }
    return out;
}

}  // namespace jit::ctl::evidence
