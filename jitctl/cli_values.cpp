// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/cli_options.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kFewestCharacters = 3;  // of an index of three characters each

core::Result<void> finish_grant(GrantOptions& grant, const Texts& t, core::Wall now, bool has_uid) {
    const auto duration = span_of("--for", t.duration);
    if (!duration) return duration.failure();
    grant.duration = *duration;
    if (!t.start.empty()) {
        const auto start = parse_when(t.start, now);
        if (!start) return core::fail("USAGE", "--start: " + start.error().text);
        grant.start = *start;
    }
    if (!core::is_account_name(grant.user))
        return core::fail("USAGE", core::escape(grant.user) + ": not an account name");
    if (!grant.ticket.empty())
        if (auto ok = core::check_text(grant.ticket, "--ticket", core::kMaxTicket); !ok) return ok;
    if (has_uid) grant.uid = t.uid;
    if (!grant.edit.file.empty() && grant.hosts.empty())
        return core::fail("USAGE",
                          "--host: say which hosts the grant is for: --host db-01, --host '*'");
    return need_reason(grant.reason);
}

core::Result<void> finish_policy(PolicyOptions& policy, const Texts& t, core::Wall now) {
    const bool suggest = policy.action == "suggest";
    if (suggest && !policy.file.empty())
        return core::fail("USAGE", "suggest: reads the audit trail, not a file");
    if (t.since.empty()) return {};
    if (!suggest) return core::fail("USAGE", "--since: only of policy suggest");
    const auto since = parse_when(t.since, now);
    if (!since) return core::fail("USAGE", "--since: " + since.error().text);
    policy.since = *since;
    return {};
}

core::Result<void> finish_lock(const std::string& user, const std::string& reason) {
    if (!core::is_any_account_name(user))
        return core::fail("USAGE", core::escape(user) + ": not an account name");
    return reason.empty() ? core::Result<void>() : need_reason(reason);
}

core::Result<void> finish_revoke(const RevokeOptions& revoke) {
    const int named = (revoke.id.empty() ? 0 : 1) + (revoke.user.empty() ? 0 : 1) +
                      (revoke.session.empty() ? 0 : 1) + (revoke.all ? 1 : 0);
    if (named != 1)
        return core::fail(
            "USAGE",
            "say what to end: one of ID, --user USER, --session ID, --all. See: jitctl list");
    if (!revoke.edit.file.empty()) {
        if (revoke.id.empty())
            return core::fail("USAGE", "--file: takes the ID of the grant to take out");
        return {};
    }
    if (!revoke.user.empty() && !core::is_any_account_name(revoke.user))
        return core::fail("USAGE", core::escape(revoke.user) + ": not an account name");
    if (revoke.reason.empty())
        return core::fail("USAGE", "--reason is required: it is in the record");
    return need_reason(revoke.reason);
}

/** systemd-cgls shows the scope: jit-ID.scope. */
void take_scope_name(std::string& session) {
    constexpr std::string_view kBefore = "jit-", kAfter = ".scope";
    constexpr std::size_t kDigits = 32;
    if (session.size() != kBefore.size() + kDigits + kAfter.size()) return;
    if (session.starts_with(kBefore) && session.ends_with(kAfter)) session = session.substr(kBefore.size(), kDigits);
}

/** An unset variable of a script names nothing. */
core::Result<void> not_empty(const CLI::App& verb) {
    for (const auto* option : verb.get_options()) {
        if (option->get_positional() && option->count() > 0 && option->results().front().empty())
            return core::fail("USAGE", fmt::format("{}: is empty", option->get_name()));
    }
    return {};
}

core::Result<void> finish_head(std::optional<core::Mark>& head, const Texts& t) {
    if (t.head.empty()) return {};
    const auto mark = core::parse_mark(t.head);
    if (!mark) return core::fail("USAGE", "--head: " + mark.error().text);
    head = *mark;
    return {};
}

/** --since and --until of a verb that has both. */
template <class Options>
core::Result<void> finish_times(Options& options, const Texts& t, core::Wall now) {
    for (const auto& [text, name, to] : {std::tuple{&t.since, "--since", &options.since},
                                         std::tuple{&t.until, "--until", &options.until}}) {
        if (text->empty()) continue;
        const auto when = parse_when(*text, now);
        if (!when) return core::fail("USAGE", fmt::format("{}: {}", name, when.error().text));
        *to = *when;
    }
    return {};
}

core::Result<void> finish_search(SearchOptions& search, const Texts& t, core::Wall now) {
    const auto characters = std::ranges::count_if(search.text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    if (static_cast<std::size_t>(characters) < kFewestCharacters)
        return core::fail("USAGE", fmt::format("TEXT: {} characters or more", kFewestCharacters));
    return finish_times(search, t, now);
}

core::Result<void> finish_replay(ReplayOptions& replay, const Texts& t) {
    if (t.no_wait) replay.max_wait = core::Usec(0);
    if (t.max_wait.empty()) return {};
    const auto span = span_of("--max-wait", t.max_wait);
    if (!span) return span.failure();
    replay.max_wait = *span;
    return {};
}

core::Result<void> finish_log(LogOptions& log, const Texts& t, core::Wall now, bool has_lines) {
    if (auto ok = finish_times(log, t, now); !ok) return ok;
    if (log.commands && log.follow) return core::fail("USAGE", "--commands: of what is in the journal by now: leave out --follow");
    if (log.commands && !log.event.empty())
        return core::fail("USAGE", "--commands: are of no kind of record: leave out --event");
    if (auto ok = finish_head(log.head, t); !ok) return ok;
    if (has_lines) log.lines = t.lines;
    if (log.follow && log.until)
        return core::fail("USAGE", "--follow: can't go on until a given time");
    if (log.follow && log.reverse)
        return core::fail("USAGE", "--follow: what comes next is the newest: leave out --reverse");
    if (const auto matches = trail::matches_of(log); !matches)
        return core::fail("USAGE", "--" + matches.error().text);
    return {};
}

constexpr core::Usec kMaxConfirm = std::chrono::hours(24);

core::Result<void> finish_pam(PamOptions& pam, const Texts& t, bool has_confirm) {
    const bool enable = pam.action == "enable";
    if ((enable || pam.action == "disable") && pam.service.empty())
        return core::fail("USAGE", fmt::format("which service? jitctl pam {} sudo", pam.action));
    if (!enable && pam.permissive) return core::fail("USAGE", "--permissive: only of pam enable");
    if (!has_confirm) return {};
    if (!enable)
        return core::fail("USAGE", "--confirm: only of pam enable; keep a change: pam confirm");
    const auto span = core::parse_duration(t.confirm);
    if (!span) return core::fail("USAGE", "--confirm: " + span.error().text);
    if (*span < std::chrono::seconds(1) || *span > kMaxConfirm)
        return core::fail("USAGE", "--confirm: from 1s to 24h; write 10min");
    pam.confirm = *span;
    return {};
}

}  // namespace

