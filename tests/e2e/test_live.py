# SPDX-License-Identifier: Apache-2.0
"""test_live.py - --provider with a fetcher that is a fake: what is asked, what the report makes of it, what cannot harm."""
import datetime
import glob
import json
import os
import shutil
import signal
import subprocess
import time

from harness import PROGRAM, SLOW, Case, document, document_in, main

FAKES = os.environ["AICO2_TEST_FAKES"]
GB = ["--country", "GB", "--provider", "gb"]
STEADY = "point 0 250 measured\n"  # from an hour before the run on


class LiveCase(Case):
    """A copy of the program with a fetcher in its prefix."""

    def setUp(self):
        super().setUp()
        self.program = os.path.join(self.root, "prefix", "bin", "aico2")
        self.libexec = os.path.join(self.root, "prefix", "libexec", "aico2")
        os.makedirs(os.path.dirname(self.program))
        os.makedirs(self.libexec)
        shutil.copy(PROGRAM, self.program)
        shutil.copy(os.path.join(FAKES, "fake_fetch"), os.path.join(self.libexec, "aico2-fetch"))
        self.env["AICO2_FETCH_TIMEOUT"] = "60s"  # on any machine

    def script(self, text, name="script"):
        with open(os.path.join(self.libexec, name), "w", encoding="utf-8") as file:
            file.write(text)

    def call(self, *words, env=None, **more):
        return subprocess.run([self.program, *words], env={**self.env, **(env or {})}, cwd=self.cwd, check=False,
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=SLOW, **more)

    def live_run(self, *command, options=(), env=None, status=0):
        done = self.call("run", "-o", "report.json", *options, "--", *command, env=env)
        self.assertEqual(done.returncode, status, done.stderr)
        return document(self.read("report.json", "rb")), done.stderr

    def asked(self, number=1):
        """What the fetcher noted of a question."""
        note = {}
        with open(os.path.join(self.libexec, f"asked.{number}"), encoding="utf-8") as file:
            for line in file:
                key, _, value = line.rstrip("\n").partition("=")
                note.setdefault(key, []).append(value)
        return note

    def question_count(self):
        return len(glob.glob(os.path.join(self.libexec, "asked.*")))

    def latest(self):
        return document(self.call("runs", "--json").stdout)["runs"][0]["id"]


