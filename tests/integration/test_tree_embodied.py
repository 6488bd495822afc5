# SPDX-License-Identifier: Apache-2.0
"""test_tree_embodied.py - `aico2 run` over built machines: what they are built as, and its share, now and recomputed."""
import json
import os
import subprocess
import unittest

from tree_case import PROGRAM, TreeCase

DMI = "sys/class/dmi/id"
SATA = "sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block"


class Embodied(TreeCase):
    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as handle:
            handle.write(text)

    def add_drive(self, name, sectors, rotational):
        for file, text in (("size", sectors), ("removable", 0), ("queue/rotational", rotational)):
            self.write(f"{SATA}/{name}/{file}", f"{text}\n")
        os.makedirs(os.path.join(self.root, "sys/block"), exist_ok=True)
        os.symlink(f"../../{SATA}/{name}", os.path.join(self.root, "sys/block", name))

    def aico2(self, *words):
        done = subprocess.run([*PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": self.folder})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def parts(self, report):
        return {part["component"]: part for part in report["carbon"]["embodied"]}

    def test_a_server_has_a_board_a_chassis_and_drives(self):
        """Of 1 J of each processor the job did little; 1000 GB are 6.34 + 40.1 kg."""
        self.build("xeon-2s-dram")
        self.write(DMI + "/chassis_type", "23\n")
        self.add_drive("sda", 1953125000, 0)
        self.add_drive("sdb", 1953125000, 1)
        report = self.run_steps(self.moves({"0": 1000000, "1": 1000000}))
        parts = report["carbon"]["embodied"]
        self.assertEqual(report["machine"]["chassis"], "server")
        self.assertEqual([part["component"] for part in parts],
                         ["cpu", "cpu", "memory", "memory", "board", "chassis", "storage", "storage"])
        self.assertEqual([part["kgco2e"] for part in parts[4:]], [72.78, 295.314, 6.34 + 40.1, 31.11])
        self.assertEqual(report["carbon"]["embodied_not_counted"], ["network"])
        weights = [(device["energy_joules"], part["share_ratio"])
                   for device, part in zip(report["devices"], parts)]
        share = sum(joules * ratio for joules, ratio in weights) / sum(joules for joules, _ in weights)
        for part in parts[4:]:
            self.assertAlmostEqual(part["share_ratio"], share, places=12)

    def test_a_stored_run_keeps_what_its_machine_is_built_as(self):
        self.build("laptop")
        self.write(DMI + "/chassis_type", "10\n")
        db = os.path.join(self.folder, "history.db")
        self.aico2("run", "--sysroot", self.root, "--db", db, "--quiet", "--", "sleep", "0.2")
        shown = json.loads(self.aico2("show", "last", "--db", db, "--json").stdout)
        self.check_embodied(shown)
        self.assertEqual(self.parts(shown)["computer"]["kgco2e"], 137.8)
        self.assertNotIn("disks", shown["carbon"]["embodied_not_counted"])
        whole = json.loads(self.aico2("recompute", "last", "--db", db, "--scope", "machine",
                                      "--lifetime-years", "8", "--json").stdout)
        self.check_embodied(whole)
        self.assertEqual((self.parts(whole)["computer"]["share_ratio"],
                          self.parts(whole)["computer"]["lifetime_years"]), (1, 8))
        self.assertIn("rest of the computer", self.aico2("show", "last", "--db", db).stdout.replace("\n" + 12 * " ", " "))

    def test_a_guest_has_its_part_of_a_host(self):
        self.build("vm")
        report = self.run_steps(wait=0.5)
        parts = self.parts(report)
        self.assertIsNone(report["machine"]["chassis"])
        packages = parts["cpu"]["kgco2e"] / 20.96
        self.assertLess(packages, 1)
        self.assertAlmostEqual(parts["board"]["kgco2e"], 72.78 * packages / 2, places=9)
        self.assertAlmostEqual(parts["chassis"]["kgco2e_high"], 767.62 * packages, places=9)
        self.assertIn("disks", report["carbon"]["embodied_not_counted"])

    def test_without_a_chassis_it_is_named(self):
        for name, what in (("epyc-2s", "board, case and power supply"), ("jetson-orin-nano", "carrier board")):
            self.build(name)
            named = self.run_steps()["carbon"]["embodied_not_counted"]
            self.assertTrue(any(what in text for text in named), named)


if __name__ == "__main__":
    unittest.main()
