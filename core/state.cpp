// SPDX-License-Identifier: Apache-2.0
#include "core/state.hpp"

#include <array>

namespace jit::core {
namespace {

template <class Map>
auto find_in(const Map& map, const std::string& key) -> decltype(&map.begin()->second) {
    const auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
}

void unindex(State& state, const Grant& grant) {
    const auto [first, last] = state.by_account.equal_range(grant.account);
    for (auto it = first; it != last; ++it) {
        if (it->second == grant.id) {
            state.by_account.erase(it);
            return;
        }
    }
}

void insert(State& state, const Grant& grant) {
    if (const auto it = state.grants.find(grant.id); it != state.grants.end()) {
        unindex(state, it->second);
        state.grants.erase(it);
    }
    state.by_account.emplace(grant.account, grant.id);
    state.grants.emplace(grant.id, grant);
}

struct Apply {
    State& state;

    void operator()(const PutGrant& c) const { insert(state, c.grant); }
    void operator()(const PutEnded& c) const { state.ended.try_emplace(c.ended.grant_id, c.ended); }
    void operator()(const PutPin& c) const { state.pins.insert_or_assign(c.pin.grant_id, c.pin); }
    void operator()(const PutSession& c) const { state.sessions.insert_or_assign(c.session.id, c.session); }
    void operator()(const CloseSession& c) const { state.sessions.erase(c.id); }
    void operator()(const PutLock& c) const { state.locks.insert_or_assign(c.lock.account, c.lock); }
    void operator()(const DropLock& c) const { state.locks.erase(c.account); }
    void operator()(const PutFile& c) const { state.file = c.file; }
    void operator()(const ReplaceFileGrants& c) const {
        for (auto it = state.grants.begin(); it != state.grants.end();) {
            if (it->second.origin == Origin::file) {
                unindex(state, it->second);
                it = state.grants.erase(it);
            } else {
                ++it;
            }
        }
        for (const auto& grant : c.grants) insert(state, grant);
    }
};

constexpr std::array<std::string_view, 3> kEndNames = {"revoked", "released", "expired"};
constexpr std::array<std::string_view, 4> kSessionStates = {"opening", "open", "ending", "closed"};

}  // namespace

std::string_view to_string(EndHow how) { return kEndNames[static_cast<std::size_t>(how)]; }

std::optional<EndHow> end_how_from(std::string_view name) {
    for (std::size_t i = 0; i < kEndNames.size(); ++i) {
        if (kEndNames[i] == name) return static_cast<EndHow>(i);
    }
    return std::nullopt;
}

std::string_view to_string(SessionState state) { return kSessionStates[static_cast<std::size_t>(state)]; }

std::vector<const Grant*> State::grants_of(std::string_view account) const {
    std::vector<const Grant*> out;
    const auto [first, last] = by_account.equal_range(std::string(account));
    for (auto it = first; it != last; ++it) {
        if (const Grant* g = grant(it->second)) out.push_back(g);
    }
    return out;
}

const Grant* State::grant(const std::string& id) const { return find_in(grants, id); }
const Ended* State::end_of(const std::string& id) const { return find_in(ended, id); }
const Pin* State::pin_of(const std::string& id) const { return find_in(pins, id); }

void apply(State& state, const Change& change) { std::visit(Apply{state}, change); }

}  // namespace jit::core
