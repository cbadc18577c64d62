// SPDX-License-Identifier: Apache-2.0
// A module that its host loads and unloads for as long as it lives.
#pragma once

#include <dlfcn.h>
#include <malloc.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "tests/support/host_state.hpp"
#include "tests/support/long_run.hpp"

namespace jit::test {

/** `load_once` loads and unloads JIT_MODULE; `times` times, in a long run `times_long`: no byte is left. */
template <class LoadOnce>
void check_that_loading_leaks_nothing(LoadOnce load_once, int times, int times_long) {
    void* const libsystemd = ::dlopen("libsystemd.so.0", RTLD_NOW);  // stays
    BOOST_REQUIRE(libsystemd);
    const auto load = [&](int count) {
        for (int i = 0; i < count; ++i) {
            load_once();
            BOOST_REQUIRE(!::dlopen(JIT_MODULE, RTLD_NOW | RTLD_NOLOAD));
        }
    };
    load(10);
    const HostState before = HostState::now();
    const auto used = ::mallinfo2().uordblks;
    const int count = runs(times, times_long);
    load(count);
    BOOST_TEST(::mallinfo2().uordblks <= used + 1024);
    BOOST_TEST((HostState::now() == before));
    ::dlclose(libsystemd);
    if (long_run()) std::printf("long: loaded and unloaded %d times, no byte left\n", count);
}

}  // namespace jit::test
