// SPDX-License-Identifier: Apache-2.0
#include "core/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/lint.hpp"
#include "core/text.hpp"

// The package's flags ask for its shared library, which is built without our stack limits.
// Exceptions, caught below, save a tenth of a load: without them each character moves an error
// object.
// Its assertions must not end the daemon: 3.3 has one that a mere typing error in a time breaks. And never its
// assumptions of a build without them, which make the same file undefined behaviour.
namespace jit::core {
struct ParserFault {};
[[noreturn]] static void parser_fault() { throw ParserFault(); }
}  // namespace jit::core
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : jit::core::parser_fault())
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace jit::core {

struct TomlTable {
    const toml::table* table;
    std::vector<const toml::node*> taken;
};

struct TomlImpl {
    toml::table root;
    std::string_view file;
    std::uint32_t first_line = 1;
    std::vector<std::unique_ptr<TomlTable>> tables;
    std::optional<Error> wrong;    // the first in the file
    std::optional<Error> missing;  // told only when nothing is wrong: a typo explains both

    TomlTable& visit(const toml::table& table) {
        tables.push_back(std::make_unique<TomlTable>(TomlTable{&table, {}}));
        tables.back()->taken.reserve(table.size());
        return *tables.back();
    }

    [[nodiscard]] Error error_at(const toml::source_region& where, std::string_view code,
                                 std::string_view text) const {
        const std::uint32_t line = std::max<std::uint32_t>(where.begin.line, 1) + first_line - 1;
        return fail_at(code, file, line, where.begin.column, text).error;
    }

    void refuse(const toml::source_region& where, std::string_view code, std::string_view text) {
        Error error = error_at(where, code, text);
        const auto before = [](const Error& a, const Error& b) {
            return a.line != b.line ? a.line < b.line : a.column < b.column;
        };
        if (!wrong || before(error, *wrong)) wrong = std::move(error);
    }
};

namespace {

std::string_view type_name(toml::node_type type) {
    switch (type) {
        case toml::node_type::none:
            break;
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a decimal number";
        case toml::node_type::boolean:
            return "true or false";
        case toml::node_type::date:
            return "a local date";
        case toml::node_type::time:
            return "a local time";
        case toml::node_type::date_time:
            return "a date and time";
    }
    return "nothing";
}

/** Number of lines from the start up to the first that the parser breaks one of its own assertions on. */
std::uint32_t lines_to_fault(std::string_view text) {
    std::vector<std::size_t> ends;
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        ends.push_back(at + 1);
    }
    const auto first = std::partition_point(ends.begin(), ends.end(), [text](std::size_t end) {
        try {
            (void)toml::parse(text.substr(0, end));
        } catch (const toml::parse_error&) {
            return true;  // cut short before the fault
        } catch (const ParserFault&) {
            return false;
        }
        return true;
    });
    return static_cast<std::uint32_t>(first - ends.begin()) + 1;
}

/** The node of `key`, noted as asked for. */
const toml::node* take(TomlImpl& document, TomlTable& table, std::string_view key, Need need) {
    const toml::node* node = table.table->get(key);
    if (node == nullptr) {
        if (need == Need::required && !document.missing) {
            document.missing =
                document.error_at(table.table->source(), file_code::kField,
                                  fmt::format("{}: is missing; add it", escape(key)));
        }
        return nullptr;
    }
    if (std::find(table.taken.begin(), table.taken.end(), node) == table.taken.end()) {
        table.taken.push_back(node);
    }
    return node;
}

void refuse_type(TomlImpl& document, const toml::node& node, std::string_view key,
                 std::string_view wanted) {
    document.refuse(
        node.source(), file_code::kField,
        fmt::format("{}: is {}; must be {}", escape(key), type_name(node.type()), wanted));
}

std::string clean_text(TomlImpl& document, const toml::node& node, std::string_view key) {
    const toml::value<std::string>* text = node.as_string();
    if (text == nullptr) {
        refuse_type(document, node, key, "text in quotes");
        return {};
    }
    if (!is_clean(text->get())) {
        document.refuse(node.source(), file_code::kField,
                        fmt::format("{}: holds a control or invisible character; remove it: {}",
                                    escape(key), escape(text->get())));
        return {};
    }
    return text->get();
}

}  // namespace

std::string TableReader::text(std::string_view key, Need need) {
    const toml::node* node = take(*document_, *table_, key, need);
    return node == nullptr ? std::string() : clean_text(*document_, *node, key);
}

std::vector<std::string> TableReader::texts(std::string_view key, Need need) {
    std::vector<std::string> out;
    const toml::node* node = take(*document_, *table_, key, need);
    if (node == nullptr) return out;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        refuse_type(*document_, *node, key, "a list of text, [\"...\"]");
        return out;
    }
    out.reserve(list->size());
    for (const toml::node& item : *list) out.push_back(clean_text(*document_, item, key));
    return out;
}

std::uint64_t TableReader::number(std::string_view key, Need need, std::uint64_t min,
                                  std::uint64_t max) {
    const toml::node* node = take(*document_, *table_, key, need);
    if (node == nullptr) return 0;
    const toml::value<std::int64_t>* value = node->as_integer();
    if (value == nullptr) {
        refuse_type(*document_, *node, key, "a whole number");
        return 0;
    }
    if (value->get() < 0 || static_cast<std::uint64_t>(value->get()) < min ||
        static_cast<std::uint64_t>(value->get()) > max) {
        refuse(key, fmt::format("is {}; must be {} to {}", value->get(), min, max));
        return 0;
    }
    return static_cast<std::uint64_t>(value->get());
}

