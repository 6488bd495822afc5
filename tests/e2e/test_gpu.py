# SPDX-License-Identifier: Apache-2.0
"""test_gpu.py - `run` and `devices` with a made-up NVIDIA driver (tests/fakes/fake_nvml.c)."""
import json
import os
import time

import harness

FAKES = os.environ["AICO2_TEST_FAKES"]


class Gpu(harness.Case):
    def fake(self, script, name="fake_nvml"):
        self.env["AICO2_NVML"] = os.path.join(FAKES, name + ".so")
        self.env["FAKE_NVML"] = script + f";log={self.path('log')}"

    def gpus(self, report):
        return [device for device in report["devices"] if device["kind"] == "gpu"]

    def answers(self, index):
        """What the fake's counter said, in joules, without the probe's question."""
        lines = [line.split() for line in self.read("log").splitlines()]
        return [int(value) / 1000 for gpu, value in lines if int(gpu) == index][1:]

    def test_joules_are_the_counters_own_difference(self):
        # 100 W for 0.3 s is 30 J; the last reading comes when the command has ended, up to a busy
        # machine's delay later
        for interval in ("10ms", "100ms", "1s"):
            with self.subTest(interval=interval):
                self.fake("count=2;gpu0.watts=100;gpu1.watts=200")
                if os.path.exists(self.path("log")):
                    os.remove(self.path("log"))
                report = self.report("sleep", "0.3", options=("--interval", interval))
                gpus = self.gpus(report)
                self.assertEqual([gpu["id"] for gpu in gpus], ["gpu0", "gpu1"])
                for index, gpu in enumerate(gpus):
                    answers = self.answers(index)
                    self.assertAlmostEqual(gpu["energy_joules"], answers[-1] - answers[0], places=6)
                    self.assertEqual(gpu["basis"], "measured")
                    self.assertEqual(gpu["reader"], "nvml")
                self.assertGreater(gpus[0]["energy_joules"], 20)
                # what the report counts is less than it measures, never more
                self.assertLessEqual(report["energy"]["total_joules"],
                                     report["energy"]["machine_joules"] * (1 + 1e-9))

    def test_sm_time_tells_the_job_from_others(self):
        # the shell writes its pid, then sleeps in place: 75 % of the SM time is its, 25 % that of pid 1
        self.fake(f"gpu.procs=@{self.path('pid')}:100:60,1:100:20;gpu.limit=300;gpu.watts=250")
        report = self.report("sh", "-c", f"echo $$ > {self.path('pid')}; exec sleep 5",
                             options=("--interval", "100ms"))
        gpu = self.gpus(report)[0]
        active = gpu["job_joules"] + gpu["others_joules"]
        # until the shell has run (50 ms at most between lists) pid 1 is alone
        self.assertAlmostEqual(gpu["job_joules"] / active, 0.75, delta=0.08)

    def test_a_driver_that_hangs_changes_neither_status_nor_time(self):
        self.fake("gpu.hang=6")
        before = time.monotonic()
        result = self.run_command("sh", "-c", "sleep 0.5; exit 7", options=("--interval", "20ms", "--no-db"))
        self.assertEqual(result.returncode, 7)
        self.assertLess(time.monotonic() - before, 40)  # on a busy machine; two such calls would be 12 s
        self.assertIn("GPU0", result.stderr)

    def test_devices(self):
        self.fake("count=2;gpu.name=NVIDIA A100-SXM4-80GB;gpu.limit=400;gpu1.energy_code=3")
        document = json.loads(self.aico2("devices", "--json").stdout)
        gpus = self.gpus(document)
        self.assertEqual([gpu["counts"] for gpu in gpus],
                         [["energy", "power", "utilization"], ["power", "utilization"]])
        for gpu in gpus:
            self.assertEqual(gpu["model"], "NVIDIA A100-SXM4-80GB")
            self.assertEqual(gpu["tdp_watts"], 400)
            self.assertEqual(gpu["tdp_source"], "driver limit")
            self.assertIs(gpu["readable"], True)
        reader = [row for row in document["readers"] if row["name"] == "nvml"][0]
        self.assertEqual(reader["state"], "used")
        self.assertTrue(reader["detail"].startswith(self.env["AICO2_NVML"][:200]))
        self.assertIn("550.54.15", self.aico2("devices").stdout.replace("\n", " "))

    def test_states_of_the_reader(self):
        for script, state in (("count=1", "used"), ("count=0", "absent"), ("init=9", "broken"),
                              ("init=18", "broken"), ("init=4", "denied")):
            with self.subTest(script=script):
                self.fake(script)
                document = json.loads(self.aico2("devices", "--json").stdout)
                reader = [row for row in document["readers"] if row["name"] == "nvml"][0]
                self.assertEqual(reader["state"], state)
                self.assertEqual(state in ("broken", "denied"), reader["fix"] is not None)

    def test_no_such_library_is_said_and_the_command_runs(self):
        result = self.run_command("sleep", "1", options=("--nvml", "/nowhere/libnvidia-ml.so.1"))  # its thread has to get a turn
        self.assertEqual(result.returncode, 0)
        self.assertIn("/nowhere/libnvidia-ml.so.1", result.stderr.replace("\n", " "))


if __name__ == "__main__":
    harness.main()
