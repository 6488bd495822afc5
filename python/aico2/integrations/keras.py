# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/keras.py - a callback of Keras

    model.fit(x, y, epochs=10, callbacks=[Aico2Callback(country="FR", max_kwh=5)])

Epochs and validations are tasks of the run, its figures stand among the epoch's logs (and in `history`), and a budget
ends the training as `model.stop_training` does.
"""
from __future__ import annotations

from typing import Any, Optional

import keras
from keras.callbacks import Callback

from .._report import Report
from .._tracker import Tracker
from ._training import Training


def _found_by_any(over: bool) -> bool:
    """What one of several processes that train together finds all of them do, or the others would wait for it for ever.
    With TensorFlow Keras 3 knows no training of several processes."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        if jax.process_count() > 1:
            import numpy
            from jax.experimental import multihost_utils

            over = bool(numpy.any(multihost_utils.process_allgather(numpy.asarray(over))))
    elif backend == "torch":
        import torch

        if torch.distributed.is_available() and torch.distributed.is_initialized():
            on_gpu = torch.distributed.get_backend() == "nccl"
            found = torch.tensor(int(over), device=torch.cuda.current_device() if on_gpu else "cpu")
            torch.distributed.all_reduce(found, op=torch.distributed.ReduceOp.MAX)
            over = bool(found.item())
    return over


class Aico2Callback(Callback):
    """Arguments are those of aico2.Tracker; `tracker` joins a run that the caller starts and stops."""

    report: Optional[Report] = None

    def __init__(self, tracker: Optional[Tracker] = None, **options: Any) -> None:
        super().__init__()
        self.training = Training(tracker, options)
        self._fits = False

    def on_train_begin(self, logs: Any = None) -> None:
        self._fits = True
        self.training.begin(epochs=self.params.get("epochs"))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.training.begin_epoch()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.training.end_epoch()
        if logs is not None:
            logs.update(self.training.metrics())
        if self.training.tracker.has_budget and _found_by_any(self.training.is_over_budget):
            self.model.stop_training = True

    def on_test_begin(self, logs: Any = None) -> None:
        """evaluate() alone is no training of ours."""
        if self._fits:
            self.training.begin_validation()

    def on_test_end(self, logs: Any = None) -> None:
        self.training.end_validation()

    def on_train_end(self, logs: Any = None) -> None:
        self._fits = False
        self.report = self.training.end()
