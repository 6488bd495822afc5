# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/tensorboard.py - scalars in an event file that TensorBoard shows, without TensorFlow or PyTorch

    with EventFile("runs/first") as events:
        for step in range(100):
            events.log_live(tracker, step)
        events.log_report(report, step)

The file: records of a length, its masked CRC-32C, an Event of protobuf, its masked CRC-32C.
"""
from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from types import TracebackType
from typing import List, Mapping, Optional, Type

from .. import _arguments
from .._report import Report
from .._tracker import Tracker
from ._metrics import live_metrics_of, metrics_of

_POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
_MASK_DELTA = 0xA282EAD8
_numbers = itertools.count()


def _crc_table() -> List[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked_crc(length) + data + _masked_crc(data)


def _varint(value: int) -> bytes:
    value &= 2**64 - 1  # a negative int64 has ten bytes
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def version_event(wall_time: float) -> bytes:
    """Event{wall_time = 1, file_version = 3}: the first of a file."""
    return b"\x09" + struct.pack("<d", wall_time) + _field(3, b"brain.Event:2")


def scalar_event(wall_time: float, step: int, scalars: Mapping[str, float]) -> bytes:
    """Event{wall_time = 1, step = 2, summary = 5 {value = 1 {tag = 1, simple_value = 2}}}"""
    values = b"".join(_field(1, _field(1, tag.encode("utf-8")) + b"\x15" + struct.pack("<f", value))
                      for tag, value in scalars.items())
    return b"\x09" + struct.pack("<d", wall_time) + b"\x10" + _varint(step) + _field(5, values)


class EventFile:
    """A new event file in a folder, which is made when it is not there; TensorBoard follows it while it grows."""

    def __init__(self, folder: _arguments.PathLike) -> None:
        into = _arguments.needed_path("folder", folder)
        os.makedirs(into, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        self.path = os.path.join(into, name)
        self._file = open(self.path, "xb", buffering=0)  # a record is whole, or it is not there
        self._file.write(record(version_event(now)))

    def log(self, step: int, scalars: Mapping[str, float]) -> None:
        _arguments.whole("step", step, least=-2**63, most=2**63 - 1)
        if scalars:
            self._file.write(record(scalar_event(time.time(), step, scalars)))

    def log_live(self, tracker: Tracker, step: int) -> None:
        """The run so far; nothing when it does not run."""
        self.log(step, live_metrics_of(tracker))

    def log_report(self, report: Report, step: int = 0) -> None:
        self.log(step, metrics_of(report))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, _kind: Optional[Type[BaseException]], _error: Optional[BaseException],
                 _traceback: Optional[TracebackType]) -> None:
        self.close()
