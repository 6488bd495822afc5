# SPDX-License-Identifier: Apache-2.0
"""test_slurm.py - tasks of a job under a real Slurm: a cluster of this machine alone, on loopback; skipped by name where there is none."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from ports import free_port  # noqa: E402

PROGRAM = os.environ["AICO2_SESSION_PROGRAM"]
AICO2 = os.environ["AICO2_PROGRAM"]
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
MISSING = [word for word in ("munged", "slurmctld", "slurmd", "srun") if shutil.which(word, path=PATH) is None]
SLOW = 120  # seconds until a daemon that does not answer is taken for one that never will
CONF = """ClusterName=of-a-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
MpiDefault=none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES State=UP
"""


@unittest.skipIf(MISSING, f"no {', '.join(MISSING)} here: tools/install_deps.sh extra")
@unittest.skipIf(os.geteuid() != 0, "slurmd starts tasks as root alone")
class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.env = {name: value for name, value in os.environ.items()
                   if not name.startswith(("OMPI_", "PMI", "SLURM_", "TORCHELASTIC_", "AICO2_"))}
        cls.env.update(PATH=PATH, SLURM_CONF=os.path.join(cls.folder, "slurm.conf"), AICO2_DB=os.path.join(cls.folder, "history.db"),
                       XDG_RUNTIME_DIR=cls.folder)
        cls.start_cluster()

    @classmethod
    def start_cluster(cls):
        for name in ("state", "spool"):
            os.mkdir(os.path.join(cls.folder, name))
        key = os.path.join(cls.folder, "munge.key")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(os.urandom(64))
        with open(cls.env["SLURM_CONF"], "w", encoding="ascii") as file:
            file.write(CONF.format(host=socket.gethostname().split(".")[0], ports=[free_port(), free_port()], folder=cls.folder,
                                   cpus=len(os.sched_getaffinity(0))))
        cls.start("munged", "--foreground", "--force", f"--socket={cls.folder}/munge.sock", f"--key-file={key}",
                  f"--pid-file={cls.folder}/munge.pid", f"--log-file={cls.folder}/munge.log", f"--seed-file={cls.folder}/munge.seed")
        cls.start("slurmctld", "-D")
        cls.start("slurmd", "-D")
        deadline = time.monotonic() + SLOW
        while cls.call("sinfo", "--noheader", "--format=%T", check=False).strip() not in ("idle", "mixed", "allocated"):
            if time.monotonic() > deadline:
                raise AssertionError(cls.logs())
            time.sleep(0.1)

    @classmethod
    def start(cls, *words):
        log = open(os.path.join(cls.folder, f"{words[0]}.out"), "wb")  # pylint: disable=consider-using-with
        process = subprocess.Popen(words, env=cls.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()

        def end():
            process.terminate()
            try:
                process.wait(timeout=SLOW)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        cls.addClassCleanup(end)

    @classmethod
    def logs(cls):
        text = "Slurm did not start:\n"
        for name in sorted(os.listdir(cls.folder)):
            if name.endswith((".out", ".log")):
                with open(os.path.join(cls.folder, name), encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n{file.read()[-2000:]}\n"
        return text

    @classmethod
    def call(cls, *words, check=True):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False, env=cls.env)
        if check and done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def setUp(self):
        self.env["AICO2_DB"] = os.path.join(self.folder, f"{self.id()}.db")

    def aico2(self, *words):
        return json.loads(self.call(AICO2, *words, "--json"))

    def both(self, name, first, second):
        """Whatever the machine is doing, the second task begins when the first has made a file 0, and the first finds a file `over`
        when the second has ended."""
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        self.call("srun", "--ntasks=2", "--overcommit", f"--job-name={name}", f"--chdir={folder}", "sh", "-c",
                  f"if test $SLURM_PROCID = 0; then {first}\nelse until test -s 0; do sleep 0.05; done; {second}; echo > over; fi")
        return folder

    def test_tasks_under_aico2_run_are_one_run(self):
        self.both("commands", f"{AICO2} run --quiet -- sh -c 'echo begun > 0; until test -e over; do sleep 0.05; done'",
                  f"{AICO2} run --quiet -- {PROGRAM} burn 0.3")
        [run] = self.aico2("runs")["runs"]
        self.assertEqual(run["state"], "finished")
        told = self.aico2("show", "last")["run"]
        self.assertGreaterEqual(told["cpu_seconds"], 0.25, "the second's as well")
        labels = told["labels"]
        self.assertEqual((labels["manager"], labels["job_name"], labels["cluster"], labels["nodes"], labels["rank"]),
                         ("slurm", "commands", "of-a-test", "1", "0"))

    def test_tasks_with_sessions_of_their_own(self):
        folder = self.both("sessions", f"(until test -e over; do sleep 0.05; done) | {PROGRAM} rank > 0", f"{PROGRAM} rank < /dev/null > 1")
        reports = []
        for rank in range(2):
            with open(os.path.join(folder, str(rank)), encoding="utf-8") as file:
                reports.append((file.readline().strip(), json.load(file)))
        self.assertEqual(reports[0][0], reports[1][0], "one run")
        self.assertNotIn("measured_by", reports[0][1])
        self.assertGreater(reports[1][1]["measured_by"], 1)
        [run] = self.aico2("runs")["runs"]
        self.assertEqual((run["id"], run["state"]), (reports[0][0], "finished"))


if __name__ == "__main__":
    unittest.main()
