// SPDX-License-Identifier: Apache-2.0
#include "jit_group/group_plugin.hpp"

#include <string.h>
#include <unistd.h>

#include "common/escape.hpp"
#include "common/names.hpp"

namespace jit::group {

GroupPlugin::GroupPlugin(const Environment& env, sudo_printf_t say) noexcept
    : gate_(env.gate),
      say_(say),
      left_msec_(env.msec),
      group_count_(::getgroups(kMaxGroups, groups_)) {
    const Deadline deadline = Deadline::in_msec(left_msec_);
    const int r = gate_.connect(deadline);
    (void)goes_on(deadline, is_connection_lost(r) ? 0 : r);  // the question finds jitd's successor
}

bool GroupPlugin::goes_on(Deadline deadline, int result) noexcept {
    const timespec left = deadline.left();
    left_msec_ = left.tv_sec * 1000 + left.tv_nsec / 1'000'000;
    if (result >= 0) return true;
    over_ = true;
    gate_.close();
    return false;
}

bool GroupPlugin::runs_sudo(uid_t uid) const noexcept { return ::getuid() == uid; }

bool GroupPlugin::ask(Known& person) noexcept {
    Question question{person.uid, person.account.c_str(), {}};
    if (group_count_ >= 0 && runs_sudo(person.uid))
        question.groups.emplace(groups_, static_cast<std::size_t>(group_count_));
    const Deadline deadline = Deadline::in_msec(left_msec_);
    return goes_on(deadline, ask_roles(gate_, question, deadline, person.roles));
}

const GroupPlugin::Known* GroupPlugin::find(const passwd& person) noexcept {
    for (const auto& known : std::span(known_, known_count_))
        if (known.uid == person.pw_uid && ::strcmp(known.account.c_str(), person.pw_name) == 0)
            return &known;
    if (known_count_ == kMaxPeople) return nullptr;
    Known& next = known_[known_count_];
    next.uid = person.pw_uid;
    if (!next.account.set(person.pw_name) || !ask(next)) return nullptr;
    ++known_count_;
    return &next;
}

void GroupPlugin::tell(const Known& person) noexcept {
    if (told_ || person.roles.text.empty() || !runs_sudo(person.uid)) return;
    told_ = true;
    char line[2048];
    (void)escape(line, sizeof line, person.roles.text.c_str());
    (void)say_(SUDO_CONV_ERROR_MSG, "jit: %s\n", line);
}

bool GroupPlugin::holds(const passwd& person, const char* role) noexcept {
    if (person.pw_uid == 0 || person.pw_uid == kNoUid || !person.pw_name) return false;
    const Known* known = over_ ? nullptr : find(person);
    if (!known) return false;
    if (known->roles.has(role)) return true;
    if (::strcmp(role, kRecordedGroup) == 0) return false;  // asked of everybody, and lets nobody in
    tell(*known);
    return false;
}

}  // namespace jit::group
