# SPDX-License-Identifier: Apache-2.0
"""Recorded sessions: what sudo writes, who can get at it, and what jitctl makes of it."""

import json

import pytest

OURS = "/etc/sudoers.d/00-jit"
ROOT = "/var/log/jit-io"
EXAMPLES = "/usr/share/doc/jitd/examples"
POLICY = "".join(f'[role.{name}]\nrun_as = ["{target}"]\nservices = ["sudo", "su"]\nmax_duration = "8h"\nrecord = {record}\n\n'
                 for name, target, record in (("root", "root", "true"), ("dba", "postgres", "true"), ("plain", "root", "false")))
MARK = "a-line-to-be-found"


@pytest.fixture
def recorded(host):
    """bob and alice hold grants of roles that are recorded, and need no password."""
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    host.root(f"sed 's/^#Defaults/Defaults/' /usr/share/doc/jitd/examples/00-jit >{OURS}; chmod 0440 {OURS}")
    host.nopasswd("alice", "bob")
    host.root("visudo -cq")
    host.root(f"install -D -m 0644 {EXAMPLES}/journald-jit.conf /etc/systemd/journald.conf.d/jit.conf && systemctl restart systemd-journald")
    host.grant("alice")
    host.jitctl("grant bob --for 30m --reason 'INC-1 look' --role dba")
    return host


def session_of(host, user: str = "alice") -> dict:
    """The record of the last session this person opened."""
    return host.wait_event("session.opened", user=user)


def over(host, session: dict) -> None:
    host.wait_event("session.closed", session=session["JIT_SESSION"])


def lines(said) -> list[dict]:
    return [json.loads(line) for line in said.out.splitlines()]


def in_terminal(host, *typed: str) -> dict:
    """A root shell of alice's on a terminal, in which she types; the session's record."""
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    for line in typed:
        terminal.sendline(line)
        terminal.root_shell()
    terminal.sendline("exit")
    terminal.shell()
    session = session_of(host)
    over(host, session)
    return session


@pytest.mark.parametrize("how", ["id -u", "-i id -u", "-b id -u", "sh -c 'id -u'"])
def test_a_recorded_role_works_and_is_recorded(recorded, how):
    """With the lines of the example a session of a role with record = true runs, on a terminal or not, and what a terminal
    showed is below /var/log/jit-io, where the audit trail says."""
    assert "0" in recorded.user("alice").run(f"sudo -n {how}").out.split()  # ssh waits for what is in the background, too
    session = session_of(recorded)
    over(recorded, session)
    assert session["JIT_RECORDING"].startswith("alice/") and session["JIT_PID"].isdigit()
    replayed = recorded.jitctl(f"replay {session['JIT_SESSION']}")
    assert replayed.out == "" and f"no terminal to show anything on; what it ran: jitctl log --commands --session {session['JIT_SESSION']}" in replayed.err
    terminal = recorded.user("alice").tty()
    terminal.sendline(f"sudo -n {how}")
    terminal.expect(r"\s0\r+\n")
    session = recorded.wait_for("the session on the terminal", lambda: next(
        (event for event in recorded.events("session.opened") if event["JIT_SESSION"] != session["JIT_SESSION"]), None))
    over(recorded, session)
    assert recorded.jitctl(f"replay {session['JIT_SESSION']}").out.split() == ["0"]


def test_sudoedit_is_recorded_as_sudo(recorded):
    """sudoedit under a recorded role leaves a recording, too."""
    assert recorded.user("alice").run("EDITOR=touch sudoedit -n /etc/new").code == 0
    assert session_of(recorded)["JIT_RECORDING"].startswith("alice/")


def test_nobody_but_root_reads_or_removes_recordings(recorded):
    """Neither the person nor the account the session became reads, lists, changes or removes a recording, nor holds one of
    its descriptors, nor ends the process that writes it; the files are root's, and jitd's to read."""
    bob = recorded.user("bob")
    assert bob.run("sudo -n -u postgres id -un").out == "postgres\n"
    path = f"{ROOT}/{session_of(recorded, 'bob')['JIT_RECORDING']}"
    for command in (f"ls {ROOT}", f"cat {path}/ttyout", f"rm -rf {path}", f"mv {path} /tmp", f"touch {path}/timing", f"rm -rf {ROOT}",
                    "sh -c 'ls /proc/$PPID/fd'", "sh -c 'kill -9 $PPID'"):
        for who in (command, f"sudo -n -u postgres {command}"):
            assert bob.run(who).code != 0 or "PPID" in command and not who.startswith("sudo"), who
    assert ROOT not in bob.run("sudo -n -u postgres ls -l /proc/self/fd").out
    assert recorded.root(f"stat -c '%U %G %a' {ROOT} {path} {path}/log.json {path}/ttyout").out.split("\n")[:4] == [
        "root jitd 750", "root jitd 750", "root jitd 640", "root jitd 640"]


