// SPDX-License-Identifier: Apache-2.0
// A host in memory where people ask: rules, approvers, keys, and requests made of them in a line.
#pragma once

#include <string>
#include <vector>

#include "core/approval_text.hpp"
#include "core/token.hpp"
#include "tests/support/grant_files.hpp"
#include "tests/support/world.hpp"

namespace jit::test {

/** alice and bob may ask for root by two of carol, dave, principal:olivia; for dba at once, thrice a day. */
class AskingWorld : public World {
  public:
    TestKey olivia{1}, carol{2}, hardware{3, KeyKind::hardware};

    AskingWorld() {
        config.trust.org = "example";
        for (const auto* signer : {&olivia, &carol, &hardware}) {
            const std::string name = signer == &olivia ? "olivia" : signer == &carol ? "carol" : "hardware";
            auto key = trust_key(name + "-key", name == "hardware" ? "dave" : name, *signer);
            key.use_approve = key.use_breakglass = true;
            config.trust.keys.push_back(std::move(key));
        }
        role("root").max_extension = 1h;
        core::Rule at_once;
        at_once.line = 10;
        at_once.roles = {"dba"};
        at_once.who = {"alice", "bob", "alice-adm"};
        at_once.automatic = true;
        at_once.auto_limit = "3/day";
        core::Rule two;
        two.line = 20;
        two.roles = {"root"};
        two.who = {"alice", "bob"};
        two.approvers = {"carol", "dave", "alice-adm", "principal:olivia"};
        two.approvals = 2;
        config.policy.rules = {at_once, two};
    }

    core::RequestEvent asks(const std::string& account, const std::string& role = "root") {
        core::RequestEvent out;
        out.id = fresh();
        out.grant = fresh();
        out.role = role;
        out.duration = 30min;
        out.reason = "INC-1 replace disk";
        out.local = {std::chrono::Sunday, 12h};
        out.actor = plain(account);
        return out;
    }
    /** The id of a request that was taken. */
    std::string asked(const std::string& account, const std::string& role = "root") {
        const auto event = asks(account, role);
        const auto out = step(event);
        return refusal(out).empty() ? event.id : refusal(out);
    }
    core::Transition approve(const std::string& account, const std::string& id) {
        return step(core::ApproveEvent{id, fresh(), {}, "", plain(account)});
    }
    core::Transition redeem(const std::string& token, const std::string& principal = "olivia") {
        return step(core::RedeemEvent{token, fresh(), {{principal, {}}}, plain("bob")});
    }
    /** As `jitctl token` makes it. */
    std::string token(const std::string& id, const TestKey& key, core::Usec duration = 30min, std::uint8_t flags = 1) {
        const auto text = core::approval_text(*state.request(id), state, config, duration);
        SignOptions options;
        options.ns = text.ns();
        options.flags = flags;
        const auto blocks = core::parse_signatures(key.sign(text.text(), options), text.ns());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
        return core::make_token(id, static_cast<std::uint32_t>(seconds), blocks->front())->text();
    }
    std::string state_of(const std::string& id) const {
        const auto* request = state.request(id);
        return request ? std::string(to_string(request->state)) : "";
    }
    std::string fresh() {
        auto out = std::to_string(++made_);
        return std::string(32 - out.size(), 'e') + out;
    }

  private:
    int made_ = 0;
};

}  // namespace jit::test
