#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The lines of `jitctl pam enable`, without jitctl and without jitd: what has to work when nothing else does.
# Run as root: at boot, by the timers of --confirm, by the packages' scripts. Touches marked lines only.
#
# usage: pam-lines.sh disable|revert|restore [ROOT [INSTANCE]]
#   disable  nothing is gated and nothing of it remembered: a module that is not there denies everybody
#   revert   what nobody confirmed in time, or before a reboot, becomes what it was
#   restore  gates again what is enabled, and lost its lines because a package replaced the file
set -u
export LC_ALL=C
root=${2:-}
instance=${3:-}
pam=$root/etc/pam.d
state=$root/var/lib/jit-pam
mark='# jitctl pam enable'
end='\( (new file)\)\{0,1\}[[:space:]]*$'
newline='
'
failed=

say() { printf 'jit: %s\n' "$*" >&2; }

marked() { grep -q "$mark $1$end" "$2" 2>/dev/null; } # SERVICE, a pattern; FILE

# replace FILE FILTER...: in one step; a link stays a link.
replace() {
    target=$(readlink -f -- "$1")
    shift
    new=$(mktemp "${target%/*}/.${target##*/}.jit-XXXXXX" 2>/dev/null)
    if [ -n "$new" ] && cp --attributes-only --preserve=all -- "$target" "$new" && "$@" <"$target" >"$new" &&
        sync -- "$new" && mv -f -- "$new" "$target" 2>/dev/null; then
        sync -- "${target%/*}"
        return
    fi
    [ -z "$new" ] || rm -f -- "$new"
    say "$target: cannot be changed (immutable? lsattr, chattr -i; read-only or full?);" \
        "otherwise edit it by hand, as root: take out the lines that end in '$mark ...'"
    failed=1
}

without() { sed "/$mark $1$end/d"; }
# A marked last line without a newline stands for a last line without one before it.
without_bare() { without "$1" | head -c -1; }

