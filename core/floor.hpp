// SPDX-License-Identifier: Apache-2.0
// The lowest wall-clock time this host may still show: a clock set back must not revive a grant.
#pragma once

#include <optional>

#include "core/time.hpp"

namespace jit::core {

inline constexpr Usec kFloorTolerance = std::chrono::seconds(120);
inline constexpr Usec kFloorJump = std::chrono::hours(24);
inline constexpr Usec kFloorPatience = std::chrono::minutes(10);

class Floor {
  public:
    Floor() = default;
    explicit Floor(Wall high) : high_(high) {}

    [[nodiscard]] Wall high() const { return high_; }
    /** The clock was set back by more than the tolerance. */
    [[nodiscard]] bool refuses(const Now& now) const { return now.wall < high_ - kFloorTolerance; }
    /** A step of more than a day is believed then; none: there is none. What has not begun yet is not ended by it before. */
    [[nodiscard]] std::optional<Boot> believed_at() const {
        return jumped_ ? std::optional(*jumped_ + kFloorPatience) : std::nullopt;
    }
    /** Raises the floor; a step of more than a day over boot time only once it has lasted. */
    void observe(const Now& now);

  private:
    Wall high_{};
    Wall seen_wall_{};
    Boot seen_boot_{};
    std::string boot_id_;
    std::optional<Boot> jumped_;
};

}  // namespace jit::core
