// SPDX-License-Identifier: Apache-2.0
// JSON from strangers: UTF-8, bounded depth, no key twice in an object, and every field as it is expected.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl::evidence {

inline constexpr std::size_t kMaxDepth = 16;

/** An object. Code FORMAT. */
core::Result<Json> parse_strict(std::string_view text);

/** The fields of one object, each asked for once; what is wrong is kept, the first time. */
class Fields {
  public:
    Fields(const Json& object, std::string place);

    std::string text(const char* name);
    std::string optional_text(const char* name);  // null: empty
    std::uint64_t number(const char* name);
    std::uint64_t number_if_any(const char* name);  // not there: 0
    const Json& object(const char* name);
    const Json& list(const char* name);
    const Json* optional_object(const char* name);  // null: none
    /** What is wrong: a type, something missing, or something that nobody asked for. */
    core::Result<void> done();

  private:
    const Json& get(const char* name);
    void wrong(const char* name, std::string_view what);

    const Json& object_;
    std::string place_, wrong_;
    std::size_t asked_ = 0;
};

}  // namespace jit::ctl::evidence
