# SPDX-License-Identifier: Apache-2.0
"""test_now_chart.py - the charts of the first page: what they tell, the pointer, the keyboard, nearer and farther, gaps and runs."""
import json
import re
import signal
import time
import unittest

from browser_case import BrowserCase, moment_of, why_not

POWER = '[data-testid="power-chart"]'
ENERGY = '[data-testid="cum-chart"]'
FRANCE = 44.18  # gCO2e/kWh, of the tables


class Charts(BrowserCase):
    OPTIONS = ()

    def setUp(self):
        super().setUp()
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"1[23]\d")
        self.wait_until(lambda: self.legend(ENERGY).get("total", [0])[0] > 0.1, "some ticks are added up")  # Wh: three seconds of 135 W

    def legend(self, chart):
        """Figures of the legend by name, in W or Wh; the total's second one is grams."""
        units = {"W": 1, "mW": 1e-3, "kW": 1e3, "Wh": 1, "mWh": 1e-3, "kWh": 1e3, "g": 1, "mg": 1e-3, "\u00b5g": 1e-6}
        found = {}
        for line in self.browser.texts(css=f"{chart} .legend li"):
            figures = re.findall(r"([\d,.]+)\u202f(mWh|kWh|Wh|mW|kW|W|mg|g)\b", line)
            if figures:
                found[line.split()[0]] = [float(value.replace(",", "")) * units[unit] for value, unit in figures]
        return found


