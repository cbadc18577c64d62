// SPDX-License-Identifier: Apache-2.0
#include "jitd/dict.hpp"

#include <algorithm>
#include <cstring>

namespace jit::daemon {
namespace {

constexpr std::size_t kMaxEntries = 64;
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxBytes = 8192;  // of all keys and values

core::Failure invalid(std::string text) { return core::fail("InvalidArgument", std::move(text)); }

std::size_t size_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return text->size();
    if (const auto* data = std::get_if<std::vector<unsigned char>>(&value)) return data->size();
    if (const auto* list = std::get_if<std::vector<std::uint32_t>>(&value)) return list->size() * sizeof(std::uint32_t);
    return sizeof(std::uint64_t);
}

/** An array of bytes or of numbers, as it is in the message. */
template <class T>
int read_array(sd_bus_message* m, const char* signature, Value& out) {
    int r = sd_bus_message_enter_container(m, 'v', signature);
    if (r < 0) return r;
    const void* data = nullptr;
    std::size_t size = 0;
    if ((r = sd_bus_message_read_array(m, signature[1], &data, &size)) < 0) return r;
    if (size > kMaxText) return -E2BIG;
    const auto* first = static_cast<const T*>(data);
    out = std::vector<T>(first, first + size / sizeof(T));
    return sd_bus_message_exit_container(m);
}

/** Reads the variant the message stands at; other types are skipped and remembered by letter only. */
int read_value(sd_bus_message* m, Foreign foreign, char& type, Value& out) {
    const char* contents = nullptr;
    int r = sd_bus_message_peek_type(m, nullptr, &contents);
    if (r < 0) return r;
    type = contents[0];
    if (std::strcmp(contents, "ay") == 0) return read_array<unsigned char>(m, contents, out);
    if (std::strcmp(contents, "au") == 0) return read_array<std::uint32_t>(m, contents, out);
    if (contents[1] != '\0' || std::strchr("sbut", contents[0]) == nullptr) {
        if (foreign == Foreign::refuse) return -EINVAL;  // skipping millions of elements would take its time
        out = false;
        type = '?';
        return sd_bus_message_skip(m, "v");
    }
    if (type == 's') {
        const char* text = nullptr;
        if ((r = sd_bus_message_read(m, "v", "s", &text)) < 0) return r;
        if (std::strlen(text) > kMaxText) return -E2BIG;
        out = std::string(text);
    } else if (type == 'b') {
        int flag = 0;
        if ((r = sd_bus_message_read(m, "v", "b", &flag)) < 0) return r;
        out = flag != 0;
    } else if (type == 'u') {
        std::uint32_t n = 0;
        if ((r = sd_bus_message_read(m, "v", "u", &n)) < 0) return r;
        out = n;
    } else {
        std::uint64_t n = 0;
        if ((r = sd_bus_message_read(m, "v", "t", &n)) < 0) return r;
        out = n;
    }
    return 0;
}

}  // namespace

core::Result<Dict> Dict::read(sd_bus_message* m, Foreign foreign) {
    Dict out;
    if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0) return invalid("a dictionary a{sv} was expected");
    int r = 0;
    while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        const char* key = nullptr;
        char type = 0;
        Value value;
        if (sd_bus_message_read(m, "s", &key) < 0) return invalid("a dictionary key can't be read");
        const std::string name(key);
        if (name.size() > kMaxText || out.values_.size() >= kMaxEntries) return invalid("too many or too long keys");
        if (read_value(m, foreign, type, value) < 0) {
            return invalid("key " + name.substr(0, 64) + ": its value is too long or of no type that is taken here");
        }
        out.bytes_ += name.size() + size_of(value);
        if (out.bytes_ > kMaxBytes) return invalid("too much in one dictionary");
        if (!out.values_.emplace(name, std::move(value)).second) return invalid("key " + name + " is given twice");
        out.types_[name] = type;
        if (sd_bus_message_exit_container(m) < 0) return invalid("key " + name + ": broken");
    }
    if (r < 0 || sd_bus_message_exit_container(m) < 0) return invalid("a broken dictionary");
    return out;
}

core::Result<void> Dict::only(const std::vector<std::string_view>& known) const {
    for (const auto& [key, value] : values_) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return invalid("unknown key " + key.substr(0, 64));
        }
    }
    return {};
}

core::Result<void> Dict::typed(std::string_view key, char type) const {
    const auto it = types_.find(key);
    if (it == types_.end() || it->second == type) return {};
    return invalid("key " + std::string(key) + ": must be of type " + std::string(1, type));
}

DictWriter& DictWriter::text(const char* key, std::string_view value) {
    if (!value.empty()) keep(sd_bus_message_append(m_, "{sv}", key, "s", std::string(value).c_str()));
    return *this;
}

DictWriter& DictWriter::time(const char* key, core::Wall value) {
    if (value != core::Wall{}) number(key, core::to_usec(value));
    return *this;
}

DictWriter& DictWriter::number(const char* key, std::uint64_t value) {
    keep(sd_bus_message_append(m_, "{sv}", key, "t", value));
    return *this;
}

DictWriter& DictWriter::small(const char* key, std::uint32_t value) {
    keep(sd_bus_message_append(m_, "{sv}", key, "u", value));
    return *this;
}

DictWriter& DictWriter::flag(const char* key, bool value) {
    keep(sd_bus_message_append(m_, "{sv}", key, "b", value ? 1 : 0));
    return *this;
}

DictWriter& DictWriter::list(const char* key, const std::vector<std::string>& words) {
    return value(key, "as", [&](sd_bus_message* m) {
        int r = sd_bus_message_open_container(m, 'a', "s");
        for (const auto& word : words) {
            if (r >= 0) r = sd_bus_message_append(m, "s", word.c_str());
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
    });
}

DictWriter& DictWriter::value(const char* key, const char* type, const std::function<int(sd_bus_message*)>& fill) {
    keep(sd_bus_message_open_container(m_, 'e', "sv"));
    keep(sd_bus_message_append(m_, "s", key));
    keep(sd_bus_message_open_container(m_, 'v', type));
    if (r_ >= 0) keep(fill(m_));
    keep(sd_bus_message_close_container(m_));
    keep(sd_bus_message_close_container(m_));
    return *this;
}

int append_dict(sd_bus_message* m, const std::function<void(DictWriter&)>& fill) {
    DictWriter writer(m);
    if (const int r = writer.open(); r < 0) return r;
    fill(writer);
    return writer.close();
}

}  // namespace jit::daemon
