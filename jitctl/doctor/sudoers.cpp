// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/sudoers.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

namespace jit::ctl::doctor {
namespace {

constexpr char kCvtsudoers[] = "/usr/bin/cvtsudoers";
constexpr char kVisudo[] = "/usr/sbin/visudo";
constexpr std::string_view kOurGroupPlugin = "jit_group.so";

/** A member of a list as sudoers(5) writes it. */
std::string member(const Json& item) {
    constexpr std::array<std::pair<const char*, const char*>, 9> kKinds = {{{"username", ""},
                                                                            {"usergroup", "%"},
                                                                            {"nonunixgroup", "%:"},
                                                                            {"netgroup", "+"},
                                                                            {"hostname", ""},
                                                                            {"networkaddr", ""},
                                                                            {"command", ""},
                                                                            {"userid", "#"},
                                                                            {"usergid", "%#"}}};
    std::string text = "?";
    for (const auto& [key, sign] : kKinds) {
        const auto it = item.find(key);
        if (it == item.end()) continue;
        text = sign + (it->is_string() ? it->get<std::string>() : it->dump());
    }
    const auto negated = item.find("negated");
    return negated != item.end() && *negated == true ? "!" + text : text;
}

std::vector<std::string> members(const Json& object, const char* list) {
    std::vector<std::string> out;
    const auto it = object.find(list);
    if (it == object.end() || !it->is_array()) return out;
    for (const auto& item : *it)
        if (item.is_object()) out.push_back(member(item));
    return out;
}

/** An address or a netgroup is taken for this host: better one finding too many. */
bool is_this_host(const Json& item, const std::string& host) {
    const auto name = item.find("hostname");
    if (name == item.end() || !name->is_string()) return true;
    const auto pattern = name->get<std::string>();
    const std::string brief = host.substr(0, host.find('.'));
    return pattern == "ALL" || ::fnmatch(pattern.c_str(), host.c_str(), FNM_CASEFOLD) == 0 ||
           ::fnmatch(pattern.c_str(), brief.c_str(), FNM_CASEFOLD) == 0;
}

/** As sudo does: the last member that matches decides. */
bool holds_here(const Json& list, const std::string& host) {
    bool here = false;
    for (const auto& item : list)
        if (item.is_object() && is_this_host(item, host)) here = !item.contains("negated");
    return here;
}

bool is_host_binding(const Json& list) {
    return !list.empty() && std::ranges::all_of(list, [](const Json& item) {
        return item.contains("hostname") || item.contains("networkaddr");
    });
}

void add_options(const Json& defaults, const std::string& host, Sudoers& out) {
    std::vector<std::string> bound;
    if (const auto binding = defaults.find("Binding"); binding != defaults.end()) {
        if (is_host_binding(*binding)) {
            if (!holds_here(*binding, host)) return;
        } else {
            bound = members(defaults, "Binding");
        }
    }
    const auto options = defaults.find("Options");
    if (options == defaults.end()) return;
    for (const auto& option : *options) {
        if (!option.is_object()) continue;
        for (const auto& [name, value] : option.items()) {
            SudoOption next{name, value.is_string() ? value.get<std::string>() : value.dump(),
                            bound};
            const auto same = std::ranges::find_if(out.options, [&](const SudoOption& old) {
                return old.name == next.name && old.bound == next.bound;
            });
            if (same != out.options.end()) out.options.erase(same);
            out.options.push_back(std::move(next));
        }
    }
}

bool is_nopasswd(const Json& commands) {
    const auto options = commands.find("Options");
    if (options == commands.end()) return false;
    return std::ranges::any_of(*options, [](const Json& option) {
        const auto it = option.find("authenticate");
        return it != option.end() && *it == false;
    });
}

void add_rules(const Json& spec, const std::string& host, Sudoers& out) {
    const auto hosts = spec.find("Host_List");
    const auto lists = spec.find("Cmnd_Specs");
    if (lists == spec.end() || (hosts != spec.end() && !holds_here(*hosts, host))) return;
    for (const auto& list : *lists)
        if (list.is_object())
            out.rules.push_back({members(spec, "User_List"), members(list, "runasusers"),
                                 members(list, "Commands"), is_nopasswd(list)});
}

/** "Plugin sudoers_policy sudoers.so ARG=VALUE..." of sudo.conf(5), the last one. */
std::vector<std::string> policy_line(const std::string& conf) {
    std::vector<std::string> found;
    std::istringstream lines(conf);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::vector<std::string> all;
        for (std::string word; words >> word;) all.push_back(word);
        if (all.size() >= 3 && all[0] == "Plugin" && all[1].ends_with("policy")) found = all;
    }
    return found;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string read_conf(Look& look, Sudoers& out) {
    std::string path = "/etc/sudoers";
    const auto words = policy_line(look.text("/etc/sudo.conf").value_or(""));
    if (words.empty()) return path;
    if (base_name(words[2]) != "sudoers.so") out.policy = Plugin{words[1], words[2]};
    for (const auto& word : words)
        if (word.starts_with("sudoers_file=")) path = word.substr(word.find('=') + 1);
    return path;
}

void read_files(Look& look, const std::string& path, Sudoers& out) {
    const auto said = look.run({kVisudo, "-c", "-f", path});
    std::istringstream lines(said ? said->out : "");
    constexpr std::string_view kOk = ": parsed OK";
    for (std::string line; std::getline(lines, line);) {
        if (!line.ends_with(kOk)) continue;
        const std::string file = line.substr(0, line.size() - kOk.size());
        if (auto text = look.text(file)) out.files.push_back({file, *std::move(text)});
    }
}

void read_group_plugin(Look& look, Sudoers& out) {
    for (const auto& option : out.options) {
        if (option.name != "group_plugin") continue;
        const std::string path = option.value.substr(0, option.value.find(' '));
        if (base_name(path) != kOurGroupPlugin) continue;
        out.group_plugin_path = path.starts_with('/') ? path : "/usr/libexec/sudo/" + path;
        out.group_plugin = look.stat(out.group_plugin_path);
    }
}

void read_sources(Look& look, Sudoers& out) {
    std::istringstream lines(look.text("/etc/nsswitch.conf").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("sudoers:")) continue;
        out.sources = line.substr(line.find_first_not_of(" \t", 8));
        out.elsewhere = out.sources != "files";
    }
}

}  // namespace

