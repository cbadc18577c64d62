// SPDX-License-Identifier: Apache-2.0
// Calls that nobody would make, to every method, and frames that are none, in one process with the real gate: built
// with -Db_sanitize=address,undefined it finds what a machine survives by luck.
#define BOOST_TEST_MODULE hostile_calls
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "common/names.hpp"
#include "tests/support/bus_pair.hpp"
#include "tests/support/long_run.hpp"
#include "tests/support/served_gate.hpp"

using namespace jit::test;

namespace {

using Message = sd_bus_message;

struct Method {
    const char* interface;
    const char* member;
    const char* signature;
};

// Not Reload, which has no files here to read.
constexpr Method kMethods[] = {
    {jit::kGateInterface, "Check", "a{sv}"},          {jit::kGateInterface, "Attach", "sa{sv}ah"},
    {jit::kGateInterface, "Close", "s"},              {jit::kManagerInterface, "GetStatus", "a{sv}"},
    {jit::kManagerInterface, "Revoke", "ssa{sv}"},    {jit::kManagerInterface, "RevokeUser", "ssa{sv}"},
    {jit::kManagerInterface, "RevokeAll", "sa{sv}"},  {jit::kManagerInterface, "RevokeSession", "ssa{sv}"},
    {jit::kManagerInterface, "Lock", "ssa{sv}"},      {jit::kManagerInterface, "ListLocks", "a{sv}"},
    {jit::kManagerInterface, "ListGrants", "a{sv}"},  {jit::kManagerInterface, "ListSessions", "a{sv}"},
    {jit::kManagerInterface, "Show", "sa{sv}"},       {"org.freedesktop.DBus.Properties", "Get", "ss"},
    {"org.freedesktop.DBus.Properties", "Set", "ssv"}, {"org.freedesktop.DBus.Introspectable", "Introspect", ""},
};

const std::vector<std::string> kWords = {
    "", "alice", "root", "sudo", "0123456789abcdef0123456789abcdef", "account", "session", "scope", "\x1b]52;c;\x07",
    "\u202e\u200b", std::string(63, 'k') + "\u00e9", std::string(1025, 'r'), std::string(5000, 'r'), "x\nJIT_EVENT=x", "%s%n"};
const std::vector<std::string> kKeys = {"v", "nonce", "phase", "service", "uid", "account", "target", "tty", "session",
                                        "user", "all", "ticket", "start_usec", "loginuid", "permissive", "\u00fc"};

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    const std::string& word() { return kWords[below(kWords.size())]; }

    void dict(Message* m) {
        (void)sd_bus_message_open_container(m, 'a', "{sv}");
        for (auto n = below(20) == 0 ? 70 : below(8); n > 0; --n) {
            (void)sd_bus_message_open_container(m, 'e', "sv");
            (void)sd_bus_message_append(m, "s", kKeys[below(kKeys.size())].c_str());
            variant(m, 0);
            (void)sd_bus_message_close_container(m);
        }
        (void)sd_bus_message_close_container(m);
    }

    void variant(Message* m, int depth) {
        const char* const types[] = {"s", "u", "t", "b", "ay", "as", "v", "a{sv}"};
        const auto* type = types[below(depth > 20 ? 6 : 8)];
        (void)sd_bus_message_open_container(m, 'v', type);
        if (std::strcmp(type, "s") == 0) (void)sd_bus_message_append(m, "s", word().c_str());
        if (std::strcmp(type, "u") == 0) (void)sd_bus_message_append(m, "u", static_cast<std::uint32_t>(random_()));
        if (std::strcmp(type, "t") == 0) (void)sd_bus_message_append(m, "t", std::uint64_t{random_()} << below(33));
        if (std::strcmp(type, "b") == 0) (void)sd_bus_message_append(m, "b", static_cast<int>(below(2)));
        if (std::strcmp(type, "as") == 0) (void)sd_bus_message_append(m, "as", 2, "a", "b");
        if (std::strcmp(type, "v") == 0) variant(m, depth + 1);
        if (std::strcmp(type, "a{sv}") == 0) (void)sd_bus_message_append(m, "a{sv}", 1, "x", "s", "y");
        if (std::strcmp(type, "ay") == 0) {
            const std::vector<unsigned char> bytes(below(4) == 0 ? 5000 : 16, 7);
            (void)sd_bus_message_append_array(m, 'y', bytes.data(), bytes.size());
        }
        (void)sd_bus_message_close_container(m);
    }

    void arguments(Message* m, std::string_view signature) {
        for (std::size_t i = 0; i < signature.size(); ++i) {
            if (signature[i] == 's') (void)sd_bus_message_append(m, "s", word().c_str());
            if (signature[i] == 'v') variant(m, 0);
            if (signature.substr(i, 2) == "ah") {
                (void)sd_bus_message_append(m, "ah", 3, STDIN_FILENO, STDIN_FILENO, STDIN_FILENO);
                return;
            }
            if (signature.substr(i, 5) == "a{sv}") {
                dict(m);
                i += 4;
            }
        }
    }

