#compdef jitctl
# SPDX-License-Identifier: Apache-2.0
# zsh completion for jitctl(1)

_jitctl_grants() {
    local -a ids
    ids=(${(f)"$(_call_program grants jitctl list grants -q 2>/dev/null)"})
    compadd -a ids
}

_jitctl_sessions() {
    local -a ids
    ids=(${(f)"$(_call_program sessions jitctl list sessions -q 2>/dev/null)"})
    compadd -a ids
}

_jitctl_locks() {
    local -a users
    users=(${(f)"$(_call_program locks jitctl list locks -q 2>/dev/null)"})
    compadd -a users
}

_jitctl_requests() {
    local -a ids
    ids=(${(f)"$(_call_program requests jitctl list requests -q 2>/dev/null)"})
    compadd -a ids
}

_jitctl_roles() {
    local -a roles
    roles=(${(f)"$(_call_program roles jitctl roles -q 2>/dev/null)"})
    compadd -a roles
}

_jitctl_any() {
    _jitctl_grants
    _jitctl_requests
    _jitctl_sessions
}

_jitctl_verbs() {
    local -a verbs
    verbs=(
        'status:am I elevated, by which grant, for how long'
        'roles:what may I ask for, and who decides'
        'request:ask for a role'
        'wait:until a request is decided'
        'cancel:take a request back'
        'extend:more time for a grant that is active'
        'done:give a grant back'
        'approve:say yes to a request'
        'deny:say no to a request'
        'token:approve a request of another host'
        'redeem:bring that approval back'
        'grant:let a user elevate for a while'
        'revoke:end a grant now, and its sessions'
        "lock:end a user's sessions, and let no grant serve"
        "unlock:let a user's grants serve again"
        'list:grants, requests, sessions or locks'
        'show:one grant, request or session, in full'
        'explain:would this be allowed, and why'
        'log:the audit trail'
        'watch:what changes, as JSON lines'
        'replay:show what a recorded session showed'
        'search:find a text in all recorded sessions'
        'export:a recorded session as asciicast'
        'evidence:all about one grant, for an auditor'
        'sign:sign a grant file with ssh-keygen'
        'verify:check a grant file as jitd does, or evidence'
        'reload:read the configuration and the grant file again'
        'pam:gate sudo, su or sshd'
        'trust:the keys this host believes'
        "host:this host's name and labels"
        'policy:roles and rules'
        "state:start anew after a lost state or clock"
        'doctor:ways around the gate, and what to do'
    )
    _describe verb verbs
}

