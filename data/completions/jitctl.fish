# SPDX-License-Identifier: Apache-2.0
# fish completion for jitctl(1)

function __jitctl_no_verb
    not __fish_seen_subcommand_from status roles list show explain log watch replay search export evidence request wait cancel extend done approve deny token redeem grant revoke lock unlock sign verify reload pam trust host policy doctor state
end

function __jitctl_verb
    __fish_seen_subcommand_from $argv
end

function __jitctl_ids
    jitctl list $argv[1] -q 2>/dev/null
end

function __jitctl_roles
    jitctl roles -q 2>/dev/null
end

complete -c jitctl -f

complete -c jitctl -n __jitctl_no_verb -a status -d 'Am I elevated, by which grant'
complete -c jitctl -n __jitctl_no_verb -a roles -d 'What may I ask for, and who decides'
complete -c jitctl -n __jitctl_no_verb -a request -d 'Ask for a role'
complete -c jitctl -n __jitctl_no_verb -a wait -d 'Until a request is decided'
complete -c jitctl -n __jitctl_no_verb -a cancel -d 'Take a request back'
complete -c jitctl -n __jitctl_no_verb -a extend -d 'More time for a grant'
complete -c jitctl -n __jitctl_no_verb -a done -d 'Give a grant back'
complete -c jitctl -n __jitctl_no_verb -a approve -d 'Say yes to a request'
complete -c jitctl -n __jitctl_no_verb -a deny -d 'Say no to a request'
complete -c jitctl -n __jitctl_no_verb -a token -d 'Approve a request of another host'
complete -c jitctl -n __jitctl_no_verb -a redeem -d 'Bring an approval back'
complete -c jitctl -n __jitctl_no_verb -a grant -d 'Let a user elevate for a while'
complete -c jitctl -n __jitctl_no_verb -a revoke -d 'End a grant now'
complete -c jitctl -n __jitctl_no_verb -a lock -d 'End a user\'s sessions, let no grant serve'
complete -c jitctl -n __jitctl_no_verb -a unlock -d 'Let a user\'s grants serve again'
complete -c jitctl -n __jitctl_no_verb -a list -d 'Grants, requests, sessions or locks'
complete -c jitctl -n __jitctl_no_verb -a show -d 'One grant, request or session'
complete -c jitctl -n __jitctl_no_verb -a explain -d 'Would this be allowed, and why'
complete -c jitctl -n __jitctl_no_verb -a log -d 'The audit trail'
complete -c jitctl -n __jitctl_no_verb -a watch -d 'What changes, as JSON lines'
complete -c jitctl -n __jitctl_no_verb -a replay -d 'Show what a recorded session showed'
complete -c jitctl -n __jitctl_no_verb -a search -d 'Find a text in recorded sessions'
complete -c jitctl -n __jitctl_no_verb -a export -d 'A recorded session as asciicast'
complete -c jitctl -n __jitctl_no_verb -a evidence -d 'All about one grant, for an auditor'
complete -c jitctl -n __jitctl_no_verb -a sign -d 'Sign a grant file'
complete -c jitctl -n __jitctl_no_verb -a verify -d 'Check a grant file, or evidence'
complete -c jitctl -n __jitctl_no_verb -a reload -d 'Read configuration and grant file again'
complete -c jitctl -n __jitctl_no_verb -a pam -d 'Gate sudo, su or sshd'
complete -c jitctl -n __jitctl_no_verb -a trust -d 'The keys this host believes'
complete -c jitctl -n __jitctl_no_verb -a host -d 'Name and labels of this host'
complete -c jitctl -n __jitctl_no_verb -a policy -d 'Roles and rules'
complete -c jitctl -n __jitctl_no_verb -a doctor -d 'Ways around the gate, and what to do'
complete -c jitctl -n __jitctl_no_verb -a state -d 'Start anew after a lost state or clock'

complete -c jitctl -l json -x -a 'pretty short off' -d 'JSON instead of text'
complete -c jitctl -s j -d 'JSON instead of text'
complete -c jitctl -s q -l quiet -d 'Only what was asked for'
complete -c jitctl -l no-legend -d 'No table header'
complete -c jitctl -l no-pager -d 'No pager'
complete -c jitctl -s h -l help -d Help
complete -c jitctl -n __jitctl_no_verb -l version -d Version

