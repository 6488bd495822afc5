# SPDX-License-Identifier: Apache-2.0
"""test_codecarbon_examples.py - each way that CodeCarbon's documentation shows, as a script with one import changed

CodeCarbon 3.3.2: its pages "Tracking with Python", "Your first emissions tracking", "scikit-learn", "logging" and
"configuration", and the scripts it has beside them. Each is a program of its own; where CodeCarbon itself is installed
it has to run them as well, so that none of them is our idea of it alone.
"""
import csv
import glob
import importlib.util
import os
import re

import pytest

WORK = """
import hashlib
def work(rounds=30):
    data = b"x" * 1_000_000
    for _ in range(rounds):
        hashlib.sha256(data).digest()
"""

# name -> (the script, the rows it leaves in emissions.csv, other files)
EXAMPLES = {
    "explicit object": ("""
from codecarbon import EmissionsTracker
tracker = EmissionsTracker()
tracker.start()
try:
    work()
finally:
    tracker.stop()
""", 1, {}),
    "context manager": ("""
from codecarbon import EmissionsTracker

with EmissionsTracker(project_name="first-tracking") as tracker:
    work()

print(f"emissions: {tracker.final_emissions * 1000:.4f} g")
print(f"duration: {tracker.final_emissions_data.duration:.2f} s")
print(f"energy: {tracker.final_emissions_data.energy_consumed:.6f} kWh")
""", 1, {}),
    "decorator": ("""
from codecarbon import track_emissions

@track_emissions
def training_loop():
    work()

@track_emissions(project_name="my_project")
def another():
    work()

training_loop()
another()
""", 2, {}),
    "offline object": ("""
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(country_iso_code="CAN")
tracker.start()
work()
tracker.stop()
""", 1, {}),
    "offline context manager": ("""
from codecarbon import OfflineEmissionsTracker

with OfflineEmissionsTracker(country_iso_code="CAN", region="quebec") as tracker:
    work()
""", 1, {}),
    "offline decorator": ("""
from codecarbon import track_emissions

@track_emissions(offline=True, country_iso_code="CAN")
def training_loop():
    work()

training_loop()
""", 1, {}),
    "offline in a cloud": ("""
from codecarbon import OfflineEmissionsTracker

with OfflineEmissionsTracker(country_iso_code="FRA", cloud_provider="gcp", cloud_region="europe-west1"):
    work()
""", 1, {}),
    "tasks": ("""
from codecarbon import EmissionsTracker

try:
    tracker = EmissionsTracker(project_name="bert_inference", measure_power_secs=10)
    tracker.start_task("load dataset")
    work()
    dataset_emissions = tracker.stop_task()
    tracker.start_task("build model")
    work()
    model_emissions = tracker.stop_task()
finally:
    _ = tracker.stop()
print(dataset_emissions.emissions, model_emissions.energy_consumed, model_emissions.duration)
""", 1, {"emissions_base_*.csv": 2}),
    "tasks of a tracker that was started": ("""
from codecarbon import EmissionsTracker

tracker = EmissionsTracker()
tracker.start()
tracker.start_task("data_loading")
work()
tracker.stop_task()

tracker.start_task("training")
work()
tracker.stop_task()
tracker.stop()
""", 1, {"emissions_base_*.csv": 2}),
    "the same task in a loop": ("""
from codecarbon import EmissionsTracker

tracker = EmissionsTracker(measure_power_secs=1)
for i in range(3):
    tracker.start_task("inference")
    work()
    tracker.stop_task("inference")
tracker.stop()
""", 1, {"emissions_base_*.csv": 3}),
    "task context manager and decorator": ("""
from codecarbon.emissions_tracker import EmissionsTracker, TaskEmissionsTracker, track_task_emissions

tracker = EmissionsTracker()

with TaskEmissionsTracker(task_name="grid search", tracker=tracker):
    work()

@track_task_emissions(tracker=tracker, task_name="inference")
def infer():
    work()

infer()
tracker.stop()
""", 1, {"emissions_base_*.csv": 2}),
    "started again": ("""
from codecarbon import EmissionsTracker

tracker = EmissionsTracker()
tracker.start()
work()
training = tracker.stop()
tracker.start()
work()
prediction = tracker.stop()
print(f"{training:.6f} {prediction:.6f}")
""", 2, {}),
    "flush": ("""
import time
from codecarbon import EmissionsTracker

tracker = EmissionsTracker(measure_power_secs=1, on_csv_write="update")
tracker.start()
time.sleep(2.5)
tracker.flush()
tracker.stop()
""", 1, {}),
    "a logger": ("""
import logging
from codecarbon import EmissionsTracker
from codecarbon.output import LoggerOutput

log_name = "my-project"
_logger = logging.getLogger(log_name)
_logger.addHandler(logging.FileHandler(log_name + ".log"))
_logger.setLevel(logging.INFO)
my_logger = LoggerOutput(_logger, logging.INFO)
tracker = EmissionsTracker(save_to_logger=True, logging_logger=my_logger)
tracker.start()
work()
emissions: float = tracker.stop()
""", 1, {}),
    "an output folder": ("""
import os
from codecarbon import EmissionsTracker

os.makedirs("./emissions", exist_ok=True)
tracker = EmissionsTracker(project_name="my_experiment", output_dir="./emissions", output_file="mine.csv")
tracker.start()
try:
    work()
finally:
    emissions = tracker.stop()
""", 0, {"emissions/mine.csv": 1}),
    "of the process": ("""
from codecarbon import EmissionsTracker

with EmissionsTracker(tracking_mode="process", pue=1.2, log_level="error"):
    work()
""", 1, {}),
    "a command": ("""
import subprocess, sys
from codecarbon import EmissionsTracker

tracker = EmissionsTracker(allow_multiple_runs=True)
tracker.start()
subprocess.run([sys.executable, "-c", "print(sum(range(1_000_000)))"], check=True)
tracker.stop()
""", 1, {}),
    "threads": ("""
import threading
from codecarbon import OfflineEmissionsTracker

def tracked():
    tracker = OfflineEmissionsTracker(country_iso_code="FRA", measure_power_secs=30, project_name="threads")
    tracker.start()
    try:
        work()
    finally:
        tracker.stop()

threads = [threading.Thread(target=tracked) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""", 3, {}),
    "a pool": ("""
import multiprocessing
from codecarbon import EmissionsTracker

def load(number):
    return sum(i ** 2 for i in range(number))

tracker = EmissionsTracker(measure_power_secs=10, force_mode_cpu_load=False, log_level="debug", project_name="pool")
try:
    tracker.start()
    with multiprocessing.Pool(2) as pool:
        pool.map(load, range(100_000, 100_020))
finally:
    emissions: float = tracker.stop()
print(f"Emissions: {emissions} kg", tracker.run_id)
""", 1, {}),
    "handlers of its logger": ("""
import logging, sys
from codecarbon import OfflineEmissionsTracker

tracker = OfflineEmissionsTracker(country_iso_code="FRA", measure_power_secs=30, project_name="secret")
logger = logging.getLogger("codecarbon")
while logger.hasHandlers():
    logger.removeHandler(logger.handlers[0])
formatter = logging.Formatter("%(asctime)s - %(name)-12s: %(levelname)-8s %(message)s")
handler = logging.FileHandler("codecarbon.log")
handler.setLevel(logging.DEBUG)
handler.setFormatter(formatter)
logger.addHandler(handler)
console = logging.StreamHandler(sys.stdout)
console.setLevel(logging.WARNING)
logger.addHandler(console)
logger.debug("GO!")
tracker.start()
try:
    work()
finally:
    tracker.stop()
""", 1, {}),
    "a flush each epoch": ("""
from codecarbon import EmissionsTracker

class Callback:
    def __init__(self, codecarbon_tracker):
        self.codecarbon_tracker = codecarbon_tracker

    def on_epoch_end(self, epoch, logs=None):
        self.codecarbon_tracker.flush()

tracker = EmissionsTracker(on_csv_write="update")
tracker.start()
callback = Callback(tracker)
for epoch in range(4):
    work()
    callback.on_epoch_end(epoch)
emissions: float = tracker.stop()
print(f"Emissions: {emissions} kg")
""", 1, {}),
    "the hardware": ("""
from codecarbon.emissions_tracker import EmissionsTracker

tracker = EmissionsTracker(measure_power_secs=0, save_to_file=False)
hardware = tracker.get_detected_hardware()
print(f"RAM: {hardware['ram_total_size']:.3f} GB")
for name in ("cpu_count", "cpu_physical_count", "cpu_model", "gpu_count", "gpu_model", "gpu_ids"):
    print(name, hardware[name])
""", 0, {}),
    "a random forest": ("""
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.ensemble import RandomForestClassifier
from codecarbon import EmissionsTracker

X, y = make_classification(n_samples=500, n_features=20, random_state=42)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
with EmissionsTracker() as tracker:
    model = RandomForestClassifier(n_estimators=20, random_state=42, n_jobs=-1)
    model.fit(X_train, y_train)
    print(model.score(X_test, y_test))
print(f"{tracker.final_emissions:.6f} kg")
""", 1, {}),
}
IMPORT = re.compile(r"^from codecarbon(\.\w+)* import", re.MULTILINE)


