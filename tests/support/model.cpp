// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <string_view>
#include <tuple>
#include <utility>

namespace jit::model {

using namespace std::chrono_literals;

namespace {

/** The first of `list` whose `field` is `value`. */
auto find(auto& list, auto field, const std::string& value) -> decltype(list.data()) {
    for (auto& item : list)
        if (item.*field == value) return &item;
    return nullptr;
}

bool has(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool glob(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '*')
        return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
    return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
           glob(pattern.substr(1), text.substr(1));
}

bool some_glob(const Names& patterns, const std::string& text) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return glob(pattern, text); });
}

/** A pattern is searched in the text, not anchored. Kept, as making one costs more than all else.
 */
bool found(const std::string& pattern, const std::string& text) {
    if (pattern.empty()) return true;
    static std::map<std::string, std::regex> known;
    const auto made = known.try_emplace(pattern, pattern, std::regex::extended).first;
    return std::regex_search(text, made->second);
}

bool covers(const Role& role, const std::string& service,
            const std::optional<std::string>& target) {
    return has(role.services, service) && (!target || has(role.run_as, *target));
}

/** "The shortest of requested and approved ones." */
Seconds shortest(Seconds asked, const std::vector<Approval>& approvals) {
    for (const Approval& approval : approvals) asked = std::min(asked, approval.duration);
    return asked;
}

bool ended(const Grant& grant) { return grant.gone || grant.doubted || !grant.over.empty(); }

/** "Never a file grant or a break-glass grant": which code says so is open. */
bool extensible(const Grant& grant) {
    return grant.origin != "file" && grant.origin != "breakglass";
}
const Outcome kNeverExtended = {"NotFound", "AccessDenied", "InvalidArgument", "Limit"};

void move_end(Grant& grant, Seconds more) {
    grant.end += more;
    if (grant.deadline) *grant.deadline += more;
    if (grant.cut) *grant.cut += more;
}

void add_codes(std::set<std::string>& to, const std::set<std::string>& more) {
    to.insert(more.begin(), more.end());
}

}  // namespace

// Time

void Model::advance(Time wall_step, Time boot_step) {
    wall_ += wall_step;
    boot_ += boot_step;
    raise_floor();
    settle();
}

void Model::reboot(Time wall_step) {
    boots_ += 1;
    far_since_.reset();
    floor_boot_ = 0s;
    boot_ = 20s;
    advance(wall_step, 0s);
}

/** "A step forward of more than a day over boot time raises it only after 10 min." */
void Model::raise_floor() {
    const bool far = wall_ > floor_ + (boot_ - floor_boot_) + 24h;
    if (!far) far_since_.reset();
    if (far && !far_since_) far_since_ = boot_;
    if (far && boot_ - *far_since_ < 10min) return;
    floor_ = std::max(floor_, wall_);
    floor_boot_ = boot_;
    far_since_.reset();
}

/** "The floor refuses a clock set back by more than 120 s." */
bool Model::clock_back() const { return wall_ < floor_ - 120s; }

/** What time ends, for ever; and "activation fixes a wall-clock end and a boot-time deadline; the
    earlier wins". A deadline of an earlier boot says nothing: the wall clock's end gives a new one,
    of no more than was given. */
