// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_peer.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <stdexcept>

namespace jit::test {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kAuthOk[] = "DATA\r\nOK 00000000000000000000000000000000\r\nAGREE_UNIX_FD\r\n";

std::string hex(const void* data, std::size_t size) {
    std::string out;
    for (const auto* byte = static_cast<const unsigned char*>(data); size--; ++byte) {
        out += kHex[*byte >> 4];
        out += kHex[*byte & 15];
    }
    return out;
}

std::string unhex(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return out;
}

std::string read_variant(sd_bus_message* m) {
    const char* type = nullptr;
    char kind = 0;
    sd_bus_message_peek_type(m, &kind, &type);
    const std::string contents = type ? type : "";
    sd_bus_message_enter_container(m, 'v', contents.c_str());
    std::string out = "?" + contents;
    if (contents == "s") {
        const char* text = "";
        sd_bus_message_read(m, "s", &text);
        out = text;
    } else if (contents == "u" || contents == "b") {
        std::uint32_t number = 0;
        sd_bus_message_read_basic(m, contents[0], &number);
        out = std::to_string(number);
    } else if (contents == "t") {
        std::uint64_t number = 0;
        sd_bus_message_read(m, "t", &number);
        out = std::to_string(number);
    } else if (contents == "ay") {
        const void* data = nullptr;
        std::size_t size = 0;
        sd_bus_message_read_array(m, 'y', &data, &size);
        out = hex(data, size);
    } else if (contents == "as") {
        const char* text = nullptr;
        out.clear();
        sd_bus_message_enter_container(m, 'a', "s");
        while (sd_bus_message_read(m, "s", &text) > 0)
            out += (out.empty() ? "" : " ") + std::string(text);
        sd_bus_message_exit_container(m);
    } else if (contents == "au") {
        std::uint32_t number = 0;
        out.clear();
        sd_bus_message_enter_container(m, 'a', "u");
        while (sd_bus_message_read(m, "u", &number) > 0)
            out += (out.empty() ? "" : " ") + std::to_string(number);
        sd_bus_message_exit_container(m);
    } else {
        sd_bus_message_skip(m, contents.c_str());
    }
    sd_bus_message_exit_container(m);
    return out;
}

void read_pairs(sd_bus_message* m, const char* array, char entry,
                std::map<std::string, std::string>& out) {
    if (sd_bus_message_enter_container(m, 'a', array) < 0) return;
    while (sd_bus_message_enter_container(m, entry, "sv") > 0) {
        const char* key = "";
        sd_bus_message_read(m, "s", &key);
        const std::string name = key;
        out[name] = read_variant(m);
        sd_bus_message_exit_container(m);
    }
    sd_bus_message_exit_container(m);
}

SeenCall look_at(sd_bus_message* m) {
    SeenCall seen{.member = sd_bus_message_get_member(m), .first = {}, .values = {}};
    const std::string signature = sd_bus_message_get_signature(m, 1);
    const char* text = nullptr;
    if (signature[0] == 's' && sd_bus_message_read(m, "s", &text) > 0) seen.first = text;
    if (signature.starts_with("ss")) sd_bus_message_skip(m, "s");
    if (signature.find("a{sv}") != std::string::npos) read_pairs(m, "{sv}", 'e', seen.values);
    if (signature.find("a(sv)") != std::string::npos) read_pairs(m, "(sv)", 'r', seen.values);
    if (signature.ends_with("ah")) {
        int fd = -1;
        sd_bus_message_enter_container(m, 'a', "h");
        while (sd_bus_message_read(m, "h", &fd) > 0) ++seen.descriptors;
        sd_bus_message_exit_container(m);
    }
    return seen;
}

struct Serving {
    FakePeer& peer;
    const OnCall& on_call;
    bool over = false;
};

int on_message(sd_bus_message* m, void* userdata, sd_bus_error*) {
    auto& serving = *static_cast<Serving*>(userdata);
    if (!sd_bus_message_is_method_call(m, nullptr, nullptr)) return 0;
    const SeenCall seen = look_at(m);
    serving.peer.note(seen);
    serving.over = serving.on_call(m, seen) < 0;
    return 1;
}

BusPtr start_server(int fd) {
    sd_bus* made = nullptr;
    sd_bus_new(&made);
    BusPtr bus(made);
    const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    sd_bus_set_fd(made, own, own);
    sd_id128_t id{};
    id.bytes[0] = 1;
    sd_bus_set_server(made, 1, id);
    sd_bus_negotiate_fds(made, 1);
    return bus;
}

bool write_all(int fd, const void* data, std::size_t size) {
    return ::send(fd, data, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

/** Speaks just enough SASL, then lets `after` write what it likes. */
OnConnection after_auth(std::function<void(FakePeer&, int)> after) {
    return [after](FakePeer& peer, int fd) {
        std::string got;
        while (got.find("BEGIN") == std::string::npos) {
            char buffer[256];
            if (!peer.wait(fd, POLLIN)) return;
            const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
            if (size <= 0) return;
            if (got.empty()) (void)write_all(fd, kAuthOk, sizeof kAuthOk - 1);
            got.append(buffer, static_cast<std::size_t>(size));
        }
        after(peer, fd);
    };
}

void until_hangup(FakePeer& peer, int fd) { (void)peer.wait(fd, POLLRDHUP); }

}  // namespace

FakePeer::FakePeer(const std::string& path, std::vector<OnConnection> scripts)
    : listen_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      scripts_(std::move(scripts)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    ::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
    if (::bind(listen_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) < 0 ||
        ::listen(listen_.get(), 16) < 0)
        throw std::runtime_error("fake peer: " + path + ": " + ::strerror(errno));
    thread_ = std::thread([this] { run(); });
}

FakePeer::~FakePeer() {
    const std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

void FakePeer::run() {
    while (wait(listen_.get(), POLLIN)) {
        const Fd fd(::accept4(listen_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        std::size_t index;
        {
            const std::lock_guard lock(mutex_);
            index = std::min(connections_++, scripts_.size() - 1);
        }
        scripts_[index](*this, fd.get());
        const_cast<Fd&>(fd).reset();
        const std::lock_guard lock(mutex_);
        ++finished_;
        idle_.notify_all();
    }
}

bool FakePeer::wait(int fd, short events, int msec) const {
    pollfd polls[] = {{stop_.get(), POLLIN, 0}, {fd, events, 0}};
    while (::poll(polls, 2, msec) < 0 && errno == EINTR) {  // setresuid interrupts all threads
    }
    return polls[0].revents == 0;
}

void FakePeer::note(const SeenCall& call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call);
}

std::vector<SeenCall> FakePeer::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

std::size_t FakePeer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

void FakePeer::wait_idle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return finished_ == connections_; });
}

OnConnection serve(OnCall on_call) {
    return [on_call](FakePeer& peer, int fd) {
        Serving serving{peer, on_call};
        const BusPtr bus = start_server(fd);
        sd_bus_add_filter(bus.get(), nullptr, on_message, &serving);
        sd_bus_start(bus.get());
        while (!serving.over) {
            const int r = sd_bus_process(bus.get(), nullptr);
            if (r < 0) return;
            if (r > 0) continue;
            const int events = sd_bus_get_events(bus.get());
            if (events < 0 || !peer.wait(sd_bus_get_fd(bus.get()), static_cast<short>(events)))
                return;
        }
    };
}

OnConnection silent() { return until_hangup; }

OnConnection close_at_once() {
    return [](FakePeer&, int) {};
}

OnConnection drip() {
    return [](FakePeer& peer, int fd) {
        while (peer.wait(fd, POLLRDHUP, 50) && write_all(fd, "D", 1)) {
        }
    };
}

OnConnection relay(std::string path, std::function<void(std::string&)> spoil) {
    return [path = std::move(path), spoil = std::move(spoil)](FakePeer&, int fd) {
        const Fd behind(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        path.copy(to.sun_path, sizeof to.sun_path - 1);
        if (::connect(behind.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) < 0) return;
        char buffer[8192];
        pollfd ends[] = {{fd, POLLIN, 0}, {behind.get(), POLLIN, 0}};
        while (::poll(ends, 2, -1) > 0) {
            for (int i = 0; i < 2; ++i) {
                if (ends[i].revents == 0) continue;
                const ssize_t size = ::recv(ends[i].fd, buffer, sizeof buffer, 0);
                if (size <= 0) return;
                std::string piece(buffer, static_cast<std::size_t>(size));
                if (i == 1) spoil(piece);
                if (!write_all(ends[1 - i].fd, piece.data(), piece.size())) return;
            }
        }
    };
}

OnConnection garbage() {
    return after_auth([](FakePeer& peer, int fd) {
        const std::string noise(4096, '\xA7');
        (void)write_all(fd, noise.data(), noise.size());
        until_hangup(peer, fd);
    });
}

OnConnection endless_signals() {
    return [](FakePeer& peer, int fd) {
        const BusPtr bus = start_server(fd);
        const auto swallow = [](sd_bus_message*, void*, sd_bus_error*) { return 1; };
        sd_bus_add_filter(bus.get(), nullptr, swallow, nullptr);
        sd_bus_start(bus.get());
        for (int r = 0; r >= 0 && peer.wait(fd, POLLRDHUP, 0);) {
            r = sd_bus_process(bus.get(), nullptr);
            if (r >= 0 && sd_bus_is_ready(bus.get()) > 0)
                r = sd_bus_emit_signal(bus.get(), "/x", "org.example.Noise", "Noise", "s", "x");
        }
    };
}

OnConnection silent_after_auth() { return after_auth(until_hangup); }

namespace {

void append_list(sd_bus_message* m, const char* key, const std::vector<std::string>& list) {
    sd_bus_message_open_container(m, 'e', "sv");
    sd_bus_message_append(m, "s", key);
    sd_bus_message_open_container(m, 'v', "as");
    sd_bus_message_open_container(m, 'a', "s");
    for (const auto& item : list) sd_bus_message_append(m, "s", item.c_str());
    for (int i = 0; i < 3; ++i) sd_bus_message_close_container(m);
}

}  // namespace

int reply_check(sd_bus_message* call, const SeenCall& seen, const CheckAnswer& answer) {
    sd_bus_message* made = nullptr;
    sd_bus_message_new_method_return(call, &made);
    const MessagePtr reply(made);
    const auto nonce = seen.values.find(wire::kNonce);
    std::string bytes = nonce == seen.values.end() ? "" : unhex(nonce->second);
    if (answer.wrong_nonce && !bytes.empty()) bytes[0] = static_cast<char>(bytes[0] ^ 1);
    sd_bus_message_append_array(made, 'y', bytes.data(), bytes.size());
    sd_bus_message_append(made, "t", answer.verdict);
    sd_bus_message_open_container(made, 'a', "{sv}");
    for (const auto& [key, value] : answer.strings)
        sd_bus_message_append(made, "{sv}", key.c_str(), "s", value.c_str());
    for (const auto& [key, value] : answer.numbers)
        sd_bus_message_append(made, "{sv}", key.c_str(), "t", value);
    for (const auto& [key, value] : answer.flags)
        sd_bus_message_append(made, "{sv}", key.c_str(), "b", int{value});
    if (!answer.must.empty()) append_list(made, wire::kMust, answer.must);
    sd_bus_message_close_container(made);
    return sd_bus_send(nullptr, made, nullptr);
}

OnConnection answer_checks(CheckAnswer answer) {
    return serve([answer](sd_bus_message* call, const SeenCall& seen) {
        if (seen.member == "Check") return reply_check(call, seen, answer);
        return sd_bus_reply_method_return(call, nullptr);
    });
}

int reply_roles(sd_bus_message* call, const RolesAnswer& answer) {
    sd_bus_message* made = nullptr;
    sd_bus_message_new_method_return(call, &made);
    const MessagePtr reply(made);
    sd_bus_message_open_container(made, 'a', "{sv}");
    append_list(made, wire::kRoles, answer.roles);
    if (!answer.text.empty())
        sd_bus_message_append(made, "{sv}", wire::kText, "s", answer.text.c_str());
    sd_bus_message_close_container(made);
    return sd_bus_send(nullptr, made, nullptr);
}

OnConnection answer_roles(std::map<std::string, RolesAnswer> answers) {
    return serve([answers](sd_bus_message* call, const SeenCall& seen) {
        const auto known = answers.find(seen.values.at(wire::kAccount));
        return reply_roles(call, known == answers.end() ? RolesAnswer{} : known->second);
    });
}

}  // namespace jit::test