@unittest.skipIf(why_not(), why_not())
class Now(Charts):
    def test_figures_shares_and_the_basis_of_each(self):
        legend = self.legend(POWER)
        self.assertEqual(list(legend), ["total", "dram1", "dram0", "cpu1", "cpu0"])  # as they lie, from the top
        self.assertAlmostEqual(sum(values[0] for name, values in legend.items() if name != "total"), legend["total"][0], delta=1)
        self.check_power(lambda: {name: values[0] for name, values in self.legend(POWER).items()},
                         {name: watts * 0.12 for name, watts in (("cpu0", 80), ("cpu1", 40), ("dram0", 10), ("dram1", 5))})
        self.wait_until(lambda: any(re.search(r"^cpu0[\s\S]*(58|59|60)%, measured", line) for line in self.browser.texts(css=f"{POWER} .legend li")),
                        "80 of 135 W are cpu0's")
        text = self.browser.evaluate(script="document.getElementById('power-chart-text').textContent")
        self.assertRegex(text, r"Power by device, .* to .*: from .*W to .*W, at last \d+.W, of cpu0 .* \(measured\), .*; no gap\.")

    def test_energy_and_carbon_add_up(self):
        begin, count = self.ticks()[:3], len(self.ticks())
        seen = []

        def right():
            """What the page tells is what had been used at a tick since the first, and that is what the counters held; from the second or
            third on where the machine was late with the first."""
            told = self.legend(ENERGY)["total"][0] * 3600
            for tick in self.ticks()[count + 5:]:
                if abs(self.used(begin[0], tick) - told) <= 0.006 * told:
                    off = [self.used(first, tick) - sum(self.machine.joules(device, first, tick) for device in self.machine.NODES) for first in begin]
                    seen.append(off)
                    if min(map(abs, off)) <= 2 * 12:  # as far as 12 W of a second at each end
                        return True
            return False
        try:
            self.wait_until(right, "the joules of the counters")
        except AssertionError as error:
            raise AssertionError(f"{error}: told, less than what they held, of each tick: {seen[-5:]}") from error
        after = self.legend(ENERGY)["total"]
        self.assertAlmostEqual(after[1] / (after[0] / 1000 * FRANCE), 1, delta=0.02)  # grams of these watt-hours
        # in Poland the same joules are other grams
        self.browser.fill(testid="region", value="PL")
        self.browser.press(css='[data-testid="region"]', key="Enter")
        self.browser.until(testid="as-if", pattern="Poland")
        there = self.api("intensity/PL")["gco2e_per_kwh"]
        self.wait_until(lambda: abs(self.legend(ENERGY)["total"][1] / (self.legend(ENERGY)["total"][0] / 1000 * there) - 1) < 0.03, "other grams")
        self.check_quiet()

    @staticmethod
    def used(first, tick):
        """Joules between two ticks, of what is part of the machine's power."""
        at = [{device["id"]: device["joules"] for device in one["devices"] if device["added"]} for one in (first, tick)]
        return sum(joules - at[0][name] for name, joules in at[1].items())

    def test_each_second_is_named_once(self):
        """Also where the axis has several ticks a second. Labels of an axis are drawn from the left to the right, those of no second empty."""
        self.wait_for_ticks(6)
        self.browser.evaluate(script="""(() => {
            const draw = CanvasRenderingContext2D.prototype.fillText;
            globalThis.axes = [];
            CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
                const last = axes.at(-1);
                if (/^(\\d+:\\d\\d:\\d\\d.*)?$/.test(text)) {
                    if (last === undefined || last.y !== y || x <= last.x) axes.push({ x, y, texts: [text] });
                    else Object.assign(last, { x, texts: [...last.texts, text] });
                }
                return draw.call(this, text, x, y, ...more);
            };
        })()""")
        self.browser.drag(css=f"{POWER} .u-over", **{"from": 0.3, "to": 0.6})

        def fine():
            drawn = json.loads(self.browser.evaluate(script="JSON.stringify(axes.map(({ texts }) => texts))"))
            return [texts for texts in drawn if "" in texts and any(texts)]
        for texts in self.wait_until(fine, "ticks within seconds"):
            named = [text for text in texts if text]
            self.assertEqual(len(set(named)), len(named), texts)

    def test_the_keyboard_points_and_says_and_both_charts_point_alike(self):
        self.wait_for_ticks(4)
        self.browser.focus(css=f"{POWER} .canvas")
        self.browser.press(css=f"{POWER} .canvas", key="Home")
        first = self.browser.texts(css=f"{POWER} .when")
        self.assertRegex(first[0], r"\d:\d\d")
        self.assertEqual(self.browser.texts(css=f"{ENERGY} .when"), first)
        self.browser.press(css=f"{POWER} .canvas", key="ArrowRight")
        second = self.browser.texts(css=f"{POWER} .when")
        self.assertNotEqual(second, first)
        self.browser.press(css=f"{POWER} .canvas", key="ArrowLeft")
        self.assertEqual(self.browser.texts(css=f"{POWER} .when"), first)
        self.browser.press(css=f"{ENERGY} .canvas", key="End")
        both = self.browser.texts(css=f"{ENERGY} .when, {POWER} .when")
        self.assertEqual(both, [both[0]] * 2)
        self.wait_until(lambda: re.search(r"1[23]\d.W", self.browser.evaluate(script="document.querySelector('[data-testid=power-chart-spoken]').textContent")),
                        "said to those who listen")
        self.browser.press(css=f"{POWER} .canvas", key="Escape")
        self.assertEqual(self.browser.texts(css=f"{POWER} .when"), [""])
        # the pointer, too
        self.browser.point(css=f"{ENERGY} .u-over", at=0.5)
        self.wait_until(lambda: self.browser.texts(css=f"{POWER} .when") != [""], "both point")
        self.check_quiet()

    def test_nearer_and_back_again(self):
        self.wait_for_ticks(8)
        reset = '[data-testid="power-chart-reset"]'
        self.assertEqual(self.browser.count(css=reset), 0)
        self.browser.drag(css=f"{POWER} .u-over", **{"from": 0.2, "to": 0.6})
        self.browser.wait(css=reset)
        self.browser.wait(css='[data-testid="cum-chart-reset"]')
        # the first reading of what is shown is not the first of all
        self.browser.press(css=f"{POWER} .canvas", key="Home")
        zoomed = self.browser.texts(css=f"{POWER} .when")
        self.browser.twice(css=f"{POWER} .u-over")
        self.wait_until(lambda: self.browser.count(css=reset) == 0, "all of it by a double click")
        self.browser.press(css=f"{POWER} .canvas", key="Home")
        self.assertNotEqual(self.browser.texts(css=f"{POWER} .when"), zoomed)
        for keys, left in ((("Shift+ArrowUp",), 1), (("Shift+ArrowDown",), 0), (("Shift+ArrowRight", "Shift+ArrowLeft"), 1), (("Escape",), 0),
                           (("Shift+ArrowLeft",), 1)):
            for key in keys:
                self.browser.press(css=f"{POWER} .canvas", key=key)
            self.assertEqual(self.browser.count(css=reset), left, keys)
        self.browser.click(css=reset)
        self.assertEqual(self.browser.count(css=reset), 0)
        self.check_quiet()

    def test_the_legend_takes_a_device_out_and_back(self):
        button = f"{POWER} .legend button"
        before = self.wait_until(lambda: self.pixels(0), "cpu0 is drawn")
        self.browser.click(css=button)
        self.assertEqual(self.browser.attribute(css=button, name="aria-pressed"), "false")
        self.assertIn("total", self.legend(POWER))
        for _ in range(3):
            self.browser.click(css=f'{button}[aria-pressed="true"]')
        self.wait_until(lambda: self.pixels(0) < before * 0.1, "of cpu0's colour nothing is left")
        self.browser.click(css=f"{POWER} .legend li:last-of-type button, {POWER} .legend li:nth-of-type(5) button")
        # lower, perhaps: a tick in which a late thread made up for others has become the highest
        self.wait_until(lambda: self.pixels(0) > before * 0.2, "it is drawn again")
        self.check_quiet()

    def pixels(self, colour):
        """How many of a layer's colour there are on the chart."""
        return self.browser.evaluate(script="""(() => {
            const canvas = document.querySelector('[data-testid=power-chart] canvas');
            const name = getComputedStyle(document.documentElement).getPropertyValue('--c%d').trim();
            const want = [1, 3, 5].map((at) => parseInt(name.slice(at, at + 2), 16));
            /* a copy: Chromium warns of canvases that are read often */
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4)
              count += want.every((value, at) => Math.abs(data[i + at] - (value * 0.85 + 255 * 0.15)) < 14) ? 1 : 0;
            return count;
        })()""" % colour)

    def test_as_a_table(self):
        self.browser.click(css='[data-testid="cum-chart-table"]')
        heads = self.browser.texts(css=f"{ENERGY} thead th")
        self.assertEqual([head.split()[0] for head in heads], ["Time", "total", "Carbon", "cpu0", "cpu1", "dram0", "dram1"])
        rows = self.browser.texts(css=f"{ENERGY} tbody th")
        self.assertGreater(len(rows), 1)
        self.assertEqual(self.browser.axe(), [])
        self.browser.click(css='[data-testid="cum-chart-table"]')
        self.browser.wait(css=f"{ENERGY} canvas")

    def test_gaps_with_their_reason_and_runs(self):
        self.assertEqual(self.run_command("sleep", "0.2", options=("--name", "marked", "--sysroot", self.machine.root)).returncode, 0)
        # all that is written from here on
        self.browser.evaluate(script="""(() => {
            const fill = CanvasRenderingContext2D.prototype.fillText;
            globalThis.written = new Set();
            CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
                written.add(`${text} (${this.textAlign}, ${this.textBaseline})`);
                return fill.call(this, text, ...rest);
            };
        })()""")

        def is_written(words):
            return any(words in text for text in self.browser.evaluate(script="[...globalThis.written]"))
        # no reading for longer than a few ticks: the measuring thread stands still, and goes on. A third of what is shown
        # is wide enough for the reason, however long a busy machine has taken until here.
        first = moment_of(self.wait_for_ticks(6)[0])
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(max(6, (time.time() - first) / 2))
        self.server.process.send_signal(signal.SIGCONT)
        self.wait_until(lambda: "no gap" not in self.browser.evaluate(script="document.getElementById('power-chart-text').textContent"), "the gap is told")
        self.wait_until(lambda: is_written("the machine slept"), "the reason is written")
        self.wait_until(lambda: is_written("marked "), "the run is written")
        for text in self.browser.evaluate(script="[...globalThis.written]"):
            if "marked" in text:  # on its own surface, behind its line, in each of the charts
                self.assertRegex(text, r" \(left, alphabetic\)$")
            if "the machine slept" in text:
                self.assertRegex(text, r" \(center, middle\)$")
            self.assertNotRegex(text, r"^\d+\.0+\D", "no more than the tick is")
        self.shot("gap-1280-light")
        self.browser.click(css='[data-testid="power-chart-table"]')
        self.assertIn("\u2013", self.browser.texts(css=f"{POWER} tbody td"))
        self.check_quiet()