void Model::settle() {
    for (Grant& grant : grants_) {
        grant.doubted = false;
        if (ended(grant)) continue;
        const bool begun = grant.deadline || (wall_ >= grant.not_before && wall_ < grant.end);
        // "Re-check at activation: approver locked between approve and use."
        const bool first = begun && !grant.deadline;
        for (std::size_t i = 0; first && i < grant.voices && grant.origin != "breakglass"; ++i)
            if (locked_person(grant.approvals[i].principal)) grant.over = "revoked";
        if (ended(grant)) continue;
        // "One bad NTP answer": what is still to come does not begin by it for good.
        if (first && far_since_ && !grant.at_once) continue;
        if (begun && (!grant.deadline || grant.deadline_boot != boots_)) {
            grant.deadline = boot_ + std::min(grant.cut.value_or(grant.end) - wall_, grant.end - grant.not_before);
            grant.deadline_boot = boots_;
        }
        const bool ran_out =
            grant.deadline && grant.deadline_boot == boots_ && boot_ >= *grant.deadline;
        const Time end = grant.cut.value_or(grant.end);
        // "A clock that is wrong gives nobody more time": nor does a reboot after it was put right.
        if (grant.deadline && !ran_out && wall_ < end && !clock_back() && end - wall_ > *grant.deadline - boot_ + 2s)
            grant.cut = wall_ + (*grant.deadline - boot_);
        if (wall_ < grant.cut.value_or(grant.end) && !ran_out) continue;
        // What only its file ended, a newer file may carry on.
        const bool with_file = grant.origin == "file" && grant.end >= file_expires_;
        // "One bad NTP answer": grants and requests that are still to come are unharmed by it.
        if (far_since_ && !grant.deadline && grant.origin != "file") {
            grant.doubted = true;
            continue;
        }
        (with_file ? grant.lapsed : grant.over) = "expired";
    }
    for (Request& request : requests_) {
        if (request.state != "pending") continue;
        const Grant* grant = find(grants_, &Grant::id, request.extends);
        if ((wall_ >= request.expires && !far_since_) || (grant && ended(*grant))) request.state = "expired";
    }
}

// Persons and rules

/** "An account under no principal is its own." */
std::string Model::principal_of(const std::string& account) const {
    for (const Principal& principal : world_.principals)
        if (has(principal.accounts, account)) return principal.name;
    return account;
}

/** Who a word names: an account, `@group`, or `principal:NAME`. */
bool Model::named(const Names& words, const std::string& account) const {
    const Account* known = find(world_.accounts, &Account::name, account);
    if (!known) return false;
    if (has(words, account) || has(words, "principal:" + principal_of(account))) return true;
    for (const std::string& group : known->groups)
        if (has(words, "@" + group)) return true;
    return false;
}

/** "Any account of the principal, or principal:NAME." */
bool Model::names_person(const Names& words, const std::string& principal) const {
    if (has(words, "principal:" + principal)) return true;
    for (const Account& account : world_.accounts)
        if (principal_of(account.name) == principal && named(words, account.name)) return true;
    return false;
}

/** "May see: the requester, admins, whoever the rule's approvers name." */
bool Model::may_see(const std::string& account, const Request& request) const {
    const bool admin = account == "root" || has(world_.settings.admins, account);
    return admin || account == request.account || named(request.rule.approvers, account);
}

/** Whether this person asked: as the account, or logged in as another person's (`su bob`). */
bool Model::own(const std::string& principal, const Request& request) const {
    return principal == principal_of(request.account) ||
           (!request.login.empty() && principal == principal_of(request.login));
}

/** "The person is locked": any account of theirs is. */
bool Model::locked_person(const std::string& principal) const {
    return std::any_of(locked_.begin(), locked_.end(), [&](const std::string& one) { return principal_of(one) == principal; });
}

/** Whether an approval still counts: its person is not locked, its key not revoked. */
bool Model::stands(const Approval& approval) const {
    return !locked_person(approval.principal) && !key_revoked(approval.key);
}

bool Model::approved_by(const Request& request, const std::string& principal) const {
    const Approval* approval = find(request.approvals, &Approval::principal, principal);
    return approval && stands(*approval);
}

bool Model::key_revoked(const std::string& key) const {
    const Key* known = find(world_.keys, &Key::id, key);
    return known && known->revoked;
}

/** "Whole seconds, > 0"; "`start` lies between now - 1 min and now + 30 days". */
bool Model::times_wrong(Seconds duration, std::optional<Time> start) const {
    return duration <= 0s || (start && (*start < wall_ - 1min || *start > wall_ + 30 * 24h));
}

