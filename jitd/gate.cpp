// SPDX-License-Identifier: Apache-2.0
#include "jitd/gate.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/names.hpp"
#include "core/explain.hpp"
#include "jitd/manager.hpp"
#include "jitd/memberships.hpp"
#include "jitd/reply.hpp"
#include "jitd/clock.hpp"
#include "trail/recording_path.hpp"

namespace jit::daemon {
namespace {

constexpr std::size_t kMaxConnections = 512;
constexpr std::size_t kMaxRecent = 256;
constexpr std::size_t kMaxName = 256;  // LOGIN_NAME_MAX
constexpr int kAcceptsPerTurn = 16;
constexpr std::uint64_t kPause = 100'000;  // microseconds

core::Failure invalid(std::string text) { return core::fail("InvalidArgument", "Check: " + std::move(text)); }

std::string text_or_empty(const Dict& dict, const char* key) {
    auto text = dict.text(key);
    return text.size() <= kMaxName ? text : "";  // descriptive only: tty, rhost
}

}  // namespace

/** What a Check answers, kept for a while by nonce. */
struct Gate::Answer {
    std::vector<unsigned char> nonce;
    bool allow = false;
    std::string code, text, session, scope;
    core::Wall ends{}, backstop{};
    core::Usec grace{};
    bool must_scope = false;
    bool told = false;
};

struct Gate::Connection {
    Gate* gate = nullptr;
    ManagerEndpoint endpoint;
    BusPtr bus;
};

Gate::Gate(const Environment& environment, Engine& engine, Scopes& scopes, Manager& manager, const Memberships& memberships)
    : environment_(environment), engine_(engine), scopes_(scopes), manager_(manager), memberships_(memberships) {}

Gate::~Gate() = default;

core::Result<void> Gate::start(sd_event* event, Fd fd) {
    event_ = event;
    listen_ = std::move(fd);
    // It accepts until nobody is left: on a blocking socket the accept too many would stop the loop.
    (void)::fcntl(listen_.get(), F_SETFL, ::fcntl(listen_.get(), F_GETFL) | O_NONBLOCK);
    const auto listen = [this] {
        return watch_.start(event_, listen_.get(), EPOLLIN, kPriorityGate, [this](std::uint32_t) { on_accept(); });
    };
    int r = resume_.init(event, CLOCK_MONOTONIC, kPriorityTimer, [this, listen] {
        if (listen() < 0) resume_.arm(monotonic() + kPause);
    });
    if (r >= 0) r = listen();
    if (r < 0) return core::fail("Failed", std::string("gate: ") + std::strerror(-r));
    return {};
}

void Gate::on_accept() {
    dead_.clear();
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        Fd fd(::accept4(listen_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) pause();
            return;
        }
        ucred credentials{};
        socklen_t size = sizeof credentials;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) continue;
        if (credentials.uid != environment_.root_uid) continue;  // the socket's mode says the same
        if (connections_.size() >= kMaxConnections) drop_oldest();
        serve(std::move(fd), Peer{credentials.uid, credentials.pid});
    }
}

/** Anybody can stop a sudo of their own in the middle of its question; a living one waits 3 s at most. */
void Gate::drop_oldest() {
    sd_bus_detach_event(connections_.front()->bus.get());
    dead_.push_back(std::move(connections_.front()));
    connections_.erase(connections_.begin());
}

/** Out of descriptors: a listening socket that stays readable must not keep everything else from its turn. */
void Gate::pause() {
    std::fprintf(stderr, "<4>jitd: gate: accept: %s\n", std::strerror(errno));
    if (!connections_.empty()) drop_oldest();
    watch_.stop();
    resume_.arm(monotonic() + kPause);
}

