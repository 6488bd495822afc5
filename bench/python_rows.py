# SPDX-License-Identifier: Apache-2.0
"""python_rows.py - what the Python package costs: import, start and stop, memory, many tasks.

Each row is a program of its own in the interpreter that runs this, over the library of the build.
"""
import json
import os
import statistics
import subprocess
import sys

import rows

PRELUDE = """
import json, os, sys, time
def resident_kib():
    with open('/proc/self/status', encoding='ascii') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS:'))
"""

IMPORT = """
begin = time.perf_counter()
import aico2
print(json.dumps((time.perf_counter() - begin) * 1e3))
"""

START_STOP = """
import aico2
took = []
for _ in range(%d):
    begin = time.perf_counter()
    aico2.Tracker(country='FR').start().stop()
    took.append((time.perf_counter() - begin) * 1e3)
print(json.dumps(took))
"""

MEMORY = """
before = resident_kib()
import aico2
tracker = aico2.Tracker(country='FR', interval=0.1).start()
time.sleep(2.5)
most = resident_kib()
report = tracker.stop()
report.to_dict()
print(json.dumps((max(most, resident_kib()) - before) / 1024))
"""

TASKS = """
import aico2
count = 100_000
tracker = aico2.Tracker(country='FR').start()
begin = time.thread_time()
for _ in range(count):
    with tracker.task('step'):
        pass
used = time.thread_time() - begin
begin = time.perf_counter()
report = tracker.stop()
end = time.perf_counter()
assert report._call('task_count') >= count
print(json.dumps([used / count * 1e6, end - begin]))
"""


def run(bench, text):
    environment = dict(bench.env, AICO2_LIBRARY=os.path.join(bench.build, "src", "libaico2.so"),
                       PYTHONPATH=os.path.join(bench.source, "python"), AICO2_DB=bench.path("python.db"))
    done = subprocess.run([sys.executable, "-c", PRELUDE + text], env=environment, cwd=bench.directory, check=True,
                          stdout=subprocess.PIPE, timeout=280)
    return json.loads(done.stdout)


def package(bench):
    """Costs of the Python package."""
    imports = [run(bench, IMPORT) for _ in range(5 if bench.quick else 15)]
    yield rows.Row("python: import aico2", "ms", statistics.median(imports), 20)
    took = run(bench, START_STOP % (10 if bench.quick else 50))
    yield rows.Row("python: Tracker() start and stop", "ms", statistics.median(took), 10)
    yield rows.Row("python: memory added", "MiB", run(bench, MEMORY), 8)
    each, stop = run(bench, TASKS)
    yield rows.Row("python: CPU of a task, of 100,000 in a run", "us", each, 20)
    yield rows.Row("python: stop with 100,000 tasks", "s", stop, 2)


GROUPS = [package]
