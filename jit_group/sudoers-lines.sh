#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Takes group_plugin="jit_group.so" out of sudoers: without the plugin sudo complains at every run of everybody.
# Run as root, by the package's script, before the plugin goes.
#
# usage: sudoers-lines.sh disable [ROOT]
#   disable  comments the lines out in /etc/sudoers.d; names those that have to go by hand, and fails then
set -u
export LC_ALL=C
root=${2:-}
sudoers=$root/etc/sudoers
gap='[[:space:]]*'
plugin="([^\",[:space:]]*/)?jit_group\\.so"
# The line says this and nothing else.
alone="^${gap}Defaults[^[:space:]]*[[:space:]]+group_plugin$gap=$gap(\"$plugin([[:space:]][^\"]*)?\"|$plugin)$gap(#.*)?\$"
any="^[^#]*group_plugin$gap=(.*[\"/[:space:]])?jit_group\\.so"
failed=

say() { printf 'jit: %s\n' "$*" >&2; }

is_good() { ! command -v visudo >/dev/null || visudo -cqf "$1" >/dev/null; }

# comment_out FILE: in one step; a link stays a link. sudo reads no name with a dot.
comment_out() {
    target=$(readlink -f -- "$1")
    new=$(mktemp "${target%/*}/.${target##*/}.jit-XXXXXX" 2>/dev/null)
    if [ -n "$new" ] && cp --attributes-only --preserve=all -- "$target" "$new" &&
        sed -E "\\@$alone@s/^/# jitd was removed: /" <"$target" >"$new" && is_good "$new" && sync -- "$new" &&
        mv -f -- "$new" "$target" 2>/dev/null; then
        say "$1: group_plugin is commented out: its plugin goes with the package jitd"
        return
    fi
    [ -z "$new" ] || rm -f -- "$new"
}

disable() {
    for file in "$sudoers".d/* "$sudoers"; do
        case ${file##*/} in *.* | *~) continue ;; esac # sudo leaves these out
        [ -f "$file" ] || continue
        if [ "$file" != "$sudoers" ] && grep -Eq "$alone" "$file"; then comment_out "$file"; fi
        left=$(grep -En "$any" "$file" | cut -d : -f 1)
        for line in $left; do
            say "$file:$line: take group_plugin out by hand, with visudo: its plugin goes with the package jitd, and" \
                "without it sudo complains at every run"
            failed=1
        done
    done
}

case ${1:-} in
disable) disable ;;
*) say "usage: sudoers-lines.sh disable [ROOT]" && exit 2 ;;
esac
[ -z "$failed" ]
