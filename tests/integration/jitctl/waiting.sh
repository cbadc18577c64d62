#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Waiting for a decision, with a scripted jitd: waiting.sh JITCTL FAKE, inside dbus-run-session.
set -uo pipefail
jitctl=$(realpath "$1") fake=$2 here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
export JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS JITCTL_TEST_GATE=$work/gate JITCTL_TEST_CONFIG=$work JITCTL_TEST_PATIENT=1
id=00112233445566778899aabbccddeeff
log=$work/bus.log
stop() { kill "$1" && wait "$1" 2>/dev/null; }
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$log"

# A jitd that is away for good is waited for until the request is over. That takes ten seconds: they pass meanwhile.
export JITCTL_TEST_ROOT=1 JITCTL_TEST_GATE=$work/short.gate JITCTL_TEST_BUS=unix:path=/nonexistent
start_fake gate "$work/short.gate" normal "$work/short.log"
run request short --for 30m -r x
"$jitctl" wait "$id" >"$work/short.out" 2>"$work/short.err" </dev/null &
short=$!
until grep -q Show "$work/short.log" || ! kill -0 "$short"; do sleep 0.05; done
stop "${fakes[-1]}"
unset JITCTL_TEST_ROOT
export JITCTL_TEST_GATE=$work/gate JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS

looks() { grep -c "^Show $id" "$log"; }
# runs it in the background until it has looked at the request: waits COMMAND...; its pid in $waiter
waits() {
    local tries=0
    run request --for 30m -r x
    : >"$log"
    "$@" >"$work/wait.out" 2>"$work/wait.err" </dev/null &
    waiter=$!
    fakes+=("$waiter")
    until [ "$(looks)" -gt 0 ] || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
    since=$(date +%s%N)
}
ended() {  # ended CODE WHAT: the waiter, at once
    rc=0
    wait "$waiter" || rc=$?
    local took=$((($(date +%s%N) - since) / 1000000))
    cp "$work/wait.out" "$work/out"
    cp "$work/wait.err" "$work/err"
    check "$2: exits $rc, not $1" test "$rc" = "$1"
    check "$2: took $took ms" test "$took" -lt 5000
}

# A decision ends the wait at once: jitd tells of it and is not asked again and again. Off a terminal nothing else is said.
waits "$jitctl" wait "$id"
sleep 2.5
since=$(date +%s%N)
run approve "$id"
ended 0 "an approval"
is "request $id for role root is approved: grant 89abcdef0123456789abcdef01234567, 15min"
check "silence until then" test ! -s "$work/err"
check "it looked twice, not $(looks) times" test "$(looks)" = 2
waits "$jitctl" wait "$id"
run deny "$id" -r "not today"
ended 3 "a denial"
is "request $id for role root is denied by olivia: not today"
waits "$jitctl" wait "$id" -q
run cancel "$id"
ended 3 "a withdrawal"
silent
waits "$jitctl" wait "$id" --json=short
run approve "$id"
ended 0 "with JSON"
check "one object" python3 -c 'import json, sys
o = json.load(open(sys.argv[1]))
assert o["state"] == "approved" and o["version"] == 1' "$work/out"
exits 0 wait "$id"
says "is approved"

# request --wait says first what it waits for.
waits "$jitctl" request --for 30m -r x --wait
run approve "$id"
ended 0 "request --wait"
warns "request $id for role root waits for 2 of"
says "is approved"
waits "$jitctl" request --for 30m -r x --wait -q
check "the id before the decision" grep -qx "$id" "$work/wait.out"
run deny "$id"
ended 3 "request --wait -q"
is "$id"
exits 0 request auto --for 30m -r x --wait
says "is approved"

# No longer than it may.
run request --for 30m -r x
exits 124 wait "$id" --timeout 300ms
warns "timed out: request $id still waits. Go on: jitctl wait $id; take it back: jitctl cancel $id"
exits 124 request --for 30m -r x --wait --timeout 1s -j
check "JSON of a timeout" grep -q '"code":"TIMEOUT"' "$work/err"
check "and nothing else" test ! -s "$work/out"
exits 6 wait 0123456789abcdef0123456789abcdef
warns "not a request"

# An interrupt ends the wait, by the signal, and the request stays.
waits "$jitctl" wait "$id"
kill -TERM "$waiter"
ended 143 "SIGTERM"
warns "request $id still waits. Go on: jitctl wait $id; take it back: jitctl cancel $id"
waits env --default-signal=INT "$jitctl" wait "$id" -q
kill -INT "$waiter"
ended 130 "SIGINT, -q"
silent
exits 0 show "$id"
says "$id, pending"
waits nohup "$jitctl" wait "$id"
kill -HUP "$waiter"
kill -INT "$waiter"  # ignored in the background of a script
run approve "$id"
ended 0 "signals that were ignored before"

# On a terminal one line is written over and over, and gone in the end.
terminal() { python3 "$here/terminal.py" "$@"; }
waits terminal -- "$jitctl" wait "$id"
sleep 3  # two more looks at the clock
run approve "$id"
ended 0 "on a terminal"
says "left, waiting for 2 of @leads, principal:olivia"
check "no line but the last" test "$(grep -c . "$work/out")" = 1
check "the line is cleared before the answer" python3 -c 'import sys
shown = open(sys.argv[1], "rb").read()
lines = shown.split(b"\r\x1b[K")
assert len(lines) >= 4 and lines[-1].startswith(b"request ") and all(len(line) < 80 for line in lines[:-1]), lines' "$work/out"
waits terminal 'waiting for' '\x03' -- "$jitctl" wait "$id"
ended 130 "Ctrl-C"
says "still waits. Go on: jitctl wait $id"
waits terminal -- "$jitctl" wait "$id" -q
run approve "$id"
ended 0 "-q on a terminal"
silent
waits terminal -- "$jitctl" wait "$id" --json=short
run approve "$id"
ended 0 "JSON on a terminal"
check "nothing but the object" python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/out"

# The jitd after a restart is listened to as well.
waits "$jitctl" wait "$id"
stop "${fakes[0]}"
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$log"
run approve "$id"
ended 0 "a restart"
stop "${fakes[-1]}"

# Root waits at the gate, also when the bus goes away, and does not run hot.
export JITCTL_TEST_ROOT=1
exec {address}< <(dbus-daemon --session --nofork --print-address=1 --print-pid=1 2>/dev/null)
read -r JITCTL_TEST_BUS <&"$address"
read -r daemon <&"$address"
start_fake gate "$work/gate" normal "$log"
gate=${fakes[-1]}
waits "$jitctl" wait "$id"
kill "$daemon"
sleep 3
check "it looks about once a second, not $(looks) times in three" test "$(looks)" -lt 8
check "and still" kill -0 "$waiter"

# That jitd is away is no reason to give up.
stop "$gate"
sleep 1.5
rm "$work/gate"
start_fake gate "$work/gate" normal "$log"
since=$(date +%s%N)
run approve "$id"
ended 0 "with the bus gone"
waits "$jitctl" wait "$id" --timeout 200ms
ended 124 "a timeout with the bus gone"

rc=0
wait "$short" || rc=$?
cp "$work/short.out" "$work/out"
cp "$work/short.err" "$work/err"
check "away for good: exits $rc, not 5" test "$rc" = 5
warns "systemctl status jitd"

finish
