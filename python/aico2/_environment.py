# SPDX-License-Identifier: Apache-2.0
"""aico2/_environment.py - AICO2_COUNTRY and its like, for what a program does not say itself

The names and forms are those of the command line, which reads them too. An argument wins; a place that is given in one way is
not mixed with one that is given in another.
"""
from __future__ import annotations

import os
import re
from typing import Dict, Optional

_PLACES = ("country", "region", "cloud", "zone")
_TEXTS = ("name", "stage", "price")
_UNIT_SECONDS = {"ms": 1e-3, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _variable(name: str) -> str:
    return "AICO2_" + name.upper()


def _text(name: str) -> Optional[str]:
    return os.environ.get(_variable(name)) or None


def _number(name: str) -> Optional[float]:
    text = _text(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{_variable(name)} must be a number, not {text!r}") from None


def _duration(name: str) -> Optional[float]:
    text = _text(name)
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)", text)
    if found is None:
        raise ValueError(f"{_variable(name)} must be a duration as 500ms, 10s or 5m, not {text!r}")
    return float(found.group(1)) * _UNIT_SECONDS[found.group(2)]


def names_place() -> bool:
    """Whether it says where this machine is, or what a kilowatt-hour there emits."""
    return any(_text(name) is not None for name in (*_PLACES, "intensity"))


def completed(arguments: Dict[str, object]) -> Dict[str, object]:
    """The arguments, with those that are None taken from the environment where it has them."""
    found = dict(arguments)
    if all(found.get(name) is None for name in (*_PLACES, "intensity", "intensity_file")):
        found.update({name: _text(name) for name in _PLACES})
        found["intensity"] = _number("intensity")
    for name in _TEXTS:
        if found.get(name) is None:
            found[name] = _text(name)
    for name in ("pue", "lifetime_years"):
        if found.get(name) is None:
            found[name] = _number(name)
    if found.get("interval") is None:
        found["interval"] = _duration("interval")
    return found
