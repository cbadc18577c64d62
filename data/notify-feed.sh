#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Feeds the lines of jitctl watch to the admin's /etc/jit/notify. When one of the two ends, so does this: systemd ends
# what is left and begins anew. See jit-notify.service(8).
set -u

lines=$RUNTIME_DIRECTORY/lines
mkfifo -m 0600 "$lines" || exit
jitctl watch --json=short >"$lines" &
/etc/jit/notify <"$lines" &
notify=$!

wait -n -p ended
code=$?
if [ "${ended-}" != "$notify" ]; then
    # Its input has ended, and it has some time to deal with what it was given.
    sleep 10 &
    wait -n "$notify" "$!" || code=$?
fi
exit "$code"
