// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE check
#include "pam_jit/check.hpp"

#include <errno.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <random>
#include <vector>

#include "pam_jit/refusal.hpp"
#include "tests/support/fake_peer.hpp"
#include "tests/support/long_run.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::pam;
using namespace jit::test;

namespace {

/** Of a gate at `path`, without a systemd or a loginuid. */
Environment environment(const std::string& path) {
    return {.gate = {path.c_str(), ::geteuid()},
            .systemd = {"", 0},
            .cgroup_file = "",
            .cgroup_root = "",
            .loginuid_file = "/nonexistent",
            .fd_dir = "/proc/self/fd",
            .recordings_dir = "/nonexistent",
            .log_socket = "",
            .nsswitch_file = "/etc/nsswitch.conf",
            .passwd_file = "/etc/passwd",
            .account_msec = 0,
            .session_msec = 0,
            .close_msec = 0};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Check)

BOOST_AUTO_TEST_CASE(s15_no_flipped_bit_or_pair_of_bits_makes_an_allow) {
    BOOST_TEST(std::popcount(kAllow ^ kDeny) >= 24);
    std::vector<std::uint64_t> verdicts = {kDeny, 0, 1, ~std::uint64_t{0}};
    for (int i = 0; i < 64; ++i) {
        for (int j = i; j < 64; ++j) {
            const std::uint64_t flips = std::uint64_t{1} << i | std::uint64_t{1} << j;
            verdicts.push_back(kDeny ^ flips);
            verdicts.push_back(kAllow ^ flips);
        }
    }
    std::size_t next = 0;
    const TempDir dir;
    const std::string path = dir.path("gate");
    FakePeer peer(path, {serve([&](sd_bus_message* call, const SeenCall& seen) {
                      const auto verdict = next < verdicts.size() ? verdicts[next++] : kAllow;
                      return reply_check(
                          call, seen,
                          {.verdict = verdict, .strings = {}, .numbers = {}, .must = {}});
                  })});
    const Environment env = environment(path);
    GateClient gate(env.gate);
    Person person{1001, {}};
    BOOST_TEST(person.account.set("alice"));
    const Question question{
        .phase = "account", .person = &person, .service = "sudo", .outer = {}, .session = {}};
    const Deadline deadline = Deadline::in_msec(30'000);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        Answer answer;
        const int r = ask(gate, env, question, deadline, answer);
        BOOST_REQUIRE_EQUAL(r, i == 0 ? 0 : -EBADMSG);
        BOOST_REQUIRE(!answer.allowed);
    }
    Answer answer;  // the control
    BOOST_TEST(ask(gate, env, question, deadline, answer) == 0);
    BOOST_TEST(answer.allowed);
    BOOST_TEST(peer.calls().at(0).values.at("loginuid") == "4294967295");
}

BOOST_AUTO_TEST_CASE(s15_no_flipped_bits_anywhere_in_a_denial_make_an_allow) {
    const TempDir dir;
    const std::string path = dir.path("gate"), behind = dir.path("behind");
    FakePeer jitd(behind, {answer_checks({.verdict = kDeny,
                                          .strings = {{"code", "NO_GRANT"}, {"text", "no"}},
                                          .numbers = {},
                                          .must = {}})});
    std::atomic<std::size_t> first{0}, second{0}, size{0};  // bits to flip; the reply's bytes
    FakePeer peer(path, {relay(behind, [&](std::string& piece) {
                      if (piece[0] != 'l' && piece[0] != 'B') return;  // the handshake
                      size = piece.size();
                      for (const std::size_t bit : {first.load(), second.load()})
                          if (bit < piece.size() * 8)
                              piece[bit / 8] = static_cast<char>(piece[bit / 8] ^ 1 << bit % 8);
                  })});
    const Environment env = environment(path);
    Person person{1001, {}};
    BOOST_TEST(person.account.set("alice"));
    const Question question{
        .phase = "account", .person = &person, .service = "sudo", .outer = {}, .session = {}};
    constexpr std::size_t kNone = SIZE_MAX;
    int understood = 0;
    const auto denies = [&](std::size_t one, std::size_t other, std::int64_t msec) {
        first = one;
        second = other;
        GateClient gate(env.gate);
        Answer answer;
        const int r = ask(gate, env, question, Deadline::in_msec(msec), answer);
        understood += r == 0;
        return !answer.allowed;
    };
    BOOST_REQUIRE(denies(kNone, kNone, 1000));
    BOOST_REQUIRE_EQUAL(understood, 1);  // a denial as it should be
    const std::size_t bits = size * 8;
    BOOST_REQUIRE_GT(bits, 800U);
    std::size_t bad = 0;
    for (std::size_t bit = 0; bit < bits; ++bit) bad += !denies(bit, kNone, 4);
    std::mt19937 random(4711);
    const int pairs = runs(300, 300'000);
    for (int i = 0; i < pairs; ++i) bad += !denies(random() % bits, random() % bits, 4);
    BOOST_TEST(bad == 0U);
    BOOST_TEST(understood > 10);
    if (long_run())
        std::printf("long: %zu bits and %d pairs of bits flipped, 0 allowed\n", bits, pairs);
}

BOOST_AUTO_TEST_CASE(a_default_answer_denies) { BOOST_TEST(!Answer{}.allowed); }

BOOST_AUTO_TEST_SUITE_END()