take_out() { # SERVICE, a pattern
    for file in "$pam"/*; do
        if [ ! -f "$file" ] || ! marked "$1" "$file"; then continue; fi
        # A new file that holds nothing else was not there before.
        if grep -q "$mark $1 (new file)" "$file" && [ -z "$(without "$1" <"$file")" ]; then
            rm -f -- "$file" 2>/dev/null || { say "$file: cannot be removed; remove it by hand, as root"; failed=1; }
        elif [ -n "$(tail -c 1 "$file")" ] && tail -n 1 "$file" | grep -q "$mark $1$end"; then
            replace "$file" without_bare "$1"
        else
            replace "$file" without "$1"
        fi
    done
}

# -- disable

disable() {
    take_out '[a-z][a-z]*'
    [ -z "$failed" ] || return
    # Copies of edits that were cut off have lines, too.
    rm -f -- "$pam"/.*.jit-?????? "$state"/enabled-* "$state"/pending-* "$state"/reverted-* "$state"/*.new
    if [ -z "$root" ] && [ -d /run/systemd/system ]; then systemctl stop 'jit-pam-revert@*.timer' 2>/dev/null; fi
    for file in "$pam"/*; do
        if grep -q '^[^#]*pam_jit\.so' "$file" 2>/dev/null; then
            say "$file: has a line of pam_jit.so that jitctl did not write; without the module it denies everybody" \
                "unless it is optional: take it out by hand"
        fi
    done
}

# -- revert

value() { sed -n "s/^$1=//p" "$2" 2>/dev/null | head -n 1; } # KEY FILE

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }

# A reboot of user space alone keeps the kernel and its boot id, but no timer.
timer_is_gone() { [ "$instance" = boot ] && ! systemctl --quiet is-active "$(value timer "$1")"; }

# why FILE: "reboot" or "deadline"; nothing when there is time left. What cannot be read is due.
why() {
    if [ "$(value boot_id "$1")" != "$(cat "$root/proc/sys/kernel/random/boot_id")" ] || timer_is_gone "$1"; then
        echo reboot
        return
    fi
    wall=$(value wall "$1") boot=$(value boot "$1")
    read -r uptime _ <"$root/proc/uptime"
    # By either clock: the one may be set, the other does not count every suspend.
    if ! is_number "$wall" || ! is_number "$boot" || [ "$(date +%s)" -ge "$wall" ] || [ "${uptime%.*}" -ge "$boot" ]; then
        echo deadline
    fi
}

# Somebody may have lined up the columns.
gap='[[:space:]]\{1,\}'
asks="[a-z]*${gap}requisite${gap}pam_jit\\.so"

to_permissive() { sed "s/^\\($asks\\)$gap\\($mark $1$end\\)/\\1 permissive \\2/"; }
to_on() { sed "s/^\\($asks\\)${gap}permissive$gap\\($mark $1$end\\)/\\1 \\2/"; }
# A su that is gated no more still keeps a nested session in its scope, while sudo is gated.
to_nest() {
    sed -e "/^account .*pam_jit\\.so.*$mark su[[:space:]]*\$/d" \
        -e "s/^session${gap}requisite${gap}pam_jit\\.so.*$mark su[[:space:]]*\$/session optional pam_jit.so nest $mark sudo/" \
        -e "s/^session${gap}required${gap}pam_jit\\.so${gap}scope$gap$mark su[[:space:]]*\$/session optional pam_jit.so scope nest $mark sudo/" \
        -e "s/$mark su (new file)/$mark sudo (new file)/"
}

# stands_as UNDO SERVICE: every line of the service says so.
stands_as() {
    case $1 in
    permissive) ! grep -sq "^$asks$gap$mark $2$end" "$pam"/* ;;
    on) ! grep -sq "permissive.*$mark $2$end" "$pam"/* ;;
    nest) ! grep -sq "$mark su$end" "$pam"/* ;;
    esac
}

back_to() { # UNDO SERVICE
    case $1 in permissive | on) ;; nest) marked sudo "$pam/sudo" ;; *) false ;; esac || { take_out "$2"; return; }
    for file in "$pam"/*; do
        if [ -f "$file" ] && marked "$2" "$file"; then replace "$file" "to_$1" "$2"; fi
    done
    # Lines that somebody has made others: only without them people get in for certain.
    [ -n "$failed" ] || stands_as "$1" "$2" || take_out "$2"
}

remember() { # FILE LINE...
    kept=$1
    shift
    printf '%s\n' "$@" >"$kept.new" && sync -- "$kept.new" && mv -f -- "$kept.new" "$kept"
}

revert() {
    some_failed=
    for pending in "$state"/pending-*; do
        service=${pending##*/pending-}
        case $service in sudo | su | sshd) ;; *) continue ;; esac
        reason=$(why "$pending")
        [ -n "$reason" ] || continue
        undo=$(value undo "$pending")
        failed=
        back_to "$undo" "$service"
        if [ -n "$failed" ]; then
            say "pam $service: not all of it is reverted; try again: systemctl start jit-pam-revert@again"
            some_failed=1
            continue
        fi
        case $undo in permissive | on) marked "$service" "$pam/$service" ;; *) false ;; esac || undo=off
        if [ "$undo" = off ] || ! remember "$state/enabled-$service" "mode=$undo"; then
            rm -f -- "$state/enabled-$service"
        fi
        remember "$state/reverted-$service" "undo=$undo" "why=$reason" "wall=$(date +%s)"
        rm -f -- "$pending"
        sync -- "$state"
        say "pam $service: back to $undo, because nobody ran 'jitctl pam confirm' before the $reason"
    done
    failed=$some_failed
    # A full disk, or a file that a tool holds, may pass.
    if [ -n "$failed" ] && [ -z "$root" ]; then
        systemd-run --quiet --on-active=30s --unit=jit-pam-revert@again.service 2>/dev/null
    fi
}

# -- restore

rule='^[[:space:]]*[^#[:space:]]'

