// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/codes.hpp"
#include "core/grant_edit.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/signed_file.hpp"
#include "jitctl/ssh_keygen.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

/** The present signatures, if a signature by `key` may join them. */
core::Result<std::string> present_signatures(const SignedFile& file, const core::PublicKey& key) {
    const std::string name = file.path + ".sig";
    auto text = read_file(name, core::kMaxSignatureFile);
    if (!text) return text;
    const auto blocks = core::parse_signatures(*text, core::kGrantsNamespace);
    if (!blocks) return core::fail(blocks.error().code, name + ": " + blocks.error().text);
    core::Sha512 digest{};
    crypto_hash_sha512(digest.data(), reinterpret_cast<const unsigned char*>(file.text.data()),
                       file.text.size());
    for (const auto& block : *blocks) {
        if (!core::verify(block, core::kGrantsNamespace, digest))
            return core::fail(core::file_code::kBadSignature,
                              name + ": is of another content: sign without --add to start anew");
        if (block.key == key)
            return core::fail("FAILED", name + ": has a signature by this key already");
    }
    if (!text->empty() && !text->ends_with('\n')) *text += '\n';
    return text;
}

/** Signs, and looks at the result with the eyes of a host before anybody sees it. */
core::Result<core::SignedGrants> sign(const Environment& env, const SignOptions& options) {
    SignedFile file{options.file, {}, {}};
    auto text = read_file(options.file, core::kMaxGrantFile);
    if (!text) return text.failure();
    file.text = std::move(*text);
    const auto header = core::read_grant_header(file.text, file.path);
    if (!header) return header.failure();
    const auto key = public_part(env, options.key);
    if (!key) return key.failure();
    if (options.add) {
        auto present = present_signatures(file, *key);
        if (!present) return present.failure();
        file.signature = std::move(*present);
    }
    const auto added = make_signature(env, file.path, file.text, options.key);
    if (!added) return added.failure();
    file.signature += *added;
    auto checked = check_delivery(file, trust_in(*key, header->org), env.now());
    if (!checked) return checked;
    if (auto ok = replace_signature(file); !ok) return ok.failure();
    return checked;
}

}  // namespace

int run(const Context& context, const SignOptions& options) {
    const auto signed_grants = sign(context.env, options);
    if (!signed_grants) return context.out.fail(Exit::failure, signed_grants.error());
    if (context.out.json()) {
        Json reply = Json::object();
        reply["file"] = options.file;
        reply["signature"] = options.file + ".sig";
        reply["serial"] = signed_grants->serial;
        reply["expires_usec"] = core::to_usec(signed_grants->expires);
        reply["grants"] = signed_grants->total;
        context.out.object(reply);
        return static_cast<int>(Exit::ok);
    }
    context.out.note(fmt::format("signed {}: {} grants, serial {}, good until {}", options.file,
                                 signed_grants->total, signed_grants->serial,
                                 format_local(signed_grants->expires, context.env.now())));
    for (const auto& dropped : signed_grants->dropped)
        context.out.note(fmt::format("no host will take: {} [{}]", dropped.text, dropped.code));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
