// SPDX-License-Identifier: Apache-2.0
#include "jitctl/schema.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace jit::ctl {
namespace {

using enum Shape;

constexpr auto kGrant = std::to_array<Field>({
    {"id", text},
    {"origin", text},
    {"account", text},
    {"uid", number},
    {"role", text},
    {"services", texts},
    {"run_as", texts},
    {"not_before_usec", number},
    {"not_after_usec", number},
    {"state", text},
    {"code", text},
    {"reason", text},
    {"ticket", text},
    {"approvers", texts},
    {"keys", texts},
    {"request", text},
    {"serial", number},
});

constexpr auto kRequest = std::to_array<Field>({
    {"id", text},
    {"account", text},
    {"uid", number},
    {"role", text},
    {"duration_usec", number},
    {"start_usec", number},
    {"reason", text},
    {"ticket", text},
    {"state", text},
    {"rule", text},
    {"needed", number},
    {"approvals", objects, Kind::approval},
    {"created_usec", number},
    {"expires_usec", number},
    {"grant", text},
    {"kind", text},
    {"approvers", texts},
    {"denied_by", text},
    {"denied_reason", text},
    {"last", object, Kind::last},
    {"text", text},
});

constexpr auto kLast = std::to_array<Field>({
    {"grant", text},
    {"role", text},
    {"state", text},
    {"reason", text},
    {"not_before_usec", number},
    {"not_after_usec", number},
    {"sessions", number},
    {"terminated", number},
    {"first_usec", number},
    {"last_usec", number},
    {"targets", texts},
});

constexpr auto kRole = std::to_array<Field>({
    {"role", text},
    {"description", text},
    {"services", texts},
    {"run_as", texts},
    {"max_duration_usec", number},
    {"max_extension_usec", number},
    {"rule", text},
    {"approval", text},
    {"approvers", texts},
    {"approvals", number},
    {"reason", text},
    {"ticket", text},
    {"hours", text},
    {"auto_limit", text},
});

constexpr auto kApproval = std::to_array<Field>({
    {"principal", text},
    {"account", text},
    {"via", text},
    {"time_usec", number},
    {"duration_usec", number},
    {"reason", text},
});

constexpr auto kSession = std::to_array<Field>({
    {"id", text},
    {"scope", text},
    {"grant", text},
    {"role", text},
    {"account", text},
    {"uid", number},
    {"target", text},
    {"service", text},
    {"tty", text},
    {"rhost", text},
    {"state", text},
    {"opened_usec", number},
    {"ends_usec", number},
    {"backstop_usec", number},
    {"recording", text},
});

constexpr auto kHost = std::to_array<Field>({
    {"id", text},
    {"name", text},
    {"labels", map},
});

constexpr auto kFile = std::to_array<Field>({
    {"state", text},
    {"code", text},
    {"text", text},
    {"serial", number},
    {"sha256", text},
    {"expires_usec", number},
});

constexpr auto kStatus = std::to_array<Field>({
    {"host", object, Kind::host},
    {"account", text},
    {"elevated", boolean},
    {"session", text},
    {"grants", objects, Kind::grant},
    {"requests", objects, Kind::request},
    {"to_decide", number},
    {"state", text},
    {"file", object, Kind::file},
    {"locked", boolean},
    {"breakglass", objects, Kind::grant},
    {"inside", boolean},
    {"sessions", objects, Kind::session},
});

constexpr auto kExplain = std::to_array<Field>({
    {"decision", text},
    {"code", text},
    {"account", text},
    {"service", text},
    {"target", text},
    {"role", text},
    {"grant", text},
    {"rule", text},
    {"request", text},
    {"ends_usec", number},
    {"text", text},
    {"next", text},
});

constexpr auto kRevoked = std::to_array<Field>({
    {"ended", texts},
    {"sessions", texts},
    {"still", texts},
});

constexpr auto kLock = std::to_array<Field>({
    {"account", text},
    {"by", text},
    {"reason", text},
    {"at_usec", number},
});

constexpr auto kLocked = std::to_array<Field>({
    {"account", text},
    {"sessions", texts},
});

Json empty_of(const Field& field) {
    const bool list = field.shape == texts || field.shape == objects;
    return list ? Json::array() : Json(nullptr);
}

Json shaped_texts(const Json& raw) {
    Json out = Json::array();
    for (const auto& item : raw)
        if (item.is_string()) out.push_back(item);
    return out;
}

Json shaped_map(const Json& raw) {
    Json out = Json::object();
    for (const auto& [key, value] : raw.items())
        if (value.is_string()) out[key] = value;
    return out;
}

Json shaped_objects(Kind kind, const Json& raw) {
    Json out = Json::array();
    for (const auto& item : raw)
        if (item.is_object()) out.push_back(shaped(kind, item));
    return out;
}

Json shaped_field(const Field& field, const Json& raw) {
    switch (field.shape) {
        case text:
            if (raw.is_string()) return raw;
            break;
        case number:
            if (raw.is_number_integer()) return raw;
            break;
        case boolean:
            if (raw.is_boolean()) return raw;
            break;
        case texts:
            if (raw.is_array()) return shaped_texts(raw);
            break;
        case map:
            if (raw.is_object()) return shaped_map(raw);
            break;
        case object:
            if (raw.is_object()) return shaped(field.kind, raw);
            break;
        case objects:
            if (raw.is_array()) return shaped_objects(field.kind, raw);
            break;
    }
    return empty_of(field);
}

const Json* find(const Json& object, std::string_view field) {
    if (!object.is_object()) return nullptr;
    const auto it = object.find(std::string(field));
    return it == object.end() ? nullptr : &*it;
}

}  // namespace

std::span<const Field> fields(Kind kind) {
    switch (kind) {
        case Kind::grant:
            return kGrant;
        case Kind::request:
            return kRequest;
        case Kind::approval:
            return kApproval;
        case Kind::last:
            return kLast;
        case Kind::role:
            return kRole;
        case Kind::session:
            return kSession;
        case Kind::host:
            return kHost;
        case Kind::file:
            return kFile;
        case Kind::status:
            return kStatus;
        case Kind::explain:
            return kExplain;
        case Kind::revoked:
            return kRevoked;
        case Kind::lock:
            return kLock;
        case Kind::locked:
            return kLocked;
    }
    return {};
}

Json shaped(Kind kind, const Json& raw) {
    Json out = Json::object();
    for (const Field& field : fields(kind)) {
        const Json* value = find(raw, field.name);
        out[std::string(field.name)] =
            value != nullptr ? shaped_field(field, *value) : empty_of(field);
    }
    return out;
}

Json versioned(const Json& object) {
    Json out = Json::object();
    out["version"] = kSchemaVersion;
    for (const auto& [key, value] : object.items())
        if (key != "version") out[key] = value;
    return out;
}

std::string text_of(const Json& object, std::string_view field) {
    const Json* value = find(object, field);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_of(const Json& object, std::string_view field) {
    const Json* value = find(object, field);
    if (value == nullptr || !value->is_number_integer()) return std::nullopt;
    return value->get<std::uint64_t>();
}

bool flag_of(const Json& object, std::string_view field) {
    const Json* value = find(object, field);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::vector<std::string> texts_of(const Json& object, std::string_view field) {
    std::vector<std::string> out;
    const Json* value = find(object, field);
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& item : *value)
        if (item.is_string()) out.push_back(item.get<std::string>());
    return out;
}

}  // namespace jit::ctl
