// SPDX-License-Identifier: Apache-2.0
// The verbs and their options, and the values of those that need more than the option parser.
// For cli.cpp alone: these are the files that know the parser.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "jitctl/options.hpp"

namespace jit::ctl {

/** Option texts that need more than the parser to become values. */
struct Texts {
    std::string json, duration, start, since, until, head, confirm, timeout, max_wait;
    bool j = false, no_pager = false, no_legend = false, follow = false, no_wait = false;
    std::uint32_t lines = 0, uid = 0;
};

struct Parsed {
    GlobalOptions global;
    StatusOptions status;
    GrantOptions grant;
    RevokeOptions revoke;
    LockOptions lock;
    UnlockOptions unlock;
    ListOptions list;
    ShowOptions show;
    ExplainOptions explain;
    LogOptions log;
    SignOptions sign;
    VerifyOptions verify;
    StateOptions state;
    PamOptions pam;
    TrustOptions trust;
    PolicyOptions policy;
    RequestOptions request;
    CancelOptions cancel;
    WaitOptions wait;
    ApproveOptions approve;
    DenyOptions deny;
    TokenOptions token;
    RedeemOptions redeem;
    ExtendOptions extend;
    DoneOptions done;
    RolesOptions roles;
    ReplayOptions replay;
    ExportOptions cast;
    SearchOptions search;
    EvidenceOptions evidence;
    std::string trust_action;
};

void add_options(CLI::App& app, Parsed& p, Texts& t);

/** The verbs by which people ask and decide. */
void add_asking(CLI::App& app, Parsed& p, Texts& t);
/** Their values; none: it is none of these verbs. */
std::optional<core::Result<Verb>> finish_asking(const CLI::App& verb, Parsed& p, const Texts& t, core::Wall now);

/** A span of the option `name`: longer than 0. Code USAGE. */
core::Result<core::Usec> span_of(std::string_view name, const std::string& text);
/** A reason as it may be recorded. Code USAGE. */
core::Result<void> need_reason(const std::string& reason);

/** The chosen verb with all its values; code USAGE. */
core::Result<Verb> finish(CLI::App& app, Parsed& p, const Texts& t, core::Wall now);

}  // namespace jit::ctl
