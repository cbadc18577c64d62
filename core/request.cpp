// SPDX-License-Identifier: Apache-2.0
#include "core/request.hpp"

#include <algorithm>
#include <array>

namespace jit::core {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"pending", "approved", "denied", "withdrawn", "expired"};

}  // namespace

std::string_view to_string(RequestState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<RequestState> request_state_from(std::string_view name) {
    const auto* it = std::find(kStates.begin(), kStates.end(), name);
    if (it == kStates.end()) return std::nullopt;
    return static_cast<RequestState>(it - kStates.begin());
}

std::string_view Statement::key() const {
    const std::string_view text = via;
    return text.starts_with(kViaKey) ? text.substr(kViaKey.size()) : std::string_view();
}

std::vector<const Statement*> Request::approvals() const {
    std::vector<const Statement*> out;
    for (const auto& one : statements) {
        if (one.said == Said::approved) out.push_back(&one);
    }
    return out;
}

const Statement* Request::statement(Said said, std::string_view principal) const {
    const auto it = std::find_if(statements.begin(), statements.end(), [&](const Statement& one) {
        return one.said == said && one.principal == principal;
    });
    return it == statements.end() ? nullptr : &*it;
}

}  // namespace jit::core
