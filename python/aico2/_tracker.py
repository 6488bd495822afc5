# SPDX-License-Identifier: Apache-2.0
"""aico2/_tracker.py - measures this process and what it starts, from a start to a stop

The sensors are read by a thread of the library's, which knows no GIL: however long Python holds it, no reading is
late. A session belongs to the process that made it: in a child of fork() everything here does nothing.
"""
from __future__ import annotations

import atexit
import ctypes
import errno
import logging
import os
import sys
import threading
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, NamedTuple, NoReturn, Optional, Sequence, Set, Tuple, Type, TypeVar, Union

from . import _arguments, _environment, _structs
from ._errors import Aico2Error, error_of
from ._figure import Figure, figure_of
from ._library import library, made, raise_for, text_of
from ._report import Report
from ._task import Task

if TYPE_CHECKING:
    from ._epochs import Epochs

T = TypeVar("T")
_SCOPES = ("job", "machine")
_IDLES = ("proportional", "none", "all")
_LEVELS = {3: logging.ERROR, 4: logging.WARNING, 6: logging.INFO}
_NO_STATUS = -1
_running: Set[Tracker] = set()
_guard = threading.Lock()


class Live(NamedTuple):
    """The run so far."""

    duration_seconds: float
    energy_joules: Optional[Figure]
    machine_joules: Optional[float]
    power_watts: Optional[float]
    total_gco2e: Optional[Figure]
    cpu_seconds: Optional[float]
    measures: bool


class Forecast(NamedTuple):
    """What the whole training will have used, from its epochs so far; what is done is in it."""

    epochs: float
    epochs_done: float
    basis: str
    energy_joules: Optional[Figure]
    duration_seconds: Optional[Figure]
    total_gco2e: Optional[Figure]


class Budget(NamedTuple):
    """How the budget fares, in `unit`: "joules", "gco2e" or a currency."""

    unit: str
    amount: float
    used: Optional[float]
    predicted: Optional[float]
    exceeded: bool


def _figure(band: _structs.Band) -> Optional[Figure]:
    return figure_of(band.value, band.low, band.high)


def _number(value: float) -> Optional[float]:
    return None if value != value else value


def _log(_context: object, level: int, text: bytes) -> None:
    logging.getLogger("aico2").log(_LEVELS.get(level, logging.INFO), "%s", text_of(text))


_LOG = _structs.MESSAGE(_log)


def _interval_seconds(value: object) -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    return _arguments.number("interval", value, least=0.001, most=3600)


def _budget(budget: Optional[str], max_gco2e: Optional[float], max_kwh: Optional[float]) -> Optional[bytes]:
    given = [name for name, value in (("budget", budget), ("max_gco2e", max_gco2e), ("max_kwh", max_kwh))
             if value is not None]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)}: a run has one budget")
    if max_gco2e is not None:
        return f"{_arguments.number('max_gco2e', max_gco2e, above=0, most=1e18)!r}g".encode()
    if max_kwh is not None:
        return f"{_arguments.number('max_kwh', max_kwh, above=0, most=1e12)!r}kWh".encode()
    return _arguments.text("budget", budget)


def _gpus(gpus: Union[str, Sequence[Union[int, str]], None]) -> Optional[bytes]:
    """"0,1", [0, 1], ["GPU-..."]; [] is none of them."""
    if gpus is None or isinstance(gpus, str):
        return _arguments.text("gpus", gpus)
    if not isinstance(gpus, (list, tuple)) or not all(isinstance(gpu, (int, str)) and not isinstance(gpu, bool) for gpu in gpus):
        raise _arguments.wrong_type("gpus", gpus, "a text or a list of numbers and UUIDs")
    return _arguments.text("gpus", ",".join(str(gpu) for gpu in gpus)) if gpus else b""


