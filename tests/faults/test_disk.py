# SPDX-License-Identifier: Apache-2.0
"""test_disk.py - R3, R4: a disk that is full and freed again, and one that cannot sync: measuring goes on, it is said once.

The hour of R3 goes by AICO2_TEST_FACTOR (200) times as fast (fake_fast_clock.c).
"""
import ctypes
import os
import re
import shutil
import subprocess
import time
import unittest

from faults_case import FaultCase, number
from harness import PROGRAM, SLOW, main

FACTOR = number("AICO2_TEST_FACTOR", 200)
FAST = {"LD_PRELOAD": os.path.join(os.environ["AICO2_TEST_FAKES"], "fake_fast_clock.so"), "FAKE_CLOCK_FACTOR": str(FACTOR)}
HOUR = 3600
CANNOT_SYNC = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO",
               *[word for name, value in FAST.items() for word in ("-E", f"{name}={value}")]]


def works(*words):
    return shutil.which(words[0]) and subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class DiskCase(FaultCase):
    def metric(self, server, name):
        match = re.search(rf"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", server.get("/metrics")[2].decode(), re.M)
        return float(match.group(1)) if match else None

    def wait_for_history(self, server, up):
        self.wait_until(lambda: self.metric(server, "aico2_history_up") == up, f"aico2_history_up is {up}")

    def rows(self, device, since=0):
        """(begin, end) of each sample, in seconds."""
        return self.stored("SELECT end_wall_ns * 1e-9 - interval_seconds, end_wall_ns * 1e-9 FROM samples JOIN devices USING (run, device)"
                           " WHERE devices.id = ? AND end_wall_ns * 1e-9 >= ? ORDER BY 2", device, since)

    def assert_no_hole(self, device):
        """Each sample begins where the one before it ended, however late the machine was with them.

        Two clocks are read one after the other, and five milliseconds between them are a second here."""
        rows = self.rows(device)
        holes = [(end, begin) for (_, end), (begin, _) in zip(rows, rows[1:]) if abs(begin - end) > 20]
        self.assertEqual(holes, [], f"{len(rows)} samples of {device}")
        span = rows[-1][1] - rows[0][0]
        self.assertAlmostEqual(sum(end - begin for begin, end in rows) / span, 1, delta=0.005)

    def assert_said_once(self, server, *words):
        lines = [line for line in server.said().splitlines() if "history" in line]
        self.assertEqual(len(lines), len(words), server.said())
        for line, word in zip(lines, words):
            self.assertIn(word, line)


@unittest.skipUnless(os.geteuid() == 0 and works("unshare", "-m", "true"), "no mount namespaces for us here")
class Full(DiskCase):
    def small_disk(self):
        """8 MB that only this test and what it starts can see."""
        disk = os.path.join(self.root, "disk")
        os.mkdir(disk)
        self.assertEqual(ctypes.CDLL(None).unshare(0x20000), 0)  # CLONE_NEWNS
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=False)
        return disk

    def test_an_hour_of_a_full_disk_is_kept_and_stored_when_there_is_room(self):
        disk = self.small_disk()
        self.db = f"{disk}/h.db"
        server = self.serve("--interval", "1s", "--db", self.db, env=FAST)
        self.wait_for_samples(100)
        self.wait_for_history(server, 1)
        with open(f"{disk}/fill", "wb", buffering=0) as handle:
            with self.assertRaises(OSError):
                while True:
                    handle.write(b"\0" * 4096)
        self.wait_for_history(server, 0)
        self.assertIn(b"no space left", server.get("/readyz")[2] + server.said().encode())
        device, before = self.stored("SELECT devices.id, max(end_wall_ns) * 1e-9 FROM samples JOIN devices USING (run, device)")[0]
        # an hour by its own clock, in which it answers
        time.sleep((HOUR + 60) / FACTOR)
        self.assertEqual(server.get("/healthz")[0], 200)
        self.assertIsNone(server.process.poll())
        self.assertLess(self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples")[0][0], before + 60)
        os.unlink(f"{disk}/fill")
        self.wait_for_history(server, 1)
        rows = self.rows(device, before)
        self.assertGreater(rows[-1][1] - rows[0][1], HOUR)
        for name, in self.stored("SELECT DISTINCT id FROM devices"):
            self.assert_no_hole(name)
        self.assert_intact()
        self.assertEqual(server.stop(), 0)
        self.assert_said_once(server, "no space left", "kept again")


@unittest.skipUnless(works("strace", "-D", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"), "no strace that may trace here")
class CannotSync(DiskCase):
    def test_a_disk_that_cannot_sync_is_told_of_once_and_measuring_goes_on(self):
        self.assertEqual(self.run_command("true").returncode, 0)  # the file itself was synced
        server = self.serve("--interval", "1s", before=CANNOT_SYNC)
        self.wait_for_history(server, 0)
        count = self.stored("SELECT count(*) FROM samples")[0][0]
        self.wait_for_samples(count + 200)  # they reach the file, which is read from memory
        # 503 for as long as nothing was measured for 7 s, which are 35 ms here
        self.wait_until(lambda: b"cannot be written" in server.get("/readyz")[2], "/readyz tells it")
        self.assertEqual(server.stop(), 0)
        lines = [line for line in server.said().splitlines() if "cannot be kept" in line]
        self.assertEqual(len(lines), 1, server.said())
        self.assertIn("I/O error", lines[0])
        self.assert_intact()

    def test_a_run_says_so_and_ends_as_its_command_does(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        done = subprocess.run([*CANNOT_SYNC, PROGRAM, "run", "--interval", "1s", "-o", "r.json", "--", "sh", "-c", "unset LD_PRELOAD; sleep 1.5; exit 9"],
                              cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SLOW, check=False)
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertIn("this job", done.stderr)
        told = " ".join(done.stderr.split())
        self.assertEqual(told.count("stored in the history"), 1, done.stderr)
        self.assertRegex(told, r"not all stored in the history: cannot read or write '.*': disk I/O error")


if __name__ == "__main__":
    main()
