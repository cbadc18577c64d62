// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE torn_delivery
#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <set>

#include "tests/support/delivery_host.hpp"
#include "tests/support/long_run.hpp"

// Deliveries that come in pieces, in any order, over each other, while jitd reads them and sometimes is killed: what
// serves is always one file that somebody signed, the last or the next one, whole.

using namespace jit::core;
using namespace jit::test;

namespace {

constexpr std::uint32_t kAlice = 1001, kBob = 1002;

class Deliveries {
  public:
    explicit Deliveries(std::uint32_t seed) : random_(seed), host_(200us) {
        host_.deliver(content(0), host_.olivia.sign(content(0)));
        BOOST_REQUIRE(host_.until([this] { return serves(0); }));
    }

    /** One new file, delivered somehow; a false one of the same serial goes before or after it. */
    void round() {
        const std::uint64_t next = last_ + 1;
        for (std::size_t noise = below(4); noise > 0; --noise) disturb(next);
        const bool signature_first = below(2) == 0;
        for (const bool signature : {signature_first, !signature_first}) {
            const std::string text = content(next);
            write(signature ? "grants.toml.sig" : "grants.toml", signature ? host_.olivia.sign(text) : text);
        }
        settle([this, next] { return serves(next); }, "the new file serves");
        last_ = next;
        BOOST_TEST(on_record_.contains(first_ + next), "file.accepted is on record");
        if (below(4) == 0) equivocate();
        if (below(8) == 0) roll_back();
    }

    std::size_t reads = 0, restarts = 0;

  private:
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

    /** File number `n`: one to six grants, of alice in the even and of bob in the odd ones. */
    std::string content(std::uint64_t n, const std::string& more = {}) const {
        FileText text;
        text.serial = std::to_string(first_ + n);
        text.issued = issued_;
        text.expires = expires_;
        for (std::uint64_t i = 0; i <= n * 7 % 6; ++i) {
            GrantText grant = grant_;
            grant.id = "\"F" + std::to_string(n) + "-" + std::to_string(i) + "\"";
            grant.user = n % 2 == 0 ? "\"alice\"" : "\"bob\"";
            text.grants += grant.str();
        }
        return text.str() + more;
    }

    /** Something other than the delivery of `next`, which must come to nothing. */
    void disturb(std::uint64_t next) {
        const std::string text = content(next), old = content(last_);
        switch (below(8)) {
            case 0:
                write("grants.toml", text);  // with the signature of the last one
                break;
            case 1:
                write("grants.toml.sig", host_.olivia.sign(text));  // with the last content
                break;
            case 2:
                write("grants.toml", text.substr(0, below(text.size())));
                break;
            case 3:
                std::filesystem::remove(host_.path(below(2) == 0 ? "grants.toml" : "grants.toml.sig"));
                break;
            case 4:
                write("grants.toml.sig", host_.stranger.sign(text));
                break;
            case 5:
                write("grants.toml", old);
                write("grants.toml.sig", host_.olivia.sign(old));
                break;
            case 6: {  // the first half of the one and the second of the other
                const std::size_t half = std::min(text.size(), old.size()) / 2;
                write("grants.toml", text.substr(0, half) + old.substr(half));
                break;
            }
            default: {  // from the future: that is looked at again later, which must not delay what follows
                const std::string ahead = content(next + 100'000);
                write("grants.toml.sig", host_.olivia.sign(ahead));
                write("grants.toml", ahead);
                break;
            }
        }
    }

    /** Rightly signed, the serial that serves, but another content. */
    void equivocate() {
        const std::string other = content(last_, "# other\n");
        write("grants.toml.sig", host_.olivia.sign(other));
        write("grants.toml", other);
        settle([this] { return host_.state().file.code == "EQUIVOCATION"; }, "EQUIVOCATION");
    }
    void roll_back() {
        const std::string old = content(last_ - 1, "# rolled back\n");
        write("grants.toml", old);
        write("grants.toml.sig", host_.olivia.sign(old));
        settle([this] { return host_.state().file.code == "ROLLBACK"; }, "ROLLBACK");
    }

    /** Puts the bytes there by rename, or in place piece by piece. */
    void write(const std::string& name, const std::string& bytes) {
        meanwhile();
        if (below(2) == 0) {
            host_.replace(name, bytes);
        } else {
            const int truncate = below(4) == 0 ? 0 : O_TRUNC;
            const jit::Fd fd(::open(host_.path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | truncate, 0644));
            BOOST_REQUIRE(fd);
            for (std::size_t at = 0; at < bytes.size();) {
                const std::size_t size = std::min(bytes.size() - at, 1 + below(bytes.size()));
                BOOST_REQUIRE(::write(fd.get(), bytes.data() + at, size) == static_cast<ssize_t>(size));
                at += size;
                meanwhile();
            }
            BOOST_REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(bytes.size())) == 0);
        }
        meanwhile();
    }

