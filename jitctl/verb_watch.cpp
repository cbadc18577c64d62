// SPDX-License-Identifier: Apache-2.0
// What changes, a JSON object a line: for notifiers. Signals carry ids and states alone; what else there is to say is
// asked for, and jitd tells it to those who may see it.
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "jitctl/bus_signals.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

std::string kind_of(const std::string& member) {
    static const std::map<std::string, std::string> kinds = {
        {"RequestChanged", "request"}, {"GrantChanged", "grant"}, {"SessionChanged", "session"}, {"FileChanged", "file"}};
    const auto it = kinds.find(member);
    return it == kinds.end() ? "" : it->second;
}

Json event_of(const Context& context, const Signal& signal) {
    const std::string kind = kind_of(signal.member);
    Json out = Json::object();
    out["time_usec"] = core::to_usec(context.env.now());
    out["event"] = kind;
    // A file has no id: its two words are a state and a code.
    out["id"] = kind == "file" || signal.id.empty() ? Json(nullptr) : Json(signal.id);
    out["state"] = kind == "file" ? signal.id : signal.state;
    out["code"] = kind == "file" && !signal.state.empty() ? Json(signal.state) : Json(nullptr);
    out["object"] = nullptr;
    if (kind == "file" || signal.id.empty()) return out;
    const auto found = ManagerClient(context.env).show(signal.id);
    if (found) out["object"] = (*found)["object"];
    return out;
}

}  // namespace

int run(const Context& context, const WatchOptions&) {
    BusSignals signals;
    if (auto ok = signals.open(context.env); !ok) return context.out.fail(ok.error());
    GlobalOptions options = context.out.options();
    options.json = JsonMode::brief;  // whatever reads it, reads lines
    const Output out(context.env, options);
    for (;;) {
        const auto signal = signals.next(std::chrono::steady_clock::now() + std::chrono::minutes(1));
        if (!signal) return context.out.fail(signal.error());
        if (!*signal || kind_of((*signal)->member).empty()) continue;
        out.object(event_of(context, **signal));
        if (std::fflush(context.env.out) != 0) return static_cast<int>(Exit::failure);
    }
}

}  // namespace jit::ctl
