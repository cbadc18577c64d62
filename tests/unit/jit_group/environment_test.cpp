// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE group_environment
#include "jit_group/environment.hpp"

#include <boost/test/unit_test.hpp>

#include "pam_jit/environment.hpp"

BOOST_AUTO_TEST_SUITE(Time)

BOOST_AUTO_TEST_CASE(s11_plugin_and_account_line_together_leave_sudo_half_a_second_of_the_three) {
    const auto plugin = jit::group::environment();
    const auto module = jit::pam::environment();
    BOOST_TEST(plugin.msec == 750);
    BOOST_TEST(plugin.msec + module.account_msec <= 2500);
    BOOST_TEST(module.session_msec <= 2500);
    BOOST_TEST(plugin.gate.path == module.gate.path);
    BOOST_TEST(plugin.gate.uid == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
