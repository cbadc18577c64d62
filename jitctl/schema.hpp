// SPDX-License-Identifier: Apache-2.0
// The JSON schema of jitctl(1), version 1: one table per kind of object, which also orders the
// fields.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jit::ctl {

using Json = nlohmann::ordered_json;

inline constexpr int kSchemaVersion = 1;

enum class Kind {
    grant, request, approval, last, session, role, host, file, status, explain, revoked, lock, locked
};

enum class Shape { text, number, boolean, texts, map, object, objects };

struct Field {
    std::string_view name;
    Shape shape;
    Kind kind = Kind::grant;  // of object and objects
};

std::span<const Field> fields(Kind kind);

/** `raw` with exactly the fields of `kind` in their order; absent or of another type is null, a
 * list empty. */
Json shaped(Kind kind, const Json& raw);
/** {"version": 1} followed by the fields of `object`. */
Json versioned(const Json& object);

// Fields of a shaped object; absent ones are empty.
std::string text_of(const Json& object, std::string_view field);
std::optional<std::uint64_t> number_of(const Json& object, std::string_view field);
bool flag_of(const Json& object, std::string_view field);
std::vector<std::string> texts_of(const Json& object, std::string_view field);

}  // namespace jit::ctl
