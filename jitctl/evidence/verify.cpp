// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "jitctl/evidence/agreement.hpp"
#include "jitctl/evidence/recordings.hpp"
#include "jitctl/evidence/story.hpp"
#include "jitctl/log_verify.hpp"

namespace jit::ctl::evidence {
namespace {

using core::ChainResult;

constexpr std::size_t kMaxTwins = 16;

/** The first thing that is broken, else the first that is incomplete. */
void note(Report& report, ChainResult result, std::string_view code, std::string text) {
    if (report.result == ChainResult::broken) return;
    if (report.result == ChainResult::incomplete && result != ChainResult::broken) return;
    report.result = result;
    report.code = code;
    report.text = std::move(text);
}

const Entry* record_of(const Bundle& bundle, std::uint64_t seq) {
    const std::string number = std::to_string(seq);
    const auto it = std::ranges::find_if(bundle.records, [&](const Entry& entry) { return value(entry, "JIT_SEQ") == number; });
    return it == bundle.records.end() ? nullptr : &*it;
}

void check_begin(Report& report, const Bundle& bundle) {
    const auto seq = report.chain.first_seq;
    const Entry* lowest = record_of(bundle, seq);
    if (!lowest) return;  // there is none: the chain says so
    if (!bundle.before) {
        if (seq > 1)
            note(report, ChainResult::incomplete, "BEGIN",
                 fmt::format("record {} was the first in the journal: nothing is left to check it against", seq));
        return;
    }
    const auto hash = core::chain_hash(bundle.before->chain, lowest->record.fields);
    if (bundle.before->seq + 1 != seq || core::to_hex(hash.data(), hash.size()) != value(*lowest, "JIT_CHAIN"))
        note(report, ChainResult::broken, "CHAIN", fmt::format("record {} was changed: it does not follow the one before", seq));
}

/** A fork makes two of one number, each more a little more; the verifier compares all of them. */
bool has_crowd(const Bundle& bundle) {
    std::map<std::string_view, std::size_t> count;
    return std::ranges::any_of(bundle.records, [&](const Entry& entry) { return ++count[value(entry, "JIT_SEQ")] > kMaxTwins; });
}

void check_chain(Report& report, const Bundle& bundle, std::optional<core::Mark> head) {
    if (has_crowd(bundle)) {
        note(report, ChainResult::broken, "CHAIN", fmt::format("more than {} records have one number", kMaxTwins));
        return;
    }
    core::ChainVerifier verifier;
    for (const auto& entry : bundle.records) verifier.add(entry.record);
    if (head && bundle.before && head->seq == bundle.before->seq) {
        if (head->chain != bundle.before->chain)
            note(report, ChainResult::broken, "CHAIN", "the record before the first one has another hash than --head");
        head.reset();
    }
    report.chain = verifier.report(head);
    if (report.chain.result != ChainResult::ok) note(report, report.chain.result, "CHAIN", headline(report.chain));
    check_begin(report, bundle);
}

/** jitd has another id from a start on, when its state was lost or the machine is a clone: what came before is not proven by it. */
void check_host(Report& report, const Bundle& bundle) {
    if (!bundle.records.empty() && value(bundle.records.front(), "JIT_HOST") != bundle.host_id)
        note(report, ChainResult::broken, "HOST", "its first record is of another host");
    std::set<std::string_view> begun;
    std::set<std::pair<std::string_view, std::string_view>> processes;
    for (const auto& entry : bundle.records) {  // of a file it kept jitd tells before it is ready
        const bool is_first = processes.emplace(entry.record.boot, entry.record.process).second;
        if (is_first || value(entry, "JIT_EVENT") == core::event::kDaemonStarted.name) begun.insert(value(entry, "JIT_HOST"));
    }
    for (const auto& entry : bundle.records) {
        const std::string& host = value(entry, "JIT_HOST");
        if (host == bundle.host_id) continue;
        const bool may_begin = begun.contains(host) || !report.chain.missing.empty();
        if (!host.empty() && may_begin)
            note(report, ChainResult::incomplete, "HOST",
                 fmt::format("from record {} on the host has another id: its state was lost or its machine-id changed", value(entry, "JIT_SEQ")));
        else
            note(report, ChainResult::broken, "HOST", fmt::format("record {} is of another host", value(entry, "JIT_SEQ")));
    }
}

void check_story(Report& report, const Bundle& bundle) {
    check_host(report, bundle);
    report.story = story_of(bundle);
    report.about = report.story["events"].size();
    if (report.about == 0) note(report, ChainResult::broken, "GRANT", fmt::format("no record is about grant {}", bundle.grant));
    if (report.story.dump(-1, ' ', false, Json::error_handler_t::replace) !=
        bundle.story.dump(-1, ' ', false, Json::error_handler_t::replace))
        note(report, ChainResult::broken, "STORY", "what it tells is not what its records say");
}

/** A journal that was rotated may have lost the beginning. */
void check_whole(Report& report, const Bundle& bundle) {
    const Json& grant = report.story["grant"];
    const auto missing = [&](std::string text) { note(report, ChainResult::incomplete, "STORY", std::move(text)); };
    if (bundle.records_left_out > 0)
        note(report, ChainResult::incomplete, "END",
             fmt::format("it ends early: {} later records about this grant did not go into it", bundle.records_left_out));
    if (grant["origin"].is_null()) missing("there is no record of how the grant came to be");
    if (text_of(grant, "origin") == "file" && report.story["file"].is_null()) missing("there is no record of the file the grant came with");
    std::set<std::string> needed;
    if (const auto id = text_of(grant, "request"); !id.empty()) needed.insert(id);
    for (const Entry* one : records_about(bundle))
        if (value(*one, "JIT_EVENT") == core::event::kGrantExtended.name && !value(*one, "JIT_REQUEST").empty())
            needed.insert(value(*one, "JIT_REQUEST"));
    for (const auto& one : report.story["requests"])
        if (!one["created_usec"].is_null() && !one["approvals"].empty()) needed.erase(text_of(one, "id"));
    if (!needed.empty()) missing(fmt::format("there is no record of request {}, or of its approvals", *needed.begin()));
}

void check_proofs(Report& report, const Bundle& bundle, const Means& means) {
    report.signatures = check_signatures(bundle, report.story, means.trust);
    for (const auto& one : report.signatures)
        if (!one.code.empty())
            note(report, ChainResult::broken, "SIGNATURE",
                 fmt::format("approval of request {} by {}: {} [{}]", one.request, one.principal, one.text, one.code));
    report.file = check_file(bundle, report.story, means.trust);
    if (report.file && !report.file->code.empty())
        note(report, ChainResult::broken, "FILE", fmt::format("signed file: {} [{}]", report.file->text, report.file->code));
    if (auto why = disagreement(bundle, report.story); !why.empty()) note(report, ChainResult::broken, "CONTRADICTION", std::move(why));
    report.recordings = look_at_recordings(bundle, report.story, means.recordings);
    count_recordings(report, report.recordings);
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json checked_json(const CheckedSignature& one) {
    return {{"request", one.request}, {"principal", or_null(one.principal)}, {"key", or_null(one.key)},
            {"fingerprint", or_null(one.fingerprint)}, {"counted", one.counted}, {"result", one.code.empty() ? "ok" : "bad"}, {"code", or_null(one.code)},
            {"text", or_null(one.text)}};
}

Json checked_json(const CheckedFile& file) {
    Json out = {{"result", file.code.empty() ? "ok" : "bad"}, {"code", or_null(file.code)}, {"text", or_null(file.text)}};
    out["signers"] = Json::array();
    for (const auto& signer : file.signers) out["signers"].push_back({{"key", signer.key}, {"principal", signer.principal}});
    return out;
}

}  // namespace

Report verify(const Bundle& bundle, const Means& means) {
    Report report;
    check_chain(report, bundle, means.head);
    check_story(report, bundle);
    check_whole(report, bundle);
    check_proofs(report, bundle, means);
    return report;
}

void count_recordings(Report& report, const std::vector<FoundRecording>& recordings) {
    for (const auto& one : recordings)
        if (one.result != "match")
            note(report, one.result == "differs" ? ChainResult::broken : ChainResult::incomplete, "RECORDING",
                 fmt::format("recording {}: {}", one.recording, in_words(one)));
}

Json to_json(const Report& report, const Bundle& bundle) {
    Json out = Json::object();
    out["result"] = core::to_string(report.result);
    out["code"] = or_null(report.code);
    out["text"] = or_null(report.text);
    out["kind"] = "evidence";
    out["grant"] = bundle.grant;
    out["host"] = bundle.host_id;
    const Json chain = ctl::to_json(report.chain);
    for (const char* name : {"records", "first_seq", "last_seq", "head"}) out[name] = chain[name];
    out["about"] = report.about;
    out["bad"] = chain["bad"];
    if (out["bad"].is_object()) out["bad"].erase("cursor");
    out["signatures"] = Json::array();
    for (const auto& one : report.signatures) out["signatures"].push_back(checked_json(one));
    out["file"] = report.file ? checked_json(*report.file) : Json(nullptr);
    out["recordings"] = Json::array();
    for (const auto& one : report.recordings)
        out["recordings"].push_back({{"session", one.session}, {"recording", one.recording}, {"result", one.result}});
    out["commands_left_out"] = bundle.commands_left_out;
    out["records_left_out"] = bundle.records_left_out;
    out["story"] = report.story;
    return out;
}

}  // namespace jit::ctl::evidence
