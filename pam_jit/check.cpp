// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/check.hpp"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

namespace jit::pam {
namespace {

constexpr int kMaxEntries = 64;

struct Sent {
    const Question& question;
    std::uint8_t nonce[kNonceSize];
    std::uint32_t loginuid;
};

std::uint32_t read_loginuid(const char* file) noexcept {
    const Fd fd(::open(file, O_RDONLY | O_CLOEXEC));
    char text[16] = {};
    if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return kNoUid;
    char* end = nullptr;
    const unsigned long value = ::strtoul(text, &end, 10);
    return end == text || value > kNoUid ? kNoUid : static_cast<std::uint32_t>(value);
}

int append_string(sd_bus_message* m, const char* key, const char* value) noexcept {
    return value && *value ? sd_bus_message_append(m, "{sv}", key, "s", value) : 0;
}

int append_nonce(sd_bus_message* m, const std::uint8_t* nonce) noexcept {
    int r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0) r = sd_bus_message_append(m, "s", wire::kNonce);
    if (r >= 0) r = sd_bus_message_open_container(m, 'v', "ay");
    if (r >= 0) r = sd_bus_message_append_array(m, 'y', nonce, kNonceSize);
    if (r >= 0) r = sd_bus_message_close_container(m);
    if (r >= 0) r = sd_bus_message_close_container(m);
    return r;
}

int append_question(sd_bus_message* m, const void* data) noexcept {
    const auto& sent = *static_cast<const Sent*>(data);
    const Question& q = sent.question;
    int r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kVersion, "u", kWireVersion);
    if (r >= 0) r = append_nonce(m, sent.nonce);
    if (r >= 0) r = append_string(m, wire::kPhase, q.phase);
    if (r >= 0) r = append_string(m, wire::kService, q.service);
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kUid, "u", std::uint32_t{q.person->uid});
    if (r >= 0) r = append_string(m, wire::kAccount, q.person->account.c_str());
    if (r >= 0) r = append_string(m, wire::kTarget, q.target);
    if (r >= 0) r = append_string(m, wire::kTty, q.tty);
    if (r >= 0) r = append_string(m, wire::kRhost, q.rhost);
    if (r >= 0) r = append_string(m, wire::kRecording, q.recording);
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kLoginuid, "u", sent.loginuid);
    if (r >= 0)
        r = sd_bus_message_append(m, "{sv}", wire::kPid, "u",
                                  static_cast<std::uint32_t>(::getpid()));
    if (r >= 0) r = append_string(m, wire::kParentScope, q.outer.c_str());
    if (r >= 0) r = append_string(m, wire::kSession, q.session.c_str());
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kPermissive, "b", int{q.permissive});
    if (r >= 0) r = sd_bus_message_close_container(m);
    return r;
}

int read_must(sd_bus_message* m, Answer& out) noexcept {
    int r = sd_bus_message_enter_container(m, 'v', "as");
    if (r <= 0) return -EBADMSG;
    r = sd_bus_message_enter_container(m, 'a', "s");
    if (r < 0) return -EBADMSG;
    const char* duty = nullptr;
    while ((r = sd_bus_message_read_basic(m, 's', &duty)) > 0) {
        if (::strcmp(duty, wire::kMustScope) != 0) return -EBADMSG;  // a duty we can't fulfil
        out.scope_due = true;
    }
    if (r < 0 || sd_bus_message_exit_container(m) < 0) return -EBADMSG;
    return sd_bus_message_exit_container(m) < 0 ? -EBADMSG : 0;
}

template <std::size_t N>
int read_string(sd_bus_message* m, FixedText<N>& out) noexcept {
    const char* text = nullptr;
    if (sd_bus_message_read(m, "v", "s", &text) < 0) return -EBADMSG;
    return out.set(text) ? 0 : -EBADMSG;
}

int read_text(sd_bus_message* m, Answer& out) noexcept {
    const char* text = nullptr;
    if (sd_bus_message_read(m, "v", "s", &text) < 0) return -EBADMSG;
    return out.text.format("%.512s", text) ? 0 : -EBADMSG;  // only for show, so it may be cut
}

