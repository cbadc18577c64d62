// SPDX-License-Identifier: Apache-2.0
// sudo_plugin(5), for C++: `restrict` is no word of it, should the header have it (1.9.13 has not).
#pragma once

#define restrict __restrict
#include <sudo_plugin.h>
#undef restrict
