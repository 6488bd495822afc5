# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/_metrics.py - a report as names and numbers, as every logger of metrics takes them"""
from __future__ import annotations

from typing import Dict, Optional

from .. import _arguments
from .._report import Report
from .._tracker import Tracker


def need_report(report: object) -> None:
    """A tracker's is None until it has stopped."""
    if not isinstance(report, Report):
        raise _arguments.wrong_type("report", report, "a Report")


def metrics_of(report: Report) -> Dict[str, float]:
    """What is unavailable is left out: it is not 0."""
    need_report(report)
    figures: Dict[str, Optional[float]] = {
        "aico2/energy_joules": report.energy_joules,
        "aico2/energy_kwh": report.energy_kwh,
        "aico2/carbon_grams": report.total_gco2e,
        "aico2/operational_grams": report.operational_gco2e,
        "aico2/embodied_grams": report.embodied_gco2e,
        "aico2/measured_ratio": report.measured_ratio,
        "aico2/duration_seconds": report.duration_seconds,
    }
    for name, figure in (("energy_joules", report.energy_joules), ("carbon_grams", report.total_gco2e)):
        if figure is not None:
            figures[f"aico2/{name}_low"], figures[f"aico2/{name}_high"] = figure.band
    for device in report.devices:
        figures[f"aico2/{device.id}_energy_joules"] = device.energy_joules
    return {name: float(figure) for name, figure in figures.items() if figure is not None}


def live_metrics_of(tracker: Tracker) -> Dict[str, float]:
    """The run so far; empty when it does not run."""
    live = tracker.peek()
    if live is None:
        return {}
    figures = {"aico2/energy_joules": live.energy_joules, "aico2/carbon_grams": live.total_gco2e,
               "aico2/machine_power_watts": live.power_watts}
    return {name: float(figure) for name, figure in figures.items() if figure is not None}


def facts_of(report: Report) -> Dict[str, str]:
    """Texts that tell the figures' origin."""
    return {"aico2.run_id": report.run_id, "aico2.place": report.place, "aico2.state": report.state,
            "aico2.version": str(report["aico2_version"])}
