# SPDX-License-Identifier: Apache-2.0
"""aico2/_show.py - a report in one line, and as HTML with a small chart

Units are chosen here so that people can read them; the figures are the library's.
"""
from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, List, Optional, Tuple

if TYPE_CHECKING:
    from ._report import Device, Report

_PREFIXES: List[Tuple[float, str]] = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ")]
_DASH = "–"  # unavailable is never 0
_BAR_WIDTH, _BAR_HEIGHT, _ROW_HEIGHT, _LABEL_WIDTH, _FIGURE_WIDTH = 320, 12, 22, 150, 190
# The share of each in a device's bar, from the left; colours that differ in lightness too.
_PARTS = (("job_joules", "this job", "#1b6e53"), ("others_joules", "others", "#d08c2e"), ("idle_joules", "idle", "#b9c0c7"))


def quantity(value: Optional[float], unit: str) -> str:
    """Three digits and a prefix: "12.4 Wh"."""
    if value is None:
        return _DASH
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor * 0.9995:
            return f"{value / factor:.3g} {prefix}{unit}"
    return f"0 {unit}" if value == 0 else f"{value:.2g} {unit}"


def watt_hours(kwh: Optional[float]) -> str:
    return quantity(None if kwh is None else kwh * 1000, "Wh")


def seconds(value: Optional[float]) -> str:
    if value is None:
        return _DASH
    if value < 120:
        return f"{value:.3g} s"
    return f"{value / 60:.3g} min" if value < 7200 else f"{value / 3600:.3g} h"


def line(report: Report) -> str:
    place = report.place_name or report.place or "own intensity"
    return (f"{report.name}: {watt_hours(report.energy_kwh)}, {quantity(report.total_gco2e, 'gCO2e')} "
            f"({place}), {seconds(report.duration_seconds)}, {report.state}")


def _bar(device: Device, y: int, largest_joules: float) -> List[str]:
    """One device: job, others and idle side by side, and a line over the band of the whole."""
    energy = device.energy_joules
    label = escape(f"{device.id} {device.model}".strip())
    text = [f'<text x="{_LABEL_WIDTH - 6}" y="{y + 10}" text-anchor="end">{escape(device.id)}<title>{label}</title></text>']
    if energy is None or largest_joules <= 0:
        return text + [f'<text x="{_LABEL_WIDTH}" y="{y + 10}">{_DASH}</text>']
    scale = _BAR_WIDTH / largest_joules
    x = float(_LABEL_WIDTH)
    for name, title, colour in _PARTS:
        joules = getattr(device, name) or 0.0
        text.append(f'<rect x="{x:.1f}" y="{y}" width="{joules * scale:.1f}" height="{_BAR_HEIGHT}" fill="{colour}">'
                    f"<title>{title}: {quantity(joules, 'J')}</title></rect>")
        x += joules * scale
    low, high = (_LABEL_WIDTH + limit * scale for limit in energy.band)
    middle = y + _BAR_HEIGHT // 2
    text.append(f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 3}v6M{high:.1f} {middle - 3}v6" '
                f'stroke="currentColor" fill="none"/>')
    text.append(f'<text x="{_LABEL_WIDTH + _BAR_WIDTH + 8}" y="{y + 10}">{quantity(energy, "J")}, '
                f"{escape(device.basis)}</text>")
    return text


def svg(report: Report) -> str:
    """A bar for each device that counts."""
    devices = [device for device in report.devices if device.is_added]
    largest = max((device.energy_joules.high for device in devices if device.energy_joules is not None), default=0.0)
    rows: List[str] = []
    for index, device in enumerate(devices):
        rows += _bar(device, 4 + index * _ROW_HEIGHT, largest)
    legend_y = 4 + len(devices) * _ROW_HEIGHT
    for index, (_, title, colour) in enumerate(_PARTS):
        x = _LABEL_WIDTH + index * 90
        rows.append(f'<rect x="{x}" y="{legend_y}" width="10" height="10" fill="{colour}"/>'
                    f'<text x="{x + 14}" y="{legend_y + 9}">{title}</text>')
    width = _LABEL_WIDTH + _BAR_WIDTH + _FIGURE_WIDTH
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{legend_y + 18}" role="img" '
            f'aria-label="energy by device" font-family="sans-serif" font-size="11" fill="currentColor">'
            f"{''.join(rows)}</svg>")


def _banded(figure: object, text: str, low: str, high: str) -> str:
    return text if figure is None else f"{text} <small>({low} … {high})</small>"


def html(report: Report) -> str:
    energy, carbon = report.energy_kwh, report.total_gco2e
    rows = [
        ("energy", _banded(energy, watt_hours(energy), watt_hours(energy and energy.low), watt_hours(energy and energy.high))),
        ("carbon", _banded(carbon, quantity(carbon, "gCO2e"), quantity(carbon and carbon.low, "g"),
                           quantity(carbon and carbon.high, "g"))),
        ("place", escape(report.place_name or report.place or "own intensity")),
        ("time", f"{seconds(report.duration_seconds)}, {escape(report.state)}"),
    ]
    cells = "".join(f'<tr><th style="text-align:left">{name}</th><td style="text-align:left">{value}</td></tr>'
                    for name, value in rows)
    notes = "".join(f"<li>{escape(warning)}</li>" for warning in report.warnings)
    return (f'<div class="aico2"><b>{escape(report.name)}</b><table>{cells}</table>{svg(report)}'
            + (f"<details><summary>{len(report.warnings)} warnings</summary><ul>{notes}</ul></details>" if notes else "")
            + "</div>")
