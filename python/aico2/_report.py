# SPDX-License-Identifier: Apache-2.0
"""aico2/_report.py - the figures of a run: what it used, where that comes from and how far off it may be"""
from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, TypeVar

from . import _arguments
from ._document import Document
from ._figure import Figure, figure_of
from ._library import library, made, text_of
from ._structs import Band, ReportDevice, ReportTask, new

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")


class Device(NamedTuple):
    """A device of the run. job + others + idle is the whole; what is unavailable is None, never 0."""

    id: str
    kind: str
    model: str
    reader: str
    basis: str
    uuid: str
    note: str
    energy_joules: Optional[Figure]
    job_joules: Optional[float]
    others_joules: Optional[float]
    idle_joules: Optional[float]
    idle_share_joules: Optional[float]
    mean_power_watts: Optional[float]
    peak_power_watts: Optional[float]
    utilization_ratio: Optional[float]
    coverage_ratio: Optional[float]
    gap_seconds: Optional[float]
    samples: int
    operational_gco2e: Optional[float]
    embodied_gco2e: Optional[float]
    is_added: bool


class TaskRecord(NamedTuple):
    """A stretch of the run: they follow each other without a gap, and add up to it."""

    name: str
    kind: str
    start_s: float
    duration_s: float
    energy_joules: Optional[float]
    total_gco2e: Optional[float]
    continues: bool


def _python_of(value: Any, wanted: object) -> Any:
    """A field of a struct as its NamedTuple has it."""
    if isinstance(value, Band):
        return figure_of(value.value, value.low, value.high)
    if wanted == "bool":
        return bool(value)
    if value is None or isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _record(kind: Callable[..., T], struct: ctypes.Structure) -> T:
    annotations: Dict[str, Any] = kind.__annotations__
    return kind(**{name: _python_of(getattr(struct, name), _name_of(wanted)) for name, wanted in annotations.items()})


def _name_of(annotation: Any) -> str:
    return getattr(annotation, "__forward_arg__", annotation if isinstance(annotation, str) else "")


def _records(kind: Callable[..., T], struct: ctypes.Structure, get: Callable[..., int], handle: ctypes.c_void_p,
             count: int) -> List[T]:
    found = []
    for index in range(count):
        if get(handle, index, ctypes.byref(struct)) < 0:
            break
        found.append(_record(kind, struct))
    return found


