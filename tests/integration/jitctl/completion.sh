#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the shells offer, with a jitctl that lists fixed ids: completion.sh JITCTL COMPLETIONS.
set -uo pipefail
jitctl=$(realpath "$1") fake='' completions=$2
. "$(dirname "$0")/lib.sh"

mkdir "$work/bin"
cat >"$work/bin/jitctl" <<'END'
#!/bin/sh
case "$*" in
    "list grants"*) echo grant-1; echo grant-2 ;;
    "list sessions"*) echo session-1 ;;
esac
END
chmod +x "$work/bin/jitctl"
PATH=$work/bin:$PATH
. "$completions/jitctl.bash"

offers() {  # offers EXPECTED WORDS...: the last word is being typed
    local expected=$1
    shift
    COMP_WORDS=(jitctl "$@")
    COMP_CWORD=$#
    _jitctl 2>/dev/null
    check "jitctl $*: offers ${COMPREPLY[*]}, not $expected" test "${COMPREPLY[*]}" = "$expected"
}
offers "status" st
offers "grant-1 grant-2" revoke ""
offers "session-1" revoke --session ""
offers "grant-1 grant-2" log --grant gr
offers "grant-1 grant-2 session-1" show ""
offers "--reason" revoke --re
offers "" revoke --reason ""
offers "pretty" --json = p
offers "status" --json = short st
offers "--json=" list --j
offers "sudo su sshd" pam enable s
offers "root" grant roo
offers "--against-accepted" verify file --ag
touch "$work/grants.toml"
offers "$work/grants.toml" verify "$work/gr"
offers "check" policy ch
offers "$work/grants.toml" policy check "$work/gr"
offers "$work/grants.toml" grant alice --file "$work/gr"

# Every option in the help of a verb is known to every shell, and nothing else is offered.
for verb in status grant revoke list show explain log sign verify reload pam trust host policy doctor; do
    "$jitctl" "$verb" --help >"$work/out"
    options=$(grep -oE -- '--[a-z-]+' "$work/out" | grep -vE '^--(help|version)$' | sort -u)
    for option in $options; do
        check "bash: $verb $option" grep -qw -- "$option" <<<"$(_jitctl_options "$verb")"
        check "zsh: $verb $option" grep -q -- "${option}[]=}[]" "$completions/jitctl.zsh"
        check "man page: $verb $option" grep -qw -- "\\*$option\\*" "$completions/../../man/jitctl.1.scd"
        check "fish: $verb $option" grep -q -- "-l ${option#--} " "$completions/jitctl.fish"
    done
    for option in $(_jitctl_options "$verb"); do
        option=${option%=}
        case $option in --json | --quiet | --no-legend | --no-pager | --help) continue ;; esac
        check "jitctl $verb has no $option" grep -qw -- "$option" <<<"$options"
    done
done

for shell in zsh fish; do
    if command -v "$shell" >/dev/null; then
        check "$shell reads its file" "$shell" -n "$completions/jitctl.$shell"
    else
        echo "skipped: no $shell here to read jitctl.$shell"
    fi
done

finish
