# SPDX-License-Identifier: Apache-2.0
"""test_track.py - @aico2.track on functions of every kind, and the loop of epochs"""
import asyncio
import inspect
import os
import sys
import time

import pytest

import aico2


def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_plain_function_keeps_its_face():
    @aico2.track
    def add(a: int, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert add.report is None
    assert add(1) == 3
    assert (add.__name__, add.__doc__, str(inspect.signature(add))) == ("add", "Adds.", "(a: int, b: int = 2) -> int")
    assert add.report.name.endswith("add")
    assert add.report.state == "finished"


def test_arguments_and_the_report_as_they_come():
    reports = []

    @aico2.track(country="SE", name="mine", on_report=reports.append)
    def work():
        raise KeyError("x")

    with pytest.raises(KeyError):
        work()
    assert [(report.name, report.place, report.state) for report in reports] == [("mine", "SE", "failed")]


def test_recursion_is_one_run():
    reports = []

    @aico2.track(on_report=reports.append)
    def down(n):
        return n if n == 0 else down(n - 1)

    down(4)
    assert len(reports) == 1
    down(1)
    assert len(reports) == 2


def test_a_coroutine_function():
    @aico2.track
    async def work():
        await asyncio.sleep(0.02)
        return 7

    assert inspect.iscoroutinefunction(work)

    async def main():
        return await asyncio.gather(work(), work())

    assert asyncio.run(main()) == [7, 7]
    assert work.report.duration_seconds >= 0.02


def test_a_generator():
    @aico2.track
    def count():
        got = yield 1
        yield got
        return "end"

    made = count()
    assert count.report is None, "nothing has run yet"
    assert (next(made), made.send("x")) == (1, "x")
    with pytest.raises(StopIteration) as stopped:
        next(made)
    assert stopped.value.value == "end"
    assert count.report.state == "finished"


def test_a_generator_that_is_left():
    @aico2.track
    def forever():
        while True:
            yield

    for _ in forever():
        break
    assert forever.report.state == "finished"


def test_an_async_generator():
    closed = []

    @aico2.track
    async def stream():
        try:
            got = yield 1
            yield got
        finally:
            closed.append(True)

    async def main():
        made = stream()
        values = [await made.__anext__(), await made.asend("x")]
        await made.aclose()
        return values

    assert asyncio.run(main()) == [1, "x"]
    assert closed == [True]
    assert stream.report.state == "finished"


@pytest.mark.parametrize("wrong, words", [
    (lambda: aico2.track(5), "track decorates a function, not int"),
    (lambda: aico2.track(on_report=5)(len), "on_report must be callable"),
    (lambda: aico2.track(countri="FR")(len), "countri"),
])
def test_what_is_wrong_is_said_at_once(wrong, words):
    with pytest.raises(TypeError, match=words):
        wrong()


# --- epochs ---

def test_every_round_is_an_epoch():
    loop = aico2.epochs(range(3), country="FR", interval=0.01)
    seen = []
    for epoch in loop:
        seen.append(epoch)
        time.sleep(0.02)
    assert seen == [0, 1, 2]
    assert loop.epochs_done == 3 and not loop.stopped_by_budget
    assert [task.name for task in loop.report.tasks if task.kind == "epoch"] == ["epoch 1", "epoch 2", "epoch 3"]
    assert loop.report.place == "FR"


def test_what_all_will_use(capsys):
    """Three of twelve epochs alike: the whole is near four times what is done, and the truth is in the band. On a busy machine
    epochs are not alike, and nobody could foretell the later ones: then it is tried again."""
    for _ in range(20):
        forecasts, begins = [], []
        loop = aico2.epochs(range(12), predict_after=3, on_forecast=forecasts.append, interval=0.01)
        for _ in loop:
            begins.append(time.monotonic())
            time.sleep(0.03)
        lasted = [after - before for before, after in zip(begins, begins[1:])]
        assert len(forecasts) == 1
        foretold = forecasts[0]
        assert (foretold.epochs, foretold.epochs_done) == (12, 3)
        if max(lasted) < 1.5 * min(lasted):
            break
    else:
        pytest.skip("no two epochs are alike on this machine now")
    assert foretold.duration_seconds.low <= loop.report.duration_seconds <= foretold.duration_seconds.high * 1.5
    assert loop.forecast.epochs_done == 12
    assert loop.forecast.basis == "measured"
    assert capsys.readouterr().err == ""


def test_it_is_said_on_standard_error(capsys):
    for _ in aico2.epochs(range(3), predict_after=1):
        time.sleep(0.01)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("aico2: after 1 of 3 epochs: ") and said.err.endswith(" for all\n")


def test_a_budget_ends_the_loop_after_a_whole_round(capsys):
    rounds = []
    loop = aico2.epochs(range(100), max_kwh=1e-12, interval=0.01)
    for epoch in loop:
        burn(0.2)
        rounds.append(epoch)
    assert rounds == [0]
    assert loop.stopped_by_budget
    assert loop.report.state == "finished"
    assert "stopped after 1 epochs" in capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch):
    """How often a tracker is asked for what goes over all its epochs."""
    counts = {"forecast": 0, "budget": 0}

    def counted(name, ask):
        def count(self):
            counts[name] += 1
            return ask(self)

        return count

    for name in counts:
        monkeypatch.setattr(aico2.Tracker, name, counted(name, getattr(aico2.Tracker, name)))
    return counts


