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
    "list requests"*) echo request-1 ;;
    "list sessions"*) echo session-1 ;;
    "roles -q") echo root; echo dba ;;
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
offers "status state" st
offers "grant-1 grant-2" revoke ""
offers "session-1" revoke --session ""
offers "grant-1 grant-2" log --grant gr
offers "session-1" log --session ""
offers "request-1" log --request ""
offers "session.* session.opened" log --event se
offers "NO_GRANT NOT_YET" log --code N
offers "today" log -S tod
offers "grant-1 grant-2 request-1 session-1" show ""
for verb in wait cancel approve deny token; do offers "request-1" "$verb" ""; done
for verb in extend 'done'; do offers "grant-1 grant-2" "$verb" ""; done
offers "root dba" request ""
offers "" request root ""
offers "" redeem ""
offers "request-1" approve --for 30m re
offers "request-1" token --key olivia re
offers "--wait" request --w
offers "--break-glass" request root --for 30m --b
offers "10min" wait request-1 --timeout ""
offers "30m 1h 2h 8h" extend grant-1 --for ""
offers "--reason" revoke --re
offers "" revoke -r ""
offers "--user" log -r --us
offers "--version" --ver
offers "" revoke --reason ""
offers "pretty" --json = p
offers "status state" --json = short st
offers "--json=" list --j
offers "sudo su sshd" pam enable s
offers "root" grant roo
offers "--against-accepted" verify file --ag
touch "$work/grants.toml"
offers "$work/grants.toml" verify "$work/gr"
offers "check" policy ch
offers "$work/grants.toml" policy check "$work/gr"
offers "$work/grants.toml" grant alice --file "$work/gr"
offers "$work/grants.toml" token request-1 --file "$work/gr"

# Every verb of the help is offered, and nothing else.
"$jitctl" --help >"$work/out"
mapfile -t verbs < <(sed -nE '/^Options:/q; s/^  ([a-z]+) .*/\1/p' "$work/out" | sort -u)
check "there are verbs: ${verbs[*]}" test ${#verbs[@]} -gt 25
COMP_WORDS=(jitctl "") COMP_CWORD=1
_jitctl 2>/dev/null
check "bash: every verb" test "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(printf '%s\n' "${verbs[@]}")"
check "fish: every verb" test "$(sed -n 's/^complete -c jitctl -n __jitctl_no_verb -a \([a-z]*\) .*/\1/p' \
    "$completions/jitctl.fish" | sort)" = "$(printf '%s\n' "${verbs[@]}")"
check "zsh: every verb" test "$(sed -nE "s/^        ['\"]([a-z]+):.*/\1/p" "$completions/jitctl.zsh" | sort)" = \
    "$(printf '%s\n' "${verbs[@]}")"
for verb in "${verbs[@]}"; do
    check "fish: knows $verb for a verb" grep -qE "fish_seen_subcommand_from .*\<$verb\>" "$completions/jitctl.fish"
    check "man page: $verb" grep -qE "^\*$verb[* ]" "$completions/../../man/jitctl.1.scd"
done

zsh_branch() {  # what zsh offers after a verb, with the lists that it shares with others
    local branch name
    branch=$(sed -n "/^        $1)/,/;;/p" "$completions/jitctl.zsh")
    for name in file span reason; do
        [[ $branch != *"\$$name"* ]] || branch+=$(sed -n "/^    $name=(/,/)\$/p" "$completions/jitctl.zsh")
    done
    printf '%s' "$branch"
}

# Every option in the help of a verb is known to every shell, and nothing else is offered.
for verb in "${verbs[@]}"; do
    "$jitctl" "$verb" --help >"$work/out"
    options=$(grep -oE -- '--[a-z-]+' "$work/out" | grep -vE '^--(help|version)$' | sort -u)
    for option in $options; do
        check "bash: $verb $option" grep -qw -- "$option" <<<"$(_jitctl_options "$verb")"
        check "zsh: $verb $option" grep -q -- "${option}[]=}[]" <<<"$(zsh_branch "$verb")"
        check "man page: $verb $option" grep -qw -- "\\*$option\\*" "$completions/../../man/jitctl.1.scd"
        check "fish: $verb $option" grep -qE -- "__jitctl_verb [^']*\<$verb\>.* -l ${option#--} " "$completions/jitctl.fish"
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
