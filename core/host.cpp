// SPDX-License-Identifier: Apache-2.0
#include "core/host.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/codes.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

bool all_of(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [extra](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               extra.find(c) != std::string_view::npos;
    });
}

bool is_host_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 && all_of(name, "._-");
}
bool is_label_key(std::string_view key) {
    return !key.empty() && key.size() <= 64 && all_of(key, "._/-");
}
bool is_label_value(std::string_view value) {
    return !value.empty() && value.size() <= 128 && all_of(value, "._:/-");
}

/** Cuts the next part off the front of a term, at the comma. */
std::string_view next_part(std::string_view& term) {
    const std::size_t comma = term.find(',');
    const std::string_view part = term.substr(0, comma);
    term.remove_prefix(comma == std::string_view::npos ? term.size() : comma + 1);
    return part;
}

std::string_view wrong_with_part(std::string_view part) {
    if (part.empty()) return "has an empty part";
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return {};
    if (!is_label_key(part.substr(0, equals))) return "has a label key that is no plain word";
    const std::string_view value = part.substr(equals + 1);
    if (value.empty()) return "has an empty label value";
    if (value.find('=') != std::string_view::npos) return "has two = in one part";
    return {};
}

bool match_part(std::string_view part, const Host& host) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
        return host.name.empty() ? part == "*" : glob_match(part, host.name);
    }
    const auto label = host.labels.find(std::string(part.substr(0, equals)));
    return label != host.labels.end() && glob_match(part.substr(equals + 1), label->second);
}

}  // namespace

Result<HostPatterns> HostPatterns::parse(const std::vector<std::string>& terms) {
    const auto refuse = [](std::string_view term, std::string_view why) {
        return fail(file_code::kField, fmt::format("host pattern \"{}\": {}", escape(term), why));
    };
    if (terms.empty()) {
        return fail(file_code::kField, "hosts: is an empty list; write [\"*\"] for every host");
    }
    for (const std::string& term : terms) {
        if (term.size() > 512) return refuse(term, "is longer than 512 bytes");
        if (!all_of(term, "._*?=,:/-")) return refuse(term, "may hold only [A-Za-z0-9._*?=,:/-]");
        std::string_view rest = term;
        do {
            const std::string_view why = wrong_with_part(next_part(rest));
            if (!why.empty()) return refuse(term, why);
        } while (!rest.empty());
        if (term.back() == ',') return refuse(term, "has an empty part");
    }
    HostPatterns patterns;
    patterns.terms_ = terms;
    return patterns;
}

bool HostPatterns::match(const Host& host) const {
    return std::any_of(terms_.begin(), terms_.end(), [&host](std::string_view term) {
        while (!term.empty()) {
            if (!match_part(next_part(term), host)) return false;
        }
        return true;
    });
}

bool glob_match(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<Host> parse_host(std::string_view text, std::string_view file) {
    const auto document = TomlDocument::parse(text, file);
    if (!document) return document.failure();
    TableReader root = document->root();
    Host host;
    host.name = root.text("name", Need::required);
    if (root.has("name") && !is_host_name(host.name)) {
        root.refuse("name", "is no host name; use [A-Za-z0-9._-], at most 253");
    }
    if (auto labels = root.table("labels")) {
        for (const std::string& key : labels->keys()) {
            const std::string value = labels->text(key, Need::required);
            if (!is_label_key(key))
                labels->refuse(key, "is no label key; use [A-Za-z0-9._/-], at most 64");
            if (!is_label_value(value)) {
                labels->refuse(key, "has no label value; use [A-Za-z0-9._:/-], 1 to 128");
            }
            host.labels.emplace(key, value);
        }
    }
    if (const auto done = document->finish(); !done) return done.failure();
    return host;
}

}  // namespace jit::core
