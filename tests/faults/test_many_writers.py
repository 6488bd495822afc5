# SPDX-License-Identifier: Apache-2.0
"""test_many_writers.py - R19: ten that write one history, readers and a backup meanwhile: every row is kept, nobody waits for a reader.

A reader's 250 ms are those in which it ran or waited for the file, which lies in memory where there is room for it; what the kernel kept
it waiting for a processor, and the host the kernel, is taken off.
"""
import os
import sqlite3
import subprocess
import sys
import threading
import time

from faults_case import FaultCase, number
from harness import PROGRAM, SLOW, document, main

WRITERS = 10
SECONDS = number("AICO2_TEST_SECONDS", 8)
READER_SECONDS_MAX = 0.25

# One that reads again and again in a process of its own, and tells how long each time took it.
READER = """
import os, sqlite3, sys, time
def waited():
    with open("/proc/self/schedstat", encoding="ascii") as handle, open("/proc/stat", encoding="ascii") as machine:
        return int(handle.read().split()[1]) * 1e-9 + int(machine.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
while not os.path.exists("stop"):
    begun, kept = time.monotonic(), waited()
    database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=120)
    count = database.execute("SELECT count(*), total(joules) FROM samples").fetchone()
    database.close()
    print(time.monotonic() - begun - (waited() - kept), flush=True)
    time.sleep(0.02)
"""


class ManyWriters(FaultCase):
    def checkpoints(self, until):
        """The log is moved into the file by somebody else all the time."""
        while not until.wait(0.5):
            database = sqlite3.connect(self.db, timeout=SLOW)
            database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            database.close()

    def backup(self, name):
        """Of a history that is being written: whole, as of a moment."""
        source, target = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=SLOW), sqlite3.connect(name)
        source.backup(target)
        self.assertEqual(target.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        rows = target.execute("SELECT runs.id, sum(samples.samples), (SELECT sum(slices.samples) FROM slices WHERE slices.run = runs.key)"
                              " FROM samples JOIN runs ON samples.run = runs.key GROUP BY runs.key").fetchall()
        for run, sampled, summed in rows:
            self.assertEqual(sampled, summed, run)
        source.close()
        target.close()
        return len(rows)

    def test_every_row_of_every_writer_is_kept(self):
        self.history_in_memory()
        self.assertEqual(self.run_command("true").returncode, 0)
        with open(self.path("took"), "w", encoding="ascii") as handle:
            reader = self.start(sys.executable, "-c", READER, self.db, stdout=handle)
        writers = [self.start(PROGRAM, "run", "--quiet", "--interval", "100ms", "-o", f"r{i}.json", "--", "sh", "-c", "until [ -e over ]; do sleep 0.1; done",
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in range(WRITERS)]
        over = threading.Event()
        thread = threading.Thread(target=self.checkpoints, args=(over,))
        thread.start()
        try:
            self.wait_until(lambda: self.stored("SELECT count(DISTINCT run) FROM samples")[0][0] == WRITERS + 1, "all of them write")
            time.sleep(SECONDS / 2)
            backed_up = self.backup(self.path("backup.db"))
            time.sleep(SECONDS / 2)
            self.write("over", "")
            for writer in writers:
                self.assertEqual(writer.wait(SLOW), 0)
        finally:
            over.set()
            thread.join()
        self.write("stop", "")
        self.assertEqual(reader.wait(SLOW), 0)
        self.assertEqual(backed_up, WRITERS + 1)  # and the one before them
        self.assert_intact()
        for i in range(WRITERS):
            report = document(self.read(f"r{i}.json"))
            self.assertEqual([warning for warning in report["warnings"] if "history" in warning], [])
            for device in report["devices"]:
                samples, joules = self.stored(
                    "SELECT sum(samples.samples), sum(joules) FROM samples JOIN runs ON samples.run = runs.key JOIN devices ON"
                    " devices.run = runs.key AND devices.device = samples.device WHERE runs.id = ? AND devices.id = ?",
                    report["run"]["id"], device["id"])[0]
                self.assertEqual(samples, device["samples"])
                self.assertAlmostEqual(joules, device["energy_joules"], delta=1e-9 * joules)
        took = [float(line) for line in self.read("took").splitlines()]
        print(f"{len(took)} readings, {max(took) * 1e3:.0f} ms the longest")
        self.assertGreater(len(took), 20)
        self.assertLess(max(took), READER_SECONDS_MAX)

    def test_a_writer_that_is_held_up_makes_no_tick_late(self):
        """The history is locked by somebody for a second and more, again and again: the loop knows nothing of it."""
        self.history_in_memory()
        self.assertEqual(self.run_command("true").returncode, 0)
        process = self.start(PROGRAM, "run", "--quiet", "--interval", "500ms", "-o", "r.json", "--", "sleep", str(SECONDS))
        deadline = time.monotonic() + SECONDS - 1.5
        while time.monotonic() < deadline:
            lock = sqlite3.connect(self.db, isolation_level=None, timeout=SLOW)
            lock.execute("BEGIN IMMEDIATE")
            time.sleep(1.2)
            lock.close()
            time.sleep(0.1)
        waited = self.waited_seconds(process.pid)
        self.assertEqual(process.wait(SLOW), 0)
        report = document(self.read("r.json"))
        # a tick that was late for want of a processor is the machine's
        self.assertLessEqual(report["overhead"]["late_ticks"], waited / 0.5)
        self.assertEqual([warning for warning in report["warnings"] if "history" in warning], [])
        self.assertEqual(self.stored("SELECT sum(samples.samples) FROM samples JOIN runs ON runs.key = samples.run WHERE runs.id = ?",
                                     report["run"]["id"])[0][0], sum(device["samples"] for device in report["devices"]))


if __name__ == "__main__":
    main()
