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
    for (const char* other : {"--user=bob", "--grant=g1", "--since=today", "-f", "-n3"})
        BOOST_TEST(says(wrong({"log", "--verify", other}), "leave out --"), other);
}

BOOST_AUTO_TEST_CASE(help_is_understood_as_a_word_too) {
    const auto outcome = parse({"help", "grant"});
    const auto& stop = std::get<CliStop>(outcome);
    BOOST_TEST(!stop.wrong);
    BOOST_TEST(says(stop.text, "Exit codes:"));
}

BOOST_AUTO_TEST_CASE(request_is_answered_whatever_its_arguments) {
    verb<RequestOptions>({"request"});
    verb<RequestOptions>(
        {"request", "root", "--for", "30m", "--reason", "disk", "--never-heard-of"});
    BOOST_TEST((global({"request", "-j"}).json == JsonMode::brief));
    BOOST_TEST(closest_verb("reques").empty());
}

BOOST_AUTO_TEST_SUITE_END()
