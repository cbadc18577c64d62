#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Asking and deciding, with a scripted jitd: asking.sh JITCTL FAKE, inside dbus-run-session.
set -uo pipefail
jitctl=$(realpath "$1") fake=$2 here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
export JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS JITCTL_TEST_GATE=$work/gate JITCTL_TEST_CONFIG=$work JITCTL_TEST_PATIENT=1
id=00112233445566778899aabbccddeeff hostile=ffeeddccbbaa99887766554433221100 glass=b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0
grant=89abcdef0123456789abcdef01234567
log=$work/bus.log
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$log"

# What is asked arrives as it was asked; the exit code says what came of it.
exits 4 request dba --for 30m --reason "INC-1 disk" --ticket INC-1 --start "2100-01-01T00:00:00Z"
says "request $id for role root waits for 2 of @leads, principal:olivia, "
warns "They run: jitctl approve $id. Wait for it: jitctl wait $id"
exits 4 request -d 1h -r x -q
is "$id"
check "and no word" test ! -s "$work/err"
exits 0 request auto --for 30m -r x
says "request $id for role root is approved: grant $grant, 15min"
check "nothing to wait for" test ! -s "$work/err"
exits 4 request --for 30m -r x --break-glass
says "request $glass for BREAK-GLASS, role root waits for a token by a break-glass key"
warns "jitctl show $glass"
exits 0 cancel "$id"
says "request $id for role root is withdrawn"
exits 0 approve "$id" --for 15m --reason "go on"
says "approved  olivia, for 15min at most, "
warns "all the same: elevate again after it"
exits 0 approve "$id" -q
silent
exits 0 deny "$id" -r "not today"
says "denied  by olivia: not today"
exits 0 deny "$id"
exits 0 extend g1 --for 30m --reason "not done" --ticket INC-2
says "grant 0123456789abcdef0123456789abcdef goes on until"
warns "all the same: elevate again after it"
exits 4 request root --for 30m -r x -q
exits 4 extend mine --for 30m --reason "not done"
warns "The grant keeps its end until then. Wait for it: jitctl wait $id"
exits 4 extend mine --for 30m -r x -q
is "$id"
exits 0 done g1
says "gave back grant g1"
says "told session s2 to stop"
says "still yours: grant g2"
exits 0 done -q
silent
exits 6 done over
warns "; session fedcba9876543210fedcba9876543210 may still finish what runs: leave it, or root ends it: jitctl revoke --session"
exits 0 roles --user bob
says "root	root	sudo, su	8h	policy.toml:7	2 of @leads, principal:olivia"
says "granted at once, at most 5/week, Mon..Fri 08:00-18:00, reason with (INC|CHG)-[0-9]+"
exits 0 roles -q
is "$(printf 'root\nrestart')"
exits 0 list requests --user bob --all
says "$id	alice	root	30min	pending	2 of @leads, principal:olivia"
exits 0 list requests -q
check "ids alone, one a line" test "$(head -n 1 "$work/out")" = "$id" -a "$(wc -l <"$work/out")" = 2
exits 0 show g1 --reviewed
warns "was looked at"
exits 0 show "$id"
cat >"$work/expected" <<END
Request dba 1800000000 INC-1 disk ticket INC-1 start_usec 4102444800000000
Request  3600000000 x
Request auto 1800000000 x
Request  1800000000 x breakglass true
Withdraw $id
Approve $id duration_usec 900000000 reason go on
Show $grant
ListSessions user alice
Approve $id
Deny $id not today
Deny $id 
Extend g1 1800000000 not done ticket INC-2
ListSessions user alice
Request root 1800000000 x
Extend mine 1800000000 not done
Extend mine 1800000000 x
Release g1
Release 
Release over
GetStatus
ListRoles user bob
ListRoles
ListRequests user bob all true
ListRequests
Review g1
Show g1
Show $id
GetStatus
END
check "the calls as the daemon saw them: $(diff "$work/expected" "$log")" cmp -s "$work/expected" "$log"

# An approver sees all of it, and what to do: the text to sign is printed as it is.
for part in "request  $id, pending" "asks  alice (uid 1001), role root on db-01" "for  30min from the approval on" \
    "reason  INC-1 disk (ticket INC-1)" "rule  policy.toml:7" "waits for  2 of @leads, principal:olivia, until" \
    "To approve here: jitctl approve $id" "jitctl token $id --key KEY" "decision: approve"; do
    says "$part"
