# SPDX-License-Identifier: Apache-2.0
"""test_ranks.py - the processes of a training on one machine: one of them measures, and another when it is killed."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["AICO2_SESSION_PROGRAM"]
AICO2 = os.environ["AICO2_PROGRAM"]
SLOW = 120  # seconds until something that should end at once is taken for hanging, on any machine


class Ranks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("OMPI_", "PMI", "SLURM_", "TORCHELASTIC_", "AICO2_"))}
        self.env.update(AICO2_DB=os.path.join(folder.name, "history.db"), XDG_RUNTIME_DIR=folder.name)
        self.ranks = []
        self.addCleanup(self.kill_all)

    def kill_all(self):
        for process in self.ranks:
            process.kill()
            process.communicate()

    def start(self, count=3, words=(), **more):
        """One after another, so that it is known who comes first."""
        return [self.start_rank(rank, count, words, **more) for rank in range(count)]

    def start_rank(self, rank, count, words=(), **more):
        env = {**self.env, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count),
               "MASTER_ADDR": "localhost", "MASTER_PORT": "29500", **more}
        process = subprocess.Popen([*words, PROGRAM, "rank"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=env)
        self.ranks.append(process)
        process.run_id = process.stdout.readline().strip()
        return process

    def assert_shared(self, report, measured, pid):
        """Figures of the whole job, as the process that measures had them; it began before and ended after."""
        energy = report["energy"]
        self.assertEqual(report["measured_by"], pid)
        self.assertGreater(energy["total_joules"], 0)
        self.assertLessEqual(energy["machine_joules"], measured["energy"]["machine_joules"])
        self.assertAlmostEqual(energy["job_joules"] + energy["others_joules"] + energy["idle_joules"],
                               energy["machine_joules"], 6)
        self.assertEqual([device["id"] for device in report["devices"]],
                         [device["id"] for device in measured["devices"]])
        self.assertTrue(any("the figures are the whole job's" in text for text in report["warnings"]))

    def stop(self, process):
        out, err = process.communicate("stop", timeout=SLOW)
        self.assertEqual((process.returncode, err), (0, ""))
        return json.loads(out)

    def wait_until(self, condition, what):
        deadline = time.monotonic() + SLOW
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"never happened: {what}")
            time.sleep(0.05)

    def samples(self):
        """How many of the first device are stored, by the run's id."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.env['AICO2_DB']}?mode=ro", uri=True, timeout=SLOW)) as history:
                return dict(history.execute("SELECT id, count(*) FROM samples JOIN runs ON run = key WHERE device = 0 GROUP BY id"))
        except sqlite3.OperationalError:
            return {}

    def aico2(self, *words):
        done = subprocess.run([AICO2, *words, "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SLOW, check=False, env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_one_measures_for_all(self):
        self.start()
        self.assertEqual({process.run_id for process in self.ranks}, {self.ranks[0].run_id})
        time.sleep(2.5)
        reports = [self.stop(process) for process in reversed(self.ranks)][::-1]
        self.assertGreater(reports[0]["energy"]["total_joules"], 0)
        self.assertNotIn("measured_by", reports[0])
        for report in reports[1:]:
            self.assert_shared(report, reports[0], self.ranks[0].pid)
            self.assertEqual(report["run"]["id"], self.ranks[0].run_id)
            self.assertIn("measures for all", report["warnings"][0])
            self.assertGreaterEqual(report["run"]["cpu_seconds"], 0.29)
            self.assertEqual(report["tasks"][-1]["name"], "all")
            self.assertGreater(report["tasks"][-1]["energy_joules"], 0)
        self.assertEqual([task["name"] for task in reports[0]["tasks"] if task["name"]], ["all"], "its own alone")
        # the first has done nothing itself
        self.assertGreaterEqual(reports[0]["run"]["cpu_seconds"], 0.59)
        self.assertEqual([row["id"] for row in self.aico2("runs")["runs"]], [self.ranks[0].run_id])

    def test_another_takes_over_from_one_that_is_killed(self):
        self.start()
        first = self.ranks[0].run_id
        self.wait_until(lambda: self.samples().get(first, 0) > 0, "the first has measured")
        time.sleep(0.5)
        self.ranks[0].send_signal(signal.SIGKILL)
        self.ranks[0].wait()
        self.wait_until(lambda: any(number > 1 for run, number in self.samples().items() if run != first), "another has measured")
        time.sleep(1)
        reports = [self.stop(process) for process in self.ranks[1:]]
        told = [report for report in reports if "measured_by" not in report]
        self.assertEqual(len(told), 1, "one of the two that live measures")
        self.assertGreater(told[0]["energy"]["total_joules"], 0)
        self.assertNotEqual(told[0]["run"]["id"], first)
        self.assertTrue(any(first in text for text in told[0]["warnings"]), told[0]["warnings"])
        shared = [report for report in reports if "measured_by" in report][0]
        self.assertGreater(shared["energy"]["total_joules"], 0)
        self.assertGreater(shared["devices"][0]["gap_seconds"], 0, "between the two")
        self.aico2("recover")
        whole = self.aico2("show", first)
        self.assertEqual(whole["run"]["id"], first)
        self.assertTrue(any("training of 2 runs" in text for text in whole["warnings"]), whole["warnings"])
        self.assertGreater(whole["energy"]["machine_joules"], told[0]["energy"]["machine_joules"])
        self.assertAlmostEqual(whole["energy"]["job_joules"] + whole["energy"]["others_joules"]
                               + whole["energy"]["idle_joules"], whole["energy"]["machine_joules"], 6)

    def test_another_training_of_the_same_name_has_nothing_to_do_with_it(self):
        self.start(2)
        first = self.ranks[0].run_id
        self.kill_all()
        self.ranks.clear()
        self.start(2)
        self.assertNotEqual(self.ranks[0].run_id, first)
        report = self.stop(self.ranks[0])
        self.assertGreater(report["energy"]["machine_joules"], 0)
        self.assertEqual(self.aico2("show", report["run"]["id"])["run"]["id"], report["run"]["id"])

    def test_a_child_with_a_session_is_its_parents(self):
        done = subprocess.run([PROGRAM, "nested"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW,
                              check=True, env=self.env)
        child, _, parent = done.stdout.partition("}\n\n{")
        child, parent = json.loads(child + "}"), json.loads("{" + parent)
        self.assertIn("measured_by", child)
        self.assert_shared(child, parent, child["measured_by"])
        self.assertEqual(child["run"]["id"], parent["run"]["id"])
        self.assertGreater(parent["energy"]["total_joules"], 0)
        self.assertGreaterEqual(parent["run"]["cpu_seconds"], 0.19)
        self.assertEqual(len(self.aico2("runs")["runs"]), 1)

    def test_an_aico2_run_above_measures(self):
        done = subprocess.run([AICO2, "run", "--json", "--", PROGRAM, "children"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SLOW, check=True, env=self.env)
        inner, outer = json.loads(done.stdout), json.loads(done.stderr)
        self.assert_shared(inner, outer, inner["measured_by"])
        self.assertEqual(inner["run"]["id"], outer["run"]["id"])
        self.assertGreater(outer["energy"]["total_joules"], 0)
        self.assertEqual(len(self.aico2("runs")["runs"]), 1)
        self.assertEqual([name for name in os.listdir(os.path.join(self.env["XDG_RUNTIME_DIR"], "aico2"))
                          if not name.endswith(".ranks")], [], "what they told each other by is gone")

    def test_ranks_that_are_aico2_runs(self):
        self.start(words=(AICO2, "run", "-o", "/dev/null", "--quiet", "--"))
        time.sleep(2)
        for process in reversed(self.ranks):
            process.communicate("stop", timeout=SLOW)
        rows = self.aico2("runs")["runs"]
        self.assertEqual(len(rows), 1, rows)
        self.assertGreater(rows[0]["total_joules"], 0)

    def commands(self, count):
        """Ranks that are commands of `aico2 run`: each burns at its beginning, and then sleeps."""
        for rank in range(count):
            env = {**self.env, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "localhost",
                   "MASTER_PORT": "29500"}
            script = f"{PROGRAM} burn 0.6; echo $AICO2_RUN_ID; exec sleep 600"
            process = subprocess.Popen([AICO2, "run", "--quiet", "-o", "/dev/null", "--", "sh", "-c", script],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
            self.ranks.append(process)
            process.run_id = process.stdout.readline().strip()

    def writes(self, process):
        """Whether it has the history open: who measures."""
        return self.has_open(process, self.env["AICO2_DB"])

    @staticmethod
    def has_open(process, begin, end=""):
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                path = os.readlink(f"/proc/{process.pid}/fd/{name}")
            except FileNotFoundError:
                continue  # closed since
            if path.startswith(begin) and path.endswith(end):
                return True
        return False

    def test_a_rank_that_is_an_aico2_run_takes_over(self):
        self.commands(3)
        first = self.ranks[0].run_id
        self.assertEqual({process.run_id for process in self.ranks}, {first})
        self.assertEqual([self.writes(process) for process in self.ranks], [True, False, False])
        with open(f"/proc/{self.ranks[0].pid}/task/{self.ranks[0].pid}/children", encoding="ascii") as file:
            orphan = int(file.read().split()[0])
        self.addCleanup(os.kill, orphan, signal.SIGKILL)
        self.ranks[0].kill()
        self.ranks[0].wait()
        self.wait_until(lambda: any(self.writes(process) for process in self.ranks[1:]), "another measures")
        time.sleep(1.5)
        others = sorted(self.ranks[1:], key=self.writes)
        self.assertEqual([self.writes(process) for process in others], [False, True], "one of the two that live")
        for process in others:
            process.terminate()
            self.assertEqual(process.wait(timeout=SLOW), -signal.SIGTERM, "its command's end is its own")
        self.aico2("recover")
        states = {run["id"]: run["state"] for run in self.aico2("runs")["runs"]}
        self.assertEqual(len(states), 2, states)
        [second] = [run for run in states if run != first]
        self.assertEqual((states[first], states[second]), ("recovered", "signalled"))
        whole = self.aico2("show", first)
        self.assertTrue(any("training of 2 runs" in text for text in whole["warnings"]), whole["warnings"])
        # what the commands had used before it was measured is the first run's, or nobody's
        with sqlite3.connect(self.env["AICO2_DB"]) as history:
            [(used, warnings)] = history.execute("SELECT cpu_seconds, warnings_json FROM runs JOIN progress ON run = key"
                                                 " WHERE id = ?", (second,)).fetchall()
        self.assertLess(used, 0.3)
        self.assertIn(f"run {first} has that", warnings)

    def run_true(self, *words, status=0):
        done = subprocess.run([AICO2, "run", "--json", *words, "--", "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW, check=False,
                              env=self.env)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr if status else json.loads(done.stderr)

    def test_who_was_there_before_the_first_of_its_machine_follows_it(self):
        early, first = self.start_rank(1, 2), self.start_rank(0, 2)
        self.wait_until(lambda: self.samples().get(first.run_id, 0) > 2, "the first of them has measured")
        pid, early, first = first.pid, self.stop(early), self.stop(first)
        self.assert_shared(early, first, pid)
        self.assertEqual(early["run"]["id"], first["run"]["id"])
        self.assertEqual(len(self.aico2("runs")["runs"]), 1)

    def test_a_short_training_of_which_the_first_comes_last_and_goes_first(self):
        """All that the first measured lies in the other's time: it has all of it, however early that one was there."""
        early = self.start_rank(1, 2)
        time.sleep(0.1)
        first = self.start_rank(0, 2)
        self.wait_until(lambda: self.has_open(early, self.env["XDG_RUNTIME_DIR"], ".asks"), "it has found who measures")
        time.sleep(0.3)
        early.send_signal(signal.SIGSTOP)  # it does not see how long ago the other one ended, on however busy a machine
        pid, first = first.pid, self.stop(first)
        early.stdin.write("stop")
        early.stdin.flush()
        early.send_signal(signal.SIGCONT)
        early = self.stop(early)
        self.assert_shared(early, first, pid)
        for figure in ("machine_joules", "job_joules", "others_joules"):
            self.assertAlmostEqual(early["energy"][figure], first["energy"][figure], 6, figure)
        self.assertGreater(first["run"]["cpu_seconds"], 0.03, "what the other one did meanwhile")
        self.assertEqual(len(self.aico2("runs")["runs"]), 1, "what was left was no run of its own")

    def test_another_goes_on_when_the_one_that_measures_has_ended(self):
        first, second = self.start(2)
        time.sleep(0.3)
        first = self.stop(first)
        time.sleep(2)
        second = self.stop(second)
        self.assertNotIn("measured_by", second)
        self.assertNotEqual(second["run"]["id"], first["run"]["id"])
        self.assertGreater(second["energy"]["total_joules"], 0)
        self.assertGreater(second["run"]["duration_seconds"], 0.9, "it waits for no more than a second")
        whole = self.aico2("show", second["run"]["id"])
        self.assertEqual(whole["run"]["id"], first["run"]["id"])
        self.assertAlmostEqual(whole["energy"]["machine_joules"],
                               first["energy"]["machine_joules"] + second["energy"]["machine_joules"], 6)

    def test_ranks_of_a_slurm_step_are_a_training_of_their_own_name(self):
        """As srun sets the variables; the name is the job's, so that nodes and requeued jobs find each other."""
        slurm = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "2", "SLURM_CLUSTER_NAME": "alps"}
        for rank in range(2):
            process = subprocess.Popen([PROGRAM, "rank"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True, env={**self.env, **slurm, "SLURM_PROCID": str(rank), "SLURM_LOCALID": str(rank)})
            self.ranks.append(process)
            process.run_id = process.stdout.readline().strip()
        time.sleep(1.5)
        second, first = self.stop(self.ranks[1]), self.stop(self.ranks[0])
        self.assert_shared(second, first, self.ranks[0].pid)
        self.assertEqual(first["run"]["labels"]["training"], "slurm-4711-0-alps")
        self.assertEqual(len(self.aico2("runs")["runs"]), 1)

    def test_a_run_that_goes_on_with_another_is_one_with_it(self):
        first = self.run_true()
        second = self.run_true("--resume-run", first["run"]["id"])
        third = self.run_true("--resume-run", second["run"]["id"])
        parts = [first, second, third]
        self.assertEqual(len({part["run"]["id"] for part in parts}), 3)
        for part in parts:
            whole = self.aico2("show", part["run"]["id"])
            self.assertEqual(whole["run"]["id"], first["run"]["id"])
            for figure, of in (("duration_seconds", "run"), ("cpu_seconds", "run"), ("machine_joules", "energy")):
                self.assertAlmostEqual(whole[of][figure], sum(part[of][figure] for part in parts), 6, figure)
            self.assertEqual([device["id"] for device in whole["devices"]], [device["id"] for device in first["devices"]])
        self.assertIn("no run 'nowhere'", self.run_true("--resume-run", "nowhere", status=125))
        self.assertIn("--no-db", self.run_true("--resume-run", first["run"]["id"], "--no-db", status=125))


if __name__ == "__main__":
    unittest.main()
