// SPDX-License-Identifier: Apache-2.0
// Who may elevate when, told once more and as plainly as possible, for the tests that compare an
// implementation with it. Linear scans and whole histories: nothing here is fast, or shared.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace jit::model {

using Time = std::chrono::microseconds;  // wall clock: since 1970; boot clock: since boot
using Seconds = std::chrono::seconds;
using Names = std::vector<std::string>;

/** The answers a call may give: {""} is done, anything else refused without a trace. Several where
    it is open which of them is said; never both done and refused when that leaves a difference. */
using Outcome = std::set<std::string>;
inline bool done(const Outcome& outcome) { return outcome.contains(""); }

struct Account {
    std::string name;
    unsigned uid;
    Names groups;
};

struct Principal {
    std::string name;
    Names accounts;
};

struct Key {
    std::string id, principal;
    Names uses, roles;
    std::optional<Seconds> max_duration{};
    bool revoked = false, allow_self = false, here = true;  // here: `hosts` match this host
};

struct Role {
    std::string name;
    Names run_as, services;
    Seconds max_duration, max_extension;
};

struct Rule {
    Names roles, who;
    bool here = true;            // `hosts` absent, or matching this host
    bool automatic = false;      // approval = "auto"
    std::size_t auto_limit = 0;  // 0: none
    Seconds auto_period{};
    Names approvers{};
    std::size_t approvals = 1;
    std::optional<Seconds> max_duration{};
    std::string reason{}, ticket{};  // patterns; empty: none
};

struct Settings {
    Seconds request_ttl = std::chrono::hours(1);
    std::size_t pending_per_account = 4, pending_total = 256;
    bool breakglass = false;
    Names exempt{}, admins{};
    std::string local_grants = "root";  // or "admins", or "off"
};

struct World {
    std::vector<Account> accounts;
    std::vector<Principal> principals;
    std::vector<Key> keys;
    std::vector<Role> roles;
    std::vector<Rule> rules;
    Settings settings;
};

/** What a person asks for; the ids are those the request, and later its grant, will have. */
struct Ask {
    std::string id, grant_id, account, login;  // login: the account of the loginuid, "" when unset
    std::string role;
    Seconds duration;
    std::string reason, ticket{};
    std::optional<Time> start{};
    bool break_glass = false;
};

/** `extend` by the grant's own account. */
struct Extension {
    std::string id, account, login, grant;
    Seconds duration;
    std::string reason, ticket{};
};

struct Approval {
    std::string principal, account, key;  // on this host by account, or by a token of key
    Seconds duration;
};

struct Request : Ask {
    std::string extends{};  // a grant, when this asks for more time
    Rule rule{};            // the one that matched; break-glass: one approval, no approvers
    Time created{}, expires{};
    std::string state = "pending";  // approved, denied, withdrawn, expired: for ever
    std::vector<Approval> approvals{};
};

struct Grant {
    std::string id, origin, account, role;  // origin: file, local, request, token, breakglass
    Time not_before{}, end{}, original_end{};
    std::vector<Approval> approvals{};
    std::size_t voices = 0;          // how many of them gave it; the others gave it more time
    std::string over{};              // expired, revoked, released: for ever
    std::string lapsed{};            // expired with its file
    bool at_once = false;            // began when it was made
    bool doubted = false;            // expired by a clock that is not believed yet
    bool gone = false;               // not in the present file; may come back
    std::optional<Time> deadline{};  // by the boot clock, of boot `deadline_boot`
    int deadline_boot = 0;
    std::optional<Time> cut{};  // the end that is left of `end` once a wall clock that was ahead is right
};

struct FileGrant {
    std::string id, account, role;
    Time not_before, not_after;
};

enum class Verdict { deny, pending, allow };
struct Answer {
    Verdict verdict = Verdict::deny;
    std::set<std::string> codes{};  // one of these
};

enum class Place { outside, inside };  // of a jit scope

class Model {
  public:
    Model(World world, Time wall, Time boot) : world_(std::move(world)), wall_(wall), boot_(boot) {}

    // Time: it stands still in between, and what it brings is seen at the end of a step. Unequal
    // steps are a wall clock that was set; after a reboot the boot clock says 20 s.
    void advance(Time wall_step, Time boot_step);
    void reboot(Time wall_step);

