// SPDX-License-Identifier: Apache-2.0
#include "jitctl/user_groups.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

namespace jit::ctl {
namespace {

std::optional<GroupEntry> entry_of(const group* found) {
    if (found == nullptr) return std::nullopt;
    GroupEntry out{found->gr_name, {}};
    for (char** member = found->gr_mem; *member != nullptr; ++member) out.members.emplace_back(*member);
    return out;
}

}  // namespace

bool has_group(const std::string& name) {
    errno = 0;
    return ::getgrnam(name.c_str()) != nullptr || (errno != 0 && errno != ENOENT && errno != ESRCH);
}

std::optional<GroupEntry> group_named(const std::string& name) { return entry_of(::getgrnam(name.c_str())); }

std::optional<GroupEntry> group_of(gid_t gid) { return entry_of(::getgrgid(gid)); }

std::optional<AccountGroups> groups_of(const std::string& account) {
    const passwd* person = ::getpwnam(account.c_str());
    if (person == nullptr) return std::nullopt;
    AccountGroups out{person->pw_gid, {}};
    int count = 256;
    out.all.resize(static_cast<std::size_t>(count));
    while (::getgrouplist(account.c_str(), out.primary, out.all.data(), &count) < 0) {
        if (static_cast<std::size_t>(count) <= out.all.size()) return std::nullopt;
        out.all.resize(static_cast<std::size_t>(count));
    }
    out.all.resize(static_cast<std::size_t>(count));
    return out;
}

}  // namespace jit::ctl
