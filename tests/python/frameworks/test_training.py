# SPDX-License-Identifier: Apache-2.0
"""test_training.py - callbacks in real trainings of Hugging Face, Lightning, Keras and PyTorch, where they are installed

Each model is a line fitted in a few steps: what is looked at is the run that comes of it.
"""
import importlib
import json
import os
import socket
import subprocess
import sys

import pytest

import aico2

os.environ.setdefault("KERAS_BACKEND", "jax")
EPOCHS = ["epoch 1", "epoch 2", "epoch 3"]


def need(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


def of_kind(report, kind):
    return [task.name for task in report.tasks if task.kind == kind and not task.continues]


# --- Hugging Face ---

def hugging_face(callback, home, **more):
    torch, transformers = need("torch"), need("transformers")
    need("accelerate")

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x, labels=None):
            out = self.layer(x).squeeze(-1)
            return {"loss": torch.nn.functional.mse_loss(out, labels), "logits": out}

    data = [{"x": torch.randn(4), "labels": torch.randn(())} for _ in range(32)]
    arguments = transformers.TrainingArguments(
        output_dir=str(home / "out"), per_device_train_batch_size=8, logging_steps=2, report_to=[], use_cpu=True,
        disable_tqdm=True, save_strategy="no", **{"num_train_epochs": 3, **more})
    trainer = transformers.Trainer(model=Line(), args=arguments, train_dataset=data, eval_dataset=data[:8],
                                   callbacks=[callback])
    trainer.train()
    return trainer


def test_hugging_face_trainer(home):
    need("transformers")
    callback = importlib.import_module("aico2.integrations.huggingface").Aico2Callback(country="FR", interval=0.01)
    trainer = hugging_face(callback, home, eval_strategy="epoch")
    report = callback.report
    assert (report.state, report.place) == ("finished", "FR")
    assert of_kind(report, "epoch") == EPOCHS
    assert len(of_kind(report, "validation")) == 3
    logged = [entry for entry in trainer.state.log_history if "aico2/energy_joules" in entry]
    assert logged and logged[-1]["aico2/energy_joules"] <= report.energy_joules.high
    assert callback.training.tracker.running is False


def test_hugging_face_stops_at_a_budget(home):
    need("transformers")
    callback = importlib.import_module("aico2.integrations.huggingface").Aico2Callback(max_kwh=1e-12, interval=0.01)
    trainer = hugging_face(callback, home, num_train_epochs=500)
    assert trainer.state.epoch < 500
    assert callback.report.state == "finished", "it ended as a training ends"


def test_hugging_face_within_a_run(home):
    need("transformers")
    with aico2.Tracker("mine") as tracker:
        callback = importlib.import_module("aico2.integrations.huggingface").Aico2Callback(tracker)
        hugging_face(callback, home)
        assert tracker.running
    assert of_kind(tracker.report, "epoch") == EPOCHS
    with pytest.raises(TypeError, match="country: the tracker has these already"):
        type(callback)(tracker, country="FR")


RANKS = """
import os, sys, torch, transformers
import aico2
from aico2.integrations.huggingface import Aico2Callback

class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def forward(self, x, labels=None):
        out = self.layer(x).squeeze(-1)
        return {"loss": torch.nn.functional.mse_loss(out, labels), "logits": out}

data = [{"x": torch.randn(4), "labels": torch.randn(())} for _ in range(32)]
callback = Aico2Callback(max_kwh=1e-12, interval=0.05)
trainer = transformers.Trainer(model=Line(), train_dataset=data, callbacks=[callback], args=transformers.TrainingArguments(
    output_dir=sys.argv[1], per_device_train_batch_size=4, num_train_epochs=500, report_to=[], use_cpu=True,
    disable_tqdm=True, save_strategy="no", logging_strategy="no", ddp_backend="gloo"))
trainer.train()
with open(os.path.join(sys.argv[1], "rank" + os.environ["RANK"]), "w") as file:
    report = callback.report
    print(trainer.state.epoch, report.energy_joules is not None, report.total_gco2e is not None, report.measured_by is None,
          report.run_id, report.state, file=file)
"""


def hugging_face_ranks(home, count=2):
    """What each rank of a training says at its end."""
    need("torch"), need("transformers"), need("accelerate")
    (home / "out").mkdir()
    (home / "ranks.py").write_text(RANKS)
    done = subprocess.run([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count),
                           str(home / "ranks.py"), str(home / "out")],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200,
                          check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    return [(home / "out" / f"rank{rank}").read_text().split() for rank in range(count)]


def test_hugging_face_ranks_stop_together(home):
    """One of two ranks measures and finds the budget used up: the other one stops with it. Both have figures, whichever of them ends
    first, and of one run; who adds up those that measured counts the training once."""
    ranks = hugging_face_ranks(home)
    epochs, energy, carbon, measured, runs, states = zip(*ranks)
    assert epochs[0] == epochs[1] and float(epochs[0]) < 500
    assert energy == carbon == ("True", "True")
    assert sorted(measured) == ["False", "True"]
    assert runs[0] == runs[1] and states == ("finished", "finished")


# --- Lightning ---

