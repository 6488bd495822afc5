# SPDX-License-Identifier: Apache-2.0
"""aico2/_epochs.py - a training's loop: each round is an epoch, the whole is foretold, a budget ends it cleanly"""
from __future__ import annotations

import operator
import re
import sys
import time
from types import FrameType, TracebackType
from typing import Any, Callable, Generic, Iterable, Iterator, Optional, Type, TypeVar

from . import _arguments
from ._report import Report
from ._show import quantity, seconds
from ._task import Task
from ._tracker import Forecast, Tracker

T = TypeVar("T")
_FEW = 200  # epochs: up to so many are each foretold and held against the budget at once
_LOOK_SECONDS = 0.1  # of more the budget is looked at as often as sensors are at most,
_LOOK_SHARE = 20  # and for a twentieth of the time: that goes over all epochs as well


def _say(forecast: Forecast) -> None:
    """A line on standard error, where progress bars are."""
    energy, carbon = forecast.energy_joules, forecast.total_gco2e
    parts = [seconds(forecast.duration_seconds)]
    for figure, unit in ((energy, "J"), (carbon, "gCO2e")):
        if figure is not None:
            parts.append(f"{quantity(figure, unit)} ({quantity(figure.low, unit)} … {quantity(figure.high, unit)})")
    print(f"aico2: after {forecast.epochs_done:g} of {forecast.epochs:g} epochs: {', '.join(parts)} for all", file=sys.stderr)


def _length(iterable: object, total: Optional[float]) -> float:
    """0: unknown."""
    if total is not None:
        return _arguments.number("total", total, above=0, most=1e9)
    return float(operator.length_hint(iterable))


# Where an iterator is let go of without an exception: a break or a return pops it, a variable gets another value. At a yield the
# generator around the loop is closed, for whatever reason.
_NO_EXCEPTION = re.compile(r"(DELETE|RETURN)_|STORE_(FAST|NAME|GLOBAL|DEREF)|(POP_TOP|POP_ITER|FOR_ITER|END_FOR|YIELD_VALUE|RESUME)$")


def _is_left_by_exception(frame: FrameType, loop: int) -> bool:
    """Whether an exception is leaving the loop whose iterator is dropped in this frame.

    No exception is being handled yet then, so that sys.exc_info() knows of none; but CPython drops the iterator while the frame
    stands at the instruction that raised, and else at the one that lets go of it. In another frame than the loop's, and
    by another interpreter, it is not to be known."""
    from opcode import opname

    if sys.implementation.name != "cpython" or id(frame) != loop or not 0 <= frame.f_lasti < len(frame.f_code.co_code):
        return False
    return _NO_EXCEPTION.match(opname[frame.f_code.co_code[frame.f_lasti]]) is None


class _Rounds(Iterator[T]):
    """The rounds of one loop. It ends the run when it is used up, closed, or dropped by the loop."""

    def __init__(self, loop: Epochs[T]) -> None:
        self._loop = loop
        self._task: Optional[Task] = None
        self._frame = 0
        self._is_begun = self._is_ended = False

    def __next__(self) -> T:
        self._frame = id(sys._getframe(1))
        if self._is_ended:
            raise StopIteration
        try:
            return self._next()
        except StopIteration:
            self.close()
            raise
        except BaseException:
            self._end(failed=True)
            raise

    def _next(self) -> T:
        loop = self._loop
        if not self._is_begun:
            self._is_begun = True
            loop._begin()
        if self._task is not None:
            self._task.end()
            self._task = None
            loop._after_an_epoch()
        if loop._is_over_budget():
            raise StopIteration
        value = next(loop._values)
        self._task = loop.tracker.task(f"epoch {loop.epochs_done + 1}", kind="epoch").begin()
        return value

    def _end(self, failed: bool) -> None:
        self._is_ended = True
        task, self._task = self._task, None
        if task is not None:
            task.end()
        if self._is_begun:
            self._loop._end(failed)

    def close(self) -> None:
        """The loop is over, whatever is left."""
        if not self._is_ended:
            self._end(failed=False)

    def __del__(self) -> None:
        if not self._is_ended:
            self._end(_is_left_by_exception(sys._getframe(1), self._frame))


