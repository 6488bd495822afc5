# SPDX-License-Identifier: Apache-2.0
"""test_tracker.py - a run from Python: its report, its tasks, and what is said of wrong arguments"""
import asyncio
import copy
import decimal
import gc
import math
import pickle
import re
import threading
import time

import pytest

import aico2


def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        math.factorial(500)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Of a run of three tasks and some work outside of them."""
    db = tmp_path_factory.mktemp("run") / "history.db"
    with aico2.Tracker("train", country="FR", stage="training", interval=0.02, db=db) as tracker:
        burn(0.03)
        for epoch in range(3):
            with tracker.task(f"epoch {epoch}", kind="epoch"):
                burn(0.05)
    return tracker.report


def test_attributes_are_the_documents(report):
    assert report["schema"] == "aico2.report/1"
    run, energy, carbon = report["run"], report["energy"], report["carbon"]
    assert (report.run_id, report.name, report.stage, report.state) == (run["id"], "train", "training", "finished")
    assert report.energy_kwh == pytest.approx(energy["total_kwh"])
    assert report.energy_joules == pytest.approx(energy["total_joules"])
    assert report.energy_joules.band == pytest.approx((energy["low_joules"], energy["high_joules"]))
    assert report.total_gco2e == pytest.approx(carbon["total_gco2e"])
    assert report.total_gco2e.band == pytest.approx((carbon["low_gco2e"], carbon["high_gco2e"]))
    assert (report.place, report.place_name, report.pue) == ("FR", "France", 1.0)
    assert report.gco2e_per_kwh == carbon["intensity_gco2e_per_kwh"] == 44.18
    assert report.duration_seconds == pytest.approx(run["duration_seconds"], abs=1e-3)
    assert [device.id for device in report.devices] == [device["id"] for device in report["devices"]]
    assert report.warnings == report["warnings"]


def test_a_unit_is_a_unit(report):
    """1 kWh = 3.6e6 J, and operational grams are kWh x g/kWh x PUE."""
    assert report.energy_joules == pytest.approx(report.energy_kwh * 3.6e6)
    assert report.operational_gco2e == pytest.approx(report.energy_kwh * 44.18)
    assert report.total_gco2e == pytest.approx(report.operational_gco2e + report.embodied_gco2e)


def test_the_machine_is_divided_without_a_rest(report):
    assert report.energy_joules > 0
    assert report.energy_joules.low <= report.energy_joules <= report.energy_joules.high
    assert report.job_joules + report.others_joules + report.idle_joules == pytest.approx(report.machine_joules)
    for device in report.devices:
        assert device.job_joules + device.others_joules + device.idle_joules == pytest.approx(device.energy_joules)


def test_tasks_add_up_to_the_run(report):
    names = [task.name for task in report.tasks if task.kind == "epoch"]
    assert names == ["epoch 0", "epoch 1", "epoch 2"]
    assert sum(task.energy_joules for task in report.tasks) == pytest.approx(report.energy_joules)
    assert sum(task.total_gco2e for task in report.tasks) == pytest.approx(report.total_gco2e)
    assert sum(task.duration_s for task in report.tasks) == pytest.approx(report.duration_seconds, abs=1e-3)


def test_the_history_tells_the_same(report, tmp_path_factory):
    db = next(path for path in tmp_path_factory.getbasetemp().rglob("history.db") if path.parent.name.startswith("run"))
    for name in ("last", "train", report.run_id, report.run_id[:14]):
        assert aico2.load_report(name, db=db).run_id == report.run_id
    stored = aico2.load_report(db=db)
    assert stored.energy_joules == pytest.approx(report.energy_joules)
    assert stored.total_gco2e == pytest.approx(report.total_gco2e)


def test_a_run_that_is_not_there(home):
    with aico2.Tracker("one"):
        pass
    with pytest.raises(aico2.Aico2Error, match="01ZZZZZZ"):
        aico2.load_report("01ZZZZZZ")
    with pytest.raises(TypeError, match="run must be a string"):
        aico2.load_report(None)


def test_a_report_travels(report):
    other = pickle.loads(pickle.dumps(report))
    assert other == report
    assert other.total_gco2e.band == report.total_gco2e.band
    assert (other.devices, other.tasks, other.warnings) == (report.devices, report.tasks, report.warnings)
    assert str(other) == str(report) and "this job" in str(report)
    assert len(report.to_codecarbon_csv().splitlines()) == 2


def test_start_and_stop():
    tracker = aico2.Tracker(country="FR")
    assert (tracker.running, tracker.report, tracker.run_id, tracker.stop()) == (False, None, "", None)
    assert tracker.start("first") is tracker
    assert tracker.running
    with pytest.raises(RuntimeError, match="running already"):
        tracker.start()
    first = tracker.stop()
    assert first.name == "first"
    assert tracker.stop() is first, "once more is no error, and no other run"
    second = tracker.start("second").stop()
    assert second.run_id != first.run_id
    assert second.name == "second"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_there_is_no_copy(copied):
    """Its end would be the end of the run, and of what the library has of it."""
    with aico2.Tracker(history=False) as tracker:
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            copied(tracker)
        gc.collect()
        assert tracker.running
    assert tracker.report is not None
    gauges = aico2.Gauges()
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        copied(gauges)
    gc.collect()
    assert gauges.read()


def test_what_it_is_is_seen():
    tracker = aico2.Tracker(history=False)
    assert repr(tracker) == "<Tracker not started>"
    tracker.start()
    assert repr(tracker) == f"<Tracker running, run {tracker.run_id}>"
    task = tracker.task("first", kind="epoch")
    assert repr(task) == "<Task 'first' epoch, not begun>"
    with task:
        assert repr(task) == "<Task 'first' epoch, open>"
    assert re.fullmatch(r"<Task 'first' epoch, \S+ s>", repr(task))
    tracker.stop()
    assert repr(tracker) == f"<Tracker stopped, run {tracker.run_id}>"


def test_two_at_once():
    with aico2.Tracker("outer", country="FR") as outer, aico2.Tracker("inner", country="SE") as inner:
        burn(0.02)
    assert (outer.report.place, inner.report.place) == ("FR", "SE")
    assert outer.report.run_id != inner.report.run_id


def test_an_exception_passes_and_the_report_stays():
    with pytest.raises(ZeroDivisionError):
        with aico2.Tracker() as tracker:
            1 / 0
    assert tracker.report.state == "failed"


@pytest.mark.parametrize("code, state", [(None, "finished"), (0, "finished"), (3, "failed"), ("words", "failed")])
def test_leaving_by_sys_exit(code, state):
    with pytest.raises(SystemExit):
        with aico2.Tracker() as tracker:
            raise SystemExit(code)
    assert tracker.report.state == state


def test_nobody_guesses_a_place():
    with aico2.Tracker() as tracker:
        pass
    assert tracker.report.place == "world"


def test_what_measuring_used_is_within_the_others(report):
    """The library's threads are none of this program's job."""
    own = report["overhead"]
    assert own["cpu_seconds"] > 0
    assert report.own_energy_joules == pytest.approx(own["energy_joules"])
    assert report.own_energy_joules.band == pytest.approx((own["low_joules"], own["high_joules"]))
    assert 0 < report.own_energy_joules <= report.others_joules


def test_without_embodied_it_is_none():
    with aico2.Tracker(embodied=False) as tracker:
        burn(0.01)
    assert tracker.report.embodied_gco2e is None


def test_the_history_may_be_left_alone(home):
    with aico2.Tracker(history=False) as tracker:
        pass
    assert tracker.report is not None
    assert not (home / "history.db").exists()


def test_a_machine_without_sensors_raises_nothing(home):
    (home / "empty" / "proc").mkdir(parents=True)
    with aico2.Tracker(sysroot=home / "empty", nvml=home / "absent.so") as tracker:
        burn(0.01)
    assert tracker.report.measured_ratio in (None, 0)


class NoPath:
    def __fspath__(self):
        return 5


@pytest.mark.parametrize("arguments, kind, words", [
    ({"name": 5}, TypeError, "name must be a string, not int"),
    ({"country": 33}, TypeError, "country must be a string"),
    ({"db": NoPath()}, TypeError, "db must be a path, not NoPath"),
    ({"country": "XX"}, ValueError, "XX"),
    ({"country": "FR", "zone": "DE"}, ValueError, "country and zone name a place each"),
    ({"pue": 0.5}, ValueError, "pue must be 1 or more, not 0.5"),
    ({"pue": "1.2"}, TypeError, "pue must be a number, not str"),
    ({"interval": 0}, ValueError, "interval must be 0.001 or more, not 0"),
    ({"interval": 7200}, ValueError, "interval must be 3600 or less"),
    ({"scope": "process"}, ValueError, "scope must be 'job' or 'machine', not 'process'"),
    ({"idle": 1}, TypeError, "idle must be a string"),
    ({"max_kwh": -1}, ValueError, "max_kwh must be above 0"),
    ({"max_kwh": 1, "max_gco2e": 1}, ValueError, "max_gco2e and max_kwh: a run has one budget"),
    ({"budget": "5 apples"}, ValueError, "5 apples"),
    ({"budget": "5EUR"}, ValueError, "no price in EUR"),
    ({"price": "cheap"}, ValueError, "cheap"),
    ({"price": 3}, TypeError, "price must be a string"),
    ({"wue": 0}, ValueError, "wue must be above 0"),
    ({"wue": 5000}, ValueError, "wue is 5000: it must be 0 to 1000"),
    ({"intensity": 5001}, ValueError, "intensity is 5001: it must be 0 to 5000"),
    ({"pue": 10**400}, ValueError, "pue must be a finite number, not 1000"),
    ({"pue": decimal.Decimal("sNaN")}, ValueError, "pue must be a finite number"),
    ({"db": "\ud800"}, ValueError, "db is no path"),
    ({"gpus": 3}, TypeError, "gpus must be a text or a list"),
    ({"epochs": float("inf")}, ValueError, "epochs must be a finite number"),
    ({"history": 0}, TypeError, "history must be True or False, not int"),
    ({"intensity_file": 4}, TypeError, "intensity_file must be a path"),
    ({"sysroot": ""}, ValueError, "sysroot must not be empty"),
    ({"countri": "FR"}, TypeError, "countri"),
])
def test_wrong_arguments_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        aico2.Tracker(**arguments)


def test_a_file_that_is_not_there_is_named(home):
    for name in ("intensity_file", "price_file"):
        with pytest.raises(aico2.Aico2Error, match=f"{name}: .*'absent.csv'"):
            aico2.Tracker(price="1 EUR", **{name: "absent.csv"})


@pytest.mark.parametrize("status", [None, "1", 1.0, True])
def test_a_wrong_status_is_named(status):
    tracker = aico2.Tracker(history=False).start()
    with pytest.raises(TypeError, match="exit_status must be a whole number"):
        tracker.stop_failed(status)
    assert tracker.running
    assert tracker.stop_failed(2**70).state == "failed"


def test_the_environment_says_what_the_program_does_not(monkeypatch):
    for name, value in {"COUNTRY": "SE", "STAGE": "inference", "PUE": "1.5", "NAME": "outer", "INTERVAL": "50ms"}.items():
        monkeypatch.setenv("AICO2_" + name, value)
    report = aico2.Tracker().start().stop()
    assert (report.place, report.stage, report.pue, report.name) == ("SE", "inference", 1.5, "outer")
    report = aico2.Tracker("inner", zone="DE", pue=1.0).start().stop()
    assert (report.place, report.pue, report.name) == ("DE", 1.0, "inner"), "arguments win; places are not mixed"


@pytest.mark.parametrize("name, value, words", [("PUE", "much", "AICO2_PUE must be a number, not 'much'"),
                                                ("INTERVAL", "5 x", "AICO2_INTERVAL must be a duration"),
                                                ("COUNTRY", "XX", "XX")])
def test_a_wrong_environment_is_named(monkeypatch, name, value, words):
    monkeypatch.setenv("AICO2_" + name, value)
    with pytest.raises(ValueError, match=words):
        aico2.Tracker()


# --- tasks ---

def test_a_task_tells_what_it_used():
    with aico2.Tracker(country="FR", interval=0.01) as tracker:
        with tracker.task("one") as task:
            assert task.figures is None
            burn(0.1)
    figures = task.figures
    assert figures.duration_seconds >= 0.1
    assert figures.cpu_seconds == pytest.approx(0.1, rel=0.5)
    assert figures.energy_joules.low <= figures.energy_joules <= figures.energy_joules.high
    assert figures.energy_joules > 0 and figures.total_gco2e > 0
    assert figures.readings > 0
    assert not figures.overlaps


def test_tasks_overlap_and_end_in_other_threads():
    with aico2.Tracker(interval=0.01) as tracker:
        first = tracker.task("first").begin()
        second = tracker.task("second").begin()
        thread = threading.Thread(target=first.end)
        thread.start()
        thread.join()
        second.end()
        assert second.figures.overlaps and first.figures.overlaps


def test_async_tasks_are_kept_apart():
    async def work(tracker, name):
        async with tracker.task(name) as task:
            await asyncio.sleep(0.02)
        return task

    async def main():
        async with aico2.Tracker() as tracker:
            tasks = await asyncio.gather(*(work(tracker, f"job {i}") for i in range(5)))
        return tracker, tasks

    tracker, tasks = asyncio.run(main())
    assert [task.name for task in tasks] == [f"job {i}" for i in range(5)]
    assert all(task.figures.duration_seconds >= 0.02 for task in tasks)
    assert tracker.report.state == "finished"


def test_tasks_of_many_threads():
    with aico2.Tracker(interval=0.005) as tracker:
        def work():
            for _ in range(200):
                with tracker.task("part"):
                    pass
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(1 for task in tracker.report.tasks if task.name == "part" and not task.continues) == 8 * 200


def test_a_task_that_the_run_ends():
    tracker = aico2.Tracker().start()
    task = tracker.task("long").begin()
    tracker.stop()
    task.end()
    assert task.figures is None
    with pytest.raises(RuntimeError, match="start"):
        tracker.task("late").begin()


def test_wrong_tasks_are_named():
    with aico2.Tracker() as tracker:
        with pytest.raises(TypeError, match="name must be a string, not int"):
            tracker.task(7)
        with pytest.raises(ValueError, match="kind must be 'task' or 'epoch' or 'validation', not 'step'"):
            tracker.task("a", kind="step")
        task = tracker.task("a").begin()
        with pytest.raises(RuntimeError, match="begun already"):
            task.begin()


def test_looking_on():
    tracker = aico2.Tracker(country="FR", interval=0.01)
    assert tracker.peek() is None
    with tracker:
        burn(0.15)
        live = tracker.peek()
        assert live.duration_seconds >= 0.15
        assert 0 < live.energy_joules <= live.machine_joules * (1 + 1e-9)
        assert live.total_gco2e > 0
    assert tracker.peek() is None


def test_a_price(monkeypatch):
    with aico2.Tracker(price="0.25 EUR", budget="1000EUR", interval=0.01) as tracker:
        time.sleep(0.05)
        assert (tracker.budget().unit, tracker.budget().amount) == ("EUR", 1000)
    report = tracker.report
    assert report.currency == "EUR" == report["cost"]["currency"]
    assert report.cost == pytest.approx(report.energy_kwh * 0.25)
    assert report.cost.low <= report.cost <= report.cost.high
    monkeypatch.setenv("AICO2_PRICE", "0.5 USD")
    with aico2.Tracker(interval=0.01) as tracker:
        time.sleep(0.05)
    assert tracker.report.currency == "USD"
    monkeypatch.delenv("AICO2_PRICE")
    with aico2.Tracker() as tracker:
        pass
    assert tracker.report.cost is None and tracker.report.currency == ""


def test_water_of_the_site():
    with aico2.Tracker(wue=1.8, interval=0.01, gpus=[0]) as tracker:
        time.sleep(0.05)
    assert tracker.report.water_litres == pytest.approx(tracker.report.energy_kwh * 1.8)


def test_a_budget():
    with aico2.Tracker(max_gco2e=1e9) as tracker:
        budget = tracker.budget()
        assert (budget.unit, budget.amount, budget.exceeded) == ("gco2e", 1e9, False)
        assert not tracker.over_budget
    with aico2.Tracker(max_kwh=1e-12, interval=0.01) as tracker:
        burn(0.15)
        assert tracker.over_budget
        assert tracker.budget().unit == "joules"
        assert tracker.budget().amount == pytest.approx(3.6e-6), "1e-12 kWh x 3.6e6 J"
    with aico2.Tracker() as tracker:
        assert tracker.budget() is None and not tracker.over_budget


def test_messages_of_the_library_go_to_logging(home, caplog):
    with aico2.Tracker(db=home / "no" / "folder" / "history.db") as tracker:
        pass
    assert tracker.report is not None, "a history that cannot be written fails no training"
