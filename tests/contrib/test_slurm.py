# SPDX-License-Identifier: Apache-2.0
"""test_slurm.py - prolog and epilog as slurmd calls them, with the built program and without Slurm."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.environ["AICO2_TEST_SOURCE_ROOT"]
PROGRAM = os.environ["AICO2_PROGRAM"]
SCRIPTS = os.path.join(ROOT, "contrib/slurm")
SLOW = 120


class Slurm(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="aico2-slurm-")
        self.addCleanup(self.folder.cleanup)
        self.root = self.folder.name
        self.state = self.path("state")
        self.db = self.path("history.db")
        self.addCleanup(self.end_all)
        # slurmd gives a prolog little else
        self.env = {"PATH": os.path.dirname(PROGRAM) + ":/usr/bin:/bin", "SLURM_JOB_ID": "211", "SLURM_JOB_USER": "ada",
                    "SLURM_JOB_ACCOUNT": "physics", "SLURM_JOB_PARTITION": "gpu", "SLURM_CLUSTER_NAME": "c",
                    "SLURM_JOB_NAME": "a job; of `words`", "SLURM_JOB_GPUS": "0,2-3",
                    "AICO2_SLURM_CONFIG": self.path("config"), "AICO2_SLURM_STATE": self.state}
        self.configure(f"AICO2_SLURM_EXCLUSIVE=yes\nAICO2_SLURM_DB={self.db}\nAICO2_COUNTRY=FR\n"
                       f"AICO2_SLURM_DCGM_DIR={self.path('dcgm')}\nAICO2_INTERVAL=100ms\n")

    def path(self, name):
        return os.path.join(self.root, name)

    def configure(self, text):
        with open(self.path("config"), "w", encoding="utf-8") as handle:
            handle.write(text)

    def end_all(self):
        for name in os.listdir(self.state) if os.path.isdir(self.state) else ():
            if name.isdigit():
                with open(os.path.join(self.state, name), encoding="utf-8") as handle:
                    try:
                        os.kill(int(handle.read().split()[0]), signal.SIGTERM)
                    except (OSError, ValueError, IndexError):
                        pass

    def call(self, script):
        """As slurmd does: its streams are closed when it is done, or slurmd waits."""
        done = subprocess.run(["/bin/sh", os.path.join(SCRIPTS, script)], env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def runs(self):
        done = subprocess.run([PROGRAM, "runs", "--json", "--db", self.db], stdout=subprocess.PIPE, text=True, check=False,
                              timeout=SLOW)
        return json.loads(done.stdout)["runs"] if done.returncode == 0 else []

    def wait_until(self, condition, what):
        deadline = time.monotonic() + SLOW
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def test_a_job_of_its_own_node_is_a_run_with_its_labels(self):
        self.call("prolog.sh")
        self.wait_until(lambda: [run["state"] for run in self.runs()] == ["running"], "the run begins")
        for gpu in ("0", "2", "3"):
            with open(self.path("dcgm/" + gpu), encoding="utf-8") as handle:
                self.assertEqual(handle.read(), "211\n")
        time.sleep(0.5)
        with open(self.path("dcgm/3"), "w", encoding="utf-8") as handle:
            handle.write("212\n")  # another job's by now
        self.call("epilog.sh")
        (run,) = self.runs()
        self.assertEqual((run["state"], run["name"]), ("finished", "a job; of `words`"))
        shown = subprocess.run([PROGRAM, "show", run["id"], "--json", "--db", self.db], stdout=subprocess.PIPE, text=True,
                               check=True, timeout=SLOW)
        report = json.loads(shown.stdout)
        self.assertEqual(report["energy"]["scope"], "machine")
        self.assertEqual(report["carbon"]["place"], "FR")
        self.assertGreater(report["energy"]["total_joules"], 0)
        labels = report["run"]["labels"]
        self.assertEqual({key: labels[key] for key in ("manager", "job_id", "user", "account", "queue", "cluster")},
                         {"manager": "slurm", "job_id": "211", "user": "ada", "account": "physics", "queue": "gpu",
                          "cluster": "c"})
        self.assertEqual(os.listdir(self.state), [])
        self.assertEqual(os.listdir(self.path("dcgm")), ["3"])

    def test_without_a_configuration_nothing_is_done(self):
        os.remove(self.path("config"))
        self.call("prolog.sh")
        self.call("epilog.sh")
        self.assertEqual(os.listdir(self.root), [])

    def test_shared_nodes_are_not_measured_for_one_job(self):
        self.configure("")
        self.call("prolog.sh")
        self.assertFalse(os.path.exists(self.state))

    def test_a_job_id_that_is_none_names_no_file(self):
        for word in ("", "../211", "2 1", "211;touch x"):
            self.env["SLURM_JOB_ID"] = word
            self.call("prolog.sh")
            self.call("epilog.sh")
            self.assertEqual(os.listdir(self.root), ["config"])

    def test_the_epilog_signals_nobody_else(self):
        other = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        os.mkdir(self.state)
        with open(os.path.join(self.state, "211"), "w", encoding="utf-8") as handle:
            handle.write(f"{other.pid} 1\n")  # the pid is used again
        self.call("epilog.sh")
        time.sleep(0.1)
        self.assertIsNone(other.poll())
        self.assertEqual(os.listdir(self.state), [])

    def test_a_missing_program_fails_no_job(self):
        self.env["PATH"] = "/usr/bin:/bin"
        if shutil.which("aico2", path=self.env["PATH"] + ":/usr/local/bin"):
            self.skipTest("aico2 is installed in the system")
        self.call("prolog.sh")
        self.call("epilog.sh")
        self.assertEqual(self.runs(), [])

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_scripts_are_clean(self):
        done = subprocess.run(["shellcheck", "--shell=sh", os.path.join(SCRIPTS, "prolog.sh"),
                               os.path.join(SCRIPTS, "epilog.sh"), os.path.join(ROOT, "start_services.sh")],
                              stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
