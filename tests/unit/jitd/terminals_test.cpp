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
    Terminals terminals{"/dev/pts"};

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
    [[nodiscard]] core::Session session() const { return session_on(name); }
    [[nodiscard]] static core::Session session_on(std::string tty) {
        core::Session out;
        out.id = "1";
        out.uid = ::getuid();
        out.tty = std::move(tty);
        return out;
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

BOOST_FIXTURE_TEST_SUITE(TestTerminals, Fixture)

BOOST_AUTO_TEST_CASE(a_person_is_told_on_their_own_terminal) {
    terminals.tell(session(), "your session ends");
    BOOST_TEST(shown().find("*** jit: your session ends\r") != std::string::npos);
    terminals.tell(session_on(name.substr(5)), "as su names it");
    BOOST_TEST(shown().find("as su names it") != std::string::npos);
    terminals.tell(session(), "a\x1b[2Jb\nc");
    BOOST_TEST(shown().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_takes_no_messages_or_has_gone_is_not) {
    auto other = session();
    other.uid += 1;
    terminals.tell(other, "the terminal is somebody else's by now");
    mesg(0600);
    terminals.keep(session());
    terminals.tell(session(), "mesg n");
    mesg(0620);
    for (const auto* none : {"", "ssh", ":0", "/dev/pts/../pts/0", "/dev/pts/", "/dev/tty1", "/dev/pts/999999"})
        terminals.tell(session_on(none), "no terminal");
    BOOST_TEST(shown() == "");
}

BOOST_AUTO_TEST_CASE(what_took_messages_when_the_session_began_is_told_whatever_a_profile_does) {
    terminals.keep(session());
    mesg(0600);
    terminals.tell(session(), "ends in 1min");
    BOOST_TEST(shown().find("ends in 1min") != std::string::npos);
    terminals.forget("1");
    terminals.tell(session(), "ends in 1min");
    BOOST_TEST(shown() == "");
    terminals.adopt("1", Fd(::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)));
    terminals.tell(session(), "after a restart");
    BOOST_TEST(shown().find("after a restart") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_terminal_that_hung_up_or_is_full_holds_nobody_up) {
    terminals.keep(session());
    for (int i = 0; i < 2000; ++i) terminals.tell(session(), "full");
    master = Fd();
    terminals.tell(session(), "gone");
}

BOOST_AUTO_TEST_SUITE_END()