done
check "the text begins at the margin" grep -qx 'jit-approval/1' "$work/out"
exits 0 show "$glass"
says "waits for  a token by a break-glass key"
check "break-glass is not approved here" test "$(grep -c 'jitctl approve' "$work/out")" = 0
check "its own text" grep -qx 'jit-breakglass/1' "$work/out"

# Wrong usage never becomes a call, and an empty word never a wider one.
: >"$log"
while read -r line; do
    eval "exits 2 $line"
done <<'END'
request root -r x
request root --for 30m
request root --for 30 -r x
request root --for 30m -r ''
request root --for 30m -r $'a\nb'
request root --for 30m -r x --timeout 1m
request root --for 30m -r x --start ''
request root --for 30m -r x --start soon
approve
approve one --for ''
approve one --for 0
approve one -r $'\e[2J'
wait one --timeout ''
wait one --timeout 5
deny
cancel
extend g1 -r x
extend g1 --for 30m
done ''
done g1 g2
redeem
token one
watch now
END
check "nothing was asked" test ! -s "$log"
exits 2 done ''
warns "leave it out to give back all"

# A token is brought as a word or by stdin, however it was wrapped; what is none does not leave the program.
token=jit1.ABEiM0RVZneImaq7zN3u_wAAAAAAAAOE$(printf 'A%.0s' {1..86})
exits 0 redeem "$token"
says "request  $id, approved"
printf '  %s\r\n  %s\r\n' "${token:0:60}" "${token:60}" >"$work/token"
rc=0
"$jitctl" redeem - <"$work/token" >"$work/out" 2>"$work/err" || rc=$?
check "a wrapped token is one: $rc" test "$rc" = 0
check "twice the same one" test "$(grep ^Redeem "$log" | sort -u)" = "Redeem $token"
for none in jit1. jit2.x "${token}A" "jit1.$(printf 'A%.0s' {1..4000})" $'\xff'; do
    exits 3 redeem "$none"
    warns "this is no token, or not all of it"
done
exits 2 redeem ""
warns "TOKEN: is empty"
exits 3 redeem -j jit1.x
check "its code" grep -q '"code":"BAD_TOKEN"' "$work/err"
check "none of them was sent" test "$(grep -c ^Redeem "$log")" = 2

# The schema.
json() {  # json WHAT FILE PYTHON: of `o`, the object
    check "$1 as JSON" python3 -c 'import json, sys
o = json.load(open(sys.argv[1]))
exec(sys.argv[2])' "$2" "$3"
}
fields='request = ["id", "account", "uid", "role", "duration_usec", "start_usec", "reason", "ticket", "state", "rule", "needed",
           "approvals", "created_usec", "expires_usec", "grant", "kind", "approvers", "denied_by", "denied_reason", "last", "text"]
'
exits 4 request --for 30m -r x -j
json request "$work/out" "$fields"'assert list(o) == ["version"] + request
assert o["approvers"] == ["@leads", "principal:olivia"] and o["approvals"] == [] and o["last"] is None and o["kind"] == "role"
assert o["text"].startswith("jit-approval/1\norg: example\n") and o["duration_usec"] == 1800000000'
check "and no word" test ! -s "$work/err"
exits 0 approve "$id" -j
json approve "$work/out" "$fields"'assert list(o) == ["version"] + request and o["text"] is None
assert o["approvals"] == [{"principal": "olivia", "account": "olivia", "via": "host", "time_usec": 1764000060000000,
                           "duration_usec": 900000000, "reason": "go on"}]'
exits 0 deny "$id" -j -r no
json deny "$work/out" 'assert (o["state"], o["denied_by"], o["denied_reason"]) == ("denied", "olivia", "no")'
exits 0 cancel "$id" -j
json cancel "$work/out" 'assert o["state"] == "withdrawn"'
exits 0 redeem "$token" -j
json redeem "$work/out" 'assert o["state"] == "approved"'
exits 0 list requests -j
json "list requests" "$work/out" "$fields"'assert list(o) == ["version", "requests"] and [list(r) for r in o["requests"]] == [request] * 2
assert o["requests"][1]["last"]["terminated"] == 1 and o["requests"][1]["reason"].startswith("INC-1 \x1b[2J")'
exits 0 roles -j
json roles "$work/out" 'assert list(o) == ["version", "roles"]
assert list(o["roles"][0]) == ["role", "description", "services", "run_as", "max_duration_usec", "max_extension_usec", "rule",
    "approval", "approvers", "approvals", "reason", "ticket", "hours", "auto_limit"]
