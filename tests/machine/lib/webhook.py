# SPDX-License-Identifier: Apache-2.0
"""The other end of a webhook: an HTTP server on a machine's loopback, as the machine needs no server for it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

_SERVER = """
import http.server, json, sys
answers = [int(code) for code in sys.argv[2:]]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(json.dumps([self.path, self.headers["Content-Type"], body.decode()]), flush=True)
        self.send_response(answers.pop(0) if answers else 200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


class Webhook:
    """Takes what is posted, as long as the `with` block; the first posts get these answers, all others a 200."""

    PORT = 8080
    url = f"http://127.0.0.1:{PORT}/services/secret-token"

    def __init__(self, host, *answers: int):
        self._host = host
        self._command = ["nsenter", "--target", str(host.pid), "--net", "--", sys.executable, "-I", "-c", _SERVER,
                         str(self.PORT), *map(str, answers)]
        self.posts: list[tuple[str, str, str]] = []  # path, type, body

    def __enter__(self) -> Webhook:
        self._server = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout.readline() == "ready\n"
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.kill()
        self._server.wait()

    def _read(self) -> None:
        for line in self._server.stdout:
            self.posts.append(tuple(json.loads(line)))

    @property
    def texts(self) -> list[str]:
        return [json.loads(body)["text"] for _, _, body in self.posts]

    def wait(self, *words: str) -> str:
        """The first text with all these words, as soon as it was posted."""
        def found():
            return [text for text in self.texts if all(word in text for word in words)]
        return self._host.wait_for(f"a post with {words}, not only {self.texts}", found, 20)[0]
