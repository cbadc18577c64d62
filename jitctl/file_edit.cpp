// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/grant_edit.hpp"
#include "core/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/file_verbs.hpp"
#include "jitctl/signed_file.hpp"
#include "jitctl/ssh_keygen.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

using core::GrantTable;
using core::Result;

/** A file under edit: what stands in it now, and whose signature will count. */
struct Edit {
    SignedFile file;
    core::GrantHeader header;
    std::vector<GrantTable> tables;
    core::Trust trust;        // of the result: by this key alone, other signers add theirs later
    std::size_t signers = 0;  // that the present content needed or had
    bool is_new = false;
};

Result<core::Trust> chosen_trust(const FileEdit& options, const core::PublicKey& key,
                                 std::string_view org) {
    if (options.trust.empty()) return trust_in(key, org);
    return read_trust(options.trust);
}

Result<Edit> begin_new(const Environment& env, const FileEdit& options, const std::string& org) {
    if (org.empty())
        return core::fail(
            "MISSING",
            options.file + ": no such file; a new one needs --org, as in the hosts' trust.toml");
    if (!core::is_plain_id(org)) return core::fail("USAGE", "--org: use [A-Za-z0-9._@-]{1,64}");
    const auto key = public_part(env, options.key);
    if (!key) return key.failure();
    auto trust = chosen_trust(options, *key, org);
    if (!trust) return trust.failure();
    Edit edit;
    edit.file.path = options.file;
    edit.header.org = org;
    edit.trust = std::move(*trust);
    edit.is_new = true;
    return edit;
}

Result<Edit> begin_edit(const Environment& env, const FileEdit& options) {
    auto file = read_signed_file(options.file);
    if (!file) return file.failure();
    const auto header = core::read_grant_header(file->text, file->path);
    if (!header) return header.failure();
    const auto key = public_part(env, options.key);
    if (!key) return key.failure();
    auto trust = chosen_trust(options, *key, header->org);
    if (!trust) return trust.failure();
    const auto present = check_content(*file, *trust);
    if (!present && present.error().code == core::file_code::kUnknownKey && options.trust.empty())
        return core::fail(
            "UNKNOWN_KEY",
            fmt::format("{}.sig: not signed by {}: say whose signatures count: --trust FILE",
                        options.file, options.key));
    if (!present) return present.failure();
    auto tables = core::list_grant_tables(file->text, file->path);
    if (!tables) return tables.failure();
    const auto blocks = core::parse_signatures(file->signature, core::kGrantsNamespace);
    Edit edit{std::move(*file), *header, std::move(*tables), std::move(*trust), 0, false};
    edit.signers = std::max<std::size_t>(blocks ? blocks->size() : 0, edit.trust.grant_threshold);
    return edit;
}

void print_live(const Context& context, const Edit& edit) {
    const core::Wall now = context.env.now();
    for (const auto& table : edit.tables)
        if (table.not_after > now)
            context.out.note(fmt::format("live: {}  {}  role {}  until {}: {}", table.id,
                                         table.user, table.role, format_local(table.not_after, now),
                                         table.reason));
}

/** Signs the new text, checks the pair as a host would, and only then puts it in place. */
Result<core::SignedGrants> finish_edit(const Context& context, const FileEdit& options,
                                       Edit& edit) {
    auto signature = make_signature(context.env, edit.file.path, edit.file.text, options.key);
    if (!signature) return signature.failure();
    edit.file.signature = std::move(*signature);
    core::Trust alone = edit.trust;
    alone.grant_threshold = 1;
    auto checked = check_delivery(edit.file, alone, context.env.now());
    if (!checked) return checked;
    return checked;
}

Result<void> put_in_place(const Context& context, const FileEdit& options, const Edit& edit) {
    if (auto ok = replace_pair(edit.file); !ok) return ok;
    if (edit.signers > 1)
        context.out.note(fmt::format(
            "signed by {} alone: every other signer runs: jitctl sign {} --key KEY --add",
            options.key, options.file));
    return {};
}