namespace {

template <int (Gate::*Method)(sd_bus_message*)>
int call(sd_bus_message* m, void* gate, sd_bus_error*) noexcept {
    return guarded([&] { return (static_cast<Gate*>(gate)->*Method)(m); });
}

const sd_bus_vtable kGateVtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("a{sv}", request),
                            SD_BUS_RESULT("ay", nonce, "t", verdict, "a{sv}", answer), call<&Gate::check>, 0),
    SD_BUS_METHOD_WITH_ARGS("Attach", SD_BUS_ARGS("s", session, "a{sv}", options, "ah", descriptors), SD_BUS_NO_RESULT,
                            call<&Gate::attach>, 0),
    SD_BUS_METHOD_WITH_ARGS("Close", SD_BUS_ARGS("s", session), SD_BUS_NO_RESULT, call<&Gate::close>, 0),
    SD_BUS_METHOD_WITH_ARGS("HasRole", SD_BUS_ARGS("a{sv}", request), SD_BUS_RESULT("a{sv}", answer), call<&Gate::has_role>,
                            0),
    SD_BUS_VTABLE_END,
};

}  // namespace

void Gate::serve(Fd fd, Peer peer) {
    auto connection = std::make_unique<Connection>();
    connection->gate = this;
    connection->endpoint = ManagerEndpoint{&manager_, peer};
    sd_bus* bus = nullptr;
    if (sd_bus_new(&bus) < 0) return;
    connection->bus.reset(bus);
    sd_id128_t id{};
    randombytes_buf(&id, sizeof id);
    const int raw = fd.release();  // sd-bus owns it from here on, also on failure of a later call
    int r = sd_bus_set_fd(bus, raw, raw);
    if (r < 0) ::close(raw);
    if (r >= 0) r = sd_bus_set_server(bus, 1, id);
    if (r >= 0) r = sd_bus_negotiate_fds(bus, 1);
    if (r >= 0) r = sd_bus_set_trusted(bus, 1);  // uid 0 was checked at accept
    if (r >= 0) r = sd_bus_add_object_vtable(bus, nullptr, kObjectPath, kGateInterface, kGateVtable, this);
    if (r >= 0) r = manager_.serve(bus, &connection->endpoint);
    if (r >= 0) {
        r = sd_bus_match_signal(bus, nullptr, nullptr, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                "Disconnected", on_disconnect, connection.get());
    }
    if (r >= 0) r = sd_bus_attach_event(bus, event_, kPriorityGate);
    if (r >= 0) r = sd_bus_start(bus);
    if (r < 0) {
        std::fprintf(stderr, "<4>jitd: gate: a connection can't be served: %s\n", std::strerror(-r));
        return;
    }
    connections_.push_back(std::move(connection));
}

int Gate::on_disconnect(sd_bus_message*, void* userdata, sd_bus_error*) noexcept {
    return guarded([&] {
        auto* connection = static_cast<Connection*>(userdata);
        Gate& gate = *connection->gate;
        const auto it = std::find_if(gate.connections_.begin(), gate.connections_.end(),
                                     [&](const auto& c) { return c.get() == connection; });
        if (it != gate.connections_.end()) {
            sd_bus_detach_event(connection->bus.get());
            gate.dead_.push_back(std::move(*it));  // it is processing this very message: released later
            gate.connections_.erase(it);
        }
        return 0;
    });
}

core::Result<core::CheckEvent> Gate::read_request(const Dict& dict) const {
    if (dict.get<std::uint32_t>(wire::kVersion) != kWireVersion) return invalid("v: this jitd speaks version 1");
    core::CheckEvent event;
    const auto phase = dict.text(wire::kPhase);
    if (phase == "account") {
        event.phase = core::Phase::account;
    } else if (phase == "session") {
        event.phase = core::Phase::session;
        event.session = random_id();
    } else if (phase == "scope") {
        event.phase = core::Phase::scope;
        event.session = dict.text(wire::kSession);
    } else {
        return invalid("phase: account, session or scope");
    }
    const auto uid = dict.get<std::uint32_t>(wire::kUid);
    auto account = dict.text(wire::kAccount);
    if (!uid || *uid == kNoUid) return invalid("uid: missing");
    if (account.empty() || account.size() > kMaxName) return invalid("account: missing or too long");
    event.query.uid = *uid;
    event.query.account = std::move(account);
    event.query.service = dict.text(wire::kService);
    if (event.query.service.size() > kMaxName) return invalid("service: too long");
    event.query.target = dict.get<std::string>(wire::kTarget);
    if (event.query.target && event.query.target->size() > kMaxName) return invalid("target: too long");
    if (event.phase == core::Phase::session && !event.query.target) return invalid("target: missing");
    event.query.loginuid = dict.get<std::uint32_t>(wire::kLoginuid).value_or(kNoUid);
    event.tty = text_or_empty(dict, wire::kTty);
    event.rhost = text_or_empty(dict, wire::kRhost);
    event.pid = dict.get<std::uint32_t>(wire::kPid).value_or(0);
    if (event.phase == core::Phase::session) {
        event.recording = dict.text(wire::kRecording);
        if (!trail::is_recording(event.recording)) event.recording.clear();  // none, to a role that asks for one
        event.query.recording = event.recording.empty() ? core::Recording::none : core::Recording::on;
    }
    event.permissive = dict.get<bool>(wire::kPermissive).value_or(false);
    return event;
}

