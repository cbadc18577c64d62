// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE loop
#include "jitd/loop.hpp"

#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <new>
#include <string>

#include "common/handle.hpp"
#include "jitd/clock.hpp"
#include "tests/support/test_loop.hpp"

using namespace jit;
using namespace jit::daemon;
using namespace jit::test;

namespace {

/** How a process ends that does this as jitd would: its wait status, and what it said. */
struct Ended {
    int status = 0;
    std::string said;
};

Ended ended(void (*act)()) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const pid_t pid = ::fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        (void)::dup2(ends[1], STDERR_FILENO);
        std::set_terminate(give_up);
        act();
        ::_exit(0);
    }
    (void)::close(ends[1]);
    const Fd read_end(ends[0]);
    Ended out;
    char text[512];
    for (ssize_t n = 0; (n = ::read(read_end.get(), text, sizeof text)) > 0;) out.said.append(text, static_cast<std::size_t>(n));
    BOOST_REQUIRE(::waitpid(pid, &out.status, 0) == pid);
    return out;
}

void watch_that_throws() {
    TestLoop loop;
    const Fd fd(::eventfd(1, EFD_CLOEXEC));
    Watch watch;
    if (watch.start(loop.get(), fd.get(), EPOLLIN, kPriorityGate, [](std::uint32_t) { throw std::bad_alloc(); }) < 0) return;
    for (int turn = 0; turn < 3; ++turn) (void)sd_event_run(loop.get(), 0);
}

void timer_that_throws() {
    TestLoop loop;
    Timer timer;
    if (timer.init(loop.get(), CLOCK_MONOTONIC, kPriorityTimer, [] { throw 1; }) < 0) return;
    timer.arm(monotonic());
    for (int turn = 0; turn < 3; ++turn) (void)sd_event_run(loop.get(), 1'000'000);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Loop)

BOOST_AUTO_TEST_CASE(what_a_callback_throws_ends_the_process_and_not_only_its_source) {
    for (const auto act : {watch_that_throws, timer_that_throws}) {
        const auto out = ended(act);
        BOOST_TEST(WIFEXITED(out.status));
        BOOST_TEST(WEXITSTATUS(out.status) == 1);
        BOOST_TEST(out.said.find("<2>jitd: internal error: ") == 0);
    }
    BOOST_TEST(ended(watch_that_throws).said.find("bad_alloc") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_call_throws_is_an_error_of_that_call) {
    BOOST_TEST(guarded([]() -> int { throw std::bad_alloc(); }) == -EIO);
    BOOST_TEST(guarded([] { return 7; }) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
