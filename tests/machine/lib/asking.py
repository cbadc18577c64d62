# SPDX-License-Identifier: Apache-2.0
"""A host where people ask for roles: who they are, what the policy says, whose keys count."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .grants import Signer, Token
from .people import add_accounts

if TYPE_CHECKING:
    from .host import Host
    from .machine import Result

ROLE_ROOT = """[role.root]
description = "Root on this host"
run_as = ["root"]
services = ["sudo", "su"]
max_duration = "8h"
max_extension = "1h"
"""

ROLE_DBA = """
[role.dba]
run_as = ["postgres"]
services = ["sudo"]
max_duration = "4h"
"""

AUTOMATIC = """
[[rule]]
roles = ["root"]
who = ["@developers", "carol"]
hosts = ["environment=staging"]
approval = "auto"
max_duration = "1h"
reason = '(INC|CHG)-[0-9]+'
"""

TWO_PEOPLE = """
[[rule]]
roles = ["root"]
who = ["@developers"]
approvers = ["@leads", "principal:olivia"]
approvals = 2
"""

ONE_LEAD = """
[[rule]]
roles = ["dba"]
who = ["@developers"]
approvers = ["@leads"]
"""

POLICY = ROLE_ROOT + ROLE_DBA + AUTOMATIC + TWO_PEOPLE + ONE_LEAD


@dataclass(frozen=True)
class Key:
    """A [[key]] of trust.toml."""

    signer: Signer | Token
    principal: str
    uses: tuple[str, ...] = ("approve",)
    more: str = ""

    @property
    def toml(self) -> str:
        limits = "".join(f"{name} = {value}\n" for name, value in
                         (("roles", '["*"]'), ("hosts", '["*"]'), ("max_duration", '"8h"')) if f"{name} =" not in self.more)
        return (f'\n[[key]]\nid = "{self.signer.name}-key"\nprincipal = "{self.principal}"\n'
                f'public_key = "{self.signer.public_key}"\nuses = {json.dumps(list(self.uses))}\n{limits}{self.more}')


@dataclass
class Asking:
    """`host` with alice (also alice-adm) and bob as developers, carol, dave and alice-adm as leads, and olivia."""

    host: Host
    environment: str = "production"
    policy: str = POLICY
    settings: str = ""
    keys: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        host = self.host
        add_accounts(host, "alice-adm", "dave")
        host.root("groupadd developers; groupadd leads; usermod -aG sudo alice-adm;"
                  "for n in alice bob; do usermod -aG developers $n; done; for n in carol dave alice-adm; do usermod -aG leads $n; done")
        host.write("/etc/jit/host.toml", f'name = "db-01"\n\n[labels]\nenvironment = "{self.environment}"\n')
        host.write("/etc/jit/jitd.toml", self.settings)
        self.keys = self.keys or [Key(host.olivia, "olivia", ("grant", "approve"))]
        self.write()
        host.jitctl("pam enable sudo")
        host.nopasswd("alice", "bob", "alice-adm")

    def write(self) -> None:
        """Trust and policy as they are now, in force when this returns."""
        trust = ('format = 1\norg = "example"\n\n[[principal]]\nname = "alice"\naccounts = ["alice", "alice-adm"]\n'
                 '\n[[principal]]\nname = "olivia"\naccounts = ["olivia"]\n')
        for principal in sorted({key.principal for key in self.keys} - {"alice", "olivia"}):
            trust += f'\n[[principal]]\nname = "{principal}"\naccounts = ["{principal}"]\n'
        self.host.write("/etc/jit/trust.toml", trust + "".join(key.toml for key in self.keys))
        self.host.write("/etc/jit/policy.toml", self.policy)
        self.host.jitctl("reload")

    # -- as the people do it

    def says(self, user: str, arguments: str, **options) -> Result:
        """jitctl, typed by that person after an ssh login of their own."""
        return self.host.user(user).run(f"jitctl {arguments}", **options)

    def request(self, user: str = "alice", role: str = "root", lasts: str = "30m", reason: str = "INC-1234 replace disk",
                options: str = "") -> dict:
        """A request that was taken: its JSON."""
        done = self.says(user, f"request {role} --for {lasts} --reason '{reason}' {options} --json=short")
        assert done.code in (0, 4), done
        return json.loads(done.out)

    def approve(self, user: str, request: str, options: str = "") -> dict:
        done = self.says(user, f"approve {request} {options} --json=short")
        assert done.code == 0, done
        return json.loads(done.out)

    def refused(self, user: str, arguments: str) -> str:
        """The code of a refusal."""
        done = self.says(user, f"{arguments} --json=short")
        assert done.code != 0 and done.err, done
        return json.loads(done.err)["error"]["code"]

    def state(self, request: str) -> str:
        return self.shown(request)["state"]

    def shown(self, id_: str, user: str = "root") -> dict:
        if user == "root":
            return self.host.json(f"show {id_}")["object"]
        return json.loads(self.says(user, f"show {id_} --json=short").out)["object"]

    def explained(self, user: str = "alice", more: str = "") -> dict:
        return json.loads(self.says(user, f"explain {more} --json=short").out)

    def elevates(self, user: str = "alice") -> bool:
        done = self.host.user(user).run("sudo -n id -u")
        return done.code == 0 and done.out == "0\n"
