# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/files.py - training_data.csv as the original project had it: where it is, its rows, written whole or not at all"""
from __future__ import annotations

import csv
import io
import os
from typing import Iterable, List, Sequence

FOLDER = "co2signal_api"  # where the original project's server looked for it
NAME = "training_data.csv"

Rows = List[List[str]]


def path() -> str:
    """In the server's folder where there is one, else in the working directory."""
    return os.path.join(FOLDER, NAME) if os.path.isdir(FOLDER) else NAME


def parse(text: str) -> Rows:
    return list(csv.reader(io.StringIO(text, newline="")))


def read(name: str) -> Rows:
    with open(name, encoding="utf-8", newline="") as file:
        return parse(file.read())


def value(rows: Rows, key: str, default: str = "") -> str:
    """The second cell of the row whose first it is."""
    return next((row[1] for row in rows if len(row) > 1 and row[0] == key), default)


def usages(rows: Rows, kind: str) -> List[str]:
    """The third cells of the rows of one type of resource ("CPU")."""
    return [row[2] for row in rows if len(row) > 2 and row[1] == kind]


def write(name: str, rows: Iterable[Sequence[object]]) -> None:
    """Lines end in CRLF, as there. The old file stays until the new one is whole."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    other = os.path.join(os.path.dirname(name), f".{os.path.basename(name)}.{os.getpid()}")
    handle = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
        os.replace(other, name)
    except BaseException:
        os.unlink(other)
        raise
