// SPDX-License-Identifier: Apache-2.0
// Random stories on a small host, made so that something happens in them: what a test plays on the
// model and on an implementation, comparing the two after each step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model.hpp"

namespace jit::model {

enum class Kind {
    request,
    cancel,
    approve,
    deny,
    redeem,
    extend,
    release,
    grant,
    extend_at_once,
    revoke,
    revoke_user,
    lock,
    unlock,
    revoke_key,
    file,
    advance,
    reboot,
};

/** One call of Model; what its kind does not need is empty. Ids are symbolic: the n-th request or
    extension asked for is `rN`, refused ones counted, and the grant made of it `gN`; the n-th local
    grant is `lN`; those of files are `fN`. Some ids are of nothing, which is meant. */
struct Op {
    Kind kind;
    std::string id{};     // the request or grant it is about, or that it makes
    std::string grant{};  // extend: of this grant
    std::string by{}, login{}, account{}, role{}, key{}, reason{}, ticket{};
    Place place = Place::outside;
    std::optional<Seconds> duration{};
    std::optional<Time> start{};
    bool break_glass = false;
    std::vector<FileGrant> grants{};
    Time expires{}, wall_step{}, boot_step{};
};

struct Sequence {
    World world;
    Time wall, boot;
    std::vector<Op> ops;
};

/** alice, who is also alice-adm, and bob are developers; carol, dave and alice-adm are leads; erin
    is an admin, backup is exempt. Automatic, one-lead, two-person and ticket rules. */
World small_world();

/** The same sequence for the same seed, on every machine. */
Sequence make_sequence(std::uint64_t seed, std::size_t length = 40);

Outcome apply(Model& model, const Op& op);

/** One line, for failure messages. */
std::string to_text(const Op& op);
std::string to_text(Kind kind);

}  // namespace jit::model
