// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/recordings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

namespace jit::ctl::doctor {
namespace {

constexpr std::string_view kRecorded = "%:RECORDED";
constexpr std::string_view kLines =
    "take the # away from the lines Defaults:%:RECORDED in /etc/sudoers.d/00-jit; they are in /usr/share/doc/jitd/examples/00-jit";

/** Roles with record = true that sudo may serve. */
std::vector<std::string> recorded_roles(const Config& config) {
    std::vector<std::string> out;
    if (!config.policy) return out;
    for (const auto& [name, role] : config.policy->roles)
        if (role.record && role.covers(core::Service::sudo)) out.push_back(name);
    return out;
}

bool sets(const SudoOption& option, std::string_view name, std::string_view group) {
    return option.name == name || (!group.empty() && option.name == group);
}

bool is_for_recorded(const Sudoers& sudoers, const SudoOption& option) {
    return option.bound.empty() || (!sudoers.group_plugin_path.empty() && std::ranges::find(option.bound, kRecorded) != option.bound.end());
}

/**
 * What holds for who is in RECORDED: in sudo the last line does, for however few it is. Null: sudo's default. `group` is an
 * option that sets this one among others.
 */
const SudoOption* in_force(const Sudoers& sudoers, std::string_view name, std::string_view group = "") {
    const SudoOption* found = nullptr;
    for (const auto& option : sudoers.options)
        if (sets(option, name, group) && is_for_recorded(sudoers, option)) found = &option;
    return found;
}

/** cvtsudoers tells no "Defaults>root", of whom one becomes, from "Defaults:root". */
bool may_be_of_target(const Sudoers& sudoers, std::string_view name) {
    return std::ranges::any_of(sudoers.files, [&](const SudoersFile& file) {
        return file.text.find("Defaults>") != std::string::npos && file.text.find(name) != std::string::npos;
    });
}

/** What may hold in place of `found` for some: a later line, and of a command or a target, which sudo looks at last, any. */
std::vector<const SudoOption*> for_some(const Sudoers& sudoers, const SudoOption* found, std::string_view name, std::string_view group = "") {
    std::vector<const SudoOption*> out;
    bool later = found == nullptr;
    for (const auto& option : sudoers.options) {
        if (&option == found) later = true;
        if (!sets(option, name, group) || is_for_recorded(sudoers, option)) continue;
        const bool of_command = option.bound.front().starts_with('/') || option.bound.front().starts_with("!/");
        if (later || of_command || may_be_of_target(sudoers, option.name)) out.push_back(&option);
    }
    return out;
}

/** "/etc/sudoers.d/x:3: log_output is false", or that nothing sets it. */
std::string state_of(const Sudoers& sudoers, const SudoOption* option, std::string_view name) {
    if (option == nullptr) return fmt::format("{} is not set for %:RECORDED", name);
    std::string limit;
    std::vector<std::string> words = {"Defaults", option->name};
    if (!is_for_recorded(sudoers, *option)) {
        limit = fmt::format(" for {}", fmt::join(option->bound, ", "));
        words.push_back(option->bound.front());
    }
    std::string place = sudoers.place(words);
    if (place == "sudoers") place = sudoers.place({"Defaults", option->name});
    return fmt::format("{}: {} is {}{}", place, option->name, option->value, limit);
}

/** sudo makes the directories it lacks: below is as good. */
bool is_within(const std::string& path, const std::string& directory) {
    const std::string plain = std::filesystem::path(path + "/").lexically_normal().string();
    return plain.starts_with(directory + "/");
}

struct Needed {
    std::string_view name, group;
};

void judge_gate(Findings& out, const Sudoers& sudoers, const std::string& roles, const std::string& directory) {
    for (const auto& [name, group] : {Needed{"log_ttyout", "log_output"}, Needed{"iolog_dir", ""}}) {
        const auto good = [&, flag = !group.empty()](const SudoOption* option) {
            return option != nullptr && (flag ? option->value == "true" : is_within(option->value, directory));
        };
        const auto* option = in_force(sudoers, name, group);
        if (!good(option)) {
            out.problem("recorded-role-refused",
                        fmt::format("{}: sudo does not record below {}, so roles with record = true are refused: {}",
                                    state_of(sudoers, option, name), directory, roles),
                        option == nullptr ? std::string(kLines) : fmt::format("{}, and take that one out", kLines));
            return;
        }
        for (const auto* some : for_some(sudoers, option, name, group))
            if (!good(some))
                out.warning("recorded-role-partly",
                            fmt::format("{}: sudo does not record below {} there, so roles with record = true are refused: {}",
                                        state_of(sudoers, some, name), directory, roles),
                            "take that line out");
    }
}

/** Only jitd and root read what is recorded: iolog_mode as 0640 says it. */
bool is_private_mode(const std::string& text) {
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    return error == std::errc{} && end == text.data() + text.size() && (mode & 0777U & ~0200U) == 0440U;
}

struct Quality {
    std::string_view name;
    bool by_default;  // sudo's default is good
    bool (*good)(const std::string& value);
    std::string_view without;
};

constexpr auto kTrue = [](const std::string& value) { return value == "true"; };
constexpr auto kFalse = [](const std::string& value) { return value == "false"; };
constexpr auto kNotOff = [](const std::string& value) { return value != "false" && value != "none"; };

constexpr auto kQualities = std::to_array<Quality>({
    {"log_subcmds", false, kTrue, "jitctl log --commands knows only the first command of a session"},
    {"intercept_verify", false, kFalse, "with log_subcmds sudo kills su - and whatever renames itself"},
    {"iolog_flush", false, kTrue, "a session that is killed loses the end of its recording"},
    {"ignore_iolog_errors", true, kFalse, "when the disk is full a session goes on without being recorded"},
    {"iolog_file", true, [](const std::string& value) { return value.find("%{seq}") != std::string::npos; },
     "without %{seq} sessions overwrite each other's recordings"},
    {"iolog_user", true, [](const std::string& value) { return value == "root"; }, "recordings are that account's, to read and to change"},
    {"iolog_group", false, [](const std::string& value) { return value == "jitd"; },
     "jitd can't read recordings, so their digest is not in the audit trail"},
    {"iolog_mode", false, is_private_mode, "0640 lets jitd read recordings, and nobody else"},
    {"log_format", true, [](const std::string& value) { return value == "sudo"; }, "jitctl log --commands knows no command"},
    {"syslog", true, kNotOff, "jitctl log --commands knows no command"},
    {"syslog_goodpri", true, kNotOff, "jitctl log --commands knows no command"},
    {"log_allowed", true, kTrue, "jitctl log --commands knows no command"},
});

void judge_quality(Findings& out, const Sudoers& sudoers) {
    for (const auto& quality : kQualities) {
        const auto warn = [&](const SudoOption* option) {
            out.warning("recording-setting", fmt::format("{}: {}", state_of(sudoers, option, quality.name), quality.without),
                        std::string(kLines) + (option == nullptr ? "" : ", and take that one out"));
        };
        const auto* option = in_force(sudoers, quality.name);
        if (option == nullptr ? !quality.by_default : !quality.good(option->value)) warn(option);
        for (const auto* some : for_some(sudoers, option, quality.name))
            if (!quality.good(some->value)) warn(some);
    }
}

void judge_pipes(Findings& out, const Sudoers& sudoers) {
    const auto* option = in_force(sudoers, "log_stdout", "log_output");
    if (option == nullptr || option->value != "true") return;
    out.note("recording-pipes",
             fmt::format("{}: sudo 1.9.13 loses the end of what a command without a terminal writes into a pipe that is read slowly",
                         state_of(sudoers, option, "log_stdout")),
             "log_ttyout in its place records terminals only, and no pipe is touched; see RECORDING in jit-files(5)");
}

void judge_directory(Findings& out, const Recordings& recordings) {
    const std::string& directory = recordings.directory;
    if (!recordings.stat) {
        out.warning("recordings-missing", directory + ": not there: sudo would make it as one that jitd can't read",
                    "systemd-tmpfiles --create jitd.conf");
        return;
    }
    const FileStat& stat = *recordings.stat;
    if (!S_ISDIR(stat.mode)) {
        out.problem("recordings-no-directory", directory + ": is no directory: sudo can't record, so roles with record = true are refused",
                    fmt::format("mv {0} {0}.old && systemd-tmpfiles --create jitd.conf", directory));
        return;
    }
    if (!recordings.leads_to.empty()) {
        out.problem("recordings-link",
                    fmt::format("{}: leads to {}: where sudo really writes is elsewhere, so roles with record = true are refused",
                                directory, recordings.leads_to),
                    fmt::format("have directories in place of links there; for another disk: mount --bind {} {}", recordings.leads_to,
                                directory));
        return;
    }
    const bool group = !recordings.reader || stat.gid == *recordings.reader;
    if (stat.uid == 0 && group && (stat.mode & 0777U) == 0750U) return;
    out.problem("recordings-mode",
                directory + ": must be root's and jitd's to read, and nobody else's to enter: what people saw as root is in it",
                fmt::format("chown root:jitd {0} && chmod 0750 {0}", directory));
}

void judge_rate(Findings& out, const Recordings& recordings) {
    if (!recordings.rate_limited) return;
    out.warning("recording-rate-limit",
                "journald: drops what a session writes too fast: after a flood of its own, later commands are not in jitctl log --commands",
                "install -D -m 0644 /usr/share/doc/jitd/examples/journald-jit.conf /etc/systemd/journald.conf.d/jit.conf && systemctl "
                "restart systemd-journald");
}

}  // namespace

bool is_rate_limited(std::string_view conf) {
    const auto is_zero = [](std::string_view value) {
        return value.starts_with('0') && value.find_first_of("123456789") == std::string_view::npos;
    };
    bool interval = true, burst = true;
    while (!conf.empty()) {
        std::string_view line = conf.substr(0, conf.find('\n'));
        conf.remove_prefix(std::min(line.size() + 1, conf.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const std::size_t equals = std::min(line.find('='), line.size());
        const std::string_view name = line.substr(0, line.substr(0, equals).find_last_not_of(" \t") + 1);
        std::string_view value = line.substr(std::min(equals + 1, line.size()));
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        if (name == "RateLimitIntervalSec" || name == "RateLimitInterval") interval = !is_zero(value);
        if (name == "RateLimitBurst") burst = !is_zero(value);
    }
    return interval && burst;
}

Recordings read_recordings(Look& look, const std::string& directory, const std::string& player, std::optional<gid_t> reader) {
    Recordings out;
    out.directory = directory;
    out.stat = look.stat(directory);
    std::error_code error;
    const auto real = std::filesystem::canonical(look.at(directory), error);
    if (!error && real != look.at(directory)) out.leads_to = real;
    out.reader = reader;
    out.player = player;
    out.has_player = look.stat(player).has_value();
    const auto conf = look.run({"/usr/bin/systemd-analyze", "cat-config", "systemd/journald.conf"});
    out.rate_limited = conf && conf->status == 0 && is_rate_limited(conf->out);
    return out;
}

void judge(Findings& out, const Recordings& recordings, const Sudoers& sudoers, const Config& config) {
    const auto roles = recorded_roles(config);
    if (roles.empty()) return;
    if (sudoers.known) {
        judge_gate(out, sudoers, fmt::format("{}", fmt::join(roles, ", ")), recordings.directory);
        judge_quality(out, sudoers);
        judge_pipes(out, sudoers);
    }
    judge_directory(out, recordings);
    judge_rate(out, recordings);
    if (!recordings.has_player)
        out.note("no-sudoreplay", recordings.player + ": not there: jitctl replay has no player for a terminal",
                 "apt install sudo");
}

}  // namespace jit::ctl::doctor
