// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE scope
#include "common/scope.hpp"

#include <errno.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_peer.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::test;

namespace {

constexpr char kId[] = "0123456789abcdef0123456789abcdef";

CgroupPath cgroup(const std::string& text) {
    CgroupPath out;
    BOOST_REQUIRE(out.set(text.c_str()));
    return out;
}

struct Fixture {
    TempDir dir;
    std::string path = dir.path("systemd");
    std::string file = dir.path("cgroup");
    SessionId id;
    Deadline deadline = Deadline::in_msec(300);
    Fixture() { BOOST_REQUIRE(id.set(kId)); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ScopeTest, Fixture)

BOOST_AUTO_TEST_CASE(only_32_lower_case_hex_digits_are_a_session_id) {
    BOOST_TEST(is_session_id(kId));
    for (const char* bad :
         {"", "0123", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcde",
          "0123456789abcdef0123456789abcdef0", "0123456789abcdef0123456789abcde/"})
        BOOST_TEST(!is_session_id(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_session_is_found_only_in_a_scope_of_jit_slice_from_the_root) {
    const std::string scope = "/jit.slice/jit-" + std::string(kId) + ".scope";
    SessionId found;
    for (const std::string& good : {scope, scope + "/sub", scope + "/"}) {
        BOOST_TEST(session_of(cgroup(good), found));
        BOOST_TEST(found.c_str() == kId);
    }
    for (const std::string& bad :
         {std::string("/"), "/user.slice/user-1001.slice/user@1001.service" + scope, scope + "x",
          std::string("/jit.slice/jit-") + kId, std::string("/jit.slice/jit-") + kId + "0.scope",
          std::string("/jit.slice/jit-0123.scope")})
        BOOST_TEST(!session_of(cgroup(bad), found), bad);
}

BOOST_AUTO_TEST_CASE(the_unified_hierarchy_is_read_from_a_hybrid_file) {
    CgroupPath found;
    dir.write("cgroup", "9:name=systemd:/a\n1:cpu:/b\n0::/jit.slice\n");
    BOOST_TEST(own_cgroup(file.c_str(), found) == 0);
    BOOST_TEST(found.c_str() == "/jit.slice");
    dir.write("cgroup", "9:name=systemd:/a\n");
    BOOST_TEST(own_cgroup(file.c_str(), found) == -ENODATA);
    dir.write("cgroup", "0::/" + std::string(600, 'x') + "\n");
    BOOST_TEST(own_cgroup(file.c_str(), found) == -ENAMETOOLONG);
    dir.write("cgroup", std::string(5000, 'x'));
    BOOST_TEST(own_cgroup(file.c_str(), found) == -ENOBUFS);
    BOOST_TEST(own_cgroup(dir.path("none").c_str(), found) == -ENOENT);
}

BOOST_AUTO_TEST_CASE(a_scope_is_started_with_all_it_needs_to_be_ended) {
    FakePeer systemd(path, {serve([](sd_bus_message* call, const SeenCall&) {
                         return sd_bus_reply_method_return(call, "o", "/job/1");
                     })});
    PeerBus bus;
    BOOST_TEST(bus.connect({path.c_str(), ::geteuid()}, deadline) == 0);
    BOOST_TEST(start_scope(bus, {id, 60'000'000, 1'500'000}, deadline) == 0);
    const SeenCall call = systemd.calls().at(0);
    BOOST_TEST(call.member == "StartTransientUnit");
    BOOST_TEST(call.first == "jit-" + std::string(kId) + ".scope");
    auto values = call.values;
    BOOST_TEST(values["PIDs"] == std::to_string(::getpid()));
    BOOST_TEST(values["Slice"] == "jit.slice");
    BOOST_TEST(values["Delegate"] == "1");
    BOOST_TEST(values["SendSIGHUP"] == "1");
    BOOST_TEST(values["TimeoutStopUSec"] == "1500000");
    BOOST_TEST(values["RuntimeMaxUSec"] == "60000000");
    BOOST_TEST(values["CollectMode"] == "inactive-or-failed");
    BOOST_TEST(values["Wants"] == "jit-end@" + std::string(kId) + ".socket");
    BOOST_TEST(values.size() == 9U);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_systemd_is_an_error) {
    FakePeer systemd(path, {serve([](sd_bus_message* call, const SeenCall&) {
                         return sd_bus_reply_method_errorf(
                             call, "org.freedesktop.systemd1.UnitExists", "x");
                     })});
    PeerBus bus;
    BOOST_TEST(bus.connect({path.c_str(), ::geteuid()}, deadline) == 0);
    BOOST_TEST(start_scope(bus, {id, 1, 1}, deadline) == -EREMOTEIO);
    BOOST_TEST(join_scope(bus, id, deadline) == -EREMOTEIO);
}

BOOST_AUTO_TEST_CASE(waiting_for_the_scope_ends_at_the_deadline) {
    CgroupPath found;
    dir.write("cgroup", "0::/user.slice\n");
    BOOST_TEST(await_scope(file.c_str(), id, deadline, found) == -ETIMEDOUT);
    dir.write("cgroup", "0::/jit.slice/jit-" + std::string(kId) + ".scope\n");
    BOOST_TEST(await_scope(file.c_str(), id, deadline, found) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
