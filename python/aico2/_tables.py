# SPDX-License-Identifier: Apache-2.0
"""aico2/_tables.py - a report as a table of pandas, which need not be installed"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from . import _arguments

if TYPE_CHECKING:
    import pandas

    from ._report import Report

_RUN = ("run_id", "name", "stage", "state", "started_at", "duration_seconds", "cpu_seconds", "energy_joules", "energy_kwh",
        "machine_joules", "job_joules", "others_joules", "idle_joules", "idle_share_joules", "own_energy_joules",
        "measured_ratio", "operational_gco2e", "embodied_gco2e", "total_gco2e", "gco2e_per_kwh", "place", "pue", "water_litres")


def _flat(names: Any, values: Any) -> Dict[str, Any]:
    """A figure becomes three columns: itself, and its low and high."""
    row: Dict[str, Any] = {}
    for name, value in zip(names, values):
        row[name] = float(value) if isinstance(value, float) else value
        if hasattr(value, "band"):
            row[name + "_low"], row[name + "_high"] = value.band
    return row


def frame(report: Report, what: str) -> pandas.DataFrame:
    _arguments.choice("what", what, ("devices", "tasks", "run"))
    import pandas

    if what == "run":
        return pandas.DataFrame([_flat(_RUN, (getattr(report, name) for name in _RUN))])
    records: List[Any] = [*report.devices] if what == "devices" else [*report.tasks]
    return pandas.DataFrame([_flat(record._fields, record) for record in records])
