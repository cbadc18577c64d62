// SPDX-License-Identifier: Apache-2.0
// The interface org.jitd1.Manager: what people and their tools ask for, on the system bus and on the gate.
// The state knows no D-Bus; this knows no policy beyond its one table of who may call what.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/event.hpp"
#include "jitd/caller.hpp"
#include "jitd/callers.hpp"
#include "jitd/dict.hpp"
#include "jitd/engine.hpp"
#include "jitd/grant_source.hpp"
#include "jitd/guesses.hpp"
#include "jitd/objects.hpp"
#include "jitd/record_reader.hpp"
#include "jitd/reply.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class Manager;

/** Where a call came in; without a peer the bus is asked who it is. */
struct ManagerEndpoint {
    Manager* manager = nullptr;
    std::optional<Peer> peer;
};

/** A call on its way: read, then its caller identified, then answered. */
struct Call {
    std::vector<std::string> words;  // the s arguments, in order
    std::uint64_t number = 0;        // the t argument
    Dict options;                    // the a{sv} argument
    core::Actor actor;
    std::optional<std::uint32_t> subject_uid;  // of the account the call is about
    std::vector<core::Member> members;         // the accounts it is about, with their groups
    Workload::Place place;                     // among the calls in work
    MessagePtr message;
};

inline int refuse(Call& call, const core::Error& error) { return refuse(call.message.get(), error); }
inline View view_of(const Engine& engine) { return {engine.state(), engine.config(), engine.now()}; }

class Manager {
  public:
    /** Sets a state that can't be used aside; the path it is at then. jitd ends after the answer. */
    using SetAside = std::function<core::Result<std::string>()>;

    Manager(Engine& engine, GrantSource& source, Worker& worker, SetAside set_aside = nullptr);
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /** Adds the interface to a connection. `endpoint` outlives it. */
    int serve(sd_bus* bus, ManagerEndpoint* endpoint);
    /** The connection to the bus is another one: who was who is over. */
    void forget_callers() { callers_.forget(); }
    /** One bus call, from the vtable. */
    int dispatch(sd_bus_message* m, const ManagerEndpoint& endpoint);

    using Handler = int (Manager::*)(Call&);
    int get_status(Call& call);
    int grant(Call& call);
    int revoke(Call& call);
    int lock(Call& call);
    int unlock(Call& call);
    int list_locks(Call& call);
    int list_grants(Call& call);
    int list_sessions(Call& call);
    int show(Call& call);
    int explain(Call& call);
    int reload(Call& call);
    int recover(Call& call);
    int request(Call& call);
    int withdraw(Call& call);
    int approve(Call& call);
    int deny(Call& call);
    int redeem(Call& call);
    int extend(Call& call);
    int release(Call& call);
    int review(Call& call);
    int list_requests(Call& call);
    int list_roles(Call& call);
    int list_records(Call& call);

  private:
    void admit(const std::shared_ptr<Call>& call, const Peer& peer);
    void look_up(const std::shared_ptr<Call>& call, const Peer& peer, const Evidence& evidence);
    void run(Call& call);
    [[nodiscard]] std::vector<std::string> accounts_of(const Call& call) const;
    /** Carries out an event; the answer is the object that its transition names. */
    int decide(Call& call, const core::Event& event, std::function<void(const core::Error&)> on_refused = {});
    /** The answer of a call that made or reviewed this grant. */
    void answer_grant(Call& call, const std::string& id, const Outcome& outcome);
    /** What was ended, of a revoke or a release. */
    void answer_ends(Call& call, const Outcome& outcome);
    int reply(Call& call, const std::function<int(sd_bus_message*)>& fill);
    [[nodiscard]] std::optional<std::string> subject(const Call& call, bool& denied) const;

    Engine& engine_;
    GrantSource& source_;
    Worker& worker_;
    SetAside set_aside_;
    Callers callers_;
    Workload workload_;
    Guesses guesses_;
    RecordReader records_;
};

}  // namespace jit::daemon
