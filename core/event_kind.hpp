// SPDX-License-Identifier: Apache-2.0
// The kinds of audit records, each with its journal MESSAGE_ID (see data/jit.catalog) and priority.
#pragma once

#include <array>
#include <string_view>

namespace jit::core {

struct EventKind {
    std::string_view name;        // JIT_EVENT
    std::string_view message_id;  // 128-bit id, 32 hex digits
    int priority;                 // syslog(3) level: 5 or more important, journald may drop the rest
};

namespace event {
inline constexpr EventKind kRequestCreated{"request.created", "03317eb5ebbe4ae898ab9431c11e9b49", 5};
inline constexpr EventKind kRequestApproved{"request.approved", "8ba21f94407748f8b51765c3963ea740", 5};
inline constexpr EventKind kRequestDenied{"request.denied", "aa1407350be240129f8d781e074bbee8", 5};
inline constexpr EventKind kRequestWithdrawn{"request.withdrawn", "d06db17b06d74c1c9c8924b3ca33424b", 5};
inline constexpr EventKind kRequestExpired{"request.expired", "931da9bb7b214581acdf6697757ba805", 5};
inline constexpr EventKind kGrantCreated{"grant.created", "e2a40d40536b4661bf8e6b8528239a5d", 5};
inline constexpr EventKind kGrantActivated{"grant.activated", "180bbe55694a4aee966f8915f1b734d2", 5};
inline constexpr EventKind kGrantExtended{"grant.extended", "6903990af3414b8c984519dc810c006e", 5};
inline constexpr EventKind kGrantReleased{"grant.released", "34ff06155dbc410fba131309b6ed79db", 5};
inline constexpr EventKind kGrantRevoked{"grant.revoked", "a6a9d588caca46ad8476588a872bc7e6", 5};
inline constexpr EventKind kGrantExpired{"grant.expired", "dc7fcfc2eeb04cfca1d6f18dfc5da3d7", 5};
inline constexpr EventKind kCheckAllowed{"check.allowed", "f31726f63aa944a89d2ee7907f15a634", 5};
inline constexpr EventKind kCheckDenied{"check.denied", "d39da2281f1d404084c7fbb825d1be4a", 4};
inline constexpr EventKind kCheckWouldDeny{"check.would_deny", "87c8acd51d304818be933c1ae8626c5c", 4};
inline constexpr EventKind kSessionOpened{"session.opened", "54d01be9c46b49278952a1a270fc1958", 5};
inline constexpr EventKind kSessionClosed{"session.closed", "23437239e4eb4ceb84cdbc4a77593d0b", 5};
inline constexpr EventKind kSessionWarned{"session.warned", "625bc77e85f6478aad452969eef4ee8c", 5};
inline constexpr EventKind kSessionTerminated{"session.terminated", "b71c5b74802c494791513af5f2cfd8b1", 5};
inline constexpr EventKind kSessionRecorded{"session.recorded", "ed0004aa67a949ddbcade349fe72ad3f", 5};
inline constexpr EventKind kFileAccepted{"file.accepted", "f7ff5003e188476891374f6061949c95", 5};
inline constexpr EventKind kFileRefused{"file.refused", "a8c6fba3c0f74aff805aca4a18c6f981", 4};
inline constexpr EventKind kFileExpired{"file.expired", "7d17a01d678845f8a1af7bd1e2114d26", 4};
inline constexpr EventKind kLockSet{"lock.set", "bd8a98a02ad644508f5adc67237238f9", 5};
inline constexpr EventKind kLockCleared{"lock.cleared", "29a51270f93549389863cfc01e48cd27", 5};
inline constexpr EventKind kBreakglassUsed{"breakglass.used", "4916da242fd5472e981d03f9f08817de", 1};
inline constexpr EventKind kBreakglassReviewed{"breakglass.reviewed", "ecf1dc0e4c1645ffbbdeaa578b07cca4", 5};
inline constexpr EventKind kStateRecovered{"state.recovered", "929360d223e61c8b05a61e655fd1f535", 1};
inline constexpr EventKind kDaemonStarted{"daemon.started", "90ab17f3de40485ab44c052b3df995ae", 5};
inline constexpr EventKind kDaemonStopped{"daemon.stopped", "e76c511d1986454380e1825f4dca9e02", 5};
}  // namespace event

inline constexpr std::array<const EventKind*, 29> kEventKinds = {
    &event::kRequestCreated,
    &event::kRequestApproved,
    &event::kRequestDenied,
    &event::kRequestWithdrawn,
    &event::kRequestExpired,
    &event::kGrantCreated,
    &event::kGrantActivated,
    &event::kGrantExtended,
    &event::kGrantReleased,
    &event::kGrantRevoked,
    &event::kGrantExpired,
    &event::kCheckAllowed,
    &event::kCheckDenied,
    &event::kCheckWouldDeny,
    &event::kSessionOpened,
    &event::kSessionClosed,
    &event::kSessionWarned,
    &event::kSessionTerminated,
    &event::kSessionRecorded,
    &event::kFileAccepted,
    &event::kFileRefused,
    &event::kFileExpired,
    &event::kLockSet,
    &event::kLockCleared,
    &event::kBreakglassUsed,
    &event::kBreakglassReviewed,
    &event::kStateRecovered,
    &event::kDaemonStarted,
    &event::kDaemonStopped,
};

}  // namespace jit::core