/** "First match wins"; "an exhausted automatic rule is passed over": the person, not the account,
    has its number of automatic approvals within the last period. */
const Rule* Model::first_rule(const std::string& account, const std::string& role) const {
    for (const Rule& rule : world_.rules) {
        std::size_t automatic = 0;
        for (const Request& request : requests_)
            if (request.rule.automatic && principal_of(request.account) == principal_of(account) &&
                request.created > wall_ - rule.auto_period)
                ++automatic;
        const bool exhausted = rule.auto_limit > 0 && automatic >= rule.auto_limit;
        if (has(rule.roles, role) && named(rule.who, account) && rule.here && !exhausted)
            return &rule;
    }
    return nullptr;
}

/** "pending_per_account or pending_total reached, or 10 requests of the account within 60 s." */
bool Model::too_many(const std::string& account) const {
    std::size_t pending = 0, pending_here = 0, recent = 0;
    for (const Request& request : requests_) {
        const bool mine = request.account == account;
        if (request.state == "pending") ++pending;
        if (request.state == "pending" && mine) ++pending_here;
        if (mine && request.created > wall_ - 60s) ++recent;
    }
    return pending >= world_.settings.pending_total ||
           pending_here >= world_.settings.pending_per_account || recent >= 10;
}

// Requests

Outcome Model::request(const Ask& ask) { return submit({ask}, {}); }

/** Everything that is wrong with a request, as no order is given; or it is taken. */
Outcome Model::submit(Request request, Outcome wrong) {
    const Ask& ask = request;
    const Account* account = find(world_.accounts, &Account::name, ask.account);
    if (!account || account->uid == 0) return {"InvalidArgument"};
    if (locked_.contains(ask.account)) wrong.insert("Locked");
    if (clock_back()) wrong.insert("ClockBack");
    if (ask.reason.empty()) wrong.insert("InvalidArgument");
    if (times_wrong(ask.duration, ask.start)) add_codes(wrong, {"InvalidArgument", "Limit"});
    if (too_many(ask.account)) wrong.insert("LimitsExceeded");

    const Role* role = find(world_.roles, &Role::name, ask.role);
    const Rule* rule = ask.break_glass ? nullptr : first_rule(ask.account, ask.role);
    if (!role) wrong.insert("RoleUnknown");
    if (role && ask.duration > role->max_duration) wrong.insert("Limit");
    if (role && !ask.break_glass && !rule) wrong.insert("AccessDenied");
    if (ask.break_glass && !world_.settings.breakglass) wrong.insert("AccessDenied");
    if (ask.break_glass && ask.duration > 1h) wrong.insert("Limit");
    if (ask.break_glass && ask.start) wrong.insert("InvalidArgument");
    // What the matched rule demands refuses; it does not go on to the next rule.
    if (rule && rule->max_duration && ask.duration > *rule->max_duration) wrong.insert("Limit");
    if (rule && (!found(rule->reason, ask.reason) || !found(rule->ticket, ask.ticket)))
        wrong.insert("InvalidArgument");
    if (rule && !rule->ticket.empty() && ask.ticket.empty()) wrong.insert("InvalidArgument");
    if (!wrong.empty()) return wrong;

    if (rule) request.rule = *rule;
    request.created = wall_;
    request.expires = wall_ + world_.settings.request_ttl;
    requests_.push_back(std::move(request));
    if (rule && rule->automatic) conclude(requests_.back());
    return {""};
}

/** "cancel: by the requester alone (or root); withdrawn." */
Outcome Model::cancel(const std::string& by, const std::string& id) {
    Request* request = find(requests_, &Request::id, id);
    if (!request || !may_see(by, *request)) return {"NotFound"};
    if (by != request->account && by != "root") return {"NotFound", "AccessDenied"};
    if (request->state != "pending") return {"AlreadyDecided"};
    request->state = "withdrawn";
    return {""};
}

