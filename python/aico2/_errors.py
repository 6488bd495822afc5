# SPDX-License-Identifier: Apache-2.0
"""aico2/_errors.py - a failure of the library as the exception a Python programmer expects"""
from __future__ import annotations

import errno
import os


class Aico2Error(Exception):
    """What the library could not do; `errno` is the reason as a number."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.errno = code


# What the library calls a figure that has another name here.
_NAMES = {"gco2e_per_kwh": "intensity", "interval_s": "interval", "wue_l_per_kwh": "wue"}


class LibraryError(Aico2Error, ImportError):
    """libaico2 was not found, or is not the one that this package was written for."""


def error_of(code: int, message: str) -> Exception:
    """code: a negative errno, as every function of libaico2 returns it."""
    number = -code
    message = message or os.strerror(number)
    if number == errno.EINVAL:
        name, verb, rest = message.partition(" is ")
        return ValueError(_NAMES.get(name, name) + verb + rest)
    if number == errno.ENOMEM:
        return MemoryError(message)
    return Aico2Error(message, number)