def rows_in(name):
    if not os.path.exists(name):
        return []
    with open(name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def needed(text):
    for package in re.findall(r"^from (sklearn)\b", text, re.MULTILINE):
        pytest.importorskip(package, reason=f"{package} is not installed")


def ran(script, text):
    done = script(WORK + text, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def left(rows, others):
    assert len(rows_in("emissions.csv")) == rows
    for pattern, count in others.items():
        [path] = glob.glob(pattern)
        assert len(rows_in(path)) == count


@pytest.mark.parametrize("name", EXAMPLES)
def test_with_one_import_changed(script, name):
    text, rows, others = EXAMPLES[name]
    needed(text)
    changed, count = IMPORT.subn("from aico2.compat.codecarbon import", text)
    assert count >= 1
    ran(script, changed)
    left(rows, others)
    for row in rows_in("emissions.csv"):
        assert float(row["emissions"]) > 0 and float(row["energy_consumed"]) > 0 and float(row["duration"]) > 0
        if "country_iso_code" in text:
            assert row["country_iso_code"] in ("CAN", "FRA") or row["cloud_region"] == "europe-west1"


def test_the_logger_has_its_line(script):
    ran(script, IMPORT.sub("from aico2.compat.codecarbon import", EXAMPLES["a logger"][0]))
    with open("my-project.log", encoding="utf-8") as file:
        assert '"emissions":' in file.read()


def test_runs_that_follow_each_other_are_two(script):
    """A tracker that is started again is another run, and its figures are its own."""
    ran(script, IMPORT.sub("from aico2.compat.codecarbon import", EXAMPLES["started again"][0]))
    first, second = rows_in("emissions.csv")
    assert first["run_id"] != second["run_id"]
    assert float(second["duration"]) < 60


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.skipif(not importlib.util.find_spec("codecarbon"), reason="codecarbon is not installed")
def test_codecarbon_runs_it_too(script, name):
    """What it writes is its own affair; here it is only that the script is one of its own."""
    text, _, _ = EXAMPLES[name]
    needed(text)
    done = script(WORK + text, timeout=120, env={**os.environ, "CODECARBON_LOG_LEVEL": "error"})
    assert done.returncode == 0, done.stderr
