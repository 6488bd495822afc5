# SPDX-License-Identifier: Apache-2.0
"""test_page.py - the page in a browser: what it shows of what is measured, and what is done with it."""
import unittest

from browser_case import WIDTHS, BrowserCase, why_not

# What there is to see of each page once it is there.
READY = {
    "": '[data-testid="power-chart"] canvas',
    "runs": '[data-testid="runs"] h2, [data-testid="runs"] h1',
    "devices": '[data-testid="readers"] li',
    "intensity": '[data-testid="map"] path',
    "estimate": '[data-testid="estimate-go"]',
    "compare": '[data-testid="compare"]',
}


@unittest.skipIf(why_not(), why_not())
class Now(BrowserCase):
    def test_power_as_it_is(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="live", pattern="live")
        self.browser.wait(css='[data-testid="power-chart"] canvas')
        self.browser.until(testid="card-power", pattern=r"1[23]\d")
        self.check_power(lambda: {"total": self.number("card-power")}, {"total": 12})
        legend = " ".join(self.browser.texts(css='[data-testid="power-chart"] .legend li'))
        for device in ("cpu0", "cpu1", "dram0", "dram1"):
            self.assertIn(device, legend)
        self.assertIn("measured", legend)
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
        self.browser.click(css='[data-testid="units"] button:nth-child(2)')
        self.assertIn("theme=dark", self.browser.hash())
        self.browser.reload()
        self.browser.until(testid="live", pattern="live")
        self.assertEqual(self.browser.attribute(css="html", name="data-theme"), "dark")
        self.assertEqual(self.browser.texts(css='[data-testid="units"] button'), ["J", "kg"])
        self.wait_until(lambda: "J" in self.browser.text(testid="cum-chart") and "kg" in self.browser.text(testid="cum-chart"), "joules and kilograms")
        self.check_quiet()

    def test_the_keys_are_told_and_do_what_is_told(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="live", pattern="live")
        self.browser.press(key="?")
        self.browser.until(testid="help-keys", pattern="Space")
        self.assertEqual(self.browser.axe(), [])
        self.browser.press(key="2")  # what is behind does not hear it
        self.assertNotIn("page=", self.browser.hash())
        self.browser.press(key="Escape")
        self.assertEqual(self.browser.count(css="dialog[open]"), 0)
        for key, page in (("2", "page=runs"), ("1", ""), ("6", "page=devices")):
            self.browser.press(key=key)
            self.assertIn(page, self.browser.hash())
        self.browser.press(key="1")
        self.browser.press(css='[data-testid="help"]', key="Enter")
        self.browser.wait(css="dialog[open]")
        self.browser.click(css="dialog button")
        # the first stop of the keyboard leads past the bar
        self.browser.press(css=".skip", key="Enter")
        self.assertEqual(self.browser.evaluate(script="document.activeElement.id"), "main")
        self.check_quiet()

    def test_a_narrow_screen_and_colours_of_the_systems_own(self):
        self.browser.open(url=self.address, width=320, height=700)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.browser.until(testid="hw", pattern="cpu0")
        self.assertEqual(self.browser.overflow(), "")
        small = self.browser.evaluate(script="""[...document.querySelectorAll('button, select, input, summary, nav a')]
            .filter((one) => one.getClientRects().length > 0 && (one.getBoundingClientRect().height < 24 || one.getBoundingClientRect().width < 24))
            .map((one) => one.outerHTML.slice(0, 80))""")
        self.assertEqual(small, [])
        self.shot("now-320-light")
        self.browser.emulate(media={"forcedColors": "active"})
        self.browser.wait(css='[data-testid="power-chart"] canvas')
        self.assertEqual(self.browser.axe(), [])
        self.shot("now-320-forced")
        # the context was made with less motion wanted: nothing moves by itself
        moving = self.browser.evaluate(script="document.getAnimations().length")
        self.assertEqual(moving, 0)
        self.check_quiet()

    def test_every_width_and_theme(self):
        for theme in ("light", "dark"):
            for width in WIDTHS:
                self.browser.open(url=self.address, width=width, theme=theme)
                self.browser.until(testid="card-power", pattern=r"\d")
                for page, ready in READY.items():
                    with self.subTest(theme=theme, width=width, page=page):
                        self.browser.goto(hash=f"page={page}")
                        self.browser.wait(css=ready)
                        self.wait_until(lambda: not any("Asking" in text for text in self.browser.texts(css=".notice")), "all answers")
                        self.shot(f"{page or 'now'}-{width}-{theme}")
                        self.assertEqual(self.browser.overflow(), "")
                        self.assertEqual(self.browser.axe(), [])


if __name__ == "__main__":
    unittest.main()
