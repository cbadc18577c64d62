// SPDX-License-Identifier: Apache-2.0
#include "core/grant_file.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/grant_stream.hpp"
#include "core/id_set.hpp"
#include "core/key_rules.hpp"
#include "core/signers.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

constexpr Usec kSkew = std::chrono::seconds(300);
constexpr Usec kMaxLifetime = std::chrono::hours(24 * 7);
constexpr std::uint64_t kMaxSerial = INT64_MAX;
constexpr std::uint64_t kMaxUid = 0xFFFFFFFEU;  // (uid_t)-1 is nobody

struct Digests {
    Sha512 sha512{};
    Sha256 sha256{};
    std::uint64_t size = 0;
};

Result<Digests> hash_source(const LoadRequest& request) {
    if (auto ready = request.grants.rewind(); !ready) return ready.failure();
    crypto_hash_sha512_state sha512;
    crypto_hash_sha256_state sha256;
    crypto_hash_sha512_init(&sha512);
    crypto_hash_sha256_init(&sha256);
    Digests out;
    std::vector<char> chunk(64U << 10);
    for (;;) {
        const auto size = request.grants.read(chunk);
        if (!size) return size.failure();
        if (*size == 0) break;
        out.size += *size;
        if (out.size > kMaxGrantFile) {
            return fail(file_code::kTooBig,
                        fmt::format("{}: is larger than 64 MiB", escape(request.name)));
        }
        const auto* bytes = reinterpret_cast<const unsigned char*>(chunk.data());
        crypto_hash_sha512_update(&sha512, bytes, *size);
        crypto_hash_sha256_update(&sha256, bytes, *size);
    }
    crypto_hash_sha512_final(&sha512, out.sha512.data());
    crypto_hash_sha256_final(&sha256, out.sha256.data());
    return out;
}

void check_serial(const LoadRequest& request, TableReader& root, SignedGrants& file) {
    const FileMarks& marks = request.marks;
    file.unchanged = file.serial == marks.serial && file.sha256 == marks.sha256;
    if (request.mode == LoadMode::accepted) return;
    if (file.serial < marks.serial) {
        root.refuse("serial",
                    fmt::format("is {}, older than the accepted {}; sign a new one", file.serial,
                                marks.serial),
                    file_code::kRollback);
    } else if (file.serial == marks.serial && !file.unchanged) {
        root.refuse("serial", "was accepted with another content; sign with a new serial",
                    file_code::kEquivocation);
    } else if (file.serial > to_usec(request.now + kSkew) / 1'000'000) {
        root.refuse("serial", "is ahead of the clock; use the seconds since 1970 at signing",
                    file_code::kFastForward);
    }
}

void check_times(const LoadRequest& request, TableReader& root, const SignedGrants& file) {
    if (request.mode == LoadMode::delivered && file.issued > request.now + kSkew) {
        root.refuse("issued",
                    fmt::format("is ahead of the clock, which reads {}", format_time(request.now)),
                    file_code::kIssued);
    } else if (file.expires <= request.now) {
        root.refuse("expires", fmt::format("is past; the clock reads {}", format_time(request.now)),
                    file_code::kExpired);
    } else if (file.expires <= file.issued || file.expires - file.issued > kMaxLifetime) {
        root.refuse("expires", "must be after issued, by at most 7 days", file_code::kLifetime);
    }
}

