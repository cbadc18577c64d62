// SPDX-License-Identifier: Apache-2.0
#include "jitd/manager.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>

#include "common/names.hpp"
#include "core/access.hpp"
#include "core/token.hpp"
#include "jitd/accounts.hpp"
#include "jitd/reply.hpp"

namespace jit::daemon {
namespace {

// Twice what a call can need, since thousands may wait until the bus has told who sent them.
constexpr std::size_t kMaxWord = 1024;
constexpr std::size_t kMaxArguments = 2048;

const core::Error kBusy{"LimitsExceeded", "you have too many calls in work here; try again"};

enum class Access { anyone, admin };
/** Whose names a call needs from the user database, besides the caller's. A call about none is answered without it to
 *  root on the gate. */
enum class About {
    none,
    caller,   // only the caller
    account,  // the first word, or filter and query key "user"
    grant,    // who holds the grant that is the first word
    token,    // the accounts of the principal whose key the first word names
};

/** Who may call what; what is not listed is refused. The bus policy says the same a second time. */
struct Method {
    const char* name;
    const char* signature;
    Access access;
    About about;
    Manager::Handler handler;
};

constexpr Method kMethods[] = {
    {"GetStatus", "a{sv}", Access::anyone, About::none, &Manager::get_status},
    {"Grant", "ssts" "a{sv}", Access::admin, About::account, &Manager::grant},  // and local_grants decides
    {"Revoke", "ss" "a{sv}", Access::admin, About::none, &Manager::revoke},
    {"RevokeUser", "ss" "a{sv}", Access::admin, About::none, &Manager::revoke},
    {"RevokeSession", "ss" "a{sv}", Access::admin, About::none, &Manager::revoke},
    {"RevokeAll", "s" "a{sv}", Access::admin, About::none, &Manager::revoke},
    {"Lock", "ss" "a{sv}", Access::admin, About::none, &Manager::lock},  // never waits for the user database
    {"Unlock", "ss" "a{sv}", Access::admin, About::account, &Manager::unlock},
    {"Request", "sts" "a{sv}", Access::anyone, About::caller, &Manager::request},
    {"Withdraw", "sa{sv}", Access::anyone, About::none, &Manager::withdraw},
    {"Approve", "sa{sv}", Access::anyone, About::caller, &Manager::approve},
    {"Deny", "ss" "a{sv}", Access::anyone, About::none, &Manager::deny},
    {"Redeem", "sa{sv}", Access::anyone, About::token, &Manager::redeem},
    {"Extend", "sts" "a{sv}", Access::anyone, About::grant, &Manager::extend},
    {"Release", "sa{sv}", Access::anyone, About::none, &Manager::release},
    {"Review", "sa{sv}", Access::admin, About::caller, &Manager::review},
    {"ListLocks", "a{sv}", Access::anyone, About::none, &Manager::list_locks},
    {"ListGrants", "a{sv}", Access::anyone, About::none, &Manager::list_grants},
    {"ListRequests", "a{sv}", Access::anyone, About::none, &Manager::list_requests},
    {"ListSessions", "a{sv}", Access::anyone, About::none, &Manager::list_sessions},
    {"ListRoles", "a{sv}", Access::anyone, About::account, &Manager::list_roles},
    {"ListRecords", "a{sv}", Access::anyone, About::none, &Manager::list_records},
    {"Show", "sa{sv}", Access::anyone, About::none, &Manager::show},
    {"Explain", "a{sv}", Access::anyone, About::account, &Manager::explain},
    {"Recover", "ss" "a{sv}", Access::admin, About::none, &Manager::recover},  // of these, root
    {"Reload", "a{sv}", Access::admin, About::none, &Manager::reload},
};

const Method* find_method(const char* name) {
    for (const auto& method : kMethods) {
        if (std::strcmp(method.name, name) == 0) return &method;
    }
    return nullptr;
}

core::Result<void> read_arguments(sd_bus_message* m, const char* signature, Call& call) {
    std::size_t bytes = 0;
    for (const char* at = signature; *at != '\0'; ++at) {
        if (*at == 's') {
            const char* word = nullptr;
            if (sd_bus_message_read(m, "s", &word) < 0) return core::fail("InvalidArgument", "a string can't be read");
            if (std::strlen(word) > kMaxWord) return core::fail("InvalidArgument", "a string is longer than 1024 bytes");
            call.words.emplace_back(word);
            bytes += call.words.back().size();
        } else if (*at == 't') {
            if (sd_bus_message_read(m, "t", &call.number) < 0) {
                return core::fail("InvalidArgument", "a number can't be read");
            }
        } else {
            auto dict = Dict::read(m);
            if (!dict) return dict.failure();
            call.options = *std::move(dict);
            bytes += call.options.bytes();
            break;
        }
    }
    if (bytes > kMaxArguments) return core::fail("InvalidArgument", "the arguments have more than 2048 bytes");
    return {};
}

int on_call(sd_bus_message* m, void* endpoint, sd_bus_error*) noexcept {
    return guarded([&] {
        const auto& at = *static_cast<ManagerEndpoint*>(endpoint);
        return at.manager->dispatch(m, at);
    });
}

int get_version(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*, sd_bus_error*) noexcept {
    return sd_bus_message_append(reply, "s", JIT_VERSION);
}

#define JIT_OPEN SD_BUS_VTABLE_UNPRIVILEGED  // who may call is judged in dispatch()
const sd_bus_vtable kVtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("GetStatus", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a{sv}", status), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Grant",
                            SD_BUS_ARGS("s", user, "s", role, "t", duration_usec, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", grant), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Revoke", SD_BUS_ARGS("s", id, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("RevokeUser", SD_BUS_ARGS("s", user, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("RevokeSession", SD_BUS_ARGS("s", session, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("RevokeAll", SD_BUS_ARGS("s", reason, "a{sv}", options), SD_BUS_RESULT("a{sv}", result),
                            on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Lock", SD_BUS_ARGS("s", user, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Unlock", SD_BUS_ARGS("s", user, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Request", SD_BUS_ARGS("s", role, "t", duration_usec, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", request), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Withdraw", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("a{sv}", request), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Approve", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("a{sv}", request), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Deny", SD_BUS_ARGS("s", id, "s", reason, "a{sv}", options), SD_BUS_RESULT("a{sv}", request),
                            on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Redeem", SD_BUS_ARGS("s", token, "a{sv}", options), SD_BUS_RESULT("a{sv}", request), on_call,
                            JIT_OPEN | SD_BUS_VTABLE_SENSITIVE),
    SD_BUS_METHOD_WITH_ARGS("Extend", SD_BUS_ARGS("s", id, "t", duration_usec, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("s", kind, "a{sv}", object), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Release", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("a{sv}", result), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Review", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("a{sv}", grant), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListLocks", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", locks), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListGrants", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", grants), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListRequests", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", requests), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListRoles", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", roles), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListSessions", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", sessions), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("ListRecords", SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", records), on_call,
                            JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Show", SD_BUS_ARGS("s", id, "a{sv}", options), SD_BUS_RESULT("s", kind, "a{sv}", object),
                            on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Explain", SD_BUS_ARGS("a{sv}", query), SD_BUS_RESULT("a{sv}", answer), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Recover", SD_BUS_ARGS("s", what, "s", reason, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a{sv}", result), on_call, JIT_OPEN),
    SD_BUS_SIGNAL_WITH_ARGS("GrantChanged", SD_BUS_ARGS("s", id, "s", state), 0),
    SD_BUS_SIGNAL_WITH_ARGS("RequestChanged", SD_BUS_ARGS("s", id, "s", state), 0),
    SD_BUS_SIGNAL_WITH_ARGS("SessionChanged", SD_BUS_ARGS("s", id, "s", state), 0),
    SD_BUS_SIGNAL_WITH_ARGS("FileChanged", SD_BUS_ARGS("s", state, "s", code), 0),
    SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};
#undef JIT_OPEN

}  // namespace

Manager::Manager(Engine& engine, GrantSource& source, Worker& worker, SetAside set_aside)
    : engine_(engine), source_(source), worker_(worker), set_aside_(std::move(set_aside)), records_(worker) {}

int Manager::serve(sd_bus* bus, ManagerEndpoint* endpoint) {
    return sd_bus_add_object_vtable(bus, nullptr, kObjectPath, kManagerInterface, kVtable, endpoint);
}

int Manager::dispatch(sd_bus_message* m, const ManagerEndpoint& endpoint) {
    const auto* method = find_method(sd_bus_message_get_member(m));
    if (!method) return refuse(m, {"AccessDenied", "this method is not open to anybody"});
    auto call = std::make_shared<Call>();
    // Before anybody waits for anything, so that what waits is small.
    if (auto ok = read_arguments(m, method->signature, *call); !ok) return refuse(m, ok.error());
    call->message = MessagePtr(sd_bus_message_ref(m));
    if (endpoint.peer) {
        admit(call, *endpoint.peer);
        return 1;
    }
    const auto identified = [this, call](const Peer& peer) {
        call->place = workload_.take(peer.uid);
        if (call->place) return admit(call, peer);
        (void)refuse(call->message.get(), kBusy);
    };
    const bool asked = callers_.identify(sd_bus_message_get_bus(m), sd_bus_message_get_sender(m), identified);
    return asked ? 1 : refuse(m, kBusy);
}

void Manager::admit(const std::shared_ptr<Call>& call, const Peer& peer) {
    if (peer.uid == kNoUid) {
        (void)refuse(call->message.get(), {"AccessDenied", "the caller can't be identified"});
        return;
    }
    const auto* method = find_method(sd_bus_message_get_member(call->message.get()));
    const auto evidence = evidence_of(peer.pid);
    // Root on the gate never waits behind what comes over the bus, nor behind the user database.
    if (peer.uid == 0 && method->about == About::none) {
        call->actor.account = "root";
        call->actor.uid = 0;
        call->actor.loginuid = evidence.loginuid;
        call->actor.in_scope = evidence.in_scope;
        call->actor.session = evidence.session;
        call->actor.admin = true;
        run(*call);
        return;
    }
    look_up(call, peer, evidence);
}

/** Accounts that the state or the configuration ties to the call; who calls did not choose them. */
std::vector<std::string> Manager::accounts_of(const Call& call) const {
    const auto* method = find_method(sd_bus_message_get_member(call.message.get()));
    if (method->about == About::grant) {
        const auto* grant = engine_.state().grant(call.words[0]);
        return grant ? std::vector<std::string>{grant->account} : std::vector<std::string>{};
    }
    if (method->about != About::token) return {};
    const auto token = core::parse_token(call.words[0]);
    const auto& trust = engine_.config().trust;
    std::vector<std::string> out;
    for (const auto& key : trust.keys) {
        if (!token || core::mark_of(key.key) != token->key) continue;
        for (const auto& principal : trust.principals) {
            if (principal.name == key.principal) out.insert(out.end(), principal.accounts.begin(), principal.accounts.end());
        }
    }
    return out;
}

/** The names behind a call, on the worker. Nobody makes jitd look up an account he may not ask about. */
void Manager::look_up(const std::shared_ptr<Call>& call, const Peer& peer, const Evidence& evidence) {
    const bool about_account = find_method(sd_bus_message_get_member(call->message.get()))->about == About::account;
    std::string account;
    if (about_account) account = call->words.empty() ? call->options.text("user") : call->words[0];
    auto job = [this, call, peer, evidence, about_account, account, accounts = accounts_of(*call),
                roster = Roster::of(engine_.config())]() -> Worker::Completion {
        const bool known = guarded([&] {
            call->actor = resolve(peer, evidence, roster);
            for (const auto& one : accounts) call->members.push_back(member_of(one, roster.groups));
            const auto& actor = call->actor;
            const auto& subject = account.empty() ? actor.account : account;
            const bool may_ask = about_account && (core::sees_all(actor) || subject == actor.account);
            if (may_ask && !subject.empty() && subject.size() <= 256) {
                call->subject_uid = uid_of(subject);
                call->members.push_back(member_of(subject, roster.groups));
            }
            return 0;
        }) == 0;
        return [this, call, known] {
            if (known) {
                run(*call);
            } else {
                (void)refuse(call->message.get(), {"Failed", "the caller can't be looked up"});
            }
        };
    };
    const bool posted = peer.uid == 0 ? worker_.post_first(std::move(job)) : worker_.post(std::move(job));
    if (!posted) (void)refuse(call->message.get(), {"LimitsExceeded", "jitd waits for the user database; try again"});
}

void Manager::run(Call& call) {
    const auto* method = find_method(sd_bus_message_get_member(call.message.get()));
    if (method->access == Access::admin && !call.actor.admin) {
        (void)refuse(call.message.get(), {"AccessDenied", fmt::format("{} is no admin of this host; run it as root",
                                                                      call.actor.account)});
        return;
    }
    const int r = (this->*method->handler)(call);
    if (r < 0) (void)refuse(call.message.get(), {"Failed", std::string("the answer can't be sent: ") + std::strerror(-r)});
}

int Manager::reply(Call& call, const std::function<int(sd_bus_message*)>& fill) {
    sd_bus_message* raw = nullptr;
    int r = sd_bus_message_new_method_return(call.message.get(), &raw);
    const MessagePtr message(raw);
    if (r >= 0) r = fill(raw);
    return r < 0 ? r : sd_bus_send(nullptr, raw, nullptr);
}

}  // namespace jit::daemon
