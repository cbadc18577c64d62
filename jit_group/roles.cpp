// SPDX-License-Identifier: Apache-2.0
#include "jit_group/roles.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

namespace jit::group {
namespace {

constexpr int kMaxEntries = 64;

int append_groups(sd_bus_message* m, std::span<const gid_t> groups) noexcept {
    int r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0) r = sd_bus_message_append(m, "s", wire::kGids);
    if (r >= 0) r = sd_bus_message_open_container(m, 'v', "au");
    if (r >= 0) r = sd_bus_message_append_array(m, 'u', groups.data(), groups.size_bytes());
    if (r >= 0) r = sd_bus_message_close_container(m);
    if (r >= 0) r = sd_bus_message_close_container(m);
    return r;
}

int append_question(sd_bus_message* m, const void* data) noexcept {
    const auto& question = *static_cast<const Question*>(data);
    int r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kVersion, "u", kWireVersion);
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kUid, "u", std::uint32_t{question.uid});
    if (r >= 0) r = sd_bus_message_append(m, "{sv}", wire::kAccount, "s", question.account);
    if (r >= 0)
        r = sd_bus_message_append(m, "{sv}", wire::kPid, "u",
                                  static_cast<std::uint32_t>(::getpid()));
    if (r >= 0 && question.groups) r = append_groups(m, *question.groups);
    if (r >= 0) r = sd_bus_message_close_container(m);
    return r;
}

int read_roles(sd_bus_message* m, Roles& out) noexcept {
    if (sd_bus_message_enter_container(m, 'v', "as") <= 0) return -EBADMSG;
    if (sd_bus_message_enter_container(m, 'a', "s") < 0) return -EBADMSG;
    const char* name = nullptr;
    int r = 0;
    while ((r = sd_bus_message_read_basic(m, 's', &name)) > 0)
        if (!out.add(name)) return -EBADMSG;
    if (r < 0 || sd_bus_message_exit_container(m) < 0) return -EBADMSG;
    return sd_bus_message_exit_container(m) < 0 ? -EBADMSG : 0;
}

int read_text(sd_bus_message* m, Roles& out) noexcept {
    const char* text = nullptr;
    if (sd_bus_message_read(m, "v", "s", &text) < 0) return -EBADMSG;
    return out.text.format("%.1024s", text) ? 0 : -EBADMSG;  // only for show, so it may be cut
}

int read_entry(sd_bus_message* m, bool& listed, Roles& out) noexcept {
    const char* key = nullptr;
    if (sd_bus_message_read_basic(m, 's', &key) <= 0) return -EBADMSG;
    if (::strcmp(key, wire::kText) == 0) return read_text(m, out);
    if (::strcmp(key, wire::kRoles) != 0) return sd_bus_message_skip(m, "v") < 0 ? -EBADMSG : 0;
    if (listed) return -EBADMSG;
    listed = true;
    return read_roles(m, out);
}

int read_answer(sd_bus_message* m, Roles& out) noexcept {
    if (!sd_bus_message_has_signature(m, "a{sv}")) return -EBADMSG;
    if (sd_bus_message_enter_container(m, 'a', "{sv}") < 0) return -EBADMSG;
    bool listed = false;
    int r = 0;
    for (int count = 0; (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0; ++count) {
        if (count == kMaxEntries || read_entry(m, listed, out) < 0) return -EBADMSG;
        if (sd_bus_message_exit_container(m) < 0) return -EBADMSG;
    }
    return r < 0 || !listed ? -EBADMSG : 0;
}

}  // namespace

bool Roles::add(const char* name) noexcept {
    return count_ < kMax && names_[count_].set(name) && ++count_ > 0;
}

bool Roles::has(const char* name) const noexcept {
    for (const auto& held : std::span(names_, count_))
        if (::strcmp(held.c_str(), name) == 0) return true;
    return false;
}

int ask_roles(GateClient& gate, const Question& question, Deadline deadline, Roles& out) noexcept {
    MessagePtr reply;
    const int r = gate.call({"HasRole", append_question, &question}, deadline, reply);
    return r < 0 ? r : read_answer(reply.get(), out);
}

}  // namespace jit::group
