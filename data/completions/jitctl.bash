# SPDX-License-Identifier: Apache-2.0
# bash completion for jitctl(1)

# Ids, roles and users are completed only from what the caller may see anyway.
_jitctl_ids() { jitctl list "$1" -q --no-legend 2>/dev/null; }
_jitctl_roles() { jitctl roles -q 2>/dev/null; }

_jitctl_options() {
    case $1 in
        status) echo --prompt ;;
        roles) echo --user ;;
        request) echo --for --duration --reason --ticket --start --wait --timeout --break-glass ;;
        wait) echo --timeout ;;
        approve) echo --for --duration --reason ;;
        deny) echo --reason ;;
        token) echo --key --file --for --duration ;;
        extend) echo --for --duration --reason --ticket ;;
        grant) echo --for --duration --reason --role --ticket --start --file --key --trust --host --id --uid --org ;;
        revoke) echo --user --session --all --reason --file --key --trust ;;
        lock | unlock) echo --reason ;;
        list) echo --mine --user --all ;;
        show) echo --reviewed ;;
        explain) echo --user --service --target ;;
        log) echo --since --until --boot --user --actor --grant --request --session --event --code --role --service --target \
            --commands --follow --reverse --lines --verify --head ;;
        replay) echo --speed --max-wait --no-wait ;;
        export) echo --format --output ;;
        search) echo --since --until --user ;;
        evidence) echo --output --head ;;
        sign) echo --key --add ;;
        verify) echo --trust --host --label --against-accepted --head --recordings ;;
        pam) echo --permissive --confirm ;;
        trust) echo --trust ;;
        policy) echo --since ;;
        state) echo --clock --reason ;;
    esac
    echo --json= --quiet --no-legend --no-pager --help
    [[ -n $1 ]] || echo --version
}

_jitctl_takes_value() {  # option, verb
    [[ $2/$1 != log/-r ]] &&
        [[ $1 == @(-[rnodSU]|--@(json|user|actor|target|grant|request|session|event|code|service|since|until|for|duration|confirm|timeout|max-wait|format|reason|role|ticket|start|host|label|id|uid|org|lines|head|speed|file|key|trust|output|recordings)) ]]
}

_jitctl_value() {  # of this option
    case $1 in
        --json) echo pretty short off ;;
        --user | --actor | --target) compgen -u ;;
        --grant) _jitctl_ids grants ;;
        --request) _jitctl_ids requests ;;
        --event) echo 'request.*' 'grant.*' 'check.*' 'session.*' 'file.*' 'lock.*' 'breakglass.*' 'state.*' 'daemon.*' \
            check.allowed check.denied check.would_deny grant.created grant.revoked request.created session.opened ;;
        --code) echo NO_GRANT PENDING NOT_YET EXPIRED REVOKED RELEASED LOCKED TARGET SERVICE ROLE_UNKNOWN IDENTITY SELF \
            CLOCK_BACK AUDIT RECOVERY RECORDING CONFIG UNAVAILABLE GRANT EXEMPT PERMISSIVE ;;
        --session) _jitctl_ids sessions ;;
        --service) echo sudo sudo-i su su-l sshd ;;
        --since | --until | -S | -U) echo today yesterday ;;
        --for | --duration | -d) echo 30m 1h 2h 8h ;;
        --confirm | --timeout) echo 10min ;;
        --max-wait) echo 1s 5s ;;
        --format) echo asciicast ;;
    esac
}

_jitctl_words() {  # arguments of a verb, by how many are there already
    case $1/$2 in
        /0) echo status roles list show explain log watch replay search export evidence request wait cancel extend 'done' approve deny token redeem \
            grant revoke lock unlock sign verify reload pam trust host policy doctor state ;;
        request/0) _jitctl_roles ;;
        wait/0 | cancel/0 | approve/0 | deny/0 | token/0) _jitctl_ids requests ;;
        grant/0 | lock/0) compgen -u ;;
        unlock/0) _jitctl_ids locks ;;
        revoke/0 | extend/0 | done/0 | evidence/0) _jitctl_ids grants ;;
        show/0) _jitctl_ids grants; _jitctl_ids requests; _jitctl_ids sessions ;;
        replay/0 | export/0) _jitctl_ids sessions ;;
        list/0) echo grants requests sessions locks ;;
        pam/0) echo enable disable confirm status ;;
        pam/1) echo sudo su sshd ;;
        trust/0) echo list ;;
        policy/0) echo check suggest ;;
        state/0) echo recover ;;
    esac
}

_jitctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' i count=0
    COMPREPLY=()
    # bash splits --json=short at the =
    if [[ $cur == = ]]; then cur=; fi
    if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -*) if _jitctl_takes_value "${COMP_WORDS[i]}" "$verb"; then
                    [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))
                    ((i++))
                fi ;;
            =) ;;
            *) if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; else ((count++)); fi ;;
        esac
    done

    if [[ $prev == @(--@(file|key|trust|output|recordings)|-o) && $cur != -* ]] || [[ $verb/$count == @(sign/0|verify/0|policy/1) && $cur != -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi
    if _jitctl_takes_value "$prev" "$verb"; then
        mapfile -t COMPREPLY < <(compgen -W "$(_jitctl_value "$prev")" -- "$cur")
        return
    fi
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_jitctl_options "$verb")" -- "$cur")
        if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(_jitctl_words "$verb" "$count")" -- "$cur")
}

complete -F _jitctl jitctl
