// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE window_matrix
#include <boost/test/unit_test.hpp>

#include "tests/support/grant_files.hpp"
#include "tests/support/world.hpp"

// Four windows decide on a grant of a file: that of the key, of the file, of the grant, and the moment of the check.
// Each edge of each is a second before, at and after the delivery, with every edge of the others.

using namespace jit::core;
using namespace jit::test;

namespace {

using Edge = std::optional<Usec>;  // from the delivery; none: not given

const std::vector<Edge> kOptional = {std::nullopt, -1s, 0s, 1s};
const std::vector<Edge> kBegins = {-1h, -1s, 0s, 1s}, kEnds = {-1s, 0s, 1s, 1h};

struct Windows {
    Edge key_from, key_until;
    Usec expires{}, from{}, until{};
};

std::optional<Wall> at(const Edge& edge) { return edge ? std::optional(kNow + *edge) : std::nullopt; }

/** The rule, said once more: first what refuses the file, then what the grant is worth `later`. */
std::string expected(const Windows& w, Usec later) {
    if ((w.key_from && *w.key_from > 0s) || (w.key_until && *w.key_until <= 0s)) return "KEY_WINDOW";
    if (w.expires <= 0s) return "EXPIRED";
    if (w.until <= w.from) return "FIELD";
    if (w.from >= w.expires) return "NO_GRANT";  // dropped: it would begin after its file
    const Usec end = std::min(w.until, w.expires);
    return later >= end ? "EXPIRED" : later < w.from ? "NOT_YET" : "GRANT";
}

std::string found(const Windows& w, Usec later) {
    Fleet fleet;
    fleet.trust.keys[0].not_before = at(w.key_from);
    fleet.trust.keys[0].not_after = at(w.key_until);
    FileText file;
    file.issued = format_time(kNow - 2h);
    file.expires = format_time(kNow + w.expires);
    GrantText grant;
    grant.not_before = format_time(kNow + w.from);
    grant.not_after = format_time(kNow + w.until);
    file.grants = grant.str();
    const auto loaded = fleet.load(file.str());
    if (!loaded) return loaded.error().code;
    World world;
    (void)world.step(FileEvent{*loaded, LoadMode::delivered, {}, true, false});
    (void)world.tick();
    world.pass(later);
    return world.code("alice");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(WindowMatrix)

BOOST_AUTO_TEST_CASE(s58_every_edge_of_every_window_against_every_other) {
    BOOST_REQUIRE((World().now.wall == kNow));
    int wrong = 0, all = 0;
    for (const Edge& key_from : kOptional) {
        for (const Edge& key_until : kOptional) {
            if (key_from && key_until && *key_until <= *key_from) continue;  // trust.toml is refused
            for (const Edge& expires : kEnds) {
                for (const Edge& from : kBegins) {
                    for (const Edge& until : kEnds) {
                        for (const Usec later : {Usec(0s), Usec(1s), Usec(2s)}) {
                            const Windows w{key_from, key_until, *expires, *from, *until};
                            ++all;
                            if (found(w, later) == expected(w, later)) continue;
                            ++wrong;
                            BOOST_TEST_MESSAGE(found(w, later) << " not " << expected(w, later));
                        }
                    }
                }
            }
        }
    }
    BOOST_TEST(all == 10 * 64 * 3);
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
