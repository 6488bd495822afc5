# SPDX-License-Identifier: Apache-2.0
"""gen_common.py - what the table generators share: a string pool and C source without relocations.

Tables hold offsets into one char array instead of pointers: a shared library full of pointers is
relocated at every start, and pages that nobody looks at would be touched.
"""
import csv
import math
import sys


def read_rows(path):
    """Rows of a CSV file as dictionaries; a row of the wrong length stops the build by name."""
    with open(path, encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows = []
        for row in reader:
            if None in row or None in row.values():
                sys.exit(f"{path}:{reader.line_num}: wrong number of cells")
            rows.append(row)
    return rows


def fail(where, what):
    sys.exit(f"{where}: {what}")


def rows_of(data, name):
    """Rows with the place in their file, for messages."""
    path = data / name
    for line, row in enumerate(read_rows(path), start=2):
        row["where"] = f"{path}:{line}"
        yield row


def finite(row, column, low, high):
    try:
        value = float(row[column])
    except ValueError:
        fail(row["where"], f"{column} is not a number: '{row[column]}'")
    if not math.isfinite(value) or not low <= value <= high:
        fail(row["where"], f"{column} is not within {low} and {high}: '{row[column]}'")
    return value


def year_of(row, column):
    return int(finite(row, column, 1980, 2100)) if row[column] else 0


class StringPool:
    """Offsets of NUL-terminated strings in one array; offset 0 is the empty string."""

    def __init__(self):
        self.offsets = {"": 0}
        self.data = bytearray(b"\0")

    def add(self, text):
        if text not in self.offsets:
            self.offsets[text] = len(self.data)
            self.data += text.encode("utf-8") + b"\0"
        return self.offsets[text]

    def emit(self, out, name):
        out.write(f"static const char {name}[{len(self.data)}] =")
        for start in range(0, len(self.data), 64):
            chunk = self.data[start:start + 64]
            text = "".join(
                chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in chunk)
            out.write(f'\n    "{text}"')
        out.write(";\n")


def number(text, missing="NAN"):
    """A C double literal of a cell, or `missing` for an empty one."""
    return missing if text.strip() == "" else repr(float(text))
