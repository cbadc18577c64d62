// SPDX-License-Identifier: Apache-2.0
#include "jitctl/log_verify.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kShownRanges = 10;

std::string ranges(const core::ChainReport& report) {
    std::string out;
    std::size_t shown = 0;
    for (const auto& range : report.missing) {
        if (shown++ == kShownRanges) return out + ", ...";
        if (!out.empty()) out += ", ";
        out += std::to_string(range.first);
        if (range.last != range.first) out += fmt::format(" to {}", range.last);
    }
    return out;
}

}  // namespace

std::string headline(const core::ChainReport& report) {
    if (!report.bad) return "every record is there, as jitd wrote it";
    const auto seq = report.bad->seq;
    switch (report.bad->flaw) {
        case core::Flaw::edited:
            return fmt::format("record {} was changed: it does not follow record {}", seq, seq - 1);
        case core::Flaw::reordered:
            return fmt::format("record {} is not where jitd wrote it", seq);
        case core::Flaw::conflict:
            return fmt::format("there are two different records {}", seq);
        case core::Flaw::malformed:
            return "a record has no number or no hash";
        case core::Flaw::head:
            return fmt::format("record {} has another hash than --head: the log was written anew",
                               seq);
        case core::Flaw::missing:
            if (report.records == 0) return "there are no records";
            return fmt::format("missing {}", seq);
        case core::Flaw::tail:
            return fmt::format("missing {} and all after it, up to --head", seq);
        case core::Flaw::fork:
            return fmt::format(
                "at record {} jitd went on from an older state, after a power cut or because "
                "/var/lib/jit was lost or put back",
                seq);
    }
    return "";
}

core::Result<core::ChainReport> verify_log(trail::RecordSource& source,
                                           const std::optional<core::Mark>& mark) {
    if (auto ok = source.seek_head(); !ok) return ok.failure();
    core::ChainVerifier verifier;
    for (;;) {
        const auto more = source.next();
        if (!more) return more.failure();
        if (!*more) return verifier.report(mark);
        auto record = source.record();
        if (!record) return record.failure();
        if (trail::is_trusted(*record)) verifier.add(std::move(record->entry));
    }
}

Json to_json(const core::ChainReport& report) {
    Json out = Json::object();
    out["result"] = core::to_string(report.result);
    out["records"] = report.records;
    out["first_seq"] = report.head ? Json(report.first_seq) : Json(nullptr);
    out["last_seq"] = report.head ? Json(report.head->seq) : Json(nullptr);
    out["head"] = report.head ? Json(core::to_string(*report.head)) : Json(nullptr);
    out["bad"] = nullptr;
    if (const auto& bad = report.bad) {
        out["bad"] = Json::object();
        out["bad"]["seq"] = bad->seq == 0 ? Json(nullptr) : Json(bad->seq);
        out["bad"]["kind"] = core::to_string(bad->flaw);
        out["bad"]["cursor"] = bad->cursor.empty() ? Json(nullptr) : Json(bad->cursor);
    }
    return out;
}

std::string to_text(const core::ChainReport& report) {
    std::string out = fmt::format("{}: {}\n", core::to_string(report.result), headline(report));
    if (!report.head) return out;
    out += property(
        "records", fmt::format("{}, {} to {}", report.records, report.first_seq, report.head->seq));
    out += property("missing", ranges(report));
    out += property("head", core::to_string(*report.head));
    if (report.bad && !report.bad->cursor.empty())
        out += property(
            "look", fmt::format("journalctl --cursor='{}' -n 1 -o verbose", report.bad->cursor));
    return out;
}

}  // namespace jit::ctl