has_module() {
    for module in "$root"/usr/lib*/security/pam_jit.so "$root"/usr/lib/*/security/pam_jit.so "$root"/lib/*/security/pam_jit.so; do
        [ ! -f "$module" ] || return 0
    done
    return 1
}

# comes_with TYPE FILE SIBLING: the file takes that stack from its sibling, which has the lines.
comes_with() {
    grep -Eiq "^[[:space:]]*(@include|-?$1[[:space:]]+(include|substack))[[:space:]]+([^[:space:]]*/)?$3([[:space:]]|\$)" "$2"
}

# around TOP BOTTOM BARE: lines before the first rule of all, and one behind the last. BARE: the file has a last line
# without a newline; then so has the new one.
around() {
    if [ -z "$1" ]; then cat; else sed "0,/$rule/{/$rule/{
$(printf '%s\n' "$1" | sed 's/^/i /')
}
}"; fi
    if [ -z "$2" ]; then return; fi
    if [ -n "$3" ]; then printf '\n%s' "$2"; else printf '%s\n' "$2"; fi
}

put_in() { # FILE SIBLING OWNER KIND
    file=$pam/$1
    if [ ! -e "$file" ]; then
        base=other
        [ ! -e "$root/usr/lib/pam.d/$1" ] || base=/usr/lib/pam.d/$1
        for type in auth account password session; do echo "$type include $base $mark $3 (new file)"; done >"$file"
    elif marked "$3" "$file"; then
        return
    elif [ "$3" = su ] && marked sudo "$file"; then
        replace "$file" without sudo # su was not gated, but sudo
    elif grep -q '^[^#]*pam_jit\.so' "$file"; then
        [ "$4" = nest ] || say "$file: has lines of pam_jit.so that jitctl did not write, and is left as it is"
        return
    fi
    case $4 in
    nest) account='' session='optional pam_jit.so nest' scope='optional pam_jit.so scope nest' ;;
    permissive) account='requisite pam_jit.so permissive' session=$account scope='required pam_jit.so scope' ;;
    *) account='requisite pam_jit.so' session=$account scope='required pam_jit.so scope' ;;
    esac
    if [ "$1" = sshd ]; then scope=; fi
    if comes_with account "$file" "$2"; then account=; fi
    if comes_with session "$file" "$2"; then session='' scope=; fi
    top=${account:+account $account $mark $3}
    bottom=${scope:+session $scope $mark $3}
    top=$top${session:+${top:+$newline}session $session $mark $3}
    [ -n "$top" ] || return 0
    grep -q "$rule" "$file" || bottom=$top${bottom:+$newline$bottom} top=
    replace "$file" around "$top" "$bottom" "$(tail -c 1 "$file")"
    [ -n "$failed" ] || say "$file: was replaced, is gated again; not wanted: jitctl pam disable $3"
}

is_there() { [ -e "$pam/$1" ] || [ -e "$root/usr/lib/pam.d/$1" ]; }

restore() {
    has_module || return
    for service in sudo su sshd; do
        if [ ! -f "$state/enabled-$service" ] || ! is_there "$service"; then continue; fi
        mode=$(value mode "$state/enabled-$service")
        case $service in
        sudo) put_in sudo sudo-i sudo "$mode"; put_in sudo-i sudo sudo "$mode" ;;
        su) put_in su su-l su "$mode"; put_in su-l su su "$mode" ;;
        sshd) put_in sshd none sshd "$mode" ;;
        esac
    done
    if [ -f "$state/enabled-sudo" ] && [ ! -f "$state/enabled-su" ] && is_there su; then
        put_in su su-l sudo nest; put_in su-l su sudo nest
    fi
}

# Not while jitctl edits; but one that is stuck keeps nobody from being let in again.
if [ -d "$state" ] && exec 9<"$state"; then flock -w 10 9; fi
case ${1:-} in
disable | revert | restore) "$1" ;;
*) say "usage: pam-lines.sh disable|revert|restore [ROOT [INSTANCE]]" && exit 2 ;;
esac
[ -z "$failed" ]
