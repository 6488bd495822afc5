# SPDX-License-Identifier: Apache-2.0
"""test_now_cards.py - the cards, gauges, equivalents and the hardware of the first page: what the API tells, read back in a browser."""
import os
import re
import time
import unittest

from browser_case import BrowserCase, why_not
from serve_case import PROGRAM

FAKES = os.environ.get("AICO2_TEST_FAKES", "")
HOUR = 3600


class CardsCase(BrowserCase):
    def train(self, name, *options, command=("sleep", "2")):
        done = self.run_command(*command, options=("--name", name, "--country", "FR", "--sysroot", self.machine.root, "--scope", "machine", *options))
        self.assertEqual(done.returncode, 0, done.stderr)
        return next(run["id"] for run in self.api("runs")["runs"] if run["name"] == name)

    def region(self, code, name):
        self.browser.fill(testid="region", value=code)
        self.browser.press(css='[data-testid="region"]', key="Enter")
        self.browser.until(testid="as-if", pattern=name)


@unittest.skipIf(why_not(), why_not())
class Cards(CardsCase):
    def test_cards_tell_what_the_api_tells_and_follow_region_step_and_run(self):
        run = self.train("first", "--price", "0.25EUR", "--market-factor", "10")
        report = self.api(f"runs/{run}")
        self.browser.open(url=self.address + "#stage=training")
        self.browser.until(testid="card-runtime", pattern="first, finished")
        self.assertAlmostEqual(self.number("card-energy"), report["energy"]["total_joules"] / 3600, delta=0.001)
        # all of it, where the machine was not so busy that a moment at an edge had to be made up
        measured = report["energy"]["measured_ratio"] * 100
        self.assertGreater(measured, 90)
        shown = "99" if 99.5 < measured < 100 else f"{measured:.1f}".removesuffix(".0")
        self.assertEqual(self.browser.attribute(css='[data-testid="card-energy"] .shares', name="aria-label"), f"{shown}\u202f% measured")
        grams = report["carbon"]["total_gco2e"]
        self.assertAlmostEqual(self.number("card-carbon") / grams, 1, delta=0.01)
        facts = self.browser.text(testid="carbon-facts")
        for told in ("44.2 g/kWh, France", "Ember", f"figure of {report['carbon']['intensity_year']}, ", "at 10.0 g/kWh"):
            self.assertIn(told, facts)
        seconds = float(re.search(r"([\d.]+)\u202fs", self.browser.text(testid="card-runtime")).group(1))
        self.assertAlmostEqual(seconds / report["run"]["duration_seconds"], 1, delta=0.01)
        self.assertRegex(self.browser.text(testid="card-date"), r"Nov|202\d")
        amount = float(re.search(r"\u20ac([\d.]+)", self.browser.text(testid="card-cost")).group(1))
        self.assertAlmostEqual(amount / report["cost"]["amount"], 1, delta=0.02)
        self.assertIn("a kWh", self.browser.text(testid="card-cost"))
        self.assertIn("--epochs", self.browser.text(testid="card-forecast"))
        self.assertGreater(len(self.browser.attribute(css='[data-testid="card-power"] .spark path', name="d")), 10)
        # another region: the same joules, other grams, and what is shown says so
        self.assertFalse([url for url in self.browser.asked() if url.endswith("/api/v1/intensity")])
        self.region("PL", "Measured in France, shown as if in Poland")
        there = self.api(f"runs/{run}?place=PL")["carbon"]
        ratio = there["intensity_gco2e_per_kwh"] / report["carbon"]["intensity_gco2e_per_kwh"]
        self.assertAlmostEqual(there["operational_gco2e"] / report["carbon"]["operational_gco2e"], ratio, places=6)
        self.wait_until(lambda: abs(self.number("card-carbon") / there["total_gco2e"] - 1) < 0.01, "other grams")
        self.assertIn("Where it ran", self.browser.text(testid="carbon-facts"))
        self.assertIn("region=PL", self.browser.hash())
        self.browser.fill(testid="region", value="")
        self.browser.press(css='[data-testid="region"]', key="Enter")
        self.wait_until(lambda: abs(self.number("card-carbon") / grams - 1) < 0.01, "the grams as measured")
        # a step without a run says how to make one
        self.assertEqual(self.browser.texts(css='[data-testid="lifecycle"] option'), ["All", "Training", "Inference", "Tuning", "Idle"])
        self.browser.select(testid="lifecycle", value="tuning")
        self.browser.until(testid="card-energy", pattern="aico2 run --stage tuning")
        for card in ("energy", "carbon", "runtime", "date", "cost"):
            self.assertIn("\u2013", self.browser.text(testid=f"card-{card}"))
        self.shot("empty-1280-light")
        self.assertEqual(self.browser.axe(), [])
        # a run by its name
        self.browser.select(testid="lifecycle", value="")
        self.train("second")
        self.browser.until(testid="card-runtime", pattern="second")
        self.browser.select(testid="run-picker", value=run)
        self.browser.until(testid="card-runtime", pattern="first")
        self.assertIn(run, self.browser.hash())
        self.browser.reload()
        self.browser.until(testid="card-runtime", pattern="first")
        self.check_quiet()

    def test_the_region_is_found_by_name_and_by_keyboard(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.wait_until(lambda: "France" in (self.browser.attribute(css='[data-testid="region"]', name="placeholder") or ""), "where it is measured")
        self.browser.click(css='[data-testid="region"]')
        options = '.options [role="option"]'
        self.wait_until(lambda: self.browser.count(css=options) > 20, "the places")
        self.assertIn("as measured", self.browser.texts(css=options)[0])
        self.assertEqual(self.browser.axe(), [])
        self.browser.fill(testid="region", value="ger")
        self.assertRegex(self.browser.texts(css=options)[1], r"Germany.*DE . \d+ g/kWh, 20\d\d".replace(".*", r"[\s\S]*"))
        self.browser.press(css='[data-testid="region"]', key="ArrowUp")
        self.assertIn("at", self.browser.attribute(css=options, name="class"))
        self.browser.press(css='[data-testid="region"]', key="ArrowDown")
        self.browser.press(css='[data-testid="region"]', key="Enter")
        self.browser.until(testid="as-if", pattern="Germany")
        self.browser.fill(testid="region", value="eu-west-3")
        self.browser.click(css='.options li:nth-child(2)')
        self.assertIn("aws%3Aeu-west-3", self.browser.hash())
        # one that is none says so, and the grams stay unknown
        self.browser.fill(testid="region", value="Atlantis")
        self.browser.press(css='[data-testid="region"]', key="Escape")
        self.browser.goto(hash="region=Atlantis")
        self.browser.until(testid="as-if", pattern="Atlantis")
        # why there are none is said by each card, and not that there is no run
        for card in ("card-energy", "card-carbon", "card-runtime", "card-date", "card-cost", "equivalents"):
            self.browser.until(testid=card, pattern="no answer: see above")
            self.assertNotIn("no run", self.browser.text(testid=card), card)

    def test_equivalents_and_a_factor_of_ones_own(self):
        run = self.train("first")
        report = self.api(f"runs/{run}")
        self.browser.open(url=self.address)
        self.browser.until(testid="card-runtime", pattern="first")
        grams, kwh = report["carbon"]["total_gco2e"], report["energy"]["total_joules"] / 3.6e6

        def line(testid):
            return float(self.browser.text(testid=testid).split("\n")[-1].split()[-1])
        self.assertAlmostEqual(line("eq-car") / (grams / 217.6), 1, delta=0.06)  # told by two digits
        self.assertAlmostEqual(line("eq-tree") / report["equivalents"]["tree_seedling_months"], 1, delta=0.06)
        self.assertAlmostEqual(line("eq-phone") / (grams / 12.4), 1, delta=0.06)
        self.assertAlmostEqual(line("eq-home") / (kwh / (10 / 24)), 1, delta=0.06)
        self.assertAlmostEqual(line("eq-kettle") / (kwh / 0.11), 1, delta=0.06)
        how = self.browser.attribute(css='[data-testid="eq-car"] summary', name="title")
        self.assertEqual(how, "gCO2e \u00f7 218 gCO2e per km; the original project, 2024")
        self.browser.click(css='[data-testid="eq-car"] summary')
        self.browser.evaluate(script="void (document.querySelector('[data-testid=eq-car] input').value = '100')")
        self.browser.click(css='[data-testid="eq-car"] button[type="submit"]')
        self.wait_until(lambda: "100 gCO2e" in self.browser.text(testid="eq-car"), "another factor")
        self.browser.click(css='[data-testid="eq-car"] button[type="button"]')
        self.wait_until(lambda: "218 gCO2e" in self.browser.text(testid="eq-car"), "the table's again")
        self.check_quiet()

    def test_states_of_blocks_that_get_no_answer(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.browser.hold(pattern=r"/api/v1/devices")
        self.browser.answer(pattern=r"/api/v1/runs\?", status=500, body='{"title": "x", "detail": "this cannot be answered now"}')
        self.browser.reload()
        self.browser.until(testid="hw", pattern="Asking")
        self.wait_until(lambda: "this cannot be answered now" in " ".join(self.browser.texts(css=".notice.bad")), "what failed")
        self.browser.until(testid="card-power", pattern=r"\d.*W")  # the rest goes on
        self.assertEqual(self.browser.axe(), [])
        self.browser.open(url=self.address)
        self.browser.answer(pattern=r"/api/v1/devices", status=403, body='{"title": "Forbidden"}')
        self.browser.reload()
        self.browser.until(testid="hw", pattern="You may not see this")


@unittest.skipIf(why_not(), why_not())
class Ahead(CardsCase):
    """A forecast of the grid, and of a training that goes on."""

    def setUp(self):
        super().setUp()
        hour = int(time.time()) // HOUR * HOUR
        path = self.path("fr.csv")
        with open(path, "w", encoding="ascii") as handle:
            handle.write("time,gco2e_per_kwh\n" + "".join(f"{hour + at * HOUR},{20 if at in (5, 6) else 50}\n" for at in range(-30, 30)))
        self.server = self.serve(*self.options, "--place", f"FR={path}")
        self.address = f"http://127.0.0.1:{self.server.port}/"
        self.best = hour + 5 * HOUR

    def test_a_training_that_goes_on_and_the_cleaner_hour(self):
        # the last epoch lasts until all of it has been seen, however busy the machine is
        seen = self.path("seen")
        epochs = f"for i in 1 2 3 4 5 6 7 8; do echo Epoch $i/8; if [ $i -lt 8 ]; then sleep 3; else until [ -e {seen} ]; do sleep 0.1; done; fi; done"
        options = ("--epoch-output", "--epochs", "8", "--name", "epochs", "--country", "FR", "--sysroot", self.machine.root, "--scope", "machine")
        began = time.monotonic()
        process = self.start(PROGRAM, "run", *options, "--", "sh", "-c", epochs)
        self.browser.open(url=self.address)
        self.browser.until(testid="card-runtime", pattern="epochs, running")
        self.wait_until(lambda: re.search(r"[2-7] of 8 epochs done; .* in all\. .* to go, until about", self.browser.text(testid="card-forecast")),
                        "epochs are counted while it runs")
        done = float(self.browser.attribute(css="progress", name="value"))
        self.assertTrue(0.2 < done < 0.9, done)
        forecast = self.number("card-forecast") * 3600
        # 135 W, eight times three seconds, and as much more as the last one has been waiting
        self.assertTrue(0.7 * 135 * 24 < forecast < 1.3 * 135 * (24 + max(0, time.monotonic() - began - 21)), forecast)
        marks = self.browser.evaluate(script="document.querySelector('[data-testid=power-chart] canvas') !== null")
        self.assertTrue(marks)
        clock = self.browser.evaluate(script=f"new Intl.DateTimeFormat(undefined, {{hour: '2-digit', minute: '2-digit'}}).format({self.best * 1000})")
        self.assertEqual(self.browser.text(testid="cleaner"), f"Cleaner at {clock}: \u221260\u202f%")
        self.shot("training-1280-light")
        self.assertEqual(self.browser.axe(), [])
        with open(seen, "w", encoding="ascii"):
            pass
        self.assertEqual(process.wait(timeout=60), 0)
        self.browser.until(testid="card-runtime", pattern="epochs, finished")
        self.browser.until(testid="card-forecast", pattern="8 of 8 epochs done")
        self.region("DE", "Germany")
        self.browser.until(testid="cleaner", pattern="not known here")
        self.check_quiet()


@unittest.skipIf(why_not(), why_not())
class Gauges(CardsCase):
    def setUp(self):
        super().setUp()
        self.env["AICO2_NVML"] = os.path.join(FAKES, "fake_nvml.so")
        self.env["FAKE_NVML"] = "count=2;gpu0.watts=100;gpu1.watts=200;gpu0.util=40;gpu1.util=80"
        self.server = self.serve(*self.options)
        self.address = f"http://127.0.0.1:{self.server.port}/"

    def test_donuts_of_processors_and_memories_and_the_hardware_table(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="donut-gpu", pattern="60%")  # of 40 and 80
        self.browser.until(testid="donut-ram", pattern=r"\d+%")
        tick = self.live()
        used = tick["memory_used_bytes"] / tick["memory_total_bytes"]
        self.assertAlmostEqual(float(re.search(r"(\d+)%", self.browser.text(testid="donut-ram")).group(1)) / 100, used, delta=0.02)
        for gpu in ("gpu0", "gpu1"):
            self.browser.until(testid=f"donut-vram-{gpu}", pattern="0%")
            self.assertIn("100\u202fMiB of 80.0\u202fGiB", self.browser.text(testid=f"donut-vram-{gpu}"))
        text = self.browser.attribute(css='[data-testid="donut-gpu"] svg', name="aria-label")
        self.assertEqual(text, "GPU: 60\u202f% used, 40\u202f% free")
        self.wait_until(lambda: self.browser.attribute(css='[data-testid="donut-gpu"] .trend', name="d").count("M") > 3, "a mark a tick")
        rows = self.browser.texts(css='[data-testid="hw"] tbody th')
        for row in ("OS", "Kernel", "CPU", "Memory", "cpu0", "cpu1", "dram0", "dram1", "gpu0", "gpu1"):
            self.assertEqual(rows.count(row), 1, rows)
        table = self.browser.text(testid="hw")
        devices = {device["id"]: device for device in self.api("devices")["devices"] if device["used"]}
        self.assertIn(devices["gpu0"]["model"], table)
        self.assertIn(f"{devices['cpu0']['tdp_watts']:.0f}\u202fW", table)
        self.assertRegex(table, r"[ABCD], \u00b1\d+\u202f%")
        self.assertEqual(self.browser.count(css='[data-testid="why"]'), 0 if all(one["basis"] == "measured" for one in devices.values()) else 1)
        self.shot("gpus-1280-light")
        self.check_quiet()

    def live(self):
        return self.api("live?since=0&wait=0")["samples"][-1]


@unittest.skipIf(why_not(), why_not())
class Estimated(CardsCase):
    """The machine under the tests itself, where nothing is metered as a rule."""

    def setUp(self):
        super().setUp()
        self.server = self.serve("--country", "FR")
        self.address = f"http://127.0.0.1:{self.server.port}/"

    def test_why_it_is_estimated_and_what_mends_it(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="hw", pattern="cpu0")
        if self.browser.count(css='[data-testid="why"]') == 0:
            self.skipTest("all of this machine is metered")
        asked = len([url for url in self.browser.asked() if url.endswith("/doctor")])
        self.assertEqual(asked, 0)
        self.browser.click(css='[data-testid="why"] summary')
        checks = [check for check in self.api("doctor")["checks"] if check["fix"] is not None]
        for check in checks:
            self.browser.until(testid="why", pattern=re.escape(check["sensor"]))
        text = self.browser.text(testid="why")
        self.assertRegex(text, "is (modelled|assumed): ")
        if not checks:
            self.browser.until(testid="why", pattern="Everything that can be read is read")
        self.assertEqual(self.browser.axe(), [])
        self.shot("estimated-1280-light")
        self.check_quiet()


if __name__ == "__main__":
    unittest.main()
