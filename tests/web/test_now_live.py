# SPDX-License-Identifier: Apache-2.0
"""test_now_live.py - the way the live figures come: streams, what stands in for them, the server that goes, and who may see them."""
import os
import re
import signal
import time
import unittest
from collections import Counter
from datetime import datetime

from browser_case import BrowserCase, why_not

POWER = '[data-testid="power-chart"]'
GAP_SECONDS = 4.5  # what is longer than four is shown as a gap
TOKEN = "a-token-of-this-test-alone"


class LiveCase(BrowserCase):
    def setUp(self):
        super().setUp()
        self.told = {}

    def rows(self):
        """The times of the chart's table; it has all readings where there are few. A gap has a line, and no figures."""
        self.browser.click(css='[data-testid="power-chart-table"]')
        rows = self.browser.texts(css=f"{POWER} tbody tr")
        self.browser.click(css='[data-testid="power-chart-table"]')
        return [re.match(r"\d+:\d+:\d+.[AP]M", row).group() for row in rows if "\u2013" not in row]

    def asked_live(self, pattern):
        return [url for url in self.browser.asked() if "/api/v1/live" in url and pattern in url]

    def check_no_hole_and_no_repeat(self, least=1):
        """The gaps are those of the ticks, of which a busy machine may have more than the test made."""
        def right():
            self.take_ticks()
            gaps = self.gaps()
            words = "no gap." if gaps == 0 else "one gap." if gaps == 1 else f"{gaps} gaps."
            return gaps >= least and self.browser.evaluate(script="document.getElementById('power-chart-text').textContent").endswith(words)
        self.wait_until(right, f"gaps as in {self.told}")
        shown = Counter(self.rows())
        self.take_ticks()
        told = Counter(second for second, *_ in self.told.values())  # ticks are not quite a second apart: some seconds have two, or none
        self.assertEqual(shown - told, Counter(), "shown more often than told")
        self.assertGreater(len(shown), 3)

    def take_ticks(self):
        """The server's own list, by id, with the second that the page writes, the time and the interval."""
        for tick in self.ticks():
            second = datetime.fromisoformat(tick["time"].replace("Z", "+00:00")).astimezone()
            self.told[tick["id"]] = (f"{second:%I:%M:%S %p}".lstrip("0"), second.timestamp(), tick["interval_seconds"])

    def gaps(self):
        """Between ticks that are farther apart than four seconds, and than 3.5 of the shorter interval beside."""
        ticks = [self.told[number] for number in sorted(self.told)]
        return sum(after[1] - before[1] > max(4, 3.5 * min(after[2], before[2])) for before, after in zip(ticks, ticks[1:]))


