// SPDX-License-Identifier: Apache-2.0
// The parts of step(), one per family of events; only core/step*.cpp include this.
#pragma once

#include "core/access.hpp"
#include "core/step.hpp"

namespace jit::core {

struct World {
    const State& state;
    const Config& config;
    const Now& now;
};

Transition on_check(const World& world, const CheckEvent& event);
Transition on_attach(const World& world, const AttachEvent& event);
Transition on_empty(const World& world, const EmptyEvent& event);
Transition on_grant(const World& world, const GrantEvent& event);
Transition on_revoke(const World& world, const RevokeEvent& event);
Transition on_lock(const World& world, const LockEvent& event);
Transition on_unlock(const World& world, const UnlockEvent& event);
Transition on_request(const World& world, const RequestEvent& event);
Transition on_withdraw(const World& world, const WithdrawEvent& event);
Transition on_approve(const World& world, const ApproveEvent& event);
Transition on_deny(const World& world, const DenyEvent& event);
Transition on_redeem(const World& world, const RedeemEvent& event);
Transition on_extend(const World& world, const ExtendEvent& event);
Transition on_release(const World& world, const ReleaseEvent& event);
Transition on_review(const World& world, const ReviewEvent& event);
Transition on_policy(const World& world, const PolicyEvent& event);
Transition on_accounts(const World& world, const AccountsEvent& event);
Transition on_recover(const World& world, const RecoverEvent& event);
Transition on_file(const World& world, const FileEvent& event);
Transition on_tick(const World& world);
template <class T>
void earlier(std::optional<T>& due, T candidate) {
    if (!due || candidate < *due) due = candidate;
}
/** Warnings, ends and kills that are due; and when the next one is. */
void tick_sessions(Transition& out, const World& world);
void next_due_of_sessions(Due& due, const World& world);
Transition on_start(const World& world, const StartEvent& event);
Transition on_stop(const World& world);

/** True when what the actor gives would be for their own person: principals are compared, not accounts. */
[[nodiscard]] bool acts_for_self(const World& world, const Actor& actor, const std::string& beneficiary);
inline Error error(std::string_view code, std::string text) { return Error{std::string(code), std::move(text)}; }
/** Nothing wider while the clock is back, the state lost, or the account locked. */
std::optional<Error> not_now(const World& world, std::string_view verb, const std::string& account);
/** A reason or ticket as it may be recorded. Code InvalidArgument. */
std::optional<Error> bad_text(std::string_view verb, std::string_view what, std::string_view text, std::size_t max);
/** A start between a minute ago and 30 days from now. */
std::optional<Error> bad_start(const World& world, std::string_view verb, const std::optional<Wall>& start);
/** May this caller give a grant here at all, and to this person? */
std::optional<Error> may_grant(const World& world, std::string_view verb, const Actor& actor, const std::string& user);
/** The refusal of `verb` to who is neither root nor listed in `admins`. */
Error no_admin(std::string_view verb, const Actor& actor);
/** The end of the file is no end of the grant: a newer file may carry it on, so it is not over for ever. */
[[nodiscard]] bool ends_with_file(const World& world, const Grant& grant);
/** A new grant, active at once or at its start: changes, records, and how it is taken back. */
void make_grant(Transition& out, const World& world, Grant grant, const Actor& actor, std::string message);
/** Revoked, released or expired for ever, or to end with its file. */
[[nodiscard]] bool is_over(const Grant& grant, const World& world);
/** Sessions that nothing holds once these grants are gone. */
void end_uncovered(Transition& out, const World& world, const std::vector<std::string>& ended, Code code);
/** What still lets this person in once these grants are gone. */
std::vector<std::string> still_open(const World& world, const std::string& account, const std::vector<std::string>& ended);

/** A request becomes what it asked for: a grant of its own, or a later end of one. */
void carry_out(Transition& out, const World& world, Request request, const std::string& fresh_grant, const Actor& actor);
/** A statement joins the request; with the last one that is needed the request is carried out. */
void approve(Transition& out, const World& world, Request request, Statement statement, const std::string& fresh_grant,
             const Actor& actor);
/** Why the grant may not end so much later. */
std::optional<Error> beyond_extension(const World& world, std::string_view verb, const Grant& grant, Usec span);
struct Extension {
    Usec span{};
    std::string reason, ticket, request;
    std::vector<std::string> approvers, keys;
};
/** The same grant with a later end, on both clocks. */
void extend_grant(Transition& out, const World& world, const Grant& grant, const Extension& extension, const Actor& actor);
/** Code AlreadyDecided: it does not wait any more. */
std::optional<Error> decided(std::string_view verb, const Request& request);
/** Code AlreadyDecided: this person has approved it, and that still counts. */
std::optional<Error> approved_already(std::string_view verb, const World& world, const Request& request,
                                      std::string_view principal);
/** The account of the lock that an admin put on this person, whatever the account; none when there is none. */
[[nodiscard]] std::optional<std::string> lock_on(const World& world, std::string_view principal);
/** Whether an approval still counts: its person is not locked, its key is trusted. */
[[nodiscard]] bool counts(const World& world, const Statement& approval);
/** How many do. */
[[nodiscard]] std::size_t standing(const World& world, const Request& request);
/** The request reaches a final state: change, record, announcement. */
void settle(Transition& out, const World& world, Request request, RequestState state, const EventKind& kind,
            std::string message, Code code = Code::grant);
Error no_request(std::string_view verb, std::string_view id);
/** What is long over goes, so that asking again and again fills nothing. */
void prune(Transition& out, const World& world, const std::string& account);

/** PID 1 ends a session at its backstop without a word: what is held longer is ended so much before. */
inline constexpr Usec kBackstopMargin = std::chrono::seconds(1);
/** Why nothing holds this session any more: the reason of the grant that held it last. */
Code why_unheld(const World& world, const Session& session);
/** When a session that is `held` ends: with the last grant, but before its backstop. */
Wall end_of(const Session& session, const Decision& held);
/** "sudo" of sudo-i as well. */
std::string program_of(const Session& session);
/** What to type so as to go on after that end; empty: nothing would help. */
std::string way_on(const World& world, const Session& session, const Decision& held);

/** Marks a session as ending and says so: change, record and action. */
void end_session(Transition& out, const World& world, const Session& session, Code code);
/** A login uid as a record has it; empty: unset. */
std::string login_text(std::uint32_t loginuid);
/** Fields that every record about a grant carries. */
Record& describe(Record& record, const Grant& grant);
Record& describe(Record& record, const Session& session);
Record& describe(Record& record, const Request& request);
Record& by(Record& record, const Actor& actor);

}  // namespace jit::core
