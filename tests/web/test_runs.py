# SPDX-License-Identifier: Apache-2.0
"""test_runs.py - the runs in a browser: the table, one in depth, and what is taken along of it."""
import base64
import csv
import io
import json
import os
import struct
import unittest

from browser_case import WIDTHS, BrowserCase, why_not
from fixture_runs import FRANCE, SECONDS, WATCHED, FixtureRuns

ROWS = '[data-testid="runs"] tbody tr'
NASTY = "<img src=x onerror=alert(1)>'; DROP TABLE runs; -- & <b>bold</b>"


@unittest.skipIf(why_not(), why_not())
class Table(FixtureRuns, BrowserCase):
    def names(self):
        return self.browser.texts(css=f"{ROWS} th a")

    def wait_for_names(self, *names):
        self.wait_until(lambda: self.names() == list(names), f"{names}")

    def show(self, more=""):
        self.browser.open(url=f"{self.address}#page=runs{more}")
        self.browser.until(testid="runs", pattern="Name")

    def test_figures_are_those_worked_out_by_hand(self):
        steady, *_ = self.three()
        self.train("steps", "--unit", "step", "--units", "50")
        self.show()
        self.browser.until(testid="runs", pattern="steady")
        cells = self.browser.texts(css=f'{ROWS}[data-run="{steady}"] > *')
        joules = 10 * SECONDS
        self.assertEqual(cells[3:9], ["1\u202fmin 00\u202fs", f"{joules / 3.6:.0f}\u202fmWh", f"{joules / 3.6e6 * FRANCE * 1e3:.2f}\u202fmg", "\u2013",
                                      "FR", "training"])
        self.assertIn("100\u202f%", cells[10])
        told = self.api("runs?details=1")["runs"]
        steps = next(run for run in told if run["name"] == "steps")
        cells = self.browser.texts(css=f'{ROWS}[data-run="{steps["id"]}"] > *')
        self.assertRegex(cells[6], r"/ step$")
        self.assertAlmostEqual(float(cells[6].split("\u202f")[0]) * (1e-3 if "mg" in cells[6] else 1) / steps["gco2e_per_unit"], 1, delta=0.01)
        self.assertIn("Xeon", cells[9])
        self.assertEqual(self.browser.attribute(css=f'{ROWS}[data-run="{steady}"] td:nth-child(5)', name="title"), "150 … 183\u202fmWh")
        self.check_quiet()

    def test_order_search_state_and_the_link_that_keeps_them(self):
        self.three()
        self.train("another")
        self.show()
        self.browser.until(testid="runs", pattern="another")
        self.browser.click(css='[data-testid="sort-energy"]')
        self.wait_until(lambda: [name for name in self.names() if name != "another"] == ["double", "alike", "steady"], "the most energy first")
        self.assertEqual(self.browser.attribute(css='th[aria-sort]', name="aria-sort"), "descending")
        self.browser.click(css='[data-testid="sort-energy"]')
        self.wait_until(lambda: [name for name in self.names() if name != "another"] == ["steady", "alike", "double"], "the least first")
        self.assertIn("sort=energy", self.browser.hash())
        self.browser.reload()
        self.browser.until(testid="runs", pattern="steady")
        self.assertEqual(self.browser.attribute(css='th[aria-sort]', name="aria-sort"), "ascending")
        self.browser.fill(testid="runs-search", value="OUB")
        self.wait_for_names("double")
        self.assertIn("q=OUB", self.browser.hash())
        self.browser.fill(testid="runs-search", value="nothing of that name")
        self.browser.until(testid="runs", pattern="No run fits")
        self.browser.fill(testid="runs-search", value="")
        self.browser.until(testid="runs", pattern="steady")
        self.browser.select(testid="runs-state", value="finished")
        self.wait_for_names("another")
        self.browser.select(testid="runs-state", value="")
        self.assertNotIn("watch", self.names())  # the server's own days, unless asked for
        self.browser.click(css='[data-testid="runs-watch"]')
        self.wait_until(lambda: "watch" in self.names(), "the server's own day")
        self.check_quiet()

    def test_some_are_chosen_and_compared(self):
        ids = self.three()
        self.show()
        self.browser.until(testid="runs", pattern="steady")
        self.browser.check(css=f'{ROWS}[data-run="{ids[0]}"] input')
        self.browser.until(testid="picked", pattern="1 run chosen")
        self.assertEqual(self.browser.count(css='[data-testid="picked"] button[disabled]'), 1)
        self.browser.check(css=f'{ROWS}[data-run="{ids[1]}"] input')
        self.browser.until(testid="picked", pattern="2 runs chosen")
        self.assertNotIn("not of the region", self.browser.text(testid="runs"))
        self.browser.fill(testid="region", value="PL")
        self.browser.press(css='[data-testid="region"]', key="Enter")
        self.browser.until(testid="runs", pattern="not of the region")  # the grams stay those of France
        self.assertIn("7.36\u202fmg", self.browser.texts(css=f'{ROWS}[data-run="{ids[0]}"]')[0])
        self.browser.click(css='[data-testid="picked"] button:has-text("Compare")')
        self.browser.until(testid="compare", pattern="double emitted more than steady")
        self.assertIn(f"runs={ids[0]}%2C{ids[1]}", self.browser.hash())
        self.check_quiet()

    def test_names_are_text(self):
        self.train(NASTY)
        self.show()
        self.browser.until(testid="runs", pattern="onerror=alert")
        self.assertIn(NASTY, self.names())
        self.assertEqual(self.browser.count(css="main img"), 0)
        self.browser.fill(testid="runs-search", value="'; DROP TABLE")
        self.wait_for_names(NASTY)
        self.browser.click(css=f"{ROWS}:nth-child(1) th a")
        self.browser.until(testid="run", pattern="onerror=alert")
        self.assertEqual(self.browser.count(css="main img"), 0)
        self.check_quiet()

    def test_a_new_run_is_shown_without_asking(self):
        self.browser.open(url=self.address + "#page=runs&stage=training")
        self.browser.until(testid="runs", pattern="No runs of the step training")
        self.train("second")
        self.browser.until(testid="runs", pattern="second")
        self.check_quiet()

    def test_older_ones_are_loaded_and_it_is_said_what_the_order_is_of(self):
        rows = [{"id": f"01KB3FABCDEFGHJKMNPQRS{at:04d}", "name": f"run {at}", "stage": "training", "state": "finished",
                 "started_at": "2026-11-24T02:28:48.123Z", "duration_seconds": 1, "total_joules": at, "total_gco2e": None,
                 "low_joules": None, "high_joules": None, "low_gco2e": None, "high_gco2e": None, "place": None,
                 "intensity_gco2e_per_kwh": None, "hardware": None, "measured_ratio": None, "unit": None, "units": None, "gco2e_per_unit": None}
                for at in range(150)]
        self.browser.open(url=self.address)
        self.browser.answer(pattern="cursor=", status=200, body=json.dumps({"runs": rows[100:], "next": None}))
        self.browser.answer(pattern="/runs\\?(?!.*cursor=).*details=1", status=200, body=json.dumps({"runs": rows[:100], "next": rows[99]["id"]}))
        self.browser.goto(hash="page=runs&sort=-energy")
        self.browser.until(testid="runs-count", pattern="newest 100")
        self.browser.click(css='[data-testid="runs-older"]')
        self.browser.until(testid="runs-count", pattern="150 runs")
        self.assertEqual(self.names()[0], "run 149")

    def test_what_is_shown_while_waiting_and_after_a_failure(self):
        problem = json.dumps({"title": "Internal Server Error", "status": 500, "detail": "the disk is on fire"})
        for page, pattern, testid in (("runs", "/api/v1/runs", "runs"), ("devices", "/api/v1/devices", "devices"),
                                      ("devices", "/api/v1/doctor", "doctor"), ("intensity", "/api/v1/intensity$", "intensity"),
                                      ("intensity", "/series", "curve")):
            with self.subTest(page=page, pattern=pattern):
                self.browser.open(url=self.address)
                self.browser.hold(pattern=pattern)
                self.browser.goto(hash=f"page={page}")
                self.browser.until(testid=testid, pattern="Asking")
                self.browser.open(url=self.address)
                self.browser.answer(pattern=pattern, status=500, body=problem)
                self.browser.goto(hash=f"page={page}")
                self.browser.until(testid=testid, pattern="the disk is on fire")


