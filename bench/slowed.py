#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slowed.py - by how much a training's loop is slowed, with and without a tracker turn about in one process

  python3 bench/slowed.py [--build DIR] [--cores one|all] [--seconds S] [--hz F] [--json]

A block is a second of the same work, fifty steps of it, once with a tracker and once without, in an order that chance
decides; a pair of blocks gives one ratio. A step that takes longer than the pair's median by more than a twentieth counts
as that much: a millisecond, several times what a tick or a commit takes, and what other programs hold up is longer. The
figure is the median of all means of two ratios (Hodges and Lehmann), its interval that of Wilcoxon's signed ranks, which
ask of the noise only that it is as likely to fall on the one as on the other. No third-party package is needed.

With all cores, each has a thread with work of its own, and nobody goes on before all have finished a step, as in a
training over several devices: one that is held up holds up all.
"""
import argparse
import json
import math
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import zlib

BLOCK_SECONDS = 1.0
SETTLE_SECONDS = 0.1  # a commit comes after each second: it falls into the block, once
STEP_SECONDS = 0.02
HELD_UP = 1.05
PAIRS_LEAST = 6  # with fewer there is no interval of 95 %
BUFFER_BYTES = 1 << 20  # what fits a core's cache and can be driven out of it
NORMAL_95 = 1.96


class Worker:
    """One core's share of a step: some of the interpreter's own, and a walk through memory."""

    def __init__(self):
        self.buffer = bytes(i * 37 & 255 for i in range(BUFFER_BYTES))
        self.view = memoryview(self.buffer)

    def work(self, interpreted, walks):
        total = 0
        for i in range(interpreted):
            total += i * i
        for i in range(walks):
            total = zlib.crc32(self.view, total & 0xffffffff)  # without the interpreter's lock
        return total


class Loop:
    """Steps on one core or on all; run() tells of each what it took: wall, and CPU time of the thread that asks."""

    def __init__(self, cores):
        self.cores = cores
        # who has all cores waits for the lock of the interpreter where several interpret: they only walk
        self.interpreted = 20_000 if cores == 1 else 0
        self.walks = 1
        self.steps = 0
        self.barrier = threading.Barrier(cores)
        self.workers = [Worker() for _ in range(cores)]
        self.threads = []
        self.ending = False
        for at in range(1, cores):
            thread = threading.Thread(target=self._follow, args=(at,), daemon=True)
            thread.start()
            self.threads.append(thread)
        self._calibrate()

    def step(self, at):
        self.workers[at].work(self.interpreted, self.walks)
        self.barrier.wait()

    def _follow(self, at):
        while True:
            self.barrier.wait()
            if self.ending:
                return
            for _ in range(self.steps):
                self.step(at)

    def run(self):
        wall, cpu = [], []
        self.barrier.wait()
        for _ in range(self.steps):
            wall_before, cpu_before = time.perf_counter(), time.thread_time()
            self.step(0)
            cpu.append(time.thread_time() - cpu_before)
            wall.append(time.perf_counter() - wall_before)
        return wall, cpu

    def _calibrate(self):
        self.steps = 10
        while min(self.run()[0]) < STEP_SECONDS:
            self.walks += max(1, self.walks // 4)
        self.steps = round(BLOCK_SECONDS / STEP_SECONDS)

    def close(self):
        self.ending = True
        self.barrier.wait()
        for thread in self.threads:
            thread.join()


def hodges_lehmann(values):
    """The median of the means of all pairs, and the interval that holds the middle in 95 % of cases (Wilcoxon)."""
    count = len(values)
    means = sorted((values[i] + values[j]) / 2 for i in range(count) for j in range(i, count))
    expected = count * (count + 1) / 4
    spread = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    low = max(0, math.floor(expected - NORMAL_95 * spread))
    middle = len(means) // 2
    median = means[middle] if len(means) % 2 else (means[middle - 1] + means[middle]) / 2
    return median, means[low], means[-1 - low]


def clipped_ratio(tracked, bare):
    """Of what two lists of steps took in all, less 1, in percent."""
    most = HELD_UP * statistics.median(tracked + bare)
    return 100 * (sum(min(step, most) for step in tracked) / sum(min(step, most) for step in bare) - 1)


def cpu_of(threads):
    """CPU seconds of the threads of this process that are not among those."""
    used = 0
    for thread in os.listdir("/proc/self/task"):
        if int(thread) not in threads:
            with open(f"/proc/self/task/{thread}/schedstat", encoding="ascii") as file:
                used += int(file.read().split()[0])
    return used / 1e9


def measure(cores, seconds, hz):
    """Ratios of pairs less 1, in percent: by wall time and by the loop's CPU time; and CPU of the threads beside it."""
    import aico2

    loop = Loop(cores)

    own = {int(thread) for thread in os.listdir("/proc/self/task")}

    def block(tracked):
        tracker = aico2.Tracker("bench", country="FR", interval=1 / hz).start() if tracked else None
        time.sleep(SETTLE_SECONDS)
        before = cpu_of(own)
        steps = loop.run()
        beside = cpu_of(own) - before
        if tracker is not None:
            tracker.stop()
        return *steps, beside

    dice = random.Random()
    found = {"wall": [], "cpu": [], "beside": []}
    block(True)
    block(False)
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(found["wall"]) < PAIRS_LEAST:
        first = dice.random() < 0.5
        blocks = {tracked: block(tracked) for tracked in (first, not first)}
        for at, what in enumerate(("wall", "cpu")):
            found[what].append(clipped_ratio(blocks[True][at], blocks[False][at]))
        wall, _, beside = blocks[True]
        found["beside"].append(100 * beside / sum(wall))
    loop.close()
    return found


def use_library(build, folder):
    """The package of the sources, the library of a build, a history of its own."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "python"))
    os.environ["AICO2_LIBRARY"] = os.path.join(os.path.abspath(build), "src", "libaico2.so.0")
    os.environ["AICO2_DB"] = os.path.join(folder, "history.db")


def loop_parser(description, seconds):
    """What both programs that slow a loop are asked by; `cores` of what it finds is their number."""
    def number(word):
        if word not in ("one", "all"):
            raise argparse.ArgumentTypeError(f"'{word}': one or all is wanted")
        return 1 if word == "one" else len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", default="build", help="the build directory, for libaico2")
    parser.add_argument("--cores", type=number, default="one", metavar="one|all")
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--hz", type=float, default=10)
    parser.add_argument("--json", action="store_true", help="all that was measured")
    return parser


def main():
    options = loop_parser("By how much a training's loop is slowed.", 110).parse_args()
    cores = options.cores
    with tempfile.TemporaryDirectory(prefix="aico2-slowed-") as folder:
        use_library(options.build, folder)
        found = measure(cores, options.seconds, options.hz)
    if options.json:
        json.dump(found, sys.stdout)
        return
    print(f"{cores} core{'s' * (cores > 1)}, {options.hz:g} Hz, {len(found['wall'])} pairs of {BLOCK_SECONDS:g} s")
    for what, text in (("wall", "the loop takes longer"), ("cpu", "its own CPU time is more"),
                       ("beside", "CPU of the tracker's threads, of a core")):
        print("%-38s %+.3f %% (%+.3f to %+.3f)" % (text, *hodges_lehmann(found[what])))


if __name__ == "__main__":
    main()
