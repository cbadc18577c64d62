// SPDX-License-Identifier: Apache-2.0
#include "jitd/accounts.hpp"

#include <dlfcn.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "common/handle.hpp"

namespace jit::daemon {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

template <class Call>
std::optional<passwd> look_up(std::vector<char>& buffer, Call call) {
    buffer.resize(kBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (call(&entry, buffer.data(), buffer.size(), &found) != 0 || !found) return std::nullopt;
    return entry;
}

/** All groups of an account, its first one, too; empty when it can't be told. */
std::vector<gid_t> groups_of(const std::string& account) {
    std::vector<char> buffer;
    const auto person = look_up(buffer, [&](auto... rest) { return ::getpwnam_r(account.c_str(), rest...); });
    if (!person) return {};
    int count = 256;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(account.c_str(), person->pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (::getgrouplist(account.c_str(), person->pw_gid, groups.data(), &count) < 0) return {};
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

/** Takes the first word off; empty at the end. */
std::string_view next_word(std::string_view& text) {
    constexpr std::string_view kBlank = " \t\n\v\f\r";
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    const auto word = text.substr(0, text.find_first_of(kBlank));
    text.remove_prefix(word.size());
    return word;
}

/** Of /etc/nsswitch.conf, nsswitch.conf(5); without "files", which is libc itself and does not fail. */
std::vector<std::string> services_for_accounts() {
    const std::unique_ptr<std::FILE, Deleter<std::fclose>> file(std::fopen("/etc/nsswitch.conf", "re"));
    std::vector<std::string> out;
    char* line = nullptr;
    std::size_t size = 0;
    while (file && ::getline(&line, &size, file.get()) >= 0) {
        std::string_view rest(line);
        rest = rest.substr(0, rest.find('#'));
        if (next_word(rest) != "passwd:") continue;
        bool action = false;
        for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
            action = action || word.starts_with('[');
            if (!action && word != "files") out.emplace_back(word);
            if (word.ends_with(']')) action = false;
        }
    }
    std::free(line);
    return out;
}

/** True when this service itself says that there is no such account: libc tells only what the last one said, and one
 *  that fails is passed over. */
bool denies(const std::string& service, const std::string& name) {
    using Ask = nss_status (*)(const char*, passwd*, char*, std::size_t, int*);
    const std::unique_ptr<void, Deleter<::dlclose>> library(::dlopen(("libnss_" + service + ".so.2").c_str(), RTLD_NOW));
    if (!library) return false;
    const auto ask = reinterpret_cast<Ask>(::dlsym(library.get(), ("_nss_" + service + "_getpwnam_r").c_str()));
    std::vector<char> buffer(kBuffer);
    passwd entry{};
    int error = 0;
    return ask && ask(name.c_str(), &entry, buffer.data(), buffer.size(), &error) == NSS_STATUS_NOTFOUND;
}

}  // namespace

std::optional<std::uint32_t> uid_of(const std::string& name) {
    std::vector<char> buffer;
    const auto entry = look_up(buffer, [&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
    if (!entry || name != entry->pw_name) return std::nullopt;
    return entry->pw_uid;
}

AccountAnswer look_up_account(const std::string& name) {
    std::vector<char> buffer(kBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0) return {};
    if (found) return {true, found->pw_uid};
    for (const auto& service : services_for_accounts()) {
        if (!denies(service, name)) return {};
    }
    return {true, std::nullopt};
}

std::string name_of(std::uint32_t uid) {
    std::vector<char> buffer;
    const auto entry = look_up(buffer, [&](auto... rest) { return ::getpwuid_r(uid, rest...); });
    return entry ? entry->pw_name : "";
}

std::optional<std::uint32_t> gid_of(const std::string& group) {
    std::vector<char> text(kBuffer);
    struct group entry {};
    struct group* found = nullptr;
    if (::getgrnam_r(group.c_str(), &entry, text.data(), text.size(), &found) != 0 || !found) return std::nullopt;
    return entry.gr_gid;
}

std::vector<std::string> groups_among(const std::string& account, const std::vector<std::string>& groups) {
    std::vector<std::string> out;
    const auto mine = groups_of(account);
    for (const auto& name : groups) {
        const auto gid = mine.empty() ? std::nullopt : gid_of(name);
        if (gid && std::find(mine.begin(), mine.end(), *gid) != mine.end()) out.push_back(name);
    }
    return out;
}

}  // namespace jit::daemon
