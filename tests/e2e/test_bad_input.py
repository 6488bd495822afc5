# SPDX-License-Identifier: Apache-2.0
"""test_bad_input.py - values that are wrong get one line with the value and the nearest right one."""
import csv
import io
import os
import re
import subprocess
import unittest

from harness import Case, document, main, walk

# option, bad value, commands that know it, what the line says besides the value
VALUES = [
    ("country", "Frnace", "run measure estimate recompute intensity", "France"),
    ("country", "XX", "run measure estimate recompute intensity", ""),
    ("region", "US-CAA", "run measure estimate recompute intensity", "US-CA"),
    ("cloud", "aws:eu-west-33", "run measure estimate recompute intensity", "aws:eu-west-3"),
    ("cloud", "awz:eu-west-3", "run measure estimate recompute intensity", ""),
    ("zone", "US-CAL-CISOO", "run measure estimate recompute intensity", ""),
    ("intensity", "-3", "run measure estimate recompute", "0 to 5000"),
    ("intensity", "nan", "run measure estimate recompute", "not a number"),
    ("intensity", "inf", "run measure estimate recompute", "not a number"),
    ("intensity", "1e999", "run measure estimate recompute", ""),
    ("intensity", "0x10", "run measure estimate recompute", "not a number"),
    ("intensity", "12,5", "run measure estimate recompute", "not a number"),
    ("pue", "0.5", "run measure estimate recompute", "1 to 5"),
    ("pue", "-1", "run measure estimate recompute", "1 to 5"),
    ("pue", "many", "run measure estimate recompute", "not a number"),
    ("pue", "1.2.3", "run measure estimate recompute", "not a number"),
    ("interval", "0", "run", "1ms to 1h"),
    ("interval", "10x", "run", "10s"),
    ("interval", "-1s", "run", ""),
    ("interval", "2h", "run", "1ms to 1h"),
    ("interval", "1us", "run", ""),
    ("interval", "99999999999999999999h", "run", ""),
    ("timeout", "soon", "run", "10s"),
    ("timeout", "0", "run", ""),
    ("idle-time", "0", "calibrate", "1s to 1h"),
    ("load-time", "2h", "calibrate", "1s to 1h"),
    ("scope", "jobb", "run measure recompute", "nearest is 'job'"),
    ("idle", "al", "run measure recompute", "nearest is 'all'"),
    ("lifetime-years", "0", "run measure estimate recompute", "0.1 to 100"),
    ("units", "0", "run measure recompute", ""),
    ("units", "ten", "run measure recompute", "not a number"),
    ("format", "jsn", "run measure estimate recompute runs show compare recover intensity devices doctor calibrate config",
     "nearest is 'json'"),
    ("color", "alway", "run measure estimate recompute runs show compare recover intensity devices doctor calibrate config",
     "nearest is 'always'"),
    ("start", "yesterday", "measure", "2026-"),
    ("end", "2026-13-01T00:00:00Z", "measure", "2026-"),
    ("end", "2026-02-30T00:00:00Z", "measure", "2026-"),
    ("source", "histroy", "measure", ""),
    ("count", "0", "estimate", "1 to"),
    ("count", "1.5", "estimate", "whole number"),
    ("hours", "-2", "estimate", "0 to"),
    ("hours", "nan", "estimate", "not a number"),
    ("power", "-1", "estimate", "0 to"),
    ("memory-gib", "lots", "estimate", "not a number"),
    ("utilization", "1.5", "estimate", "0 to 1"),
    ("limit", "0", "runs", "1 to"),
    ("limit", "99999999999999999999", "runs", ""),
]
OPERANDS = {"run": ["touch", "ran"], "show": ["x"], "compare": ["x", "y"], "recompute": ["x"],
            "estimate": ["--gpu", "A100"],
            "measure": ["--start", "2026-01-01T00:00:00Z", "--end", "2026-01-02T00:00:00Z"]}


