// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/checks.hpp"

#include <sys/random.h>
#include <unistd.h>

#include "pam_jit/check.hpp"
#include "pam_jit/environment.hpp"
#include "tests/bench/bus_gate.hpp"

namespace jit::bench {
namespace {

constexpr int kLimitMsec = 3000;
constexpr char kTarget[] = "root";
constexpr char kService[] = "sudo";
constexpr char kTty[] = "/dev/pts/0";

BusPtr open_bus() {
    sd_bus* bus = nullptr;
    return BusPtr(sd_bus_open_system(&bus) < 0 ? nullptr : bus);
}

int append_question(sd_bus_message* m, const Subject& subject, const char* phase) {
    unsigned char nonce[kNonceSize];
    if (::getrandom(nonce, sizeof nonce, 0) != sizeof nonce) return -EIO;
    int r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kVersion, "u", kWireVersion);
    if (r >= 0) r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0) r = sd_bus_message_append(m, "s", wire::kNonce);
    if (r >= 0) r = sd_bus_message_open_container(m, 'v', "ay");
    if (r >= 0) r = sd_bus_message_append_array(m, 'y', nonce, sizeof nonce);
    if (r >= 0) r = sd_bus_message_close_container(m);
    if (r >= 0) r = sd_bus_message_close_container(m);
    if (r >= 0) {
        r = sd_bus_message_append(m, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}",           //
                                  wire::kPhase, "s", phase, wire::kService, "s", kService,  //
                                  wire::kUid, "u", subject.uid, wire::kAccount, "s", subject.account.c_str(),
                                  wire::kTarget, "s", kTarget, wire::kTty, "s", kTty,  //
                                  wire::kLoginuid, "u", kNoUid, wire::kPid, "u", ::getpid(),
                                  wire::kPermissive, "b", 0);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

}  // namespace

Answer ask_gate(const Subject& subject, const char* phase) {
    pam::Environment environment = pam::environment();
    pam::Person person{subject.uid, {}};
    if (!person.account.set(subject.account.c_str())) return Answer::failed;
    pam::Question question{.phase = phase, .person = &person, .service = kService};
    question.target = kTarget;
    question.tty = kTty;
    GateClient gate(environment.gate);
    pam::Answer answer;
    if (pam::ask(gate, environment, question, Deadline::in_msec(kLimitMsec), answer) < 0) return Answer::failed;
    return answer.allowed ? Answer::allowed : Answer::denied;
}

Answer ask_bus(const Subject& subject, const char* phase) {
    const BusPtr bus = open_bus();
    sd_bus_message* call = nullptr;
    if (!bus || sd_bus_message_new_method_call(bus.get(), &call, kBusGateName, kObjectPath, kGateInterface, "Check") < 0)
        return Answer::failed;
    const MessagePtr message(call);
    sd_bus_message* answer = nullptr;
    if (append_question(call, subject, phase) < 0 ||
        sd_bus_call(bus.get(), call, kLimitMsec * 1000, nullptr, &answer) < 0)
        return Answer::failed;
    const MessagePtr reply(answer);
    std::uint64_t verdict = 0;
    if (sd_bus_message_skip(answer, "ay") < 0 || sd_bus_message_read(answer, "t", &verdict) < 0) return Answer::failed;
    return verdict == kAllow ? Answer::allowed : Answer::denied;
}

Answer ask_polkit(const Subject& subject) {
    const BusPtr bus = open_bus();
    sd_bus_message* answer = nullptr;
    if (!bus || sd_bus_call_method(bus.get(), "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                   "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization", nullptr, &answer,
                                   "(sa{sv})sa{ss}us", "unix-process", 3, "pid", "u", subject.pid, "start-time", "t",
                                   std::uint64_t{0}, "uid", "i", subject.uid, "org.freedesktop.policykit.exec", 0, 0,
                                   "") < 0)
        return Answer::failed;
    const MessagePtr reply(answer);
    int allowed = 0;
    if (sd_bus_message_enter_container(answer, 'r', "bba{ss}") < 0 || sd_bus_message_read(answer, "b", &allowed) < 0)
        return Answer::failed;
    return allowed ? Answer::allowed : Answer::denied;
}

}  // namespace jit::bench