class Run(LiveCase):
    def test_grams_by_the_value_of_the_hour(self):
        self.script(STEADY)
        report, _ = self.live_run("sleep", "0.3", options=[*GB, "--no-embodied", "--pue", "1.5"])
        carbon = report["carbon"]
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 250, places=9)
        self.assertAlmostEqual(carbon["intensity_low"], 225, places=9)  # 250 +- 10 %, the fake's band
        self.assertAlmostEqual(carbon["intensity_high"], 275, places=9)
        self.assertEqual((carbon["place"], carbon["place_basis"], carbon["time_matched"]), ("GB", "option", True))
        self.assertEqual((carbon["provider"], carbon["zone"], carbon["licence"]), ("gb", "Z1", "CC0"))
        self.assertEqual((carbon["intensity_kind"], carbon["intensity_source"], carbon["intensity_year"]),
                         ("direct-average", "Fake Grid (test)", None))
        self.assertEqual((carbon["live_ratio"], carbon["estimated_ratio"], carbon["forecast_ratio"]), (1, 0, 0))
        self.assertEqual(carbon["fallbacks"], [{"provider": "gb", "outcome": "used", "reason": None}])
        self.assertAlmostEqual(carbon["operational_gco2e"], report["energy"]["total_joules"] / 3.6e6 * 1.5 * 250,
                               places=12)
        self.assertEqual([line for line in report["warnings"] if "live" in line], [])

    def test_the_question(self):
        self.script(STEADY)
        before = time.time_ns()
        self.live_run("true", options=["--region", "US-CA", "--provider", "eia,gb", "--provider", "odre", "--provider-url",
                                       "eia=https://localhost:1/x", "--fetch-timeout", "2s", "--expired-cache", "gb"])
        note = self.asked()
        self.assertEqual(note["choice"], ["eia https://localhost:1/x -", "gb - -", "odre - -"])
        self.assertEqual((note["country"], note["region"], note["what"]), (["US"], ["US-CA"], ["0"]))
        self.assertEqual((note["deadline_ms"], note["forecast"], note["marginal"]), (["1800"], ["1"], ["0"]))
        self.assertEqual(note["expired"], ["gb"])
        self.assertEqual(note["secrets"], [os.path.join(self.root, "config", "aico2")])
        self.assertEqual(note["cache"], [os.path.join(self.root, ".cache", "aico2", "intensity")])
        self.assertLessEqual(int(note["from"][0]), before)
        self.assertGreater(int(note["to"][0]), before)
        self.assertEqual(self.question_count(), 1)  # nothing new is published in so short a time

    def test_the_fetcher_is_no_part_of_the_job(self):
        self.script(STEADY)
        read, write = os.pipe()
        os.set_inheritable(write, True)
        self.env["SOME_PROXY"] = "x"
        self.live_run("true", options=GB, env={"http_proxy": "http://localhost:1"})
        subprocess.run([self.program, "run", *GB, "--", "true"], env=self.env, cwd=self.cwd, pass_fds=[write],
                       check=True, capture_output=True, timeout=60)
        os.close(read)
        os.close(write)
        for number in (1, 2):
            note = self.asked(number)
            self.assertEqual(note["sid"], note["pid"])
            self.assertEqual((note["fds"], note["pipe"], note["nice"]), (["0"], ["1"], ["10"]))
            self.assertEqual(note["env"], ["LC_ALL=C"])

    def test_what_the_fetcher_costs_is_overhead(self):
        self.script("burn 300\n" + STEADY)
        report, _ = self.live_run("sh", "-c", 'until test -e "$0"; do sleep 0.1; done', os.path.join(self.libexec, "burnt"), options=GB)
        self.assertGreaterEqual(report["overhead"]["cpu_seconds"], 0.3)

    def test_the_marginal_signal_beside_and_in_no_total(self):
        self.script("nth 1 average\nnth 2 marginal\nnth 3 average\nnth 4 other\n")
        self.script(STEADY, "average")
        self.script("kind direct-marginal\npoint 0 700 estimated\n", "marginal")
        self.script("kind direct-marginal\npoint -3600 500 measured\n", "other")
        report, text = self.live_run("sleep", "0.2", options=[
            "--zone", "CAISO_NORTH", "--provider", "eia,watttime", "--provider-url", "watttime=https://localhost:1",
            "--no-embodied"], env={"AICO2_WATTTIME_TOKEN": "me:secret"})
        first, second = self.asked(1), self.asked(2)
        self.assertEqual((first["choice"], first["marginal"]), (["eia - -"], ["0"]))
        self.assertEqual((second["choice"], second["marginal"]), (["watttime https://localhost:1 me:secret"], ["1"]))
        self.assertEqual(second["zone"], ["CAISO_NORTH"])
        carbon = report["carbon"]
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 250, places=9)
        self.assertAlmostEqual(carbon["total_gco2e"], report["energy"]["total_joules"] / 3.6e6 * 250, places=12)
        marginal = carbon["marginal"]
        self.assertAlmostEqual(marginal["gco2e_per_kwh"], 700, places=9)
        self.assertAlmostEqual(marginal["low"], 560, places=9)  # estimated: twice 10 %
        self.assertEqual((marginal["provider"], marginal["kind"], marginal["live_ratio"], marginal["reason"]),
                         ("watttime", "direct-marginal", 1, None))
        self.assertEqual(document(self.call("show", "last", "--json").stdout)["carbon"]["marginal"], marginal)
        again = self.call("recompute", "last", "--provider", "eia,watttime", "--json")
        self.assertEqual(again.returncode, 0, again.stderr)
        carbon = document(again.stdout)["carbon"]
        self.assertAlmostEqual(carbon["marginal"]["gco2e_per_kwh"], 500, places=9)
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 250, places=9)
        self.assertNotIn("marginal", document(self.call("recompute", "last", "--country", "FR", "--json").stdout)["carbon"])

    def test_no_marginal_signal_changes_nothing(self):
        self.script("nth 1 average\nnth 2 none\n")
        self.script(STEADY, "average")
        self.script("fail 2\nstep watttime denied 403\n", "none")
        report, _ = self.live_run("true", options=["--zone", "CAISO_NORTH", "--provider", "eia,watttime"])
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 250, places=9)
        marginal = report["carbon"]["marginal"]
        self.assertEqual((marginal["gco2e_per_kwh"], marginal["live_ratio"]), (None, 0))
        self.assertEqual(marginal["reason"], "watttime denied, 403")
        self.assertEqual([line for line in report["warnings"] if "live" in line or "marginal" in line],
                         ["no marginal intensity: watttime denied, 403"])
        self.assertEqual(document(self.call("show", "last", "--json").stdout)["carbon"]["marginal"], marginal)

    def test_an_answer_that_lies_there_for_long(self):
        self.script(STEADY)
        report, _ = self.live_run("sleep", "5", options=[*GB, "--fetch-timeout", "4s"])
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 250, places=9)
        self.assertEqual([line for line in report["warnings"] if "live" in line], [])

    def test_of_a_longer_run_it_is_asked_again(self):
        self.script("nth 1 first\nnth 2 second\n")
        self.script(STEADY, "first")
        self.script("point -3600 300 measured\n", "second")
        report, _ = self.live_run("sh", "-c", "sleep 0.2; echo > later", options=[*GB, "--no-embodied"], env={
            "LD_PRELOAD": os.path.join(FAKES, "fake_clock.so"), "FAKE_CLOCK_FILE": self.path("later"),
            "FAKE_CLOCK_AHEAD": "900"})
        self.assertGreater(report["run"]["duration_seconds"], 899)
        self.assertEqual(self.question_count(), 2)
        note = self.asked(2)
        self.assertAlmostEqual(int(note["to"][0]) / 1e9 - int(note["from"][0]) / 1e9, report["run"]["duration_seconds"],
                               places=2)
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 300, places=9)
        # one that knows less than the first is not heard
        os.unlink(self.path("later"))
        for name in os.listdir(self.libexec):
            if name.startswith("asked."):
                os.unlink(os.path.join(self.libexec, name))
        self.script("fail 2\nstep gb unreachable connection refused\n", "second")
        report, _ = self.live_run("sh", "-c", "sleep 0.2; echo > later", options=GB, env={
            "LD_PRELOAD": os.path.join(FAKES, "fake_clock.so"), "FAKE_CLOCK_FILE": self.path("later"),
            "FAKE_CLOCK_AHEAD": "900"})
        self.assertEqual(self.question_count(), 2)
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 250, places=9)

    def test_nobody_is_asked_unasked(self):
        self.script(STEADY)
        report, _ = self.live_run("true", options=["--country", "GB"])
        self.assertEqual(self.question_count(), 0)
        self.assertNotIn("provider", report["carbon"])
        self.assertNotIn("fallbacks", report["carbon"])

    def test_estimates_and_forecasts_are_wider_and_told(self):
        for word, key in (("estimated", "estimated_ratio"), ("forecast", "forecast_ratio")):
            self.script(f"point 0 200 {word}\n")
            report, text = self.live_run("true", options=GB)
            self.assertEqual(report["carbon"][key], 1)
            self.assertAlmostEqual(report["carbon"]["intensity_low"], 160, places=9)  # twice 10 %
            self.assertAlmostEqual(report["carbon"]["intensity_high"], 240, places=9)
            self.assertIn(f"100 % {word}", text)

    def test_without_a_value_the_yearly_figure_and_a_word_on_it(self):
        self.script("fail 2\nstep gb unreachable connection refused\nstep odre not_covered\n")
        report, text = self.live_run("true", options=[*GB, "--provider", "odre"])
        yearly = document(self.call("intensity", "GB", "--json").stdout)
        carbon = report["carbon"]
        self.assertEqual(carbon["intensity_gco2e_per_kwh"], yearly["gco2e_per_kwh"])
        self.assertEqual((carbon["intensity_kind"], carbon["time_matched"]), (yearly["kind"], False))
        self.assertEqual((carbon["provider"], carbon["estimated_ratio"]), (None, None))
        self.assertEqual([(step["provider"], step["outcome"], step["reason"]) for step in carbon["fallbacks"]],
                         [("gb", "unreachable", "connection refused"), ("odre", "not covered", None)])
        lines = [line for line in report["warnings"] if "live" in line]
        self.assertEqual(lines, ["no live intensity, so the yearly figure of United Kingdom stands in: gb unreachable "
                                 "(connection refused); odre not covered"])
        self.assertIn(f"recompute {report['run']['id']} --provider NAME", " ".join(text.split()))

    def test_the_next_in_the_chain_is_told(self):
        self.script("step gb denied 401, Invalid auth-token\n" + STEADY)
        report, _ = self.live_run("true", options=[*GB, "--provider", "odre"])
        self.assertEqual(report["carbon"]["provider"], "odre")
        self.assertIn("live intensity is by Fake Grid: gb denied (401, Invalid auth-token)", report["warnings"])

    def test_a_part_without_a_value(self):
        """A value until the second five minutes of 2001, nothing from there: all of the run has none."""
        self.script("at 1000000000 100 measured\nat 1000000300 0 none\n")
        report, _ = self.live_run("true", options=GB)
        self.assertFalse(report["carbon"]["time_matched"])
        self.assertIn("nothing was known of this time", " ".join(report["warnings"]))

    def test_shown_again_from_the_history(self):
        self.script("step gb limited 429\npoint 0 200 forecast\n")
        report, _ = self.live_run("true", options=[*GB, "--provider", "odre"])
        again = document(self.call("show", self.latest(), "--json").stdout)
        self.assertEqual(again["carbon"], report["carbon"])
        self.assertEqual(sorted(again["warnings"]), sorted(report["warnings"]))
        self.script("fail 2\nstep gb limited 429\n")
        report, _ = self.live_run("true", options=GB)
        again = document(self.call("show", self.latest(), "--json").stdout)
        self.assertEqual(again["carbon"], report["carbon"])
        self.assertEqual(sorted(again["warnings"]), sorted(report["warnings"]))


