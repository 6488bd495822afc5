# SPDX-License-Identifier: Apache-2.0
"""test_window.py - the report of a past stretch of time, on a captured Jetson whose rail draws 4.942464 W all the time"""
import csv
import datetime
import os
import subprocess
import time

import pytest

import aico2

WATTS = 4.942464


@pytest.fixture
def tree(home):
    builder = os.environ.get("AICO2_BUILD_MACHINE")
    if builder is None:
        pytest.skip("no machine trees here")
    folder = str(home / "orin")
    subprocess.run([builder, "jetson-orin-nano", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_a_window_is_cut_out_of_a_run(tree, monkeypatch):
    with aico2.Tracker("nano", interval=0.2, sysroot=tree):
        begin = time.time()
        time.sleep(2)
    report = aico2.load_window(begin + 0.5, begin + 1.5, country="FR", pue=1.5)
    assert report.energy_joules == pytest.approx(WATTS, rel=1e-3)
    assert report.duration_seconds == pytest.approx(1)
    assert (report.name, report["energy"]["scope"], report.pue, report.place) == ("window", "machine", 1.5, "FR")
    assert report.operational_gco2e == pytest.approx(WATTS / 3.6e6 * 1.5 * 44.18, rel=1e-3)
    assert report["devices"][0]["coverage_ratio"] == pytest.approx(1, abs=1e-3)
    rows = dict(row[:2] for row in csv.reader(report.to_seed_csv().splitlines()))
    assert float(rows["After conversion J"]) == pytest.approx(report.energy_joules)

    monkeypatch.setenv("AICO2_COUNTRY", "PL")
    assert aico2.load_window(begin + 0.5, begin + 1.5).place == "PL"
    assert aico2.load_window(begin + 0.5, begin + 1.5, country="FR").place == "FR"

    later = aico2.load_window(datetime.datetime.fromtimestamp(begin + 1), begin + 60)
    assert later["devices"][0]["coverage_ratio"] < 0.05, "what nobody recorded is a gap"
    assert later.energy_joules == pytest.approx(WATTS, rel=0.05)


def test_two_runs_at_once_count_once_and_one_that_goes_on_counts(tree):
    with aico2.Tracker("a", interval=0.2, sysroot=tree):
        with aico2.Tracker("b", interval=0.2, sysroot=tree):
            begin = time.time()
            time.sleep(3.5)
            report = aico2.load_window(begin + 0.5, begin + 1.5)
    assert report.energy_joules == pytest.approx(WATTS, rel=1e-3)


@pytest.mark.parametrize("arguments, kind, words", [
    ((2, 1), ValueError, "end must be after start"),
    ((1, 1), ValueError, "end must be after start"),
    ((-1, 1), ValueError, "start must be 0 or more"),
    ((1, 1e12), ValueError, "end_s is 1000000000000"),
    (("1", 2), TypeError, "start must be a number, not str"),
    ((None, 2), TypeError, "start must be a time, not NoneType"),
    ((float("nan"), 2), ValueError, "start must be a finite number"),
    ((datetime.datetime.min, 2), ValueError, "start "),  # too far away, or below 0: that is the time zone's affair
])
def test_wrong_times_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        aico2.load_window(*arguments)


def test_what_is_not_there(tree):
    with pytest.raises(aico2.Aico2Error, match="history"):
        aico2.load_window(1, 2)
    with aico2.Tracker("nano", sysroot=tree):
        pass
    with pytest.raises(aico2.Aico2Error, match="nothing was recorded|no .*recorded"):
        aico2.load_window(1000, 2000)
    with pytest.raises(ValueError, match="XX"):
        aico2.load_window(1000, 2000, country="XX")
    with pytest.raises(ValueError, match="name a place each"):
        aico2.load_window(1000, 2000, country="FR", zone="DE")
