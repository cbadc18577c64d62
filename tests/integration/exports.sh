#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A module shows its host these symbols and brings it these libraries beside libsystemd and libc (S-09, S-13); no
# libstdc++, no environment.
# usage: exports.sh MODULE "SYMBOL..." [LIBRARY]
set -eu
fail() { echo "$1" >&2; exit 1; }

exported=$(nm -D --defined-only "$1" | awk '{print $3}' | sort | tr '\n' ' ')
[ "$exported" = "$2 " ] || fail "exports: $exported"
for library in $(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
    case $library in
        libsystemd.so.0 | libc.so.6 | ld-linux* | "${3:-}") ;;
        *) fail "needs $library" ;;
    esac
done
undefined=$(nm -D --undefined-only "$1" | awk '{print $2}')
for symbol in $undefined; do
    case $symbol in
        _Z* | __gxx_* | _Unwind_* | getenv* | secure_getenv*) fail "uses $symbol" ;;
        # These wait without limit for a stuck peer, or read the environment.
        sd_bus_call@* | sd_bus_call_method@* | sd_bus_flush* | sd_bus_open* | sd_bus_default* | sd_bus_wait@* | \
            sd_bus_get_unique_name@* | sd_bus_get_bus_id@*) fail "uses $symbol" ;;
        openlog@* | syslog@* | __syslog_chk@* | sigprocmask@* | signal@* | sigaction@* | umask@* | chdir@*)
            fail "changes its host: $symbol" ;;
    esac
done
