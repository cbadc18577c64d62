// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE digest
#include "trail/digest.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "core/record.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::test;

namespace {

std::string hex(const TempDir& dir) {
    const auto digest = trail::digest_of(dir.path());
    BOOST_REQUIRE(digest.has_value());
    return core::to_hex(digest->sha256.data(), digest->sha256.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TrailDigest)

BOOST_AUTO_TEST_CASE(it_is_over_names_sizes_and_contents_in_order) {
    const TempDir dir;
    dir.write("timing", "1 0.5 2\n");
    dir.write("log", "x");
    const auto digest = trail::digest_of(dir.path());
    BOOST_REQUIRE(digest.has_value());
    BOOST_TEST(digest->bytes == 9);
    // printf 'log\0\1\0\0\0\0\0\0\0xtiming\0\10\0\0\0\0\0\0\0001 0.5 2\n' | sha256sum
    BOOST_TEST(core::to_hex(digest->sha256.data(), 32) ==
               "4468e7b75894ffef542f2912a157540d139559af1e20325016a1f3b75c2553cd");
}

BOOST_AUTO_TEST_CASE(every_change_is_another_digest) {
    const TempDir dir;
    dir.write("ttyout", "hello");
    dir.write("timing", "1");
    const auto first = hex(dir);
    dir.write("ttyout", "hellO");
    BOOST_TEST(hex(dir) != first);
    dir.write("ttyout", "hello");
    BOOST_TEST(hex(dir) == first);
    dir.write("ttyout2", "");
    BOOST_TEST(hex(dir) != first);
}

BOOST_AUTO_TEST_CASE(in_parts_it_is_the_same) {
    const TempDir dir;
    dir.write("a", std::string(200'000, 'a'));
    dir.write("b", "");
    dir.write("c", std::string(70'000, 'c'));
    auto digester = trail::Digester::open(dir.path());
    BOOST_REQUIRE(digester.has_value());
    int parts = 1;
    for (;; ++parts) {
        const auto over = digester->read(1000);
        BOOST_REQUIRE(over.has_value());
        if (*over) break;
    }
    BOOST_TEST(parts >= 270);
    const auto digest = digester->finish();
    BOOST_TEST(core::to_hex(digest.sha256.data(), 32) == hex(dir));
}

BOOST_AUTO_TEST_CASE(links_folders_and_fifos_are_left_out_and_do_not_stop_it) {
    const TempDir dir;
    dir.write("timing", "1");
    const auto before = hex(dir);
    BOOST_REQUIRE(::symlink("/etc/passwd", dir.path("link").c_str()) == 0);
    BOOST_REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
    BOOST_REQUIRE(::mkdir(dir.path("folder").c_str(), 0700) == 0);
    BOOST_TEST(hex(dir) == before);
}

BOOST_AUTO_TEST_CASE(what_would_take_days_is_not_read) {
    const TempDir dir;
    dir.write("ttyout", "");
    auto digester = trail::Digester::open(dir.path());
    BOOST_REQUIRE(digester.has_value());
    BOOST_REQUIRE(::truncate(dir.path("ttyout").c_str(), static_cast<off_t>(trail::kMostBytes + 1)) == 0);
    const auto read = digester->read(1);
    BOOST_REQUIRE(!read.has_value());
    BOOST_TEST(read.error().code == "UNREADABLE");
    BOOST_TEST(read.error().text.ends_with(": larger than 4 GiB"));
    const TempDir many;
    for (std::size_t i = 0; i <= trail::kMostFiles; ++i) many.write(std::to_string(i), "");
    BOOST_TEST(trail::digest_of(many.path()).error().text.ends_with(": more than 64 files"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_gone_is_missing) {
    const TempDir dir;
    const auto digest = trail::digest_of(dir.path("none"));
    BOOST_REQUIRE(!digest.has_value());
    BOOST_TEST(digest.error().code == "MISSING");
}

BOOST_AUTO_TEST_SUITE_END()
