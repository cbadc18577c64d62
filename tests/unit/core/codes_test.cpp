// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE codes
#include "core/codes.hpp"

#include <boost/test/unit_test.hpp>

#include "core/grant.hpp"

using namespace jit::core;

BOOST_AUTO_TEST_SUITE(Codes)

BOOST_AUTO_TEST_CASE(every_code_has_a_name_of_its_own_that_reads_back) {
    for (int i = 0; i <= static_cast<int>(Code::permissive); ++i) {
        const auto code = static_cast<Code>(i);
        const auto back = code_from(to_string(code));
        BOOST_TEST((back && *back == code), to_string(code));
    }
    BOOST_TEST(!code_from("no_grant").has_value());
    BOOST_TEST(!code_from("").has_value());
}

BOOST_AUTO_TEST_CASE(three_codes_allow_and_no_other) {
    for (int i = 0; i <= static_cast<int>(Code::permissive); ++i) {
        const auto code = static_cast<Code>(i);
        const bool expected =
            code == Code::grant || code == Code::exempt || code == Code::permissive;
        BOOST_TEST(allows(code) == expected, to_string(code));
    }
    BOOST_TEST(!allows(Code{}));
    BOOST_TEST(!allows(static_cast<Code>(99)));
}

BOOST_AUTO_TEST_CASE(error_names_are_in_camel_case) {
    BOOST_TEST(camel_case("NO_GRANT") == "NoGrant");
    BOOST_TEST(camel_case("EXPIRED") == "Expired");
    BOOST_TEST(camel_case("").empty());
}

BOOST_AUTO_TEST_CASE(origins_are_named_as_in_json) {
    BOOST_TEST(to_string(Origin::file) == "file");
    BOOST_TEST(to_string(Origin::breakglass) == "breakglass");
}

BOOST_AUTO_TEST_SUITE_END()
