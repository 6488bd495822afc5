# SPDX-License-Identifier: Apache-2.0
"""test_session.py - real processes that measure themselves: their children, their ends, what they leave behind."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
PROGRAM = os.environ["AICO2_SESSION_PROGRAM"]
AICO2 = os.environ["AICO2_PROGRAM"]
LIBRARY = os.environ["AICO2_LIBRARY"]
CC = shlex.split(os.environ.get("CC", "cc"))
CXX = next((name for name in ("c++", "g++", "clang++") if shutil.which(name)), None)
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]


class Session(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.env = {**os.environ, "AICO2_DB": os.path.join(folder.name, "history.db"),
                    "LD_LIBRARY_PATH": os.path.dirname(LIBRARY)}
        for name in list(self.env):
            if name.startswith(("OMPI_", "PMI", "SLURM_", "TORCHELASTIC_")) or name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
                del self.env[name]

    def run_program(self, *words):
        done = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=False, env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def report(self, *words):
        return json.loads(self.run_program(*words))

    def aico2(self, *words):
        done = subprocess.run([AICO2, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=False, env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_children_count_forked_and_exec_d(self):
        report = self.report("children")
        self.assertGreaterEqual(report["run"]["cpu_seconds"], 0.795)
        self.assertLess(report["run"]["cpu_seconds"], 0.95)
        self.assertEqual(report["run"]["command"], [PROGRAM, "children"])
        self.assertEqual(report["run"]["state"], "finished")

    def test_a_child_that_lives_counts(self):
        self.assertGreater(self.report("living")["run"]["cpu_seconds"], 0.39)

    def test_what_was_before_does_not(self):
        cpu = self.report("before")["run"]["cpu_seconds"]
        self.assertGreater(cpu, 0.09)
        self.assertLess(cpu, 0.25)

    def test_nothing_of_the_process_is_touched(self):
        without = subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, timeout=120,
                                 stdin=subprocess.DEVNULL, check=True).stdout
        traces = self.run_program("traces").splitlines()
        self.assertEqual(traces[0], "signals 0 mask 0 subreaper 0")
        self.assertEqual(traces[1:], without.splitlines(), "a descriptor is inherited")

    def recovered(self, run):
        self.assertEqual(self.aico2("show", run, "--json")["run"]["state"], "running")
        self.assertIn(run, self.aico2("recover", "--json")["recovered"])
        report = self.aico2("show", run, "--json")
        self.assertEqual(report["run"]["state"], "recovered")
        self.assertGreater(report["run"]["duration_seconds"], 0.4)
        self.assertGreater(report["energy"]["total_joules"], 0)

    def test_a_process_that_returns_without_stopping_is_recovered(self):
        self.recovered(self.run_program("return").strip())

    def test_one_that_leaves_by_exit_too(self):
        done = subprocess.run([PROGRAM, "_exit"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=False, env=self.env)
        self.assertEqual(done.returncode, 3)
        self.recovered(done.stdout.strip())

    def test_one_that_is_killed_loses_a_second_at_most(self):
        with subprocess.Popen([PROGRAM, "wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              env=self.env) as process:
            run = process.stdout.readline().strip()
            time.sleep(2.6)
            self.assertEqual([row["id"] for row in self.aico2("runs", "--json")["runs"]], [run])
            waited = 0  # for a processor: the machine's doing
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                with open(f"/proc/{process.pid}/task/{thread}/schedstat", encoding="ascii") as file:
                    waited += int(file.read().split()[1]) * 1e-9
            process.send_signal(signal.SIGKILL)
        self.recovered(run)
        self.assertGreaterEqual(self.aico2("show", run, "--json")["run"]["duration_seconds"], 1.4 - waited)

    def test_a_hundred_thousand_tasks(self):
        small_kib, all_kib, tasks, total, expected = map(float, self.run_program("many", "100000").split())
        self.assertLess(small_kib, 8 * 1024)
        self.assertLess(all_kib - small_kib, 32 * 1024)
        self.assertGreaterEqual(tasks, 100000)
        self.assertAlmostEqual(total / expected, 1, 6)

    def example(self, compiler, suffix):
        for name in sorted(os.listdir(os.path.join(SOURCE, "examples"))):
            if not name.startswith("session_") or not name.endswith(".c"):
                continue
            with self.subTest(name):
                source = os.path.join(self.folder, name.replace(".c", suffix))
                shutil.copy(os.path.join(SOURCE, "examples", name), source)
                program = os.path.join(self.folder, "example")
                done = subprocess.run([*compiler, *STRICT, "-I", os.path.join(SOURCE, "include"), source, "-o", program,
                                       LIBRARY], capture_output=True, text=True, timeout=120, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False, env=self.env)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout.count(": loss "), 5, done.stdout)
                self.assertRegex(done.stdout, r"task +epoch 5 ")
                self.assertIn("all 5 epochs will take", done.stdout)
                self.assertIn("this job", done.stdout)

    def test_examples_in_c99(self):
        self.example([*CC, "-std=c99"], ".c")

    @unittest.skipUnless(CXX, "no C++ compiler is installed")
    def test_examples_in_cpp17(self):
        self.example([CXX, "-std=c++17"], ".cpp")


if __name__ == "__main__":
    unittest.main()
