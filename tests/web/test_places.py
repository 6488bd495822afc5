# SPDX-License-Identifier: Apache-2.0
"""test_places.py - the intensity of electricity in a browser: map, list, the day of a place; estimate and devices."""
import os
import time
import unittest

from browser_case import WIDTHS, BrowserCase, why_not
from fixture_runs import FRANCE

HOUR = 3600


class PlacesCase(BrowserCase):
    """A server that knows the hours of France: 50 all the time, but 20 from the fourth to the seventh hour ahead."""

    def setUp(self):
        super().setUp()
        self.hour = int(time.time()) // HOUR * HOUR
        path = os.path.join(self.root, "fr.csv")
        with open(path, "w", encoding="ascii") as handle:
            handle.write("time,gco2e_per_kwh\n")
            for at in range(-30, 30):
                handle.write(f"{self.hour + at * HOUR},{20 if 4 <= at < 7 else 50}\n")
        self.server.stop()
        self.options += ["--place", f"FR={path}"]
        self.server = self.serve(*self.options)
        self.address = f"http://127.0.0.1:{self.server.port}/"

    def show(self, more=""):
        self.browser.open(url=f"{self.address}#page=intensity{more}")
        self.browser.until(testid="curve", pattern="gCO2e")


@unittest.skipIf(why_not(), why_not())
class Places(PlacesCase):
    def test_the_map_has_the_classes_and_hatches_of_the_tables(self):
        self.show()
        self.browser.wait(css='[data-testid="map"] path')
        places = {place["place"]: place for place in self.api("intensity")["places"]}
        fresh = max(place["year"] or 0 for place in places.values()) - 2
        drawn = self.browser.evaluate(script="""Array.from(document.querySelectorAll('[data-testid=map] g[data-place]'),
            (group) => `${group.dataset.place} ${group.querySelector('path').getAttribute('class')} ${group.querySelectorAll('.hatched').length}`)""")
        self.assertGreater(len(drawn), 150)
        seen = set()
        for one in drawn:
            code, colour, hatched = one.split(" ")  # an area whose state is disputed has no code
            place = places.get(code)
            if place is None:
                self.assertEqual(colour, "unknown", code)
                continue
            grams = place["gco2e_per_kwh"]
            want = sum(grams >= end for end in (100, 250, 400, 600))
            self.assertEqual(colour, f"class-{want}", f"{code} {grams}")
            self.assertEqual(hatched == "1", place["quality"] in ("C", "D") or (place["year"] is not None and place["year"] < fresh), code)
            seen.add((colour, hatched))
        self.assertEqual({colour for colour, _ in seen}, {f"class-{at}" for at in range(5)})
        self.assertEqual({hatched for _, hatched in seen}, {"0", "1"})
        self.assertEqual(self.browser.count(css='[data-testid="map"] g.chosen'), 0)  # those without a code neither
        legend = self.browser.text(testid="map")
        for text in ("100–250", "≥ 600", "no figure", f"older than {fresh}"):
            self.assertIn(text, legend)
        self.check_quiet()

    def test_a_click_chooses_and_the_list_is_its_twin(self):
        self.show()
        self.browser.wait(css='[data-testid="map"] path')
        self.browser.evaluate(script="void document.querySelector('[data-testid=map] g[data-place=PL] path')"
                                     ".dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        self.browser.until(testid="chosen", pattern="Poland")
        self.assertIn("region=PL", self.browser.hash())
        self.assertEqual(self.browser.evaluate(script="Array.from(document.querySelectorAll('[data-testid=map] g.chosen'), (one) => one.dataset.place)"), ["PL"])
        self.browser.click(css='[data-testid="as-list"]')
        self.browser.wait(css='[data-testid="places"] tr.chosen')
        self.assertIn("Poland", self.browser.texts(css='[data-testid="places"] tr.chosen')[0])
        self.browser.fill(testid="place-search", value="swed")
        self.wait_until(lambda: len(self.browser.texts(css='[data-testid="places"] tbody tr')) < 10, "the list is shorter")
        self.browser.click(css='[data-testid="places"] tbody tr:nth-child(1) button')
        self.browser.until(testid="chosen", pattern="Sweden")
        self.browser.fill(testid="place-search", value="Atlantis")
        self.browser.until(testid="intensity", pattern="No place fits")
        self.check_quiet()

    def test_the_day_of_a_place_with_its_greenest_hours(self):
        self.show()  # the server's own place, without a choice
        self.browser.until(testid="curve", pattern="The day in France")
        self.browser.select(testid="curve-hours", value="2")
        self.browser.until(testid="curve-best", pattern="2 hours")
        told = self.api("intensity/FR/series?duration=2h")
        self.assertEqual(told["when"]["best"]["gco2e_per_kwh"], 20)  # 4 to 6 hours after the hour
        text = self.browser.text(testid="curve-best")
        self.assertIn("20.0 gCO2e/kWh", text)
        self.assertIn("60\u202f% less than now", text)  # 1 - 20/50
        self.assertIn("hours=2", self.browser.hash())
        self.browser.select(testid="curve-hours", value="4")  # three of 20 and one of 50: 27.5
        self.browser.until(testid="curve-best", pattern="27.5 gCO2e/kWh")
        legend = " ".join(self.browser.texts(css='[data-testid="curve-chart"] .legend li'))
        for word in ("past", "forecast"):
            self.assertIn(word, legend)
        shaded, dashed = self.pixels("curve-chart", "--green-2", "--ink")
        self.assertGreater(shaded, 500)  # the window
        self.assertGreater(dashed, 20)   # now
        self.browser.click(css='[data-testid="curve-chart"] figcaption button[aria-pressed]')
        self.assertGreater(len(self.browser.texts(css='[data-testid="curve-chart"] tbody tr')), 40)
        self.check_quiet()

    def test_a_yearly_figure_says_so_plainly(self):
        self.show("&region=PL")
        self.browser.until(testid="curve", pattern="The day in Poland")
        text = self.browser.text(testid="curve-yearly")
        self.assertIn("Only a yearly figure is known here", text)
        self.assertIn("not because they are alike", text)
        self.assertIn("yearly figure, not the hours", " ".join(self.browser.texts(css='[data-testid="curve-chart"] .legend li')))
        self.assertEqual(self.browser.count(css='[data-testid="curve-hours"]'), 0)
        self.check_quiet()


@unittest.skipIf(why_not(), why_not())
class Machine(BrowserCase):
    def test_devices_and_what_mends_them(self):
        self.browser.open(url=self.address + "#page=devices")
        self.browser.until(testid="devices", pattern="cpu0")
        self.browser.until(testid="readers", pattern="rapl")
        for device in self.api("devices")["devices"]:
            self.assertIn(device["id"], self.browser.text(testid="devices"))
        fixes = [check for check in self.api("doctor")["checks"] if check["fix"] is not None]
        self.assertGreater(len(fixes), 0)
        shown = self.browser.texts(css='[data-testid="doctor"] pre')
        self.assertEqual([text.strip() for text in shown], [check["fix"].strip() for check in fixes])
        self.assertIn("±6\u202f%", self.browser.text(testid="devices"))
        self.check_quiet()


@unittest.skipIf(why_not(), why_not())
class Estimated(BrowserCase):
    def fill(self, **fields):
        for name, value in fields.items():
            self.browser.fill(testid=f"estimate-{name}", value=value)
        self.browser.click(css='[data-testid="estimate-go"]')

    def test_by_hand(self):
        """8 boards of 300 W for 10 h at half load and a PUE of 1.5: 8 x 300 x 10 x 0.5 = 12 kWh of theirs, 18 in all."""
        self.browser.open(url=self.address + "#page=estimate")
        self.browser.until(testid="estimate", pattern="Estimate")
        self.fill(gpu="A100", count="8", hours="10", load="50", power="300", place="FR", pue="1.5")
        self.browser.until(testid="estimate-energy", pattern="kWh")
        self.assertIn("18.0\u202fkWh", self.browser.text(testid="estimate-energy"))
        self.assertIn("12.0\u202fkWh without the PUE", self.browser.text(testid="estimate-energy"))
        self.assertIn(f"electricity {18 * FRANCE:.0f}\u202fg", self.browser.text(testid="estimate-carbon"))
        self.assertIn("300\u202fW", self.browser.text(testid="estimate-watts"))
        self.assertIn("PUE", self.browser.text(testid="estimate-answer"))
        self.check_quiet()

    def test_what_is_wrong_with_it_is_said(self):
        self.browser.open(url=self.address + "#page=estimate")
        self.browser.until(testid="estimate", pattern="Estimate")
        self.fill(hours="soon")
        self.browser.until(testid="estimate-problem", pattern="Hours: a number is wanted")
        self.fill(hours="1", gpu="", cpu="")
        self.browser.until(testid="estimate-problem", pattern="Name a GPU or a CPU")
        self.fill(gpu="A100", place="Atlantis")
        self.browser.until(testid="estimate-problem", pattern="Atlantis")
        self.fill(place="FR", load="150")
        self.browser.until(testid="estimate-problem", pattern="utilization")


@unittest.skipIf(why_not(), why_not())
class Looks(PlacesCase):
    def test_every_width_and_theme(self):
        for theme in ("light", "dark"):
            for width in WIDTHS:
                self.browser.open(url=self.address, width=width, theme=theme)
                for name in ("map", "list", "yearly", "estimated", "devices"):
                    with self.subTest(theme=theme, width=width, view=name):
                        getattr(self, f"show_{name}")()
                        self.shot(f"{name}-{width}-{theme}")
                        self.assertEqual(self.browser.overflow(), "")
                        self.assertEqual(self.browser.axe(), [])

    def show_map(self):
        self.browser.goto(hash="page=intensity&region=FR")
        self.browser.wait(css='[data-testid="map"] path')
        self.browser.until(testid="curve-best", pattern="Greenest")

    def show_list(self):
        self.browser.click(css='[data-testid="as-list"]')
        self.browser.wait(css='[data-testid="places"] tr.chosen')

    def show_yearly(self):
        self.browser.click(css='[data-testid="as-list"]')
        self.browser.goto(hash="page=intensity&region=PL")
        self.browser.until(testid="curve-yearly", pattern="yearly")

    def show_estimated(self):
        self.browser.goto(hash="page=estimate")
        self.browser.click(css='[data-testid="estimate-go"]')
        self.browser.until(testid="estimate-answer", pattern="assumed")

    def show_devices(self):
        self.browser.goto(hash="page=devices")
        self.browser.until(testid="readers", pattern="rapl")


if __name__ == "__main__":
    unittest.main()
