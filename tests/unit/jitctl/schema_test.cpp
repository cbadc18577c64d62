// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE schema
#include "jitctl/schema.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "common/handle.hpp"
#include "jitctl/bus_json.hpp"

using namespace jit;
using namespace jit::ctl;

namespace {

/** A message that never leaves: written, sealed, read again. */
struct Loop {
    Loop() {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) ==
                      0);
        other.reset(ends[1]);
        sd_bus* raw = nullptr;
        BOOST_REQUIRE(sd_bus_new(&raw) >= 0);
        bus.reset(raw);
        BOOST_REQUIRE(sd_bus_set_fd(raw, ends[0], ends[0]) >= 0);
        BOOST_REQUIRE(sd_bus_start(raw) >= 0);
        sd_bus_message* m = nullptr;
        BOOST_REQUIRE(sd_bus_message_new_method_call(raw, &m, nullptr, "/x", "x.y", "Z") >= 0);
        message.reset(m);
    }
    Json read() {
        BOOST_REQUIRE(sd_bus_message_seal(message.get(), 1, 0) >= 0);
        Json out;
        BOOST_REQUIRE(read_all(message.get(), out) >= 0);
        return out;
    }
    Fd other;
    BusPtr bus;
    MessagePtr message;
};

std::vector<std::string> names(const Json& object) {
    std::vector<std::string> out;
    for (const auto& [key, value] : object.items()) out.push_back(key);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(BusJson)

BOOST_FIXTURE_TEST_CASE(a_dictionary_of_every_type_is_an_object, Loop) {
    BOOST_REQUIRE(sd_bus_message_append(message.get(), "sa{sv}", "grant", 7, "s", "s", "text", "b",
                                        "b", 1, "u", "u", 4294967295U, "t", "t", UINT64_MAX, "as",
                                        "as", 2, "x", "y", "labels", "a{ss}", 1, "environment",
                                        "production", "empty", "aa{sv}", 0) >= 0);
    const Json expected = Json::parse(R"(["grant", {"s": "text", "b": true, "u": 4294967295,
        "t": 18446744073709551615, "as": ["x", "y"], "labels": {"environment": "production"}, "empty": []}])");
    BOOST_TEST((read() == expected));
}

