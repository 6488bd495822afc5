# SPDX-License-Identifier: Apache-2.0
"""aico2/_jtop.py - jetson_stats' jtop for those who have not installed it: the same loop over our own readings

    with jtop() as jetson:
        while jetson.ok():
            print(jetson.stats["GPU"])

It needs no service, no socket and no root. stats has the keys and units of jetson_stats 4: loads in percent, memory as
a share, power in mW, "OFF" for a core that is off line. What this kernel does not tell is not among them.
"""
from __future__ import annotations

import datetime
import os
import threading
import time
from types import TracebackType
from typing import Any, Dict, Optional, Type

from ._gauges import Gauge, Gauges


class JtopException(Exception):
    """Why there is nothing to show; str() of it is the reason."""

    def __init__(self, message: str, errors: str = "") -> None:
        super().__init__(message, errors)
        self.message = message
        self.errors = errors

    def __str__(self) -> str:
        return self.message


def _number(gauge: Gauge) -> Optional[float]:
    return gauge.value if isinstance(gauge.value, float) else None


def _percent(gauge: Gauge) -> Optional[float]:
    value = _number(gauge)
    return None if value is None else 100 * value


def _share(gauge: Gauge) -> Optional[float]:
    value = _number(gauge)
    if value is None or gauge.limit is None:
        return None
    return value / gauge.limit if gauge.limit > 0 else 0.0


def _uptime(sysroot: Optional[str]) -> Optional[datetime.timedelta]:
    try:
        with open(os.path.join(sysroot or "/", "proc/uptime"), encoding="ascii") as file:
            return datetime.timedelta(seconds=float(file.read().split()[0]))
    except (OSError, ValueError, IndexError):
        return None


class _Rows:
    """Gauges by jtop's names."""

    def __init__(self, gauges: Dict[str, Gauge]) -> None:
        self.gauges = gauges
        self.stats: Dict[str, Any] = {}

    def put(self, name: str, value: Optional[object]) -> None:
        if value is not None:
            self.stats[name] = value

    def processors(self) -> None:
        cores = sorted((int(name[3:-5]), gauge) for name, gauge in self.gauges.items()
                       if name.startswith("cpu") and name.endswith(".load") and name[3:-5].isdigit())
        for core, gauge in cores:
            self.put(f"CPU{core + 1}", "OFF" if gauge.reason == "off" else _percent(gauge))

    def memory(self) -> None:
        for name, gauge in (("RAM", "memory.used"), ("SWAP", "swap.used")):
            if gauge in self.gauges:
                self.put(name, _share(self.gauges[gauge]))
        for name, gauge in (("EMC", "emc.load"), ("GPU", "gpu.load")):
            if gauge in self.gauges:
                self.put(name, _percent(self.gauges[gauge]))

    def rest(self) -> None:
        for name, gauge in self.gauges.items():
            kind, _, what = name.partition(".")
            if kind.startswith("fan") and what == "duty":
                self.put(f"Fan pwmfan{kind[3:]}", _percent(gauge))
            elif kind == "temperature":
                self.put(f"Temp {what}", _number(gauge))

    def rails(self) -> None:
        """The rail that is the total has no row of its own, as in jtop; of several that add up to it each has one. jtop's
        total is the sum of all rails where none is the input: ours leaves out what another rail holds already."""
        for name, gauge in self.gauges.items():
            watts = _number(gauge)
            if name.startswith("rail.") and name[5:] not in ("VDD_IN", "POM_5V_IN") and watts is not None:
                self.put(f"Power {name[5:]}", int(1000 * watts))
        total = self.gauges.get("module0.power")
        watts = None if total is None else _number(total)
        if watts is not None:
            self.put("Power TOT", int(1000 * watts))
        mode = self.gauges.get("module0.mode")
        if mode is not None:
            self.put("nvp model", mode.value)


class jtop:  # noqa: N801 - jetson_stats' name
    """interval: seconds between two readings. sysroot: a captured machine's files; AICO2_SYSROOT names them, too."""

    def __init__(self, interval: float = 1.0, sysroot: Optional[str] = None) -> None:
        if isinstance(interval, bool) or not isinstance(interval, (int, float)):
            raise TypeError(f"interval must be a number of seconds, not {type(interval).__name__}")
        if not interval > 0:
            raise ValueError(f"interval must be above 0 seconds, not {interval!r}")
        self.interval = float(interval)
        self._sysroot = sysroot if sysroot is not None else os.environ.get("AICO2_SYSROOT") or None
        self._gauges: Optional[Gauges] = None
        self._stopped = threading.Event()
        self._due = 0.0
        self._stats: Dict[str, Any] = {}

    def start(self) -> None:
        gauges = Gauges(self._sysroot)
        if not gauges.jetson:
            gauges.close()
            raise JtopException("this machine is no NVIDIA Jetson")
        gauges.read()  # loads are over the time from here on
        self._gauges = gauges
        self._stopped.clear()
        self._due = time.monotonic() + self.interval

    def close(self) -> None:
        """Ends ok() in every thread."""
        self._stopped.set()
        if self._gauges is not None:
            self._gauges.close()
            self._gauges = None

    def __enter__(self) -> jtop:
        self.start()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def ok(self, spin: bool = False) -> bool:
        """Waits until a reading is due and takes it; spin: does not wait. False: it was closed."""
        if self._gauges is None:
            return False
        if not spin:
            if self._stopped.wait(max(0.0, self._due - time.monotonic())):
                return False
            self._due = max(self._due, time.monotonic() - self.interval) + self.interval
        self._read()
        return True

    def _read(self) -> None:
        if self._gauges is None:
            raise JtopException("jtop is not started")
        rows = _Rows(self._gauges.read())
        rows.put("time", datetime.datetime.now())
        rows.put("uptime", _uptime(self._sysroot))
        rows.processors()
        rows.memory()
        rows.rest()
        rows.rails()
        self._stats = rows.stats

    @property
    def stats(self) -> Dict[str, Any]:
        if not self._stats:
            self._read()
        return dict(self._stats)

    @property
    def board(self) -> str:
        return self._gauges.jetson if self._gauges is not None else ""
