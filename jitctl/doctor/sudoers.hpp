// SPDX-License-Identifier: Apache-2.0
// What sudoers says, as sudo's own cvtsudoers(1) reads it: includes followed, aliases expanded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

/** One setting of a Defaults line that holds on this host. */
struct SudoOption {
    std::string name;
    std::string value;               // "true" and "false" of a flag
    std::vector<std::string> bound;  // users, %groups, commands it is limited to; empty: all
};

struct SudoRule {
    std::vector<std::string> who;  // user, %group, %:group of the plugin, +netgroup, #uid, ALL
    std::vector<std::string> run_as;
    std::vector<std::string> commands;
    bool nopasswd = false;
};

struct Plugin {
    std::string symbol, path;
};

struct SudoersFile {
    std::string path, text;
};

struct Sudoers {
    std::vector<SudoOption> options;  // by their last lines
    std::vector<SudoRule> rules;
    std::vector<SudoersFile> files;  // only to tell the line of what was found
    std::string broken;              // what sudo's parser said; nothing of the above is known then
    bool known = false;
    std::optional<Plugin> policy;          // of sudo.conf, when it is not sudoers.so
    std::optional<FileStat> group_plugin;  // the file, when group_plugin is ours
    std::string group_plugin_path;
    bool elsewhere = false;  // nsswitch.conf has more sources than files
    std::string sources;

    /** "/etc/sudoers.d/x:3", or "sudoers" when the line can't be told. */
    [[nodiscard]] std::string place(const std::vector<std::string>& words) const;
};

/** Options and rules of `cvtsudoers -e -f json`, those of other hosts left out. Code PARSE. */
core::Result<void> parse_sudoers(std::string_view json, std::string_view host, Sudoers& out);

Sudoers read_sudoers(Look& look, const std::string& host);

/** Members of a group, for the text. */
struct Accounts;
/** `services`: PAM services whose stacks have the gate's lines. */
void judge(Findings& out, const Sudoers& sudoers, const Gates& gates,
           const std::vector<std::string>& services, const Accounts& accounts);

}  // namespace jit::ctl::doctor
