# SPDX-License-Identifier: Apache-2.0
"""test_mpirun.py - two ranks under a real mpirun (Open MPI) on this machine; skipped by name where there is none."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["AICO2_SESSION_PROGRAM"]
AICO2 = os.environ["AICO2_PROGRAM"]
MPIRUN = shutil.which("mpirun")
RANKS = 2


def is_open_mpi():
    if MPIRUN is None:
        return False
    done = subprocess.run([MPIRUN, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    return "Open MPI" in done.stdout or "OpenRTE" in done.stdout


@unittest.skipUnless(is_open_mpi(), "no mpirun of Open MPI here: tools/install_deps.sh extra")
class Mpirun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("OMPI_", "PMI", "SLURM_", "TORCHELASTIC_", "AICO2_"))}
        self.env.update(AICO2_DB=os.path.join(self.folder, "history.db"), XDG_RUNTIME_DIR=self.folder)

    def mpirun(self, first, second):
        """A shell's command in each rank; what rank R prints is in the file R. Whatever the machine is doing, the second begins when the
        first has said something, and the first finds a file `over` when the second has ended."""
        words = [MPIRUN, "--oversubscribe", "-np", str(RANKS), "--mca", "btl", "self,vader", "--mca", "plm", "isolated"]
        if os.geteuid() == 0:
            words.append("--allow-run-as-root")
        script = (f"cd {self.folder}\nif test $OMPI_COMM_WORLD_RANK = 0; then {first} > 0\n"
                  f"else until test -s 0; do sleep 0.05; done; {second} > 1; echo > over; fi")
        done = subprocess.run([*words, "sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
                              check=False, env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)

    def reports(self):
        """Behind the line with the run's id."""
        found = []
        for rank in range(RANKS):
            with open(os.path.join(self.folder, str(rank)), encoding="utf-8") as file:
                found.append((file.readline().strip(), json.load(file)))
        return found

    def aico2(self, *words):
        done = subprocess.run([AICO2, *words, "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              check=True, env=self.env)
        return json.loads(done.stdout)

    def test_one_rank_measures_for_both(self):
        self.mpirun(f"(until test -e over; do sleep 0.05; done) | {PROGRAM} rank", f"{PROGRAM} rank < /dev/null")
        (first_id, first), (second_id, second) = self.reports()
        self.assertNotIn("measured_by", first, "the first of the machine, where it is there")
        self.assertGreater(second["measured_by"], 1)
        self.assertEqual({first_id, first["run"]["id"], second["run"]["id"]}, {second_id})
        for report in (first, second):
            self.assertGreater(report["energy"]["total_joules"], 0)
        self.assertGreaterEqual(first["run"]["cpu_seconds"], 0.5, "what both have used, without the library's threads")
        self.assertGreaterEqual(second["run"]["cpu_seconds"], 0.25)
        [run] = self.aico2("runs")["runs"]
        self.assertEqual((run["id"], run["state"]), (first["run"]["id"], "finished"))

    def test_ranks_that_are_commands_of_aico2_run(self):
        self.mpirun(f"{AICO2} run --quiet -- sh -c 'echo begun; until test -e over; do sleep 0.05; done'",
                    f"{AICO2} run --quiet -- {PROGRAM} burn 0.2")
        [run] = self.aico2("runs")["runs"]
        self.assertGreater(run["total_joules"], 0)
        self.assertGreaterEqual(self.aico2("show", "last")["run"]["cpu_seconds"], 0.15, "the second's as well")


if __name__ == "__main__":
    unittest.main()
