# SPDX-License-Identifier: Apache-2.0
"""test_tree_all.py - what holds on every machine of tests/machines: who is counted, that nothing counts twice,
that the parts are the whole, and that devices, doctor and run say the same."""
import concurrent.futures
import glob
import json
import math
import os
import subprocess
import tempfile
import unittest

from tree_case import BUILD_MACHINE, PROGRAM

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
MEASURED, MODELLED, ASSUMED = "measured", "modelled", "assumed"

# Who is counted, by hand from the sensors that each tree holds; a board is shown and not counted.
EXPECTED = {
    "altra-2s": {"cpu0": MEASURED, "cpu1": MEASURED, "dram0": MEASURED, "dram1": MEASURED},
    "amd-apu": {"cpu0": MEASURED, "memory": MODELLED},
    "arc-a770": {"cpu0": MEASURED, "gpu0": MEASURED, "memory": MODELLED},
    "arc-b580-xe": {"cpu0": MEASURED, "gpu0": MEASURED, "memory": MODELLED},
    "container-masked": {},
    "core-psys": {"cpu0": MEASURED, "board": MEASURED, "memory": MODELLED},
    "epyc-2s": {"cpu0": MEASURED, "cpu1": MEASURED, "memory": MODELLED},
    "epyc-msr": {"cpu0": MEASURED, "cpu1": MEASURED, "memory": MODELLED},
    # perf counters of a captured machine cannot be opened
    "epyc-perf": {"cpu0": MODELLED, "cpu1": MODELLED, "memory": MODELLED},
    "perf-desktop": {"cpu0": MODELLED, "memory": MODELLED},
    "gh200": {"module0": MEASURED},
    "jetson-agx-orin-jp5": {"module0": MEASURED},
    "jetson-agx-orin-jp6": {"module0": MEASURED},
    "jetson-agx-xavier": {"module0": MEASURED},
    "jetson-nano": {"module0": MEASURED},
    "jetson-orin-nano": {"module0": MEASURED},
    "jetson-orin-nano-jp5": {"module0": MEASURED},
    "jetson-orin-nx": {"module0": MEASURED},
    "jetson-thor": {"module0": MEASURED, "board": MEASURED},
    "jetson-tx1": {"module0": MEASURED, "board": MEASURED},
    "jetson-tx2": {"module0": MEASURED, "board": MEASURED},
    "jetson-xavier-nx": {"module0": MEASURED},
    "laptop": {"cpu0": MEASURED, "dram0": MEASURED, "board": MEASURED, "board-battery": MEASURED},
    "mi250": {"cpu0": MEASURED, "gpu0": MEASURED, "gpu1": MEASURED, "memory": MODELLED},
    "rx7900xtx": {"cpu0": MEASURED, "gpu0": MEASURED, "memory": MODELLED},
    "vm": {"cpu0": ASSUMED, "memory": MODELLED},
    "xeon-2s-dram": {"cpu0": MEASURED, "cpu1": MEASURED, "dram0": MEASURED, "dram1": MEASURED, "board-acpi": MEASURED},
    "xeon-2s-mixed": {"cpu0": MEASURED, "cpu1": MEASURED, "dram0": MEASURED, "memory": MODELLED},
    "xeon-2s-msr": {"cpu0": MEASURED, "cpu1": MEASURED, "dram0": MEASURED, "dram1": MEASURED},
}


