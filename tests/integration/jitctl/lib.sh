# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Checks for the scripts beside this one; sourced. $jitctl and $fake are programs, $work an empty folder.
failed=0
passed=0
work=$(mktemp -d)
fakes=()

cleanup() {
    for pid in "${fakes[@]}"; do kill "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap cleanup EXIT

ok() { passed=$((passed + 1)); }
not_ok() {
    failed=$((failed + 1))
    echo "FAILED: $*"
    head -qn 5 "$work/err" "$work/out" 2>/dev/null | sed 's/^/    | /' | cat -v
}
check() {  # check WHAT COMMAND...
    local what=$1
    shift
    if "$@"; then ok; else not_ok "$what"; fi
}
# runs jitctl: exit code in $rc, output in $work/out and $work/err
run() {
    rc=0
    "$jitctl" "$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
}
exits() {  # exits CODE ARGUMENTS...
    local code=$1
    shift
    run "$@"
    check "jitctl $* exits $rc, not $code" test "$rc" = "$code"
}
says() { check "stdout of the last command lacks: $1" grep -qF -- "$1" "$work/out"; }
warns() { check "stderr of the last command lacks: $1" grep -qF -- "$1" "$work/err"; }
is() { check "stdout of the last command is not: $1" test "$(cat "$work/out")" = "$1"; }
silent() { check "the last command said something" test ! -s "$work/out" -a ! -s "$work/err"; }
printable() {
    check "$1: a byte a terminal acts on" \
        python3 -c 'import sys, unicodedata
text = b"".join(open(f, "rb").read() for f in sys.argv[1:]).decode("utf-8")
sys.exit(any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\n\t" for c in text))' \
        "$work/out" "$work/err"
}
# starts a fake and waits until it listens: start_fake bus|gate ADDRESS MODE LOG
start_fake() {
    local ready=$work/ready.$RANDOM
    mkfifo "$ready"
    "$fake" "$@" >"$ready" &
    fakes+=("$!")
    read -r _ <"$ready"
    rm "$ready"
}
stop_fakes() {
    for pid in "${fakes[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    fakes=()
}
finish() {
    echo "$passed passed, $failed failed"
    test "$failed" = 0
}
