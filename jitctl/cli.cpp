// SPDX-License-Identifier: Apache-2.0
#include "jitctl/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/suggest.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr auto kVerbs =
    std::to_array<std::string_view>({"status", "grant", "revoke", "list", "show", "explain", "log",
                                     "sign", "verify", "reload", "pam", "trust", "host"});

constexpr char kHelp[] = R"(jitctl [OPTION...] [VERB] ...

Root only while a grant says so.

Look:
  status              am I elevated, by which grant, for how long (default)
  list [WHAT]         grants or sessions
  show ID             one grant or session, in full
  explain             would this be allowed, and why (exit 0, 3 or 4)
  log                 the audit trail

Grant and end, on this host or in a signed file:
  grant USER          let a user elevate for a while
  revoke ID           end a grant now, and its sessions

Signed grant files, on any machine:
  sign FILE           sign it with ssh-keygen
  verify FILE         check it as jitd does

Operate:
  reload              read the configuration and the grant file again
  pam ACTION          gate sudo, su or sshd: enable, disable, status
  trust list          the keys this host believes
  host                this host's name and labels, as patterns match them

Options:
  -j, --json=MODE     pretty, short or off; -j is pretty on a terminal, else short
  -q, --quiet         only what was asked for
      --no-legend     no table header
      --no-pager      never start a pager
      --version
  -h, --help          also of a verb: jitctl grant --help

Exit codes: 0 ok, 1 failure, 2 usage, 3 denied, 4 pending, 5 jitd unreachable, 6 no such object.
See jitctl(1).
)";

/** Option texts that need more than the parser to become values. */
struct Texts {
    std::string json, duration, start, since, until, head;
    bool j = false, no_pager = false, no_legend = false, follow = false;
    std::uint32_t lines = 0, uid = 0;
};

struct Parsed {
    GlobalOptions global;
    StatusOptions status;
    GrantOptions grant;
    RevokeOptions revoke;
    ListOptions list;
    ShowOptions show;
    ExplainOptions explain;
    LogOptions log;
    SignOptions sign;
    VerifyOptions verify;
    PamOptions pam;
    TrustOptions trust;
    std::string trust_action;
};

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

void add_looks(CLI::App& app, Parsed& p, Texts& t) {
    auto& status = *app.add_subcommand("status", "am I elevated, by which grant, for how long");
    status.add_flag("--prompt", p.status.prompt,
                    "a few characters for PS1, nothing when not elevated");

    auto& list = *app.add_subcommand("list", "grants or sessions");
    list.add_option("WHAT", p.list.what, "grants or sessions")
        ->check(CLI::IsMember({"grants", "sessions"}));
    auto* mine = list.add_flag("--mine", p.list.mine, "only my own");
    list.add_option("--user", p.list.user, "only this account's")->excludes(mine);
    list.add_flag("--all", p.list.all, "ended grants too");

    auto& show = *app.add_subcommand("show", "one grant or session, in full");
    show.add_option("ID", p.show.id, "its id")->required();

    auto& explain =
        *app.add_subcommand("explain", "would this be allowed, and why; executes nothing");
    explain.add_option("--user", p.explain.user, "account; default: me");
    explain.add_option("--service", p.explain.service, "PAM service; default: sudo");
    explain.add_option("--target", p.explain.target, "account to become; default: root");

    auto& log = *app.add_subcommand("log", "the audit trail");
    auto* verify =
        log.add_flag("--verify", p.log.verify, "is the whole trail there, as jitd wrote it");
    log.add_option("--head", t.head, "SEQ:HASH that --verify printed earlier")->needs(verify);
    log.add_option("--since", t.since, "not before: \"1h ago\", today, 2026-11-22 12:30");
    log.add_option("--until", t.until, "not after");
    log.add_option("--user", p.log.user, "only this account's");
    log.add_option("--grant", p.log.grant, "only this grant's");
    log.add_flag("-f,--follow", p.log.follow, "go on as records come in");
    log.add_option("-n,--lines", t.lines, "the last N records");
    for (const char* name : {"--since", "--until", "--user", "--grant", "--follow", "--lines"})
        verify->excludes(log.get_option(name));
}

