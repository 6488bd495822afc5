# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/energy.py - the energy of a window as the original project printed it and wrote it

Every figure is the library's: it is read out of the rows that the library makes for training_data.csv.
"""
from __future__ import annotations

import sys
from typing import List, Optional

from . import files
from .power import fuzzy_search_power
from .window import Window

_WH = "Estimated power consumption by CPU+GPU Wh"
_KWH = "After conversion kWh"
_J = "After conversion J"
COVERED_ENOUGH = 0.95


def band(window: Window) -> str:
    """Where the figure is from, how far off it may be, and what it does not cover."""
    energy = window.report["energy"]
    covered = min((device["coverage_ratio"] for device in window.report["devices"]
                   if device["coverage_ratio"] is not None), default=1.0)
    lacks = f"; only {covered:.1%} of the time was measured" if covered < COVERED_ENOUGH else ""
    return (f"Source: {window.source}; {energy['total_joules']:.6g} J, between {energy['low_joules']:.6g} and "
            f"{energy['high_joules']:.6g} J in 95 of 100 cases{lacks}")


def usages_of(rows: files.Rows, kind: str) -> List[str]:
    return [usage for usage in files.usages(rows, kind) if usage not in ("", "n/a")]


def show_usages(rows: files.Rows) -> None:
    cpu = usages_of(rows, "CPU")
    print(f"Average CPU Usage: {float(cpu[0]):.2f}%" if cpu else "No CPU usage data available.")
    node = files.value(rows, "Computer Network Name", "node")
    for kind in ("RAM", "GPU"):
        print("Query Result：")
        for usage in usages_of(rows, kind):
            print(f"Instance: {node}, Average {kind} Usage: {usage}%")


def show_powers(rows: files.Rows) -> None:
    """Rated powers, to compare with: nothing is computed from them."""
    cpu = files.value(rows, "CPU Model")
    gpu = files.value(rows, "GPU Model")
    cpu_power: Optional[float] = fuzzy_search_power("cpu", cpu) if cpu else None
    gpu_power: Optional[float] = fuzzy_search_power("gpu", gpu) if gpu else None
    print("cpu_power", cpu_power)
    print("gpu_power", gpu_power)
    for kind in ("CPU", "GPU"):
        print(f"usage_{kind.lower()}", next(iter(usages_of(rows, kind)), None))


def show_energy(rows: files.Rows) -> None:
    print("\n")
    print(f"Estimated power consumption by CPU+GPU：{files.value(rows, _WH)}Wh")
    print(f"After conversion：{files.value(rows, _KWH)} kWh")
    print(f"After conversion：{files.value(rows, _J)} J")
    print(f"duration: {files.value(rows, 'duration')} s ")
    print(f"datetime: {files.value(rows, 'datetime')}")


def watt_hours(rows: files.Rows) -> float:
    return float(files.value(rows, _WH))


def keep(window: Window) -> None:
    """training_data.csv, whole. What of it is not covered, or assumed, is said on stderr."""
    files.write(files.path(), window.rows)
    for warning in window.report["warnings"]:
        print(f"aico2: {warning}", file=sys.stderr)