class Values(Case):
    def refused(self, command, *words, env=None):
        operands = OPERANDS.get(command, []) if {"--start", "--end"}.isdisjoint(words) else []
        done = self.aico2(command, *words, *operands, env=env)
        self.assertEqual(done.returncode, 125 if command == "run" else 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(os.listdir(self.cwd), [])
        self.assertFalse(os.path.exists(self.db), "nothing may be written")
        return done.stderr

    def test_every_bad_value_is_quoted_in_one_line(self):
        for option, value, commands, more in VALUES:
            for command in commands.split():
                words = [command, f"--{option}", value]
                if option in ("start", "end"):
                    words = [command, "--start", "1", "--end", "2", *words[1:]]
                with self.subTest(option=option, value=value, command=command):
                    self.one_line(self.refused(*words), f"'{value}'", more)

    def test_the_same_in_the_environment(self):
        for option, value, commands, more in VALUES:
            if "run" not in commands.split():
                continue
            name = "AICO2_" + option.upper().replace("-", "_")
            with self.subTest(name, value=value):
                self.one_line(self.refused("run", env={name: value}), f"'{value}'", more)

    def test_an_option_without_its_value(self):
        for words in (["run", "--country"], ["run", "-o"], ["estimate", "--pue"], ["runs", "--limit="],
                      ["run", "--quiet=perhaps", "true"], ["run", "--country=", "true"]):
            with self.subTest(words):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, 125 if words[0] == "run" else 2)
                self.one_line(done.stderr, words[1].split("=")[0])

    def test_unknown_options_and_commands_name_the_nearest(self):
        for words, nearest in ((["run", "--contry", "FR", "true"], "--country"),
                               (["run", "--sample", "x", "true"], "--samples"),
                               (["runs", "--limt", "3"], "--limit"),
                               (["rnu", "--", "true"], "run"), (["shwo", "x"], "show"),
                               (["recomptue"], "recompute"), (["run", "--wait", "true"], "--wait-all")):
            with self.subTest(words):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, 125 if words[0] == "run" else 2)
                self.one_line(done.stderr, f"'{nearest}'")
        self.assertEqual(os.listdir(self.cwd), [])
        self.assertFalse(os.path.exists(self.db))

    def test_options_of_other_commands_are_unknown(self):
        for words in (["runs", "--pue", "1.2"], ["estimate", "--samples", "x"], ["show", "x", "--country", "FR"]):
            with self.subTest(words):
                self.assertEqual(self.aico2(*words).returncode, 2)

    def test_an_end_before_its_start(self):
        done = self.aico2("measure", "--start", "2026-01-02T00:00:00Z", "--end", "2026-01-01T00:00:00Z")
        self.assertEqual(done.returncode, 2)
        self.one_line(done.stderr, "'2026-01-01T00:00:00Z'", "'2026-01-02T00:00:00Z'")
        self.assertEqual(self.aico2("measure", "--start", "1").returncode, 2)

    def test_two_places_at_once(self):
        for words in (["--country", "FR", "--region", "US-CA"], ["--country", "FR", "--cloud", "aws:us-east-1"]):
            with self.subTest(words):
                done = self.aico2("run", *words, "--", "true")
                if done.returncode != 0:
                    self.assertEqual(done.returncode, 125)
                    self.one_line(done.stderr)