    std::string spoilt(std::string data) {
        for (auto n = 1 + below(8); n > 0; --n) {
            data[below(data.size())] = static_cast<char>(below(3) == 0 ? 0xFF : below(256));
        }
        if (below(4) == 0) data.resize(below(data.size()));
        return data;
    }

  private:
    std::mt19937 random_;
};

std::string in_hex(const std::string& text) {
    std::string out;
    for (const char c : text) out += {'3', c};  // of digits
    return out;
}

int on_reply(Message*, void* count, sd_bus_error*) {
    ++*static_cast<int*>(count);
    return 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HostileCalls)

BOOST_AUTO_TEST_CASE(s34_every_call_is_answered) {
    ServedGate gate;
    Generator generator(34);
    const auto client = bus_client(gate.connect().release());
    BOOST_REQUIRE(sd_bus_attach_event(client.get(), gate.loop.get(), 0) >= 0);
    const int calls = runs(3'000, 100'000);
    int answers = 0;
    for (int sent = 0; sent < calls;) {
        for (int n = 0; n < 20 && sent < calls; ++n) {
            const auto& method = kMethods[generator.below(std::size(kMethods))];
            const auto& other = kMethods[generator.below(std::size(kMethods))];
            Message* raw = nullptr;
            BOOST_REQUIRE(sd_bus_message_new_method_call(client.get(), &raw, nullptr, jit::kObjectPath, method.interface,
                                                         method.member) >= 0);
            const jit::MessagePtr message(raw);
            generator.arguments(raw, generator.below(5) == 0 ? other.signature : method.signature);
            BOOST_REQUIRE(sd_bus_call_async(client.get(), nullptr, raw, on_reply, &answers, 60'000'000) >= 0);
            ++sent;
        }
        BOOST_REQUIRE(gate.loop.until([&] { return answers == sent; }, std::chrono::seconds(30)));
    }
    sd_bus_detach_event(client.get());
    if (long_run()) std::printf("long: %d calls of %zu methods, all answered\n", calls, std::size(kMethods));
}

BOOST_AUTO_TEST_CASE(s35_garbage_closes_its_own_connection_only) {
    ServedGate gate;
    Generator generator(35);
    const auto client = bus_client(gate.connect().release());
    BOOST_REQUIRE(sd_bus_attach_event(client.get(), gate.loop.get(), 0) >= 0);
    const std::string hello = std::string(1, '\0') + "AUTH EXTERNAL " + in_hex(std::to_string(::getuid())) +
                              "\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
    // A Close("x") as it goes over the wire.
    std::string frame("l\1\0\1\6\0\0\0\7\0\0\0\107\0\0\0", 16);
    frame += std::string("\1\1o\0\12\0\0\0/org/jitd1\0\0\0\0\0\0", 24) + std::string("\2\1s\0\16\0\0\0org.jitd1.Gate\0\0", 24);
    frame += std::string("\3\1s\0\5\0\0\0Close\0\0\0", 16) + std::string("\10\1g\0\1s\0\0", 8);
    frame += std::string("\1\0\0\0x\0", 6);
    const auto send = [](const jit::Fd& fd, const std::string& data) {
        (void)!::send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL);
    };
    const auto said = [](const jit::Fd& fd) {
        char text[512];
        const auto n = ::recv(fd.get(), text, sizeof text, MSG_DONTWAIT);
        return std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    };
    // The handshake is over before the frame comes: sd-bus leaves alone what comes with it until more does.
    const auto all = [&](const std::vector<jit::Fd>& fds, const std::function<std::string()>& what) {
        for (const auto& fd : fds) send(fd, what());
        gate.loop.drain();
    };
    std::vector<jit::Fd> good(1);
    good[0] = gate.connect();
    all(good, [&] { return hello; });
    BOOST_TEST(said(good[0]).starts_with("OK "));
    all(good, [&] { return frame; });
    BOOST_TEST(said(good[0]).starts_with("l\2"));  // the frame is one, before it is spoilt

    const int frames = runs(3'000, 1'000'000);
    for (int i = 0; i < frames; i += 20) {
        std::vector<jit::Fd> fds(20);
        for (auto& fd : fds) fd = gate.connect();
        all(fds, [&] { return generator.below(10) == 0 ? generator.spoilt(hello) : hello; });
        all(fds, [&] { return generator.spoilt(frame); });
    }
    int answers = 0;
    BOOST_REQUIRE(sd_bus_call_method_async(client.get(), nullptr, nullptr, jit::kObjectPath, jit::kManagerInterface,
                                           "ListGrants", on_reply, &answers, "a{sv}", 0) >= 0);
    BOOST_TEST(gate.loop.until([&] { return answers == 1; }));
    sd_bus_detach_event(client.get());
    if (long_run()) std::printf("long: %d malformed frames, the gate answers\n", frames);
}

BOOST_AUTO_TEST_SUITE_END()
