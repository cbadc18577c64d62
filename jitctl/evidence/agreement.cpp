// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/duration.hpp"
#include "jitctl/evidence/approved.hpp"
#include "jitctl/evidence/story.hpp"

namespace jit::ctl::evidence {
namespace {

using Records = std::vector<const Entry*>;
using Requests = std::map<std::string, Approved>;

bool is(const Entry& entry, std::string_view event) { return value(entry, "JIT_EVENT") == event; }
bool begins(const Entry& entry, std::string_view with) { return value(entry, "JIT_EVENT").starts_with(with); }

/** The request that a record says more time was given by; empty: none was, or by an admin, and it names that of the grant. */
std::string more_by(const Entry& entry, const Json& story) {
    const auto& id = value(entry, "JIT_REQUEST");
    return is(entry, "grant.extended") && id != text_of(story["grant"], "request") ? id : "";
}

std::optional<core::Wall> end_in(const Entry& entry) {
    const auto time = core::parse_time(value(entry, "JIT_NOT_AFTER"));
    return time ? std::optional(*time) : std::nullopt;
}

/** The first value of a field, of whatever it is of. */
class Firsts {
  public:
    std::string differs(const std::string& of, const Entry& entry, const char* field, const char* what) {
        const auto& text = value(entry, field);
        const auto [first, is_new] = firsts_.try_emplace(of + field, text);
        if (is_new || first->second == text) return {};
        return fmt::format("record {}: {}: {}, others have {}", value(entry, "JIT_SEQ"), what, text.empty() ? "none" : text,
                           first->second.empty() ? "none" : first->second);
    }

  private:
    std::map<std::string, std::string> firsts_;
};

std::string of_another(const Records& records) {
    constexpr std::array<std::pair<const char*, const char*>, 3> kSame = {{{"JIT_USER", "account"}, {"JIT_UID", "uid"}, {"JIT_ROLE", "role"}}};
    Firsts firsts;
    for (const Entry* one : records) {
        for (const auto& [field, what] : kSame) {
            const std::string name = field;
            if (value(*one, name).empty()) continue;  // not every record has each
            if (name == "JIT_UID" && begins(*one, "check.")) continue;  // of who was refused for having another one
            if (const auto why = firsts.differs("", *one, field, what); !why.empty()) return why;
        }
        const bool names_origin = (begins(*one, "grant.") || begins(*one, "breakglass.")) && !is(*one, "grant.extended");
        if (!names_origin) continue;
        if (const auto why = firsts.differs("", *one, "JIT_REQUEST", "request"); !why.empty()) return why;
    }
    return {};
}

/** A grant has the words of its request; an extension has those of the request for more time. */
std::string of_another_request(const Records& records, const Json& story, const std::string& grant) {
    std::map<std::string, const Json*> requests;
    for (const auto& request : story["requests"]) requests[text_of(request, "id")] = &request;
    Firsts firsts;
    for (const Entry* one : records) {
        const auto& id = value(*one, "JIT_REQUEST");
        const bool gives = is(*one, "grant.created") || is(*one, "grant.activated") || is(*one, "breakglass.used");
        const bool extends = !more_by(*one, story).empty();
        if (id.empty() || !(gives || extends || begins(*one, "request."))) continue;
        for (const auto& [field, what] : {std::pair{"JIT_REASON", "reason"}, std::pair{"JIT_TICKET", "ticket"}})
            if (const auto why = firsts.differs(id, *one, field, what); !why.empty()) return why;
        const auto request = requests.find(id);
        if (begins(*one, "request.") || request == requests.end() || (*request->second)["created_usec"].is_null()) continue;
        if (text_of(*request->second, "extends") != (extends ? grant : ""))
            return fmt::format("record {}: request {} was {}", value(*one, "JIT_SEQ"), id,
                               extends ? "not for more time of this grant" : "for more time, not for a grant");
    }
    return {};
}

std::string too_late(const Entry& entry, core::Wall end) {
    return fmt::format("record {}: until {}, what was signed allows {} at the latest", value(entry, "JIT_SEQ"),
                       value(entry, "JIT_NOT_AFTER"), core::format_time(end));
}

/** The last approval made the grant, whoever's it was. */
std::string approved_too_late(const Requests& requests) {
    for (const auto& [id, allowed] : requests)
        if (allowed.at && allowed.until && *allowed.at > *allowed.until + kBetween)
            return fmt::format("request {} was approved at {}, what was signed allows it until {}", id, core::format_time(*allowed.at),
                               core::format_time(*allowed.until));
    return {};
}

const Approved& of(const Requests& requests, const std::string& id) {
    static const Approved kNone;
    const auto it = requests.find(id);
    return it == requests.end() ? kNone : it->second;
}

/** Only what was signed bounds it: root can write all the rest as it likes. */
std::string longer_than_signed(const Records& records, const Requests& requests, const Json& story) {
    std::optional<core::Wall> most;
    std::set<std::string> more;
    bool is_open = false;
    for (const Entry* one : records) {
        const auto& id = value(*one, "JIT_REQUEST");
        if (is(*one, "grant.created") && !id.empty()) {
            const auto& allowed = of(requests, id);
            const auto end = end_in(*one), latest = allowed.end();
            if (!allowed.is_signed) return {};
            if (end && latest && *end > *latest + kBetween) return too_late(*one, *latest);
            most = end;
        }
        if (!is(*one, "grant.extended")) continue;
        const auto by = more_by(*one, story);
        if (by.empty()) is_open = is_open || value(*one, "JIT_CODE") != "AUDIT";  // by an admin, for as long as that one said
        else more.insert(by);
    }
    if (!most || is_open) return {};
    for (const auto& id : more) {
        const auto& allowed = of(requests, id);
        if (!allowed.span) return {};  // its records are not there
        *most = std::min(*most + *allowed.span, kLatest);
    }
    for (const Entry* one : records)
        if (const auto end = begins(*one, "grant.") ? end_in(*one) : std::nullopt; end && *end > *most) return too_late(*one, *most);
    return {};
}

}  // namespace

std::string disagreement(const Bundle& bundle, const Json& story) {
    auto records = records_about(bundle);
    std::erase_if(records, [](const Entry* one) { return is(*one, "file.accepted"); });
    if (auto why = of_another(records); !why.empty()) return why;
    if (auto why = of_another_request(records, story, bundle.grant); !why.empty()) return why;
    const auto requests = all_approved(records);
    if (auto why = approved_too_late(requests); !why.empty()) return why;
    return longer_than_signed(records, requests, story);
}

}  // namespace jit::ctl::evidence
