// SPDX-License-Identifier: Apache-2.0
// core against the reference model: the same random stories, compared after each step.
#define BOOST_TEST_MODULE model
#include <boost/test/unit_test.hpp>
#include <map>

#include "core/approval_text.hpp"
#include "core/step.hpp"
#include "core/token.hpp"
#include "tests/support/grant_files.hpp"
#include "tests/support/long_run.hpp"
#include "tests/support/model_sequence.hpp"

namespace core = jit::core;
namespace model = jit::model;
using jit::test::TestKey;
using namespace std::chrono_literals;

namespace {

/** The model's "r12" as an id of jitd's; those of files stay as they are. */
std::string id_of(const std::string& symbol) {
    if (symbol.empty() || symbol[0] == 'f') return symbol;
    std::string out(32, '0');
    for (std::size_t i = 0; i < symbol.size(); ++i) {
        const char hex[] = {"0123456789abcdef"[(symbol[i] >> 4) & 0xF], "0123456789abcdef"[symbol[i] & 0xF]};
        out.replace(2 * i, 2, hex, 2);
    }
    return out;
}

core::HostPatterns hosts(bool here) { return *core::HostPatterns::parse({here ? "*" : "elsewhere"}); }

core::Service service(const std::string& name) {
    return name == "sudo" ? core::Service::sudo : name == "su" ? core::Service::su : core::Service::sshd;
}

std::string period(model::Seconds span) { return span == 24h ? "day" : span == 168h ? "week" : "hour"; }

/** The model's world as the files of /etc/jit say it. */
class Config {
  public:
    std::map<std::string, TestKey> keys;
    core::Config config;

    explicit Config(const model::World& world) {
        config.host.name = "db-01";
        config.trust.org = "example";
        for (const auto& one : world.principals) config.trust.principals.push_back({one.name, one.accounts});
        // Files are signed by somebody whom no story touches.
        add_key({.id = "file-signer", .principal = "file-signer", .uses = {"grant"}, .roles = {"*"}});
        for (const auto& key : world.keys) add_key(key);
        for (const auto& role : world.roles) add_role(role);
        for (const auto& rule : world.rules) add_rule(rule);
        auto& settings = config.settings;
        settings.request_ttl = world.settings.request_ttl;
        settings.pending_per_account = static_cast<std::uint32_t>(world.settings.pending_per_account);
        settings.pending_total = static_cast<std::uint32_t>(world.settings.pending_total);
        settings.breakglass = world.settings.breakglass;
        settings.exempt = world.settings.exempt;
        settings.admins = world.settings.admins;
    }

  private:
    void add_key(const model::Key& key) {
        const auto& signer = keys.emplace(key.id, TestKey(static_cast<unsigned char>(keys.size() + 1))).first->second;
        core::TrustKey out = jit::test::trust_key(key.id, key.principal, signer);
        const auto may = [&](const char* use) { return std::find(key.uses.begin(), key.uses.end(), use) != key.uses.end(); };
        out.use_grant = may("grant");
        out.use_approve = may("approve");
        out.use_breakglass = may("breakglass");
        out.roles = key.roles;
        out.hosts = hosts(key.here);
        out.max_duration = key.max_duration.value_or(24h * 365);
        out.revoked = key.revoked;
        out.allow_self = key.allow_self;
        config.trust.keys.push_back(std::move(out));
    }
    void add_role(const model::Role& role) {
        core::Role out;
        out.name = role.name;
        out.run_as = role.run_as;
        for (const auto& name : role.services) out.services.push_back(service(name));
        out.max_duration = role.max_duration;
        out.max_extension = role.max_extension;
        config.policy.roles.emplace(out.name, out);
    }
    void add_rule(const model::Rule& rule) {
        core::Rule out;
        out.line = static_cast<std::uint32_t>(config.policy.rules.size() + 1);
        out.roles = rule.roles;
        out.who = rule.who;
        if (!rule.here) out.hosts = hosts(false);
        out.automatic = rule.automatic;
        if (rule.auto_limit > 0) out.auto_limit = std::to_string(rule.auto_limit) + "/" + period(rule.auto_period);
        out.approvers = rule.approvers;
        out.approvals = static_cast<std::uint32_t>(rule.approvals);
        if (rule.max_duration) out.max_duration = *rule.max_duration;
        out.reason = rule.reason;
        out.ticket = rule.ticket;
        config.policy.rules.push_back(std::move(out));
    }
};

/** core with what jitd's loop does around it: one event, then what is due. */
class Host {
  public:
    core::State state;
    core::Config config;

