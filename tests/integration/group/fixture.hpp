// SPDX-License-Identifier: Apache-2.0
// The plugin as sudo loads and drives it, before a scripted gate.
#pragma once

#include <dlfcn.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/deadline.hpp"
#include "jit_group/sudo_api.hpp"
#include "tests/support/fake_peer.hpp"
#include "tests/support/temp_dir.hpp"

namespace jit::test {

/** The invoker is never root: the plugin asks nothing for root. As in sudo, only the real uid says
 * so. */
struct Invoker {
    Invoker() {
        if (::getuid() == 0) BOOST_REQUIRE(::setresuid(65534, 0, 0) == 0);
    }
};

/** What sudo's printf hook was given. */
inline std::vector<std::string> said;  // NOLINT: the hook has no place for it

[[gnu::format(printf, 2, 3)]] inline int say(int type, const char* fmt, ...) {
    char line[4096];
    va_list args;
    va_start(args, fmt);
    const int size = std::vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    said.emplace_back(type == SUDO_CONV_ERROR_MSG ? line : "not an error message");
    return size;
}

/** A module, loaded. */
class Loaded {
  public:
    Loaded() : handle_(::dlopen(JIT_MODULE, RTLD_LAZY | RTLD_GLOBAL)) {  // as sudo
        BOOST_REQUIRE_MESSAGE(handle_, ::dlerror());
        plugin_ = static_cast<const sudoers_group_plugin*>(::dlsym(handle_, "group_plugin"));
        BOOST_REQUIRE(plugin_);
        BOOST_REQUIRE(plugin_->version == GROUP_API_VERSION);
    }
    Loaded(const Loaded&) = delete;
    Loaded& operator=(const Loaded&) = delete;
    ~Loaded() {
        plugin_->cleanup();
        ::dlclose(handle_);
    }
    const sudoers_group_plugin* operator->() const { return plugin_; }

  private:
    void* handle_;
    const sudoers_group_plugin* plugin_;
};

struct GroupFixture {
    Invoker invoker;
    TempDir dir;
    std::unique_ptr<FakePeer> gate;
    Loaded plugin;
    const uid_t me = ::getuid();

    GroupFixture() {
        said.clear();
        ::setenv("JIT_TEST_DIR", dir.path().c_str(), 1);
        budget(3000);
    }
    static void budget(int msec) { ::setenv("JIT_TEST_MSEC", std::to_string(msec).c_str(), 1); }
    void listen(std::vector<OnConnection> scripts) {
        gate.reset();
        ::unlink(dir.path("gate").c_str());
        gate = std::make_unique<FakePeer>(dir.path("gate"), std::move(scripts));
    }
    /** A new run of sudo. */
    void start() const {
        plugin->cleanup();
        said.clear();
        BOOST_REQUIRE(plugin->init(GROUP_API_VERSION, say, nullptr) == 1);
    }
    void start(std::vector<OnConnection> scripts) {
        listen(std::move(scripts));
        start();
    }
    [[nodiscard]] bool holds(uid_t uid, const std::string& account, const std::string& role) const {
        std::string name = account;
        passwd entry{};
        entry.pw_name = name.data();
        entry.pw_uid = uid;
        const int r = plugin->query("as the user typed it", role.c_str(), &entry);
        BOOST_REQUIRE((r == 0 || r == 1));
        return r == 1;
    }
    /** alice, who runs sudo. */
    [[nodiscard]] bool alice(const std::string& role) const { return holds(me, "alice", role); }
    [[nodiscard]] bool bob(const std::string& role) const { return holds(me + 1, "bob", role); }
};

inline const std::string kText =
    "no grant lets alice use sudo on db-01. Ask for one: jitctl request root [NO_GRANT]";

}  // namespace jit::test
