// SPDX-License-Identifier: Apache-2.0
// A host in memory for the tests of core: state, configuration and two clocks that only the test moves.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/step.hpp"

namespace jit::test {

using namespace std::chrono_literals;

inline const std::string kSession = "00112233445566778899aabbccddeeff";
inline const std::string kOtherSession = "ffeeddccbbaa99887766554433221100";

/** alice 1001, bob 1002, carol 1003, olivia 1004, alice-adm 1011; root 0. */
std::uint32_t uid_of(std::string_view account);

class World;

/** A grant of the world; every setter takes effect at once. */
class GrantRef {
  public:
    GrantRef(World& world, std::string id) : world_(world), id_(std::move(id)) {}

    GrantRef& for_(const std::string& account);
    GrantRef& role(const std::string& role);
    GrantRef& uid(std::uint32_t uid);
    GrantRef& minutes(int n);
    GrantRef& starts_in(core::Usec span);  // keeps its length
    GrantRef& until(core::Wall end);
    /** What a tick does at not_before: fixes an end on both clocks. */
    GrantRef& active();
    GrantRef& ended(core::EndHow how);
    [[nodiscard]] const core::Grant& get() const;

  private:
    template <class Fn>
    GrantRef& change(Fn fn);
    World& world_;
    std::string id_;
};

class World {
  public:
    core::State state;
    core::Config config;
    core::Now now;

    /** db-01 with role root (sudo and su to root) and dba (sudo to postgres); alice and olivia are principals. */
    World();

    /** alice, role root, 30 minutes from now. */
    GrantRef file_grant(const std::string& id);
    GrantRef local_grant(const std::string& id);
    core::Role& role(const std::string& name);
    /** An open sudo session of the grant's account to root. */
    core::Session& session(const std::string& id, const std::string& grant);
    void lock(const std::string& account);

    void pass(core::Usec span);      // both clocks
    void set_clock(core::Usec by);   // the wall clock alone
    void reboot(core::Usec off);

    [[nodiscard]] core::Query query(const std::string& account, const std::string& service = "sudo",
                                    std::optional<std::string> target = "root") const;
    [[nodiscard]] core::Decision decide(const std::string& account, const std::string& service = "sudo",
                                        std::optional<std::string> target = "root") const;
    /** The code of the decision: "GRANT", "EXPIRED", ... */
    [[nodiscard]] std::string code(const std::string& account, const std::string& service = "sudo",
                                   std::optional<std::string> target = "root") const;

    /** One step; its changes are applied. */
    core::Transition step(const core::Event& event);
    core::Transition tick() { return step(core::TickEvent{}); }
    [[nodiscard]] core::Due due() const { return core::next_due(state, config, now); }
};

/** The `T`s among changes or actions. */
template <class T, class Variant>
std::vector<T> only(const std::vector<Variant>& all) {
    std::vector<T> out;
    for (const auto& one : all) {
        if (const auto* it = std::get_if<T>(&one)) out.push_back(*it);
    }
    return out;
}

/** JIT_EVENT of each record, in order, separated by blanks. */
std::string kinds(const core::Transition& transition);
/** A field of the n-th record; "" when absent. */
std::string field(const core::Transition& transition, const std::string& name, std::size_t n = 0);
/** The code of a refusal; "" when there is none. */
std::string refusal(const core::Transition& transition);

core::Actor root_as(const std::string& login_account);
core::Actor admin(const std::string& account);
core::Actor plain(const std::string& account);

}  // namespace jit::test
