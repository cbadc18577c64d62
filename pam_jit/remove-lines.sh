#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Takes every line that `jitctl pam enable` wrote out of /etc/pam.d, without jitctl: the package runs it
# before pam_jit.so goes, because a missing module denies everybody.
# usage: remove-lines.sh [/etc/pam.d]
set -eu
folder=${1:-/etc/pam.d}
marker='# jitctl pam enable [a-z][a-z]*\( (new file)\)\{0,1\}[[:space:]]*$'

for file in "$folder"/*; do
    [ -f "$file" ] && grep -q "$marker" "$file" || continue
    # A new file that holds nothing else was not there before.
    if grep -q '# jitctl pam enable [a-z][a-z]* (new file)' "$file" && ! grep -qv "$marker" "$file"; then
        rm -f -- "$file"
        continue
    fi
    # Our last line without a newline stands for a last line without one before it.
    bare=
    if [ -n "$(tail -c 1 "$file")" ] && tail -n 1 "$file" | grep -q "$marker"; then bare=1; fi
    sed -i --follow-symlinks "/$marker/d" "$file"
    if [ -n "$bare" ] && [ -s "$file" ]; then truncate -s -1 "$file"; fi
done
