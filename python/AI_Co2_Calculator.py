# SPDX-License-Identifier: Apache-2.0
"""AI_Co2_Calculator.py - the original project's module for x86, by its own names, over aico2

    from AI_Co2_Calculator import *

    start = time.time()
    train()
    end = time.time()
    test_mesure(start, end)

Importing it begins a run, so that the window has been measured where no Prometheus watches this machine; it prints
nothing and asks no network. docs/coming-from-the-seed.md: what is otherwise than there.
"""
from __future__ import annotations

import csv
import difflib
import json
import logging
import os
import platform
import re
import subprocess
import time
import urllib
import urllib.request
from datetime import datetime, timedelta

from aico2._seed import energy as _energy
from aico2._seed import sampler as _sampler
from aico2._seed import system as _system
from aico2._seed import window as _window
from aico2._seed.later import pd, requests
from aico2._seed.power import fuzzy_search_power
from aico2._seed.prometheus import (getTargetsStatus, query_CPU_Average_Usage, query_GPU_Average_Usage,
                                    query_RAM_Average_Usage, queryUsage)

# The names of the original's modules were there after its star import, too: scripts came to rely on them.
__all__ = [
    "csv", "datetime", "difflib", "fuzzy_search_power", "getTargetsStatus", "get_system_info", "json", "logging", "pd",
    "platform", "prometheus_server_address", "queryUsage", "query_CPU_Average_Usage", "query_GPU_Average_Usage",
    "query_RAM_Average_Usage", "query_total_energy", "re", "requests", "subprocess", "test_mesure", "time", "timedelta",
    "urllib",
]

prometheus_server_address = os.environ.get("AICO2_PROMETHEUS_URL", "http://localhost:9090")


def get_system_info() -> None:
    """Prints what the machine is and begins training_data.csv with it."""
    _system.show()


def query_total_energy(prometheus_server_address: str, start_time: float, end_time: float) -> None:
    """Prints loads and energy of a window of time, and writes training_data.csv.

    From Prometheus where it answers and has this machine; else from the history, which has what this process measured
    since the import, and what `aico2 serve` or `aico2 run` did.
    """
    if not end_time > start_time:
        raise ValueError(f"end_time must be after start_time: {start_time!r} to {end_time!r}")
    found = _window.measure(prometheus_server_address, start_time, end_time)
    if found is None:
        print("The query failed or an empty dictionary was returned.")
        print("Nothing measured this machine in that window: neither Prometheus, nor `aico2 serve`, nor this process.")
        return
    _energy.show_usages(found.rows)
    _energy.show_powers(found.rows)
    _energy.show_energy(found.rows)
    print(_energy.band(found))
    print("\n\n")
    _energy.keep(found)


def test_mesure(start: float, end: float) -> None:
    """The energy between two times of time.time(): printed, and in training_data.csv."""
    get_system_info()
    print(int(end - start))
    getTargetsStatus(prometheus_server_address)
    query_total_energy(prometheus_server_address, start, end)


test_mesure.__test__ = False  # type: ignore[attr-defined]  # for pytest it is none
_sampler.begin()
