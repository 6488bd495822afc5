# SPDX-License-Identifier: Apache-2.0
"""aico2/compat/codecarbon.py - CodeCarbon's trackers over aico2

    from aico2.compat.codecarbon import EmissionsTracker      # was: from codecarbon import EmissionsTracker

The same arguments, configuration files and emissions.csv; each run is in aico2's history too. What is otherwise is in
docs/coming-from-codecarbon.md: a place is never looked up by the machine's address, nothing is sent anywhere, and what
has no effect here is said in one warning.
"""
from __future__ import annotations

import enum
import functools
import inspect
import logging
import os
import threading
import uuid
from types import TracebackType
from typing import Any, Callable, ContextManager, Dict, List, Optional, Type, TypeVar

from .. import _environment
from .._errors import Aico2Error
from .._intensity import intensity
from .._report import Report, load_report
from .._task import Task
from .._tracker import Tracker
from ._emissions import (BaseOutput, EmissionsData, EmissionsFile, GoogleCloudLoggerOutput, LoggerOutput, Row,
                         TaskEmissionsData, data_of, row_of, task_data_of, task_row, write_whole)
from ._settings import UNSET, Settings, shown_gpus

__all__ = ["BaseOutput", "EmissionsData", "EmissionsTracker", "GoogleCloudLoggerOutput", "LoggerOutput",
           "OfflineEmissionsTracker", "OutputMethod", "TaskEmissionsData", "TaskEmissionsTracker", "track_emissions",
           "track_task_emissions"]

logger = logging.getLogger("codecarbon")
F = TypeVar("F", bound=Callable[..., Any])

_LONGEST_INTERVAL = 1.0  # seconds between readings: CodeCarbon's 15 s would miss what a short run does
# CodeCarbon's order, for arguments without a name.
_ORDER = ("project_name", "measure_power_secs", "api_call_interval", "api_endpoint", "api_key", "output_dir", "output_file",
          "output_methods", "save_to_file", "save_to_api", "save_to_logger", "logging_logger", "save_to_prometheus",
          "save_to_logfire", "prometheus_url", "output_handlers", "gpu_ids", "emissions_endpoint", "experiment_id",
          "experiment_name", "electricitymaps_api_token", "co2_signal_api_token", "tracking_mode", "log_level",
          "on_csv_write", "logger_preamble", "force_cpu_power", "force_ram_power", "pue", "wue",
          "force_carbon_intensity_g_co2e_kwh", "force_mode_cpu_load", "allow_multiple_runs", "rapl_include_dram",
          "rapl_prefer_psys", "metadata")


class OutputMethod(str, enum.Enum):
    """What `output_methods` may name; only CSV and LOGGER are written."""

    CSV = "csv"
    API = "api"
    LOGGER = "logger"
    PROMETHEUS = "prometheus"
    LOGFIRE = "logfire"
    BOAMPS = "boamps"


def _named(arguments: tuple[Any, ...], named: Dict[str, Any]) -> Dict[str, Any]:
    if len(arguments) > len(_ORDER):
        raise TypeError(f"at most {len(_ORDER)} arguments without a name, not {len(arguments)}")
    placed = dict(zip(_ORDER, arguments))
    twice = set(placed) & set(named)
    if twice:
        raise TypeError(f"got multiple values for argument '{min(twice)}'")
    return {**placed, **named}


def _found(place: str) -> Optional[str]:
    try:
        return intensity(place).place
    except ValueError as error:
        logger.warning("%s", error)
        return None


def _place(settings: Settings) -> Dict[str, str]:
    """The finest place that is named and known, as an argument of Tracker; nothing: the world's average."""
    provider, cloud_region = settings["cloud_provider"], settings["cloud_region"]
    if provider and cloud_region:
        found = _found(f"{provider}:{cloud_region}")
        if found is not None:
            return {"cloud": found}
    country = _found(settings["country_iso_code"]) if settings["country_iso_code"] else None
    if country is None:
        return {}
    if settings["region"]:
        region = _found(settings["region"])
        if region is not None and region.startswith(country + "-"):
            return {"region": region}
        logger.warning("region=%r is no region of %s that is known: the country's figure is used", settings["region"],
                       settings["country_iso_code"])
    return {"country": country}


class _Part:
    """A task: measured by a session of its own, and named in the run's."""

    def __init__(self, name: str, asked: Optional[str], options: Dict[str, Any], task: Task) -> None:
        self.name = name
        self.asked = asked
        self.row: Optional[Row] = None
        self._task = task
        self._tracker = Tracker(name, history=False, alone=True, **options)
        self._tracker.start()
        task.begin()

    def end(self) -> Optional[Report]:
        self._task.end()
        return self._tracker.stop()


