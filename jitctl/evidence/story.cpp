// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/story.hpp"

#include <algorithm>
#include <charconv>

#include "core/duration.hpp"
#include "jitctl/evidence/about.hpp"

namespace jit::ctl::evidence {
namespace {

using Records = std::vector<const Entry*>;

Json number(const Entry& entry, const char* field) {
    const auto found = number_in(entry, field);
    return found ? Json(*found) : Json(nullptr);
}

Json text(const Entry& entry, const char* field) {
    const auto& found = value(entry, field);
    return found.empty() ? Json(nullptr) : Json(found);
}

Json time_in(const std::string& field) {
    const auto time = core::parse_time(field);
    return time ? Json(core::to_usec(*time)) : Json(nullptr);
}

Json when(const Entry& entry) {
    const auto usec = written_usec(entry);
    return usec != 0 ? Json(usec) : Json(nullptr);
}

bool is(const Entry& entry, std::string_view event) { return value(entry, "JIT_EVENT") == event; }
bool begins(const Entry& entry, std::string_view with) { return value(entry, "JIT_EVENT").starts_with(with); }

const Entry* first(const Records& records, std::string_view event) {
    const auto it = std::ranges::find_if(records, [&](const Entry* one) { return is(*one, event); });
    return it == records.end() ? nullptr : *it;
}

Json origin(const Records& records) {
    if (first(records, "breakglass.used")) return "breakglass";
    const Entry* created = first(records, "grant.created");
    const Entry* active = first(records, "grant.activated");
    if (!created) return active && !value(*active, "JIT_SERIAL").empty() ? Json("file") : Json(nullptr);
    const auto& request = value(*created, "JIT_REQUEST");
    if (request.empty()) return "local";
    std::string via;
    for (const Entry* one : records)
        if (is(*one, "request.approved") && value(*one, "JIT_REQUEST") == request) via = value(*one, "JIT_VIA");
    return via.starts_with("key:") ? "token" : "request";
}

Json grant_of(const Records& records, const std::string& id) {
    Json out = {{"id", id}, {"origin", origin(records)}};
    for (const char* name : {"account", "uid", "role", "reason", "ticket", "request", "serial", "not_after_usec", "created_usec",
                             "activated_usec", "state", "ended_usec", "code", "ended_by"})
        out[name] = nullptr;
    out["approvers"] = out["keys"] = Json::array();
    for (const Entry* one : records) {
        if (!begins(*one, "grant.") || value(*one, "JIT_GRANT") != id) continue;
        if (out["account"].is_null()) {
            out["account"] = text(*one, "JIT_USER");
            out["uid"] = number(*one, "JIT_UID");
            out["role"] = text(*one, "JIT_ROLE");
            out["reason"] = text(*one, "JIT_REASON");
            out["ticket"] = text(*one, "JIT_TICKET");
            out["request"] = text(*one, "JIT_REQUEST");
            out["serial"] = number(*one, "JIT_SERIAL");
        }
        if (is(*one, "grant.activated"))  // again: the state of the host, with its end, was lost
            for (const char* name : {"state", "ended_usec", "code", "ended_by"}) out[name] = nullptr;
        if (!is(*one, "grant.revoked") && !is(*one, "grant.released") && !is(*one, "grant.expired")) {
            out["approvers"] = words_in(value(*one, "JIT_APPROVERS"));
            out["keys"] = words_in(value(*one, "JIT_KEYS"));
            out["not_after_usec"] = time_in(value(*one, "JIT_NOT_AFTER"));
            if (is(*one, "grant.created")) out["created_usec"] = when(*one);
            if (is(*one, "grant.activated")) out["activated_usec"] = when(*one);
            continue;
        }
        out["state"] = value(*one, "JIT_EVENT").substr(6);
        out["ended_usec"] = when(*one);
        out["code"] = text(*one, "JIT_CODE");
        out["ended_by"] = text(*one, "JIT_ACTOR");
    }
    return out;
}

Json approval_of(const Entry& entry) {
    return {{"time_usec", when(entry)},
            {"principal", text(entry, "JIT_PRINCIPAL")},
            {"via", text(entry, "JIT_VIA")},
            {"actor", text(entry, "JIT_ACTOR")},
            {"limit", text(entry, "JIT_LIMIT")},
            {"public_key", text(entry, "JIT_PUBLIC_KEY")},
            {"signed_text", text(entry, "JIT_SIGNED_TEXT")},
            {"signature", text(entry, "JIT_SIGNATURE")},
            {"text", text(entry, "MESSAGE")}};
}

Json requests_of(const Records& records) {
    Json out = Json::array();
    std::map<std::string, std::size_t> index;
    for (const Entry* one : records) {
        if (!begins(*one, "request.")) continue;
        const auto& id = value(*one, "JIT_REQUEST");
        const auto [at, is_new] = index.try_emplace(id, out.size());
        if (is_new)
            out.push_back({{"id", id}, {"account", text(*one, "JIT_USER")}, {"uid", number(*one, "JIT_UID")},
                           {"role", text(*one, "JIT_ROLE")}, {"duration", text(*one, "JIT_DURATION")},
                           {"reason", text(*one, "JIT_REASON")}, {"ticket", text(*one, "JIT_TICKET")},
                           {"rule", text(*one, "JIT_RULE")}, {"extends", nullptr}, {"created_usec", nullptr},
                           {"needed", nullptr}, {"approvals", Json::array()}, {"ended", nullptr}, {"ended_usec", nullptr},
                           {"ended_by", nullptr}});
        Json& request = out[at->second];
        if (is(*one, "request.created")) {
            request["created_usec"] = when(*one);
            request["extends"] = text(*one, "JIT_GRANT");  // of the first request there is no grant yet
        } else if (is(*one, "request.approved")) {
            request["needed"] = number(*one, "JIT_NEEDED");
            request["approvals"].push_back(approval_of(*one));
        } else {
            request["ended"] = value(*one, "JIT_EVENT").substr(8);
            request["ended_usec"] = when(*one);
            request["ended_by"] = text(*one, "JIT_ACTOR");
        }
    }
    return out;
}

Json checks_of(const Records& records) {
    Json out = Json::array();
    for (const Entry* one : records)
        if (begins(*one, "check."))
            out.push_back({{"time_usec", when(*one)}, {"decision", text(*one, "JIT_DECISION")}, {"code", text(*one, "JIT_CODE")},
                           {"account", text(*one, "JIT_USER")}, {"service", text(*one, "JIT_SERVICE")},
                           {"target", text(*one, "JIT_TARGET")}, {"tty", text(*one, "JIT_TTY")}, {"rhost", text(*one, "JIT_RHOST")}});
    return out;
}

Json sessions_of(const Records& records) {
    Json out = Json::array();
    std::map<std::string, std::size_t> index;
    for (const Entry* one : records) {
        if (!begins(*one, "session.")) continue;
        const auto& id = value(*one, "JIT_SESSION");
        const auto [at, is_new] = index.try_emplace(id, out.size());
        if (is_new)
            out.push_back({{"id", id}, {"account", text(*one, "JIT_USER")}, {"target", text(*one, "JIT_TARGET")},
                           {"service", text(*one, "JIT_SERVICE")}, {"tty", text(*one, "JIT_TTY")}, {"rhost", text(*one, "JIT_RHOST")},
                           {"opened_usec", nullptr}, {"warned_usec", nullptr}, {"terminated_usec", nullptr},
                           {"closed_usec", nullptr}, {"code", nullptr}, {"recording", nullptr}, {"sha256", nullptr},
                           {"bytes", nullptr}, {"recorded_code", nullptr}});
        Json& session = out[at->second];
        if (is(*one, "session.recorded")) {
            session["recording"] = text(*one, "JIT_RECORDING");
            session["sha256"] = text(*one, "JIT_SHA256");
            session["bytes"] = number(*one, "JIT_BYTES");
            session["recorded_code"] = text(*one, "JIT_CODE");
            continue;
        }
        session[value(*one, "JIT_EVENT").substr(8) + "_usec"] = when(*one);
        if (!is(*one, "session.opened") && session["code"].is_null()) session["code"] = text(*one, "JIT_CODE");
        if (session["recording"].is_null()) session["recording"] = text(*one, "JIT_RECORDING");
    }
    return out;
}

/** The last one that the grant was in, as far as its records tell. */
Json file_of(const Records& records) {
    const Entry* accepted = nullptr;
    for (const Entry* one : records)
        if (is(*one, "file.accepted")) accepted = one;
    if (!accepted) return nullptr;
    return {{"serial", number(*accepted, "JIT_SERIAL")}, {"sha256", text(*accepted, "JIT_SHA256")},
            {"keys", words_in(value(*accepted, "JIT_KEYS"))}, {"approvers", words_in(value(*accepted, "JIT_APPROVERS"))},
            {"expires_usec", time_in(value(*accepted, "JIT_NOT_AFTER"))}, {"accepted_usec", when(*accepted)}};
}

Json events_of(const Records& records) {
    Json out = Json::array();
    for (const Entry* one : records)
        out.push_back({{"seq", number(*one, "JIT_SEQ")}, {"time_usec", when(*one)}, {"event", text(*one, "JIT_EVENT")},
                       {"text", text(*one, "MESSAGE")}});
    return out;
}

}  // namespace

std::vector<const Entry*> records_about(const Bundle& bundle) {
    std::vector<Mention> mentions;
    for (const auto& entry : bundle.records) mentions.push_back(mention_of(entry.record.fields));
    const auto relevant = about(mentions, bundle.grant);
    std::vector<const Entry*> out;
    for (std::size_t i = 0; i < relevant.size(); ++i)
        if (relevant[i]) out.push_back(&bundle.records[i]);
    return out;
}

std::uint64_t written_usec(const Entry& entry) { return number_in(entry, "JIT_TIME").value_or(0); }

std::optional<std::uint64_t> number_in(const Entry& entry, const std::string& name) {
    const auto& text = value(entry, name);
    std::uint64_t out = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return out;
}

std::vector<std::string> words_in(const std::string& list) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        out.push_back(list.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

Json story_of(const Bundle& bundle) {
    const auto records = records_about(bundle);
    Json out = Json::object();
    out["grant"] = grant_of(records, bundle.grant);
    out["requests"] = requests_of(records);
    out["checks"] = checks_of(records);
    out["sessions"] = sessions_of(records);
    out["file"] = file_of(records);
    out["events"] = events_of(records);
    return out;
}

}  // namespace jit::ctl::evidence
