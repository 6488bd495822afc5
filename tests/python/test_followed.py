# SPDX-License-Identifier: Apache-2.0
"""test_followed.py - a script below `aico2 run`: it has figures of its own, and the history has them once"""
import json
import os
import subprocess
import sys

import pytest

from conftest import SLOW

PROGRAM = os.environ.get("AICO2_PROGRAM")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="the program aico2 is not built here")

BURN = """
import aico2, json, os, sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
def tell(**what):
    print(json.dumps(what))
"""


def aico2(*words):
    done = subprocess.run([PROGRAM, *words, "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW,
                          check=True)
    return json.loads(done.stdout)


@pytest.fixture
def below(home, monkeypatch):
    """Runs a text as a script below `aico2 run`: its last line as JSON, and the run's report."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    path = home / "script.py"

    def run(text, *words):
        path.write_text(BURN + text, encoding="utf-8")
        done = subprocess.run([PROGRAM, "run", "--quiet", "-o", str(home / "report.json"), "--interval", "0.2", *words, "--",
                               sys.executable, str(path)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SLOW, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        with open(home / "report.json", encoding="utf-8") as file:
            return json.loads(done.stdout.splitlines()[-1]), json.load(file)

    return run


EPOCHS = """
with aico2.Tracker("inner") as tracker:
    for epoch in tracker.epochs(range(3), predict_after=2, on_forecast=lambda forecast: None):
        burn(0.4)
    live = tracker.peek()
    forecast = tracker.forecast()
report = tracker.report
tell(run=report.run_id, by=report.measured_by, pid=os.getppid(), joules=report.energy_joules, low=report.energy_joules.low,
     high=report.energy_joules.high, whole=report["energy"], grams=report.total_gco2e, place=report.place,
     tasks=[[task.name, task.energy_joules] for task in report.tasks if task.name], live=live.energy_joules,
     forecast=forecast.energy_joules, coverage=min(device["coverage_ratio"] for device in report["devices"]),
     seconds=report.duration_seconds)
"""


def test_a_tracker_below_aico2_run_has_figures(below):
    # nothing is read of its own accord: what is covered is what was asked for
    inner, outer = below(EPOCHS, "--country", "FR", "--interval", "60")
    assert (inner["run"], inner["by"]) == (outer["run"]["id"], inner["pid"])
    assert 0 < inner["live"] <= inner["joules"] * 1.01 and inner["low"] < inner["joules"] < inner["high"]
    assert inner["whole"]["machine_joules"] < outer["energy"]["machine_joules"], "a part of it"
    assert inner["whole"]["machine_joules"] == pytest.approx(
        inner["whole"]["job_joules"] + inner["whole"]["others_joules"] + inner["whole"]["idle_joules"])
    assert inner["grams"] > 0 and inner["forecast"] > 0
    assert (1 - inner["coverage"]) * inner["seconds"] < 0.5, "from its start to its stop, on however busy a machine"
    assert inner["place"] == "FR" == outer["carbon"]["place"], "where nothing else is said"


def test_its_tasks_are_the_runs(below):
    inner, outer = below(EPOCHS, "--country", "FR")
    names = ["epoch 1", "epoch 2", "epoch 3"]
    assert [name for name, _ in inner["tasks"]] == names and all(joules > 0 for _, joules in inner["tasks"])
    told = {task["name"]: task for task in outer["tasks"] if task["name"]}
    assert list(told) == names
    assert sum(task["energy_joules"] for task in outer["tasks"]) < outer["energy"]["total_joules"], "the interpreter's start too"
    # both say the same of an epoch, but for what is idle, which is known better over a longer time, and the edges' readings
    for name, joules in inner["tasks"]:
        assert told[name]["energy_joules"] == pytest.approx(joules, rel=0.5)
    shown = aico2("show", "last")
    assert [task["name"] for task in shown["tasks"] if task["name"]] == names
    assert len(aico2("runs")["runs"]) == 1, "and the history has it once"


def test_a_budget_ends_a_training_below_aico2_run(below):
    inner, _ = below("loop = aico2.epochs(range(1000), max_kwh=1e-9)\n"
                     "for epoch in loop:\n    burn(0.1)\n"
                     "tell(done=loop.epochs_done, stopped=loop.stopped_by_budget)\n".replace(
                         "loop = ", "import contextlib\nsys.stderr = open(os.devnull, 'w')\nloop = "))
    assert inner["stopped"] and inner["done"] < 1000


def test_two_trackers_one_after_the_other(below):
    _, outer = below("for name in ('a', 'b'):\n    with aico2.Tracker() as tracker, tracker.task(name):\n        burn(0.2)\n"
                     "tell()\n")
    assert [task["name"] for task in outer["tasks"] if task["name"]] == ["a", "b"]


def test_a_place_of_its_own_is_kept(below):
    inner, outer = below("with aico2.Tracker(country='SE') as tracker:\n    burn(0.1)\n"
                         "tell(place=tracker.report.place)\n", "--country", "FR")
    assert (inner["place"], outer["carbon"]["place"]) == ("SE", "FR")


def test_one_that_is_alone_is_a_run_of_its_own(below):
    inner, outer = below("with aico2.Tracker('own', alone=True) as tracker, tracker.task('mine'):\n    burn(0.2)\n"
                         "tell(by=tracker.report.measured_by, run=tracker.report.run_id)\n")
    assert inner["by"] is None and inner["run"] != outer["run"]["id"]
    assert [task for task in outer["tasks"] if task["name"]] == []
    assert len(aico2("runs")["runs"]) == 2


POOL = """
import multiprocessing
def work(name):
    with aico2.Tracker(name) as tracker:
        burn(0.2)
    return [name, tracker.report.measured_by, tracker.report.energy_joules, tracker.report.run_id]
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        with aico2.Tracker("parent") as tracker:
            within = pool.map(work, ["a", "b"], chunksize=1)
        after = pool.map(work, ["c", "d"], chunksize=1)
    tell(parent=tracker.report.run_id, pid=os.getpid(), within=within, after=after)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_outlive_the_run_of_their_parent(script, method):
    """What a worker measures when its parent's run has ended is its own, and in the history."""
    done = script(BURN + POOL, method)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    said = json.loads(done.stdout)
    for _, by, joules, run in said["within"]:
        assert (by, run) == (said["pid"], said["parent"]) and joules > 0
    assert [joules > 0 for _, _, joules, _ in said["after"]] == [True, True]
    stored = {run["id"]: run["name"] for run in aico2("runs")["runs"]}
    assert stored == {said["parent"]: "parent", **{run: name for name, _, _, run in said["after"]}}


RANK = """
with aico2.Tracker("rank", max_kwh=1, country="FR") as tracker:
    print("begun", flush=True)
    for line in sys.stdin:
        burn(0.1)
        budget = tracker.budget()
        print(json.dumps([budget.used, budget.exceeded, tracker.peek().measures]), flush=True)
"""


def test_a_budget_goes_on_where_another_one_takes_over(home):
    """What was used of it is not given anew when the rank that measured is killed."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "29511"}
    path = home / "rank.py"
    path.write_text(BURN + RANK, encoding="utf-8")
    ranks = []
    try:
        for rank in ("0", "1"):
            ranks.append(subprocess.Popen([sys.executable, str(path)], env={**env, "RANK": rank, "LOCAL_RANK": rank}, text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1))
            assert ranks[rank == "1"].stdout.readline() == "begun\n"

        def ask():
            ranks[1].stdin.write("\n")
            return json.loads(ranks[1].stdout.readline())

        answers = [ask()]
        while not (len(answers) > 4 and answers[-1][0] > 0):
            answers.append(ask())
        assert not any(measures for _, _, measures in answers)
        ranks[0].kill()
        while not answers[-1][2]:
            answers.append(ask())
        answers += [ask() for _ in range(3)]
        used = [used for used, _, _ in answers]
        assert used == sorted(used), "never less than before"
        assert used[-1] > used[-4], "and it goes on"
        assert not any(exceeded for _, exceeded, _ in answers)
    finally:
        for rank in ranks:
            rank.kill()
            rank.communicate()
