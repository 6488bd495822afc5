# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/pytorch.py - steps of a plain loop, with or without PyTorch's profiler

    with torch.profiler.profile(...) as profiler, aico2.Tracker(country="FR") as tracker:
        with Steps(tracker, profiler) as steps:
            for batch in loader:
                train(batch)
                steps.step()

Each step is a task of the run; the profiler is stepped with it and has a range of that name in its trace, so that
time line and energy can be laid side by side, and the figures of each step in its metadata. Nothing of PyTorch is
imported but what the profiler that is given brings.
"""
from __future__ import annotations

import json
from types import TracebackType
from typing import Any, List, Optional, Type

from .._task import Task, TaskFigures
from .._tracker import Tracker


class Steps:
    """figures: of each step that has ended, in order."""

    def __init__(self, tracker: Tracker, profiler: Any = None, name: str = "step", kind: str = "task") -> None:
        if profiler is not None and not callable(getattr(profiler, "step", None)):
            raise TypeError(f"profiler must be a torch.profiler.profile, not {type(profiler).__name__}")
        self.figures: List[Optional[TaskFigures]] = []
        self._tracker, self._profiler, self._name, self._kind = tracker, profiler, name, kind
        self._task: Optional[Task] = None
        self._range: Any = None

    def _begin(self) -> None:
        name = f"{self._name} {len(self.figures) + 1}"
        self._task = self._tracker.task(name, kind=self._kind).begin()
        if self._profiler is not None:
            from torch.profiler import record_function

            self._range = record_function(f"aico2 {name}")
            self._range.__enter__()

    def _end(self) -> None:
        if self._range is not None:
            self._range.__exit__(None, None, None)
            self._range = None
        if self._task is not None:
            self._task.end()
            self.figures.append(self._task.figures)
            self._task = None

    def step(self) -> Optional[TaskFigures]:
        """A step ends, the next begins. Returns what the one that ended has used."""
        if self._task is None:
            raise RuntimeError("step() is for the inside of a 'with Steps(...)' block")
        self._end()
        if self._profiler is not None:
            self._profiler.step()
        self._begin()
        return self.figures[-1]

    def __enter__(self) -> Steps:
        self._begin()
        return self

    def __exit__(self, _kind: Optional[Type[BaseException]], _error: Optional[BaseException],
                 _traceback: Optional[TracebackType]) -> None:
        """What was begun after the last step() is no step: it ends, and is not counted among them."""
        steps = len(self.figures)
        self._end()
        del self.figures[steps:]
        if self._profiler is not None and hasattr(self._profiler, "add_metadata_json"):
            self._profiler.add_metadata_json("aico2_steps", json.dumps([
                None if figures is None else
                {"duration_seconds": figures.duration_seconds,
                 "energy_joules": figures.energy_joules, "total_gco2e": figures.total_gco2e}
                for figures in self.figures]))
