// SPDX-License-Identifier: Apache-2.0
#include "core/signers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/codes.hpp"
#include "core/key_rules.hpp"
#include "core/lint.hpp"
#include "core/text.hpp"

namespace jit::core {

namespace {

/** Empty when the block proves what the key must prove. */
std::string wrong_with(const SignatureBlock& block, const TrustKey& key, const Sha512& digest) {
    if (!verify(block, kGrantsNamespace, digest)) {
        return fmt::format("key {}: the signature is not of this file; sign it again", key.id);
    }
    return not_present(key, block.flags);
}

}  // namespace

std::size_t needed_principals(const Trust& trust) {
    return std::max<std::size_t>(trust.grant_threshold, 1);
}

std::size_t count_principals(const std::vector<const TrustKey*>& keys) {
    std::set<std::string_view> principals;
    for (const TrustKey* key : keys) principals.insert(key->principal);
    return principals.size();
}

Result<std::vector<const TrustKey*>> counted_keys(std::string_view signature, std::string_view file,
                                                  const Sha512& digest, const Trust& trust,
                                                  Wall now) {
    const std::string name = escape(file);
    const auto blocks = parse_signatures(signature, kGrantsNamespace);
    if (!blocks) {
        const Error& error = blocks.error();
        return fail_at(error.code, file, error.line, 0, error.text);
    }
    std::vector<const TrustKey*> counted;
    std::optional<Unfit> first_unfit;
    bool known = false;
    for (const SignatureBlock& block : *blocks) {
        const TrustKey* key = trust.find(block.key);
        if (key == nullptr) continue;
        known = true;
        if (const std::string why = wrong_with(block, *key, digest); !why.empty()) {
            return fail_at(file_code::kBadSignature, file, block.line, 0, why);
        }
        if (auto why = unfit(*key, KeyUse::grant, now)) {
            if (!first_unfit) first_unfit = std::move(why);
        } else if (std::find(counted.begin(), counted.end(), key) == counted.end()) {
            counted.push_back(key);
        }
    }
    if (!known) {
        return fail(file_code::kUnknownKey,
                    fmt::format("{}: signed by {}, which trust.toml does not list", name,
                                fingerprint(blocks->front().key)));
    }
    const std::size_t principals = count_principals(counted);
    if (principals >= needed_principals(trust)) return counted;
    if (first_unfit) return fail(first_unfit->code, fmt::format("{}: {}", name, first_unfit->text));
    return fail(file_code::kThreshold,
                fmt::format("{}: signed by {} of {} principals; add a signature", name, principals,
                            trust.grant_threshold));
}

}  // namespace jit::core