    Host(const model::Sequence& sequence, const Config& made) : world_(sequence.world), made_(made) {
        config = made_.config;
        state.host_id = std::string(32, '1');
        set_time(sequence.wall, sequence.boot, 0);
        state.floor.observe(now_);
    }

    void set_time(model::Time wall, model::Time boot, int boots) {
        now_ = {core::Wall(wall), core::Boot(boot), std::string(31, 'b') + std::to_string(boots % 10)};
        const bool rebooted = std::exchange(boot_, boots) != boots;
        state.floor.observe(now_);
        if (rebooted) step(core::StartEvent{});
        settle();
    }

    /** "" or the code of the refusal. */
    std::string play(const model::Op& op, std::int64_t serial) {
        using enum model::Kind;
        const auto duration = op.duration.value_or(0s);
        std::optional<core::Wall> start;
        if (op.start) start = core::Wall(*op.start);
        const std::string fresh = op.id.empty() ? "" : id_of("g" + op.id.substr(1));
        switch (op.kind) {
            case request: {
                core::RequestEvent event;
                event.id = id_of(op.id);
                event.grant = fresh;
                if (op.break_glass) event.kind = core::RequestKind::breakglass;
                event.role = op.role;
                event.duration = duration;
                event.start = start;
                event.reason = op.reason;
                event.ticket = op.ticket;
                event.actor = actor(op.by, op.login);
                return handle(event);
            }
            case cancel: return handle(core::WithdrawEvent{id_of(op.id), actor(op.by, op.by)});
            case approve: {
                auto by = actor(op.by, op.login);
                by.in_scope = op.place == model::Place::inside;
                // The grant is named after the request.
                core::ApproveEvent event{id_of(op.id), fresh, {}, "", by};
                if (op.duration) event.duration = *op.duration;
                return handle(event);
            }
            case deny: return handle(core::DenyEvent{id_of(op.id), "", actor(op.by, op.by)});
            case redeem: return handle(core::RedeemEvent{token(op), fresh, members(op.key), actor("erin", "erin")});
            case extend: {
                core::ExtendEvent event;
                event.grant = id_of(op.grant);
                event.id = id_of(op.id);
                event.fresh = fresh;
                event.duration = duration;
                event.reason = op.reason;
                event.ticket = op.ticket;
                event.actor = actor(op.by, op.login);
                event.holder = event.actor.member();
                return handle(event);
            }
            case release: return handle(core::ReleaseEvent{id_of(op.id), actor(op.by, op.by)});
            case grant: {
                core::GrantEvent event;
                event.id = id_of(op.id);
                event.user = op.account;
                event.uid = uid(op.account);
                event.role = op.role;
                event.duration = duration;
                event.start = start;
                event.reason = "INC-1";
                event.actor = actor("root", op.login);
                return handle(event);
            }
            case extend_at_once: {
                core::ExtendEvent event;
                event.grant = id_of(op.id);
                event.id = event.fresh = std::string(32, 'e');
                event.duration = duration;
                event.reason = "INC-1";
                event.actor = actor("root", op.login);
                return handle(event);
            }
            case revoke: return handle(core::RevokeEvent{core::RevokeWhat::grant, id_of(op.id), "over", actor("root", "")});
            case revoke_user: return handle(core::RevokeEvent{core::RevokeWhat::user, op.account, "over", actor("root", "")});
            case lock: return handle(core::LockEvent{op.account, "", actor("root", op.login)});
            case unlock: return handle(core::UnlockEvent{op.account, "", actor("root", op.login)});
            case revoke_key:
                for (auto& key : config.trust.keys) key.revoked = key.revoked || key.id == op.key;
                settle();
                return "";
            case file: return deliver(op, serial);
            case advance:
            case reboot: return "";
        }
        return "?";
    }

    [[nodiscard]] core::Decision check(const std::string& account, const std::string& name,
                                       const std::optional<std::string>& target) const {
        core::Query query;
        query.account = account;
        query.uid = uid(account);
        query.service = name;
        query.target = target;
        query.loginuid = query.uid;
        return core::decide(query, state, config, now_);
    }
    [[nodiscard]] bool holds(const std::string& account, const std::string& symbol) const {
        const auto* grant = state.grant(id_of(symbol));
        return grant && grant->account == account;
    }
    [[nodiscard]] std::string grant_state(const std::string& symbol) const {
        const auto* grant = state.grant(id_of(symbol));
        return grant ? std::string(to_string(core::status_of(*grant, state, config, now_).state)) : "";
    }