class Tracker:
    """Energy and carbon of a block, or from start() to stop().

        with aico2.Tracker("train", country="FR") as tracker:
            for epoch in range(10):
                with tracker.task(f"epoch {epoch}"):
                    ...
        print(tracker.report.total_gco2e, tracker.report.energy_kwh.low)

    Where nothing says where the machine is, the world's average is used and named as such. A sensor that is missing
    raises nothing: it is in the report's warnings. An exception passes through, and the report is kept. A tracker may
    be started again after it was stopped: that is another run.
    """

    report: Optional[Report] = None

    def __init__(self, name: Optional[str] = None, *, stage: Optional[str] = None, country: Optional[str] = None,
                 region: Optional[str] = None, cloud: Optional[str] = None, zone: Optional[str] = None,
                 intensity: Optional[float] = None, intensity_file: Optional[_arguments.PathLike] = None,
                 pue: Optional[float] = None, embodied: bool = True, lifetime_years: Optional[float] = None,
                 interval: Union[float, timedelta, None] = None, scope: str = "job", idle: str = "proportional",
                 unit: Optional[str] = None, units: Optional[float] = None, epochs: Optional[float] = None,
                 max_gco2e: Optional[float] = None, max_kwh: Optional[float] = None, budget: Optional[str] = None,
                 history: bool = True, db: Optional[_arguments.PathLike] = None, resume_run: Optional[str] = None,
                 alone: bool = False, sysroot: Optional[_arguments.PathLike] = None,
                 nvml: Optional[_arguments.PathLike] = None, price: Optional[str] = None,
                 price_file: Optional[_arguments.PathLike] = None, wue: Optional[float] = None,
                 gpus: Union[str, Sequence[Union[int, str]], None] = None) -> None:
        given = _environment.completed(dict(
            name=name, stage=stage, country=country, region=region, cloud=cloud, zone=zone, intensity=intensity,
            intensity_file=intensity_file, pue=pue, lifetime_years=lifetime_years, interval=interval,
            price=price))
        _arguments.place(*(given[place] for place in ("country", "region", "cloud", "zone")))
        words = [word.encode("utf-8", "surrogateescape") for word in [sys.executable or "python", *sys.argv]]
        amount = _budget(budget, max_gco2e, max_kwh)
        options = _structs.new(
            _structs.Options,
            name=_arguments.text("name", given["name"]),
            stage=_arguments.text("stage", given["stage"]),
            country=_arguments.text("country", given["country"]),
            region=_arguments.text("region", given["region"]),
            cloud=_arguments.text("cloud", given["cloud"]),
            zone=_arguments.text("zone", given["zone"]),
            gco2e_per_kwh=_arguments.number("intensity", given["intensity"], above=0),
            intensity_file=_arguments.path("intensity_file", intensity_file),
            pue=_arguments.number("pue", given["pue"], least=1),
            without_embodied=not _arguments.flag("embodied", embodied),
            lifetime_years=_arguments.number("lifetime_years", given["lifetime_years"], above=0),
            interval_s=_interval_seconds(given["interval"]),
            scope=_SCOPES.index(_arguments.choice("scope", scope, _SCOPES)),
            idle=_IDLES.index(_arguments.choice("idle", idle, _IDLES)),
            unit=_arguments.text("unit", unit),
            units=_arguments.number("units", units, above=0),
            epochs=_arguments.number("epochs", epochs, above=0),
            budget=amount,
            command=(ctypes.c_char_p * (len(words) + 1))(*words, None),
            without_history=not _arguments.flag("history", history),
            db_path=_arguments.path("db", db),
            resume_run=_arguments.text("resume_run", resume_run),
            alone=_arguments.flag("alone", alone),
            sysroot=_arguments.path("sysroot", sysroot),
            nvml_path=_arguments.path("nvml", nvml),
            message=_LOG,
            price=_arguments.text("price", given["price"]),
            price_file=_arguments.path("price_file", price_file),
            wue_l_per_kwh=_arguments.number("wue", wue, above=0),
            gpus=_gpus(gpus),
        )
        self._session: Optional[ctypes.c_void_p] = made("aico2_session_new", ctypes.byref(options))
        self._free = library().aico2_session_free
        self._pid = os.getpid()
        self.has_budget = amount is not None
        self._lock = threading.RLock()

    # --- from start to stop ---

    def start(self, name: Optional[str] = None) -> Tracker:
        """RuntimeError when it runs already, or in a child of fork(): a child makes a tracker of its own."""
        text = _arguments.text("name", name)
        if not self._is_ours():
            raise RuntimeError("this tracker is of the parent process: a child makes one of its own")
        with self._lock:
            code, error = self._call("session_start", text)
            if code == -errno.EALREADY:
                raise RuntimeError("the tracker is running already")
            raise_for(code, error)
        with _guard:
            _running.add(self)
        return self

    def stop(self) -> Optional[Report]:
        """The report. Once stopped, it gives the last one again; None in a child of fork(), or when it never ran."""
        return self._stop(lambda out: self._call("session_stop", out))

    def stop_failed(self, exit_status: int = _NO_STATUS) -> Optional[Report]:
        """The same, the run ended as failed."""
        if isinstance(exit_status, bool) or not isinstance(exit_status, int):
            raise _arguments.wrong_type("exit_status", exit_status, "a whole number")
        status = max(-2**31, min(exit_status, 2**31 - 1))  # sys.exit() takes any
        return self._stop(lambda out: self._call("session_stop_failed", status, out))

    def _stop(self, call: Callable[[Any], Tuple[int, _structs.Error]]) -> Optional[Report]:
        if not self._is_ours():
            return None
        with self._lock:
            if not self.running:
                return self.report
            handle = ctypes.c_void_p()
            try:
                code, error = call(ctypes.byref(handle))
                raise_for(code, error)
            finally:
                with _guard:
                    _running.discard(self)
            self.report = Report(handle)
            return self.report

    def __enter__(self) -> Tracker:
        return self.start()

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 _traceback: Optional[TracebackType]) -> None:
        try:
            self._stop_after(error)
        except Exception:
            if kind is None:
                raise
            # the exception of the block is the one that matters
            logging.getLogger("aico2").exception("the run could not be ended")

    def _stop_after(self, error: Optional[BaseException]) -> Optional[Report]:
        """Ended as what leaves a block says; None: nothing does."""
        if error is None or isinstance(error, GeneratorExit):
            return self.stop()
        status = _exit_status(error)
        return self.stop() if status == 0 else self.stop_failed(status)

    async def __aenter__(self) -> Tracker:
        return self.start()

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        traceback: Optional[TracebackType]) -> None:
        self.__exit__(kind, error, traceback)

    def __del__(self) -> None:
        session, self._session = getattr(self, "_session", None), None
        if session is not None:
            self._free(session)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Two that end one run: there is no copy of a tracker, and none in another process."""
        raise TypeError("a Tracker cannot be copied or pickled: a worker makes one of its own")

    def __repr__(self) -> str:
        what = "running" if self.running else "stopped" if self.report is not None else "not started"
        return f"<Tracker {what}{self.run_id and ', run '}{self.run_id}>"

    @property
    def running(self) -> bool:
        """False in a child of fork()."""
        return bool(library().aico2_session_is_running(self._session))

    @property
    def run_id(self) -> str:
        """Of the run that goes on or was the last; "" before the first."""
        return text_of(library().aico2_session_run_id(self._session))

    # --- while it runs ---

    def task(self, name: str = "", kind: str = "task") -> Task:
        """A named part of the run, as a block: `with tracker.task("epoch 3", kind="epoch") as task: ...`, then
        `task.figures`. Tasks may overlap, nest, and end in another thread. kind: "task", "epoch", "validation"."""
        return Task(self, name, kind)

    def epochs(self, iterable: Iterable[T], **options: Any) -> Epochs[T]:
        """As aico2.epochs(), in this run."""
        from ._epochs import Epochs

        return Epochs(iterable, tracker=self, **options)

    def peek(self) -> Optional[Live]:
        """The run so far; None when it does not run."""
        struct = _structs.new(_structs.Peek)
        if not self._ask("session_peek", struct):
            return None
        return Live(struct.duration_s, _figure(struct.energy_joules), _number(struct.machine_joules),
                    _number(struct.power_watts), _figure(struct.total_gco2e), _number(struct.cpu_s), bool(struct.measures))

    def set_epochs(self, epochs: float) -> None:
        """Of the whole training, for forecast()."""
        code, error = self._call("session_set_epochs", _arguments.number("epochs", epochs, above=0))
        if code != -errno.ECHILD:
            raise_for(code, error)

    def forecast(self) -> Optional[Forecast]:
        """None before an epoch has ended, or when nobody said how many there are."""
        struct = _structs.new(_structs.Forecast)
        if not self._ask("session_forecast", struct):
            return None
        return Forecast(struct.epochs, struct.epochs_done, text_of(struct.basis), _figure(struct.energy_joules),
                        _figure(struct.duration_s), _figure(struct.total_gco2e))

    def budget(self) -> Optional[Budget]:
        """None without one, and when it does not run."""
        struct = _structs.new(_structs.Budget)
        if not self._ask("session_budget", struct):
            return None
        return Budget(text_of(struct.unit), struct.amount, _number(struct.used), _number(struct.predicted),
                      bool(struct.exceeded))

    @property
    def over_budget(self) -> bool:
        """More was used than may be: time to save the model and stop."""
        budget = self.budget()
        return budget is not None and budget.exceeded

    # --- the library's side ---

    def _is_ours(self) -> bool:
        return os.getpid() == self._pid

    def _call(self, name: str, *arguments: object) -> Tuple[int, _structs.Error]:
        error = _structs.Error()
        code: int = getattr(library(), "aico2_" + name)(self._session, *arguments, ctypes.byref(error))
        return code, error

    def _ask(self, name: str, struct: ctypes.Structure) -> bool:
        """False when there is no answer: not running, another process's, nothing to tell yet."""
        code, error = self._call(name, ctypes.byref(struct))
        if code in (-errno.ENODATA, -errno.EINVAL, -errno.ECHILD):
            return False
        raise_for(code, error)
        return True

    def _open_task(self, name: Optional[bytes], kind: int) -> int:
        """0 where there is no run to be a part of: a child of fork()."""
        number = ctypes.c_uint64()
        code, error = self._call("task_open", name, kind, ctypes.byref(number))
        if code == -errno.ECHILD:
            return 0
        if code == -errno.EINVAL and not self.running:
            raise RuntimeError("a task is a part of a run: start() the tracker first")
        raise_for(code, error)
        return number.value

    def _close_task(self, number: int) -> Optional[_structs.TaskFigures]:
        """None when the run ended before the task did: it ended with the run."""
        struct = _structs.new(_structs.TaskFigures)
        code, error = self._call("task_close", number, ctypes.byref(struct))
        if code in (-errno.EINVAL, -errno.ECHILD):
            return None
        if code < 0:
            raise error_of(code, text_of(error.message))
        return struct


def _exit_status(error: Optional[BaseException]) -> int:
    """As the interpreter would end with it; an exception may still be caught outside, and has none."""
    if isinstance(error, SystemExit):
        if error.code is None:
            return 0
        return error.code if isinstance(error.code, int) else 1
    return _NO_STATUS


@atexit.register
def _stop_all() -> None:
    """Who forgot to stop is given a report in the history all the same; an uncaught exception makes it a failed run."""
    failed = getattr(sys, "last_type", None) is not None
    with _guard:
        left = list(_running)
    for tracker in left:
        try:
            tracker.stop_failed() if failed else tracker.stop()
        except (Aico2Error, MemoryError, ValueError) as error:
            logging.getLogger("aico2").warning("a run could not be ended: %s", error)


def _after_fork() -> None:
    """The lock may have been held by a thread that the child does not have; and nothing of the parent's runs here."""
    global _guard
    _guard = threading.Lock()
    _running.clear()


os.register_at_fork(after_in_child=_after_fork)
