# SPDX-License-Identifier: Apache-2.0
"""test_tree_jetson.py - `aico2 run` and `aico2 devices` over a built tree of each Jetson."""
import json
import math
import os
import subprocess
import unittest

from tree_case import FAKES, PROGRAM, TreeCase, WRAPPER


class Jetsons(TreeCase):
    # mV x mA, or mW, of the rails that make the module, worked out in tests/unit/test_jetson.c
    JETSONS = {"jetson-nano": 2.198, "jetson-xavier-nx": 3.615, "jetson-orin-nano-jp5": 4.942464,
               "jetson-orin-nano": 4.942464, "jetson-agx-orin-jp5": 6.7096,
               "jetson-agx-orin-jp6": 6.7096, "jetson-tx1": 3.814, "jetson-tx2": 4.577,
               "jetson-agx-xavier": 6.48192, "jetson-orin-nx": 7.30368, "jetson-thor": 20.47936}
    # of the carrier board, shown beside it
    CARRIERS = {"jetson-tx1": 6.103, "jetson-tx2": 6.865, "jetson-thor": 30.15}

    def test_a_steady_jetson_uses_power_times_time(self):
        for name, watts in self.JETSONS.items():
            self.build(name)
            report = self.run_steps(wait=1)
            module = self.device(report, "module0")
            self.assertEqual([device["id"] for device in report["devices"]],
                             ["module0"] + ["board"] * (name in self.CARRIERS))
            if name in self.CARRIERS:
                self.assertAlmostEqual(self.device(report, "board")["mean_power_watts"],
                                       self.CARRIERS[name], places=9)
            self.assertEqual((module["kind"], module["basis"], module["reader"]),
                             ("module", "measured", "jetson"))
            seconds = report["run"]["duration_seconds"]
            self.assertGreater(seconds, 0.9)
            self.check_covered(report, module, 0.9)
            self.assertAlmostEqual(module["mean_power_watts"], watts, places=9)
            self.assertAlmostEqual(module["energy_joules"],
                                   watts * seconds * module["coverage_ratio"],
                                   delta=(0.05 if WRAPPER else 0.01) * watts)  # an emulator is slow
            self.assertEqual(report["energy"]["machine_joules"], module["energy_joules"])
            self.check_parts(name, module)
            self.assertAlmostEqual(report["energy"]["measured_ratio"], 1)
            self.assertAlmostEqual(module["energy_high_joules"] / module["energy_joules"], 1.1)
            self.assertNotIn("CPU", report["energy"]["not_counted"])
            self.assertNotIn("memory", report["energy"]["not_counted"])
            self.assertGreater(report["carbon"]["embodied_gco2e"], 0)
            self.assertEqual([text for text in report["warnings"] if "CPU model" in text], [])

    # what feeds CPU and GPU, in W, by hand from the manifests (mV x mA, or mW)
    PARTS = {"jetson-nano": {"POM_5V_GPU": 0.082, "POM_5V_CPU": 0.622},
             "jetson-xavier-nx": {"VDD_CPU_GPU_CV": 0.746, "VDD_SOC": 1.021},
             "jetson-tx2": {"VDD_SYS_CPU": 0.762, "VDD_SYS_GPU": 0.305, "VDD_SYS_SOC": 0.61,
                            "VDD_SYS_DDR": 1.22},
             "jetson-orin-nx": {"VDD_CPU_GPU_CV": 2.312832, "VDD_SOC": 1.62304},
             "jetson-agx-xavier": {"GPU": 1.069824, "CPU": 0.458496, "SOC": 1.986816, "CV": 0,
                                   "VDDRQ": 0.305664, "SYS5V": 2.66112},
             "jetson-thor": {"VDD_GPU": 4.77696, "VDD_CPU_SOC_MSS": 7.56352,
                             "VIN_SYS_5V0": 8.13888}}

    def check_parts(self, name, module):
        parts = {part["id"]: part for part in module["parts"]}
        self.assertEqual(len(parts), len(module["parts"]))
        if name in self.PARTS:
            self.assertEqual(set(parts), set(self.PARTS[name]), name)
        for part in parts.values():
            watts = self.PARTS.get(name, {}).get(part["id"], part["mean_power_watts"])
            self.assertAlmostEqual(part["mean_power_watts"], watts, places=9)
            self.assertLessEqual(part["energy_joules"], module["energy_joules"])
            self.assertTrue(math.isclose(
                sum(part[share] for share in ("job_joules", "others_joules", "idle_joules")),
                part["energy_joules"], rel_tol=1e-12, abs_tol=1e-12))

    def devices(self, *words, locale="C.UTF-8"):
        done = subprocess.run(PROGRAM + ["devices", "--sysroot", self.root, *words], text=True,
                              stdout=subprocess.PIPE, check=True, timeout=120,
                              env={**os.environ, "LC_ALL": locale, "HOME": self.folder})
        return done.stdout

    def test_nvml_of_an_orin_is_no_device_beside_the_module(self):
        # it starts, names the GPU, and answers NotSupported (3) to all that is asked
        nothing = ";".join("gpu.%s_code=3" % what for what in (
            "energy", "power", "util", "limit", "memory", "memory_v2", "list", "sm"))
        for machine, script in (("jetson-orin-nano", "count=1;gpu.name=Orin (nvgpu);" + nothing),
                                ("jetson-thor", "count=1;gpu.name=NVIDIA Thor;gpu.util=50;" +
                                 nothing.replace("gpu.util_code=3;", ""))):
            self.build(machine)
            report = self.run_steps(wait=1, environment={
                "AICO2_NVML": os.path.join(FAKES, "fake_nvml.so"), "FAKE_NVML": script})
            self.assertEqual([device["id"] for device in report["devices"]
                              if device["kind"] != "board"], ["module0"], machine)
            self.assertEqual(report["energy"]["machine_joules"],
                             self.device(report, "module0")["energy_joules"])
            self.assertFalse(any("gpu0" in text for text in report["warnings"]), report["warnings"])

    def test_what_a_jetson_shows_right_now(self):
        for name, watts in self.JETSONS.items():
            self.build(name)
            text = self.devices()
            self.assertLessEqual(max(map(len, text.splitlines())), 80, name)
            self.assertIn("\nright now\n", text)
            self.assertIn("module0 ", text)
            self.assertTrue(self.devices(locale="C").isascii())
            document = json.loads(self.devices("--json"), parse_constant=self.fail)
            gauges = {gauge["name"]: gauge for gauge in document["gauges"]}
            rails = [gauge for gauge in gauges.values() if gauge["name"].startswith("rail.")]
            within = [gauge for gauge in rails if gauge["inside"] == "module0"]
            whole = [gauge for gauge in rails if gauge["label"] == "all of the module"]
            self.assertTrue(within, name)
            self.assertAlmostEqual(gauges["module0.power"]["value"], watts, places=6)
            if whole:  # an input, which holds the others
                self.assertEqual([gauge["value"] for gauge in whole], [watts])
                self.assertLessEqual(sum(gauge["value"] for gauge in within), watts)
            self.assertTrue(gauges["memory.used"]["value"] < gauges["memory.used"]["limit"])
            self.assertTrue(any(gauge["unit"] == "degC" and 20 < (gauge["value"] or 0) < 100
                                for gauge in gauges.values()), name)
            self.assertIn("gpu.frequency", gauges)

    def test_a_jetson_whose_power_steps(self):
        self.build("jetson-orin-nano")
        current = os.path.join(self.root, "sys/class/hwmon/hwmon1/curr1_input")

        def write(text):
            with open(current, "w") as handle:
                handle.write(text)

        report = self.run_steps(lambda: write("1976\n"), wait=0.5)  # 5064 mV x 1000 mA more
        module = self.device(report, "module0")
        seconds = report["run"]["duration_seconds"]
        least, most = [(ended - self.stepped[0]) / seconds for ended in self.ended]
        off = 0.15 + 1.5 * self.late / seconds  # of the run, for the interval with the step in it and those that a busy machine lost
        self.assertGreater(module["mean_power_watts"], 4.942464 + (least - off) * 5.064)
        self.assertLess(module["mean_power_watts"], 4.942464 + (most + off) * 5.064)
        self.assertAlmostEqual(module["peak_power_watts"], 10.006464, places=9)

    def test_a_power_mode_that_switches_cores_off(self):
        self.build("jetson-orin-nano")

        def write(path, text):
            with open(os.path.join(self.root, path), "w") as handle:
                handle.write(text)

        def seven_watts():
            with open(os.path.join(self.root, "proc/stat")) as handle:
                lines = [line for line in handle if not line.startswith(("cpu4", "cpu5"))]
            write("proc/stat", "".join(lines))
            write("sys/devices/system/cpu/online", "0-3\n")
            write("var/lib/nvpmodel/status", "pmode:0001\n")
            write("sys/class/hwmon/hwmon1/curr1_input", "1976\n")

        # the mode is looked at once a second
        report = self.run_steps(seven_watts, lambda: None, wait=1.2)
        module = self.device(report, "module0")
        self.check_covered(report, module, 0.9)
        self.assertTrue(4.942464 < module["mean_power_watts"] < 10.006464, module)
        self.assertIn("module0: the power mode went from 15W to 25W", report["warnings"])
        self.assertEqual((module["rated_power_watts"], module["rated_power_source"]),
                         (15, "power mode 15W"))
        cpus = {gauge["name"]: gauge for gauge in json.loads(self.devices("--json"))["gauges"]}
        self.assertEqual(cpus["cpus.online"]["value"], 4)

    def test_a_jetson_whose_driver_goes_leaves_a_gap(self):
        self.build("jetson-agx-orin-jp5")
        monitor = os.path.realpath(os.path.join(self.root, "sys/class/hwmon/hwmon3"))
        report = self.run_steps(lambda: os.rename(monitor, os.path.join(self.root, "away")),
                                lambda: None, wait=0.5)
        module = self.device(report, "module0")
        self.assertTrue(0.1 < module["coverage_ratio"] < 0.7, module)
        self.assertAlmostEqual(module["mean_power_watts"], 6.7096, places=6)
        self.assertTrue(any("module0" in text for text in report["warnings"]), report["warnings"])

    def test_a_forbidden_jetson_is_modelled(self):
        self.build("jetson-orin-nano")
        current = os.path.join(self.root, "sys/class/hwmon/hwmon1/curr1_input")
        os.unlink(current)
        os.mkdir(current)
        report = self.run_steps(wait=0.1)
        self.assertEqual([device["id"] for device in report["devices"]], ["gpu0", "cpu0", "memory"])
        # half of the 15 W of the power mode, 5 % of it without load, at a load of 0.127
        gpu = self.device(report, "gpu0")
        self.assertEqual((gpu["reader"], gpu["basis"]), ("tegra_gpu", "assumed"))
        self.assertAlmostEqual(gpu["mean_power_watts"], 12.5 * (0.05 + 0.95 * 0.127), places=9)
        # a captured machine's GPU is not what processes here have open: taken for the job's
        self.assertAlmostEqual(gpu["job_joules"] + gpu["idle_joules"], gpu["energy_joules"])
        self.assertIn("taken for the job's", gpu["note"])
        self.assertTrue(any("VDD_IN" in text and "chmod a+r" in text
                            for text in report["warnings"]), report["warnings"])


if __name__ == "__main__":
    unittest.main()