def test_what_renames_itself_and_su_live_while_commands_are_noted(recorded):
    """sudo su -, and a program that calls itself something else, run under log_subcmds."""
    alice = recorded.user("alice")
    assert alice.run("sudo -n su - -c 'id -un'").out == "root\n"
    assert alice.run("sudo -n bash -c 'exec -a other id -un'").out == "root\n"


def test_what_goes_through_comes_out_as_it_was(recorded):
    """Recording changes no byte of a pipe, however slowly it is read, with a terminal and without."""
    command = "for i in $(seq 20); do sudo -n cat /bin/bash | (read -rt 0.05 <> <(:); cmp - /bin/bash) && echo same; done"
    assert recorded.user("alice").run(command).out == "same\n" * 20
    terminal = recorded.user("alice").tty()
    assert terminal.type(command).count("same\r") == 20


def test_input_is_not_recorded_and_the_environment_is(recorded):
    """What is typed without echo is nowhere in a recording; a variable given on the command line is in log.json, as the
    manual warns."""
    said = recorded.user("alice").run("echo s3cret-input | sudo -n TOKEN=s3cret-variable sh -c 'read x; echo read'")
    assert said.out == "read\n"
    session = session_of(recorded)
    over(recorded, session)
    path = f"{ROOT}/{session['JIT_RECORDING']}"
    files = recorded.root(f"for f in {path}/*; do echo \"== $f\"; zcat -f $f; done").out
    assert "s3cret-input" not in files
    assert "s3cret-variable" in recorded.root(f"cat {path}/log.json").out


def test_a_killed_session_leaves_what_it_showed(recorded):
    """After SIGKILL the recording has everything until then, for replay, export and search."""
    terminal = recorded.user("alice").tty()
    terminal.sendline(f"sudo -n sh -c 'echo {MARK}-$((6*7)); exec sleep 1000'")
    terminal.expect(f"{MARK}-42")
    session = session_of(recorded)
    recorded.wait_for("the recording", lambda: f"{MARK}-42" in recorded.jitctl(f"replay {session['JIT_SESSION']}").out)
    recorded.root(f"echo 1 >/sys/fs/cgroup/jit.slice/jit-{session['JIT_SESSION']}.scope/cgroup.kill")
    terminal.shell()
    over(recorded, session)
    assert f"{MARK}-42" in recorded.jitctl(f"replay {session['JIT_SESSION']}").out
    assert f"{MARK}-42" in recorded.jitctl(f"export {session['JIT_SESSION']}").out
    assert recorded.jitctl(f"search {MARK}-42 --json=short").out.count("\n") == 1


def test_a_full_disk_ends_the_command(recorded):
    """What can't be recorded does not go on."""
    recorded.root(f"mount -t tmpfs -o size=64k,mode=0750 none {ROOT} && chgrp jitd {ROOT}")
    terminal = recorded.user("alice").tty()
    terminal.sendline("sudo -n sh -c 'head -c 300000 /dev/urandom | base64; touch /root/after'")
    terminal.expect("unable to write to I/O log file")
    terminal.shell()
    assert not recorded.path("/root/after").exists()


def test_a_later_line_that_takes_it_back_refuses_the_role(recorded):
    """Where sudo does not record, the role is refused with RECORDING, and doctor names the line; a role that is not
    recorded goes on."""
    recorded.write("/etc/sudoers.d/50-x", "# mine\nDefaults !log_output\n", 0o440)
    refused = recorded.user("alice").run("sudo -n id -u")
    assert refused.code == 1 and "[RECORDING]" in refused.text and refused.out == ""
    found = [f for f in json.loads(recorded.jitctl("doctor --json=short", check=False).out)["findings"]
             if f["id"] == "recorded-role-refused"]
    assert found and found[0]["text"].startswith("/etc/sudoers.d/50-x:2: log_output is false")
    recorded.jitctl("grant alice --for 30m --reason 'INC-1 look' --role plain")
    assert recorded.user("alice").run("sudo -n id -u").out == "0\n"


