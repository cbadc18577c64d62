// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE ed25519
#include <sodium.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/grant_files.hpp"

// Signatures on which implementations disagree: each that a strict one refuses is refused here.

using namespace jit::core;
using namespace jit::test;

namespace {

std::string from_hex(const std::string& hex) {
    if (hex == "-") return {};
    std::string out(hex.size() / 2, '\0');
    std::size_t size = 0;
    BOOST_REQUIRE(sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), hex.data(), hex.size(),
                                 nullptr, &size, nullptr) == 0);
    return out;
}

template <class Array>
Array array_of(std::string_view bytes) {
    Array out{};
    BOOST_REQUIRE(bytes.size() == out.size());
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

struct Vector {
    std::string number, result, key, message, signature;
};

std::vector<Vector> vectors(const std::string& name) {
    std::ifstream file(std::string(JIT_VECTORS_DIR "/") + name);
    BOOST_REQUIRE(file.good());
    std::vector<Vector> out;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        Vector v;
        BOOST_REQUIRE(std::istringstream(line) >> v.number >> v.result >> v.key >> v.message >> v.signature);
        v.key = from_hex(v.key);
        v.message = from_hex(v.message);
        v.signature = from_hex(v.signature);
        out.push_back(v);
    }
    return out;
}

std::string line_of(std::string_view point) {
    return "ssh-ed25519 " + base64(wire_string("ssh-ed25519") + wire_string(point));
}

/** Our verify; a signature of another length never gets to it, so its SSHSIG must be refused. */
bool accepts(const Vector& v) {
    if (v.signature.size() == 64) {
        return verify_ed25519(array_of<Point>(v.key), array_of<Signature>(v.signature), v.message);
    }
    const std::string blob = "SSHSIG" + std::string("\0\0\0\1", 4) +
                             wire_string(wire_string("ssh-ed25519") + wire_string(v.key)) +
                             wire_string(kGrantsNamespace) + wire_string("") + wire_string("sha512") +
                             wire_string(wire_string("ssh-ed25519") + wire_string(v.signature));
    return parse_signatures(armor(blob), kGrantsNamespace).has_value();
}

bool sodium_accepts(const Vector& v) {
    return crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(v.signature.data()),
                                       reinterpret_cast<const unsigned char*>(v.message.data()), v.message.size(),
                                       reinterpret_cast<const unsigned char*>(v.key.data())) == 0;
}

using Scalar = std::array<unsigned char, crypto_core_ed25519_SCALARBYTES>;

Point times_base(const Scalar& scalar) {
    Point out{};
    BOOST_REQUIRE(crypto_scalarmult_ed25519_base_noclamp(out.data(), scalar.data()) == 0);
    return out;
}

Point plus(const Point& a, const Point& b) {
    Point out{};
    BOOST_REQUIRE(crypto_core_ed25519_add(out.data(), a.data(), b.data()) == 0);
    return out;
}

/** The points of small order but the neutral one: multiples of one of order 8. */
std::vector<Point> small_points() {
    const auto eighth = array_of<Point>(from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));
    std::vector<Point> out = {eighth};
    while (out.size() < 7) out.push_back(plus(out.back(), eighth));
    return out;
}

Scalar hash_of(const Point& r, const Point& key, std::string_view message) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, r.data(), r.size());
    crypto_hash_sha512_update(&state, key.data(), key.size());
    crypto_hash_sha512_update(&state, reinterpret_cast<const unsigned char*>(message.data()), message.size());
    std::array<unsigned char, 64> wide{};
    crypto_hash_sha512_final(&state, wide.data());
    Scalar out{};
    crypto_core_ed25519_scalar_reduce(out.data(), wide.data());
    return out;
}

/** By the holder of `secret`, for the key `key` = secret * B + a point of small order: right where both cancel out. */
Signature sign_mixed(const Scalar& secret, const Point& key, std::string_view message) {
    for (;;) {
        Scalar nonce{}, s{};
        crypto_core_ed25519_scalar_random(nonce.data());
        const Point r = times_base(nonce);
        const Scalar h = hash_of(r, key, message);
        if (h[0] % 8 != 0) continue;
        crypto_core_ed25519_scalar_mul(s.data(), h.data(), secret.data());
        crypto_core_ed25519_scalar_add(s.data(), s.data(), nonce.data());
        Signature out{};
        std::copy(r.begin(), r.end(), out.begin());
        std::copy(s.begin(), s.end(), out.begin() + 32);
        return out;
    }
}

