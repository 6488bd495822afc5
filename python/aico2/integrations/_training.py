# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/_training.py - what the callbacks have in common: a run with its epochs and validations

It is forgiving: a framework may end an epoch that it never began, and begin one twice; no training fails of that.
"""
from __future__ import annotations

from typing import Any, Dict, List, Optional

from .._report import Report
from .._task import Task
from .._tracker import Tracker
from ._metrics import live_metrics_of


class Training:
    """A tracker, given or made of the options, with the tasks of a training in it."""

    def __init__(self, tracker: Optional[Tracker], options: Dict[str, Any]) -> None:
        if tracker is not None and options:
            raise TypeError(f"{', '.join(options)}: the tracker has these already")
        self.tracker = Tracker(**options) if tracker is None else tracker
        self._owns = tracker is None
        self._open: List[Task] = []
        self._epochs = 0

    def begin(self, epochs: Optional[float] = None) -> None:
        self._epochs = 0
        if self._owns and not self.tracker.running:
            self.tracker.start()
        if epochs is not None and epochs > 0 and self.tracker.running:
            self.tracker.set_epochs(epochs)

    def end(self, failed: bool = False) -> Optional[Report]:
        while self._open:
            self._open.pop().end()
        if self._owns:
            self.tracker.stop_failed() if failed else self.tracker.stop()
        return self.tracker.report

    def begin_epoch(self) -> None:
        self.end_epoch()
        self._epochs += 1
        self._begin(f"epoch {self._epochs}", "epoch")

    def end_epoch(self) -> None:
        self._end("epoch")

    def begin_validation(self) -> None:
        self._end("validation")
        self._begin("validation", "validation")

    def end_validation(self) -> None:
        self._end("validation")

    def _begin(self, name: str, kind: str) -> None:
        if self.tracker.running:
            self._open.append(self.tracker.task(name, kind=kind).begin())

    def _end(self, kind: str) -> None:
        for task in [task for task in self._open if task.kind == kind]:
            self._open.remove(task)
            task.end()

    def metrics(self) -> Dict[str, float]:
        return live_metrics_of(self.tracker)

    @property
    def validates(self) -> bool:
        return any(task.kind == "validation" for task in self._open)

    @property
    def is_over_budget(self) -> bool:
        return self.tracker.over_budget
