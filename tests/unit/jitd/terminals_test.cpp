// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE terminals
#include "jitd/terminals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "common/handle.hpp"

using namespace jit;
using namespace jit::daemon;

namespace {

/** A pseudo terminal of this process, as a person's that takes messages. */
struct Fixture {
    Fd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    std::string name;
    Fd slave;

    Fixture() {
        BOOST_REQUIRE(master);
        BOOST_REQUIRE(::grantpt(master.get()) == 0);
        BOOST_REQUIRE(::unlockpt(master.get()) == 0);
        char path[64];
        BOOST_REQUIRE(::ptsname_r(master.get(), path, sizeof path) == 0);
        name = path;
        slave = Fd(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
        BOOST_REQUIRE(slave);
        mesg(0620);
    }
    void mesg(mode_t mode) const { BOOST_REQUIRE(::fchmod(slave.get(), mode) == 0); }
    [[nodiscard]] std::string shown() const {
        pollfd ready{master.get(), POLLIN, 0};
        if (::poll(&ready, 1, 0) != 1) return "";
        char text[512];
        const auto n = ::read(master.get(), text, sizeof text);
        return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Terminals, Fixture)

BOOST_AUTO_TEST_CASE(a_person_is_told_on_their_own_terminal) {
    tell_terminal("/dev/pts", name, ::getuid(), "your session ends");
    BOOST_TEST(shown().find("*** jit: your session ends\r") != std::string::npos);
    tell_terminal("/dev/pts", name.substr(5), ::getuid(), "as su names it");
    BOOST_TEST(shown().find("as su names it") != std::string::npos);
    tell_terminal("/dev/pts", name, ::getuid(), "a\x1b[2Jb\nc");
    BOOST_TEST(shown().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_takes_no_messages_or_has_gone_is_not) {
    tell_terminal("/dev/pts", name, ::getuid() + 1, "the terminal is somebody else's by now");
    mesg(0600);
    tell_terminal("/dev/pts", name, ::getuid(), "mesg n");
    mesg(0620);
    for (const auto* other : {"", "ssh", ":0", "/dev/pts/../pts/0", "/dev/pts/", "/dev/tty1", "/dev/pts/999999"})
        tell_terminal("/dev/pts", other, ::getuid(), "no terminal");
    BOOST_TEST(shown() == "");
}

BOOST_AUTO_TEST_SUITE_END()
