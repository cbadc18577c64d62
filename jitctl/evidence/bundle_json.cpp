// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/codes.hpp"
#include "core/base64.hpp"
#include "jitctl/evidence/bundle.hpp"
#include "jitctl/evidence/strict_json.hpp"

namespace jit::ctl::evidence {
namespace {

constexpr std::string_view kKind = "jit-evidence";

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<core::Mark>& mark) { return mark ? Json(core::to_string(*mark)) : Json(nullptr); }

core::Failure wrong(std::string text) {
    return core::fail(core::file_code::kFormat, "no evidence as jitctl evidence writes it: " + std::move(text));
}

core::Result<std::optional<core::Mark>> read_mark(const std::string& text, std::string_view name) {
    if (text.empty()) return std::optional<core::Mark>();
    const auto mark = core::parse_mark(text);
    if (!mark || core::to_string(*mark) != text) return wrong(fmt::format("{}: not SEQ:HASH", name));
    return std::optional<core::Mark>(*mark);
}

core::Result<Entry> read_entry(Json& json) {
    Entry out;
    Fields fields(json, "records");
    out.time_usec = fields.number("time_usec");
    out.record.boot = fields.text("boot");
    out.record.process = fields.text("process");
    (void)fields.object("fields");
    if (auto ok = fields.done(); !ok) return ok.failure();
    for (auto& [name, value] : json["fields"].items()) {
        if (!core::is_chained(name) || !value.is_string()) return wrong("records.fields: no field of an audit record");
        out.record.fields.emplace(name, std::move(value.get_ref<std::string&>()));
    }
    return out;
}

core::Result<trail::Command> read_command(const Json& json) {
    trail::Command out;
    Fields fields(json, "commands");
    out.time_usec = fields.number("time_usec");
    out.session = fields.optional_text("session");
    out.user = fields.text("user");
    out.target = fields.text("target");
    out.command = fields.text("command");
    out.cwd = fields.optional_text("cwd");
    if (auto ok = fields.done(); !ok) return ok.failure();
    return out;
}

core::Result<FoundRecording> read_recording(const Json& json) {
    FoundRecording out;
    Fields fields(json, "recordings");
    out.session = fields.text("session");
    out.recording = fields.text("recording");
    out.result = fields.text("result");
    if (auto ok = fields.done(); !ok) return ok.failure();
    return out;
}

core::Result<SignedCopy> read_copy(const Json& json) {
    Fields fields(json, "file");
    const auto grants = core::from_base64(fields.text("grants")), signature = core::from_base64(fields.text("signature"));
    if (auto ok = fields.done(); !ok) return ok.failure();
    if (!grants || !signature) return wrong("file: not in base64");
    return SignedCopy{*grants, *signature};
}

template <class T, class Read>
core::Result<void> read_list(Json& list, std::vector<T>& out, Read read) {
    out.reserve(list.size());
    for (auto& item : list) {
        auto one = read(item);
        if (!one) return one.failure();
        out.push_back(std::move(*one));
        item = nullptr;  // so that not all of it is in memory twice
    }
    return {};
}

}  // namespace

Json to_json(const Bundle& bundle) {
    Json out = Json::object();
    out["kind"] = kKind;
    out["grant"] = bundle.grant;
    out["made_usec"] = bundle.made_usec;
    out["made_by"] = bundle.made_by;
    out["host"] = {{"id", bundle.host_id}, {"name", or_null(bundle.host_name)}};
    out["story"] = bundle.story;
    out["commands"] = Json::array();
    for (const auto& c : bundle.commands)
        out["commands"].push_back({{"time_usec", c.time_usec}, {"session", or_null(c.session)}, {"user", c.user},
                                   {"target", c.target}, {"command", c.command}, {"cwd", or_null(c.cwd)}});
    out["commands_left_out"] = bundle.commands_left_out;
    out["recordings"] = Json::array();
    for (const auto& r : bundle.recordings)
        out["recordings"].push_back({{"session", r.session}, {"recording", r.recording}, {"result", r.result}});
    out["file"] = nullptr;
    if (bundle.file)
        out["file"] = {{"grants", core::to_base64(bundle.file->grants)}, {"signature", core::to_base64(bundle.file->signature)}};
    out["before"] = or_null(bundle.before);
    out["head"] = or_null(bundle.head);
    Json records = Json::array();
    for (const auto& entry : bundle.records) {
        Json fields = Json::object();
        for (const auto& [name, text] : entry.record.fields) fields[name] = text;
        records.push_back({{"time_usec", entry.time_usec}, {"boot", entry.record.boot}, {"process", entry.record.process},
                           {"fields", std::move(fields)}});
    }
    out["records_left_out"] = bundle.records_left_out;
    out["records"] = std::move(records);
    return out;
}

core::Result<Bundle> parse_bundle(std::string text) {
    if (text.size() > kMaxBundle) return core::fail(core::file_code::kTooBig, "larger than evidence can be");
    auto json = parse_strict(text);
    if (!json) return json.failure();
    text = {};
    Bundle out;
    Fields fields(*json, "");
    if (fields.number("version") != kSchemaVersion) return wrong("version: must be 1");
    if (fields.text("kind") != kKind) return wrong("kind: must be jit-evidence");
    out.grant = fields.text("grant");
    out.made_usec = fields.number("made_usec");
    out.made_by = fields.text("made_by");
    Fields host(fields.object("host"), "host");
    out.host_id = host.text("id");
    out.host_name = host.optional_text("name");
    out.story = fields.object("story");
    const auto before = read_mark(fields.optional_text("before"), "before"), head = read_mark(fields.optional_text("head"), "head");
    const auto records = fields.list("records").size(), commands = fields.list("commands").size(), recordings = fields.list("recordings").size();
    out.commands_left_out = fields.number_if_any("commands_left_out");
    out.records_left_out = fields.number_if_any("records_left_out");
    const Json* file = fields.optional_object("file");
    if (auto ok = fields.done(); !ok) return ok.failure();
    if (auto ok = host.done(); !ok) return ok.failure();
    if (out.grant.empty()) return wrong("grant: empty");
    if (!before) return before.failure();
    if (!head) return head.failure();
    out.before = *before;
    out.head = *head;
    if (records > kMaxRecords || commands > kMaxCommands || recordings > kMaxRecords)
        return wrong("records, commands or recordings: too many");
    if (auto ok = read_list((*json)["records"], out.records, read_entry); !ok) return ok.failure();
    if (auto ok = read_list((*json)["commands"], out.commands, read_command); !ok) return ok.failure();
    if (auto ok = read_list((*json)["recordings"], out.recordings, read_recording); !ok) return ok.failure();
    if (file) {
        auto copy = read_copy(*file);
        if (!copy) return copy.failure();
        out.file = std::move(*copy);
    }
    return out;
}

const std::string& value(const Entry& entry, const std::string& name) {
    static const std::string kNone;
    const auto it = entry.record.fields.find(name);
    return it == entry.record.fields.end() ? kNone : it->second;
}

}  // namespace jit::ctl::evidence
