// SPDX-License-Identifier: Apache-2.0
#include "jitctl/manager_client.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jitctl/bus_call.hpp"
#include "jitctl/bus_json.hpp"
#include "jitctl/exit_code.hpp"

namespace jit::ctl {
namespace {

constexpr core::Usec kReloadTimeout = std::chrono::seconds(30);  // reads the whole grant file
constexpr core::Usec kLookTimeout =
    std::chrono::milliseconds(2500);  // waits for no disk and no journal

/** Writes one a{sv}; the first error is kept and later calls do nothing. */
class Options {
  public:
    explicit Options(sd_bus_message* m)
        : m_(m), r_(sd_bus_message_open_container(m, 'a', "{sv}")) {}

    Options& text(const char* key, const std::string& value) {
        if (r_ >= 0 && !value.empty())
            r_ = sd_bus_message_append(m_, "{sv}", key, "s", value.c_str());
        return *this;
    }
    Options& flag(const char* key, bool value) {
        if (r_ >= 0 && value) r_ = sd_bus_message_append(m_, "{sv}", key, "b", 1);
        return *this;
    }
    Options& span(const char* key, const std::optional<core::Usec>& value) {
        if (r_ >= 0 && value)
            r_ = sd_bus_message_append(m_, "{sv}", key, "t", static_cast<std::uint64_t>(value->count()));
        return *this;
    }
    Options& time(const char* key, const std::optional<core::Wall>& value) {
        if (r_ >= 0 && value)
            r_ = sd_bus_message_append(m_, "{sv}", key, "t", core::to_usec(*value));
        return *this;
    }
    int close() { return r_ < 0 ? r_ : sd_bus_message_close_container(m_); }

  private:
    sd_bus_message* m_;
    int r_;
};

core::Usec look_timeout(const Environment& env) { return std::min(env.timeout, kLookTimeout); }

int append_filter(sd_bus_message* m, const ListFilter& filter) {
    return Options(m).text("user", filter.user).flag("all", filter.all).flag("mine", filter.mine).close();
}

/** All values of the reply, or PROTOCOL when they are not `signature`. */
core::Result<Json> values(const Environment& env, const Call& call, const char* signature) {
    auto reply = call_manager(env, call);
    if (!reply) return reply.failure();
    Json out;
    if (sd_bus_message_has_signature(reply->get(), signature) <= 0 ||
        read_all(reply->get(), out) < 0)
        return core::fail(code::kProtocol,
                          std::string(call.member) +
                              ": jitd's answer has another form than this jitctl knows: "
                              "restart jitd after an upgrade");
    return out;
}

core::Result<Json> one(const Environment& env, const Call& call) {
    auto reply = values(env, call, "a{sv}");
    if (!reply) return reply;
    return Json((*reply)[0]);
}

core::Result<Json> many(const Environment& env, const Call& call, Kind kind) {
    auto reply = values(env, call, "aa{sv}");
    if (!reply) return reply;
    Json out = Json::array();
    for (const auto& item : (*reply)[0]) out.push_back(shaped(kind, item));
    return out;
}

Kind kind_of(const Json& word) {
    if (word == "session") return Kind::session;
    return word == "request" ? Kind::request : Kind::grant;
}

/** {kind, object} of an answer that says what it is. */
core::Result<Json> any_kind(const Environment& env, const Call& call) {
    auto reply = values(env, call, "sa{sv}");
    if (!reply) return reply.failure();
    Json out = Json::object();
    out["kind"] = (*reply)[0];
    out["object"] = shaped(kind_of(out["kind"]), (*reply)[1]);
    return out;
}

int append_revoke(sd_bus_message* m, RevokeWhat what, const std::string& whom,
                  const std::string& reason) {
    int r = 0;
    if (what != RevokeWhat::all) r = sd_bus_message_append(m, "s", whom.c_str());
    if (r >= 0) r = sd_bus_message_append(m, "s", reason.c_str());
    return r < 0 ? r : Options(m).close();
}

int append_words(sd_bus_message* m, std::initializer_list<std::string> words) {
    int r = 0;
    for (const auto& word : words)
        if (r >= 0) r = sd_bus_message_append(m, "s", word.c_str());
    return r < 0 ? r : Options(m).close();
}

const char* revoke_member(RevokeWhat what) {
    switch (what) {
        case RevokeWhat::grant:
            return "Revoke";
        case RevokeWhat::user:
            return "RevokeUser";
        case RevokeWhat::session:
            return "RevokeSession";
        case RevokeWhat::all:
            return "RevokeAll";
    }
    return "Revoke";
}

trail::LogRecord record_of(const Json& item) {
    trail::LogRecord out;
    for (const auto& [name, value] : item.items()) {
        if (name == "time_usec" && value.is_number_unsigned())
            out.time_usec = value.get<std::uint64_t>();
        else if (name == "cursor" && value.is_string())
            out.entry.cursor = value.get<std::string>();
        else if (value.is_string())
            out.fields.emplace(name, value.get<std::string>());
    }
    return out;
}

core::Result<Json> in_shape(Kind kind, core::Result<Json> raw) {
    if (!raw) return raw;
    return shaped(kind, *raw);
}

}  // namespace

core::Result<Json> ManagerClient::status(std::optional<core::Usec> timeout) {
    return in_shape(Kind::status,
                    one(env_, {.member = "GetStatus",
                               .append = [](sd_bus_message* m) { return Options(m).close(); },
                               .timeout = timeout.value_or(look_timeout(env_))}));
}

core::Result<Json> ManagerClient::gate_status() {
    return in_shape(Kind::status,
                    one(env_, {.member = "GetStatus",
                               .append = [](sd_bus_message* m) { return Options(m).close(); },
                               .timeout = look_timeout(env_),
                               .gate_only = true}));
}

core::Result<Json> ManagerClient::grant(const GrantCall& call) {
    const auto append = [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "ssts", call.user.c_str(), call.role.c_str(),
                                            static_cast<std::uint64_t>(call.duration.count()),
                                            call.reason.c_str());
        return r < 0
                   ? r
                   : Options(m).text("ticket", call.ticket).time("start_usec", call.start).close();
    };
    return in_shape(Kind::grant, one(env_, {.member = "Grant", .append = append}));
}

