// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE approval_text
#include "core/approval_text.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

Request request(const World& world) {
    Request out;
    out.id = std::string(32, 'a');
    out.account = "alice-adm";
    out.uid = 1011;
    out.role = "root";
    out.duration = 30min;
    out.reason = "INC-1 d\xc3\xa9j\xc3\xa0 vu: \"quoted\"";
    out.ticket = "INC-1";
    out.created = world.now.wall;
    out.expires = world.now.wall + 1h;
    return out;
}

std::string printed(const World& world, const Request& asked) {
    return approval_text(asked, world.state, world.config, asked.duration).text();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TextToSign)

BOOST_AUTO_TEST_CASE(it_says_who_what_where_how_long_and_why) {
    World world;
    world.config.trust.org = "example";
    BOOST_TEST(printed(world, request(world)) ==
               "jit-approval/1\norg: example\nhost: 11111111111111111111111111111111 db-01\n"
               "request: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\naccount: 1011 alice-adm\nperson: alice\nrole: root\nseconds: 1800\n"
               "start: when approved\nextends: -\nreason: INC-1 d\xc3\xa9j\xc3\xa0 vu: \"quoted\"\nticket: INC-1\n"
               "requested: 2026-11-22T12:00:00Z\napprove-before: 2026-11-22T13:00:00Z\ndecision: approve\n");
}

BOOST_AUTO_TEST_CASE(it_is_read_back_to_the_byte_from_whatever_was_pasted) {
    World world;
    auto asked = request(world);
    for (int round = 0; round < 8; ++round) {
        asked.kind = round % 2 == 0 ? RequestKind::role : RequestKind::breakglass;
        if (round == 2) {
            asked.kind = RequestKind::extension;
            asked.grant = std::string(32, 'b');
        }
        if (round == 4) asked.start = world.now.wall + 90min;
        if (round == 5) asked.ticket.clear();
        if (round == 6) world.config.host.name.clear();
        const auto text = printed(world, asked);
        std::string indented = "$ jitctl show\r\n  whatever\n";
        for (const char c : text) indented += c == '\n' ? std::string("  \r\n\t ") : std::string(1, c);
        indented += "$ ";
        for (const auto& pasted : {text, indented, "   " + indented + text}) {
            const auto read = parse_approval_text(pasted);
            BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
            BOOST_TEST(read->text() == text);
            BOOST_TEST(read->ns() == (asked.kind == RequestKind::breakglass ? "jit-breakglass@v1" : "jit-approval@v1"));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_all_there_is_refused) {
    World world;
    const auto text = printed(world, request(world));
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at) {
        ++lines;
        const auto begin = text.rfind('\n', at - 1) + 1;
        auto without = text;
        without.erase(begin, at + 1 - begin);
        BOOST_TEST(!parse_approval_text(without).has_value(), without);
        BOOST_TEST(!parse_approval_text(text.substr(0, at - 1)).has_value());
        auto twice = text;
        twice.insert(begin, text.substr(begin, at + 1 - begin));
        const bool inside = begin != 0 && at + 1 < text.size();  // what follows the last line is no part of it
        if (inside) BOOST_TEST(!parse_approval_text(twice).has_value(), twice);
    }
    BOOST_TEST(lines == 15);
    BOOST_TEST(!parse_approval_text("").has_value());
    BOOST_TEST(!parse_approval_text("seconds: 1").has_value());
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"seconds: 1800", "seconds: 0"},
                                   {"seconds: 1800", "seconds: 1e3"}, {"1011 alice-adm", "alice-adm"},
                                   {"requested: 2026", "requested: soon"}, {"INC-1 d", "INC-1 \x1b[2J"},
                                   {"INC-1 d", "INC-1 \xe2\x80\xae"}, {"decision: approve", "decision: break-glass"},
                                   {"jit-approval/1", "jit-approval/2"}}) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        BOOST_TEST(!parse_approval_text(changed).has_value(), changed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
