# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/sampler.py - the run that importing one of the modules begins, so that any window since then was measured

It is a run of the history like any other, of the whole machine, and ends with the process.
"""
from __future__ import annotations

import logging
import os
import sys
from typing import Any, Dict, Optional

from .._errors import Aico2Error
from .._tracker import Tracker

_tracker: Optional[Tracker] = None
_machine: Dict[str, Any] = {}


def _sysroot() -> Optional[str]:
    """A captured machine's files, as the program takes them."""
    return os.environ.get("AICO2_SYSROOT") or None


def _is_child() -> bool:
    """Of multiprocessing: the parent measures the machine already."""
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and processes.parent_process() is not None


def begin() -> None:
    """Once a process, and nothing that fails here fails the program."""
    global _tracker
    if _tracker is not None or _is_child():
        return
    try:
        _tracker = Tracker(scope="machine", sysroot=_sysroot()).start()
    except (Aico2Error, RuntimeError, MemoryError, ValueError) as error:
        logging.getLogger("aico2").warning("this process is not measured: %s", error)


def is_running() -> bool:
    return _tracker is not None and _tracker.running


def machine() -> Dict[str, Any]:
    """The report's own section, by a measurement that is over at once and stored nowhere."""
    if not _machine:
        report = Tracker(history=False, alone=True, sysroot=_sysroot()).start().stop()
        if report is not None:
            _machine.update(report["machine"])
    return _machine
