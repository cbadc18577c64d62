// SPDX-License-Identifier: Apache-2.0
#include "core/approval_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <vector>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

constexpr std::string_view kApproval = "jit-approval/1", kBreakglass = "jit-breakglass/1";
constexpr std::string_view kNone = "-", kWhenApproved = "when approved";
constexpr std::array<std::string_view, 13> kKeys = {"org",     "host",  "request", "account", "person",    "role",          "seconds",
                                                    "start", "extends", "reason", "ticket",  "requested", "approve-before"};

std::string_view or_none(const std::string& text) { return text.empty() ? kNone : std::string_view(text); }
std::string none_is_empty(std::string_view text) { return text == kNone ? "" : std::string(text); }

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r";
    const auto first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out.push_back(trimmed(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

/** "A B" into both; B may be absent. */
std::pair<std::string_view, std::string_view> two(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return {text, {}};
    return {text.substr(0, blank), text.substr(blank + 1)};
}

Failure no_text(std::string_view why) {
    return fail(file_code::kFormat, fmt::format("this is no request as `jitctl show` prints it: {}", why));
}

using Fields = std::map<std::string_view, std::string_view>;

Result<ApprovalText> from(const Fields& fields, bool breakglass) {
    ApprovalText out;
    out.breakglass = breakglass;
    out.org = none_is_empty(fields.at("org"));
    const auto [id, name] = two(fields.at("host"));
    out.host_id = id;
    out.host_name = none_is_empty(name);
    out.request = fields.at("request");
    const auto [uid, account] = two(fields.at("account"));
    out.account = account;
    if (!read_number(uid, out.uid) || account.empty()) return no_text("account: UID NAME");
    out.person = fields.at("person");
    out.role = fields.at("role");
    std::uint32_t seconds = 0;
    if (!read_number(fields.at("seconds"), seconds) || seconds == 0) return no_text("seconds: a number");
    out.duration = std::chrono::seconds(seconds);
    if (fields.at("start") != kWhenApproved) {
        const auto start = parse_time(fields.at("start"));
        if (!start) return no_text("start: a time");
        out.start = *start;
    }
    out.extends = none_is_empty(fields.at("extends"));
    out.reason = fields.at("reason");
    out.ticket = none_is_empty(fields.at("ticket"));
    const auto requested = parse_time(fields.at("requested")), before = parse_time(fields.at("approve-before"));
    if (!requested || !before) return no_text("requested, approve-before: times");
    out.requested = *requested;
    out.before = *before;
    return out;
}

}  // namespace

std::string ApprovalText::text() const {
    return fmt::format(
        "{}\norg: {}\nhost: {} {}\nrequest: {}\naccount: {} {}\nperson: {}\nrole: {}\nseconds: {}\nstart: {}\nextends: {}\n"
        "reason: {}\nticket: {}\nrequested: {}\napprove-before: {}\ndecision: {}\n",
        breakglass ? kBreakglass : kApproval, or_none(org), host_id, or_none(host_name), request, uid, account, person, role,
        std::chrono::duration_cast<std::chrono::seconds>(duration).count(), start ? format_time(*start) : kWhenApproved,
        or_none(extends), reason, or_none(ticket), format_time(requested), format_time(before),
        breakglass ? "break-glass" : "approve");
}

ApprovalText approval_text(const Request& request, const State& state, const Config& config, Usec duration) {
    ApprovalText out;
    out.breakglass = request.kind == RequestKind::breakglass;
    out.org = config.trust.org;
    out.host_id = state.host_id;
    out.host_name = config.host.name;
    out.request = request.id;
    out.uid = request.uid;
    out.account = request.account;
    out.person = config.trust.principal_of(request.account);
    out.role = request.role;
    out.duration = duration;
    out.start = request.start;
    if (request.kind == RequestKind::extension) out.extends = request.grant;
    out.reason = request.reason;
    out.ticket = request.ticket;
    out.requested = request.created;
    out.before = request.expires;
    return out;
}

Result<ApprovalText> parse_approval_text(std::string_view pasted) {
    const auto lines = lines_of(pasted);
    const auto first = std::find_if(lines.begin(), lines.end(),
                                    [](std::string_view line) { return line == kApproval || line == kBreakglass; });
    if (first == lines.end()) return no_text(fmt::format("it has no line \"{}\"", kApproval));
    Fields fields;
    auto line = first + 1;
    for (const auto key : kKeys) {
        if (line == lines.end() || !line->starts_with(key) || line->substr(key.size(), 2) != ": ") {
            return no_text(fmt::format("\"{}: \" was expected", key));
        }
        fields[key] = line->substr(key.size() + 2);
        ++line;
    }
    const bool breakglass = *first == kBreakglass;
    if (line == lines.end() || *line != (breakglass ? "decision: break-glass" : "decision: approve")) {
        return no_text("its last line is missing");
    }
    auto out = from(fields, breakglass);
    if (!out) return out;
    if (!std::all_of(first, line, is_clean)) {
        return no_text("it holds control or invisible characters");
    }
    return out;
}

}  // namespace jit::core