core::Result<core::Usec> span_of(std::string_view name, const std::string& text) {
    const auto span = core::parse_duration(text);
    if (!span) return core::fail("USAGE", fmt::format("{}: {}", name, span.error().text));
    if (span->count() <= 0) return core::fail("USAGE", fmt::format("{}: 0 has no length: write 30m", name));
    return *span;
}

core::Result<void> need_reason(const std::string& reason) {
    return core::check_text(reason, "--reason", core::kMaxReason);
}

core::Result<Verb> finish(CLI::App& app, Parsed& p, const Texts& t, core::Wall now) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "status" : chosen.front()->get_name();
    for (std::string* session : {&p.show.id, &p.revoke.session, &p.revoke.id, &p.replay.session, &p.cast.session})
        take_scope_name(*session);
    if (!chosen.empty()) {
        const bool says_more = name == "done" || name == "revoke";
        if (auto ok = says_more ? core::Result<void>() : not_empty(*chosen.front()); !ok)
            return core::fail("USAGE", name + ": " + ok.error().text);
        if (auto asking = finish_asking(*chosen.front(), p, t, now)) {
            if (!*asking) return core::fail("USAGE", name + ": " + asking->error().text);
            return *std::move(asking);
        }
    }
    core::Result<void> ok;
    if (name == "grant") ok = finish_grant(p.grant, t, now, chosen.front()->count("--uid") > 0);
    if (name == "revoke") ok = finish_revoke(p.revoke);
    if (name == "lock") ok = finish_lock(p.lock.user, p.lock.reason);
    if (name == "unlock") ok = finish_lock(p.unlock.user, p.unlock.reason);
    if (name == "state" && !p.state.reason.empty()) ok = need_reason(p.state.reason);
    if (name == "list" && p.list.what == "locks" && (p.list.mine || !p.list.user.empty()))
        ok = core::fail("USAGE", "locks: all of them are listed: leave out --mine and --user");
    if (name == "log" && p.log.verify)
        for (const char* part : {"--since", "--until", "--boot", "--user", "--actor", "--grant", "--request", "--session",
                                 "--event", "--code", "--role", "--service", "--target", "--follow", "--reverse",
                                 "--lines", "--commands"})
            if (ok && chosen.front()->count(part) > 0)
                ok = core::fail("USAGE", fmt::format("--verify: is of the whole trail, not of a "
                                                     "part: leave out {}",
                                                     part));
    if (ok && name == "log") ok = finish_log(p.log, t, now, chosen.front()->count("--lines") > 0);
    if (name == "replay") ok = finish_replay(p.replay, t);
    if (name == "search") ok = finish_search(p.search, t, now);
    if (name == "policy") ok = finish_policy(p.policy, t, now);
    if (name == "pam") ok = finish_pam(p.pam, t, chosen.front()->count("--confirm") > 0);
    if (name == "verify" && p.verify.host.empty() && !p.verify.labels.empty())
        ok = core::fail("USAGE", "--label: needs --host NAME, too");
    if (ok && name == "verify") ok = finish_head(p.verify.head, t);
    if (name == "evidence") ok = finish_head(p.evidence.head, t);
    if (ok && name == "evidence" && p.evidence.file.empty() && chosen.front()->count("--output") > 0)
        ok = core::fail("USAGE", "--output: name a file, or - for standard output");
    if (!ok) return core::fail("USAGE", name + ": " + ok.error().text);

    if (name == "grant") return Verb(p.grant);
    if (name == "revoke") return Verb(p.revoke);
    if (name == "lock") return Verb(p.lock);
    if (name == "unlock") return Verb(p.unlock);
    if (name == "list") return Verb(p.list);
    if (name == "show") return Verb(p.show);
    if (name == "explain") return Verb(p.explain);
    if (name == "log") return Verb(p.log);
    if (name == "replay") return Verb(p.replay);
    if (name == "export") return Verb(p.cast);
    if (name == "search") return Verb(p.search);
    if (name == "sign") return Verb(p.sign);
    if (name == "verify") return Verb(p.verify);
    if (name == "evidence") return Verb(p.evidence);
    if (name == "reload") return Verb(ReloadOptions{});
    if (name == "state") return Verb(p.state);
    if (name == "pam") return Verb(p.pam);
    if (name == "trust") return Verb(p.trust);
    if (name == "host") return Verb(HostOptions{});
    if (name == "policy") return Verb(p.policy);
    if (name == "doctor") return Verb(DoctorOptions{});
    return Verb(p.status);
}

}  // namespace jit::ctl
