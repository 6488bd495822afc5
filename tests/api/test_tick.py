# SPDX-License-Identifier: Apache-2.0
"""test_tick.py - how many system calls a tick of a program's own session makes"""
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["AICO2_SESSION_PROGRAM"]
# A wait, the timer, /proc/stat, the root group's clock where there is one; and where others start processes: has this
# one a child, and what have its children used. Beside these each clock of the process and of its threads once.
LIMIT = 6
TICKS = 25


def strace_works():
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def calls_of_ticks(path):
    """Name and first argument of the calls of each whole tick: of the thread that has them, from one setting of the timer on."""
    with open(path, encoding="utf-8", errors="replace") as file:
        found = re.findall(r"^(\d+) +(\w+)\(([^,)]*)", file.read(), re.MULTILINE)
    threads = [thread for thread, name, _ in found if name == "timerfd_settime"]
    ticks = []
    for thread, name, first in found:
        if threads and thread == statistics.mode(threads):
            if name == "timerfd_settime":
                ticks.append([])
            if ticks:
                ticks[-1].append((name, first))
    return ticks[1:-1]


@unittest.skipUnless(strace_works(), "no strace that may trace here")
class Tick(unittest.TestCase):
    def test_a_tick_makes_few_system_calls(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "trace")
            env = {**os.environ, "AICO2_DB": os.path.join(folder, "history.db")}
            with subprocess.Popen(["strace", "-f", "-qq", "-o", trace, PROGRAM, "ticks"], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, env=env) as program:
                end = time.monotonic() + 120
                while not os.path.exists(trace) or len(calls_of_ticks(trace)) < TICKS:
                    self.assertLess(time.monotonic(), end, "it does not tick")
                    time.sleep(0.1)
                program.stdin.close()
            ticks = calls_of_ticks(trace)[:TICKS]
        self.assertEqual(program.returncode, 0)
        # one in ten stores as well, and reads how much memory is used
        clocks = [[first for name, first in calls if name == "clock_gettime"] for calls in ticks]
        others = [len(calls) - len(asked) for calls, asked in zip(ticks, clocks)]
        twice = [len(asked) - len(set(asked)) for asked in clocks]
        self.assertLessEqual(statistics.median(others), LIMIT, ticks)
        self.assertEqual(statistics.median(twice), 0, ticks)


if __name__ == "__main__":
    unittest.main()
