# SPDX-License-Identifier: Apache-2.0
"""test_places.py - kinds and years of figures, from the command line to the stored run and back."""
import csv
import datetime
import io
import os
import subprocess
import time
import unittest

from harness import PROGRAM, Case, document, document_in


class Kinds(Case):
    def of(self, *words):
        done = self.aico2(*words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return document(done.stdout)

    def refused(self, words, *parts):
        done = self.aico2(*words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_one_place_in_every_form(self):
        """36 g and 158 g are the rows of France in data/carbon_intensity_alt.csv."""
        direct = self.of("intensity", "FR", "--kind", "direct")
        self.assertEqual((direct["gco2e_per_kwh"], direct["kind"], direct["year"]), (36, "direct-average", 2024))
        self.assertEqual([row["gco2e_per_kwh"] for row in direct["alternatives"]], [44.18, 158])
        self.assertNotIn("158", self.aico2("intensity", "FR").stdout)
        text = self.aico2("intensity", "FR", "--all-kinds").stdout
        self.assertIn("also  158 gCO2e/kWh (79.0 … 237): direct-marginal, 2021", text)
        table = list(csv.DictReader(io.StringIO(
            self.aico2("intensity", "FR", "--all-kinds", "--format", "csv").stdout)))
        self.assertEqual([row["kind"] for row in table],
                         ["lifecycle-average", "direct-average", "direct-marginal"])
        self.refused(["intensity", "FR", "--kind", "direct", "--year", "2019"], "there is",
                     "direct-average 2024")
        self.refused(["intensity", "FR", "--kind", "marginall"], "nearest is 'marginal'")
        self.refused(["intensity", "FR", "--grade", "E"], "'E'")

    def test_searching(self):
        places = [row["place"] for row in self.of("intensity", "--search", "korea")["places"]]
        self.assertEqual(places, ["KP", "KR", "azure:koreacentral", "azure:koreasouth"])
        places = [row["place"] for row in self.of("intensity", "--search", "korea", "--country", "KR",
                                                  "--kind", "marginal")["places"]]
        self.assertEqual(places, ["KR", "azure:koreacentral", "azure:koreasouth"])
        done = self.aico2("intensity", "--search", "Frnace")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("'France' (FR)", done.stderr)

    def test_a_run_keeps_the_kind(self):
        done = self.aico2("run", "--country", "FR", "--kind", "marginal", "--json", "--", "true")
        report = document_in(done.stderr)
        self.assertEqual((report["carbon"]["intensity_gco2e_per_kwh"], report["carbon"]["intensity_kind"]),
                         (158, "direct-marginal"))
        self.assertEqual(sum("marginal" in line for line in report["warnings"]), 1)
        shown = self.of("show", "last")
        self.assertEqual(shown["carbon"], report["carbon"])
        self.assertIn("direct-marginal", self.aico2("show", "last").stdout)
        # the kind stays when the place changes: SE has 68, and 6 direct
        again = self.of("recompute", "last", "--country", "SE")
        self.assertEqual((again["carbon"]["intensity_gco2e_per_kwh"], again["carbon"]["intensity_kind"]),
                         (68, "direct-marginal"))
        again = self.of("recompute", "last", "--kind", "direct")
        self.assertEqual((again["carbon"]["place"], again["carbon"]["intensity_gco2e_per_kwh"]), ("FR", 36))
        again = self.of("recompute", "last", "--kind", "direct", "--country", "SE", "--save")
        self.assertEqual(again["carbon"]["intensity_gco2e_per_kwh"], 6)
        self.assertEqual(self.of("show", "last")["carbon"], again["carbon"])
        done = self.aico2("compare", report["run"]["id"], "last")
        self.assertIn("not to be compared", done.stderr.replace("\n", " "))
        self.refused(["recompute", report["run"]["id"], "--year", "1999"], "direct-marginal", "1999")

    def test_a_kind_and_a_figure_of_ones_own_do_not_go_together(self):
        self.refused(["estimate", "--gpu", "A100", "--hours", "1", "--intensity", "50", "--kind", "direct"],
                     "--kind 'direct'", "--intensity '50'")
        # from two sources the stronger one wins
        done = self.aico2("estimate", "--gpu", "A100", "--hours", "1", "--intensity", "50", "--json",
                          env={"AICO2_KIND": "direct"})
        self.assertEqual(document(done.stdout)["intensity_gco2e_per_kwh"], 50)

    def test_an_estimate_says_the_kind(self):
        made = self.of("estimate", "--gpu", "A100", "--hours", "1", "--country", "FR", "--kind", "marginal")
        self.assertEqual(made["intensity_gco2e_per_kwh"], 158)
        self.assertTrue(any("marginal:" in line for line in made["assumptions"]))


class Market(Case):
    def test_a_contract_stands_beside_the_place(self):
        """0.8 x 12 + 0.2 x 44.18 = 18.436 g/kWh; the headline stays the place's."""
        done = self.aico2("run", "--country", "FR", "--market-factor", "12", "--market-share", "0.8",
                          "--json", "--", "sleep", "0.2")
        carbon = document_in(done.stderr)["carbon"]
        market = carbon["market_based"]
        self.assertAlmostEqual(market["intensity_gco2e_per_kwh"], 18.436, 12)
        self.assertAlmostEqual(market["operational_gco2e"] / carbon["operational_gco2e"], 18.436 / 44.18, 12)
        self.assertAlmostEqual(market["total_gco2e"] - market["operational_gco2e"], carbon["embodied_gco2e"], 12)
        self.assertAlmostEqual(carbon["total_gco2e"] - carbon["operational_gco2e"], carbon["embodied_gco2e"], 12)
        self.assertEqual(market["source"], "--market-factor")
        shown = document(self.aico2("show", "last", "--json").stdout)
        self.assertEqual(shown["carbon"], carbon)
        self.assertIn("by contract: 80 % at 12.0 g/kWh\n", self.aico2("show", "last").stdout)
        # another place moves the rest only: 0.8 x 12 + 0.2 x 341.87
        again = document(self.aico2("recompute", "last", "--country", "DE", "--json").stdout)["carbon"]
        self.assertAlmostEqual(again["market_based"]["intensity_gco2e_per_kwh"],
                               9.6 + 0.2 * again["intensity_gco2e_per_kwh"], 12)
        again = document(self.aico2("recompute", "last", "--market-factor", "0", "--market-share", "0.5",
                                    "--market-residual", "600", "--json").stdout)["carbon"]["market_based"]
        self.assertEqual((again["intensity_gco2e_per_kwh"], again["intensity_low"], again["intensity_high"]),
                         (300, 300, 300))
        window = document(self.aico2("measure", "--start", "2020-01-01T00:00:00Z", "--end",
                                     "2100-01-01T00:00:00Z", "--market-factor", "5", "--json").stdout)
        self.assertEqual(window["carbon"]["market_based"]["intensity_gco2e_per_kwh"], 5)

    def test_without_a_contract_there_is_none(self):
        done = self.aico2("estimate", "--gpu", "A100", "--hours", "1", "--json")
        self.assertIsNone(document(done.stdout)["market_based"])
        for words in (("--market-share", "0.5"), ("--market-residual", "300")):
            done = self.aico2("estimate", "--gpu", "A100", "--hours", "1", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--market-factor", done.stderr)
        for value in ("1.1", "-0.1", "nan"):
            done = self.aico2("estimate", "--gpu", "A100", "--hours", "1", "--market-factor", "5",
                              "--market-share", value)
            self.assertEqual(done.returncode, 2, value)

    def test_an_estimate(self):
        """10 kWh at 20 g: 200 g."""
        made = document(self.aico2("estimate", "--energy-kwh", "10", "--market-factor", "20", "--json").stdout)
        self.assertAlmostEqual(made["market_based"]["operational_gco2e"], 200, 9)


# A log of CodeCarbon's columns: what `aico2 import` makes runs of.
HEADER = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
          "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,"
          "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,"
          "gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue\n")


class All(Case):
    def log(self, count):
        """Each run an hour at 1 kWh of CPU, a day apart."""
        start = datetime.datetime(2020, 1, 1, 12)
        rows = []
        for index in range(count):
            at = (start + datetime.timedelta(days=index)).isoformat()
            rows.append(f"{at},p{index % 2},run{index},e,3600,0.1,0.1,1000,0,0,1,0,0,1,France,FRA,,,,Linux,3,2.3.4,"
                        f"4,Intel Xeon,0,,,,16,machine,N,1.0\n")
        self.write("emissions.csv", HEADER + "".join(rows))
        done = self.aico2("import", "emissions.csv", "--country", "FR", "--no-embodied", "--utc-offset", "+00:00")
        self.assertEqual(done.returncode, 0, done.stderr)

    def runs(self):
        return document(self.aico2("runs", "--limit", "100000", "--json").stdout)["runs"]

    def all(self, *words):
        done = self.aico2("recompute", "--all", "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return document(done.stdout)

    def test_before_and_after(self):
        """Three runs of 1 kWh: 44.18 g each in France, 35.89 in Sweden at PUE 2 is 71.78."""
        self.log(3)
        made = self.all("--country", "SE", "--pue", "2")
        self.assertEqual([row["started_at"][:10] for row in made["rows"]],
                         ["2020-01-03", "2020-01-02", "2020-01-01"])
        for row in made["rows"]:
            self.assertAlmostEqual(row["before"]["total_gco2e"], 44.18, 9)
            self.assertAlmostEqual(row["after"]["total_gco2e"], 71.78, 9)
            self.assertEqual((row["before"]["place"], row["after"]["place"]), ("FR", "SE"))
            self.assertAlmostEqual(row["total_joules"], 3.6e6, 5)
            self.assertIsNone(row["saved_as"])
        totals = made["totals"]
        self.assertEqual(totals["runs"], 3)
        self.assertAlmostEqual(totals["before"]["total_gco2e"], 3 * 44.18, 9)
        self.assertAlmostEqual(totals["after"]["total_gco2e"], 3 * 71.78, 9)
        table = list(csv.DictReader(io.StringIO(
            self.aico2("recompute", "--all", "--country", "SE", "--pue", "2", "--format", "csv").stdout)))
        self.assertEqual([float(row["after_total_gco2e"]) for row in table],
                         [row["after"]["total_gco2e"] for row in made["rows"]])
        text = self.aico2("recompute", "--all", "--country", "SE").stdout
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertIn("3 runs", text)
        self.assertEqual(len(self.runs()), 3)

    def test_trainings_make_one_score(self):
        """Of three trainings two counted tokens; what the third emitted counts."""
        for words in (["--unit", "token", "--units", "30"], ["--unit", "token", "--units", "70"], []):
            self.report("true", options=["--country", "FR", "--name", "llama", *words])
        self.report("true", options=["--country", "FR", "--name", "llama", "--stage", "inference",
                                     "--unit", "token", "--units", "5"])
        made = self.all("--name", "llama", "--stage", "training")
        sci = made["totals"]["sci"]
        self.assertEqual((sci["unit"], sci["units"], sci["role"], sci["runs_without_units"]),
                         ("token", 100, "provider", 1))
        grams = sum(row["after"]["total_gco2e"] for row in made["rows"])
        self.assertEqual(len(made["rows"]), 3)
        self.assertAlmostEqual(sci["gco2e_per_unit"], grams / 100, delta=1e-9 * grams)
        self.assertIsNone(self.all("--name", "llama")["totals"]["sci"])
        self.assertIn("of several stages", self.aico2("recompute", "--all").stdout)

    def test_choosing(self):
        self.log(4)
        started = lambda *words: [row["started_at"][8:10] for row in self.all(*words)["rows"]]
        self.assertEqual(started("--start", "2020-01-02T00:00:00Z", "--end", "2020-01-04T00:00:00Z"), ["03", "02"])
        self.assertEqual(started("--name", "p1"), ["04", "02"])
        self.assertEqual(started("--stage", "inference"), [])
        self.write(".aico2.yml", "name: p1\n") # of the next run, not a choice among these
        self.assertEqual(started(), ["04", "03", "02", "01"])
        for words in (["--all", "last"], [], ["last", "--name", "p1"], ["--all", "-o", "x"]):
            self.assertEqual(self.aico2("recompute", *words).returncode, 2, words)

    def test_kinds_are_not_added_up_silently(self):
        self.log(2)
        first = self.runs()[0]["id"]
        self.aico2("recompute", first, "--kind", "direct", "--save")
        self.assertEqual(self.all()["totals"]["runs"], 2) # the copy has the original's joules
        direct = self.all("--kind", "direct")
        self.assertEqual((direct["totals"]["before"]["intensity_kind"], direct["totals"]["after"]["intensity_kind"]),
                         ("lifecycle-average", "direct-average"))

    def test_saving_is_all_or_nothing(self):
        self.log(50)
        before = self.runs()
        done = self.aico2("recompute", "--all", "--country", "SE", "--save", "--json")
        made = document(done.stdout)
        after = self.runs()
        self.assertEqual(len(after), 100)
        self.assertEqual({row["saved_as"] for row in made["rows"]},
                         {row["id"] for row in after} - {row["id"] for row in before})
        row = made["rows"][7]
        shown = document(self.aico2("show", row["saved_as"], "--json").stdout)
        self.assertEqual((shown["carbon"]["place"], shown["recomputed_from"]), ("SE", row["id"]))
        self.assertEqual(shown["carbon"]["total_gco2e"], row["after"]["total_gco2e"])
        self.assertEqual(self.all()["totals"]["runs"], 50)

    def test_who_is_interrupted_has_stored_nothing(self):
        self.log(400)
        for delay in (0.0, 0.01, 0.02, 0.05):
            process = subprocess.Popen([PROGRAM, "recompute", "--all", "--country", "SE", "--save"], cwd=self.cwd,
                                       env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            process.kill()
            process.wait(60)
            count = len(self.runs())
            self.assertIn(count % 400, (0,), count)
            if count > 400: # it was done before
                break

    def test_a_series_that_ends_before_the_run_or_begins_in_it(self):
        """Runs of an hour ending at 12:00 of three days in 2020; the file holds the second's hour and no more."""
        self.log(3)
        self.write("i.csv", "time,gco2e_per_kwh\n2020-01-02T10:00:00Z,90\n2020-01-02T11:00:00Z,100\n")
        rows = {row["started_at"][:10]: row for row in self.all("--intensity-file", "i.csv")["rows"]}
        self.assertAlmostEqual(rows["2020-01-01"]["after"]["total_gco2e"], 44.18, 9) # before: France's
        self.assertAlmostEqual(rows["2020-01-02"]["after"]["total_gco2e"], 100, 9)
        self.assertAlmostEqual(rows["2020-01-03"]["after"]["total_gco2e"], 100, 9)
        told = {day: [line for line in row["warnings"] if "intensity file" in line] for day, row in rows.items()}
        self.assertIn("100.0 % of the energy was used before the first value", told["2020-01-01"][0])
        self.assertEqual(told["2020-01-02"], [])
        self.assertIn("100.0 % of the energy was used after the time", told["2020-01-03"][0])
        # saved, it says the same without the file
        made = self.all("--intensity-file", "i.csv", "--save", "--start", "2020-01-02T00:00:00Z",
                        "--end", "2020-01-03T00:00:00Z")
        shown = document(self.aico2("show", made["rows"][0]["saved_as"], "--json").stdout)["carbon"]
        self.assertEqual((shown["intensity_gco2e_per_kwh"], shown["intensity_source"], shown["time_matched"]),
                         (100, "--intensity-file", True))

    def test_one_that_cannot_be_done_is_named(self):
        self.log(3)
        done = self.aico2("recompute", "--all", "--year", "1999", "--json")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("no lifecycle-average figure of 1999"), 3)
        self.assertEqual(document(done.stdout)["totals"]["runs"], 0)


class OwnTable(Case):
    """--intensity-table, and the one beside the configuration."""

    TABLE = "place,gco2e_per_kwh,low,high,kind,year,source\nFrance,33.5,30,40,lifecycle-average,2025,\"mine, of 2025\"\n"

    def test_it_is_kept_with_the_run(self):
        self.write("own.csv", self.TABLE)
        report = self.report("true", options=["--country", "FR", "--intensity-table", "own.csv"])
        carbon = report["carbon"]
        self.assertEqual((carbon["intensity_gco2e_per_kwh"], carbon["intensity_low"], carbon["intensity_high"],
                          carbon["intensity_year"], carbon["intensity_source"]),
                         (33.5, 30, 40, 2025, "own.csv: mine, of 2025"))
        os.unlink(self.path("own.csv"))
        self.assertEqual(document(self.aico2("show", "last", "--json").stdout), report)
        for words, figure in ((["--pue", "2"], 33.5), (["--country", "SE"], 35.9), (["--kind", "direct-average"], 36)):
            again = document(self.aico2("recompute", "last", *words, "--json").stdout)["carbon"]
            self.assertAlmostEqual(again["intensity_gco2e_per_kwh"], figure, delta=0.1)

    def test_the_one_beside_the_configuration(self):
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "aico2")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "intensity.csv"), "w", encoding="utf-8") as file:
            file.write(self.TABLE)
        found = document(self.aico2("intensity", "FR", "--json").stdout)
        self.assertEqual((found["gco2e_per_kwh"], found["year"]), (33.5, 2025))
        self.assertEqual(document(self.aico2("intensity", "aws:eu-west-3", "--json").stdout)["year"], 2024)
        estimate = document(self.aico2("estimate", "--energy-kwh", "1", "--country", "FR", "--json").stdout)
        self.assertAlmostEqual(estimate["operational_gco2e"], 33.5, delta=1e-9)
        listed = document(self.aico2("intensity", "--json").stdout)["places"]
        self.assertEqual([place["gco2e_per_kwh"] for place in listed if place["place"] == "FR"], [33.5])

    def test_none_of_the_current_directory_and_no_bad_line(self):
        self.write("intensity.csv", self.TABLE)
        self.assertEqual(document(self.aico2("intensity", "FR", "--json").stdout)["year"], 2024)
        self.write("bad.csv", "place,gco2e_per_kwh\nFrence,3\n")
        done = self.run_command("touch", "ran", options=["--country", "FR", "--intensity-table", "bad.csv"])
        self.assertEqual(done.returncode, 125)
        self.assertIn("bad.csv:2: unknown place 'Frence'", done.stderr)
        self.assertFalse(os.path.exists(self.path("ran")))

    NEW = "place,gco2e_per_kwh,low,high,kind,year,source\nlab:basement,120,100,150,lifecycle-average,2025,our meter\n"

    def test_a_place_that_only_the_table_knows(self):
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "aico2")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "intensity.csv"), "w", encoding="utf-8") as file:
            file.write(self.NEW)
        with open(os.path.join(folder, "aico2.yml"), "w", encoding="utf-8") as file:
            file.write("zone: lab:basement\n")
        report = self.report("true")
        carbon = report["carbon"]
        self.assertEqual((carbon["place"], carbon["place_basis"], carbon["intensity_gco2e_per_kwh"],
                          carbon["intensity_low"], carbon["intensity_year"]), ("lab:basement", "config", 120, 100, 2025))
        found = document(self.aico2("intensity", "LAB:basement", "--json").stdout)
        self.assertEqual((found["place"], found["gco2e_per_kwh"], found["high"]), ("lab:basement", 120, 150))
        listed = document(self.aico2("intensity", "--json").stdout)["places"]
        self.assertEqual(listed[-1]["place"], "lab:basement")
        for words in (["intensity", "lab:attic"], ["estimate", "--energy-kwh", "1", "--zone", "lab:attic"]):
            done = self.aico2(*words)
            self.assertEqual(done.returncode, 2)
            self.one_line(done.stderr, "'lab:attic'", "--intensity-table")
        # the run keeps it, also when the table has gone
        os.unlink(os.path.join(folder, "intensity.csv"))
        os.unlink(os.path.join(folder, "aico2.yml"))
        self.assertEqual(document(self.aico2("show", "last", "--json").stdout), report)
        again = document(self.aico2("recompute", "last", "--pue", "2", "--json").stdout)["carbon"]
        self.assertEqual((again["place"], again["intensity_gco2e_per_kwh"], again["pue"]), ("lab:basement", 120, 2))
        elsewhere = document(self.aico2("recompute", "last", "--country", "FR", "--json").stdout)["carbon"]
        self.assertEqual(elsewhere["place"], "FR")

    def test_a_table_of_estimates_reads_it_once(self):
        self.write("own.csv", self.NEW)
        self.write("rows.csv", "energy-kwh,zone,country\n1,lab:basement,\n2,,FR\n3,lab:basement,\n")
        done = self.shell('(sleep 2; rm own.csv; cat rows.csv) | "$0" estimate --table - --intensity-table own.csv --json')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = document(done.stdout)["rows"]
        self.assertAlmostEqual(rows[0]["operational_gco2e"], 120, delta=1e-9)
        self.assertAlmostEqual(rows[2]["operational_gco2e"], 360, delta=1e-9)


if __name__ == "__main__":
    unittest.main(verbosity=2)
