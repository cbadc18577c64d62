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

bool in_group(const std::string& account, const std::string& group) {
    std::vector<char> buffer;
    const auto person = look_up(buffer, [&](auto... rest) { return ::getpwnam_r(account.c_str(), rest...); });
    if (!person) return false;
    std::vector<char> text(kBuffer);
    struct group entry {};
    struct group* found = nullptr;
    if (::getgrnam_r(group.c_str(), &entry, text.data(), text.size(), &found) != 0 || !found) return false;
    int count = 256;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(account.c_str(), person->pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (::getgrouplist(account.c_str(), person->pw_gid, groups.data(), &count) < 0) return false;
    }
    const auto end = groups.begin() + count;
    return std::find(groups.begin(), end, entry.gr_gid) != end;
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

bool is_listed(const std::string& account, const std::vector<std::string>& who) {
    return std::any_of(who.begin(), who.end(), [&](const std::string& word) {
        return word.starts_with('@') ? in_group(account, word.substr(1)) : word == account;
    });
}

}  // namespace jit::daemon
