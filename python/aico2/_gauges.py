# SPDX-License-Identifier: Apache-2.0
"""aico2/_gauges.py - what is seen of this machine right now: loads, clocks, temperatures, a Jetson's rails"""
from __future__ import annotations

import ctypes
import math
from typing import Dict, NamedTuple, NoReturn, Optional, Union

from . import _arguments, _structs
from ._library import library, made, raise_for, text_of


class Gauge(NamedTuple):
    """value: None where it is not known now, and reason says why; limit: the most it can be."""

    value: Union[float, str, None]
    unit: str
    limit: Optional[float]
    label: str
    reason: str


def _known(figure: float) -> Optional[float]:
    return None if math.isnan(figure) else figure


class Gauges:
    """Gauges().read() -> {"cpu0.load": Gauge(0.25, "ratio", ...), "memory.used": ...}

    Loads of processors are over the time since the last reading: the first one has none.
    """

    def __init__(self, sysroot: Optional[str] = None) -> None:
        self._gauges: Optional[ctypes.c_void_p] = None
        self._gauges = made("aico2_gauges_new", _arguments.path("sysroot", sysroot))
        self.jetson = text_of(library().aico2_gauges_jetson(self._gauges))

    def close(self) -> None:
        if self._gauges is not None:
            library().aico2_gauges_free(self._gauges)
            self._gauges = None

    def __del__(self) -> None:
        self.close()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("Gauges cannot be copied or pickled")

    def read(self) -> Dict[str, Gauge]:
        if self._gauges is None:
            raise ValueError("the gauges are closed")
        error = _structs.Error()
        raise_for(library().aico2_gauges_read(self._gauges, ctypes.byref(error)), error)
        one = _structs.new(_structs.Gauge)
        found: Dict[str, Gauge] = {}
        while library().aico2_gauges_get(self._gauges, len(found), ctypes.byref(one)) == 0:
            unit = text_of(one.unit)
            value = text_of(one.word) or None if unit == "text" else _known(one.value)
            found[text_of(one.name)] = Gauge(value, unit, _known(one.limit), text_of(one.label), text_of(one.reason))
        return found
