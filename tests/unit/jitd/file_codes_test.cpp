// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE file_codes
#include <boost/test/unit_test.hpp>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <thread>

#include "core/grant_stream.hpp"
#include "tests/support/delivery_host.hpp"

// Every code a grant file can be refused with, each by a delivery that nothing else is wrong with: with that one
// difference it is refused with that code and what was accepted before serves, without it it is accepted.

using namespace jit::core;
using namespace jit::test;

namespace {

constexpr std::uint32_t kAlice = 1001, kBob = 1002;

/** A host with a file in force that lets alice in, and a good delivery for bob, signed by olivia, to be made bad. */
struct Scene {
    DeliveryHost host;
    std::uint64_t serial = serial_now();
    FileText header = header_now(serial);
    GrantText grant = grant_now("INC-2-bob", "bob");
    std::string more;         // at the end of the content
    std::string after;        // the same, after signing
    SignOptions options;
    TestKey signer = host.olivia;
    std::function<void()> last = [] {};  // done to the files in their place

    Scene() {
        FileText old = header_now(serial - 10);
        old.grants = grant_now("INC-1-alice", "alice").str();
        const std::string content = old.str();
        host.deliver(content, host.olivia.sign(content) + host.carol.sign(content));
        host.reload();
        BOOST_REQUIRE(host.code("alice", kAlice) == "GRANT");
        host.drain();
        host.records.clear();
    }
    void deliver() {
        header.grants = grant.str();
        const std::string content = header.str() + more;
        host.deliver(content + after, signer.sign(content, options));
        last();
        host.reload();
        host.drain();
    }
    /** The code it was refused with, or that its grant was; "" when bob is in. */
    [[nodiscard]] std::string outcome(const std::string& account) const {
        for (const std::string& record : host.records) {
            if (record.starts_with("file.refused ")) return record.substr(13);
        }
        if (!host.dropped.empty()) return host.dropped.substr(host.dropped.find(':') + 1);
        const std::string code = host.code(account, kBob);
        return code == "GRANT" ? "" : code;
    }
    /** Olivia's key, from now on. */
    void key(const std::string& more_lines) {
        TrustText text;
        text.key += more_lines;
        host.trust(text);
    }
    [[nodiscard]] std::string at(Usec from_now) const { return format_time(clock_now() + from_now); }
};

struct Row {
    std::string code;
    std::function<void(Scene&, bool)> make;  // with true: bad in this one respect
    std::string account = "bob";
};

/** Good content of exactly this many bytes: the rest is comments. */
std::string padding(std::size_t size) {
    std::string out;
    while (size > 0) {
        const std::size_t line = std::min<std::size_t>(size, kMaxLine + 1);
        out += "#" + std::string(line == 1 ? 0 : line - 2, 'x');
        if (line > 1) out += "\n";
        size -= line;
    }
    return out;
}

/** Writes on and on at the end of the file until the reader has noticed. */
void grow_while_read(Scene& scene) {
    std::ofstream(scene.host.path("grants.toml"), std::ios::app) << "#\n";
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        std::ofstream file(scene.host.path("grants.toml"), std::ios::app);
        while (!stop) file << "#\n" << std::flush;
    });
    for (int i = 0; i < 100 && scene.outcome("bob") != "CHANGED"; ++i) {
        scene.host.records.clear();
        scene.host.reload();
        scene.host.drain();
    }
    stop = true;
    writer.join();
}

