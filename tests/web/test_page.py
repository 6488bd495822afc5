# SPDX-License-Identifier: Apache-2.0
"""test_page.py - the page in a browser: what it shows of what is measured, and what is done with it."""
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


if __name__ == "__main__":
    unittest.main()
