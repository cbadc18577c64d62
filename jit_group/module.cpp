// SPDX-License-Identifier: Apache-2.0
// The entry points of jit_group.so, by sudo_plugin(5): thin, and nothing of them throws.
#include <stdlib.h>

#include <new>

#include "jit_group/group_plugin.hpp"

namespace jit::group {
namespace {

constexpr int kMatch = 1, kNoMatch = 0;
constexpr int kReady = 1, kError = -1;

GroupPlugin* plugin = nullptr;  // sudo's calls bring no place for it

void cleanup() noexcept {
    if (!plugin) return;
    plugin->~GroupPlugin();
    ::free(plugin);
    plugin = nullptr;
}

/** On an error sudo goes on without the plugin: rules for %:ROLE match nobody. */
int init(int version, sudo_printf_t say, char* const argv[]) noexcept {
    cleanup();
    if (!say || SUDO_API_VERSION_GET_MAJOR(version) != GROUP_API_VERSION_MAJOR) return kError;
    if (argv && argv[0]) {
        (void)say(SUDO_CONV_ERROR_MSG,
                  "jit: jit_group.so takes no argument: see group_plugin in "
                  "sudoers; until then no role counts [CONFIG]\n");
        return kError;
    }
    void* memory = ::malloc(sizeof(GroupPlugin));
    if (!memory) return kError;
    plugin = ::new (memory) GroupPlugin(environment(), say);
    return kReady;
}

int query(const char*, const char* group, const passwd* person) noexcept {
    return plugin && group && person && plugin->holds(*person, group) ? kMatch : kNoMatch;
}

}  // namespace
}  // namespace jit::group

extern "C" {
extern __attribute__((visibility("default"))) const sudoers_group_plugin group_plugin;
const sudoers_group_plugin group_plugin = {GROUP_API_VERSION, jit::group::init, jit::group::cleanup,
                                           jit::group::query};
}