@unittest.skipIf(why_not(), why_not())
class Overhead(Charts):
    OPTIONS = ("--pue", "1.5")

    def test_the_building_on_top(self):
        button = '[data-testid="pue"]'
        self.wait_until(lambda: "1.5" in self.browser.text(testid="pue"), "the factor is known")
        grams = self.legend(ENERGY)["total"]
        self.assertAlmostEqual(grams[1] / (grams[0] / 1000 * FRANCE * 1.5), 1, delta=0.02)  # grams have it in any case
        self.browser.click(css=button)
        self.assertEqual(self.browser.attribute(css=button, name="aria-pressed"), "true")
        self.wait_until(lambda: abs(self.legend(POWER)["total"][0] / (135 * 1.5) - 1) < 0.05, "half as much again")
        legend = self.browser.texts(css=f"{POWER} .legend li")
        self.assertTrue(any(line.startswith("overhead, PUE 1.5") and "assumed" in line for line in legend), legend)
        with_it = self.legend(ENERGY)["total"]
        self.assertAlmostEqual(with_it[1] / (with_it[0] / 1000 * FRANCE), 1, delta=0.02)  # and not twice
        self.shot("pue-1280-light")
        self.check_quiet()


@unittest.skipIf(why_not(), why_not())
class Ranges(Charts):
    def test_a_day_a_week_and_from_one_time_to_another(self):
        self.assertEqual(self.browser.texts(css='[data-testid="range"] .group button'), ["5 min", "1 h", "24 h", "7 d", "Custom"])
        self.wait_for_stored()
        for label, value in (("24 h", "86400"), ("7 d", "604800")):
            self.browser.click(css=f'[data-testid="range"] button:has-text("{label}")')
            self.assertIn(f"range={value}", self.browser.hash())
            # a busy machine's newest minute may hold little yet: the page asks again
            self.wait_until(lambda: abs(self.legend(POWER).get("cpu0", [0])[0] - 80) <= 12, f"{label} out of the history")
        self.assertTrue(any("/samples?step=60&from=" in url for url in self.browser.asked()), "a minute a point")
        # from one time to another, by the form
        self.browser.click(css='[data-testid="range-custom"]')
        now = time.time()
        for name, at in (("from", now - 600), ("to", now + 60)):
            self.browser.evaluate(script=f"""(() => {{
                const field = document.querySelector('[data-testid=range] input[name={name}]');
                field.value = '{time.strftime("%Y-%m-%dT%H:%M", time.localtime(at))}';
                field.dispatchEvent(new Event('input', {{ bubbles: true }}));
            }})()""")
        self.browser.click(css='[data-testid="range"] button[type="submit"]')
        self.assertRegex(self.browser.hash(), r"range=\d{10}-\d{10}")
        self.wait_until(lambda: "cpu0" in self.legend(POWER), "a stretch out of the history")
        self.assertEqual(self.browser.axe(), [])
        # turned around it is not taken
        self.browser.evaluate(script="""(() => {
            const field = document.querySelector('[data-testid=range] input[name=to]');
            field.value = '2020-01-01T00:00';
            field.dispatchEvent(new Event('input', { bubbles: true }));
        })()""")
        self.browser.until(testid="range", pattern="The end has to come after")
        self.assertEqual(self.browser.count(css='[data-testid="range"] button[type="submit"]:disabled'), 1)
        # a link to a time when nothing was measured says so
        self.browser.goto(hash="range=1600000000-1600003600")
        self.browser.until(testid="power-chart", pattern="Nothing was measured in this time")
        self.check_quiet()

    def wait_for_stored(self):
        watch = self.api("runs?stage=watch")["runs"][0]["id"]
        self.wait_until(lambda: len(self.api(f"runs/{watch}/samples")["devices"][0]["points"]) > 3, "samples in the history")


if __name__ == "__main__":
    unittest.main()
