# SPDX-License-Identifier: Apache-2.0
"""test_compare.py - runs held against one of them in a browser: figures worked out by hand, bands, and "cannot tell"."""
import base64
import datetime
import unittest

from browser_case import WIDTHS, BrowserCase, why_not
from fixture_runs import FRANCE, SECONDS, WATCHED, FixtureRuns


@unittest.skipIf(why_not(), why_not())
class Compared(FixtureRuns, BrowserCase):
    def show(self, ids, more=""):
        self.browser.open(url=f"{self.address}#page=compare&runs={','.join(ids)}{more}")

    def row(self, what):
        return self.browser.texts(css=f'[data-testid="compare"] tr[data-what="{what}"] > *')

    def test_three_by_hand(self):
        """600 J +-10 % against 1200 +-10 % is 600 +-134 (in quadrature): higher. Against 630 it is 30 +-87: cannot tell."""
        ids = self.three()
        self.show(ids)
        self.browser.until(testid="answers", pattern="alike")
        self.browser.until(testid="answers", pattern="double emitted more than steady")
        self.assertIn("Whether alike emitted less or more than steady: cannot tell", self.browser.text(testid="answers"))
        figure, base, double, alike = self.row("total_joules")
        self.assertEqual((figure, base), ("energy", "167\u202fmWh"))
        self.assertEqual(double.split("\n")[0], "333\u202fmWh")
        self.assertIn("higher +167\u202fmWh, +100\u202f%", double.replace("▲ ", ""))
        self.assertIn("cannot tell +8.33\u202fmWh, +5\u202f%", alike.replace("≈ ", ""))
        grams = 600 / 3.6e6 * FRANCE * 1e3
        figure, base, double, _ = self.row("total_gco2e")
        self.assertEqual((figure, base), ("carbon in all", f"{grams:.2f}\u202fmg"))
        self.assertIn(f"+{grams:.2f}\u202fmg, +100\u202f%", double)
        told = {row["what"]: row for row in self.api(f"compare?a={ids[0]}&b={ids[2]}")["rows"]}
        self.assertEqual(told["total_joules"]["verdict"], "cannot tell")
        self.assertIn("the same", self.row("duration_seconds")[3])  # of 60 s each: no band, no difference
        self.check_quiet()

    def test_the_other_way_round_and_without_one(self):
        ids = self.three()
        self.show(ids)
        self.browser.until(testid="answers", pattern="double emitted more")
        self.browser.click(css='[data-testid="chip"]:nth-child(2) button[title]')
        self.browser.until(testid="answers", pattern="steady emitted less than double")
        self.assertIn(f"runs={ids[1]}%2C{ids[0]}%2C{ids[2]}", self.browser.hash())
        self.browser.click(css='[data-testid="chip"]:nth-child(3) button:last-child')
        self.wait_until(lambda: self.browser.count(css='[data-testid="chip"]') == 2, "one run less")
        self.browser.select(testid="compare-add", value=ids[2])
        self.wait_until(lambda: self.browser.count(css='[data-testid="chip"]') == 3, "it is there again")
        self.check_quiet()

    def test_the_curves_lie_upon_each_other_from_their_beginnings(self):
        later = self.log("later", 30, began=datetime.datetime(2026, 11, 25, 3, 0, 0))
        steady = self.log("steady", 10)
        self.show([steady, later])
        self.browser.wait(css='[data-testid="overlay"] canvas')
        self.browser.press(css='[data-testid="overlay"] .canvas', key="End")
        legend = self.browser.texts(css='[data-testid="overlay"] .legend li')
        self.assertIn("10.0\u202fW", legend[0])
        self.assertIn("30.0\u202fW", legend[1])
        self.browser.click(css='[data-testid="overlay"] figcaption button[aria-pressed]')
        rows = self.browser.texts(css='[data-testid="overlay"] tbody tr')
        self.assertTrue(rows[0].startswith("0\u202fs"), rows[0])
        for row in rows[1:-1]:
            self.assertIn("10.0\u202fW\t30.0\u202fW", row)
        self.browser.click(css='[data-testid="overlay"] figcaption button[aria-pressed]')
        self.browser.wait(css='[data-testid="overlay"] canvas')
        self.browser.evaluate(script=WATCHED)
        picture = base64.b64decode(self.browser.download(css='[data-testid="overlay"] figcaption button:has-text("PNG")'))
        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(self.browser.evaluate(script="globalThis.put"), [1])
        self.assertIn("24px system-ui", self.browser.evaluate(script="[...globalThis.fonts]"))
        self.check_quiet()

    def test_per_unit(self):
        a = self.train("a", "--unit", "step", "--units", "10")
        b = self.train("b", "--unit", "step", "--units", "1000")
        self.show([a, b])
        self.browser.until(testid="compare", pattern="per unit")
        told = {row["what"]: row for row in self.api(f"compare?a={a}&b={b}")["rows"]}["gco2e_per_unit"]
        shown = self.row("gco2e_per_unit")
        ratio = told["b"] / told["a"] - 1
        self.assertIn(f"−{-ratio * 100:.1f}".removesuffix(".0"), shown[2])
        self.assertIn(told["verdict"], shown[2])

    def test_what_is_not_there(self):
        steady = self.log("steady", 10)
        self.browser.open(url=f"{self.address}#page=compare")
        self.browser.until(testid="compare", pattern="Choose two or more")
        self.show([steady, "01KB3FABCDEFGHJKMNPQRSTVWX"])
        self.browser.until(testid="compare", pattern="01KB3FABCDEFGHJKMNPQRSTVWX")
        self.assertEqual(self.browser.count(css='[data-testid="compare"] [role="alert"]'), 1)
        self.show([steady, "<script>", "x' OR 1=1"])
        self.browser.until(testid="compare", pattern="Choose two or more")
        self.assertEqual(self.browser.count(css='[data-testid="chip"]'), 1)

    def test_every_width_and_theme(self):
        ids = self.three()
        for theme in ("light", "dark"):
            for width in WIDTHS:
                self.browser.open(url=self.address, width=width, theme=theme)
                for name, runs in (("compare-three", ids), ("compare-none", [])):
                    with self.subTest(theme=theme, width=width, view=name):
                        self.browser.goto(hash=f"page=compare&runs={','.join(runs)}")
                        if runs:
                            self.browser.until(testid="answers", pattern="alike")
                            self.browser.wait(css='[data-testid="overlay"] canvas')
                            self.browser.wait(css='[data-testid="elsewhere"] tr[data-place="PL"]')
                        else:
                            self.browser.until(testid="compare", pattern="Choose two")
                        self.shot(f"{name}-{width}-{theme}")
                        self.assertEqual(self.browser.overflow(), "")
                        self.assertEqual(self.browser.axe(), [])


if __name__ == "__main__":
    unittest.main()
