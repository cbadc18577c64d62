// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/about.hpp"

#include <set>
#include <string_view>

namespace jit::ctl::evidence {
namespace {

constexpr std::string_view kAccepted = "file.accepted";

bool is_request(const Mention& mention) { return mention.event.starts_with("request."); }

/** A check names the request that waits beside the grant, too. */
bool tells_origin(const Mention& mention) {
    return is_request(mention) || mention.event.starts_with("grant.") || mention.event.starts_with("breakglass.");
}

}  // namespace

Mention mention_of(const std::map<std::string, std::string>& fields) {
    const auto field = [&](const char* name) {
        const auto it = fields.find(name);
        return it == fields.end() ? std::string() : it->second;
    };
    return {field("JIT_EVENT"), field("JIT_GRANT"), field("JIT_REQUEST"), field("JIT_SERIAL")};
}

bool may_be_about(const Mention& mention, const std::string& grant) {
    return mention.grant == grant || is_request(mention) || mention.event == kAccepted;
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