def test_doctor_is_content_with_the_example(recorded):
    """With the example's lines nothing is said of recordings; each part that is missing is named."""
    def found() -> set[str]:
        said = json.loads(recorded.jitctl("doctor --json=short", check=False).out)["findings"]
        return {f["id"] for f in said if "record" in f["id"] or "sudoreplay" in f["id"]}
    assert found() == set()
    recorded.root(f"chmod 0755 {ROOT}; mv /usr/bin/sudoreplay /root; rm /etc/systemd/journald.conf.d/jit.conf")
    assert found() == {"recordings-mode", "no-sudoreplay", "recording-rate-limit"}
    recorded.root(f"rm -r {ROOT}; sed -i '/^Defaults:/d' {OURS}")
    assert found() == {"recordings-missing", "no-sudoreplay", "recording-rate-limit", "recorded-role-refused", "recording-setting"}


@pytest.mark.parametrize("line", ["Defaults:alice !log_ttyout", "Defaults>root !log_ttyout", "Defaults!/usr/bin/id !log_output",
                                  "Defaults:alice iolog_dir=/var/log/sudo-io"])
def test_doctor_names_the_line_that_refuses_some(recorded, line):
    """Where a line of sudoers takes recording back for a person, a target or a command, the role is refused there, and
    doctor names the line."""
    recorded.write("/etc/sudoers.d/01-x", f"# mine\n{line}\n", 0o440)
    recorded.root("mv /etc/sudoers.d/01-x /etc/sudoers.d/50-x" if line.startswith("Defaults:") else "true")
    refused = recorded.user("alice").tty().type("sudo -n id -u; echo over")
    assert "[RECORDING]" in refused
    found = [f for f in json.loads(recorded.jitctl("doctor --json=short", check=False).out)["findings"] if f["id"] == "recorded-role-partly"]
    assert len(found) == 1 and "-x:2: " in found[0]["text"], found


def test_doctor_names_what_is_in_the_place_of_the_directory(recorded):
    """A link or a file at /var/log/jit-io refuses the role, and doctor says which; a directory below, or written in another
    way, serves."""
    def found() -> set[str]:
        said = json.loads(recorded.jitctl("doctor --json=short", check=False).out)["findings"]
        return {f["id"] for f in said if "record" in f["id"]}
    for path in (f"{ROOT}/", "/var/log/../log/jit-io", f"{ROOT}/x"):
        recorded.write("/etc/sudoers.d/50-x", f"Defaults:%:RECORDED iolog_dir={path}\n", 0o440)
        assert recorded.user("alice").run("sudo -n id -u").out == "0\n", path
        assert found() == set(), path
    recorded.root(f"rm /etc/sudoers.d/50-x; mv {ROOT} /srv/io; ln -s /srv/io {ROOT}")
    assert "[RECORDING]" in recorded.user("alice").run("sudo -n id -u").text
    assert found() == {"recordings-link"}
    recorded.root(f"rm {ROOT}; touch {ROOT}")
    assert recorded.user("alice").run("sudo -n id -u").code != 0
    assert found() == {"recordings-no-directory"}


def test_policy_check_notes_what_can_not_record(recorded):
    """A recorded role for su is noted with its line."""
    notes = recorded.json("policy check")["notes"]
    assert {(note["line"], "su is refused" in note["text"]) for note in notes} >= {(1, True), (7, True)}


def test_replay_on_a_terminal_is_sudoreplay(recorded):
    """On a terminal replay shows the session by sudoreplay, with options for its pauses; off one the bytes."""
    session = in_terminal(recorded, f"echo {MARK}-$((6*7))", "sleep 1.5")
    told = recorded.jitctl(f"replay {session['JIT_SESSION']}").out
    assert f"{MARK}-42\n" in told
    terminal = recorded.user("root").tty("bash")
    terminal.root_shell()
    terminal.sendline(f"jitctl replay {session['JIT_SESSION']} --no-wait; echo over-$?")
    terminal.expect("Replaying sudo session")
    terminal.expect(f"{MARK}-42")
    terminal.expect("over-0")
    terminal.sendline(f"jitctl replay {session['JIT_SESSION']} --speed 100 --max-wait 10ms; echo over-$?")
    terminal.expect("over-0", timeout=5)