Gate::Answer Gate::answer_of(const core::CheckEvent& event, const core::Transition& transition) const {
    Answer out;
    const auto& decision = transition.decision;
    out.allow = decision.allowed();
    out.code = core::to_string(decision.code);
    out.text = transition.text;
    out.ends = decision.ends;
    out.backstop = decision.backstop;
    if (transition.session) {
        out.session = transition.session->id;
        out.scope = transition.session->scope();
        out.grace = engine_.config().settings.grace;
        out.must_scope = true;
    }
    if (!out.allow && event.permissive) {  // on record as would_deny; the code says what it would have been
        out.allow = true;
        out.code = core::to_string(core::Code::permissive);
    }
    return out;
}

int Gate::reply(sd_bus_message* m, const Answer& answer) {
    sd_bus_message* raw = nullptr;
    int r = sd_bus_message_new_method_return(m, &raw);
    const MessagePtr message(raw);
    if (r >= 0) r = sd_bus_message_append_array(raw, 'y', answer.nonce.data(), answer.nonce.size());
    if (r >= 0) r = sd_bus_message_append(raw, "t", answer.allow ? kAllow : kDeny);
    if (r >= 0) {
        r = append_dict(raw, [&](DictWriter& out) {
            out.text(wire::kCode, answer.code)
                .text(wire::kText, answer.text)
                .text(wire::kSession, answer.session)
                .text(wire::kScope, answer.scope)
                .time(wire::kEndsUsec, answer.ends)
                .time(wire::kBackstopUsec, answer.backstop);
            if (answer.told) out.flag(wire::kTold, true);
            if (answer.must_scope) {
                out.number(wire::kGraceUsec, static_cast<std::uint64_t>(answer.grace.count()));
                out.list(wire::kMust, {wire::kMustScope});
            }
        });
    }
    return r < 0 ? r : sd_bus_send(nullptr, raw, nullptr);
}

int Gate::check(sd_bus_message* m) {
    auto dict = Dict::read(m);
    if (!dict) return refuse(m, dict.error());
    auto nonce = dict->get<std::vector<unsigned char>>(wire::kNonce);
    if (!nonce || nonce->size() != kNonceSize) return refuse(m, invalid("nonce: 16 bytes").error);
    auto event = read_request(*dict);
    if (!event) return refuse(m, event.error());
    const auto seen = std::find_if(recent_.begin(), recent_.end(), [&](const auto& a) { return a.nonce == *nonce; });
    if (seen != recent_.end()) return reply(m, *seen);

    const auto pid = dict->get<std::uint32_t>(wire::kPid).value_or(0);
    const bool told = event->phase == core::Phase::account && was_told(pid, event->query.uid);
    MessagePtr kept(sd_bus_message_ref(m));
    auto shared = std::make_shared<MessagePtr>(std::move(kept));
    engine_.handle(*event, [this, shared, told, event = *event, nonce = *nonce](const Outcome& outcome) {
        auto answer = answer_of(event, outcome.transition);
        answer.told = told && !answer.allow;
        answer.nonce = nonce;
        if (!answer.session.empty()) {  // asked again it is the same session; the scope line judges it anew
            recent_.push_back(answer);
            if (recent_.size() > kMaxRecent) recent_.pop_front();
        }
        (void)reply(shared->get(), answer);  // a client that is gone has its denial
    });
    return 1;
}

