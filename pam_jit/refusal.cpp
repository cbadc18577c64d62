// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/refusal.hpp"

#include <errno.h>
#include <security/pam_ext.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "common/escape.hpp"

namespace jit::pam {
namespace {

constexpr std::size_t kLine = 1024;

int result_of(int error) noexcept { return error == -ENOMEM ? PAM_BUF_ERR : PAM_AUTHINFO_UNAVAIL; }

}  // namespace

int refuse(Refusal& why, int result, const char* code, const char* fmt, ...) noexcept {
    why.result = result;
    (void)why.code.set(code);
    va_list args;
    va_start(args, fmt);
    (void)std::vsnprintf(why.text.data(), why.text.capacity(), fmt, args);
    va_end(args);
    return result;
}

int refuse_gate(Refusal& why, const Environment& env, int error) noexcept {
    if (error == -EBADMSG)
        return refuse(
            why, PAM_AUTHINFO_UNAVAIL, kUnavailable,
            "jitd's answer is not understood; ask an admin to run: systemctl restart jitd "
            "(root and the console still work)");
    return refuse(why, result_of(error), kUnavailable,
                  "jitd does not answer on %s (%s); ask an admin to run: systemctl status jitd "
                  "(root and the console still work)",
                  env.gate.path, ::strerrordesc_np(-error));
}

void show(pam_handle_t* pamh, const Refusal& why) noexcept {
    if (why.told) return;
    char text[kLine];
    char code[64];
    (void)escape(text, sizeof text, why.text.c_str());
    (void)escape(code, sizeof code, why.code.c_str());
    (void)pam_error(pamh, "jit: %s [%s]", text, code);
}

void log_line(const Environment& env, const char* fmt, ...) noexcept {
    char raw[kLine];
    va_list args;
    va_start(args, fmt);
    const int size = std::vsnprintf(raw, sizeof raw, fmt, args);
    va_end(args);
    if (size < 0) return;
    char text[kLine];
    (void)escape(text, sizeof text, raw);
    char line[kLine + 64];
    const int total = std::snprintf(line, sizeof line, "<%d>pam_jit[%d]: %s",
                                    LOG_AUTHPRIV | LOG_WARNING, static_cast<int>(::getpid()), text);

    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (total < 0 || ::strlen(env.log_socket) >= sizeof to.sun_path) return;
    ::strcpy(to.sun_path, env.log_socket);
    const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return;
    (void)::sendto(fd.get(), line, static_cast<std::size_t>(total), MSG_DONTWAIT | MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace jit::pam
