# SPDX-License-Identifier: Apache-2.0
"""aico2/_window.py - the report of a past stretch of time, out of what was recorded"""
from __future__ import annotations

import ctypes
from datetime import datetime
from typing import Optional, Union

from . import _arguments, _environment, _structs
from ._library import made
from ._report import Report

_SCOPES = ("job", "machine")
_IDLES = ("proportional", "none", "all")


def _seconds(name: str, value: Union[float, datetime]) -> float:
    if isinstance(value, datetime):
        try:
            return value.timestamp()
        except (OverflowError, ValueError):  # in the year 1 or 9999, where local time has no number
            raise ValueError(f"{name} is too far away: {value}") from None
    return _arguments.number(name, value, least=0)


def load_window(start: Union[float, datetime], end: Union[float, datetime], *, country: Optional[str] = None,
                region: Optional[str] = None, cloud: Optional[str] = None, zone: Optional[str] = None,
                intensity: Optional[float] = None, pue: Optional[float] = None, embodied: bool = True,
                scope: str = "machine", idle: str = "proportional",
                db: Optional[_arguments.PathLike] = None) -> Report:
    """What this machine used from one time to another (time.time(), or a datetime), whichever runs recorded it.

    A run that goes on is in the history up to a second ago; time that nobody recorded is a gap of the devices' coverage.
    What the arguments leave open the environment may say (AICO2_COUNTRY). Aico2Error when nothing was recorded.
    """
    given = _environment.completed(dict(country=country, region=region, cloud=cloud, zone=zone, intensity=intensity, pue=pue))
    _arguments.place(given["country"], given["region"], given["cloud"], given["zone"])
    if start is None or end is None:
        raise _arguments.wrong_type("start" if start is None else "end", None, "a time")
    begin, stop = _seconds("start", start), _seconds("end", end)
    if not stop > begin:
        raise ValueError(f"end must be after start, not {stop!r} after {begin!r}")
    options = _structs.new(
        _structs.Options,
        country=_arguments.text("country", given["country"]),
        region=_arguments.text("region", given["region"]),
        cloud=_arguments.text("cloud", given["cloud"]),
        zone=_arguments.text("zone", given["zone"]),
        gco2e_per_kwh=_arguments.number("intensity", given["intensity"], above=0),
        pue=_arguments.number("pue", given["pue"], least=1),
        without_embodied=not _arguments.flag("embodied", embodied),
        scope=_SCOPES.index(_arguments.choice("scope", scope, _SCOPES)),
        idle=_IDLES.index(_arguments.choice("idle", idle, _IDLES)),
        db_path=_arguments.path("db", db),
    )
    return Report(made("aico2_window_report", ctypes.byref(options), begin, stop))
