// SPDX-License-Identifier: Apache-2.0
#include "jitd/engine.hpp"

#include <algorithm>

#include "core/take_back.hpp"

namespace jit::daemon {
namespace {

constexpr std::uint64_t kCheckpointEvery = 256;  // commits; some 4 MB of write-ahead log
// Between two parts of a long tick: a check's record must not wait in journald behind a thousand activations.
constexpr auto kTickPause = std::chrono::milliseconds(5);
constexpr std::size_t kMaxUnwritten = 65536;
constexpr std::uint64_t kTrimEvery = 16;  // records between two clean-ups of the outbox

template <class T>
bool passed(const std::optional<T>& due, T now) {
    return due && *due <= now;
}

}  // namespace

struct Engine::Pending {
    core::Event event;
    Outcome outcome;
    Done done;
    bool failed = false;
};

Engine::Engine(Clock clock, std::unique_ptr<Store> store, Loaded loaded, Journal& journal, Actions& actions)
    : clock_(std::move(clock)),
      store_(std::move(store)),
      state_(std::move(loaded.state)),
      config_(std::make_shared<core::Config>()),
      seq_(loaded.seq),
      chain_(loaded.chain),
      put_back_(loaded.put_back),
      journal_(journal),
      actions_(actions),
      floor_saved_(state_.floor.high()) {
    if (!store_) return;
    journal_.catch_up([this](std::uint64_t seq, std::size_t most) {  // before anything newer
        trim_outbox(kTrimEvery);
        return store_->outbox(seq, most);
    });
}

Engine::~Engine() { journal_.forget_outbox(); }

core::Result<void> Engine::start(sd_event* event) {
    if (wall_timer_.init(event, CLOCK_REALTIME, kPriorityTimer, [this] { settle(); }) < 0 ||
        boot_timer_.init(event, CLOCK_BOOTTIME, kPriorityTimer, [this] { settle(); }) < 0 ||
        denial_timer_.init(event, CLOCK_BOOTTIME, kPriorityTimer, [this] { flush_denials(); }) < 0) {
        return core::fail("Failed", "engine: timer");
    }
    handle(core::StartEvent{put_back_});
    return {};
}

void Engine::set_config(std::shared_ptr<const core::Config> config) { config_ = std::move(config); }

void Engine::handle(const core::Event& event, Done done) {
    const auto now = clock_.now();
    if (passed(due_.wall, now.wall) || passed(due_.boot, now.boot)) settle();
    state_.floor.observe(now);

    auto pending = std::make_shared<Pending>(Pending{event, {}, std::move(done)});
    auto& transition = pending->outcome.transition;
    transition = core::step(state_, *config_, event, now);
    if (transition.refused) {
        if (pending->done) pending->done(pending->outcome);
        return;
    }
    take_effect(pending, now);
}

void Engine::take_effect(const std::shared_ptr<Pending>& pending, const core::Now& now) noexcept {
    const auto& event = pending->event;
    auto& transition = pending->outcome.transition;
    const bool check = std::holds_alternative<core::CheckEvent>(event);
    const bool denied = check && !transition.decision.allowed();
    if (denied) {
        std::vector<core::Record> kept;
        for (const auto& record : transition.records) {
            if (auto passing = denials_.pass(record, now.boot)) kept.push_back(std::move(*passing));
        }
        if (kept.size() < transition.records.size()) flush_denials();
        transition.records = std::move(kept);
    }

    const auto before_seq = seq_;
    const auto before_chain = chain_;
    auto sealed = seal(transition.records);
    const bool committed = commit(transition.changes, sealed);
    const bool must_last = (transition.widens || transition.lasts) && !transition.memory_suffices;
    if (!committed && must_last && !check) {
        seq_ = before_seq;
        chain_ = before_chain;
        if (auto file = event; auto* reduced = std::get_if<core::FileEvent>(&file)) {
            reduced->reduce_only = true;
            handle(file);
        }
        transition.refused = core::Error{"Failed", "state: /var/lib/jit can't be written; nothing was changed; see: "
                                                   "journalctl -u jitd"};
        if (pending->done) pending->done(pending->outcome);
        return;
    }
    if (!committed && transition.session && !transition.memory_suffices) {  // a session that a restart forgets could not be ended any more
        refuse_check(*pending, core::Code::recovery);
        transition.changes.clear();
        transition.actions.clear();
    }
    // A check lives on its record alone; a reduction holds in memory whatever the disk says.
    pending->outcome.durable = committed;
    for (const auto& change : transition.changes) core::apply(state_, change);

    const bool waits = transition.widens && !std::holds_alternative<core::FileEvent>(event);
    if (!waits) {
        for (auto& record : sealed) journal_.send(std::move(record), nullptr, committed);
        act(transition.actions);
        if (pending->done) pending->done(pending->outcome);
    } else {
        record_all(pending, std::move(sealed));
    }
    if (transition.session) {
        const auto limit = now.boot + core::kOpeningLimit;
        if (!due_.boot || limit < *due_.boot) {
            due_.boot = limit;
            boot_timer_.arm(static_cast<std::uint64_t>(limit.time_since_epoch().count()));
        }
    }
    if (!check) settle();
    trim_outbox(kTrimEvery);
}

void Engine::record_all(std::shared_ptr<Pending> pending, std::vector<core::SealedRecord> sealed) {
    if (sealed.empty()) {
        finish(pending);
        return;
    }
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        const bool last = i + 1 == sealed.size();  // read in order: the last one speaks for all
        journal_.send(std::move(sealed[i]), !last ? Journal::Done(nullptr) : [this, pending](bool accepted) {
            pending->failed = !accepted && config_->settings.on_audit_failure == core::OnAuditFailure::deny;
            finish(pending);
        }, pending->outcome.durable);
    }
}