_jitctl() {
    local curcontext=$curcontext state line
    local -a global file span reason
    global=(
        '(-j)--json=[JSON instead of text]:mode:(pretty short off)'
        '(--json)-j[JSON instead of text]'
        '(-q --quiet)'{-q,--quiet}'[only what was asked for]'
        '--no-legend[no table header]'
        '--no-pager[no pager]'
        '(-h --help)'{-h,--help}'[help]'
    )
    file=(
        '--file=[edit this signed grant file]:file:_files'
        '--key=[key to sign with]:key:_files'
        '--trust=[trust.toml the present signature must satisfy]:file:_files'
    )
    span=('(-d --for --duration)'{-d,--for=,--duration=}'[how long]:span:(30m 1h 2h 8h)')
    reason=('(-r --reason)'{-r,--reason=}'[why]:reason:')
    _arguments -C $global '--version[version]' '1:verb:_jitctl_verbs' '*::argument:->argument' && return
    [[ $state == argument ]] || return
    case $words[1] in
        status) _arguments $global '--prompt[a few characters for PS1]' ;;
        roles) _arguments $global '--user=[account]:user:_users' ;;
        request)
            _arguments $global $span $reason '1:role:_jitctl_roles' '--ticket=[ticket]:ticket:' '--start=[not before]:time:' \
                '(-w --wait)'{-w,--wait}'[until it is decided]' '--timeout=[wait so long at most]:span:(10min)' \
                '--break-glass[an emergency]'
            ;;
        wait) _arguments $global '1:request:_jitctl_requests' '--timeout=[so long at most]:span:(10min)' ;;
        cancel) _arguments $global '1:request:_jitctl_requests' ;;
        approve) _arguments $global $span $reason '1:request:_jitctl_requests' ;;
        deny) _arguments $global $reason '1:request:_jitctl_requests' ;;
        token)
            _arguments $global $span '1:request:_jitctl_requests' '--key=[key to sign with]:key:_files' \
                '--file=[what jitctl show printed there]:file:_files'
            ;;
        redeem) _arguments $global '1:token:' ;;
        extend) _arguments $global $span $reason '1:grant:_jitctl_grants' '--ticket=[ticket]:ticket:' ;;
        done) _arguments $global '1:grant:_jitctl_grants' ;;
        grant)
            _arguments $global $file $span $reason '1:user:_users' '--role=[role]:role:' '--ticket=[ticket]:ticket:' \
                '--start=[when it begins]:time:' '*--host=[host pattern]:pattern:' '--id=[id of the grant]:id:' \
                '--uid=[pins the account]:uid:' '--org=[organisation of a new file]:org:'
            ;;
        revoke)
            _arguments $global $file $reason '1:grant:_jitctl_grants' '--user=[every grant of a user]:user:_users' \
                '--session=[one session]:session:_jitctl_sessions' '--all[every grant here]'
            ;;
        lock) _arguments $global $reason '1:user:_users' ;;
        unlock) _arguments $global $reason '1:user:_jitctl_locks' ;;
        list)
            _arguments $global '1:what:(grants requests sessions locks)' '--mine[only my own]' '--user=[only this account]:user:_users' \
                '--all[ended ones, too]'
            ;;
        show) _arguments $global '1:id:_jitctl_any' '--reviewed[this break-glass use was looked at]' ;;
        explain)
            _arguments $global '--user=[account]:user:_users' '--service=[PAM service]:service:(sudo sudo-i su su-l sshd)' \
                '--target=[account to become]:user:_users'
            ;;
        log)
            _arguments $global '(-S --since)'{-S,--since=}'[not before]:time:(today yesterday)' \
                '(-U --until)'{-U,--until=}'[not after]:time:' '(-b --boot)'{-b,--boot}'[only of this boot]' \
                '*--user=[about this account]:user:_users' '*--actor=[done by this account]:user:_users' \
                '*--grant=[of this grant]:grant:_jitctl_grants' '*--request=[of this request]:request:_jitctl_requests' \
                '*--session=[of this session]:session:_jitctl_sessions' \
                '*--event=[of this kind]:kind:(request.\* grant.\* check.\* session.\* file.\* lock.\* breakglass.\* state.\* daemon.\*)' \
                '*--code=[with this code]:code:(NO_GRANT PENDING NOT_YET EXPIRED REVOKED RELEASED LOCKED TARGET SERVICE PERMISSIVE)' \
                '*--role=[of this role]:role:_jitctl_roles' '*--service=[by this PAM service]:service:(sudo sudo-i su su-l sshd)' \
                '*--target=[of becoming this account]:user:_users' \
                '(-f --follow -r --reverse)'{-f,--follow}'[go on]' '(-r --reverse -f --follow)'{-r,--reverse}'[newest first]' \
                '(-n --lines)'{-n,--lines=}'[the last records]:number:' \
                '--commands[the commands run in elevated sessions]' \
                '--verify[is all of it there, unchanged]' '--head=[mark that --verify printed earlier]:mark:'
            ;;
        replay)
            _arguments $global '1:session:_jitctl_sessions' '--speed=[so many times faster]:number:' \
                '--max-wait=[no pause longer than this]:span:(1s 5s)' '--no-wait[no pauses]'
            ;;
        export)
            _arguments $global '1:session:_jitctl_sessions' '--format=[format]:format:(asciicast)' \
                '(-o --output)'{-o,--output=}'[a new file]:file:_files'
            ;;
        search)
            _arguments $global '1:text:' '--since=[sessions not before]:time:(today yesterday)' '--until=[sessions not after]:time:' \
                '--user=[only this account]:user:_users'
            ;;
        evidence)
            _arguments $global '1:grant:_jitctl_grants' '(-o --output)'{-o,--output=}'[write it there, for verify]:file:_files' \
                '--head=[mark kept elsewhere: the records up to it, too]:mark:'
            ;;
        sign) _arguments $global '1:file:_files' '--key=[key to sign with]:key:_files' '--add[keep other signatures]' ;;
        verify)
            _arguments $global '1:file:_files' '--trust=[trust.toml]:file:_files' '--host=[name of a host]:host:' \
                '*--label=[label of it]:label:' '--against-accepted[and against what jitd accepted]' \
                '--head=[mark kept elsewhere]:mark:' '--recordings=[folder with the recordings]:folder:_files -/'
            ;;
        pam)
            _arguments $global '1:action:(enable disable confirm status)' '2:service:(sudo su sshd)' \
                '--permissive[let everybody pass, and record]' '--confirm=[undo it then, unless confirmed]:span:(10min)'
            ;;
        policy)
            _arguments $global '1:action:(check suggest)' '2:file:_files' '--since=[suggest: from records not before]:time:(today yesterday)'
            ;;
        state) _arguments $global $reason '1:action:(recover)' '--clock[the clock is right]' ;;
        trust) _arguments $global '1:action:(list)' '--trust=[trust.toml]:file:_files' ;;
        *) _arguments $global ;;
    esac
}

_jitctl "$@"
