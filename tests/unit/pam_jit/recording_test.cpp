// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE recording
#include "pam_jit/recording.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "common/handle.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::pam;
using namespace jit::test;

namespace {

struct Fixture {
    TempDir dir;
    std::string root = dir.path("jit-io");

    Fixture() { dir.write("jit-io/alice/00/00/01/ttyout", ""); }
    [[nodiscard]] std::string found() const {
        Environment env{};
        env.fd_dir = "/proc/self/fd";
        env.recordings_dir = root.c_str();
        return find_recording(env).c_str();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(TestRecording, Fixture)

BOOST_AUTO_TEST_CASE(the_log_that_is_open_for_writing) {
    BOOST_TEST(found() == "");
    const Fd log(::open((root + "/alice/00/00/01/ttyout").c_str(), O_WRONLY | O_CLOEXEC));
    BOOST_TEST(found() == "alice/00/00/01");
}

BOOST_AUTO_TEST_CASE(what_is_read_only_elsewhere_or_removed_is_none) {
    const Fd reading(::open((root + "/alice/00/00/01/ttyout").c_str(), O_RDONLY | O_CLOEXEC));
    const Fd other(::open(dir.write("jit-io/alice/00/00/01/timing", "").c_str(), O_WRONLY | O_CLOEXEC));
    const Fd near(::open(dir.write("jit-io2/alice/ttyout", "").c_str(), O_WRONLY | O_CLOEXEC));
    const Fd top(::open(dir.write("jit-io/ttyout", "").c_str(), O_WRONLY | O_CLOEXEC));
    BOOST_TEST(found() == "");
    const Fd log(::open((root + "/alice/00/00/01/ttyout").c_str(), O_WRONLY | O_CLOEXEC));
    BOOST_TEST(found() == "alice/00/00/01");
    BOOST_REQUIRE(::unlink((root + "/alice/00/00/01/ttyout").c_str()) == 0);
    BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_SUITE_END()
