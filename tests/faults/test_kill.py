# SPDX-License-Identifier: Apache-2.0
"""test_kill.py - R1: kill -9 at random of `aico2 run`, `aico2 serve` and a session of the library: a second is lost, or a tick.

AICO2_TEST_KILLS (21) kills, a third of each, four at a time in one history. What was lost is the time from the last sample in the
file to the kill. A tenth of a second is left for the commit itself, to a history in memory where there is room for one, and what the
kernel kept the process waiting is not its fault.
"""
import concurrent.futures
import os
import signal
import subprocess
import threading
import time
import unittest

from faults_case import FaultCase, number
from harness import PROGRAM, SLOW, document, main

KILLS = number("AICO2_TEST_KILLS", 21)
AT_ONCE = 4
COMMIT_SECONDS = 0.1
SESSION_PROGRAM = os.environ.get("AICO2_SESSION_PROGRAM")


class Killed:
    """A process that measured and was killed."""

    def __init__(self, kind, interval, pid, begun, killed, waited):
        self.kind, self.interval, self.pid, self.begun, self.killed, self.waited = kind, interval, pid, begun, killed, waited

    def may_lose(self):
        return max(1, self.interval) + COMMIT_SECONDS + self.waited

    def __str__(self):
        return (f"{self.kind} every {self.interval} s, killed after {self.killed - self.begun:.3f} s, of which it had no processor for "
                f"{self.waited:.3f} s")


class Kill(FaultCase):
    def setUp(self):
        super().setUp()
        self.lost = []
        self.unmeasured = 0
        self.lock = threading.Lock()
        self.history_in_memory()
        self.assertEqual(self.run_command("true").returncode, 0)  # the file is there

    def kill_one(self, kind, interval, after):
        words = {"run": [PROGRAM, "run", "--quiet", "--interval", f"{interval}s", "--", "sleep", "1000"],
                 "serve": [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--interval", f"{interval}s"],
                 "library": [SESSION_PROGRAM, "rank"]}[kind]
        begun = time.time()
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.cwd,
                                   env=self.env, start_new_session=True)
        try:
            time.sleep(after)
            self.assertIsNone(process.poll(), f"{kind} ended by itself")
            waited = self.waited_seconds(process.pid)
            killed = time.time()
            process.send_signal(signal.SIGKILL)
            process.wait(SLOW)
        finally:
            self.end(process)  # and what it started
        return Killed(kind, interval, process.pid, begun, killed, waited)

    def check(self, one):
        self.assert_intact()
        rows = self.stored("SELECT key, id, state, started_wall_ns * 1e-9 FROM runs WHERE pid = ? AND started_wall_ns * 1e-9 >= ?",
                           one.pid, one.begun - 1)
        if not rows:  # killed before there was a run to lose
            self.assertLessEqual(one.killed - one.begun, one.may_lose(), one)
            self.unmeasured += 1
            return None
        key, run, state, started = rows[0]
        self.assertEqual(state, "running", one)
        last = self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples WHERE run = ?", key)[0][0]
        lost = one.killed - (last or started)
        self.assertLessEqual(lost, one.may_lose(), f"{lost:.3f} s lost: {one}")
        with self.lock:
            self.lost.append(lost)
        return run

    def test_a_second_is_lost_or_a_tick(self):
        kinds = ["run", "serve", "library"] if SESSION_PROGRAM else ["run", "serve"]
        plans = [(kinds[i % len(kinds)], self.random.choice([0.05, 0.2, 1]), self.random.uniform(0, 4)) for i in range(KILLS)]
        plans = [(kind, 1 if kind == "library" else interval, after) for kind, interval, after in plans]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            runs = [run for run in pool.map(lambda plan: self.check(self.kill_one(*plan)), plans) if run]
        print(f"{KILLS} kills, {self.unmeasured} before anything was measured: {max(self.lost):.3f} s lost at the most, "
              f"{sum(self.lost) / len(self.lost):.3f} s on average")
        self.assertGreater(len(runs), KILLS / 2)
        done = self.aico2("recover", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(document(done.stdout)["recovered"]), sorted(runs))
        for run in runs:
            self.assert_recovered(run)
        self.assert_intact()

    def test_no_more_would_be_lost_at_any_moment(self):
        """Each would be one at which it is killed: what is in the file by then, looked at all the time."""
        serve, run = ("serve", "--listen", "127.0.0.1:0", "--interval"), ("run", "--quiet", "--interval")
        for words, interval, seconds in ((serve, 0.05, 8), (serve, 1, 8), (run, 0.4, 4), (run, 0.85, 4)):
            begun = time.time()
            process = self.start(PROGRAM, *words, f"{interval}s", *(["--", "sleep", "1000"] if words == run else []), stderr=subprocess.DEVNULL)
            worst = 0
            while time.time() < begun + seconds:
                now = time.time()
                rows = self.stored("SELECT coalesce((SELECT max(end_wall_ns) FROM samples WHERE run = key), started_wall_ns) * 1e-9 FROM runs "
                                   "WHERE pid = ? AND started_wall_ns * 1e-9 >= ?", process.pid, begun - 1)
                if rows:
                    worst = max(worst, now - rows[0][0])
                time.sleep(0.02)
            self.assertGreater(worst, 0)
            self.assertLessEqual(worst, max(1, interval) + COMMIT_SECONDS + self.waited_seconds(process.pid), f"{words[0]} every {interval} s")
            self.end(process)

    def assert_recovered(self, run):
        """Its sums are those of its samples, to the end of the last."""
        report = self.show(run)
        self.assertEqual(report["run"]["state"], "recovered")
        for device in report["devices"]:
            joules, samples = self.stored(
                "SELECT coalesce(sum(joules), 0), coalesce(sum(samples.samples), 0) FROM samples JOIN runs ON samples.run = runs.key "
                "JOIN devices ON devices.run = runs.key AND devices.device = samples.device WHERE runs.id = ? AND devices.id = ?",
                run, device["id"])[0]
            self.assertEqual(samples, device["samples"])
            self.assertAlmostEqual(joules, device["energy_joules"] or 0, delta=1e-9 * joules)


if __name__ == "__main__":
    main()