  private:
    std::string handle(const core::Event& event) {
        state.floor.observe(now_);
        const auto refused = step(event);
        settle();
        return refused;
    }
    std::string step(const core::Event& event) {
        const auto out = core::step(state, config, event, now_);
        for (const auto& change : out.changes) core::apply(state, change);
        if (!out.refused) return "";
        BOOST_TEST(out.changes.empty());
        BOOST_TEST(out.records.empty());
        return out.refused->code;
    }
    void settle() {
        for (;;) {
            const auto out = core::step(state, config, core::TickEvent{}, now_);
            for (const auto& change : out.changes) core::apply(state, change);
            if (out.changes.empty()) return;
        }
    }

    [[nodiscard]] std::uint32_t uid(const std::string& account) const {
        for (const auto& one : world_.accounts) {
            if (one.name == account) return one.uid;
        }
        return jit::kNoUid;
    }
    [[nodiscard]] core::Member member(const std::string& account) const {
        for (const auto& one : world_.accounts) {
            if (one.name == account) return {account, one.groups};
        }
        return {account, {}};
    }
    [[nodiscard]] core::Actor actor(const std::string& account, const std::string& login) const {
        core::Actor out;
        out.account = account;
        out.uid = uid(account);
        out.loginuid = login.empty() ? jit::kNoUid : uid(login);
        out.login_account = login;
        out.groups = member(account).groups;
        const auto& admins = world_.settings.admins;
        out.admin = account == "root" || std::find(admins.begin(), admins.end(), account) != admins.end();
        return out;
    }
    [[nodiscard]] std::vector<core::Member> members(const std::string& key_id) const {
        std::vector<core::Member> out;
        for (const auto& key : config.trust.keys) {
            if (key.id != key_id) continue;
            for (const auto& account : world_.accounts) {
                if (config.trust.principal_of(account.name) == key.principal) out.push_back(member(account.name));
            }
        }
        return out;
    }
    /** As `jitctl token` makes one of what `jitctl show` printed. */
    [[nodiscard]] std::string token(const model::Op& op) const {
        const auto* request = state.request(id_of(op.id));
        if (!request) return "jit1.AAAA";
        auto text = core::approval_text(*request, state, config, op.duration ? core::Usec(*op.duration) : request->duration);
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(text.duration).count();
        jit::test::SignOptions options;
        options.ns = text.ns();
        const auto armored = made_.keys.at(op.key).sign(text.text(), options);
        const auto blocks = core::parse_signatures(armored, text.ns());
        return core::make_token(request->id, static_cast<std::uint32_t>(seconds), blocks->front())->text();
    }
    std::string deliver(const model::Op& op, std::int64_t serial) {
        if (state.floor.refuses(now_)) return "CLOCK_BACK";
        jit::test::FileText text;
        text.serial = std::to_string(serial);
        text.issued = core::format_time(now_.wall);
        text.expires = core::format_time(core::Wall(op.expires));
        for (const auto& grant : op.grants) {
            jit::test::GrantText one;
            one.id = "\"" + grant.id + "\"";
            one.user = "\"" + grant.account + "\"";
            one.uid = std::to_string(uid(grant.account));
            one.role = "\"" + grant.role + "\"";
            one.not_before = core::format_time(core::Wall(grant.not_before));
            one.not_after = core::format_time(core::Wall(grant.not_after));
            text.grants += one.str();
        }
        const auto content = text.str();
        jit::test::MemorySource source(content);
        core::LoadRequest request{source, signature(content), "grants.toml", config.trust};
        request.policy = &config.policy;
        request.host = &config.host;
        request.now = now_.wall;
        request.marks = {state.file.serial, state.file.sha256};
        core::FileEvent event{core::load_grant_file(request), core::LoadMode::delivered, {}, true, false};
        const auto code = event.loaded ? "" : event.loaded.error().code;
        handle(event);
        return code;
    }
    std::string_view signature(const std::string& content) {
        signature_ = made_.keys.at("file-signer").sign(content);
        return signature_;
    }

