// SPDX-License-Identifier: Apache-2.0
// Reads and writes a{sv} dictionaries: bounded, typed, unknown keys refused where the contract says so.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::daemon {

/** The value types that clients may send. */
using Value = std::variant<bool, std::uint32_t, std::uint64_t, std::string, std::vector<unsigned char>,
                           std::vector<std::uint32_t>>;

/** What to do with values of other types: clients may not send any, the bus itself does. */
enum class Foreign { refuse, skip };

class Dict {
  public:
    /** Reads one a{sv} from `m`, at most 64 entries. Code InvalidArgument. */
    static core::Result<Dict> read(sd_bus_message* m, Foreign foreign = Foreign::refuse);

    /** A key that is none of `known` is an error. */
    [[nodiscard]] core::Result<void> only(const std::vector<std::string_view>& known) const;
    template <class T>
    [[nodiscard]] std::optional<T> get(std::string_view key) const {
        const auto it = values_.find(key);
        if (it == values_.end()) return std::nullopt;
        const auto* value = std::get_if<T>(&it->second);
        return value ? std::optional<T>(*value) : std::nullopt;
    }
    [[nodiscard]] std::string text(std::string_view key) const { return get<std::string>(key).value_or(""); }
    /** Of all keys and values. */
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /** The key is there but not of the type the contract names. */
    [[nodiscard]] core::Result<void> typed(std::string_view key, char type) const;

  private:
    std::map<std::string, Value, std::less<>> values_;
    std::map<std::string, char, std::less<>> types_;
    std::size_t bytes_ = 0;
};

/** Appends entries to an open a{sv}; empty text and zero times are absent keys, an empty list is a list. */
class DictWriter {
  public:
    explicit DictWriter(sd_bus_message* m) : m_(m) {}

    int open() { return keep(sd_bus_message_open_container(m_, 'a', "{sv}")); }
    int close() { return keep(sd_bus_message_close_container(m_)); }
    DictWriter& text(const char* key, std::string_view value);
    DictWriter& time(const char* key, core::Wall value);
    DictWriter& number(const char* key, std::uint64_t value);
    DictWriter& small(const char* key, std::uint32_t value);
    DictWriter& flag(const char* key, bool value);
    DictWriter& list(const char* key, const std::vector<std::string>& value);
    /** A value of any other type, written by `fill`. */
    DictWriter& value(const char* key, const char* type, const std::function<int(sd_bus_message*)>& fill);
    [[nodiscard]] int result() const { return r_; }

  private:
    int keep(int r) {
        if (r_ >= 0 && r < 0) r_ = r;
        return r_;
    }
    sd_bus_message* m_;
    int r_ = 0;
};

/** One whole a{sv} by `fill`. */
int append_dict(sd_bus_message* m, const std::function<void(DictWriter&)>& fill);

}  // namespace jit::daemon