/** Refused in this order. */
Outcome Model::approve(const std::string& by, const std::string& login, Place place,
                       const std::string& id, std::optional<Seconds> duration) {
    Request* request = find(requests_, &Request::id, id);
    if (!request || !may_see(by, *request)) return {"NotFound"};
    // Below, the login is the caller: one principal to compare.
    if (place == Place::inside || login != by || own(principal_of(by), *request)) return {"Self"};
    if (!named(request->rule.approvers, by)) return {"AccessDenied"};
    if (request->state != "pending") return {"AlreadyDecided"};
    if (clock_back()) return {"ClockBack"};
    if (locked_.contains(request->account) || locked_person(principal_of(by))) return {"Locked"};
    if (duration && *duration <= 0s) return {"InvalidArgument", "Limit"};
    if (duration && *duration > request->duration) return {"Limit"};
    if (approved_by(*request, principal_of(by))) return {"AlreadyDecided"};
    return add(*request, {principal_of(by), by, "", duration.value_or(request->duration)});
}

/** "By whoever the approvers name, by admins, by the requester": whoever may see it. */
Outcome Model::deny(const std::string& by, const std::string& id) {
    Request* request = find(requests_, &Request::id, id);
    if (!request || !may_see(by, *request)) return {"NotFound"};
    if (request->state != "pending") return {"AlreadyDecided"};
    request->state = "denied";
    return {""};
}

/** "A token is one approval by the principal of its key." No order is given to what is wrong. */
Outcome Model::redeem(const std::string& key_id, const std::string& id,
                      std::optional<Seconds> duration) {
    Request* request = find(requests_, &Request::id, id);
    if (!request) return {"NotFound"};
    const Key* key = find(world_.keys, &Key::id, key_id);
    if (!key) return {"AccessDenied"};
    const Seconds signed_for = duration.value_or(request->duration);

    Outcome wrong;
    if (find(request->approvals, &Approval::key, key_id)) wrong = {"AlreadyDecided", "TokenUsed"};
    if (request->state != "pending") wrong.insert("AlreadyDecided");
    if (approved_by(*request, key->principal)) wrong.insert("AlreadyDecided");
    if (wall_ >= request->expires) wrong.insert("Expired");
    if (clock_back()) wrong.insert("ClockBack");
    if (locked_.contains(request->account) || locked_person(key->principal)) wrong.insert("Locked");
    if (signed_for > request->duration || signed_for <= 0s) wrong.insert("Limit");
    if (key->revoked || !has(key->uses, request->break_glass ? "breakglass" : "approve"))
        wrong.insert("AccessDenied");
    const bool limited = key->max_duration && signed_for > *key->max_duration;
    if (!some_glob(key->roles, request->role) || !key->here || limited)
        add_codes(wrong, {"AccessDenied", "Limit"});
    // Break-glass: no rule is asked, and the requester's own key will do.
    if (!request->break_glass && !names_person(request->rule.approvers, key->principal))
        wrong.insert("AccessDenied");
    if (!request->break_glass && !key->allow_self && own(key->principal, *request))
        wrong.insert("Self");
    const auto token = std::tuple(key_id, id, signed_for);
    if (used_.contains(token)) wrong.insert("TokenUsed");
    if (!wrong.empty()) return wrong;
    const Outcome out = add(*request, {key->principal, "", key_id, signed_for});
    if (done(out)) used_.insert(token);
    return out;
}

/** One more approval. "At the last one those before are looked at again: one whose person is
    locked meanwhile, or whose token key is revoked, does not count any more." */
