# SPDX-License-Identifier: Apache-2.0
"""push_case.py - a pusher that is fed by lines, its fetcher, and servers that take what it sends."""
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server, certificates  # noqa: E402
from ports import free_port
from remote_write import series  # noqa: E402

FETCHER = os.environ["AICO2_FETCH"]
CLIENT = os.environ["AICO2_PUSH_CLIENT"]
SLOW = 120


class Receiver(Server):
    """Takes remote write as Prometheus does: all of a request, or nothing of it. `answers` are given first, in turn."""

    def __init__(self, answers=(), **more):
        self.answers = list(answers)
        self.taken = {}  # labels: {milliseconds: value}
        self.sizes = []
        super().__init__(self.handle, **more)

    def handle(self, exchange):
        body = exchange.body
        self.sizes.append(len(body))
        if self.answers:
            answer = self.answers.pop(0)
            if answer is not None:
                answer(exchange)
                return
        for labels, value, at in series(body):
            known = self.taken.setdefault(labels, {})
            if known and at < max(known):
                exchange.reply("out of order sample", status=400)
                return
            known[at] = value
        exchange.reply(status=204)

    def values(self, name, **wanted):
        """{milliseconds: value} of the one series."""
        found = [samples for labels, samples in self.taken.items()
                 if dict(labels)["__name__"] == name and wanted.items() <= dict(labels).items()]
        assert len(found) <= 1, found
        return found[0] if found else {}


def status(code, body="", headers=()):
    return lambda exchange: exchange.reply(body, status=code, headers=headers)


class Pusher:
    """push_client and its conversation."""

    def __init__(self, case, url, **fields):
        words = [f"{name}={value}" for name, value in {"url": url, **fields}.items() if value is not None]
        self.case = case
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([CLIENT, FETCHER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        self.words = words

    def say(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def push(self, at, *samples, how="push"):
        self.say(f"at {at}", *samples, how)

    def read(self, seconds=SLOW):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            raise AssertionError("no answer of push_client")
        return json.loads(self.process.stdout.readline())

    def figures(self):
        self.say("figures")
        return self.read()

    def until(self, condition, seconds=SLOW):
        deadline = time.monotonic() + seconds
        while True:
            figures = self.figures()
            if condition(figures):
                return figures
            if time.monotonic() > deadline:
                raise AssertionError(f"{figures}")
            time.sleep(0.05)

    def end(self):
        self.say("end")
        figures = self.read()
        self.process.wait(SLOW)
        self.process.stdin.close()
        self.process.stdout.close()
        return figures

    def log(self):
        self.errors.seek(0)
        return self.errors.read()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            try:
                stream.close()
            except BrokenPipeError:
                pass


class RealServer:
    """Prometheus or VictoriaMetrics on loopback, with a directory that outlives its process."""

    PROGRAMS = {"prometheus": "prometheus", "victoria": "victoria-metrics"}

    def __init__(self, kind, folder):
        self.kind = kind
        self.folder = folder
        self.port = free_port()
        self.base = f"http://localhost:{self.port}"
        self.url = self.base + "/api/v1/write"
        self.process = None
        if kind == "prometheus":
            with open(os.path.join(folder, "prometheus.yml"), "w") as file:
                file.write("global: {scrape_interval: 1h}\n")

    def start(self):
        if self.kind == "prometheus":
            words = ["prometheus", f"--config.file={self.folder}/prometheus.yml",
                     f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}",
                     "--web.enable-remote-write-receiver"]
        else:
            words = ["victoria-metrics", f"-storageDataPath={self.folder}/data",
                     f"-httpListenAddr=127.0.0.1:{self.port}", "-search.latencyOffset=0s",
                     "-search.disableCache", "-retentionPeriod=100y"]
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + SLOW
        while True:
            try:
                with urllib.request.urlopen(f"{self.base}/-/ready", timeout=SLOW):
                    return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(SLOW)
        self.log.close()
        self.process = None

    def query(self, text, at):
        if self.kind == "victoria":  # what it took a moment ago is not found yet
            with urllib.request.urlopen(f"{self.base}/internal/force_flush", timeout=SLOW):
                pass
        words = urllib.parse.urlencode({"query": text, "time": at})
        with urllib.request.urlopen(f"{self.base}/api/v1/query?{words}", timeout=SLOW) as answer:
            return json.load(answer)["data"]["result"]

    def samples(self, selector, from_ms, to_ms):
        """{labels: {milliseconds: value}}, as they are stored."""
        found = {}
        for one in self.query(f"{selector}[{to_ms - from_ms + 1000}ms]", to_ms / 1000 + 0.5):
            found[tuple(sorted(one["metric"].items()))] = {round(at * 1000): float(value) for at, value in one["values"]}
        return found


class Case(unittest.TestCase):
    tls = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aico2-push-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.state = os.path.join(self.root, "state", "push")
        self.began_ms = int(time.time() * 1000) - 60000

    @classmethod
    def certificates(cls):
        if Case.tls is None:
            Case.tls_folder = tempfile.TemporaryDirectory(prefix="aico2-tls-")
            Case.tls = certificates(Case.tls_folder.name)
        return Case.tls

    def receiver(self, *answers, **more):
        found = Receiver(answers, **more)
        self.addCleanup(found.close)
        return found

    def pusher(self, url, **fields):
        found = Pusher(self, url, **{"state": self.state, **fields})
        self.addCleanup(found.close)
        return found

    def real(self, kind):
        program = RealServer.PROGRAMS[kind]
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")
        folder = os.path.join(self.root, kind)
        os.mkdir(folder)
        found = RealServer(kind, folder)
        self.addCleanup(found.stop, signal.SIGKILL)
        found.start()
        return found

    def put_file(self, name, text, mode=0o600):
        path = os.path.join(self.root, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def kept(self):
        return sorted(name for _, _, names in os.walk(self.state) for name in names)


def main():
    unittest.main(argv=sys.argv)
