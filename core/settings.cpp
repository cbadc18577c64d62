// SPDX-License-Identifier: Apache-2.0
#include "core/settings.hpp"

#include <fmt/format.h>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

constexpr std::uint64_t kMaxPending = 65536;
constexpr Usec kMaxGrace = std::chrono::minutes(1);

bool is_account_or_group(std::string_view name) {
    return is_account_name(name.substr(0, 1) == "@" ? name.substr(1) : name);
}

void read_names(TableReader& table, std::string_view key, bool (*good)(std::string_view),
                std::string_view rule, std::vector<std::string>& out) {
    if (!table.has(key)) return;
    out = table.texts(key, Need::optional);
    for (const std::string& name : out) {
        if (!good(name)) table.refuse(key, fmt::format("\"{}\" {}", escape(name), rule));
    }
}

void read_count(TableReader& table, std::string_view key, std::uint32_t& out) {
    if (table.has(key))
        out = static_cast<std::uint32_t>(table.number(key, Need::optional, 1, kMaxPending));
}

void read_span(TableReader& table, std::string_view key, Usec max, Usec& out) {
    if (const auto span = table.duration(key, Need::optional)) {
        if (*span <= Usec(0) || *span > max) {
            table.refuse(key,
                         fmt::format("must be longer than 0 and at most {}", format_duration(max)));
        }
        out = *span;
    }
}

void read_warn(TableReader& table, std::vector<Usec>& out) {
    if (!table.has("warn")) return;
    out.clear();
    for (const std::string& text : table.texts("warn", Need::optional)) {
        const auto span = parse_duration(text);
        if (!span) {
            table.refuse("warn", span.error().text);
        } else if (*span <= Usec(0)) {
            table.refuse("warn", "must be longer than 0");
        } else {
            out.push_back(*span);
        }
    }
}

void read_local_grants(TableReader& table, LocalGrants& out) {
    if (!table.has("local_grants")) return;
    const std::string text = table.text("local_grants", Need::optional);
    if (text == "root") {
        out = LocalGrants::root;
    } else if (text == "admins") {
        out = LocalGrants::admins;
    } else if (text == "off") {
        out = LocalGrants::off;
    } else {
        table.refuse("local_grants",
                     fmt::format("\"{}\" is unknown; use root, admins or off", escape(text)));
    }
}

void read_audit(TableReader table, OnAuditFailure& out) {
    if (!table.has("on_failure")) return;
    const std::string text = table.text("on_failure", Need::optional);
    if (text == "deny") {
        out = OnAuditFailure::deny;
    } else if (text == "allow") {
        out = OnAuditFailure::allow;
    } else {
        table.refuse("on_failure",
                     fmt::format("\"{}\" is unknown; use deny or allow", escape(text)));
    }
}

}  // namespace

Result<void> merge_settings(Settings& settings, std::string_view text, std::string_view file) {
    const auto document = TomlDocument::parse(text, file);
    if (!document) return document.failure();
    TableReader root = document->root();
    Settings merged = settings;
    read_names(root, "exempt", is_account_name, "is no account name", merged.exempt);
    read_names(root, "admins", is_account_or_group, "is no account name or @group", merged.admins);
    read_names(root, "observers", is_account_or_group, "is no account name or @group", merged.observers);
    if (root.has("default_role")) {
        merged.default_role = root.text("default_role", Need::optional);
        if (!is_account_name(merged.default_role)) root.refuse("default_role", "is no role name");
    }
    read_local_grants(root, merged.local_grants);
    read_span(root, "request_ttl", std::chrono::hours(24 * 30), merged.request_ttl);
    read_warn(root, merged.warn);
    read_span(root, "grace", kMaxGrace, merged.grace);
    read_count(root, "pending_per_account", merged.pending_per_account);
    read_count(root, "pending_total", merged.pending_total);
    if (root.has("breakglass")) merged.breakglass = root.flag("breakglass");
    if (auto audit = root.table("audit")) read_audit(*audit, merged.on_audit_failure);
    if (auto sshd = root.table("sshd")) {
        read_names(*sshd, "gated", [](std::string_view name) { return name == "*" || is_account_name(name); },
                   "is no account name", merged.sshd_gated);
    }
    if (const auto done = document->finish(); !done) return done.failure();
    settings = std::move(merged);
    return {};
}

}  // namespace jit::core
