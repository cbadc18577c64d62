// SPDX-License-Identifier: Apache-2.0
#include "core/chain_report.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>

namespace jit::core {
namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0) return {};
    if (text.starts_with('0')) return {};
    return number;
}

std::optional<Chain> hash_in(std::string_view text) {
    Chain out{};
    std::size_t size = 0;
    if (text.size() != out.size() * 2 || sodium_hex2bin(out.data(), out.size(), text.data(),
                                                        text.size(), nullptr, &size, nullptr) != 0)
        return {};
    if (size != out.size()) return {};
    return out;
}

}  // namespace

ChainResult result_of(Flaw flaw) {
    return flaw >= Flaw::missing ? ChainResult::incomplete : ChainResult::broken;
}

std::string_view to_string(ChainResult result) {
    switch (result) {
        case ChainResult::ok:
            return "ok";
        case ChainResult::broken:
            return "broken";
        case ChainResult::incomplete:
            return "incomplete";
    }
    return "";
}

std::string_view to_string(Flaw flaw) {
    switch (flaw) {
        case Flaw::edited:
            return "edited";
        case Flaw::reordered:
            return "reordered";
        case Flaw::conflict:
            return "conflict";
        case Flaw::malformed:
            return "malformed";
        case Flaw::head:
            return "head";
        case Flaw::missing:
            return "missing";
        case Flaw::tail:
            return "tail";
        case Flaw::fork:
            return "fork";
    }
    return "";
}

std::optional<Mark> mark_of(std::string_view seq, std::string_view hash) {
    const auto number = number_in(seq);
    const auto chain = hash_in(hash);
    if (!number || !chain) return {};
    return Mark{*number, *chain};
}

Result<Mark> parse_mark(std::string_view text) {
    const auto colon = text.find(':');
    const auto mark = colon == std::string_view::npos
                          ? std::nullopt
                          : mark_of(text.substr(0, colon), text.substr(colon + 1));
    if (!mark) return fail("USAGE", "not SEQ:HASH as log --verify prints it");
    return *mark;
}

std::string to_string(const Mark& mark) {
    return fmt::format("{}:{}", mark.seq, to_hex(mark.chain.data(), mark.chain.size()));
}

}  // namespace jit::core
