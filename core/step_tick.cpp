// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

constexpr std::size_t kBatch = 64;  // changes per tick: a check never waits behind ten thousand activations

void activate(Transition& out, const World& world, const Grant& grant, Pin pin) {
    pin.activation = Activation{grant.not_after, world.now.boot + (grant.not_after - world.now.wall),
                                world.now.boot_id};
    Record record(event::kGrantActivated, fmt::format("grant {} of {} is active until {}", grant.id, grant.account,
                                                      format_time(grant.not_after)));
    describe(record, grant);
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"grant", grant.id, "active"});
    out.changes.emplace_back(PutPin{std::move(pin)});
}

void expire(Transition& out, const World& world, const Grant& grant, bool was_active) {
    out.changes.emplace_back(PutEnded{Ended{grant.id, EndHow::expired, "", world.now.wall}});
    if (!was_active) return;  // it came too late to be of any use: nothing to tell
    Record record(event::kGrantExpired, fmt::format("grant {} of {} is over", grant.id, grant.account));
    describe(record, grant).set("CODE", "EXPIRED");
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"grant", grant.id, "expired"});
}

/** The boot clock ended it before the wall clock: a reboot must not begin its time anew. */
void note_end(Transition& out, const World& world, Pin pin) {
    pin.activation->end = world.now.wall;
    out.changes.emplace_back(PutPin{std::move(pin)});
}

/** A reboot must not bring back what the wall clock lost. While it is refused it may be wrong itself: then it ends nothing. */
void keep_up(Transition& out, const World& world, Pin pin) {
    pin.activation->end = world.now.wall + *left_by_boot(*pin.activation, world.now);
    out.changes.emplace_back(PutPin{std::move(pin)});
}

/** Of people who decided for a later start, enough must still be who they were when it comes. */
bool stands(const World& world, const Grant& grant) {
    const Request* request = world.state.request(grant.request);
    return !request || grant.origin == Origin::breakglass || standing(world, *request) >= request->needed;
}

/** The key of a token that gave it, when the trust file says it is revoked. One that is only gone may come back. */
std::string revoked_key(const World& world, const Grant& grant) {
    if (grant.origin == Origin::file) return "";
    for (const auto& id : grant.keys) {
        for (const auto& key : world.config.trust.keys) {
            if (key.id == id && key.revoked) return id;
        }
    }
    return "";
}

void void_approval(Transition& out, const World& world, const Grant& grant, std::string message, Code code) {
    out.changes.emplace_back(PutEnded{Ended{grant.id, EndHow::revoked, "", world.now.wall}});
    Record record(event::kGrantRevoked, std::move(message));
    describe(record, grant).set("CODE", std::string(to_string(code)));
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"grant", grant.id, "revoked"});
}

void tick_grants(Transition& out, const World& world) {
    for (const auto& [id, grant] : world.state.grants) {
        if (out.changes.size() >= kBatch) {
            out.more = true;
            return;
        }
        if (world.state.ended.contains(id)) continue;
        const Pin* pin = world.state.pin_of(id);
        const bool active = pin && pin->activation;
        const auto status = status_of(grant, world.state, world.config, world.now);
        if (status.state == GrantState::expired) {
            if (!ends_with_file(world, grant)) {
                // A wrong clock ends no grant that is to come; of a file, which is over itself, its signer makes another.
                if (!active && grant.origin != Origin::file && world.state.floor.believed_at()) continue;
                expire(out, world, grant, active);
            } else if (active && world.now.wall < pin->activation->end) {
                note_end(out, world, *pin);
            }
        } else if (const auto key = revoked_key(world, grant); !key.empty()) {
            void_approval(out, world, grant, fmt::format("grant {} of {} ends: key {} is revoked", id, grant.account, key),
                          Code::revoked);
        } else if (active && is_behind(*pin->activation, world.now)) {
            if (!world.state.floor.refuses(world.now)) keep_up(out, world, *pin);
        } else if (world.now.wall >= grant.not_before && pin && !active && !world.state.floor.refuses(world.now)) {
            if (!stands(world, grant)) {
                void_approval(out, world, grant, fmt::format("grant {} of {} does not begin: who approved it is locked", id,
                                                             grant.account), Code::locked);
            } else if (!world.state.floor.believed_at()) {  // begun is begun, also when the clock is right again
                activate(out, world, grant, *pin);
            }
        }
    }
}

void tick_requests(Transition& out, const World& world) {
    for (const auto& [id, request] : world.state.requests) {
        if (request.state != RequestState::pending) continue;
        const Grant* grant = request.kind == RequestKind::extension ? world.state.grant(request.grant) : nullptr;
        const bool pointless = request.kind == RequestKind::extension && (!grant || is_over(*grant, world));
        const bool late = world.now.wall >= request.expires && !world.state.floor.believed_at();
        if (!late && !pointless) continue;
        settle(out, world, request, RequestState::expired, event::kRequestExpired,
               pointless ? fmt::format("request {} of {} ends with grant {}", id, request.account, request.grant)
                         : fmt::format("request {} of {} found no answer in time", id, request.account),
               Code::expired);
    }
}

void tick_file(Transition& out, const World& world) {
    const auto& known = world.state.file;
    if (known.serial == 0 || known.state == "expired" || world.now.wall < known.expires) return;
    FileState file = known;
    file.state = "expired";
    file.code = file_code::kExpired;
    Record record(event::kFileExpired, fmt::format("grant file serial {} ended at {}; its grants no longer serve",
                                                   file.serial, format_time(file.expires)));
    record.set("CODE", file.code).set("SERIAL", std::to_string(file.serial));
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"file", "expired", file.code});
    out.changes.emplace_back(PutFile{std::move(file)});
}

}  // namespace

bool ends_with_file(const World& world, const Grant& grant) {
    return grant.origin == Origin::file && grant.not_after >= world.state.file.expires;
}

Transition on_tick(const World& world) {
    Transition out;
    tick_sessions(out, world);
    tick_file(out, world);
    tick_requests(out, world);
    tick_grants(out, world);
    return out;
}

Transition on_start(const World& world, const StartEvent& event) {
    Transition out;
    for (const auto& [id, pin] : world.state.pins) {
        if (!pin.activation || pin.activation->boot_id == world.now.boot_id || world.state.ended.contains(id)) continue;
        Pin moved = pin;  // boot time began anew: what is left by the wall clock is what is left, but not more than was given
        const Grant* grant = world.state.grant(id);
        const Usec given = grant ? grant->not_after - grant->not_before : pin.not_after - pin.not_before;
        moved.activation->deadline = world.now.boot + std::min(pin.activation->end - world.now.wall, given);
        moved.activation->boot_id = world.now.boot_id;
        out.changes.emplace_back(PutPin{std::move(moved)});
    }
    for (const auto& [id, request] : world.state.requests) {
        if (!event.put_back || request.state != RequestState::pending) continue;
        settle(out, world, request, RequestState::expired, event::kRequestExpired,
               fmt::format("request {} of {} ends: /var/lib/jit was put back from a copy, and it may have been answered since",
                           id, request.account),
               Code::recovery);
    }
    Record record(event::kDaemonStarted, "jitd " JIT_VERSION " is ready");
    out.records.push_back(std::move(record));
    return out;
}

Transition on_stop(const World&) {
    Transition out;
    out.records.emplace_back(event::kDaemonStopped, "jitd stops; sessions keep their ends");
    return out;
}

}  // namespace jit::core