def test_export_is_asciicast(recorded):
    """export writes asciicast version 2: a header with size, time and title, events in order; into a new file for root."""
    session = in_terminal(recorded, "printf '\\033[31mr\\303\\244d\\033[0m\\n'")
    said = lines(recorded.jitctl(f"export {session['JIT_SESSION']} --format asciicast"))
    head, events = said[0], said[1:]
    assert (head["version"], head["width"], head["height"]) == (2, 160, 40)
    assert abs(head["timestamp"] - int(session["__REALTIME_TIMESTAMP"]) / 1e6) < 5
    assert session["JIT_SESSION"] in head["title"] and head["title"].startswith("alice as root")
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)
    assert "\x1b[31mr\u00e4d\x1b[0m" in "".join(data for _, kind, data in events if kind == "o")
    recorded.jitctl(f"export {session['JIT_SESSION']} -o /root/x.cast")
    assert recorded.root("stat -c '%a' /root/x.cast").out == "600\n"
    assert recorded.path("/root/x.cast").read_text() == recorded.jitctl(f"export {session['JIT_SESSION']}").out
    assert recorded.jitctl(f"export {session['JIT_SESSION']} -o /root/x.cast", check=False).code == 1


def test_search_finds_lines_of_all_sessions(recorded):
    """Any part of a line, also through colours, is found with its session, account and grant; text of a session is shown
    escaped; what grew is found, what was removed is not, and a lost cache is no loss."""
    session = in_terminal(recorded, f"printf 'a-line\\033[1m-to-be\\033[0m-found \\033[31m%s\\n' $((6*7))", "printf '\\302\\233evil\\n'")
    bobs = recorded.user("bob").tty()
    bobs.sendline(f"sudo -n -u postgres echo {MARK} 43")
    bobs.expect(f"\n{MARK} 43\r")
    over(recorded, session_of(recorded, "bob"))

    def found(text: str, more: str = "") -> list[tuple]:
        said = lines(recorded.jitctl(f"search '{text}' --json=short {more}"))
        return [(hit["user"], hit["target"], hit["line"]) for hit in said]
    assert found(f"{MARK} 42") == [("alice", "root", f"{MARK} 42")]
    assert ("bob", "postgres", f"{MARK} 43") in found(MARK.upper())
    assert found(f"{MARK} 43", "--user alice") == [] == found(f"{MARK} 43", "--until '1h ago'")
    hit = lines(recorded.jitctl(f"search '{MARK} 42' --json=short"))[0]
    assert (hit["session"], hit["grant"]) == (session["JIT_SESSION"], session["JIT_GRANT"])
    assert "\x9b" not in recorded.jitctl("search evil").out and "\\u{009b}evil" in recorded.jitctl("search evil").out
    assert recorded.jitctl("search ab", check=False).code == 2
    assert recorded.root("stat -c '%U %a' /var/cache/jit /var/cache/jit/search.sqlite").out == "root 700\nroot 600\n"
    recorded.root("rm -r /var/cache/jit")
    assert found(f"{MARK} 42") == [("alice", "root", f"{MARK} 42")]
    recorded.root("echo x >/var/cache/jit/search.sqlite")
    assert found(f"{MARK} 42") == [("alice", "root", f"{MARK} 42")]
    recorded.root(f"rm -r {ROOT}/{session['JIT_RECORDING']}")
    assert found(f"{MARK} 42") == []
    gone = recorded.jitctl(f"replay {session['JIT_SESSION']}", check=False)
    assert gone.code == 6 and "gone" in gone.text
    recorded.root(f"mkdir -p {ROOT}/carol/00/00/01; touch {ROOT}/carol/00/00/01/timing")
    assert "1 recording is not searched" in recorded.jitctl(f"search {MARK}").err


