#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# jitctl log for who may not read the journal, against a scripted jitd: log.sh JITCTL FAKE, inside dbus-run-session.
set -uo pipefail
jitctl=$(realpath "$1") fake=$2
. "$(dirname "$0")/lib.sh"
export JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS JITCTL_TEST_GATE=$work/gate JITCTL_TEST_PATIENT=1
calls=$work/calls

exits 5 log
warns "systemctl status jitd"

start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$calls"
numbers() { check "the records of jitctl log $1 are not $2" test "$(grep -o '"seq":"[0-9]*"' "$work/out" | tr -dc '0-9\n' | tr '\n' ' ')" = "$2 "; }
asked() { check "jitd was not asked: $1" test "$(cat "$calls")" = "$1"; : >"$calls"; }
shows() {  # shows NUMBERS ARGUMENTS...
    local expected=$1
    shift
    : >"$calls"
    exits 0 log -j "$@"
    numbers "$*" "$expected"
}

# Page by page, in both directions; a record that was sent twice is shown once.
shows "1 2 3 4 5"
asked "ListRecords oldest true
ListRecords after c2 oldest true
ListRecords after c4 oldest true
ListRecords after c6 oldest true"
shows "5 4 3 2 1" -r
asked "ListRecords
ListRecords before c5
ListRecords before c3
ListRecords before c1"
shows "4 5" -n 2
shows "5 4" -n 2 -r
shows "3 4 5" -n 3

# What is asked arrives as it was asked.
shows "5" -n 1 --user alice,bob --user carol --actor olivia --grant g --request r --session s --event 'session.*' --code EXPIRED \
    --role dba --service sudo --target postgres --until @4102444800
check "the filter as jitd saw it" test "$(head -n 1 "$calls")" = "ListRecords user alice,bob,carol actor olivia grant g \
request r session s event session.* code EXPIRED role dba service sudo target postgres until_usec 4102444800000000"
: >"$calls"
exits 0 log -j --since @4102444800 --until @4102444801
check "what jitd sends of other times is not shown" test ! -s "$work/out"
span="since_usec 4102444800000000 until_usec 4102444801000000"
asked "ListRecords $span oldest true
ListRecords after c2 $span oldest true
ListRecords after c4 $span oldest true
ListRecords after c6 $span oldest true"
exits 0 log -j -n 1 -b
check "this boot" grep -q "^ListRecords boot $(tr -d - </proc/sys/kernel/random/boot_id)\$" "$calls"

exits 0 log
check "one record is one line" test "$(wc -l <"$work/out")" = 5
printable log
exits 0 log --json=pretty
check "one object is one line, whatever the layout" test "$(wc -l <"$work/out")" = 5

# It goes on from the last one.
: >"$calls"
"$jitctl" log -j -n 1 --follow >"$work/out" 2>"$work/err" &
follow=$!
fakes+=("$follow")
end=$((SECONDS + 20))
until [ "$(grep -c '^ListRecords after c6 ' "$calls")" -ge 2 ] || [ $SECONDS -ge $end ]; do sleep 0.05; done
check "asks again for what is new" test "$(grep -c '^ListRecords after c6 ' "$calls")" -ge 2
kill "$follow"
wait "$follow" 2>/dev/null
numbers "-n 1 --follow" 5
stop_fakes

exits 2 log --event 'sesion.*'
warns "no kind of record"
exits 2 log --user ,
exits 2 log -r -f
exits 2 log --verify --session x
warns "whole trail"

start_fake bus "$DBUS_SESSION_BUS_ADDRESS" org.jitd1.Error.AccessDenied "$calls"
exits 3 log --user bob
stop_fakes
start_fake bus "$DBUS_SESSION_BUS_ADDRESS" org.jitd1.Error.LimitsExceeded "$calls"
: >"$calls"
unset JITCTL_TEST_PATIENT
exits 1 log
check "another jitctl of the same person may be asking" test "$(wc -l <"$calls")" -ge 2
stop_fakes

finish