void Engine::finish(const std::shared_ptr<Pending>& pending) {
    auto& transition = pending->outcome.transition;
    const auto* check = std::get_if<core::CheckEvent>(&pending->event);
    if (pending->failed) {
        audit_failed(*pending);
    } else if (check && check->phase != core::Phase::scope) {
        // A revoke may have returned while the record was on its way: then this is no longer an allow.
        auto again = core::decide(check->query, state_, *config_, clock_.now());
        const auto it = transition.session ? state_.sessions.find(transition.session->id) : state_.sessions.end();
        const bool gone = transition.session &&
                          (it == state_.sessions.end() || it->second.state == core::SessionState::ending);
        if (!again.allowed() || gone) {
            if (again.allowed()) again.code = core::Code::revoked;
            refuse_check(*pending, again.code);
            carry_out({}, {core::overtaken(state_, *check, transition.decision)});
        }
    }
    if (!transition.refused) act(transition.actions);
    if (pending->done) pending->done(pending->outcome);
}

void Engine::refuse_check(Pending& pending, core::Code code) {
    auto& transition = pending.outcome.transition;
    const auto& query = std::get<core::CheckEvent>(pending.event).query;
    core::Decision denied;
    denied.code = code;
    denied.grant = transition.decision.grant;
    denied.role = transition.decision.role;
    denied.ends = clock_.now().wall;
    transition.decision = denied;
    transition.text = core::denial_text(query, denied, *config_);
    transition.session.reset();
}

void Engine::audit_failed(Pending& pending) {
    auto& transition = pending.outcome.transition;
    transition.actions.clear();
    if (std::holds_alternative<core::CheckEvent>(pending.event)) {
        if (transition.session) handle(core::EmptyEvent{transition.session->id, {}});
        refuse_check(pending, core::Code::audit);
        return;
    }
    carry_out(core::taken_back(transition, state_), transition.take_back.records);
    transition.refused = core::Error{"Audit", "audit: journald does not take records; nothing was changed; see: "
                                              "systemctl status systemd-journald"};
    settle();  // what had been widened may hold sessions past their old end
}

std::vector<core::SealedRecord> Engine::seal(const std::vector<core::Record>& records) {
    std::vector<core::SealedRecord> out;
    out.reserve(records.size());
    const auto at = std::to_string(core::to_usec(clock_.now().wall));  // journald's own time is not in the chain
    for (const auto& record : records) {
        auto timed = record;
        timed.set("TIME", at);
        out.push_back(core::seal(timed, ++seq_, chain_, state_.host_id));
        chain_ = out.back().chain;
    }
    return out;
}

/** The floor that goes with these changes. */
core::Wall Engine::floor_after(const std::vector<core::Change>& changes) const {
    for (const auto& change : changes) {
        if (const auto* put = std::get_if<core::PutFloor>(&change)) return put->floor;
    }
    return state_.floor.high();
}

