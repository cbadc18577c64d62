// SPDX-License-Identifier: Apache-2.0
// Which services ask for a grant; what most other findings depend on.
#pragma once

namespace jit::ctl::doctor {

enum class Gate { off, permissive, on };

struct Gates {
    Gate sudo = Gate::off;
    Gate su = Gate::off;
    Gate sshd = Gate::off;
    [[nodiscard]] bool any() const {
        return sudo != Gate::off || su != Gate::off || sshd != Gate::off;
    }
    /** Somebody is refused. */
    [[nodiscard]] bool enforced() const {
        return sudo == Gate::on || su == Gate::on || sshd == Gate::on;
    }
};

}  // namespace jit::ctl::doctor
