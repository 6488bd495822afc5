# SPDX-License-Identifier: Apache-2.0
"""faults_case.py - what tests of faults share: the case of tests/e2e, chance that can be repeated, what the kernel counted."""
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import SLOW  # noqa: E402
from serve_case import ServeCase  # noqa: E402

SEED = int(os.environ.get("AICO2_TEST_SEED", time.time_ns() % 1_000_000_000))

MEMORY = "/dev/shm"


def number(name, quick):
    """How many of something: few with `make test`, as many as its variable says with `make soak`."""
    return int(os.environ.get(name, quick))


class FaultCase(ServeCase):
    def setUp(self):
        super().setUp()
        print(f"AICO2_TEST_SEED={SEED}", flush=True)
        self.random = random.Random(SEED)

    @staticmethod
    def stolen_seconds():
        """How long the host of a virtual machine has stopped a processor that somebody wanted, since this machine began."""
        with open("/proc/stat", encoding="ascii") as handle:
            words = handle.readline().split()
        return int(words[8]) / os.sysconf("SC_CLK_TCK") if len(words) > 8 else 0

    @classmethod
    def waited_seconds(cls, pid):
        """How long threads of a process were ready and had no processor, and the host's part: the machine's doing, not the program's."""
        waited = cls.stolen_seconds() - STOLEN_AT_FIRST
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

    def history_in_memory(self):
        """Where a disk's own time is no matter of the test; as before where there is no such folder."""
        if os.path.isdir(MEMORY) and os.access(MEMORY, os.W_OK):
            folder = tempfile.mkdtemp(prefix="aico2-faults-", dir=MEMORY)
            self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
            self.db = self.env["AICO2_DB"] = os.path.join(folder, "history.db")

    def integrity(self):
        connection = sqlite3.connect(self.db, timeout=SLOW)
        try:
            return connection.execute("PRAGMA integrity_check").fetchall()
        finally:
            connection.close()

    def assert_intact(self):
        self.assertEqual(self.integrity(), [("ok",)])


STOLEN_AT_FIRST = FaultCase.stolen_seconds()