Outcome Model::add(Request& request, const Approval& approval) {
    std::vector<Approval> counted = request.approvals;
    std::erase_if(counted, [&](const Approval& earlier) {
        return earlier.principal == approval.principal;
    });
    if (counted.size() + 1 >= request.rule.approvals)
        std::erase_if(counted, [&](const Approval& earlier) { return !stands(earlier); });
    counted.push_back(approval);
    const bool last = counted.size() >= request.rule.approvals;
    if (last && !request.extends.empty()) {
        const Grant& grant = *find(grants_, &Grant::id, request.extends);
        if (ended(grant)) return {"NotFound"};
        if (too_far(grant, shortest(request.duration, counted))) return {"Limit"};
    }
    request.approvals = counted;
    if (last) conclude(request);
    return {""};
}

void Model::conclude(Request& request) {
    request.state = "approved";
    const Seconds duration = shortest(request.duration, request.approvals);
    if (Grant* grant = find(grants_, &Grant::id, request.extends)) {
        move_end(*grant, duration);
        grant->approvals.insert(grant->approvals.end(), request.approvals.begin(),
                                request.approvals.end());
        return;
    }
    const bool token = !request.approvals.empty() && !request.approvals.back().key.empty();
    const std::string origin = request.break_glass ? "breakglass" : token ? "token" : "request";
    begin({request.grant_id, origin, request.account, request.role}, request.start, duration);
    grants_.back().approvals = request.approvals;
    grants_.back().voices = request.approvals.size();
}

/** "not_before = max(now, start), not_after = not_before + duration." */
void Model::begin(Grant grant, std::optional<Time> start, Seconds duration) {
    grant.not_before = std::max(wall_, start.value_or(wall_));
    grant.at_once = grant.not_before == wall_;
    grant.end = grant.original_end = grant.not_before + duration;
    grants_.push_back(std::move(grant));
    settle();
}

// Grants

/** "Never beyond (original end + role's max_extension)." */
bool Model::too_far(const Grant& grant, Seconds more) const {
    const Role* role = find(world_.roles, &Role::name, grant.role);
    return grant.end + more > grant.original_end + role->max_extension;
}

/** "A request by the rules (role of the grant), with extends = the grant." */
Outcome Model::extend(const Extension& more) {
    const Grant* grant = find(grants_, &Grant::id, more.grant);
    if (!grant || ended(*grant) || grant->account != more.account) return {"NotFound"};
    if (!extensible(*grant)) return kNeverExtended;
    Request request{Ask{more.id, "", more.account, more.login, grant->role, more.duration,
                        more.reason, more.ticket}};
    request.extends = more.grant;
    return submit(std::move(request),
                  too_far(*grant, more.duration) ? Outcome{"Limit"} : Outcome{});
}

/** "done [ID]: by the grant's account: released, for ever." */
Outcome Model::release(const std::string& account, const std::string& id) {
    Grant* grant = find(grants_, &Grant::id, id);
    if (!grant || grant->account != account || grant->gone) return {"NotFound"};
    if (ended(*grant)) return {"", "NotFound", "AlreadyDecided"};
    grant->over = "released";
    settle();
    return {""};
}

/** What root may not widen: "refused (SELF) when its loginuid's principal is the beneficiary's,
    root included". */
Outcome Model::wrong_for_root(const std::string& login, const std::string& account,
                              Seconds duration, std::optional<Time> start) const {
    Outcome wrong;
    if (!login.empty() && principal_of(login) == principal_of(account)) wrong.insert("Self");
    if (world_.settings.local_grants == "off") wrong.insert("AccessDenied");
    if (clock_back()) wrong.insert("ClockBack");
    if (times_wrong(duration, start)) add_codes(wrong, {"InvalidArgument", "Limit"});
    return wrong;
}

Outcome Model::grant(const std::string& login, const std::string& id, const std::string& account,
                     const std::string& role_name, Seconds duration, std::optional<Time> start) {
    Outcome wrong = wrong_for_root(login, account, duration, start);
    const Role* role = find(world_.roles, &Role::name, role_name);
    if (!find(world_.accounts, &Account::name, account)) wrong.insert("NotFound");
    if (!role) wrong.insert("RoleUnknown");
    if (role && duration > role->max_duration) wrong.insert("Limit");
    if (locked_.contains(account)) wrong.insert("Locked");
    if (!wrong.empty()) return wrong;
    begin({id, "local", account, role_name}, start, duration);
    return {""};
}