@unittest.skipIf(why_not(), why_not())
class OneRun(FixtureRuns, BrowserCase):
    EPOCHS = ("sh", "-c", "for i in 1 2 3; do sleep 1; echo Epoch $i/3 done; done")

    def show(self, run, more=""):
        self.browser.open(url=f"{self.address}#page=run&run={run}{more}")
        self.browser.until(testid="run", pattern="Where the figures come from")

    def test_in_depth(self):
        run = self.train("deep", "--epoch-output", command=self.EPOCHS)
        report = self.api(f"runs/{run}")
        self.show(run)
        self.browser.wait(css='[data-testid="run-chart"] canvas')
        self.assertGreater(self.pixels("run-chart", "--ink")[0], 60)  # a dashed line where each task begins
        for device in report["devices"]:
            self.assertIn(device["id"], self.browser.text(testid="run-devices"))
        self.assertIn("measured", self.browser.text(testid="run-devices"))
        self.assertEqual(self.browser.texts(css='[data-testid="tasks"] tbody th'), [task["name"] for task in report["tasks"]])
        self.assertEqual(len(report["tasks"]), 3)
        self.assertIn("3 tasks", self.browser.text(testid="run"))
        self.assertIn("yearly figure", self.browser.text(testid="accuracy"))
        self.assertIn("rapl", self.browser.text(testid="run-devices"))
        self.assertIn("Ember", self.browser.text(testid="provenance"))
        for warning in report["warnings"]:
            self.assertIn(warning, self.browser.text(testid="warnings"))
        self.assertAlmostEqual(self.number("run-energy"), report["energy"]["total_joules"] / 3600, delta=0.001)
        self.assertAlmostEqual(self.number("run-carbon") / report["carbon"]["total_gco2e"], 1, delta=0.01)
        # for who does not see the chart its marks are in the table, each at its time, and in the sentence
        names = [task["name"] for task in report["tasks"]]
        text = self.browser.evaluate(script="document.getElementById('run-chart-text').textContent")
        self.assertRegex(text, rf"; 3 marks, from {names[0]} at \d+:\d+:\d+.[AP]M to {names[2]} at \d+:\d+:\d+.[AP]M; ")
        self.browser.click(css='[data-testid="run-chart-table"]')
        self.assertEqual(self.browser.texts(css='[data-testid="run-chart"] tr.mark td'), names[::-1])
        self.assertEqual(self.browser.axe(), [])
        self.check_quiet()
        self.browser.emulate(media={"media": "print"})
        self.assertEqual(self.browser.evaluate(script="getComputedStyle(document.querySelector('.take')).display"), "none")
        self.assertRegex(self.browser.text(testid="run-energy"), r"\d+.m?Wh")

    def test_a_gap_and_what_is_not_measured_are_named(self):
        run = self.log("holes", 10, gap=range(20, 35))  # a hole of 16 s of 60: 44 are covered
        report = self.api(f"runs/{run}")
        self.assertAlmostEqual(report["devices"][0]["coverage_ratio"], 44 / 60, delta=0.03)
        self.show(run)
        share = f"{report['devices'][0]['coverage_ratio'] * 100:.1f}".removesuffix(".0")
        self.assertIn(f"{share}\u202f%", self.browser.text(testid="run-devices"))
        self.assertRegex(self.browser.text(testid="accuracy"), rf"module0\S* was read for {share}")
        self.browser.wait(css='[data-testid="run-chart"] canvas')
        self.shot("run-gap-1280-light")

    def test_an_unknown_run(self):
        for run in ("01KB3FABCDEFGHJKMNPQRSTVWX", "nonsense", "%3Cscript%3E"):
            self.browser.open(url=f"{self.address}#page=run&run={run}")
            self.browser.until(testid="run-none", pattern="No such run")
        self.browser.click(css='[data-testid="run-none"] button')
        self.browser.until(testid="runs", pattern="Runs")
        self.browser.open(url=f"{self.address}#page=run")
        self.browser.until(testid="run-none", pattern="No run is chosen")

    def test_the_same_run_elsewhere(self):
        run = self.log("steady", 10)
        self.show(run)
        row = '[data-testid="elsewhere"] tr[data-place="PL"]'
        self.browser.wait(css=row)
        there = self.api(f"runs/{run}?place=PL")["carbon"]
        cells = self.browser.texts(css=f"{row} > *")
        self.assertAlmostEqual(float(cells[1].replace(",", "")) / there["intensity_gco2e_per_kwh"], 1, delta=0.01)
        grams = there["total_gco2e"]
        self.assertAlmostEqual(float(cells[2].split("\u202f")[0]) / (grams * 1e3), 1, delta=0.01)
        self.assertAlmostEqual(float(cells[3].strip("+%\u202f").replace(",", "")) / 100 + 1, there["intensity_gco2e_per_kwh"] / FRANCE, delta=0.01)
        self.assertIn("no hour is better", self.browser.text(testid="another-hour"))
        self.browser.fill(testid="elsewhere-add", value="US-CA")
        self.browser.click(css='[data-testid="elsewhere"] form button')
        self.browser.wait(css='[data-testid="elsewhere"] tr[data-place="US-CA"]')
        self.browser.fill(testid="elsewhere-add", value="Atlantis")
        self.browser.click(css='[data-testid="elsewhere"] form button')
        self.browser.until(testid="elsewhere", pattern="Atlantis")
        self.assertEqual(self.browser.count(css='[data-testid="elsewhere"] [role="alert"]'), 1)


