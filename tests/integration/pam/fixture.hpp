// SPDX-License-Identifier: Apache-2.0
// The real module in a real libpam, between a scripted gate and a scripted PID 1.
#pragma once

#include <pwd.h>
#include <security/pam_appl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/deadline.hpp"
#include "tests/support/fake_peer.hpp"
#include "tests/support/temp_dir.hpp"

namespace jit::test {

inline constexpr char kId[] = "0123456789abcdef0123456789abcdef";
inline constexpr char kOuterId[] = "fedcba9876543210fedcba9876543210";
inline const std::string kScopePath = "/jit.slice/jit-" + std::string(kId) + ".scope";
inline const std::string kOuterPath = "/jit.slice/jit-" + std::string(kOuterId) + ".scope";
inline const std::string kLines =
    "account requisite @\nsession requisite @\nsession required @ scope\n";

inline std::string account_name(uid_t uid) {
    const passwd* entry = ::getpwuid(uid);
    return entry ? entry->pw_name : "";
}

/** The invoker is never root: the module asks nothing for root. As in sudo, only the real uid says
 * so. */
struct Invoker {
    Invoker() {
        if (::getuid() == 0) BOOST_REQUIRE(::setresuid(65534, 0, 0) == 0);
    }
};

/** One PAM transaction; messages as the person would see them. */
class Transaction {
  public:
    Transaction(const TempDir& dir, const std::string& service, const std::string& user,
                const std::string& ruser)
        : conv_{converse, this} {
        BOOST_REQUIRE(pam_start_confdir(service.c_str(), user.c_str(), &conv_,
                                        dir.path("pam.d").c_str(), &pamh_) == PAM_SUCCESS);
        if (!ruser.empty()) set(PAM_RUSER, ruser);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() { pam_end(pamh_, PAM_SUCCESS); }

    void set(int type, const std::string& value) { pam_set_item(pamh_, type, value.c_str()); }
    int account() { return pam_acct_mgmt(pamh_, PAM_SILENT); }
    int open() { return pam_open_session(pamh_, PAM_SILENT); }
    int close() { return pam_close_session(pamh_, PAM_SILENT); }
    pam_handle_t* handle() { return pamh_; }

    std::vector<std::string> errors, infos;
    std::function<void(const std::string&)> on_error = [](const std::string&) {};

  private:
    static int converse(int count, const pam_message** messages, pam_response** responses,
                        void* data) noexcept try {
        auto* self = static_cast<Transaction*>(data);
        for (int i = 0; i < count; ++i) {
            const bool error = messages[i]->msg_style == PAM_ERROR_MSG;
            (error ? self->errors : self->infos).push_back(messages[i]->msg);
            if (error) self->on_error(messages[i]->msg);
        }
        *responses = static_cast<pam_response*>(
            ::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
        return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
    } catch (const std::bad_alloc&) {  // fault_test
        return PAM_BUF_ERR;
    }

    pam_conv conv_;
    pam_handle_t* pamh_ = nullptr;
};

struct PamFixture {
    Invoker invoker;
    TempDir dir;
    std::string me = account_name(::getuid());
    std::unique_ptr<FakePeer> gate, systemd;
    Fd log{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};

    PamFixture() {
        ::setenv("JIT_TEST_DIR", dir.path().c_str(), 1);
        deadline(3000);
        for (const char* service : {"sudo", "sudo-i", "su", "su-l", "sshd"}) stack(service, kLines);
        cgroup("/user.slice");
        dir.write("loginuid", "1001");
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        dir.path("log").copy(to.sun_path, sizeof to.sun_path - 1);
        BOOST_REQUIRE(::bind(log.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    }

    /** `@` stands for the module under test. */
    void stack(const std::string& service, std::string lines) const {
        for (std::size_t at; (at = lines.find('@')) != std::string::npos;)
            lines.replace(at, 1, JIT_MODULE);
        dir.write("pam.d/" + service, lines);
    }
    void deadline(int msec) const { ::setenv("JIT_TEST_MSEC", std::to_string(msec).c_str(), 1); }
    void cgroup(const std::string& path) const { dir.write("cgroup", "0::" + path + "\n"); }

    void listen(std::vector<OnConnection> scripts) {
        gate.reset();
        ::unlink(dir.path("gate").c_str());
        gate = std::make_unique<FakePeer>(dir.path("gate"), std::move(scripts));
    }
    /** Moves the caller where it is told to, as PID 1 does. */
    void start_systemd() {
        dir.write("fs" + kScopePath + "/cgroup.kill", "");
        systemd = std::make_unique<FakePeer>(
            dir.path("systemd"),
            std::vector{serve([this](sd_bus_message* call, const SeenCall& seen) {
                cgroup("/jit.slice/" + seen.first);
                return sd_bus_reply_method_return(
                    call, seen.member == "StartTransientUnit" ? "o" : "", "/job/1");
            })});
    }
    [[nodiscard]] std::string logged() const {
        char line[2048];
        const ssize_t size = ::recv(log.get(), line, sizeof line, 0);
        return size < 0 ? "" : std::string(line, static_cast<std::size_t>(size));
    }
    [[nodiscard]] std::vector<std::string> phases() const {
        std::vector<std::string> out;
        for (auto& call : gate->calls())
            out.push_back(call.member == "Check" ? call.values.at("phase") : call.member);
        return out;
    }
};

/** An allowed session with a scope; the first answer serves account, session and scope alike. */
inline CheckAnswer allow_session() {
    const auto now = static_cast<std::uint64_t>(::time(nullptr)) * 1'000'000;
    return {.verdict = kAllow,
            .strings = {{"code", "GRANT"},
                        {"session", kId},
                        {"scope", "jit-" + std::string(kId) + ".scope"}},
            .numbers = {{"ends_usec", now + 60'000'000},
                        {"backstop_usec", now + 120'000'000},
                        {"grace_usec", 1'500'000}},
            .must = {"scope"}};
}
inline CheckAnswer allow() {
    return {.verdict = kAllow, .strings = {{"code", "EXEMPT"}}, .numbers = {}, .must = {}};
}
inline CheckAnswer deny(const std::string& text = "no grant lets alice use sudo") {
    return {.verdict = kDeny,
            .strings = {{"code", "NO_GRANT"}, {"text", text}},
            .numbers = {},
            .must = {}};
}

}  // namespace jit::test