int read_number(sd_bus_message* m, std::uint64_t& out) noexcept {
    return sd_bus_message_read(m, "v", "t", &out) < 0 ? -EBADMSG : 0;
}

int read_flag(sd_bus_message* m, bool& out) noexcept {
    int value = 0;
    if (sd_bus_message_read(m, "v", "b", &value) < 0) return -EBADMSG;
    out = value != 0;
    return 0;
}

int read_entry(sd_bus_message* m, FixedText<48>& scope, Answer& out) noexcept {
    const char* key = nullptr;
    if (sd_bus_message_read_basic(m, 's', &key) <= 0) return -EBADMSG;
    if (::strcmp(key, wire::kCode) == 0) return read_string(m, out.code);
    if (::strcmp(key, wire::kText) == 0) return read_text(m, out);
    if (::strcmp(key, wire::kTold) == 0) return read_flag(m, out.told);
    if (::strcmp(key, wire::kSession) == 0) return read_string(m, out.session);
    if (::strcmp(key, wire::kScope) == 0) return read_string(m, scope);
    if (::strcmp(key, wire::kEndsUsec) == 0) return read_number(m, out.ends_usec);
    if (::strcmp(key, wire::kBackstopUsec) == 0) return read_number(m, out.backstop_usec);
    if (::strcmp(key, wire::kGraceUsec) == 0) return read_number(m, out.grace_usec);
    if (::strcmp(key, wire::kMust) == 0) return read_must(m, out);
    return sd_bus_message_skip(m, "v") < 0 ? -EBADMSG : 0;
}

int read_entries(sd_bus_message* m, FixedText<48>& scope, Answer& out) noexcept {
    if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0) return -EBADMSG;
    int r = 0;
    for (int count = 0; (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0; ++count) {
        if (count == kMaxEntries || read_entry(m, scope, out) < 0) return -EBADMSG;
        if (sd_bus_message_exit_container(m) < 0) return -EBADMSG;
    }
    return r < 0 ? -EBADMSG : 0;
}

/** What a session needs to be ended must be whole before it may start. */
bool is_complete(const Answer& answer, const FixedText<48>& scope) noexcept {
    if (!answer.session.empty() && !is_session_id(answer.session.c_str())) return false;
    if (!answer.scope_due) return true;
    return !answer.session.empty() && scope.view() == scope_name(answer.session).view() &&
           answer.backstop_usec != 0;
}

int read_answer(sd_bus_message* m, const Sent& sent, Answer& out) noexcept {
    if (!sd_bus_message_has_signature(m, "ayta{sv}")) return -EBADMSG;
    const void* nonce = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_read_array(m, 'y', &nonce, &size) < 0) return -EBADMSG;
    if (size != kNonceSize || ::memcmp(nonce, sent.nonce, kNonceSize) != 0) return -EBADMSG;
    std::uint64_t verdict = kDeny;
    if (sd_bus_message_read_basic(m, 't', &verdict) <= 0) return -EBADMSG;
    if (verdict != kAllow && verdict != kDeny) return -EBADMSG;

    Answer answer;
    FixedText<48> scope;
    const int r = read_entries(m, scope, answer);
    if (r < 0) return r;
    if (verdict == kAllow && !is_complete(answer, scope)) return -EBADMSG;
    answer.allowed = verdict == kAllow;
    out = answer;
    return 0;
}

}  // namespace

int ask(GateClient& gate, const Environment& env, const Question& question, Deadline deadline,
        Answer& out) noexcept {
    Sent sent{question, {}, read_loginuid(env.loginuid_file)};
    if (::getrandom(sent.nonce, kNonceSize, GRND_NONBLOCK) != ssize_t{kNonceSize}) return -EIO;
    MessagePtr reply;
    const int r = gate.call({"Check", append_question, &sent}, deadline, reply);
    return r < 0 ? r : read_answer(reply.get(), sent, out);
}

}  // namespace jit::pam
