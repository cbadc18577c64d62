// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE sshsig_keygen
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/support/grant_files.hpp"
#include "tests/support/long_run.hpp"
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

/** A plain and a hardware key of two people, and a fleet that needs both. */
struct Signed {
    TestKey plain{1}, token{2, KeyKind::hardware};
    Fleet fleet;
    std::string plain_blob = plain.blob(kContent);

    Signed() {
        fleet.trust.keys = {trust_key("plain", "olivia", plain), trust_key("token", "carol", token)};
        fleet.trust.grant_threshold = 2;
    }
    [[nodiscard]] const std::string& token_blob(std::uint8_t flags) const {
        static std::map<std::uint8_t, std::string> made;
        if (!made.contains(flags)) {
            SignOptions options;
            options.flags = flags;
            made[flags] = token.blob(kContent, options);
        }
        return made[flags];
    }
};

std::vector<std::string> blocks(const std::string& signature) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < signature.size();) {
        const std::size_t next = signature.find("-----BEGIN", at + 1);
        out.push_back(signature.substr(at, next - at));
        at = next == std::string::npos ? signature.size() : next;
    }
    return out;
}

/** One to three changes: a byte, a cut, an insertion, a copy of a part; in the blob, or in its armour. */
template <class Next>
void mutate(std::string& text, bool blob, Next next) {
    for (std::size_t changes = 1 + next(3); changes > 0 && !text.empty(); --changes) {
        const std::size_t at = next(text.size());
        switch (next(5)) {
            case 0:
                text[at] = static_cast<char>(next(256));
                break;
            case 1:
                text[at] = static_cast<char>(text[at] ^ (1 << next(8)));
                break;
            case 2:
                text.erase(at, 1 + next(4));
                break;
            case 3:
                text.insert(at, 1, blob ? static_cast<char>(next(256)) : "\n\r =A-\t"[next(7)]);
                break;
            default:
                text.insert(at, std::string(text), next(text.size()), next(8));
                break;
        }
    }
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
    const Signed signed_file;
    std::set<std::string> seen;
    int accepted = 0;
    // It reads one block: of each signer that counts there must be one that it, too, takes.
    const auto differ = [&](const std::string& signature) {
        const auto file = signed_file.fleet.load(kContent, signature);
        if (!file || !seen.insert(signature).second) return;
        ++accepted;
        BOOST_TEST(file->signers.size() == 2U);
        for (const auto& signer : file->signers) {
            const std::string& key = signer.key == "plain" ? signed_file.plain.public_key() : signed_file.token.public_key();
            const auto parts = blocks(signature);
            const bool good = std::any_of(parts.begin(), parts.end(), [&](const std::string& block) {
                return keygen.verifies(key, kContent, block);
            });
            BOOST_TEST(good, signature);
        }
    };
    const int count = runs(4'000, 1'000'000);
    const std::uint32_t seed = long_run() ? std::random_device()() : 2026;
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random(seed);
        const auto next = [&random](std::size_t below) {
            return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
        };
        for (int i = 0; i < count; ++i) {
            SignOptions options;
            options.flags = next(2) == 0 ? 0x01 : 0x05;
            const bool first = next(2) == 0;
            std::string blob = first ? signed_file.plain_blob : signed_file.token_blob(options.flags);
            std::string other = armor(first ? signed_file.token_blob(options.flags) : signed_file.plain_blob);
            const bool inside = next(2) == 0;
            std::string mutant = inside ? blob : armor(blob, next(4) == 0 ? 1 + next(90) : 70);
            if (next(30) != 0) mutate(mutant, inside, next);
            if (inside) mutant = armor(mutant);
            differ(next(2) == 0 ? mutant + other : other + mutant);
        }
        for (std::size_t wrap = 1; wrap <= 80; ++wrap) {
            differ(armor(signed_file.plain_blob, wrap) + armor(signed_file.token_blob(0x01), wrap));
        }
    }
    BOOST_TEST(accepted >= 76);
    if (long_run()) {
        std::printf("long: %d mutants of two signatures, %d accepted, each also by ssh-keygen\n", count, accepted);
    }
}

BOOST_AUTO_TEST_SUITE_END()
