# SPDX-License-Identifier: Apache-2.0
"""aico2/_track.py - @aico2.track: every call of a function is a run"""
from __future__ import annotations

import contextvars
import functools
import inspect
from typing import Any, AsyncGenerator, Awaitable, Callable, Generator, Optional, TypeVar, Union, cast, overload

from ._report import Report
from ._tracker import Tracker

F = TypeVar("F", bound=Callable[..., Any])


@overload
def track(function: F) -> F: ...


@overload
def track(*, on_report: Optional[Callable[[Report], object]] = None, **options: Any) -> Callable[[F], F]: ...


def track(function: Optional[F] = None, *, on_report: Optional[Callable[[Report], object]] = None,
          **options: Any) -> Union[F, Callable[[F], F]]:
    """Measures each call of a function, coroutine function or generator: `@aico2.track` or
    `@aico2.track(country="FR", on_report=print)`, with the arguments of Tracker.

    The function's attribute `report` is that of the call that ended last. A call within a call of the same function
    (recursion) is a part of the outer one's run.
    """
    if function is None:
        return lambda function: _tracked(function, options, on_report)
    if not callable(function):
        raise TypeError(f"track decorates a function, not {type(function).__name__}")
    return _tracked(function, options, on_report)


class _Call:
    """One call's run, unless it is within another call of the same function."""

    def __init__(self, wrapper: Any, active: contextvars.ContextVar[bool], options: Any,
                 on_report: Optional[Callable[[Report], object]]) -> None:
        self._wrapper, self._active, self._on_report = wrapper, active, on_report
        self._tracker = None if active.get() else Tracker(**options)

    def __enter__(self) -> _Call:
        if self._tracker is not None:
            self._tracker.start()
            self._token = self._active.set(True)
        return self

    def __exit__(self, *error: Any) -> None:
        if self._tracker is None:
            return
        try:
            self._active.reset(self._token)
        except ValueError:  # a generator that another context ends
            self._active.set(False)
        self._tracker.__exit__(*error)
        report = self._tracker.report
        self._wrapper.report = report
        if self._on_report is not None and report is not None:
            self._on_report(report)


def _tracked(function: F, options: Any, on_report: Optional[Callable[[Report], object]]) -> F:
    if on_report is not None and not callable(on_report):
        raise TypeError(f"on_report must be callable, not {type(on_report).__name__}")
    options = {"name": getattr(function, "__qualname__", None), **options}
    Tracker(**options)  # what is wrong with the arguments is said where they stand
    active: contextvars.ContextVar[bool] = contextvars.ContextVar("aico2_track", default=False)

    def call() -> _Call:
        return _Call(wrapper, active, options, on_report)

    wrapper: Any
    if inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, call)
    elif inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, call)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, call)
    else:
        wrapper = _plain(function, call)
    wrapper.report = None
    return cast(F, wrapper)


def _plain(function: Callable[..., Any], call: Callable[[], _Call]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        with call():
            return function(*arguments, **named)

    return wrapper


def _coroutine(function: Callable[..., Awaitable[Any]], call: Callable[[], _Call]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(function)
    async def wrapper(*arguments: Any, **named: Any) -> Any:
        with call():
            return await function(*arguments, **named)

    return wrapper


def _generator(function: Callable[..., Generator[Any, Any, Any]],
               call: Callable[[], _Call]) -> Callable[..., Generator[Any, Any, Any]]:
    """The run begins with the first value asked for, and ends with the last one or close()."""

    @functools.wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:
        with call():
            return (yield from function(*arguments, **named))

    return wrapper


def _async_generator(function: Callable[..., AsyncGenerator[Any, Any]],
                     call: Callable[[], _Call]) -> Callable[..., AsyncGenerator[Any, Any]]:
    @functools.wraps(function)
    async def wrapper(*arguments: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with call():
            values = function(*arguments, **named)
            try:
                sent = None
                while True:
                    try:
                        value = await values.asend(sent)
                    except StopAsyncIteration:
                        return
                    sent = yield value
            finally:
                await values.aclose()

    return wrapper
