// SPDX-License-Identifier: Apache-2.0
// The error type of core, jitd and jitctl: a value or an Error. Nothing here throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jit::core {

/** Why something did not work. `text` reads "context: object: reason"; 1-based place if in a file. */
struct Error {
    std::string code;  // stable: a file code, a verdict code, or a D-Bus error's last word
    std::string text;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/** Carries an Error into any Result<T>: `return fail("PARSE", "...")`. */
struct Failure {
    Error error;
};

inline Failure fail(std::string_view code, std::string text, std::uint32_t line = 0,
                    std::uint32_t column = 0) {
    return Failure{Error{std::string(code), std::move(text), line, column}};
}

/** std::expected<T, Error> with the same member names (libstdc++ 12 has it in C++23 only). */
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : data_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : data_(std::in_place_index<1>, std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const noexcept { return data_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    T& value() & { return std::get<0>(data_); }
    const T& value() const& { return std::get<0>(data_); }
    T&& value() && { return std::get<0>(std::move(data_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Error& error() const { return std::get<1>(data_); }
    /** This failure, for a Result of another type. */
    Failure failure() const { return Failure{error()}; }

  private:
    std::variant<T, Error> data_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Failure failure) : error_(std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const { return *error_; }
    Failure failure() const { return Failure{error()}; }

  private:
    std::optional<Error> error_;
};

}  // namespace jit::core