const std::vector<Row>& rows() {
    static const std::vector<Row> all = {
        {"CLOCK_BACK", [](Scene& s, bool bad) { s.host.restart(bad ? Usec(1h) : Usec(0s)); }},
        {"MISSING", [](Scene& s, bool bad) {
             s.last = [&s, bad] { if (bad) std::filesystem::remove(s.host.path("grants.toml.sig")); };
         }},
        {"NOT_REGULAR", [](Scene& s, bool bad) {
             s.last = [&s, bad] {
                 std::filesystem::rename(s.host.path("grants.toml"), s.host.path("elsewhere"));
                 bad ? std::filesystem::create_symlink("elsewhere", s.host.path("grants.toml"))
                     : std::filesystem::copy(s.host.path("elsewhere"), s.host.path("grants.toml"));
             };
         }},
        {"OWNER", [](Scene& s, bool bad) {  // only root can give files away: here root becomes another
             s.last = [&s, bad] { s.host.environment.root_uid += bad ? 1 : 0; };
         }},
        {"MODE", [](Scene& s, bool bad) {
             s.last = [&s, bad] { (void)::chmod(s.host.path("grants.toml").c_str(), bad ? 0646 : 0644); };
         }},
        {"UNREADABLE", [](Scene& s, bool bad) {  // root may read everything: here the folder is none
             s.last = [&s, bad] { if (bad) s.host.environment.config_dir += "/host.toml"; };
         }},
        {"TOO_BIG", [](Scene& s, bool bad) {
             s.header.grants = s.grant.str();
             s.more = padding(kMaxGrantFile - s.header.str().size() + (bad ? 1 : 0));
         }},
        {"CHANGED", [](Scene& s, bool bad) { if (bad) s.last = [&s] { grow_while_read(s); }; }},
        {"SIG_FORMAT", [](Scene& s, bool bad) {
             s.last = [&s, bad] {
                 std::ofstream(s.host.path("grants.toml.sig"), std::ios::app) << (bad ? "\n" : "");
             };
         }},
        {"NAMESPACE", [](Scene& s, bool bad) { s.options.ns = bad ? "jit-approve@v1" : "jit-grants@v1"; }},
        {"UNKNOWN_KEY", [](Scene& s, bool bad) { if (bad) s.signer = s.host.stranger; }},
        {"KEY_USE", [](Scene& s, bool bad) {
             TrustText text;
             text.key = "uses = [\"approve\"" + std::string(bad ? "" : ", \"grant\"") + "]\n" +
                        text.key.substr(text.key.find('\n') + 1);
             s.host.trust(text);
         }},
        {"KEY_WINDOW", [](Scene& s, bool bad) { s.key("not_after = " + s.at(bad ? Usec(-1s) : Usec(1h)) + "\n"); }},
        {"KEY_REVOKED", [](Scene& s, bool bad) { s.key(bad ? "revoked = true\n" : "revoked = false\n"); }},
        {"BAD_SIGNATURE", [](Scene& s, bool bad) { (bad ? s.after : s.more) = "#\n"; }},
        {"THRESHOLD", [](Scene& s, bool bad) {
             TrustText text;
             text.threshold = bad ? "2" : "1";
             s.host.trust(text);
         }},
        {"LINT", [](Scene& s, bool bad) { s.more = bad ? "#\r\n" : "#\n"; }},
        {"PARSE", [](Scene& s, bool bad) { s.grant.reason = bad ? "\"INC-2" : "\"INC-2\""; }},
        {"FIELD", [](Scene& s, bool bad) { s.grant.user = bad ? "\"Bob\"" : "\"bob\""; }},
        {"FORMAT", [](Scene& s, bool bad) { s.header.format = bad ? "2" : "1"; }},
        {"ORG", [](Scene& s, bool bad) { s.header.org = bad ? "\"other\"" : "\"example\""; }},
        {"ISSUED", [](Scene& s, bool bad) { s.header.issued = s.at(bad ? Usec(330s) : Usec(270s)); }},
        {"EXPIRED", [](Scene& s, bool bad) { s.header.expires = s.at(bad ? Usec(0s) : Usec(1h)); }},
        {"LIFETIME", [](Scene& s, bool bad) {
             const Wall issued = clock_now() - 60s;
             s.header.issued = format_time(issued);
             s.header.expires = format_time(issued + 168h + (bad ? Usec(1s) : Usec(0s)));
         }},
        {"ROLLBACK", [](Scene& s, bool bad) { s.header.serial = std::to_string(s.serial - (bad ? 11 : 9)); }},
        {"EQUIVOCATION", [](Scene& s, bool bad) { s.header.serial = std::to_string(s.serial - (bad ? 10 : 9)); }},
        {"FAST_FORWARD", [](Scene& s, bool bad) { s.header.serial = std::to_string(s.serial + (bad ? 330 : 270)); }},
        {"LIMIT", [](Scene& s, bool bad) {
             s.grant.not_before = s.at(-60s);
             s.grant.not_after = s.at(8h - 60s + (bad ? Usec(1s) : Usec(-1s)));
         }},
        {"SELF", [](Scene& s, bool bad) {
             s.grant.user = "\"olivia\"";
             if (!bad) s.key("allow_self = true\n");
         }, "olivia"},
        {"ROLE_UNKNOWN", [](Scene& s, bool bad) { s.grant.role = bad ? "\"backup\"" : "\"root\""; }},
        {"IDENTITY", [](Scene& s, bool bad) { s.grant.id = bad ? "\"INC-1-alice\"" : "\"INC-2-bob\""; }},
        {"DUPLICATE", [](Scene& s, bool bad) {
             GrantText other = grant_now(bad ? "INC-2-bob" : "INC-3-bob", "bob");
             s.more = other.str();
         }},
    };
    return all;
}

