# SPDX-License-Identifier: Apache-2.0
"""test_seed_page.py - the original project's page on its own port, as a stand-in that asks as it does, and ours in its place."""
import functools
import http.server
import json
import os
import threading
import unittest

from browser_case import HERE, Browser, why_not
from serve_case import ServeCase

LOGS = os.path.join(HERE, "..", "logs")
FAKES = os.path.join(HERE, "..", "fakes")
WH = {"Training": 0.005981, "Inference": 2.5}  # as the two files say


class Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.path = "/seed_page.html"  # one page under every path, as `serve -s` has it
        super().do_GET()

    def log_message(self, *arguments):
        pass


@unittest.skipIf(why_not(), why_not())
class SeedPage(ServeCase):
    def setUp(self):
        super().setUp()
        # an address of this machine that no other test has: the ports are given
        self.host = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.78"
        for name in ("training_data.csv", "inference_data.csv"):
            done = self.aico2("import", os.path.join(LOGS, name))
            self.assertEqual(done.returncode, 0, done.stderr)

    def grams(self, region, stage):
        place = json.loads(self.aico2("intensity", region, "--json").stdout)
        return WH[stage] / 1000 * place["gco2e_per_kwh"]

    def serve_original(self):
        server = http.server.ThreadingHTTPServer((self.host, 3033), functools.partial(Quiet, directory=FAKES))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def test_it_reads_its_figures_here(self):
        self.serve_original()
        self.serve("--seed", "--listen", f"{self.host}:0", listen=False)
        browser = Browser(self)
        browser.open(url=f"http://{self.host}:3033/indexPage")
        browser.until(testid="state", pattern="^FR Training$")
        for region, stage in (("FR", "Training"), ("PL", "Training"), ("PL", "Inference"), ("CF", "Inference")):
            browser.select(testid="region", value=region)
            browser.select(testid="lifecycle", value=stage)
            browser.until(testid="state", pattern=f"^{region} {stage}$")
            grams = self.grams(region, stage)
            for name, wanted in (("energyConsumption", WH[stage]), ("carbonEmission", grams), ("carKm", grams / 217.6),
                                 ("treeSeed", grams / 504.5)):
                self.assertAlmostEqual(float(browser.text(testid=name)), wanted, delta=1e-5 * wanted + 1e-9, msg=name)
        self.assertEqual(browser.text(testid="systemName"), "Linux")
        self.assertEqual(browser.text(testid="cpuName"), "Intel(R) Xeon(R) CPU E5-2678 v3 @ 2.50GHz")
        self.assertEqual(browser.text(testid="gpuName"), "02.0 VGA compatible controller")
        self.assertEqual([float(browser.text(testid=name))
                          for name in ("runtime", "cpuUsage", "cpuFreeToUse", "gpuUsage", "gpuFreeToUse")],
                         [126, 12.5, 87.5, 32, 68])
        # the next poll finds a newer run
        self.assertEqual(self.run_command("sleep", "0.5", options=("--stage", "inference", "--interval", "50ms")).returncode, 0)
        browser.until(testid="runtime", pattern=r"^[0-4]\.")
        self.assertEqual(browser.complaints(), [])
        self.assertEqual({url.split("/")[2] for url in browser.asked() if url.startswith("http")},
                         {f"{self.host}:3033", f"{self.host}:8011"})

    def test_it_comes_back_when_the_server_does(self):
        self.serve_original()
        server = self.serve("--seed", "--listen", f"{self.host}:0", listen=False)
        browser = Browser(self)
        browser.open(url=f"http://{self.host}:3033/")
        browser.until(testid="state", pattern="^FR Training$")
        self.assertEqual(server.stop(), 0)
        browser.until(testid="state", pattern="^failed")
        self.serve("--seed", "--listen", f"{self.host}:0", listen=False)
        browser.until(testid="state", pattern="^FR Training$")

    def test_ours_in_its_place(self):
        self.serve("--seed", "--listen", f"{self.host}:0", listen=False)
        browser = Browser(self)
        browser.open(url=f"http://{self.host}:3033/")
        browser.until(testid="live", pattern="live")
        browser.until(testid="card-power", pattern=r"\d")
        self.assertEqual(browser.evaluate(script="location.pathname"), "/indexPage")
        self.assertEqual(browser.complaints(), [])


if __name__ == "__main__":
    unittest.main()
