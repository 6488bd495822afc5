# SPDX-License-Identifier: Apache-2.0
"""test_clocks.py - R5, R6: the wall clock is set by ten years, leaps and is slewed, the process is stopped for ten minutes: no joule is off.

The GPUs are made up and log each answer of their counters, so that what was used is known to the millijoule: from the first reading to
the last. The ten minutes of R6 go by AICO2_TEST_FACTOR (200) times as fast.
"""
import os
import signal
import time

from faults_case import FaultCase, number
from harness import PROGRAM, SLOW, document, main

FAKES = os.environ["AICO2_TEST_FAKES"]
FACTOR = number("AICO2_TEST_FACTOR", 200)
YEARS = 10 * 365.25 * 86400
STOPPED_SECONDS = 600


class Clocks(FaultCase):
    def begin(self, script, interval, preload, **env):
        """A run over made-up GPUs, until there is a file `stop`."""
        log = self.path("answers")
        return self.start(PROGRAM, "run", "--interval", interval, "--nvml", os.path.join(FAKES, "fake_nvml.so"), "-o", "r.json", "--",
                          "sh", "-c", "unset LD_PRELOAD; while [ ! -e stop ]; do sleep 0.05; done; exit 9",
                          env={**self.env, "FAKE_NVML": f"log={log};{script}", "LD_PRELOAD": os.path.join(FAKES, preload), **env})

    def report_of(self, process):
        self.write("stop", "")
        text = process.communicate(timeout=SLOW)[1]
        self.assertEqual(process.returncode, 9, text)
        report = document(self.read("r.json"))
        return report, {device["id"]: device for device in report["devices"]}

    def answered(self, gpu):
        """Millijoules that a counter told, in the order of asking."""
        lines = [line.split() for line in self.read("answers").splitlines()]
        return [int(millijoules) for index, millijoules in lines if int(index) == gpu]

    def wait_for_answers(self, count):
        self.wait_until(lambda: os.path.exists(self.path("answers")) and len(self.answered(0)) >= count, f"{count} answers")

    def assert_exact(self, device):
        """To a millijoule, the counter's own unit; the probe may ask before the run begins, and an answer come after it has ended."""
        told = self.answered(int(device["id"][3:]))
        spans = {(last - first) / 1e3 for first in told[:6] for last in told[-2:]}
        self.assertTrue(any(abs(device["energy_joules"] - span) < 2e-3 for span in spans), (device["energy_joules"], spans))

    def set_clock(self, ahead, gain=0):
        with open(self.path("wall.new"), "w", encoding="ascii") as handle:
            handle.write(f"{ahead} {gain}\n")
        os.rename(self.path("wall.new"), self.path("wall"))

    def test_a_wall_clock_that_is_set_leaps_and_drifts(self):
        begun = time.time()
        for what, steps in (("ten years on", [(YEARS, 0)]), ("ten years back", [(-YEARS, 0)]), ("there and back", [(YEARS, 0), (0, 0)]),
                            ("a leap second", [(-1, 0)]), ("slewed as by NTP", [(0, 500), (0, -500)])):
            with self.subTest(what):
                for name in ("stop", "answers", "wall"):
                    if os.path.exists(self.path(name)):
                        os.unlink(self.path(name))
                self.set_clock(0)
                process = self.begin("count=2;gpu1.energy_code=3;gpu.watts=100", "50ms", "fake_wall_clock.so", FAKE_WALL_FILE=self.path("wall"))
                self.wait_for_answers(10)
                for ahead, gain in steps:
                    self.set_clock(ahead, gain)
                    self.wait_for_answers(len(self.answered(0)) + 10)
                report, devices = self.report_of(process)
                self.assert_exact(devices["gpu0"])
                # power over time by the monotonic clock: 100 W for as long as the run was
                power = devices["gpu1"]
                self.assertAlmostEqual(power["energy_joules"], 100 * (report["run"]["duration_seconds"] - power["gap_seconds"]), delta=1)
                self.assertLess(report["run"]["duration_seconds"], time.time() - begun)
                self.assertGreater(report["run"]["duration_seconds"], 0.5)
                told = [warning for warning in report["warnings"] if "wall clock was set" in warning]
                self.assertEqual(len(told), 1 if abs(steps[-1][0]) >= YEARS else len(told), report["warnings"])
                self.assertAlmostEqual(self.show("last")["energy"]["machine_joules"], report["energy"]["machine_joules"], delta=1e-9)

    def test_stopped_for_ten_minutes(self):
        process = self.begin("count=2;gpu1.energy_code=3;gpu.watts=100", "1s", "fake_fast_clock.so", FAKE_CLOCK_FACTOR=str(FACTOR))
        self.wait_for_answers(20)
        process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS / FACTOR)
        process.send_signal(signal.SIGCONT)
        self.wait_for_answers(len(self.answered(0)) + 20)
        report, devices = self.report_of(process)
        self.assertGreater(report["run"]["duration_seconds"], STOPPED_SECONDS)
        # the counter bridges it: every millijoule, and all of the time
        self.assert_exact(devices["gpu0"])
        self.assertGreater(devices["gpu0"]["energy_joules"], 100 * STOPPED_SECONDS)
        # power that nobody read is no energy, and the gap says so
        power = devices["gpu1"]
        self.assertGreater(power["gap_seconds"], STOPPED_SECONDS)
        self.assertLess(power["energy_joules"], 101 * (report["run"]["duration_seconds"] - power["gap_seconds"]))
        self.assertAlmostEqual(power["coverage_ratio"], 1 - power["gap_seconds"] / report["run"]["duration_seconds"], delta=1e-3)


if __name__ == "__main__":
    main()