/** The codes as the source has them. */
std::set<std::string> codes_of_the_source() {
    std::ifstream file(JIT_CORE_DIR "/codes.hpp");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto begin = text.find("namespace file_code {"), end = text.find("}  // namespace file_code");
    BOOST_REQUIRE(end != std::string::npos);
    const std::string part = text.substr(begin, end - begin);
    std::set<std::string> out;
    const std::regex quoted("\"([A-Z_]+)\"");
    for (auto it = std::sregex_iterator(part.begin(), part.end(), quoted); it != std::sregex_iterator(); ++it) {
        out.insert((*it)[1]);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(FileCodes)

BOOST_AUTO_TEST_CASE(every_code_of_the_source_has_a_row) {
    std::set<std::string> tested;
    for (const Row& row : rows()) BOOST_TEST(tested.insert(row.code).second, row.code);
    const auto known = codes_of_the_source();
    BOOST_TEST(known.size() == 32U);
    BOOST_TEST(tested == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_code_has_a_file_that_it_alone_explains) {
    const std::set<std::string> of_grants = {"LIMIT", "SELF", "ROLE_UNKNOWN", "IDENTITY", "DUPLICATE"};
    for (const Row& row : rows()) {
        BOOST_TEST_CONTEXT(row.code) {
            Scene good;
            row.make(good, false);
            good.deliver();
            BOOST_TEST(good.outcome(row.account) == "");
            BOOST_TEST(good.host.state().file.state == "ok");

            Scene bad;
            row.make(bad, true);
            bad.deliver();
            BOOST_TEST(bad.outcome(row.account) == row.code);
            if (of_grants.contains(row.code)) continue;  // the file is in force, the grant is not
            BOOST_TEST(bad.host.state().file.state == "refused");
            BOOST_TEST(bad.host.state().file.serial == bad.serial - 10);
            const std::string alice = bad.host.code("alice", kAlice);
            BOOST_TEST(alice == (row.code == "CLOCK_BACK" ? "CLOCK_BACK" : "GRANT"));
            BOOST_TEST(bad.host.code("bob", kBob) == (row.code == "CLOCK_BACK" ? "CLOCK_BACK" : "NO_GRANT"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_pair_is_recorded_once_and_again_when_it_differs) {
    Scene scene;
    scene.after = "#\n";
    scene.deliver();
    for (int i = 0; i < 3; ++i) scene.host.reload();
    scene.host.drain();
    BOOST_TEST(scene.host.records.size() == 1U);
    scene.after = "##\n";
    scene.deliver();
    BOOST_TEST(scene.host.records.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