class When(LiveCase):
    """`aico2 when --provider`: by what is foreseen, else by days gone by; several places, each its own question."""
    NOON = 1795694400  # 2026-11-26T12:00:00Z
    JOB = ["--duration", "2h", "--within", "12h", "--start", "2026-11-26T12:00:00Z"]

    def hours(self, first, values, word):
        return "".join(f"at {self.NOON + (first + index) * 3600} {value} {word}\n" for index, value in enumerate(values))

    def when(self, *words, status=0):
        done = self.call("when", *self.JOB, *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_what_is_foreseen(self):
        """From noon: 100 g, 40 from 16 to 18 h. Forecasts are off by twice 10 %: 32 to 48 for 80 to 120 is
        a saving of 1 - 48/80 to 1 - 32/120."""
        self.script(self.hours(-1, [100] * 5 + [40] * 2 + [100] * 8, "forecast"))
        done = self.when(*GB, "--json")
        found = json.loads(done.stdout)
        self.assertEqual((found["basis"], found["source"], found["place"]), ("forecast", "Fake Grid (test)", "GB"))
        self.assertEqual(found["best"]["start"], "2026-11-26T16:00:00.000Z")
        for key, value in (("gco2e_per_kwh", 40), ("low", 32), ("high", 48)):
            self.assertAlmostEqual(found["best"][key], value, places=9)
        for key, value in (("saving_ratio", 0.6), ("saving_low_ratio", 0.4), ("saving_high_ratio", 1 - 32 / 120)):
            self.assertAlmostEqual(found[key], value, places=12)
        asked = self.asked()
        self.assertEqual((self.question_count(), asked["forecast"]), (1, ["1"]))

    def test_a_gap_is_no_part_of_it(self):
        self.script(self.hours(-1, [100, 100, 90, 90], "measured") + f"at {self.NOON + 3 * 3600} 0 none\n" +
                    self.hours(4, [70, 70, 100], "forecast"))
        found = json.loads(self.when(*GB, "--json").stdout)
        self.assertEqual(found["best"]["start"], "2026-11-26T16:00:00.000Z")

    def test_days_gone_by_where_nothing_is_foreseen(self):
        self.script("nth 2 days\nfail 2\nstep gb no_data\n")
        self.script(self.hours(-48, [100 + hour % 24 for hour in range(48)], "measured"), "days")
        found = json.loads(self.when(*GB, "--json").stdout)
        self.assertEqual((found["basis"], found["days"]), ("typical-day", 2))
        # the first hour after noon is the lowest of those left that day: the 49th is that of 12 h
        self.assertEqual(found["best"]["start"], "2026-11-26T12:00:00.000Z")
        self.assertEqual(self.question_count(), 2)

    def test_nobody_has_a_value(self):
        self.script("fail 2\nstep gb unreachable connection refused\n")
        done = self.when(*GB, status=1)
        self.assertIn("no live intensity of United Kingdom: gb unreachable (connection refused)", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_each_place_is_asked(self):
        self.script("nth 2 fr\nnth 3 none\nnth 4 none\n" + self.hours(-1, [100] * 15, "forecast"))
        self.script(self.hours(-1, [50] * 5 + [30] * 2 + [50] * 8, "forecast"), "fr")
        self.script("fail 2\nstep gb not_covered\n", "none")
        done = self.when(*GB, "--place", "FR,PL", "--json")
        found = json.loads(done.stdout)
        self.assertEqual([(place["place"], place["basis"]) for place in found["places"]],
                         [("GB", "forecast"), ("FR", "forecast"), ("PL", "yearly")])
        self.assertIn("no live intensity of Poland: gb not covered: its yearly figure stands in", done.stderr)
        self.assertEqual([self.asked(number)["country"] for number in (1, 2, 3)], [["GB"], ["FR"], ["PL"]])
        self.assertEqual(found["best"]["start"], "2026-11-26T16:00:00.000Z")
        self.assertEqual(found["best"]["gco2e_per_kwh"], 30)

    def test_a_command_waits_for_it(self):
        now = int(time.time()) // 60 * 60
        self.script("".join(f"at {now + hour * 3600} {value} forecast\n"
                            for hour, value in ((-1, 100), (2, 40), (4, 100), (12, 100))))
        night = {"LD_PRELOAD": os.path.join(FAKES, "fake_sleep.so")}
        done = self.call("run", *GB, "--green-within", "10h", "--duration", "1h", "--", "echo", "ran", env=night)
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
        self.assertIn("40.0 gCO2e/kWh instead of 100", done.stderr)
        # what it came to: the second question reaches back to when it was asked for
        wait = document(self.call("show", "last", "--json").stdout)["wait"]
        self.assertLess(int(self.asked(2)["from"][0]) / 1e9, now)
        self.assertAlmostEqual(wait["expected_saving_ratio"], 0.6, places=9)
        self.assertAlmostEqual(wait["saving_ratio"], 0.6, places=9)
        self.script("fail 2\nstep gb unreachable\n")
        done = self.call("run", *GB, "--green-within", "10h", "--duration", "1h", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"), done.stderr)
        self.assertIn("started at once: no live intensity", done.stderr)


class Misbehaviour(LiveCase):
    def faults(self, script, *parts):
        """Whatever it does: one warning, the yearly figure, the command's own status."""
        self.script(script)
        patience = "500ms" if "did not answer in time" in parts else "60s"
        report, _ = self.live_run("sh", "-c", "exit 7", options=[*GB, "--fetch-timeout", patience], status=7)
        lines = [line for line in report["warnings"] if "live" in line or "fetch" in line]
        self.assertEqual(len(lines), 1, report["warnings"])
        for part in parts:
            self.assertIn(part, lines[0])
        self.assertFalse(report["carbon"]["time_matched"])
        self.assertEqual(report["run"]["exit_status"], 7)
        return report

    def test_a_fetcher_that_does_not_do_its_work(self):
        for script, part in (("die\n", f"was ended by signal {int(signal.SIGUSR1)}"), ("exit\n", "ended with status 1"),
                             ("nothing\n", "ended without an answer"), ("garbage\n", "cut short"),
                             ("short\n", "cut short"), (STEADY + "long\n", "too long"), ("huge\n", "too long"),
                             ("hang\n", "did not answer in time"), ("slow 100000\n", "did not answer in time")):
            with self.subTest(script=script):
                self.faults(script, "aico2-fetch", part)

    def test_an_answer_that_lies(self):
        for lie in ("magic", "version", "count", "more", "steps", "unended", "escape", "band", "outcome", "negative",
                    "infinite", "enormous", "quality", "order"):
            with self.subTest(lie=lie):
                self.faults(f"lie {lie}\nstep odre unreachable x\npoint 0 1 measured\npoint 60 2 measured\n",
                            "bad answer")

    def test_no_fetcher_installed(self):
        os.unlink(os.path.join(self.libexec, "aico2-fetch"))
        self.faults("", "this installation has no aico2-fetch")
        self.write_fetcher(b"not a program")
        self.faults("", "aico2-fetch")

    def write_fetcher(self, content):
        path = os.path.join(self.libexec, "aico2-fetch")
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o755)

    def test_the_command_is_not_delayed(self):
        """It starts and ends as without; only the report waits, and never longer than was said."""
        self.script("hang\n")
        begun = time.monotonic()
        report, _ = self.live_run("sh", "-c", "date +%s.%N > times; exec sleep 0.3",
                                  options=[*GB, "--fetch-timeout", "4s"])
        took = time.monotonic() - begun
        self.assertLess(report["run"]["duration_seconds"], took - 1)  # without the wait
        self.assertGreater(took, 3.9)
        self.assertLess(took, 4 + 30)  # on a busy machine
        self.assertEqual(subprocess.run(["pgrep", "-f", self.libexec], stdout=subprocess.PIPE, check=False).stdout, b"")

    def test_its_answer_is_there_when_a_longer_command_ends(self):
        self.script("slow 300\n" + STEADY)
        begun = time.monotonic()
        report, _ = self.live_run("sleep", "1", options=GB)
        self.assertLess(time.monotonic() - begun - report["run"]["duration_seconds"], 30)  # of 60 s that were allowed
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 250, places=9)

    def test_a_signal_ends_the_wait(self):
        self.script("hang\n")
        process = self.start(self.program, "run", *GB, "--fetch-timeout", "60s", "-o", "report.json", "--", "sh", "-c",
                             "touch ended")
        self.wait_until(lambda: os.path.exists(self.path("ended")), "the command's end")
        self.wait_until(lambda: len(self.children_of(process)) == 1, "the fetcher alone is left")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)  # the command's own, long before the 60 s are over
        self.assertFalse(document(self.read("report.json", "rb"))["carbon"]["time_matched"])

    def test_killed_in_the_wait_the_run_is_recovered(self):
        self.script("hang\n")
        process = self.start(self.program, "run", *GB, "--fetch-timeout", "60s", "--", "sh", "-c",
                             "sleep 1.2; touch ended")
        self.wait_until(lambda: os.path.exists(self.path("ended")), "the command's end")
        self.wait_for_samples(1, until=os.stat(self.path("ended")).st_mtime)
        process.kill()
        process.wait()
        done = self.call("recover", "--json")
        self.assertEqual(len(document(done.stdout)["recovered"]), 1, done.stderr)
        run = document(self.call("show", self.latest(), "--json").stdout)["run"]
        self.assertGreaterEqual(run["duration_seconds"], 1.2)

    def test_wait_all_does_not_wait_for_the_fetcher(self):
        self.script("hang\n")
        begun = time.monotonic()
        self.live_run("true", options=[*GB, "--wait-all", "--fetch-timeout", "1s"])
        self.assertLess(time.monotonic() - begun, 1 + 30)  # on a busy machine; the fetcher would hang for ever


