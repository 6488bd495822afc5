# SPDX-License-Identifier: Apache-2.0
"""browser_case.py - the page in a real browser, against a real server over a built machine whose counters move."""
import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from harness import SLOW  # noqa: E402
from serve_case import ServeCase  # noqa: E402

WEB = os.path.join(HERE, "..", "..", "web")
BUILD_MACHINE = os.environ.get("AICO2_BUILD_MACHINE", "")
SHOTS = os.environ.get("AICO2_SCREENSHOTS", "")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
NODE_LEAST = 20  # of playwright-core
WIDTHS = (390, 1280, 1920)


@functools.cache
def why_not():
    if not CHROMIUM or shutil.which("node") is None:
        return "chromium or node is not here: tools/install_deps.sh web"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if int(re.sub(r"^v?(\d*).*", r"\1", version) or 0) < NODE_LEAST:
        return f"node {version} is too old: {NODE_LEAST} or newer is needed"
    if not os.path.isdir(os.path.join(WEB, "node_modules", "playwright-core")):
        return "web/node_modules is not here: tools/install_deps.sh web"
    return ""


def moment_of(tick):
    """Unix seconds of a tick of /api/v1/live."""
    return datetime.fromisoformat(tick["time"].replace("Z", "+00:00")).timestamp()


class Machine(threading.Thread):
    """Two packages and their DRAM that draw what is said here, watt for watt, and are half busy.

    On a busy machine this thread is late, and what it owes comes at once: what its counters really held, and when, is kept.
    """

    WATTS = {"0": 80, "1": 40, "0:0": 10, "1:0": 5}
    NODES = {"cpu0": "0", "cpu1": "1", "dram0": "0:0", "dram1": "1:0"}

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.ended = root, threading.Event()
        self.moved = []  # (unix seconds of a move, seconds of power that the counters have been given until then)
        subprocess.run([BUILD_MACHINE, "xeon-2s-dram", root], check=True, timeout=SLOW)

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
        began = then = time.monotonic()
        while not self.ended.wait(0.05):
            now = time.monotonic()
            self.move(now - then)
            then = now
            self.moved.append((time.time(), now - began))

    def given(self, moment):
        """Seconds of power that were in the counters at a moment."""
        return max((seconds for at, seconds in self.moved if at <= moment), default=0)

    def watts(self, device, tick):
        """What a device drew by its counter in the seconds of a tick of /api/v1/live."""
        seconds = self.given(moment_of(tick)) - self.given(moment_of(tick) - tick["interval_seconds"])
        return self.WATTS[self.NODES[device]] * seconds / tick["interval_seconds"]

    def joules(self, device, first, last):
        """What its counter went on by between two ticks."""
        return self.WATTS[self.NODES[device]] * (self.given(moment_of(last)) - self.given(moment_of(first)))


class Chromium:
    """One for all tests of a program, since it takes seconds to start; each `open` has a profile of its own."""

    started = None

    def __init__(self):
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["node", os.path.join(HERE, "browse.mjs"), CHROMIUM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.complaints, text=True, start_new_session=True)

    @classmethod
    def get(cls):
        if cls.started is None:
            cls.started = cls()
        return cls.started

    @classmethod
    def end(cls):
        """The next test gets another."""
        if cls.started is None:
            return
        process, cls.started = cls.started.process, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def answer(self, order):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.complaints.seek(0)
        return {"error": "the browser has gone: " + self.complaints.read().decode(errors="replace").strip()[:2000]}


atexit.register(Chromium.end)


class Browser:
    """Its orders are the steps of browse.mjs."""

    def __init__(self, case):
        self.case = case
        self.chromium = Chromium.get()
        case.addCleanup(self.leave)

    def leave(self):
        if "error" in self.chromium.answer({"do": "leave"}):
            Chromium.end()

    def __getattr__(self, name):
        def order(**more):
            answer = self.chromium.answer({"do": name, **more})
            self.case.assertNotIn("error", answer, f"{name} {more}")
            return answer["value"]
        return order