class Epochs(Generic[T]):
    """What aico2.epochs() gives: iterate over it once. `report` is there when the loop has ended and the run with it,
    `forecast` from the first epoch's end on; `stopped_by_budget` tells a loop that was cut short."""

    forecast: Optional[Forecast] = None
    stopped_by_budget = False
    epochs_done = 0
    _next_look = 0.0
    _next_forecast = 0

    def __init__(self, iterable: Iterable[T], *, tracker: Optional[Tracker] = None, predict_after: Optional[int] = None,
                 total: Optional[float] = None, on_forecast: Callable[[Forecast], object] = _say, **options: Any) -> None:
        if tracker is not None and options:
            raise TypeError(f"{', '.join(options)}: the tracker has these already")
        if tracker is not None and not isinstance(tracker, Tracker):
            raise _arguments.wrong_type("tracker", tracker, "a Tracker")
        if not callable(on_forecast):
            raise _arguments.wrong_type("on_forecast", on_forecast, "callable")
        try:
            self._values = iter(iterable)
        except TypeError:
            raise _arguments.wrong_type("iterable", iterable, "something to loop over, as range(10)") from None
        self._predict_after = _arguments.whole("predict_after", predict_after)
        self._total = _length(iterable, total)
        self._on_forecast = on_forecast
        self._owns = tracker is None
        self._is_block = False
        self.tracker = Tracker(**options) if tracker is None else tracker

    @property
    def report(self) -> Optional[Report]:
        return self.tracker.report

    def __iter__(self) -> Iterator[T]:
        return _Rounds(self)

    def __enter__(self) -> Epochs[T]:
        """As a block the run is all of it, and failed if an exception leaves the block."""
        if self._owns:
            self.tracker.start()
            self._owns, self._is_block = False, True
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        if self._is_block:
            self.tracker.__exit__(kind, error, traceback)

    def _begin(self) -> None:
        if self._owns:
            self.tracker.start()
        if self._total > 0:
            self.tracker.set_epochs(self._total)

    def _end(self, failed: bool) -> None:
        if not self._owns:
            return
        self.tracker.stop_failed() if failed else self.tracker.stop()

    def _after_an_epoch(self) -> None:
        """A forecast goes over all epochs that were: made after each of a hundred thousand it would take longer than they do."""
        self.epochs_done += 1
        done = self.epochs_done
        if done >= self._next_forecast or done in (self._predict_after, self._total):
            self.forecast = self.tracker.forecast()
            self._next_forecast = done + 1 if done < _FEW else done + done // 20
        if self.epochs_done == self._predict_after and self.forecast is not None:
            self._on_forecast(self.forecast)

    def _is_over_budget(self) -> bool:
        began = time.monotonic()
        if self.epochs_done > _FEW and began < self._next_look:
            return False
        self.stopped_by_budget = self.tracker.over_budget
        now = time.monotonic()
        self._next_look = now + max(_LOOK_SECONDS, _LOOK_SHARE * (now - began))
        if self.stopped_by_budget:
            budget = self.tracker.budget()
            assert budget is not None
            print(f"aico2: stopped after {self.epochs_done} epochs: {budget.used:.4g} of {budget.amount:.4g} {budget.unit} "
                  "are used", file=sys.stderr)
        return self.stopped_by_budget


def epochs(iterable: Iterable[T], *, tracker: Optional[Tracker] = None, predict_after: Optional[int] = None,
           total: Optional[float] = None, on_forecast: Callable[[Forecast], object] = _say, **options: Any) -> Epochs[T]:
    """`for epoch in aico2.epochs(range(100), predict_after=2, country="FR", max_kwh=5):`

    Each round is an epoch of a run. After `predict_after` of them what all will have used is said on standard error,
    or handed to `on_forecast`. A budget that is used up ends the loop after the round in which that happened.
    total: how many there will be, where the iterable does not tell. Other arguments are those of Tracker; with
    `tracker` the epochs are a part of its run.
    """
    return Epochs(iterable, tracker=tracker, predict_after=predict_after, total=total, on_forecast=on_forecast, **options)
