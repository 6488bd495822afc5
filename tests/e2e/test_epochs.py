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


class Training(Case):
    def train(self, *options, epochs=4, line="epoch {}: loss 0.5", status=0):
        self.write("train.py", TRAINING)
        return self.run_command("python3", "train.py", "train.log", str(epochs), line, str(status),
                                options=("--epoch-log", "train.log", "-o", "report.json", "--interval", "1h",
                                         *options))

    def report(self):
        return json.loads(self.read("report.json"))


class Epochs(Training):
    def test_each_epoch_is_a_task(self):
        done = self.train()
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report()
        tasks = report["tasks"]
        self.assertEqual([task["name"] for task in tasks], [f"epoch {n}" for n in range(1, 5)])
        for before, after in zip(tasks, tasks[1:]):
            self.assertAlmostEqual(before["start_seconds"] + before["duration_seconds"],
                                   after["start_seconds"], 6)
        # told at once: no tick comes so soon, and at the end of the run the first would have all of it
        self.assertLess(tasks[0]["duration_seconds"], 0.8 * report["run"]["duration_seconds"])
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


class Prediction(Training):
    def test_a_training_that_ends_early_is_foretold_as_a_whole(self):
        done = self.train("--epochs", "10")
        self.assertIn("predicted all 10 epochs, after 4:", " ".join(done.stderr.split()))
        report = self.report()
        prediction = report["prediction"]
        self.assertEqual((prediction["epochs"], prediction["epochs_done"]), (10, 4))
        self.assertEqual(prediction["basis"], "steady-epochs")
        for name in ("energy_joules", "duration_seconds", "total_gco2e"):
            low, high = {"energy_joules": ("energy_low_joules", "energy_high_joules"),
                         "duration_seconds": ("duration_low_seconds", "duration_high_seconds"),
                         "total_gco2e": ("low_gco2e", "high_gco2e")}[name]
            self.assertLessEqual(prediction[low], prediction[name])
            self.assertGreaterEqual(prediction[high], prediction[name])
        self.assertGreater(prediction["energy_joules"], report["energy"]["total_joules"])
        self.assertEqual(json.loads(self.aico2("show", "last", "--json").stdout)["prediction"],
                         prediction)

    def test_how_many_there_are_is_told_by_the_log_too(self):
        self.train(line="Epoch {}/8: loss 1", epochs=3)
        self.assertEqual(self.report()["prediction"]["epochs"], 8)

    def test_without_epochs_there_is_none(self):
        self.train()
        self.assertIsNone(self.report()["prediction"])

    def test_when_all_is_done_it_is_what_was_measured(self):
        self.train("--epochs", "4")
        report = self.report()
        self.assertEqual(report["prediction"]["basis"], "measured")
        self.assertEqual(report["prediction"]["energy_joules"], report["energy"]["total_joules"])
        self.assertEqual(report["prediction"]["low_gco2e"], report["carbon"]["low_gco2e"])


class Budget(Case):
    def spin(self, *options, script="while :; do :; done"):
        done = self.run_command("bash", "-c", script,
                                options=("-o", "report.json", "--timeout", "110s",
                                         "--interval", "100ms", *options))
        return done, json.loads(self.read("report.json"))

    def test_stop(self):
        done, report = self.spin("--budget", "0.001Wh", "--on-budget", "stop")
        self.assertEqual(done.returncode, -15)
        self.assertEqual(report["budget"]["state"], "stopped")
        self.assertGreaterEqual(report["budget"]["used"], 3.6)
        self.assertEqual(report["budget"]["used"], report["energy"]["total_joules"])
        self.assertEqual(report["run"]["state"], "signalled")
        self.assertIn("the budget of 0.001Wh is used up: SIGTERM was sent", done.stderr)
        stored = json.loads(self.aico2("show", "last", "--json").stdout)
        self.assertEqual(stored["budget"], report["budget"])

    def test_stop_leaves_time_to_save(self):
        done, report = self.spin("--budget", "0.001Wh", "--on-budget", "stop",
                                 script="trap 'sleep 1; echo saved; exit 3' TERM;"
                                        "while :; do :; done")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout, "saved\n")

    def test_signal_is_for_the_command(self):
        done, report = self.spin("--budget", "0.3mg", "--on-budget", "signal", "--country", "FR",
                                 script="trap 'echo told; exit 0' USR1; while :; do :; done")
        self.assertEqual((done.returncode, done.stdout), (0, "told\n"))
        self.assertEqual(report["budget"]["state"], "signalled")
        self.assertEqual(report["budget"]["unit"], "gco2e")

    def test_warn_lets_it_go_on(self):
        done, report = self.spin("--budget", "0.0001Wh", script="sleep 0.5; echo done")
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"))
        self.assertEqual(report["budget"]["action"], "warn")

    def test_money(self):
        done, report = self.spin("--budget", "1EUR", "--price", "0.25EUR", script="true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(report["budget"]["unit"], "EUR")
        self.assertEqual(report["budget"]["state"], "within")

    def test_what_is_refused(self):
        for options, words in (
                (("--budget", "5"), ("'5'",)),
                (("--budget", "5kwh"), ("'5kwh'", "kWh")),
                (("--budget", ""), ("''",)),
                (("--budget", "3EUR"), ("'3EUR'", "--price")),
                (("--budget", "3USD", "--price", "0.2EUR"), ("'3USD'", "--price")),
                (("--budget", "3kWh", "--on-budget", "explode"), ("'explode'",)),
                (("--on-budget", "stop"), ("--budget",))):
            done = self.run_command("touch", "started", options=options)
            self.assertEqual(done.returncode, 125, (options, done.stderr))
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertFalse(os.path.exists(self.path("started")))


if __name__ == "__main__":
    unittest.main()