std::string Sudoers::place(const std::vector<std::string>& words) const {
    for (auto file = files.rbegin(); file != files.rend(); ++file)
        if (const auto line = line_with(file->text, words); line > 0)
            return fmt::format("{}:{}", file->path, line);
    return "sudoers";
}

core::Result<void> parse_sudoers(std::string_view json, std::string_view host, Sudoers& out) {
    const Json all = Json::parse(json, nullptr, false);
    if (!all.is_object()) return core::fail("PARSE", "cvtsudoers printed no JSON object");
    if (const auto list = all.find("Defaults"); list != all.end())
        for (const auto& item : *list) add_options(item, std::string(host), out);
    if (const auto list = all.find("User_Specs"); list != all.end())
        for (const auto& item : *list) add_rules(item, std::string(host), out);
    out.known = true;
    return {};
}

Sudoers read_sudoers(Look& look, const std::string& host) {
    Sudoers out;
    const std::string path = read_conf(look, out);
    if (!look.stat(path)) return out;
    read_sources(look, out);
    // The text first: who may not read it gets no complaint of a broken file.
    if (!look.text(path)) return out;
    const auto said = look.run({kCvtsudoers, "-e", "-f", "json", path});
    if (!said) {
        look.could_not(path + " (cvtsudoers is not installed)");
        return out;
    }
    if (said->status != 0 || !parse_sudoers(said->out, host, out)) {
        out.broken = said->err.substr(0, said->err.find('\n'));
        if (out.broken.empty()) out.broken = fmt::format("{}: cvtsudoers can't read it", path);
        return out;
    }
    read_files(look, path, out);
    read_group_plugin(look, out);
    return out;
}

}  // namespace jit::ctl::doctor
