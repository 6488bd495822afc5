# SPDX-License-Identifier: Apache-2.0
"""test_import.py - logs of other programs become runs that every question to the past can be put to."""
import csv
import io
import os
import shutil
import sqlite3
import subprocess
import time
import unittest

from harness import PROGRAM, Case, document, main

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs")
NANO = os.path.join(LOGS, "tegrastats-nano.log")
ORIN = os.path.join(LOGS, "jtop-orin-nano.csv")  # 16 J from 2024-11-24T10:00:00Z on, 3 s
USAGE = os.path.join(LOGS, "jtop_usage.csv")


class ImportCase(Case):
    def setUp(self):
        super().setUp()
        self.env["TZ"] = "UTC"

    def imported(self, *words, warned="", **more):
        done = self.aico2("import", "--json", *words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(warned, done.stderr)
        if not warned:
            self.assertEqual(done.stderr, "")
        return document(done.stdout)

    def refused(self, status, *parts, words):
        done = self.aico2("import", *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.one_line(done.stderr, *parts)


class History(ImportCase):
    def test_a_log_is_a_run_like_any_other(self):
        made = self.imported(ORIN, "--country", "FR", "--pue", "1.5", "--name", "nano", "--stage",
                             "inference", "--memory-gib", "8")
        run, module = made["run"], made["devices"][0]
        self.assertEqual((run["state"], run["exit_status"], run["name"], run["stage"]),
                         ("imported", None, "nano", "inference"))
        self.assertEqual(run["started_at"], "2024-11-24T10:00:00.000Z")
        self.assertAlmostEqual(run["duration_seconds"], 3, delta=1e-9)
        self.assertEqual((module["id"], module["kind"], module["reader"], module["basis"]),
                         ("module0@other", "module", "jtop_csv", "measured"))
        # 4, 6, 6, 4 W
        self.assertAlmostEqual(module["energy_joules"], 16, delta=1e-9)
        self.assertLess(module["energy_low_joules"], 16)
        self.assertEqual((module["coverage_ratio"], module["samples"]), (1, 3))
        self.assertAlmostEqual(made["energy"]["total_joules"], 16, delta=1e-9)
        self.assertEqual(made["energy"]["scope"], "machine")
        self.assertAlmostEqual(module["mean_utilization_ratio"], 0.25, delta=1e-9)
        parts = {part["id"]: part for part in module["parts"]}
        self.assertEqual(sorted(parts), ["VDD_CPU_GPU_CV@other", "VDD_SOC@other"])
        self.assertEqual(parts["VDD_CPU_GPU_CV@other"]["covers"], ["cpu", "gpu", "cv"])
        self.assertAlmostEqual(parts["VDD_CPU_GPU_CV@other"]["energy_joules"], 4.5, delta=1e-9)
        self.assertAlmostEqual(parts["VDD_CPU_GPU_CV@other"]["mean_utilization_ratio"], 0.4, delta=1e-9)
        carbon = made["carbon"]
        self.assertAlmostEqual(carbon["operational_gco2e"],
                               16 / 3.6e6 * 1.5 * carbon["intensity_gco2e_per_kwh"], delta=1e-12)
        self.assertGreater(carbon["embodied_gco2e"], 0)
        self.assertIsNone(made["machine"]["hostname"])
        self.assertEqual(made["machine"]["arch"], "aarch64")

        shown = self.show("last")
        self.assertEqual(shown, made)
        row = self.runs()[0]
        self.assertEqual((row["id"], row["state"]), (run["id"], "imported"))
        self.assertAlmostEqual(row["total_joules"], 16, delta=1e-9)

    def test_the_past_can_be_asked(self):
        run = self.imported(ORIN, "--country", "FR")["run"]["id"]
        done = self.aico2("recompute", run, "--country", "PL", "--json")
        moved = document(done.stdout)
        self.assertEqual(moved["recomputed_from"], run)
        self.assertAlmostEqual(moved["energy"]["total_joules"], 16, delta=1e-9)
        self.assertEqual(moved["carbon"]["place"], "PL")
        self.write("hours.csv", "time,gco2e_per_kwh\n2024-11-24T09:00:00Z,100\n"
                                "2024-11-24T10:00:01Z,300\n")
        done = self.aico2("recompute", run, "--intensity-file", "hours.csv", "--json")
        # 5 J of 16 in the first second
        self.assertAlmostEqual(document(done.stdout)["carbon"]["intensity_gco2e_per_kwh"],
                               (5 * 100 + 11 * 300) / 16, delta=0.01)
        other = self.imported(NANO, "--start", "2024-11-24T12:00:00Z")["run"]["id"]
        done = self.aico2("compare", run, other, "--json")
        rows = {row["what"]: row for row in document(done.stdout)["rows"]}
        self.assertAlmostEqual(rows["total_joules"]["a"], 16, delta=1e-9)
        self.assertAlmostEqual(rows["total_joules"]["b"], 6, delta=1e-9)

    def window(self, start, end):
        done = self.aico2("measure", "--start", start, "--end", end, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return document(done.stdout)

    def test_a_window_counts_each_moment_once(self):
        self.imported(ORIN)
        window = self.window("2024-11-24T09:00:00Z", "2024-11-24T11:00:00Z")
        self.assertAlmostEqual(window["energy"]["total_joules"], 16, delta=1e-9)
        self.imported(ORIN, "--again")
        window = self.window("2024-11-24T09:00:00Z", "2024-11-24T11:00:00Z")
        self.assertAlmostEqual(window["energy"]["total_joules"], 16, delta=1e-9)
        # the middle second: 6 W
        window = self.window("2024-11-24T10:00:01Z", "2024-11-24T10:00:02Z")
        self.assertAlmostEqual(window["energy"]["total_joules"], 6, delta=1e-6)

    def test_a_log_of_another_machine_holds_no_device_of_this_one(self):
        self.run_command("sleep", "0.4", options=["--interval", "50ms"])
        end = time.time()
        window = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end + shift)) for shift in (-60, 60)]
        before = self.window(*window)
        line = "{} RAM 1/8MB CPU [1%@1] GR3D_FREQ 3%@1 VDD_IN 2000mW/1mW VDD_GPU 100mW/1mW\n"
        self.write("now.log", "".join(
            line.format(time.strftime("%m-%d-%Y %H:%M:%S", time.gmtime(end - 5 + step))) for step in range(11)))
        self.imported(self.path("now.log"), "--host", "nano")
        after = self.window(*window)
        self.assertAlmostEqual(after["energy"]["total_joules"],
                               before["energy"]["total_joules"] + 20, delta=1e-6)
        self.assertIn("module0@nano", [device["id"] for device in after["devices"]])

    def test_the_same_log_is_imported_once(self):
        first = self.imported(ORIN)
        again = self.imported(ORIN, "--name", "other", warned=f"run {first['run']['id']} is in the history already")
        self.assertEqual(again, first)
        self.assertEqual(len(self.runs()), 1)
        shutil.copy(ORIN, self.path("copy.csv"))
        self.imported(self.path("copy.csv"), warned="is in the history already")
        self.refused(1, "the same text is run", "--again", words=[ORIN, "--utc-offset", "+05:00"])
        self.assertEqual(len(self.runs()), 1)
        self.imported(ORIN, "--utc-offset", "+05:00", "--again")
        self.assertEqual(len(self.runs()), 2)

    def test_a_log_that_has_grown_is_said_to_overlap(self):
        first = self.imported(ORIN)
        self.assertNotIn("the same time", " ".join(first["warnings"]))
        shutil.copy(ORIN, self.path("grown.csv"))
        self.write("grown.csv", self.read("grown.csv", newline="").splitlines(True)[-1].replace(
            "10:00:03.001000", "10:00:04.001000").replace("20:00:03.5", "20:00:04.5"), mode="a", newline="")
        grown = self.imported(self.path("grown.csv"))
        self.assertIn(f"run {first['run']['id']} is of the same device", " ".join(grown["warnings"]))
        self.assertAlmostEqual(grown["energy"]["total_joules"], 20, delta=1e-9)
        window = self.window("2024-11-24T09:00:00Z", "2024-11-24T11:00:00Z")
        self.assertAlmostEqual(window["energy"]["total_joules"], 20, delta=1e-6)
        self.assertEqual(window["machine"]["arch"], "aarch64")

    def test_on_the_jetson_itself_it_is_this_machines(self):
        builder = os.environ.get("AICO2_BUILD_MACHINE")
        if builder is None:
            self.skipTest("no machine trees here")
        tree = self.path("orin")
        subprocess.run([builder, "jetson-orin-nano", tree], check=True, stdout=subprocess.DEVNULL)
        here = self.imported(ORIN, "--sysroot", tree)
        self.assertEqual(here["devices"][0]["id"], "module0")
        self.assertIsNotNone(here["machine"]["cpu"]["model"])
        # what the loads of this module would draw: 15 W is the budget of an Orin Nano of 8 GB
        usage = self.imported(USAGE, "--sysroot", tree)["devices"][0]
        self.assertEqual((usage["id"], usage["basis"]), ("module0", "modelled"))
        self.assertIn("Orin Nano", usage["rated_power_source"])
        small = self.imported(os.path.join(LOGS, "tegrastats-nano-2gb.log"), "--sysroot", tree,
                              "--start", "2026-02-01T00:00:00Z")["devices"][0]
        self.assertEqual((small["id"], small["basis"]), ("module0@other", "assumed"))
        other = self.imported(NANO, "--sysroot", tree, "--start", "2026-01-01T00:00:00Z")
        self.assertEqual(other["devices"][0]["id"], "module0@other") # four cores, not six

    def test_two_at_once_make_one_run(self):
        words = [PROGRAM, "import", ORIN, "--json"]
        both = [subprocess.Popen(words, env=self.env, cwd=self.cwd, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        for process in both:
            process.communicate(timeout=60)
        self.assertIn(0, [process.returncode for process in both])
        self.assertEqual(len(self.runs()), 1)

    def test_a_dry_run_stores_nothing(self):
        made = self.imported(ORIN, "--dry-run", warned="a dry run")
        self.assertAlmostEqual(made["energy"]["total_joules"], 16, delta=1e-9)
        self.assertFalse(os.path.exists(self.db))

    def test_nothing_is_half_stored(self):
        shutil.copy(ORIN, self.path("bad.log"))
        self.write("bad.log", "rubbish\n", mode="a")
        self.refused(1, "bad.log:6: 1 cells where the header has 28",
                     words=["--strict", self.path("bad.log")])
        self.assertEqual(self.runs(), [])
        made = self.imported(self.path("bad.log"))
        self.assertIn("1 line was skipped", " ".join(made["warnings"]))
        connection = sqlite3.connect(self.db)
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(connection.execute("SELECT count(*) FROM samples").fetchall(), [(9,)])
        connection.close()


class Input(ImportCase):
    def test_several_logs_are_a_list(self):
        done = self.aico2("import", ORIN, "missing.log", USAGE, "--json")
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "cannot open 'missing.log'")
        rows = document(done.stdout)["runs"]
        self.assertEqual([row["name"] for row in rows], ["jtop-orin-nano.csv", "jtop_usage.csv"])
        self.assertEqual(len(self.runs()), 2)

    def test_several_that_fail_print_nothing_else(self):
        done = self.aico2("import", "one.log", "two.log")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(len(done.stderr.splitlines()), 2)

    def test_standard_input(self):
        with open(NANO, encoding="utf-8") as log:
            made = self.imported("-", "--start", "2026-01-01T00:00:00Z", stdin=log)
        self.assertEqual(made["run"]["name"], "import")
        self.assertAlmostEqual(made["energy"]["total_joules"], 6, delta=1e-9)
        made = self.aico2("import", "-", stdin=subprocess.DEVNULL)
        self.assertEqual(made.returncode, 1)
        self.one_line(made.stderr, "standard input: the file is empty")

    def test_what_a_log_lacks_is_asked_for(self):
        self.refused(2, NANO[-24:] + ":1: the lines have no time: --start", words=[NANO])
        self.refused(1, "none of the logs that are known", words=[os.path.join(LOGS, "PROVENANCE.md")])
        self.refused(1, "Is a directory", words=[self.cwd])
        self.refused(2, "--utc-offset 'Paris'", words=[ORIN, "--utc-offset", "Paris"])
        self.refused(2, "--from 'jtop'", "jtop_csv", words=[ORIN, "--from", "jtop"])
        self.refused(1, "no line of tegrastats", words=[ORIN, "--from", "tegrastats"])
        self.refused(2, "import", words=[])

    def test_a_configured_interval_is_not_the_logs(self):
        self.write(".aico2.yml", "interval: 100ms\n")
        made = self.imported(NANO, "--start", "2026-01-01T00:00:00Z")
        self.assertAlmostEqual(made["run"]["duration_seconds"], 2, delta=1e-9)
        made = self.imported(NANO, "--start", "2026-02-01T00:00:00Z", "--interval", "500ms", "--again")
        self.assertAlmostEqual(made["run"]["duration_seconds"], 1, delta=1e-9)

    def test_the_zone_of_the_machine_is_named(self):
        self.env["TZ"] = "CET-1"
        made = self.imported(ORIN)
        self.assertEqual(made["run"]["started_at"], "2024-11-24T09:00:00.000Z")
        self.assertIn("UTC+01:00", " ".join(made["warnings"]))
        made = self.imported(ORIN, "--again", "--utc-offset", "-02:00")
        self.assertEqual(made["run"]["started_at"], "2024-11-24T12:00:00.000Z")
        self.assertNotIn("zone", " ".join(made["warnings"]))

    def test_loads_alone_are_a_model_of_the_named_module(self):
        made = self.imported(USAGE)["devices"][0]
        self.assertEqual(made["basis"], "assumed")
        made = self.imported(USAGE, "--again", "--cpu", "Jetson Orin Nano 8GB")["devices"][0]
        self.assertEqual((made["basis"], made["rated_power_watts"]), ("modelled", 15))
        self.assertEqual(made["model"], "Jetson Orin Nano 8GB")
        made = self.imported(USAGE, "--again", "--power", "40")["devices"][0]
        self.assertEqual((made["basis"], made["rated_power_watts"]), ("modelled", 40))


class Totals(ImportCase):
    def test_codecarbon_rows_are_runs(self):
        done = self.aico2("import", os.path.join(LOGS, "emissions.csv"), "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = {row["name"]: row for row in document(done.stdout)["runs"]}
        # 0.11 kWh of a tracker that was flushed; 0.0018 kWh with a PUE of 1.2 in it
        self.assertAlmostEqual(rows["train"]["total_joules"], 0.11 * 3.6e6, delta=1e-5)
        self.assertAlmostEqual(rows["eval"]["total_joules"], 0.0015 * 3.6e6, delta=1e-5)
        shown = self.show(rows["eval"]["id"])
        self.assertEqual(shown["carbon"]["pue"], 1.2)
        self.assertIn("'FRA' for the country", " ".join(shown["warnings"]))
        self.assertEqual(shown["machine"]["cpu"]["model"], "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz")
        again = self.aico2("import", os.path.join(LOGS, "emissions.csv"), "--json")
        self.assertEqual(again.stderr.count("is in the history already"), 2)
        self.assertEqual(len(self.runs()), 2)

    def test_a_row_of_our_own_is_no_new_run(self):
        self.run_command("sleep", "0.2", options=["--interval", "50ms", "--csv", "emissions.csv",
                                                  "--pue", "1.5", "--scope", "machine"])
        run = self.show("last")
        self.imported(self.path("emissions.csv"), warned=run["run"]["id"])
        self.assertEqual(len(self.runs()), 1)
        # and the same figures in another history
        made = self.imported(self.path("emissions.csv"), "--db", self.path("other.db"))
        self.assertAlmostEqual(made["energy"]["total_joules"], run["energy"]["total_joules"],
                               delta=1e-3 * run["energy"]["total_joules"])
        self.assertEqual(made["carbon"]["pue"], 1.5)

    def test_the_original_projects_files(self):
        made = self.imported(os.path.join(LOGS, "training_data.csv"), "--country", "CI")
        self.assertAlmostEqual(made["energy"]["total_joules"], 0.005981 * 3600, delta=1e-5)
        self.assertEqual((made["run"]["stage"], made["run"]["started_at"]),
                         ("training", "2024-07-11T14:54:10.000Z"))
        self.assertEqual(made["machine"]["hostname"], "node")
        self.assertEqual(made["devices"][0]["basis"], "assumed")
        # the CPU is in the file's one sum; and nothing here mends what another machine did not measure
        self.assertEqual(made["energy"]["not_counted"][0], "memory")
        shown = self.aico2("show", "last").stdout
        self.assertNotIn("doctor", shown)
        self.assertNotIn("calibrate", shown)
        made = self.imported(os.path.join(LOGS, "inference_data.csv"))
        self.assertEqual(made["run"]["stage"], "inference")
        made = self.imported(os.path.join(LOGS, "usage_data.csv"), "--stage", "epoch")
        self.assertEqual(made["run"]["stage"], "epoch")
        self.assertAlmostEqual(made["energy"]["total_joules"], 900, delta=1e-5)

    def test_what_seed_csv_wrote_can_be_read(self):
        self.run_command("sleep", "1.2", options=["--seed-csv", "training_data.csv"])
        made = self.imported(self.path("training_data.csv"))
        self.assertGreater(made["energy"]["total_joules"], 0)


class Carbontracker(ImportCase):
    # 200 W and 32.5 W over three epochs of 1.2 s
    LOG = os.path.join(LOGS, "carbontracker.log")
    JOULES = 232.5 * 3.6

    def test_a_training_is_a_run(self):
        made = self.imported(self.LOG, "--country", "FR")
        self.assertAlmostEqual(made["energy"]["total_joules"], self.JOULES, delta=1e-5)
        self.assertEqual([(device["kind"], device["basis"]) for device in made["devices"]],
                         [("gpu", "measured"), ("cpu", "assumed")])
        # its PUE is the run's until somebody says otherwise
        self.assertEqual(made["carbon"]["pue"], 1.58)
        self.assertIn("not this one's", " ".join(made["warnings"]))
        again = self.imported(self.LOG, "--pue", "1.1", "--country", "FR", "--again")
        self.assertEqual(again["carbon"]["pue"], 1.1)
        self.assertAlmostEqual(again["carbon"]["operational_gco2e"] * 1.58,
                               made["carbon"]["operational_gco2e"] * 1.1, delta=1e-12)

    def test_of_two_logs_of_one_training_one_counts(self):
        shutil.copy(self.LOG, self.path("1_carbontracker.log"))
        shutil.copy(os.path.join(LOGS, "carbontracker-sum_output.log"), self.path("1_carbontracker_output.log"))
        self.refused(2, "1_carbontracker_output.log", "import that", words=[self.path("1_carbontracker_output.log")])
        os.unlink(self.path("1_carbontracker.log"))
        made = self.imported(self.path("1_carbontracker_output.log"))
        self.assertAlmostEqual(made["energy"]["total_joules"], self.JOULES, delta=0.01 * self.JOULES)
        self.assertIn("divided out", " ".join(made["warnings"]))


class Output(ImportCase):
    def test_rows_for_others(self):
        self.imported(ORIN, "--csv", "emissions.csv", "--seed-csv", "seed.csv", "-o", "report.json")
        row = next(csv.DictReader(io.StringIO(self.read("emissions.csv"))))
        self.assertAlmostEqual(float(row["energy_consumed"]), 16 / 3.6e6, delta=1e-12)
        self.assertAlmostEqual(float(row["duration"]), 3, delta=1e-9)
        self.assertIn("After conversion J", self.read("seed.csv"))
        self.assertEqual(document(self.read("report.json", "rb"))["run"]["state"], "imported")

    def test_the_text_says_what_it_is(self):
        done = self.aico2("import", ORIN)
        self.assertEqual(done.returncode, 0)
        for part in ("imported", "SoC", "measured, jtop", "4.44 mWh", "the log's own total"):
            self.assertIn(part, done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_help_names_the_forms(self):
        for form in ("jtop_csv", "jtop_usage", "seed", "codecarbon", "carbontracker", "tegrastats"):
            self.assertIn(form, self.aico2("import", "--help").stdout)


if __name__ == "__main__":
    main()