complete -c jitctl -n '__jitctl_verb status' -l prompt -d 'A few characters for PS1'

complete -c jitctl -n '__jitctl_verb request' -a '(__jitctl_roles)'
complete -c jitctl -n '__jitctl_verb request' -s w -l wait -d 'Until it is decided'
complete -c jitctl -n '__jitctl_verb request wait' -l timeout -x -a 10min -d 'So long at most'
complete -c jitctl -n '__jitctl_verb request' -l break-glass -d 'An emergency'

complete -c jitctl -n '__jitctl_verb wait cancel approve deny token' -a '(__jitctl_ids requests)'
complete -c jitctl -n '__jitctl_verb token' -l file -r -F -d 'What jitctl show printed there'
complete -c jitctl -n '__jitctl_verb extend done' -a '(__jitctl_ids grants)'

complete -c jitctl -n '__jitctl_verb grant' -a '(__fish_complete_users)'
complete -c jitctl -n '__jitctl_verb grant request approve token extend' -s d -l for -x -a '30m 1h 2h 8h' -d 'How long'
complete -c jitctl -n '__jitctl_verb grant request approve token extend' -l duration -x -a '30m 1h 2h 8h' -d 'How long'
complete -c jitctl -n '__jitctl_verb grant revoke lock unlock request approve deny extend state' -s r -l reason -x -d Why
complete -c jitctl -n '__jitctl_verb grant log' -l role -x -d Role
complete -c jitctl -n '__jitctl_verb grant request extend' -l ticket -x -d 'Ticket number'
complete -c jitctl -n '__jitctl_verb grant request' -l start -x -d 'When it begins'
complete -c jitctl -n '__jitctl_verb grant revoke' -l file -r -F -d 'Edit this signed grant file'
complete -c jitctl -n '__jitctl_verb grant revoke sign token' -l key -r -F -d 'Key to sign with'
complete -c jitctl -n '__jitctl_verb grant revoke verify trust' -l trust -r -F -d trust.toml
complete -c jitctl -n '__jitctl_verb grant verify' -l host -x -d 'Host pattern, or name'
complete -c jitctl -n '__jitctl_verb grant' -l id -x -d 'Id of the grant'
complete -c jitctl -n '__jitctl_verb grant' -l uid -x -d 'Pins the account'
complete -c jitctl -n '__jitctl_verb grant' -l org -x -d 'Organisation of a new file'

complete -c jitctl -n '__jitctl_verb state' -a recover
complete -c jitctl -n '__jitctl_verb state' -l clock -d 'The clock is right'

complete -c jitctl -n '__jitctl_verb lock' -a '(__fish_complete_users)'
complete -c jitctl -n '__jitctl_verb unlock' -a '(__jitctl_ids locks)'

complete -c jitctl -n '__jitctl_verb revoke' -a '(__jitctl_ids grants)'
complete -c jitctl -n '__jitctl_verb revoke list explain log search roles' -l user -x -a '(__fish_complete_users)' -d Account
complete -c jitctl -n '__jitctl_verb revoke log' -l session -x -a '(__jitctl_ids sessions)' -d 'One session'
complete -c jitctl -n '__jitctl_verb revoke' -l all -d 'Every grant here'

complete -c jitctl -n '__jitctl_verb list' -a 'grants requests sessions locks'
complete -c jitctl -n '__jitctl_verb list' -l mine -d 'Only my own'
complete -c jitctl -n '__jitctl_verb list' -l all -d 'Ended ones, too'

complete -c jitctl -n '__jitctl_verb show' -a '(__jitctl_ids grants; __jitctl_ids requests; __jitctl_ids sessions)'
complete -c jitctl -n '__jitctl_verb show' -l reviewed -d 'This break-glass use was looked at'

complete -c jitctl -n '__jitctl_verb explain log' -l service -x -a 'sudo sudo-i su su-l sshd' -d 'PAM service'
complete -c jitctl -n '__jitctl_verb explain log' -l target -x -a '(__fish_complete_users)' -d 'Account to become'

