#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slowed_by_ticks.py - what the ticks of a tracker cost a training's loop: steps with one against steps beside it

  python3 bench/slowed_by_ticks.py [--build DIR] [--cores one|all] [--seconds S] [--hz F] [--burn US] [--json]

The loop is slowed.py's, with a tracker all the time. After each step, of 20 ms, it is asked how much CPU time the threads of
the library have used: where they have, a tick or a commit fell into it. What such steps and the one behind them (which finds
other things in the caches) take longer than the step before and the next one that is undisturbed is what the tick cost;
summed over a second it is by how much the loop is slowed. Both are of the same tenth of a second, so that what makes a
machine faster and slower by the second, a hundred times as much, falls out: minutes tell what slowed.py needs hours for. What
a tracker might cost all steps alike is not in it; slowed.py has that.

A step that is held up by more than a twentieth counts as that much, as there. The figure is the median of all means of two
seconds (Hodges and Lehmann), with the interval of Wilcoxon's signed ranks. --burn: no tracker but a thread that does nothing
else than to keep a CPU busy for so many microseconds ten times a second: on all cores it is known then what the figure has to be
(on one the thread also waits for the interpreter's lock, and is waited for).
"""
import ctypes
import json
import os
import statistics
import sys
import tempfile
import threading
import time

import slowed

SETTLE_SECONDS = 3


class Beside:
    """CPU time of the threads of this process that the loop does not have, in nanoseconds."""

    def __init__(self, own):
        self.files = [os.open(f"/proc/self/task/{thread}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
                      for thread in os.listdir("/proc/self/task") if int(thread) not in own]

    def read(self):
        return sum(int(os.pread(file, 64, 0).split()[0]) for file in self.files)


class Burner(threading.Thread):
    """A thread of known cost; it sleeps and works in libraries of C, which do not hold the interpreter's lock."""

    def __init__(self, microseconds, hz):
        super().__init__(daemon=True)
        self.library = ctypes.CDLL(None)
        self.nanoseconds = int(microseconds * 1000)
        self.pause = int(1e6 / hz)

    def run(self):
        data = bytes(1 << 20)
        crc32 = ctypes.CDLL("libz.so.1").crc32
        crc32.argtypes = [ctypes.c_ulong, ctypes.c_char_p, ctypes.c_uint]
        crc32.restype = ctypes.c_ulong
        size = 1 << 16
        while True:  # as many bytes as take so long here
            before = time.thread_time_ns()
            crc32(0, data, size)
            took = time.thread_time_ns() - before
            if took >= self.nanoseconds or size >= len(data):
                size = max(1, min(len(data), int(size * self.nanoseconds / took)))
                break
            size *= 2
        while True:
            self.library.usleep(self.pause)
            crc32(0, data, size)


def extras(steps, beside):
    """Of the steps' times and the CPU time in each: at which step a tick came, and what was more around it."""
    most = slowed.HELD_UP * statistics.median(steps)
    steps = [min(step, most) for step in steps]
    at = 1
    while at < len(steps) - 2:
        if beside[at] == 0 or beside[at - 1] != 0:
            at += 1
            continue
        end = at
        while end < len(steps) - 2 and beside[end] != 0:
            end += 1
        end += 1  # the one behind it
        if end < len(steps) and beside[end] == 0:
            quiet = (steps[at - 1] + steps[end]) / 2
            yield at, sum(steps[at:end]) - (end - at) * quiet
        at = end


def by_seconds(steps, beside):
    """Percent that the loop was slowed by, for each second of it; and CPU of the threads beside it."""
    found = {"slowed": [], "beside": []}
    sums = {}
    second_of, gone = [], 0.0
    for step in steps:
        second_of.append(int(gone))
        gone += step
    for at, extra in extras(steps, beside):
        sums.setdefault(second_of[at], []).append(extra)
    for second in range(1, int(gone)):
        used = sum(beside[at] for at in range(len(steps)) if second_of[at] == second)
        ticks = sum(1 for at in range(1, len(steps)) if second_of[at] == second and beside[at] != 0 and beside[at - 1] == 0)
        if second in sums and ticks > 0:
            # of ticks that had no quiet neighbours the cost is that of the others
            found["slowed"].append(100 * statistics.mean(sums[second]) * ticks)
            found["beside"].append(100 * used / 1e9)
    return found


def measure(options, cores):
    import aico2

    loop = slowed.Loop(cores)
    own = {int(thread) for thread in os.listdir("/proc/self/task")}
    tracker = None
    if options.burn is None:
        tracker = aico2.Tracker("bench", country="FR", interval=1 / options.hz).start()
    else:
        Burner(options.burn, options.hz).start()
    time.sleep(SETTLE_SECONDS)
    beside = Beside(own)
    steps, used = [], []
    loop.steps = round(options.seconds / slowed.STEP_SECONDS)
    before = beside.read()
    loop.barrier.wait()
    for _ in range(loop.steps):
        began = time.perf_counter()
        loop.step(0)
        steps.append(time.perf_counter() - began)
        now = beside.read()
        used.append(now - before)
        before = now
    loop.close()
    if tracker is not None:
        tracker.stop()
    return by_seconds(steps, used)


def main():
    parser = slowed.loop_parser("What a tracker's ticks cost a training's loop.", 120)
    parser.add_argument("--burn", type=float, metavar="US", help="no tracker, but a thread of known cost")
    options = parser.parse_args()
    cores = options.cores
    with tempfile.TemporaryDirectory(prefix="aico2-slowed-") as folder:
        slowed.use_library(options.build, folder)
        found = measure(options, cores)
    if options.json:
        json.dump(found, sys.stdout)
        return
    print(f"{cores} core{'s' * (cores > 1)}, {options.hz:g} Hz, {len(found['slowed'])} seconds")
    for what, text in (("slowed", "the loop takes longer by its ticks"), ("beside", "CPU of the threads beside it, of a core")):
        print("%-40s %+.4f %% (%+.4f to %+.4f)" % (text, *slowed.hodges_lehmann(found[what])))


if __name__ == "__main__":
    main()
