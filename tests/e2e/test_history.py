# SPDX-License-Identifier: Apache-2.0
"""test_history.py - what is kept: runs that were killed, several writers, and every question to the past."""
import csv
import datetime
import io
import os
import random
import signal
import sqlite3
import subprocess
import time
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, Lateness, document, main

BUSY_MACHINE_SECONDS = 1.0  # what twenty runs at once add to a tick and to a commit


def wall(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


class HistoryCase(Case):
    def sql(self, statement, *values):
        connection = sqlite3.connect(self.db, timeout=SLOW)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def sound(self):
        self.assertEqual(self.sql("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.sql("PRAGMA foreign_key_check"), [])

    def least_samples(self):
        """Of a device, as far as they are stored."""
        return self.sql("SELECT coalesce(min(count), 0) FROM (SELECT sum(samples) AS count FROM samples GROUP BY device)")[0][0]

    def begin(self, *options, command=("sh", "-c", "echo ready; exec sleep 1000")):
        process = self.start(PROGRAM, "run", *options, "--", *command)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def run_of(self, process):
        """The id of the run that a process measures, once it is in the history."""
        def stored():
            rows = os.path.exists(self.db) and self.sql("SELECT id FROM runs WHERE pid = ?", process.pid)
            return rows and rows[0][0]
        return self.wait_until(stored, "the run in the history")


class Killed(HistoryCase):
    def test_twenty_kills_lose_a_second_each_at_most(self):
        late = Lateness(self)
        seed = random.randrange(1 << 32)
        choose = random.Random(seed)
        left = [(choose.uniform(0.2, 4), self.begin("--interval", choose.choice(["20ms", "250ms", "1s"])))
                for _ in range(20)]
        ids = {self.run_of(process): process for _, process in left}
        begun = time.time()
        killed = {}
        for moment, process in sorted(left, key=lambda pair: pair[0]):
            time.sleep(max(0, begun + moment - time.time()))
            process.send_signal(signal.SIGKILL)
            killed[process.pid] = time.time()
            process.wait()
        self.sound()
        done = self.aico2("recover", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(sorted(document(done.stdout)["recovered"]), sorted(ids))
        for run, process in ids.items():
            report = self.show(run)
            with self.subTest(seed=seed, run=run):
                self.assertEqual(report["run"]["state"], "recovered")
                self.assertIsNone(report["run"]["exit_status"])
                lost = killed[process.pid] - wall(report["run"]["ended_at"])
                self.assertLessEqual(lost, 1 + BUSY_MACHINE_SECONDS + 3 * late.seconds)  # a tick, a commit, and the disk
                self.assertGreater(len(report["devices"]), 0)
        self.sound()

    def test_the_report_of_a_killed_run_is_made(self):
        process = self.begin("--interval", "100ms", "--country", "FR", "--pue", "1.5", "--name", "lost")
        self.run_of(process)
        self.wait_until(lambda: self.least_samples() >= 10, "ten samples of each device")
        process.kill()
        process.wait()
        self.assertEqual(self.runs()[0]["state"], "running")
        done = self.aico2("recover")
        self.assertIn("this job", done.stdout)
        self.assertIn("lost", done.stdout)
        report = self.show("last")
        self.assertEqual((report["carbon"]["place"], report["carbon"]["pue"]), ("FR", 1.5))
        for device in report["devices"]:
            self.assertGreater(device["energy_joules"], 0)
            self.assertGreaterEqual(device["samples"], 10)
        row = self.runs()[0]
        self.assertEqual(row["state"], "recovered")
        self.assertAlmostEqual(row["total_joules"], report["energy"]["total_joules"], delta=1e-9)
        # once is enough
        self.assertEqual(document(self.aico2("recover", "--json").stdout)["recovered"], [])

    def test_recover_leaves_what_lives_and_what_is_elsewhere_alone(self):
        alive = self.begin()
        elsewhere = self.begin()
        ids = [self.run_of(process) for process in (alive, elsewhere)]
        elsewhere.kill()
        elsewhere.wait()
        self.sql("UPDATE runs SET hostname = 'another-host' WHERE id = ?", ids[1])
        done = self.aico2("recover")
        self.assertEqual(done.returncode, 0)
        self.assertIn("nothing to recover", done.stdout)
        self.assertEqual({row["state"] for row in self.runs()}, {"running"})
        alive.send_signal(signal.SIGTERM)
        alive.communicate(timeout=SLOW)
        self.assertEqual({row["id"]: row["state"] for row in self.runs()},
                         {ids[0]: "signalled", ids[1]: "running"})

    def test_a_pid_that_is_somebody_else_by_now_does_not_hide_a_dead_run(self):
        process = self.begin()
        run = self.run_of(process)
        process.kill()
        process.wait()
        self.sql("UPDATE runs SET pid = ? WHERE id = ?", os.getpid(), run)
        self.assertEqual(document(self.aico2("recover", "--json").stdout)["recovered"], [run])

    def test_a_run_of_before_the_last_boot_is_dead(self):
        process = self.begin()
        run = self.run_of(process)
        self.sql("UPDATE runs SET boot_id = '00000000-0000-0000-0000-000000000000' WHERE id = ?", run)
        self.assertEqual(document(self.aico2("recover", "--json").stdout)["recovered"], [run])

    def test_recover_without_a_history(self):
        done = self.aico2("recover")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(os.path.exists(self.db))


class Writers(HistoryCase):
    def test_ten_at_once_lose_no_row(self):
        processes = [self.start(PROGRAM, "run", "--quiet", "--interval", "20ms", "-o", f"{index}.json", "--",
                                "sleep", "2") for index in range(10)]
        while any(process.poll() is None for process in processes):
            self.aico2("runs")  # and a reader among them
        self.assertEqual([process.wait() for process in processes], [0] * 10)
        self.sound()
        self.assertEqual(len(self.runs()), 10)
        for index in range(10):
            report = document(self.read(f"{index}.json"))
            self.assertNotIn("history", " ".join(report["warnings"]))
            for device in report["devices"]:
                rows = self.sql("SELECT count(*), sum(samples.joules), sum(samples.samples) FROM samples"
                                " JOIN runs ON samples.run = runs.key JOIN devices ON devices.run = runs.key"
                                " AND devices.device = samples.device WHERE runs.id = ? AND devices.id = ?",
                                report["run"]["id"], device["id"])
                self.assertEqual(rows[0][2], device["samples"])
                self.assertAlmostEqual(rows[0][1], device["energy_joules"], delta=1e-9 * device["energy_joules"])

    def test_a_first_run_of_ten_at_once_makes_one_history(self):
        processes = [self.start(PROGRAM, "run", "--quiet", "--", "true") for _ in range(10)]
        self.assertEqual([process.wait(SLOW) for process in processes], [0] * 10)
        self.assertEqual(len(self.runs()), 10)
        self.assertEqual([name for name in os.listdir(self.root) if name.endswith(".new")], [])


class Questions(HistoryCase):
    def test_runs_newest_first_in_pages(self):
        for index in range(7):
            self.run_command("true", options=["--quiet", "--name", f"run {index}"])
        everything = self.runs()
        self.assertEqual([row["name"] for row in everything], [f"run {index}" for index in range(6, -1, -1)])
        self.assertEqual(set(everything[0]), {"id", "name", "stage", "state", "started_at", "duration_seconds",
                                              "total_joules", "total_gco2e"} | set(everything[0]))
        pages, cursor = [], None
        while True:
            done = self.aico2("runs", "--json", "--limit", "3", *(["--cursor", cursor] if cursor else []))
            page = document(done.stdout)
            self.assertLessEqual(len(page["runs"]), 3)
            pages += page["runs"]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual(pages, everything)
        rows = list(csv.DictReader(io.StringIO(self.aico2("runs", "--format", "csv").stdout, newline="")))
        self.assertEqual([row["id"] for row in rows], [row["id"] for row in everything])
        text = self.aico2("runs", "--limit", "2").stdout
        self.assertIn("run 6", text)
        self.assertNotIn("run 4", text)

    def test_runs_without_a_history(self):
        done = self.aico2("runs", "--json")
        self.assertEqual((done.returncode, document(done.stdout)["runs"]), (0, []))
        self.assertFalse(os.path.exists(self.db))
        for words in (["show", "last"], ["compare", "a", "b"], ["recompute", "last"],
                      ["measure", "--start", "1", "--end", "2"]):
            with self.subTest(words):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, 1)
                self.one_line(done.stderr, self.db)
        self.assertFalse(os.path.exists(self.db))

    def test_show_is_the_report_of_the_run_again(self):
        report = self.report("sleep", "0.3", options=["--interval", "50ms", "--country", "FR"])
        run = report["run"]["id"]
        for name in (run, run[:20], run.lower(), "last", "sleep"):
            with self.subTest(name):
                self.assertEqual(self.show(name), report)
        self.assertIn("this job", self.aico2("show", run).stdout)
        self.aico2("show", run, "-o", "again.json")
        self.assertEqual(document(self.read("again.json")), report)

    def test_an_unknown_run_is_1_with_the_nearest(self):
        self.run_command("true", options=["--quiet", "--name", "baseline"])
        for words in (["show", "basline"], ["recompute", "basline"], ["compare", "basline", "last"]):
            with self.subTest(words):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, 1)
                self.one_line(done.stderr, "'basline'", "'baseline'")
        for name in ("01ZZZZZZZZ", "zzzzzz", "x" * 5000, "'; DROP TABLE runs", "\x1b[31m", "é", ""):
            with self.subTest(name):
                done = self.aico2("show", name)
                self.assertEqual(done.returncode, 1)
                self.one_line(done.stderr)
                self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(len(self.runs()), 1)

    def test_an_ambiguous_beginning_says_so(self):
        self.run_command("true", options=["--quiet"])
        self.run_command("true", options=["--quiet"])
        ids = [row["id"] for row in self.runs()]
        common = os.path.commonprefix(ids)
        self.assertGreaterEqual(len(common), 6)
        done = self.aico2("show", common)
        self.assertNotEqual(done.returncode, 0)
        self.one_line(done.stderr, f"'{common}'", ids[0], ids[1])

    def test_compare_tells_what_is_sure_and_what_is_not(self):
        spin = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"
        self.run_command(PYTHON, "-c", spin.format(0.1), options=["--name", "short"])
        self.run_command(PYTHON, "-c", spin.format(2.5), options=["--name", "long"])
        done = self.aico2("compare", "short", "long", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        comparison = document(done.stdout)
        self.assertEqual(comparison["schema"], "aico2.compare/1")
        rows = {row["what"]: row for row in comparison["rows"]}
        for row in rows.values():
            self.assertIn(row["verdict"], ("lower", "higher", "cannot tell"))
            if None not in (row["a"], row["b"]):
                self.assertAlmostEqual(row["delta"], row["b"] - row["a"], delta=1e-9 * abs(row["b"]) + 1e-15)
                self.assertEqual(row["verdict"] == "cannot tell", row["low"] <= 0 <= row["high"])
        duration = next(row for name, row in rows.items() if name.startswith("duration"))
        self.assertEqual(duration["verdict"], "higher")
        # a run against itself: nothing but "cannot tell" for what has a band
        same = document(self.aico2("compare", "long", "long", "--json").stdout)
        for row in same["rows"]:
            self.assertEqual(row["verdict"], "cannot tell")
        self.assertIn("cannot tell", self.aico2("compare", "long", "long").stdout)
        self.assertEqual(self.aico2("compare", "long", "long", "--format", "csv").returncode, 0)

    def test_recompute_puts_the_same_joules_elsewhere(self):
        report = self.report("sleep", "0.3", options=["--country", "FR"])
        run = report["run"]["id"]
        done = self.aico2("recompute", run, "--country", "SE", "--pue", "1.2", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        again = document(done.stdout)
        self.assertEqual(again["recomputed_from"], run)
        self.assertEqual(again["energy"], report["energy"])
        self.assertEqual((again["carbon"]["place"], again["carbon"]["pue"]), ("SE", 1.2))
        self.assertAlmostEqual(again["carbon"]["operational_gco2e"],
                               report["energy"]["total_kwh"] * 1.2 * again["carbon"]["intensity_gco2e_per_kwh"],
                               delta=1e-9 * again["carbon"]["operational_gco2e"])
        self.assertEqual(len(self.runs()), 1)
        self.assertEqual(self.show(run), report)

        saved = document(self.aico2("recompute", run, "--country", "SE", "--pue", "1.2", "--json", "--save").stdout)
        self.assertEqual(len(self.runs()), 2)
        self.assertNotEqual(saved["run"]["id"], run)
        self.assertEqual(self.show(run), report)
        stored = self.show(saved["run"]["id"])
        self.assertEqual((stored["carbon"], stored["energy"]), (saved["carbon"], saved["energy"]))
        # without any option: the report as it was
        same = document(self.aico2("recompute", run, "--json").stdout)
        self.assertEqual((same["carbon"], same["energy"]), (report["carbon"], report["energy"]))

    def test_a_given_intensity_is_kept_to_the_last_digit(self):
        report = self.report("sleep", "0.2", options=["--intensity", "44.123456789"])
        self.assertEqual(self.show("last"), report)
        self.assertEqual(report["carbon"]["intensity_gco2e_per_kwh"], 44.123456789)

    def test_a_run_matched_to_an_intensity_file_is_shown_as_it_was_reported(self):
        now = time.time()
        self.write("i.csv", f"time,gco2e_per_kwh\n{stamp(now - 3600)},61.5\n")
        report = self.report("sleep", "0.3", options=["--country", "FR", "--intensity-file", "i.csv"])
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 61.5, delta=1e-9)
        self.assertTrue(report["carbon"]["time_matched"])
        self.assertEqual(self.show("last"), report)
        # under another place the file counts no more
        elsewhere = document(self.aico2("recompute", "last", "--country", "SE", "--json").stdout)
        self.assertFalse(elsewhere["carbon"]["time_matched"])
        self.assertEqual(elsewhere["carbon"]["place"], "SE")

    def test_recompute_by_an_intensity_file_is_time_matched(self):
        report = self.report("sleep", "0.3", options=["--country", "FR"])
        begin = wall(report["run"]["started_at"])
        self.write("i.csv", f"time,gco2e_per_kwh\n{stamp(begin - 10)},100\n{stamp(begin + 3600)},500\n")
        again = document(self.aico2("recompute", "last", "--intensity-file", "i.csv", "--json").stdout)
        self.assertTrue(again["carbon"]["time_matched"])
        self.assertAlmostEqual(again["carbon"]["intensity_gco2e_per_kwh"], 100, delta=1e-9)


class Money(HistoryCase):
    """What electricity cost: kWh x PUE x price, kept with the run."""

    def test_a_fixed_price_is_kept_and_replaced(self):
        report = self.report("sleep", "0.3", options=["--price", "0.30EUR", "--pue", "1.5"])
        cost = report["cost"]
        self.assertEqual((cost["currency"], cost["price_per_kwh"], cost["time_matched"]), ("EUR", 0.3, False))
        self.assertAlmostEqual(cost["amount"], report["energy"]["total_kwh"] * 1.5 * 0.3, delta=1e-15)
        self.assertLessEqual(cost["low"], cost["amount"])
        self.assertLessEqual(cost["amount"], cost["high"])
        self.assertEqual(self.show("last"), report)
        again = document(self.aico2("recompute", "last", "--price", "2.5 DKK/kWh", "--json").stdout)["cost"]
        self.assertEqual(again["currency"], "DKK")
        self.assertAlmostEqual(again["amount"], cost["amount"] / 0.3 * 2.5, delta=1e-15)

    def test_without_a_price_there_is_no_cost(self):
        self.assertIsNone(self.report("true")["cost"])
        again = document(self.aico2("recompute", "last", "--price", "1NOK", "--json").stdout)
        self.assertEqual(again["cost"]["currency"], "NOK")

    def test_prices_by_the_quarter_of_an_hour(self):
        now = time.time()
        self.write("p.csv", f"time,eur_per_kwh\n{stamp(now - 3600)},0.11\n{stamp(now - 900)},-0.02\n")
        report = self.report("sleep", "0.3", options=["--price-file", "p.csv", "--country", "FR"])
        self.assertTrue(report["cost"]["time_matched"])
        self.assertFalse(report["carbon"]["time_matched"])
        self.assertAlmostEqual(report["cost"]["price_per_kwh"], -0.02, delta=1e-12)
        self.assertLess(report["cost"]["amount"], 0)
        self.assertEqual(self.show("last"), report)
        done = self.aico2("recompute", "last", "--price-file", "p.csv", "--save", "--json")
        self.assertEqual(document(done.stdout)["cost"], report["cost"])

    def test_a_price_that_rose_within_the_run_is_matched_by_the_samples(self):
        report = self.report("sleep", "1", options=["--interval", "100ms"])
        begin = wall(report["run"]["started_at"])
        self.write("p.csv", f"time,eur_per_kwh\n{stamp(begin - 10)},1\n{stamp(begin + 0.5)},3\n")
        again = document(self.aico2("recompute", "last", "--price-file", "p.csv", "--json").stdout)
        self.assertGreater(again["cost"]["price_per_kwh"], 1.2)
        self.assertLess(again["cost"]["price_per_kwh"], 2.8)

    def test_what_is_no_price_starts_nothing(self):
        self.write("none.csv", "time,eur_per_kwh\n")
        self.write("untold.csv", "time,price_per_kwh\n0,1\n")
        for words in (["--price", "0.25"], ["--price=-1EUR"], ["--price", "nanEUR"], ["--price", "1XYZ"],
                      ["--price-file", "none.csv"], ["--price-file", "untold.csv"], ["--price-file", "absent.csv"]):
            with self.subTest(words=words):
                done = self.run_command("touch", "ran", options=words)
                self.assertEqual(done.returncode, 125, done.stderr)
                self.assertRegex(done.stderr, r"price|\.csv")
                self.assertFalse(os.path.exists(self.path("ran")))


class Buildings(HistoryCase):
    """PUE and water: as given, or as a cloud region's operator has disclosed them."""

    def test_a_cloud_region_brings_its_own(self):
        report = self.report("sleep", "0.3", options=["--cloud", "aws:af-south-1"])
        carbon = report["carbon"]
        self.assertEqual((carbon["pue"], carbon["wue_litres_per_kwh"]), (1.24, 0.18))
        self.assertIn("AWS, 2024", carbon["pue_source"])
        self.assertAlmostEqual(carbon["water_litres"], report["energy"]["total_kwh"] * 0.18, delta=1e-15)
        self.assertLessEqual(carbon["water_low_litres"], carbon["water_litres"])
        self.assertEqual(self.show("last"), report)
        # its PUE stays behind when the run is moved, and another region's comes with it
        moved = document(self.aico2("recompute", "last", "--country", "FR", "--json").stdout)["carbon"]
        self.assertEqual((moved["pue"], moved["pue_source"], moved["water_litres"]), (1, None, None))
        self.assertIn("--wue", moved["water_note"])
        moved = document(self.aico2("recompute", "last", "--cloud", "aws:ap-south-1", "--json").stdout)["carbon"]
        self.assertEqual(moved["pue"], 1.42)

    def test_what_is_given_counts_and_is_kept(self):
        report = self.report("sleep", "0.3", options=["--cloud", "aws:af-south-1", "--pue", "1.3", "--wue", "2"])
        carbon = report["carbon"]
        self.assertEqual((carbon["pue"], carbon["pue_source"], carbon["wue_litres_per_kwh"]), (1.3, None, 2))
        self.assertEqual(carbon["wue_source"], "given by --wue")
        self.assertEqual(self.show("last"), report)
        moved = document(self.aico2("recompute", "last", "--country", "FR", "--json").stdout)["carbon"]
        self.assertEqual((moved["pue"], moved["wue_litres_per_kwh"]), (1.3, 2))
        again = document(self.aico2("recompute", "last", "--wue", "0", "--json").stdout)["carbon"]
        self.assertEqual(again["water_litres"], 0)


    def test_compare_shows_cost_and_water(self):
        for name, price in (("here", "0.2EUR"), ("there", "0.5EUR")):
            self.report("sleep", "0.3", options=["--name", name, "--price", price, "--wue", "1.5"])
        rows = {row["what"]: row for row in document(self.aico2("compare", "here", "there", "--json").stdout)["rows"]}
        shown = [self.show(name) for name in ("here", "there")]
        for what, unit, figures in (("cost", "EUR", [report["cost"]["amount"] for report in shown]),
                                    ("water_litres", "l", [report["carbon"]["water_litres"] for report in shown])):
            self.assertEqual((rows[what]["unit"], rows[what]["a"], rows[what]["b"]), (unit, *figures))
        text = self.aico2("compare", "here", "there").stdout
        self.assertRegex(text, r"(?m)^  cost .* EUR")
        self.assertRegex(text, r"(?m)^  water on site .* l")


class Windows(HistoryCase):
    """The modelled memory draws the same power always: joules of a window are watts times its seconds."""

    def measure(self, start, end, *options):
        done = self.aico2("measure", "--start", stamp(start), "--end", stamp(end), "--json", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        report = document(done.stdout)
        return report, next(device for device in report["devices"] if device["kind"] == "memory")

    def test_the_whole_and_its_parts(self):
        run = self.report("sleep", "3", options=["--interval", "200ms"])
        memory = next(device for device in run["devices"] if device["kind"] == "memory")
        begin, end = wall(run["run"]["started_at"]), wall(run["run"]["ended_at"])
        report, whole = self.measure(begin - 5, end + 5)
        self.assertEqual(report["energy"]["scope"], "machine")
        self.assertAlmostEqual(whole["energy_joules"], memory["energy_joules"], delta=0.001 * memory["energy_joules"])
        self.assertAlmostEqual(report["energy"]["machine_joules"], run["energy"]["machine_joules"],
                               delta=0.001 * run["energy"]["machine_joules"])
        self.assertAlmostEqual(whole["coverage_ratio"], run["run"]["duration_seconds"] / (end - begin + 10), delta=0.02)
        # cut in the middle of samples
        cuts = [begin - 1, begin + 0.77, begin + 1.913, end + 1]
        parts = [self.measure(a, b)[1]["energy_joules"] for a, b in zip(cuts, cuts[1:])]
        self.assertAlmostEqual(sum(parts), memory["energy_joules"], delta=0.001 * memory["energy_joules"])
        self.assertAlmostEqual(parts[1], memory["mean_power_watts"] * 1.143, delta=0.03 * parts[1])

    def test_runs_at_the_same_time_count_the_machine_once(self):
        first = self.start(PROGRAM, "run", "--quiet", "-o", "a.json", "--interval", "300ms", "--", "sleep", "6")
        self.run_of(first)
        time.sleep(0.7)
        second = self.start(PROGRAM, "run", "--quiet", "-o", "b.json", "--interval", "110ms", "--", "sleep", "6")
        self.assertEqual((first.wait(SLOW), second.wait(SLOW)), (0, 0))
        runs = [document(self.read(name)) for name in ("a.json", "b.json")]
        watts = next(device for device in runs[0]["devices"] if device["kind"] == "memory")["mean_power_watts"]
        begin, end = wall(runs[0]["run"]["started_at"]), wall(runs[1]["run"]["ended_at"])
        report, memory = self.measure(begin, end)
        self.assertAlmostEqual(memory["energy_joules"], watts * (end - begin), delta=0.02 * memory["energy_joules"])
        self.assertGreaterEqual(memory["coverage_ratio"], 0.98)
        energy = report["energy"]
        self.assertAlmostEqual(energy["job_joules"] + energy["others_joules"] + energy["idle_joules"],
                               energy["machine_joules"], delta=1e-9 * energy["machine_joules"])

    def test_a_window_without_anything_is_1(self):
        self.run_command("true", options=["--quiet"])
        done = self.aico2("measure", "--start", "2020-01-01T00:00:00Z", "--end", "2020-01-02T00:00:00Z")
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "nothing was recorded")

    def test_a_window_while_a_run_goes_on(self):
        process = self.begin("--interval", "100ms")
        self.run_of(process)
        self.wait_until(lambda: self.least_samples() >= 15, "samples")
        now = time.time()
        _, memory = self.measure(now - 2, now)
        self.assertGreater(memory["energy_joules"], 0)

    def test_the_files_of_a_window(self):
        run = self.report("sleep", "1", options=["--country", "FR"])
        begin, end = wall(run["run"]["started_at"]), wall(run["run"]["ended_at"])
        report, _ = self.measure(begin, end, "--country", "FR", "--csv", "e.csv", "-o", "m.json", "--name", "window")
        self.assertEqual(document(self.read("m.json"))["energy"], report["energy"])
        self.assertEqual(len(self.read("e.csv").splitlines()), 2)
        self.assertEqual(report["carbon"]["place"], "FR")


class Places(HistoryCase):
    def setUp(self):
        super().setUp()
        del self.env["AICO2_DB"]

    def test_no_db_keeps_nothing_and_db_chooses_the_file(self):
        self.run_command("true", options=["--no-db"])
        self.run_command("true", options=["--db", "own/deep/h.db"])
        self.assertTrue(os.path.exists(self.path("own/deep/h.db")))
        self.assertEqual(os.stat(self.path("own/deep/h.db")).st_mode & 0o777, 0o640)
        done = self.aico2("runs", "--json", "--db", "own/deep/h.db")
        self.assertEqual(len(document(done.stdout)["runs"]), 1)
        self.env["AICO2_DB"] = self.path("other.db")
        self.run_command("true")
        self.assertTrue(os.path.exists(self.path("other.db")))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_keeps_it_in_var_lib(self):
        script = f'mount -t tmpfs none /var/lib && "{PROGRAM}" run --quiet -- true && ls -l /var/lib/aico2'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
        if "unshare" in done.stderr or "mount" in done.stderr:
            self.skipTest("no mount namespaces for us here")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"-rw-r-----.* history\.db\n")


if __name__ == "__main__":
    main()