std::string text_of(const Point& point) { return {reinterpret_cast<const char*>(point.data()), point.size()}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(Ed25519)

BOOST_AUTO_TEST_CASE(s56_all_of_taming_the_many_eddsas_are_refused) {
    const auto all = vectors("taming_eddsas.txt");
    BOOST_TEST(all.size() == 12U);
    for (const Vector& v : all) {
        BOOST_TEST(!accepts(v), "vector " + v.number);
        // The file states what libsodium alone does: it takes number 3, whose key is not of the prime order.
        BOOST_TEST(sodium_accepts(v) == (v.result == "accepted"), "libsodium, vector " + v.number);
        const bool by_scalar = v.number == "6" || v.number == "7";
        BOOST_TEST(parse_public_key(line_of(v.key)).has_value() == by_scalar, "key of vector " + v.number);
    }
}

BOOST_AUTO_TEST_CASE(s56_wycheproof_is_agreed_with_in_every_case) {
    const auto all = vectors("wycheproof_ed25519.txt");
    BOOST_TEST(all.size() == 145U);
    std::size_t valid = 0;
    for (const Vector& v : all) {
        valid += v.result == "valid" ? 1 : 0;
        BOOST_TEST(accepts(v) == (v.result == "valid"), "case " + v.number);
    }
    BOOST_TEST(valid == 84U);
}

BOOST_AUTO_TEST_CASE(s56_no_key_with_a_part_of_small_order_is_listed_or_believed) {
    Scalar secret{};
    crypto_core_ed25519_scalar_random(secret.data());
    const Point honest = times_base(secret);
    BOOST_TEST(parse_public_key(line_of(text_of(honest))).has_value());
    for (const Point& small : small_points()) {  // the one of order 2 is that of CVE-2025-69277
        BOOST_TEST(!parse_public_key(line_of(text_of(small))).has_value());
        const Point mixed = plus(honest, small);
        BOOST_TEST(!parse_public_key(line_of(text_of(mixed))).has_value());
        const Signature signature = sign_mixed(secret, mixed, "message");
        BOOST_TEST(sodium_accepts({"", "", text_of(mixed), "message", {signature.begin(), signature.end()}}));
        BOOST_TEST(!verify_ed25519(mixed, signature, "message"));
    }
}

BOOST_AUTO_TEST_CASE(s56_a_key_of_small_order_would_sign_everything_and_signs_nothing) {
    // For the neutral point as key, R = S * B is a signature of any message: that is what a lax verifier takes.
    Point neutral{1};
    Scalar s{};
    crypto_core_ed25519_scalar_random(s.data());
    const Point r = times_base(s);
    SignOptions forged;
    forged.signature.emplace();
    std::copy(r.begin(), r.end(), forged.signature->begin());
    std::copy(s.begin(), s.end(), forged.signature->begin() + 32);
    const std::string content = with_grant(GrantText());
    Fleet fleet;
    const std::string honest = fleet.olivia.blob(content, forged), key = fleet.trust.keys[0].key.blob;
    std::string blob = honest;
    const std::size_t at = blob.find(key) + key.size() - 32;
    blob.replace(at, 32, text_of(neutral));
    BOOST_TEST(fleet.code(content, armor(blob)) == "UNKNOWN_KEY");
    // Even where such a key had made its way into the trust.
    fleet.trust.keys[0].key.point = neutral;
    fleet.trust.keys[0].key.blob.replace(key.size() - 32, 32, text_of(neutral));
    BOOST_TEST(fleet.code(content, armor(blob)) == "BAD_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(s56_a_signature_with_an_r_of_small_order_is_refused) {
    // The holder of a key can make them: R of small order, S = h * a.
    const TestKey olivia(1);
    std::array<unsigned char, 32> seed{};
    seed.fill(1);
    std::array<unsigned char, 64> wide{};
    crypto_hash_sha512(wide.data(), seed.data(), seed.size());
    wide[0] &= 0xF8U;
    wide[31] = static_cast<unsigned char>((wide[31] & 0x7FU) | 0x40U);
    std::fill(wide.begin() + 32, wide.end(), static_cast<unsigned char>(0));
    Scalar secret{};
    crypto_core_ed25519_scalar_reduce(secret.data(), wide.data());
    const Point key = parse_public_key(olivia.public_key())->point;
    BOOST_REQUIRE((times_base(secret) == key));
    auto points = small_points();
    points.push_back(Point{1});
    for (const Point& r : points) {
        Scalar s{};
        const Scalar h = hash_of(r, key, "message");
        crypto_core_ed25519_scalar_mul(s.data(), h.data(), secret.data());
        Signature signature{};
        std::copy(r.begin(), r.end(), signature.begin());
        std::copy(s.begin(), s.end(), signature.begin() + 32);
        BOOST_TEST(!verify_ed25519(key, signature, "message"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