class Report(Document):
    """What a run used: attributes, and a mapping over the document aico2.report/1 (`report["devices"]`).

    Figures are floats with `low` and `high`; what is unavailable is None. Joules are without PUE, grams with it.
    """

    def __init__(self, handle: ctypes.c_void_p) -> None:
        super().__init__("")
        self._handle: Optional[ctypes.c_void_p] = handle
        self._kept: Dict[str, Any] = {}
        self._free = library().aico2_report_free

    def _keep(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def _call(self, name: str, *arguments: object) -> Any:
        return getattr(library(), "aico2_report_" + name)(self._handle, *arguments)

    def _value(self, name: str) -> Any:
        return self._keep(name, lambda: _python_of(self._call(name), ""))

    def __del__(self) -> None:
        handle, self._handle = getattr(self, "_handle", None), None
        if handle is not None:
            self._free(handle)

    # --- the run ---

    @property
    def run_id(self) -> str:
        return str(self._value("run_id"))

    @property
    def name(self) -> str:
        return str(self._value("name"))

    @property
    def stage(self) -> str:
        return str(self._value("stage"))

    @property
    def state(self) -> str:
        """"finished", "failed", "recovered", ..."""
        return str(self._value("state"))

    @property
    def measured_by(self) -> Optional[int]:
        """None: of this process's own readings. Else the pid of the process that measures for it too (`aico2 run`, another
        rank): the figures are the whole job's, and in that one's run; who adds up reports leaves this one out."""
        return int(self._value("measured_by")) or None

    @property
    def started_at(self) -> float:
        """Seconds since 1970, UTC."""
        return float(self._value("started_at_s"))

    @property
    def duration_seconds(self) -> float:
        return float(self._value("duration_s"))

    @property
    def cpu_seconds(self) -> Optional[float]:
        return _number(self._value("cpu_s"))

    # --- energy ---

    @property
    def energy_joules(self) -> Optional[Figure]:
        """What the carbon is computed from: by scope this program's with its share of idle, or the machine's."""
        return _figure(self._value("energy_joules"))

    @property
    def energy_kwh(self) -> Optional[Figure]:
        return _figure(self._value("energy_kwh"))

    @property
    def machine_joules(self) -> Optional[float]:
        """job + others + idle"""
        return _number(self._value("machine_joules"))

    @property
    def job_joules(self) -> Optional[float]:
        return _number(self._value("job_joules"))

    @property
    def others_joules(self) -> Optional[float]:
        return _number(self._value("others_joules"))

    @property
    def idle_joules(self) -> Optional[float]:
        return _number(self._value("idle_joules"))

    @property
    def idle_share_joules(self) -> Optional[float]:
        return _number(self._value("idle_share_joules"))

    @property
    def own_energy_joules(self) -> Optional[Figure]:
        """Of aico2 itself, within others_joules: never to be added."""
        return _figure(self._value("own_energy_joules"))

    @property
    def measured_ratio(self) -> Optional[float]:
        """The share of machine_joules that is measured, 0 to 1."""
        return _number(self._value("measured_ratio"))

    # --- carbon ---

    @property
    def total_gco2e(self) -> Optional[Figure]:
        """Operational and embodied."""
        return _figure(self._value("total_gco2e"))

    @property
    def operational_gco2e(self) -> Optional[Figure]:
        """Of the electricity."""
        return _figure(self._value("operational_gco2e"))

    @property
    def embodied_gco2e(self) -> Optional[Figure]:
        """The share of making the devices; None when it was left out."""
        return _figure(self._value("embodied_gco2e"))

    @property
    def gco2e_per_kwh(self) -> Optional[Figure]:
        return _figure(self._value("gco2e_per_kwh"))

    @property
    def place(self) -> str:
        """"FR"; "world" when no place was given."""
        return str(self._value("place"))

    @property
    def place_name(self) -> str:
        return str(self._value("place_name"))

    @property
    def pue(self) -> float:
        return float(self._value("pue"))

    @property
    def gco2e_per_unit(self) -> Optional[float]:
        """The SCI score: grams for one of the units that were given."""
        return _number(self._value("gco2e_per_unit"))

    @property
    def water_litres(self) -> Optional[float]:
        return _number(self._value("water_litres"))

    @property
    def cost(self) -> Optional[Figure]:
        """Of the electricity, in `currency`; None without a price."""
        return _figure(self._value("cost"))

    @property
    def currency(self) -> str:
        """"EUR"; "": nobody told a price."""
        return str(self._value("currency"))

    @property
    def car_km(self) -> Optional[float]:
        return _number(self._value("car_km"))

    # --- its parts ---

    @property
    def devices(self) -> List[Device]:
        return list(self._keep("devices", lambda: _records(
            Device, new(ReportDevice), library().aico2_report_device, self._handle,  # type: ignore[arg-type]
            self._call("device_count"))))

    @property
    def tasks(self) -> List[TaskRecord]:
        return list(self._keep("tasks", lambda: _records(
            TaskRecord, new(ReportTask), library().aico2_report_task, self._handle,  # type: ignore[arg-type]
            self._call("task_count"))))

    @property
    def warnings(self) -> List[str]:
        return list(self._keep("warnings", lambda: list(self._read_warnings())))

    def _read_warnings(self) -> Iterator[str]:
        index = 0
        while True:
            warning = self._call("warning", index)
            if warning is None:
                return
            yield text_of(warning)
            index += 1

    # --- as documents ---

    def _document(self, name: str) -> str:
        def make() -> str:
            text = self._call(name)
            if text is None:
                raise MemoryError
            return text_of(text)

        return str(self._keep(name, make))

    def to_json(self) -> str:
        """The document aico2.report/1, as `aico2 show RUN --json` prints it."""
        return self._document("json")

    def to_text(self) -> str:
        """The report in 80 columns."""
        return self._document("text")

    def to_codecarbon_csv(self) -> str:
        """A header line and a row in the columns of CodeCarbon's emissions.csv."""
        return self._document("codecarbon_csv")

    def to_seed_csv(self) -> str:
        """The rows of the original project's training_data.csv."""
        return self._document("seed_csv")

    def to_pandas(self, what: str = "devices") -> pandas.DataFrame:
        """A table of "devices", "tasks", or the "run" as one row. ImportError without pandas."""
        from ._tables import frame

        return frame(self, what)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        from ._show import line

        return f"<Report {line(self)}>"

    def _repr_html_(self) -> str:
        from ._show import html

        return html(self)

    def __rich_repr__(self) -> Iterator[Tuple[str, object]]:
        for name in ("name", "state", "duration_seconds", "energy_kwh", "total_gco2e", "place", "measured_ratio"):
            yield name, getattr(self, name)
        if self.warnings:
            yield "warnings", self.warnings

    def __getstate__(self) -> Dict[str, Any]:
        """Without the library's object: what a report in another process or a file can still tell is all of it."""
        for name in [name for name, value in vars(Report).items() if isinstance(value, property)]:
            getattr(self, name)
        for name in ("json", "text", "codecarbon_csv", "seed_csv"):
            self._document(name)
        return {"_text": "", "_parsed": None, "_handle": None, "_kept": self._kept, "_free": None}


def _number(value: Any) -> Optional[float]:
    return None if value is None else float(value)


def _figure(value: Any) -> Optional[Figure]:
    assert value is None or isinstance(value, Figure)
    return value


def load_report(run: str = "last", db: Optional[_arguments.PathLike] = None) -> Report:
    """The report of a run in the history: an id or the beginning of one, a name, or "last"."""
    name = _arguments.text("run", run)
    if name is None:
        raise _arguments.wrong_type("run", run, "a string")
    return Report(made("aico2_report_load", _arguments.path("db", db), name))
