# SPDX-License-Identifier: Apache-2.0
"""test_tree_run.py - `aico2 run` over built machines whose counters are moved by a known energy."""
import json
import math
import os
import re
import shutil
import struct
import subprocess
import time
import unittest

from tree_case import FAKES, PROGRAM, TreeCase


class TreeRun(TreeCase):
    def test_packages_and_dram_of_two_sockets_add_up(self):
        self.build("xeon-2s-dram")
        # package-1 stands 28,850 uJ below its largest value: the first step wraps it
        report = self.run_steps(
            self.moves({"0": 20000001, "1": 20000002, "0:0": 1000003, "1:0": 1000004}),
            self.moves({"0": 30000010, "1": 5, "0:0": 2000030}))
        self.check_energy(report, cpu0=50000011, cpu1=20000007, dram0=3000033, dram1=1000004)
        self.assertEqual([device["id"] for device in report["devices"]],
                         ["cpu0", "cpu1", "dram0", "dram1", "board-acpi"])
        self.assertEqual(round(report["energy"]["machine_joules"] * 1e6),
                         50000011 + 20000007 + 3000033 + 1000004)
        self.assertAlmostEqual(report["energy"]["measured_ratio"], 1)
        self.assertEqual(self.warnings(report), [])

    def test_memory_of_a_socket_without_a_counter_is_modelled(self):
        self.build("xeon-2s-mixed")
        report = self.run_steps(self.moves({"0": 20000000, "1": 20000000, "0:0": 1000000}))
        self.check_energy(report, cpu0=20000000, cpu1=20000000, dram0=1000000)
        memory = self.device(report, "memory")
        self.assertEqual((memory["kind"], memory["basis"]), ("memory", "modelled"))
        self.assertIn("50 % of the memory", memory["note"])
        # half of 527,910,000 KiB is 251.727 GiB; half of it is in use, so the mean of what an idle
        # and an active GiB draw: (0.332 + 1) / 2 x 0.37375 = 0.24892 W
        self.assertAlmostEqual(memory["mean_power_watts"], 251.727 * 0.24892, delta=0.01)
        self.assertAlmostEqual(report["energy"]["machine_joules"], 41 + memory["energy_joules"],
                               places=9)
        self.assertNotIn("memory", report["energy"]["not_counted"])

    def registers(self, **raw):
        """cpu0=(address, value): what the low 32 bits of a register say."""
        for cpu, (address, value) in raw.items():
            path = os.path.join(self.root, "dev/cpu", cpu[3:], "msr")
            handle = os.open(path, os.O_WRONLY)
            os.pwrite(handle, value.to_bytes(4, "little"), address)
            os.close(handle)

    def test_registers_of_two_intel_sockets(self):
        self.build("xeon-2s-msr")

        def step():
            # 163,840 counts of 2^-14 J are 10 J; the other socket goes from 256 below its wrap to
            # 256 past it: 512 counts, 31,250 uJ. 100,000 counts of 15.3 uJ of DRAM are 1.53 J
            self.registers(cpu0=(0x611, 0x68123456 + 163840), cpu1=(0x611, 0x100))
            self.registers(cpu0=(0x619, 0x071ac0e0 + 100000))

        report = self.run_steps(step)
        self.check_energy(report, cpu0=10000000, cpu1=31250, dram0=1530000)
        cpu0 = self.device(report, "cpu0")
        self.assertEqual((cpu0["reader"], cpu0["note"]),
                         ("rapl", "through the processor's registers"))
        self.assertEqual((cpu0["rated_power_watts"], cpu0["rated_power_source"]),
                         (205, "MSR_PKG_POWER_INFO"))
        self.assertEqual(self.warnings(report), [])

    def test_registers_of_two_amd_sockets(self):
        self.build("epyc-msr")
        # 327,680 counts of 2^-16 J are 5 J; 256 + 65,280 counts over the wrap are a joule
        report = self.run_steps(lambda: self.registers(
            cpu0=(0xc001029b, 0x12345678 + 327680), cpu1=(0xc001029b, 65280)))
        self.check_energy(report, cpu0=5000000, cpu1=1000000)
        self.assertAlmostEqual(report["energy"]["machine_joules"],
                               6 + self.device(report, "memory")["energy_joules"], places=9)
        self.assertEqual(self.warnings(report), [])

    def test_a_captured_pmu_is_not_this_machines(self):
        for name in ("perf-desktop", "epyc-perf"):
            self.build(name)
            report = self.run_steps(wait=0.1)
            self.assertNotIn("measured", [device["basis"] for device in report["devices"]])
            shutil.rmtree(self.root)

    def test_a_counter_wraps_once(self):
        self.build("epyc-2s")
        # 65,532,600,000 + 10,987 is the largest: 10,988 more is 0, 30 J more is 29,989,012
        report = self.run_steps(self.moves({"0": 1000000, "1": 30000000}))
        self.assertEqual(self.counter("1"), 65532600000 + 30000000 - 65532610988)
        self.check_energy(report, cpu0=1000000, cpu1=30000000)

    def test_core_uncore_psys_and_mmio_are_never_added(self):
        self.build("core-psys")
        report = self.run_steps(self.moves({
            "0": 10000000, "0:0": 7000000, "0:1": 1000000, "1": 16000000, "mmio:0": 10000000}))
        self.check_energy(report, cpu0=10000000, board=16000000)
        board = self.device(report, "board")
        self.assertEqual(board["kind"], "board")
        self.assertEqual([device["id"] for device in report["devices"]
                          if device["basis"] == "measured"], ["cpu0", "board"])
        modelled = self.device(report, "memory")["energy_joules"]
        self.assertAlmostEqual(report["energy"]["machine_joules"], 10 + modelled, places=9)

    def test_laptop_counts_package_and_dram(self):
        self.build("laptop")
        report = self.run_steps(self.moves({
            "0": 4000000, "0:0": 2000000, "0:1": 900000, "0:2": 700000, "1": 6000000}))
        self.check_energy(report, cpu0=4000000, dram0=700000, board=6000000)
        self.assertEqual(round(report["energy"]["machine_joules"] * 1e6), 4700000)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as handle:
            handle.write(text)

    def test_a_machine_meter_is_shown_beside_its_parts(self):
        self.build("xeon-2s-dram")
        report = self.run_steps(self.moves({"0": 20000000, "1": 20000000, "0:0": 1000000,
                                            "1:0": 1000000}))
        board = self.device(report, "board-acpi")
        self.assertEqual((board["kind"], board["basis"], board["reader"]),
                         ("board", "measured", "acpi_meter"))
        self.assertAlmostEqual(board["mean_power_watts"], 438, places=6)
        # 438 W for as long as it was read; its last reading may come a little after the end
        covered = report["run"]["duration_seconds"] - board["gap_seconds"]
        self.assertAlmostEqual(board["energy_joules"], 438 * covered, delta=438 * 0.1)
        self.check_covered(report, board, 0.5)
        self.assertEqual(round(report["energy"]["machine_joules"]), 42)
        self.assertEqual(self.warnings(report), [])

    def test_a_meter_that_says_nothing_is_a_gap_and_not_0(self):
        self.build("xeon-2s-dram")
        average = "sys/class/hwmon/hwmon2/device/power1_average"
        report = self.run_steps(lambda: self.write(average, "0\n"), lambda: None, lambda: None,
                                lambda: self.write(average, "438000000\n"))
        board = self.device(report, "board-acpi")
        self.assertAlmostEqual(board["mean_power_watts"], 438, places=6)
        self.assertLess(board["coverage_ratio"], 0.8)
        self.assertTrue(any(text.startswith("board-acpi") for text in report["warnings"]))

    def test_a_laptop_has_a_board_while_its_battery_discharges(self):
        self.build("laptop")
        report = self.run_steps(self.moves({"0": 4000000, "0:2": 700000, "1": 6000000}))
        battery = self.device(report, "board-battery")
        self.assertAlmostEqual(battery["mean_power_watts"], 5.002, places=9)
        self.assertAlmostEqual(battery["energy_high_joules"] / battery["energy_joules"], 1.3)
        self.check_energy(report, board=6000000)
        self.assertEqual(round(report["energy"]["machine_joules"] * 1e6), 4700000)
        self.assertEqual(self.warnings(report), [])

    def test_a_laptop_on_the_mains_has_no_figure_and_no_warning(self):
        self.build("laptop")
        self.write("sys/class/power_supply/BAT0/status", "Charging\n")
        self.write("sys/class/power_supply/AC/online", "1\n")
        report = self.run_steps(self.moves({"0": 4000000, "0:2": 700000, "1": 6000000}))
        battery = self.device(report, "board-battery")
        self.assertIsNone(battery["energy_joules"])
        self.assertIn("did not discharge", battery["note"])
        self.assertEqual(self.warnings(report), [])

    def test_memory_is_modelled_by_its_modules(self):
        """DDR4 of 32 GB: 1.6 W idle, 5 W busy (memory_power.csv). The machine has 503 GiB by
        MemTotal, which 16 of them make; two thirds of it are available."""
        self.build("epyc-2s")
        module = struct.pack("<BBHHHHHHBBBBB", 17, 0x20, 0, 0xfffe, 0xffff, 72, 64, 0x7fff, 9, 0, 0, 0,
                             0x1a) + bytes(9) + struct.pack("<I", 32768) + b"\0\0"
        with open(os.path.join(self.root, "proc/meminfo")) as handle:
            text = re.sub("MemTotal: *[0-9]+", "MemTotal: 527910000",
                          re.sub("MemAvailable: *[0-9]+", "MemAvailable: 351940000", handle.read()))
        self.write("proc/meminfo", text)
        os.makedirs(os.path.join(self.root, "sys/firmware/dmi/tables"))
        with open(os.path.join(self.root, "sys/firmware/dmi/tables/DMI"), "wb") as handle:
            handle.write(16 * module + bytes([127, 4, 0, 0, 0, 0]))
        memory = self.device(self.run_steps(self.moves({"0": 1000000})), "memory")
        self.assertEqual(memory["basis"], "modelled")
        self.assertIn("16 x 32 GiB DDR4, by SMBIOS", memory["note"])
        self.assertAlmostEqual(memory["mean_power_watts"], 16 * (1.6 + 3.4 / 3), places=6)
        for side, factor in (("energy_low_joules", 0.2), ("energy_high_joules", 1.8)):
            self.assertAlmostEqual(memory[side] / memory["energy_joules"], factor, places=9)

    def with_controller(self, watts):
        """A management controller of the machine, for a program that is started with it."""
        self.write("dev/ipmi0", "")
        return {"LD_PRELOAD": os.path.join(FAKES, "fake_ipmi_device.so"),
                "FAKE_IPMI_WATTS": str(watts), "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def meters(self, environment):
        """Meters of the whole machine as `devices` tells of them: reader to used, and why not."""
        done = subprocess.run(PROGRAM + ["devices", "--json", "--sysroot", self.root],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        for reader in document["readers"]:
            if reader["name"] == "ipmi":
                self.assertIn(reader["state"], ("used", "available"), reader)
        return {device["reader"]: (device["used"], device["reason"])
                for device in document["devices"] if device["kind"] == "board"}

    def test_a_controller_tells_the_power_of_its_machine(self):
        self.build("epyc-2s")
        both = self.moves({"0": 100000000, "1": 110000000})
        report = self.run_steps(both, interval="200ms", wait=1.3,
                                environment=self.with_controller(450))
        self.check_energy(report, cpu0=100000000, cpu1=110000000)
        board = self.device(report, "board-ipmi")
        self.assertEqual((board["kind"], board["basis"], board["reader"]),
                         ("board", "measured", "ipmi"))
        self.assertAlmostEqual(board["mean_power_watts"], 450, places=6)
        # asked at 0, 1 and 2 s of 2.6 s: what is between is no gap at 200 ms
        covered = report["run"]["duration_seconds"] - board["gap_seconds"]
        self.assertGreater(covered, 1.5 - 1.5 * self.late)
        self.assertAlmostEqual(board["energy_joules"], 450 * covered, delta=1e-6)
        self.assertLessEqual(board["samples"], 3)
        self.assertEqual(self.warnings(report), [])

    def test_a_controller_that_hangs_holds_nobody_up(self):
        for silent in ("1", "2"):
            self.build("epyc-2s")
            environment = {**self.with_controller(450), "FAKE_IPMI_SILENT": silent}
            began = time.monotonic()
            report = self.run_steps(self.moves({"0": 1000000, "1": 2000000}), environment=environment)
            self.assertLess(time.monotonic() - began, 60)
            self.assertLess(report["run"]["duration_seconds"], 30)
            self.check_energy(report, cpu0=1000000, cpu1=2000000)
            self.assertNotIn("board-ipmi", [device["id"] for device in report["devices"]])
            # of a run that a busy machine has drawn out it may be said
            hung = report["run"]["duration_seconds"] > 2
            self.assertEqual([text for text in self.warnings(report) if not (hung and text.startswith("reader 'ipmi' did not answer"))], [])
            shutil.rmtree(self.root)

    def test_a_better_meter_does_not_wait_for_a_controller_that_hangs(self):
        self.build("xeon-2s-dram")
        environment = {**self.with_controller(450), "FAKE_IPMI_SILENT": "2"}
        report = self.run_steps(self.moves({"0": 1000000}), wait=0.5, environment=environment)
        board = self.device(report, "board-acpi")
        self.assertAlmostEqual(board["mean_power_watts"], 438, places=6)
        self.check_covered(report, board, 0.7)

    def test_one_meter_of_the_machine_is_shown(self):
        """The node's own counter, before an ACPI meter that is as prompt, before the controller."""
        self.build("xeon-2s-dram")
        environment = self.with_controller(450)
        interval = "sys/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI000D:00/power1_average_interval"
        meters = self.meters(environment)
        self.assertEqual(meters["acpi_meter"], (True, None))
        self.assertFalse(meters["ipmi"][0])
        self.assertIn("ACPI meter", meters["ipmi"][1])

        self.write(interval, "5000\n")
        meters = self.meters(environment)
        self.assertEqual(meters["ipmi"], (True, None))
        self.assertFalse(meters["acpi_meter"][0])
        self.assertIn("management controller", meters["acpi_meter"][1])

        self.write("sys/cray/pm_counters/power", "341 W 1734094386462336 us\n")
        self.write("sys/cray/pm_counters/energy", "178214555 J 1734094386462336 us\n")
        meters = self.meters(environment)
        self.assertEqual(meters["pm_counters"], (True, None))
        self.assertFalse(meters["ipmi"][0] or meters["acpi_meter"][0])
        self.assertIn("own counter", meters["ipmi"][1])
        report = self.run_steps(interval="50ms", wait=0.6, environment=environment)
        self.assertEqual([device["reader"] for device in report["devices"]
                          if device["kind"] == "board"], ["pm_counters"])

    def test_a_controller_that_misses_parts_is_warned_of(self):
        self.build("epyc-2s")
        # 300 J in about 2.4 s of a machine that is said to draw 60 W: 150 J or so
        report = self.run_steps(self.moves({"0": 150000000, "1": 150000000}), interval="1s",
                                wait=1.05, environment=self.with_controller(60))
        board = self.device(report, "board-ipmi")
        warned = any(text.startswith("board-ipmi says") for text in report["warnings"])
        self.assertEqual(warned, board["coverage_ratio"] >= 0.95, report["warnings"])

    def test_the_node_counter_of_a_cray_is_exact(self):
        self.build("epyc-2s")
        energy = "sys/cray/pm_counters/energy"
        self.write("sys/cray/pm_counters/power", "341 W 1734094386462336 us\n")
        self.write("sys/cray/pm_counters/freshness", "1234567\n")
        self.write(energy, "178214555 J 1734094386462336 us\n")
        both = self.moves({"0": 10000000, "1": 11000000})

        def step():
            both()
            self.write(energy, "178214633 J 1734094386562336 us\n")

        report = self.run_steps(step)
        self.check_energy(report, cpu0=10000000, cpu1=11000000, **{"board-cray": 78000000})

    def test_the_interval_does_not_change_the_energy(self):
        for interval in ("7ms", "100ms", "1s", "1h"):
            self.build("xeon-2s-dram")
            report = self.run_steps(self.moves({"0": 11000001, "1": 12000002, "0:0": 1300003}),
                                    self.moves({"0": 21000001, "1": 22000002, "1:0": 2300003}),
                                    interval=interval)
            self.check_energy(report, cpu0=32000002, cpu1=34000004, dram0=1300003, dram1=2300003)
            shutil.rmtree(self.root)

    def test_files_replaced_by_rename_count_alike(self):
        self.build("xeon-2s-dram")
        step = self.moves({"0": 10000000, "1": 10000000, "0:0": 1000000, "1:0": 1000000},
                          by_rename=True)
        report = self.run_steps(step, step, step, wait=0.15)
        self.check_energy(report, cpu0=30000000, cpu1=30000000, dram0=3000000, dram1=3000000)

    def test_a_counter_that_stood_still_is_believed_for_the_whole_time(self):
        self.build("xeon-2s-dram")
        # 600 J are 12 kW over one tick of 50 ms, but 400 W since the counter last moved
        report = self.run_steps(
            self.moves({"1": 1000000}),
            self.moves({"0": 600000000}), wait=0.75)
        self.check_energy(report, cpu0=600000000, cpu1=1000000)

    def test_a_jump_that_no_package_makes_is_a_gap(self):
        self.build("xeon-2s-dram")
        # 3 x 205 W x about 0.35 s is 215 J
        report = self.run_steps(
            self.moves({"0": 10000000, "1": 1000000}),
            self.moves({"0": 50000000000}),
            self.moves({"0": 20000000}))
        self.check_energy(report, cpu0=30000000, cpu1=1000000)
        cpu0 = self.device(report, "cpu0")
        self.assertLess(cpu0["coverage_ratio"], 1)
        self.assertGreater(cpu0["gap_seconds"], 0)
        self.assertTrue(any(text.startswith("cpu0") for text in report["warnings"]))

    def test_a_reset_counter_starts_again(self):
        self.build("xeon-2s-dram")

        def reset():
            with open(self.energy_file("0"), "w") as handle:
                handle.write("5\n")

        report = self.run_steps(self.moves({"0": 10000000, "1": 1000000}), reset,
                                self.moves({"0": 20000000}))
        self.check_energy(report, cpu0=30000000, cpu1=1000000)
        self.assertLess(self.device(report, "cpu0")["coverage_ratio"], 1)

    def test_a_vanished_zone_is_a_gap(self):
        self.build("xeon-2s-dram")

        def vanish():
            os.unlink(self.energy_file("0"))

        report = self.run_steps(self.moves({"0": 10000000, "1": 1000000}), vanish,
                                lambda: None, self.moves({"1": 2000000}))
        self.check_energy(report, cpu0=10000000, cpu1=3000000)
        cpu0 = self.device(report, "cpu0")
        self.assertTrue(0.1 < cpu0["coverage_ratio"] < 0.9, cpu0)
        self.check_whole(report, "cpu1")
        self.assertTrue(any("cpu0" in text for text in report["warnings"]))

    def test_a_zone_that_comes_back_is_bridged(self):
        self.build("xeon-2s-dram")
        path = self.energy_file("0")

        def vanish():
            os.rename(path, path + ".away")

        def come_back():
            os.rename(path + ".away", path)
            self.add({"0": 20000000})

        report = self.run_steps(self.moves({"0": 10000000, "1": 1000000}), vanish, come_back)
        self.check_energy(report, cpu0=30000000)
        self.check_whole(report, "cpu0")

    def test_garbage_in_between_is_bridged(self):
        self.build("laptop")
        path = self.energy_file("0")

        def write(text):
            with open(path, "w") as handle:
                handle.write(text)

        report = self.run_steps(lambda: write("rubbish"), lambda: write(""),
                                lambda: write("240424366267\n"))
        self.check_energy(report, cpu0=2000000)  # 240,424,366,267 - 240,422,366,267

    def test_a_counter_that_never_moves_is_modelled_and_said(self):
        self.build("laptop")
        report = self.run_steps()
        cpu0 = self.device(report, "cpu0")
        self.assertNotEqual(cpu0["basis"], "measured")
        self.assertGreater(cpu0["energy_joules"], 0)
        self.assertIsNone(self.device(report, "dram0")["energy_joules"])  # unknown is not 0
        self.assertIn("memory", report["energy"]["not_counted"])
        self.assertTrue(any("does not move" in text for text in report["warnings"]))

    def test_a_counter_that_was_left_alone_used_nothing(self):
        self.build("xeon-2s-dram")
        report = self.run_steps(self.moves({"1": 5000000}))
        self.check_energy(report, cpu0=0, cpu1=5000000, dram0=0, dram1=0)
        self.assertEqual(report["energy"]["machine_joules"], 5)
        self.assertNotIn("CPU", report["energy"]["not_counted"])

    def test_a_counter_that_stands_still_beside_ticking_ones_is_dead(self):
        self.build("xeon-2s-dram")
        ticks = [self.moves({"0": 1000000, "0:0": 500000, "1:0": 500000})] * 8
        report = self.run_steps(*ticks, wait=0.15)
        self.check_energy(report, cpu0=8000000, dram0=4000000, dram1=4000000)
        frozen = self.device(report, "cpu1")
        self.assertEqual(frozen["basis"], "modelled")
        self.assertTrue(any("cpu1" in warning for warning in report["warnings"]))

    def test_a_socket_is_never_counted_by_two_readers(self):
        self.build("laptop")
        for cpu in (0, 1):
            path = "sys/devices/system/cpu/cpu%d/topology/physical_package_id" % cpu
            with open(os.path.join(self.root, path), "w") as handle:
                handle.write("5\n")  # RAPL says package-0 all the same
        report = self.run_steps(self.moves({"0": 2000000, "0:2": 1000000}))
        self.check_energy(report, cpu0=2000000, dram0=1000000)
        self.assertEqual(report["energy"]["machine_joules"], 3)

    def test_a_socket_without_a_counter_is_modelled_under_a_name_of_its_own(self):
        self.build("epyc-2s")
        shutil.rmtree(os.path.dirname(os.path.realpath(self.energy_file("0"))))
        report = self.run_steps(self.moves({"1": 2000000}))
        cpus = [device for device in report["devices"] if device["kind"] == "cpu"]
        self.assertEqual(len({device["id"] for device in cpus}), 2)
        self.assertEqual(sorted(device["basis"] for device in cpus), ["measured", "modelled"])

    def test_a_machine_without_counters_is_modelled(self):
        self.build("vm")
        report = self.run_steps(wait=0.1)
        self.assertEqual([device["id"] for device in report["devices"]], ["cpu0", "memory"])
        self.assertNotIn("measured", [device["basis"] for device in report["devices"]])
        self.assertGreater(report["energy"]["total_joules"], 0)

    def test_a_superchip_is_its_module_alone(self):
        """542 W of the module; the CPU's 74, the I/O's 24 and Grace's 128 W lie within, and a GPU of NVML too."""
        self.build("gh200")
        nvml = {"FAKE_NVML": "count=1;gpu.watts=398;gpu.name=NVIDIA GH200 480GB",
                "AICO2_NVML": os.path.join(FAKES, "fake_nvml.so")}
        for environment in ({}, nvml):
            report = self.run_steps(wait=0.2, environment=environment)
            module = self.device(report, "module0")
            self.assertAlmostEqual(module["mean_power_watts"], 542, places=6)
            self.assertEqual(report["energy"]["machine_joules"], module["energy_joules"])
            self.assertEqual([device["id"] for device in report["devices"] if device["kind"] in ("cpu", "memory")], [])

    def test_an_altra_adds_its_sockets_and_their_memory(self):
        self.build("altra-2s")
        report = self.run_steps(wait=0.2)
        watts = {device["id"]: round(device["mean_power_watts"], 6) for device in report["devices"]}
        self.assertEqual(watts, {"cpu0": 55.75, "dram0": 9, "cpu1": 76.5, "dram1": 12.5})
        self.assertAlmostEqual(report["energy"]["machine_joules"],
                               sum(device["energy_joules"] for device in report["devices"]), places=9)

    def test_a_tree_with_nothing_in_it_still_ends_in_a_report(self):
        self.build("container-masked")
        report = self.run_steps(wait=0.1)
        self.assertEqual(report["devices"], [])
        self.assertEqual(report["energy"]["not_counted"][:2], ["CPU", "memory"])
        self.assertIsNone(report["energy"]["machine_joules"])

    def test_a_forbidden_counter_falls_back_to_the_model(self):
        self.build("laptop")
        for node in ("0", "0:2", "1"):
            os.unlink(self.energy_file(node))
            os.mkdir(self.energy_file(node))
        report = self.run_steps(wait=0.1)
        self.assertEqual([device["id"] for device in report["devices"]],
                         ["cpu0", "memory", "board-battery"])
        self.assertTrue(any("energy_uj of package-0" in text and "aico2 doctor" in text
                            for text in report["warnings"]), report["warnings"])

    # --- GPUs ---

    def gpus(self, report):
        return [device for device in report["devices"] if device["kind"] == "gpu"]

    def counts_up(self, path, microjoules):
        """A counter of hwmon: a number that is written anew."""
        path = os.path.join(self.root, path)
        with open(path) as handle:
            value = int(handle.read())
        with open(path, "r+") as handle:
            handle.write("%20d\n" % (value + microjoules))

    def check_mean(self, device, watts):
        self.assertEqual(device["basis"], "measured")
        self.assertTrue(math.isclose(device["mean_power_watts"], watts, rel_tol=1e-9), device)

    def test_two_dies_of_a_module_count_once(self):
        self.build("mi250")
        report = self.run_steps(self.moves({"0": 1000000}), self.moves({"0": 1000000}))
        gpus = self.gpus(report)
        self.assertEqual([gpu["id"] for gpu in gpus], ["gpu0", "gpu1"])
        # card1 tells 93 W, card3 478 W; the accumulator of card1 stands still and is not believed
        self.check_mean(gpus[0], 93)
        self.check_mean(gpus[1], 478)
        for gpu in gpus:
            self.assertEqual(gpu["reader"], "amdgpu")
            self.check_covered(report, gpu, 0.7)
        self.assertIn("does not move", gpus[0]["note"])
        for gpu in gpus:
            self.assertIn("two dies", gpu["note"])
        # the machine has a process on card3, by ROCm, which is not the job
        self.assertEqual(gpus[1]["job_joules"], 0)
        self.assertGreater(gpus[1]["others_joules"], 0)
        self.assertIn("taken for the job's", gpus[0]["note"])
        self.check_energy(report, cpu0=2000000)
        self.assertTrue(math.isclose(
            report["energy"]["machine_joules"],
            sum(device["energy_joules"] for device in report["devices"]), rel_tol=1e-12))

    def test_an_accumulator_that_moves_is_the_energy(self):
        self.build("mi250")
        path = os.path.join(self.root, "sys/class/drm/card1/device/gpu_metrics")

        def count(joules):
            with open(path, "rb") as handle:
                table = bytearray(handle.read())
            units = int.from_bytes(table[24:32], "little") + round(joules * 65536)
            table[24:32] = units.to_bytes(8, "little")
            with open(path, "r+b") as handle:
                handle.write(table)

        report = self.run_steps(lambda: count(30), lambda: count(20.5))
        self.check_energy(report, gpu0=50500000)
        self.check_mean(self.gpus(report)[1], 478)

    def test_a_card_that_vanishes_is_a_gap_and_the_other_goes_on(self):
        self.build("mi250")
        card = os.path.realpath(os.path.join(self.root, "sys/class/drm/card3/device"))
        report = self.run_steps(lambda: os.rename(card, card + "-away"), lambda: None, lambda: None)
        gone = self.device(report, "gpu1")
        self.assertTrue(0 < gone["coverage_ratio"] < 0.6, gone)
        self.check_mean(gone, 478)
        self.check_covered(report, self.device(report, "gpu0"), 0.7)
        self.assertTrue(any(text.startswith("gpu1") for text in report["warnings"]))

    def test_a_card_is_added_to_the_processor_whose_graphics_are_not(self):
        self.build("rx7900xtx")
        report = self.run_steps(self.moves({"0": 1000000}))
        gpus = self.gpus(report)
        self.assertEqual(len(gpus), 1)
        self.assertEqual(gpus[0]["model"], "AMD Radeon RX 7900 XTX")
        self.check_mean(gpus[0], 111)
        self.check_energy(report, cpu0=1000000)
        self.assertFalse(any("amdgpu" in text for text in report["warnings"]), report["warnings"])

    def test_graphics_of_a_processor_are_in_its_package(self):
        self.build("amd-apu")
        report = self.run_steps(self.moves({"0": 1000000}))
        self.check_energy(report, cpu0=1000000)
        self.assertEqual(self.gpus(report), [])
        self.assertFalse(any("amdgpu" in text for text in report["warnings"]), report["warnings"])

    def test_an_intel_card_counts_once(self):
        hwmon = "sys/class/drm/%s/device/hwmon/%s/%s"
        for machine, model, counter, within in (
                ("arc-a770", "Intel Arc A770", hwmon % ("card1", "hwmon5", "energy1_input"),
                 hwmon % ("card1", "hwmon6", "energy1_input")),
                ("arc-b580-xe", "Intel Arc B580", hwmon % ("card0", "hwmon4", "energy1_input"),
                 hwmon % ("card0", "hwmon4", "energy2_input"))):
            self.build(machine)

            def step(microjoules):
                self.counts_up(counter, microjoules)
                self.counts_up(within, microjoules // 2)
                self.add({"0": 1000000})

            report = self.run_steps(lambda: step(20000001), lambda: step(10000002))
            self.check_energy(report, gpu0=30000003, cpu0=2000000)
            self.assertEqual([gpu["model"] for gpu in self.gpus(report)], [model])
            self.check_whole(report, "gpu0")
            self.assertEqual(self.device(report, "gpu0")["reader"], "intel_gpu")

    def test_an_intel_counter_that_goes_back_was_reset(self):
        self.build("arc-a770")
        path = "sys/class/drm/card1/device/hwmon/hwmon5/energy1_input"

        def reset():
            with open(os.path.join(self.root, path), "w") as handle:
                handle.write("5\n")

        report = self.run_steps(lambda: self.counts_up(path, 10000000), reset,
                                lambda: self.counts_up(path, 20000000))
        self.check_energy(report, gpu0=30000000)
        self.assertLess(self.device(report, "gpu0")["coverage_ratio"], 1)

    def test_no_two_gpus_have_one_name(self):
        self.build("mi250")
        report = self.run_steps(
            wait=0.5, environment={"AICO2_NVML": os.path.join(FAKES, "fake_nvml.so"),
                                   "FAKE_NVML": "count=2"})
        gpus = self.gpus(report)
        self.assertEqual(sorted(gpu["id"] for gpu in gpus), ["gpu0", "gpu1", "gpu2", "gpu3"])
        self.assertEqual(sorted(gpu["reader"] for gpu in gpus), ["amdgpu"] * 2 + ["nvml"] * 2)


if __name__ == "__main__":
    unittest.main()
