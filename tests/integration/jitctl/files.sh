#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signed grant files from the first grant to the last, with a real ssh-keygen: files.sh JITCTL.
set -uo pipefail
jitctl=$(realpath "$1") fake=
. "$(dirname "$0")/lib.sh"
unset SSH_AUTH_SOCK DISPLAY
export JITCTL_TEST_CONFIG=$work/etc JITCTL_TEST_BUS=unix:path=$work/none JITCTL_TEST_GATE=$work/none
cd "$work" || exit 99
mkdir etc
for name in olivia bob locked; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$name"; done
ssh-keygen -q -p -P '' -N 'a passphrase' -f locked >/dev/null
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
cat >trust.toml <<END
format = 1
org = "example"
grant_threshold = 1
END
for name in olivia bob; do
    cat >>trust.toml <<END
[[principal]]
name = "$name"
accounts = ["$name"]
[[key]]
id = "$name-2026"
principal = "$name"
public_key = "$(cat $name.pub)"
uses = ["grant"]
roles = ["root"]
hosts = ["*"]
max_duration = "8h"
END
done
echo "signers namespaces=\"jit-grants@v1\" $(cat olivia.pub)" >allowed
by_ssh_keygen() { ssh-keygen -Y verify -q -f allowed -I signers -n jit-grants@v1 -s "$1.sig" <"$1"; }
same() { cmp -s g.toml before && cmp -s g.toml.sig before.sig && ! compgen -G "*.new*" >/dev/null; }
keep() { cp g.toml before && cp g.toml.sig before.sig; }

# A new file.
exits 1 grant alice --for 30m -r disk --file g.toml --key olivia --host 'db-*'
warns "--org"
exits 0 grant alice --for 30m -r 'INC-1 "disk"' --id one --file g.toml --key olivia --host 'db-*' --org example
says "granted one: alice may use role root on db-* until"
check "ssh-keygen agrees" by_ssh_keygen g.toml
exits 0 verify g.toml --trust trust.toml
says "host limits  not checked"
exits 0 verify g.toml --trust trust.toml --host web-01 -j
check "no grant is web-01's" grep -q '"grants":0,' "$work/out"
exits 0 verify g.toml --trust trust.toml --host db-01 -j
check "one grant is db-01's" grep -q '"result":"ok".*"signers":\[{"key":"olivia-2026","principal":"olivia"}\],"grants":1,' "$work/out"
exits 0 verify -q g.toml --trust trust.toml
silent

# One more, one less; the serial rises, other bytes stay.
first=$(sed -n 's/^serial = //p' g.toml)
sed -n '/grant/,$p' g.toml >tables
exits 0 grant bob --for 2h -r rack --id two --file g.toml --key olivia --host '*' --json=short
check "JSON of a file grant" grep -q '^{"version":1,"id":"two","origin":"file","account":"bob"' "$work/out"
check "the serial rises" test "$(sed -n 's/^serial = //p' g.toml)" -gt "$first"
check "the first table stays" grep -qF "$(cat tables)" g.toml
keep
exits 1 grant bob --for 2h -r rack --id two --file g.toml --key olivia --host '*'
warns "already"
check "nothing changed" same
exits 6 revoke three --file g.toml --key olivia
exits 0 revoke two --file g.toml --key olivia
says "took out grant two"
warns "live: one  alice  role root"
check "ssh-keygen agrees" by_ssh_keygen g.toml
check "two is gone" test "$(grep -c '^id = ' g.toml)" = 1

# Whose signature is there now must be known, and what it signs unchanged.
keep
exits 1 grant bob --for 1h -r x --file g.toml --key bob --host '*'
warns "--trust"
check "nothing changed" same
exits 0 grant carol --for 1h -r x --id carol --file g.toml --key bob --trust trust.toml --host '*'
exits 0 verify g.toml --trust trust.toml -j
check "now bob's" grep -q '"key":"bob-2026"' "$work/out"
keep
echo '# a change after signing' >>g.toml
exits 1 verify g.toml --trust trust.toml
says "[BAD_SIGNATURE]"
exits 1 grant carol --for 1h -r x --file g.toml --key bob --trust trust.toml --host '*'
exits 1 revoke carol --file g.toml --key bob
cp before g.toml

