# SPDX-License-Identifier: Apache-2.0
"""test_jobs.py - inside a batch job or a container: labels of the run, the control group as the unit."""
import os
import shutil
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, document, main

BURN = "import time\nend = time.process_time() + .05\nwhile time.process_time() < end: pass\n"
TEN_CHILDREN = (
    "import os, resource, subprocess, sys\n"
    "fds = f'/proc/{os.getppid()}/fd/'\n"
    "print([os.readlink(fds + fd) for fd in os.listdir(fds)])\n"
    "for i in range(10): subprocess.run([sys.executable, '-S', '-E', '-c', sys.argv[1]])\n"
    "both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
    "print(sum(one.ru_utime + one.ru_stime for one in both))\n"
    "if os.path.exists('neighbour'): os.kill(int(open('neighbour').read()), 9)\n")


class Labels(Case):
    SLURM = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0", "SLURM_JOB_USER": "ada", "SLURMD_NODENAME": "n7",
             "SLURM_JOB_PARTITION": "gpu"}

    def labels(self, *words):
        done = self.aico2(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return document(done.stdout)["run"]["labels"]

    def setUp(self):
        super().setUp()
        # whoever runs this test may be in a job, pod or container himself
        for name in list(self.env):
            if name.startswith(("SLURM", "PBS_", "LSB_", "FLUX_", "KUBERNETES_", "POD_", "SGE_")):
                del self.env[name]

    def test_a_slurm_job_is_named_everywhere(self):
        done = self.run_command("true", options=("-o", "r.json"), env=self.SLURM)
        self.assertIn("Slurm job 4711, step 0, of ada, on n7", " ".join(done.stderr.split()))
        self.assertTrue(all(len(line) <= 80 for line in done.stderr.splitlines()), done.stderr)
        report = document(self.read("r.json"))
        expected = {"manager": "slurm", "job_id": "4711", "step_id": "0", "queue": "gpu", "user": "ada",
                    "node": "n7"}
        self.assertEqual({key: report["run"]["labels"].get(key) for key in expected}, expected)
        # kept with the run, also under another place
        run = report["run"]["id"]
        self.assertEqual(self.labels("show", run, "--json"), report["run"]["labels"])
        self.assertEqual(self.labels("recompute", run, "--country", "FR", "--json"), report["run"]["labels"])

    def test_outside_of_jobs_there_are_none(self):
        self.run_command("true", options=("-o", "r.json"))
        self.assertNotIn("job_id", document(self.read("r.json"))["run"]["labels"])

    def test_values_that_are_no_words(self):
        odd = {"SLURM_JOB_ID": "1\x1b[31m\n\"2", "SLURM_JOB_NAME": "x" * 5000, "SLURM_JOB_USER": "\u202eevil"}
        done = self.run_command("true", options=("-o", "r.json"), env=odd)
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\u202e", done.stderr)
        labels = document(self.read("r.json"))["run"]["labels"]
        self.assertEqual(labels["job_id"], '1 [31m "2')
        self.assertLess(len(labels["job_name"]), 300)

    def test_a_captured_machine_is_in_its_own_job(self):
        tree = os.path.join(self.root, "tree")
        os.makedirs(tree + "/proc/self")
        with open(tree + "/proc/self/cgroup", "w", encoding="utf-8") as handle:
            handle.write("0::/system.slice/slurmstepd.scope/job_211/step_batch/user/task_0\n")
        self.run_command("true", options=("--sysroot", tree, "-o", "r.json"))
        self.assertEqual(document(self.read("r.json"))["run"]["labels"],
                         {"manager": "slurm", "job_id": "211", "step_id": "batch"})


class Group(Case):
    """The command has a control group to itself, and perf is denied, as in a container."""

    def own_group(self):
        for mount in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpuacct"):
            path = f"{mount}/aico2-e2e-{os.getpid()}"
            if not os.access(mount + "/cgroup.procs", os.W_OK):
                continue
            try:
                os.mkdir(path)
            except OSError:
                continue
            self.addCleanup(os.rmdir, path)
            return path
        return self.skipTest("no control group may be made here")

    @staticmethod
    def is_empty(group):
        with open(group + "/cgroup.procs", encoding="utf-8") as handle:
            return not handle.read()

    def measure(self, group, before=""):
        script = f'echo $$ > "$1/cgroup.procs"; shift; {before} exec "$@"'
        done = self.start("strace", "-f", "-q", "-o", "/dev/null", "-e", "inject=perf_event_open:error=EACCES",
                          "sh", "-c", script, "sh", group, PROGRAM, "run", "-o", "r.json", "--", PYTHON, "-c",
                          TEN_CHILDREN, BURN)
        out, err = done.communicate(timeout=SLOW)
        self.assertEqual(done.returncode, 0, err)
        descriptors, truth = out.splitlines()
        seconds = document(self.read("r.json"))["run"]["cpu_seconds"]
        self.assertGreaterEqual(seconds, 0.995 * float(truth))
        self.assertLess(seconds, 1.25 * float(truth) + 0.1)
        return descriptors

    @unittest.skipUnless(shutil.which("strace"), "needs strace to deny perf")
    def test_alone_in_it(self):
        group = self.own_group()
        self.assertIn(group, self.measure(group))

    @unittest.skipUnless(shutil.which("strace"), "needs strace to deny perf")
    def test_with_a_neighbour(self):
        group = self.own_group()
        # its time is not the job's: the group is no unit then
        descriptors = self.measure(group, "sh -c 'echo $$ >neighbour; while :; do :; done' &")
        self.assertNotIn(group, descriptors)
        self.wait_until(lambda: self.is_empty(group), "the neighbour ends")


if __name__ == "__main__":
    main()