class BrowserCase(ServeCase):
    OPTIONS = ()  # more of the server's

    def setUp(self):
        super().setUp()
        self.machine = Machine(os.path.join(self.root, "machine"))
        self.machine.start()
        self.addCleanup(self.machine.join)
        self.addCleanup(self.machine.ended.set)
        self.options = ["--sysroot", self.machine.root, "--country", "FR", *self.OPTIONS]
        self.server = self.serve(*self.options)
        self.address = f"http://127.0.0.1:{self.server.port}/"
        self.browser = Browser(self)

    def api(self, path):
        status, _, body = self.server.get("/api/v1/" + path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def ticks(self):
        """What was told live, oldest first; of an hour at most."""
        return self.api("live?since=0&wait=0")["samples"]

    def wait_for_ticks(self, count):
        """Until the server has told so many."""
        return self.wait_until(lambda: len(self.ticks()) >= count and self.ticks(), f"{count} ticks")

    def check_power(self, shown, deltas):
        """Waits until the page tells (`shown()`: watts by device, of those in deltas or their "total") what a tick told, and that
        tick what the counters held: to three digits, and to so many watts."""
        def of(tick, watts):
            figures = {device: watts(device) for device in self.machine.NODES}
            return {**figures, "total": sum(figures.values())}

        def right():
            page = shown()
            for tick in self.ticks():
                told = of(tick, lambda device: next(one["watts"] for one in tick["devices"] if one["id"] == device) or 0)
                if all(abs(page[name] - told[name]) <= 0.006 * told[name] + 0.1 for name in deltas):
                    held = of(tick, lambda device: self.machine.watts(device, tick))
                    seen.append([(name, told[name], held[name]) for name in deltas])
                    if all(abs(told[name] - held[name]) <= delta for name, delta in deltas.items()):
                        return True
            return False
        seen = []
        try:
            self.wait_until(right, "the watts that the counters held")
        except AssertionError as error:
            raise AssertionError(f"{error}: page {shown()}; told and held: {seen[-5:]}") from error

    def check_quiet(self):
        self.assertEqual(self.browser.complaints(), [])
        for url in self.browser.asked():
            self.assertTrue(url.startswith((self.address, "data:", "blob:")), url)

    def shot(self, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            self.browser.screenshot(path=os.path.join(SHOTS, name + ".png"))

    def pixels(self, testid, *names):
        """Of a chart's canvas, how many are of each of these colours of the style sheet."""
        return self.browser.evaluate(script="""(() => {
            const canvas = document.querySelector('[data-testid="%s"] canvas');
            const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            const colour = (name) => {
                probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
                probe.fillRect(0, 0, 1, 1);
                return Array.from(probe.getImageData(0, 0, 1, 1).data).slice(0, 3).join();
            };
            const wanted = %s.map(colour), count = wanted.map(() => 0);
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            for (let at = 0; at < data.length; at += 4) {
                const index = data[at + 3] === 255 ? wanted.indexOf(`${data[at]},${data[at + 1]},${data[at + 2]}`) : -1;
                if (index >= 0) count[index] += 1;
            }
            return count;
        })()""" % (testid, json.dumps(names)))

    def number(self, testid):
        """The first figure of a block: "85.3 W" is 85.3."""
        text = self.browser.text(testid=testid)
        found = re.search(r"(\d[\d,]*\.?\d*)\s*[\u202f ]?(k?W|m?Wh|kWh|k?g|mg)\b", text)
        self.assertIsNotNone(found, text)
        scale = {"W": 1, "kW": 1000, "Wh": 1, "mWh": 1e-3, "kWh": 1e3, "g": 1, "kg": 1e3, "mg": 1e-3}[found.group(2)]
        return float(found.group(1).replace(",", "")) * scale
