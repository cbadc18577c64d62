// SPDX-License-Identifier: Apache-2.0
// One run of sudo: which roles are whose. jitd is asked once for each person, in one stretch of
// time for all of it, and no more after a failure.
#pragma once

#include <pwd.h>

#include "jit_group/environment.hpp"
#include "jit_group/roles.hpp"
#include "jit_group/sudo_api.hpp"

namespace jit::group {

class GroupPlugin {
  public:
    /** `say` shows a line to the person. Connects: later sudo is no longer who may. */
    GroupPlugin(const Environment& env, sudo_printf_t say) noexcept;

    /** Does the person hold this role now? Root is not asked for, and holds none. */
    [[nodiscard]] bool holds(const passwd& person, const char* role) noexcept;

  private:
    static constexpr std::size_t kMaxPeople = 4;  // sudo asks for two: who runs it, and -U
    static constexpr int kMaxGroups = 1024;

    struct Known {
        uid_t uid;
        FixedText<257> account;  // LOGIN_NAME_MAX and the NUL
        Roles roles;
    };

    /** nullptr if they can't be told. */
    [[nodiscard]] const Known* find(const passwd& person) noexcept;
    [[nodiscard]] bool ask(Known& person) noexcept;
    [[nodiscard]] bool runs_sudo(uid_t uid) const noexcept;
    /** After a step: is there more to come? Only what is left of its time. */
    [[nodiscard]] bool goes_on(Deadline deadline, int result) noexcept;
    void tell(const Known& person) noexcept;

    GateClient gate_;
    sudo_printf_t say_;
    std::int64_t left_msec_;
    bool over_ = false;  // nobody is asked for any more
    bool told_ = false;
    int group_count_;  // negative: not known, or too many
    gid_t groups_[kMaxGroups];
    std::size_t known_count_ = 0;
    Known known_[kMaxPeople];
};

}  // namespace jit::group
