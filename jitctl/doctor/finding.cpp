// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/finding.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace jit::ctl::doctor {

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::problem:
            return "problem";
        case Severity::warning:
            return "warning";
        case Severity::note:
            return "note";
    }
    return "problem";
}

void Findings::problem(std::string id, std::string text, std::string remedy) {
    all_.push_back({std::move(id), Severity::problem, std::move(text), std::move(remedy)});
}

void Findings::warning(std::string id, std::string text, std::string remedy) {
    all_.push_back({std::move(id), Severity::warning, std::move(text), std::move(remedy)});
}

void Findings::note(std::string id, std::string text, std::string remedy) {
    all_.push_back({std::move(id), Severity::note, std::move(text), std::move(remedy)});
}

std::vector<Finding> Findings::sorted() const {
    std::vector<Finding> out = all_;
    std::ranges::stable_sort(out, {}, &Finding::severity);
    return out;
}

std::size_t Findings::count(Severity severity) const {
    return static_cast<std::size_t>(std::ranges::count(all_, severity, &Finding::severity));
}

Json to_json(const std::vector<Finding>& findings) {
    Json out = Json::array();
    for (const auto& finding : findings)
        out.push_back({{"id", finding.id},
                       {"severity", to_string(finding.severity)},
                       {"text", finding.text},
                       {"remedy", finding.remedy}});
    return out;
}

}  // namespace jit::ctl::doctor
