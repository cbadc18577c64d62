#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# jitctl against a scripted jitd: bus.sh JITCTL FAKE, inside dbus-run-session.
set -uo pipefail
jitctl=$(realpath "$1") fake=$2
. "$(dirname "$0")/lib.sh"
export JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS JITCTL_TEST_GATE=$work/gate JITCTL_TEST_CONFIG=$work JITCTL_TEST_PATIENT=1
id=0123456789abcdef0123456789abcdef session=fedcba9876543210fedcba9876543210
here=$(dirname "$(realpath "$0")")

# Nobody there.
exits 5 list
warns "systemctl status jitd"
exits 5 list -j
check "an error as JSON" grep -q '^{"version":1,"error":{"code":"UNREACHABLE","message":"' "$work/err"
exits 0 status --prompt
silent

start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$work/bus.log"

# What is asked arrives as it was asked.
exits 0 grant alice --for 30m --reason "INC-1 disk" --role dba --ticket INC-1 --start "2100-01-01T00:00:00Z"
says "granted $id: alice may use role root here until"
warns "session $session on "
warns "all the same: elevate again after it"
exits 0 grant alice --for 30m -r x -q
is "$id"
exits 0 revoke g1 -r over
says "ended grant g1"
says "told session s2 to stop"
says "still lets them in: grant g2"
exits 0 revoke --user alice -r over
exits 6 revoke --user nobody-here -r over
warns "nobody-here: neither an account of this host nor one with grants"
exits 0 revoke --user root -r over
is "nothing to end"
exits 6 revoke over -r over
warns "jitctl revoke --session $session --reason"
exits 6 revoke "$session" -r over
warns "is a session: jitctl revoke --session $session --reason"
exits 0 revoke --session "jit-$session.scope" -r over
exits 0 revoke --all -r over -q
silent
exits 0 list --user bob --all
exits 0 list sessions -q
is "$session"
exits 0 list sessions --mine
check "off a terminal all of it" grep -q "^$session	alice	root	sudo-i	.*Z	over	finishing\$" "$work/out"
python3 "$here/terminal.py" -- "$jitctl" list sessions >"$work/out" 2>"$work/err"
says "ID                                USER   AS    BY      STATE      LEFT  TTY"
check "a row fits a terminal of 80 columns" python3 -c 'import sys
rows = open(sys.argv[1], encoding="utf-8").read().splitlines()
sys.exit(len(rows[1]) > 80 or "finishing" not in rows[1])' "$work/out"
exits 0 list -q --no-legend
is "$id"
exits 0 show "$id"
says "alice"
exits 4 explain --user alice --service su-l --target root
exits 1 reload
warns "ROLLBACK"
warns "host.toml:1:1"
exits 0 status
says "alice may elevate on db-01: role root"
says "session  $session  sudo-i to root on "
exits 0 status --prompt
check "the prompt" grep -q '^\[root ' "$work/out"
cat >"$work/expected" <<END
Grant alice dba 1800000000 INC-1 disk ticket INC-1 start_usec 4102444800000000
ListSessions user alice
Grant alice  1800000000 x
Revoke g1 over
RevokeUser alice over
RevokeUser nobody-here over
ListGrants user nobody-here all true
RevokeUser root over
Revoke over over
ListSessions
Revoke $session over
ListSessions
RevokeSession $session over
RevokeAll over
ListGrants user bob all true
ListSessions
ListSessions mine true
ListSessions
ListGrants
Show $id
Explain user alice service su-l target root
Reload
GetStatus
GetStatus
END
check "the calls as the daemon saw them" diff "$work/expected" "$work/bus.log"

exits 2 show $'\xff'
warns "UTF-8"

# The schema, and that nothing hidden reaches a terminal (S-42).
exits 0 grant alice --for 30m -r x --json=short
check "grant as JSON" python3 - "$work/out" <<'END'
import json, sys
object = json.load(open(sys.argv[1]))
assert list(object) == ["version", "id", "origin", "account", "uid", "role", "services", "run_as", "not_before_usec",
                        "not_after_usec", "state", "code", "reason", "ticket", "approvers", "keys", "request", "serial"]
assert object["version"] == 1 and object["uid"] == 1001 and object["ticket"] is None and object["run_as"] == []
assert object["reason"] == "INC-1 \x1b[2J\u202e\u009b\u200b\r\nJIT_EVENT=allow"
END
exits 0 status -j
check "status as JSON" python3 - "$work/out" <<'END'
import json, sys
status = json.load(open(sys.argv[1]))
assert list(status) == ["version", "host", "account", "elevated", "session", "grants", "requests", "to_decide", "state", "file", "locked", "breakglass", "inside",
                        "sessions"]
assert status["host"]["name"] == "db-01" and status["elevated"] is True and status["session"] is None
assert len(status["grants"]) == 1 and status["file"]["serial"] == 7
END
for arguments in "status" "list" "list sessions" "show $id" "explain" "reload" "list -j" "show $id --json=pretty" \
    "explain -j" "grant alice --for 30m -r x"; do
    run $arguments
    printable "$arguments"
done
exits 0 list --all
check "one grant is one line" test "$(wc -l <"$work/out")" = 1
stop_fakes

# Errors lead to exit codes.
while read -r code name; do
    start_fake bus "$DBUS_SESSION_BUS_ADDRESS" "$name" "$work/error.log"
    exits "$code" list
    printable "$name"
    stop_fakes
done <<'END'
3 org.jitd1.Error.AccessDenied
3 org.jitd1.Error.NoGrant
4 org.jitd1.Error.Pending
6 org.jitd1.Error.NotFound
2 org.jitd1.Error.InvalidArgument
1 org.jitd1.Error.Failed
1 org.jitd1.Error.NeverHeardOf
END

# The verdict behind an error is at the end of its line, as in a denial.
while read -r name shown; do
    start_fake bus "$DBUS_SESSION_BUS_ADDRESS" "org.jitd1.Error.$name" "$work/error.log"
    run list
    check "$name: $(cat "$work/err")" grep -q -- "$shown" "$work/err"
    stop_fakes
done <<'END'
Self \[SELF\]$
Audit \[AUDIT\]$
Limit \[LIMIT\]$
NotFound [^]]$
InvalidArgument [^]]$
END

# A silent jitd holds nobody.
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" silent "$work/silent.log"
unset JITCTL_TEST_PATIENT
exits 5 revoke g1 -r over
export JITCTL_TEST_PATIENT=1
warns "did not answer within 0.4 s"

# Root goes to the gate, bus or not; what the gate took is not sent again.
export JITCTL_TEST_ROOT=1
: >"$work/silent.log"
start_fake gate "$work/gate" normal "$work/gate.log"
exits 0 revoke g1 -r over
check "the gate took it" grep -qx "Revoke g1 over" "$work/gate.log"
JITCTL_TEST_BUS=unix:path=/nonexistent exits 0 list -q
unset JITCTL_TEST_ROOT
JITCTL_TEST_BUS=unix:path=/nonexistent exits 5 list -q
export JITCTL_TEST_ROOT=1
stop_fakes
rm "$work/gate"
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$work/after.log"
exits 0 list -q
start_fake gate "$work/gate" silent "$work/gate2.log"
: >"$work/after.log"
unset JITCTL_TEST_PATIENT
exits 5 grant alice --for 30m -r x
check "a grant that may have been made is not asked for again" test ! -s "$work/after.log"

finish