Result<void> read_header(const LoadRequest& request, const GrantStream::Part& part,
                         SignedGrants& file) {
    const auto document = TomlDocument::parse_part(part.text, request.name, part.first_line);
    if (!document) return document.failure();
    TableReader root = document->root();
    const std::uint64_t format = root.number("format", Need::required, 0, kMaxSerial);
    if (root.has("format") && format != 1) {
        root.refuse("format", fmt::format("is {}; this version reads 1", format),
                    file_code::kFormat);
    }
    const std::string type = root.text("type", Need::required);
    if (root.has("type") && type != "grants") {
        root.refuse("type", fmt::format("is \"{}\"; must be \"grants\"", escape(type)),
                    file_code::kFormat);
    }
    const std::string org = root.text("org", Need::required);
    if (root.has("org") && org != request.trust.org) {
        root.refuse("org",
                    fmt::format("is \"{}\"; this host trusts \"{}\"", escape(org),
                                escape(request.trust.org)),
                    file_code::kOrg);
    }
    file.serial = root.number("serial", Need::required, 1, kMaxSerial);
    file.issued = root.time("issued", Need::required).value_or(Wall());
    file.expires = root.time("expires", Need::required).value_or(Wall());
    if (auto readable = document->finish(); !readable) return readable;
    check_times(request, root, file);
    if (auto timely = document->finish(); !timely) return timely;
    check_serial(request, root, file);
    return document->finish();
}

/** One table, whole and well-formed, of whichever host. */
struct Entry {
    Grant grant;
    HostPatterns hosts;
};

Result<Entry> read_entry(std::string_view file, const GrantStream::Part& part) {
    const auto document = TomlDocument::parse_part(part.text, file, part.first_line);
    if (!document) return document.failure();
    TableReader root = document->root();
    Entry entry;
    Grant& grant = entry.grant;
    const auto check = [&root](std::string_view key, bool good, std::string_view why) {
        if (!good && root.has(key)) root.refuse(key, why);
    };
    grant.id = root.text("id", Need::required);
    check("id", is_file_grant_id(grant.id), "must be [A-Za-z0-9_-]{1,64} and not 32 hex digits");
    grant.account = root.text("user", Need::required);
    check("user", is_account_name(grant.account),
          "is no account name; use [a-z_][a-z0-9_.-]{0,31}");
    if (root.has("uid")) {
        grant.uid = static_cast<std::uint32_t>(root.number("uid", Need::optional, 0, kMaxUid));
    }
    grant.role = root.text("role", Need::required);
    check("role", is_account_name(grant.role), "is no role name; use [a-z_][a-z0-9_.-]{0,31}");
    const auto hosts = HostPatterns::parse(root.texts("hosts", Need::required));
    check("hosts", hosts.has_value(), hosts ? "" : hosts.error().text);
    if (hosts) entry.hosts = *hosts;
    grant.not_before = root.time("not_before", Need::required).value_or(Wall());
    const auto not_after = root.time("not_after", Need::required);
    grant.not_after = not_after.value_or(Wall());
    check("not_after", !not_after || grant.not_after > grant.not_before,
          "must be later than not_before");
    grant.reason = root.text("reason", Need::required);
    if (root.has("reason")) root.refuse("reason", check_text(grant.reason, "text", kMaxReason));
    grant.ticket = root.text("ticket", Need::optional);
    if (root.has("ticket")) root.refuse("ticket", check_text(grant.ticket, "text", kMaxTicket));
    if (auto readable = document->finish(); !readable) return readable.failure();
    return entry;
}

/** Decides which of the well-formed grants hold on this host. */
class Admission {
  public:
    Admission(const LoadRequest& request, const std::vector<const TrustKey*>& counted,
              SignedGrants& file)
        : request_(request), counted_(counted), file_(file), ids_(id_key(file.sha256)) {}

    void admit(Entry entry, std::uint32_t line) {
        ++file_.total;
        const bool fresh = ids_.insert(entry.grant.id);
        if (request_.host != nullptr && !entry.hosts.match(*request_.host)) return;
        if (!fresh)
            return drop(entry.grant, line, file_code::kDuplicate, "an earlier grant has this id");
        const std::vector<const TrustKey*> keys = keys_for(entry.grant.account);
        if (count_principals(keys) < needed_principals(request_.trust)) {
            return drop(entry.grant, line, file_code::kSelf, "nobody signs for their own grant");
        }
        if (const std::string why = beyond_limits(entry.grant, keys); !why.empty()) {
            return drop(entry.grant, line, file_code::kLimit, why);
        }
        accept(std::move(entry.grant), keys);
    }

