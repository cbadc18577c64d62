#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A command on a terminal of its own: terminal.py [AFTER KEYS]... -- COMMAND...

Once the command has written AFTER, KEYS are typed (with escapes as \\r and \\x03, or @FILE); the next pair counts from
there. Prints what the terminal got, byte for byte, and ends as the command did.
"""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios


def keys(word: str) -> bytes:
    if word.startswith("@"):
        with open(word[1:], "rb") as file:
            return file.read()
    return word.encode().decode("unicode_escape").encode("latin-1")


split = sys.argv.index("--")
script = [(sys.argv[i].encode(), keys(sys.argv[i + 1])) for i in range(1, split, 2)]
signal.alarm(30)
child, terminal = pty.fork()
if child == 0:
    for number in (signal.SIGINT, signal.SIGPIPE):  # python, and a script's background, ignore them
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])

seen, start = b"", 0
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:  # nobody has it open any more
        break
    if not chunk:
        break
    seen += chunk
    while script and script[0][0] in seen[start:]:
        start = seen.index(script[0][0], start) + len(script[0][0])
        os.write(terminal, script.pop(0)[1])

sys.stdout.buffer.write(seen)
sys.stdout.flush()
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(128 - status if status < 0 else status)
