# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/mlflow.py - a report among the metrics of an MLflow run

    with mlflow.start_run():
        with aico2.Tracker(country="FR") as tracker:
            train()
        log_report(tracker.report)
"""
from __future__ import annotations

from typing import Optional

import mlflow

from .._report import Report
from ._metrics import facts_of, metrics_of


def log_report(report: Report, *, run_id: Optional[str] = None, step: Optional[int] = None, artifact: bool = True) -> None:
    """Metrics `aico2/energy_joules`, `aico2/carbon_grams`, ..., tags, and the whole report as `aico2_report.json`.

    run_id: of a run of MLflow's; None: the active one, or a new one as MLflow makes it. artifact: with the report.
    """
    mlflow.log_metrics(metrics_of(report), step=step, run_id=run_id)
    if run_id is None:
        mlflow.set_tags(facts_of(report))
    else:
        client = mlflow.MlflowClient()
        for key, value in facts_of(report).items():
            client.set_tag(run_id, key, value)
    if artifact:
        mlflow.log_text(report.to_json(), "aico2_report.json", run_id=run_id)
