// SPDX-License-Identifier: Apache-2.0
#include "jitctl/cli_options.hpp"

#include <array>
#include <utility>

namespace jit::ctl {
namespace {

void add_edit(CLI::App& verb, FileEdit& edit) {
    auto* file =
        verb.add_option("--file", edit.file, "edit this signed grant file instead of asking jitd");
    auto* key =
        verb.add_option("--key", edit.key, "private key file, or public key held by ssh-agent");
    auto* trust =
        verb.add_option("--trust", edit.trust, "trust.toml the present signature must satisfy");
    file->needs(key);
    key->needs(file);
    trust->needs(file);
}

void add_grant(CLI::App& app, Parsed& p, Texts& t) {
    auto& verb = *app.add_subcommand("grant", "let a user elevate for a while");
    verb.add_option("USER", p.grant.user, "the account")->required();
    verb.add_option("--for,-d,--duration", t.duration, "how long: 30m, \"2h 30min\"")->required();
    verb.add_option("-r,--reason", p.grant.reason, "why; it is in every record")->required();
    verb.add_option("--role", p.grant.role, "role; default: the host's");
    verb.add_option("--ticket", p.grant.ticket, "ticket number");
    verb.add_option("--start", t.start, "when it begins; default: now");
    add_edit(verb, p.grant.edit);
    auto* file = verb.get_option("--file");
    verb.add_option("--host", p.grant.hosts, "host pattern, may be repeated")
        ->allow_extra_args(false)
        ->needs(file);
    verb.add_option("--id", p.grant.id, "id of the grant")->needs(file);
    verb.add_option("--uid", t.uid, "pins the account to this uid")->needs(file);
    verb.add_option("--org", p.grant.org, "organisation, for a new file")->needs(file);
}

void add_revoke(CLI::App& app, Parsed& p) {
    auto& verb = *app.add_subcommand("revoke", "end a grant now, and its sessions");
    verb.add_option("ID", p.revoke.id, "the grant");
    verb.add_option("--user", p.revoke.user, "every grant of this account");
    verb.add_option("--session", p.revoke.session, "one session; its grant stays");
    verb.add_flag("--all", p.revoke.all, "every grant on this host");
    verb.add_option("-r,--reason", p.revoke.reason, "why");
    add_edit(verb, p.revoke.edit);
}

void add_locks(CLI::App& app, Parsed& p) {
    auto& lock = *app.add_subcommand("lock", "end a user's sessions, and let no grant serve");
    lock.add_option("USER", p.lock.user, "the account")->required();
    lock.add_option("-r,--reason", p.lock.reason, "why; it is in the record");
    auto& unlock = *app.add_subcommand("unlock", "let the user's grants serve again");
    unlock.add_option("USER", p.unlock.user, "the account")->required();
    unlock.add_option("-r,--reason", p.unlock.reason, "why; it is in the record");
}

/** Each takes several values: separated by commas, or the option again. */
void add_log_filter(CLI::App& log, LogOptions& options) {
    const auto add = [&](const char* name, std::string& value, const char* text) {
        log.add_option(name, value, text)
            ->multi_option_policy(CLI::MultiOptionPolicy::Join)
            ->delimiter(',');
    };
    add("--user", options.user, "about this account");
    add("--actor", options.actor, "done by this account");
    add("--grant", options.grant, "of this grant");
    add("--request", options.request, "of this request");
    add("--session", options.session, "of this session");
    add("--event", options.event, "of this kind: grant.revoked, \"session.*\"");
    add("--code", options.code, "with this code: NO_GRANT, EXPIRED");
    add("--role", options.role, "of this role");
    add("--service", options.service, "by this PAM service: sudo, sudo-i, su");
    add("--target", options.target, "of becoming this account");
}

void add_looks(CLI::App& app, Parsed& p, Texts& t) {
    auto& status = *app.add_subcommand("status", "am I elevated, by which grant, for how long");
    status.add_flag("--prompt", p.status.prompt,
                    "a few characters for PS1, nothing when not elevated");

    auto& list = *app.add_subcommand("list", "grants, requests, sessions or locks");
    list.add_option("WHAT", p.list.what, "grants, requests, sessions or locks")
        ->check(CLI::IsMember({"grants", "requests", "sessions", "locks"}));
    auto* mine = list.add_flag("--mine", p.list.mine, "only my own");
    list.add_option("--user", p.list.user, "only this account's")->excludes(mine);
    list.add_flag("-a,--all", p.list.all, "ended grants and decided requests, too");

    auto& show = *app.add_subcommand("show", "one grant, request or session, in full");
    show.add_option("ID", p.show.id, "its id")->required();
    show.add_flag("--reviewed", p.show.reviewed, "note that this break-glass use was looked at");

    auto& explain =
        *app.add_subcommand("explain", "would this be allowed, and why; executes nothing");
    explain.add_option("--user", p.explain.user, "account; default: me");
    explain.add_option("--service", p.explain.service, "PAM service; default: sudo");
    explain.add_option("--target", p.explain.target, "account to become; default: root");

    auto& log = *app.add_subcommand("log", "the audit trail");
    auto* verify =
        log.add_flag("--verify", p.log.verify, "is the whole trail there, as jitd wrote it");
    log.add_option("--head", t.head, "SEQ:HASH that --verify printed earlier")->needs(verify);
    log.add_option("-S,--since", t.since, "not before: \"1h ago\", today, 2026-11-22 12:30");
    log.add_option("-U,--until", t.until, "not after");
    log.add_flag("-b,--boot", p.log.this_boot, "only of this boot");
    add_log_filter(log, p.log);
    log.add_flag("--commands", p.log.commands, "the commands run in elevated sessions, as sudo noted them");
    log.add_flag("-f,--follow", p.log.follow, "go on as records come in");
    log.add_flag("-r,--reverse", p.log.reverse, "newest first");
    log.add_option("-n,--lines", t.lines, "the last N records");
}

void add_recordings(CLI::App& app, Parsed& p, Texts& t) {
    auto& replay = *app.add_subcommand("replay", "show what a recorded session showed");
    replay.add_option("SESSION", p.replay.session, "its id")->required();
    replay.add_option("--speed", p.replay.speed, "so many times faster")->check(CLI::Range(0.01, 1000.0));
    auto* wait = replay.add_option("--max-wait", t.max_wait, "no pause longer than this: 2s");
    replay.add_flag("--no-wait", t.no_wait, "no pauses at all")->excludes(wait);

    auto& cast = *app.add_subcommand("export", "a recorded session as a file for other programs");
    cast.add_option("SESSION", p.cast.session, "its id")->required();
    cast.add_option("--format", p.cast.format, "asciicast (version 2)")->check(CLI::IsMember({"asciicast"}));
    cast.add_option("-o,--output", p.cast.file, "a new file; default: standard output");

    auto& search = *app.add_subcommand("search", "find a text in all recorded sessions");
    search.add_option("TEXT", p.search.text, "3 characters or more, whatever the case")->required();
    search.add_option("--since", t.since, "sessions not before: \"1h ago\", today, 2026-11-22 12:30");
    search.add_option("--until", t.until, "sessions not after");
    search.add_option("--user", p.search.user, "only this account's");
}

void add_evidence(CLI::App& app, Parsed& p, Texts& t) {
    auto& evidence = *app.add_subcommand("evidence", "all about one grant, for an auditor; verify checks it anywhere");
    evidence.add_option("GRANT", p.evidence.grant, "its id")->required();
    evidence.add_option("-o,--output", p.evidence.file, "write it there, as JSON for verify");
    evidence.add_option("--head", t.head, "a mark kept elsewhere: the records up to it, too");
}

void add_files(CLI::App& app, Parsed& p, Texts& t) {
    auto& sign = *app.add_subcommand("sign", "sign a grant file with ssh-keygen");
    sign.add_option("FILE", p.sign.file, "the grant file")->required();
    sign.add_option("--key", p.sign.key, "private key file, or public key held by ssh-agent")
        ->required();
    sign.add_flag("--add", p.sign.add, "keep the signatures of others");

    auto& verify = *app.add_subcommand("verify", "check a grant file as jitd does, or evidence");
    verify.add_option("FILE", p.verify.file, "the grant file, its signature is FILE.sig; or what evidence wrote")
        ->required();
    verify.add_option("--trust", p.verify.trust, "trust.toml; default: this host's");
    verify.add_option("--host", p.verify.host, "check host limits for a host of this name");
    verify.add_option("--label", p.verify.labels, "KEY=VALUE of that host, may be repeated")
        ->allow_extra_args(false);
    verify.add_flag("--against-accepted", p.verify.against_accepted,
                    "and against the serial jitd accepted last");
    verify.add_option("--head", t.head, "of evidence: a mark kept elsewhere");
    verify.add_option("--recordings", p.verify.recordings, "of evidence: folder with the recordings");
}

void add_operate(CLI::App& app, Parsed& p, Texts& t) {
    app.add_subcommand("reload", "read the configuration and the grant file again");

    auto& state = *app.add_subcommand("state", "start anew when jitd can't use its state, or the clock went back");
    state.add_option("ACTION", p.state.action, "recover")->required()->check(CLI::IsMember({"recover"}));
    state.add_flag("--clock", p.state.clock, "the clock is right, though it was later before");
    state.add_option("-r,--reason", p.state.reason, "why; it is in the record");

    auto& pam = *app.add_subcommand("pam", "gate sudo, su or sshd");
    pam.add_option("ACTION", p.pam.action, "enable, disable, confirm or status")
        ->required()
        ->check(CLI::IsMember({"enable", "disable", "confirm", "status"}));
    pam.add_option("SERVICE", p.pam.service, "sudo, su or sshd")
        ->check(CLI::IsMember({"sudo", "su", "sshd"}));
    pam.add_flag("--permissive", p.pam.permissive,
                 "let everybody pass, record who would have been denied");
    pam.add_option("--confirm", t.confirm,
                   "undo it after this time, unless pam confirm comes: 10min");

    auto& trust = *app.add_subcommand("trust", "the keys this host believes");
    trust.add_option("ACTION", p.trust_action, "list")->check(CLI::IsMember({"list"}));
    trust.add_option("--trust", p.trust.trust, "another trust.toml");

    app.add_subcommand("host", "this host's name and labels");

    auto& policy = *app.add_subcommand("policy", "roles and rules");
    policy.add_option("ACTION", p.policy.action, "check or suggest")
        ->required()
        ->check(CLI::IsMember({"check", "suggest"}));
    policy.add_option("FILE", p.policy.file, "a policy.toml; default: this host's");
    policy.add_option("--since", t.since, "suggest: from records not before this time");

    app.add_subcommand("doctor", "ways around the gate, and into a lock-out, and what to do");
}

void add_global(CLI::App& app, Parsed& p, Texts& t) {
    app.footer("Options of all verbs, as -j and -q: jitctl --help. More: man jitctl");
    app.set_help_flag("-h,--help", "this text");
    app.set_version_flag("--version", "jitctl " JIT_VERSION);
    app.add_option("--json", t.json)->check(CLI::IsMember({"pretty", "short", "off"}));
    app.add_flag("-j", t.j);
    app.add_flag("-q,--quiet", p.global.quiet);
    app.add_flag("--no-pager", t.no_pager);
    app.add_flag("--no-legend", t.no_legend);
}

/** The words of the manual page for values. */
constexpr auto kValues = std::to_array<std::pair<const char*, const char*>>({
    {"--for", "SPAN"},   {"--timeout", "SPAN"}, {"--confirm", "SPAN"}, {"--start", "TIME"}, {"--since", "TIME"},
    {"--until", "TIME"}, {"--user", "USER"},    {"--file", "FILE"},    {"--trust", "FILE"}, {"--key", "KEY"},
    {"--actor", "USER"}, {"--target", "ACCOUNT"}, {"--grant", "ID"},   {"--request", "ID"}, {"--session", "ID"},
    {"--event", "KIND"}, {"--code", "CODE"},   {"--role", "ROLE"},   {"--service", "SERVICE"},
    {"--output", "FILE"}, {"--max-wait", "SPAN"}, {"--speed", "N"},
    {"--recordings", "DIR"}, {"--head", "MARK"},
});

/** A value that is empty is that of a variable nobody set: it must not pass for an option that was left out. Reason and
 * ticket say for themselves when they may be empty. */
void need_values(CLI::App& app) {
    const auto said = [](const std::string& value) { return value.empty() ? std::string("a value is empty") : std::string(); };
    for (auto* verb : app.get_subcommands({})) {
        for (auto* option : verb->get_options()) {
            const bool has_value = option->get_items_expected_max() > 0;
            const bool words = option->check_lname("reason") || option->check_lname("ticket");
            if (has_value && !option->get_positional() && !words) option->check(CLI::Validator(said, ""));
        }
    }
}

void name_values(CLI::App& app) {
    for (auto* verb : app.get_subcommands({})) {
        for (auto* option : verb->get_options())
            if (option->get_positional() && option->get_type_name() == "TEXT") option->type_name("");
        for (const auto& [name, value] : kValues)
            if (auto* option = verb->get_option_no_throw(name)) option->type_name(value);
    }
}

}  // namespace

void add_options(CLI::App& app, Parsed& p, Texts& t) {
    add_global(app, p, t);
    add_looks(app, p, t);
    add_recordings(app, p, t);
    add_asking(app, p, t);
    add_grant(app, p, t);
    add_revoke(app, p);
    add_locks(app, p);
    add_evidence(app, p, t);
    add_files(app, p, t);
    add_operate(app, p, t);
    name_values(app);
    need_values(app);
}

}  // namespace jit::ctl
