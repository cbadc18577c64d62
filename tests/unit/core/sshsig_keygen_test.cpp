// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE sshsig_keygen
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/support/grant_files.hpp"
#include "tests/support/temp_dir.hpp"

// Against the real ssh-keygen: what it signs we take, what we take it verifies.

using namespace jit::core;
using namespace jit::test;

namespace {

const std::string kContent = with_grant(GrantText());

struct Keygen {
    TempDir dir;

    /** The .sig that ssh-keygen makes of `content` with a new key `name`. */
    std::string sign(const std::string& name, const std::string& content,
                     const std::string& ns = "jit-grants@v1",
                     const std::vector<std::string>& more = {}) const {
        const std::string file = dir.write("grants.toml", content);
        std::remove((file + ".sig").c_str());
        if (dir.read(name).empty()) {
            BOOST_REQUIRE(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                               dir.path(name)}) == 0);
        }
        std::vector<std::string> command = {"ssh-keygen", "-q", "-Y", "sign",
                                            "-n",         ns,   "-f", dir.path(name)};
        command.insert(command.end(), more.begin(), more.end());
        command.push_back(file);
        BOOST_REQUIRE(run(command) == 0);
        return dir.read("grants.toml.sig");
    }
    [[nodiscard]] std::string public_key(const std::string& name) const {
        const std::string line = dir.read(name + ".pub");
        return line.substr(0, line.find('\n'));
    }
    /** Whether ssh-keygen itself takes this pair. */
    [[nodiscard]] bool verifies(const std::string& public_key, const std::string& content,
                                const std::string& signature) const {
        dir.write("signers", "olivia " + public_key + "\n");
        dir.write("sig", signature);
        return run({"ssh-keygen", "-q", "-Y", "verify", "-n", "jit-grants@v1", "-f",
                    dir.path("signers"), "-I", "olivia", "-s", dir.path("sig")},
                   dir.write("content", content)) == 0;
    }
};

Fleet fleet_of(const std::string& public_key) {
    Fleet fleet;
    fleet.trust.keys.resize(1);
    fleet.trust.keys[0].key = *parse_public_key(public_key);
    return fleet;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SshKeygen)

BOOST_AUTO_TEST_CASE(a_file_it_signed_is_accepted) {
    const Keygen keygen;
    const std::string signature = keygen.sign("olivia", kContent);
    const Fleet fleet = fleet_of(keygen.public_key("olivia"));
    BOOST_TEST(fleet.code(kContent, signature) == "");
    BOOST_TEST(fleet.code(kContent + "\n", signature) == "BAD_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(its_other_namespaces_hashes_and_keys_are_refused) {
    const Keygen keygen;
    const std::string other = keygen.sign("olivia", kContent, "file");
    const std::string weaker =
        keygen.sign("olivia", kContent, "jit-grants@v1", {"-O", "hashalg=sha256"});
    const Fleet fleet = fleet_of(keygen.public_key("olivia"));
    BOOST_TEST(fleet.code(kContent, other) == "NAMESPACE");
    BOOST_TEST(fleet.code(kContent, weaker) == "SIG_FORMAT");
    BOOST_REQUIRE(
        run({"ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", keygen.dir.path("ecdsa")}) == 0);
    BOOST_TEST(fleet.code(kContent, keygen.sign("ecdsa", kContent)) == "SIG_FORMAT");
    BOOST_TEST(fleet.code(kContent, keygen.sign("stranger", kContent)) == "UNKNOWN_KEY");
}

BOOST_AUTO_TEST_CASE(it_verifies_what_the_tests_sign) {
    const Keygen keygen;
    BOOST_TEST(keygen.verifies(TestKey(1).public_key(), kContent, TestKey(1).sign(kContent)));
    BOOST_TEST(keygen.verifies(TestKey(1, KeyKind::hardware).public_key(), kContent,
                               TestKey(1, KeyKind::hardware).sign(kContent)));
    BOOST_TEST(
        !keygen.verifies(TestKey(1).public_key(), kContent + "x", TestKey(1).sign(kContent)));
}

BOOST_AUTO_TEST_CASE(s55_no_mutant_that_it_refuses_is_accepted) {
    const Keygen keygen;
    const TestKey hardware(1, KeyKind::hardware);
    const Fleet fleet = fleet_of(hardware.public_key());
    const std::string blob = hardware.blob(kContent);
    int accepted = 0;
    std::set<std::string> seen;
    const auto differ = [&](const std::string& signature) {
        if (!seen.insert(signature).second || !fleet.code(kContent, signature).empty()) return;
        ++accepted;
        BOOST_TEST(keygen.verifies(hardware.public_key(), kContent, signature), signature);
    };
    std::uint32_t random = 2026;
    const auto next = [&random](std::size_t below) {
        random = random * 1664525U + 1013904223U;
        return static_cast<std::size_t>(random >> 8U) % below;
    };
    const std::string armored = armor(blob);
    for (int i = 0; i < 10'000; ++i) {
        std::string mutant = i % 2 == 0 ? blob : armored;
        const std::size_t at = next(mutant.size());
        switch (next(4)) {
            case 0:
                mutant[at] = static_cast<char>(next(256));
                break;
            case 1:
                mutant.erase(at, 1 + next(4));
                break;
            case 2:
                mutant.insert(at, 1, i % 2 == 0 ? static_cast<char>(next(256)) : "\n =A-"[next(5)]);
                break;
            default:
                mutant.insert(at, mutant, next(mutant.size()), next(8));
                break;
        }
        differ(i % 2 == 0 ? armor(mutant) : mutant);
    }
    for (std::size_t wrap = 1; wrap <= 76; ++wrap) differ(armor(blob, wrap));
    for (const unsigned flags : {0x00U, 0x01U, 0x04U, 0x05U}) {
        SignOptions options;
        options.flags = static_cast<std::uint8_t>(flags);
        differ(hardware.sign(kContent, options));
    }
    BOOST_TEST(accepted >= 76);
}

BOOST_AUTO_TEST_SUITE_END()