bool Engine::commit(const std::vector<core::Change>& changes, const std::vector<core::SealedRecord>& records) {
    if (!store_) return false;
    if (changes.empty() && records.empty()) return true;
    std::vector<core::Change> joined;
    if (!unwritten_.empty()) {
        joined = unwritten_;
        joined.insert(joined.end(), changes.begin(), changes.end());
    }
    const auto& all = unwritten_.empty() ? changes : joined;
    const auto floor = floor_after(changes);
    const auto ok = store_->commit(all, records, floor, durability_of(all));
    if (!ok) std::fprintf(stderr, "<3>jitd: %s\n", ok.error().text.c_str());
    if (ok) unwritten_.clear();
    if (!ok) keep_ends(changes);
    if (ok) floor_saved_ = floor;
    if (ok && ++commits_ % kCheckpointEvery == 0) actions_.checkpoint();
    return ok.has_value();
}

void Engine::carry_out(const std::vector<core::Change>& changes, const std::vector<core::Record>& records) {
    auto sealed = seal(records);
    const bool committed = commit(changes, sealed);
    for (const auto& change : changes) core::apply(state_, change);
    for (auto& record : sealed) journal_.send(std::move(record), nullptr, committed);
}

void Engine::keep_ends(const std::vector<core::Change>& changes) {
    for (const auto& change : changes) {
        const bool end = std::holds_alternative<core::PutEnded>(change) || std::holds_alternative<core::PutLock>(change);
        if (end && unwritten_.size() < kMaxUnwritten) unwritten_.push_back(change);
    }
}

void Engine::act(const std::vector<core::Action>& actions) {
    for (const auto& action : actions) {
        if (const auto* stop = std::get_if<core::StopSession>(&action)) actions_.stop(stop->id, stop->how);
        if (const auto* kill = std::get_if<core::KillSession>(&action)) actions_.kill(kill->id);
        if (const auto* announce = std::get_if<core::Announce>(&action)) actions_.announce(*announce);
        if (const auto* tell = std::get_if<core::TellEverybody>(&action)) actions_.tell_everybody(tell->text);
        if (const auto* tell = std::get_if<core::TellPerson>(&action)) {
            const auto it = state_.sessions.find(tell->session);
            if (it != state_.sessions.end()) actions_.tell_person(it->second, tell->text);
        }
    }
}

bool Engine::tick() {
    const auto now = clock_.now();
    state_.floor.observe(now);
    const auto transition = core::step(state_, *config_, core::TickEvent{}, now);
    carry_out(transition.changes, transition.records);
    act(transition.actions);
    return !transition.changes.empty();
}

void Engine::settle() noexcept {
    due_ = {};
    const bool again = tick();  // one a turn: what is left waits, so that a check does not
    if (store_ && state_.floor.high() - floor_saved_ >= core::kFloorInterval) {
        if (store_->save_floor(state_.floor.high())) floor_saved_ = state_.floor.high();
    }
    const auto now = clock_.now();
    due_ = core::next_due(state_, *config_, now);
    if (again) due_.boot = now.boot + kTickPause;
    arm();
}

void Engine::arm() {
    if (due_.wall) {
        wall_timer_.arm(core::to_usec(*due_.wall));
    } else {
        wall_timer_.disarm();
    }
    if (due_.boot) {
        boot_timer_.arm(static_cast<std::uint64_t>(due_.boot->time_since_epoch().count()));
    } else {
        boot_timer_.disarm();
    }
}

void Engine::flush_denials(bool all) {
    const auto now = clock_.now();
    std::optional<core::Boot> next;
    carry_out({}, denials_.due(all ? core::Boot::max() : now.boot, next));
    if (next) denial_timer_.arm(static_cast<std::uint64_t>(next->time_since_epoch().count()));
}

void Engine::trim_outbox(std::uint64_t every) {
    const auto settled = journal_.settled();
    if (!store_ || settled < trimmed_ + every) return;
    if (store_->forget_records(settled)) trimmed_ = settled;
}

void Engine::stop(Done done) {
    flush_denials(true);
    handle(core::StopEvent{}, nullptr);
    trim_outbox(1);  // or the next start sends them once more
    if (store_) (void)store_->save_floor(state_.floor.high());
    if (done) done({});
}

}  // namespace jit::daemon
