// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/kept.hpp"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <new>
#include <type_traits>

namespace jit::pam {
namespace {

constexpr char kName[] = "jit";
constexpr char kMaxSecName[] = "systemd.runtime_max_sec";  // pam_systemd(8)
constexpr std::uint64_t kSecond = 1'000'000;

void release(pam_handle_t*, void* data, int) noexcept { ::free(data); }

}  // namespace

Kept* find_kept(pam_handle_t* pamh) noexcept {
    const void* data = nullptr;
    if (pam_get_data(pamh, kName, &data) != PAM_SUCCESS) return nullptr;
    return static_cast<Kept*>(const_cast<void*>(data));  // we put it there
}

Kept* make_kept(pam_handle_t* pamh) noexcept {
    if (Kept* present = find_kept(pamh)) return present;
    static_assert(std::is_trivially_destructible_v<Kept>);
    void* memory = ::malloc(sizeof(Kept));
    if (!memory) return nullptr;
    auto* kept = ::new (memory) Kept{};
    if (pam_set_data(pamh, kName, kept, release) == PAM_SUCCESS) return kept;
    ::free(memory);
    return nullptr;
}

int bound_login(pam_handle_t* pamh, std::uint64_t ends_usec) noexcept {
    const std::uint64_t now = wall_usec();
    const std::uint64_t left = ends_usec > now ? ends_usec - now : 0;
    FixedText<32> text;
    // Rounded up; "0" would mean no limit.
    if (!text.format("%" PRIu64, left / kSecond + 1)) return PAM_BUF_ERR;
    char* copy = ::strdup(text.c_str());
    if (!copy) return PAM_BUF_ERR;
    if (pam_set_data(pamh, kMaxSecName, copy, release) == PAM_SUCCESS) return PAM_SUCCESS;
    ::free(copy);
    return PAM_BUF_ERR;
}

std::uint64_t wall_usec() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * kSecond +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace jit::pam
