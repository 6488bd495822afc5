# SPDX-License-Identifier: Apache-2.0
"""aico2/_task.py - a named part of a run, as a block"""
from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Optional, Type

from . import _arguments, _structs
from ._figure import Figure, figure_of

if TYPE_CHECKING:
    from ._tracker import Tracker

_KINDS = ("task", "epoch", "validation")


class TaskFigures(NamedTuple):
    """What was used in a task; provisional until the run ends: the report's tasks are the last word.

    readings: of sensors that lie within; 0: the energy is its share of the time between two. overlaps: another task
    was open during a part of it.
    """

    duration_seconds: float
    energy_joules: Optional[Figure]
    total_gco2e: Optional[Figure]
    cpu_seconds: Optional[float]
    readings: int
    overlaps: bool


class Task:
    """Made by Tracker.task(); `figures` is None until it has ended, and when the run ended first."""

    _struct: Optional[_structs.TaskFigures] = None
    _figures: Optional[TaskFigures] = None

    def __init__(self, tracker: Tracker, name: str, kind: str) -> None:
        if not isinstance(name, str):
            raise _arguments.wrong_type("name", name, "a string")
        self.name = name
        self._bytes = _arguments.text("name", name) if name else None
        self.kind = _arguments.choice("kind", kind, _KINDS)
        self._tracker = tracker
        self._number = 0

    def begin(self) -> Task:
        if self._number:
            raise RuntimeError(f"the task '{self.name}' was begun already")
        self._number = self._tracker._open_task(self._bytes, _KINDS.index(self.kind))
        return self

    @property
    def figures(self) -> Optional[TaskFigures]:
        """Made of the library's when they are asked for: of a hundred thousand tasks few are."""
        if self._struct is not None:
            self._figures, self._struct = _figures(self._struct), None
        return self._figures

    def end(self) -> None:
        number, self._number = self._number, 0
        struct = self._tracker._close_task(number) if number else None
        if struct is not None:
            self._struct = struct

    def __repr__(self) -> str:
        what = "open" if self._number else "not begun" if self.figures is None else f"{self.figures.duration_seconds:.3g} s"
        return f"<Task {self.name!r} {self.kind}, {what}>"

    def __enter__(self) -> Task:
        return self.begin()

    def __exit__(self, _kind: Optional[Type[BaseException]], _error: Optional[BaseException],
                 _traceback: Optional[TracebackType]) -> None:
        self.end()

    async def __aenter__(self) -> Task:
        return self.begin()

    async def __aexit__(self, _kind: Optional[Type[BaseException]], _error: Optional[BaseException],
                        _traceback: Optional[TracebackType]) -> None:
        self.end()


def _figures(struct: _structs.TaskFigures) -> TaskFigures:
    energy, carbon = struct.energy_joules, struct.total_gco2e
    return TaskFigures(struct.duration_s, figure_of(energy.value, energy.low, energy.high),
                       figure_of(carbon.value, carbon.low, carbon.high),
                       None if struct.cpu_s != struct.cpu_s else struct.cpu_s, struct.readings, bool(struct.overlaps))
