# SPDX-License-Identifier: Apache-2.0
"""test_documents.py - what each command prints: promised keys and types, and one truth in text, JSON and CSV."""
import csv
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["AICO2_PROGRAM"]
PAGE = os.path.join(os.path.dirname(__file__), "../../docs/report.md")
BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"

NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
TEXT = str
OPTIONAL_TEXT = (str, type(None))

REPORT = {
    "schema": TEXT, "aico2_version": TEXT,
    "run": {"id": TEXT, "name": TEXT, "stage": TEXT, "command": [TEXT], "started_at": TEXT,
            "ended_at": TEXT, "duration_seconds": NUMBER, "cpu_seconds": OPTIONAL,
            "exit_status": (int, type(None)), "state": TEXT},
    "machine": {"hostname": TEXT, "os": TEXT, "os_release": TEXT, "arch": TEXT, "virtualized": bool,
                "cpu": {"model": OPTIONAL_TEXT, "sockets": int, "cores": int, "threads": int},
                "memory_bytes": (int, type(None)),
                "gpus": [{"index": int, "uuid": OPTIONAL_TEXT, "model": OPTIONAL_TEXT,
                          "memory_bytes": (int, type(None))}]},
    "devices": [{"id": TEXT, "kind": TEXT, "model": OPTIONAL_TEXT, "reader": TEXT, "basis": TEXT,
                 "energy_joules": OPTIONAL, "energy_low_joules": OPTIONAL,
                 "energy_high_joules": OPTIONAL, "job_joules": OPTIONAL, "others_joules": OPTIONAL,
                 "idle_joules": OPTIONAL, "idle_share_joules": OPTIONAL,
                 "mean_power_watts": OPTIONAL, "peak_power_watts": OPTIONAL,
                 "mean_utilization_ratio": OPTIONAL, "coverage_ratio": NUMBER, "samples": int,
                 "gap_seconds": NUMBER, "note": OPTIONAL_TEXT}],
    "energy": {"scope": TEXT, "total_joules": OPTIONAL, "low_joules": OPTIONAL,
               "high_joules": OPTIONAL, "total_kwh": OPTIONAL, "machine_joules": OPTIONAL,
               "job_joules": OPTIONAL, "others_joules": OPTIONAL, "idle_joules": OPTIONAL,
               "idle_share_joules": OPTIONAL, "measured_ratio": OPTIONAL},
    "carbon": {"place": OPTIONAL_TEXT, "place_basis": TEXT, "intensity_gco2e_per_kwh": OPTIONAL,
               "intensity_low": OPTIONAL, "intensity_high": OPTIONAL, "intensity_kind": OPTIONAL_TEXT,
               "intensity_source": OPTIONAL_TEXT, "intensity_year": (int, type(None)),
               "time_matched": bool, "pue": NUMBER, "operational_gco2e": OPTIONAL,
               "embodied_gco2e": OPTIONAL, "total_gco2e": OPTIONAL, "low_gco2e": OPTIONAL,
               "high_gco2e": OPTIONAL, "water_litres": OPTIONAL},
    "sci": ({"unit": TEXT, "units": NUMBER, "gco2e_per_unit": NUMBER}, None),
    "equivalents": {"car_km": OPTIONAL, "tree_seedling_months": OPTIONAL},
    "tasks": [{"name": TEXT, "duration_seconds": NUMBER, "energy_joules": OPTIONAL,
               "total_gco2e": OPTIONAL}],
    "prediction": (dict, type(None)),
    "overhead": {"cpu_seconds": OPTIONAL, "energy_joules": OPTIONAL, "low_joules": OPTIONAL, "high_joules": OPTIONAL,
                 "max_rss_bytes": (int, type(None)), "late_ticks": int},
    "warnings": [TEXT],
}
ESTIMATE = {
    "schema": TEXT, "energy_kwh": NUMBER, "it_energy_kwh": NUMBER, "low_kwh": NUMBER,
    "high_kwh": NUMBER, "operational_gco2e": NUMBER, "embodied_gco2e": OPTIONAL,
    "total_gco2e": NUMBER, "low_gco2e": NUMBER, "high_gco2e": NUMBER, "power_watts": NUMBER,
    "power_basis": TEXT, "power_model": OPTIONAL_TEXT, "power_source": TEXT, "place": OPTIONAL_TEXT,
    "place_basis": TEXT, "intensity_gco2e_per_kwh": NUMBER, "intensity_source": OPTIONAL_TEXT,
    "pue": NUMBER, "assumptions": [TEXT],
}
PLACE = {"place": TEXT, "name": TEXT, "gco2e_per_kwh": NUMBER, "kind": TEXT,
         "year": (int, type(None)), "source": TEXT, "low": NUMBER, "high": NUMBER}
DEVICES = {
    "schema": TEXT,
    "devices": [{"id": TEXT, "kind": TEXT, "model": OPTIONAL_TEXT, "reader": TEXT, "basis": TEXT,
                 "tdp_watts": OPTIONAL, "tdp_source": OPTIONAL_TEXT, "counts": [TEXT],
                 "readable": bool, "reason": OPTIONAL_TEXT}],
    "readers": [{"name": TEXT, "state": TEXT, "reason": OPTIONAL_TEXT, "fix": OPTIONAL_TEXT}],
    "gauges": [{"name": TEXT, "unit": TEXT, "value": (int, float, str, type(None)), "limit": OPTIONAL,
                "label": OPTIONAL_TEXT, "inside": OPTIONAL_TEXT, "reason": OPTIONAL_TEXT}],
}
RUNS = {"schema": TEXT,
        "runs": [{"id": TEXT, "name": TEXT, "stage": TEXT, "state": TEXT, "started_at": TEXT,
                  "duration_seconds": NUMBER, "total_joules": OPTIONAL, "total_gco2e": OPTIONAL}],
        "next": OPTIONAL_TEXT}