void add_files(CLI::App& app, Parsed& p) {
    auto& sign = *app.add_subcommand("sign", "sign a grant file with ssh-keygen");
    sign.add_option("FILE", p.sign.file, "the grant file")->required();
    sign.add_option("--key", p.sign.key, "private key file, or public key held by ssh-agent")
        ->required();
    sign.add_flag("--add", p.sign.add, "keep the signatures of others");

    auto& verify = *app.add_subcommand("verify", "check a grant file as jitd does");
    verify.add_option("FILE", p.verify.file, "the grant file; its signature is FILE.sig")
        ->required();
    verify.add_option("--trust", p.verify.trust, "trust.toml; default: this host's");
    verify.add_option("--host", p.verify.host, "check host limits for a host of this name");
    verify.add_option("--label", p.verify.labels, "KEY=VALUE of that host, may be repeated")
        ->allow_extra_args(false);
    verify.add_flag("--against-accepted", p.verify.against_accepted,
                    "and against the serial jitd accepted last");
}

void add_operate(CLI::App& app, Parsed& p) {
    app.add_subcommand("reload", "read the configuration and the grant file again");

    auto& pam = *app.add_subcommand("pam", "gate sudo, su or sshd");
    pam.add_option("ACTION", p.pam.action, "enable, disable or status")
        ->required()
        ->check(CLI::IsMember({"enable", "disable", "status"}));
    pam.add_option("SERVICE", p.pam.service, "sudo, su or sshd")
        ->check(CLI::IsMember({"sudo", "su", "sshd"}));
    pam.add_flag("--permissive", p.pam.permissive,
                 "let everybody pass, record who would have been denied");

    auto& trust = *app.add_subcommand("trust", "the keys this host believes");
    trust.add_option("ACTION", p.trust_action, "list")->check(CLI::IsMember({"list"}));
    trust.add_option("--trust", p.trust.trust, "another trust.toml");

    app.add_subcommand("host", "this host's name and labels");
}

void add_global(CLI::App& app, Parsed& p, Texts& t) {
    app.set_help_flag("-h,--help");
    app.set_version_flag("--version", "jitctl " JIT_VERSION);
    app.add_option("--json", t.json)->check(CLI::IsMember({"pretty", "short", "off"}));
    app.add_flag("-j", t.j);
    app.add_flag("-q,--quiet", p.global.quiet);
    app.add_flag("--no-pager", t.no_pager);
    app.add_flag("--no-legend", t.no_legend);
}

JsonMode json_mode(std::string_view mode, bool j, bool terminal) {
    if (mode == "pretty") return JsonMode::pretty;
    if (mode == "short") return JsonMode::brief;
    if (mode.empty() && j) return terminal ? JsonMode::pretty : JsonMode::brief;
    return JsonMode::off;
}

/** What the command line says of JSON even when the rest of it makes no sense. */
JsonMode asked_json(std::span<const std::string> args, bool terminal) {
    std::string mode;
    bool j = false;
    for (std::size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
        if (args[i].starts_with("--json=")) mode = args[i].substr(7);
        if (args[i] == "--json" && i + 1 < args.size()) mode = args[i + 1];
        if (args[i] == "-j") j = true;
    }
    return json_mode(mode, j, terminal);
}

/** The first word that can only be a verb; empty if there is none. */
std::string first_word(std::span<const std::string> args) {
    for (std::size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
        if (args[i] == "--json")
            ++i;
        else if (!args[i].starts_with('-'))
            return args[i];
    }
    return {};
}

std::string wrong_verb(const std::string& word) {
    const std::string_view close = closest_verb(word);
    const std::string shown = core::escape(word);
    if (close.empty()) return fmt::format("{}: no such verb. All of them: jitctl --help", shown);
    return fmt::format("{}: no such verb. Did you mean: jitctl {}?", shown, close);
}

core::Result<void> need_reason(const std::string& reason) {
    return core::check_text(reason, "--reason", core::kMaxReason);
}

core::Result<void> finish_grant(GrantOptions& grant, const Texts& t, core::Wall now, bool has_uid) {
    const auto duration = core::parse_duration(t.duration);
    if (!duration) return core::fail("USAGE", "--for: " + duration.error().text);
    if (duration->count() <= 0)
        return core::fail("USAGE", "--for: 0: a grant of no length: write 30m");
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
    if (revoke.reason.empty())
        return core::fail("USAGE", "--reason is required: it is in the record");
    return need_reason(revoke.reason);
}

