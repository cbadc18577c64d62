// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE guesses
#include <boost/test/unit_test.hpp>

#include "jitd/guesses.hpp"

using jit::core::Boot;
using jit::core::Usec;
using jit::daemon::Guesses;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(GuessesOfTokens)

BOOST_AUTO_TEST_CASE(who_guesses_waits_a_minute) {
    Guesses guesses;
    const Boot now{1h};
    for (std::size_t n = 1; n < Guesses::kFree; ++n) BOOST_TEST(!guesses.note(1001, now));
    BOOST_TEST((guesses.wait(1001, now) == Usec{}));
    BOOST_TEST(guesses.note(1001, now));
    BOOST_TEST((guesses.wait(1001, now) == Guesses::kWindow));
    BOOST_TEST((guesses.wait(1001, now + 60s) == Usec{}));
    BOOST_TEST((guesses.wait(1002, now) == Usec{}));
}

BOOST_AUTO_TEST_CASE(many_accounts_that_guess_make_nobody_else_wait) {
    Guesses guesses;
    Boot now{1h};
    for (std::uint32_t uid = 100000; uid < 102000; ++uid) BOOST_TEST(!guesses.note(uid, now += 1ms));
    BOOST_TEST((guesses.wait(0, now) == Usec{}));
    BOOST_TEST((guesses.wait(1001, now) == Usec{}));
    for (std::size_t n = 0; n < Guesses::kFree; ++n) (void)guesses.note(1001, now += 1ms);
    BOOST_TEST((guesses.wait(1001, now) > Usec{}));
}

BOOST_AUTO_TEST_SUITE_END()
