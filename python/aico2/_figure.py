# SPDX-License-Identifier: Apache-2.0
"""aico2/_figure.py - a number that knows how far off it may be"""
from __future__ import annotations

import math
from typing import Any, Optional, Tuple


class Figure(float):
    """A float with `low` and `high`: the true value lies between them in at least 95 % of cases."""

    low: float
    high: float
    __slots__ = ("low", "high")

    def __new__(cls, value: float, low: float, high: float) -> Figure:
        figure = super().__new__(cls, value)
        figure.low = low
        figure.high = high
        return figure

    @property
    def band(self) -> Tuple[float, float]:
        return self.low, self.high

    def __repr__(self) -> str:
        return float.__repr__(self)

    def __getnewargs__(self) -> Any:
        return float(self), self.low, self.high


def figure_of(value: Optional[float], low: Optional[float], high: Optional[float]) -> Optional[Figure]:
    """None for what is unavailable: it is never 0."""
    if value is None or low is None or high is None or math.isnan(value):
        return None
    return Figure(value, low, high)
