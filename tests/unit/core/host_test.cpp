// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE host
#include "core/host.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::core;

namespace {

bool matches(std::vector<std::string> terms, const Host& host) {
    const auto patterns = HostPatterns::parse(terms);
    return patterns && patterns->match(host);
}

const Host kDb = {"db-01", {{"environment", "production"}, {"tier", "db"}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(HostToml)

BOOST_AUTO_TEST_CASE(name_and_labels_are_read) {
    const auto host =
        parse_host("name = \"db-01\"\n[labels]\nenvironment = \"production\"\n\"a/b\" = \"x:y\"\n",
                   "host.toml");
    BOOST_REQUIRE(host.has_value());
    BOOST_TEST(host->name == "db-01");
    BOOST_TEST(host->labels.size() == 2U);
    BOOST_TEST(host->labels.at("environment") == "production");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused_with_its_place) {
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"", "host.toml:1:"},
        {"nam = \"x\"\n", "host.toml:1:1: nam: is an unknown key"},
        {"name = \"\"\n", "host.toml:1:8: name: is no host name"},
        {"name = \"a*\"\n", "host.toml:1:8: name: "},
        {"name = 5\n", "host.toml:1:8: name: is a whole number; must be text"},
        {"name = \"x\"\n[labels]\nk = \"*\"\n", "host.toml:3:5: k: "},
        {"name = \"x\"\n[labels]\nk = 1\n", "host.toml:3:5: k: is a whole number"},
        {"name = \"x\"\n[labels]\n\"k=\" = \"v\"\n", "host.toml:3:8: k=: is no label key"},
        {"name = \"x\"\n[label]\nk = \"v\"\n", "host.toml:2:2: label: is an unknown key"},
        {"name = \"x\"\nname = \"y\"\n", "host.toml:2:"},
        {"name = \"x\"\nlabels = 1\n", "host.toml:2:10: labels: is a whole number"},
    };
    for (const auto& [text, message] : bad) {
        const auto host = parse_host(text, "host.toml");
        BOOST_REQUIRE_MESSAGE(!host.has_value(), text);
        BOOST_TEST(host.error().text.starts_with(message), host.error().text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Patterns)

BOOST_AUTO_TEST_CASE(terms_are_alternatives_and_commas_conditions) {
    BOOST_TEST(matches({"*"}, kDb));
    BOOST_TEST(matches({"db-*"}, kDb));
    BOOST_TEST(matches({"db-0?"}, kDb));
    BOOST_TEST(matches({"web-*", "environment=production,tier=db"}, kDb));
    BOOST_TEST(matches({"db-*,tier=d*"}, kDb));
    BOOST_TEST(!matches({"db-*,tier=web"}, kDb));
    BOOST_TEST(!matches({"web-*", "environment=staging"}, kDb));
    BOOST_TEST(!matches({"DB-01"}, kDb));
    BOOST_TEST(!matches({"rack=*"}, kDb));
    BOOST_TEST(!HostPatterns().match(kDb));
}

BOOST_AUTO_TEST_CASE(without_a_name_only_the_lone_star_matches) {
    BOOST_TEST(matches({"*"}, Host{}));
    BOOST_TEST(!matches({"**"}, Host{}));
    BOOST_TEST(!matches({"*,tier=*"}, Host{}));
    BOOST_TEST(!matches({"db-*"}, Host{}));
}

BOOST_AUTO_TEST_CASE(malformed_terms_are_refused) {
    for (const char* term : {"", ",", "a,", ",a", "a,,b", "=v", "k=", "k=v=w", "a b", "a;b", "a\n",
                             "k*=v", "(a)", "ä", "a,k="}) {
        const auto patterns = HostPatterns::parse({"*", term});
        BOOST_REQUIRE_MESSAGE(!patterns.has_value(), term);
        BOOST_TEST(patterns.error().code == "FIELD");
    }
    BOOST_TEST(!HostPatterns::parse({}).has_value());
}

BOOST_AUTO_TEST_CASE(globs_know_star_and_question_mark_only) {
    BOOST_TEST(glob_match("", ""));
    BOOST_TEST(!glob_match("", "a"));
    BOOST_TEST(glob_match("a*b*c", "aXXbYYc"));
    BOOST_TEST(!glob_match("a*b*c", "aXXbYY"));
    BOOST_TEST(glob_match("*a", "aaa"));
    BOOST_TEST(!glob_match("?", ""));
    BOOST_TEST(!glob_match("[ab]", "a"));
    BOOST_TEST(glob_match("a**", "a"));
}

BOOST_AUTO_TEST_CASE(a_hostile_glob_takes_no_exponential_time) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a";
    BOOST_TEST(!glob_match(pattern + "*b", std::string(2000, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