    const model::World& world_;
    const Config& made_;
    core::Now now_;
    int boot_ = 0;
    std::string signature_;
};

/** Codes of core for what the model calls by another name. */
bool same_code(const model::Outcome& expected, std::string code) {
    static const std::map<std::string, std::set<std::string>> others = {
        {"BadToken", {"NotFound", "Limit", "AccessDenied"}},  // of what can't be told apart
        {"KeyRevoked", {"AccessDenied"}},
        {"KeyUse", {"AccessDenied"}}};
    if (expected.contains(code)) return true;
    const auto other = others.find(code);
    return other != others.end() && std::any_of(other->second.begin(), other->second.end(),
                                                [&](const auto& name) { return expected.contains(name); });
}

std::string told(const model::Outcome& outcome) {
    std::string out;
    for (const auto& code : outcome) out += (out.empty() ? "" : " or ") + (code.empty() ? std::string("done") : code);
    return out;
}

/** Everything the model knows must be so in the host, but for what the host no longer keeps. */
std::string difference(const model::Model& wanted, const Host& host) {
    for (const auto& request : wanted.requests()) {
        const auto* found = host.state.request(id_of(request.id));
        const auto state = wanted.request_state(request.id);
        if (!found && state != "pending") continue;
        if (!found) return request.id + " is gone";
        if (to_string(found->state) != state) return request.id + " is " + std::string(to_string(found->state)) + ", not " + state;
        std::set<std::string> people;
        for (const auto* one : found->approvals()) {
            if (!one->principal.empty()) people.insert(one->principal);
        }
        if (people != wanted.approvals(request.id)) return request.id + ": other approvals";
    }
    for (const auto& grant : wanted.grants()) {
        const auto state = wanted.grant_state(grant.id), found = host.grant_state(grant.id);
        const bool over = state == "expired" || state == "revoked" || state == "released";
        if (found != state && !(over && found.empty())) return grant.id + " is " + found + ", not " + state;
    }
    for (const auto& account : wanted.world().accounts) {
        if (account.uid == 0) continue;
        for (const auto& [service, target] : {std::pair<std::string, std::optional<std::string>>{"sudo", std::nullopt},
                                              {"sudo", "root"}, {"sudo", "postgres"}, {"su", "root"}}) {
            const auto answer = wanted.check(account.name, service, target);
            const auto got = host.check(account.name, service, target);
            const auto verdict = got.allowed() ? model::Verdict::allow
                                 : got.code == core::Code::pending ? model::Verdict::pending
                                                                   : model::Verdict::deny;
            const auto code = std::string(to_string(got.code));
            if (verdict != answer.verdict || !answer.codes.contains(code)) {
                return account.name + " by " + service + " to " + target.value_or("?") + ": " + code + ", not " +
                       told(answer.codes);
            }
        }
    }
    return "";
}

/** "" or where the two part. */
std::string play(std::uint64_t seed, const Config& config) {
    const auto sequence = model::make_sequence(seed);
    model::Model wanted(sequence.world, sequence.wall, sequence.boot);
    Host host(sequence, config);
    std::string story;
    for (const auto& op : sequence.ops) {
        const auto serial = wanted.next_serial();
        const auto expected = model::apply(wanted, op);
        host.set_time(wanted.wall(), wanted.boot(), wanted.boots());
        // Root in the login of the holder is the holder, who asks by the rules: `extend` is that story.
        const bool asks = op.kind == model::Kind::extend_at_once && expected.contains("Self") && host.holds(op.login, op.id);
        const auto got = asks ? std::string("Self") : host.play(op, serial);
        story += "  " + model::to_text(op) + " -> " + (got.empty() ? "done" : got) + "\n";
        const auto where = "seed " + std::to_string(seed) + "\n" + story;
        if (!same_code(expected, got)) return where + "but the model says: " + told(expected);
        if (const auto other = difference(wanted, host); !other.empty()) return where + "but " + other;
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(CoreAndModel)

BOOST_AUTO_TEST_CASE(s61_s64_core_and_the_reference_model_agree_after_each_step) {
    const auto count = jit::test::runs<std::uint64_t>(10'000, 1'000'000);
    const Config config(model::small_world());
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const auto parted = play(seed, config);
        BOOST_REQUIRE_MESSAGE(parted.empty(), parted);
    }
    std::printf("long: %zu sequences of 40 operations, no difference\n", static_cast<std::size_t>(count));
}

BOOST_AUTO_TEST_SUITE_END()
