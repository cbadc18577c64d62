#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# jitctl watch on a bus of its own, with a scripted jitd that sends signals: watch.sh JITCTL FAKE.
set -uo pipefail
jitctl=$(realpath "$1") fake=$(realpath "$2")
. "$(dirname "$0")/lib.sh"
address=unix:path=$work/bus
export JITCTL_TEST_BUS=$address JITCTL_TEST_GATE=$work/none
lines=$work/lines

soon() {  # soon WHAT COMMAND...: true within 20 s
    local what=$1 end=$((SECONDS + 20))
    shift
    until "$@" 2>/dev/null; do
        if [ $SECONDS -ge $end ]; then not_ok "not within 20 s: $what"; return 1; fi
        sleep 0.02
    done
    ok
}
start_bus() {
    dbus-daemon --session --nofork --nopidfile --address="$address" &
    bus=$!
    soon "a bus" busctl --address="$address" list >/dev/null
}
emit() {  # emit MEMBER ID STATE [COUNT]
    busctl --address="$address" call org.jitd1 /org/jitd1 test.Signals Emit sssu "$1" "$2" "$3" "${4:-1}"
}
# Starts a watch whose lines go to $1; returns when it listens.
watch_into() {
    local into=$1
    shift
    : >"$lines"
    "$jitctl" watch "$@" >"$into" 2>"$work/err" &
    watch=$!
    fakes+=("$watch")
}
listens() { emit FileChanged probe ""; has '"state": *"probe"'; }
has() { grep -q -- "$1" "$lines"; }
over() { ! kill -0 "$watch"; }
ended() {  # ended CODE: the watch ends by itself
    local rc=0
    soon "watch ends" over || kill "$watch"
    wait "$watch" || rc=$?
    check "watch exits $rc, not $1" test "$rc" = "$1"
}
told() {  # told SCRIPT: python, with `told`, what was printed but the probes
    python3 - "$lines" 2>"$work/why" <<PYTHON
import json, sys
rest, told = open(sys.argv[1]).read(), []
while rest.strip():
    object, end = json.JSONDecoder().raw_decode(rest := rest.lstrip())
    rest = rest[end:]
    told += [object] if object["state"] != "probe" else []
$1
PYTHON
}

export JITCTL_TEST_BUS=unix:path=$work/nowhere
exits 5 watch
warns "the system bus does not answer"
export JITCTL_TEST_BUS=$address
start_bus
start_fake bus "$address" normal "$work/log"
jitd=${fakes[-1]}

# A line an event, in their order, each when it happens; of what the caller may not see there is the id alone.
watch_into "$lines"
soon "it listens" listens
emit RequestChanged r1 pending
soon "the line while watch goes on" has '"id":"r1"'
emit RequestChanged r1 approved
emit SessionChanged hidden open
emit GrantChanged "" active
emit FileChanged refused ROLLBACK
emit LaterChanged x y
emit GrantChanged last active
soon "the last line" has '"id":"last"'
check "the lines: $(cat "$lines")" told '
assert all(list(t) == ["version", "time_usec", "event", "id", "state", "code", "object"] for t in told), told
assert all(t["version"] == 1 and t["time_usec"] > 1700000000000000 for t in told)
assert [(t["event"], t["id"], t["state"], t["code"], t["object"] is None) for t in told] == [
    ("request", "r1", "pending", None, False), ("request", "r1", "approved", None, False), ("session", "hidden", "open", None, True),
    ("grant", None, "active", None, True), ("file", None, "refused", "ROLLBACK", True), ("grant", "last", "active", None, False)]
assert told[0]["object"]["account"] == "alice" and told[0]["object"]["ticket"] is None'
check "one event is one line" test "$(wc -l <"$lines")" = "$(grep -c '^{"version":1,.*}$' "$lines")"
check "nothing is said" test ! -s "$work/err"

# Others may send what they like.
own=$(busctl --address="$address" list --no-legend --unique | awk -v pid="$watch" '$2 == pid { print $1 }')
check "its name on the bus" test -n "$own"
for to in "" "--destination=$own"; do
    check "a forged signal $to" busctl --address="$address" $to emit /org/jitd1 org.jitd1.Manager GrantChanged ss forged active
done
emit GrantChanged true active
soon "the true one" has '"id":"true"'
check "the forged ones make no line" told 'assert not [t for t in told if t["id"] == "forged"]'

# jitd is restarted.
kill "$jitd"
wait "$jitd" 2>/dev/null
start_fake bus "$address" normal "$work/log"
emit GrantChanged after active
soon "an event of the next jitd" has '"id":"after"'
emit RequestChanged later pending
soon "the line of what jitd did not answer at first" has '"id":"later"'
check "it has its object" told 'assert told[-1]["id"] == "later" and told[-1]["object"]'
check "nothing is said: $(cat "$work/err")" test ! -s "$work/err"
kill "$watch"
wait "$watch" 2>/dev/null

# Whatever reads it reads lines, also when --json=pretty is in a habit or an alias.
watch_into "$lines" --json=pretty
soon "it listens" listens
emit RequestChanged r2 pending
soon "the object" has '"id":"r2"'
check "each is a line" test "$(grep -vc '^{.*}$' "$lines")" = 0
check "the same objects" told 'assert [t["id"] for t in told] == ["r2"] and told[0]["object"]'
kill "$watch"
wait "$watch" 2>/dev/null

# Its reader goes: it ends at once, without a word.
mkfifo "$work/fifo"
watch_into "$work/fifo"
exec 8<"$work/fifo"
soon "it listens" emit FileChanged probe ""
exec 8<&-
ended 0
check "nothing is said: $(cat "$work/err")" test ! -s "$work/err"
watch_into /dev/full
fails() { emit FileChanged probe "" && over; }
soon "it writes, and fails" fails
ended 1
warns "No space left"

# A reader that is slow: what waits is bounded, sessions go first, and it is said how many.
exec 8<>"$work/fifo"
watch_into "$work/fifo"
hears() { emit FileChanged probe "" && read -r -t 0.1 _ <&8; }
soon "it listens" hears
emit SessionChanged s1 open 3000
emit RequestChanged important pending
emit SessionChanged s2 open 60000
soon "it says so" grep -q 'dropped' "$work/err"
memory=$(awk '/VmRSS/ { print $2 }' "/proc/$watch/status")
check "resident $memory kB" test "$memory" -lt 16384
cat <&8 >"$lines" &
reader=$!
emit GrantChanged last active
soon "the last line" has '"id":"last"'
check "the request is not among the dropped" has '"id":"important"'
counted() {
    dropped=$(($(sed -n 's/.*watch: \([0-9]*\) events\{0,1\} w.*/\1/p' "$work/err" | paste -sd+)))
    told "assert len(told) + $dropped == 63002 and len(told) < 3000, len(told)"
}
soon "all are told or counted: $(wc -l <"$lines") $(cat "$work/err")" counted
kill "$reader" "$watch"
wait "$watch" 2>/dev/null
exec 8<&-

# The bus goes.
watch_into "$lines" --json=short
soon "it listens" listens
kill "$bus"
ended 5
warns '{"version":1,"error":{"code":"UNREACHABLE","message":"the system bus does not answer: '

finish
