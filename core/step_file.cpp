// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

/** Why this id can't mean what the new file says: it meant another person or role before. */
bool contradicts(const Pin& pin, const Grant& grant) {
    return pin.account != grant.account || pin.role != grant.role || (pin.uid && grant.uid && *pin.uid != *grant.uid);
}

void pin_grant(Transition& out, const World& world, const Grant& grant, const FileEvent& event) {
    const Pin* old = world.state.pin_of(grant.id);
    Pin pin = old ? *old : Pin{grant.id, grant.account, grant.uid, grant.role, {}, {}, std::nullopt};
    const auto resolved = event.resolved.find(grant.account);
    if (!pin.uid) pin.uid = grant.uid;
    if (!pin.uid && resolved != event.resolved.end()) pin.uid = resolved->second;
    if (pin.not_before != grant.not_before || pin.not_after != grant.not_after) {
        pin.not_before = grant.not_before;
        pin.not_after = grant.not_after;
        pin.activation.reset();
    }
    const bool same = old && old->uid == pin.uid && old->not_before == pin.not_before &&
                      old->not_after == pin.not_after;
    if (!same) out.changes.emplace_back(PutPin{std::move(pin)});
}

Record file_record(const EventKind& kind, const SignedGrants& set, std::string message) {
    Record record(kind, std::move(message));
    std::vector<std::string> keys, people;
    for (const auto& signer : set.signers) {
        keys.push_back(signer.key);
        people.push_back(signer.principal);
    }
    record.set("KEYS", fmt::format("{}", fmt::join(keys, ",")))
        .set("APPROVERS", fmt::format("{}", fmt::join(people, ",")))
        .set("SERIAL", std::to_string(set.serial))
        .set("SHA256", to_hex(set.sha256.data(), set.sha256.size()))
        .set("COUNT", std::to_string(set.grants.size()))
        .set("NOT_AFTER", format_time(set.expires));
    return record;
}

Transition refuse(const World& world, const FileEvent& event) {
    Transition out;
    const auto& error = event.loaded.error();
    FileState file = world.state.file;
    const bool over = error.code == file_code::kExpired && event.mode == LoadMode::accepted;
    const bool was_over = file.state == "expired" && event.mode == LoadMode::delivered;  // and was told
    file.state = over || was_over ? "expired" : "refused";
    file.code = error.code;
    file.text = error.text;
    const bool lost = event.mode == LoadMode::accepted;  // our own copy no longer holds: nothing of it serves
    if (lost) out.changes.emplace_back(ReplaceFileGrants{});
    if (event.record) {
        Record record(event::kFileRefused, fmt::format("grant file refused: {} [{}]", error.text, error.code));
        record.set("CODE", error.code).set("REASON", error.text);
        out.records.push_back(std::move(record));
    }
    out.actions.emplace_back(Announce{"file", "refused", error.code});
    out.changes.emplace_back(PutFile{std::move(file)});
    return out;
}

/** What the file takes away needs no disk: grants it lacks are gone, shorter ones are shorter, nothing is new. */
Transition reduce(const World& world, const SignedGrants& set) {
    Transition out;
    ReplaceFileGrants kept;
    for (const auto& grant : set.grants) {
        const Grant* old = world.state.grant(grant.id);
        if (!old || old->origin != Origin::file || old->account != grant.account || old->role != grant.role) continue;
        Grant shorter = *old;
        shorter.not_after = std::min(old->not_after, grant.not_after);
        kept.grants.push_back(std::move(shorter));
    }
    FileState file = world.state.file;
    file.state = "refused";
    file.code = to_string(Code::recovery);
    file.reduced = std::max(file.reduced, set.serial);
    file.text = "/var/lib/jit can't be written: only what the new grant file takes away is in force";
    Record record(event::kFileRefused, file.text);
    record.set("CODE", file.code).set("REASON", file.text).set("SERIAL", std::to_string(set.serial));
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"file", "refused", file.code});
    out.changes.emplace_back(std::move(kept));
    out.changes.emplace_back(PutFile{std::move(file)});
    return out;
}

}  // namespace

Transition on_file(const World& world, const FileEvent& event) {
    if (!event.loaded) return refuse(world, event);
    if (event.reduce_only) return reduce(world, *event.loaded);
    const SignedGrants& set = *event.loaded;
    if (event.mode == LoadMode::accepted && set.serial < world.state.file.serial) {
        // The copy is written before the marks: an older one was put there by somebody else.
        FileEvent rolled_back = event;
        rolled_back.loaded = fail(file_code::kRollback, fmt::format("accepted copy: serial {} is older than {}, which "
                                                                    "was accepted before; deliver the file again",
                                                                    set.serial, world.state.file.serial));
        return refuse(world, rolled_back);
    }
    Transition out;
    // The copy is on disk before the marks: jitd may have ended in between, and then nobody was told of it yet.
    const bool found = event.mode == LoadMode::accepted && set.serial > world.state.file.serial &&
                       !world.state.needs_recovery;
    const bool news = found || (event.mode == LoadMode::delivered && !set.unchanged);
    out.widens = news && !found;  // what was kept before serves, whether or not the marks can follow
    FileState file;
    file.state = "ok";
    file.serial = set.serial;
    file.sha256 = set.sha256;
    file.expires = set.expires;

    ReplaceFileGrants replaced;
    auto dropped = set.dropped;
    for (const auto& grant : set.grants) {
        const Pin* pin = world.state.pin_of(grant.id);
        if (pin && contradicts(*pin, grant)) {
            dropped.push_back({grant.id, std::string(file_code::kIdentity),
                               fmt::format("grant {}: meant {} as {} before", grant.id, pin->account, pin->role), 0});
            continue;
        }
        pin_grant(out, world, grant, event);
        replaced.grants.push_back(grant);
    }
    if (news && (event.record || found)) {
        auto record = file_record(event::kFileAccepted, set,
                                  fmt::format("grant file serial {} accepted: {} of {} grants are for this host",
                                              set.serial, replaced.grants.size(), set.total));
        std::vector<std::string> out_words;
        for (const auto& d : dropped) out_words.push_back(d.id + ":" + d.code);
        if (out_words.size() > 64) out_words.resize(64);
        record.set("DROPPED", fmt::format("{}", fmt::join(out_words, ",")));
        out.records.push_back(std::move(record));
    }
    out.actions.emplace_back(Announce{"file", "ok", ""});
    out.changes.emplace_back(std::move(replaced));
    out.changes.emplace_back(PutFile{std::move(file)});
    return out;
}

}  // namespace jit::core
