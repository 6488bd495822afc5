# SPDX-License-Identifier: Apache-2.0
"""test_reports.py - a report in the real MLflow, W&B (offline), TensorBoard, pandas and rich, where they are installed"""
import glob
import json
import os
import pathlib
import time

import pytest

import aico2


def need(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


@pytest.fixture
def report():
    with aico2.Tracker("train", country="FR", interval=0.01) as tracker:
        sum(range(1_000_000))
    return tracker.report


def test_mlflow(report, home):
    mlflow = need("mlflow")
    from aico2.integrations.mlflow import log_report

    if not hasattr(mlflow, "set_tracking_uri"):
        pytest.skip("mlflow without tracking")
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow.set_tracking_uri((home / "mlruns").as_uri())
    with mlflow.start_run() as run:
        log_report(report, step=3)
    stored = mlflow.get_run(run.info.run_id)
    assert stored.data.metrics["aico2/energy_joules"] == pytest.approx(report.energy_joules)
    assert stored.data.metrics["aico2/carbon_grams_high"] == pytest.approx(report.total_gco2e.high)
    assert stored.data.tags["aico2.run_id"] == report.run_id
    [path] = glob.glob(str(home / "mlruns" / "**" / "aico2_report.json"), recursive=True)
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == report.to_dict()
    with mlflow.start_run() as other:
        pass
    log_report(report, run_id=other.info.run_id, artifact=False)
    assert mlflow.get_run(other.info.run_id).data.tags["aico2.place"] == "FR"


def test_wandb_offline(report, home, monkeypatch):
    wandb = need("wandb")
    from aico2.integrations.wandb import log_report

    with pytest.raises(RuntimeError, match="call wandb.init"):
        log_report(report)
    monkeypatch.setenv("WANDB_SILENT", "true")
    run = wandb.init(mode="offline", dir=str(home), project="x")
    log_report(report)
    assert run.summary["aico2/energy_joules"] == pytest.approx(report.energy_joules)
    assert run.summary["aico2/run_id"] == report.run_id
    wandb.finish()
    [path] = glob.glob(str(home / "wandb" / "offline-run-*" / "*.wandb"))
    end = time.monotonic() + 60  # a process of wandb's writes it, and finish() does not wait for that
    while b"aico2/carbon_grams" not in pathlib.Path(path).read_bytes():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def test_tensorboard_reads_our_files(report, home):
    need("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from aico2.integrations.tensorboard import EventFile

    with EventFile(home / "logs") as events:
        for step in range(3):
            events.log(step, {"loss": 1.0 / (step + 1)})
        events.log_report(report, 7)
    read = EventAccumulator(str(home / "logs"))
    read.Reload()
    assert [(scalar.step, scalar.value) for scalar in read.Scalars("loss")] == [
        (0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]
    [energy] = read.Scalars("aico2/energy_joules")
    assert (energy.step, energy.value) == (7, pytest.approx(report.energy_joules, rel=1e-6))


def test_pandas(report):
    pandas = need("pandas")
    assert isinstance(report.to_pandas(), pandas.DataFrame)
    assert report.to_pandas("run")["run_id"][0] == report.run_id


def test_rich(report):
    rich = need("rich.console")
    console = rich.Console(width=200, record=True, file=open(os.devnull, "w", encoding="utf-8"))
    console.print(report)
    assert "total_gco2e=" in console.export_text()