/** "By an admin who may `grant` (same conditions as grant): at once, same limit." */
Outcome Model::extend_at_once(const std::string& login, const std::string& id, Seconds duration) {
    Grant* grant = find(grants_, &Grant::id, id);
    if (!grant || ended(*grant)) return {"NotFound"};
    if (!extensible(*grant)) return kNeverExtended;
    Outcome wrong = wrong_for_root(login, grant->account, duration, {});
    if (too_far(*grant, duration)) wrong.insert("Limit");
    if (locked_.contains(grant->account)) wrong.insert("Locked");
    if (!wrong.empty()) return wrong;
    move_end(*grant, duration);
    return {""};
}

/** What reduces access is never refused for the clock. */
Outcome Model::revoke(const std::string& id) {
    Grant* grant = find(grants_, &Grant::id, id);
    if (!grant || grant->gone) return {"NotFound"};
    if (ended(*grant)) return {"", "NotFound", "AlreadyDecided"};
    grant->over = "revoked";
    settle();
    return {""};
}

Outcome Model::revoke_user(const std::string& account) {
    bool some = false;
    for (Grant& grant : grants_)
        if (grant.account == account && !ended(grant)) {
            grant.over = "revoked";
            some = true;
        }
    settle();
    return some ? Outcome{""} : Outcome{"", "NotFound"};
}

/** "Beats every grant", which are there again after unlock. */
Outcome Model::lock(const std::string& account) {
    if (!find(world_.accounts, &Account::name, account)) return {"NotFound"};
    return locked_.insert(account).second ? Outcome{""} : Outcome{"", "AlreadyDecided"};
}

Outcome Model::unlock(const std::string& login, const std::string& account) {
    Outcome wrong;
    if (!login.empty() && principal_of(login) == principal_of(account)) wrong.insert("Self");
    if (!locked_.contains(account)) add_codes(wrong, {"", "NotFound"});
    if (!wrong.empty()) return wrong;
    locked_.erase(account);
    return {""};
}

/** "A grant whose token key is later revoked no longer serves (REVOKED)." */
Outcome Model::revoke_key(const std::string& id) {
    Key* key = find(world_.keys, &Key::id, id);
    if (!key) return {"NotFound"};
    key->revoked = true;
    for (Grant& grant : grants_)
        if (!ended(grant) && find(grant.approvals, &Approval::key, id)) grant.over = "revoked";
    settle();
    return {""};
}

/** As `jitctl` does it: "serial = max(now, old + 1)". */
std::int64_t Model::next_serial() const {
    return std::max(std::chrono::duration_cast<Seconds>(wall_).count(), serial_ + 1);
}

/** The checks in the order given; then this file's grants are the file grants. "A file grant ends
   at min(not_after, file expires)." "Same id with other user or role in a later file: dropped;
   other window: recomputed." A window longer than the role's drops the grant; an unknown role does
   not.
 */
Outcome Model::file(const std::vector<FileGrant>& list, Time expires) {
    const std::int64_t serial = next_serial();
    if (clock_back()) return {"CLOCK_BACK"};
    if (expires <= wall_) return {"EXPIRED"};
    if (expires > wall_ + 7 * 24h) return {"LIFETIME"};
    if (Seconds(serial) > wall_ + 300s) return {"FAST_FORWARD"};
    serial_ = serial;
    file_expires_ = expires;
    for (Grant& grant : grants_)
        if (grant.origin == "file") grant.gone = true;
    for (const FileGrant& now : list) {
        const Role* role = find(world_.roles, &Role::name, now.role);
        if (role && now.not_after - now.not_before > role->max_duration) continue;
        if (now.not_before >= expires) continue;  // would begin after its file's end
        Grant* grant = find(grants_, &Grant::id, now.id);
        if (!grant) grant = &grants_.emplace_back(Grant{now.id, "file", now.account, now.role});
        if (grant->account != now.account || grant->role != now.role) continue;
        grant->gone = false;
        const Time end = std::min(now.not_after, expires);
        if (grant->not_before != now.not_before || grant->end != end) {
            grant->deadline.reset();
            grant->cut.reset();
            grant->lapsed.clear();
        }
        grant->not_before = now.not_before;
        grant->end = grant->original_end = end;
    }
    settle();
    return {""};
}