class EmissionsTracker:
    """As CodeCarbon's; without country_iso_code, in an argument or a configuration, the world's average is used."""

    final_emissions: Optional[float] = None
    final_emissions_data: Optional[EmissionsData] = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        settings = Settings(_named(arguments, named))
        self._settings = settings
        self._place = _place(settings)
        if not self._place and settings["force_carbon_intensity_g_co2e_kwh"] is None and not _environment.names_place():
            logger.warning("where this machine is nobody says, and it is not looked up: the world's average is used; "
                           "country_iso_code=\"FRA\" names a place")
        self._options: Dict[str, Any] = {
            **self._place,
            "intensity": settings["force_carbon_intensity_g_co2e_kwh"],
            "pue": settings["pue"],
            "wue": settings["wue"],
            "gpus": settings["gpu_ids"] or shown_gpus(),
            "interval": min(settings["measure_power_secs"], _LONGEST_INTERVAL),
            "scope": "machine" if settings["tracking_mode"] == "machine" else "job",
        }
        self._file = EmissionsFile(settings.csv_path, settings["on_csv_write"]) if settings.csv_path else None
        self._tracker = Tracker(settings["project_name"], **self._options)
        self._parts: Dict[str, _Part] = {}
        self._active: Optional[_Part] = None
        self._told: Optional[EmissionsData] = None
        self._lock = threading.RLock()

    # --- from start to stop ---

    @property
    def run_id(self) -> str:
        return self._tracker.run_id

    def start(self) -> None:
        with self._lock:
            if self._tracker.running:
                logger.warning("Already started tracking")
                return
            self._told = None
            self._tracker.start()

    def stop(self) -> Optional[float]:
        """kg of CO2 equivalent of the electricity; None: nothing could be measured, or it never ran."""
        return self._stop(None)

    def _stop(self, error: Optional[BaseException]) -> Optional[float]:
        """error: what leaves the block; in the history the run is then a failed one."""
        with self._lock:
            if not self._tracker.running:
                logger.warning("Tracker already stopped or never started.")
                return self.final_emissions
            if self._active is not None:
                self.stop_task()
            report = self._tracker._stop_after(error)
            if report is None:
                return None
            self.final_emissions_data = self._write(report)
            self._tell("exit")
            self.final_emissions = _known(self.final_emissions_data.emissions)
            return self.final_emissions

    def flush(self) -> Optional[float]:
        """Writes the run so far, as far as the history has it: to a second ago."""
        with self._lock:
            if not self._tracker.running:
                logger.error("You first need to start the tracker.")
                return None
            try:
                report = load_report(self._tracker.run_id)
            except (Aico2Error, ValueError) as error:
                logger.warning("nothing is written yet: %s", error)
                return None
            return _known(self._write(report).emissions)

    def __enter__(self) -> EmissionsTracker:
        self.start()
        return self

    def __exit__(self, _kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 _trace: Optional[TracebackType]) -> None:
        self._stop(error)

    def service_shutdown(self, signum: int, _frame: object) -> None:
        """A handler for signal.signal()."""
        logger.warning("service_shutdown - Caught signal %d", signum)
        self.stop()

    # --- tasks ---

    def start_task(self, task_name: Optional[str] = None) -> None:
        """One at a time; a name that was there already is given a suffix. Begins the run where it has not begun."""
        with self._lock:
            if self._active is not None:
                logger.warning("A task is already under measure")
                return
            if not self._tracker.running:
                self.start()
            name = task_name or str(uuid.uuid4())
            if name in self._parts:
                name = f"{name}_{uuid.uuid4()}"
            self._active = self._parts[name] = _Part(name, task_name, self._options, self._tracker.task(name))

    def stop_task(self, task_name: Optional[str] = None) -> Optional[EmissionsData]:
        """Of the task alone. A name is the one that start_task() was given, also where that was there already."""
        with self._lock:
            part = self._active
            if part is None or task_name not in (None, part.name, part.asked):
                logger.warning("stop_task : No active task to stop.")
                return None
            self._active = None
            report = part.end()
            if report is None:
                return None
            part.row = self._row(report)
            return data_of(part.row)

    # --- what comes out ---

    def _row(self, report: Report) -> Row:
        return row_of(report.to_codecarbon_csv(), project_name=self._settings["project_name"], run_id=self.run_id,
                      experiment_id=self._settings["experiment_id"])

    def _write(self, report: Report) -> EmissionsData:
        row = self._row(report)
        data, delta = data_of(row), data_of(row)
        if self._told is not None:
            delta.compute_delta_emission(self._told)
        self._told = data
        tasks = {name: part.row for name, part in self._parts.items() if part.row is not None}
        try:
            if self._file is not None:
                aside = self._file.write(row)
                if aside is not None:
                    logger.warning("The CSV format has changed, backing up old emission file (%s).", aside)
                if tasks:
                    write_whole(os.path.join(self._settings["output_dir"], f"emissions_{self._settings['experiment_name']}"
                                             f"_{self.run_id}.csv"), [task_row(name, row) for name, row in tasks.items()])
        except (OSError, ValueError) as error:
            logger.error("the row is not in the file, but in the history as run %s: %s", self.run_id, error)
        if self._settings.to_logger and self._settings["logging_logger"] is not None:
            self._settings["logging_logger"].out(data, delta)
        self._tell("out", data, delta)
        if tasks:
            self._tell("task_out", [task_data_of(name, row) for name, row in tasks.items()], self._settings["experiment_name"])
        for warning in report.warnings:
            logger.info("%s", warning)
        return data

    def _tell(self, method: str, *what: Any) -> None:
        """The handlers of the caller's own; one that fails is the others' and the training's no trouble."""
        for handler in self._settings["output_handlers"]:
            try:
                getattr(handler, method, lambda *_: None)(*what)
            except Exception:
                logger.exception("an output handler failed")

    def get_detected_hardware(self) -> Dict[str, Any]:
        """CodeCarbon's keys."""
        report = Tracker(history=False, alone=True).start().stop()
        machine: Any = report["machine"] if report is not None else {"cpu": {}, "gpus": [], "memory_bytes": None}
        models: List[str] = [gpu["model"] for gpu in machine["gpus"]]
        memory = machine["memory_bytes"]
        return {
            "ram_total_size": None if memory is None else memory / 2**30,
            "cpu_count": machine["cpu"].get("threads"),
            "cpu_physical_count": machine["cpu"].get("sockets"),
            "cpu_model": machine["cpu"].get("model"),
            "gpu_count": len(models),
            "gpu_model": "".join(f"{models.count(model)} x {model}" for model in dict.fromkeys(models)) or None,
            "gpu_ids": self._options["gpus"],
        }


