// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_edit.hpp"

#include <algorithm>
#include <cctype>

namespace jit::ctl {
namespace {

constexpr std::string_view kModule = "pam_jit.so";
constexpr std::string_view kMarker = "# jitctl pam enable ";
constexpr std::string_view kMadeMarker = " (new file)";

/** A rule as libpam assembles it (pam_handlers.c): bytes [begin, end) of the file, comments and
 * blank lines inside a continued rule included. */
struct Rule {
    std::size_t begin;
    std::size_t end;
    std::string type;  // lower case, without a leading "-"
    std::string control;
    std::vector<std::string> rest;  // module and options, or the file included
};

struct Parsed {
    std::vector<Rule> rules;
    bool open_end = false;  // ends inside a continued rule: libpam refuses the whole file
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/** Words at blanks; a control in brackets is one word. */
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool bracket = false;
    for (const char c : text) {
        bracket = c == '[' || (bracket && c != ']');
        if (!bracket && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            if (!word.empty()) words.push_back(std::move(word));
            word.clear();
        } else {
            word += c;
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

Rule rule_of(std::size_t begin, std::size_t end, std::string_view text) {
    Rule rule{begin, end, {}, {}, {}};
    auto words = words_of(text);
    std::size_t next = 0;
    if (next < words.size()) rule.type = lower(words[next++]);
    if (rule.type.starts_with('-')) rule.type.erase(0, 1);
    if (rule.type != "@include" && next < words.size()) rule.control = lower(words[next++]);
    rule.rest.assign(words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
    return rule;
}

Parsed parse(std::string_view text) {
    Parsed out;
    std::string joined;
    std::size_t begin = 0;
    bool continued = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t newline = text.find('\n', at);
        const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
        std::string_view line = text.substr(at, next - at);
        const std::size_t start = line.find_first_not_of(" \t\n\r");
        if (start == std::string_view::npos || line[start] == '#') {
            at = next;
            continue;
        }
        if (!continued) begin = at;
        const std::size_t comment = line.find('#');
        line = line.substr(0, comment);
        const std::size_t last = line.find_last_not_of(" \t\n\r");
        continued = comment == std::string_view::npos && line[last] == '\\';
        joined += line.substr(0, continued ? last : line.size());
        joined += ' ';
        if (!continued) {
            out.rules.push_back(rule_of(begin, next, joined));
            joined.clear();
        }
        at = next;
    }
    out.open_end = continued;
    return out;
}

std::string_view type_of(PamPlace place) {
    return place == PamPlace::first_account ? "account" : "session";
}

/** Whether the rule has a part in the stack. What an @include brings is not looked at: it may
 * change. */
bool is_in_stack(const Rule& rule, std::string_view type) {
    return rule.type == type || rule.type == "@include";
}

bool includes_one_of(const Rule& rule, const std::vector<std::string>& files) {
    if (rule.type != "@include" && rule.control != "include" && rule.control != "substack")
        return false;
    if (rule.rest.empty()) return false;
    const std::string_view file = rule.rest[0];
    const std::size_t slash = file.rfind('/');
    const auto name = slash == std::string_view::npos ? file : file.substr(slash + 1);
    return std::find(files.begin(), files.end(), name) != files.end();
}

bool is_covered(const Parsed& parsed, std::string_view type,
                const std::vector<std::string>& siblings) {
    return std::any_of(parsed.rules.begin(), parsed.rules.end(), [&](const Rule& rule) {
        return is_in_stack(rule, type) && includes_one_of(rule, siblings);
    });
}

bool is_ours(const Rule& rule) {
    return !rule.rest.empty() &&
           (rule.rest[0] == kModule || rule.rest[0].ends_with("/" + std::string(kModule)));
}

bool has_option(const Rule& rule, std::string_view option) {
    return std::find(rule.rest.begin() + 1, rule.rest.end(), option) != rule.rest.end();
}

/** A module that may end the stack early with success would skip our last line. */
bool may_end_stack(const Rule& rule) {
    return rule.type == "session" &&
           (rule.control == "sufficient" || rule.control.find("=done") != std::string::npos);
}

std::string_view line_at(std::string_view text, std::size_t at) {
    return text.substr(at, text.find('\n', at) - at);
}

bool is_marked(std::string_view line, std::string_view service) {
    const std::size_t end = line.find_last_not_of(" \t\r\n");
    line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
    if (line.ends_with(kMadeMarker)) line.remove_suffix(kMadeMarker.size());
    return line.ends_with(std::string(kMarker) + std::string(service));
}

PamLine marked(PamPlace place, std::string_view service, std::string_view control,
               std::string_view options) {
    std::string text =
        std::string(type_of(place)) + " " + std::string(control) + " " + std::string(kModule);
    if (!options.empty()) text += " " + std::string(options);
    return {place, text + " " + std::string(kMarker) + std::string(service)};
}

/** Where `place` is: before the first rule of the stack, or behind its last; at the end if there is
 * none. */
std::size_t offset_of(const Parsed& parsed, PamPlace place, std::size_t size) {
    std::size_t offset = size;
    bool found = false;
    for (const Rule& rule : parsed.rules) {
        if (!is_in_stack(rule, type_of(place)) || (found && place != PamPlace::last_session))
            continue;
        offset = place == PamPlace::last_session ? rule.end : rule.begin;
        found = true;
    }
    return offset;
}

/** Behind a last line without a newline, ours has none either: so removal knows. */
void insert_at(std::string& text, std::size_t offset, const std::string& line) {
    const bool after_bare_end = offset == text.size() && !text.empty() && text.back() != '\n';
    text.insert(offset, after_bare_end ? "\n" + line : line + "\n");
}

struct Found {
    std::size_t count = 0;
    std::size_t index = 0;
    bool strict = true;  // the control lets it veto
};

Found find_place(const Parsed& parsed, PamPlace place) {
    Found found;
    for (std::size_t i = 0; i < parsed.rules.size(); ++i) {
        const Rule& rule = parsed.rules[i];
        if (!is_ours(rule) || rule.type != type_of(place) || has_option(rule, "nest")) continue;
        if (has_option(rule, "scope") != (place == PamPlace::last_session)) continue;
        ++found.count;
        found.index = i;
        found.strict = rule.control == "requisite" ||
                       (place == PamPlace::last_session && rule.control == "required");
    }
    return found;
}

/** The rule that stands in the way of the one at `index`. */
const Rule* in_the_way(const Parsed& parsed, PamPlace place, std::size_t index) {
    for (std::size_t i = 0; i < parsed.rules.size(); ++i) {
        const Rule& rule = parsed.rules[i];
        if (i == index || !is_in_stack(rule, type_of(place))) continue;
        if (place == PamPlace::last_session ? i > index || may_end_stack(rule) : i < index)
            return &rule;
    }
    return nullptr;
}

std::size_t line_number(std::string_view text, const Rule& rule) {
    const auto before = text.substr(0, rule.begin);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace

std::string_view to_string(PamState state) {
    switch (state) {
        case PamState::off:
            return "off";
        case PamState::on:
            return "on";
        case PamState::permissive:
            return "permissive";
        case PamState::partial:
            return "partial";
        case PamState::out_of_order:
            return "out of order";
    }
    return "partial";
}

std::vector<PamLine> gate_lines(std::string_view service, PamMode mode) {
    const std::string_view option = mode == PamMode::permissive ? "permissive" : "";
    std::vector<PamLine> lines = {marked(PamPlace::first_account, service, "requisite", option),
                                  marked(PamPlace::first_session, service, "requisite", option)};
    // A login stays in the scope pam_systemd makes for it.
    if (service != "sshd")
        lines.push_back(marked(PamPlace::last_session, service, "required", "scope"));
    return lines;
}

std::vector<PamLine> nest_lines() {
    return {marked(PamPlace::first_session, "sudo", "optional", "nest"),
            marked(PamPlace::last_session, "sudo", "optional", "scope nest")};
}

core::Result<std::string> insert_lines(std::string_view text, const std::vector<PamLine>& lines,
                                       const std::vector<std::string>& siblings) {
    const Parsed before = parse(text);
    if (before.open_end)
        return core::fail("FIELD", "ends inside a continued line: PAM does not read it");
    for (const Rule& rule : before.rules) {
        if (is_ours(rule))
            return core::fail("FIELD", "has a line of pam_jit.so that jitctl did not write: \"" +
                                           std::string(line_at(text, rule.begin)) +
                                           "\"; take it out first");
        const bool scope = std::any_of(lines.begin(), lines.end(), [](const PamLine& line) {
            return line.place == PamPlace::last_session &&
                   line.text.find(" required ") != std::string::npos;
        });
        if (scope && may_end_stack(rule))
            return core::fail(
                "FIELD",
                "\"" + std::string(line_at(text, rule.begin)) +
                    "\" may end the session stack before JIT's last line; make it optional");
    }
    std::string out(text);
    for (const PamLine& line : lines) {
        if (is_covered(before, type_of(line.place), siblings)) continue;
        insert_at(out, offset_of(parse(out), line.place, out.size()), line.text);
    }
    return out;
}

std::string remove_lines(std::string_view text, std::string_view service) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t newline = text.find('\n', at);
        const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
        const std::string_view line = text.substr(at, next - at);
        if (!is_marked(line, service)) out += line;
        // The newline before our bare last line is ours, too.
        else if (newline == std::string_view::npos && out.ends_with('\n'))
            out.pop_back();
        at = next;
    }
    return out;
}

std::string new_file(std::string_view service, std::string_view base) {
    std::string out;
    for (const char* type : {"auth", "account", "password", "session"})
        out += std::string(type) + " include " + std::string(base) + " " + std::string(kMarker) +
               std::string(service) + std::string(kMadeMarker) + "\n";
    return out;
}

bool is_new_file(std::string_view text, std::string_view service) {
    return text.find(std::string(kMarker) + std::string(service) + std::string(kMadeMarker)) !=
           std::string_view::npos;
}

PamReading read_state(std::string_view text, std::string_view service,
                      const std::vector<std::string>& siblings) {
    const Parsed parsed = parse(text);
    PamReading out;
    bool permissive = false;
    for (const Rule& rule : parsed.rules) {
        if (!is_ours(rule)) continue;
        out.nests = out.nests || has_option(rule, "nest");
        permissive = permissive || has_option(rule, "permissive");
    }
    std::size_t wanted = 0, present = 0;
    bool ordered = true, strict = true;
    for (const PamLine& line : gate_lines(service, PamMode::enforce)) {
        const Found found = find_place(parsed, line.place);
        if (is_covered(parsed, type_of(line.place), siblings)) {
            out.by_sibling = true;
            if (found.count == 0) continue;
            ordered = false;  // it would run twice
            if (out.line == 0) out.line = line_number(text, parsed.rules[found.index]);
            continue;
        }
        ++wanted;
        present += found.count > 0;
        if (found.count == 0) continue;
        const Rule* wrong = found.count > 1 ? &parsed.rules[found.index]
                                            : in_the_way(parsed, line.place, found.index);
        ordered = ordered && wrong == nullptr;
        if (wrong != nullptr && out.line == 0) out.line = line_number(text, *wrong);
        strict = strict && found.strict;
    }
    out.wholly_by_sibling = out.by_sibling && wanted == 0;
    if (!ordered)
        out.state = PamState::out_of_order;
    else if (present == 0)
        out.state = PamState::off;
    else if (present < wanted || !strict || parsed.open_end)
        out.state = PamState::partial;
    else
        out.state = permissive ? PamState::permissive : PamState::on;
    return out;
}

std::size_t line_of_module(std::string_view text) {
    const Parsed parsed = parse(text);
    const auto rule = std::find_if(parsed.rules.begin(), parsed.rules.end(), is_ours);
    return rule == parsed.rules.end() ? 0 : line_number(text, *rule);
}

}  // namespace jit::ctl
