// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/about.hpp"

#include <set>
#include <string_view>

#include "core/codes.hpp"
#include "core/event_kind.hpp"

namespace jit::ctl::evidence {
namespace {

constexpr std::string_view kAccepted = "file.accepted";

bool is_request(const Mention& mention) { return mention.event.starts_with("request."); }

/** A check names the request that waits beside the grant, too. */
bool tells_origin(const Mention& mention) {
    return is_request(mention) || mention.event.starts_with("grant.") || mention.event.starts_with("breakglass.");
}

bool is_refusal(const Mention& mention) {
    return mention.event == core::event::kCheckDenied.name || mention.event == core::event::kCheckWouldDeny.name;
}

}  // namespace

Mention mention_of(const std::map<std::string, std::string>& fields) {
    const auto field = [&](const char* name) {
        const auto it = fields.find(name);
        return it == fields.end() ? std::string() : it->second;
    };
    return {field("JIT_EVENT"), field("JIT_GRANT"), field("JIT_REQUEST"), field("JIT_SERIAL"), field("JIT_CODE")};
}

bool may_be_about(const Mention& mention, const std::string& grant) {
    return mention.grant == grant || is_request(mention) || mention.event == kAccepted;
}

bool is_afterwards(const Mention& mention, bool over) {
    using core::Code;
    const auto code = core::code_from(mention.code);
    return is_refusal(mention) && (over || code == Code::expired || code == Code::revoked || code == Code::released);
}

std::optional<bool> tells_over(const Mention& mention) {
    namespace event = core::event;
    if (mention.event == event::kGrantActivated.name) return false;  // again: the state of the host was lost
    for (const auto* end : {&event::kGrantExpired, &event::kGrantRevoked, &event::kGrantReleased})
        if (mention.event == end->name) return true;
    return std::nullopt;
}

std::vector<bool> about(std::span<const Mention> mentions, const std::string& grant) {
    std::set<std::string> requests, serials;
    for (const auto& mention : mentions) {
        if (mention.grant != grant) continue;
        if (tells_origin(mention) && !mention.request.empty()) requests.insert(mention.request);
        if (!mention.serial.empty()) serials.insert(mention.serial);
    }
    std::vector<bool> out;
    out.reserve(mentions.size());
    for (const auto& mention : mentions) {
        out.push_back(mention.grant == grant || (is_request(mention) && requests.contains(mention.request)) ||
                      (mention.event == kAccepted && serials.contains(mention.serial)));
    }
    return out;
}

}  // namespace jit::ctl::evidence
