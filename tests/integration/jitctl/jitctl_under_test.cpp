// SPDX-License-Identifier: Apache-2.0
// jitctl with addresses, paths and uid from JITCTL_TEST_* variables; never installed.
#include <cstdlib>
#include <string_view>

#include "jitctl/verb.hpp"

namespace {

void set(std::string& value, const char* name) {
    if (const char* given = std::getenv(name); given != nullptr) value = given;
}

}  // namespace

int main(int argc, char** argv) {
    jit::ctl::Environment env = jit::ctl::system_environment();
    set(env.bus_address, "JITCTL_TEST_BUS");
    set(env.gate_socket, "JITCTL_TEST_GATE");
    set(env.config_dir, "JITCTL_TEST_CONFIG");
    set(env.vendor_dir, "JITCTL_TEST_CONFIG");
    set(env.ssh_keygen, "JITCTL_TEST_KEYGEN");
    env.gate_peer = env.uid;
    env.reads_journal = false;
    env.uid = std::getenv("JITCTL_TEST_ROOT") != nullptr ? 0 : 1000;
    if (std::getenv("JITCTL_TEST_PATIENT") == nullptr) env.timeout = std::chrono::milliseconds(400);
    return jit::ctl::run_jitctl(argc, argv, env);
}
