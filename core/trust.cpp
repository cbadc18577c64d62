// SPDX-License-Identifier: Apache-2.0
#include "core/trust.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/codes.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

constexpr std::string_view kIdRule = "may hold only [A-Za-z0-9._@-], 1 to 64";

bool is_role_glob(std::string_view glob) {
    return !glob.empty() && glob.size() <= 64 && std::all_of(glob.begin(), glob.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("._-*?").find(c) != std::string_view::npos;
    });
}

Principal read_principal(TableReader table, std::set<std::string>& accounts) {
    Principal principal;
    principal.name = table.text("name", Need::required);
    if (table.has("name") && !is_plain_id(principal.name)) table.refuse("name", kIdRule);
    principal.accounts = table.texts("accounts", Need::optional);
    for (const std::string& account : principal.accounts) {
        if (!is_account_name(account)) {
            table.refuse("accounts", fmt::format("\"{}\" is no account name", escape(account)));
        } else if (!accounts.insert(account).second) {
            table.refuse("accounts",
                         fmt::format("account {} is listed twice; one person may own it", account));
        }
    }
    return principal;
}

void read_uses(TableReader& table, TrustKey& key) {
    const std::vector<std::string> uses = table.texts("uses", Need::required);
    for (const std::string& use : uses) {
        if (use == "grant") {
            key.use_grant = true;
        } else if (use == "approve") {
            key.use_approve = true;
        } else if (use == "breakglass") {
            key.use_breakglass = true;
        } else {
            table.refuse("uses", fmt::format("\"{}\" is unknown; use grant, approve, breakglass",
                                             escape(use)));
        }
    }
    if (table.has("uses") && uses.empty())
        table.refuse("uses", "is empty; use grant, approve, breakglass");
}

void read_limits(TableReader& table, TrustKey& key) {
    key.roles = table.texts("roles", Need::required);
    if (table.has("roles") && key.roles.empty())
        table.refuse("roles", "is empty; write [\"*\"] for all");
    for (const std::string& role : key.roles) {
        if (!is_role_glob(role)) {
            table.refuse("roles",
                         fmt::format("\"{}\" is no role or pattern of roles", escape(role)));
        }
    }
    const std::vector<std::string> terms = table.texts("hosts", Need::required);
    if (table.has("hosts")) {
        if (const auto hosts = HostPatterns::parse(terms)) {
            key.hosts = *hosts;
        } else {
            table.refuse("hosts", hosts.error().text);
        }
    }
    key.max_duration = table.duration("max_duration", Need::required).value_or(Usec(0));
    if (table.has("max_duration") && key.max_duration <= Usec(0)) {
        table.refuse("max_duration", "must be longer than 0");
    }
    key.not_before = table.time("not_before", Need::optional);
    key.not_after = table.time("not_after", Need::optional);
    if (key.not_before && key.not_after && *key.not_after <= *key.not_before) {
        table.refuse("not_after", "must be later than not_before");
    }
}

TrustKey read_key(TableReader table) {
    TrustKey key;
    key.id = table.text("id", Need::required);
    if (table.has("id") && !is_plain_id(key.id)) table.refuse("id", kIdRule);
    key.principal = table.text("principal", Need::required);
    const std::string line = table.text("public_key", Need::required);
    if (table.has("public_key")) {
        if (auto parsed = parse_public_key(line)) {
            key.key = std::move(*parsed);
        } else {
            table.refuse("public_key", parsed.error().text);
        }
    }
    read_uses(table, key);
    read_limits(table, key);
    key.revoked = table.flag("revoked");
    key.require_touch = table.flag("require_touch");
    key.require_verify = table.flag("require_verify");
    key.allow_self = table.flag("allow_self");
    for (const std::string_view name : {"require_touch", "require_verify"}) {
        const bool set = name == "require_touch" ? key.require_touch : key.require_verify;
        if (set && !key.key.hardware)
            table.refuse(name, "needs a key of type sk-ssh-ed25519@openssh.com");
    }
    return key;
}

}  // namespace

std::string Trust::principal_of(std::string_view account) const {
    for (const Principal& principal : principals) {
        const auto& own = principal.accounts;
        if (std::find(own.begin(), own.end(), account) != own.end()) return principal.name;
    }
    return std::string(account);
}

const TrustKey* Trust::find(const PublicKey& key) const {
    const auto hit =
        std::find_if(keys.begin(), keys.end(), [&key](const TrustKey& k) { return k.key == key; });
    return hit == keys.end() ? nullptr : &*hit;
}

Result<Trust> parse_trust(std::string_view text, std::string_view file) {
    const auto document = TomlDocument::parse(text, file);
    if (!document) return document.failure();
    TableReader root = document->root();
    Trust trust;
    root.number("format", Need::required, 1, 1);
    trust.org = root.text("org", Need::required);
    if (root.has("org") && !is_plain_id(trust.org)) root.refuse("org", kIdRule);
    const std::uint64_t threshold =
        root.number("grant_threshold", Need::optional, 1, kMaxSignatureBlocks);
    if (threshold != 0) trust.grant_threshold = static_cast<std::uint32_t>(threshold);

    std::set<std::string> names, accounts, ids, blobs;
    for (TableReader table : root.tables("principal")) {
        Principal principal = read_principal(table, accounts);
        if (table.has("name") && !names.insert(principal.name).second)
            table.refuse("name", "is used by another principal");
        trust.principals.push_back(std::move(principal));
    }
    for (TableReader table : root.tables("key")) {
        TrustKey key = read_key(table);
        if (table.has("id") && !ids.insert(key.id).second)
            table.refuse("id", "is used by another key");
        if (table.has("public_key") && !blobs.insert(key.key.blob).second)
            table.refuse("public_key", "is listed under another id");
        if (table.has("principal") && names.count(key.principal) == 0) {
            table.refuse("principal", fmt::format("\"{}\" has no [[principal]] table; add one",
                                                  escape(key.principal)));
        }
        trust.keys.push_back(std::move(key));
    }
    if (const auto done = document->finish(); !done) return done.failure();
    return trust;
}

}  // namespace jit::core
