// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/text.hpp"
#include "jitctl/cli_options.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr const char* kFor = "--for,-d,--duration";

void add_request(CLI::App& app, Parsed& p, Texts& t) {
    auto& verb = *app.add_subcommand("request", "ask for a role");
    verb.add_option("ROLE", p.request.role, "role; default: the host's");
    verb.add_option(kFor, t.duration, "how long: 30m, \"2h 30min\"")->required();
    verb.add_option("-r,--reason", p.request.reason, "why; it is in every record")->required();
    verb.add_option("--ticket", p.request.ticket, "ticket number");
    verb.add_option("--start", t.start, "not before; default: when it is approved");
    verb.add_flag("-w,--wait", p.request.wait, "go on until it is decided");
    verb.add_option("--timeout", t.timeout, "wait so long at most");
    verb.add_flag("--break-glass", p.request.breakglass, "an emergency: a break-glass key lets in, no rule is asked");

    auto& cancel = *app.add_subcommand("cancel", "take a request back");
    cancel.add_option("ID", p.cancel.id, "the request")->required();
    auto& wait = *app.add_subcommand("wait", "until a request is decided (exit 0, 3 or 124)");
    wait.add_option("ID", p.wait.id, "the request")->required();
    wait.add_option("--timeout", t.timeout, "so long at most");
}

void add_decisions(CLI::App& app, Parsed& p, Texts& t) {
    auto& approve = *app.add_subcommand("approve", "say yes to a request");
    approve.add_option("ID", p.approve.id, "the request")->required();
    approve.add_option(kFor, t.duration, "less time than was asked for");
    approve.add_option("-r,--reason", p.approve.reason, "why; it is in the record");
    auto& deny = *app.add_subcommand("deny", "say no to a request");
    deny.add_option("ID", p.deny.id, "the request")->required();
    deny.add_option("-r,--reason", p.deny.reason, "why; who asked is told");

    auto& token = *app.add_subcommand("token", "approve a request of another host: sign what `jitctl show ID` prints there");
    token.add_option("ID", p.token.id, "the request")->required();
    token.add_option("--key", p.token.key, "private key file, or public key held by ssh-agent")->required();
    token.add_option("--file", p.token.file, "what `jitctl show ID` printed there; default: stdin");
    token.add_option(kFor, t.duration, "less time than was asked for");
    auto& redeem = *app.add_subcommand("redeem", "bring a token back");
    redeem.add_option("TOKEN", p.redeem.token, "jit1...., or -: from stdin")->required();
}

void add_ends(CLI::App& app, Parsed& p, Texts& t) {
    auto& extend = *app.add_subcommand("extend", "a later end for a grant, without a gap");
    extend.add_option("ID", p.extend.id, "the grant")->required();
    extend.add_option(kFor, t.duration, "how much longer: 30m")->required();
    extend.add_option("-r,--reason", p.extend.reason, "why; it is in the record")->required();
    extend.add_option("--ticket", p.extend.ticket, "ticket number");
    auto& done = *app.add_subcommand("done", "give a grant back");
    done.add_option("ID", p.done.id, "the grant; default: all of mine that are active");
}

/** A span that may be left out; given empty, as by an unset variable of a script, it is wrong. */
core::Result<void> optional_span(const CLI::App& verb, const char* name, const std::string& text,
                                 std::optional<core::Usec>& out) {
    if (verb.count(name) == 0) return {};
    const auto span = span_of(name, text);
    if (!span) return span.failure();
    out = *span;
    return {};
}

core::Result<void> optional_reason(const std::string& reason) {
    return reason.empty() ? core::Result<void>() : need_reason(reason);
}

core::Result<void> ticket_of(const std::string& ticket) {
    return ticket.empty() ? core::Result<void>() : core::check_text(ticket, "--ticket", core::kMaxTicket);
}

core::Result<void> finish_request(const CLI::App& verb, RequestOptions& request, const Texts& t, core::Wall now) {
    const auto duration = span_of("--for", t.duration);
    if (!duration) return duration.failure();
    request.duration = *duration;
    if (verb.count("--start") > 0) {
        const auto start = parse_when(t.start, now);
        if (!start) return core::fail("USAGE", "--start: " + start.error().text);
        request.start = *start;
    }
    if (verb.count("--timeout") > 0 && !request.wait) return core::fail("USAGE", "--timeout: goes with --wait");
    auto ok = need_reason(request.reason);
    if (ok) ok = ticket_of(request.ticket);
    return ok ? optional_span(verb, "--timeout", t.timeout, request.timeout) : ok;
}

core::Result<void> finish_approve(const CLI::App& verb, ApproveOptions& approve, const Texts& t) {
    auto ok = optional_span(verb, "--for", t.duration, approve.duration);
    return ok ? optional_reason(approve.reason) : ok;
}

/** An empty id means all of them to jitd, and an unset variable must not. */
core::Result<void> finish_done(const CLI::App& verb, const DoneOptions& done) {
    if (verb.count("ID") > 0 && done.id.empty())
        return core::fail("USAGE", "ID: is empty; leave it out to give back all that are active");
    return {};
}

core::Result<void> finish_extend(ExtendOptions& extend, const Texts& t) {
    const auto duration = span_of("--for", t.duration);
    if (!duration) return duration.failure();
    extend.duration = *duration;
    auto ok = need_reason(extend.reason);
    return ok ? ticket_of(extend.ticket) : ok;
}

template <class Options>
core::Result<Verb> made(core::Result<void> ok, const Options& options) {
    if (!ok) return ok.failure();
    return Verb(options);
}

}  // namespace

void add_asking(CLI::App& app, Parsed& p, Texts& t) {
    auto& roles = *app.add_subcommand("roles", "what may I ask for, and who decides");
    roles.add_option("--user", p.roles.user, "account; default: me");
    add_request(app, p, t);
    add_decisions(app, p, t);
    add_ends(app, p, t);
    app.add_subcommand("watch", "what changes, as JSON lines, for notifiers");
}

std::optional<core::Result<Verb>> finish_asking(const CLI::App& verb, Parsed& p, const Texts& t, core::Wall now) {
    const std::string name = verb.get_name();
    if (name == "roles") return made({}, p.roles);
    if (name == "watch") return made({}, WatchOptions{});
    if (name == "request") return made(finish_request(verb, p.request, t, now), p.request);
    if (name == "cancel") return made({}, p.cancel);
    if (name == "wait") return made(optional_span(verb, "--timeout", t.timeout, p.wait.timeout), p.wait);
    if (name == "approve") return made(finish_approve(verb, p.approve, t), p.approve);
    if (name == "deny") return made(optional_reason(p.deny.reason), p.deny);
    if (name == "token") return made(optional_span(verb, "--for", t.duration, p.token.duration), p.token);
    if (name == "redeem") return made({}, p.redeem);
    if (name == "extend") return made(finish_extend(p.extend, t), p.extend);
    if (name == "done") return made(finish_done(verb, p.done), p.done);
    return std::nullopt;
}

}  // namespace jit::ctl