class OfflineEmissionsTracker(EmissionsTracker):
    """Here both are: neither asks a network."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self._settings["cloud_provider"] and self._settings["cloud_region"] is None:
            logger.error("Cloud Region must be provided if cloud provider is set")


class TaskEmissionsTracker:
    """with TaskEmissionsTracker("grid search", tracker=tracker): ..."""

    def __init__(self, task_name: str, tracker: Optional[EmissionsTracker] = None) -> None:
        self.is_default_tracker = tracker is None
        self.tracker = EmissionsTracker() if tracker is None else tracker
        self.task_name = task_name

    def __enter__(self) -> TaskEmissionsTracker:
        self.tracker.start_task(self.task_name)
        return self

    def __exit__(self, _kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 _trace: Optional[TracebackType]) -> None:
        self.tracker.stop_task()
        if self.is_default_tracker:
            self.tracker._stop(error)


def _known(figure: float) -> Optional[float]:
    return None if figure != figure else figure


def _around(fn: Callable[..., Any], block: Callable[[], ContextManager[Any]]) -> Callable[..., Any]:
    """fn within a block, also where fn is a coroutine."""
    if inspect.iscoroutinefunction(fn):
        @functools.wraps(fn)
        async def wrapped_async(*args: Any, **kwargs: Any) -> Any:
            with block():
                return await fn(*args, **kwargs)

        return wrapped_async

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with block():
            return fn(*args, **kwargs)

    return wrapped


def track_emissions(fn: Any = None, *arguments: Any, offline: Any = UNSET, **named: Any) -> Any:
    """A decorator, with or without arguments: each call is a run. The arguments are the tracker's."""
    asked = _named(arguments, named)
    is_offline = offline is not UNSET and bool(offline)
    if is_offline and not asked.get("country_iso_code") and not asked.get("cloud_provider"):
        raise ValueError("Needs ISO Code of the Country for Offline mode")

    def decorate(function: F) -> Any:
        return _around(function, lambda: (OfflineEmissionsTracker if is_offline else EmissionsTracker)(**asked))

    return decorate if fn is None else decorate(fn)


def track_task_emissions(fn: Any = None, tracker: Optional[EmissionsTracker] = None, task_name: str = "") -> Any:
    """A decorator: each call is a task of the tracker's, or of one that begins and ends with it."""

    def decorate(function: F) -> Any:
        return _around(function, lambda: TaskEmissionsTracker(task_name, tracker=tracker))

    return decorate if fn is None else decorate(fn)
