# SPDX-License-Identifier: Apache-2.0
"""aico2/_arguments.py - says which argument was wrong, before anything is begun

Types and what belongs together are looked at here; whether a place or a model is known the library says.
"""
from __future__ import annotations

import math
import operator
import os
from typing import Optional, SupportsFloat, SupportsIndex, Union

PathLike = Union[str, "os.PathLike[str]"]


def wrong_type(name: str, value: object, wanted: str) -> TypeError:
    return TypeError(f"{name} must be {wanted}, not {type(value).__name__}")


def text(name: str, value: object) -> Optional[bytes]:
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type(name, value, "a string")
    if not value:
        raise ValueError(f"{name} must not be empty")
    if "\0" in value:
        raise ValueError(f"{name} must not hold a NUL character: {value!r}")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{name} is no Unicode text: {value!r}") from None


def path(name: str, value: object) -> Optional[bytes]:
    if value is None:
        return None
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise wrong_type(name, value, "a path")
    try:
        raw = os.fsencode(value)
    except TypeError:  # its __fspath__() gives something else
        raise wrong_type(name, value, "a path") from None
    except UnicodeEncodeError:
        raise ValueError(f"{name} is no path that the system could have: {value!r}") from None
    if not raw:
        raise ValueError(f"{name} must not be empty")
    if b"\0" in raw:
        raise ValueError(f"{name} must not hold a NUL character: {value!r}")
    return raw


def needed_path(name: str, value: object) -> str:
    raw = path(name, value)
    if raw is None:
        raise wrong_type(name, value, "a path")
    return os.fsdecode(raw)


def number(name: str, value: object, above: Optional[float] = None, least: Optional[float] = None,
           most: Optional[float] = None) -> float:
    """0.0 for None, which is "not given" to the library."""
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        raise wrong_type(name, value, "a number")
    try:
        figure = float(value)
    except TypeError:  # an array of several
        raise wrong_type(name, value, "a number") from None
    except (OverflowError, ValueError):
        figure = math.nan
    if not math.isfinite(figure):
        raise ValueError(f"{name} must be a finite number, not {value!r:.60}")
    if above is not None and figure <= above:
        raise ValueError(f"{name} must be above {above:g}, not {value!r}")
    if least is not None and figure < least:
        raise ValueError(f"{name} must be {least:g} or more, not {value!r}")
    if most is not None and figure > most:
        raise ValueError(f"{name} must be {most:g} or less, not {value!r}")
    return figure


def whole(name: str, value: object, least: int = 1, most: int = 2**31 - 1) -> int:
    """0 for None."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise wrong_type(name, value, "a whole number")
    try:
        figure = operator.index(value)
    except TypeError:  # a class, which has an __index__ for what is made of it
        raise wrong_type(name, value, "a whole number") from None
    if not least <= figure <= most:
        raise ValueError(f"{name} must be {least} to {most}, not {figure}")
    return figure


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(name, value, "True or False")
    return value


def choice(name: str, value: object, among: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise wrong_type(name, value, "a string")
    if value not in among:
        raise ValueError(f"{name} must be {' or '.join(repr(word) for word in among)}, not {value!r}")
    return value


def place(country: object, region: object, cloud: object, zone: object) -> Optional[bytes]:
    """The one place that was named; None when none was: the library then takes the world's average."""
    given = {"country": country, "region": region, "cloud": cloud, "zone": zone}
    named = {name: text(name, value) for name, value in given.items() if value is not None}
    if len(named) > 1:
        raise ValueError(f"{' and '.join(named)} name a place each: give one of them")
    return next(iter(named.values()), None)
