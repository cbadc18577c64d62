// SPDX-License-Identifier: Apache-2.0
// Builds grant files, their trust and a host around them, and loads them the way jitd does.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/duration.hpp"
#include "core/grant_file.hpp"
#include "tests/support/test_key.hpp"

namespace jit::test {

using namespace std::chrono_literals;

/** The moment all grant files of the tests are about: 2026-11-22T12:00:00Z. */
inline constexpr core::Wall kNow = core::from_usec(1'795'348'800'000'000);
inline constexpr std::uint64_t kSerial = 1'795'348'800;

class MemorySource : public core::ByteSource {
  public:
    explicit MemorySource(std::string_view content, std::size_t step = SIZE_MAX)
        : content_(content), step_(step) {}
    core::Result<std::size_t> read(std::span<char> out) override {
        const std::size_t size = std::min({out.size(), content_.size() - at_, step_});
        if (size != 0) std::memcpy(out.data(), content_.data() + at_, size);
        at_ += size;
        return size;
    }
    core::Result<void> rewind() override {
        at_ = 0;
        return {};
    }

  private:
    std::string_view content_;
    std::size_t step_, at_ = 0;
};

/** A grant file's text: fields are TOML values, an empty one is left out. */
struct FileText {
    std::string format = "1", type = "\"grants\"", org = "\"example\"";
    std::string serial = "1795348800";
    std::string issued = "2026-11-22T12:00:00Z", expires = "2026-11-23T12:00:00Z";
    std::string more;  // further header lines
    std::string grants;

    [[nodiscard]] std::string str() const {
        std::string out;
        const auto add = [&out](std::string_view key, const std::string& value) {
            if (!value.empty()) out += std::string(key) + " = " + value + "\n";
        };
        add("format", format);
        add("type", type);
        add("org", org);
        add("serial", serial);
        add("issued", issued);
        add("expires", expires);
        return out + more + grants;
    }
};

struct GrantText {
    std::string id = "\"INC-1-alice\"", user = "\"alice\"", uid = "1001", role = "\"root\"",
                hosts = "[\"*\"]";
    std::string not_before = "2026-11-22T12:00:00Z", not_after = "2026-11-22T12:30:00Z";
    std::string reason = "\"INC-1 replace disk\"", ticket = "\"INC-1\"";
    std::string more;

    [[nodiscard]] std::string str() const {
        std::string out = "[[grant]]\n";
        const auto add = [&out](std::string_view key, const std::string& value) {
            if (!value.empty()) out += std::string(key) + " = " + value + "\n";
        };
        add("id", id);
        add("user", user);
        add("uid", uid);
        add("role", role);
        add("hosts", hosts);
        add("not_before", not_before);
        add("not_after", not_after);
        add("reason", reason);
        add("ticket", ticket);
        return out + more;
    }
};

inline std::string with_grant(const GrantText& grant) {
    FileText file;
    file.grants = grant.str();
    return file.str();
}

/** A key as trust.toml would list it, without limits. */
inline core::TrustKey trust_key(std::string id, std::string principal, const TestKey& signer) {
    core::TrustKey key;
    key.id = std::move(id);
    key.principal = std::move(principal);
    key.key = *core::parse_public_key(signer.public_key());
    key.use_grant = true;
    key.roles = {"*"};
    key.hosts = *core::HostPatterns::parse({"*"});
    key.max_duration = 8h;
    return key;
}

/** Olivia's key signs; she and carol are trusted; the host is db-01 in production. */
struct Fleet {
    TestKey olivia{1}, carol{2}, stranger{9};
    core::Trust trust;
    core::Policy policy;
    core::Host host{"db-01", {{"environment", "production"}}};
    core::FileMarks marks;
    core::Wall now = kNow;
    core::LoadMode mode = core::LoadMode::delivered;
    std::size_t step = SIZE_MAX;  // bytes per read

    Fleet() {
        trust.org = "example";
        trust.principals = {{"olivia", {"olivia", "olivia-adm"}}, {"carol", {"carol"}}};
        trust.keys = {trust_key("olivia-2026", "olivia", olivia),
                      trust_key("carol-2026", "carol", carol)};
        core::Role root;
        root.name = "root";
        root.max_duration = 8h;
        policy.roles.emplace("root", root);
    }

    [[nodiscard]] core::Result<core::SignedGrants> load(std::string_view content,
                                                        std::string_view signature) const {
        MemorySource source(content, step);
        return core::load_grant_file(
            {source, signature, "grants.toml", trust, &policy, &host, now, marks, mode});
    }
    [[nodiscard]] core::Result<core::SignedGrants> load(std::string_view content) const {
        return load(content, olivia.sign(content));
    }
    /** The error code, "" when accepted. */
    [[nodiscard]] std::string code(std::string_view content) const {
        const auto loaded = load(content);
        return loaded ? "" : loaded.error().code;
    }
    [[nodiscard]] std::string code(std::string_view content, std::string_view signature) const {
        const auto loaded = load(content, signature);
        return loaded ? "" : loaded.error().code;
    }
};

}  // namespace jit::test
