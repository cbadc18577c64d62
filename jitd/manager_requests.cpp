// SPDX-License-Identifier: Apache-2.0
// Asking and deciding over D-Bus: arguments in, an event for core, the object as it is now out.
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitd/clock.hpp"
#include "jitd/manager.hpp"

namespace jit::daemon {
namespace {

constexpr auto kMaxTime = static_cast<std::uint64_t>(INT64_MAX / 4);

core::Result<core::Usec> span_of(std::uint64_t usec) {
    if (usec > kMaxTime) return core::fail("InvalidArgument", "duration: too long");
    return core::Usec(static_cast<std::int64_t>(usec));
}

core::Result<std::optional<core::Usec>> span_option(const Dict& options, const char* key) {
    const auto usec = options.get<std::uint64_t>(key);
    if (!usec) return std::optional<core::Usec>();
    auto span = span_of(*usec);
    if (!span) return span.failure();
    return std::optional<core::Usec>(*span);
}

core::Result<void> typed(const Dict& options, std::initializer_list<std::pair<std::string_view, char>> known) {
    for (const auto& [key, type] : known) {
        if (auto ok = options.typed(key, type); !ok) return ok;
    }
    return {};
}

}  // namespace

int Manager::decide(Call& call, const core::Event& event, std::function<void(const core::Error&)> on_refused) {
    auto kept = std::make_shared<Call>(std::move(call));
    engine_.handle(event, [this, kept, on_refused = std::move(on_refused)](const Outcome& outcome) {
        const auto& transition = outcome.transition;
        if (transition.refused) {
            if (on_refused) on_refused(*transition.refused);
            (void)refuse(*kept, *transition.refused);
            return;
        }
        if (!outcome.durable && !transition.memory_suffices) {
            (void)refuse(*kept, {"NotDurable", "done, but /var/lib/jit can't be written: it holds until restart only; make room "
                                               "and do it again"});
            return;
        }
        const auto view = view_of(engine_);
        const bool pair = std::string_view(sd_bus_message_get_member(kept->message.get())) == "Extend";
        (void)reply(*kept, [&](sd_bus_message* m) {
            const int r = pair ? sd_bus_message_append(m, "s", transition.kind.c_str()) : 0;
            return r < 0 ? r : append_dict(m, [&](DictWriter& out) {
                const auto* grant = transition.kind == "grant" ? view.state.grant(transition.id) : nullptr;
                const auto* request = transition.kind == "request" ? view.state.request(transition.id) : nullptr;
                if (grant) describe(out, *grant, view);
                if (request) describe(out, *request, view, Detail::full);
            });
        });
    });
    return 1;
}

int Manager::request(Call& call) {
    auto ok = call.options.only({"ticket", "start_usec", "breakglass"});
    if (ok) ok = typed(call.options, {{"ticket", 's'}, {"start_usec", 't'}, {"breakglass", 'b'}});
    if (!ok) return refuse(call, ok.error());
    const auto duration = span_of(call.number);
    const auto start = span_option(call.options, "start_usec");
    if (!duration || !start) return refuse(call, {"InvalidArgument", "request: a time is too far away"});
    core::RequestEvent event;
    event.id = random_id();
    event.grant = random_id();
    event.kind = call.options.get<bool>("breakglass").value_or(false) ? core::RequestKind::breakglass : core::RequestKind::role;
    event.role = call.words[0].empty() ? engine_.config().settings.default_role : call.words[0];
    event.duration = *duration;
    if (*start) event.start = core::Wall(**start);
    event.reason = call.words[1];
    event.ticket = call.options.text("ticket");
    event.local = Clock::local(engine_.now().wall);
    event.actor = call.actor;
    return decide(call, event);
}

int Manager::withdraw(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    return decide(call, core::WithdrawEvent{call.words[0], call.actor});
}

int Manager::approve(Call& call) {
    auto ok = call.options.only({"duration_usec", "reason"});
    if (ok) ok = typed(call.options, {{"duration_usec", 't'}, {"reason", 's'}});
    if (!ok) return refuse(call, ok.error());
    const auto duration = span_option(call.options, "duration_usec");
    if (!duration) return refuse(call, duration.error());
    return decide(call, core::ApproveEvent{call.words[0], random_id(), *duration, call.options.text("reason"), call.actor});
}

int Manager::deny(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    return decide(call, core::DenyEvent{call.words[0], call.words[1], call.actor});
}

int Manager::redeem(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    const auto uid = call.actor.uid;
    const auto boot = engine_.now().boot;
    if (const auto wait = guesses_.wait(uid, boot); wait > core::Usec{}) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
        return refuse(call, {"LimitsExceeded", fmt::format("redeem: too many tokens that fit nothing; try again in {}",
                                                           core::format_duration(seconds))});
    }
    const core::RedeemEvent event{call.words[0], random_id(), call.members, call.actor};
    call.words.clear();
    return decide(call, event, [this, uid, boot](const core::Error& error) {
        if (error.code != "BadToken" || !guesses_.note(uid, boot)) return;
        std::fprintf(stderr, "<4>jitd: uid %u: %zu tokens that fit nothing within a minute; it has to wait\n", uid,
                     Guesses::kFree);
    });
}

int Manager::extend(Call& call) {
    auto ok = call.options.only({"ticket"});
    if (ok) ok = call.options.typed("ticket", 's');
    if (!ok) return refuse(call, ok.error());
    const auto duration = span_of(call.number);
    if (!duration) return refuse(call, duration.error());
    core::ExtendEvent event;
    event.grant = call.words[0];
    event.id = random_id();
    event.fresh = random_id();
    event.duration = *duration;
    event.reason = call.words[1];
    event.ticket = call.options.text("ticket");
    event.local = Clock::local(engine_.now().wall);
    if (!call.members.empty()) event.holder = call.members.front();
    event.actor = call.actor;
    return decide(call, event);
}

int Manager::release(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    engine_.handle(core::ReleaseEvent{call.words[0], call.actor}, [&](const Outcome& outcome) { answer_ends(call, outcome); });
    return 1;
}

int Manager::review(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    core::ReviewEvent event{call.words[0], call.actor};
    auto kept = std::make_shared<Call>(std::move(call));
    engine_.handle(event, [this, kept](const Outcome& outcome) { answer_grant(*kept, kept->words[0], outcome); });
    return 1;
}

}  // namespace jit::daemon
