// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE check
#include "pam_jit/check.hpp"

#include <errno.h>
#include <unistd.h>

#include <bit>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "pam_jit/refusal.hpp"
#include "tests/support/fake_peer.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::pam;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(Check)

BOOST_AUTO_TEST_CASE(no_flipped_bit_or_pair_of_bits_makes_an_allow_S_15) {
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
    const Environment env{.gate = {path.c_str(), ::geteuid()},
                          .systemd = {"", 0},
                          .cgroup_file = "",
                          .cgroup_root = "",
                          .loginuid_file = "/nonexistent",
                          .log_socket = "",
                          .nsswitch_file = "/etc/nsswitch.conf",
                          .passwd_file = "/etc/passwd",
                          .check_msec = 0,
                          .close_msec = 0};
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

BOOST_AUTO_TEST_CASE(a_default_answer_denies) { BOOST_TEST(!Answer{}.allowed); }

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Escape)

BOOST_AUTO_TEST_CASE(s42_only_printable_ascii_passes) {
    for (int byte = 1; byte < 256; ++byte) {
        const char text[] = {static_cast<char>(byte), '\0'};
        char out[16];
        const std::size_t size = pam::escape(out, sizeof out, text);
        BOOST_TEST(size == (byte >= 0x20 && byte < 0x7f ? 1U : 4U));
        for (std::size_t i = 0; i < size; ++i) BOOST_TEST((out[i] >= 0x20 && out[i] < 0x7f));
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_cut_whole) {
    char out[6];
    BOOST_TEST(pam::escape(out, sizeof out, "ab\x01") == 2U);
    BOOST_TEST(out == std::string("ab"));
    BOOST_TEST(pam::escape(out, sizeof out, "abcdefgh") == 5U);
    BOOST_TEST(out == std::string("abcde"));
}

BOOST_AUTO_TEST_SUITE_END()
