# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/jetson.py - loads of a Jetson into jtop_usage.csv, and the energy of a window on it"""
from __future__ import annotations

import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from . import energy, files, system, window
from .power import fuzzy_search_power

if TYPE_CHECKING:
    from .._jtop import JtopException as JtopException
    from .._jtop import jtop as jtop
else:
    try:
        from jtop import JtopException, jtop
    except ImportError:
        from .._jtop import JtopException, jtop

USAGE = "./jtop_usage.csv"
LIMIT_SECONDS = 60.0
COLUMNS = ("time", "CPU_usage", "GPU_usage", "RAM_usage")
_TIME = "%Y-%m-%d %H:%M:%S"


def check_jtop_running() -> None:
    """Prints whether jetson_stats' program is installed and answers."""
    program = shutil.which("jtop")
    if program is None:
        print("jtop not installed")
        return
    try:
        done = subprocess.run([program, "-v"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        print("jtop not running")
        return
    print("jtop running" if done.returncode == 0 else "jtop not running")


def get_system_stats() -> None:
    """Prints what the machine is and begins training_data.csv with it."""
    system.show()


def _mean(values: List[float]) -> Any:
    return statistics.fmean(values) if values else ""


def _cores(stats: Dict[str, Any]) -> List[float]:
    """Those that are on; "OFF" is no load."""
    return [value for key, value in stats.items()
            if key.startswith("CPU") and key[3:].isdigit() and isinstance(value, (int, float))]


def log_usage_stats(jetson: Any, file_path: str) -> None:
    """A row a second of the loads, for a minute or until jetson.ok() ends. An unknown load is an empty cell."""
    with open(file_path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        begin = time.monotonic()
        while jetson.ok():
            if time.monotonic() - begin >= LIMIT_SECONDS:
                print("Time limit reached. Exiting loop.")
                break
            stats = jetson.stats
            row = {"time": time.strftime(_TIME, time.localtime()), "CPU_usage": _mean(_cores(stats)),
                   "GPU_usage": stats.get("GPU", ""), "RAM_usage": stats.get("RAM", "")}
            writer.writerow(row)
            file.flush()
            print(f"Logged data at {row['time']}")


def _rows_within(file_path: str, start: float, end: float) -> List[Dict[str, str]]:
    """Times are to the second."""
    if not os.path.exists(file_path):
        return []
    kept = []
    with open(file_path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                at = datetime.strptime(row["time"] or "", _TIME).timestamp()
            except (KeyError, ValueError):
                continue
            if int(start) <= at <= end:
                kept.append(row)
    return kept


def _of_loads(rows: List[Dict[str, str]]) -> Optional[window.Window]:
    """By the loads alone: a model of this board's module, or an assumed one. Nothing is stored."""
    with tempfile.TemporaryDirectory(prefix="aico2-") as folder:
        log = os.path.join(folder, "jtop_usage.csv")
        with open(log, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return window.of_program(f"a model over the loads in {USAGE}", "import", "--dry-run", "--from", "jtop_usage", log)


def _means(rows: List[Dict[str, str]]) -> Dict[str, str]:
    """Of the file's columns, in percent."""
    found = {}
    for column, scale in (("CPU_usage", 1), ("GPU_usage", 1), ("RAM_usage", 100)):
        values = [scale * float(row[column]) for row in rows if row.get(column)]
        found[column] = str(statistics.fmean(values)) if values else "n/a"
    return found


def _with_loads(rows: files.Rows, means: Dict[str, str]) -> files.Rows:
    """A module's report has no load of the memory: the log has."""
    out = []
    for row in rows:
        if len(row) > 2 and row[1] in ("CPU", "RAM", "GPU") and row[2] in ("", "n/a"):
            row = [row[0], row[1], means[f"{row[1]}_usage"], *row[3:]]
        out.append(row)
    return out


def calculate_energy(start_time: float, end_time: float) -> Optional[float]:
    """Wh of a window: of the power rails where they were read, else by the loads in jtop_usage.csv. Prints, and writes
    training_data.csv. None: nothing is known of the window."""
    if not end_time > start_time:
        raise ValueError(f"end_time must be after start_time: {start_time!r} to {end_time!r}")
    logged = _rows_within(USAGE, start_time, end_time)
    found = window.of_history(start_time, end_time)
    if found is None and logged:
        found = _of_loads(logged)
    if found is None:
        print("Nothing measured this machine in that window, and jtop_usage.csv has no row of it.", file=sys.stderr)
        return None
    means = _means(logged)
    rows = _with_loads(found.rows, means)
    _show(rows, means, found)
    energy.keep(found._replace(rows=rows))
    return energy.watt_hours(rows)


def _show(rows: files.Rows, means: Dict[str, str], found: window.Window) -> None:
    cpu = files.value(rows, "CPU Model")
    gpu = files.value(rows, "GPU Model")
    print(fuzzy_search_power("cpu", cpu) if cpu else None)
    print(fuzzy_search_power("gpu", gpu) if gpu else None)
    print(means["CPU_usage"])
    print(means["GPU_usage"])
    energy.show_energy(rows)
    print(f"Energy Comsumption: {found.report['energy']['total_joules']} J, CPU_average_usage: {means['CPU_usage']}%, , "
          f"GPU_average_usage: {means['GPU_usage']}%, RAM_average_usage: {means['RAM_usage']}%")
    print(energy.band(found))
