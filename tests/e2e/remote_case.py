# SPDX-License-Identifier: Apache-2.0
"""remote_case.py - time-series servers on loopback, real and misbehaving, with series whose integrals are known."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server, certificates  # noqa: E402
from ports import free_port

FETCHER = os.environ.get("AICO2_FETCH", "")
CLIENT = os.environ.get("AICO2_REMOTE_CLIENT", "")
SLOW = 120
RAPL_RANGE = 262143.328850


class Series:
    """Samples of one series: `at(t)` a value or None, t in seconds since `begin`."""

    def __init__(self, metric, at, begin, end, step=15, **labels):
        self.metric = metric
        self.labels = labels
        self.samples = []
        count = int(round((end - begin) / step))
        for i in range(count + 1):
            value = at(i * step)
            if value is not None:
                self.samples.append((round(begin + i * step, 3), value))

    def text(self, scale=1):
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        head = f"{self.metric}{{{labels}}}"
        return [f"{head} {value!r} {time_ if scale == 1 else int(round(time_ * scale))}" for time_, value in self.samples]


def open_metrics(series):
    """Each family once, as promtool wants it."""
    lines = []
    for name in sorted({one.metric for one in series}):
        is_counter = name.endswith("_total")
        lines.append(f"# TYPE {name[:-6] if is_counter else name} {'counter' if is_counter else 'gauge'}")
        for one in series:
            if one.metric == name:
                lines += one.text()
    return "\n".join(lines + ["# EOF", ""])


def wait_for(url, process, seconds=SLOW):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=SLOW) as reply:
                return reply.read()
        except OSError:
            if process.poll() is not None:
                raise AssertionError(f"ended with {process.returncode} before it answered") from None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aico2-remote-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        for name, value in os.environ.items():
            if name.endswith("_OPTIONS"):
                self.env[name] = value
        self.output = ""

    def path(self, *names):
        return os.path.join(self.root, *names)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")
        return program

    def start(self, words, ready):
        with open(self.path("log"), "ab") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.root)
        self.addCleanup(self.end, process)
        wait_for(ready, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def load(self, series, folder="data"):
        """Blocks of a Prometheus with these series in them."""
        self.need("promtool")
        self.write("series.om", open_metrics(series))
        done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", self.path("series.om"),
                               self.path(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SLOW,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def prometheus(self, series=(), config="global: {scrape_interval: 15s}\n", options=(), port=None, ready="/-/ready"):
        self.need("prometheus")
        if series:
            self.load(series)
        self.write("prometheus.yml", config)
        port = port or free_port()
        words = ["prometheus", "--config.file=" + self.path("prometheus.yml"),
                 "--storage.tsdb.path=" + self.path("data"), f"--web.listen-address=127.0.0.1:{port}",
                 "--storage.tsdb.retention.time=400d", *options]
        self.process = self.start(words, f"http://127.0.0.1:{port}{ready}")
        return f"http://127.0.0.1:{port}"

    def victoria(self, series=(), config=""):
        self.need("victoria-metrics")
        port = free_port()
        more = ["-promscrape.config=" + self.write("scrape.yml", config)] if config else []
        self.process = self.start(
            ["victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", "-storageDataPath=" + self.path("vm"),
             "-retentionPeriod=2y", "-loggerLevel=ERROR", *more], f"http://127.0.0.1:{port}/health")
        url = f"http://127.0.0.1:{port}"
        if series:
            text = "\n".join(line for one in series for line in one.text(scale=1000)) + "\n"
            request = urllib.request.Request(url + "/api/v1/import/prometheus", text.encode(), method="POST")
            with urllib.request.urlopen(request, timeout=SLOW) as reply:
                reply.read()
            with urllib.request.urlopen(url + "/internal/force_flush", timeout=SLOW) as reply:
                reply.read()
        return url

    def server(self, handler, **more):
        found = Server(handler, **more)
        self.addCleanup(found.close)
        return found

    def ask(self, url, status=0, **fields):
        """The frames of an answer, by kind."""
        words = [f"url={url}"]
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                words.append(f"{name}={one}")
        began = time.monotonic()
        done = subprocess.run([CLIENT, FETCHER, *words], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=SLOW, check=False)
        self.seconds = time.monotonic() - began
        self.output += done.stdout + done.stderr
        self.assertEqual(done.returncode, status, done.stderr)
        return Answer(json.loads(done.stdout), self)


class Answer:
    def __init__(self, frames, case):
        self.hosts = [host for frame in frames for host in frame.get("host", [])]
        self.devices = [device for frame in frames for device in frame.get("device", [])]
        self.readings = [[(ns / 1e9, value) for ns, value in frame["readings"]]
                         for frame in frames if "readings" in frame]
        self.counts = [frame["count"] for frame in frames if "readings" in frame]
        self.sums = [frame["sum"] for frame in frames if "readings" in frame]
        self.notes = [frame["note"] for frame in frames if "note" in frame]
        self.points = [frame["points"] for frame in frames if "points" in frame]
        self.server = next((frame["server"] for frame in frames if "server" in frame), None)
        ends = [(frame["end"], frame["message"]) for frame in frames if "end" in frame]
        self.kilobytes = frames[-1]["kilobytes"]
        self.cpu_ms = frames[-1]["cpu_ms"]
        case.assertEqual(frames[-1]["wrong"], "")
        case.assertEqual(len(ends), 1)
        self.outcome, self.message = ends[0]

    def device(self, **wanted):
        """The one device with these fields, and its readings."""
        found = [i for i, device in enumerate(self.devices)
                 if all((self.hosts[device["host"]]["name"] if name == "on" else device[name]) == value
                        for name, value in wanted.items())]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} devices with {wanted}: {self.devices}")
        return self.devices[found[0]], self.readings[found[0]]


def joules(device, readings, begin, end):
    """Bracketed integration, as apis.md has it and without a gap."""
    def clipped(a, b):
        (t0, v0), (t1, v1) = a, b
        x0, x1 = max(t0, begin), min(t1, end)
        if x1 <= x0:
            return 0.0
        at = lambda t: v0 + (v1 - v0) * (t - t0) / (t1 - t0)  # noqa: E731
        if device["form"] == "power":
            return (at(x0) + at(x1)) / 2 * (x1 - x0)
        delta = v1 - v0 if v1 >= v0 else v1 + device["range_joules"] - v0 if device["range_joules"] else v1
        return delta * (x1 - x0) / (t1 - t0)
    return sum(clipped(a, b) for a, b in zip(readings, readings[1:]))


def main():
    unittest.main(argv=sys.argv)
