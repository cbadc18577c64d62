// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "core/policy.hpp"
#include "core/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/signed_file.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/verb_verify_evidence.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

using core::Result;

constexpr std::size_t kMaxConfig = 1U << 20;

/** With what the file is judged; an empty optional is not checked. */
struct Judges {
    core::Trust trust;
    std::optional<core::Policy> policy;
    std::optional<core::Host> host;
    core::FileMarks marks;
};

std::string hex(const core::Sha256& digest) {
    std::string out;
    for (const unsigned char byte : digest) out += fmt::format("{:02x}", byte);
    return out;
}

core::Sha256 from_hex(std::string_view text) {
    core::Sha256 digest{};
    const auto nibble = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    for (std::size_t i = 0; i < digest.size() && 2 * i + 1 < text.size(); ++i)
        digest[i] = static_cast<unsigned char>(nibble(text[2 * i]) * 16 + nibble(text[2 * i + 1]));
    return digest;
}

Result<core::Host> described_host(const VerifyOptions& options) {
    core::Host host{options.host, {}};
    for (const auto& label : options.labels) {
        const std::size_t equals = label.find('=');
        if (equals == 0 || equals == std::string::npos)
            return core::fail("USAGE", fmt::format("--label: {}: write KEY=VALUE", label));
        host.labels[label.substr(0, equals)] = label.substr(equals + 1);
    }
    return host;
}

/** This host's policy: the admin's or the vendor's. None is no error: its limits are not checked
 * then. */
Result<std::optional<core::Policy>> host_policy(const Environment& env) {
    for (const auto& folder : {env.config_dir, env.vendor_dir}) {
        const std::string path = folder + "/policy.toml";
        const auto text = read_file(path, kMaxConfig);
        if (!text) continue;
        auto policy = core::parse_policy(*text, path);
        if (!policy) return policy.failure();
        return std::optional<core::Policy>(std::move(*policy));
    }
    return std::optional<core::Policy>();
}

Result<core::FileMarks> accepted_marks(const Environment& env) {
    const auto status = ManagerClient(env).status();
    if (!status) return status.failure();
    const Json& file = (*status)["file"];
    return core::FileMarks{number_of(file, "serial").value_or(0),
                           from_hex(text_of(file, "sha256"))};
}

Result<Judges> judges(const Environment& env, const VerifyOptions& options) {
    Judges out;
    auto trust = read_trust(options.trust.empty() ? env.config_dir + "/trust.toml" : options.trust);
    if (!trust && options.trust.empty() && trust.error().code == "MISSING")
        return core::fail("MISSING", trust.error().text + ": give one with --trust FILE");
    if (!trust) return trust.failure();
    out.trust = std::move(*trust);
    if (options.trust.empty()) {
        auto policy = host_policy(env);
        if (!policy) return policy.failure();
        out.policy = std::move(*policy);
    }
    if (!options.host.empty()) {
        auto host = described_host(options);
        if (!host) return host.failure();
        out.host = std::move(*host);
    }
    if (options.against_accepted) {
        auto marks = accepted_marks(env);
        if (!marks) return marks.failure();
        out.marks = *marks;
    }
    return out;
}

Result<core::SignedGrants> verify(const Environment& env, const SignedFile& file,
                                  const Judges& with) {
    TextSource source(file.text);
    return core::load_grant_file({.grants = source,
                                  .signature = file.signature,
                                  .name = file.path,
                                  .trust = with.trust,
                                  .policy = with.policy ? &*with.policy : nullptr,
                                  .host = with.host ? &*with.host : nullptr,
                                  .now = env.now(),
                                  .marks = with.marks});
}

Json place(std::uint32_t number) { return number > 0 ? Json(number) : Json(nullptr); }

Json refused_json(const core::Error& error) {
    return {{"result", "refused"},
            {"code", error.code},
            {"text", error.text},
            {"line", place(error.line)},
            {"column", place(error.column)},
            {"serial", nullptr},
            {"sha256", nullptr},
            {"signers", Json::array()},
            {"grants", nullptr},
            {"dropped", Json::array()}};
}

Json accepted_json(const core::SignedGrants& file) {
    Json out = refused_json({});
    out["result"] = "ok";
    out["code"] = out["text"] = nullptr;
    out["serial"] = file.serial;
    out["sha256"] = hex(file.sha256);
    out["grants"] = file.grants.size();
    for (const auto& signer : file.signers)
        out["signers"].push_back({{"key", signer.key}, {"principal", signer.principal}});
    for (const auto& dropped : file.dropped)
        out["dropped"].push_back(
            {{"id", dropped.id}, {"code", dropped.code}, {"text", dropped.text}});
    return out;
}

std::string report(const Context& context, const VerifyOptions& options,
                   const core::SignedGrants& file, const Judges& with) {
    const core::Wall now = context.env.now();
    std::string text =
        fmt::format("{}: {}{}\n", core::escape(options.file), context.out.styled(Style::good, "ok"),
                    file.unchanged ? ", accepted already" : "");
    text += property("serial", std::to_string(file.serial));
    text += property("expires", fmt::format("{} (in {})", format_local(file.expires, now),
                                            format_left(file.expires, now)));
    for (const auto& signer : file.signers)
        text += property("signed by", fmt::format("{} (key {})", signer.principal, signer.key));
    const std::string of_all =
        with.host ? fmt::format(" of {} for {}", file.total, with.host->name) : "";
    text += property("grants", fmt::format("{}{}", file.grants.size(), of_all));
    text += property("host limits", with.host ? "checked" : "not checked: give --host NAME");
    text +=
        property("role limits", with.policy ? "checked" : "not checked: no policy.toml of a host");
    for (const auto& dropped : file.dropped)
        text += property("dropped", fmt::format("{} [{}]", dropped.text, dropped.code));
    return text;
}

}  // namespace

int run(const Context& context, const VerifyOptions& options) {
    if (is_stream(options.file) || is_evidence(options.file)) return verify_evidence(context, options);
    if (options.head || !options.recordings.empty())
        return context.out.fail({std::string(code::kUsage), "verify: --head and --recordings are of evidence, this is none"});
    const auto with = judges(context.env, options);
    if (!with && with.error().code == code::kUsage) return context.out.fail(with.error());
    if (!with) {
        const Exit exit = exit_of(with.error().code);
        return context.out.fail(exit == Exit::unreachable ? exit : Exit::failure, with.error());
    }
    const auto file = read_signed_file(options.file);
    const auto verified =
        file ? verify(context.env, *file, *with) : Result<core::SignedGrants>(file.failure());
    const Exit exit = verified ? Exit::ok : Exit::failure;
    if (context.out.json()) {
        context.out.object(verified ? accepted_json(*verified) : refused_json(verified.error()));
    } else if (!context.out.quiet()) {
        if (verified)
            context.out.text(report(context, options, *verified, *with));
        else
            context.out.text(fmt::format("{}: {}: {} [{}]\n", core::escape(options.file),
                                         context.out.styled(Style::bad, "refused"),
                                         core::escape(verified.error().text),
                                         verified.error().code));
    }
    return static_cast<int>(exit);
}

}  // namespace jit::ctl