    // People.
    Outcome request(const Ask& ask);
    Outcome cancel(const std::string& by, const std::string& id);
    Outcome approve(const std::string& by, const std::string& login, Place place,
                    const std::string& id, std::optional<Seconds> duration = {});
    Outcome deny(const std::string& by, const std::string& id);
    /** A token: well signed, by this key, for this request and duration. */
    Outcome redeem(const std::string& key, const std::string& id,
                   std::optional<Seconds> duration = {});
    Outcome extend(const Extension& more);
    Outcome release(const std::string& account, const std::string& grant);  // the verb `done`

    // Root, logged in as `login` ("" when unset).
    Outcome grant(const std::string& login, const std::string& id, const std::string& account,
                  const std::string& role, Seconds duration, std::optional<Time> start = {});
    Outcome extend_at_once(const std::string& login, const std::string& grant, Seconds duration);
    Outcome revoke(const std::string& grant);
    Outcome revoke_user(const std::string& account);
    Outcome lock(const std::string& account);
    Outcome unlock(const std::string& login, const std::string& account);

    // Files.
    Outcome revoke_key(const std::string& key);
    /** A well signed file of this moment, with next_serial(); the answers are file codes. */
    Outcome file(const std::vector<FileGrant>& list, Time expires);
    [[nodiscard]] std::int64_t next_serial() const;

    /** The gate, for any account but root. */
    [[nodiscard]] Answer check(const std::string& account, const std::string& service,
                               const std::optional<std::string>& target = {}) const;

    // What there is; "" or nothing for ids that are not.
    [[nodiscard]] std::string request_state(const std::string& id) const;
    [[nodiscard]] std::set<std::string> approvals(const std::string& id) const;  // principals
    [[nodiscard]] std::string grant_state(const std::string& id) const;
    [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }
    [[nodiscard]] const std::vector<Grant>& grants() const { return grants_; }  // gone ones too
    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const std::set<std::string>& locked() const { return locked_; }
    [[nodiscard]] std::string principal_of(const std::string& account) const;
    [[nodiscard]] bool clock_back() const;
    [[nodiscard]] Time wall() const { return wall_; }
    [[nodiscard]] Time boot() const { return boot_; }
    [[nodiscard]] int boots() const { return boots_; }

  private:
    [[nodiscard]] bool named(const Names& words, const std::string& account) const;
    [[nodiscard]] bool names_person(const Names& words, const std::string& principal) const;
    [[nodiscard]] bool may_see(const std::string& account, const Request& request) const;
    [[nodiscard]] bool own(const std::string& principal, const Request& request) const;
    [[nodiscard]] bool locked_person(const std::string& principal) const;
    [[nodiscard]] bool stands(const Approval& approval) const;
    [[nodiscard]] bool approved_by(const Request& request, const std::string& principal) const;
    [[nodiscard]] bool key_revoked(const std::string& key) const;
    [[nodiscard]] bool times_wrong(Seconds duration, std::optional<Time> start) const;
    [[nodiscard]] const Rule* first_rule(const std::string& account, const std::string& role) const;
    [[nodiscard]] bool too_many(const std::string& account) const;
    [[nodiscard]] bool too_far(const Grant& grant, Seconds more) const;
    [[nodiscard]] Outcome wrong_for_root(const std::string& login, const std::string& account,
                                         Seconds duration, std::optional<Time> start) const;
    [[nodiscard]] std::set<std::string> hindrances(const Grant& grant, const std::string& service,
                                                   const std::optional<std::string>& target) const;
    Outcome submit(Request request, Outcome wrong);
    Outcome add(Request& request, const Approval& approval);
    void conclude(Request& request);
    void begin(Grant grant, std::optional<Time> start, Seconds duration);
    void raise_floor();
    void settle();

    World world_;
    Time wall_, boot_;
    int boots_ = 0;
    Time floor_ = wall_, floor_boot_ = boot_;  // the highest wall clock believed, and when
    std::optional<Time> far_since_{};          // boot clock at a step forward not believed yet
    std::vector<Request> requests_{};
    std::vector<Grant> grants_{};
    std::set<std::string> locked_{};
    std::set<std::tuple<std::string, std::string, Seconds>> used_{};  // tokens: key, request, duration
    std::int64_t serial_ = 0;
    Time file_expires_{};
};

}  // namespace jit::model