class Recompute(LiveCase):
    def measured(self, *options):
        """A run of two seconds without a provider; its id, and its counted joules by end of sample."""
        report, _ = self.live_run("sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 1.5", options=[
            "--country", "GB", "--interval", "50ms", "--scope", "machine", "--no-embodied", *options])
        return report

    def recompute(self, *words, status=0):
        done = self.call("recompute", *words, "--json")
        self.assertEqual(done.returncode, status, done.stderr)
        return document(done.stdout) if status == 0 else done.stderr

    def test_an_old_run_meets_the_values_of_its_time(self):
        report = self.measured()
        run = report["run"]["id"]
        self.script("step gb limited 429\npoint -3600 100 measured\npoint 1 400 estimated\n")
        again = self.recompute(run, "--provider", "gb,odre")
        note = self.asked()
        self.assertEqual((note["country"], note["choice"]), (["GB"], ["gb - -", "odre - -"]))
        self.assertAlmostEqual(int(note["from"][0]) / 1e9, self.moment(report["run"]["started_at"]), places=2)
        self.assertAlmostEqual(int(note["to"][0]) / 1e9, self.moment(report["run"]["ended_at"]), places=2)
        carbon = again["carbon"]
        # a first second at 100, the rest at 400: the share at 400 is the estimated one
        late = carbon["estimated_ratio"]
        self.assertGreater(late, 0)
        self.assertLess(late, 1)
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 100 * (1 - late) + 400 * late, places=6)
        self.assertAlmostEqual(carbon["intensity_low"], 90 * (1 - late) + 320 * late, places=6)
        self.assertAlmostEqual(carbon["operational_gco2e"],
                               again["energy"]["total_joules"] / 3.6e6 * carbon["intensity_gco2e_per_kwh"], places=12)
        self.assertEqual(again["recomputed_from"], run)
        self.assertEqual(again["energy"]["total_joules"], report["energy"]["total_joules"])

    @staticmethod
    def moment(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def test_another_place_and_stored(self):
        run = self.measured()["run"]["id"]
        self.script("point -3600 50 measured\n")
        saved = self.recompute(run, "--country", "FR", "--provider", "odre", "--save")
        self.assertEqual(self.asked()["country"], ["FR"])
        again = document(self.call("show", saved["run"]["id"], "--json").stdout)
        self.assertAlmostEqual(again["carbon"]["intensity_gco2e_per_kwh"], 50, places=9)
        self.assertEqual((again["carbon"]["place"], again["carbon"]["provider"]), ("FR", "odre"))

    def test_without_an_answer_nothing_is_stored(self):
        run = self.measured()["run"]["id"]
        self.script("fail 2\nstep gb unreachable connection refused\n")
        text = self.recompute(run, "--provider", "gb", "--save", status=1)
        self.one_line(text, "no live intensity", "gb unreachable, connection refused")
        self.assertEqual(len(document(self.call("runs", "--json").stdout)["runs"]), 1)

    def test_a_configured_provider_is_not_asked_of_the_past(self):
        run = self.measured()["run"]["id"]
        os.makedirs(os.path.join(self.root, "config", "aico2"))
        with open(os.path.join(self.root, "config", "aico2", "aico2.yml"), "w", encoding="utf-8") as file:
            file.write("provider: gb\n")
        self.assertEqual(self.recompute(run, "--pue", "2")["carbon"]["pue"], 2)
        self.assertEqual(self.question_count(), 0)

    def test_many_runs_of_a_week_are_one_question(self):
        ids = [self.measured()["run"]["id"] for _ in range(3)]
        self.script("point 0 100 measured\n")
        rows = {row["id"]: row for row in self.recompute("--all", "--provider", "gb,odre", "--save")["rows"]}
        self.assertEqual(self.question_count(), 1)
        note = self.asked()
        week = 7 * 86400 * 10**9
        self.assertEqual(int(note["from"][0]) % week, 0)
        self.assertLessEqual(int(note["to"][0]) - int(note["from"][0]), 2 * week)
        self.assertEqual(set(rows), set(ids))
        for run in ids:
            after = rows[run]["after"]
            alone = self.recompute(run, "--provider", "gb,odre")  # the same as of one
            self.assertAlmostEqual(after["operational_gco2e"], alone["carbon"]["operational_gco2e"], places=12)
            self.assertAlmostEqual(after["intensity_gco2e_per_kwh"], 100, places=9)
        stored = [self.call("show", rows[run]["saved_as"], "--json") for run in ids]
        self.assertEqual({document(one.stdout)["carbon"]["provider"] for one in stored}, {"odre"})  # the fake answers as the last

    def test_each_place_is_asked_for_itself(self):
        self.measured()
        self.live_run("true", options=["--country", "FR"])
        self.live_run("true", options=["--country", "GB"])
        self.live_run("true")  # nobody knows where
        self.script("point 0 100 measured\n")
        text = self.recompute("--all", "--provider", "gb", status=1)
        self.assertEqual([self.asked(number)["country"] for number in (1, 2)], [["GB"], ["FR"]])
        self.assertEqual(self.question_count(), 2)
        self.one_line(text, "run ", "a place that is not known")

    def test_a_time_that_the_week_has_not_is_asked_alone(self):
        run = self.measured()["run"]["id"]
        self.script("nth 1 week\nnth 2 alone\n")
        self.script("point 0 100 measured\npoint 60 nan none\n", "week")
        self.script("point -3600 300 measured\n", "alone")
        rows = self.recompute("--all", "--provider", "gb,odre")["rows"]
        self.assertAlmostEqual(rows[0]["after"]["intensity_gco2e_per_kwh"], 300, places=9)
        self.assertEqual((self.question_count(), rows[0]["id"]), (2, run))

    def test_who_does_not_answer_is_not_asked_for_ever(self):
        for _ in range(2):
            for country in ("GB", "FR", "DK"):
                self.live_run("true", options=["--country", country])
        self.script("fail 2\nstep gb unreachable connection refused\n")
        text = self.recompute("--all", "--provider", "gb", "--save", status=1)
        self.assertEqual(self.question_count(), 3)
        lines = text.splitlines()
        self.assertEqual(len([line for line in lines if "connection refused" in line]), 6)
        self.assertEqual(len(document(self.call("runs", "--json").stdout)["runs"]), 6)
        self.live_run("true", options=["--country", "IE"])
        text = self.recompute("--all", "--provider", "gb", status=1)
        self.assertIn("2 runs are left out, for providers are not asked any more: 3 questions in a row failed", text)


class Secrets(LiveCase):
    TOKEN = "s3cret-of-mine"

    def test_from_the_environment_with_one_warning_and_not_for_the_command(self):
        self.script(STEADY)
        _, text = self.live_run("sh", "-c", "tr '\\0' '\\n' < /proc/self/environ > seen; env > env", env={
            "AICO2_EIA_TOKEN": self.TOKEN, "AICO2_WATTTIME_TOKEN": "me:" + self.TOKEN, "AICO2_OTHER": "kept"},
            options=["--country", "GB", "--provider", "gb,eia"])
        self.assertEqual(self.asked()["choice"], ["gb - -", f"eia - {self.TOKEN}"])
        self.assertEqual(text.count("environment"), 1, text)
        self.assertIn("AICO2_EIA_TOKEN", text)
        self.assertNotIn(self.TOKEN, text)
        for name in ("seen", "env"):
            self.assertNotIn("_TOKEN", self.read(name))
            self.assertIn("AICO2_OTHER=kept", self.read(name))
        with open(self.db, "rb") as file:
            self.assertNotIn(self.TOKEN.encode(), file.read())
        self.assertNotIn(self.TOKEN, self.read("report.json"))

    def test_not_for_the_command_where_nobody_is_asked(self):
        self.live_run("sh", "-c", "env > env", env={"AICO2_EIA_TOKEN": self.TOKEN})
        self.assertNotIn(self.TOKEN, self.read("env"))

    def test_what_is_no_token(self):
        self.script(STEADY)
        _, text = self.live_run("true", env={"AICO2_GB_TOKEN": "x" * 600}, options=GB)
        self.assertEqual(self.asked()["choice"], ["gb - -"])
        self.assertIn("AICO2_GB_TOKEN is left alone", text)

    def test_auto_asks_who_serves_here_and_whose_key_is_here(self):
        self.script(STEADY)
        directory = os.path.join(self.root, "config", "aico2")
        os.makedirs(directory)
        with open(os.path.join(directory, "electricitymaps.token"), "w", encoding="utf-8") as file:
            file.write(self.TOKEN)
        self.live_run("true", options=["--country", "FR", "--provider", "auto"], env={"AICO2_ENTSOE_TOKEN": "t"})
        self.assertEqual(self.asked()["choice"], ["electricitymaps - -", "odre - -", "entsoe - t"])


class Options(LiveCase):
    def test_what_is_refused(self):
        self.write("series.csv", "time,gco2e_per_kwh\n2026-11-24T10:00:00Z,45\n")
        for words, part in (
                (["--provider", "gbb"], "no provider 'gbb': nearest is 'gb'"),
                (["--provider", "zzzzzzz"], "there are electricitymaps, gb"),
                (["--provider", ""], "--provider"),
                (["--provider", "watttime"], "marginal"),
                (["--provider", "carbonaware"], "--provider-url carbonaware=URL"),
                (["--provider", "gb", "--provider-url", "gb"], "NAME=URL"),
                (["--provider", "gb", "--provider-url", "gb=ftp://x"], "NAME=URL"),
                (["--provider", "gb", "--provider-url", "xy=http://x"], "no provider 'xy'"),
                (["--provider", "gb", "--provider-url", "gb=http://x y"], "blank"),
                (["--provider", "gb", "--provider-url", "gb=http://" + "x" * 600], "too long"),
                (["--provider", "gb", "--provider-ca", "nowhere.pem"], "cannot read 'nowhere.pem'"),
                (["--provider", "gb", "--expired-cache", "g"], "no provider 'g'"),
                (["--provider", "gb", "--fetch-timeout", "1h"], "fetch-timeout"),
                (["--provider", "gb", "--intensity", "50"], "give one"),
                (["--provider", "gb", "--intensity-file", "series.csv"], "give one")):
            with self.subTest(words=words):
                done = self.call("run", "--country", "GB", *words, "--", "touch", "started")
                self.assertEqual(done.returncode, 125, done.stderr)
                self.one_line(done.stderr, part)
                self.assertFalse(os.path.exists(self.path("started")))

    def test_a_project_chooses_no_provider(self):
        self.write(".aico2.yml", "provider: gb\n")
        done = self.call("run", "--", "true")
        self.assertEqual(done.returncode, 125)
        self.assertIn("may not stand", done.stderr)

    def test_a_place_is_never_guessed(self):
        self.script(STEADY)
        report, text = self.live_run("true", options=["--provider", "gb"])
        self.assertIn("nobody is asked, for the place is not known", text)
        self.assertEqual((self.question_count(), report["carbon"]["place_basis"]), (0, "world"))

    def test_figures_of_the_command_line_replace_a_configured_provider(self):
        self.script(STEADY)
        os.makedirs(os.path.join(self.root, "config", "aico2"))
        with open(os.path.join(self.root, "config", "aico2", "aico2.yml"), "w", encoding="utf-8") as file:
            file.write("provider: gb\ncountry: GB\n")
        report, _ = self.live_run("true", options=["--intensity", "50"])
        self.assertEqual((self.question_count(), report["carbon"]["intensity_gco2e_per_kwh"]), (0, 50))
        report, _ = self.live_run("true")
        self.assertEqual((self.question_count(), report["carbon"]["place_basis"]), (1, "config"))
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 250, places=9)

    def test_json_on_stderr_stays_one_document(self):
        self.script(STEADY)
        done = self.call("run", "--json", *GB, "--", "true")
        self.assertEqual(document_in(done.stderr)["carbon"]["provider"], "gb")


if __name__ == "__main__":
    main()
