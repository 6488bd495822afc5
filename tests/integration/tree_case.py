# SPDX-License-Identifier: Apache-2.0
"""tree_case.py - `aico2 run` over built machines whose counters are moved by a known energy: what such tests share."""
import json
import math
import os
import shlex
import shutil
import subprocess
import tempfile
import time
import unittest

# What programs of another machine are started with.
WRAPPER = shlex.split(os.environ.get("AICO2_EXE_WRAPPER", ""))
PROGRAM = WRAPPER + [os.environ["AICO2_PROGRAM"]]
BUILD_MACHINE = WRAPPER + [os.environ["AICO2_BUILD_MACHINE"]]
FAKES = os.environ["AICO2_TEST_FAKES"]
CLASS = "sys/class/powercap"
SLOW = 120  # seconds until something that should end at once is taken for hanging, on any machine


def zone(node):
    """"0:1" is intel-rapl:0:1, "mmio:0" is intel-rapl-mmio:0."""
    return "intel-rapl-" + node if node.startswith("mmio") else "intel-rapl:" + node


def waited_seconds(pid):
    """How long threads of a process were ready and had no processor; 0 where the kernel does not count."""
    waited = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, thread)) as handle:
                waited += int(handle.read().split()[1]) * 1e-9
        except (OSError, IndexError):
            pass  # a thread that has ended
    return waited


class TreeCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def build(self, name):
        self.root = os.path.join(self.folder, name)
        subprocess.run([*BUILD_MACHINE, name, self.root], check=True, timeout=SLOW)

    def energy_file(self, node):
        return os.path.join(self.root, CLASS, zone(node), "energy_uj")

    def counter(self, node):
        with open(self.energy_file(node)) as handle:
            return int(handle.read())

    def add(self, microjoules, by_rename=False):
        """Moves counters as the hardware does: up to max_energy_range_uj, then from 0."""
        for node, delta in microjoules.items():
            path = self.energy_file(node)
            with open(os.path.join(os.path.dirname(path), "max_energy_range_uj")) as handle:
                span = int(handle.read()) + 1
            text = "%20d\n" % ((self.counter(node) + delta) % span)  # one write, never half a number
            if by_rename:
                with open(path + ".new", "w") as handle:
                    handle.write(text)
                os.rename(path + ".new", path)
            else:
                handle = os.open(path, os.O_WRONLY)
                os.write(handle, text.encode())
                os.close(handle)

    def moves(self, microjoules, by_rename=False):
        return lambda: self.add(microjoules, by_rename)

    def run_steps(self, *steps, interval="50ms", wait=0.25, environment=None):
        """Runs a command that waits; between two waits each step is done. Return: the report.

        When that was stands in self.stepped and self.ended (when the command was let go, and when all was over); how long the
        program had no processor meanwhile, in self.late."""
        out = os.path.join(self.folder, "report.json")
        fifo = os.path.join(self.folder, "fifo")
        if os.path.exists(fifo):
            os.unlink(fifo)
        os.mkfifo(fifo)
        self.stepped, self.wait = [], wait
        child = subprocess.Popen(
            [*PROGRAM, "run", "--no-db", "--quiet", "--sysroot", self.root, "--interval", interval,
             "-o", out, "--", "sh", "-c", "echo ready > %s; cat %s > /dev/null" % (fifo, fifo)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": self.folder, **(environment or {})})
        try:
            with open(fifo) as handle:  # the first reading has been taken before the command began
                handle.read()
            for step in steps:
                time.sleep(wait)
                step()
                self.stepped.append(time.monotonic())
            time.sleep(wait)
            self.late = waited_seconds(child.pid)
            let_go = time.monotonic()
            with open(fifo, "w"):
                pass  # end of file: the command ends
            _, errors = child.communicate(timeout=SLOW)
            self.ended = (let_go, time.monotonic())
            self.late += max(self.ended[1] - let_go - 0.1, 0)
        finally:
            child.kill()
            child.wait()
        self.assertEqual(child.returncode, 0, errors)
        with open(out) as handle:
            report = json.load(handle, parse_constant=self.fail)
        self.check_conservation(report)
        return report

    def check_conservation(self, report):
        """What holds of every report, whatever the counters did."""
        added = 0
        modules = any(device["kind"] == "module" and device["energy_joules"] is not None
                      for device in report["devices"])
        for device in report["devices"]:
            energy = device["energy_joules"]
            if energy is None:
                continue
            self.assertGreaterEqual(energy, 0, device["id"])
            self.assertTrue(0 <= device["coverage_ratio"] <= 1)
            parts = [device[part] for part in ("job_joules", "others_joules", "idle_joules")]
            self.assertTrue(all(part >= 0 for part in parts), device)
            self.assertTrue(math.isclose(sum(parts), energy, rel_tol=1e-12, abs_tol=1e-12))
            if device["kind"] == "module" or (device["kind"] != "board" and not modules):
                added += energy  # a module has its parts in its own figure
        machine = report["energy"]["machine_joules"] or 0
        self.assertTrue(math.isclose(added, machine, rel_tol=1e-12), (added, machine))
        self.check_embodied(report)

    def check_embodied(self, report):
        """Each part is its manufacture x time x share, and they are the whole."""
        carbon = report["carbon"]
        for end in ("", "_low", "_high"):
            self.assertEqual(sum(part["gco2e" + end] for part in carbon["embodied"]),
                             carbon[f"embodied{end}_gco2e"] or 0)
        for part in carbon["embodied"]:
            life = part["lifetime_years"] * 8760 * 3600
            grams = part["kgco2e"] * 1000 * report["run"]["duration_seconds"] / life * part["share_ratio"]
            self.assertTrue(math.isclose(part["gco2e"], grams, rel_tol=1e-9), part)
            self.assertTrue(0 <= part["share_ratio"] <= 1, part)
            self.assertTrue(part["gco2e_low"] <= part["gco2e"] <= part["gco2e_high"], part)
        self.assertIn("network", carbon["embodied_not_counted"])

    def warnings(self, report):
        """But for ticks that were late: that is how busy the machine of the test is."""
        return [text for text in report["warnings"] if "came too late" not in text]

    def device(self, report, name):
        found = [device for device in report["devices"] if device["id"] == name]
        self.assertEqual(len(found), 1, [device["id"] for device in report["devices"]])
        return found[0]

    def check_whole(self, report, name):
        """A hole would be as long as the time between two steps; what is missing at the ends is how late a busy machine reads."""
        self.assertLess(self.device(report, name)["gap_seconds"], self.wait / 2 + self.late, name)

    def check_covered(self, report, device, least_ratio):
        """Of so much of the time there are readings; where the machine was late with one there is a gap from the one before on."""
        gap = (1 - least_ratio) * report["run"]["duration_seconds"] + 1.5 * self.late
        self.assertLess(device["gap_seconds"], gap, device["id"])

    def check_energy(self, report, **microjoules):
        """To the microjoule."""
        for name, expected in microjoules.items():
            device = self.device(report, name)
            self.assertEqual(device["basis"], "measured")
            self.assertEqual(round(device["energy_joules"] * 1e6), expected, name)
            self.assertAlmostEqual(device["energy_joules"] * 1e6, expected, delta=0.01)