core::Result<void> finish_log(LogOptions& log, const Texts& t, core::Wall now, bool has_lines) {
    for (const auto& [text, name, to] : {std::tuple{&t.since, "--since", &log.since},
                                         std::tuple{&t.until, "--until", &log.until}}) {
        if (text->empty()) continue;
        const auto when = parse_when(*text, now);
        if (!when) return core::fail("USAGE", fmt::format("{}: {}", name, when.error().text));
        *to = *when;
    }
    if (!t.head.empty()) {
        const auto mark = core::parse_mark(t.head);
        if (!mark) return core::fail("USAGE", "--head: " + mark.error().text);
        log.head = *mark;
    }
    if (has_lines) log.lines = t.lines;
    if (log.follow && log.until)
        return core::fail("USAGE", "--follow: can't go on until a given time");
    return {};
}

core::Result<Verb> finish(CLI::App& app, Parsed& p, const Texts& t, core::Wall now) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "status" : chosen.front()->get_name();
    core::Result<void> ok;
    if (name == "grant") ok = finish_grant(p.grant, t, now, chosen.front()->count("--uid") > 0);
    if (name == "revoke") ok = finish_revoke(p.revoke);
    if (name == "log") ok = finish_log(p.log, t, now, chosen.front()->count("--lines") > 0);
    if (name == "pam" && p.pam.action != "status" && p.pam.service.empty())
        ok = core::fail("USAGE", fmt::format("which service? jitctl pam {} sudo", p.pam.action));
    if (name == "pam" && p.pam.action != "enable" && p.pam.permissive)
        ok = core::fail("USAGE", "--permissive: only of pam enable");
    if (name == "verify" && p.verify.host.empty() && !p.verify.labels.empty())
        ok = core::fail("USAGE", "--label: needs --host NAME, too");
    if (!ok) return core::fail("USAGE", name + ": " + ok.error().text);

    if (name == "grant") return Verb(p.grant);
    if (name == "revoke") return Verb(p.revoke);
    if (name == "list") return Verb(p.list);
    if (name == "show") return Verb(p.show);
    if (name == "explain") return Verb(p.explain);
    if (name == "log") return Verb(p.log);
    if (name == "sign") return Verb(p.sign);
    if (name == "verify") return Verb(p.verify);
    if (name == "reload") return Verb(ReloadOptions{});
    if (name == "pam") return Verb(p.pam);
    if (name == "trust") return Verb(p.trust);
    if (name == "host") return Verb(HostOptions{});
    return Verb(p.status);
}

}  // namespace

std::span<const std::string_view> verbs() { return kVerbs; }

std::string_view closest_verb(std::string_view word) { return closest(word, kVerbs); }

std::variant<Invocation, CliStop> parse_command_line(std::span<const std::string> args,
                                                     const Environment& env) {
    const JsonMode asked = asked_json(args, env.out_tty);
    const std::string word = first_word(args);
    if (!word.empty() && std::ranges::find(kVerbs, word) == kVerbs.end())
        return CliStop{true, wrong_verb(word), asked};

    Parsed p;
    Texts t;
    CLI::App app("", "jitctl");
    add_global(app, p, t);
    app.require_subcommand(0, 1);
    app.fallthrough();
    add_looks(app, p, t);
    add_grant(app, p, t);
    add_revoke(app, p);
    add_files(app, p);
    add_operate(app, p);
    try {
        app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::CallForVersion& version) {
        return CliStop{false, std::string(version.what()) + "\n", asked};
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return CliStop{false, chosen.empty() ? kHelp : chosen.front()->help("jitctl"), asked};
    } catch (const CLI::ParseError& error) {
        const std::string who = word.empty() ? "" : word + ": ";
        const std::string help = word.empty() ? "jitctl --help" : "jitctl " + word + " --help";
        return CliStop{true, fmt::format("{}{}. See: {}", who, error.what(), help), asked};
    }

    auto verb = finish(app, p, t, env.now());
    if (!verb) return CliStop{true, verb.error().text, asked};
    p.global.json = json_mode(t.json, t.j, env.out_tty);
    p.global.pager = !t.no_pager;
    p.global.legend = !t.no_legend;
    return Invocation{p.global, std::move(*verb)};
}

}  // namespace jit::ctl
