// SPDX-License-Identifier: Apache-2.0
// org.jitd1.Manager as functions: arguments in, shaped JSON objects out. Used by the verbs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "jitctl/environment.hpp"
#include "jitctl/schema.hpp"
#include "trail/filter.hpp"

namespace jit::ctl {

struct GrantCall {
    std::string user;
    std::string role;  // empty: the host's default_role
    core::Usec duration{};
    std::string reason;
    std::string ticket;  // empty: none
    std::optional<core::Wall> start;
};

struct ListFilter {
    std::string user;  // empty: whoever the caller may see
    bool all = false;  // ended ones too
    bool mine = false;  // of the person behind the caller, also from the root shell
};

struct RequestCall {
    std::string role;  // empty: the host's default_role
    core::Usec duration{};
    std::string reason;
    std::string ticket;  // empty: none
    std::optional<core::Wall> start;
    bool breakglass = false;
};

struct ExplainQuery {
    std::string user, service, target;  // empty: jitd's default
};

enum class RevokeWhat { grant, user, session, all };

/** Oldest first: the oldest after `after`, or with `oldest`; otherwise the newest, before `before`. */
struct RecordsCall {
    const trail::JournalFilter& filter;
    std::string after{}, before{};
    std::optional<core::Wall> since{}, until{};
    bool oldest = false;
};

class ManagerClient {
  public:
    explicit ManagerClient(const Environment& env) : env_(env) {}

    core::Result<Json> status(std::optional<core::Usec> timeout = {});
    /** The same, asked where pam_jit asks and nowhere else. */
    core::Result<Json> gate_status();
    core::Result<Json> grant(const GrantCall& call);
    core::Result<Json> revoke(RevokeWhat what, const std::string& whom, const std::string& reason);
    core::Result<Json> lock(const std::string& account, const std::string& reason);
    core::Result<Json> unlock(const std::string& account, const std::string& reason);
    core::Result<Json> locks();
    core::Result<Json> grants(const ListFilter& filter);
    core::Result<Json> sessions(const ListFilter& filter);
    core::Result<std::vector<trail::LogRecord>> records(const RecordsCall& call);
    /** {kind, object} */
    core::Result<Json> show(const std::string& id);
    core::Result<Json> explain(const ExplainQuery& query);
    core::Result<Json> request(const RequestCall& call);
    core::Result<Json> withdraw(const std::string& id);
    core::Result<Json> approve(const std::string& id, std::optional<core::Usec> duration, const std::string& reason);
    core::Result<Json> deny(const std::string& id, const std::string& reason);
    core::Result<Json> redeem(const std::string& token);
    /** {kind, object} */
    core::Result<Json> extend(const std::string& id, core::Usec duration, const std::string& reason,
                              const std::string& ticket);
    core::Result<Json> release(const std::string& id);
    core::Result<Json> review(const std::string& id);
    core::Result<Json> requests(const ListFilter& filter);
    core::Result<Json> roles(const std::string& user);
    /** As the daemon answers: the file's dictionary, and `config`. */
    core::Result<Json> reload();

    /** As the daemon answers: recovered, aside. */
    core::Result<Json> recover(const std::string& what, const std::string& reason);

  private:
    const Environment& env_;
};

}  // namespace jit::ctl
