// SPDX-License-Identifier: Apache-2.0
// Runs core's state machine: one event at a time, in the order step, commit, apply, record, act, answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/step.hpp"
#include "jitd/clock.hpp"
#include "jitd/denials.hpp"
#include "jitd/journal.hpp"
#include "jitd/loop.hpp"
#include "jitd/store.hpp"

namespace jit::daemon {

/** What the outside does for the engine. */
class Actions {
  public:
    virtual ~Actions() = default;
    virtual void stop(const std::string& session, core::OnEnd how) = 0;
    virtual void kill(const std::string& session) = 0;
    virtual void announce(const core::Announce& change) = 0;
    /** A line on every terminal that takes messages. */
    virtual void tell_everybody(const std::string& text) = 0;
    /** A line on the terminal the session was opened from, if it takes messages. */
    virtual void tell_person(const core::Session& session, const std::string& text) = 0;
    /** The write-ahead log has grown: move it into the database, off the loop. */
    virtual void checkpoint() = 0;
};

/** How an event went. A refused or failed one changed nothing that widens access. */
struct Outcome {
    core::Transition transition;
    bool durable = true;  // false: a reduction that holds until restart only
};

class Engine {
  public:
    using Done = std::function<void(const Outcome&)>;

    Engine(Clock clock, std::unique_ptr<Store> store, Loaded loaded, Journal& journal, Actions& actions);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    core::Result<void> start(sd_event* event);
    /** `done` is called once, when the records are accepted or have failed; at once for a pure reduction. */
    void handle(const core::Event& event, Done done = nullptr);
    /** Ends, activations and kills that are due; arms the next timer. */
    void settle() noexcept;
    /** On the way out: the last record and the floor. */
    void stop(Done done);
    /** Nothing more is written; memory goes on. */
    void close() { store_.reset(); }

    /** Takes effect with the next event or settle(): the caller has the grants that belong to it. */
    void set_config(std::shared_ptr<const core::Config> config);
    [[nodiscard]] const core::State& state() const { return state_; }
    [[nodiscard]] const core::Config& config() const { return *config_; }
    [[nodiscard]] std::shared_ptr<const core::Config> share_config() const { return config_; }
    [[nodiscard]] core::Now now() const { return clock_.now(); }

  private:
    struct Pending;
    /** From here on memory changes: what is thrown ends the process. */
    void take_effect(const std::shared_ptr<Pending>& pending, const core::Now& now) noexcept;
    void record_all(std::shared_ptr<Pending> pending, std::vector<core::SealedRecord> sealed);
    void finish(const std::shared_ptr<Pending>& pending);
    void audit_failed(Pending& pending);
    std::vector<core::SealedRecord> seal(const std::vector<core::Record>& records);
    [[nodiscard]] core::Wall floor_after(const std::vector<core::Change>& changes) const;
    bool commit(const std::vector<core::Change>& changes, const std::vector<core::SealedRecord>& records);
    /** What holds in memory whatever the disk and the journal say: commit, apply, send. */
    void carry_out(const std::vector<core::Change>& changes, const std::vector<core::Record>& records);
    /** Ends and locks hold in memory at once; what the disk did not take goes with the next commit. */
    void keep_ends(const std::vector<core::Change>& changes);
    void act(const std::vector<core::Action>& actions);
    bool tick();
    void arm();
    void trim_outbox(std::uint64_t every);
    void flush_denials(bool all = false);
    /** Turns the answer of a check into a denial. */
    void refuse_check(Pending& pending, core::Code code);

    Clock clock_;
    std::unique_ptr<Store> store_;
    core::State state_;
    std::shared_ptr<const core::Config> config_;
    std::uint64_t seq_;
    core::Chain chain_;
    bool put_back_;
    Journal& journal_;
    Actions& actions_;
    Denials denials_;
    Timer wall_timer_, boot_timer_, denial_timer_;
    std::vector<core::Change> unwritten_;
    core::Due due_;
    core::Wall floor_saved_{};
    std::uint64_t trimmed_ = 0;
    std::uint64_t commits_ = 0;
};

}  // namespace jit::daemon