@unittest.skipIf(why_not(), why_not())
class Live(LiveCase):
    def test_the_server_goes_and_comes_again(self):
        port = self.server.port
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.wait_for_ticks(4)
        self.take_ticks()
        self.server.stop()
        self.browser.until(testid="live", pattern="offline")
        self.assertEqual(self.browser.count(css='[data-testid="offline"]'), 1)
        self.assertRegex(self.browser.text(testid="card-power"), r"\d.W")  # what was told last stays
        time.sleep(GAP_SECONDS)
        self.server = self.serve("--listen", f"127.0.0.1:{port}", *self.options, listen=False)
        self.browser.until(testid="live", pattern="^live")
        self.assertEqual(self.browser.count(css='[data-testid="offline"]'), 0)
        self.wait_for_ticks(4)
        self.check_no_hole_and_no_repeat()

    def test_a_server_that_stands_still_is_stale_then_offline_and_nothing_is_lost(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.wait_for_ticks(4)
        self.server.process.send_signal(signal.SIGSTOP)
        self.browser.until(testid="live", pattern="stale")
        self.wait_until(lambda: self.browser.text(testid="live") == "offline", "no sign of life for 40 s")
        self.server.process.send_signal(signal.SIGCONT)
        self.wait_until(lambda: self.browser.text(testid="live") == "live", "live again")
        self.wait_for_ticks(len(self.ticks()) + 3)
        self.check_no_hole_and_no_repeat()

    def test_where_streams_are_cut_it_asks_for_answers(self):
        self.browser.open(url=self.address + "#theme=light")
        self.browser.until(testid="card-power", pattern=r"\d")
        self.browser.answer(pattern=r"/api/v1/live(\?since=\d+)?$", status=502, body="{}")
        self.browser.reload()
        self.wait_until(lambda: self.asked_live("wait=25"), "a long poll")
        self.browser.until(testid="live", pattern="^live")
        first = self.browser.text(testid="cum-chart")
        self.wait_until(lambda: self.browser.text(testid="cum-chart") != first, "it goes on")
        self.check_no_hole_and_no_repeat(0)

    def test_a_page_in_the_background_asks_every_ten_seconds_and_misses_nothing(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="card-power", pattern=r"\d")
        self.hide(True)
        def glances():
            """When it asked, in seconds by the page's own clock."""
            return self.browser.evaluate(script="performance.getEntriesByType('resource').filter((one) => one.name.includes('wait=0')).map((one) => one.startTime / 1000)")
        self.wait_until(lambda: len(glances()) > 1, "a glance, and another")
        first, second, *_ = glances()
        self.assertGreater(second - first, 8)
        self.hide(False)
        self.browser.until(testid="live", pattern="^live")
        self.wait_for_ticks(len(self.ticks()) + 2)
        self.check_no_hole_and_no_repeat(0)
        self.check_quiet()

    def hide(self, hidden):
        self.browser.evaluate(script=f"""(() => {{
            Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {str(hidden).lower()} }});
            document.dispatchEvent(new Event('visibilitychange'));
        }})()""")


@unittest.skipIf(why_not(), why_not())
class Token(LiveCase):
    def setUp(self):
        super().setUp()
        path = self.path("tokens")
        with open(path, "w", encoding="ascii") as handle:
            handle.write(TOKEN + "\n")
        os.chmod(path, 0o600)
        self.server = self.serve(*self.options, "--token-file", path)
        self.address = f"http://127.0.0.1:{self.server.port}/"

    def give(self, token):
        self.browser.evaluate(script="void document.querySelector('[name=token]').focus()")
        self.browser.evaluate(script=f"""(() => {{
            const field = document.querySelector('[name=token]');
            field.value = '{token}';
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()""")
        self.browser.click(css='[data-testid="login"] button[type="submit"]')

    def test_a_token_is_asked_for_kept_for_the_tab_and_in_no_address(self):
        self.browser.open(url=self.address)
        self.browser.until(testid="login", pattern="Who asks")
        self.assertEqual(self.browser.text(testid="live"), "locked")
        self.assertEqual(self.browser.count(css="main canvas, main table"), 0)
        self.assertEqual(self.browser.axe(), [])
        self.shot("login-1280-light")
        self.check_quiet()  # nothing was asked of who would have refused
        self.assertEqual([url for url in self.browser.asked() if "/api/" in url], [])
        self.give("a-wrong-token-of-somebody")
        self.browser.until(testid="login", pattern="does not know this token")
        self.give(TOKEN)
        self.browser.until(testid="card-power", pattern=r"1[23]\d")
        self.browser.until(testid="live", pattern="^live")
        self.browser.until(testid="hw", pattern="cpu0")
        self.assertNotIn(TOKEN, self.browser.evaluate(script="location.href"))
        self.assertEqual([url for url in self.browser.asked() if TOKEN in url], [])
        self.assertEqual(self.browser.evaluate(script="localStorage.length + document.cookie.length"), 0)
        self.browser.goto(hash="page=devices")
        self.browser.until(testid="devices", pattern="cpu0")
        self.browser.reload()
        self.browser.until(testid="devices", pattern="cpu0")
        # another tab knows nothing of it
        self.browser.open(url=self.address)
        self.browser.until(testid="login", pattern="Who asks")
        self.check_quiet()


if __name__ == "__main__":
    unittest.main()
