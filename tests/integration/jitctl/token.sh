#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Approving elsewhere, with a real ssh-keygen: token.sh JITCTL FAKE, inside dbus-run-session.
set -uo pipefail
jitctl=$(realpath "$1") fake=$(realpath "$2") here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
unset SSH_AUTH_SOCK DISPLAY SSH_ASKPASS
export JITCTL_TEST_BUS=$DBUS_SESSION_BUS_ADDRESS JITCTL_TEST_GATE=$work/gate JITCTL_TEST_CONFIG=$work JITCTL_TEST_PATIENT=1 TMPDIR=$work/tmp
id=00112233445566778899aabbccddeeff glass=b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0
cd "$work" || exit 99
mkdir tmp agent
for name in olivia bob locked; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$name"; done
ssh-keygen -q -p -P '' -N 'a passphrase' -f locked >/dev/null
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
cp olivia.pub agent/

start_fake bus "$DBUS_SESSION_BUS_ADDRESS" normal "$work/bus.log"
run show "$id"
sed -n '/^jit-approval/,$p' out >text
cp out shown
run show "$glass"
cp out shown-glass

tidy() { check "nothing is left in TMPDIR: $(ls tmp)" test -z "$(ls tmp)"; }
piped() {  # piped CODE FILE ARGUMENTS...: as exits, with FILE on stdin
    local code=$1 file=$2
    shift 2
    rc=0
    "$jitctl" "$@" >out 2>err <"$file" || rc=$?
    check "jitctl $* <$file exits $rc, not $code" test "$rc" = "$code"
}
# The token holds what ssh-keygen itself accepts as a signature of this text: token_of NAMESPACE KEY TEXT SECONDS
token_of() {
    check "one line of at most 131 characters" grep -qxE 'jit1\.[A-Za-z0-9_-]{1,126}' out
    check "nothing beside it" test "$(wc -l <out)" = 1
    check "the token is $2's" python3 - out "$2.pub" "$1" "$4" "$(sed -n 's/^request: //p' "$3")" sig <<'END'
import base64, sys
out, key, namespace, seconds, request, signature = sys.argv[1:]
def string(data): return len(data).to_bytes(4, "big") + data
code = open(out).read().strip().removeprefix("jit1.")
token = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
assert len(token) == 88 and token[:16].hex() == request and int.from_bytes(token[20:24], "big") == int(seconds), token.hex()
blob = b"SSHSIG" + (1).to_bytes(4, "big") + string(base64.b64decode(open(key).read().split()[1])) + string(namespace.encode())
blob += string(b"") + string(b"sha512") + string(string(b"ssh-ed25519") + string(token[24:]))
text = base64.b64encode(blob).decode()
lines = [text[i:i + 70] for i in range(0, len(text), 70)]
open(signature, "w").write("\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]))
END
    echo "it namespaces=\"$1\" $(cat "$2.pub")" >allowed
    check "ssh-keygen agrees" ssh-keygen -Y verify -q -f allowed -I it -n "$1" -s sig <"$3"
    tidy
}

# The jitd of this machine knows the request: nothing to copy.
exits 0 token "$id" --key olivia
token_of jit-approval@v1 olivia text 1800
warns "you approve  alice (uid 1001), person alice, role root"
warns "on  db-01 (host id 77007700770077007700770077007700)"
warns "for  30min from the approval on"
warns "reason  INC-1 disk (ticket INC-1)"
sed 's/^seconds: .*/seconds: 600/' text >shorter
exits 0 token "$id" --key olivia --for 10m
token_of jit-approval@v1 olivia shorter 600
warns "for  10min"
exits 0 token "$id" --key olivia -q
token_of jit-approval@v1 olivia text 1800
check "no word" test ! -s err
exits 0 token "$id" --key olivia --json=short
check "token as JSON" python3 -c 'import json, sys
o = json.load(open(sys.argv[1]))
assert list(o) == ["version", "token", "request", "duration_usec", "expires_usec"]
assert o["token"].startswith("jit1.") and (o["request"], o["duration_usec"], o["expires_usec"]) == (
    sys.argv[2], 1800000000, 4102444800000000)' out "$id"
exits 0 token "$glass" --key bob
sed -n '/^jit-breakglass/,$p' shown-glass >text-glass
token_of jit-breakglass@v1 bob text-glass 1800
warns "BREAK-GLASS  alice"
run deny "$id"
exits 1 token "$id" --key olivia
warns "waits no longer: it is denied"
check "no token" test ! -s out
run request --for 30m -r x
stop_fakes

# Elsewhere: what was printed there, from a file or stdin, whatever a mail or a chat made of it.
exits 0 token "$id" --key olivia --file shown
token_of jit-approval@v1 olivia text 1800
sed 's/^/    /; s/$/  \r/' shown >pasted
piped 0 pasted token "$id" --key olivia
token_of jit-approval@v1 olivia text 1800
piped 0 pasted token "$id" --key olivia --file -
token_of jit-approval@v1 olivia text 1800

# A key in an agent, by its public part; a passphrase on a terminal.
eval "$(ssh-agent -s)" >/dev/null
ssh-add -q olivia
exits 0 token "$id" --key agent/olivia.pub --file shown
token_of jit-approval@v1 olivia text 1800
ssh-agent -k >/dev/null
exits 1 token "$id" --key locked --file shown
warns "A passphrase is asked for on a terminal only"
printf '\x04' >end
cat shown end >typed
python3 "$here/terminal.py" 'then Ctrl-D:' @typed 'passphrase' 'a passphrase\r' -- "$jitctl" token "$id" --key locked >out 2>err ||
    not_ok "pasted on a terminal, with a passphrase"
cp out screen
grep -o 'jit1\.[A-Za-z0-9_-]*' screen | head -n 1 >out
token_of jit-approval@v1 locked text 1800
check "what to do with it" grep -q 'On db-01: jitctl redeem TOKEN' screen

# Nothing is signed that is not exactly this request.
refused() {  # refused CODE WORDS ARGUMENTS...
    local code=$1 words=$2
    shift 2
    exits "$code" token "$@"
    warns "token: "
    warns "$words"
    check "no token" test ! -s out
    printable "token $*"
    tidy
}
refused 1 "this is request $id, not $glass" "$glass" --key olivia --file shown
refused 1 "30min was asked for; it can be less, not more" "$id" --key olivia --file shown --for 31m
refused 2 "whole seconds" "$id" --key olivia --file shown --for 1500ms
exits 2 token "$id" --key olivia --file shown --for ''
sed 's/^approve-before: .*/approve-before: 2025-11-24T17:00:00Z/' text >late
refused 1 "was to be approved before 2025-11-24T17:00:00Z" "$id" --key olivia --file late
refused 1 "this is no request as" "$id" --key olivia
refused 1 "this is no request as" "$id" --key olivia --file olivia.pub
head -n -1 text >cut
refused 1 "its last line is missing" "$id" --key olivia --file cut
sed 's/^reason: .*/reason: disk\x1b[2J/' text >hostile
refused 1 "control or invisible characters" "$id" --key olivia --file hostile
sed 's/^decision: .*/decision: break-glass/' text >mixed
refused 1 "its last line is missing" "$id" --key olivia --file mixed
refused 1 "nowhere" "$id" --key olivia --file nowhere
refused 1 "nowhere: No such file" "$id" --key nowhere --file shown
check "it is said before anything is announced" test "$(wc -l <err)" = 1
refused 1 "ssh-rsa" "$id" --key rsa --file shown
JITCTL_TEST_KEYGEN=false refused 1 "made no signature" "$id" --key olivia --file shown
JITCTL_TEST_KEYGEN=/nonexistent refused 1 "install openssh-client" "$id" --key olivia --file shown
TMPDIR=$work/none refused 1 "$work/none/jitctl-token-" "$id" --key olivia --file shown
exits 1 token "$id" --key olivia --file shown --for 31m -j
check "an error as JSON" grep -q '^{"version":1,"error":{"code":"LIMIT","message":"token: ' err

# Cut off while the key waits for its owner, it leaves nothing and ends by the signal.
cat >slow <<'END'
#!/bin/sh
exec sleep 20
END
chmod +x slow
JITCTL_TEST_KEYGEN=$work/slow "$jitctl" token "$id" --key olivia --file shown >out 2>err &
waiter=$!
tries=0
until test -n "$(ls tmp)" || test $((tries += 1)) -gt 100; do sleep 0.05; done
sleep 0.3
kill -TERM "$waiter"
rc=0
wait "$waiter" || rc=$?
check "it ends by the signal: $rc" test "$rc" = 143
check "no token" test ! -s out
tidy

finish