bool TableReader::flag(std::string_view key) {
    const toml::node* node = take(*document_, *table_, key, Need::optional);
    if (node == nullptr) return false;
    if (const toml::value<bool>* value = node->as_boolean()) return value->get();
    refuse_type(*document_, *node, key, "true or false");
    return false;
}

std::optional<Wall> TableReader::time(std::string_view key, Need need) {
    const toml::node* node = take(*document_, *table_, key, need);
    if (node == nullptr) return std::nullopt;
    const toml::value<toml::date_time>* value = node->as_date_time();
    if (value == nullptr) {
        refuse_type(*document_, *node, key, "a date and time like 2026-11-22T12:00:00Z, unquoted");
        return std::nullopt;
    }
    const toml::date_time& t = value->get();
    const std::chrono::year_month_day date{std::chrono::year(t.date.year),
                                           std::chrono::month(t.date.month),
                                           std::chrono::day(t.date.day)};
    if (!t.offset) {
        refuse(key, "is a local time; add the offset, Z for UTC");
        return std::nullopt;
    }
    if (!date.ok() || t.date.year < 1970) {
        refuse(key, "is no date from 1970 on");
        return std::nullopt;
    }
    return Wall(std::chrono::sys_days(date)) + std::chrono::hours(t.time.hour) +
           std::chrono::minutes(t.time.minute) + std::chrono::seconds(t.time.second) +
           Usec(t.time.nanosecond / 1000) - std::chrono::minutes(t.offset->minutes);
}

std::optional<Usec> TableReader::duration(std::string_view key, Need need) {
    const toml::node* node = take(*document_, *table_, key, need);
    if (node == nullptr) return std::nullopt;
    if (!node->is_string()) {
        refuse_type(*document_, *node, key, "a duration in quotes, like \"8h\"");
        return std::nullopt;
    }
    const auto span = parse_duration(clean_text(*document_, *node, key));
    if (span) return *span;
    refuse(key, span.error().text);
    return std::nullopt;
}

std::optional<TableReader> TableReader::table(std::string_view key) {
    const toml::node* node = take(*document_, *table_, key, Need::optional);
    if (node == nullptr) return std::nullopt;
    const toml::table* table = node->as_table();
    if (table == nullptr) {
        refuse_type(*document_, *node, key, fmt::format("a table, [{}]", escape(key)));
        return std::nullopt;
    }
    return TableReader(*document_, document_->visit(*table));
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
    std::vector<TableReader> out;
    const toml::node* node = take(*document_, *table_, key, Need::optional);
    if (node == nullptr) return out;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        refuse_type(*document_, *node, key, fmt::format("written as [[{}]]", escape(key)));
        return out;
    }
    for (const toml::node& item : *list) {
        if (const toml::table* table = item.as_table()) {
            out.push_back(TableReader(*document_, document_->visit(*table)));
        } else {
            refuse_type(*document_, item, key, fmt::format("written as [[{}]]", escape(key)));
        }
    }
    return out;
}

bool TableReader::has(std::string_view key) const { return table_->table->contains(key); }

std::vector<std::string> TableReader::keys() const {
    std::vector<std::string> out;
    for (const auto& [key, node] : *table_->table) out.emplace_back(key.str());
    return out;
}

std::uint32_t TableReader::line() const {
    return std::max<std::uint32_t>(table_->table->source().begin.line, 1) + document_->first_line -
           1;
}

void TableReader::refuse(std::string_view key, std::string_view reason) {
    refuse(key, reason, file_code::kField);
}

void TableReader::refuse(std::string_view key, const Result<void>& check) {
    if (!check) refuse(key, check.error().text, check.error().code);
}

void TableReader::refuse(std::string_view key, std::string_view reason, std::string_view code) {
    const toml::node* node = table_->table->get(key);
    const toml::source_region& where = node != nullptr ? node->source() : table_->table->source();
    document_->refuse(where, code, fmt::format("{}: {}", escape(key), reason));
}

TomlDocument::TomlDocument(std::unique_ptr<TomlImpl> impl) : impl_(std::move(impl)) {}
TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument& TomlDocument::operator=(TomlDocument&&) noexcept = default;
TomlDocument::~TomlDocument() = default;

Result<TomlDocument> TomlDocument::parse(std::string_view text, std::string_view file) {
    if (auto linted = lint_text(text, file); !linted) return linted.failure();
    return parse_part(text, file, 1);
}

Result<TomlDocument> TomlDocument::parse_part(std::string_view text, std::string_view file,
                                              std::uint32_t first_line) {
    auto impl = std::make_unique<TomlImpl>();
    impl->file = file;
    impl->first_line = first_line;
    try {
        impl->root = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return Failure{
            impl->error_at(error.source(), file_code::kParse, escape(error.description()))};
    } catch (const ParserFault&) {
        return fail_at(file_code::kParse, file, lines_to_fault(text) + first_line - 1, 0,
                       "value can't be read; a time is written like 2026-11-22T12:00:00Z");
    }
    impl->visit(impl->root);
    return TomlDocument(std::move(impl));
}

TableReader TomlDocument::root() const { return TableReader(*impl_, *impl_->tables.front()); }

Result<void> TomlDocument::finish() const {
    for (const auto& visited : impl_->tables) {
        if (visited->taken.size() == visited->table->size()) continue;
        for (const auto& [key, node] : *visited->table) {
            const auto& taken = visited->taken;
            if (std::find(taken.begin(), taken.end(), &node) != taken.end()) continue;
            impl_->refuse(key.source(), file_code::kField,
                          fmt::format("{}: is an unknown key; remove it or mend its spelling",
                                      escape(key.str())));
        }
    }
    if (impl_->wrong) return Failure{*impl_->wrong};
    if (impl_->missing) return Failure{*impl_->missing};
    return {};
}

}  // namespace jit::core
