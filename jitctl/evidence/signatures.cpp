// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/signatures.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/approval_text.hpp"
#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/key_rules.hpp"
#include "core/sshsig.hpp"
#include "jitctl/evidence/approved.hpp"
#include "jitctl/evidence/story.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl::evidence {
namespace {

constexpr std::size_t kMaxSignatures = 1000;
constexpr std::string_view kKeyOf = "key:";

/** What was signed, and the id that its record has of the host: by the end of the bundle it may be another. */
using SignedOn = std::set<std::pair<std::string, std::string>>;

std::string host_of(const core::ApprovalText& text, const SignedOn& texts) {
    if (texts.contains({text.text(), text.host_id})) return text.host_id;
    const auto other = texts.lower_bound({text.text(), ""});
    return other == texts.end() ? "" : other->second;
}

std::string differs(const char* what, const std::string& signed_value, const std::string& recorded) {
    return signed_value == recorded ? std::string() : fmt::format("{}: {} was signed, the record has {}", what, signed_value, recorded);
}

std::string another_time(const core::ApprovalText& text, const Json& request, const Json& approval) {
    const auto asked = time_of(request, "created_usec"), decided = time_of(approval, "time_usec");
    if (asked && (*asked > text.requested + kBetween || *asked < text.requested - kBetween))
        return differs("requested", core::format_time(text.requested), core::format_time(*asked));
    if (decided && *decided > text.before + kBetween) return differs("approve-before", core::format_time(text.before), core::format_time(*decided));
    const auto shown = core::format_duration(text.duration), limit = text_of(approval, "limit"), span = text_of(request, "duration");
    if (!limit.empty() && limit != shown) return differs("for", shown, limit);
    const auto most = at_most(span);
    return most && text.duration > *most ? differs("for", shown, span) : "";
}

/** What the text says must be what the records say. */
std::string contradiction(const core::ApprovalText& text, const Json& request, const Json& approval, const SignedOn& texts) {
    const bool is_begun = !request["created_usec"].is_null();  // else the record that tells what it extends is not there
    const auto kind = [](bool breakglass) { return std::string(breakglass ? "break-glass" : "approval"); };
    for (const auto& why : {differs("host", text.host_id, host_of(text, texts)),
                            differs("request", text.request, text_of(request, "id")),
                            differs("account", text.account, text_of(request, "account")),
                            differs("uid", std::to_string(text.uid), std::to_string(number_of(request, "uid").value_or(0))),
                            differs("role", text.role, text_of(request, "role")),
                            differs("reason", text.reason, text_of(request, "reason")),
                            differs("ticket", text.ticket, text_of(request, "ticket")),
                            differs("extends", text.extends, is_begun ? text_of(request, "extends") : text.extends),
                            differs("kind", kind(text.breakglass), kind(text_of(request, "rule") == core::kBreakglassRule)),
                            another_time(text, request, approval)})
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
    if (const auto why = core::unfit(*key, use, core::from_usec(time_usec))) {
        const bool since = why->code == core::file_code::kKeyRevoked;
        return {why->code, why->text + (since ? "; whether it counted at the time, the trust.toml of that time tells" : "")};
    }
    const bool own = key->principal == text.person || key->principal == trust.principal_of(text.account);
    if (own && !key->allow_self && !text.breakglass) return {"SELF", fmt::format("{} signed for {}: nobody approves their own elevation", key->principal, text.account)};
    if (const auto why = core::not_present(*key, block.flags); !why.empty()) return {"BAD_SIGNATURE", why};
    if (const auto why = core::beyond_limits(*key, text.role, nullptr, text.duration); !why.empty()) return {"LIMIT", why};
    return {};
}

Verdict check(CheckedSignature& checked, const Json& request, const Json& approval, const SignedOn& texts, const core::Trust* trust) {
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
    if (const auto why = contradiction(*text, request, approval, texts); !why.empty()) return {"CONTRADICTION", why};
    return trust ? trusted(*trust, checked, block, *text, number_of(approval, "time_usec").value_or(0)) : Verdict{};
}

}  // namespace

std::vector<CheckedSignature> check_signatures(const Bundle& bundle, const Json& story, const core::Trust* trust) {
    std::vector<CheckedSignature> out;
    const auto records = records_about(bundle);
    const auto requests = all_approved(records);
    SignedOn texts;
    for (const Entry* one : records)
        if (const auto& text = value(*one, "JIT_SIGNED_TEXT"); !text.empty()) texts.emplace(text, value(*one, "JIT_HOST"));
    for (const auto& request : story["requests"]) {
        const auto of_request = requests.find(text_of(request, "id"));
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
            checked.counted = of_request != requests.end() && of_request->second.people.contains(checked.principal);
            checked.key = via.starts_with(kKeyOf) ? via.substr(kKeyOf.size()) : "";
            const auto verdict = check(checked, request, approval, texts, trust);
            checked.code = verdict.code;
            checked.text = verdict.text;
            out.push_back(std::move(checked));
        }
    }
    return out;
}

}  // namespace jit::ctl::evidence
