// SPDX-License-Identifier: Apache-2.0
// An approval that was signed elsewhere comes back. Only the signature is believed: what it must be over is made here.
#include <fmt/format.h>

#include <algorithm>

#include "core/approval_text.hpp"
#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/key_rules.hpp"
#include "core/steps.hpp"
#include "core/token.hpp"

namespace jit::core {
namespace {

/** The same answer for an unknown request, another host, a changed bit and a foreign key: nothing to learn from it. */
Error fits_nothing() {
    return error("BadToken", "redeem: this token fits no request that waits here: was it copied whole, and made for a request "
                             "of this host? See: jitctl list requests");
}

ApprovalText text_for(const World& world, const Request& request, const Token& token) {
    return approval_text(request, world.state, world.config, std::chrono::seconds(token.seconds));
}

/** The key that signed the text of this request for so many seconds. */
const TrustKey* signer(const World& world, const Request& request, const Token& token) {
    const auto text = text_for(world, request, token);
    const auto& keys = world.config.trust.keys;
    const auto it = std::find_if(keys.begin(), keys.end(), [&](const TrustKey& key) {
        return verify(token, key.key, text.ns(), text.text());
    });
    return it == keys.end() ? nullptr : &*it;
}

/** The record proves itself: with ssh-keygen -Y verify, or jitctl verify, by whoever knows the key. */
void prove(Record& record, const ApprovalText& text, const Token& token, const PublicKey& key) {
    record.set_lines("SIGNED_TEXT", text.text())
        .set_lines("SIGNATURE", armored(block_of(token, key), text.ns()))
        .set("PUBLIC_KEY", public_key_line(key));
}

std::optional<Error> key_fault(const World& world, const Request& request, const TrustKey& key, const Token& token) {
    const auto use = request.kind == RequestKind::breakglass ? KeyUse::breakglass : KeyUse::approve;
    if (auto why = unfit(key, use, world.now.wall)) return error(camel_case(why->code), "redeem: " + why->text);
    if (auto why = not_present(key, token.flags); !why.empty()) return error("BadToken", "redeem: " + why);
    const auto duration = std::chrono::seconds(token.seconds);
    if (auto why = beyond_limits(key, request.role, &world.config.host, duration); !why.empty()) {
        return error("Limit", "redeem: " + why);
    }
    return std::nullopt;
}

/** The rule's people, nobody behind the request and nobody locked; with break-glass the key's use is enough, also for its own
    owner. */
std::optional<Error> person_fault(const World& world, const Request& request, const TrustKey& key,
                                  const std::vector<Member>& accounts) {
    if (const auto locked = lock_on(world, key.principal)) {
        return error("Locked", fmt::format("redeem: {}, whose key {} signed, is locked; an admin unlocks: jitctl unlock {}",
                                           key.principal, key.id, *locked));
    }
    if (request.kind == RequestKind::breakglass) return std::nullopt;
    if (is_behind(request, key.principal, world.config) && !key.allow_self) {
        return error("Self", "redeem: nobody approves their own elevation; somebody else has to sign");
    }
    const std::string by_name = "principal:" + key.principal;
    const auto& words = request.approvers;
    const bool named = std::find(words.begin(), words.end(), by_name) != words.end() ||
                       std::any_of(accounts.begin(), accounts.end(), [&](const Member& member) {
                           return world.config.trust.principal_of(member.account) == key.principal &&
                                  names(words, member, world.config.trust);
                       });
    if (named) return std::nullopt;
    return error("AccessDenied", fmt::format("redeem: {}, whose key {} signed, is none of {} ({})", key.principal, key.id,
                                             fmt::join(words, ", "), request.rule));
}

std::optional<Error> request_fault(const World& world, const Request& request, const Token& token) {
    if (auto refused = decided("redeem", request)) return refused;
    if (world.now.wall >= request.expires) {
        return error("Expired", fmt::format("redeem: request {} ended at {}; ask again", request.id,
                                            format_time(request.expires)));
    }
    if (std::chrono::seconds(token.seconds) > request.duration) {
        return error("Limit", fmt::format("redeem: {} was asked for; it can be less, not more",
                                          format_duration(request.duration)));
    }
    if (request.kind == RequestKind::breakglass && world.state.needs_recovery) return std::nullopt;
    return not_now(world, "redeem", request.account);
}

}  // namespace

Transition on_redeem(const World& world, const RedeemEvent& event) {
    Transition out;
    const auto token = parse_token(event.token);
    if (!token) {
        out.refused = error(token.error().code, "redeem: " + token.error().text);
        return out;
    }
    if (world.state.used_tokens.contains(token->id())) {
        out.refused = error("TokenUsed", "redeem: this token was brought back before; each counts once");
        return out;
    }
    const Request* request = world.state.request(token->request_id());
    const TrustKey* key = request && token->seconds > 0 ? signer(world, *request, *token) : nullptr;
    if (!key) {
        out.refused = fits_nothing();
        return out;
    }
    if ((out.refused = request_fault(world, *request, *token))) return out;
    if ((out.refused = key_fault(world, *request, *key, *token))) return out;
    if ((out.refused = person_fault(world, *request, *key, event.approvers))) return out;
    if ((out.refused = approved_already("redeem", world, *request, key->principal))) return out;
    Statement statement;
    statement.principal = key->principal;
    statement.via = std::string(kViaKey) + key->id;
    statement.duration = std::chrono::seconds(token->seconds);
    statement.at = world.now.wall;
    approve(out, world, *request, std::move(statement), event.grant, event.actor);
    if (out.refused) return out;
    prove(out.records.front(), text_for(world, *request, *token), *token, key->key);
    out.memory_suffices = world.state.needs_recovery;
    out.changes.emplace_back(PutToken{UsedToken{token->id(), request->id, world.now.wall}});
    return out;
}

}  // namespace jit::core
