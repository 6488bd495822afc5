# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/window.py - the energy of a past window: Prometheus where it answers, else the history

The history has the window because importing AI_Co2_Calculator begins a run (sampler.py); what else measured this
machine meanwhile (`aico2 serve`, `aico2 run`) is there too, and each moment of a device counts once.
"""
from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from typing import Any, List, Mapping, NamedTuple, Optional

from .. import _program
from .._errors import Aico2Error
from .._window import load_window
from . import files, prometheus, sampler

_TIMEOUT = 60.0  # seconds for the program: the server's next scrape is waited for
_STORED_WITHIN = 3.0  # seconds until what was measured is in the history
_WHOLE = 0.995  # of the window that is covered


class Window(NamedTuple):
    """rows: of training_data.csv; report: the document aico2.report/1; source: where it is from, in words."""

    rows: files.Rows
    report: Mapping[str, Any]
    source: str


def _has_energy(report: Mapping[str, Any]) -> bool:
    return report["energy"]["total_joules"] is not None


def of_program(source: str, *words: str) -> Optional[Window]:
    """Runs `aico2 WORDS`, which writes the rows. None: it is not installed, or has no answer."""
    with tempfile.TemporaryDirectory(prefix="aico2-") as folder:
        name = os.path.join(folder, files.NAME)
        answer = _program.ask(*words, "--seed-csv", name, timeout=_TIMEOUT)
        if answer is None or answer.status != 0 or not _has_energy(answer.document):
            return None
        return Window(files.read(name), answer.document, source)


def _of_prometheus(address: str, start: float, end: float) -> Optional[Window]:
    if not prometheus.answers(address):
        return None
    if _program.find() is None:
        print(f"Prometheus answers at {address}, but the program `aico2`, which reads it, is not installed: "
              "the history is looked at instead.", file=sys.stderr)
        return None
    # exporters of this machine by its name, else by the address that Prometheus knows them at
    for instance in (socket.gethostname(), "localhost", "127.0.0.1"):
        found = of_program(f"Prometheus, {address}", "measure", "--source", "prometheus", "--prometheus-url", address,
                           "--prometheus-timeout", "30s", "--instance", instance, "--start", repr(start), "--end",
                           repr(end))
        if found is not None:
            return found
    return None


def _is_whole(report: Mapping[str, Any]) -> bool:
    covered: List[float] = [device["coverage_ratio"] for device in report["devices"]
                            if device["coverage_ratio"] is not None]
    return bool(covered) and min(covered) >= _WHOLE


def of_history(start: float, end: float) -> Optional[Window]:
    """What was measured just now is stored a moment later: that is waited for."""
    while True:
        try:
            report = load_window(start, end, scope="machine")
        except Aico2Error:
            report = None
        if (report is not None and _is_whole(report)) or not sampler.is_running() or time.time() - end > _STORED_WITHIN:
            break
        time.sleep(0.1)
    if report is None or not _has_energy(report):
        return None
    return Window(files.parse(report.to_seed_csv()), report, "the history of aico2")


def measure(address: str, start: float, end: float) -> Optional[Window]:
    """None: nobody measured in that window."""
    return _of_prometheus(address, start, end) or of_history(start, end)
