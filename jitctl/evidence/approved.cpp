// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/approved.hpp"

#include <algorithm>
#include <map>

#include "core/approval_text.hpp"
#include "core/duration.hpp"
#include "jitctl/evidence/story.hpp"

namespace jit::ctl::evidence {
namespace {

void shorten(std::optional<core::Usec>& span, std::optional<core::Usec> limit) {
    if (limit && (!span || *limit < *span)) span = limit;
}

void count_in(Approved& out, const Entry& approval) {
    const auto text = core::parse_approval_text(value(approval, "JIT_SIGNED_TEXT"));
    if (!text) return shorten(out.span, at_most(value(approval, "JIT_LIMIT")));
    out.is_signed = true;
    shorten(out.span, text->duration);
    if (text->start) out.start = std::max(out.start.value_or(*text->start), *text->start);
    out.until = std::min(out.until.value_or(text->before), text->before);
}

}  // namespace

std::optional<core::Wall> Approved::end() const {
    if (!span || !at) return std::nullopt;
    return std::max(*at, start.value_or(*at)) + *span;
}

std::map<std::string, Approved> all_approved(const std::vector<const Entry*>& records) {
    std::map<std::string, std::vector<const Entry*>> requests;
    for (const Entry* one : records)
        if (value(*one, "JIT_EVENT").starts_with("request.")) requests[value(*one, "JIT_REQUEST")].push_back(one);
    std::map<std::string, Approved> out;
    for (const auto& [id, request] : requests) out.emplace(id, approved(request));
    return out;
}

Approved approved(const std::vector<const Entry*>& request) {
    Approved out;
    std::vector<const Entry*> approvals;
    for (const Entry* one : request) {
        shorten(out.span, at_most(value(*one, "JIT_DURATION")));
        if (value(*one, "JIT_EVENT") == "request.approved") approvals.push_back(one);
    }
    if (approvals.empty()) return out;
    std::ranges::stable_sort(approvals, {}, [](const Entry* one) { return number_in(*one, "JIT_SEQ").value_or(0); });
    const Entry& last = *approvals.back();
    if (const auto usec = written_usec(last); usec != 0) out.at = core::from_usec(std::min(usec, core::to_usec(kLatest)));
    // The last record names all who counted by then: not one who was locked in between, or by a key that was revoked.
    for (const auto& name : words_in(value(last, "JIT_APPROVERS"))) out.people.insert(name);
    std::map<std::string, const Entry*> said;  // who approved again, since the first no longer counted
    for (const Entry* one : approvals) said[value(*one, "JIT_PRINCIPAL")] = one;
    for (const auto& [principal, approval] : said)
        if (principal.empty() || out.people.contains(principal)) count_in(out, *approval);
    return out;
}

std::optional<core::Usec> at_most(const std::string& shown) {
    const auto span = core::parse_duration(shown);
    if (!span) return std::nullopt;
    using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
    for (const core::Usec unit : {core::Usec(hours(1)), core::Usec(minutes(1)), core::Usec(seconds(1))})
        if (core::format_duration(*span + unit - core::Usec(1)) == shown) return *span + unit - core::Usec(1);
    return *span;
}

}  // namespace jit::ctl::evidence
