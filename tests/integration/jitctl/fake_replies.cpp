// SPDX-License-Identifier: Apache-2.0
#include "fake_replies.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>

#include "common/names.hpp"

namespace jit::test {
namespace {

constexpr std::uint64_t kMade = 1764000000000000;  // 2025-11-24
constexpr std::uint64_t kEnds = 4102444800000000;  // 2100-01-01
constexpr std::uint64_t kMinute = 60'000'000;

constexpr char kText[] =
    "org: example\nhost: 77007700770077007700770077007700 db-01\nrequest: %s\naccount: 1001 alice\nperson: alice\n"
    "role: root\nseconds: 1800\nstart: when approved\nextends: -\nreason: INC-1 disk\nticket: INC-1\n"
    "requested: 2025-11-24T16:00:00Z\napprove-before: 2100-01-01T00:00:00Z\n";

std::string approval_text(const char* id, const char* kind, const char* decision) {
    std::string out(1024, '\0');
    out.resize(static_cast<std::size_t>(std::snprintf(out.data(), out.size(), kText, id)));
    return std::string("jit-") + kind + "/1\n" + out + "decision: " + decision + "\n";
}

/** One a{sv}; the first error is kept. */
class Dict {
  public:
    explicit Dict(sd_bus_message* m) : m_(m), r_(sd_bus_message_open_container(m, 'a', "{sv}")) {}
    Dict& text(const char* key, const std::string& value) {
        if (!value.empty()) put(key, "s", [&] { return sd_bus_message_append(m_, "s", value.c_str()); });
        return *this;
    }
    Dict& number(const char* key, std::uint64_t value) {
        return put(key, "t", [&] { return sd_bus_message_append(m_, "t", value); });
    }
    Dict& small(const char* key, std::uint32_t value) {
        return put(key, "u", [&] { return sd_bus_message_append(m_, "u", value); });
    }
    Dict& list(const char* key, std::initializer_list<const char*> words) {
        return put(key, "as", [&] {
            int r = sd_bus_message_open_container(m_, 'a', "s");
            for (const char* word : words)
                if (r >= 0) r = sd_bus_message_append(m_, "s", word);
            return r < 0 ? r : sd_bus_message_close_container(m_);
        });
    }
    template <class Append>
    Dict& put(const char* key, const char* type, Append append) {
        if (r_ >= 0) r_ = sd_bus_message_open_container(m_, 'e', "sv");
        if (r_ >= 0) r_ = sd_bus_message_append(m_, "s", key);
        if (r_ >= 0) r_ = sd_bus_message_open_container(m_, 'v', type);
        if (r_ >= 0) r_ = append();
        if (r_ >= 0) r_ = sd_bus_message_close_container(m_);
        if (r_ >= 0) r_ = sd_bus_message_close_container(m_);
        return *this;
    }
    [[nodiscard]] int close() { return r_ < 0 ? r_ : sd_bus_message_close_container(m_); }

