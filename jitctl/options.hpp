// SPDX-License-Identifier: Apache-2.0
// What the command line asks for, as plain values: cli.cpp fills them in, the verbs read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/chain.hpp"
#include "core/time.hpp"
#include "trail/filter.hpp"

namespace jit::ctl {

enum class JsonMode { off, brief, pretty };

struct GlobalOptions {
    JsonMode json = JsonMode::off;
    bool pager = true;
    bool legend = true;
    bool quiet = false;
};

struct StatusOptions {
    bool prompt = false;
};

/** --file and --key of grant and revoke: edit a signed file instead of asking jitd. */
struct FileEdit {
    std::string file, key, trust;
};

struct GrantOptions {
    std::string user, role, reason, ticket;
    core::Usec duration{};
    std::optional<core::Wall> start;
    FileEdit edit;
    std::vector<std::string> hosts;
    std::string id, org;
    std::optional<std::uint32_t> uid;
};

struct RevokeOptions {
    std::string id, user, session, reason;
    bool all = false;
    FileEdit edit;
};

struct LockOptions {
    std::string user, reason;
};

struct UnlockOptions {
    std::string user, reason;
};

struct ListOptions {
    std::string what = "grants";
    std::string user;
    bool mine = false, all = false;
};

struct ShowOptions {
    std::string id;
    bool reviewed = false;
};

struct ExplainOptions {
    std::string user, service, target;
};

struct LogOptions : trail::JournalFilter {
    std::optional<core::Wall> since, until;
    bool this_boot = false, reverse = false;
    bool follow = false, verify = false, commands = false;
    std::optional<std::uint32_t> lines;
    std::optional<core::Mark> head;
};

struct SignOptions {
    std::string file, key;
    bool add = false;
};

struct VerifyOptions {
    std::string file, trust, host;
    std::vector<std::string> labels;
    bool against_accepted = false;
    std::string recordings;  // of evidence
    std::optional<core::Mark> head;
};

struct EvidenceOptions {
    std::string grant, file;  // no file: stdout
    std::optional<core::Mark> head;
};

struct ReloadOptions {};

struct StateOptions {
    std::string action;  // recover
    bool clock = false;
    std::string reason;
};

struct PamOptions {
    std::string action, service;
    bool permissive = false;
    std::optional<core::Usec> confirm;
};

struct TrustOptions {
    std::string trust;
};

struct HostOptions {};

struct PolicyOptions {
    std::string action;  // check or suggest
    std::string file;    // empty: this host's
    std::optional<core::Wall> since;
};

struct DoctorOptions {};

struct RequestOptions {
    std::string role, reason, ticket;
    core::Usec duration{};
    std::optional<core::Wall> start;
    std::optional<core::Usec> timeout;
    bool wait = false, breakglass = false;
};

struct CancelOptions {
    std::string id;
};

struct WaitOptions {
    std::string id;
    std::optional<core::Usec> timeout;
};

struct ApproveOptions {
    std::string id, reason;
    std::optional<core::Usec> duration;
};

struct DenyOptions {
    std::string id, reason;
};

struct TokenOptions {
    std::string id, key, file;
    std::optional<core::Usec> duration;
};

struct RedeemOptions {
    std::string token;  // "-": from stdin
};

struct ExtendOptions {
    std::string id, reason, ticket;
    core::Usec duration{};
};

struct DoneOptions {
    std::string id;  // empty: all active ones
};

struct RolesOptions {
    std::string user;
};

struct WatchOptions {};

struct ReplayOptions {
    std::string session;
    double speed = 1;
    std::optional<core::Usec> max_wait;
};

struct ExportOptions {
    std::string session;
    std::string format = "asciicast";
    std::string file;  // empty: stdout
};

struct SearchOptions {
    std::string text, user;
    std::optional<core::Wall> since, until;
};

using Verb = std::variant<StatusOptions, GrantOptions, RevokeOptions, LockOptions, UnlockOptions,
                          ListOptions, ShowOptions, ExplainOptions, LogOptions, SignOptions, VerifyOptions, ReloadOptions, StateOptions,
                          PamOptions, TrustOptions, HostOptions, PolicyOptions, DoctorOptions, RequestOptions,
                          CancelOptions, WaitOptions, ApproveOptions, DenyOptions, TokenOptions, RedeemOptions,
                          ExtendOptions, DoneOptions, RolesOptions, WatchOptions, ReplayOptions,
                          ExportOptions, SearchOptions, EvidenceOptions>;

struct Invocation {
    GlobalOptions global;
    Verb verb;
};

}  // namespace jit::ctl
