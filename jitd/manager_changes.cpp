// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitd/manager.hpp"

namespace jit::daemon {
int Manager::grant(Call& call) {
    auto ok = call.options.only({"ticket", "start_usec"});
    if (ok) ok = call.options.typed("ticket", 's');
    if (ok) ok = call.options.typed("start_usec", 't');
    if (!ok) return refuse(call, ok.error());
    if (call.number > static_cast<std::uint64_t>(INT64_MAX / 4)) {
        return refuse(call, {"InvalidArgument", "grant: duration: too long"});
    }
    core::GrantEvent event;
    event.id = random_id();
    event.user = call.words[0];
    event.role = call.words[1].empty() ? engine_.config().settings.default_role : call.words[1];
    event.duration = core::Usec(static_cast<std::int64_t>(call.number));
    event.reason = call.words[2];
    event.ticket = call.options.text("ticket");
    if (const auto start = call.options.get<std::uint64_t>("start_usec")) {
        if (*start > static_cast<std::uint64_t>(INT64_MAX / 4)) {
            return refuse(call, {"InvalidArgument", "grant: start: too far away"});
        }
        event.start = core::from_usec(*start);
    }
    event.uid = call.subject_uid;
    event.actor = call.actor;
    auto kept = std::make_shared<Call>(std::move(call));
    engine_.handle(event, [this, kept, id = event.id](const Outcome& outcome) { answer_grant(*kept, id, outcome); });
    return 1;
}

void Manager::answer_grant(Call& call, const std::string& id, const Outcome& outcome) {
    if (outcome.transition.refused) {
        (void)refuse(call, *outcome.transition.refused);
        return;
    }
    const auto view = view_of(engine_);
    (void)reply(call, [&](sd_bus_message* m) {
        return append_dict(m, [&](DictWriter& out) {
            if (const auto* grant = view.state.grant(id)) describe(out, *grant, view);
        });
    });
}

int Manager::revoke(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    const std::string member = sd_bus_message_get_member(call.message.get());
    core::RevokeEvent event;
    event.what = member == "RevokeUser"      ? core::RevokeWhat::user
                 : member == "RevokeSession" ? core::RevokeWhat::session
                 : member == "RevokeAll"     ? core::RevokeWhat::all
                                             : core::RevokeWhat::grant;
    if (event.what != core::RevokeWhat::all) event.object = call.words[0];
    event.reason = call.words.back();
    event.actor = call.actor;
    engine_.handle(event, [&](const Outcome& outcome) { answer_ends(call, outcome); });
    return 1;
}

void Manager::answer_ends(Call& call, const Outcome& outcome) {
    const auto& transition = outcome.transition;
    if (transition.refused) {
        (void)refuse(call, *transition.refused);
    } else if (!outcome.durable) {
        (void)refuse(call, {"NotDurable", "done, but /var/lib/jit can't be written: it holds until restart only; make room and do "
                                          "it again"});
    } else {
        (void)reply(call, [&](sd_bus_message* m) {
            return append_dict(m, [&](DictWriter& out) {
                out.list("ended", transition.ended).list("sessions", transition.told).list("still", transition.still);
            });
        });
    }
}

int Manager::lock(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    engine_.handle(core::LockEvent{call.words[0], call.words[1], call.actor}, [&](const Outcome& outcome) {
        if (outcome.transition.refused) {
            (void)refuse(call, *outcome.transition.refused);
        } else if (!outcome.durable) {
            (void)refuse(call, {"NotDurable", "lock: done, but /var/lib/jit can't be written: it holds until restart "
                                              "only; make room and lock again"});
        } else {
            (void)reply(call, [&](sd_bus_message* m) {
                return append_dict(m, [&](DictWriter& out) {
                    out.text("account", call.words[0]).list("sessions", outcome.transition.told);
                });
            });
        }
    });
    return 1;
}

int Manager::unlock(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    auto kept = std::make_shared<Call>(std::move(call));
    engine_.handle(core::UnlockEvent{kept->words[0], kept->words[1], kept->actor}, [this, kept](const Outcome& outcome) {
        if (outcome.transition.refused) {
            (void)refuse(*kept, *outcome.transition.refused);
            return;
        }
        (void)reply(*kept, [&](sd_bus_message* m) {
            return append_dict(m, [&](DictWriter& out) { out.text("account", kept->words[0]); });
        });
    });
    return 1;
}

int Manager::recover(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    const bool clock = call.words[0] == "clock";
    if (!clock && call.words[0] != "state") return refuse(call, {"InvalidArgument", "recover: what: \"state\" or \"clock\""});
    core::RecoverEvent event{clock ? core::RecoverWhat::clock : core::RecoverWhat::state, call.words[1], call.actor};
    auto kept = std::make_shared<Call>(std::move(call));
    engine_.handle(event, [this, kept, clock](const Outcome& outcome) {
        if (outcome.transition.refused) {
            (void)refuse(*kept, *outcome.transition.refused);
            return;
        }
        core::Result<std::string> aside = std::string();
        if (!clock && set_aside_) aside = set_aside_();
        if (!aside) {
            (void)refuse(*kept, aside.error());
            return;
        }
        (void)reply(*kept, [&](sd_bus_message* m) {
            return append_dict(m, [&](DictWriter& out) { out.text("recovered", kept->words[0]).text("aside", *aside); });
        });
    });
    return 1;
}

int Manager::reload(Call& call) {
    if (auto ok = call.options.only({}); !ok) return refuse(call, ok.error());
    auto kept = std::make_shared<Call>(std::move(call));
    source_.reload([this, kept] {
        (void)reply(*kept, [&](sd_bus_message* m) {
            return append_dict(m, [&](DictWriter& out) {
                describe(out, engine_.state().file, Quotes::shown);
                out.list("config", source_.problems());
            });
        });
    });
    return 1;
}

}  // namespace jit::daemon