COMPARE = {"schema": TEXT, "a": TEXT, "b": TEXT,
           "rows": [{"what": TEXT, "a": OPTIONAL, "b": OPTIONAL, "delta": OPTIONAL, "low": OPTIONAL,
                     "high": OPTIONAL, "verdict": TEXT}]}
CONFIG = {"options": [{"key": TEXT, "value": OPTIONAL_TEXT, "origin": TEXT}]}

WH = {"µWh": 3.6e-3, "mWh": 3.6, "Wh": 3600, "kWh": 3.6e6, "MWh": 3.6e9}
GRAMS = {"µgCO2e": 1e-6, "mgCO2e": 1e-3, "gCO2e": 1, "kgCO2e": 1e3, "tCO2e": 1e6}


def mismatch(value, form, path="$"):
    """Where a document is not of a form; None when it is. Keys beyond the form are free."""
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return f"{path} is {value!r}, not an object"
        for key, part in form.items():
            if key not in value:
                return f"{path}.{key} is missing"
            found = mismatch(value[key], part, f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(form, list):
        if not isinstance(value, list):
            return f"{path} is {value!r}, not an array"
        for index, item in enumerate(value):
            found = mismatch(item, form[0], f"{path}[{index}]")
            if found:
                return found
        return None
    if isinstance(form, tuple) and any(isinstance(part, (dict, list)) for part in form):
        return None if value is None else mismatch(value, form[0], path)
    bool_expected = form is bool or (isinstance(form, tuple) and bool in form)
    if not isinstance(value, form) or (isinstance(value, bool) and not bool_expected):
        return f"{path} is {value!r}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path} is {value!r}"
    return None


def strict_json(text):
    """Refuses NaN, Infinity and doubled keys."""
    def no_constant(word):
        raise ValueError(word)

    def no_doubles(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError(f"doubled key in {keys}")
        return dict(pairs)

    return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_doubles)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.env = {name: value for name, value in os.environ.items()
                   if not name.startswith(("AICO2_", "NO_COLOR", "CLICOLOR", "LC_", "LANG", "XDG_"))}
        cls.env.update(HOME=cls.folder.name, LC_ALL="C.UTF-8", TERM="xterm", TZ="UTC",
                       AICO2_DB=os.path.join(cls.folder.name, "history.db"))
        cls.first = cls.measured("first", "--unit", "epoch", "--units", "4")
        cls.second = cls.measured("second", "--no-embodied")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def aico2(cls, *words, env=None, cwd=None):
        return subprocess.run([PROGRAM, *words], cwd=cwd or cls.folder.name, env={**cls.env, **(env or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120, check=False)

    @classmethod
    def measured(cls, name, *options):
        report = cls.path(name + ".json")
        done = cls.aico2("run", "--country", "FR", "--interval", "100ms", "-o", report, "--csv",
                         cls.path("emissions.csv"), "--seed-csv", cls.path(name + "-seed.csv"),
                         "--samples", cls.path(name + "-samples.csv"), "--name", name, *options, "--",
                         sys.executable, "-c", BUSY)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "", done.stdout
        with open(report, encoding="utf-8") as handle:
            return {"text": done.stderr, "json": strict_json(handle.read())}

    def document(self, form, *words, status=0):
        done = self.aico2(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        document = strict_json(done.stdout)
        self.assertIsNone(mismatch(document, form))
        return document

    def fails(self, status, part, *words, cwd=None):
        done = self.aico2(*words, cwd=cwd)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")

    def near(self, a, b, digits=0.005):
        self.assertLessEqual(abs(a - b), digits * max(abs(a), abs(b)) + 1e-12, f"{a} against {b}")


def shown(test, text, label, units):
    """The value and band of a line of text, in base units: '  carbon    1.2 g (0.9 … 2.0)  …'."""
    number = r"(<?[\d.]+(?:e\d+)?)"
    found = re.search(rf"(?m)^  {label} +{number} (\S+) \({number} … {number}\)", text)
    test.assertIsNotNone(found, f"no '{label}' in:\n{text}")
    size = units[found.group(2)]
    return [float(found.group(i).lstrip("<")) * size for i in (1, 3, 4)] + [size]


class Report(Documents):
    def test_keys_and_types(self):
        for report in (self.first["json"], self.second["json"]):
            self.assertIsNone(mismatch(report, REPORT))
            self.assertEqual(report["schema"], "aico2.report/1")
        self.assertEqual(self.first["json"]["run"]["command"][0], sys.executable)
        self.assertRegex(self.first["json"]["run"]["started_at"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_the_parts_are_the_whole(self):
        report = self.first["json"]
        energy = report["energy"]
        devices = [device for device in report["devices"]
                   if device["kind"] != "board" and device["energy_joules"] is not None]
        self.assertTrue(devices)
        for device in devices:
            self.near(device["job_joules"] + device["others_joules"] + device["idle_joules"],
                      device["energy_joules"], 1e-9)
            self.assertLessEqual(device["energy_low_joules"], device["energy_joules"])
            self.assertGreaterEqual(device["energy_high_joules"], device["energy_joules"])
        self.near(sum(device["energy_joules"] for device in devices),
                  energy["machine_joules"], 1e-9)
        self.near(energy["job_joules"] + energy["idle_share_joules"], energy["total_joules"], 1e-9)
        self.near(energy["total_joules"] / 3.6e6, energy["total_kwh"], 1e-12)
        self.assertLessEqual(energy["low_joules"], energy["total_joules"])
        self.assertLessEqual(energy["total_joules"], energy["high_joules"])

    def test_grams_follow_from_joules(self):
        for report in (self.first["json"], self.second["json"]):
            energy, carbon = report["energy"], report["carbon"]
            self.near(energy["total_kwh"] * carbon["pue"] * carbon["intensity_gco2e_per_kwh"],
                      carbon["operational_gco2e"], 1e-9)
            self.near(carbon["operational_gco2e"] + (carbon["embodied_gco2e"] or 0),
                      carbon["total_gco2e"], 1e-9)
            self.assertLessEqual(carbon["low_gco2e"], carbon["total_gco2e"])
            self.assertLessEqual(carbon["total_gco2e"], carbon["high_gco2e"])
            self.near(report["equivalents"]["car_km"] * 217.6, carbon["total_gco2e"], 1e-9)
            self.near(report["equivalents"]["tree_seedling_months"] * 504.5, carbon["total_gco2e"], 1e-9)
        self.assertIsNone(self.second["json"]["carbon"]["embodied_gco2e"])
        sci = self.first["json"]["sci"]
        self.near(sci["gco2e_per_unit"] * 4, self.first["json"]["carbon"]["total_gco2e"], 1e-9)
        self.assertIsNone(self.second["json"]["sci"])

    def test_text_shows_the_same_figures_and_the_band_of_the_total(self):
        text, report = self.first["text"], self.first["json"]
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertNotIn("\033", text)
        for label, units, keys, part in (
                ("this job", WH, ("total_joules", "low_joules", "high_joules"), "energy"),
                ("carbon", GRAMS, ("operational_gco2e", "operational_low_gco2e",
                                   "operational_high_gco2e"), "carbon")):
            value, low, high, size = shown(self, text, label, units)
            for figure, key in zip((value, low, high), keys):
                exact = report[part][key]
                self.assertLessEqual(abs(figure - exact), 0.0051 * exact + 0.0051 * size, key)
        if report["carbon"]["embodied_gco2e"] is not None:
            value, low, high, size = shown(self, text, "total", GRAMS)
            for figure, key in zip((value, low, high), ("total_gco2e", "low_gco2e", "high_gco2e")):
                exact = report["carbon"][key]
                self.assertLessEqual(abs(figure - exact), 0.0051 * exact + 0.0051 * size, key)

    def test_every_device_has_its_origin_in_the_text(self):
        for device in self.first["json"]["devices"]:
            self.assertRegex(self.first["text"], rf"(?m)^  \S+ .* {device['basis']}\b.* W +\S+ %$")

    def test_ascii_without_a_utf8_locale(self):
        run = self.first["json"]["run"]["id"]
        done = self.aico2("show", run, env={"LC_ALL": "C"})
        self.assertTrue(done.stdout.isascii())
        self.assertIn(" ... ", done.stdout)

    def test_show_is_the_report_again(self):
        run = self.first["json"]["run"]["id"]
        again = self.document(REPORT, "show", run[:14], "--json")
        self.assertEqual(again["run"]["id"], run)
        for part, keys in (("energy", ("total_joules", "low_joules", "high_joules", "idle_joules")),
                           ("carbon", ("total_gco2e", "low_gco2e", "high_gco2e"))):
            for key in keys:
                self.near(again[part][key], self.first["json"][part][key], 1e-6)
        self.assertEqual(again["run"]["command"], self.first["json"]["run"]["command"])

    def test_csv_has_the_same_numbers(self):
        run = self.first["json"]["run"]["id"]
        report = self.document(REPORT, "show", run, "--json")
        rows = rows_of(self.aico2("show", run, "--format", "csv").stdout)
        self.assertEqual([row["device"] for row in rows], [item["id"] for item in report["devices"]])
        for row, device in zip(rows, report["devices"]):
            for key in ("energy_joules", "energy_low_joules", "energy_high_joules", "job_joules",
                        "others_joules", "idle_joules", "mean_power_watts", "coverage_ratio"):
                self.assertEqual(float(row[key]), device[key], key)
            self.assertEqual(row["basis"], device["basis"])

    def test_files_of_other_programs(self):
        with open(self.path("emissions.csv"), encoding="utf-8", newline="") as handle:
            rows = rows_of(handle.read())
        self.assertEqual([row["project_name"] for row in rows], ["first", "second"])
        for row, run in zip(rows, (self.first["json"], self.second["json"])):
            self.near(float(row["energy_consumed"]), run["energy"]["total_kwh"], 1e-9)
            self.near(float(row["emissions"]) * 1000, run["carbon"]["operational_gco2e"], 1e-9)
            self.assertEqual(row["country_iso_code"], "FRA")
        with open(self.path("first-seed.csv"), encoding="utf-8", newline="") as handle:
            seed = {row[0]: row for row in csv.reader(handle)}
        self.near(float(seed["After conversion J"][1]), self.first["json"]["energy"]["total_joules"],
                  1e-9)

    def test_samples_add_up_to_the_devices(self):
        with open(self.path("first-samples.csv"), encoding="utf-8", newline="") as handle:
            text = handle.read()
        self.assertTrue(text.startswith("time,device,reader,power_watts,energy_joules,"
                                        "utilization_ratio,job_joules\r\n"))
        sums = {}
        for row in rows_of(text):
            sums[row["device"]] = sums.get(row["device"], 0) + float(row["energy_joules"] or 0)
        for device in self.first["json"]["devices"]:
            if device["energy_joules"] is None:
                continue
            self.near(sums[device["id"]], device["energy_joules"], 1e-6)


    def test_every_field_is_documented(self):
        with open(PAGE, encoding="utf-8") as handle:
            page = handle.read()

        def keys_of(value):
            if isinstance(value, dict):
                for key, part in value.items():
                    yield key
                    yield from keys_of(part)
            elif isinstance(value, (list, tuple)):
                for part in value:
                    yield from keys_of(part)

        for key in set(keys_of(self.first["json"])) | set(keys_of(REPORT)):
            self.assertIn(f"`{key}`", page)


class History(Documents):
    def test_runs(self):
        document = self.document(RUNS, "runs", "--json")
        self.assertEqual(document["schema"], "aico2.runs/1")
        self.assertEqual([run["name"] for run in document["runs"]], ["second", "first"])
        self.assertIsNone(document["next"])
        for listed, run in zip(document["runs"], (self.second["json"], self.first["json"])):
            self.assertEqual(listed["id"], run["run"]["id"])
            self.near(listed["total_joules"], run["energy"]["total_joules"], 1e-6)
            self.near(listed["total_gco2e"], run["carbon"]["total_gco2e"], 1e-6)
        rows = rows_of(self.aico2("runs", "--format", "csv").stdout)
        self.assertEqual([float(row["total_joules"]) for row in rows],
                         [run["total_joules"] for run in document["runs"]])
        text = self.aico2("runs").stdout.splitlines()
        self.assertEqual(len(text), 3)
        self.assertLessEqual(max(map(len, text)), 80)

    def test_pages(self):
        page = self.document(RUNS, "runs", "--json", "--limit", "1")
        self.assertEqual([run["name"] for run in page["runs"]], ["second"])
        page = self.document(RUNS, "runs", "--json", "--limit", "1", "--cursor", page["next"])
        self.assertEqual([run["name"] for run in page["runs"]], ["first"])
        self.assertIsNone(page["next"])

    def test_compare(self):
        a, b = self.first["json"], self.second["json"]
        document = self.document(COMPARE, "compare", a["run"]["id"], b["run"]["id"], "--json")
        self.assertEqual((document["schema"], document["a"], document["b"]),
                         ("aico2.compare/1", a["run"]["id"], b["run"]["id"]))
        rows = {row["what"]: row for row in document["rows"]}
        self.near(rows["total_joules"]["a"], a["energy"]["total_joules"], 1e-6)
        self.near(rows["total_joules"]["b"], b["energy"]["total_joules"], 1e-6)
        for row in document["rows"]:
            self.assertEqual(row["delta"], row["b"] - row["a"])
            self.assertLessEqual(row["low"], row["delta"])
            self.assertLessEqual(row["delta"], row["high"])
            self.assertEqual(row["verdict"], "lower" if row["high"] < 0 else
                             "higher" if row["low"] > 0 else "cannot tell")
        listed = rows_of(self.aico2("compare", a["run"]["id"], b["run"]["id"], "--format", "csv").stdout)
        self.assertEqual([float(row["delta"]) for row in listed],
                         [row["delta"] for row in document["rows"]])
        same = self.document(COMPARE, "compare", a["run"]["id"], a["run"]["id"], "--json")
        self.assertEqual({row["verdict"] for row in same["rows"]}, {"cannot tell"})

    def test_recompute(self):
        run = self.first["json"]["run"]["id"]
        document = self.document(REPORT, "recompute", run, "--intensity", "500", "--pue", "2", "--json")
        self.assertEqual(document["recomputed_from"], run)
        self.assertEqual(document["carbon"]["intensity_gco2e_per_kwh"], 500)
        self.near(document["energy"]["total_joules"], self.first["json"]["energy"]["total_joules"], 1e-6)
        self.near(document["carbon"]["operational_gco2e"], document["energy"]["total_kwh"] * 1000, 1e-9)
        self.assertEqual(len(self.document(RUNS, "runs", "--json")["runs"]), 2) # nothing was stored

    def test_recover_with_nothing_to_recover(self):
        self.assertEqual(self.document({"recovered": [TEXT]}, "recover", "--json"), {"recovered": []})
        self.assertEqual(self.aico2("recover").returncode, 0)

    def test_measure_a_past_window(self):
        report = self.document(REPORT, "measure", "--start", self.first["json"]["run"]["started_at"],
                               "--end", self.first["json"]["run"]["ended_at"], "--json", "--country", "FR")
        self.assertEqual(report["energy"]["scope"], "machine")
        self.assertEqual(report["carbon"]["place"], "FR")
        for key in ("cpu_seconds", "energy_joules", "max_rss_bytes"):
            self.assertIsNone(report["overhead"][key])  # nobody measured for this window alone
        self.assertGreater(self.first["json"]["overhead"]["max_rss_bytes"], 1 << 20)

    def test_a_question_without_an_answer_is_1(self):
        self.fails(1, "01ZZZZ", "show", "01ZZZZ")
        self.fails(1, "01ZZZZ", "compare", "01ZZZZ", self.first["json"]["run"]["id"])
        self.fails(1, "01ZZZZ", "recompute", "01ZZZZ", "--country", "SE")
        self.fails(1, "", "measure", "--start", "2001-01-01T00:00:00Z", "--end", "2001-01-02T00:00:00Z")

    def test_bad_values_are_2(self):
        run = self.first["json"]["run"]["id"]
        self.fails(2, "'Frnace': nearest is 'France'", "recompute", run, "--country", "Frnace")
        self.fails(2, "--start and --end", "measure", "--start", "2026-01-01T00:00:00Z")
        self.fails(2, "is not after", "measure", "--start", "200", "--end", "100")

    def test_no_history_is_an_empty_list(self):
        path = self.path("none/history.db")
        self.assertEqual(self.document(RUNS, "runs", "--json", "--db", path)["runs"], [])
        self.assertEqual(self.document({}, "recover", "--json", "--db", path), {"recovered": []})
        self.assertFalse(os.path.exists(self.path("none")))
        self.fails(1, path, "show", "01ZZZZ", "--db", path)


class Estimate(Documents):
    def estimate(self, *words):
        return self.document(ESTIMATE, "estimate", *words, "--json")

    def test_it_is_linear_and_exact(self):
        """8 x 300 W x 24 h x 0.5 x PUE 1.2 = 34.56 kWh, at 100 g/kWh 3456 g."""
        document = self.estimate("--gpu", "mine", "--power", "300", "--count", "8", "--hours", "24",
                                 "--utilization", "0.5", "--pue", "1.2", "--intensity", "100",
                                 "--no-embodied")
        self.near(document["energy_kwh"], 34.56, 1e-12)
        self.near(document["it_energy_kwh"], 28.8, 1e-12)
        self.near(document["operational_gco2e"], 3456, 1e-12)
        self.near(document["total_gco2e"], 3456, 1e-12)
        self.assertIsNone(document["embodied_gco2e"])
        self.assertEqual(document["power_watts"], 300)
        self.assertEqual(document["power_basis"], "option")
        # --intensity and --power have no band
        self.near(document["low_gco2e"], 3456, 1e-12)
        self.near(document["high_kwh"], 34.56, 1e-12)

    def test_only_what_is_named_is_counted(self):
        gpu = self.estimate("--gpu", "x", "--power", "100", "--hours", "10", "--country", "FR")
        self.near(gpu["it_energy_kwh"], 1, 1e-12)
        both = self.estimate("--gpu", "x", "--power", "100", "--hours", "10", "--country", "FR",
                             "--memory-gib", "64")
        self.assertGreater(both["it_energy_kwh"], 1)
        memory = self.estimate("--memory-gib", "64", "--hours", "10", "--country", "FR")
        self.near(both["it_energy_kwh"], 1 + memory["it_energy_kwh"], 1e-9)

    def test_an_unknown_model_is_assumed_with_one_warning(self):
        done = self.aico2("estimate", "--gpu", "Nonesuch 9000", "--hours", "1", "--json")
        self.assertEqual(done.returncode, 0)
        document = strict_json(done.stdout)
        self.assertEqual(document["power_basis"], "assumed")
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("'Nonesuch 9000'", done.stderr)
        self.assertEqual(document["place_basis"], "world")
        text = self.aico2("estimate", "--gpu", "Nonesuch 9000", "--hours", "1")
        self.assertIn("assumed", text.stdout)
        self.assertEqual(len(text.stderr.splitlines()), 1)

    def test_a_paragraph_for_a_paper(self):
        """8 x 300 W x 24 h x PUE 1.2 = 69.12 kWh, at 100 g/kWh 6912 g."""
        words = ("estimate", "--gpu", "mine:8@300W", "--hours", "24", "--pue", "1.2", "--intensity", "100",
                 "--no-embodied", "--cite")
        path = self.path("cited.json")
        done = self.aico2(*words, "-o", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        paragraph = " ".join(done.stdout.split())
        self.assertIn("192 GPU-hours on 8 GPUs (300 W each as given). Its energy is estimated at 69.1 kWh, a",
                      paragraph)
        self.assertIn("At 100 gCO2e/kWh (as given) that is 6.91 kgCO2e; ", paragraph)
        with open(path, encoding="utf-8") as file:
            self.near(strict_json(file.read())["energy_kwh"], 69.12, 1e-12)
        self.fails(2, "--cite is text", *words, "--json")
        self.fails(2, "--cite is text", *words, "--format", "csv")
        self.fails(2, "not of a --table", "estimate", "--cite", "--table", path)

    def test_text_and_csv_carry_the_same_numbers(self):
        words = ("estimate", "--gpu", "", "--count", "8", "--hours", "24", "--country", "FR")
        document = strict_json(self.aico2(*words, "--json").stdout)
        done = self.aico2(*words)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        value, low, high, size = shown(self, done.stdout, "energy", WH)
        self.near(value, document["energy_kwh"] * 3.6e6, 0.0051)
        self.assertLessEqual(abs(low - document["low_kwh"] * 3.6e6), 0.0051 * low + 0.0051 * size)
        self.near(high, document["high_kwh"] * 3.6e6, 0.0051)
        self.near(shown(self, done.stdout, "carbon", GRAMS)[0], document["operational_gco2e"], 0.0051)
        row = rows_of(self.aico2(*words, "--format", "csv").stdout)[0]
        for key in ("energy_kwh", "low_kwh", "high_kwh", "operational_gco2e", "power_watts", "pue"):
            self.assertEqual(float(row[key]), document[key], key)

    def test_what_is_missing_or_wrong_is_2(self):
        self.fails(2, "no device", "estimate", "--hours", "1")
        self.fails(2, "no time", "estimate", "--gpu", "x", "--power", "5")
        self.fails(2, "--utilization '1.5'", "estimate", "--utilization", "1.5")
        self.fails(2, "--count '0'", "estimate", "--count", "0")
        self.fails(2, "'Atlantis'", "estimate", "--power", "5", "--hours", "1", "--country", "Atlantis")

    def test_a_model_card(self):
        """LLaMA-65B (arXiv:2302.13971, table 15): 1 022 362 h x 0.4 kW x 1.1 = 449 839.28 kWh, x 0.385 = 173.19 t."""
        words = ("--pue", "1.1", "--intensity", "385", "--no-embodied")
        document = self.estimate("--gpu", "A100-SXM4-80GB", "--gpu-hours", "1022362", *words)
        self.near(document["energy_kwh"], 449839.28, 1e-12)
        self.near(document["operational_gco2e"], 173188122.8, 1e-12)
        known = self.aico2("estimate", "--energy-kwh", "408944.8", *words, "--json")
        document = strict_json(known.stdout)
        self.near(document["energy_kwh"], 449839.28, 1e-12)
        self.assertIsNone(document["power_watts"])
        self.assertIsNone(document["parts"][0]["hours"])
        self.assertEqual(document["power_source"], "energy given by --energy-kwh")
        self.assertNotIn("power", self.aico2("estimate", "--energy-kwh", "5", "--country", "FR").stdout)
        self.fails(2, "give one of them", "estimate", "--gpu", "a", "--hours", "1", "--gpu-hours", "1")
        self.fails(2, "--energy-kwh is", "estimate", "--gpu", "a", "--energy-kwh", "1")
        self.fails(2, "no GPU", "estimate", "--cpu", "a", "--gpu-hours", "1")

    TABLE = ("name,gpu,gpu_hours,pue,intensity,embodied,gpu\n"
             "LLaMA-7B,A100-SXM4-80GB,82432,1.1,385,false,\n"
             '"two, kinds",a:8@300W,,,,,b:2@100W\n'
             "\n"
             "bad,a,abc,0.5,,,\n"
             "short,a\n"
             "=nowhere,a@5W,2,,,no,\n")

    def table(self, text, *words):
        with open(self.path("t.csv"), "w", encoding="utf-8") as handle:
            handle.write(text)
        return self.aico2("estimate", "--table", "t.csv", "--country", "FR", *words)

    def test_a_table_row_by_row(self):
        """82 432 h x 0.4 kW x 1.1 = 36 270.08 kWh; 5 W x 2 h = 0.01 kWh. Line 3 has no time, 5 and 6 are bad."""
        done = self.table(self.TABLE, "--json")
        self.assertEqual(done.returncode, 2)
        document = strict_json(done.stdout)
        self.assertEqual(document["schema"], "aico2.estimates/1")
        self.assertEqual([(row["line"], row["name"]) for row in document["rows"]], [(2, "LLaMA-7B"), (7, "=nowhere")])
        for row, kwh in zip(document["rows"], (36270.08, 0.01)):
            self.near(row["energy_kwh"], kwh, 1e-12)
            self.assertIsNone(mismatch(dict(row, schema=""), ESTIMATE))
        self.near(document["rows"][0]["operational_gco2e"], 36270.08 * 385, 1e-12)
        self.assertEqual((document["rows"][0]["place_basis"], document["rows"][1]["place"]), ("option", "FR"))
        for line in ("t.csv:3: no time", "t.csv:5: column 'gpu-hours' 'abc': not a number",
                     "t.csv:5: column 'pue' '0.5': out of range", "t.csv:6: 2 cells where the header has 7"):
            self.assertIn(line, done.stderr)
        rows = rows_of(self.table(self.TABLE, "--format", "csv").stdout)
        self.assertEqual([(row["line"], row["name"], float(row["energy_kwh"])) for row in rows],
                         [(str(row["line"]), "'" * row["name"].startswith("=") + row["name"], row["energy_kwh"])
                          for row in document["rows"]])
        text = self.table(self.TABLE).stdout
        self.assertIn("36.3 MWh", text)
        self.assertEqual(len(text.splitlines()), 4)

    def test_defaults_of_a_table_and_stdin(self):
        """Two kinds: (8 x 300 + 2 x 100) W x 10 h = 26 kWh; a cell outdoes the option."""
        done = self.table("gpu,gpu,hours\na:8@300W,b:2@100W,\na@100W,,1\n,,3\n", "--hours", "10", "--gpu", "c@1000W", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for row, kwh in zip(strict_json(done.stdout)["rows"], (26, 0.1, 3), strict=True):
            self.near(row["energy_kwh"], kwh, 1e-12)
        program = subprocess.run([PROGRAM, "estimate", "--table", "-", "--power", "5", "--format", "csv"], cwd=self.folder.name, env=self.env,
                                 input="hours\n" + "2\n" * 20000, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(program.returncode, 0)
        self.assertEqual(len(rows_of(program.stdout)), 20000)

    def test_a_rows_own_way_of_telling_time(self):
        """100 W: 10 h by the option, 30 GPU-hours, and 7 kWh of whatever: 1, 3 and 7 kWh."""
        done = self.table("gpu_hours,energy_kwh\n,\n30,\n,7\n", "--hours", "10", "--gpu", "a@100W", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for row, kwh in zip(strict_json(done.stdout)["rows"], (1, 3, 7), strict=True):
            self.near(row["energy_kwh"], kwh, 1e-12)

    def test_a_table_that_is_none(self):
        for text, message in (("", "the table is empty"), ("gpuz,hours\n", "t.csv:1: unknown column 'gpuz': nearest is 'gpu'"),
                              ("pue,pue\n", "a second time"), ("hours\n\"1", "t.csv:2: a quote is opened"),
                              ("hours\n\0\n", "t.csv:2: a NUL"), ("hours\n" + "1" * 70000, "t.csv:2: a row longer")):
            done = self.table(text, "--power", "5")
            self.assertEqual(done.returncode, 2, message)
            self.assertIn(message, done.stderr)
        self.assertEqual(self.table("hours\n", "--power", "5", "--json").returncode, 0)
        self.fails(1, "cannot read", "estimate", "--table", "none.csv")
        self.fails(2, "--output", "estimate", "--table", "t.csv", "-o", "x.json")

    def test_several_kinds_at_once(self):
        """4 x 300 W and 2 x 100 W at half load, one CPU of 50 W, 10 h: 12 + 1 + 0.5 kWh."""
        words = ("estimate", "--gpu", "a:4@300W", "--gpu", "b:2@100W@50%", "--cpu", "c@50W", "--hours", "10",
                 "--pue", "1.1", "--intensity", "100")
        document = self.document(ESTIMATE, *words, "--json")
        self.near(document["it_energy_kwh"], 13.5, 1e-12)
        self.assertEqual(document["power_watts"], 300)
        parts = document["parts"]
        self.assertEqual([(part["kind"], part["count"], part["power_watts"], part["utilization_ratio"])
                          for part in parts], [("gpu", 4, 300, 1), ("gpu", 2, 100, 0.5), ("cpu", 1, 50, 1)])
        self.assertEqual({part["power_source"] for part in parts}, {"given behind the name"})
        first = self.estimate("--gpu", "a:4", "--power", "300", "--cpu", "c@50W", "--hours", "10")
        self.assertEqual([part["power_source"] for part in first["parts"]], ["given by --power", "given behind the name"])
        for part, kwh in zip(parts, (13.2, 1.1, 0.55)):
            self.near(part["energy_kwh"], kwh, 1e-12)
        self.near(sum(part["energy_kwh"] for part in parts), document["energy_kwh"], 1e-12)
        self.near(sum(part["embodied_gco2e"] for part in parts), document["embodied_gco2e"], 1e-12)
        text = self.aico2(*words).stdout
        self.assertIn("4 gpu", text)
        self.assertIn("at 50 %", text)
        self.assertNotIn("4 gpu", self.aico2("estimate", "--gpu", "a:4", "--hours", "1").stdout)
        self.fails(2, "--count 3: of which device?", "estimate", "--gpu", "a", "--gpu", "b", "--count", "3", "--hours", "1")
        self.fails(2, "'a:0'", "estimate", "--gpu", "a:0", "--hours", "1")

    def test_a_file_as_well(self):
        done = self.aico2("estimate", "--power", "5", "--hours", "1", "--country", "FR", "-o", "e.json")
        self.assertTrue(done.stdout.startswith("aico2 estimate"))
        with open(self.path("e.json"), encoding="utf-8") as handle:
            self.assertIsNone(mismatch(strict_json(handle.read()), ESTIMATE))


class Intensity(Documents):
    def test_every_form_of_a_place(self):
        france = self.document(PLACE, "intensity", "FR", "--json")
        self.assertEqual((france["schema"], france["place"], france["name"]),
                         ("aico2.intensity/1", "FR", "France"))
        for words in (("FRA",), ("France",), ("france",), ("--country", "FR")):
            self.assertEqual(self.document(PLACE, "intensity", *words, "--json"), france)
        for place, name in (("US-CA", "California"), ("aws:eu-west-3", "Paris"), ("world", "World"),
                            ("US-CAL-CISO", "")):
            document = self.document(PLACE, "intensity", place, "--json")
            self.assertIn(name, document["name"])
            self.assertLess(document["low"], document["gco2e_per_kwh"])
            self.assertGreater(document["high"], document["gco2e_per_kwh"])

    def test_text_and_csv_carry_the_same_numbers(self):
        document = self.document(PLACE, "intensity", "FR", "--json")
        row = rows_of(self.aico2("intensity", "FR", "--format", "csv").stdout)[0]
        for key in ("gco2e_per_kwh", "low", "high"):
            self.assertEqual(float(row[key]), document[key])
        found = re.search(r"([\d.]+) gCO2e/kWh \(([\d.]+) … ([\d.]+)\)",
                          self.aico2("intensity", "FR").stdout)
        for text, key in zip(found.groups(), ("gco2e_per_kwh", "low", "high")):
            self.near(float(text), document[key], 0.0051)

    def test_the_list_holds_every_place_once(self):
        places = self.document({"places": [PLACE]}, "intensity", "--json")["places"]
        self.assertGreater(len(places), 200)
        names = [place["place"] for place in places]
        self.assertEqual(len(set(names)), len(names))
        self.assertIn("FR", names)
        rows = rows_of(self.aico2("intensity", "--format", "csv").stdout)
        self.assertEqual([row["place"] for row in rows], names)
        text = self.aico2("intensity").stdout.splitlines()
        self.assertEqual(len(text), len(names) + 2) # what the columns are, what their letters mean
        self.assertLessEqual(max(map(len, text)), 80)

    def test_an_unknown_place_names_the_nearest(self):
        self.fails(2, "'Frnace': nearest is 'France' (FR)", "intensity", "Frnace")
        self.fails(2, "'FX'", "intensity", "FX")
        self.fails(2, "'aws:eu-west-33'", "intensity", "aws:eu-west-33")
        self.fails(2, "twice", "intensity", "FR", "--country", "DE")


class Place(Documents):
    def report(self, *words, env=None):
        done = self.aico2("run", "--no-db", *words, "--", "true", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_without_a_place_the_world_average_is_named(self):
        text = self.report(env={"TZ": "UTC"})
        self.assertIn("            world average ", text)
        self.assertIn("--country CC for the place, which was not given", " ".join(text.split()))

    def test_the_time_zone_is_only_a_suggestion(self):
        text = self.report(env={"TZ": "Europe/Paris"})
        self.assertIn("            world average ", text)
        self.assertIn("--country FR if it is France, as its time zone suggests", " ".join(text.split()))
        document = strict_json(self.report("--json", env={"TZ": "Europe/Paris"}))
        self.assertEqual((document["carbon"]["place"], document["carbon"]["place_basis"],
                          document["carbon"]["suggested_country"]), ("world", "world", "FR"))

    def test_the_world_as_an_option_is_no_absence(self):
        text = self.report("--country", "world")
        self.assertIn("            World ", text)
        self.assertNotIn("not given", text)

    def test_a_place_of_the_environment_is_said_to_be(self):
        self.assertIn("France (configured) ", self.report(env={"AICO2_COUNTRY": "FR"}))

    def test_colour_is_bold_only_when_asked_for(self):
        self.assertNotIn("\033", self.report())
        self.assertIn("\033[1m", self.report("--color=always"))
        self.assertIn("\033[1m", self.report(env={"CLICOLOR_FORCE": "1"}))
        self.assertNotIn("\033", self.report(env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}))
        self.assertNotIn("\033", self.report("--color=never", env={"CLICOLOR_FORCE": "1"}))


class Here(Documents):
    def test_devices(self):
        document = self.document(DEVICES, "devices", "--json")
        self.assertEqual(document["schema"], "aico2.devices/1")
        for device in document["devices"]:
            self.assertIn(device["kind"], ("cpu", "dram", "memory", "gpu", "module", "board", "other"))
            self.assertIn(device["basis"], ("measured", "modelled", "assumed"))
            self.assertLessEqual(set(device["counts"]), {"energy", "power", "utilization"})
        for reader in document["readers"]:
            self.assertIn(reader["state"], ("used", "available", "denied", "absent", "broken"))
        gauges = {gauge["name"]: gauge for gauge in document["gauges"]}
        self.assertEqual(len(gauges), len(document["gauges"]))
        self.assertTrue(0 < gauges["memory.used"]["value"] < gauges["memory.used"]["limit"])
        loads = [gauge for name, gauge in gauges.items() if name.endswith(".load")]
        self.assertTrue(loads)
        for gauge in loads:  # a quarter of a second is long enough for each to be known
            self.assertTrue(gauge["reason"] == "off" or 0 <= gauge["value"] <= 1, gauge)
        rows = rows_of(self.aico2("devices", "--format", "csv").stdout)
        self.assertEqual([row["id"] for row in rows], [item["id"] for item in document["devices"]])
        text = self.aico2("devices").stdout
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        for device in document["devices"]:
            self.assertIn(f"\n  {device['id']} ", text)
        self.assertTrue(self.aico2("devices", env={"LC_ALL": "C"}).stdout.isascii())

    def test_devices_of_another_machine(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("proc", "sys", "dev", "etc"):
                os.mkdir(os.path.join(root, name))
            document = self.document(DEVICES, "devices", "--sysroot", root, "--json")
            self.assertEqual([item for item in document["devices"] if item["basis"] == "measured"], [])
            self.assertEqual(self.aico2("devices", "--sysroot", root).returncode, 0)
        self.fails(2, "cannot open the directory", "devices", "--sysroot", "/none")

    def test_a_machine_of_noise_is_described_in_clean_text(self):
        """A 300-character, non-UTF-8 name with controls and a formula; no memory file at all."""
        name = b"=cmd|'x'!A0\x1b[31m\xff\xfe \xe2\x80\xae\"\\" + b"n" * 300
        with tempfile.TemporaryDirectory() as root:
            for folder in ("proc", "sys", "dev", "etc"):
                os.mkdir(os.path.join(root, folder))
            with open(os.path.join(root, "proc/cpuinfo"), "wb") as handle:
                handle.write(b"processor\t: 0\nvendor_id\t: \xffGenuine\nmodel name\t: " + name + b"\n\n")
            with open(os.path.join(root, "proc/stat"), "wb") as handle:
                handle.write(b"cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n")
            document = self.document(DEVICES, "devices", "--sysroot", root, "--json")
            self.assertEqual([item["id"] for item in document["devices"] if item["kind"] == "cpu"],
                             ["cpu0"])
            done = self.aico2("run", "--no-db", "--sysroot", root, "-o", "odd.json", "--", "sleep", "0.2")
            self.assertEqual(done.returncode, 0, done.stderr)
            for text in (done.stderr, self.aico2("devices", "--sysroot", root).stdout):
                self.assertNotRegex(text, r"\bnan\b|\binf\b")
                for line in text.splitlines():
                    self.assertLessEqual(len(line), 80)
                    self.assertTrue(line.isprintable(), line)
            with open(self.path("odd.json"), encoding="utf-8", errors="strict") as handle:
                report = strict_json(handle.read())
            machine = {**REPORT["machine"], "hostname": OPTIONAL_TEXT, "os_release": OPTIONAL_TEXT}
            self.assertIsNone(mismatch(report, {**REPORT, "machine": machine}))
            self.assertEqual(report["devices"][0]["basis"], "assumed")
            self.assertIsNone(report["machine"]["memory_bytes"])

    def test_a_file_that_cannot_be_written_is_told_before_anything_starts(self):
        with open(self.path("other.csv"), "w", encoding="utf-8") as handle:
            handle.write("a,b\n1,2\n")
        done = self.aico2("run", "--no-db", "--csv", "other.csv", "--", "touch", "begun")
        self.assertEqual(done.returncode, 125)
        self.assertFalse(os.path.exists(self.path("begun")))
        self.assertIn("aico2 run: 'other.csv' is left as it is: its column 1 is 'a'", done.stderr)
        with open(self.path("other.csv"), encoding="utf-8") as handle:
            self.assertEqual(handle.read(), "a,b\n1,2\n")
        done = self.aico2("show", self.first["json"]["run"]["id"], "-o", "none/x.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none/x.json", done.stderr)

    def test_config(self):
        document = self.document(CONFIG, "config", "--json")
        keys = [row["key"] for row in document["options"]]
        self.assertEqual(len(set(keys)), len(keys))
        self.assertLessEqual({"country", "pue", "interval", "nvml", "db", "stage"}, set(keys))

    def test_run_prints_json_on_stderr_when_asked(self):
        done = self.aico2("run", "--json", "--no-db", "--", "true")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIsNone(mismatch(strict_json(done.stderr), REPORT))

    def test_names_of_any_bytes_make_valid_documents(self):
        name = "\"\\\x01\n\u202e" + "n" * 300 + "\udce9"
        done = self.aico2("run", "--no-db", "-o", "noise.json", "--name", name, "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("noise.json"), encoding="utf-8", errors="strict") as handle:
            self.assertIsNone(mismatch(strict_json(handle.read()), REPORT))
        for line in done.stderr.splitlines():
            self.assertLessEqual(len(line), 80)
            self.assertTrue(line.isprintable(), line)

    def test_an_unknown_place_starts_nothing(self):
        done = self.aico2("run", "--country", "Frnace", "--", "touch", "started")
        self.assertEqual(done.returncode, 125)
        self.assertEqual(done.stderr, "aico2 run: unknown country 'Frnace': nearest is 'France' (FR)\n")
        self.assertFalse(os.path.exists(self.path("started")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
