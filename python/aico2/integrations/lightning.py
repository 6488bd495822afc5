# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/lightning.py - a callback of Lightning

    trainer = lightning.Trainer(..., callbacks=[Aico2Callback(country="FR", max_kwh=5)])
    trainer.fit(model)

Epochs and validations are tasks of the run; a budget ends the training as `trainer.should_stop` does.
"""
from __future__ import annotations

from typing import Any, Optional

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:  # its older name
    from pytorch_lightning.callbacks import Callback

from .._report import Report
from .._tracker import Tracker
from ._training import Training


class Aico2Callback(Callback):
    """Arguments are those of aico2.Tracker; `tracker` joins a run that the caller starts and stops."""

    report: Optional[Report] = None

    def __init__(self, tracker: Optional[Tracker] = None, **options: Any) -> None:
        super().__init__()
        self.training = Training(tracker, options)

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        self.training.begin(epochs=trainer.max_epochs)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self.training.begin_epoch()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self.training.end_epoch()
        for logger in trainer.loggers:
            logger.log_metrics(self.training.metrics(), step=trainer.global_step)
        # Of several ranks one measures: what it finds all of them do, or the others would wait for it for ever.
        if self.training.tracker.has_budget and trainer.strategy.reduce_boolean_decision(
                self.training.is_over_budget, all=False):
            trainer.should_stop = True

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self.training.begin_validation()

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        self.training.end_validation()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self.report = self.training.end(failed=True)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self.report = self.training.end()
