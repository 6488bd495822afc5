# SPDX-License-Identifier: Apache-2.0
"""test_epochs.py - a training whose log is followed: its epochs are tasks of the run"""
import json
import os
import unittest

from harness import Case

TRAINING = """
import sys, time
with open(sys.argv[1], "a") as log:
    for epoch in range(1, int(sys.argv[2]) + 1):
        end = time.monotonic() + 0.25
        while time.monotonic() < end:
            pass
        log.write(sys.argv[3].format(epoch) + "\\n")
        log.flush()
sys.exit(int(sys.argv[4]) if len(sys.argv) > 4 else 0)
"""


class Epochs(Case):
    def train(self, *options, epochs=4, line="epoch {}: loss 0.5", status=0):
        self.write("train.py", TRAINING)
        return self.run_command("python3", "train.py", "train.log", str(epochs), line, str(status),
                                options=("--epoch-log", "train.log", "-o", "report.json",
                                         *options))

    def report(self):
        return json.loads(self.read("report.json"))

    def test_each_epoch_is_a_task(self):
        done = self.train()
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report()
        tasks = report["tasks"]
        self.assertEqual([task["name"] for task in tasks], [f"epoch {n}" for n in range(1, 5)])
        for before, after in zip(tasks, tasks[1:]):
            self.assertAlmostEqual(before["start_seconds"] + before["duration_seconds"],
                                   after["start_seconds"], 6)
            # told at once, not with the next tick: each took about a quarter of a second
            self.assertLess(after["duration_seconds"], 0.9)
        energy = sum(task["energy_joules"] for task in tasks)
        self.assertLessEqual(energy, report["energy"]["total_joules"] * (1 + 1e-9))
        self.assertGreater(energy, 0.5 * report["energy"]["total_joules"])
        self.assertIn("epoch 2", done.stderr)
        stored = json.loads(self.aico2("show", "last", "--json").stdout)
        self.assertEqual(stored["tasks"], tasks)

    def test_recomputed_with_tasks(self):
        self.train()
        tasks = self.report()["tasks"]
        again = json.loads(self.aico2("recompute", "last", "--intensity", "100", "--no-embodied",
                                      "--json", "--save").stdout)
        for one, other in zip(tasks, again["tasks"]):
            self.assertEqual(one["name"], other["name"])
            self.assertAlmostEqual(one["energy_joules"], other["energy_joules"], 9)
            self.assertAlmostEqual(other["total_gco2e"], other["energy_joules"] / 36000, 9)
        saved = json.loads(self.aico2("show", "last", "--json").stdout)
        self.assertEqual(len(saved["tasks"]), len(tasks))

    def test_what_is_refused(self):
        os.mkfifo(self.path("fifo"))
        self.run_command("true")  # not in the history below
        for options, words in (
                (("--epoch-log", "fifo"), ("'fifo'", "a FIFO")),
                (("--epoch-log", "/dev/null"), ("'/dev/null'", "a device")),
                (("--epoch-log", "."), ("'.'", "a directory")),
                (("--epoch-log", "x.log", "--epoch-regex", "epoch ([0-9]+"), ("'epoch ([0-9]+'",)),
                (("--epoch-log", "x.log", "--epoch-regex", ""), ("''",)),
                (("--epochs", "0"), ("'0'",)),
                (("--epochs", "ten"), ("'ten'",)),
                (("--epoch-at", "middle", "--epoch-log", "x.log"), ("'middle'",)),
                (("--epoch-regex", "x"), ("--epoch-log",)),
                (("--epoch-at", "end"), ("--epoch-log",)),
                (("--epochs", "3"), ("--epoch-log",))):
            done = self.run_command("touch", "started", options=options)
            self.assertEqual(done.returncode, 125, (options, done.stderr))
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertFalse(os.path.exists(self.path("started")), options)

    def test_a_log_without_epochs_is_said(self):
        done = self.run_command("sh", "-c", "echo hello > x.log",
                                options=("--epoch-log", "x.log", "-o", "report.json"))
        self.assertEqual(done.returncode, 0)
        self.assertTrue(any("epoch" in line for line in self.report()["warnings"]))
        self.assertEqual(self.report()["tasks"], [])


if __name__ == "__main__":
    unittest.main()
