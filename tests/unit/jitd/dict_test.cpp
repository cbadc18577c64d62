// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE dict
#include "jitd/dict.hpp"

#include <boost/test/unit_test.hpp>

#include "core/text.hpp"
#include "jitd/reply.hpp"
#include "tests/support/bus_pair.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;

namespace {

using Fill = std::function<void(sd_bus_message*)>;

struct Wire {
    int fds[2];
    jit::BusPtr bus;

    Wire() {
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        bus = bus_client(fds[0]);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire() { ::close(fds[1]); }

    Result<Dict> read(const std::function<int(sd_bus_message*)>& fill, Foreign foreign = Foreign::refuse) const {
        const auto m = message(bus.get(), fill);
        return Dict::read(m.get(), foreign);
    }
    /** Of the entries that `fill` appends. */
    Result<Dict> entries(const Fill& fill, Foreign foreign = Foreign::refuse) const {
        const auto whole = [&](sd_bus_message* m) {
            BOOST_REQUIRE(sd_bus_message_open_container(m, 'a', "{sv}") >= 0);
            fill(m);
            return sd_bus_message_close_container(m);
        };
        return read(whole, foreign);
    }
};

std::string code(const Result<Dict>& dict) { return dict ? "" : dict.error().code; }

void text(sd_bus_message* m, const std::string& key, const std::string& value) {
    BOOST_REQUIRE(sd_bus_message_append(m, "{sv}", key.c_str(), "s", value.c_str()) >= 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ReadDict)

BOOST_AUTO_TEST_CASE(values_of_the_five_types_are_read) {
    const Wire wire;
    const auto dict = wire.entries([](sd_bus_message* m) {
        text(m, "s", "alice");
        sd_bus_message_append(m, "{sv}", "b", "b", 1);
        sd_bus_message_append(m, "{sv}", "u", "u", 4294967295U);
        sd_bus_message_append(m, "{sv}", "t", "t", UINT64_MAX);
        sd_bus_message_append(m, "{sv}", "ay", "ay", 3, 1, 0, 255);
    });
    BOOST_REQUIRE(dict.has_value());
    BOOST_TEST(dict->text("s") == "alice");
    BOOST_TEST(dict->get<bool>("b").value());
    BOOST_TEST(dict->get<std::uint32_t>("u").value() == 4294967295U);
    BOOST_TEST(dict->get<std::uint64_t>("t").value() == UINT64_MAX);
    BOOST_TEST((dict->get<std::vector<unsigned char>>("ay") == std::vector<unsigned char>{1, 0, 255}));
}

BOOST_AUTO_TEST_CASE(an_empty_dictionary_has_nothing) {
    const Wire wire;
    const auto dict = wire.entries([](sd_bus_message*) {});
    BOOST_REQUIRE(dict.has_value());
    BOOST_TEST(dict->text("s").empty());
    BOOST_TEST(!dict->get<bool>("b").has_value());
    BOOST_TEST(dict->only({}).has_value());
    BOOST_TEST(dict->typed("s", 's').has_value());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_is_not_there_and_can_be_refused) {
    const Wire wire;
    const auto fill = [](sd_bus_message* m) {
        sd_bus_message_append(m, "{sv}", "uid", "t", std::uint64_t{1001});
        sd_bus_message_append(m, "{sv}", "i", "i", -1);
        sd_bus_message_append(m, "{sv}", "as", "as", 1, "x");
        sd_bus_message_append(m, "{sv}", "v", "v", "s", "nested");
        sd_bus_message_append(m, "{sv}", "d", "a{sv}", 0);
        text(m, "last", "still read");
    };
    BOOST_TEST(code(wire.entries(fill)) == "InvalidArgument");  // a client sends no such types
    const auto dict = wire.entries(fill, Foreign::skip);        // the bus may
    BOOST_REQUIRE(dict.has_value());
    BOOST_TEST(!dict->get<std::uint32_t>("uid").has_value());
    BOOST_TEST(dict->typed("uid", 'u').error().code == "InvalidArgument");
    BOOST_TEST(dict->typed("uid", 't').has_value());
    for (const auto* key : {"i", "as", "v", "d"}) {
        BOOST_TEST(!dict->typed(key, 's').has_value());
        BOOST_TEST(!dict->typed(key, 'b').has_value());
        BOOST_TEST(!dict->get<std::string>(key).has_value());
    }
    BOOST_TEST(dict->text("last") == "still read");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_where_the_contract_says_so) {
    const Wire wire;
    const auto dict = wire.entries([](sd_bus_message* m) {
        text(m, "ticket", "INC-1");
        text(m, "tickets", "INC-1");
    });
    BOOST_REQUIRE(dict.has_value());
    BOOST_TEST(dict->only({"ticket", "tickets"}).has_value());
    BOOST_TEST(dict->only({"ticket"}).error().code == "InvalidArgument");
    BOOST_TEST(!dict->only({}).has_value());
}

BOOST_AUTO_TEST_CASE(a_key_given_twice_is_refused) {
    const Wire wire;
    BOOST_TEST(code(wire.entries([](sd_bus_message* m) {
                   text(m, "uid", "1");
                   text(m, "uid", "0");
               })) == "InvalidArgument");
}

BOOST_AUTO_TEST_CASE(s33_entries_and_lengths_are_bounded) {
    const Wire wire;
    const auto many = [&](int n) {
        return code(wire.entries([&](sd_bus_message* m) {
            for (int i = 0; i < n; ++i) text(m, "k" + std::to_string(i), "x");
        }));
    };
    BOOST_TEST(many(64).empty());
    BOOST_TEST(many(65) == "InvalidArgument");
    const auto sized = [&](std::size_t key, std::size_t value) {
        return code(wire.entries([&](sd_bus_message* m) { text(m, std::string(key, 'k'), std::string(value, 'v')); }));
    };
    BOOST_TEST(sized(4096, 4096).empty());
    BOOST_TEST(sized(4097, 1) == "InvalidArgument");
    BOOST_TEST(sized(1, 4097) == "InvalidArgument");
    BOOST_TEST(code(wire.entries([](sd_bus_message* m) {  // each is small enough, all together are not
                   for (const auto* key : {"a", "b", "c"}) text(m, key, std::string(2731, 'v'));
               })) == "InvalidArgument");
    const auto bytes = [&](std::size_t n) {
        return code(wire.entries([&](sd_bus_message* m) {
            const std::vector<unsigned char> data(n, 7);
            sd_bus_message_open_container(m, 'e', "sv");
            sd_bus_message_append(m, "s", "nonce");
            sd_bus_message_open_container(m, 'v', "ay");
            sd_bus_message_append_array(m, 'y', data.data(), data.size());
            sd_bus_message_close_container(m);
            sd_bus_message_close_container(m);
        }));
    };
    BOOST_TEST(bytes(4096).empty());
    BOOST_TEST(bytes(4097) == "InvalidArgument");
}

BOOST_AUTO_TEST_CASE(what_is_no_dictionary_is_refused) {
    const Wire wire;
    BOOST_TEST(code(wire.read([](sd_bus_message* m) { return sd_bus_message_append(m, "s", "x"); })) ==
               "InvalidArgument");
    BOOST_TEST(code(wire.read([](sd_bus_message* m) { return sd_bus_message_append(m, "a{ss}", 0); })) ==
               "InvalidArgument");
    BOOST_TEST(code(wire.read([](sd_bus_message*) { return 0; })) == "InvalidArgument");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Refuse)

BOOST_AUTO_TEST_CASE(s42_s35_a_word_of_the_callers_comes_back_as_clean_text) {
    // Cut in the middle of a character it would be no UTF-8, and sd-bus would send another error instead.
    const Wire wire;
    for (const auto& word : {std::string(63, 'k') + "\u00e9", std::string("\u001b]52;c;\u0007\u202e\u200b\u009b\n")}) {
        const auto dict = wire.entries([&](sd_bus_message* m) { text(m, word, "x"); });
        BOOST_REQUIRE(dict.has_value());
        const auto refused = dict->only({});
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST(is_clean(error_text(refused.error())));
        BOOST_TEST(error_text(refused.error()).starts_with("unknown key "));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(WriteDict)

BOOST_AUTO_TEST_CASE(what_is_written_reads_back_and_empty_values_are_absent) {
    const Wire wire;
    const auto dict = wire.read([](sd_bus_message* m) {
        return append_dict(m, [](DictWriter& out) {
            out.text("s", "alice").text("none", "").time("at", Wall(Usec(42))).time("never", Wall{});
            out.number("n", 0).small("u", 7).flag("yes", true).flag("no", false);
            out.list("words", {"a", "b"});
        });
    }, Foreign::skip);
    BOOST_REQUIRE(dict.has_value());
    BOOST_TEST(dict->text("s") == "alice");
    BOOST_TEST(dict->get<std::uint64_t>("at").value() == 42);
    BOOST_TEST(dict->get<std::uint64_t>("n").value() == 0);
    BOOST_TEST(dict->get<std::uint32_t>("u").value() == 7);
    BOOST_TEST(dict->get<bool>("yes").value());
    BOOST_TEST(!dict->get<bool>("no").value());
    BOOST_TEST(dict->only({"s", "at", "n", "u", "yes", "no", "words"}).has_value());
}

BOOST_AUTO_TEST_CASE(lists_keep_their_words_and_an_empty_one_is_a_list) {
    const Wire wire;
    const auto m = message(wire.bus.get(), [](sd_bus_message* out) {
        return append_dict(out, [](DictWriter& dict) { dict.list("words", {"a", "b"}).list("none", {}); });
    });
    BOOST_REQUIRE(sd_bus_message_enter_container(m.get(), 'a', "{sv}") > 0);
    const char *key = nullptr, *first = nullptr, *second = nullptr;
    BOOST_REQUIRE(sd_bus_message_read(m.get(), "{sv}", &key, "as", 2, &first, &second) > 0);
    BOOST_TEST(std::string(key) == "words");
    BOOST_TEST(std::string(first) + second == "ab");
    BOOST_TEST(sd_bus_message_read(m.get(), "{sv}", &key, "as", 0) > 0);
    BOOST_TEST(std::string(key) == "none");
    BOOST_TEST(sd_bus_message_at_end(m.get(), 0) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
