// SPDX-License-Identifier: Apache-2.0
#include "core/state.hpp"

#include <algorithm>
#include <array>

namespace jit::core {
namespace {

template <class Map>
auto find_in(const Map& map, const std::string& key) -> decltype(&map.begin()->second) {
    const auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
}

using Index = std::unordered_multimap<std::string, std::string>;

void unindex(Index& index, const std::string& account, const std::string& id) {
    const auto [first, last] = index.equal_range(account);
    const auto it = std::find_if(first, last, [&](const auto& entry) { return entry.second == id; });
    if (it != last) index.erase(it);
}

template <class Map>
void erase(Map& map, Index& index, const std::string& id) {
    const auto it = map.find(id);
    if (it == map.end()) return;
    unindex(index, it->second.account, id);
    map.erase(it);
}

template <class Map, class Object>
void insert(Map& map, Index& index, const Object& object) {
    erase(map, index, object.id);
    index.emplace(object.account, object.id);
    map.emplace(object.id, object);
}

template <class Map>
auto of_account(const Map& map, const Index& index, std::string_view account) {
    std::vector<decltype(&map.begin()->second)> out;
    const auto [first, last] = index.equal_range(std::string(account));
    for (auto it = first; it != last; ++it) {
        if (const auto* object = find_in(map, it->second)) out.push_back(object);
    }
    return out;
}

struct Apply {
    State& state;

    void operator()(const PutGrant& c) const { insert(state.grants, state.by_account, c.grant); }
    void operator()(const PutEnded& c) const { state.ended.try_emplace(c.ended.grant_id, c.ended); }
    void operator()(const PutPin& c) const { state.pins.insert_or_assign(c.pin.grant_id, c.pin); }
    void operator()(const PutSession& c) const { state.sessions.insert_or_assign(c.session.id, c.session); }
    void operator()(const CloseSession& c) const { state.sessions.erase(c.id); }
    void operator()(const PutLock& c) const { state.locks.insert_or_assign(c.lock.account, c.lock); }
    void operator()(const DropLock& c) const { state.locks.erase(c.account); }
    void operator()(const PutRequest& c) const { insert(state.requests, state.requests_by_account, c.request); }
    void operator()(const DropRequest& c) const {
        erase(state.requests, state.requests_by_account, c.id);
        std::erase_if(state.used_tokens, [&](const auto& entry) { return entry.second.request == c.id; });
    }
    void operator()(const DropGrant& c) const {
        erase(state.grants, state.by_account, c.id);
        state.pins.erase(c.id);
        state.ended.erase(c.id);
    }
    void operator()(const PutUse& c) const { state.uses.insert_or_assign(c.use.account, c.use); }
    void operator()(const PutToken& c) const { state.used_tokens.try_emplace(c.token.id, c.token); }
    void operator()(const PutFloor& c) const { state.floor = Floor(c.floor); }
    void operator()(const PutFile& c) const { state.file = c.file; }
    void operator()(const ReplaceFileGrants& c) const {
        for (auto it = state.grants.begin(); it != state.grants.end();) {
            if (it->second.origin == Origin::file) {
                unindex(state.by_account, it->second.account, it->first);
                it = state.grants.erase(it);
            } else {
                ++it;
            }
        }
        for (const auto& grant : c.grants) insert(state.grants, state.by_account, grant);
    }
};

constexpr std::array<std::string_view, 3> kEndNames = {"revoked", "released", "expired"};
constexpr std::array<std::string_view, 5> kSessionStates = {"opening", "open", "finishing", "ending", "closed"};

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
    return of_account(grants, by_account, account);
}

std::vector<const Request*> State::requests_of(std::string_view account) const {
    return of_account(requests, requests_by_account, account);
}

const Request* State::request(const std::string& id) const { return find_in(requests, id); }
const Grant* State::grant(const std::string& id) const { return find_in(grants, id); }
const Ended* State::end_of(const std::string& id) const { return find_in(ended, id); }
const Pin* State::pin_of(const std::string& id) const { return find_in(pins, id); }

void apply(State& state, const Change& change) { std::visit(Apply{state}, change); }

}  // namespace jit::core
