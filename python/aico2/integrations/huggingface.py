# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/huggingface.py - a callback of the Hugging Face Trainer

    trainer = Trainer(..., callbacks=[Aico2Callback(country="FR", max_kwh=5)])
    trainer.train()
    callback.report.total_gco2e

Epochs and evaluations are tasks of the run, its figures go into every log, and a budget ends the training as
`control.should_training_stop` does: the model is saved as ever.
"""
from __future__ import annotations

from typing import Any, Optional

from transformers import TrainerCallback

from .._report import Report
from .._tracker import Tracker
from ._training import Training


class Aico2Callback(TrainerCallback):
    """Arguments are those of aico2.Tracker; `tracker` joins a run that the caller starts and stops."""

    report: Optional[Report] = None

    def __init__(self, tracker: Optional[Tracker] = None, **options: Any) -> None:
        self.training = Training(tracker, options)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        # num_train_epochs of the state is what max_steps comes to, whole.
        self.training.begin(epochs=state.num_train_epochs)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.training.begin_epoch()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.training.end_epoch()
        if self._is_over_budget(args):
            control.should_training_stop = True

    def on_step_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        # Epochs of a large model last for days.
        if control.should_log and self._is_over_budget(args):
            control.should_training_stop = True

    def _is_over_budget(self, args: Any) -> bool:
        """Of several ranks one measures: what it finds all of them do, or the others would wait for it for ever."""
        if not self.training.tracker.has_budget:
            return False
        over = self.training.is_over_budget
        if args.world_size > 1:
            import torch

            found = torch.tensor(int(over), device=args.device)
            torch.distributed.all_reduce(found, op=torch.distributed.ReduceOp.MAX)
            over = bool(found.item())
        return over

    def on_prediction_step(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        """There is no on_evaluate_begin: the first step of an evaluation is its beginning."""
        if not self.training.validates:
            self.training.begin_validation()

    def on_evaluate(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.training.end_validation()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_more: Any) -> None:
        if logs is not None and state.is_world_process_zero:
            metrics = self.training.metrics()
            logs.update(metrics)  # for the callbacks after this one
            if state.log_history:
                state.log_history[-1].update(metrics)

    def on_train_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.report = self.training.end()
