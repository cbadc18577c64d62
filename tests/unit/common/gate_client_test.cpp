// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE gate_client
#include "common/gate_client.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <vector>

#include "tests/support/fake_peer.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::test;

namespace {

constexpr std::int64_t kShortMsec = 300;
constexpr std::int64_t kSlackMsec = 150;  // a loaded machine

struct Fixture {
    TempDir dir;
    std::string path = dir.path("gate");
    PeerAddress address{path.c_str(), ::geteuid()};

    struct Outcome {
        int result;
        std::int64_t msec;
    };

    static int fill_text(sd_bus_message* m, const void* text) {
        return sd_bus_message_append(m, "s", static_cast<const char*>(text));
    }
    static int fill_descriptor(sd_bus_message* m, const void* fd) {
        return sd_bus_message_append(m, "sa{sv}ah", "x", 0, 1, *static_cast<const int*>(fd));
    }
    Outcome ask(GateCall call, std::int64_t msec = kShortMsec) const {
        GateClient client(address);
        MessagePtr reply;
        const auto start = std::chrono::steady_clock::now();
        const int r = client.call(call, Deadline::in_msec(msec), reply);
        const auto spent = std::chrono::steady_clock::now() - start;
        return {r, std::chrono::duration_cast<std::chrono::milliseconds>(spent).count()};
    }
    Outcome ask(std::int64_t msec = kShortMsec) const {
        return ask({"Close", fill_text, "0123"}, msec);
    }
    void expect_deadline(const Outcome& outcome, std::int64_t msec = kShortMsec) const {
        BOOST_TEST(outcome.result == -ETIMEDOUT);
        BOOST_TEST(outcome.msec >= msec - 1);
        BOOST_TEST(outcome.msec <= msec + kSlackMsec);
    }
};

OnCall answer() {
    return [](sd_bus_message* call, const SeenCall&) {
        return sd_bus_reply_method_return(call, nullptr);
    };
}
OnCall die() {
    return [](sd_bus_message*, const SeenCall&) { return -1; };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(GateClientTest, Fixture)

BOOST_AUTO_TEST_CASE(an_answer_arrives) {
    FakePeer gate(path, {serve(answer())});
    BOOST_TEST(ask().result == 0);
    BOOST_TEST(gate.calls().at(0).member == "Close");
    BOOST_TEST(gate.calls().at(0).first == "0123");
}

BOOST_AUTO_TEST_CASE(one_connection_carries_several_calls) {
    FakePeer gate(path, {serve(answer())});
    GateClient client(address);
    MessagePtr reply;
    const Deadline deadline = Deadline::in_msec(kShortMsec);
    BOOST_TEST(client.connect(deadline) == 0);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(client.call({"Close", fill_text, "x"}, deadline, reply) == 0);
    BOOST_TEST(gate.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(connecting_does_not_wait_for_jitd_to_speak) {
    for (const auto& slow : {silent(), drip()}) {
        FakePeer gate(path, {slow});
        GateClient client(address);
        const Deadline late = Deadline::in_msec(50);
        BOOST_TEST(client.connect(Deadline::in_msec(kShortMsec)) == 0);
        BOOST_TEST(!late.passed());
        MessagePtr reply;
        BOOST_TEST(client.call({"Close", fill_text, "x"}, Deadline::in_msec(kShortMsec), reply) ==
                   -ETIMEDOUT);
        ::unlink(path.c_str());
    }
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_along) {
    FakePeer gate(path, {serve(answer())});
    const Fd fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    const int number = fd.get();
    BOOST_TEST(ask({"Attach", fill_descriptor, &number}).result == 0);
    BOOST_TEST(gate.calls().at(0).descriptors == 1U);
}

BOOST_AUTO_TEST_CASE(an_error_reply_is_told_from_a_broken_connection) {
    FakePeer gate(path, {serve([](sd_bus_message* call, const SeenCall&) {
                      return sd_bus_reply_method_errorf(call, "org.jitd1.Error.Revoked", "over");
                  })});
    GateClient client(address);
    MessagePtr reply;
    BOOST_TEST(client.call({"Close", fill_text, "x"}, Deadline::in_msec(kShortMsec), reply) ==
               -EREMOTEIO);
    BOOST_TEST(sd_bus_message_is_method_error(reply.get(), "org.jitd1.Error.Revoked") == 1);
    BOOST_TEST(gate.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_listening_fails_at_once) {
    auto outcome = ask();
    BOOST_TEST(outcome.result == -ENOENT);
    BOOST_TEST(outcome.msec < 100);
    { FakePeer gone(path, {silent()}); }
    outcome = ask();
    BOOST_TEST(outcome.result == -ECONNREFUSED);
    BOOST_TEST(outcome.msec < 100);
}

BOOST_AUTO_TEST_CASE(s11_a_stuck_peer_costs_the_deadline) {
    const std::vector<OnConnection> stuck = {
        silent(), drip(), silent_after_auth(), endless_signals(), close_at_once(), serve(die())};
    for (std::size_t i = 0; i < stuck.size(); ++i) {
        BOOST_TEST_CONTEXT("script " << i) {
            FakePeer gate(path, {stuck[i]});
            expect_deadline(ask());
            const Fd fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
            const int number = fd.get();
            expect_deadline(ask({"Attach", fill_descriptor, &number}));
        }
        ::unlink(path.c_str());
    }
}

BOOST_AUTO_TEST_CASE(s11_the_product_deadline_holds) {
    FakePeer gate(path, {silent_after_auth()});
    expect_deadline(ask(3000), 3000);
}

BOOST_AUTO_TEST_CASE(garbage_fails_at_once) {
    FakePeer gate(path, {garbage()});
    const auto outcome = ask();
    BOOST_TEST(outcome.result < 0);
    BOOST_TEST(outcome.result != -ETIMEDOUT);
    BOOST_TEST(outcome.msec < 100);
}

BOOST_AUTO_TEST_CASE(a_full_backlog_is_retried_until_the_deadline) {
    const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    BOOST_REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    BOOST_REQUIRE(::listen(listener.get(), 0) == 0);
    std::vector<Fd> waiting;
    int r = 0;
    while (r == 0) {
        waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        r = ::connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
    BOOST_REQUIRE(errno == EAGAIN);
    expect_deadline(ask());
}

BOOST_AUTO_TEST_CASE(the_next_jitd_is_asked_the_same_when_one_dies_in_the_call) {
    FakePeer gate(path, {serve(die()), close_at_once(), serve(answer())});
    BOOST_TEST(ask().result == 0);
    BOOST_TEST(gate.connections() == 3U);
    const auto calls = gate.calls();
    BOOST_REQUIRE(calls.size() == 2U);
    BOOST_TEST((calls[0] == calls[1]));
}

BOOST_AUTO_TEST_CASE(s41_a_socket_of_somebody_else_is_refused) {
    FakePeer gate(path, {serve(answer())});
    address.uid = ::geteuid() + 1;
    BOOST_TEST(ask().result == -EPERM);
    BOOST_TEST(gate.calls().size() == 0U);
}

BOOST_AUTO_TEST_CASE(s41_a_folder_others_may_write_is_refused) {
    FakePeer gate(path, {serve(answer())});
    for (const mode_t mode : {0720U, 0702U, 0777U}) {
        ::chmod(dir.path().c_str(), mode);
        BOOST_TEST(ask().result == -EPERM);
    }
    ::chmod(dir.path().c_str(), 0711);
    BOOST_TEST(ask().result == 0);
    BOOST_REQUIRE(::symlink(dir.path().c_str(), (dir.path() + ".link").c_str()) == 0);
    const std::string link = dir.path() + ".link/gate";
    address.path = link.c_str();
    BOOST_TEST(ask().result == -ENOTDIR);
    ::unlink((dir.path() + ".link").c_str());
}

BOOST_AUTO_TEST_CASE(s12_a_dying_peer_raises_no_sigpipe) {
    ::signal(SIGPIPE, SIG_DFL);
    FakePeer gate(path, {close_at_once()});
    for (int i = 0; i < 200; ++i) BOOST_TEST(ask(5).result == -ETIMEDOUT);
}

BOOST_AUTO_TEST_CASE(a_path_too_long_is_refused) {
    const std::string longest = dir.path() + "/" + std::string(200, 'x');
    address.path = longest.c_str();
    BOOST_TEST(ask().result == -ENAMETOOLONG);
}

BOOST_AUTO_TEST_SUITE_END()