def test_commands_of_sessions(recorded):
    """log --commands tells the first command and every program below it, by whom, as whom and under which grant; a line
    that somebody else writes is not among them."""
    alice = recorded.user("alice")
    alice.run("cd /tmp; logger -t sudo '   alice : PWD=/ ; USER=root ; TSID=01 ; COMMAND=/usr/bin/forged'; "
              "sudo -n sh -c 'ls / >/dev/null; (setsid id -un); su postgres -c \"stat /\"'; sudo -n -b true; sleep 0.5")
    recorded.user("bob").run("sudo -n -u postgres sh -c 'logger -t sudo \"   bob : PWD=/ ; USER=root ; COMMAND=/usr/bin/forged\"; id'")
    over(recorded, session_of(recorded, "bob"))
    told = lines(recorded.jitctl("log --commands --user alice --json=short"))
    commands = [line["command"] for line in told]
    assert commands[0].startswith("/usr/bin/sh -c 'ls / ") and told[0]["cwd"] == "/tmp"
    for part in ("/usr/bin/ls /", "/usr/bin/id -un", "/usr/bin/stat /", "/usr/bin/true"):
        assert any(part in command for command in commands), (part, commands)
    assert {(line["user"], line["target"]) for line in told} == {("alice", "root")}
    opened = recorded.events("session.opened", user="alice")
    assert {line["session"] for line in told} == {event["JIT_SESSION"] for event in opened}
    everything = lines(recorded.jitctl("log --commands --json=short"))
    assert "/usr/bin/forged" not in [line["command"] for line in everything]
    assert any(line["user"] == "bob" and line["target"] == "postgres" and "/usr/bin/id" in line["command"] for line in everything)
    one = opened[0]["JIT_SESSION"]
    assert {line["session"] for line in lines(recorded.jitctl(f"log --commands --session {one} --json=short"))} == {one}
    assert recorded.jitctl("log --commands --session none", check=False).code == 6


@pytest.mark.parametrize("name", ["/tmp/x ; EXIT=0 ; y", "/tmp/x ; SIGNAL=TERM ; y", "/tmp/x ; COMMAND=/innocent", "/tmp/x ; USER=root ; y",
                                  "/tmp/x ; USER=root ; COMMAND=/innocent", "/tmp/x ; TSID=01 ; USER=root ; ENV="])
def test_a_name_of_a_directory_hides_no_command(recorded, name):
    """Whatever the directory is called, each command is told: with that directory, or as sudo's whole line where that can be
    read in two ways; as the first one, below it, and in the background."""
    alice = recorded.user("alice")
    alice.run(f"mkdir -p '{name}' && cd '{name}' && sudo -n sh -c 'cat /etc/shadow >/dev/null; true'; sudo -n -b stat /; sleep 0.5")
    told = lines(recorded.jitctl("log --commands --user alice --json=short"))
    for command in ("/usr/bin/sh -c 'cat /etc/shadow >/dev/null; true'", "/usr/bin/cat /etc/shadow", "/usr/bin/stat /"):
        assert any(line["command"].endswith(command) for line in told), (command, told)
    twofold = "USER=root ; COMMAND" in name or "ENV=" in name
    for line in told:
        if twofold:
            assert line["cwd"] == "" and f"PWD={name} ; USER=root ; " in line["command"]
        else:
            assert line["cwd"] == name and " ; " not in line["command"]
    assert {line["session"] for line in told} == {event["JIT_SESSION"] for event in recorded.events("session.opened", user="alice")}


def test_what_an_exit_looks_like_is_told(recorded):
    """Under log_exit_status the end of a command is a line of its own, and a command that looks like one is not lost."""
    recorded.write("/etc/sudoers.d/50-x", "Defaults log_exit_status\n", 0o440)
    recorded.user("alice").run("sudo -n sh -c 'exit 3' ';' EXIT=0; sudo -n stat / >/dev/null")
    recorded.wait_for("both ends", lambda: recorded.root("journalctl -t sudo -o cat | grep -c ' ; EXIT='", check=False).out.strip() >= "2")
    told = [line["command"] for line in lines(recorded.jitctl("log --commands --user alice --json=short"))]
    for command in ("/usr/bin/sh -c 'exit 3' ; EXIT=0", "/usr/bin/stat /", "/usr/bin/stat / ; EXIT=0"):
        assert command in told, told


@pytest.mark.parametrize("command", [f"sudo -n sh -c 'echo {MARK}-$((6*7))' \"$(printf '\\377')\"",
                                     f"mkdir -p \"$(printf '/tmp/a\\344b')\"; cd /tmp/a*b; sudo -n sh -c 'echo {MARK}-$((6*7))'"])