// The gate

/** "Allowed when, in this order: clock at or above the floor; not locked; a grant of this account
    covers service and (when known) target and is active." */
Answer Model::check(const std::string& account, const std::string& service,
                    const std::optional<std::string>& target) const {
    if (clock_back()) return {Verdict::deny, {"CLOCK_BACK"}};
    if (!find(world_.accounts, &Account::name, account)) return {Verdict::deny, {"IDENTITY"}};
    if (locked_.contains(account)) return {Verdict::deny, {"LOCKED"}};
    if (has(world_.settings.exempt, account) && service != "sshd")
        return {Verdict::allow, {"EXEMPT"}};

    std::set<std::string> codes;
    for (const Grant& grant : grants_) {
        if (grant.account != account || grant.gone) continue;
        const auto hindered = hindrances(grant, service, target);
        if (hindered.empty()) return {Verdict::allow, {"GRANT"}};
        add_codes(codes, hindered);
    }
    // "PENDING instead when the account has a pending request whose role covers it."
    for (const Request& request : requests_)
        if (request.state == "pending" && request.account == account &&
            covers(*find(world_.roles, &Role::name, request.role), service, target))
            return {Verdict::pending, {"PENDING"}};
    if (codes.empty()) codes = {"NO_GRANT"};
    return {Verdict::deny, codes};
}

/** Why this grant does not let in: nothing, when it does. */
std::set<std::string> Model::hindrances(const Grant& grant, const std::string& service,
                                        const std::optional<std::string>& target) const {
    std::set<std::string> codes;
    const std::string state = grant_state(grant.id);
    for (const auto& [name, code] : {std::pair{"expired", "EXPIRED"},
                                     {"revoked", "REVOKED"},
                                     {"released", "RELEASED"},
                                     {"scheduled", "NOT_YET"}})
        if (state == name) codes.insert(code);
    const Role* role = find(world_.roles, &Role::name, grant.role);
    if (!role) codes.insert("ROLE_UNKNOWN");
    if (!role || covers(*role, service, target)) return codes;
    // Neither live nor of use here: as if there were none.
    if (!codes.empty()) codes.insert("NO_GRANT");
    if (!has(role->services, service)) codes.insert("SERVICE");
    if (target && !has(role->run_as, *target)) codes.insert("TARGET");
    return codes;
}

// Questions

std::string Model::request_state(const std::string& id) const {
    const Request* request = find(requests_, &Request::id, id);
    return request ? request->state : "";
}

std::set<std::string> Model::approvals(const std::string& id) const {
    std::set<std::string> principals;
    if (const Request* request = find(requests_, &Request::id, id))
        for (const Approval& approval : request->approvals) principals.insert(approval.principal);
    return principals;
}

std::string Model::grant_state(const std::string& id) const {
    const Grant* grant = find(grants_, &Grant::id, id);
    if (!grant || grant->gone) return "";
    if (!grant->over.empty()) return grant->over;
    if (!grant->lapsed.empty()) return grant->lapsed;
    if (grant->doubted) return "expired";
    if (wall_ < grant->not_before && !grant->deadline) return "scheduled";
    return find(world_.roles, &Role::name, grant->role) ? "active" : "inactive";
}

}  // namespace jit::model