/** The plugin of sudoers has printed the same line before the password was asked for; once is enough. */
bool Gate::was_told(std::uint32_t pid, std::uint32_t uid) {
    const auto it = std::find(told_.begin(), told_.end(), std::pair(pid, uid));
    if (it == told_.end()) return false;
    told_.erase(it);
    return true;
}

int Gate::has_role(sd_bus_message* m) {
    const auto dict = Dict::read(m);
    if (!dict) return refuse(m, dict.error());
    const auto uid = dict->get<std::uint32_t>(wire::kUid);
    const auto account = dict->text(wire::kAccount);
    if (dict->get<std::uint32_t>(wire::kVersion) != kWireVersion || !uid || *uid == kNoUid || account.empty() ||
        account.size() > kMaxName) {
        return refuse(m, {"InvalidArgument", "HasRole: v, uid or account"});
    }
    const auto view = view_of(engine_);
    auto roles = core::held_roles(account, *uid, view.state, view.config, view.now);
    const bool recorded = std::any_of(roles.begin(), roles.end(),
                                      [&](const auto& role) { return view.config.policy.role(role)->record; });
    if (recorded) roles.emplace_back(kRecordedGroup);
    std::string text;
    const auto gids = dict->get<std::vector<std::uint32_t>>(wire::kGids);
    const core::Member who{account, gids ? memberships_.named(*gids) : std::vector<std::string>{}};
    core::Query query;
    query.account = account;
    query.uid = *uid;
    query.service = "sudo";
    query.loginuid = *uid;
    const auto decision = core::decide(query, view.state, view.config, view.now);
    if (gids && !decision.allowed() && core::may_ever_ask(who, view.config)) {
        text = fmt::format("{} [{}]", core::denial_text(query, decision, view.config, &who), core::to_string(decision.code));
        told_.emplace_back(dict->get<std::uint32_t>(wire::kPid).value_or(0), *uid);
        if (told_.size() > kMaxRecent) told_.pop_front();
    }
    sd_bus_message* raw = nullptr;
    int r = sd_bus_message_new_method_return(m, &raw);
    const MessagePtr message(raw);
    if (r >= 0) {
        r = append_dict(raw, [&](DictWriter& out) { out.list(wire::kRoles, roles).text(wire::kText, text); });
    }
    return r < 0 ? r : sd_bus_send(nullptr, raw, nullptr);
}

int Gate::attach(sd_bus_message* m) {
    const char* session = nullptr;
    if (sd_bus_message_read(m, "s", &session) < 0) return refuse(m, invalid("session").error);
    auto options = Dict::read(m);
    if (!options) return refuse(m, options.error());
    Fd kill;
    if (sd_bus_message_enter_container(m, 'a', "h") > 0) {
        int fd = -1;
        if (sd_bus_message_read(m, "h", &fd) > 0) kill = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    }
    const std::string id(session);
    bool over = false;
    std::optional<core::Error> refused;
    engine_.handle(core::AttachEvent{id}, [&](const Outcome& outcome) { refused = outcome.transition.refused; });
    if (!refused) over = !scopes_.attach(id, std::move(kill));
    if (over) {
        engine_.handle(core::EmptyEvent{id, {}});
        refused = core::Error{"NotFound", "Attach: session " + id + ": its scope does not exist"};
    }
    return refused ? refuse(m, *refused) : sd_bus_reply_method_return(m, "");
}

int Gate::close(sd_bus_message* m) {
    const char* session = nullptr;
    if (sd_bus_message_read(m, "s", &session) < 0) return refuse(m, invalid("session").error);
    // The scope going empty is what ends a session; one that never came to a scope ends here.
    const auto it = engine_.state().sessions.find(session);
    const bool opening = it != engine_.state().sessions.end() && it->second.state == core::SessionState::opening;
    if (opening) engine_.handle(core::EmptyEvent{session, {}});
    return sd_bus_reply_method_return(m, "");
}

}  // namespace jit::daemon
