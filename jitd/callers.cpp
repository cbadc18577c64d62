// SPDX-License-Identifier: Apache-2.0
#include "jitd/callers.hpp"

#include "jitd/dict.hpp"
#include "jitd/loop.hpp"

namespace jit::daemon {
namespace {

/** uid and pid out of GetConnectionCredentials; uid stays none when the bus does not tell. */
Peer read_credentials(sd_bus_message* reply) {
    Peer peer;
    if (sd_bus_message_is_method_error(reply, nullptr)) return peer;
    auto dict = Dict::read(reply, Foreign::skip);
    if (!dict) return peer;
    peer.uid = dict->get<std::uint32_t>("UnixUserID").value_or(kNoUid);
    peer.pid = static_cast<pid_t>(dict->get<std::uint32_t>("ProcessID").value_or(0));
    return peer;
}

}  // namespace

bool Callers::identify(sd_bus* bus, const std::string& sender, Ready ready) {
    if (const auto it = known_.find(sender); it != known_.end()) {
        ready(Peer(it->second));
        return true;
    }
    if (waiting_ >= kMaxWaiting) return false;
    auto& question = asked_[sender];
    if (question.waiting.size() >= kMaxOfOne) return false;
    if (!question.slot) {
        question.callers = this;
        question.sender = sender;
        sd_bus_slot* slot = nullptr;
        // sd_bus_query_sender_creds would wait for a stuck bus with the gate behind it.
        const int r = sd_bus_call_method_async(bus, &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                               "org.freedesktop.DBus", "GetConnectionCredentials", &Callers::on_reply,
                                               &question, "s", sender.c_str());
        if (r < 0) {
            asked_.erase(sender);
            ready(Peer{});
            return true;
        }
        question.slot.reset(slot);
    }
    question.waiting.push_back(std::move(ready));
    ++waiting_;
    return true;
}

int Callers::on_reply(sd_bus_message* reply, void* userdata, sd_bus_error*) noexcept {
    return guarded([&] {
        auto& question = *static_cast<Question*>(userdata);
        question.callers->answer(question.sender, read_credentials(reply));
        return 0;
    });
}

void Callers::answer(const std::string& sender, const Peer& peer) {
    const auto question = asked_.extract(sender);
    waiting_ -= question.mapped().waiting.size();
    if (peer.uid != kNoUid && known_.emplace(sender, peer).second) {
        oldest_.push_back(sender);
        if (oldest_.size() > kMaxKnown) {
            known_.erase(oldest_.front());
            oldest_.pop_front();
        }
    }
    for (const auto& ready : question.mapped().waiting) ready(peer);
}

void Callers::forget() {
    waiting_ = 0;
    asked_.clear();
    known_.clear();
    oldest_.clear();
}

struct Workload::Counts {
    std::map<std::uint32_t, std::size_t> of;
    std::size_t all = 0;

    void give_back(std::uint32_t uid) {
        const auto it = of.find(uid);
        if (--it->second == 0) of.erase(it);
        if (uid != 0) --all;
    }
};

Workload::Workload() : counts_(std::make_shared<Counts>()) {}

Workload::Place Workload::take(std::uint32_t uid) {
    const bool root = uid == 0;
    const auto it = counts_->of.find(uid);
    if ((it != counts_->of.end() && it->second >= kOfOne) || (!root && counts_->all >= kOfAll)) return nullptr;
    ++counts_->of[uid];
    if (!root) ++counts_->all;
    return {counts_.get(), [counts = counts_, uid](const void*) { counts->give_back(uid); }};
}

}  // namespace jit::daemon
