// SPDX-License-Identifier: Apache-2.0
// Strict reading of linted TOML: whatever is not asked for is refused, each error with its place.
// Errors are kept, not returned, so that a parser reads from top to bottom and asks finish() once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

enum class Need { optional, required };

struct TomlImpl;
struct TomlTable;

/** One table of a document; lives as long as the document. Absent values read as empty. */
class TableReader {
  public:
    /** Clean text (no control or invisible character, also not by an escape). */
    std::string text(std::string_view key, Need need);
    std::vector<std::string> texts(std::string_view key, Need need);
    std::uint64_t number(std::string_view key, Need need, std::uint64_t min, std::uint64_t max);
    bool flag(std::string_view key);
    /** A date and time with offset; local ones are refused. */
    std::optional<Wall> time(std::string_view key, Need need);
    /** Text as of parse_duration. */
    std::optional<Usec> duration(std::string_view key, Need need);
    std::optional<TableReader> table(std::string_view key);
    std::vector<TableReader> tables(std::string_view key);

    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;
    [[nodiscard]] std::uint32_t line() const;
    /** Code FIELD at the place of `key`'s value, of the table when there is none. */
    void refuse(std::string_view key, std::string_view reason);
    /** The same for a failed check of that value: the error's text becomes the reason. */
    void refuse(std::string_view key, const Result<void>& check);
    void refuse(std::string_view key, std::string_view reason, std::string_view code);

  private:
    friend class TomlDocument;
    TableReader(TomlImpl& document, TomlTable& table) : document_(&document), table_(&table) {}

    TomlImpl* document_;
    TomlTable* table_;
};

class TomlDocument {
  public:
    /** Lints and parses a whole file. Codes LINT and PARSE. */
    static Result<TomlDocument> parse(std::string_view text, std::string_view file);
    /** Parses a linted part of a file that begins at `first_line`. `file` must outlive the
     * document. */
    static Result<TomlDocument> parse_part(std::string_view text, std::string_view file,
                                           std::uint32_t first_line);
    TomlDocument(TomlDocument&&) noexcept;
    TomlDocument& operator=(TomlDocument&&) noexcept;
    ~TomlDocument();

    [[nodiscard]] TableReader root() const;
    /** The first error in the file: a refusal, or a key of a visited table nobody asked for. */
    [[nodiscard]] Result<void> finish() const;

  private:
    explicit TomlDocument(std::unique_ptr<TomlImpl> impl);
    std::unique_ptr<TomlImpl> impl_;
};

}  // namespace jit::core