@unittest.skipIf(why_not(), why_not())
class Taken(FixtureRuns, BrowserCase):
    def setUp(self):
        super().setUp()
        self.run_id = self.log(NASTY, 10)
        self.report = self.api(f"runs/{self.run_id}")
        self.browser.open(url=f"{self.address}#page=run&run={self.run_id}")
        self.browser.wait(css='[data-testid="run-chart"] canvas')

    def taken(self, kind):
        return base64.b64decode(self.browser.download(css=f'[data-testid="export"] button:has-text("{kind}")'))

    def test_json_and_csv_are_what_the_api_tells(self):
        self.assertEqual(json.loads(self.taken("JSON")), self.report)
        rows = list(csv.DictReader(io.StringIO(self.taken("CSV").decode())))
        self.assertEqual([float(row["energy_joules"]) for row in rows], [device["energy_joules"] for device in self.report["devices"]])
        self.assertEqual([row["basis"] for row in rows], [device["basis"] for device in self.report["devices"]])
        self.check_quiet()

    def test_a_picture_with_its_caption(self):
        self.browser.evaluate(script=WATCHED)
        data = self.taken("PNG")
        # the chart was drawn for it: a pixel of its canvas is a pixel of the picture, and its letters are twice as large
        self.assertEqual(self.browser.evaluate(script="globalThis.put"), [1])
        self.assertIn("24px system-ui", self.browser.evaluate(script="[...globalThis.fonts]"))
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        chart = [int(self.browser.evaluate(script=f"document.querySelector('[data-testid=run-chart] canvas').client{side}")) for side in ("Width", "Height")]
        self.assertEqual(width, 2 * (chart[0] + 40))
        self.assertGreater(height, 2 * (chart[1] + 100))  # title, legend and three lines
        # rows with ink: the title above, the chart, and the caption below it
        rows = self.browser.evaluate(script="""(async () => {
            const image = new Image();
            image.src = 'data:image/png;base64,%s';
            await image.decode();
            const sheet = new OffscreenCanvas(image.width, image.height), pen = sheet.getContext('2d');
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, image.width, image.height);
            return Array.from({ length: image.height }, (_, y) => {
                const seen = new Set();
                for (let x = 0; x < image.width; x += 1) seen.add(data[4 * (y * image.width + x)]);
                return seen.size > 2 ? 1 : 0;
            });
        })()""" % base64.b64encode(data).decode())
        self.assertGreater(sum(rows[:80]), 8)
        self.assertGreater(sum(rows[80:height - 200]), 100)
        self.assertGreater(sum(rows[height - 120:]), 16)
        if os.environ.get("AICO2_SCREENSHOTS"):
            with open(os.path.join(os.environ["AICO2_SCREENSHOTS"], "taken.png"), "wb") as handle:
                handle.write(data)

    def test_a_report_that_stands_alone(self):
        path = os.path.join(self.root, "report.html")
        with open(path, "wb") as handle:
            handle.write(self.taken("Report"))
        self.browser.open(url=f"file://{path}", width=794)
        self.assertEqual(self.browser.texts(css="h1"), [NASTY])
        self.assertEqual(self.browser.count(css="img"), 1)  # the chart, and nothing of the name
        text = self.browser.evaluate(script="document.body.innerText")
        for figure in ("167\u202fmWh", "150 … 183\u202fmWh", "7.36\u202fmg", "France", "module0", self.run_id, "Ember"):
            self.assertIn(figure, text)
        self.assertEqual(self.browser.overflow(), "")
        self.assertEqual(self.browser.axe(), [])
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual([url for url in self.browser.asked() if url.startswith("http")], [])
        self.shot("report-a4")

    def test_a_sentence_and_a_link(self):
        self.browser.evaluate(script="void (navigator.clipboard.writeText = async (text) => { globalThis.copied = text; })")
        self.browser.click(css='[data-testid="export"] button:has-text("Cite")')
        said = self.browser.evaluate(script="globalThis.copied")
        for part in (NASTY, "2026-11-24", "167\u202fmWh of electricity (150 to 183\u202fmWh; 100\u202f%", "7.36\u202fmg CO2e", "in France at 44.2 gCO2e/kWh",
                     "PUE 1", self.run_id):
            self.assertIn(part, said)
        self.browser.click(css='[data-testid="export"] button:has-text("Link")')
        self.assertIn(f"run={self.run_id}", self.browser.evaluate(script="globalThis.copied"))
        # a browser that does not let it copy shows the text
        self.browser.evaluate(script="void (navigator.clipboard.writeText = async () => { throw new Error('no'); })")
        self.browser.click(css='[data-testid="export"] button:has-text("Cite")')
        self.browser.wait(css='[data-testid="shown"]')
        self.check_quiet()

    def test_a_link_restores_what_was_shown_and_keeps_no_secret(self):
        state = f"page=run&run={self.run_id}&region=PL&stage=training&range=300&runs={self.run_id}&theme=dark&energy=J"
        self.browser.open(url=f"{self.address}#{state}&token=geheim")
        self.browser.until(testid="run", pattern="Poland")
        self.assertEqual(self.browser.attribute(css="html", name="data-theme"), "dark")
        self.assertRegex(self.browser.text(testid="run-energy"), r"600.J")
        self.browser.click(css='[data-testid="theme"]')
        self.assertNotIn("geheim", self.browser.hash())
        for part in state.split("&"):
            if not part.startswith("theme"):
                self.assertIn(part, self.browser.hash())


