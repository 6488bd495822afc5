# SPDX-License-Identifier: Apache-2.0
"""aico2/compat/_emissions.py - a row of CodeCarbon's emissions.csv as an object, and the files such rows are kept in"""
from __future__ import annotations

import csv
import dataclasses
import fcntl
import io
import json
import logging
import os
import platform
from collections import OrderedDict
from typing import Any, Dict, List, Optional, Sequence

_TEXTS = {"timestamp", "project_name", "run_id", "experiment_id", "country_name", "country_iso_code", "region",
          "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version", "cpu_model", "gpu_model",
          "tracking_mode", "on_cloud", "task_name"}
# 0 where the machine has no such device, NaN where there is one that nothing could be read of.
_OF_GPUS = ("gpu_power", "gpu_energy", "gpu_count", "gpu_utilization_percent")
_NOT_OF_TASKS = ("experiment_id", "longitude", "latitude", "pue", "wue")
_SUMS = ("duration", "emissions", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "water_consumed")


@dataclasses.dataclass
class EmissionsData:
    """CodeCarbon's fields and units: kg, kWh with the PUE, W, litres, seconds. NaN: unavailable."""

    timestamp: str
    project_name: str
    run_id: str
    experiment_id: str
    duration: float
    emissions: float
    emissions_rate: float
    cpu_power: float
    gpu_power: float
    ram_power: float
    cpu_energy: float
    gpu_energy: float
    ram_energy: float
    energy_consumed: float
    water_consumed: float
    country_name: str
    country_iso_code: str
    region: str
    cloud_provider: str
    cloud_region: str
    os: str
    python_version: str
    codecarbon_version: str
    cpu_count: float
    cpu_model: str
    gpu_count: float
    gpu_model: str
    longitude: float
    latitude: float
    ram_total_size: float
    tracking_mode: str
    cpu_utilization_percent: float
    gpu_utilization_percent: float
    ram_utilization_percent: float
    ram_used_gb: float
    on_cloud: str
    pue: float
    wue: float

    @property
    def values(self) -> OrderedDict[str, Any]:
        return OrderedDict(dataclasses.asdict(self))

    def compute_delta_emission(self, previous_emission: EmissionsData) -> None:
        """Makes it what came since then: of all that sums up."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) - getattr(previous_emission, name))
        self.emissions_rate = self.emissions / self.duration if self.duration > 0 else 0.0

    def toJSON(self) -> str:  # noqa: N802
        return json.dumps(dataclasses.asdict(self), sort_keys=True, indent=4)


Row = Dict[str, str]


def row_of(text: str, **cells: str) -> Row:
    """The row in a document of the library's: a header and a line."""
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    row.update(cells, python_version=platform.python_version())
    return row


def _figure(row: Row, name: str) -> float:
    if row[name] == "":
        return 0.0 if name in _OF_GPUS and row["gpu_count"] == "" else float("nan")
    return float(row[name])


def data_of(row: Row) -> EmissionsData:
    names = [field.name for field in dataclasses.fields(EmissionsData)]
    fields: Dict[str, Any] = {name: row[name] if name in _TEXTS else _figure(row, name) for name in names}
    return EmissionsData(**fields)


_RUN_ONLY = ("experiment_id", "pue", "wue")
TaskEmissionsData = dataclasses.make_dataclass(
    "TaskEmissionsData",
    [("task_name", str), *((field.name, field.type) for field in dataclasses.fields(EmissionsData) if field.name not in _RUN_ONLY)],
    namespace={"__doc__": "The same of a task.", "__module__": __name__, "values": EmissionsData.values})


def task_data_of(name: str, row: Row) -> Any:
    fields = data_of(row).values
    return TaskEmissionsData(task_name=name, **{key: figure for key, figure in fields.items() if key not in _RUN_ONLY})


def task_row(name: str, row: Row) -> Row:
    """CodeCarbon's columns of a task."""
    return {"task_name": name, **{key: cell for key, cell in row.items() if key not in _NOT_OF_TASKS}}


