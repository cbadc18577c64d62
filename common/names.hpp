// SPDX-License-Identifier: Apache-2.0
// Every name that crosses a process: bus names, paths, wire keys, verdicts. Used by all parts.
#pragma once

#include <cstdint>

namespace jit {

inline constexpr char kBusName[] = "org.jitd1";
inline constexpr char kObjectPath[] = "/org/jitd1";
inline constexpr char kManagerInterface[] = "org.jitd1.Manager";
inline constexpr char kGateInterface[] = "org.jitd1.Gate";
inline constexpr char kErrorPrefix[] = "org.jitd1.Error.";

inline constexpr char kRuntimeDir[] = "/run/jit";
inline constexpr char kGateSocket[] = "/run/jit/gate";
inline constexpr char kEndDir[] = "/run/jit/end";  // one FIFO per session: <kEndDir>/<session id>
inline constexpr char kConfigDir[] = "/etc/jit";
inline constexpr char kVendorDir[] = "/usr/lib/jit";
inline constexpr char kStateDir[] = "/var/lib/jit";
inline constexpr char kRecordingsDir[] = "/var/log/jit-io";  // iolog_dir of sudo, sudoers(5)
// In sudoers, `Defaults:%:RECORDED`: who holds a role that must be recorded. No role has such a name.
inline constexpr char kRecordedGroup[] = "RECORDED";
inline constexpr char kServiceUser[] = "jitd";
inline constexpr char kServiceUnit[] = "jitd.service";
inline constexpr char kSlice[] = "jit.slice";
inline constexpr char kSystemdPrivate[] = "/run/systemd/private";

inline constexpr std::uint32_t kWireVersion = 1;
inline constexpr std::uint32_t kNoUid = 0xFFFFFFFFU;  // (uid_t)-1 is nobody, never an account
inline constexpr std::size_t kNonceSize = 16;

// The two verdicts a Check may answer; anything else denies. Hamming distance 64: no run of
// flipped bits short of all of them turns one into the other.
inline constexpr std::uint64_t kAllow = 0x9A3C'57E1'4D2B'86F0ULL;
inline constexpr std::uint64_t kDeny = ~kAllow;

// Keys of the Check request and answer (a{sv}).
namespace wire {
inline constexpr char kVersion[] = "v";                       // u
inline constexpr char kNonce[] = "nonce";                     // ay, 16 bytes
inline constexpr char kPhase[] = "phase";                     // s: account session scope auth setcred keys
inline constexpr char kService[] = "service";                 // s: PAM service name, e.g. sudo-i
inline constexpr char kUid[] = "uid";                         // u: the person's uid
inline constexpr char kAccount[] = "account";                 // s: the person's canonical account name
inline constexpr char kTarget[] = "target";                   // s: account elevated to; absent = not known yet
inline constexpr char kTty[] = "tty";                         // s
inline constexpr char kRhost[] = "rhost";                     // s
inline constexpr char kLoginuid[] = "loginuid";               // u: kNoUid = unset
inline constexpr char kPid[] = "pid";                         // u
inline constexpr char kGids[] = "gids";                       // au: HasRole, groups of the asking process
inline constexpr char kRoles[] = "roles";                     // as: answered by HasRole
inline constexpr char kTold[] = "told";                       // b: answered by Check: the person knows why already
inline constexpr char kParentScope[] = "parent_scope";        // s: outer session id when inside a jit scope
inline constexpr char kRecording[] = "recording";             // s: sudo's I/O log, below kRecordingsDir
inline constexpr char kPermissive[] = "permissive";           // b
inline constexpr char kSession[] = "session";                 // s: asked at phase scope; answered at phase session
inline constexpr char kCode[] = "code";                       // s
inline constexpr char kText[] = "text";                       // s: the line to show, without "jit: " and [CODE]
inline constexpr char kScope[] = "scope";                     // s: unit name to create
inline constexpr char kEndsUsec[] = "ends_usec";              // t, CLOCK_REALTIME
inline constexpr char kBackstopUsec[] = "backstop_usec";      // t, CLOCK_REALTIME
inline constexpr char kGraceUsec[] = "grace_usec";            // t, duration: TimeoutStopUSec of the scope
inline constexpr char kMust[] = "must";                       // as: obligations; unknown ones deny
inline constexpr char kMustScope[] = "scope";
inline constexpr char kMustRecord[] = "record";
inline constexpr char kMustGroups[] = "groups";
}  // namespace wire

}  // namespace jit