BOOST_FIXTURE_TEST_CASE(lists_of_dictionaries_nest, Loop) {
    BOOST_REQUIRE(sd_bus_message_append(message.get(), "aa{sv}", 2, 1, "id", "s", "a", 1, "file",
                                        "a{sv}", 1, "serial", "t", std::uint64_t{7}) >= 0);
    BOOST_TEST((read() == Json::parse(R"([[{"id": "a"}, {"file": {"serial": 7}}]])")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Schema)

BOOST_AUTO_TEST_CASE(fields_come_in_the_documented_order_and_absent_is_null) {
    const Json grant = shaped(Kind::grant, {{"role", "root"}, {"id", "x"}, {"made_up", 1}});
    const std::vector<std::string> expected = {
        "id",     "origin",          "account",        "uid",     "role",  "services",
        "run_as", "not_before_usec", "not_after_usec", "state",   "code",  "reason",
        "ticket", "approvers",       "keys",           "request", "serial"};
    BOOST_TEST(names(grant) == expected);
    BOOST_TEST((grant["id"] == "x"));
    BOOST_TEST(grant["uid"].is_null());
    BOOST_TEST((grant["services"] == Json::array()));
}

BOOST_AUTO_TEST_CASE(a_request_has_the_documented_fields_in_their_order) {
    const Json request = shaped(Kind::request, {{"text", "x"}, {"id", "r"}, {"made_up", 1}, {"needed", 2U}});
    const std::vector<std::string> expected = {
        "id",       "account",    "uid",        "role",         "duration_usec", "start_usec", "reason",
        "ticket",   "state",      "rule",       "needed",       "approvals",     "created_usec", "expires_usec",
        "grant",    "kind",       "approvers",  "denied_by",    "denied_reason", "last",       "text"};
    BOOST_TEST(names(request) == expected);
    BOOST_TEST((request["needed"] == 2U));
    BOOST_TEST((request["approvals"] == Json::array()));
    BOOST_TEST((request["approvers"] == Json::array()));
    BOOST_TEST(request["last"].is_null());
}

BOOST_AUTO_TEST_CASE(what_a_request_holds_is_shaped_too) {
    const Json request = shaped(Kind::request, {{"approvals", {{{"principal", "olivia"}, {"made_up", 1}}, "olivia"}},
                                                {"last", {{"sessions", 2U}, {"targets", {"root", 7}}}}});
    BOOST_TEST(request["approvals"].size() == 1U);
    BOOST_TEST(names(request["approvals"][0]) ==
               (std::vector<std::string>{"principal", "account", "via", "time_usec", "duration_usec", "reason"}));
    BOOST_TEST(names(request["last"]) ==
               (std::vector<std::string>{"grant", "role", "state", "reason", "not_before_usec", "not_after_usec", "sessions",
                                         "terminated", "first_usec", "last_usec", "targets"}));
    BOOST_TEST((request["last"]["targets"] == Json({"root"})));
}

BOOST_AUTO_TEST_CASE(roles_status_and_explain_tell_of_requests) {
    BOOST_TEST(names(shaped(Kind::role, Json::object())) ==
               (std::vector<std::string>{"role", "description", "services", "run_as", "max_duration_usec", "max_extension_usec",
                                         "rule", "approval", "approvers", "approvals", "reason", "ticket", "hours",
                                         "auto_limit"}));
    const Json status = shaped(Kind::status, {{"breakglass", {{{"id", "g"}}}}, {"requests", {{{"id", "r"}}}}});
    BOOST_TEST((status["breakglass"][0]["origin"] == nullptr));
    BOOST_TEST(names(status["requests"][0]).size() == fields(Kind::request).size());
    BOOST_TEST((shaped(Kind::explain, {{"request", "r"}})["request"] == "r"));
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_is_null_so_that_readers_can_rely_on_types) {
    const Json status = shaped(
        Kind::status, {{"host", "db-01"}, {"elevated", "yes"}, {"grants", {1, {{"id", "x"}}}}});
    BOOST_TEST(status["host"].is_null());
    BOOST_TEST(status["elevated"].is_null());
    BOOST_TEST(status["grants"].size() == 1U);
    BOOST_TEST((status["grants"][0]["id"] == "x"));
}

BOOST_AUTO_TEST_CASE(every_kind_has_fields_without_doubles) {
    for (const Kind kind : {Kind::grant, Kind::request, Kind::approval, Kind::last, Kind::role, Kind::session, Kind::host,
                            Kind::file, Kind::status, Kind::explain, Kind::revoked, Kind::lock, Kind::locked}) {
        BOOST_TEST(!fields(kind).empty());
        BOOST_TEST(names(shaped(kind, Json::object())).size() == fields(kind).size());
    }
}

BOOST_AUTO_TEST_CASE(the_version_comes_first) {
    BOOST_TEST((versioned({{"version", "x"}})["version"] == kSchemaVersion));
    BOOST_TEST(names(versioned({{"id", "x"}})) == (std::vector<std::string>{"version", "id"}));
}

BOOST_AUTO_TEST_CASE(accessors_take_what_is_there) {
    const Json object = {
        {"id", "x"}, {"n", nullptr}, {"t", std::uint64_t{7}}, {"l", {"a", "b"}}, {"b", true}};
    BOOST_TEST(text_of(object, "id") == "x");
    BOOST_TEST(text_of(object, "n").empty());
    BOOST_TEST(text_of(Json(nullptr), "id").empty());
    BOOST_TEST(number_of(object, "t").value_or(0) == 7U);
    BOOST_TEST(!number_of(object, "id").has_value());
    BOOST_TEST(texts_of(object, "l").size() == 2U);
    BOOST_TEST(flag_of(object, "b"));
    BOOST_TEST(!flag_of(object, "id"));
}

BOOST_AUTO_TEST_SUITE_END()
