// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/evidence/recordings.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl::evidence {
namespace {

std::string stamp(const Json& object, std::string_view field) {
    const auto time = time_of(object, field);
    return time ? core::format_time(*time) : std::string();  // as in the records' own words
}

std::string heading(const Output& out, std::string_view title) { return "\n" + out.styled(Style::bold, title) + "\n"; }

std::string with(std::string_view before, const std::string& text, std::string_view after = "") {
    return text.empty() ? "" : fmt::format("{}{}{}", before, text, after);
}

std::string the_grant(const Json& grant, const Bundle& bundle) {
    std::string out = property("grant", text_of(grant, "id") + with(", ", text_of(grant, "origin")));
    const auto uid = number_of(grant, "uid");
    out += property("account", text_of(grant, "account") + (uid ? fmt::format(" (uid {})", *uid) : "") + with(", role ", text_of(grant, "role")));
    out += property("host id", bundle.host_id);
    out += property("reason", text_of(grant, "reason") + with(" (ticket ", text_of(grant, "ticket"), ")"));
    out += property("approvers", joined(texts_of(grant, "approvers")));
    out += property("keys", joined(texts_of(grant, "keys")));
    out += property("from", stamp(grant, "activated_usec"));
    out += property("until", stamp(grant, "not_after_usec"));
    const auto state = text_of(grant, "state");
    if (state.empty()) return out + property("ended", "not in these records");
    return out + property("ended", state + with(" ", stamp(grant, "ended_usec")) + with(" by ", text_of(grant, "ended_by")));
}

std::string by_whom(const Json& approval, const std::string& request, const Report& report) {
    const std::string via = text_of(approval, "via"), principal = text_of(approval, "principal");
    std::string line = stamp(approval, "time_usec") + " ";
    if (via == "rule") return line + "at once, by the rule";
    line += principal.empty() ? text_of(approval, "text") : principal;
    const std::string at_most = with(", for at most ", text_of(approval, "limit"));
    if (!via.starts_with("key:")) return line + (via.empty() ? "" : " on the host") + at_most;
    line += " by token, key " + via.substr(4);
    for (const auto& one : report.signatures)
        if (one.request == request && one.key == via.substr(4))
            line += " " + one.fingerprint + (one.code.empty() ? one.counted ? ", signature good" : ", signature good, but it did not count" : ", " + one.text + " [" + one.code + "]");
    return line + at_most;
}

std::string the_request(const Json& request, const Report& report, const Output& out) {
    const bool more = !text_of(request, "extends").empty();
    std::string text = heading(out, more ? "Request for more time" : "Request") + property("request", text_of(request, "id"));
    const auto asked = stamp(request, "created_usec");
    text += property("asked", (asked.empty() ? "not in these records" : asked) + with(" for ", text_of(request, "duration"), more ? " more" : "") +
                                  with(": ", text_of(request, "reason")));
    text += property("rule", text_of(request, "rule"));
    for (const auto& approval : request["approvals"]) text += property("approved", by_whom(approval, text_of(request, "id"), report));
    return text + property("ended", text_of(request, "ended") + with(" ", stamp(request, "ended_usec")) + with(" by ", text_of(request, "ended_by")));
}

std::string the_session(const Json& session, const Bundle& bundle, const Report& report, const Output& out) {
    const std::string id = text_of(session, "id");
    std::string text = heading(out, "Session") + property("session", id);
    text += property("of", fmt::format("{} to {} by {}{}{}", text_of(session, "account"), text_of(session, "target"),
                                       text_of(session, "service"), with(" on ", text_of(session, "tty")), with(" from ", text_of(session, "rhost"))));
    text += property("opened", stamp(session, "opened_usec"));
    text += property("told to end", stamp(session, "terminated_usec"));
    text += property("closed", stamp(session, "closed_usec") + with(" ", text_of(session, "code")));
    const auto here = std::ranges::find(report.recordings, id, &FoundRecording::session);
    const auto path = text_of(session, "recording");
    if (here != report.recordings.end() && is_unprovable(*here)) return text + property("recording", path + ": " + in_words(*here));
    const auto bytes = number_of(session, "bytes");
    text += property("recording", path + (bytes ? fmt::format(", {} bytes", *bytes) : ""));
    text += property("sha256", text_of(session, "sha256"));
    for (const auto& one : bundle.recordings)
        if (one.session == id) text += property("on the host", one.result + " (not proven)");
    if (here != report.recordings.end()) text += property("here", here->result);
    return text;
}

std::string the_commands(const Bundle& bundle, const Output& out) {
    if (bundle.commands.empty() && bundle.commands_left_out == 0) return {};
    std::string text = heading(out, "Commands, by sudo's own lines (not proven)");
    for (const auto& c : bundle.commands)
        text += fmt::format("{}  {} as {}: {}\n", core::format_time(core::from_usec(c.time_usec)), core::escape(c.user), core::escape(c.target),
                            core::escape(c.command));
    if (bundle.commands_left_out > 0) text += fmt::format("{} more are left out\n", bundle.commands_left_out);
    return text;
}

std::string the_file(const Report& report, const Bundle& bundle, const Output& out) {
    const Json& file = report.story["file"];
    if (!file.is_object()) return {};
    const auto serial = number_of(file, "serial");
    std::string text = heading(out, "Signed file") + property("serial", serial ? std::to_string(*serial) : "");
    text += property("sha256", text_of(file, "sha256"));
    text += property("accepted", stamp(file, "accepted_usec"));
    text += property("keys", joined(texts_of(file, "keys")));
    if (!bundle.file) return text + property("copy", "not in this evidence");
    if (!report.file->code.empty()) return text + property("copy", report.file->text + " [" + report.file->code + "]");
    for (const auto& signer : report.file->signers) text += property("signed by", fmt::format("{} (key {})", signer.principal, signer.key));
    return text;
}

}  // namespace

