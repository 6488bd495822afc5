# SPDX-License-Identifier: Apache-2.0
"""serve_case.py - `aico2 serve` started on loopback at a free port, asked over raw sockets, ended with the test."""
import contextlib
import http.client
import json
import os
import re
import signal
import socket

import harness
from harness import PROGRAM, SLOW

LISTENING = re.compile(r"aico2 serve: (https?)://(\S+):(\d+)$")


def rest_of(peer):
    """What a connection gives until its end, which may be a reset: who ends does not wait for what was still being asked."""
    got = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while more := peer.recv(65536):
            got += more
    return got


class Server:
    """One that runs: its process, where it listens, and what it said on stderr."""

    def __init__(self, case, process, log):
        self.case, self.process, self.log = case, process, log
        self.ports = []

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as handle:
            return handle.read()

    def wait_for(self, text):
        return self.case.wait_until(lambda: text in self.said() and self.said(), f"'{text}' on stderr")

    @property
    def port(self):
        return self.ports[0][1]

    def get(self, path, method="GET", headers=None, body=None, port=None):
        """(status, headers, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=SLOW)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def connect(self, timeout=SLOW):
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        self.case.addCleanup(peer.close)
        return peer

    def raw(self, request, timeout=SLOW):
        """Bytes as they are; what comes back until the end, which a server that refuses may reach before all is sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as peer:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sendall(request)
            with contextlib.suppress(OSError):  # ENOTCONN: a reset came first
                peer.shutdown(socket.SHUT_WR)
            return rest_of(peer)

    def status(self, request, **more):
        """The status of the first answer; 0: none came."""
        answer = self.raw(request, **more)
        match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
        return int(match.group(1)) if match else 0

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=SLOW)


class ServeCase(harness.Case):
    def serve(self, *options, env=None, listen=True, wait=True, before=(), **more):
        """Started, and ready unless told not to wait; before: words of a program that becomes it."""
        log = os.path.join(self.root, f"serve-{len(os.listdir(self.root))}.log")
        words = [*before, PROGRAM, "serve", *(["--listen", "127.0.0.1:0"] if listen else []), *options]
        with open(log, "w", encoding="utf-8") as handle:
            process = self.start(*words, stdout=handle, stderr=handle, env={**self.env, **(env or {})}, **more)
        server = Server(self, process, log)
        if wait:
            def addresses():  # a line each, and whole ones
                return [(match.group(2), int(match.group(3)))
                        for match in map(LISTENING.search, server.said().rpartition("\n")[0].splitlines()) if match]
            wanted = max(1, words.count("--listen"))
            self.wait_until(lambda: len(addresses()) >= wanted or process.poll() is not None, "an address on stderr")
            self.assertIsNone(process.poll(), server.said())
            server.ports = addresses()
        return server

    def serve_fails(self, *options, status=2, **more):
        """Refused before anything begins. Returns what it said."""
        listen = [] if "--listen" in options else ["--listen", "127.0.0.1:0"]
        result = self.aico2("serve", *listen, *options, **more)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertFalse(os.path.exists(self.db), "a run was begun")
        return result.stderr

    def runs(self):
        return json.loads(self.aico2("runs", "--json").stdout)["runs"]