def answer(root, command, *options):
    """Of one command on one tree; strict JSON."""
    out = os.path.join(root, "report.json") if command == "run" else None
    words = ["run", "--no-db", "--quiet", "--interval", "50ms", "-o", out] if out else [command, "--json"]
    done = subprocess.run([*PROGRAM, *words, "--sysroot", root, *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": root})
    if done.returncode != 0 or "Sanitizer" in done.stderr:
        raise AssertionError(f"{command}: {done.returncode} {done.stderr}")
    if out is None:
        return json.loads(done.stdout)
    with open(out, encoding="utf-8") as handle:
        return json.load(handle)


class AllTrees(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="aico2-trees-")
        cls.addClassCleanup(folder.cleanup)
        cls.names = sorted(os.path.basename(path)[:-len(".manifest")]
                           for path in glob.glob(os.path.join(SOURCE, "tests/machines/*.manifest")))

        def look(name):
            root = os.path.join(folder.name, name)
            subprocess.run([*BUILD_MACHINE, name, root], check=True, timeout=120)
            return name, (answer(root, "devices"), answer(root, "doctor"), answer(root, "run", "--", "sleep", "0.4"))

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            cls.found = dict(pool.map(look, cls.names))

    def each(self, check):
        """check(devices, doctor, report) of every machine."""
        for name in self.names:
            with self.subTest(name):
                check(name, *self.found[name])

    def test_who_is_counted(self):
        def check(name, devices, _doctor, _report):
            self.assertIn(name, EXPECTED, "a new machine: say who is counted on it")
            self.assertEqual({device["id"]: device["basis"] for device in devices["devices"] if device["used"]},
                             EXPECTED[name])

        self.each(check)

    def test_run_has_the_devices_that_devices_says(self):
        def check(_name, devices, _doctor, report):
            self.assertEqual({device["id"]: device["reader"] for device in devices["devices"] if device["used"]},
                             {device["id"]: device["reader"] for device in report["devices"]})

        self.each(check)

    def test_names_are_no_two_devices(self):
        def check(_name, _devices, _doctor, report):
            names = [device["id"] for device in report["devices"]]
            self.assertEqual(len(names), len(set(names)))

        self.each(check)

    def test_the_parts_are_the_whole(self):
        def check(_name, _devices, _doctor, report):
            added = 0
            modules = any(device["kind"] == "module" for device in report["devices"])
            for device in report["devices"]:
                if device["energy_joules"] is None:
                    continue
                parts = [device[part] for part in ("job_joules", "others_joules", "idle_joules")]
                self.assertTrue(all(part >= 0 for part in parts), device)
                self.assertTrue(math.isclose(sum(parts), device["energy_joules"], rel_tol=1e-12, abs_tol=1e-12))
                self.assertLessEqual(device["idle_share_joules"], device["idle_joules"] * (1 + 1e-12))
                self.assertLessEqual(device["energy_low_joules"], device["energy_joules"])
                self.assertGreaterEqual(device["energy_high_joules"], device["energy_joules"])
                if device["kind"] != "board" and not (modules and device["kind"] != "module"):
                    added += device["energy_joules"]
            self.assertTrue(math.isclose(added, report["energy"]["machine_joules"] or 0, rel_tol=1e-12))

        self.each(check)

    def test_no_energy_is_counted_twice(self):
        def check(_name, _devices, _doctor, report):
            kinds = {}
            for device in report["devices"]:
                kinds.setdefault(device["kind"], []).append(device["id"])
            if "module" in kinds:  # a module holds processor and memory
                self.assertNotIn("cpu", kinds)
                self.assertNotIn("memory", kinds)
            sockets = report["machine"]["cpu"]["sockets"]
            self.assertLessEqual(len(kinds.get("cpu", [])), sockets)
            # modelled memory stands in for sockets without a DRAM counter, and for no other
            if "memory" in kinds:
                self.assertLess(len(kinds.get("dram", [])), max(sockets, 1))

        self.each(check)

    def test_doctor_knows_every_reader(self):
        def check(_name, devices, doctor, _report):
            states = {"used", "available", "denied", "absent", "broken"}
            sensors = [row["sensor"] for row in doctor["checks"]]
            self.assertEqual(len(sensors), len(set(sensors)))
            for row in doctor["checks"]:
                self.assertIn(row["state"], states)
                if row["state"] != "used":
                    self.assertTrue(row["reason"], row)
                if row["state"] == "denied":
                    self.assertTrue(row["fix"], row)
            for reader in devices["readers"]:
                self.assertTrue(any(sensor.split("-")[0] == reader["name"] for sensor in sensors), reader["name"])

        self.each(check)


if __name__ == "__main__":
    unittest.main()
