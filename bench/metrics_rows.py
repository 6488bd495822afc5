# SPDX-License-Identifier: Apache-2.0
"""metrics_rows.py - what telling others costs: scrapes, and the file for node_exporter."""
import os
import shutil

import rows


def scrapes(bench):
    for gpus, runs in ((8, 4), (8, 64)):
        plain, openmetrics, size = map(int, bench.output(bench.program("metrics"), str(gpus), str(runs)))
        for what, ns in (("Prometheus text", plain), ("OpenMetrics", openmetrics)):
            yield rows.Row("a scrape of %d GPUs, %d runs, %s" % (gpus, runs, what), "us", ns / 1e3,
                           250, note="%d bytes" % size)


def textfile(bench):
    path = bench.path("textfile.db")
    folder = bench.path("textfile")
    os.mkdir(folder)
    bench.output(bench.program("history"), "fill", path, "16", "3600" if bench.quick else "60", "365")
    command = [bench.aico2, "export", "--textfile", folder, "--db", path]
    yield rows.Row("export --textfile of a history of a year", "ms", rows.fastest(bench, command, 1), 150)
    yield rows.Row("the same once more", "ms", rows.fastest(bench, command, 3), 20)
    shutil.rmtree(folder)
    os.unlink(path)


GROUPS = [scrapes, textfile]
