# SPDX-License-Identifier: Apache-2.0
"""test_when.py - `aico2 when`: the greenest time ahead, as text, JSON and CSV, and what it refuses."""
import csv
import io
import json
import os
import signal
import subprocess
import time

from harness import PROGRAM, SLOW, Case, document, main

# A day of hours from 2026-11-26T00:00Z on: 100 g, but 40 from 13 to 15 h
DAY = "time,gco2e_per_kwh\n" + "".join(
    f"2026-11-26T{hour:02}:00:00Z,{40 if 13 <= hour < 15 else 100}\n" for hour in range(24))
FAKES = os.environ["AICO2_TEST_FAKES"]
START = ["--start", "2026-11-26T06:30:00Z"]


class When(Case):
    def setUp(self):
        super().setUp()
        self.write("ahead.csv", DAY)
        self.env["TZ"] = "Europe/Paris"  # an hour before UTC's clock shows the same

    def when(self, *words, status=0):
        done = self.aico2("when", "--intensity-file", "ahead.csv", *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_the_document(self):
        found = document(self.when("--duration", "2h", *START, "--json").stdout)
        self.assertEqual(found["schema"], "aico2.when/1")
        self.assertEqual(found["basis"], "forecast")
        self.assertEqual(found["best"], {"start": "2026-11-26T13:00:00.000Z", "end": "2026-11-26T15:00:00.000Z",
                                         "gco2e_per_kwh": 40, "low": 40, "high": 40})
        self.assertEqual(found["now"]["gco2e_per_kwh"], 100)
        self.assertAlmostEqual(found["saving_ratio"], 0.6, places=12)

    def test_text_has_the_ways_to_start_it_in_local_time(self):
        text = self.when("--duration", "2h", *START).stdout
        for part in ("40.0 gCO2e/kWh", "2026-11-26 14:00 to 2026-11-26 16:00 CET, in 6 h 30 min", "60 %",
                     "at -t 202611261400", "sbatch --begin=2026-11-26T14:00:00", "cron: 0 14 26 11 *"):
            self.assertIn(part, text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)

    def test_at_once_where_it_is_best(self):
        text = self.when("--duration", "1h", "--start", "2026-11-26T13:30:00Z").stdout
        self.assertIn("at once, until", text)
        self.assertNotIn("sbatch", text)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.when("--duration", "2h", *START, "--format", "csv").stdout)))
        self.assertEqual([row["what"] for row in rows], ["best", "now"])
        self.assertEqual(float(rows[0]["gco2e_per_kwh"]), 40)

    def test_a_typical_day_of_days_gone_by(self):
        found = document(self.when("--duration", "1h", "--start", "2027-01-01T06:30:00Z", "--json").stdout)
        self.assertEqual((found["basis"], found["days"]), ("typical-day", 1))
        self.assertEqual(found["best"]["start"], "2027-01-01T13:00:00.000Z")

    def test_several_places(self):
        self.write("low.csv", DAY.replace(",40", ",20").replace(",100", ",50"))
        words = ["--duration", "2h", *START]
        done = self.when(*words, "--country", "DE", "--place", "FR=low.csv,SE")
        self.assertTrue(all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout)
        for part in ("France (FR): 20.0 gCO2e/kWh", "Germany (DE): 100 gCO2e/kWh", "80 %", "any time (yearly)",
                     "not all of one kind", "sbatch --begin=2026-11-26T14:00:00"):
            self.assertIn(part, done.stdout)
        found = document(self.when(*words, "--country", "DE", "--place", "FR=low.csv", "--place", "SE",
                                   "--json").stdout)
        self.assertEqual((found["place"], found["place_now"], found["kinds_differ"]), ("FR", "DE", True))
        self.assertEqual([place["place"] for place in found["places"]], ["DE", "FR", "SE"])
        self.assertEqual([place["basis"] for place in found["places"]], ["forecast", "forecast", "yearly"])
        self.assertAlmostEqual(found["saving_ratio"], 0.8, places=12)
        self.assertEqual(found["now"]["gco2e_per_kwh"], 100)
        # without a place of its own the file given is nowhere's, and still where it would run otherwise
        rows = list(csv.DictReader(io.StringIO(self.aico2("when", *words, "--place", "FR=low.csv,DE=ahead.csv",
                                                          "--format", "csv").stdout)))
        self.assertEqual([(row["place"], row["what"], float(row["gco2e_per_kwh"])) for row in rows],
                         [("FR", "best", 20), ("FR", "now", 50), ("DE", "best", 40), ("DE", "now", 100)])

    def test_the_start_alone(self):
        for program, start in (("at", "202611261400"), ("slurm", "2026-11-26T14:00:00"), ("cron", "0 14 26 11 *"),
                               ("unix", "1795698000")):
            self.assertEqual(self.when("--duration", "2h", *START, "--starter", program).stdout, start + "\n")
        at_once = self.when("--duration", "1h", "--start", "2026-11-26T13:30:00Z", "--starter", "slurm").stdout
        self.assertEqual(at_once, "now\n")

    def test_what_is_refused(self):
        for words, status, part in (
                ([], 2, "--duration"),
                (["--duration", "0"], 2, "'0'"),
                (["--duration", "8h", "--within", "2h"], 2, "--within"),
                (["--duration", "soon"], 2, "'soon'"),
                (["--duration", "1h", "--start", "tomorrow"], 2, "'tomorrow'"),
                (["--duration", "1h", "--country", "Atlantis"], 2, "'Atlantis'"),
                (["--duration", "1h", "--place", "FR,Frence"], 2, "'Frence': nearest is 'France'"),
                (["--duration", "1h", "--place", "FR,,SE"], 2, "--place: '' names no place"),
                (["--duration", "1h", "--place", "FR="], 2, "--place: 'FR=' names no file"),
                (["--duration", "1h", "--place", "FR,FRA"], 2, "--place: 'FR' stands twice"),
                (["--duration", "1h", "--place", "FR=missing.csv"], 1, "missing.csv"),
                (["--duration", "1h", "--place", ",".join(["FR=ahead.csv"] * 2)], 2, "'FR' stands twice"),
                (["--duration", "1h", "--starter", "systemd"], 2, "'systemd'")):
            with self.subTest(words):
                self.assertIn(part, self.when(*words, status=status).stderr)
        done = self.aico2("when", "--duration", "1h")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--intensity-file", done.stderr)
        self.write("short.csv", "time,gco2e_per_kwh\n2026-11-26T00:00:00Z,5\n")
        done = self.aico2("when", "--duration", "1h", "--intensity-file", "short.csv", "--start", "2027-01-01T00:00:00Z")
        self.assertEqual(done.returncode, 1)
        self.assertIn("'short.csv' speaks until 2026-11-26T01:00:00.000Z", done.stderr)


