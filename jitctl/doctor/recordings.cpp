// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/recordings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
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

/**
 * What holds for who is in RECORDED: in sudo the last line does, for however few it is. Null: sudo's default. `group` is an
 * option that sets this one among others.
 */
const SudoOption* in_force(const Sudoers& sudoers, std::string_view name, std::string_view group = "") {
    const SudoOption* found = nullptr;
    for (const auto& option : sudoers.options) {
        const bool recorded = !sudoers.group_plugin_path.empty() && std::ranges::find(option.bound, kRecorded) != option.bound.end();
        if ((option.name == name || (!group.empty() && option.name == group)) && (option.bound.empty() || recorded)) found = &option;
    }
    return found;
}

bool is(const SudoOption* option, std::string_view value, bool by_default) {
    return option == nullptr ? by_default : option->value == value;
}

/** "/etc/sudoers.d/x:3: log_output is false", or that nothing sets it. */
std::string state_of(const Sudoers& sudoers, const SudoOption* option, std::string_view name) {
    if (option == nullptr) return fmt::format("{} is not set for %:RECORDED", name);
    return fmt::format("{}: {} is {}", sudoers.place({"Defaults", option->name}), option->name, option->value);
}

struct Needed {
    std::string_view name, group, value;
};

void judge_gate(Findings& out, const Sudoers& sudoers, const std::string& roles, const std::string& directory) {
    for (const auto& [name, group, value] : {Needed{"log_ttyout", "log_output", "true"}, Needed{"iolog_dir", "", directory}}) {
        const auto* option = in_force(sudoers, name, group);
        if (is(option, value, false)) continue;
        out.problem("recorded-role-refused",
                    fmt::format("{}: sudo does not record below {}, so roles with record = true are refused: {}",
                                state_of(sudoers, option, name), directory, roles),
                    option == nullptr ? std::string(kLines) : fmt::format("{}, and take that one out", kLines));
        return;
    }
}

struct Quality {
    std::string_view name, value;
    bool by_default;  // sudo's default is as good
    std::string_view without;
};

constexpr auto kQualities = std::to_array<Quality>({
    {"log_subcmds", "true", false, "jitctl log --commands knows only the first command of a session"},
    {"intercept_verify", "false", false, "with log_subcmds sudo kills su - and whatever renames itself"},
    {"iolog_flush", "true", false, "a session that is killed loses the end of its recording"},
    {"ignore_iolog_errors", "false", true, "when the disk is full a session goes on without being recorded"},
});

void judge_quality(Findings& out, const Sudoers& sudoers) {
    for (const auto& quality : kQualities) {
        const auto* option = in_force(sudoers, quality.name);
        if (is(option, quality.value, quality.by_default)) continue;
        out.warning("recording-setting", fmt::format("{}: {}", state_of(sudoers, option, quality.name), quality.without),
                    std::string(kLines));
    }
}

void judge_pipes(Findings& out, const Sudoers& sudoers) {
    const auto* option = in_force(sudoers, "log_stdout", "log_output");
    if (!is(option, "true", false)) return;
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
    const bool group = !recordings.reader || stat.gid == *recordings.reader;
    if (S_ISDIR(stat.mode) && stat.uid == 0 && group && (stat.mode & 0777U) == 0750U) return;
    out.problem("recordings-mode",
                directory + ": must be root's and jitd's to read, and nobody else's to enter: what people saw as root is in it",
                fmt::format("chown root:jitd {0} && chmod 0750 {0}", directory));
}

}  // namespace

Recordings read_recordings(Look& look, const std::string& directory, const std::string& player, std::optional<gid_t> reader) {
    Recordings out;
    out.directory = directory;
    out.stat = look.stat(directory);
    out.reader = reader;
    out.player = player;
    out.has_player = look.stat(player).has_value();
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
    if (!recordings.has_player)
        out.note("no-sudoreplay", recordings.player + ": not there: jitctl replay has no player for a terminal",
                 "apt install sudo");
}

}  // namespace jit::ctl::doctor
