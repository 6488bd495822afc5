# SPDX-License-Identifier: Apache-2.0
"""test_budgets.py - what the page may cost: bytes, time to the first figure, time of a tick, memory, time of a long chart."""
import json
import os
import time
import unittest

from browser_case import BrowserCase, why_not
from harness import SLOW
from made_feed import feed

ROUNDS = 5  # the best of so many: other work of the machine is not the page's
# Times are a benchmark's, not a test's: where CI runs, on a machine that does other things meanwhile, only what is out of all
# proportion fails. Bytes, requests and memory are the same everywhere.
SLACK = 5 if os.environ.get("CI") else 1
PAINTED_MS, USABLE_MS, TICK_MS, DAY_MS = 400 * SLACK, 600 * SLACK, 8 * SLACK, 150 * SLACK
DEVICES = 6
DAY = 86400

# When the chart is there: the page can be used.
WATCH = """(() => {
  globalThis.appeared = 0;
  new MutationObserver(() => {
    if (globalThis.appeared === 0 && document.querySelector('[data-testid=power-chart] canvas') !== null) globalThis.appeared = performance.now();
  }).observe(document, { childList: true, subtree: true });
})()"""


@unittest.skipIf(why_not(), why_not())
class Budgets(BrowserCase):
    def slowness(self):
        """How many times its own CPU time a thread of the page takes just now, because others have the CPUs: 1 on an idle machine."""
        before = self.browser.busy()
        took = self.browser.evaluate(script="(() => { const began = performance.now(); let now = began; while (now - began < 200) now = performance.now(); return now - began; })()")
        return max(1, took / 1000 / (self.browser.busy() - before))

    def test_bytes_and_requests(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.browser.until(testid="hw", pattern="cpu0")
        sizes = self.browser.evaluate(script="performance.getEntriesByType('navigation').map((one) => one.encodedBodySize)")
        self.assertLessEqual(sizes[0], 60000)
        beside = self.browser.evaluate(script="performance.getEntriesByType('resource').map((one) => one.name)")
        self.assertEqual([name for name in beside if "/api/v1/" not in name], [])  # the page is one request
        self.assertEqual([name for name in beside if name.endswith("/api/v1/intensity")], [])  # a long list, not before it is wanted
        asked = self.browser.evaluate(script="performance.getEntriesByType('resource').filter((one) => !one.name.includes('/live'))"
                                             ".reduce((sum, one) => sum + one.encodedBodySize, 0)")
        self.assertLess(asked, 40000)
        self.browser.goto(hash="page=intensity")
        self.browser.wait(css='[data-testid="map"] path')
        more = self.browser.evaluate(script="performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/more.js')).map((one) => one.encodedBodySize)")
        self.assertEqual(len(more), 1)
        self.assertLessEqual(more[0], 40000)
        self.check_quiet()

    def test_time_to_the_first_figure(self):
        self.api("runs")  # measured already
        time.sleep(2)
        painted, usable = [], []
        until = time.monotonic() + SLOW  # other work of the machine is seen in part alone by slowness(): the net's and the kernel's is not
        while len(painted) < ROUNDS or (time.monotonic() < until and (min(painted) > PAINTED_MS or min(usable) > USABLE_MS)):
            self.browser.open(url=self.address, before=WATCH)
            self.browser.wait(css='[data-testid="power-chart"] canvas')
            # told some time after it was painted
            self.wait_until(lambda: self.browser.evaluate(script="performance.getEntriesByName('first-contentful-paint').length"), "it is painted")
            slowness = self.slowness()
            painted.append(self.browser.evaluate(script="performance.getEntriesByName('first-contentful-paint')[0].startTime") / slowness)
            usable.append(self.browser.evaluate(script="globalThis.appeared") / slowness)
        print(f"first contentful paint {min(painted):.0f} ms, chart {min(usable):.0f} ms (best of {len(painted)})")
        self.assertLessEqual(min(painted), PAINTED_MS, painted)
        self.assertLessEqual(min(usable), USABLE_MS, usable)

    def test_a_tick_and_an_hour_of_them(self):
        self.browser.open(url=self.address, before=feed(DEVICES))
        self.browser.wait(css='[data-testid="card-power"]')
        self.browser.evaluate(script="void feed(3600)")
        self.browser.until(testid="card-power", pattern=r"\d.k?W")
        time.sleep(1)
        costs = []
        for _ in range(ROUNDS):
            slowness = self.slowness()  # who shares a core and its caches is slower by its own time, too
            before = self.browser.busy()
            for _ in range(30):
                self.browser.evaluate(script="void feed(1)")
                time.sleep(0.03)
            costs.append((self.browser.busy() - before) * 1000 / 30 / min(slowness, 2))
        print(f"a tick {min(costs):.1f} ms of the main thread ({', '.join(f'{cost:.1f}' for cost in costs)})")
        self.assertLessEqual(min(costs), TICK_MS, costs)
        # another hour, one by one: what is older than an hour is not kept
        for _ in range(36):
            for _ in range(10):
                self.browser.evaluate(script="void feed(10)")
        heap = self.browser.heap()
        print(f"heap {heap / 1e6:.1f} MB after two hours of {DEVICES} devices")
        self.assertLessEqual(heap, 40e6)
        self.check_quiet()

    def test_a_day_of_six_devices_is_drawn_in_time(self):
        now = int(time.time())
        points = [[now - DAY + at * 60, 100.0, 150.0 + at % 50, 220.0] for at in range(DAY // 60)]
        devices = [{"id": f"gpu{index}", "kind": "gpu", "basis": "measured", "added": True, "points": points} for index in range(DEVICES)]
        self.browser.open(url=self.address, before=feed(DEVICES))
        self.browser.wait(css='[data-testid="card-power"]')
        self.browser.answer(pattern=r"/samples\?", status=200, body=json.dumps({"step_seconds": 60, "devices": devices}))
        self.browser.goto(hash="range=86400")
        self.browser.wait(css='[data-testid="power-chart"] canvas')
        button = '[data-testid="power-chart"] .legend button'
        self.wait_until(lambda: self.browser.count(css=button) == DEVICES, "six devices")
        costs = []
        for _ in range(ROUNDS):
            slowness = self.slowness()
            before = self.browser.busy()
            self.browser.click(css=button)
            time.sleep(0.4)
            costs.append((self.browser.busy() - before) * 1000 / min(slowness, 2))
        print(f"a day of {DEVICES} devices drawn anew: {min(costs):.0f} ms")
        self.assertLessEqual(min(costs), DAY_MS, costs)
        self.shot("day-1280-light")
        self.check_quiet()

    def test_colours_are_told_from_both_backgrounds(self):
        for theme in ("light", "dark"):
            self.browser.open(url=self.address, theme=theme)
            self.browser.until(testid="card-power", pattern=r"\d")
            worst = self.browser.evaluate(script="""(() => {
                const style = getComputedStyle(document.documentElement);
                const light = (name) => {
                    const hex = style.getPropertyValue(name).trim();
                    const full = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one).join('') : hex.slice(1);
                    const [r, g, b] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                const paper = light('--sheet');
                return Math.min(...['--c0', '--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7', '--green', '--ink-2', '--measured', '--modelled']
                    .map(light).map((one) => (Math.max(one, paper) + 0.05) / (Math.min(one, paper) + 0.05)));
            })()""")
            self.assertGreaterEqual(worst, 3, theme)


if __name__ == "__main__":
    unittest.main()
