# SPDX-License-Identifier: Apache-2.0
"""browser_case.py - the page in a real browser, against a real server over a built machine whose counters move."""
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from serve_case import ServeCase  # noqa: E402

WEB = os.path.join(HERE, "..", "..", "web")
BUILD_MACHINE = os.environ.get("AICO2_BUILD_MACHINE", "")
SHOTS = os.environ.get("AICO2_SCREENSHOTS", "")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WIDTHS = (390, 1280, 1920)


def why_not():
    if not CHROMIUM or shutil.which("node") is None:
        return "chromium or node is not here: tools/install_deps.sh web"
    if not os.path.isdir(os.path.join(WEB, "node_modules", "playwright-core")):
        return "web/node_modules is not here: cd web && npm ci --ignore-scripts"
    return ""


class Machine(threading.Thread):
    """Two packages and their DRAM that draw what is said here, watt for watt, and are half busy."""

    WATTS = {"0": 80, "1": 40, "0:0": 10, "1:0": 5}

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.ended = root, threading.Event()
        subprocess.run([BUILD_MACHINE, "xeon-2s-dram", root], check=True, timeout=60)

    def zone(self, node):
        return os.path.join(self.root, "sys", "class", "powercap", f"intel-rapl:{node}")

    def move(self, seconds):
        for node, watts in self.WATTS.items():
            path = os.path.join(self.zone(node), "energy_uj")
            with open(os.path.join(self.zone(node), "max_energy_range_uj"), encoding="ascii") as handle:
                span = int(handle.read()) + 1
            with open(path, encoding="ascii") as handle:
                value = (int(handle.read()) + int(watts * seconds * 1e6)) % span
            handle = os.open(path, os.O_WRONLY)
            os.write(handle, b"%20d\n" % value)  # one write, never half a number
            os.close(handle)

    def run(self):
        then = time.monotonic()
        while not self.ended.wait(0.05):
            now = time.monotonic()
            self.move(now - then)
            then = now


class Browser:
    def __init__(self, case):
        self.case = case
        self.process = case.start("node", os.path.join(HERE, "browse.mjs"), CHROMIUM, stdin=subprocess.PIPE)

    def __getattr__(self, name):
        def order(**more):
            self.process.stdin.write(json.dumps({"do": name, **more}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            self.case.assertNotEqual(line, "", "the browser has gone")
            answer = json.loads(line)
            self.case.assertNotIn("error", answer, f"{name} {more}")
            return answer["value"]
        return order


class BrowserCase(ServeCase):
    def setUp(self):
        super().setUp()
        self.machine = Machine(os.path.join(self.root, "machine"))
        self.machine.start()
        self.addCleanup(self.machine.join)
        self.addCleanup(self.machine.ended.set)
        self.options = ["--sysroot", self.machine.root, "--country", "FR"]
        self.server = self.serve(*self.options)
        self.address = f"http://127.0.0.1:{self.server.port}/"
        self.browser = Browser(self)

    def api(self, path):
        status, _, body = self.server.get("/api/v1/" + path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def check_quiet(self):
        self.assertEqual(self.browser.complaints(), [])
        for url in self.browser.asked():
            self.assertTrue(url.startswith((self.address, "data:", "blob:")), url)

    def shot(self, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            self.browser.screenshot(path=os.path.join(SHOTS, name + ".png"))

    def number(self, testid):
        """The first figure of a block: "85.3 W" is 85.3."""
        text = self.browser.text(testid=testid)
        found = re.search(r"(\d[\d,]*\.?\d*)\s*[\u202f ]?(k?W|m?Wh|kWh|k?g|mg)\b", text)
        self.assertIsNotNone(found, text)
        scale = {"W": 1, "kW": 1000, "Wh": 1, "mWh": 1e-3, "kWh": 1e3, "g": 1, "kg": 1e3, "mg": 1e-3}[found.group(2)]
        return float(found.group(1).replace(",", "")) * scale
