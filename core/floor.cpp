// SPDX-License-Identifier: Apache-2.0
#include "core/floor.hpp"

#include <algorithm>

namespace jit::core {

void Floor::observe(const Now& now) {
    if (boot_id_ != now.boot_id) {  // a new boot: nothing to compare this step with
        boot_id_ = now.boot_id;
        jumped_.reset();
        // A clock that starts a year ahead must prove itself like one that steps there.
        seen_wall_ = high_ == Wall{} ? now.wall : high_;
        seen_boot_ = now.boot;
    }
    const Usec step = (now.wall - seen_wall_) - (now.boot - seen_boot_);
    if (step > kFloorJump) {
        if (!jumped_) jumped_ = now.boot;
        if (now.boot - *jumped_ < kFloorPatience) return;
    }
    jumped_.reset();
    if (refuses(now)) return;  // the way back from a time that is refused is no step forward
    seen_wall_ = now.wall;
    seen_boot_ = now.boot;
    high_ = std::max(high_, now.wall);
}

}  // namespace jit::core
