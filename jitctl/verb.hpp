// SPDX-License-Identifier: Apache-2.0
// One function per verb, verb_*.cpp; run.cpp chooses. Each returns the exit code.
#pragma once

#include "jitctl/environment.hpp"
#include "jitctl/options.hpp"
#include "jitctl/output.hpp"

namespace jit::ctl {

/** What every verb may use. */
struct Context {
    const Environment& env;
    const Output& out;
};

int run(const Context& context, const StatusOptions& options);
int run(const Context& context, const GrantOptions& options);
int run(const Context& context, const RevokeOptions& options);
int run(const Context& context, const LockOptions& options);
int run(const Context& context, const UnlockOptions& options);
int run(const Context& context, const ListOptions& options);
int run(const Context& context, const ShowOptions& options);
int run(const Context& context, const ExplainOptions& options);
int run(const Context& context, const LogOptions& options);
int run(const Context& context, const SignOptions& options);
int run(const Context& context, const VerifyOptions& options);
int run(const Context& context, const ReloadOptions& options);
int run(const Context& context, const StateOptions& options);
int run(const Context& context, const PamOptions& options);
int run(const Context& context, const TrustOptions& options);
int run(const Context& context, const HostOptions& options);
int run(const Context& context, const PolicyOptions& options);
int run(const Context& context, const DoctorOptions& options);
int run(const Context& context, const RequestOptions& options);
int run(const Context& context, const CancelOptions& options);
int run(const Context& context, const WaitOptions& options);
int run(const Context& context, const ApproveOptions& options);
int run(const Context& context, const DenyOptions& options);
int run(const Context& context, const TokenOptions& options);
int run(const Context& context, const RedeemOptions& options);
int run(const Context& context, const ExtendOptions& options);
int run(const Context& context, const DoneOptions& options);
int run(const Context& context, const RolesOptions& options);
int run(const Context& context, const WatchOptions& options);
int run(const Context& context, const ReplayOptions& options);
int run(const Context& context, const ExportOptions& options);
int run(const Context& context, const SearchOptions& options);
int run(const Context& context, const EvidenceOptions& options);

/** The whole program. */
int run_jitctl(int argc, char** argv, const Environment& env);

}  // namespace jit::ctl
