# SPDX-License-Identifier: Apache-2.0
"""fixture_runs.py - runs whose joules and grams are known by hand: logs of a module that draws a fixed power."""
import datetime
import os

SECONDS = 60
FRANCE = 44.18  # gCO2e/kWh, of the tables

# How many pixels of a picture each pixel of a canvas becomes that is put into it, and what is written with.
WATCHED = """(() => {
    const { drawImage, fillText } = CanvasRenderingContext2D.prototype;
    globalThis.put = [];
    globalThis.fonts = new Set();
    CanvasRenderingContext2D.prototype.drawImage = function (image, x, y, width, ...rest) {
        put.push(width * this.getTransform().a / image.width);
        return drawImage.call(this, image, x, y, width, ...rest);
    };
    CanvasRenderingContext2D.prototype.fillText = function (...rest) { fonts.add(this.font); return fillText.apply(this, rest); };
})()"""


def tegrastats(folder, name, watts, began=datetime.datetime(2026, 11, 24, 10, 0, 0), seconds=SECONDS, gap=()):
    """A line a second, watts of the module all the time: watts x seconds joules, and a band of a tenth."""
    path = os.path.join(folder, f"{name}.log")
    with open(path, "w", encoding="ascii") as handle:
        for at in range(seconds + 1):
            if at in gap:
                continue
            mw = round(watts * 1000)
            handle.write((began + datetime.timedelta(seconds=at)).strftime("%m-%d-%Y %H:%M:%S")
                         + " RAM 2000/7620MB (lfb 4x4MB) SWAP 0/3810MB (cached 0MB) CPU [10%@1510,10%@1510]"
                         + f" GR3D_FREQ 40% cpu@45C VDD_IN {mw}mW/{mw}mW VDD_CPU_GPU_CV {mw // 2}mW/{mw // 2}mW\n")
    return path


class FixtureRuns:
    """For a BrowserCase."""

    def log(self, name, watts, **more):
        path = tegrastats(self.root, f"{len(os.listdir(self.root))}", watts, **more)
        done = self.aico2("import", path, "--name", name, "--country", "FR", "--no-embodied", "--utc-offset", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        return next(run["id"] for run in self.runs() if run["name"] == name)

    def three(self):
        """600, 1200 and 630 J: twice as much, and as much as far as can be told."""
        return self.log("steady", 10), self.log("double", 20), self.log("alike", 10.5)

    def train(self, name, *options, command=("sleep", "2")):
        done = self.run_command(*command, options=("--name", name, "--country", "FR", "--sysroot", self.machine.root,
                                                   "--scope", "machine", *options))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.api("runs?stage=training")["runs"][0]["id"]