complete -c jitctl -n '__jitctl_verb log search policy' -l since -x -a 'today yesterday' -d 'Not before'
complete -c jitctl -n '__jitctl_verb log' -s S -x -a 'today yesterday' -d 'Not before'
complete -c jitctl -n '__jitctl_verb log search' -s U -l until -x -d 'Not after'
complete -c jitctl -n '__jitctl_verb log' -s b -l boot -d 'Only of this boot'
complete -c jitctl -n '__jitctl_verb log' -l actor -x -a '(__fish_complete_users)' -d 'Done by this account'
complete -c jitctl -n '__jitctl_verb log' -l request -x -a '(__jitctl_ids requests)' -d 'Only this request'
complete -c jitctl -n '__jitctl_verb log' -l event -x -a 'request.\\* grant.\\* check.\\* session.\\* file.\\* lock.\\* breakglass.\\* state.\\* daemon.\\*' -d 'Only of this kind'
complete -c jitctl -n '__jitctl_verb log' -l code -x -a 'NO_GRANT PENDING NOT_YET EXPIRED REVOKED RELEASED LOCKED TARGET SERVICE PERMISSIVE' -d 'Only with this code'
complete -c jitctl -n '__jitctl_verb log' -s r -l reverse -d 'Newest first'
complete -c jitctl -n '__jitctl_verb log' -l grant -x -a '(__jitctl_ids grants)' -d 'Only this grant'
complete -c jitctl -n '__jitctl_verb log' -s f -l follow -d 'Go on'
complete -c jitctl -n '__jitctl_verb log' -s n -l lines -x -d 'The last records'

complete -c jitctl -n '__jitctl_verb log' -l commands -d 'The commands run in elevated sessions'
complete -c jitctl -n '__jitctl_verb replay export' -a '(__jitctl_ids sessions)'
complete -c jitctl -n '__jitctl_verb replay' -l speed -x -d 'So many times faster'
complete -c jitctl -n '__jitctl_verb replay' -l max-wait -x -a '1s 5s' -d 'No pause longer than this'
complete -c jitctl -n '__jitctl_verb replay' -l no-wait -d 'No pauses'
complete -c jitctl -n '__jitctl_verb export' -l format -x -a asciicast -d 'Format'
complete -c jitctl -n '__jitctl_verb export' -s o -l output -r -F -d 'A new file'
complete -c jitctl -n '__jitctl_verb log' -l verify -d 'Is all of it there, unchanged'
complete -c jitctl -n '__jitctl_verb log evidence verify' -l head -x -d 'Mark that --verify printed earlier'

complete -c jitctl -n '__jitctl_verb evidence' -a '(__jitctl_ids grants)'
complete -c jitctl -n '__jitctl_verb evidence' -s o -l output -r -F -d 'Write it there, for verify'

complete -c jitctl -n '__jitctl_verb sign verify' -F
complete -c jitctl -n '__jitctl_verb sign' -l add -d 'Keep other signatures'
complete -c jitctl -n '__jitctl_verb verify' -l label -x -d 'Label of the host'
complete -c jitctl -n '__jitctl_verb verify' -l recordings -r -F -d 'Folder with the recordings'
complete -c jitctl -n '__jitctl_verb verify' -l against-accepted -d 'And against what jitd accepted'

complete -c jitctl -n '__jitctl_verb pam; and not __jitctl_verb enable disable confirm status' -a 'enable disable confirm status'
complete -c jitctl -n '__jitctl_verb pam; and __jitctl_verb enable disable confirm status' -a 'sudo su sshd'
complete -c jitctl -n '__jitctl_verb pam' -l permissive -d 'Let everybody pass, and record'
complete -c jitctl -n '__jitctl_verb pam' -l confirm -x -a 10min -d 'Undo it then, unless confirmed'

complete -c jitctl -n '__jitctl_verb trust' -a list

complete -c jitctl -n '__jitctl_verb policy' -a 'check suggest'
complete -c jitctl -n '__jitctl_verb policy' -F