def test_a_byte_that_is_no_utf8_hides_no_recording(recorded, command):
    """A session with such a byte in its arguments or directory is replayed, exported and found as any other."""
    assert f"{MARK}-42" in recorded.user("alice").tty().type(command)
    session = session_of(recorded)
    over(recorded, session)
    recorded.root(f"LC_ALL=C grep -qaP '[\\x80-\\xff]' {ROOT}/{session['JIT_RECORDING']}/log.json")
    assert recorded.jitctl(f"replay {session['JIT_SESSION']}").out.split() == [f"{MARK}-42"]
    assert f"{MARK}-42" in recorded.jitctl(f"export {session['JIT_SESSION']}").out
    assert len(lines(recorded.jitctl(f"search {MARK}-42 --json=short"))) == 1


def test_a_recording_that_was_overwritten_is_not_the_others(recorded):
    """When sudo's counter is lost, the recordings it writes over are gone: replay and export say which session did it, and
    search knows the line under that one only."""
    first = in_terminal(recorded, f"echo {MARK}-$((6*7))")
    recorded.root(f"truncate -s 0 {ROOT}/seq")
    recorded.user("alice").tty().type(f"sudo -n echo {MARK}-43")
    second = recorded.wait_for("the second session", lambda: next(
        (event for event in recorded.events("session.opened", user="alice") if event["JIT_SESSION"] != first["JIT_SESSION"]), None))
    over(recorded, second)
    assert first["JIT_RECORDING"] == second["JIT_RECORDING"]
    for verb in ("replay", "export"):
        gone = recorded.jitctl(f"{verb} {first['JIT_SESSION']}", check=False)
        assert gone.code == 6 and gone.out == "" and f"overwritten by session {second['JIT_SESSION']}" in gone.err
    assert recorded.jitctl(f"replay {second['JIT_SESSION']}").out.split() == [f"{MARK}-43"]
    hits = lines(recorded.jitctl(f"search {MARK} --json=short"))
    assert [(hit["session"], hit["line"]) for hit in hits] == [(second["JIT_SESSION"], f"{MARK}-43")]


def test_a_damaged_recording_is_told_as_far_as_it_goes(recorded):
    """What can be read of a damaged recording is shown, and what is wrong is said: exit 1 for replay and export; search
    names it on stderr, again each time."""
    session = in_terminal(recorded, f"echo {MARK}-$((6*7))")
    path = f"{ROOT}/{session['JIT_RECORDING']}"
    recorded.root(f"cp -a {path} /root/kept")

    terminal = recorded.user("root").tty("bash")
    terminal.root_shell()

    def damage(how: str, what: str, shown: bool) -> None:
        recorded.root(f"rm -r {path}; cp -a /root/kept {path}; cd {path}; {how}")
        for verb in ("replay", "export"):
            said = recorded.jitctl(f"{verb} {session['JIT_SESSION']}", check=False)
            assert said.code == 1 and (f"{MARK}-42" in said.out) == shown and "is damaged" in said.err and what in said.err, (how, said)
        terminal.sendline(f"jitctl replay {session['JIT_SESSION']} --no-wait; echo over-$?")
        terminal.expect(f"is damaged.*{what}")
        terminal.expect("over-1")
        terminal.root_shell()
        for _ in range(2):
            said = recorded.jitctl(f"search {MARK}-42")
            assert (f"{MARK}-42" in said.out) == shown and session["JIT_SESSION"] in said.err and what in said.err, (how, said)
    damage("rm ttyout", "ttyout: No such file", False)
    damage("truncate -s -20 ttyout", "ttyout: shorter than timing says", True)
    damage("head -c 500 /dev/urandom >timing", "timing: ", False)
    damage("zcat timing >t; echo garbage >>t; mv t timing", "timing: not a line", True)
    damage("truncate -s 0 timing", "timing: empty", False)
    damage("echo '{' >log.json", "log.json: ", True)
    damage("rm log.json", "log.json: ", True)
    recorded.root(f"rm -r {path}; mv /root/kept {path}")
    assert recorded.jitctl(f"search {MARK}-42").err == ""
    assert recorded.jitctl(f"replay {session['JIT_SESSION']}").err == ""


