#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the shipped data says must agree with the code: check_data.py SOURCE_DIR. One sentence per check."""

import re
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

source = Path(sys.argv[1])
data = source / "data"
failures = 0


def check(sentence: str, good: bool, detail: object = "") -> None:
    global failures
    failures += not good
    print("ok  " if good else "FAIL", sentence, "" if good else detail)


kinds = dict(re.findall(r'\{"([a-z_.]+)", "([0-9a-f]{32})"', (source / "core/event_kind.hpp").read_text()))
entries = dict(re.findall(r"^# ([a-z_.]+)\n-- ([0-9a-f]{32})$", (data / "jit.catalog").read_text(), re.M))
check("every kind of record has its catalog entry", kinds == entries, set(kinds.items()) ^ set(entries.items()))
check("there are kinds at all", len(kinds) > 20)
told = (source / "man/jitd.8.scd").read_text()
missing = [kind for kind in kinds if not re.search(rf"\b{re.escape(kind)}\b", told)]
check("jitd(8) has every kind", not missing, missing)
for shell in ("bash", "fish", "zsh"):
    offered = set(re.findall(r"([a-z]+)\.\\*\*", (data / f"completions/jitctl.{shell}").read_text()))
    families = {kind.split(".")[0] for kind in kinds}
    check(f"{shell} offers every family of kinds", offered == families, offered ^ families)

interface = next(ElementTree.parse(data / "org.jitd1.Manager.xml").iter("interface"))
methods = {method.get("name") for method in interface.iter("method")}
rules = [rule.attrib for policy in ElementTree.parse(data / "org.jitd1.conf").iter("policy")
         if policy.get("context") == "default" for rule in policy.iter("allow")]
allowed = {rule["send_member"] for rule in rules if rule["send_interface"] == "org.jitd1.Manager"}
check("the bus policy names every method of the interface, and no other", methods == allowed, methods ^ allowed)
check("each rule of the bus policy names destination, interface and member",
      all({"send_destination", "send_interface", "send_member"} <= rule.keys() for rule in rules))

manual = (source / "man/org.jitd1.5.scd").read_text()
missing = [name for name in methods if f"*{name}*(" not in manual]
check("org.jitd1(5) has every method", not missing, missing)

settings = (data / "jitd.toml").read_text()
manual = (source / "man/jitd.toml.5.scd").read_text()
keys = re.findall(r"^(\w+) = ", settings, re.M)
check("jitd.toml(5) has every setting", all(f"*{key}*" in manual for key in keys), keys)
for file in (*data.glob("*.toml"), *data.glob("examples/*.toml")):
    tomllib.loads(file.read_text())
check("the TOML files parse", True)

sys.exit(1 if failures else 0)