class Files(Case):
    def test_an_unknown_key_names_file_line_and_nearest(self):
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "aico2")
        os.makedirs(folder)
        for text, line, nearest in (("pue: 1.1\ncountri: FR\n", 2, "country"),
                                    ("# x\n\npeu: 1.1\n", 3, "pue")):
            with self.subTest(text):
                with open(folder + "/aico2.yml", "w", encoding="utf-8") as handle:
                    handle.write(text)
                done = self.run_command("touch", "ran")
                self.assertEqual(done.returncode, 125)
                self.one_line(done.stderr, f"{folder}/aico2.yml:{line}", f"'{nearest}'")
                self.assertEqual(os.listdir(self.cwd), [])

    def test_a_bad_value_in_a_file_names_file_and_line(self):
        for text, line in (("pue: 0.5\n", 1), ("name: x\ninterval: 10x\n", 2), ("pue: [1]\n", 1),
                           ("pue: 1.1\npue: 1.2\n", 2)):
            with self.subTest(text):
                self.write(".aico2.yml", text)
                done = self.run_command("touch", "ran")
                self.assertEqual(done.returncode, 125)
                self.one_line(done.stderr, f".aico2.yml:{line}")

    def test_a_project_may_set_name_stage_place_pue_interval_unit_only(self):
        self.write(".aico2.yml", "name: n\nstage: inference\ncountry: FR\npue: 1.3\ninterval: 200ms\nunit: epoch\n")
        report = self.report("true", options=["--units", "2"])
        self.assertEqual((report["run"]["name"], report["run"]["stage"]), ("n", "inference"))
        self.assertEqual((report["carbon"]["place"], report["carbon"]["pue"]), ("FR", 1.3))
        self.assertEqual(report["carbon"]["place_basis"], "config")
        self.assertEqual(report["sci"]["unit"], "epoch")
        os.unlink(self.path("report.json"))
        for line in ("nvml: ./evil.so", "db: x", "no-db: true", "samples: x", "sysroot: .", "csv: x",
                     "seed-csv: x", "output: x", "intensity-file: x", "intensity: 3", "strict: true",
                     "timeout: 1s", "quiet: true", "live: true", "wait-all: true", "units: 3",
                     "embodied: false", "idle: all", "scope: machine"):
            with self.subTest(line):
                self.write(".aico2.yml", line + "\n")
                done = self.run_command("touch", "ran")
                self.assertEqual(done.returncode, 125)
                self.one_line(done.stderr, ".aico2.yml:1", f"'{line.split(':')[0]}'")
                self.assertEqual(os.listdir(self.cwd), [".aico2.yml"])

    def test_a_config_file_that_cannot_be_read(self):
        os.mkdir(self.path(".aico2.yml"))
        done = self.run_command("true")
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, ".aico2.yml")

    def test_a_damaged_intensity_file_names_file_and_line(self):
        good = "time,gco2e_per_kwh\n2026-01-01T00:00:00Z,100\n"
        for text, line in (("", None), ("\n", None), ("a,b\n1,2\n", 1), (good + "soon,3\n", 3),
                           (good + "2026-01-01T01:00:00Z,-3\n", 3), (good + "2026-01-01T01:00:00Z,nan\n", 3),
                           (good + "2026-01-01T01:00:00Z\n", 3), (good + "2025-01-01T00:00:00Z,3\n", 3),
                           (good + "\x00\n", 3), ("\ufeff" * 3 + good, None), (good + '"x\n', 3)):
            with self.subTest(text):
                self.write("i.csv", text)
                done = self.run_command("touch", "ran", options=["--intensity-file", "i.csv"])
                self.assertEqual(done.returncode, 125, done.stderr)
                self.one_line(done.stderr, "i.csv" if line is None else f"i.csv:{line}")
                self.assertEqual(os.listdir(self.cwd), ["i.csv"])

    def test_an_intensity_file_of_random_bytes(self):
        self.write("i.csv", os.urandom(100000), mode="wb")
        done = self.run_command("touch", "ran", options=["--intensity-file", "i.csv"])
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "i.csv")


def decimal_comma_locale(folder):
    """A locale whose decimal separator is a comma: installed, or made for this test."""
    listed = subprocess.run(["locale", "-a"], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    for name in listed:
        if re.match(r"(de|fr)_..\.utf-?8$", name, re.I):
            return name, None
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", os.path.join(folder, "de_DE.UTF-8")],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return ("de_DE.UTF-8", folder) if made.returncode == 0 else (None, None)


class Locale(Case):
    def setUp(self):
        super().setUp()
        name, path = decimal_comma_locale(self.root)
        if name is None:
            self.skipTest("no locale with a decimal comma, and localedef cannot make one")
        self.env.update(LC_ALL=name, LANG=name)
        if path is not None:
            self.env["LOCPATH"] = path

    def test_figures_have_a_point_everywhere(self):
        done = self.run_command("sleep", "0.2", options=["--interval", "50ms", "-o", "r.json", "--csv", "e.csv",
                                                         "--samples", "s.csv", "--seed-csv", "t.csv",
                                                         "--pue", "1.5", "--intensity", "12.5"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotRegex(done.stderr, r"\d,\d")
        report = document(self.read("r.json"))
        self.assertEqual((report["carbon"]["pue"], report["carbon"]["intensity_gco2e_per_kwh"]), (1.5, 12.5))
        for name, columns in (("e.csv", 38), ("s.csv", 7)):
            rows = list(csv.reader(io.StringIO(self.read(name, newline=""))))
            self.assertEqual({len(row) for row in rows}, {columns})
        self.assertNotRegex(self.read("t.csv"), r'"\d+,\d')
        for words in (["runs"], ["show", "last"], ["compare", "last", "last"], ["estimate", "--gpu", "A100", "--hours", "1.5"],
                      ["intensity", "FR"], ["devices"], ["recompute", "last", "--pue", "1.25"]):
            for form in ("json", "csv", "text"):
                with self.subTest(words, form=form):
                    done = self.aico2(*words, "--format", form)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    if form == "json":
                        self.assertTrue(any(True for _ in walk(document(done.stdout))) or words == ["runs"])
                    elif form == "text":
                        self.assertNotRegex(done.stdout, r"\d,\d")


if __name__ == "__main__":
    main()
