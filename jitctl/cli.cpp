// SPDX-License-Identifier: Apache-2.0
#include "jitctl/cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "jitctl/cli_options.hpp"
#include "jitctl/help.hpp"
#include "jitctl/suggest.hpp"

namespace jit::ctl {
namespace {

constexpr auto kVerbs = std::to_array<std::string_view>(
    {"status", "roles",  "request", "cancel", "wait",   "approve", "deny",    "token", "redeem", "extend",
     "done",   "grant",  "revoke",  "lock",   "unlock", "list",    "show",    "explain", "log",  "watch",
     "replay", "search", "export",  "evidence", "sign", "verify", "reload",  "pam",   "trust", "host", "policy",
     "doctor", "state"});

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

/** `--name=` as `--name ""`: CLI11 takes the next word for its value, and an empty one is to be told as such. */
std::vector<std::string> with_empty_values(std::span<const std::string> args) {
    std::vector<std::string> out;
    bool options = true;
    for (const auto& arg : args) {
        options = options && arg != "--";
        const bool empty = options && arg.starts_with("--") && arg.find('=') == arg.size() - 1;
        out.push_back(empty ? arg.substr(0, arg.size() - 1) : arg);
        if (empty) out.emplace_back();
    }
    return out;
}

std::string wrong_verb(const std::string& word) {
    constexpr auto kLists = std::to_array<std::string_view>({"grants", "requests", "session", "sessions", "locks"});
    if (std::ranges::find(kLists, word) != kLists.end())
        return fmt::format("{0}: no such verb. Did you mean: jitctl list {1}?", word, word == "session" ? "sessions" : word);
    const std::string_view close = closest_verb(word);
    const std::string shown = core::escape(word);
    if (close.empty()) return fmt::format("{}: no such verb. All of them: jitctl --help", shown);
    return fmt::format("{}: no such verb. Did you mean: jitctl {}?", shown, close);
}

}  // namespace

std::span<const std::string_view> verbs() { return kVerbs; }

std::string_view closest_verb(std::string_view word) { return closest(word, kVerbs); }

std::variant<Invocation, CliStop> parse_command_line(std::span<const std::string> args,
                                                     const Environment& env) {
    const JsonMode asked = asked_json(args, env.out_tty);
    const std::string word = first_word(args);
    if (!word.empty() && word != "help" &&
        std::ranges::find(kVerbs, word) == kVerbs.end())
        return CliStop{true, wrong_verb(word), asked};

    std::vector<std::string> words = with_empty_values(args);
    if (word == "help") {  // "help grant" is "grant --help"
        std::erase(words, "help");
        if (const auto verb = first_word(words); verb.empty() || std::ranges::find(kVerbs, verb) == kVerbs.end())
            return CliStop{false, std::string(help_text()), asked};
        words.emplace_back("--help");
    }

    Parsed p;
    Texts t;
    CLI::App app("", "jitctl");
    app.require_subcommand(0, 1);
    app.fallthrough();
    add_options(app, p, t);
    try {
        std::ranges::reverse(words);
        app.parse(std::move(words));
    } catch (const CLI::CallForVersion& version) {
        return CliStop{false, std::string(version.what()) + "\n", asked};
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return CliStop{false,
                       chosen.empty() ? std::string(help_text()) : chosen.front()->help("jitctl"),
                       asked};
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
