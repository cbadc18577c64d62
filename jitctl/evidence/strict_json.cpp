// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/strict_json.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "core/codes.hpp"

namespace jit::ctl::evidence {
namespace {

core::Failure no_bundle(std::string_view why) {
    return core::fail(core::file_code::kFormat, fmt::format("no evidence as jitctl evidence writes it: {}", why));
}

constexpr std::size_t kMaxKeys = 256;  // of one object, which looks through all of them for each new one

/** Looks at it before anything is kept: false ends the reading. */
class Look final : public nlohmann::json_sax<Json> {
  public:
    std::string why;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return enter(); }
    bool start_array(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override {
        if (!keys_.back().insert(name).second) return stop("a field is there twice");
        return keys_.back().size() <= kMaxKeys || stop("an object has too many fields");
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return stop("not JSON"); }

  private:
    bool stop(const char* text) {
        why = text;
        return false;
    }
    bool enter() {
        keys_.emplace_back();
        return keys_.size() <= kMaxDepth || stop("too many objects inside of each other");
    }
    bool leave() {
        keys_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> keys_;
};

}  // namespace

core::Result<Json> parse_strict(std::string_view text) {
    Look look;
    if (!Json::sax_parse(text, &look)) return no_bundle(look.why.empty() ? "not JSON" : look.why);
    Json out = Json::parse(text, nullptr, false);
    if (!out.is_object()) return no_bundle("not an object");
    return out;
}

Fields::Fields(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object.is_object()) wrong_ = place_ + ": not an object";
}

void Fields::wrong(const char* name, std::string_view what) {
    if (wrong_.empty()) wrong_ = fmt::format("{}{}: {}", place_.empty() ? "" : place_ + ".", name, what);
}

const Json& Fields::get(const char* name) {
    static const Json kNull;
    ++asked_;
    if (object_.is_object())
        if (const auto it = object_.find(name); it != object_.end()) return *it;
    wrong(name, "missing");
    return kNull;
}

std::string Fields::text(const char* name) {
    const Json& found = get(name);
    if (found.is_string()) return found.get<std::string>();
    wrong(name, "not a text");
    return {};
}

std::string Fields::optional_text(const char* name) {
    const Json& found = get(name);
    if (found.is_string()) return found.get<std::string>();
    if (!found.is_null()) wrong(name, "not a text");
    return {};
}

std::uint64_t Fields::number(const char* name) {
    const Json& found = get(name);
    if (found.is_number_unsigned()) return found.get<std::uint64_t>();
    wrong(name, "not a number");
    return 0;
}

std::uint64_t Fields::number_if_any(const char* name) {
    return object_.is_object() && object_.contains(name) ? number(name) : 0;
}

const Json& Fields::object(const char* name) {
    const Json& found = get(name);
    if (!found.is_object()) wrong(name, "not an object");
    return found;
}

const Json& Fields::list(const char* name) {
    static const Json kEmpty = Json::array();
    const Json& found = get(name);
    if (found.is_array()) return found;
    wrong(name, "not a list");
    return kEmpty;
}

const Json* Fields::optional_object(const char* name) {
    const Json& found = get(name);
    if (found.is_object()) return &found;
    if (!found.is_null()) wrong(name, "not an object");
    return nullptr;
}

core::Result<void> Fields::done() {
    if (wrong_.empty() && object_.size() != asked_) wrong_ = (place_.empty() ? "the object" : place_) + ": has a field too many";
    if (wrong_.empty()) return {};
    return no_bundle(wrong_);
}

}  // namespace jit::ctl::evidence
