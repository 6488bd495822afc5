# SPDX-License-Identifier: Apache-2.0
"""test_serve_faults.py - a history that cannot be written meanwhile, and secrets: the server answers, says so, tells none."""
import base64
import os
import resource
import signal
import sqlite3
import time
import unittest

from harness import Lateness
from serve_case import ServeCase
from test_serve_access import bcrypt

TOKEN = "s3cr3t-token-of-this-test-0123456789"
PASSWORD = "s3cr3t-password-of-this-test"


class Full(ServeCase):
    """Full by a limit on the size of files, which a process with the right to may raise from outside again."""

    def up(self, server):
        for line in server.get("/metrics")[2].decode().splitlines():
            if line.startswith("aico2_history_up "):
                return line.split()[1]
        return None

    def limit(self, server, size):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_full_and_free_again(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        server = self.serve("--interval", "200ms", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
        self.wait_for_samples(10)
        self.wait_until(lambda: self.up(server) == "1", "a history that is written")
        self.assertEqual(server.get("/readyz")[2], b"ready\n")
        self.limit(server, os.path.getsize(self.db + "-wal") // 2)
        self.wait_until(lambda: self.up(server) == "0", "/metrics tells that it is not")
        self.wait_until(lambda: b"cannot be written" in server.get("/readyz")[2], "/readyz tells so")
        self.assertEqual(server.get("/readyz")[0], 200)  # it measures
        stored = self.stored("SELECT count(*), max(end_wall_ns) FROM samples")[0]
        late = Lateness(self)
        time.sleep(3)
        for path in ("/", "/healthz", "/metrics", "/api/v1/runs", "/api/v1/devices", "/api/v1/live?wait=0", "/openapi.json"):
            self.assertEqual(server.get(path)[0], 200, path)
        self.assertEqual(self.stored("SELECT count(*) FROM samples")[0][0], stored[0])
        self.limit(server, resource.RLIM_INFINITY)
        self.wait_until(lambda: self.up(server) == "1", "it is written again")
        self.assertEqual(server.get("/readyz")[2], b"ready\n")
        # what was measured meanwhile is there: each second since then has its samples
        self.wait_for_samples(stored[0] + 30)
        ends = [row[0] for row in self.stored("SELECT DISTINCT end_wall_ns FROM samples WHERE end_wall_ns >= ? ORDER BY 1",
                                              stored[1])]
        self.assertLess(max(b - a for a, b in zip(ends, ends[1:])), (2.5 + 3 * late.seconds) * 1e9)
        self.assertEqual(server.stop(), 0)
        database = sqlite3.connect(self.db)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        database.close()

    def test_without_a_history_nothing_is_told_of_one(self):
        server = self.serve("--no-db")
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        self.assertIsNone(self.up(server))
        self.assertEqual(server.get("/readyz")[2], b"ready\n")


class Secrets(ServeCase):
    def file(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
        os.chmod(path, 0o600)
        return path

    def test_no_secret_is_told_anywhere(self):
        """In logs, answers, the history and the command line: neither a token nor a password."""
        server = self.serve("--log", "--interval", "200ms", "--token-file", self.file("tokens", TOKEN + "\n"), "--web-config",
                            self.file("web.yml", f"basic_auth_users: {{alice: '{bcrypt(PASSWORD)}'}}\n"))
        logins = [{"Authorization": f"Bearer {TOKEN}"},
                  {"Authorization": "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode()}]
        self.wait_until(lambda: server.get("/metrics", headers=logins[0])[0] == 200, "/metrics")
        told = b""
        for login in logins:
            for path in ("/", "/metrics", "/api/v1/runs", "/api/v1/devices", "/api/v1/doctor", f"/nope?token={TOKEN}",
                         f"/api/v1/runs?stage={PASSWORD}&limit=x"):
                status, headers, body = server.get(path, headers=login)
                self.assertNotIn(status, (401, 429, 503), path)
                told += str(headers).encode() + body
        self.wait_for_samples(10)
        words = [TOKEN.encode(), PASSWORD.encode(), base64.b64encode(f"alice:{PASSWORD}".encode())[8:-2]]
        places = {"answers": told, "stderr": server.said().encode()}
        for name in ("cmdline", "environ"):
            with open(f"/proc/{server.process.pid}/{name}", "rb") as handle:
                places[name] = handle.read()
        self.assertEqual(os.stat(f"/proc/{server.process.pid}/cmdline").st_uid, os.geteuid())
        for ending in ("", "-wal"):
            with open(self.db + ending, "rb") as handle:
                places["history" + ending] = handle.read()
        for place, text in places.items():
            for word in words:
                self.assertNotIn(word, text, place)
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def dumps_core(process):
        """Ended by a signal that makes a core: whether it made one."""
        process.send_signal(signal.SIGABRT)
        return os.WCOREDUMP(os.waitpid(process.pid, 0)[1])

    def test_no_core_holds_what_is_in_memory(self):
        unlimited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 24, resource.RLIM_INFINITY))}
        if not self.dumps_core(self.start("sleep", "60", **unlimited)):
            self.skipTest("no process makes a core here")
        server = self.serve("--no-db", "--token-file", self.file("tokens", TOKEN + "\n"), **unlimited)
        self.assertEqual(server.get("/api/v1/runs", headers={"Authorization": f"Bearer {TOKEN}"})[0], 200)
        self.assertFalse(self.dumps_core(server.process))


if __name__ == "__main__":
    unittest.main()