def lightning(callback, home, epochs=3, fails=False):
    torch = need("torch")
    pl = need("lightning")

    class Line(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            if fails:
                raise ArithmeticError("no")
            return self.layer(batch).mean()

        def validation_step(self, batch, _):
            self.layer(batch)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    loader = torch.utils.data.DataLoader(torch.randn(32, 4), batch_size=8)
    trainer = pl.Trainer(max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False, default_root_dir=str(home),
                         callbacks=[callback])
    trainer.fit(Line(), loader, loader)
    return trainer


def test_lightning_trainer(home):
    need("lightning")
    callback = importlib.import_module("aico2.integrations.lightning").Aico2Callback(country="FR", interval=0.01)
    lightning(callback, home)
    assert callback.report.state == "finished"
    assert of_kind(callback.report, "epoch") == EPOCHS
    assert len(of_kind(callback.report, "validation")) == 3, "the sanity check before it is none"


def test_lightning_stops_at_a_budget(home):
    need("lightning")
    callback = importlib.import_module("aico2.integrations.lightning").Aico2Callback(max_kwh=1e-12, interval=0.01)
    trainer = lightning(callback, home, epochs=500)
    assert trainer.current_epoch < 500
    assert callback.report.state == "finished"


def test_lightning_that_fails(home):
    need("lightning")
    callback = importlib.import_module("aico2.integrations.lightning").Aico2Callback()
    with pytest.raises(ArithmeticError):
        lightning(callback, home, fails=True)
    assert callback.report.state == "failed"


# --- Keras ---

def keras_fit(callback, epochs=3):
    keras = need("keras")
    numpy = need("numpy")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    x = numpy.ones((32, 4), dtype="float32")
    return model.fit(x, x[:, 0], epochs=epochs, batch_size=8, verbose=0, validation_data=(x, x[:, 0]), callbacks=[callback])


def test_keras_fit():
    need("keras")
    callback = importlib.import_module("aico2.integrations.keras").Aico2Callback(country="FR", interval=0.01)
    history = keras_fit(callback)
    assert callback.report.state == "finished"
    assert of_kind(callback.report, "epoch") == EPOCHS
    assert len(of_kind(callback.report, "validation")) == 3
    figures = history.history["aico2/energy_joules"]
    assert len(figures) == 3 and figures == sorted(figures)


KERAS_RANK = """
import os, sys
rank, port, backend = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ["KERAS_BACKEND"] = backend
if backend == "jax":
    import jax
    jax.distributed.initialize("localhost:" + port, num_processes=2, process_id=rank, local_device_ids=[0])
else:
    import torch
    torch.distributed.init_process_group("gloo", init_method="tcp://localhost:" + port, rank=rank, world_size=2)
import keras, numpy
assert keras.backend.backend() == backend
from aico2.integrations.keras import Aico2Callback
callback = Aico2Callback(max_kwh=1e-12 if rank == 0 else 1e6, interval=0.01, alone=True, history=False)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
data = numpy.random.rand(32, 4)
history = model.fit(data, data.sum(axis=1), epochs=500, verbose=0, callbacks=[callback])
print(len(history.epoch), callback.report.state)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_processes_of_keras_end_together(home, backend):
    """One has used up its budget, the other by far not: none goes on alone."""
    need("keras"), need(backend)
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    (home / "rank.py").write_text(KERAS_RANK)
    ranks = [subprocess.Popen([sys.executable, str(home / "rank.py"), str(rank), str(port), backend], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) for rank in range(2)]
    said = [rank.communicate(timeout=250) for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], said
    first, second = (out.splitlines()[-1] for out, _ in said)  # what connects them has its own lines
    assert first == second and int(first.split()[0]) < 500


def test_keras_stops_at_a_budget():
    need("keras")
    callback = importlib.import_module("aico2.integrations.keras").Aico2Callback(max_kwh=1e-12, interval=0.01)
    history = keras_fit(callback, epochs=500)
    assert len(history.epoch) < 500
    assert callback.report.state == "finished"


# --- PyTorch ---

def test_pytorch_steps_in_the_profiler(home):
    torch = need("torch")
    from aico2.integrations.pytorch import Steps

    layer = torch.nn.Linear(64, 64)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler, \
            aico2.Tracker(country="FR", interval=0.01) as tracker:
        with Steps(tracker, profiler) as steps:
            for _ in range(3):
                layer(torch.randn(512, 64)).sum().backward()
                steps.step()
    assert [task.name for task in tracker.report.tasks if task.name.startswith("step")][:3] == ["step 1", "step 2", "step 3"]
    assert len(steps.figures) == 3
    profiler.export_chrome_trace(str(home / "trace.json"))
    trace = json.loads((home / "trace.json").read_text())
    names = {event.get("name") for event in trace["traceEvents"]}
    assert {"aico2 step 1", "aico2 step 2", "aico2 step 3"} <= names
    assert len(trace["aico2_steps"]) == 3
    assert trace["aico2_steps"][0]["energy_joules"] == steps.figures[0].energy_joules


def test_a_plain_loop_of_pytorch():
    torch = need("torch")
    weights = torch.zeros(4, requires_grad=True)
    loop = aico2.epochs(range(3), country="FR")
    for _ in loop:
        ((weights - 1) ** 2).sum().backward()
    assert of_kind(loop.report, "epoch") == EPOCHS


def test_steps_without_a_profiler():
    from aico2.integrations.pytorch import Steps

    with aico2.Tracker() as tracker:
        steps = Steps(tracker)
        with pytest.raises(RuntimeError, match="inside of a 'with"):
            steps.step()
        with steps:
            steps.step()
            steps.step()
        with pytest.raises(TypeError, match="profiler must be"):
            Steps(tracker, profiler=5)
    assert len(steps.figures) == 2