    /** jitd goes on: it is told to read, its loop turns, or it is killed; or nothing happens to it. */
    void meanwhile() {
        switch (below(12)) {
            case 0:
            case 1:
                host_.begin_reload();
                ++reads;
                break;
            case 2:
            case 3:
            case 4:
                host_.drain();
                break;
            case 5:
                host_.until([this] { return below(3) == 0; }, 2ms);
                break;
            case 6:
                if (below(8) == 0) {
                    host_.restart();
                    ++restarts;
                }
                break;
            default:
                break;
        }
        look();
    }

    void settle(const std::function<bool()>& done, const std::string& what) {
        const bool came = host_.until([&] {
            look();
            return done();
        });
        BOOST_REQUIRE_MESSAGE(came, what);
        host_.drain();  // and what was still to be read changes nothing
        look();
        BOOST_REQUIRE_MESSAGE(done(), what + ", and stays so");
    }

    /** What serves is the last file or the next, whole, and on record. */
    void look() {
        for (const std::string& record : host_.records) {
            if (record.starts_with("file.accepted ")) on_record_.insert(std::stoull(record.substr(14)));
        }
        host_.records.clear();
        if (!serves(last_) && !serves(last_ + 1)) {
            std::string ids;
            for (const auto& [id, grant] : host_.state().grants) ids += " " + id;
            BOOST_FAIL("neither file " << last_ << " nor the next serves, but" << ids);
        }
    }
    [[nodiscard]] bool serves(std::uint64_t n) const {
        const auto& grants = host_.state().grants;
        const std::string mine = "F" + std::to_string(n) + "-";
        return grants.size() == n * 7 % 6 + 1 && host_.state().file.serial == first_ + n &&
               std::all_of(grants.begin(), grants.end(), [&](const auto& g) { return g.first.starts_with(mine); }) &&
               host_.code("alice", kAlice) == (n % 2 == 0 ? "GRANT" : "NO_GRANT") &&
               host_.code("bob", kBob) == (n % 2 == 0 ? "NO_GRANT" : "GRANT");
    }

    std::mt19937 random_;
    std::uint64_t first_ = serial_now() - 20'000, last_ = 0;
    std::string issued_ = format_time(clock_now() - 60s), expires_ = format_time(clock_now() + 24h);
    GrantText grant_ = grant_now("", "alice");
    std::set<std::uint64_t> on_record_;
    DeliveryHost host_;
};

/** One grant of this account, signed by olivia. */
void deliver(const DeliveryHost& host, std::uint64_t serial, const std::string& user, const std::string& more = {}) {
    FileText text = header_now(serial);
    text.grants = grant_now("INC-" + std::to_string(serial), user).str();
    host.deliver(text.str() + more, host.olivia.sign(text.str() + more));
}

/** Waits, with the loop at rest, until the worker has opened the file. */
bool opened(const std::string& path) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) {
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code gone;
            if (std::filesystem::read_symlink(entry.path(), gone) == path) return true;
        }
    }
    return false;
}

/** Comments that take a while to read. */
std::string ballast() {
    std::string out;
    while (out.size() < 16U << 20) out += "#" + std::string(4000, 'x') + "\n";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TornDelivery)

BOOST_AUTO_TEST_CASE(a_file_taken_at_the_moment_of_a_kill_serves_and_is_on_record) {
    DeliveryHost host;
    const std::uint64_t serial = serial_now();
    deliver(host, serial - 10, "bob");
    host.reload();
    deliver(host, serial, "alice", ballast());
    host.begin_reload();
    BOOST_REQUIRE(opened(host.path("grants.toml")));
    host.kill();
    host.records.clear();
    std::filesystem::remove(host.path("grants.toml"));
    host.start();
    host.drain();
    BOOST_TEST(host.code("alice", kAlice) == "GRANT");
    BOOST_TEST(host.code("bob", kBob) == "NO_GRANT");
    BOOST_TEST(std::count(host.records.begin(), host.records.end(), "file.accepted " + std::to_string(serial)) == 1);
}

BOOST_AUTO_TEST_CASE(a_change_during_a_load_is_read_soon_also_when_that_load_will_be_tried_again) {
    DeliveryHost host(1s);
    const std::uint64_t serial = serial_now();
    deliver(host, serial + 3600, "bob", ballast());  // from the future: tried again after a minute
    host.begin_reload();
    BOOST_REQUIRE(opened(host.path("grants.toml")));
    deliver(host, serial, "alice");
    BOOST_TEST(host.until([&] { return host.state().file.code == "FAST_FORWARD"; }));
    BOOST_TEST(host.until([&] { return host.code("alice", kAlice) == "GRANT"; }));
}

BOOST_AUTO_TEST_CASE(s50_what_serves_is_the_old_file_or_the_new_one_never_a_mixture) {
    const int rounds = runs(300, 10'000);
    const std::uint32_t seed = std::random_device()();
    BOOST_TEST_CONTEXT("seed " << seed) {
        Deliveries deliveries(seed);
        int round = 0;
        for (; round < rounds; ++round) {
            BOOST_TEST_CONTEXT("round " << round) deliveries.round();
        }
        if (long_run()) {
            std::printf("long: %d deliveries in pieces, %zu readings and %zu restarts among them: old or new each time\n",
                        round, deliveries.reads, deliveries.restarts);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