  private:
    sd_bus_message* m_;
    int r_;
};

template <class... Each>
int list_of(sd_bus_message* m, Each... each) {
    int r = sd_bus_message_open_container(m, 'a', "a{sv}");
    ((r = r < 0 ? r : each(m)), ...);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int append_grant(sd_bus_message* m) {
    return Dict(m)
        .text("id", "0123456789abcdef0123456789abcdef")
        .text("origin", "local")
        .text("account", "alice")
        .small("uid", 1001)
        .text("role", "root")
        .list("services", {"sudo", "su"})
        .number("not_after_usec", kEnds)
        .text("state", "active")
        .text("reason", kHostile)
        .close();
}

int append_approval(sd_bus_message* m, const std::string& text) {
    return Dict(m)
        .text("principal", text.empty() ? "olivia" : text)
        .text("account", text.empty() ? "olivia" : text)
        .text("via", text.empty() ? "host" : "key:" + text)
        .number("time_usec", kMade + kMinute)
        .number("duration_usec", 15 * kMinute)
        .text("reason", text.empty() ? "go on" : text)
        .close();
}

int append_last(sd_bus_message* m, const char* text) {
    return Dict(m)
        .text("grant", text)
        .text("role", text)
        .text("state", text)
        .text("reason", text)
        .number("not_before_usec", kMade)
        .number("not_after_usec", kMade + 30 * kMinute)
        .small("sessions", 2)
        .small("terminated", 1)
        .number("last_usec", kMade + kMinute)
        .list("targets", {text})
        .close();
}

/** Alice's. Two have to agree; when it is decided both have. */
int append_request(sd_bus_message* m, const Fake& fake, const char* id = kRequest) {
    const bool breakglass = std::string_view(id) == kBreakglassRequest;
    const bool approved = fake.state == "approved";
    Dict dict(m);
    dict.text("id", id)
        .text("kind", breakglass ? "break-glass" : "role")
        .text("account", "alice")
        .small("uid", 1001)
        .text("role", "root")
        .number("duration_usec", 30 * kMinute)
        .text("reason", "INC-1 disk")
        .text("ticket", "INC-1")
        .text("state", fake.state)
        .text("rule", breakglass ? "break-glass" : "policy.toml:7")
        .small("needed", approved ? 1 : 2)
        .number("created_usec", kMade)
        .number("expires_usec", fake.expires);
    if (!breakglass) dict.list("approvers", {"@leads", "principal:olivia"});
    if (approved) {
        dict.text("grant", "89abcdef0123456789abcdef01234567");
        dict.put("approvals", "aa{sv}", [&] { return list_of(m, [](auto* to) { return append_approval(to, ""); }); });
    }
    if (fake.state == "denied") dict.text("denied_by", "olivia").text("denied_reason", fake.denied);
    if (fake.state == "pending")
        dict.text("text", breakglass ? approval_text(id, "breakglass", "break-glass") : approval_text(id, "approval", "approve"));
    return dict.close();
}

/** Every text in it would act on a terminal. */
int append_hostile_request(sd_bus_message* m, const char* state) {
    Dict dict(m);
    dict.text("id", kHostile).text("state", state).list("approvers", {kHostile}).number("duration_usec", 30 * kMinute);
    for (const char* field : {"kind", "account", "role", "reason", "ticket", "rule", "grant", "denied_by", "denied_reason", "text"})
        dict.text(field, kHostile);
    dict.put("approvals", "aa{sv}", [&] { return list_of(m, [](auto* to) { return append_approval(to, kHostile); }); });
    dict.put("last", "a{sv}", [&] { return append_last(m, kHostile); });
    return dict.close();
}

int append_roles(sd_bus_message* m) {
    const auto asked = [](sd_bus_message* to) {
        return Dict(to)
            .text("role", "root")
            .text("description", "Root on this host")
            .list("services", {"sudo", "su"})
            .list("run_as", {"root"})
            .number("max_duration_usec", 480 * kMinute)
            .text("rule", "policy.toml:7")
            .text("approval", "approvers")
            .list("approvers", {"@leads", "principal:olivia"})
            .small("approvals", 2)
            .close();
    };
    const auto automatic = [](sd_bus_message* to) {
        return Dict(to)
            .text("role", "restart")
            .list("services", {"sudo"})
            .list("run_as", {kHostile})
            .number("max_duration_usec", 60 * kMinute)
            .text("rule", "policy.toml:14")
            .text("approval", "auto")
            .text("auto_limit", "5/week")
            .text("hours", "Mon..Fri 08:00-18:00")
            .text("reason", "(INC|CHG)-[0-9]+")
            .text("ticket", kHostile)
            .close();
    };
    return list_of(m, asked, automatic);
}

std::uint64_t soon(std::chrono::seconds in) {
    const auto then = std::chrono::system_clock::now().time_since_epoch() + in;
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(then).count());
}

int append_sessions(sd_bus_message* m) {
    return list_of(m, [](sd_bus_message* to) {
        return Dict(to)
            .text("id", kSession)
            .text("grant", "over")
            .text("account", "alice")
            .text("target", "root")
            .text("service", "sudo-i")
            .text("state", "finishing")
            .text("tty", kHostile)
            .number("ends_usec", soon(std::chrono::seconds(40)))
            .number("backstop_usec", kEnds - kMinute)
            .close();
    });
}

int append_status(sd_bus_message* m) {
    return Dict(m)
        .put("host", "a{sv}", [&] { return Dict(m).text("id", "77").text("name", "db-01").close(); })
        .text("account", "alice")
        .put("elevated", "b", [&] { return sd_bus_message_append(m, "b", 1); })
        .text("state", "ok")
        .small("to_decide", 2)
        .put("file", "a{sv}", [&] { return Dict(m).text("state", "ok").number("serial", 7).text("sha256", "ab").close(); })
        .put("grants", "aa{sv}", [&] { return list_of(m, append_grant); })
        .put("requests", "aa{sv}", [&] { return list_of(m, [](auto* to) { return append_hostile_request(to, "pending"); }); })
        .put("breakglass", "aa{sv}", [&] { return list_of(m, append_grant); })
        .put("sessions", "aa{sv}", [&] { return append_sessions(m); })
        .close();
}

int append_ends(sd_bus_message* m) {
    return Dict(m).list("ended", {"g1"}).list("sessions", {"s1", "s2"}).list("still", {"g2"}).close();
}

int append_explain(sd_bus_message* m) {
    return Dict(m).text("decision", "pending").text("code", "PENDING").text("account", "alice").text("request", kRequest)
        .text("text", kHostile).close();
}

int append_reload(sd_bus_message* m) {
    return Dict(m).text("state", "refused").text("code", "ROLLBACK").list("config", {"/etc/jit/host.toml:1:1: bad"}).close();
}

/** A key of the filter; a flag is "true", what is absent is empty. */
std::string filter_value(sd_bus_message* call, std::string_view wanted) {
    const char *key = nullptr, *contents = nullptr, *text = "true";
    if (sd_bus_message_rewind(call, 1) < 0 || sd_bus_message_enter_container(call, 'a', "{sv}") <= 0) return "";
    while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
        if (sd_bus_message_read(call, "s", &key) <= 0) return "";
        if (key == wanted) {
            if (sd_bus_message_peek_type(call, nullptr, &contents) <= 0) return "";
            if (*contents == 's' && sd_bus_message_read(call, "v", "s", &text) <= 0) return "";
            return text;
        }
        if (sd_bus_message_skip(call, "v") < 0 || sd_bus_message_exit_container(call) < 0) return "";
    }
    return "";
}

int append_record(sd_bus_message* m, int number) {
    const int seq = number < 4 ? number : number - 1;  // the third was sent twice
    return Dict(m)
        .number("time_usec", kMade + static_cast<std::uint64_t>(number) * kMinute)
        .text("cursor", "c" + std::to_string(number))
        .text("event", "check.allowed")
        .text("seq", std::to_string(seq))
        .text("chain", "h" + std::to_string(seq))
        .text("user", "alice")
        .text("reason", seq == 2 ? kHostile : "INC-1")
        .close();
}

/** Six, two at once; a cursor is "c" and the number. */
int append_records(sd_bus_message* reply, sd_bus_message* call) {
    constexpr int kLast = 6, kPage = 2;
    const std::string after = filter_value(call, "after"), before = filter_value(call, "before");
    const bool forward = !after.empty() || !filter_value(call, "oldest").empty();
    int first = after.empty() ? 1 : std::stoi(after.substr(1)) + 1;
    int last = before.empty() ? kLast : std::stoi(before.substr(1)) - 1;
    if (forward)
        last = std::min(last, first + kPage - 1);
    else
        first = std::max(first, last - kPage + 1);
    int r = sd_bus_message_open_container(reply, 'a', "a{sv}");
    for (int number = first; r >= 0 && number <= last; ++number) r = append_record(reply, number);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

std::string first_word(sd_bus_message* call) {
    const char* word = nullptr;
    return sd_bus_message_read(call, "s", &word) > 0 ? word : "";
}

/** By id: the hostile one, the break-glass one, or alice's. */
int append_named(sd_bus_message* reply, const Fake& fake, const std::string& id) {
    if (id == kHostileRequest) return append_hostile_request(reply, "pending");
    return append_request(reply, fake, id == kBreakglassRequest ? kBreakglassRequest : kRequest);
}

int append_show(sd_bus_message* reply, const Fake& fake, const std::string& id) {
    const bool request = id == kRequest || id == kHostileRequest || id == kBreakglassRequest;
    const int r = sd_bus_message_append(reply, "s", request ? "request" : "grant");
    if (r < 0) return r;
    return request ? append_named(reply, fake, id) : append_grant(reply);
}

/** Who holds "mine" has to ask; another grant is extended at once. */
int append_extend(sd_bus_message* reply, const Fake& fake, const std::string& grant) {
    const int r = sd_bus_message_append(reply, "s", grant == "mine" ? "request" : "grant");
    if (r < 0) return r;
    return grant == "mine" ? append_request(reply, fake) : append_grant(reply);
}

bool has_breakglass(sd_bus_message* call) {
    std::uint64_t duration = 0;
    const char *reason = nullptr, *key = nullptr;
    return sd_bus_message_read(call, "ts", &duration, &reason) > 0 && sd_bus_message_enter_container(call, 'a', "{sv}") > 0 &&
           sd_bus_message_enter_container(call, 'e', "sv") > 0 && sd_bus_message_read(call, "s", &key) > 0 &&
           std::string_view(key) == "breakglass";
}

int append_new(sd_bus_message* reply, sd_bus_message* call, Fake& fake) {
    const std::string role = first_word(call);
    if (role == "hostile") return append_hostile_request(reply, "denied");
    fake.state = role == "auto" ? "approved" : "pending";
    if (role == "short") fake.expires = soon(std::chrono::seconds(1));
    return append_request(reply, fake, has_breakglass(call) ? kBreakglassRequest : kRequest);
}

/** Empty: the call decides nothing. */
std::string decision(std::string_view member) {
    if (member == "Approve" || member == "Redeem") return "approved";
    if (member == "Deny") return "denied";
    return member == "Withdraw" ? "withdrawn" : "";
}

int append_decided(sd_bus_message* reply, sd_bus_message* call, std::string_view member, Fake& fake) {
    const std::string id = first_word(call);
    if (id != kHostileRequest) fake.state = decision(member);
    if (member == "Deny") fake.denied = first_word(call);
    return append_named(reply, fake, id);
}

}  // namespace

int append_reply(sd_bus_message* reply, sd_bus_message* call, Fake& fake) {
    const std::string_view member = sd_bus_message_get_member(call);
    if (!decision(member).empty()) return append_decided(reply, call, member, fake);
    if (member == "GetStatus") return append_status(reply);
    if (member == "Grant" || member == "Review") return append_grant(reply);
    if (member == "Request") return append_new(reply, call, fake);
    if (member == "Extend") return append_extend(reply, fake, first_word(call));
    if (member == "Show") return append_show(reply, fake, first_word(call));
    if (member == "Explain") return append_explain(reply);
    if (member == "ListGrants") return filter_value(call, "user") == "nobody-here" ? list_of(reply) : list_of(reply, append_grant);
    if (member == "ListRecords") return append_records(reply, call);
    if (member == "ListSessions") return append_sessions(reply);
    if (member == "ListRoles") return append_roles(reply);
    if (member == "ListRequests")
        return list_of(reply, [&](auto* m) { return append_request(m, fake); },
                       [](auto* m) { return append_hostile_request(m, "pending"); });
    if (member == "RevokeUser" && first_word(call) != "alice") return Dict(reply).close();  // nothing to end
    if (member.starts_with("Revoke") || member == "Release") return append_ends(reply);
    return append_reload(reply);
}

int announce(sd_bus* bus, std::string_view member, const Fake& fake) {
    if (sd_bus_is_bus_client(bus) <= 0) return 0;
    if (member == "Reload")
        return sd_bus_emit_signal(bus, kObjectPath, kManagerInterface, "FileChanged", "ss", "refused", "ROLLBACK");
    if (member != "Request" && decision(member).empty()) return 0;
    return sd_bus_emit_signal(bus, kObjectPath, kManagerInterface, "RequestChanged", "ss", kRequest, fake.state.c_str());
}

}  // namespace jit::test
