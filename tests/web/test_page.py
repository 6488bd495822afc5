# SPDX-License-Identifier: Apache-2.0
"""test_page.py - the page in a browser: what it shows of what is measured, and what is done with it."""
import base64
import csv
import io
import json
import signal
import time
import unittest

from browser_case import WIDTHS, BrowserCase, why_not


@unittest.skipIf(why_not(), why_not())
class Now(BrowserCase):
    def test_power_as_it_is(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="live", pattern="live")
        self.browser.wait(css='[data-testid="power-chart"] canvas')
        self.browser.until(testid="card-power", pattern=r"1[23]\d")
        self.assertAlmostEqual(self.number("card-power"), 135, delta=12)  # 80 + 40 + 10 + 5 W are drawn
        legend = " ".join(self.browser.texts(css='[data-testid="power-chart"] .legend li'))
        for device in ("cpu0", "cpu1", "dram0", "dram1"):
            self.assertIn(device, legend)
        self.assertIn("measured", legend)
        self.check_quiet()
        self.assertLess(self.browser.evaluate(script="performance.getEntriesByType('paint').at(-1).startTime"), 3000)
        self.assertEqual([url for url in self.browser.asked() if url.endswith(".js")], [])  # one request, and questions

    def test_the_chart_by_keyboard_and_mouse(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        time.sleep(3)
        chart = '[data-testid="power-chart"]'
        self.browser.press(css=f"{chart} .canvas", key="Home")
        first = self.browser.text(testid="power-chart")
        self.browser.press(css=f"{chart} .canvas", key="ArrowRight")
        self.assertNotEqual(self.browser.texts(css=f"{chart} .when"), [])
        self.assertNotEqual(first, self.browser.text(testid="power-chart"))
        self.browser.press(css=f"{chart} .canvas", key="Escape")
        self.assertEqual(self.browser.texts(css=f"{chart} .when"), [])
        self.browser.click(css=f"{chart} .legend button")
        self.assertEqual(self.browser.attribute(css=f"{chart} .legend button", name="aria-pressed"), "false")
        self.browser.click(css=f"{chart} .legend button")
        self.browser.click(css=f"{chart} figcaption button")
        self.assertGreater(self.browser.count(css=f"{chart} tbody tr"), 2)
        self.check_quiet()

    def test_energy_adds_up_and_runs_and_gaps_are_marked(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"1[23]\d")
        chart = '[data-testid="cum-chart"]'

        def wh():
            values = self.browser.texts(css=f"{chart} .legend b")
            return sum(float(value.split("\u202f")[0]) * (1e-3 if "mWh" in value else 1) for value in values)
        began, before = time.monotonic(), wh()
        time.sleep(6)
        watts = (wh() - before) * 3600 / (time.monotonic() - began)
        self.assertAlmostEqual(watts, 135, delta=35)  # the ends are of whole ticks
        self.assertEqual(self.run_command("sleep", "0.2", options=("--name", "marked")).returncode, 0)
        # no reading for longer than a few ticks: the measuring thread stands still, and goes on
        time.sleep(6)
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(6)
        self.server.process.send_signal(signal.SIGCONT)
        time.sleep(3)
        self.shot("gap-1280-light")
        self.browser.click(css=f"{chart} figcaption button")
        self.assertIn("\u2013", self.browser.texts(css=f"{chart} tbody td"))
        self.check_quiet()

    def test_print_keeps_the_figures_and_leaves_the_buttons(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.browser.emulate(media={"media": "print"})
        self.assertEqual(self.browser.evaluate(script="getComputedStyle(document.querySelector('.tools')).display"), "none")
        self.assertRegex(self.browser.text(testid="card-power"), r"\d+.W")
        self.shot("now-print")

    def test_pause_theme_and_a_link_that_keeps_them(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="live", pattern="live")
        self.browser.press(key=" ")
        self.assertEqual(self.browser.text(testid="live"), "paused")
        self.browser.click(css='[data-testid="pause"]')
        self.browser.until(testid="live", pattern="live")
        self.browser.click(css='[data-testid="theme"]')
        self.browser.click(css='[data-testid="theme"]')
        self.assertEqual(self.browser.attribute(css="html", name="data-theme"), "dark")
        self.browser.click(css='[data-testid="units"] button')
        self.assertIn("theme=dark", self.browser.hash())
        self.browser.reload()
        self.browser.until(testid="live", pattern="live")
        self.assertEqual(self.browser.attribute(css="html", name="data-theme"), "dark")
        self.assertEqual(self.browser.attribute(css='[data-testid="units"] button', name="aria-pressed"), "true")
        self.check_quiet()

    def test_the_server_goes_and_comes_again(self):
        port = self.server.port
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.server.stop()
        self.browser.until(testid="live", pattern="offline")
        self.assertEqual(self.browser.count(css='[data-testid="offline"]'), 1)
        self.server = self.serve("--listen", f"127.0.0.1:{port}", *self.options, listen=False)
        self.browser.until(testid="live", pattern="live")
        time.sleep(2)
        self.browser.click(css='[data-testid="power-chart"] figcaption button')
        rows = self.browser.texts(css='[data-testid="power-chart"] tbody th')
        self.assertEqual(len(rows), len(set(rows)), rows)  # no tick twice
        self.assertEqual(rows, sorted(rows))

    def test_every_width_and_theme(self):
        pages = ("", "runs", "devices", "intensity", "estimate", "compare")
        for theme in ("light", "dark"):
            for width in WIDTHS:
                self.browser.open(url=self.address, width=width, theme=theme)
                self.browser.until(testid="card-power", pattern=r"\d")
                for page in pages:
                    with self.subTest(theme=theme, width=width, page=page):
                        self.browser.goto(hash=f"page={page}")
                        time.sleep(0.7)
                        self.shot(f"{page or 'now'}-{width}-{theme}")
                        self.assertEqual(self.browser.overflow(), "")
                        self.assertEqual(self.browser.axe(), [])


@unittest.skipIf(why_not(), why_not())
class Runs(BrowserCase):
    NAME = "<img src=x onerror=alert(1)> & <b>bold</b>"

    def train(self, name, seconds=2, *options):
        done = self.run_command("sleep", str(seconds), options=("--name", name, "--country", "FR", "--sysroot", self.machine.root,
                                                                "--scope", "machine", *options))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.api("runs?stage=training")["runs"][0]["id"]

    def test_cards_tell_what_the_api_tells_and_follow_region_and_stage(self):
        run = self.train("first")
        self.browser.open(url=self.address + "#stage=training")
        self.browser.until(testid="card-runtime", pattern="first")
        report = self.api(f"runs/{run}")
        self.assertAlmostEqual(self.number("card-energy"), report["energy"]["total_joules"] / 3600, delta=0.001)
        grams = report["carbon"]["total_gco2e"]
        self.assertAlmostEqual(self.number("card-carbon") / grams, 1, delta=0.01)
        self.browser.fill(testid="region", value="PL")
        self.browser.until(testid="as-if", pattern="Poland")
        there = self.api(f"runs/{run}?place=PL")
        ratio = there["carbon"]["intensity_gco2e_per_kwh"] / report["carbon"]["intensity_gco2e_per_kwh"]
        self.assertAlmostEqual(there["carbon"]["operational_gco2e"] / report["carbon"]["operational_gco2e"], ratio, places=6)
        self.wait_until(lambda: abs(self.number("card-carbon") / there["carbon"]["total_gco2e"] - 1) < 0.01, "other grams")
        self.assertIn("region=PL", self.browser.hash())
        self.browser.fill(testid="region", value="")
        self.wait_until(lambda: abs(self.number("card-carbon") / grams - 1) < 0.01, "the grams as measured")
        self.browser.select(testid="lifecycle", value="inference")
        self.browser.until(testid="card-runtime", pattern="no run yet")
        rows = self.browser.texts(css='[data-testid="hw"] tbody th')
        self.assertEqual([rows.count(device) for device in ("cpu0", "cpu1", "dram0", "dram1")], [1, 1, 1, 1], rows)
        self.check_quiet()

    def test_a_new_run_is_shown_without_asking(self):
        self.browser.open(url=self.address + "#page=runs&stage=training")
        self.browser.until(testid="runs", pattern="No runs yet")
        self.train("second")
        self.browser.until(testid="runs", pattern="second")
        self.check_quiet()

    def test_names_are_text(self):
        self.train(self.NAME)
        self.browser.open(url=self.address + "#page=runs")
        self.browser.until(testid="runs", pattern="onerror=alert")
        self.assertIn(self.NAME, self.browser.text(testid="runs"))
        self.assertEqual(self.browser.count(css="main img"), 0)
        self.browser.click(css='[data-testid="runs"] tbody tr:nth-child(1) a')
        self.browser.until(testid="run", pattern="onerror=alert")
        self.assertEqual(self.browser.count(css="main img"), 0)
        self.assertEqual([text for text in self.browser.complaints() if "404" not in text], [])

    def test_a_run_in_depth_and_what_is_taken_along(self):
        run = self.train("deep")
        self.browser.open(url=self.address + f"#page=run&run={run}")
        self.browser.until(testid="run", pattern="deep")
        report = self.api(f"runs/{run}")
        for device in report["devices"]:
            self.assertIn(device["id"], self.browser.text(testid="run-devices"))
        json_text, csv_text = (base64.b64decode(self.browser.download(css=f'[data-testid="export"] button:has-text("{kind}")'))
                               for kind in ("JSON", "CSV"))
        self.assertEqual(json.loads(json_text)["energy"], report["energy"])
        rows = list(csv.DictReader(io.StringIO(csv_text.decode())))
        self.assertEqual([float(row["energy_joules"]) for row in rows], [device["energy_joules"] for device in report["devices"]])
        self.assertEqual(self.browser.axe(), [])
        self.shot("run-1280-light")

    def test_two_runs_compared(self):
        a, b = self.train("a", 2), self.train("b", 4)
        self.browser.open(url=self.address + f"#page=compare&run={a}&other={b}")
        self.browser.until(testid="compare", pattern="B is higher|cannot tell")
        self.assertGreater(self.browser.count(css='[data-testid="compare"] tbody tr'), 3)
        self.assertEqual(self.browser.axe(), [])
        self.shot("compare-two-1280-light")
        self.check_quiet()

    def test_map_list_estimate_and_doctor(self):
        self.browser.open(url=self.address + "#page=intensity")
        self.browser.wait(css='[data-testid="map"] path')
        self.assertGreater(self.browser.count(css='[data-testid="map"] path.class-0'), 5)
        self.browser.evaluate(script="void document.querySelector('[data-testid=map] path.class-0')"
                                     ".dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        self.browser.until(testid="chosen", pattern="gCO2e/kWh")
        self.browser.goto(hash="page=devices")
        self.browser.until(testid="devices", pattern="cpu0")
        doctor = self.api("doctor")["checks"]
        mending = [check["sensor"] for check in doctor if check["fix"] is not None]
        for sensor in mending:
            self.assertIn(sensor, self.browser.text(testid="doctor"))
        self.check_quiet()


if __name__ == "__main__":
    unittest.main()
