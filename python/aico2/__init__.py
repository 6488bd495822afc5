# SPDX-License-Identifier: Apache-2.0
"""aico2/__init__.py - energy and carbon of computing, with origin and band.

    import aico2

    with aico2.Tracker(country="FR") as tracker:
        train()
    print(tracker.report.total_gco2e, tracker.report.energy_kwh)

Everything is computed by libaico2; this package hands on. Names are loaded when they are first used, so that
importing it costs a training that measures nothing no more than a millisecond or two.
"""
from __future__ import annotations

TYPE_CHECKING = False  # as type checkers take it; importing typing would be most of what this module costs

if TYPE_CHECKING:
    from ._epochs import Epochs as Epochs
    from ._epochs import epochs as epochs
    from ._errors import Aico2Error as Aico2Error
    from ._errors import LibraryError as LibraryError
    from ._estimate import Estimate as Estimate
    from ._estimate import estimate as estimate
    from ._figure import Figure as Figure
    from ._gauges import Gauge as Gauge
    from ._gauges import Gauges as Gauges
    from ._intensity import Intensity as Intensity
    from ._intensity import intensity as intensity
    from ._report import Device as Device
    from ._report import Report as Report
    from ._report import TaskRecord as TaskRecord
    from ._report import load_report as load_report
    from ._window import load_window as load_window
    from ._task import Task as Task
    from ._task import TaskFigures as TaskFigures
    from ._track import track as track
    from ._tracker import Budget as Budget
    from ._tracker import Forecast as Forecast
    from ._tracker import Live as Live
    from ._tracker import Tracker as Tracker

    __version__: str

# Where each public name is defined.
_HOME = {
    "Aico2Error": "_errors",
    "Budget": "_tracker",
    "Device": "_report",
    "Epochs": "_epochs",
    "Estimate": "_estimate",
    "Figure": "_figure",
    "Forecast": "_tracker",
    "Gauge": "_gauges",
    "Gauges": "_gauges",
    "Intensity": "_intensity",
    "LibraryError": "_errors",
    "Live": "_tracker",
    "Report": "_report",
    "Task": "_task",
    "TaskFigures": "_task",
    "TaskRecord": "_report",
    "Tracker": "_tracker",
    "epochs": "_epochs",
    "estimate": "_estimate",
    "intensity": "_intensity",
    "load_report": "_report",
    "load_window": "_window",
    "track": "_track",
}
# What IPython looks for when it is told `%load_ext aico2`.
_HOOKS = {"load_ipython_extension": "_magic", "unload_ipython_extension": "_magic"}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from ._library import version

        value: object = version()
    elif name in _HOME or name in _HOOKS:
        import importlib

        value = getattr(importlib.import_module("." + {**_HOME, **_HOOKS}[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__) | {"__version__"})