std::string describe(const Report& report, const Bundle& bundle, const Output& out) {
    const Json& story = report.story;
    std::string text = the_grant(story["grant"], bundle);
    for (const auto& request : story["requests"]) text += the_request(request, report, out);
    text += the_file(report, bundle, out);
    for (const auto& session : story["sessions"]) text += the_session(session, bundle, report, out);
    text += heading(out, "All that happened");
    for (const auto& event : story["events"])
        text += fmt::format("{:>8}  {:20}  {:<18} {}\n", number_of(event, "seq").value_or(0), stamp(event, "time_usec"),
                            shown(event, "event"), shown(event, "text"));
    text += the_commands(bundle, out);
    text += heading(out, "Evidence");
    if (report.chain.head)
        text += property("records", fmt::format("{} to {}, of which {} are about this grant", report.chain.first_seq,
                                                report.chain.head->seq, report.about));
    if (report.chain.head) text += property("last", core::to_string(*report.chain.head));
    text += property("not proven", fmt::format("made {} by {} on {}{}", core::format_time(core::from_usec(bundle.made_usec)), bundle.made_by,
                                               bundle.host_name.empty() ? "a host without name" : bundle.host_name,
                                               bundle.head ? ", when the log ended with " + core::to_string(*bundle.head) : ""));
    return text;
}

std::string headline(const Report& report, const Output& out) {
    const bool ok = report.result == core::ChainResult::ok;
    const auto style = ok ? Style::good : report.result == core::ChainResult::broken ? Style::bad : Style::warn;
    return fmt::format("{}: {}\n", out.styled(style, core::to_string(report.result)),
                       ok ? "the records are as jitd chained them, and tell this" : core::escape(report.text));
}

std::string verdict(const Report& report, const Bundle& bundle, const Output& out, bool trusted) {
    const std::string text = headline(report, out);
    if (report.signatures.empty() && !bundle.file) return text;
    return text + property("keys", trusted ? "checked by that trust.toml; its limits of hosts are not"
                                           : "not checked whether they are trusted: give --trust FILE");
}

}  // namespace jit::ctl::evidence
