// SPDX-License-Identifier: Apache-2.0
// A scripted org.jitd1.Manager: fake_manager bus|gate ADDRESS MODE LOG. MODE is `normal`, `silent`
// (takes calls, never answers) or a D-Bus error name. Says "ready" on stdout; writes each call and
// its words to LOG. What test.Signals.Emit names, it sends as a signal.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "common/handle.hpp"
#include "common/names.hpp"
#include "fake_replies.hpp"

namespace {

using jit::test::Fake;
using jit::test::kHostile;

void must(int r, const char* what) {
    if (r >= 0) return;
    std::fprintf(stderr, "fake_manager: %s: %s\n", what, std::strerror(-r));
    std::exit(99);
}

/** Writes member and basic arguments, options as key=value. */
void write_value(std::FILE* log, sd_bus_message* m) {
    char type = 0;
    const char* contents = nullptr;
    while (sd_bus_message_peek_type(m, &type, &contents) > 0) {
        if (type == 's') {
            const char* text = nullptr;
            must(sd_bus_message_read_basic(m, type, &text), "read");
            std::fprintf(log, " %s", text);
        } else if (type == 't') {
            std::uint64_t number = 0;
            must(sd_bus_message_read_basic(m, type, &number), "read");
            std::fprintf(log, " %llu", static_cast<unsigned long long>(number));
        } else if (type == 'b') {
            int flag = 0;
            must(sd_bus_message_read_basic(m, type, &flag), "read");
            std::fprintf(log, " %s", flag != 0 ? "true" : "false");
        } else {
            must(sd_bus_message_enter_container(m, type, contents), "enter");
            write_value(log, m);
            must(sd_bus_message_exit_container(m), "exit");
        }
    }
}

/** test.Signals.Emit(s member, s id, s state, u count) */
int emit(sd_bus_message* m) {
    const char *member = nullptr, *id = nullptr, *state = nullptr;
    std::uint32_t count = 0;
    must(sd_bus_message_read(m, "sssu", &member, &id, &state, &count), "read");
    for (; count > 0; --count)
        must(sd_bus_emit_signal(sd_bus_message_get_bus(m), jit::kObjectPath, jit::kManagerInterface, member, "ss", id, state),
             "emit");
    return sd_bus_reply_method_return(m, nullptr);
}

/** What is said of these ids that are no grant, or one that is over; empty of others. */
std::string refusal_of(Fake& fake, std::string_view member, std::string_view id) {
    if (id == "hidden") return "org.jitd1.Error.NotFound";
    if (member != "Show" && (id == "over" || id == jit::test::kSession)) return "org.jitd1.Error.NotFound";
    if (id == "later" && fake.away-- > 0) return "org.freedesktop.DBus.Error.NoReply";
    return {};
}

int on_message(sd_bus_message* m, void* userdata, sd_bus_error*) noexcept {
    auto& fake = *static_cast<Fake*>(userdata);
    if (sd_bus_message_is_method_call(m, "test.Signals", "Emit") > 0) return emit(m);
    if (sd_bus_message_is_method_call(m, jit::kManagerInterface, nullptr) <= 0) return 0;
    std::fprintf(fake.log, "%s", sd_bus_message_get_member(m));
    write_value(fake.log, m);
    std::fprintf(fake.log, "\n");
    std::fflush(fake.log);
    if (fake.mode == "silent") return 1;
    if (fake.mode != "normal") {
        const sd_bus_error error = {fake.mode.c_str(), kHostile, 0};
        return sd_bus_reply_method_error(m, &error);
    }
    const std::string_view member = sd_bus_message_get_member(m);
    if (member == "Show" || member == "Revoke" || member == "Release") {
        const char* id = nullptr;
        must(sd_bus_message_rewind(m, 1), "rewind");
        must(sd_bus_message_read(m, "s", &id), "read");
        const auto name = refusal_of(fake, member, id);
        const sd_bus_error error = {name.c_str(), "not now", 0};
        if (!name.empty()) return sd_bus_reply_method_error(m, &error);
    }
    sd_bus_message* raw = nullptr;
    must(sd_bus_message_new_method_return(m, &raw), "reply");
    const jit::MessagePtr reply(raw);
    must(sd_bus_message_rewind(m, 1), "rewind");
    must(jit::test::append_reply(raw, m, fake), "append");
    must(sd_bus_send(nullptr, raw, nullptr), "send");
    must(jit::test::announce(sd_bus_message_get_bus(m), sd_bus_message_get_member(m), fake), "announce");
    return 1;
}

void ready() {
    std::puts("ready");
    std::fflush(stdout);
}

[[noreturn]] void serve_forever(sd_bus* bus) {
    for (;;) {
        must(sd_bus_process(bus, nullptr), "process");
        must(sd_bus_wait(bus, UINT64_MAX), "wait");
    }
}

[[noreturn]] void serve_bus(const char* address, Fake& fake) {
    sd_bus* bus = nullptr;
    must(sd_bus_new(&bus), "new");
    must(sd_bus_set_address(bus, address), "address");
    must(sd_bus_set_bus_client(bus, 1), "client");
    must(sd_bus_start(bus), "start");
    must(sd_bus_add_object(bus, nullptr, jit::kObjectPath, on_message, &fake), "object");
    must(sd_bus_request_name(bus, jit::kBusName, 0), "name");
    ready();
    serve_forever(bus);
}

void serve_peer(int fd, Fake& fake) {
    sd_bus* bus = nullptr;
    sd_id128_t id{};
    must(sd_id128_randomize(&id), "id");
    must(sd_bus_new(&bus), "new");
    const jit::BusPtr keep(bus);
    must(sd_bus_set_fd(bus, fd, fd), "fd");
    must(sd_bus_set_server(bus, 1, id), "server");
    must(sd_bus_add_object(bus, nullptr, jit::kObjectPath, on_message, &fake), "object");
    must(sd_bus_start(bus), "start");
    for (;;) {
        const int r = sd_bus_process(bus, nullptr);
        if (r < 0) return;  // it went away
        if (r == 0 && sd_bus_wait(bus, UINT64_MAX) < 0) return;
    }
}

[[noreturn]] void serve_gate(const char* path, Fake& fake) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    const jit::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    must(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0
             ? -errno
             : 0,
         "bind");
    must(::listen(listener.get(), 8) < 0 ? -errno : 0, "listen");
    ready();
    for (;;) {
        const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        must(fd < 0 ? -errno : 0, "accept");
        serve_peer(fd, fake);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    Fake fake{argv[3], std::fopen(argv[4], "ae")};
    if (fake.log == nullptr) return 2;
    if (std::string_view(argv[1]) == "bus") serve_bus(argv[2], fake);
    serve_gate(argv[2], fake);
}