class GreenWithin(Case):
    """`aico2 run --green-within`: what starts at once, and what never starts."""

    def setUp(self):
        super().setUp()
        now = int(time.time()) // 60 * 60
        self.write("later.csv", f"time,gco2e_per_kwh\n{now - 60},100\n{now + 7200},40\n{now + 14400},100\n")
        self.write("now.csv", f"time,gco2e_per_kwh\n{now - 60},40\n{now + 7200},100\n")
        self.write("old.csv", "time,gco2e_per_kwh\n2020-01-01T00:00:00Z,5\n")

    def options(self, name, *more):
        return ["--green-within", "10h", "--duration", "1h", "--intensity-file", name, *more]

    def test_it_waits_and_a_signal_ends_the_wait(self):
        process = self.start(PROGRAM, "run", *self.options("later.csv"), "--", "touch", "ran")
        line = process.stderr.readline()
        self.assertRegex(line, r"^aico2 run: waiting (1 h 5[789]|2 h 00) min, until \d{4}-\d\d-\d\d \d\d:\d\d [A-Z]+$")
        self.assertEqual(process.stderr.readline(), "aico2 run: 40.0 gCO2e/kWh instead of 100\n")
        process.terminate()
        self.assertEqual(process.wait(SLOW), -signal.SIGTERM)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_night_goes_by(self):
        """Neither --timeout nor the run counts the wait; the command finds all as it was left."""
        night = {"LD_PRELOAD": os.path.join(FAKES, "fake_sleep.so"), "MARK": "kept"}
        done = self.run_command("sh", "-c", "umask; echo $MARK; pwd; trap", env=night, umask=0o137,
                                options=self.options("later.csv", "--timeout", "1h", "-o", "r.json"))
        self.assertEqual((done.returncode, done.stdout), (0, f"0137\nkept\n{self.cwd}\n"), done.stderr)
        lines = done.stderr.splitlines()
        self.assertRegex(lines[0], "^aico2 run: waiting ")
        self.assertTrue(all(len(line) <= 80 for line in lines), done.stderr)
        report = document(self.read("r.json"))
        self.assertLess(report["run"]["duration_seconds"], 60)
        self.assertIsNone(self.report("true")["wait"])  # who did not wait

    def waited(self, *words):
        found = json.loads(self.aico2(*words, "--json").stdout)["wait"]
        return found["seconds"], found["expected_saving_ratio"], found["saving_ratio"]

    def test_what_the_wait_saved(self):
        """40 instead of 100 g were foretold; as it came out, 60 instead of 80, or nothing is known."""
        now = int(time.time()) // 60 * 60
        self.write("came.csv", f"time,gco2e_per_kwh\n{now - 60},80\n{now + 7200},60\n{now + 14400},60\n")
        self.write("part.csv", f"time,gco2e_per_kwh\n{now + 7200},60\n{now + 14400},60\n")
        done = self.run_command("sleep", "0.2", env={"LD_PRELOAD": os.path.join(FAKES, "fake_sleep.so")},
                                options=self.options("later.csv"))
        self.assertRegex(" ".join(done.stderr.split()), r" waited (1 h 5[789]|2 h 00) min for a greener time, 60 % less for "
                                                        r"the electricity, 60 % less foretold ")
        seconds, expected, saved = self.waited("show", "last")
        self.assertTrue(7000 < seconds < 7202, seconds)
        self.assertAlmostEqual(expected, 0.6, places=12)
        self.assertAlmostEqual(saved, 0.6, places=12)
        self.assertAlmostEqual(self.waited("recompute", "last", "--intensity-file", "came.csv")[2], 0.25, places=12)
        self.assertIsNone(self.waited("recompute", "last", "--intensity-file", "part.csv")[2])
        self.assertIsNone(self.waited("recompute", "last", "--country", "FR")[2])
        self.assertEqual(self.waited("recompute", "last", "--country", "FR")[1], expected)

    def test_quiet_waits_quietly(self):
        night = {"LD_PRELOAD": os.path.join(FAKES, "fake_sleep.so")}
        done = self.run_command("echo", "ran", env=night, options=self.options("later.csv", "--quiet"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ran\n", ""))

    def test_a_suspend_that_outlasts_the_hour(self):
        """2 h of 40 g two hours ahead are slept through; 60 g are to be had 5 h after them."""
        now = int(time.time()) // 60 * 60
        self.write("two.csv", "time,gco2e_per_kwh\n" + "".join(
            f"{now + hour * 3600},{value}\n"
            for hour, value in ((-1, 100), (2, 40), (4, 100), (9, 60), (11, 100), (12, 100))))
        night = {"LD_PRELOAD": os.path.join(FAKES, "fake_sleep.so"), "FAKE_SLEEP_LATE": "9000"}
        options = ["--green-within", "12h", "--duration", "1h", "--intensity-file", "two.csv"]
        done = self.run_command("echo", "ran", env=night, options=options)
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
        self.assertEqual([line for line in done.stderr.splitlines() if "instead" in line],
                         ["aico2 run: 40.0 gCO2e/kWh instead of 100", "aico2 run: 60.0 gCO2e/kWh instead of 100"])
        # and where the time left is too short it begins
        done = self.run_command("echo", "ran", env={**night, "FAKE_SLEEP_LATE": "36000"}, options=options)
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
        self.assertEqual(done.stderr.count("instead"), 1, done.stderr)

    def test_what_ignores_hang_ups_goes_on_waiting(self):
        process = self.start("sh", "-c", 'trap "" HUP; exec "$@"', "sh", PROGRAM, "run", *self.options("later.csv"),
                             "--", "touch", "ran")
        self.assertIn("waiting", process.stderr.readline())
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(SLOW), -signal.SIGINT)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_the_first_process_of_a_container_can_be_stopped(self):
        if subprocess.run(["unshare", "-pf", "--mount-proc", "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no PID namespaces for us here")
        process = self.start("unshare", "-pf", "--mount-proc", PROGRAM, "run", *self.options("later.csv"), "--",
                             "touch", "ran")
        self.assertIn("waiting", process.stderr.readline())
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as handle:
            first = int(handle.read().split()[0])

        def stopped():
            os.kill(first, signal.SIGTERM)  # the line comes before it listens
            time.sleep(0.05)
            return process.poll() is not None
        self.wait_until(stopped, "the end of the wait")
        self.assertEqual(process.returncode, 143)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_at_once_where_now_is_best_or_nothing_is_known(self):
        for name, warned in (("now.csv", False), ("old.csv", True)):
            done = self.run_command("echo", "ran", options=self.options(name))
            self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
            self.assertEqual("started at once" in done.stderr, warned, done.stderr)

    def test_what_would_fail_fails_before_the_wait(self):
        done = self.run_command("no-such-command", options=self.options("later.csv"))
        self.assertEqual(done.returncode, 127, done.stderr)
        done = self.run_command("true", options=self.options("later.csv", "-o", "no/such/r.json"))
        self.assertEqual(done.returncode, 125, done.stderr)
        done = self.run_command("true", options=["--green-within", "1h"])
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertIn("--duration", done.stderr)


if __name__ == "__main__":
    main()