@pytest.mark.parametrize("line", ["log_format=json", "!syslog", "!log_allowed"])
def test_no_lines_of_sudo_are_no_empty_list(recorded, line):
    """Where sudo notes nothing that is understood, log --commands says so for a session, and doctor names the line."""
    recorded.write("/etc/sudoers.d/50-x", f"Defaults {line}\n", 0o440)
    recorded.user("alice").run("sudo -n id -u")
    session = session_of(recorded)
    said = recorded.jitctl(f"log --commands --session {session['JIT_SESSION']}")
    assert said.out == "" and "see jitctl doctor" in said.err
    found = [f["text"] for f in json.loads(recorded.jitctl("doctor --json=short", check=False).out)["findings"] if f["id"] == "recording-setting"]
    assert found and found[0].startswith("/etc/sudoers.d/50-x:1: ")


def test_a_flood_hides_no_command(recorded):
    """With the example for journald an account that is not root can't drown the commands of its session."""
    recorded.user("bob").run("sudo -n -u postgres sh -c 'seq 60000 | logger -t x; stat /; true'")
    session = session_of(recorded, "bob")
    over(recorded, session)
    told = lines(recorded.jitctl(f"log --commands --session {session['JIT_SESSION']} --json=short"))
    assert told[-1]["command"] == "/usr/bin/stat /"


def test_who_may_not_read_is_told(recorded):
    """A plain user gets a word instead of recordings, exit 1; a session that was not recorded is exit 6."""
    recorded.user("alice").run("sudo -n id")
    session = session_of(recorded)
    over(recorded, session)
    for command in (f"replay {session['JIT_SESSION']}", f"export {session['JIT_SESSION']}", "search abc", "log --commands"):
        said = recorded.user("carol").run(f"jitctl {command}")
        assert said.code == 1 and "may not read" in said.text and said.out == "", command
    recorded.root("usermod -aG adm carol")
    for command in (f"replay {session['JIT_SESSION']}", f"export {session['JIT_SESSION']}", "search abc"):
        said = recorded.user("carol").run(f"jitctl {command}")
        assert said.code == 1 and ROOT in said.text and said.out == "", command
    recorded.jitctl("grant bob --for 30m --reason 'INC-1 look' --role plain")
    recorded.root(f"sed -i '/^Defaults:/d' {OURS}")
    recorded.user("bob").run("sudo -n id")
    plain = session_of(recorded, "bob")
    for missing in (plain["JIT_SESSION"], "none"):
        assert recorded.jitctl(f"replay {missing}", check=False).code == 6
    assert recorded.jitctl(f"replay {plain['JIT_SESSION']}", check=False).text.count("not recorded") == 1


def test_recordings_stay_as_long_as_tmpfiles_says(recorded):
    """The example for tmpfiles.d removes what is older than 90 days, and keeps what is not, and the counter."""
    recorded.user("alice").run("sudo -n id")
    old = session_of(recorded)["JIT_RECORDING"]
    recorded.root(f"find {ROOT}/alice -exec touch -h -d '100 days ago' {{}} +")
    recorded.user("bob").run("sudo -n -u postgres id")
    new = session_of(recorded, "bob")["JIT_RECORDING"]
    recorded.root(f"install -m 0644 {EXAMPLES}/jit-recordings.conf /etc/tmpfiles.d/ && systemd-tmpfiles --clean")
    assert not recorded.path(f"{ROOT}/{old}").exists()
    assert recorded.path(f"{ROOT}/{new}/timing").exists() and recorded.path(f"{ROOT}/seq").exists()
    recorded.user("alice").run("sudo -n id")
    assert session_of(recorded)["JIT_RECORDING"] > old


def test_without_a_recorded_role_nothing_is_recorded(host):
    """The lines for RECORDED match nobody who holds no recorded role, and sudo works as ever."""
    host.root(f"sed 's/^#Defaults/Defaults/' /usr/share/doc/jitd/examples/00-jit >{OURS}; chmod 0440 {OURS}")
    host.nopasswd("bob")
    host.grant("bob")
    said = host.user("bob").run("sudo -n id -u")
    assert (said.out, said.err) == ("0\n", "")
    assert host.root(f"find {ROOT} -mindepth 1").out == ""
    assert host.root(f"stat -c '%U %G %a' {ROOT}").out == "root jitd 750\n"
