// SPDX-License-Identifier: Apache-2.0
// libfmt's own code, compiled into jitd: the shared library would bring the shared libstdc++ with it, and the two
// are a seventh of the memory of an idle jitd. What it must define, the linker says.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

namespace jit::daemon {

extern std::string (*const kFormat)(fmt::string_view, fmt::format_args);
std::string (*const kFormat)(fmt::string_view, fmt::format_args) = &fmt::vformat;

}  // namespace jit::daemon
