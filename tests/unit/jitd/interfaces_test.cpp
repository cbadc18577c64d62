// SPDX-License-Identifier: Apache-2.0
// What jitd introspects must be what data/ ships and documents: names, types and directions, in order.
#define BOOST_TEST_MODULE interfaces
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "common/names.hpp"
#include "tests/support/bus_pair.hpp"
#include "tests/support/served_gate.hpp"

using namespace jit::test;

namespace {

/** What the gate says of itself. */
struct Served {
    ServedGate gate;
    std::string xml;

    Served() {
        const auto client = bus_client(gate.connect().release());
        BOOST_REQUIRE(sd_bus_attach_event(client.get(), gate.loop.get(), 0) >= 0);
        const int r = sd_bus_call_method_async(client.get(), nullptr, nullptr, jit::kObjectPath,
                                               "org.freedesktop.DBus.Introspectable", "Introspect", on_reply, this, "");
        BOOST_REQUIRE(r >= 0);
        BOOST_REQUIRE(gate.loop.until([&] { return !xml.empty(); }));
        sd_bus_detach_event(client.get());
    }
    static int on_reply(sd_bus_message* m, void* self, sd_bus_error*) {
        const char* text = nullptr;
        static_cast<Served*>(self)->xml = sd_bus_message_read(m, "s", &text) > 0 ? text : "no answer";
        return 0;
    }
};

std::string attribute(const std::string& tag, const std::string& name) {
    const auto from = tag.find(" " + name + "=\"");
    if (from == std::string::npos) return "";
    const auto begin = from + name.size() + 3;
    return tag.substr(begin, tag.find('"', begin) - begin);
}

std::string between(const std::string& text, std::size_t from, const std::string& end) {
    return text.substr(from, text.find(end, from) - from);
}

/** The members of one interface in a line each: "method Revoke in:s:id in:s:reason ..."; comments are no members. */
std::vector<std::string> members(std::string xml, const std::string& interface) {
    for (auto at = xml.find("<!--"); at != std::string::npos; at = xml.find("<!--")) {
        xml.erase(at, between(xml, at, "-->").size() + 3);
    }
    const auto from = xml.find("<interface name=\"" + interface + "\"");
    BOOST_REQUIRE_MESSAGE(from != std::string::npos, "no interface " + interface);
    const auto body = between(xml, from, "</interface>");
    std::vector<std::string> out;
    std::string kind;
    for (auto at = body.find('<'); at != std::string::npos; at = body.find('<', at + 1)) {
        const auto tag = between(body, at, ">");
        const auto name = tag.substr(1, tag.find(' ') - 1);
        if (name == "arg") {
            const auto direction = attribute(tag, "direction");
            const auto of = !direction.empty() ? direction : kind == "method" ? "in" : "out";
            out.back() += " " + of + ":" + attribute(tag, "type") + ":" + attribute(tag, "name");
        } else if (name == "method" || name == "signal" || name == "property") {
            kind = name;
            out.push_back(kind + " " + attribute(tag, "name") + " " + attribute(tag, "type") + attribute(tag, "access"));
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string shipped(const std::string& name) {
    std::ifstream file(JIT_DATA_DIR "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Interfaces)

BOOST_AUTO_TEST_CASE(s28_jitd_serves_what_its_shipped_xml_says) {
    const Served served;
    for (const std::string interface : {jit::kManagerInterface, jit::kGateInterface}) {
        const auto is = members(served.xml, interface);
        const auto says = members(shipped(interface + ".xml"), interface);
        BOOST_TEST(is.size() >= 3);
        BOOST_CHECK_EQUAL_COLLECTIONS(is.begin(), is.end(), says.begin(), says.end());
    }
}

BOOST_AUTO_TEST_CASE(s28_the_bus_lets_those_methods_through_and_no_others) {
    const auto policy = shipped("org.jitd1.conf");
    std::vector<std::string> allowed, served;
    const std::string rule = "<allow send_destination=\"org.jitd1\" send_interface=\"";
    for (auto at = policy.find(rule); at != std::string::npos; at = policy.find(rule, at + 1)) {
        const auto tag = between(policy, at, ">");
        allowed.push_back(attribute(tag, "send_interface") + "." + attribute(tag, "send_member"));
    }
    for (const auto& member : members(shipped("org.jitd1.Manager.xml"), jit::kManagerInterface)) {
        if (member.starts_with("method ")) {
            served.push_back(std::string(jit::kManagerInterface) + "." + between(member, 7, " "));
        }
    }
    const std::string standard = "org.freedesktop.DBus.";
    for (const auto* name : {"Introspectable.Introspect", "Peer.Ping", "Properties.Get", "Properties.GetAll"}) {
        served.push_back(standard + name);
    }
    std::sort(allowed.begin(), allowed.end());
    std::sort(served.begin(), served.end());
    BOOST_CHECK_EQUAL_COLLECTIONS(allowed.begin(), allowed.end(), served.begin(), served.end());
    std::size_t allows = 0;
    for (auto at = policy.find("<allow "); at != std::string::npos; at = policy.find("<allow ", at + 1)) ++allows;
    BOOST_TEST(allows == allowed.size() + 1);  // and the name, for jitd
}

BOOST_AUTO_TEST_CASE(s30_no_method_for_people_takes_a_path_or_a_descriptor) {
    for (const auto& member : members(shipped("org.jitd1.Manager.xml"), jit::kManagerInterface)) {
        for (auto at = member.find(" in:"); at != std::string::npos; at = member.find(" in:", at + 1)) {
            const auto type = between(member, at + 4, ":");
            BOOST_TEST((type == "s" || type == "t" || type == "a{sv}"), member);
            const auto name = between(member, at + 5 + type.size(), " ");
            for (const auto* word : {"path", "file", "fd"}) BOOST_TEST(name.find(word) == std::string::npos, member);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
