# SPDX-License-Identifier: Apache-2.0
"""seed_case.py - what tests of the original project's scripts share: real servers, and what holds of training_data.csv"""
import csv
import os
import re
import sys
import unittest

import pytest


@pytest.fixture
def servers(source, request, home):
    """Prometheus and node_exporter on loopback: the address."""
    sys.path.insert(0, os.path.join(source.path, "tests", "e2e"))
    import real_servers

    class Ended:
        @staticmethod
        def addCleanup(call, *arguments):  # noqa: N802 - as unittest's
            request.addfinalizer(lambda: call(*arguments))

    try:
        exporter = real_servers.found("prometheus-node-exporter", "node_exporter")
        port = real_servers.free_port()
        server = real_servers.Server(Ended, [exporter, f"--web.listen-address=127.0.0.1:{port}"], str(home), "exporter")
        real_servers.wait_for(lambda: server.check() and real_servers.get(f"http://127.0.0.1:{port}/metrics"))
        prometheus = real_servers.Prometheus(Ended, str(home), {
            "node": (f"127.0.0.1:{port}", "/metrics"), "gone": (f"127.0.0.1:{real_servers.free_port()}", "/metrics")})
    except unittest.SkipTest as missing:
        pytest.skip(str(missing))
    prometheus.targets(down=("gone",))
    return prometheus.url


def rows_of(folder, name="training_data.csv"):
    with open(folder / name, "rb") as file:
        raw = file.read()
    assert raw.count(b"\n") == raw.count(b"\r\n") > 0, "lines end in CRLF, as there"
    return list(csv.reader(raw.decode("utf-8").splitlines()))


def value(rows, key):
    return next(row[1] for row in rows if row[0] == key)


def holds(rows, seconds, printed):
    """The layout of the original, and one energy in its three units."""
    assert [row[0] for row in rows[:10]] == [
        "Operating System Name", "Operating System Version", "Computer Network Name", "Processor Information",
        "Architecture Information", "Platform Information", "Complete System Information", "CPU Model", "GPU Model",
        "Instance"]
    assert [row[:2] for row in rows[10:13]] == [["node", "CPU"], ["node", "RAM"], ["gpu", "GPU"]]
    assert len([row[2] for row in rows if len(row) > 2 and row[2]]) >= 4, "what the original's server wants"
    joules = float(value(rows, "After conversion J"))
    assert joules > 0
    assert float(value(rows, "Estimated power consumption by CPU+GPU Wh")) == pytest.approx(joules / 3600)
    assert float(value(rows, "After conversion kWh")) == pytest.approx(joules / 3.6e6)
    assert float(value(rows, "duration")) == pytest.approx(seconds, abs=1)
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", value(rows, "datetime"))
    for line in (f"Estimated power consumption by CPU+GPU：{value(rows, 'Estimated power consumption by CPU+GPU Wh')}Wh",
                 f"After conversion：{value(rows, 'After conversion kWh')} kWh",
                 f"After conversion：{value(rows, 'After conversion J')} J", f"duration: {value(rows, 'duration')} s "):
        assert line in printed.splitlines()
    return joules