assert o["roles"][0]["approvals"] == 2 and o["roles"][1]["approvers"] == [] and o["roles"][1]["auto_limit"] == "5/week"'
exits 0 show "$id" -j
json show "$work/out" 'assert list(o) == ["version", "kind", "object"] and o["kind"] == "request" and o["object"]["state"] == "approved"'
exits 0 extend g1 --for 30m -r x -j
json extend "$work/out" 'assert list(o) == ["version", "kind", "object"] and o["kind"] == "grant" and o["object"]["origin"] == "local"'
exits 4 request --for 30m -r x -q
exits 4 extend mine --for 30m -r x -j
json "extend by its holder" "$work/out" 'assert o["kind"] == "request" and o["object"]["state"] == "pending"'
exits 0 done -j
json done "$work/out" 'assert o == {"version": 1, "ended": ["g1"], "sessions": ["s1", "s2"], "still": ["g2"]}'
exits 4 explain -j
json explain "$work/out" 'assert o["request"] == "'"$id"'"'
exits 0 status -j
json status "$work/out" 'assert o["to_decide"] == 2 and len(o["requests"]) == 1 and o["breakglass"][0]["account"] == "alice"'

# Nothing that people wrote reaches a terminal as it is (S-42).
for arguments in "request hostile --for 30m -r x" "show $hostile" "approve $hostile" "deny $hostile" "cancel $hostile" \
    "list requests" "roles" "status" "wait $hostile --timeout 100ms" "show $hostile -j" "list requests --json=pretty" "roles -j" \
    "show g1 --reviewed" "extend g1 --for 30m -r x"; do
    run $arguments
    check "jitctl $arguments: says something" test -s "$work/out" -o -s "$work/err"
    printable "$arguments"
done
run list requests
check "one request is one line" test "$(wc -l <"$work/out")" = 2

# Every event is a line, whatever else was asked for.
"$jitctl" watch --json=pretty >"$work/watch" 2>"$work/watch.err" &
watcher=$!
fakes+=("$watcher")
tries=0
until test -s "$work/watch" || test $((tries += 1)) -gt 100; do
    run approve "$id"
    sleep 0.1
done
run deny "$id"
run reload
tries=0
until grep -q file "$work/watch" || test $((tries += 1)) -gt 100; do sleep 0.1; done
kill "$watcher"
wait "$watcher" 2>/dev/null
check "what watch says" python3 - "$work/watch" "$id" <<'END'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
for event in events:
    assert list(event) == ["version", "time_usec", "event", "id", "state", "code", "object"], event
first, last, file = events[0], events[-2], events[-1]
assert (first["event"], first["id"], first["state"], first["code"]) == ("request", sys.argv[2], "approved", None), first
assert first["object"]["account"] == "alice" and first["time_usec"] > 1764000000000000
assert (last["state"], last["object"]["denied_by"]) == ("denied", "olivia"), last
assert (file["event"], file["id"], file["state"], file["code"], file["object"]) == ("file", None, "refused", "ROLLBACK", None), file
END
check "and no word" test ! -s "$work/watch.err"
stop_fakes
exits 2 watch --timeout 1s
JITCTL_TEST_BUS=unix:path=/nonexistent exits 5 watch
warns "the system bus does not answer"
exits 5 roles
exits 5 wait "$id"
warns "systemctl status jitd"

# Errors lead to codes and exits, whichever verb met them.
while read -r exit name code; do
    start_fake bus "$DBUS_SESSION_BUS_ADDRESS" "org.jitd1.Error.$name" "$work/error.log"
    for call in "request --for 30m -r x" "approve one" "redeem $token" "wait one" "extend g1 --for 30m -r x"; do
        exits "$exit" $call
        check "$call, $name: a line" test "$(wc -l <"$work/err")" = 1
        printable "$call, $name"
    done
    exits "$exit" approve one -j
    json "$name" "$work/err" "assert list(o) == ['version', 'error'] and o['error']['code'] == '$code', o"
    stop_fakes
done <<'END'
1 AlreadyDecided ALREADY_DECIDED
3 BadToken BAD_TOKEN
3 TokenUsed TOKEN_USED
3 KeyRevoked KEY_REVOKED
3 KeyUse KEY_USE
3 KeyWindow KEY_WINDOW
3 Self SELF
3 Limit LIMIT
3 Locked LOCKED
3 AccessDenied ACCESS_DENIED
3 RoleUnknown ROLE_UNKNOWN
3 Recovery RECOVERY
1 LimitsExceeded LIMITS_EXCEEDED
1 NotDurable NOT_DURABLE
6 NotFound NOT_FOUND
2 InvalidArgument INVALID_ARGUMENT
END

finish
