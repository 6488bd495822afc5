# SPDX-License-Identifier: Apache-2.0
"""test_codecarbon.py - CodeCarbon's documented examples with one import changed, its file, its configuration"""
import asyncio
import csv
import dataclasses
import inspect
import json
import logging
import math
import os
import subprocess
import sys
import time

import pytest

from aico2 import load_report
from aico2.compat import _emissions, _settings
from aico2.compat.codecarbon import (BaseOutput, EmissionsTracker, GoogleCloudLoggerOutput, LoggerOutput, OfflineEmissionsTracker,
                                     OutputMethod, TaskEmissionsTracker, track_emissions, track_task_emissions)
from conftest import SLOW

# CodeCarbon 3.2.9 to 3.3.2
COLUMNS = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
           "cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,"
           "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,"
           "longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,"
           "ram_utilization_percent,ram_used_gb,on_cloud,pue,wue").split(",")
TASK_COLUMNS = ["task_name"] + [name for name in COLUMNS
                                if name not in ("experiment_id", "longitude", "latitude", "pue", "wue")]


def busy(seconds=0.6):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


def rows_of(name="emissions.csv"):
    with open(name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- the examples of its documentation ---

def test_explicit_object(home):
    began = time.monotonic()
    tracker = EmissionsTracker(project_name="digits", country_iso_code="FRA")
    tracker.start()
    try:
        busy()
    finally:
        emissions = tracker.stop()
    took = time.monotonic() - began
    row, = rows_of()
    assert list(row) == COLUMNS
    assert emissions == tracker.final_emissions == float(row["emissions"]) > 0
    assert (row["project_name"], row["country_iso_code"], row["country_name"]) == ("digits", "FRA", "France")
    # kg of kWh by the table's 44.18 g
    assert emissions == pytest.approx(float(row["energy_consumed"]) * 0.04418)
    assert float(row["energy_consumed"]) == pytest.approx(
        sum(float(row[name] or 0) for name in ("cpu_energy", "gpu_energy", "ram_energy")))
    assert 0.55 < float(row["duration"]) < took + 0.05
    assert float(row["emissions_rate"]) == pytest.approx(emissions / float(row["duration"]))
    assert row["tracking_mode"] == "machine" and row["on_cloud"] == "N"
    assert row["python_version"] == ".".join(map(str, sys.version_info[:3]))
    data = tracker.final_emissions_data
    assert (data.emissions, data.run_id, data.country_iso_code) == (emissions, row["run_id"], "FRA")
    assert list(data.values) == COLUMNS and json.loads(data.toJSON())["project_name"] == "digits"


def test_context_manager(home):
    with EmissionsTracker(country_iso_code="FRA") as tracker:
        busy(0.3)
    assert rows_of()[0]["project_name"] == "codecarbon", "its default"
    assert tracker.final_emissions > 0
    with pytest.raises(ZeroDivisionError):
        with OfflineEmissionsTracker(country_iso_code="USA", region="California") as tracker:
            1 / 0
    assert len(rows_of()) == 2
    assert (rows_of()[1]["region"], rows_of()[1]["country_iso_code"]) == ("US-CA", "USA")


def test_decorator(home):
    @track_emissions(project_name="decorated", offline=True, country_iso_code="FRA")
    def train(a, b=2):
        """What it is."""
        busy(0.2)
        return a + b

    @track_emissions
    def plain():
        return 7

    @track_emissions(save_to_file=False)
    async def later():
        await asyncio.sleep(0.1)
        return 8

    assert train(1) == 3 and train.__doc__ == "What it is." and train.__name__ == "train"
    assert plain() == 7 and asyncio.run(later()) == 8
    assert [row["project_name"] for row in rows_of()] == ["decorated", "codecarbon"]
    with pytest.raises(ValueError, match="Needs ISO Code"):
        track_emissions(offline=True)


def test_what_an_exception_leaves_has_failed(home):
    """In the history; the row is written all the same."""
    @track_emissions(country_iso_code="FRA")
    def fails():
        raise ArithmeticError("no")

    @track_emissions(country_iso_code="FRA")
    async def is_interrupted():
        raise KeyboardInterrupt

    @track_task_emissions(task_name="alone")
    def fails_alone():
        raise ArithmeticError("no")

    @track_emissions(country_iso_code="FRA")
    def exits():
        raise SystemExit(0)

    for call, error in ((fails, ArithmeticError), (lambda: asyncio.run(is_interrupted()), KeyboardInterrupt),
                        (fails_alone, ArithmeticError)):
        with pytest.raises(error):
            call()
        assert load_report().state == "failed"
    with pytest.raises(SystemExit):
        exits()
    assert load_report().state == "finished", "the program ends, and says that all is well"
    assert len(rows_of()) == 4


def test_tasks(home):
    tracker = EmissionsTracker(project_name="bert", country_iso_code="FRA", measure_power_secs=10)
    try:
        began = time.monotonic()
        tracker.start_task("load dataset")
        busy(0.3)
        first = tracker.stop_task()
        took = time.monotonic() - began
        tracker.start_task("build model")
        busy(2 * took)  # longer, however long a busy machine has taken for the first
        second = tracker.stop_task("build model")
    finally:
        tracker.stop()
    assert second.duration > first.duration > 0.25
    assert second.energy_consumed > first.energy_consumed > 0
    name = f"emissions_base_{tracker.run_id}.csv"
    rows = rows_of(name)
    assert list(rows[0]) == TASK_COLUMNS
    assert [row["task_name"] for row in rows] == ["load dataset", "build model"]
    assert float(rows[1]["emissions"]) == second.emissions
    whole, = rows_of()
    # the run is at least its tasks: what lies between them is in it
    assert float(whole["duration"]) >= first.duration + second.duration - 0.05
    assert float(whole["energy_consumed"]) >= 0.8 * (first.energy_consumed + second.energy_consumed)


def test_task_managers_and_decorators(home):
    tracker = EmissionsTracker(country_iso_code="FRA")
    with TaskEmissionsTracker(task_name="grid search", tracker=tracker):
        busy(0.2)

    @track_task_emissions(tracker=tracker, task_name="inference")
    def infer():
        return 5

    assert infer() == 5 and infer() == 5
    tracker.stop()
    names = [row["task_name"] for row in rows_of(f"emissions_base_{tracker.run_id}.csv")]
    assert names[:2] == ["grid search", "inference"] and names[2].startswith("inference_")


def test_flush_in_append_and_update_mode(home):
    for mode, expected in (("append", 2), ("update", 1)):
        tracker = EmissionsTracker(country_iso_code="FRA", on_csv_write=mode, output_file=f"{mode}.csv")
        tracker.start()
        time.sleep(2.5)
        kept = tracker.flush()
        assert kept > 0
        tracker.stop()
        rows = rows_of(f"{mode}.csv")
        assert len(rows) == expected and {row["run_id"] for row in rows} == {tracker.run_id}
        assert float(rows[-1]["emissions"]) == tracker.final_emissions > kept


# --- where and how ---

def test_no_place_is_looked_up(home, caplog, monkeypatch):
    with EmissionsTracker() as tracker:
        pass
    assert "world" in tracker.final_emissions_data.country_name.lower()
    assert sum("world's average" in record.message for record in caplog.records) == 1
    caplog.clear()
    monkeypatch.setenv("AICO2_COUNTRY", "PL")  # what everything of aico2's goes by
    with EmissionsTracker() as tracker:
        pass
    assert tracker.final_emissions_data.country_iso_code == "POL"
    assert not any(record.levelno >= logging.WARNING for record in caplog.records)


@pytest.mark.parametrize("arguments, expected", [
    ({"country_iso_code": "FRA"}, {"country": "FR"}),
    ({"country_iso_code": "USA", "region": "california"}, {"region": "US-CA"}),
    ({"country_iso_code": "CAN", "region": "quebec"}, {"region": "CA-QC"}),
    ({"country_iso_code": "FRA", "region": "california"}, {"country": "FR"}),
    ({"cloud_provider": "gcp", "cloud_region": "europe-west1"}, {"cloud": "gcp:europe-west1"}),
    ({"cloud_provider": "gcp", "cloud_region": "nowhere", "country_iso_code": "FRA"}, {"country": "FR"}),
    ({"country_iso_code": "QQQ"}, {}),
])
def test_places(home, arguments, expected, caplog):
    tracker = OfflineEmissionsTracker(save_to_file=False, **arguments)
    assert tracker._place == expected


def test_pue_and_a_forced_intensity(home):
    with EmissionsTracker(pue=1.5, force_carbon_intensity_g_co2e_kwh=1000) as tracker:
        busy(0.3)
    row, = rows_of()
    assert float(row["pue"]) == 1.5
    assert tracker.final_emissions == pytest.approx(float(row["energy_consumed"]))  # 1 kg for a kWh
    parts = sum(float(row[name] or 0) for name in ("cpu_energy", "gpu_energy", "ram_energy"))
    assert float(row["energy_consumed"]) == pytest.approx(parts)


def test_process_mode_is_the_jobs(home):
    with EmissionsTracker(tracking_mode="process", country_iso_code="FRA") as tracker:
        busy(0.3)
    assert tracker.final_emissions_data.tracking_mode == "process"


def test_files_environment_and_arguments(home, monkeypatch):
    work = home / "work"
    work.mkdir()
    (home / ".codecarbon.config").write_text("[codecarbon]\nproject_name=home\nexperiment_id=e1\noutput_file=home.csv\n")
    (work / ".codecarbon.config").write_text("[codecarbon]\nproject_name = work\noutput_file = work.csv\n# a remark\n")
    monkeypatch.chdir(work)
    monkeypatch.setenv("CODECARBON_OUTPUT_FILE", "environment.csv")
    monkeypatch.setenv("codecarbon_save_to_file", "True")
    with EmissionsTracker(project_name="argument"):
        pass
    row, = rows_of("environment.csv")
    assert (row["project_name"], row["experiment_id"]) == ("argument", "e1")
    with EmissionsTracker():
        pass
    assert rows_of("environment.csv")[1]["project_name"] == "work"


def test_what_cannot_be_read_is_left_out_and_said(home, monkeypatch, caplog):
    (home / ".codecarbon.config").write_text("no section\n")
    monkeypatch.setenv("CODECARBON_MEASURE_POWER_SECS", "often")
    tracker = EmissionsTracker(save_to_file=False, pue=0.5, tracking_mode="galaxy", on_csv_write="sometimes")
    assert (tracker._settings["pue"], tracker._settings["tracking_mode"]) == (1.0, "machine")
    text = caplog.text
    for words in (".codecarbon.config is left out", "measure_power_secs='often' is left out", "pue=0.5 is left out",
                  "tracking_mode='galaxy' is left out: machine or process is meant", "append or update is meant"):
        assert words in text


def test_one_warning_tells_what_has_no_effect(home, caplog):
    tracker = EmissionsTracker(save_to_file=False, country_iso_code="FRA", save_to_api=True, api_key="secret-key",
                               electricitymaps_api_token="secret-token", force_cpu_power=100, a_new_one=3,
                               save_to_prometheus=False, allow_multiple_runs=True)
    messages = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(messages) == 1
    for name in ("save_to_api", "api_key", "electricitymaps_api_token", "force_cpu_power", "a_new_one is not known"):
        assert name in messages[0]
    for name in ("save_to_prometheus", "allow_multiple_runs", "secret"):
        assert name not in messages[0], "nothing was asked for, or it is nobody's business"
    assert tracker.stop() is None


class Kept:
    def __init__(self):
        self.seen = []

    def out(self, total, delta):
        self.seen.append((total.emissions, delta.run_id))


class Broken:
    def out(self, total, delta):
        raise RuntimeError("no disk")


def test_handlers_water_and_cards(home, caplog):
    kept = Kept()
    tracker = EmissionsTracker(country_iso_code="FRA", wue=1.8, gpu_ids=[7], output_handlers=[Broken(), kept])
    tracker.start()
    busy(0.3)
    tracker.stop()
    row, = rows_of()
    assert float(row["wue"]) == 1.8
    assert float(row["water_consumed"]) == pytest.approx(1.8 * float(row["energy_consumed"]))
    assert row["gpu_count"] in ("", "0"), "there is no card 7"
    assert kept.seen == [(tracker.final_emissions, tracker.run_id)]
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == ["an output handler failed"]
    assert [record for record in caplog.records if "no effect" in record.message] == []


class Closed(BaseOutput):
    said = ()

    def out(self, total, delta):
        self.said += ("out",)

    def exit(self):
        self.said += ("exit",)


class Told(BaseOutput):
    def __init__(self):
        self.parts, self.tasks = [], []

    def out(self, total, delta):
        self.parts.append((total, delta))

    def task_out(self, data, experiment_name):
        self.tasks = [(experiment_name, task) for task in data]


def test_handlers_are_told_what_is_new_and_of_tasks(home):
    """Deltas add up to the run; those of a run that follows begin anew."""
    told = Told()
    tracker = EmissionsTracker(country_iso_code="FRA", output_handlers=[told], experiment_name="mine", save_to_file=False)
    tracker.start()
    time.sleep(2.5)
    tracker.flush()
    assert told.tasks == []
    tracker.start_task("inference")
    busy(0.2)
    spent = tracker.stop_task()
    tracker.stop()
    (first, first_delta), (total, delta) = told.parts
    assert first_delta.toJSON() == first.toJSON() and 0 < delta.energy_consumed < total.energy_consumed
    for name in ("duration", "emissions", "energy_consumed", "cpu_energy"):
        assert getattr(first, name) + getattr(delta, name) == pytest.approx(getattr(total, name))
    assert delta.emissions_rate == pytest.approx(delta.emissions / delta.duration)
    [(name, task)] = told.tasks
    assert (name, task.task_name, task.run_id) == ("mine", "inference", tracker.run_id)
    assert (task.emissions, task.energy_consumed) == (spent.emissions, spent.energy_consumed)
    assert list(task.values)[:2] == ["task_name", "timestamp"] and not hasattr(task, "pue")
    with tracker:
        busy(0.1)
    total, delta = told.parts[-1]
    assert delta.toJSON() == total.toJSON()


class CloudLogger:
    def log_struct(self, payload, severity):
        self.got = payload["emissions"], severity


def test_handlers_and_loggers_of_its_own_kinds(home):
    closed, cloud = Closed(), CloudLogger()
    tracker = EmissionsTracker(country_iso_code="FRA", output_methods=[OutputMethod("logger")], output_handlers=[closed],
                               logging_logger=GoogleCloudLoggerOutput(cloud, severity=logging.WARNING))
    tracker.start()
    busy(0.1)
    emissions = tracker.stop()
    assert closed.said == ("out", "exit")
    assert cloud.got == (emissions, logging.WARNING)
    assert [method.value for method in OutputMethod] == ["csv", "api", "logger", "prometheus", "logfire", "boamps"]


@pytest.mark.parametrize("given, taken", [("0, 1", ["0", "1"]), ([0, 1], ["0", "1"]), ("[2]", ["2"]),
                                          (["GPU-1a", 3], ["GPU-1a", "3"]), ([], None)])
def test_cards_are_named_in_all_its_ways(home, given, taken):
    assert EmissionsTracker(save_to_file=False, country_iso_code="FRA", gpu_ids=given)._settings["gpu_ids"] == taken


@pytest.mark.parametrize("environment, given, taken", [
    ({"CUDA_VISIBLE_DEVICES": "0,2"}, None, ["0", "2"]),
    ({"CUDA_VISIBLE_DEVICES": "GPU-1a"}, None, ["GPU-1a"]),
    ({"CUDA_VISIBLE_DEVICES": "0,2"}, [1], ["1"]),
    ({"CUDA_VISIBLE_DEVICES": "-1"}, None, ["-1"]),  # which none is: none is measured
    ({"CUDA_VISIBLE_DEVICES": ""}, None, None),
    ({"ROCR_VISIBLE_DEVICES": "1"}, None, ["1"]),
    ({"CUDA_VISIBLE_DEVICES": "1", "WORLD_SIZE": "2"}, None, None),
    ({"CUDA_VISIBLE_DEVICES": "1", "WORLD_SIZE": "1", "SLURM_NTASKS": ""}, None, ["1"]),
    ({"CUDA_VISIBLE_DEVICES": "MIG-5c89"}, None, None),
])
def test_cards_that_this_program_is_shown(home, monkeypatch, environment, given, taken):
    """As there, but for ranks, of which one measures the cards of all."""
    for name in ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", *_settings._RANKS):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tracker = EmissionsTracker(save_to_file=False, country_iso_code="FRA", gpu_ids=given)
    assert tracker._options["gpus"] == taken
    assert tracker.get_detected_hardware()["gpu_ids"] == taken


def test_a_handler_that_is_none_is_said(home, caplog):
    EmissionsTracker(save_to_file=False, country_iso_code="FRA", output_handlers=[3], wue=-1)
    assert "must have a method out" in caplog.text and "wue=-1 is left out" in caplog.text


def test_arguments_without_names_are_in_its_order(home):
    tracker = EmissionsTracker("first", 5)
    assert (tracker._settings["project_name"], tracker._settings["measure_power_secs"]) == ("first", 5)
    with pytest.raises(TypeError, match="multiple values for argument 'project_name'"):
        EmissionsTracker("first", project_name="second")
    with pytest.raises(OSError, match="'absent' doesn't exist"):
        EmissionsTracker(output_dir="absent")


def test_output_methods_and_a_logger(home, caplog):
    out = LoggerOutput(logging.getLogger("mine"), logging.WARNING)
    with EmissionsTracker(output_methods=[OutputMethod.LOGGER], logging_logger=out, country_iso_code="FRA"):
        pass
    assert not os.path.exists("emissions.csv")
    record = next(record for record in caplog.records if record.name == "mine")
    assert json.loads(record.message)["country_iso_code"] == "FRA"
    with EmissionsTracker(output_methods="csv, api", country_iso_code="FRA"):
        pass
    assert len(rows_of()) == 1


# --- the file ---

ROW = {"run_id": "a", "emissions": "1", "project_name": "x,\"y\""}


def test_a_file_of_other_columns_is_set_aside(home):
    for text in ("old,columns\n1,2\n", "older\n3\n"):
        (home / "f.csv").write_text(text)
        aside = _emissions.EmissionsFile("f.csv", "append").write(ROW)
        assert open(aside, encoding="utf-8").read() == text
        assert rows_of("f.csv") == [ROW]
        (home / "f.csv").unlink()
    assert (home / "f.csv.bak").exists() and (home / "f.csv_0.bak").exists()


def test_the_files_own_order_is_kept_and_a_torn_line_ended(home):
    (home / "f.csv").write_text("emissions,project_name,run_id\n5,p,b")
    _emissions.EmissionsFile("f.csv", "append").write(ROW)
    assert (home / "f.csv").read_text().splitlines() == ["emissions,project_name,run_id", "5,p,b", '1,"x,""y""",a']
    (home / "empty.csv").write_text("")
    _emissions.EmissionsFile("empty.csv", "append").write(ROW)
    assert rows_of("empty.csv") == [ROW]


@pytest.mark.parametrize("mode", ["append", "update"])
def test_what_is_no_file_is_written_to(home, mode):
    """output_file="/dev/null": root would have replaced the device for everybody. A pipe stands for it."""
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        for _ in range(2):
            assert _emissions.EmissionsFile("pipe", mode).write(ROW) is None
            assert os.read(reader, 4096).decode().splitlines() == ["run_id,emissions,project_name", 'a,1,"x,""y"""']
    finally:
        os.close(reader)
    assert os.listdir(home) == ["pipe"]


def test_update_keeps_the_other_rows_as_they_are(home):
    file = _emissions.EmissionsFile("f.csv", "update")
    for run, emissions in (("a", "1"), ("b", "2.50"), ("a", "3")):
        file.write({**ROW, "run_id": run, "emissions": emissions})
    assert [(row["run_id"], row["emissions"]) for row in rows_of("f.csv")] == [("b", "2.50"), ("a", "3")]
    _emissions.EmissionsFile("f.csv", "append").write({**ROW, "run_id": "a"})
    file.write({**ROW, "run_id": "a", "emissions": "4"})  # two already: appended, as there
    assert len(rows_of("f.csv")) == 4


def test_processes_that_write_one_file_take_turns(home):
    script = home / "many.py"
    script.write_text("import sys\nfrom aico2.compat._emissions import EmissionsFile\n"
                      "file = EmissionsFile('many.csv', sys.argv[2])\n"
                      "for i in range(20):\n    file.write({'run_id': f'{sys.argv[1]}', 'emissions': str(i)})\n")
    children = [subprocess.Popen([sys.executable, str(script), str(child), "update" if child % 2 else "append"])
                for child in range(6)]
    assert [child.wait(SLOW) for child in children] == [0] * 6
    rows = rows_of("many.csv")
    assert len([row for row in rows if int(row["run_id"]) % 2 == 0]) == 60
    assert sorted(row["run_id"] for row in rows if int(row["run_id"]) % 2) == ["1", "3", "5"]


def test_a_machine_without_gpu_has_0_and_what_was_not_read_is_nan():
    row = dict.fromkeys(COLUMNS, "")
    data = _emissions.data_of(row)
    assert (data.gpu_energy, data.gpu_count) == (0, 0)
    assert math.isnan(data.cpu_energy)
    assert math.isnan(_emissions.data_of({**row, "gpu_count": "1"}).gpu_energy)


def test_a_file_that_cannot_be_written_loses_nothing(home, caplog):
    os.mkdir("emissions.csv")
    with EmissionsTracker(country_iso_code="FRA") as tracker:
        busy(0.2)
    assert tracker.final_emissions > 0
    assert f"in the history as run {tracker.run_id}" in caplog.text


def test_settings_are_codecarbons():
    """Every argument of its newest version is either taken or explained."""
    from aico2.compat.codecarbon import _ORDER

    assert set(_ORDER) <= set(_settings.TAKEN) | set(_settings.WITHOUT)
    assert not set(_settings.TAKEN) & set(_settings.WITHOUT)


# --- beside the real one ---

def test_the_real_one_reads_and_continues_the_file(home):
    real = pytest.importorskip("codecarbon", reason="CodeCarbon is not installed")
    with EmissionsTracker(country_iso_code="FRA", project_name="ours"):
        busy(0.2)
    tracker = real.OfflineEmissionsTracker(country_iso_code="FRA", project_name="theirs", log_level="error")
    tracker.start()
    tracker.stop()
    with EmissionsTracker(country_iso_code="FRA", project_name="ours again"):
        pass
    assert [row["project_name"] for row in rows_of()] == ["ours", "theirs", "ours again"]
    assert list(rows_of()[0]) == COLUMNS
    assert not os.path.exists("emissions.csv.bak")


def test_its_records_have_what_the_real_ones_have(home):
    """Fields in their order, and what can be called."""
    pytest.importorskip("codecarbon", reason="CodeCarbon is not installed")
    theirs = __import__("codecarbon.output_methods.emissions_data", fromlist=["EmissionsData"])
    for name in ("EmissionsData", "TaskEmissionsData"):
        real, ours = getattr(theirs, name), getattr(_emissions, name)
        assert [field.name for field in dataclasses.fields(ours)] == [field.name for field in dataclasses.fields(real)]
        defaults = {field.name for field in dataclasses.fields(real)}
        assert {word for word in dir(real) if not word.startswith("_")} - defaults <= set(dir(ours))


def test_its_arguments_are_those_of_the_real_one():
    """A new one of theirs is to be taken or explained; an argument without a name is what it is there."""
    real = pytest.importorskip("codecarbon", reason="CodeCarbon is not installed")
    from aico2.compat.codecarbon import _ORDER

    known = set(_settings.TAKEN) | set(_settings.WITHOUT) | {"self", "fn", "args", "kwargs", "offline"}
    for each in (real.EmissionsTracker, real.OfflineEmissionsTracker, real.track_emissions):
        assert set(inspect.signature(each).parameters) <= known
    assert tuple(inspect.signature(real.EmissionsTracker).parameters) == _ORDER


def test_pandas_reads_it(home):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    with EmissionsTracker(country_iso_code="FRA"):
        busy(0.2)
    frame = pandas.read_csv("emissions.csv")
    assert frame["emissions"].dtype == float and frame["energy_consumed"].sum() > 0


def test_the_program_knows_the_run_in_the_file(home):
    program = os.environ.get("AICO2_PROGRAM")
    if not program:
        pytest.skip("the program is not built")
    with EmissionsTracker(country_iso_code="FRA") as tracker:
        busy(0.2)
    done = subprocess.run([program, "import", "emissions.csv"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SLOW, check=False)
    assert f"run {tracker.run_id} is in the history already" in done.stderr