std::string new_id(const GrantOptions& options, const Edit& edit, core::Wall now) {
    if (!options.id.empty()) return options.id;
    std::string stem = options.ticket.empty() ? options.user : options.ticket + "-" + options.user;
    for (char& c : stem)
        if (!(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_')) c = '-';
    const std::string time = core::format_time(std::chrono::floor<std::chrono::seconds>(now));
    stem = stem.substr(0, 40) + "-";
    for (const char c : time)
        if (c >= '0' && c <= '9') stem += c;
    std::string id = stem;
    for (int n = 2; std::ranges::find(edit.tables, id, &GrantTable::id) != edit.tables.end(); ++n)
        id = fmt::format("{}-{}", stem, n);
    return id;
}

Result<core::NewGrant> new_grant(const GrantOptions& options, const Edit& edit, core::Wall now) {
    core::NewGrant grant;
    grant.id = new_id(options, edit, now);
    grant.user = options.user;
    grant.role = options.role.empty() ? "root" : options.role;
    grant.reason = options.reason;
    grant.ticket = options.ticket;
    grant.uid = options.uid;
    grant.hosts = options.hosts;
    grant.not_before = std::chrono::floor<std::chrono::seconds>(options.start.value_or(now));
    grant.not_after = grant.not_before + std::chrono::ceil<std::chrono::seconds>(options.duration);
    if (!core::is_file_grant_id(grant.id))
        return core::fail(
            "USAGE",
            fmt::format("--id: {}: use [A-Za-z0-9_-]{{1,64}}, not 32 hex digits", grant.id));
    if (std::ranges::find(edit.tables, grant.id, &GrantTable::id) != edit.tables.end())
        return core::fail("DUPLICATE",
                          fmt::format("{}: has a grant {} already: choose another --id",
                                      edit.file.path, grant.id));
    if (auto hosts = core::HostPatterns::parse(grant.hosts); !hosts)
        return core::fail("USAGE", "--host: " + hosts.error().text);
    return grant;
}

/** A grant the file can't carry must not look granted. */
Result<void> check_granted(const core::SignedGrants& checked, const std::string& id) {
    for (const auto& dropped : checked.dropped)
        if (dropped.id == id)
            return core::fail(
                dropped.code,
                fmt::format("no host would take it: {}; nothing was changed", dropped.text));
    return {};
}

Json as_json(const core::NewGrant& grant, const core::SignedGrants& file, core::Wall now) {
    Json raw = Json::object();
    raw["id"] = grant.id;
    raw["origin"] = "file";
    raw["account"] = grant.user;
    if (grant.uid) raw["uid"] = *grant.uid;
    raw["role"] = grant.role;
    raw["not_before_usec"] = core::to_usec(grant.not_before);
    raw["not_after_usec"] = core::to_usec(std::min(grant.not_after, file.expires));
    raw["state"] = grant.not_before > now ? "scheduled" : "active";
    raw["reason"] = grant.reason;
    if (!grant.ticket.empty()) raw["ticket"] = grant.ticket;
    raw["serial"] = file.serial;
    for (const auto& signer : file.signers) raw["keys"].push_back(signer.key);
    return shaped(Kind::grant, raw);
}

int report_grant(const Context& context, const core::NewGrant& grant,
                 const core::SignedGrants& file) {
    const core::Wall now = context.env.now();
    const core::Wall ends = std::min(grant.not_after, file.expires);
    if (ends < grant.not_after)
        context.out.note(fmt::format("a grant file lives 7 days at most: this grant ends {}",
                                     format_local(ends, now)));
    if (context.out.json()) {
        context.out.object(as_json(grant, file, now));
    } else if (context.out.quiet()) {
        context.out.text(grant.id + "\n");
    } else {
        context.out.text(
            core::escape(fmt::format("granted {}: {} may use role {} on {} until {} ({})", grant.id,
                                     grant.user, grant.role, joined(grant.hosts, " or "),
                                     format_local(ends, now),
                                     core::format_duration(ends - grant.not_before))) +
            "\n");
        context.out.note(
            fmt::format("serial {}, good until {}: deliver the .sig first, then the file",
                        file.serial, format_local(file.expires, now)));
    }
    return static_cast<int>(Exit::ok);
}

int failed(const Context& context, const core::Error& error) {
    const bool usage = error.code == code::kUsage;
    const bool missing = error.code == "NOT_FOUND";
    return context.out.fail(usage ? Exit::usage : missing ? Exit::not_found : Exit::failure, error);
}

}  // namespace

int grant_in_file(const Context& context, const GrantOptions& options) {
    const core::Wall now = context.env.now();
    auto edit = exists(options.edit.file) ? begin_edit(context.env, options.edit)
                                          : begin_new(context.env, options.edit, options.org);
    if (!edit) return failed(context, edit.error());
    if (!options.org.empty() && options.org != edit->header.org)
        return failed(context, {"ORG", fmt::format("{}: is of the organisation {}",
                                                   options.edit.file, edit->header.org)});
    const auto grant = new_grant(options, *edit, now);
    if (!grant) return failed(context, grant.error());
    print_live(context, *edit);

    auto tables = edit->tables;
    tables.push_back({.id = grant->id, .user = grant->user, .not_after = grant->not_after});
    const core::GrantHeader header = core::next_grant_header(edit->header, tables, now);
    auto text = edit->is_new ? Result<std::string>(core::new_grant_text(header))
                             : core::set_grant_header(edit->file.text, edit->file.path, header);
    if (!text) return failed(context, text.error());
    edit->file.text = core::append_grant_table(*text, *grant);

    const auto checked = finish_edit(context, options.edit, *edit);
    if (!checked) return failed(context, checked.error());
    if (auto ok = check_granted(*checked, grant->id); !ok) return failed(context, ok.error());
    if (auto ok = put_in_place(context, options.edit, *edit); !ok)
        return failed(context, ok.error());
    return report_grant(context, *grant, *checked);
}

int revoke_in_file(const Context& context, const RevokeOptions& options) {
    const core::Wall now = context.env.now();
    auto edit = begin_edit(context.env, options.edit);
    if (!edit) return failed(context, edit.error());
    const auto gone = std::ranges::find(edit->tables, options.id, &GrantTable::id);
    if (gone == edit->tables.end())
        return failed(context, {"NOT_FOUND", fmt::format("{}: no grant has the id {}",
                                                         options.edit.file, options.id)});
    const std::string user = gone->user;
    auto text = core::remove_grant_table(edit->file.text, edit->file.path, options.id);
    if (!text) return failed(context, text.error());
    edit->tables.erase(gone);
    print_live(context, *edit);
    text = core::set_grant_header(*text, edit->file.path,
                                  core::next_grant_header(edit->header, edit->tables, now));
    if (!text) return failed(context, text.error());
    edit->file.text = std::move(*text);

    const auto checked = finish_edit(context, options.edit, *edit);
    if (!checked) return failed(context, checked.error());
    if (auto ok = put_in_place(context, options.edit, *edit); !ok)
        return failed(context, ok.error());

    Json result = shaped(Kind::revoked, Json::object());
    result["ended"].push_back(options.id);
    for (const auto& table : edit->tables)
        if (table.user == user && table.not_after > now) result["still"].push_back(table.id);
    if (context.out.json()) {
        context.out.object(result);
    } else if (!context.out.quiet()) {
        context.out.text(
            fmt::format("took out grant {}; it ends on each host once serial {} is there\n",
                        options.id, checked->serial));
        for (const auto& id : texts_of(result, "still"))
            context.out.text(fmt::format("still lets {} in: grant {}\n", user, id));
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
