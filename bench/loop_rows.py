# SPDX-License-Identifier: Apache-2.0
"""loop_rows.py - what a training pays for being measured ten times a second: its loop's time, and the library's threads.

The loop is slowed.py's, in the interpreter that runs this. Judged is the upper end of the interval: where other programs
make it wide it does not hold, and only an idle machine can tell.
"""
import json
import os
import subprocess
import sys

import rows
import slowed

SECONDS = 110  # of each loop


def ratios(bench, cores):
    seconds = 15 if bench.quick else SECONDS
    done = subprocess.run([sys.executable, os.path.join(bench.source, "bench", "slowed.py"), "--build", bench.build,
                           "--cores", cores, "--seconds", str(seconds), "--json"],
                          env=bench.env, cwd=bench.directory, check=True, stdout=subprocess.PIPE, timeout=seconds + 120)
    return json.loads(done.stdout)


def loop(bench):
    """A training's loop at 10 Hz, on one core and on all."""
    for cores, name in (("one", "one core"), ("all", "all cores")):
        found = ratios(bench, cores)
        wall, low, high = slowed.hodges_lehmann(found["wall"])
        cpu = slowed.hodges_lehmann(found["cpu"])
        yield rows.Row(f"a loop on {name} slowed at 10 Hz, at most", "%", high, 0.1,
                       note="%.3f %% (%.3f to %.3f) by time, %.3f %% (%.3f to %.3f) by its CPU time; %d pairs" %
                       (wall, low, high, *cpu, len(found["wall"])))
        beside = slowed.hodges_lehmann(found["beside"])[0]
        yield rows.Row("CPU of the library's threads beside it", "%", beside, 0.2,
                       note="of a core: %.0f us a tick, its part of the commits included" % (beside * 1e3))


GROUPS = [loop]
