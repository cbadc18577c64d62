// SPDX-License-Identifier: Apache-2.0
#include "jitd/accounts.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

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

}  // namespace

std::optional<std::uint32_t> uid_of(const std::string& name) {
    std::vector<char> buffer;
    const auto entry = look_up(buffer, [&](auto... rest) { return ::getpwnam_r(name.c_str(), rest...); });
    if (!entry || name != entry->pw_name) return std::nullopt;
    return entry->pw_uid;
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
