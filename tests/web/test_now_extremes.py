# SPDX-License-Identifier: Apache-2.0
"""test_now_extremes.py - points that are more than one reading: the least and the most beside the mean, worked out by hand."""
import json
import time
import unittest

from browser_case import BrowserCase, why_not
from made_feed import feed

POWER = '[data-testid="power-chart"]'
STEP = 60


@unittest.skipIf(why_not(), why_not())
class Extremes(BrowserCase):
    def legend(self):
        return self.browser.texts(css=f"{POWER} .legend li")[0].replace("\u202f", " ").replace("\n", " ")

    def wait_for_legend(self, text):
        self.wait_until(lambda: text in self.legend(), text)

    def summary(self):
        return self.browser.evaluate(script="document.getElementById('power-chart-text').textContent").replace("\u202f", " ")

    def show_stored(self, *devices):
        """A day of which three steps were measured: of each device its (least, mean, most) watts in each."""
        now = int(time.time()) // STEP * STEP
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        told = [{"id": f"cpu{at}", "kind": "cpu", "basis": "measured", "added": True,
                 "points": [[now - (3 - index) * STEP, *point] for index, point in enumerate(points)]} for at, points in enumerate(devices)]
        self.browser.answer(pattern=r"/samples\?", status=200, body=json.dumps({"step_seconds": STEP, "devices": told}))
        self.browser.goto(hash="range=86400")
        self.browser.wait(css=f"{POWER} canvas")

    def test_of_stored_steps_the_devices_own_add_up(self):
        """The last: 60 + 5 = 65 W at the least, 80 + 10 = 90 W as a mean, 130 + 12 = 142 W at the most."""
        self.show_stored([(50, 70, 90), (70, 90, 300), (60, 80, 130)], [(8, 10, 12), (8, 10, 20), (5, 10, 12)])
        self.wait_for_legend("total 90.0 W 65.0 W to 142 W")
        self.assertIn("from 58.0 W to 320 W, at last 90.0 W", self.summary())  # 50 + 8, 300 + 20
        self.assertIn("as far as the devices' own can add up.", self.browser.text(testid="power-chart"))
        band = self.tinted()
        self.browser.click(css='[data-testid="power-chart-table"]')
        heads = [head.split("\n")[0] for head in self.browser.texts(css=f"{POWER} thead th")]
        self.assertEqual(heads[:4], ["Time", "total", "least", "most"])
        rows = [row.replace("\u202f", " ").split("\t")[1:4] for row in self.browser.texts(css=f"{POWER} tbody tr")]
        self.assertEqual(rows, [["90.0 W", "65.0 W", "142 W"], ["100 W", "78.0 W", "320 W"], ["80.0 W", "58.0 W", "102 W"]])
        self.assertEqual(self.browser.axe(), [])
        self.browser.click(css='[data-testid="power-chart-table"]')
        self.browser.wait(css=f"{POWER} canvas")
        self.shot("extremes-1280-light")
        # without them nothing is tinted, and nothing said
        self.show_stored([(70, 70, 70), (90, 90, 90), (80, 80, 80)])
        self.wait_for_legend("total 80.0 W")
        self.assertNotIn(" to ", self.legend())
        self.assertNotIn("pale band", self.browser.text(testid="power-chart"))
        self.assertGreater(band, 20 * max(self.tinted(), 10))
        self.check_quiet()

    def test_a_step_whose_extremes_are_not_told_has_none(self):
        self.show_stored([(50, 70, 90), (70, 90, 300), (60, 80, 130)], [(8, 10, 12), (8, 10, 20), (None, 10, None)])
        self.wait_for_legend("total 90.0 W \u2013 to \u2013")
        self.assertIn("from 58.0 W to 320 W", self.summary())
        self.check_quiet()

    def tinted(self):
        """Pixels of the band where no layer is below it: its ink at three tenths on the sheet."""
        return self.browser.evaluate(script="""(() => {
            const canvas = document.querySelector('[data-testid=power-chart] canvas');
            const style = getComputedStyle(document.documentElement);
            const part = (name, at) => {
                const hex = style.getPropertyValue(name).trim();
                return parseInt(hex.length === 4 ? hex[at].repeat(2) : hex.slice(at * 2 - 1, at * 2 + 1), 16);
            };
            const want = [1, 2, 3].map((at) => part('--sheet', at) * 0.7 + part('--ink', at) * 0.3);
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            const sheet = [1, 2, 3].map((at) => part('--sheet', at));
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                const alpha = data[i + 3] / 255;
                count += want.every((value, at) => Math.abs(data[i + at] * alpha + sheet[at] * (1 - alpha) - value) < 8) ? 1 : 0;
            }
            return count;
        })()""")

    def test_of_live_readings_those_of_the_same_moment_add_up(self):
        """Four seconds a point. gpu0 draws 250, 50, 50, 50 W, gpu1 50 W; gpu2 and gpu3 take turns with 50 and 150 W, 200 W
        together all the time: 300 W at the least and 500 W at the most, and not the 200 and 600 W of each by itself."""
        watts = "[id % 4 === 0 ? 250 : 50, 50, id % 2 ? 50 : 150, id % 2 ? 150 : 50][index]"
        self.browser.open(url=self.address, before=feed(4, watts))
        self.browser.wait(css='[data-testid="card-power"]')
        self.browser.evaluate(script="void feed(1600)")
        self.browser.wait(css=f"{POWER} canvas")
        self.wait_for_legend(" to ")
        self.browser.focus(css=f"{POWER} .canvas")
        self.browser.press(css=f"{POWER} .canvas", key="Home")
        self.browser.press(css=f"{POWER} .canvas", key="ArrowRight")  # the first may lack some of its seconds
        self.wait_for_legend("total 350 W 300 W to 500 W")
        self.assertIn("from the least to the most in the time of which a point is the mean.", self.browser.text(testid="power-chart"))
        self.assertIn("from 300 W to 500 W", self.summary())
        # nearer each reading is a point of its own
        self.browser.press(css=f"{POWER} .canvas", key="Shift+ArrowUp")
        self.wait_until(lambda: " to " not in self.legend(), "no extremes of single readings")
        self.check_quiet()


if __name__ == "__main__":
    unittest.main()
