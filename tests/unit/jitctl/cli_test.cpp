// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE cli
#include "jitctl/cli.hpp"

#include <boost/test/unit_test.hpp>

#include "core/duration.hpp"

using namespace jit;
using namespace jit::ctl;

namespace {

using Args = std::vector<std::string>;
using Outcome = std::variant<Invocation, CliStop>;

Outcome parse(const Args& args, bool terminal = false) {
    Environment env;
    env.out_tty = terminal;
    env.now = [] { return *core::parse_time("2026-11-22T12:00:00Z"); };
    return parse_command_line(args, env);
}

template <class T>
T verb(const Args& args) {
    const auto outcome = parse(args);
    if (const auto* stop = std::get_if<CliStop>(&outcome)) BOOST_FAIL(stop->text);
    return std::get<T>(std::get<Invocation>(outcome).verb);
}

std::string wrong(const Args& args) {
    const auto outcome = parse(args);
    const auto* stop = std::get_if<CliStop>(&outcome);
    return stop != nullptr && stop->wrong ? stop->text : "";
}

GlobalOptions global(const Args& args, bool terminal = false) {
    const auto outcome = parse(args, terminal);
    if (const auto* stop = std::get_if<CliStop>(&outcome)) BOOST_FAIL(stop->text);
    return std::get<Invocation>(outcome).global;
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const Args kRequest = {"request", "dba", "--for", "30m", "-r", "disk"};
const Args kGrant = {"grant", "alice", "--for", "30m", "-r", "disk"};

Args with(Args args, const Args& more) {
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Cli)

BOOST_AUTO_TEST_CASE(status_is_what_no_verb_means) {
    BOOST_TEST(!verb<StatusOptions>({}).prompt);
    BOOST_TEST(verb<StatusOptions>({"status", "--prompt"}).prompt);
    BOOST_TEST(!verb<StatusOptions>({"-j"}).prompt);
}

BOOST_AUTO_TEST_CASE(a_grant_is_read_whole) {
    const auto grant =
        verb<GrantOptions>(with(kGrant, {"--role", "dba", "--ticket", "INC-1", "--start", "+1h"}));
    BOOST_TEST(grant.user == "alice");
    BOOST_TEST((grant.duration == std::chrono::minutes(30)));
    BOOST_TEST(grant.role == "dba");
    BOOST_TEST(core::format_time(*grant.start) == "2026-11-22T13:00:00Z");
    BOOST_TEST((verb<GrantOptions>({"grant", "alice", "-d", "2h 30min", "--reason=x"}).duration ==
                std::chrono::minutes(150)));
    BOOST_TEST((verb<GrantOptions>({"grant", "alice", "--duration", "1h", "-r", "x"}).duration ==
                std::chrono::hours(1)));
}

BOOST_AUTO_TEST_CASE(a_session_may_be_named_by_its_scope) {
    const std::string id = "0123456789abcdef0123456789abcdef";
    BOOST_TEST(verb<ShowOptions>({"show", "jit-" + id + ".scope"}).id == id);
    BOOST_TEST(verb<RevokeOptions>({"revoke", "--session", "jit-" + id + ".scope", "-r", "x"}).session == id);
    BOOST_TEST(verb<ReplayOptions>({"replay", "jit-" + id + ".scope"}).session == id);
    for (const std::string other : {"jit-.scope", "jit-x.scope", "jit-0123", "x"})
        BOOST_TEST(verb<ShowOptions>({"show", other}).id == other);
}

BOOST_AUTO_TEST_CASE(an_empty_id_means_nothing) {
    BOOST_TEST(says(wrong({"extend", "", "--for", "30m", "-r", "x"}), "extend: ID: is empty"));
    for (const char* name : {"show", "cancel", "wait", "approve", "deny", "done"})
        BOOST_TEST(says(wrong({name, ""}), "ID: is empty"), name);
    BOOST_TEST(says(wrong({"replay", ""}), "SESSION: is empty"));
    BOOST_TEST(says(wrong({"evidence", ""}), "GRANT: is empty"));
    BOOST_TEST(says(wrong({"request", "", "--for", "30m", "-r", "x"}), "ROLE: is empty"));
    BOOST_TEST(says(wrong({"policy", "check", ""}), "FILE: is empty"));
    BOOST_TEST(says(wrong({"revoke", "", "-r", "x"}), "say what to end"));
}

BOOST_AUTO_TEST_CASE(what_is_no_account_name_can_not_be_revoked) {
    for (const char* name : {"a:b", " ab", "../x"})
        BOOST_TEST(says(wrong({"revoke", "--user", name, "-r", "x"}), "not an account name"), name);
    for (const std::string name : {"alice", "alice@corp.example.com", "CORP\\Alice Smith"}) {
        BOOST_TEST(verb<RevokeOptions>({"revoke", "--user", name, "-r", "x"}).user == name);
        BOOST_TEST(verb<LockOptions>({"lock", name}).user == name);
    }
}

BOOST_AUTO_TEST_CASE(a_duration_needs_its_unit_and_a_length) {
    BOOST_TEST(says(wrong({"grant", "alice", "--for", "30", "-r", "x"}), "unit"));
    BOOST_TEST(says(wrong({"grant", "alice", "--for", "0", "-r", "x"}), "no length"));
    BOOST_TEST(says(wrong({"grant", "alice", "-r", "x"}), "--for"));
}

BOOST_AUTO_TEST_CASE(a_reason_is_clean_text) {
    BOOST_TEST(says(wrong({"grant", "alice", "--for", "30m"}), "--reason"));
    BOOST_TEST(!wrong({"grant", "alice", "--for", "30m", "-r", "  "}).empty());
    BOOST_TEST(!wrong({"grant", "alice", "--for", "30m", "-r", "a\nb"}).empty());
    BOOST_TEST(!wrong({"grant", "alice", "--for", "30m", "-r", "a\x1b[2J"}).empty());
    BOOST_TEST(!wrong({"grant", "1001", "--for", "30m", "-r", "x"}).empty());
}

BOOST_AUTO_TEST_CASE(file_options_belong_together) {
    const Args file = {"--file", "f", "--key", "k"};
    const auto grant = verb<GrantOptions>(
        with(kGrant, with(file, {"--host", "db-*", "--host", "a=b", "--uid", "0"})));
    BOOST_TEST(grant.hosts == (std::vector<std::string>{"db-*", "a=b"}));
    BOOST_TEST(grant.uid.value_or(7) == 0U);
    BOOST_TEST(says(wrong(with(kGrant, file)), "--host"));
    BOOST_TEST(says(wrong(with(kGrant, {"--file", "f", "--host", "*"})), "--key"));
    BOOST_TEST(says(wrong(with(kGrant, {"--host", "*"})), "--file"));
    BOOST_TEST(!verb<GrantOptions>(kGrant).uid.has_value());
}

BOOST_AUTO_TEST_CASE(a_host_pattern_takes_no_word_behind_it) {
    const auto grant = verb<GrantOptions>({"grant", "--file", "f", "--key", "k", "--host", "db-*",
                                           "alice", "--for", "30m", "-r", "disk"});
    BOOST_TEST(grant.user == "alice");
    BOOST_TEST(grant.hosts.size() == 1U);
}

BOOST_AUTO_TEST_CASE(revoke_ends_exactly_one_thing) {
    BOOST_TEST(verb<RevokeOptions>({"revoke", "x", "-r", "over"}).id == "x");
    BOOST_TEST(verb<RevokeOptions>({"revoke", "--all", "-r", "over"}).all);
    BOOST_TEST(says(wrong({"revoke", "-r", "over"}), "one of"));
    BOOST_TEST(says(wrong({"revoke", "x", "--user", "alice", "-r", "over"}), "one of"));
    BOOST_TEST(says(wrong({"revoke", "x"}), "--reason"));
    BOOST_TEST(verb<LockOptions>({"lock", "alice", "-r", "stolen"}).reason == "stolen");
    BOOST_TEST(verb<UnlockOptions>({"unlock", "alice"}).user == "alice");
    BOOST_TEST(says(wrong({"lock"}), "USER"));
    BOOST_TEST(says(wrong({"lock", "../x"}), "not an account name"));
    BOOST_TEST(says(wrong({"list", "locks", "--mine"}), "--mine"));
    BOOST_TEST(says(wrong({"revoke", "--all", "-r", "x", "--file", "f", "--key", "k"}), "ID"));
}

BOOST_AUTO_TEST_CASE(a_name_of_a_verb_may_be_an_argument) {
    BOOST_TEST(verb<ShowOptions>({"show", "list"}).id == "list");
    BOOST_TEST(verb<ShowOptions>({"show", "--", "-x"}).id == "-x");
}

BOOST_AUTO_TEST_CASE(a_mistyped_verb_is_named_and_one_is_offered) {
    BOOST_TEST(says(wrong({"statsu"}), "jitctl status"));
    BOOST_TEST(says(wrong({"reques"}), "jitctl request"));
    for (const std::string list : {"grants", "requests", "sessions", "locks"})  // and no "jitctl lock"
        BOOST_TEST(says(wrong({list}), "Did you mean: jitctl list " + list + "?"));
    BOOST_TEST(says(wrong({"aprove"}), "jitctl approve"));
    BOOST_TEST(says(wrong({"--json", "short", "lsit"}), "jitctl list"));
    BOOST_TEST(says(wrong({"\x1b[2J"}), "no such verb"));
    BOOST_TEST(wrong({"\x1b[2J"}).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_is_pretty_on_a_terminal_only) {
    BOOST_TEST((global({"-j"}).json == JsonMode::brief));
    BOOST_TEST((global({"-j"}, true).json == JsonMode::pretty));
    BOOST_TEST((global({"list", "--json=short"}, true).json == JsonMode::brief));
    BOOST_TEST((global({"--json", "pretty", "list"}).json == JsonMode::pretty));
    BOOST_TEST((global({"--json=off", "-j"}).json == JsonMode::off));
    BOOST_TEST(!wrong({"--json=loud"}).empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_command_line_still_knows_that_json_was_asked) {
    const auto outcome = parse({"grant", "-j"});
    BOOST_TEST((std::get<CliStop>(outcome).json == JsonMode::brief));
}

BOOST_AUTO_TEST_CASE(global_options_go_on_either_side) {
    BOOST_TEST(global({"-q", "list"}).quiet);
    BOOST_TEST(global({"list", "-q"}).quiet);
    BOOST_TEST(!global({"list", "--no-legend"}).legend);
    BOOST_TEST(!global({"log", "--no-pager"}).pager);
}

BOOST_AUTO_TEST_CASE(times_of_the_log_are_points_in_time) {
    const auto log = verb<LogOptions>({"log", "--since", "1h ago", "-n", "5", "--user", "alice"});
    BOOST_TEST(core::format_time(*log.since) == "2026-11-22T11:00:00Z");
    BOOST_TEST(log.lines.value_or(0) == 5U);
    BOOST_TEST(!verb<LogOptions>({"log"}).lines.has_value());
    BOOST_TEST(says(wrong({"log", "--since", "soon"}), "--since"));
    BOOST_TEST(!wrong({"log", "--follow", "--until", "now"}).empty());
    BOOST_TEST(!wrong({"log", "-n", "-3"}).empty());
}

BOOST_AUTO_TEST_CASE(filters_of_the_log_take_several_values) {
    const auto log = verb<LogOptions>({"log", "--user", "alice,bob", "--user=carol", "--event", "session.*", "-b", "-r"});
    BOOST_TEST(log.user == "alice,bob,carol");
    BOOST_TEST(log.event == "session.*");
    BOOST_TEST((log.this_boot && log.reverse));
    BOOST_TEST(log.grant.empty());
    BOOST_TEST(verb<LogOptions>({"log", "-S", "today", "-U", "now"}).until.has_value());
    BOOST_TEST(!wrong({"log", "--user", ""}).empty());
    BOOST_TEST(says(wrong({"log", "--event", "sesion.*"}), "no kind of record"));
    BOOST_TEST(says(wrong({"log", "--follow", "--reverse"}), "--reverse"));
}

BOOST_AUTO_TEST_CASE(the_rest_of_the_verbs) {
    BOOST_TEST(verb<ListOptions>({"list"}).what == "grants");
    BOOST_TEST(verb<ListOptions>({"list", "sessions", "--mine"}).mine);
    BOOST_TEST(!wrong({"list", "things"}).empty());
    BOOST_TEST(!wrong({"list", "--mine", "--user", "alice"}).empty());
    BOOST_TEST(verb<PamOptions>({"pam", "enable", "sudo", "--permissive"}).permissive);
    BOOST_TEST(says(wrong({"pam", "enable"}), "which service"));
    BOOST_TEST(!wrong({"pam", "enable", "login"}).empty());
    BOOST_TEST(!wrong({"pam", "disable", "sudo", "--permissive"}).empty());
    BOOST_TEST(!verb<PamOptions>({"pam", "enable", "sudo"}).confirm.has_value());
    BOOST_TEST((verb<PamOptions>({"pam", "enable", "sudo", "--confirm", "10min"}).confirm ==
                std::chrono::minutes(10)));
    BOOST_TEST(verb<PamOptions>({"pam", "confirm"}).service.empty());
    for (const char* span : {"10", "0", "2d", "soon"})
        BOOST_TEST(says(wrong({"pam", "enable", "sudo", "--confirm", span}), "--confirm"));
    BOOST_TEST(!wrong({"pam", "disable", "sudo", "--confirm", "10min"}).empty());
    BOOST_TEST(
        verb<VerifyOptions>({"verify", "f", "--host", "db-01", "--label", "a=b", "--label", "c=d"})
            .labels.size() == 2U);
    BOOST_TEST(!wrong({"verify", "f", "--label", "a=b"}).empty());
    BOOST_TEST(verb<SignOptions>({"sign", "f", "--key", "k", "--add"}).add);
    BOOST_TEST(!wrong({"sign", "f"}).empty());
    BOOST_TEST(verb<TrustOptions>({"trust", "list"}).trust.empty());
    (void)verb<ReloadOptions>({"reload"});
    BOOST_TEST(!verb<StateOptions>({"state", "recover"}).clock);
    BOOST_TEST(verb<StateOptions>({"state", "recover", "--clock", "-r", "x"}).clock);
    BOOST_TEST(!wrong({"state"}).empty());
    BOOST_TEST(!wrong({"state", "reset"}).empty());
    (void)verb<HostOptions>({"host"});
    BOOST_TEST(verb<PolicyOptions>({"policy", "check"}).file.empty());
    BOOST_TEST(verb<PolicyOptions>({"policy", "check", "f"}).file == "f");
    BOOST_TEST(!wrong({"policy"}).empty());
    BOOST_TEST(!wrong({"policy", "chek"}).empty());
    BOOST_TEST(!verb<PolicyOptions>({"policy", "suggest"}).since.has_value());
    BOOST_TEST(verb<PolicyOptions>({"policy", "suggest", "--since", "1h ago"}).since.has_value());
    BOOST_TEST(says(wrong({"policy", "suggest", "f"}), "not a file"));
    BOOST_TEST(says(wrong({"policy", "check", "--since", "today"}), "only of policy suggest"));
    (void)verb<DoctorOptions>({"doctor"});
    BOOST_TEST(!wrong({"doctor", "now"}).empty());
    BOOST_TEST(!wrong({"reload", "now"}).empty());
}

BOOST_AUTO_TEST_CASE(help_names_every_verb) {
    const auto outcome = parse({"--help"});
    const auto& help = std::get<CliStop>(outcome);
    BOOST_TEST(!help.wrong);
    for (const auto name : verbs()) {
        BOOST_TEST(says(help.text, "\n  " + std::string(name)), name);
        const auto own = parse({std::string(name), "--help"});
        BOOST_TEST(says(std::get<CliStop>(own).text, "Usage: jitctl " + std::string(name)), name);
    }
}

BOOST_AUTO_TEST_CASE(verify_is_of_the_whole_trail) {
    const std::string mark = "7:" + std::string(64, 'a');
    BOOST_TEST(verb<LogOptions>({"log", "--verify"}).verify);
    BOOST_TEST(verb<LogOptions>({"log", "--verify", "--head", mark}).head->seq == 7U);
    BOOST_TEST(says(wrong({"log", "--verify", "--head", "7"}), "SEQ:HASH"));
    BOOST_TEST(says(wrong({"log", "--head", mark}), "--verify"));
    for (const char* other : {"--user=bob", "--grant=g1", "--since=today", "-f", "-n3", "-r", "-b", "--event=lock.*", "--commands"})
        BOOST_TEST(says(wrong({"log", "--verify", other}), "leave out --"), other);
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_not_an_option_left_out) {
    for (const Args& args : {Args{"log", "--verify", "--head", ""}, {"log", "--verify", "--head="}, {"log", "--since", ""},
                             {"log", "-U", ""}, {"log", "-S", "today", "--until", ""}, {"evidence", "g1", "--head", ""},
                             {"verify", "f", "--head", ""}, {"search", "abc", "--since", ""}, {"search", "abc", "--user", ""},
                             {"policy", "suggest", "--since", ""}, {"list", "--user", ""}, {"replay", "s1", "--max-wait", ""},
                             {"verify", "f", "--host", ""}, {"wait", "r1", "--timeout", ""},
                             with(kRequest, {"--start", ""}), {"grant", "bob", "--for", "1h", "-r", "disk", "--start", ""}})
        BOOST_TEST(says(wrong(args), "--"), args.front() << " " << args.back());
    BOOST_TEST(says(wrong({"log", "--verify", "--head", ""}), "--head: a value is empty"));
    // What follows is no value of it.
    for (const Args& args : {Args{"verify", "f", "--host=", "--against-accepted"}, {"list", "sessions", "--user=", "-q"},
                             {"log", "--user=", "--json=short"}, {"grant", "alice", "--for=30m", "--reason=", "--ticket=T-1"}, {"--json=", "list"}})
        BOOST_TEST(says(wrong(args), "--"), args.front());
    BOOST_TEST(says(wrong({"verify", "f", "--host=", "--against-accepted"}), "--host: a value is empty"));
    BOOST_TEST(verb<RequestOptions>(with(kRequest, {"--ticket=", "--wait"})).wait);
    BOOST_TEST(verb<LockOptions>({"lock", "alice", "--reason=", "-q"}).reason.empty());
    BOOST_TEST(verb<RequestOptions>(with(kRequest, {"--ticket", ""})).ticket.empty());
}

BOOST_AUTO_TEST_CASE(recorded_sessions) {
    const auto replay = verb<ReplayOptions>({"replay", "s1", "--speed", "2.5", "--max-wait", "1.5s"});
    BOOST_TEST(replay.session == "s1");
    BOOST_TEST(replay.speed == 2.5);
    BOOST_TEST((replay.max_wait == std::chrono::milliseconds(1500)));
    BOOST_TEST((verb<ReplayOptions>({"replay", "s1", "--no-wait"}).max_wait == core::Usec(0)));
    BOOST_TEST(!verb<ReplayOptions>({"replay", "s1"}).max_wait.has_value());
    for (const Args& more : {Args{}, {"s1", "--speed", "0"}, {"s1", "--speed", "x"}, {"s1", "--max-wait", "2"}, {"s1", "--max-wait", "0"},
                             {"s1", "--no-wait", "--max-wait", "2s"}})
        BOOST_TEST(!wrong(with({"replay"}, more)).empty());
    BOOST_TEST(verb<ExportOptions>({"export", "s1", "--format", "asciicast", "-o", "f"}).file == "f");
    BOOST_TEST(says(wrong({"export", "s1", "--format", "gif"}), "asciicast"));
    BOOST_TEST(verb<SearchOptions>({"search", "abc", "--since", "1h ago", "--user", "bob"}).since.has_value());
    BOOST_TEST(verb<SearchOptions>({"search", "\u00e4\u00f6\u00fc"}).text == "\u00e4\u00f6\u00fc");
    for (const char* text : {"ab", "\u00e4\u00f6"}) BOOST_TEST(says(wrong({"search", text}), "3 characters"));
}

BOOST_AUTO_TEST_CASE(commands_of_sessions_are_in_the_log) {
    const auto log = verb<LogOptions>({"log", "--commands", "--session", "s1", "-n", "5"});
    BOOST_TEST(log.commands);
    BOOST_TEST(log.session == "s1");
    BOOST_TEST(says(wrong({"log", "--commands", "-f"}), "leave out --follow"));
    BOOST_TEST(says(wrong({"log", "--commands", "--event", "session.*"}), "leave out --event"));
}

BOOST_AUTO_TEST_CASE(help_is_understood_as_a_word_too) {
    for (const auto& [args, text] : {std::pair{Args{"help"}, "Exit codes:"}, {{"help", "grant"}, "Usage: jitctl grant"},
                                     {{"help", "nothing"}, "Exit codes:"}, {{"--json=short", "help", "log"}, "Usage: jitctl log"}}) {
        const auto outcome = parse(args);
        const auto& stop = std::get<CliStop>(outcome);
        BOOST_TEST(!stop.wrong);
        BOOST_TEST(says(stop.text, text), stop.text);
    }
}

BOOST_AUTO_TEST_CASE(a_request_is_read_whole) {
    const auto request = verb<RequestOptions>(
        with(kRequest, {"--ticket", "INC-1", "--start", "+1h", "--wait", "--timeout", "10min", "--break-glass"}));
    BOOST_TEST(request.role == "dba");
    BOOST_TEST((request.duration == std::chrono::minutes(30)));
    BOOST_TEST(request.reason == "disk");
    BOOST_TEST(request.ticket == "INC-1");
    BOOST_TEST(core::format_time(request.start.value()) == "2026-11-22T13:00:00Z");
    BOOST_TEST(request.wait);
    BOOST_TEST((request.timeout == std::chrono::minutes(10)));
    BOOST_TEST(request.breakglass);
    const auto plain = verb<RequestOptions>({"request", "-d", "1h", "-r", "disk"});
    BOOST_TEST(plain.role.empty());
    BOOST_TEST(!plain.start.has_value());
    BOOST_TEST(!plain.wait);
    BOOST_TEST(!plain.timeout.has_value());
    BOOST_TEST(!plain.breakglass);
    BOOST_TEST(verb<RequestOptions>(with(kRequest, {"-w"})).wait);
}

BOOST_AUTO_TEST_CASE(a_request_says_for_how_long_and_why) {
    BOOST_TEST(says(wrong({"request", "root", "-r", "disk"}), "--for"));
    BOOST_TEST(says(wrong({"request", "root", "--for", "30m"}), "--reason"));
    BOOST_TEST(says(wrong({"request", "root", "--for", "30", "-r", "disk"}), "unit"));
    for (const char* reason : {"", "  ", "a\nb", "a\x1b[2J", "a\u202e"})
        BOOST_TEST(says(wrong({"request", "root", "--for", "30m", "-r", reason}), "request: --reason"), reason);
    BOOST_TEST(says(wrong(with(kRequest, {"--ticket", "a\nb"})), "--ticket"));
    BOOST_TEST(says(wrong(with(kRequest, {"--start", "soon"})), "--start"));
    BOOST_TEST(says(wrong(with(kRequest, {"--timeout", "1m"})), "--wait"));
    BOOST_TEST(!wrong(with(kRequest, {"restart"})).empty());
}

BOOST_AUTO_TEST_CASE(a_decision_names_one_request_and_narrows_only_if_asked) {
    const auto approve = verb<ApproveOptions>({"approve", "x", "--for", "15m", "-r", "go on"});
    BOOST_TEST(approve.id == "x");
    BOOST_TEST(approve.reason == "go on");
    BOOST_TEST((approve.duration == std::chrono::minutes(15)));
    BOOST_TEST(!verb<ApproveOptions>({"approve", "x"}).duration.has_value());
    BOOST_TEST(verb<DenyOptions>({"deny", "x", "-r", "no"}).reason == "no");
    BOOST_TEST(verb<DenyOptions>({"deny", "x"}).reason.empty());
    BOOST_TEST(verb<CancelOptions>({"cancel", "x"}).id == "x");
    BOOST_TEST((verb<WaitOptions>({"wait", "x", "--timeout", "1m"}).timeout == std::chrono::minutes(1)));
    BOOST_TEST(!verb<WaitOptions>({"wait", "x"}).timeout.has_value());
    for (const char* name : {"approve", "deny", "cancel", "wait"}) {
        BOOST_TEST(says(wrong({name}), "ID"), name);
        BOOST_TEST(!wrong({name, "x", "y"}).empty(), name);
    }
    BOOST_TEST(!wrong({"deny", "x", "--for", "15m"}).empty());
    BOOST_TEST(!wrong({"approve", "x", "-r", "a\nb"}).empty());
}

BOOST_AUTO_TEST_CASE(a_token_is_made_with_a_key_and_brought_as_a_word) {
    const auto token = verb<TokenOptions>({"token", "x", "--key", "k", "--file", "-", "--for", "15m"});
    BOOST_TEST(token.id == "x");
    BOOST_TEST(token.key == "k");
    BOOST_TEST(token.file == "-");
    BOOST_TEST((token.duration == std::chrono::minutes(15)));
    BOOST_TEST(says(wrong({"token", "x"}), "--key"));
    BOOST_TEST(verb<RedeemOptions>({"redeem", "jit1.AA"}).token == "jit1.AA");
    BOOST_TEST(verb<RedeemOptions>({"redeem", "-"}).token == "-");
    BOOST_TEST(says(wrong({"redeem"}), "TOKEN"));
}

BOOST_AUTO_TEST_CASE(more_time_has_a_length_and_a_reason) {
    const auto extend = verb<ExtendOptions>({"extend", "x", "--for", "30m", "-r", "disk", "--ticket", "INC-1"});
    BOOST_TEST(extend.id == "x");
    BOOST_TEST((extend.duration == std::chrono::minutes(30)));
    BOOST_TEST(extend.reason == "disk");
    BOOST_TEST(extend.ticket == "INC-1");
    BOOST_TEST(says(wrong({"extend", "x", "-r", "disk"}), "--for"));
    BOOST_TEST(says(wrong({"extend", "x", "--for", "30m"}), "--reason"));
    BOOST_TEST(says(wrong({"extend", "--for", "30m", "-r", "disk"}), "ID"));
}

BOOST_AUTO_TEST_CASE(an_empty_word_of_a_script_never_means_more) {
    BOOST_TEST(verb<DoneOptions>({"done"}).id.empty());
    BOOST_TEST(verb<DoneOptions>({"done", "x"}).id == "x");
    BOOST_TEST(says(wrong({"done", ""}), "empty"));
    BOOST_TEST(says(wrong({"approve", "x", "--for", ""}), "--for"));
    BOOST_TEST(says(wrong({"approve", "x", "--for="}), "--for"));
    BOOST_TEST(says(wrong({"token", "x", "--key", "k", "--for", ""}), "--for"));
    BOOST_TEST(says(wrong({"wait", "x", "--timeout", ""}), "--timeout"));
    BOOST_TEST(says(wrong(with(kRequest, {"--wait", "--timeout", ""})), "--timeout"));
    BOOST_TEST(says(wrong(with(kRequest, {"--start", ""})), "--start"));
}

BOOST_AUTO_TEST_CASE(looking_at_what_was_asked) {
    BOOST_TEST(verb<RolesOptions>({"roles"}).user.empty());
    BOOST_TEST(verb<RolesOptions>({"roles", "--user", "bob"}).user == "bob");
    BOOST_TEST(verb<ListOptions>({"list", "requests", "--all"}).what == "requests");
    BOOST_TEST(verb<ShowOptions>({"show", "x", "--reviewed"}).reviewed);
    BOOST_TEST(!verb<ShowOptions>({"show", "x"}).reviewed);
    (void)verb<WatchOptions>({"watch"});
    BOOST_TEST(!wrong({"watch", "x"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