def test_a_hundred_thousand_epochs_do_not_wait_for_their_forecasts(asked):
    """Each goes over all that were: with one an epoch the time would grow with the square of them."""
    loop = aico2.epochs(range(3000), predict_after=2333, on_forecast=lambda forecast: seen.append(forecast.epochs_done), max_kwh=1e6,
                        history=False)
    seen = []
    began = time.monotonic()
    for _ in loop:
        if loop.epochs_done:
            assert loop.epochs_done - loop.forecast.epochs_done <= loop.epochs_done / 19
    assert loop.forecast.epochs_done == 3000 and seen == [2333]
    assert asked["forecast"] < 300
    assert asked["budget"] <= 201 + 10 * (time.monotonic() - began) + 1


def test_few_epochs_are_each_foretold(asked):
    loop = aico2.epochs(range(200), max_kwh=1e6, history=False)
    for _ in loop:
        assert loop.epochs_done == 0 or loop.forecast.epochs_done == loop.epochs_done
    assert asked == {"forecast": 200, "budget": 201}


def test_a_length_that_only_the_caller_knows():
    loop = aico2.epochs((i for i in range(2)), total=2)
    assert [0, 1] == list(loop)
    assert loop.forecast.epochs == 2
    unknown = aico2.epochs(i for i in range(2))
    assert [0, 1] == list(unknown)
    assert unknown.forecast is None


def test_a_loop_that_is_left_and_one_that_fails():
    loop = aico2.epochs(range(9))
    for _ in loop:
        break
    assert loop.report.state == "finished"
    assert loop.epochs_done == 0, "it did not end"


def _raises():
    raise KeyError("in a call")


def _in_a_block(_):
    with open(os.devnull, encoding="utf-8"):
        int("x")


def _passed_on(_):
    try:
        int("x")
    except ValueError as error:
        raise KeyError from error


class _Undecided:
    def __bool__(self):
        raise ValueError


def _undecided(_):
    if _Undecided():
        pass


@pytest.mark.parametrize("body", [lambda _: _raises(), lambda _: 1 / 0, _in_a_block, _passed_on, _undecided,
                                  lambda epoch: epoch.missing, lambda _: sys.exit(3)])
def test_a_loop_that_an_exception_leaves_is_a_failed_run(body):
    loop = aico2.epochs(range(9))
    with pytest.raises((ArithmeticError, AttributeError, LookupError, SystemExit, ValueError)):
        for epoch in loop:
            body(epoch)
    assert loop.report.state == "failed", "also where somebody catches it"


def test_instructions_of_the_loop_itself_that_raise():
    loops = [aico2.epochs(range(9)) for _ in range(5)]

    def run(body):
        try:
            body()
        except (ArithmeticError, AssertionError, LookupError, NameError, ValueError):
            pass

    def divides():
        for epoch in loops[0]:
            epoch / 0

    def asserts():
        for epoch in loops[1]:
            assert epoch < 0

    def stores():
        for epoch in loops[2]:
            [][3] = epoch

    def decides():
        for _ in loops[3]:
            if _Undecided():
                pass

    def closes_a_block():
        for _ in loops[4]:
            with open(os.devnull, encoding="utf-8"):
                int("x")

    for body in (divides, asserts, stores, decides, closes_a_block):
        run(body)
    assert [loop.report.state for loop in loops] == ["failed"] * 5


def test_a_loop_that_is_left_on_purpose_is_none():
    loops = [aico2.epochs(range(9)) for _ in range(5)]

    def returns():
        for epoch in loops[0]:
            return epoch

    def breaks_out_of_an_exception():
        for _ in loops[1]:
            try:
                int("x")
            except ValueError:
                break

    def breaks_two():
        for _ in loops[2]:
            for _ in range(3):
                break
            break

    def closes():
        rounds = iter(loops[3])
        next(rounds)
        rounds.close()

    def yields():
        yield from loops[4]

    assert returns() == 0
    breaks_out_of_an_exception()
    breaks_two()
    closes()
    rest = yields()
    next(rest)
    rest.close()
    assert [loop.report.state for loop in loops] == ["finished"] * 5


def test_a_loop_as_a_block():
    with aico2.epochs(range(3)) as loop:
        for _ in loop:
            time.sleep(0.01)
        assert loop.tracker.running, "what comes after the loop is the run's too"
    assert loop.report.state == "finished" and loop.epochs_done == 3
    with pytest.raises(ZeroDivisionError):
        with aico2.epochs(range(3)) as loop:
            for _ in map(lambda epoch: 1 / epoch, loop):
                pass
    assert loop.report.state == "failed"


def test_an_iterable_that_fails_is_a_failed_run():
    loop = aico2.epochs(1 / value for value in (1, 0))
    with pytest.raises(ZeroDivisionError):
        list(loop)
    assert loop.report.state == "failed" and loop.epochs_done == 1


def test_within_a_run():
    with aico2.Tracker("whole") as tracker:
        for _ in tracker.epochs(range(2)):
            pass
        assert tracker.running, "who started it stops it"
    assert sum(task.kind == "epoch" for task in tracker.report.tasks) == 2


@pytest.mark.parametrize("arguments, kind, words", [
    ({"predict_after": 0}, ValueError, "predict_after must be 1 to"),
    ({"predict_after": "2"}, TypeError, "predict_after must be a whole number, not str"),
    ({"total": -1}, ValueError, "total must be above 0"),
    ({"total": 1e10}, ValueError, "total must be .* or less"),
    ({"on_forecast": 1}, TypeError, "on_forecast must be callable"),
    ({"tracker": 1}, TypeError, "tracker must be a Tracker"),
])
def test_wrong_arguments_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        aico2.epochs(range(3), **arguments)


def test_what_is_no_iterable_is_named():
    with pytest.raises(TypeError, match="iterable must be something to loop over.*not int"):
        aico2.epochs(10)
