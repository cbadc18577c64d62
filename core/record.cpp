// SPDX-License-Identifier: Apache-2.0
#include "core/record.hpp"

#include <sodium.h>

#include "core/text.hpp"

namespace jit::core {
namespace {

std::array<unsigned char, 8> le64(std::uint64_t n) {
    std::array<unsigned char, 8> out{};
    for (auto& byte : out) {
        byte = static_cast<unsigned char>(n & 0xFFU);
        n >>= 8U;
    }
    return out;
}

void append(std::string& out, const std::array<unsigned char, 8>& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

Record::Record(const EventKind& kind, std::string message) : kind_(&kind) {
    fields_["MESSAGE_ID"] = kind.message_id;
    fields_["MESSAGE"] = escape(message);
    fields_["PRIORITY"] = std::to_string(kind.priority);
    fields_["SYSLOG_IDENTIFIER"] = "jitd";
    fields_["JIT_VERSION"] = "1";
    fields_["JIT_EVENT"] = kind.name;
}

Record& Record::set(std::string_view field, std::string value) {
    if (!value.empty()) fields_["JIT_" + std::string(field)] = escape(value);
    return *this;
}

Record& Record::set_lines(std::string_view field, std::string_view text) {
    fields_["JIT_" + std::string(field)] = escape_lines(text);
    return *this;
}

Chain chain_hash(const Chain& previous, const std::map<std::string, std::string>& fields) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, sizeof(Chain));
    const auto feed = [&](const void* data, std::size_t size) {
        crypto_generichash_update(&state, static_cast<const unsigned char*>(data), size);
    };
    feed(previous.data(), previous.size());
    for (const auto& [name, value] : fields) {
        if (name == "JIT_CHAIN") continue;
        const auto length = le64(value.size());
        feed(name.data(), name.size());
        feed(length.data(), length.size());
        feed(value.data(), value.size());
    }
    Chain out{};
    crypto_generichash_final(&state, out.data(), out.size());
    return out;
}

std::string encode_native(const std::map<std::string, std::string>& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        out += name;
        if (value.find('\n') == std::string::npos) {
            out += '=';
        } else {
            out += '\n';
            append(out, le64(value.size()));
        }
        out += value;
        out += '\n';
    }
    return out;
}

SealedRecord seal(const Record& record, std::uint64_t seq, const Chain& previous, std::string_view host_id) {
    auto fields = record.fields();
    fields["JIT_SEQ"] = std::to_string(seq);
    fields["JIT_HOST"] = host_id;
    SealedRecord out;
    out.seq = seq;
    out.chain = chain_hash(previous, fields);
    fields["JIT_CHAIN"] = to_hex(out.chain.data(), out.chain.size());
    out.datagram = encode_native(fields);
    return out;
}

std::string to_hex(const unsigned char* bytes, std::size_t size) {
    std::string out(size * 2 + 1, '\0');
    sodium_bin2hex(out.data(), out.size(), bytes, size);
    out.pop_back();
    return out;
}

}  // namespace jit::core
