// SPDX-License-Identifier: Apache-2.0
// What the tests of doctor ask of findings.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/doctor/finding.hpp"

namespace jit::test {

/** "problem pam-service", worst first. */
inline std::vector<std::string> ids(const ctl::doctor::Findings& findings) {
    std::vector<std::string> out;
    for (const auto& finding : findings.sorted())
        out.push_back(std::string(to_string(finding.severity)) + " " + finding.id);
    return out;
}

inline std::string text_of(const ctl::doctor::Findings& findings, std::string_view id) {
    for (const auto& finding : findings.sorted())
        if (finding.id == id) return finding.text;
    return "no " + std::string(id);
}

inline std::string remedy_of(const ctl::doctor::Findings& findings, std::string_view id) {
    for (const auto& finding : findings.sorted())
        if (finding.id == id) return finding.remedy;
    return "no " + std::string(id);
}

using Ids = std::vector<std::string>;

}  // namespace jit::test
