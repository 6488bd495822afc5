# SPDX-License-Identifier: Apache-2.0
"""test_secrets.py - S10: a secret that came in by any door is in nothing that was written, told or left to be looked at.

Each door gets a secret of its own, by which one that has got out is known: in what the programs say, their reports, histories,
caches and queues, their command lines and environments, what a measured command sees, and a core file.
"""
import base64
import ctypes
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from harness import PROGRAM, SLOW
from serve_case import ServeCase

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server as FakeServer  # noqa: E402

ROOT = os.geteuid() == 0
PROGRAMS = {"cli": PROGRAM, "server": os.environ["AICO2_TEST_SERVE"], "fetch": os.environ["AICO2_FETCH"]}


class Secrets(ServeCase):
    def setUp(self):
        super().setUp()
        self.secrets = {}
        self.said = []
        self.env = {name: value for name, value in self.env.items() if not name.lower().endswith("_proxy")}
        self.env.update(XDG_STATE_HOME=os.path.join(self.root, "state"), XDG_CACHE_HOME=os.path.join(self.root, "cache"))
        os.chmod(self.root, 0o755)
        for folder, program in PROGRAMS.items():  # as a build has them, where another user may run them
            os.makedirs(os.path.join(self.root, "programs", folder))
            shutil.copy(program, os.path.join(self.root, "programs", folder))
        self.program = os.path.join(self.root, "programs", "cli", os.path.basename(PROGRAM))

    def plant(self, door):
        """A secret that nothing else has; as a file's content has it."""
        self.secrets[door] = f"s3cr3t-{door}-{os.urandom(8).hex()}"
        return self.secrets[door]

    def secret_file(self, door, text="{}\n"):
        path = os.path.join(self.root, "secret-" + door)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
            handle.write(text.format(self.plant(door)))
        return path

    def parrot(self, status=401):
        """A server that says back all it was sent, readable where it was encoded."""
        def answer(exchange):
            sent = list(exchange.headers.values()) + [exchange.path]
            sent += [base64.b64decode(value[6:] + "==").decode("latin-1") for value in sent if value.lower().startswith("basic ")]
            self.said.append(" ".join(sent))
            exchange.reply(json.dumps({"error": " ".join(sent)}), status=status)
        found = FakeServer(answer)
        self.addCleanup(found.close)
        return found

    def forms(self):
        for door, secret in self.secrets.items():
            yield door, secret.encode()
            yield door, base64.b64encode(secret.encode())[:-4]  # and as a header has it, wherever it begins
            yield door, base64.b64encode(b"ann:" + secret.encode())[6:-4]

    def look_at(self, what, content):
        for door, form in self.forms():
            self.assertNotIn(form, content, f"the secret of {door} is in {what}")

    def look_at_files(self):
        """All that was written below the test's folder, but for the secrets' own files."""
        looked = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                if not name.startswith("secret-") and "/programs/" not in path and not name.endswith(".token") and not folder.endswith("/credentials"):
                    with open(path, "rb") as handle:
                        self.look_at(path, handle.read())
                    looked += 1
        return looked

    def look_at_processes(self, pid):
        """Of a process and all below it: what others may see of it."""
        looked, waiting = 0, [pid]
        while waiting:
            one = waiting.pop()
            for name in ("cmdline", "environ", "comm"):
                with open(f"/proc/{one}/{name}", "rb") as handle:
                    self.look_at(f"/proc/{one}/{name}", handle.read())
            for path in glob.glob(f"/proc/{one}/task/*/children"):
                with open(path, encoding="ascii") as handle:
                    waiting += [int(word) for word in handle.read().split()]
            looked += 1
        return looked

    def call(self, *words, status=0, env=None):
        done = subprocess.run([self.program, *words], env={**self.env, **(env or {})}, cwd=self.cwd, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SLOW, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.look_at(f"what `aico2 {words[0]}` said", done.stdout + done.stderr)
        return done

    def heard(self, door):
        """It did go where it is for: else nothing was shown."""
        return any(self.secrets[door] in one for one in self.said)


class Served(Secrets):
    def hash(self, secret):
        library = ctypes.CDLL("libcrypt.so.1")
        library.crypt.restype = ctypes.c_char_p
        return library.crypt(secret.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()

    def start_server(self, **more):
        receiver = self.parrot()
        web = os.path.join(self.root, "web.yml")
        with open(os.open(web, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
            handle.write(f"basic_auth_users:\n  ann: {self.hash(self.plant('login'))}\n")
        files = [self.secret_file("token", "{} raw\n"), self.secret_file("push-password"), self.secret_file("push-header", "X-Key: {}\n")]
        if ROOT:
            user = pwd.getpwnam("nobody")
            for path in (web, *files):
                os.chown(path, user.pw_uid, user.pw_gid)
            for folder in (self.cwd, os.path.join(self.root, "store"), os.path.join(self.root, "state")):
                os.makedirs(folder, exist_ok=True)
                os.chown(folder, user.pw_uid, user.pw_gid)
            more.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        else:
            os.makedirs(os.path.join(self.root, "store"))
        log = open(os.path.join(self.root, "serve.log"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        process = self.start("bash", "-c", 'ulimit -c unlimited; exec "$@"', "bash", self.program, "serve", "--listen", "127.0.0.1:0",
                             "--db", os.path.join(self.root, "store", "history.db"), "--interval", "200ms", "--log",
                             "--web-config", web, "--token-file", files[0], "--remote-write", receiver.url + "/write",
                             "--remote-write-user", "ann", "--remote-write-password-file", files[1], "--remote-write-header-file",
                             files[2], "--remote-write-interval", "1s", stderr=log, stdout=log, **more)

        def said():
            with open(log.name, encoding="utf-8") as handle:
                return handle.read()
        port = self.wait_until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)$", said(), re.MULTILINE), "an address").group(1)
        return process, int(port)

    def ask(self, port, header, path="/api/v1/runs"):
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SLOW)
        connection.request("GET", path, headers={"Authorization": header})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.look_at(path, body)
        return answer.status

    def test_nothing_of_a_server_shows_one(self):
        process, port = self.start_server()
        login = "Basic " + base64.b64encode(f"ann:{self.secrets['login']}".encode()).decode()
        self.wait_until(lambda: self.ask(port, login) == 200, "let in")
        self.assertEqual(self.ask(port, "Bearer " + self.secrets["token"]), 200)
        for wrong in ("Bearer x" + self.secrets["token"], "Bearer " + self.secrets["login"], login + "AA", "Basic " + self.secrets["token"]):
            self.assertEqual(self.ask(port, wrong), 401)
        self.ask(port, login, f"/api/v1/runs?q={self.secrets['token'][:9]}")
        self.wait_until(lambda: self.heard("push-password") and self.heard("push-header"), "what is pushed")
        self.wait_until(lambda: b"401" in self.log(), "the answer it got")
        self.assertGreaterEqual(self.look_at_processes(process.pid), 2)  # its fetcher, too
        self.core(process)
        self.assertGreaterEqual(self.look_at_files(), 4)
        self.assertIn(b"GET /api/v1/runs", self.log())

    def log(self):
        with open(os.path.join(self.root, "serve.log"), "rb") as handle:
            return handle.read()

    def core(self, process):
        """Neither its own user, by ptrace or its memory, nor the kernel by a core file."""
        script = ("import os, sys\n"
                  "try:\n    open(f'/proc/{sys.argv[1]}/mem', 'rb').close(); print('read')\n"
                  "except PermissionError:\n    print('refused')\n")
        reader = shutil.which("python3", path="/usr/bin:/bin")
        user = {"user": pwd.getpwnam("nobody").pw_uid, "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if ROOT else {}
        if reader:
            done = subprocess.run([reader, "-c", script, str(process.pid)], capture_output=True, text=True, check=True, cwd="/", **user)
            self.assertEqual(done.stdout, "refused\n")
        if shutil.which("gcore"):
            done = subprocess.run(["gcore", "-o", os.path.join(self.cwd, "taken"), str(process.pid)], capture_output=True, text=True,
                                  check=False, cwd="/", **user)
            self.assertNotEqual(done.returncode, 0, done.stdout)
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as handle:
            self.assertRegex(handle.read(), r"core file size +unlimited")  # the limit does not keep it from one
        process.send_signal(signal.SIGSEGV)
        self.assertEqual(process.wait(SLOW), -signal.SIGSEGV)
        time.sleep(0.1)
        self.assertEqual([name for name in os.listdir(self.cwd) if name.startswith(("core", "taken"))], [])


class Asked(Secrets):
    """Keys of providers and of time-series servers."""

    def run_with_key(self, provider, status=401, env=None):
        """A run that asks a provider, whose command shows what it sees."""
        server = self.parrot(status)
        shown = self.call("run", "-o", f"{provider}.json", "--country", "FR", "--provider", provider, "--provider-url",
                          f"{provider}={server.url}", "--fetch-timeout", "60s", "--", "sh", "-c",
                          "env; cat /proc/self/environ /proc/$PPID/cmdline; ls -l /proc/self/fd", env=env)
        return shown

    def test_keys_of_providers_by_every_door(self):
        secrets = os.path.join(self.root, "config", "aico2")
        credentials = os.path.join(self.root, "credentials")
        os.makedirs(secrets, mode=0o700)
        os.mkdir(credentials)
        for path, door in ((os.path.join(secrets, "electricitymaps.token"), "key-file"),
                           (os.path.join(credentials, "aico2.electricitymaps"), "key-credential")):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
                handle.write(self.plant(door))
            self.run_with_key("electricitymaps", env={"CREDENTIALS_DIRECTORY": credentials} if door == "key-credential" else {})
            self.assertTrue(self.heard(door), self.said)
        os.unlink(os.path.join(secrets, "electricitymaps.token"))
        self.plant("key-environment")
        done = self.run_with_key("electricitymaps", env={"AICO2_ELECTRICITYMAPS_TOKEN": self.secrets["key-environment"]})
        self.assertTrue(self.heard("key-environment"), self.said)
        self.assertIn(b"AICO2_ELECTRICITYMAPS_TOKEN is taken from the environment", done.stderr)
        # WattTime's is a name and a password, EIA's stands in the address
        for provider, content in (("watttime", "ann:{}"), ("eia", "{}")):
            with open(os.open(os.path.join(secrets, provider + ".token"), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
                handle.write(content.format(self.plant("key-" + provider)))
        server = self.parrot()
        self.call("run", "-o", "us.json", "--zone", "US-CAL-CISO", "--provider", "eia", "--provider-url", f"eia={server.url}",
                  "--fetch-timeout", "60s", "--", "true")
        self.call("when", "--zone", "CAISO_NORTH", "--duration", "1h", "--provider", "watttime", "--provider-url",
                  f"watttime={server.url}", "--fetch-timeout", "60s", status=1)
        self.assertTrue(self.heard("key-eia") and self.heard("key-watttime"), self.said)
        self.assertGreaterEqual(self.look_at_files(), 5)
        for words in (["runs", "--json"], ["show", "last", "--json"], ["export"], ["config"]):
            self.call(*words)

    def test_ways_into_a_time_series_server(self):
        server = self.parrot()
        url = ["measure", "--source", "prometheus", "--prometheus-url", server.url, "--start", "2026-11-24T00:00:00Z", "--end",
               "2026-11-24T01:00:00Z", "--country", "FR"]
        for door, words in (("query-password", ["--prometheus-user", "ann", "--prometheus-password-file"]),
                            ("query-token", ["--prometheus-token-file"]), ("query-header", ["--prometheus-header-file"])):
            path = self.secret_file(door, "X-Key: {}\n" if door == "query-header" else "{}\n")
            self.call(*url, *words, path, status=1)
            self.assertTrue(self.heard(door), self.said)
        self.look_at_files()

    def test_an_address_with_a_secret_is_told_without_it(self):
        address = f"http://ann:{self.plant('address')}@127.0.0.1:9"
        for words in (["measure", "--source", "prometheus", "--prometheus-url", address, "--start", "2026-11-24T00:00:00Z",
                       "--end", "2026-11-24T01:00:00Z"],
                      ["run", "--country", "GB", "--provider", "gb", "--provider-url", f"gb={address}", "--", "true"],
                      ["export", "--remote-write", address], ["serve", "--listen", "127.0.0.1:0", "--remote-write", address]):
            self.call(*words, status=0 if words[0] == "run" else 2)  # a run goes on without the hours' own intensity
        with open(os.path.join(self.root, "secret-config.yml"), "w", encoding="utf-8") as handle:
            handle.write(f"prometheus-url: {address}\n")
        self.look_at_files()


if __name__ == "__main__":
    unittest.main()
