// SPDX-License-Identifier: Apache-2.0
// What `jitctl doctor` has to say: one sentence that names thing and place, and what to do.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/schema.hpp"

namespace jit::ctl::doctor {

/** problem: a way around the gate, or nobody gets in. warning: will be one, or is one under a
 * condition. note: worth knowing; it may be meant. */
enum class Severity { problem, warning, note };
std::string_view to_string(Severity severity);

struct Finding {
    std::string id;  // kebab-case, stable: scripts compare it
    Severity severity = Severity::problem;
    std::string text;
    std::string remedy;  // a command, or an exact edit
};

class Findings {
  public:
    void problem(std::string id, std::string text, std::string remedy);
    void warning(std::string id, std::string text, std::string remedy);
    void note(std::string id, std::string text, std::string remedy);

    /** The worst first, otherwise in the order found. */
    [[nodiscard]] std::vector<Finding> sorted() const;
    [[nodiscard]] std::size_t count(Severity severity) const;

  private:
    std::vector<Finding> all_;
};

/** The items of `findings` in jitctl(1), JSON. */
Json to_json(const std::vector<Finding>& findings);

}  // namespace jit::ctl::doctor