core::Result<Json> ManagerClient::revoke(RevokeWhat what, const std::string& whom,
                                         const std::string& reason) {
    const auto append = [&](sd_bus_message* m) { return append_revoke(m, what, whom, reason); };
    return in_shape(Kind::revoked, one(env_, {.member = revoke_member(what), .append = append}));
}

core::Result<Json> ManagerClient::lock(const std::string& account, const std::string& reason) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {account, reason}); };
    return in_shape(Kind::locked, one(env_, {.member = "Lock", .append = append}));
}

core::Result<Json> ManagerClient::unlock(const std::string& account, const std::string& reason) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {account, reason}); };
    return in_shape(Kind::locked, one(env_, {.member = "Unlock", .append = append}));
}

core::Result<Json> ManagerClient::locks() {
    return many(env_,
                {.member = "ListLocks",
                 .append = [](auto* m) { return Options(m).close(); },
                 .timeout = look_timeout(env_)},
                Kind::lock);
}

core::Result<Json> ManagerClient::grants(const ListFilter& filter) {
    return many(env_,
                {.member = "ListGrants",
                 .append = [&](auto* m) { return append_filter(m, filter); },
                 .timeout = look_timeout(env_)},
                Kind::grant);
}

core::Result<Json> ManagerClient::sessions(const ListFilter& filter) {
    return many(env_,
                {.member = "ListSessions",
                 .append = [&](auto* m) { return append_filter(m, filter); },
                 .timeout = look_timeout(env_)},
                Kind::session);
}

core::Result<std::vector<trail::LogRecord>> ManagerClient::records(const RecordsCall& call) {
    const auto append = [&](sd_bus_message* m) {
        Options options(m);
        for (const auto& [name, member] : trail::kFilterFields) options.text(name, call.filter.*member);
        return options.text("after", call.after)
            .text("before", call.before)
            .time("since_usec", call.since)
            .time("until_usec", call.until)
            .flag("oldest", call.oldest)
            .close();
    };
    const auto reply = values(env_, {.member = "ListRecords", .append = append}, "aa{sv}");
    if (!reply) return reply.failure();
    std::vector<trail::LogRecord> out;
    for (const auto& item : (*reply)[0]) out.push_back(record_of(item));
    return out;
}

