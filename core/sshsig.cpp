// SPDX-License-Identifier: Apache-2.0
#include "core/sshsig.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <optional>

#include "core/base64.hpp"
#include "core/codes.hpp"
#include "core/ssh_wire.hpp"
#include "core/text.hpp"

namespace jit::core {

namespace {

constexpr std::size_t kMaxBlob = 1024;
constexpr std::size_t kMaxArmorLine = 76;
constexpr std::uint8_t kKnownFlags = 0x05;  // user present, user verified

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/** Canonical and of the group's prime order, which crypto_sign_verify_detached doesn't ask for. */
bool is_sound(const Point& point) { return crypto_core_ed25519_is_valid_point(point.data()) == 1; }

/** SSH wire reading (RFC 4251, section 5); `ok` turns false for good at the first short read. */
struct Wire {
    std::string_view rest;
    bool ok = true;

    std::string_view take(std::size_t size) {
        if (!ok || rest.size() < size) {
            ok = false;
            return {};
        }
        const std::string_view taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    }
    std::uint8_t u8() {
        const std::string_view b = take(1);
        return ok ? static_cast<std::uint8_t>(b[0]) : std::uint8_t{0};
    }
    std::uint32_t u32() {
        std::uint32_t value = 0;
        for (const char c : take(4)) value = (value << 8U) | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view string() { return take(u32()); }
    [[nodiscard]] bool done() const { return ok && rest.empty(); }
};

/** Empty when `blob` is a whole key of a type we verify, otherwise what is wrong with it. */
std::string read_key_blob(std::string_view blob, PublicKey& key) {
    Wire in{blob};
    const std::string_view type = in.string();
    if (!in.ok) return "the key is cut short";
    if (type != kEd25519 && type != kSkEd25519) {
        return fmt::format("key type {} is not accepted; use {} or {}", escape(type), kEd25519,
                           kSkEd25519);
    }
    key.hardware = type == kSkEd25519;
    const std::string_view point = in.string();
    if (key.hardware) key.application = std::string(in.string());
    if (!in.done() || point.size() != key.point.size()) return "the key has a wrong length";
    std::copy(point.begin(), point.end(), key.point.begin());
    key.blob = std::string(blob);
    return {};
}

/** Empty when the innermost blob is whole and fits the key. */
std::string read_signature_blob(std::string_view blob, SignatureBlock& block) {
    Wire in{blob};
    if (in.string() != (block.key.hardware ? kSkEd25519 : kEd25519)) {
        return "the signature is of another type than its key";
    }
    const std::string_view signature = in.string();
    if (block.key.hardware) {
        block.flags = in.u8();
        block.counter = in.u32();
    }
    if (!in.done() || signature.size() != block.signature.size())
        return "the signature has a wrong length";
    std::copy(signature.begin(), signature.end(), block.signature.begin());
    if ((block.flags & ~kKnownFlags) != 0) {
        return fmt::format("the signature has flags {:#04x}; only touch and PIN (0x05) are known",
                           block.flags);
    }
    return {};
}

Result<SignatureBlock> read_block(std::string_view blob, std::string_view ns, std::uint32_t line) {
    const auto refuse = [line](std::string_view code, std::string_view why) {
        return fail(code, fmt::format("signature block: {}", why), line);
    };
    Wire in{blob};
    if (in.take(kSshsigMagic.size()) != kSshsigMagic) return refuse(file_code::kSigFormat, "is no SSHSIG");
    if (const std::uint32_t version = in.u32(); version != 1) {
        return refuse(file_code::kSigFormat, fmt::format("has version {}; must be 1", version));
    }
    const std::string_view key = in.string(), name = in.string(), reserved = in.string();
    const std::string_view hash = in.string(), signature = in.string();
    if (!in.done()) return refuse(file_code::kSigFormat, "has missing or trailing bytes");
    if (!reserved.empty()) return refuse(file_code::kSigFormat, "uses the reserved field");
    if (hash != kSshsigHash) {
        return refuse(file_code::kSigFormat,
                      fmt::format("hash is {}; sign with sha512", escape(hash)));
    }
    SignatureBlock block;
    block.line = line;
    if (const std::string why = read_key_blob(key, block.key); !why.empty()) {
        return refuse(file_code::kSigFormat, why);
    }
    if (const std::string why = read_signature_blob(signature, block); !why.empty()) {
        return refuse(file_code::kSigFormat, why);
    }
    if (name != ns) {
        return refuse(file_code::kNamespace,
                      fmt::format("was made for \"{}\"; sign with -n {}", escape(name), ns));
    }
    return block;
}

/** Takes the next line off `rest`; every line must end in a line feed. */
std::optional<std::string_view> next_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

}  // namespace

Result<PublicKey> parse_public_key(std::string_view line) {
    const auto refuse = [](std::string_view why) {
        return fail(file_code::kField,
                    fmt::format("public key: {}; copy the line of the .pub file", why));
    };
    if (!is_clean(line)) return refuse("holds a control or invisible character");
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return refuse("is not \"TYPE BASE64\"");
    const std::string_view type = line.substr(0, space);
    const std::string_view rest = line.substr(space + 1);
    const auto blob = from_base64(rest.substr(0, rest.find(' ')));
    if (!blob || blob->size() > kMaxBlob) return refuse("is not in base64");
    PublicKey key;
    if (const std::string why = read_key_blob(*blob, key); !why.empty()) return refuse(why);
    if (type != (key.hardware ? kSkEd25519 : kEd25519))
        return refuse("is of another type than it says");
    if (!is_sound(key.point)) return refuse("is no valid Ed25519 point");
    return key;
}

std::string fingerprint(const PublicKey& key) {
    Sha256 digest;
    crypto_hash_sha256(digest.data(), bytes_of(key.blob), key.blob.size());
    std::array<char, 64> text{};
    sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return std::string("SHA256:") + text.data();
}

Result<std::vector<SignatureBlock>> parse_signatures(std::string_view armored,
                                                     std::string_view ns) {
    std::vector<SignatureBlock> blocks;
    std::uint32_t number = 0;
    const auto refuse = [&number](std::string_view why) {
        return fail(file_code::kSigFormat, std::string(why), number);
    };
    while (!armored.empty() || blocks.empty()) {
        ++number;
        const std::uint32_t begin = number;
        if (next_line(armored) != kArmorBegin) return refuse(fmt::format("must be \"{}\"", kArmorBegin));
        if (blocks.size() == kMaxSignatureBlocks) {
            return refuse(fmt::format("more than {} signatures", kMaxSignatureBlocks));
        }
        std::string base64;
        for (;;) {
            ++number;
            const auto line = next_line(armored);
            if (!line)
                return refuse("signature is cut short; its last line must end in a line feed");
            if (line == kArmorEnd) break;
            if (line->empty() || line->size() > kMaxArmorLine)
                return refuse("must hold 1 to 76 characters");
            base64 += *line;
            if (base64.size() > kMaxBlob * 2) return refuse("signature is too long");
        }
        const auto blob = from_base64(base64);
        if (!blob) return refuse("the lines above are not strict base64");
        if (blob->size() > kMaxBlob) return refuse("signature is too long");
        auto block = read_block(*blob, ns, begin);
        if (!block) return block.failure();
        blocks.push_back(std::move(*block));
    }
    return blocks;
}

bool verify(const SignatureBlock& block, std::string_view ns, const Sha512& digest) {
    std::string message(kSshsigMagic);
    put_string(message, ns);
    put_string(message, "");
    put_string(message, kSshsigHash);
    put_string(message,
               std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
    if (block.key.hardware) {
        Sha256 application, inner;
        crypto_hash_sha256(application.data(), bytes_of(block.key.application),
                           block.key.application.size());
        crypto_hash_sha256(inner.data(), bytes_of(message), message.size());
        message.assign(application.begin(), application.end());
        message += static_cast<char>(block.flags);
        put_u32(message, block.counter);
        message.append(inner.begin(), inner.end());
    }
    return verify_ed25519(block.key.point, block.signature, message);
}

bool verify_ed25519(const Point& point, const Signature& signature, std::string_view message) {
    return is_sound(point) && crypto_sign_verify_detached(signature.data(), bytes_of(message),
                                                          message.size(), point.data()) == 0;
}

}  // namespace jit::core
