// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE search_index
#include "jitctl/recording/search_index.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/jitctl/recording/io_log.hpp"

using namespace jit;
using namespace jit::ctl::recording;
using jit::test::IoLog;

namespace {

struct Cache {
    test::TempDir dir;
    std::string folder = dir.path("cache");
    std::string file = folder + "/search.sqlite";

    /** "SESSION: LINE|" for each hit. */
    std::string find(const std::vector<Indexed>& recordings, const std::string& text) const {
        auto index = SearchIndex::open(folder);
        BOOST_REQUIRE_MESSAGE(index.has_value(), (index ? "" : index.error().text));
        const auto updated = index->update(recordings);
        BOOST_REQUIRE_MESSAGE(updated.has_value(), (updated ? "" : updated.error().text));
        const auto hits = index->find(text);
        BOOST_REQUIRE_MESSAGE(hits.has_value(), (hits ? "" : hits.error().text));
        std::string out;
        for (const auto& hit : *hits) out += hit.session + ": " + hit.line + "|";
        return out;
    }
    /** "SESSION: WHAT|" for each. */
    std::string damaged() const {
        std::string out;
        const auto found = SearchIndex::open(folder)->damaged();
        BOOST_REQUIRE(found.has_value());
        for (const auto& one : *found) out += one.session + ": " + one.what + "|";
        return out;
    }
};

IoLog& showing(IoLog& log, const std::string& text) {
    return log.file("ttyout", text).file("timing", "4 0.5 " + std::to_string(text.size()) + "\n");
}

}  // namespace

BOOST_AUTO_TEST_CASE(any_part_of_a_line_is_found_whatever_the_case) {
    const Cache cache;
    IoLog one, two;
    showing(one, "root:x:0:0:root:/root:/bin/bash\r\nPASSWORD=\"hunter2\" \xc3\x84rger\r\n");
    showing(two, "\033[1mpass\033[0mword: none\r\n");
    const std::vector<Indexed> both = {{"s1", one.path()}, {"s2", two.path()}};
    BOOST_TEST(cache.find(both, "/bin/b") == "s1: root:x:0:0:root:/root:/bin/bash|");
    BOOST_TEST(cache.find(both, "password") == "s1: PASSWORD=\"hunter2\" \xc3\x84rger|s2: password: none|");
    BOOST_TEST(cache.find(both, "=\"h") == "s1: PASSWORD=\"hunter2\" \xc3\x84rger|");
    BOOST_TEST(cache.find(both, "\xc3\xa4rg") == "s1: PASSWORD=\"hunter2\" \xc3\x84rger|");
    for (const char* text : {"nowhere", "pass OR none", "pass*", "line: x", "NEAR(", "'; DROP TABLE lines; --", "\"\"\"", "AND", "^root"})
        BOOST_TEST(cache.find(both, text) == "");
}

BOOST_AUTO_TEST_CASE(streams_do_not_mix_in_a_line) {
    const Cache cache;
    IoLog log;
    log.file("stdout", "hello\n").file("stderr", "oops\n").file("timing", "1 0.1 3\n2 0.1 2\n1 0.1 3\n2 0.1 3\n");
    BOOST_TEST(cache.find({{"s", log.path()}}, "hello") == "s: hello|");
    BOOST_TEST(cache.find({{"s", log.path()}}, "oops") == "s: oops|");
}

BOOST_AUTO_TEST_CASE(the_time_of_a_line_is_when_it_ended) {
    const Cache cache;
    IoLog log;
    log.file("stdout", "onetwo\n").file("timing", "1 0.5 3\n1 1.25 4\n");
    auto index = SearchIndex::open(cache.folder);
    BOOST_REQUIRE(index->update({{"s", log.path()}}).has_value());
    BOOST_TEST(index->find("onetwo")->front().at.count() == 1'750'000);
}

BOOST_AUTO_TEST_CASE(what_grew_is_read_again_what_did_not_is_not_and_what_is_gone_is_forgotten) {
    const Cache cache;
    IoLog one, two;
    showing(one, "first line\n");
    showing(two, "second line\n");
    const std::vector<Indexed> both = {{"s1", one.path()}, {"s2", two.path()}};
    BOOST_TEST(cache.find(both, "line") == "s1: first line|s2: second line|");

    struct stat before {};
    BOOST_REQUIRE(::stat((two.path() + "/ttyout").c_str(), &before) == 0);
    two.file("ttyout", "altered line");
    const timespec times[2] = {before.st_atim, before.st_mtim};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, (two.path() + "/ttyout").c_str(), times, 0) == 0);
    showing(one, "first line\nthird line\n");
    BOOST_TEST(cache.find(both, "third") == "s1: third line|");
    BOOST_TEST(cache.find(both, "first") == "s1: first line|");
    BOOST_TEST(cache.find(both, "altered") == "");

    BOOST_TEST(cache.find({both[1]}, "line") == "s2: second line|");
    BOOST_TEST(cache.find(both, "line") == "s2: second line|s1: first line|s1: third line|");
}

BOOST_AUTO_TEST_CASE(a_cache_that_is_lost_or_broken_is_made_again) {
    const Cache cache;
    IoLog log;
    showing(log, "a line\n");
    const std::vector<Indexed> all = {{"s", log.path()}};
    BOOST_TEST(cache.find(all, "line") == "s: a line|");
    BOOST_REQUIRE(::unlink(cache.file.c_str()) == 0);
    BOOST_TEST(cache.find(all, "line") == "s: a line|");
    for (const std::size_t size : {0U, 1U, 4096U}) {
        std::ofstream(cache.file, std::ios::trunc) << std::string(size, 'x');
        BOOST_TEST(cache.find(all, "line") == "s: a line|");
    }
}

BOOST_AUTO_TEST_CASE(it_is_its_owners_alone) {
    const Cache cache;
    IoLog log;
    BOOST_TEST(cache.find({{"s", log.path()}}, "xyz") == "");
    struct stat found {};
    BOOST_REQUIRE(::stat(cache.folder.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0700U);
    BOOST_REQUIRE(::stat(cache.file.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0600U);
    BOOST_REQUIRE(::chmod(cache.folder.c_str(), 0755) == 0);
    BOOST_TEST(SearchIndex::open(cache.folder).error().code == "UNREADABLE");
}

BOOST_AUTO_TEST_CASE(a_damaged_recording_has_the_lines_before_is_named_and_stops_nobody) {
    const Cache cache;
    IoLog good, bad, unknown;
    showing(good, "a line\n");
    bad.file("ttyout", "first line\nsecond").file("timing", "4 0.1 11\ngarbage\n");
    showing(unknown, "other line\n").file("log.json", "{");
    const std::vector<Indexed> all = {{"s1", bad.path()}, {"s2", "/nonexistent"}, {"s3", good.path()}, {"s4", unknown.path()}};
    const std::string damaged = "s1: " + bad.path() + "/timing: not a line of sudo's I/O log|s2: /nonexistent/timing: No such file or directory|"
                                "s4: " + unknown.path() + "/log.json: not a JSON object|";
    for (int i = 0; i < 2; ++i) {  // also when it is known already
        BOOST_TEST(cache.find(all, "line") == "s1: first line|s3: a line|s4: other line|");
        BOOST_TEST(cache.damaged() == damaged);
    }
    unknown.file("log.json", "{}");
    BOOST_TEST(cache.find({all[2], all[3]}, "other") == "s4: other line|");
    BOOST_TEST(cache.damaged() == "");
}