@unittest.skipIf(why_not(), why_not())
class Looks(FixtureRuns, BrowserCase):
    def test_every_width_and_theme(self):
        ids = self.three()
        deep = self.train("deep", "--epoch-output", command=OneRun.EPOCHS)
        views = {"runs-chosen": f"page=runs&runs={','.join(ids[:2])}", "run": f"page=run&run={deep}", "run-none": "page=run&run=01KB3FABCDEFGHJKMNPQRSTVWX"}
        ready = {"runs-chosen": ("runs", "steady"), "run": ("run", "Where the figures"), "run-none": ("run-none", "No such run")}
        for theme in ("light", "dark"):
            for width in WIDTHS:
                self.browser.open(url=self.address, width=width, theme=theme)
                for name, state in views.items():
                    with self.subTest(theme=theme, width=width, view=name):
                        self.browser.goto(hash=state)
                        self.browser.until(testid=ready[name][0], pattern=ready[name][1])
                        if name == "run":
                            self.browser.wait(css='[data-testid="elsewhere"] tr[data-place="PL"]')
                        self.shot(f"{name}-{width}-{theme}")
                        self.assertEqual(self.browser.overflow(), "")
                        self.assertEqual(self.browser.axe(), [])


if __name__ == "__main__":
    unittest.main()
