// SPDX-License-Identifier: Apache-2.0
// Tells random stories of the reference model as JSON, with what must be so after each step: model_story SEED. Time stands
// still in them, since a machine's clock is the host's.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/model_sequence.hpp"

namespace {

using namespace jit::model;

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string list(const auto& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ",") + quoted(item);
    return "[" + out + "]";
}

/** Seconds after the beginning of the story. */
std::string seconds(Time time, Time begin) {
    return std::to_string(std::chrono::duration_cast<Seconds>(time - begin).count());
}

std::string grants(const Op& op, Time begin) {
    std::string out;
    for (const auto& grant : op.grants)
        out += (out.empty() ? "" : ",") + ("{\"id\":" + quoted(grant.id) + ",\"account\":" + quoted(grant.account) +
                                           ",\"role\":" + quoted(grant.role) + ",\"not_before\":" +
                                           seconds(grant.not_before, begin) + ",\"not_after\":" +
                                           seconds(grant.not_after, begin) + "}");
    return "[" + out + "]";
}

std::string state(const Model& model) {
    std::string requests, held, checks;
    for (const auto& request : model.requests())
        requests += (requests.empty() ? "" : ",") + quoted(request.id) + ":[" + quoted(model.request_state(request.id)) +
                    "," + list(model.approvals(request.id)) + "]";
    for (const auto& grant : model.grants())
        held += (held.empty() ? "" : ",") + quoted(grant.id) + ":" + quoted(model.grant_state(grant.id));
    for (const auto& account : model.world().accounts)
        for (const auto& [service, target] : {std::pair{"sudo", "root"}, {"sudo", "postgres"}, {"su", "root"}})
            if (account.uid != 0)
                checks += (checks.empty() ? "" : ",") + quoted(account.name + " " + service + " " + target) + ":" +
                          list(model.check(account.name, service, target).codes);
    return "{\"requests\":{" + requests + "},\"grants\":{" + held + "},\"checks\":{" + checks + "}}";
}

void tell(const Op& op, const Outcome& expected, const Model& model, Time begin, bool last) {
    std::printf("{\"text\":%s,\"kind\":%s,\"id\":%s,\"grant\":%s,\"by\":%s,\"login\":%s,\"account\":%s,\"role\":%s,"
                "\"key\":%s,\"reason\":%s,\"ticket\":%s,\"duration\":%s,\"start\":%s,\"break_glass\":%s,\"grants\":%s,"
                "\"expires\":%s,\"expected\":%s,\"state\":%s}%s\n",
                quoted(to_text(op)).c_str(), quoted(to_text(op.kind)).c_str(), quoted(op.id).c_str(), quoted(op.grant).c_str(),
                quoted(op.by).c_str(), quoted(op.login).c_str(), quoted(op.account).c_str(), quoted(op.role).c_str(),
                quoted(op.key).c_str(), quoted(op.reason).c_str(), quoted(op.ticket).c_str(),
                op.duration ? std::to_string(op.duration->count()).c_str() : "null",
                op.start ? seconds(*op.start, begin).c_str() : "null", op.break_glass ? "true" : "false",
                grants(op, begin).c_str(), seconds(op.expires, begin).c_str(), list(expected).c_str(), state(model).c_str(),
                last ? "" : ",");
}

/** The story takes a while: nothing may begin or end in it by itself. */
bool soon(Time span) { return span > Time(0) && span < std::chrono::minutes(5); }

/** What a machine can play: no other clock, and not from inside of a session, which has tests of its own. */
bool playable(const Op& op, Time begin) {
    if (op.kind == Kind::advance || op.kind == Kind::reboot || op.place != Place::outside) return false;
    const bool longer = op.kind == Kind::extend || op.kind == Kind::extend_at_once;
    if (op.duration && soon(*op.duration) && !longer) return false;
    if (op.start && soon(*op.start - begin)) return false;
    for (const auto& grant : op.grants)
        if (soon(grant.not_before - begin) || soon(grant.not_after - begin)) return false;
    return op.kind != Kind::file || !soon(op.expires - begin);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto sequence = make_sequence(std::strtoull(argv[1], nullptr, 10));
    std::vector<Op> ops;
    for (const auto& op : sequence.ops)
        if (playable(op, sequence.wall)) ops.push_back(op);
    Model model(sequence.world, sequence.wall, sequence.boot);
    std::printf("[\n");
    for (std::size_t i = 0; i < ops.size(); ++i) {
        auto op = ops[i];
        const auto expected = apply(model, op);
        tell(op, expected, model, sequence.wall, i + 1 == ops.size());
    }
    std::printf("]\n");
    return 0;
}
