// SPDX-License-Identifier: Apache-2.0
#include "jitctl/help.hpp"

namespace jit::ctl {
namespace {

constexpr std::string_view kHelp = R"(jitctl [OPTION...] [VERB] ...

Root only while a grant says so.

Look:
  status              am I elevated, by which grant, for how long (default)
  roles               what may I ask for, and who decides
  list [WHAT]         grants, requests, sessions or locks
  show ID             one grant, request or session, in full
  explain             would this be allowed, and why (exit 0, 3 or 4)
  log                 the audit trail; log --verify: is all of it there, unchanged
  log --commands      the commands run in elevated sessions
  watch               what changes, as JSON lines
  evidence GRANT      all about one grant, for an auditor; verify checks it

Recorded sessions:
  replay SESSION      show what it showed
  search TEXT         find a text in all of them
  export SESSION      as asciicast, for other programs

Ask:
  request [ROLE]      ask for a role: --for 30m --reason "..."
  wait ID             until it is decided
  cancel ID           take it back
  extend ID           more time for a grant that is active
  done [ID]           give a grant back

Decide:
  approve ID          say yes to a request; --for makes it shorter
  deny ID             say no
  token ID            approve a request of another host, with no network between
  redeem TOKEN        bring that approval back

Grant and end, on this host or in a signed file:
  grant USER          let a user elevate for a while
  revoke ID           end a grant now, and its sessions
  lock USER           end a user's sessions, and let no grant serve
  unlock USER         let the user's grants serve again

Signed grant files, on any machine:
  sign FILE           sign it with ssh-keygen
  verify FILE         check it as jitd does; or evidence, by itself

Operate:
  reload              read the configuration and the grant file again
  state recover       start anew with a state that can't be used; --clock: or a clock
                      that went back
  pam ACTION          gate sudo, su or sshd: enable, confirm, disable, status
  trust list          the keys this host believes
  host                this host's name and labels, as patterns match them
  policy check        is a policy.toml right, and what does it say
  policy suggest      rules for those who would have been refused
  doctor              ways around the gate or into a lock-out, and what to do

Options:
  -j, --json=MODE     pretty, short or off; -j is pretty on a terminal, else short
  -q, --quiet         only what was asked for
      --no-legend     no table header
      --no-pager      never start a pager
      --version
  -h, --help          also of a verb: jitctl grant --help

Exit codes: 0 ok, 1 failure, 2 usage, 3 denied, 4 pending, 5 jitd unreachable,
            6 no such object, 124 timed out.
See jitctl(1).
)";

}  // namespace

std::string_view help_text() { return kHelp; }

}  // namespace jit::ctl
