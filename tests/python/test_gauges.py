# SPDX-License-Identifier: Apache-2.0
"""test_gauges.py - what is seen of a machine now, and jetson_stats' jtop over it, on captured trees of Jetsons"""
import datetime
import os
import subprocess
import threading
import time

import pytest

import aico2
from aico2._jtop import JtopException, jtop


@pytest.fixture
def tree(home):
    """tree("jetson-orin-nano") -> the folder that it was built in."""
    builder = os.environ.get("AICO2_BUILD_MACHINE")
    if builder is None:
        pytest.skip("no machine trees here")

    def build(name):
        folder = str(home / name)
        subprocess.run([builder, name, folder], check=True, stdout=subprocess.DEVNULL)
        return folder

    return build


def tick(folder, *busy, idle=100):
    """Moves /proc/stat on: each core was busy for so many ticks, and idle for the others."""
    path = os.path.join(folder, "proc", "stat")
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    for core, ticks in enumerate(busy):
        for at, line in enumerate(lines):
            words = line.split()
            if words[0] == f"cpu{core}":
                words[1] = str(int(words[1]) + ticks)
                words[4] = str(int(words[4]) + idle - ticks)
                lines[at] = " ".join(words)
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def test_this_machine():
    gauges = aico2.Gauges()
    memory = gauges.read()["memory.used"]
    assert memory.unit == "B" and 0 < memory.value < memory.limit
    assert gauges.jetson == "" or "Jetson" in gauges.jetson
    gauges.close()
    gauges.close()
    with pytest.raises(ValueError, match="closed"):
        gauges.read()


def test_a_sysroot_that_is_none():
    with pytest.raises(aico2.Aico2Error, match="/nowhere"):
        aico2.Gauges("/nowhere")
    with pytest.raises(TypeError, match="sysroot must be a path"):
        aico2.Gauges(3)


def test_loads_are_over_the_time_between_two_readings(tree):
    folder = tree("jetson-orin-nano")
    gauges = aico2.Gauges(folder)
    first = gauges.read()["cpu0.load"]
    assert first.value is None and first.reason
    tick(folder, 25, 100)
    found = gauges.read()
    assert found["cpu0.load"].value == pytest.approx(0.25)
    assert found["cpu1.load"].value == pytest.approx(1)
    assert found["rail.VDD_IN"].value == pytest.approx(4.942464)
    assert found["module0.mode"].value == "15W"
    assert "Orin Nano" in gauges.jetson


def test_jtop_has_the_keys_and_units_of_jetson_stats(tree):
    folder = tree("jetson-orin-nano")
    with jtop(interval=0.05, sysroot=folder) as jetson:
        tick(folder, 25, 100, 0, 50, 50, 50)
        assert jetson.ok()
        stats = jetson.stats
    assert [stats[f"CPU{core}"] for core in range(1, 7)] == pytest.approx([25, 100, 0, 50, 50, 50])
    assert stats["RAM"] == pytest.approx(0.5)  # a share, not percent
    assert stats["GPU"] == pytest.approx(12.7)
    # mW; the rail that is the total has no row of its own
    assert (stats["Power TOT"], stats["Power VDD_SOC"]) == (4942, 1377)
    assert "Power VDD_IN" not in stats
    assert stats["nvp model"] == "15W"
    assert isinstance(stats["time"], datetime.datetime) and isinstance(stats["uptime"], datetime.timedelta)


def test_a_core_that_is_off_says_so(tree):
    folder = tree("jetson-xavier-nx")  # four of its six cores
    with jtop(interval=0.05, sysroot=folder) as jetson:
        tick(folder, 10, 10, 10, 10)
        assert jetson.ok()
        assert [jetson.stats[f"CPU{core}"] for core in (4, 5, 6)] == [pytest.approx(10), "OFF", "OFF"]


def test_where_several_rails_are_the_total_each_has_a_row(tree):
    """mV x mA: 19920 x 120 = 2.3904 W, 19920 x 40 = 0.7968 W and 5032 x 700 = 3.5224 W feed the module, 6.7096 W; VDDQ's
    5032 x 60 = 0.30192 W is inside VIN_SYS_5V0. Shown in whole mW."""
    with jtop(interval=0.05, sysroot=tree("jetson-agx-orin-jp5")) as jetson:
        stats = jetson.stats
    assert {name: value for name, value in stats.items() if name.startswith("Power ")} == {
        "Power VDD_GPU_SOC": 2390, "Power VDD_CPU_CV": 796, "Power VIN_SYS_5V0": 3522, "Power VDDQ_VDD2_1V8AO": 301,
        "Power TOT": 6709}


def test_the_loop_keeps_time_and_ends_when_it_is_closed(tree):
    jetson = jtop(interval=0.1, sysroot=tree("jetson-nano"))
    assert not jetson.ok(), "not before it is started"
    jetson.start()
    begin = time.monotonic()
    assert all(jetson.ok() for _ in range(5))
    assert 0.45 <= time.monotonic() - begin < 30
    assert jetson.ok(spin=True)
    jetson.interval = 3600
    assert jetson.ok(), "of the old interval"
    threading.Timer(0.2, jetson.close).start()
    assert not jetson.ok(), "closed by another thread while it waits"
    assert not jetson.ok()


def test_elsewhere_it_says_that_this_is_no_jetson(home):
    (home / "proc").mkdir()
    with pytest.raises(JtopException, match="no NVIDIA Jetson"):
        with jtop(sysroot=str(home)):
            pass


@pytest.mark.parametrize("interval, kind", [("1", TypeError), (True, TypeError), (0, ValueError), (-1, ValueError),
                                           (float("nan"), ValueError)])
def test_a_wrong_interval(interval, kind):
    with pytest.raises(kind, match="interval must be"):
        jtop(interval=interval)
