# SPDX-License-Identifier: Apache-2.0
"""harness.py - the built program in a home of its own, and what holds of every document it gives."""
import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ["AICO2_PROGRAM"]
PYTHON = sys.executable
SLOW = 120  # seconds until something that should end at once is taken for hanging, on any machine
PYTHONS = ("PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8")  # with these a Python that is measured prints in another way

# Who starts the tests in the background, or under nohup, has them ignore these, and all that they start would. A handler
# is not handed on: here they are ignored as before, and what is started takes them as it does from a terminal.
for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, lambda number, frame: None)

# Figures that may be below zero: what two runs differ by, and what electricity costs in some hours.
SIGNED = {"delta", "low", "high"}
COST = {"price_per_kwh", "amount", "low", "high"}


def walk(value, path="$"):
    """Every number of a document with where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, f"{path}[{index}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def document(text):
    """One JSON document, strictly: UTF-8, no NaN, no infinity, nothing negative."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    value = json.loads(text, parse_constant=refuse_constant)
    signed = value.get("schema") == "aico2.compare/1"
    for path, number in walk(value):
        if not math.isfinite(number):
            raise AssertionError(f"{path} is {number}")
        parent, _, name = path.rpartition(".")
        may_be_below = (signed and name in SIGNED) or (parent == "$.cost" and name in COST)
        if number < 0 and not may_be_below:
            raise AssertionError(f"{path} is {number}")
    return value


def document_in(text):
    """The JSON document among the lines of stderr."""
    start = text.index("{\n") if isinstance(text, str) else text.index(b"{\n")
    end = text.rindex("\n}") + 2 if isinstance(text, str) else text.rindex(b"\n}") + 2
    return document(text[start:end])


class Lateness(threading.Thread):
    """How late this machine is, at most, with what is to be done at a time: a bar in seconds is moved by it."""

    def __init__(self, case):
        super().__init__(daemon=True)
        self.over, self.seconds = threading.Event(), 0.0
        case.addCleanup(self.over.set)
        self.start()

    def run(self):
        while not self.over.is_set():
            wanted = time.monotonic() + 0.02
            time.sleep(0.02)
            self.seconds = max(self.seconds, time.monotonic() - wanted)


class Case(unittest.TestCase):
    """A temporary directory with home, cwd and history; an environment without our variables."""

    def setUp(self):
        root = tempfile.TemporaryDirectory(prefix="aico2-e2e-")
        self.addCleanup(self.remove_root, root)
        self.root = root.name
        self.cwd = os.path.join(self.root, "cwd")
        os.mkdir(self.cwd)
        self.db = os.path.join(self.root, "history.db")
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("AICO2_", "NO_COLOR", "CLICOLOR", "LC_", "LANG", "XDG_"))
                    and name not in PYTHONS}
        self.env.update(HOME=self.root, XDG_CONFIG_HOME=os.path.join(self.root, "config"),
                        LC_ALL="C.UTF-8", TERM="xterm", AICO2_DB=self.db,
                        ASAN_OPTIONS="disable_coredump=0")  # else a sanitizer sets the limit to 0

    def remove_root(self, root):
        """What a test has ended may be about to write its last, a shell its history: a folder that fills is emptied again."""
        try:
            root.cleanup()
        except OSError:
            self.wait_until(lambda: shutil.rmtree(self.root, ignore_errors=True) or not os.path.exists(self.root),
                            f"{self.root} is empty")

    def path(self, name):
        return os.path.join(self.cwd, name)

    def read(self, name, mode="r", **more):
        with open(self.path(name), mode, **more) as handle:
            return handle.read()

    def write(self, name, text, mode="w", **more):
        with open(self.path(name), mode, **more) as handle:
            handle.write(text)
        return self.path(name)

    def aico2(self, *words, env=None, **more):
        for name in ("stdout", "stderr"):
            more.setdefault(name, subprocess.PIPE)
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("cwd", self.cwd)
        more.setdefault("timeout", SLOW)
        if not {"text", "encoding"} & set(more):
            more.update(text=True, errors="surrogateescape")
        return subprocess.run([PROGRAM, *words], env={**self.env, **(env or {})}, check=False,
                              **more)

    def run_command(self, *words, options=(), **more):
        return self.aico2("run", *options, "--", *words, **more)

    def shell(self, script, **more):
        """A shell script with the program as $0."""
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        more.setdefault("timeout", SLOW)
        more.setdefault("cwd", self.cwd)
        return subprocess.run(["bash", "-c", script, PROGRAM], env=self.env, text=True,
                              check=False, **more)

    def start(self, *words, **more):
        """In the background, in a session of its own; killed with it when the test ends."""
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("cwd", self.cwd)
        more.setdefault("env", self.env)
        process = subprocess.Popen(words, text=True, start_new_session=True, **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def wait_until(self, condition, what):
        deadline = time.monotonic() + SLOW
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.01)
        return self.fail(f"never happened: {what}")

    @staticmethod
    def children_of(process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as handle:
            return [int(pid) for pid in handle.read().split()]

    def stored(self, statement, *values):
        """Rows of the history, as they are committed."""
        connection = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=SLOW)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def wait_for_samples(self, count, until=0):
        """So many are stored, up to that time of the wall clock."""
        def enough():
            try:
                number, newest = self.stored("SELECT count(*), max(end_wall_ns) FROM samples")[0]
            except sqlite3.OperationalError:
                return False
            return number >= count and (newest or 0) / 1e9 >= until
        self.wait_until(enough, f"{count} samples in the history")

    def wait_for_file(self, name, text=""):
        def there():
            try:
                content = self.read(name)
            except FileNotFoundError:
                return False
            return content.endswith("\n") and text in content and content
        return self.wait_until(there, f"{name} with '{text}'")

    def report(self, *words, options=(), **more):
        """Runs a command and returns its report."""
        name = "report.json"
        done = self.run_command(*words, options=["-o", name, *options], **more)
        self.assertTrue(os.path.exists(self.path(name)), done.stderr)
        return document(self.read(name, "rb"))

    def runs(self, *options):
        done = self.aico2("runs", "--json", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return document(done.stdout)["runs"]

    def show(self, run):
        done = self.aico2("show", run, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return document(done.stdout)

    def one_line(self, text, *parts):
        """An error is one line with what was meant in it."""
        self.assertEqual(len(text.splitlines()), 1, text)
        for part in parts:
            self.assertIn(part, text)


def main():
    unittest.main(argv=sys.argv)
