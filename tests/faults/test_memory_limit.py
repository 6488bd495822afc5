# SPDX-License-Identifier: Apache-2.0
"""test_memory_limit.py - R14: 32 MiB are enough, with clients; and after the kernel has killed it for memory it goes on, the gap marked.

By a control group of the kernel, version 2 or 1, that this test may make; without one, by a limit on the data segment and a SIGKILL.
"""
import os
import resource
import signal
import sys
import threading
import time

from faults_case import FaultCase
from harness import PROGRAM, SLOW, document, main

LIMIT = 32 << 20
HOG = "import time\nx = b'x' * (4 << 20)\ntime.sleep(60)\n"


class Group:
    """A control group with a limit on its memory."""

    def __init__(self):
        self.path = None
        for root, name in (("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")):
            path = os.path.join(root, f"aico2-test-{os.getpid()}-{time.monotonic_ns()}")
            try:
                os.mkdir(path)
            except OSError:
                continue
            if os.path.exists(os.path.join(path, name)):  # the kernel's, and with this controller
                with open(os.path.join(path, name), "w", encoding="ascii") as handle:
                    handle.write(str(LIMIT))
                self.path = path
                return
            os.rmdir(path)

    def enter(self):
        with open(os.path.join(self.path, "cgroup.procs"), "w", encoding="ascii") as handle:
            handle.write(str(os.getpid()))

    def most(self):
        for name in ("memory.peak", "memory.max_usage_in_bytes"):
            try:
                with open(os.path.join(self.path, name), encoding="ascii") as handle:
                    return int(handle.read())
            except OSError:
                pass
        return None

    def remove(self):
        for _ in range(100):
            try:
                os.rmdir(self.path)
                return
            except OSError:  # those who have died are still there
                time.sleep(0.05)


def prefer_me():
    """To be killed for memory."""
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as handle:
        handle.write("1000")


class MemoryLimit(FaultCase):
    def setUp(self):
        super().setUp()
        self.group = Group()
        if self.group.path:
            self.addCleanup(self.group.remove)

    def limited(self):
        """What a process does before it begins: in the group, the first to be killed."""
        if self.group.path:
            self.group.enter()
            prefer_me()
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))

    def out_of_memory(self, process):
        """The kernel kills it. Return: when."""
        if self.group.path:
            # many small ones: each is smaller than what 1000 points of score are worth
            hogs = []
            while process.poll() is None and len(hogs) < 20:
                hogs.append(self.start(sys.executable, "-S", "-c", HOG, preexec_fn=self.group.enter))
                time.sleep(0.3)
            process.wait(SLOW)
            killed = time.time()
            for hog in hogs:
                hog.kill()
        else:
            process.send_signal(signal.SIGKILL)
            killed = time.time()
        self.assertEqual(process.wait(SLOW), -signal.SIGKILL)
        return killed

    def test_serve_with_clients_and_after_being_killed(self):
        server = self.serve("--interval", "200ms", preexec_fn=self.limited)
        self.wait_for_samples(10)
        over, failed = threading.Event(), []

        def ask():
            while not over.is_set():
                for path in ("/metrics", "/api/v1/runs", "/", "/api/v1/live?wait=0"):
                    if server.get(path)[0] != 200:
                        failed.append(path)
        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        watchers = [server.connect() for _ in range(100)]
        for peer in watchers:
            peer.sendall(b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(4)
        over.set()
        for asker in askers:
            asker.join()
        self.assertEqual(failed, [])
        self.assertIsNone(server.process.poll(), server.said())
        print(f"{(self.group.most() or 0) / 2**20:.1f} MiB at the most" if self.group.path else "no control group may be made here")
        begun = self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples")[0][0] - 1
        killed = self.out_of_memory(server.process)
        last = self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples")[0][0]
        time.sleep(2)
        again = self.serve("--interval", "200ms", preexec_fn=self.limited)
        self.wait_until(lambda: self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples")[0][0] > killed, "samples after it")
        first = self.stored("SELECT min(end_wall_ns * 1e-9 - interval_seconds) FROM samples WHERE end_wall_ns * 1e-9 > ?", killed)[0][0]
        end = first + 2
        self.wait_until(lambda: self.stored("SELECT max(end_wall_ns) * 1e-9 FROM samples")[0][0] > end + 0.5, "more of them")
        done = self.aico2("measure", "--start", f"{begun:.3f}", "--end", f"{end:.3f}", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        # the time in which nobody measured is covered by nothing
        for device in document(done.stdout)["devices"]:
            # and what a machine short of memory was late with, of what cannot be bridged
            late = self.stored("SELECT coalesce(sum(gap_seconds), 0) FROM samples JOIN devices USING (run, device) WHERE devices.id = ?"
                               " AND end_wall_ns * 1e-9 BETWEEN ? AND ?", device["id"], begun, end + 1)[0][0]
            self.assertGreater(device["gap_seconds"], first - last - 0.1, device["id"])
            self.assertLess(device["gap_seconds"], first - last + late + 0.1, device["id"])
        self.assertEqual(len(document(self.aico2("recover", "--json").stdout)["recovered"]), 1)
        self.assertEqual([run["state"] for run in self.runs()], ["running", "recovered"])
        self.assertEqual(again.stop(), 0)
        self.assert_intact()

    def test_a_run_is_gone_on_with(self):
        process = self.start(PROGRAM, "run", "--quiet", "--interval", "100ms", "--", "sh", "-c",
                             "echo 0 >/proc/$$/oom_score_adj; exec sleep 1000", preexec_fn=self.limited)
        self.wait_for_samples(20)
        self.out_of_memory(process)
        run = document(self.aico2("recover", "--json").stdout)["recovered"][0]
        first = self.show(run)
        report = self.report("sleep", "0.5", options=["--interval", "100ms", "--resume-run", run])
        together = self.show(run)
        self.assertGreater(together["energy"]["machine_joules"], 0)
        self.assertAlmostEqual(together["energy"]["machine_joules"],
                               first["energy"]["machine_joules"] + report["energy"]["machine_joules"],
                               delta=1e-6 * together["energy"]["machine_joules"])


if __name__ == "__main__":
    main()