# What no host would take is not written: a self-signed grant, a limit, a foreign role.
keep
exits 1 grant bob --for 1h -r x --file g.toml --key bob --trust trust.toml --host '*'
warns "nobody signs for their own grant"
exits 1 grant carol --for 9h -r x --file g.toml --key bob --trust trust.toml --host '*'
exits 1 grant carol --for 1h -r x --role dba --file g.toml --key bob --trust trust.toml --host '*'
exits 2 grant carol --for 1h -r x --file g.toml --key bob --trust trust.toml --host 'a b'
exits 2 grant carol --for 1h -r x --id 0123456789abcdef0123456789abcdef --file g.toml --key bob --trust trust.toml --host '*'
check "nothing changed" same

# Tools that fail leave the old pair, and nothing lies around.
JITCTL_TEST_KEYGEN=false exits 1 grant carol --for 1h -r x --file g.toml --key bob --trust trust.toml --host '*'
JITCTL_TEST_KEYGEN=/nonexistent exits 1 grant carol --for 1h -r x --file g.toml --key bob --trust trust.toml --host '*'
warns "install openssh-client"
exits 1 sign g.toml --key locked
exits 1 sign g.toml --key rsa
warns "ssh-rsa"
exits 1 sign g.toml --key nowhere
check "nothing changed" same
touch g.toml.new
exits 1 grant carol --for 1h -r x --file g.toml --key bob --trust trust.toml --host '*'
warns "g.toml.new: exists"
check "another's edit is left alone" test -e g.toml.new
rm g.toml.new

# Several signers.
sed -i 's/^grant_threshold = 1/grant_threshold = 2/' trust.toml
exits 1 verify g.toml --trust trust.toml
says "[THRESHOLD]"
exits 0 sign g.toml --key olivia --add
exits 0 verify g.toml --trust trust.toml
exits 1 sign g.toml --key olivia --add
warns "already"
exits 0 grant carol --for 1h -r more --id more --file g.toml --key olivia --trust trust.toml --host '*'
warns "every other signer runs: jitctl sign"
exits 0 sign g.toml --key bob --add
exits 0 verify g.toml --trust trust.toml
sed -i 's/^grant_threshold = 2/grant_threshold = 1/' trust.toml

# A file written by hand: what is wrong with it is said before anything is signed away.
keep
sed 's/^type = .*/typ = "grants"/' before >g.toml
exits 1 sign g.toml --key olivia
warns "g.toml:"
check "the signature stays" cmp -s g.toml.sig before.sig
cp before g.toml

# An expired file is refused by hosts, and renewed by an edit.
now=$(date +%s)
cat >old.toml <<END
format = 1
type = "grants"
org = "example"
serial = 1700000000
issued = 2023-11-14T22:13:20Z
expires = 2023-11-15T22:13:20Z
END
ssh-keygen -q -Y sign -n jit-grants@v1 -f olivia old.toml
exits 1 verify old.toml --trust trust.toml
says "[EXPIRED]"
exits 0 grant alice --for 30m -r again --file old.toml --key olivia --host '*'
check "its serial is the time" test "$(sed -n 's/^serial = //p' old.toml)" -ge "$now"
exits 0 verify old.toml --trust trust.toml

# A key in an agent, given by its public part.
eval "$(ssh-agent -s)" >/dev/null
ssh-add -q olivia
mkdir agent && cp olivia.pub agent/
exits 0 sign old.toml --key agent/olivia.pub
exits 0 verify old.toml --trust trust.toml
ssh-agent -k >/dev/null

# This host's own trust and name.
cp trust.toml etc/
printf 'name = "db-01"\n[labels]\nenvironment = "production"\n' >etc/host.toml
exits 0 verify old.toml
exits 0 trust list
says "olivia-2026"
exits 0 trust list -q
is "$(printf 'olivia-2026\nbob-2026')"
exits 0 host --json=short
is '{"version":1,"id":null,"name":"db-01","labels":{"environment":"production"}}'
exits 5 verify old.toml --against-accepted
rm etc/trust.toml
exits 1 trust list
warns "etc/trust.toml"

finish
