# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/wandb.py - a report in a run of Weights & Biases, also one that is offline

    run = wandb.init(mode="offline")
    with aico2.Tracker(country="FR") as tracker:
        train()
    log_report(tracker.report, run)
"""
from __future__ import annotations

from typing import Any

import wandb

from .._report import Report
from ._metrics import facts_of, metrics_of


def log_report(report: Report, run: Any = None) -> None:
    """As the run's summary: figures of the whole are no time series. run: None is the one of wandb.init()."""
    run = wandb.run if run is None else run
    if run is None:
        raise RuntimeError("there is no run of wandb: call wandb.init() first, with mode='offline' for no network")
    run.summary.update(metrics_of(report))
    run.summary.update({name.replace(".", "/"): text for name, text in facts_of(report).items()})
