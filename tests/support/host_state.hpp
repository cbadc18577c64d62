// SPDX-License-Identifier: Apache-2.0
// What a module could change behind its host's back.
#pragma once

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace jit::test {

struct HostState {
    std::set<std::string> descriptors;
    std::string cwd, locale;
    std::vector<std::string> environment;
    std::vector<rlim_t> limits;
    uid_t ids[6];
    mode_t mask;
    sigset_t blocked;
    std::vector<struct sigaction> actions;

    static HostState now() {
        HostState state{};
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code gone;  // the iterator's own
            const auto target = std::filesystem::read_symlink(entry.path(), gone);
            if (!gone)
                state.descriptors.insert(entry.path().filename().string() + " " + target.string());
        }
        std::erase_if(state.descriptors,
                      [](const std::string& line) { return line.ends_with("/fd"); });
        state.cwd = std::filesystem::current_path();
        state.locale = ::setlocale(LC_ALL, nullptr);
        for (char** entry = environ; *entry; ++entry) state.environment.emplace_back(*entry);
        for (unsigned resource = 0; resource < RLIM_NLIMITS; ++resource) {
            rlimit limit{};
            ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
            state.limits.insert(state.limits.end(), {limit.rlim_cur, limit.rlim_max});
        }
        ::getresuid(&state.ids[0], &state.ids[1], &state.ids[2]);
        ::getresgid(&state.ids[3], &state.ids[4], &state.ids[5]);
        state.mask = ::umask(0);
        ::umask(state.mask);
        ::sigprocmask(SIG_SETMASK, nullptr, &state.blocked);
        for (int signal = 1; signal < 32; ++signal) {
            struct sigaction action {};
            ::sigaction(signal, nullptr, &action);
            state.actions.push_back(action);
        }
        return state;
    }
    bool operator==(const HostState& other) const {
        bool same = descriptors == other.descriptors && cwd == other.cwd && mask == other.mask &&
                    locale == other.locale && environment == other.environment &&
                    limits == other.limits && std::equal(ids, ids + 6, other.ids);
        for (int signal = 1; signal < 32; ++signal)
            same = same && sigismember(&blocked, signal) == sigismember(&other.blocked, signal);
        for (std::size_t i = 0; i < actions.size(); ++i)
            same = same && actions[i].sa_handler == other.actions[i].sa_handler &&
                   actions[i].sa_flags == other.actions[i].sa_flags;
        return same;
    }
};

}  // namespace jit::test
