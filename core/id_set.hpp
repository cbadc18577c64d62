// SPDX-License-Identifier: Apache-2.0
// Remembers which grant ids a file used, 16 bytes each, so that a large file stays small in memory.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace jit::core {

/** A set of 128-bit SipHash values; the key keeps the writer of a file from preparing collisions.
 */
class IdSet {
  public:
    using Key = std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES>;
    explicit IdSet(const Key& key) : key_(key), slots_(1024) {}

    /** False when it was there already. */
    bool insert(std::string_view id) {
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        Slot& slot = find(slots_, hash(id));
        if (slot.used()) return false;
        slot = hash(id);
        ++size_;
        return true;
    }

  private:
    struct Slot {
        std::uint64_t low = 0, high = 0;
        [[nodiscard]] bool used() const { return (low | high) != 0; }
        bool operator==(const Slot& other) const { return low == other.low && high == other.high; }
    };

    [[nodiscard]] Slot hash(std::string_view id) const {
        std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> out;
        crypto_shorthash_siphashx24(out.data(), reinterpret_cast<const unsigned char*>(id.data()),
                                    id.size(), key_.data());
        Slot slot;
        std::memcpy(&slot.low, out.data(), sizeof slot.low);
        std::memcpy(&slot.high, out.data() + sizeof slot.low, sizeof slot.high);
        if (!slot.used()) slot.high = 1;
        return slot;
    }

    static Slot& find(std::vector<Slot>& slots, const Slot& wanted) {
        std::size_t at = wanted.low % slots.size();
        while (slots[at].used() && !(slots[at] == wanted)) at = (at + 1) % slots.size();
        return slots[at];
    }

    void grow() {
        std::vector<Slot> larger(slots_.size() * 2);
        for (const Slot& slot : slots_) {
            if (slot.used()) find(larger, slot) = slot;
        }
        slots_ = std::move(larger);
    }

    Key key_;
    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace jit::core