class BaseOutput:
    """What output_handlers may be made of: out() and, where there were tasks, task_out() are called at stop() and flush(),
    exit() after stop(). delta: since out() was called before."""

    def out(self, total: EmissionsData, delta: EmissionsData) -> None:
        pass

    def live_out(self, total: EmissionsData, delta: EmissionsData) -> None:
        pass

    def task_out(self, data: List[Any], experiment_name: str) -> None:
        pass

    def exit(self) -> None:
        pass


class LoggerOutput(BaseOutput):
    """logging_logger: what `save_to_logger` writes to."""

    def __init__(self, logger: Any, severity: int = logging.INFO) -> None:
        self.logger = logger
        self.logging_severity = severity

    def out(self, total: EmissionsData, delta: Optional[EmissionsData] = None) -> None:
        self.logger.log(self.logging_severity, json.dumps(dataclasses.asdict(total)))


class GoogleCloudLoggerOutput(LoggerOutput):
    """The same for a logger of google.cloud.logging, which takes the row as it is."""

    def out(self, total: EmissionsData, delta: Optional[EmissionsData] = None) -> None:
        self.logger.log_struct(dataclasses.asdict(total), severity=self.logging_severity)


def _set_aside(path: str) -> str:
    """emissions.csv to emissions.csv.bak, or emissions.csv_0.bak where that is there: nothing is overwritten."""
    for number in [""] + [f"_{i}" for i in range(10000)]:
        other = f"{path}{number}.bak"
        try:
            os.link(path, other)
        except FileExistsError:
            continue
        os.unlink(path)
        return other
    raise FileExistsError(f"{path}: ten thousand old files are set aside already")


def _lines(columns: Sequence[str], rows: Sequence[Row], header: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _is_no_file(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)


def write_whole(path: str, rows: Sequence[Row]) -> None:
    """The old file stays until the new one is whole. What is none (/dev/null, a pipe) is written to: replaced by root, a device would be
    gone for everybody."""
    if _is_no_file(path):
        with open(path, "w", encoding="utf-8", newline="") as sink:
            sink.write(_lines(list(rows[0]), rows, header=True))
        return
    other = f"{path}.{os.getpid()}.new"
    handle = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(_lines(list(rows[0]), rows, header=True))
        os.replace(other, path)
    except BaseException:
        os.unlink(other)
        raise


class EmissionsFile:
    """Appends a row, or puts it in the place of the run's last one."""

    def __init__(self, path: str, mode: str) -> None:
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise OSError(f"Folder '{folder}' doesn't exist !")
        self.path = path
        self.mode = mode
        self._header: List[str] = []

    def _read(self) -> Optional[List[Row]]:
        """None: there is no file, or it is empty."""
        try:
            with open(self.path, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
                file.seek(0)
                header = next(csv.reader(file), None)
        except FileNotFoundError:
            return None
        self._header = header or []
        return rows if header else None

    def write(self, row: Row) -> Optional[str]:
        """Return: where an old file of other columns was set aside; None: there was none."""
        with _Locked(self.path):
            rows = None if _is_no_file(self.path) else self._read()
            if rows is None:
                write_whole(self.path, [row])
                return None
            if sorted(self._header) != sorted(row):
                aside = _set_aside(self.path)
                write_whole(self.path, [row])
                return aside
            same = [old for old in rows if old["run_id"] == row["run_id"]]
            if self.mode == "update" and len(same) == 1:
                ordered = {name: row[name] for name in self._header}
                write_whole(self.path, [old for old in rows if old is not same[0]] + [ordered])
            else:
                self._append(row)
        return None

    def _append(self, row: Row) -> None:
        with open(self.path, "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            torn = file.read(1) not in (b"", b"\n", b"\r")
            file.seek(0, os.SEEK_END)
            file.write((("\n" if torn else "") + _lines(self._header, [row], header=False)).encode("utf-8"))


class _Locked:
    """Processes that write the same file take turns, by a lock on its folder."""

    def __init__(self, path: str) -> None:
        self._folder = os.path.dirname(path) or "."
        self._handle = -1

    def __enter__(self) -> None:
        self._handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