  private:
    static IdSet::Key id_key(const Sha256& digest) {
        IdSet::Key key;
        std::copy_n(digest.begin(), key.size(), key.begin());
        return key;
    }

    [[nodiscard]] std::vector<const TrustKey*> keys_for(const std::string& account) const {
        const std::string principal = request_.trust.principal_of(account);
        std::vector<const TrustKey*> keys;
        for (const TrustKey* key : counted_) {
            if (key->allow_self || key->principal != principal) keys.push_back(key);
        }
        return keys;
    }

    [[nodiscard]] std::string beyond_limits(const Grant& grant,
                                            const std::vector<const TrustKey*>& keys) const {
        const Usec window = grant.not_after - grant.not_before;
        for (const TrustKey* key : keys) {
            if (auto why = core::beyond_limits(*key, grant.role, request_.host, window); !why.empty()) return why;
        }
        const Role* role = request_.policy == nullptr ? nullptr : request_.policy->role(grant.role);
        if (role != nullptr && window > role->max_duration) {
            return fmt::format("{} is longer than the {} of role {}", format_duration(window),
                               format_duration(role->max_duration), grant.role);
        }
        if (grant.not_before >= file_.expires) return "begins only after the file has expired";
        return {};
    }

    void accept(Grant grant, const std::vector<const TrustKey*>& keys) {
        for (const TrustKey* key : keys) {
            grant.keys.push_back(key->id);
            if (std::find(grant.approvers.begin(), grant.approvers.end(), key->principal) ==
                grant.approvers.end()) {
                grant.approvers.push_back(key->principal);
            }
        }
        grant.serial = file_.serial;
        grant.not_after = std::min(grant.not_after, file_.expires);
        file_.grants.push_back(std::move(grant));
    }

    void drop(const Grant& grant, std::uint32_t line, std::string_view code, std::string_view why) {
        file_.dropped.push_back(
            {grant.id, std::string(code),
             fmt::format("{}:{}: grant {}: {}", escape(request_.name), line, grant.id, why), line});
    }

    const LoadRequest& request_;
    const std::vector<const TrustKey*>& counted_;
    SignedGrants& file_;
    IdSet ids_;
};

/** Whether the second reading saw the bytes that the first one hashed; their number must do. */
Result<void> check_size(const LoadRequest& request, std::uint64_t hashed, std::uint64_t parsed) {
    if (hashed == parsed) return {};
    return fail(file_code::kChanged, fmt::format("{}: changed while it was read; deliver it again",
                                                 escape(request.name)));
}

}  // namespace

Result<SignedGrants> load_grant_file(const LoadRequest& request) {
    const auto digests = hash_source(request);
    if (!digests) return digests.failure();
    const std::string sig_name = std::string(request.name) + ".sig";
    if (request.signature.size() > kMaxSignatureFile) {
        return fail(file_code::kTooBig, fmt::format("{}: is larger than 64 KiB", escape(sig_name)));
    }
    const auto counted =
        counted_keys(request.signature, sig_name, digests->sha512, request.trust, request.now);
    if (!counted) return counted.failure();

    SignedGrants file;
    file.sha256 = digests->sha256;
    for (const TrustKey* key : *counted) file.signers.push_back({key->id, key->principal});
    if (auto ready = request.grants.rewind(); !ready) return ready.failure();
    GrantStream stream(request.grants, request.name);
    auto part = stream.next();
    if (!part) return part.failure();
    // Judged before the tables are read: an old or foreign file costs no parsing of its grants.
    if (auto header = read_header(request, **part, file); !header) return header.failure();
    Admission admission(request, *counted, file);
    for (part = stream.next(); part && *part; part = stream.next()) {
        auto entry = read_entry(request.name, **part);
        if (!entry) return entry.failure();
        admission.admit(std::move(*entry), (*part)->first_line);
    }
    if (!part) return part.failure();
    if (auto same = check_size(request, digests->size, stream.bytes_read()); !same)
        return same.failure();
    return file;
}

}  // namespace jit::core