core::Result<Json> ManagerClient::show(const std::string& id) {
    const auto append = [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "s", id.c_str());
        return r < 0 ? r : Options(m).close();
    };
    return any_kind(env_, {.member = "Show", .append = append, .timeout = look_timeout(env_)});
}

core::Result<Json> ManagerClient::request(const RequestCall& call) {
    const auto append = [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "sts", call.role.c_str(), static_cast<std::uint64_t>(call.duration.count()),
                                            call.reason.c_str());
        return r < 0 ? r
                     : Options(m)
                           .text("ticket", call.ticket)
                           .time("start_usec", call.start)
                           .flag("breakglass", call.breakglass)
                           .close();
    };
    return in_shape(Kind::request, one(env_, {.member = "Request", .append = append}));
}

core::Result<Json> ManagerClient::withdraw(const std::string& id) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {id}); };
    return in_shape(Kind::request, one(env_, {.member = "Withdraw", .append = append}));
}

core::Result<Json> ManagerClient::approve(const std::string& id, std::optional<core::Usec> duration,
                                          const std::string& reason) {
    const auto append = [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "s", id.c_str());
        return r < 0 ? r : Options(m).span("duration_usec", duration).text("reason", reason).close();
    };
    return in_shape(Kind::request, one(env_, {.member = "Approve", .append = append}));
}

core::Result<Json> ManagerClient::deny(const std::string& id, const std::string& reason) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {id, reason}); };
    return in_shape(Kind::request, one(env_, {.member = "Deny", .append = append}));
}

core::Result<Json> ManagerClient::redeem(const std::string& token) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {token}); };
    return in_shape(Kind::request, one(env_, {.member = "Redeem", .append = append}));
}

core::Result<Json> ManagerClient::extend(const std::string& id, core::Usec duration, const std::string& reason,
                                         const std::string& ticket) {
    const auto append = [&](sd_bus_message* m) {
        const int r = sd_bus_message_append(m, "sts", id.c_str(), static_cast<std::uint64_t>(duration.count()), reason.c_str());
        return r < 0 ? r : Options(m).text("ticket", ticket).close();
    };
    return any_kind(env_, {.member = "Extend", .append = append});
}

core::Result<Json> ManagerClient::release(const std::string& id) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {id}); };
    return in_shape(Kind::revoked, one(env_, {.member = "Release", .append = append}));
}

core::Result<Json> ManagerClient::review(const std::string& id) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {id}); };
    return in_shape(Kind::grant, one(env_, {.member = "Review", .append = append}));
}

core::Result<Json> ManagerClient::requests(const ListFilter& filter) {
    return many(env_,
                {.member = "ListRequests",
                 .append = [&](auto* m) { return append_filter(m, filter); },
                 .timeout = look_timeout(env_)},
                Kind::request);
}

core::Result<Json> ManagerClient::roles(const std::string& user) {
    return many(env_,
                {.member = "ListRoles",
                 .append = [&](auto* m) { return Options(m).text("user", user).close(); },
                 .timeout = look_timeout(env_)},
                Kind::role);
}

core::Result<Json> ManagerClient::explain(const ExplainQuery& query) {
    const auto append = [&](sd_bus_message* m) {
        return Options(m)
            .text("user", query.user)
            .text("service", query.service)
            .text("target", query.target)
            .close();
    };
    return in_shape(
        Kind::explain,
        one(env_, {.member = "Explain", .append = append, .timeout = look_timeout(env_)}));
}

core::Result<Json> ManagerClient::recover(const std::string& what, const std::string& reason) {
    const auto append = [&](sd_bus_message* m) { return append_words(m, {what, reason}); };
    return one(env_, {.member = "Recover", .append = append});
}

core::Result<Json> ManagerClient::reload() {
    return one(env_, {.member = "Reload",
                      .append = [](sd_bus_message* m) { return Options(m).close(); },
                      .timeout = kReloadTimeout});
}

}  // namespace jit::ctl
