// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE recordings
#include "jitd/recordings.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "core/record.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_loop.hpp"
#include "trail/digest.hpp"
#include "trail/recording_path.hpp"

using namespace jit;
using namespace jit::daemon;
using namespace jit::test;

namespace {

struct Fixture {
    TempDir dir;
    Environment environment;
    TestLoop loop;
    Worker worker;
    Recordings recordings{environment, worker};
    std::vector<core::Recorded> found;

    Fixture() {
        environment.recordings_dir = dir.path();
        BOOST_REQUIRE(worker.start(loop.get()).has_value());
    }
    void look_at(const std::string& recording) {
        recordings.look_at("s1", recording, [this](const core::Recorded& one) { found.push_back(one); });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(TestRecordings, Fixture)

BOOST_AUTO_TEST_CASE(a_long_recording_is_read_in_parts_to_its_end) {
    dir.write("alice/00/00/01/ttyout", std::string(40U << 20, 'x'));
    look_at("alice/00/00/01");
    look_at("alice/00/00/01");  // twice while it is being read: once
    BOOST_REQUIRE(loop.until([&] { return !found.empty(); }));
    BOOST_TEST(found.at(0).problem.empty());
    BOOST_TEST(found.at(0).bytes == 40U << 20);
    BOOST_TEST((found.at(0).sha256 == trail::digest_of(dir.path("alice/00/00/01"))->sha256));
    look_at("alice/00/00/01");
    BOOST_REQUIRE(loop.until([&] { return found.size() == 2; }));
}

BOOST_AUTO_TEST_CASE(one_that_is_gone_says_so) {
    look_at("alice/00/00/02");
    BOOST_REQUIRE(loop.until([&] { return !found.empty(); }));
    BOOST_TEST(found.at(0).problem.find("alice/00/00/02: No such file") != std::string::npos);
    BOOST_TEST((found.at(0).code == core::Code::recording));
}

BOOST_AUTO_TEST_CASE(one_that_is_there_and_can_not_be_read_is_not_gone) {
    for (std::size_t i = 0; i <= trail::kMostFiles; ++i) dir.write("alice/00/00/03/" + std::to_string(i), "");
    dir.write("alice/00/00/04", "no folder");
    for (const auto* recording : {"alice/00/00/03", "alice/00/00/04"}) {
        found.clear();
        look_at(recording);
        BOOST_REQUIRE(loop.until([&] { return !found.empty(); }));
        BOOST_TEST((!found.at(0).problem.empty() && found.at(0).code == core::Code::unavailable), recording);
    }
}

BOOST_AUTO_TEST_CASE(a_path_stays_below_its_folder) {
    for (const auto* good : {"alice/00/00/01", "a..b/00/00/01"}) BOOST_TEST(trail::is_recording(good), good);
    for (const auto* bad : {"", "/etc", "../etc", "a/../../etc", "..", "a/..", "a b", "a\nb", "a\x1b[0m"}) BOOST_TEST(!trail::is_recording(bad), bad);
    BOOST_TEST(!trail::is_recording(std::string(256, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
