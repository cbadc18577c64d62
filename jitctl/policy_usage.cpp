// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_usage.hpp"

#include <algorithm>
#include <charconv>

#include "core/codes.hpp"
#include "core/event_kind.hpp"
#include "core/text.hpp"

namespace jit::ctl {
namespace {

using core::Service;

constexpr std::size_t kMaxLeftOut = 1000;

/** How many checks a record stands for, if for more than its own. */
std::uint64_t coalesced_checks(const trail::LogRecord& record) {
    const std::string text = record.field("count");
    std::uint32_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? count : 0;
}

/** A lock is meant, and who has no account can't be named. */
bool helped_by_a_rule(const std::string& code) {
    return code != core::to_string(core::Code::locked) && code != core::to_string(core::Code::identity);
}

bool nameable_target(const std::string& target) { return target != "*" && core::is_target(target); }

/** Where only the account phase was seen: sudo of a kind that opens no session, like sudo -v. */
std::string likely_target(const std::string& account, Service service) {
    return service == Service::sshd ? account : "root";
}

}  // namespace

void UsageTally::Count::add(std::uint64_t more, std::uint64_t usec) {
    halves += more;
    first_usec = std::min(first_usec, usec);
    last_usec = std::max(last_usec, usec);
}

void UsageTally::Count::add(const Count& other) {
    halves += other.halves;
    first_usec = std::min(first_usec, other.first_usec);
    last_usec = std::max(last_usec, other.last_usec);
}

void UsageTally::add(const trail::LogRecord& record) {
    if (record.field("event") != core::event::kCheckWouldDeny.name || !helped_by_a_rule(record.field("code"))) return;
    const auto service = core::service_from_pam(record.field("service"));
    const std::string account = record.field("user"), target = record.field("target");
    if (!service) return;
    if (account == "root") {
        root_ = true;
        return;
    }
    const bool good_account = core::is_account_name(account), good_target = target.empty() || nameable_target(target);
    if (!good_account || !good_target) {
        if (left_out_.size() < kMaxLeftOut) left_out_.insert(good_account ? target : account);
        return;
    }
    auto& targets = seen_[{account, *service}];
    const std::uint64_t checks = coalesced_checks(record);
    if (target.empty())
        (checks > 0 ? targets.coalesced : targets.account_phase).add(checks > 0 ? checks : 1, record.time_usec);
    else if (checks > 0)
        targets.named[target].add(checks, record.time_usec);
    else
        targets.named[target].add(service == Service::su ? 1 : 2, record.time_usec);
}

Usage UsageTally::usage() const {
    Usage out{{}, left_out_, root_};
    for (const auto& [key, seen] : seen_) {
        const auto& [account, service] = key;
        auto named = seen.named;
        if (named.empty()) {
            auto& only = named[likely_target(account, service)];
            only.add(seen.account_phase);
            only.add(seen.coalesced);
            only.halves *= 2;
        } else if (seen.coalesced.halves > 0) {
            const auto most = std::ranges::max_element(
                named, {}, [](const auto& entry) { return entry.second.halves; });
            most->second.add(seen.coalesced);
        }
        for (const auto& [target, count] : named)
            out.uses.push_back({account, target, service, (count.halves + 1) / 2, count.first_usec, count.last_usec});
    }
    return out;
}

}  // namespace jit::ctl
