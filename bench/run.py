#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py - measures the numbers the program promises to hold, and prints them as a table

  python3 bench/run.py [--build DIR] [--quick] [--json] [--only GROUP]...

Times are judged by their ratio to a reference measured beside them on the same machine (a program that
reads two files a tick; `true`), against the same ratio on the machine for which the limits were set.
See docs/benchmarks.md.
"""
import argparse
import json
import os
import platform
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import loop_rows  # noqa: E402
import metrics_rows  # noqa: E402
import python_rows  # noqa: E402
import rows  # noqa: E402
import serve_rows  # noqa: E402

GROUPS = rows.GROUPS + metrics_rows.GROUPS + serve_rows.GROUPS + python_rows.GROUPS + loop_rows.GROUPS


def number(value):
    return "%.3g" % value if value is None or abs(value) < 1000 else "%.0f" % value


def line(row):
    limit = ("%s %s" % (">=" if row.at_least else "<=", number(row.limit)))
    against = "" if row.ratio is None else "%.2f (<= %.2f)" % (row.ratio, row.ratio_limit)
    return "%-44s %10s %9s %-4s %-17s %s" % (row.what, limit, number(row.measured), row.unit,
                                            against, "held" if row.held else "NOT HELD")


def machine():
    return {"machine": platform.machine(), "kernel": platform.release(),
            "cpus": os.cpu_count(), "load": os.getloadavg()[0]}


def build(directory):
    targets = ["bench-programs", "src/cli/aico2"]
    if os.path.isdir(os.path.join(directory, "src", "server")):
        targets.append("src/server/aico2-serve")
    if os.path.isdir(os.path.join(directory, "tests", "fakes")):
        targets += ["tests/fakes/fake_nvml.so", "tests/fakes/fake_remote"]
    done = subprocess.run(["ninja", "-C", directory, *targets],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(done.stdout.decode() + "bench: cannot build in '%s'" % directory)


def measure(bench, groups, out):
    results = []
    for group in groups:
        try:
            for row in group(bench):
                results.append(row)
                print(line(row), file=out)
                if row.note:
                    print("    " + row.note, file=out)
                out.flush()
        except (OSError, ValueError, RuntimeError, subprocess.SubprocessError) as failure:
            print("%-44s failed: %s" % (group.__name__, failure), file=out)
            results.append(rows.Row(group.__name__ + " failed", "", float("inf"), 0))
    return results


def main():
    parser = argparse.ArgumentParser(description="Measures the numbers the program promises.")
    parser.add_argument("--build", default="build", help="the build directory (build)")
    parser.add_argument("--quick", action="store_true", help="less than a minute; coarser")
    parser.add_argument("--json", action="store_true", help="one document on stdout")
    parser.add_argument("--only", action="append", metavar="GROUP",
                        choices=[group.__name__ for group in GROUPS],
                        help="one of: " + ", ".join(group.__name__ for group in GROUPS))
    options = parser.parse_args()
    build(options.build)
    bench = rows.Bench(options.build, options.quick)
    groups = [group for group in GROUPS
              if not options.only or group.__name__ in options.only]
    out = sys.stderr if options.json else sys.stdout
    try:
        print("%(machine)s, %(cpus)d CPUs, Linux %(kernel)s, load %(load).1f" % machine(), file=out)
        print("%-44s %10s %9s %-4s %-17s %s" % ("what", "limit", "measured", "", "to reference",
                                               "verdict"), file=out)
        results = measure(bench, groups, out)
    finally:
        bench.close()
    if options.json:
        json.dump({"schema": "aico2.bench/1", **machine(),
                   "rows": [row.as_dict() for row in results]}, sys.stdout, indent=1)
        print()
    missed = sum(not row.held for row in results)
    print("%d held, %d not held" % (len(results) - missed, missed), file=out)


if __name__ == "__main__":
    main()
