// SPDX-License-Identifier: Apache-2.0
#include "jitctl/signed_file.hpp"

#include <unistd.h>

#include "core/grant_edit.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/ssh_keygen.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxTrust = 1U << 20;
constexpr mode_t kUsualMode = 0644;

core::Result<core::SignedGrants> load(const SignedFile& file, const core::Trust& trust,
                                      core::Wall now, core::LoadMode mode) {
    TextSource source(file.text);
    return core::load_grant_file({.grants = source,
                                  .signature = file.signature,
                                  .name = file.path,
                                  .trust = trust,
                                  .now = now,
                                  .marks = {},
                                  .mode = mode});
}

}  // namespace

core::Result<SignedFile> read_signed_file(const std::string& path) {
    auto text = read_file(path, core::kMaxGrantFile);
    if (!text) return text.failure();
    auto signature = read_file(path + ".sig", core::kMaxSignatureFile);
    if (!signature) return signature.failure();
    return SignedFile{path, std::move(*text), std::move(*signature)};
}

core::Result<core::Trust> read_trust(const std::string& path) {
    const auto text = read_file(path, kMaxTrust);
    if (!text) return text.failure();
    return core::parse_trust(*text, path);
}

core::Trust trust_in(const core::PublicKey& key, std::string_view org) {
    core::TrustKey any;
    any.id = core::fingerprint(key);
    any.principal = any.id;
    any.key = key;
    any.use_grant = true;
    any.roles = {"*"};
    if (auto everywhere = core::HostPatterns::parse({"*"})) any.hosts = *everywhere;
    any.max_duration = core::Usec::max();
    any.allow_self = true;
    core::Trust trust;
    trust.org = org;
    trust.keys.push_back(std::move(any));
    return trust;
}

core::Result<core::SignedGrants> check_content(const SignedFile& file, const core::Trust& trust) {
    const auto header = core::read_grant_header(file.text, file.path);
    // Unreadable before it is known to be signed: let the loader say so, it checks the signature
    // first.
    const core::Wall then = header ? header->issued : core::Wall{};
    return load(file, trust, then, core::LoadMode::accepted);
}

core::Result<core::SignedGrants> check_delivery(const SignedFile& file, const core::Trust& trust,
                                                core::Wall now) {
    return load(file, trust, now, core::LoadMode::delivered);
}

core::Result<std::string> make_signature(const Environment& env, const std::string& path,
                                         std::string_view text, const std::string& key) {
    const std::string name = path + ".new";
    if (auto ok = write_new(name, text, mode_of(path, kUsualMode)); !ok) return ok.failure();
    const Temporary content(name);
    const Temporary signature(name + ".sig");
    ::unlink(signature.path().c_str());  // ssh-keygen asks before it overwrites one
    if (auto ok = ssh_sign(env, key, name, core::kGrantsNamespace); !ok) return ok.failure();
    return read_file(signature.path(), core::kMaxSignatureFile);
}

core::Result<void> replace_signature(const SignedFile& file) {
    const std::string name = file.path + ".sig.new";
    if (auto ok = write_new(name, file.signature, mode_of(file.path, kUsualMode)); !ok) return ok;
    Temporary next(name);
    if (auto ok = rename_file(name, file.path + ".sig"); !ok) return ok;
    next.keep();
    return sync_folder(file.path);
}

core::Result<void> replace_pair(const SignedFile& file) {
    const std::string name = file.path + ".new";
    if (auto ok = write_new(name, file.text, mode_of(file.path, kUsualMode)); !ok) return ok;
    Temporary next(name);
    if (auto ok = replace_signature(file); !ok) return ok;
    if (auto ok = rename_file(name, file.path); !ok) return ok;
    next.keep();
    return sync_folder(file.path);
}

}  // namespace jit::ctl
