// SPDX-License-Identifier: Apache-2.0
// jitctl: the people's tool. All of it is in the library, which tests link.
#include <fmt/format.h>

#include <exception>

#include "jitctl/verb.hpp"

int main(int argc, char** argv) try {
    const jit::ctl::Environment env = jit::ctl::system_environment();
    return jit::ctl::run_jitctl(argc, argv, env);
} catch (const std::exception& error) {
    fmt::print(stderr, "jitctl: internal error: {}\n", error.what());
    return 1;
}
