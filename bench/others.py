#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""others.py - what a training pays for being measured: aico2's Python package beside three others, in paired runs

  python3 -m venv /tmp/others && /tmp/others/bin/pip install codecarbon carbontracker eco2ai 'pandas<3'
  python3 bench/others.py --python /tmp/others/bin/python [--build DIR] [--rounds N] [--seconds S] [--json]

A round runs the same work once without and once with each of them, each in a process of its own, in a shuffled order;
what is told is against the bare run of the same round: the median over the rounds, with the interval that holds it in
95 % of resamplings. On a machine that does other things the slowing of the loop drowns, and what starting and stopping takes;
the CPU times of both, their child processes' in them, and of the threads beside the working one do not. Packages that are not there are left out.
Not a part of `make bench`: see docs/benchmarks.md.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

BARE = "bare"
SLOW = 300  # seconds for a child
RESAMPLED = 2000


def aico2_at(interval):
    def begin():
        import aico2

        tracker = aico2.Tracker("bench", country="FR", interval=interval)
        tracker.start()
        return tracker.stop

    return begin


def compat():
    from aico2.compat.codecarbon import OfflineEmissionsTracker

    tracker = OfflineEmissionsTracker(country_iso_code="FRA", log_level="error")
    tracker.start()
    return tracker.stop


def codecarbon_at(seconds):
    def begin():
        from codecarbon import OfflineEmissionsTracker

        tracker = OfflineEmissionsTracker(country_iso_code="FRA", measure_power_secs=seconds, log_level="error")
        tracker.start()
        return tracker.stop

    return begin


def carbontracker():
    from carbontracker.tracker import CarbonTracker

    tracker = CarbonTracker(epochs=1, update_interval=1, verbose=0, log_dir="logs", epochs_before_pred=0)
    tracker.epoch_start()
    return tracker.epoch_end


def eco2ai():
    import eco2ai as package

    tracker = package.Tracker(project_name="bench", experiment_description="bench", file_name="eco2ai.csv",
                              alpha_2_code="FR", measure_period=1, ignore_warnings=True)
    tracker.start()
    return tracker.stop


WAYS = {
    BARE: lambda: lambda: None,
    "aico2, 1 Hz": aico2_at(1.0),
    "aico2, 10 Hz": aico2_at(0.1),
    "aico2.compat.codecarbon": compat,
    "codecarbon, each 1 s": codecarbon_at(1),
    "codecarbon, each 15 s": codecarbon_at(15),
    "carbontracker, each 1 s": carbontracker,
    "eco2ai, each 1 s": eco2ai,
}


def work(units):
    """A unit is some 10 ms of the interpreter's own."""
    total = 0
    for _ in range(units):
        total += sum(i * i for i in range(100_000))
    return total


def cpu_seconds():
    """Of the process and of what it waited for."""
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def child(way, units):
    import time
    import warnings

    warnings.simplefilter("ignore")
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what they print is not ours
    os.dup2(1, 2)
    t0, p0 = time.perf_counter(), cpu_seconds()
    end = WAYS[way]()
    p1 = cpu_seconds()
    t1, c1 = time.perf_counter(), time.process_time() - time.thread_time()
    work(units)
    t2, c2 = time.perf_counter(), time.process_time() - time.thread_time()
    p2 = cpu_seconds()
    end()
    t3, p3 = time.perf_counter(), cpu_seconds()
    with open("/proc/self/status", encoding="ascii") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    os.write(out, json.dumps({"begin": t1 - t0, "loop": t2 - t1, "beside": c2 - c1, "end": t3 - t2,
                              "begin_cpu": p1 - p0, "end_cpu": p3 - p2, "peak_kib": peak}).encode())


def run(python, way, units, environment, folder):
    done = subprocess.run([python, os.path.abspath(__file__), "--child", way, "--units", str(units)], cwd=folder,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=SLOW, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def interval(values):
    """The median, and where 95 % of resampled medians lie."""
    dice = random.Random(1)
    medians = sorted(statistics.median(dice.choices(values, k=len(values))) for _ in range(RESAMPLED))
    return statistics.median(values), medians[RESAMPLED // 40], medians[-RESAMPLED // 40]


def table(rounds):
    """way -> figure -> (median, low, high), against the bare run of the same round."""
    found = {}
    for way in WAYS:
        pairs = [(one[way], one[BARE]) for one in rounds if one.get(way) is not None]
        if not pairs or way == BARE:
            continue
        found[way] = {
            "slower_percent": interval([100 * (a["loop"] / b["loop"] - 1) for a, b in pairs]),
            "beside_percent": interval([100 * a["beside"] / a["loop"] for a, b in pairs]),
            "begin_ms": interval([1000 * a["begin"] for a, b in pairs]),
            "begin_cpu_ms": interval([1000 * a["begin_cpu"] for a, b in pairs]),
            "end_ms": interval([1000 * a["end"] for a, b in pairs]),
            "end_cpu_ms": interval([1000 * a["end_cpu"] for a, b in pairs]),
            "rss_mib": interval([(a["peak_kib"] - b["peak_kib"]) / 1024 for a, b in pairs]),
        }
    return found


# head, figure, form
COLUMNS = (("loop slower, %", "slower_percent", "%.2f"), ("threads beside, %", "beside_percent", "%.3f"),
           ("start, ms of CPU", "begin_cpu_ms", "%.0f"), ("start, ms", "begin_ms", "%.0f"),
           ("stop, ms of CPU", "end_cpu_ms", "%.0f"), ("stop, ms", "end_ms", "%.1f"), ("memory, MiB", "rss_mib", "%.1f"))


def show(found, count, seconds):
    print(f"{count} rounds of {seconds:g} s of work; median (95 %)")
    print(f"{'':26}" + "".join(f"{head:>26}" for head, _, _ in COLUMNS))
    for way, figures in found.items():
        cells = (f"{form} ({form} to {form})" % figures[name] for _, name, form in COLUMNS)
        print(f"{way:26}" + "".join(f"{cell:>26}" for cell in cells))


def main():
    parser = argparse.ArgumentParser(description="aico2's Python package beside others, in paired runs.")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the others")
    parser.add_argument("--build", default="build", help="the build directory, for libaico2")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=10, help="of work in each run")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--units", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.units)
        return 0
    import tempfile

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with tempfile.TemporaryDirectory(prefix="aico2-others-") as folder:
        environment = {**os.environ, "HOME": folder, "AICO2_DB": os.path.join(folder, "history.db"),
                       "AICO2_LIBRARY": os.path.join(os.path.abspath(options.build), "src", "libaico2.so.0"),
                       "PYTHONPATH": os.path.join(root, "python")}
        for way in WAYS:  # whatever is compiled or cached the first time
            run(options.python, way, 1, environment, folder)
        probe = run(options.python, BARE, 50, environment, folder)
        units = max(1, round(50 * options.seconds / probe["loop"]))
        rounds = []
        for _ in range(options.rounds):
            order = list(WAYS)
            random.shuffle(order)
            rounds.append({way: run(options.python, way, units, environment, folder) for way in order})
    found = table(rounds)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found, options.rounds, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
