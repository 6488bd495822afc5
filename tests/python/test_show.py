# SPDX-License-Identifier: Apache-2.0
"""test_show.py - a report as a line, as HTML with a chart, as a table"""
import xml.etree.ElementTree as tree

import pytest

import aico2
from aico2 import _show


@pytest.fixture
def report():
    with aico2.Tracker("<train> & test", country="FR", interval=0.01) as tracker:
        with tracker.task("a", kind="epoch"):
            sum(range(3_000_000))
    return tracker.report


@pytest.mark.parametrize("value, text", [
    (None, "–"), (0, "0 J"), (1, "1 J"), (999.4, "999 J"), (999.6, "1 kJ"), (1234.5, "1.23 kJ"), (5e6, "5 MJ"),
    (0.0123, "12.3 mJ"), (4e-6, "4 µJ"), (4e-9, "4e-09 J"), (2.5e12, "2.5e+03 GJ"),
])
def test_quantities_as_people_read_them(value, text):
    assert _show.quantity(value, "J") == text


def test_times_as_people_read_them():
    assert [_show.seconds(value) for value in (None, 1.234, 119, 600, 86400)] == ["–", "1.23 s", "119 s", "10 min", "24 h"]
    assert _show.watt_hours(1.5) == "1.5 kWh"


def test_a_line(report):
    text = repr(report)
    assert text.startswith("<Report <train> & test: ")
    assert "gCO2e (France), " in text and text.endswith(", finished>")


def test_html_is_well_formed_and_holds_no_markup_of_others(report):
    html = report._repr_html_()
    root = tree.fromstring(html)
    assert root.find("b").text == "<train> & test"
    space = "{http://www.w3.org/2000/svg}"
    bars = root.findall(f".//{space}rect")
    counted = [device for device in report.devices if device.is_added and device.energy_joules is not None]
    assert len(bars) == 3 * len(counted) + 3, "job, others, idle of each; the legend"
    assert len(root.findall(f".//{space}path")) == len(counted), "a band each"
    assert root.find(".//summary").text == f"{len(report.warnings)} warnings"
    for bar in bars:
        assert float(bar.get("width")) >= 0


def test_bars_are_as_long_as_the_energy():
    """Of 100 J at most (the high of the band), 320 points wide: 40 J are 128, 10 J are 32."""
    figure = aico2.Figure(80.0, 60.0, 100.0)
    device = aico2.Device("cpu0", "cpu", "x", "rapl", "measured", "", "", figure, 40.0, 10.0, 30.0, 0.0, None, None, None, None,
                          None, 1, None, None, True)
    text = "".join(_show._bar(device, 4, 100.0))
    assert 'x="150.0" y="4" width="128.0"' in text
    assert 'x="278.0" y="4" width="32.0"' in text
    assert 'x="310.0" y="4" width="96.0"' in text
    assert 'd="M342.0 10H470.0M342.0 7v6M470.0 7v6"' in text, "150 + 60 x 3.2 = 342, 150 + 100 x 3.2 = 470"


def test_what_is_unavailable_is_a_dash():
    device = aico2.Device("gpu0", "gpu", "x", "nvml", "measured", "", "", *[None] * 10, 0, None, None, True)
    assert "–" in "".join(_show._bar(device, 4, 100.0))


def test_the_figures_for_rich(report):
    shown = dict(report.__rich_repr__())
    assert shown["name"] == "<train> & test"
    assert shown["total_gco2e"] == report.total_gco2e


def test_tables_of_pandas(report):
    pytest.importorskip("pandas", reason="pandas is not installed")
    devices = report.to_pandas()
    assert list(devices["id"]) == [device.id for device in report.devices]
    assert devices["energy_joules"].sum() == pytest.approx(sum(device.energy_joules for device in report.devices))
    assert (devices["energy_joules_low"] <= devices["energy_joules"]).all()
    assert list(report.to_pandas("tasks")["name"]) == [task.name for task in report.tasks]
    run = report.to_pandas("run")
    assert len(run) == 1 and run["total_gco2e"][0] == pytest.approx(report.total_gco2e)


def test_a_table_that_is_none(report):
    with pytest.raises(ValueError, match="what must be 'devices' or 'tasks' or 'run', not 'samples'"):
        report.to_pandas("samples")
