# SPDX-License-Identifier: Apache-2.0
"""faults_case.py - what tests of faults share: the case of tests/e2e, chance that can be repeated, what the kernel counted."""
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from serve_case import ServeCase  # noqa: E402

SEED = int(os.environ.get("AICO2_TEST_SEED", time.time_ns() % 1_000_000_000))


def number(name, quick):
    """How many of something: few with `make test`, as many as its variable says with `make soak`."""
    return int(os.environ.get(name, quick))


class FaultCase(ServeCase):
    def setUp(self):
        super().setUp()
        print(f"AICO2_TEST_SEED={SEED}", flush=True)
        self.random = random.Random(SEED)

    @staticmethod
    def waited_seconds(pid):
        """How long threads of a process were ready and had no processor: the machine's doing, not the program's."""
        waited = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as handle:
                    waited += int(handle.read().split()[1]) * 1e-9
            except (OSError, IndexError):
                pass  # a thread that has ended, or a kernel that does not count
        return waited

    @staticmethod
    def cpu_seconds(pid):
        return time.clock_gettime((~pid << 3) | 2)

    def integrity(self):
        connection = sqlite3.connect(self.db, timeout=60)
        try:
            return connection.execute("PRAGMA integrity_check").fetchall()
        finally:
            connection.close()

    def assert_intact(self):
        self.assertEqual(self.integrity(), [("ok",)])
