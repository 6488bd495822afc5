# SPDX-License-Identifier: Apache-2.0
"""test_workers.py - trainings whose data or search run in processes of their own: one run, with the CPU time of all of them in it

What a worker does is to use a known CPU time, by its own thread's clock.
"""
import json
import os
import subprocess

import pytest

PROGRAM = os.environ.get("AICO2_PROGRAM")
METHODS = ["fork", "spawn", "forkserver"]
BURN = """
import sys, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
"""

LOADER = BURN + """
import torch
from torch.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        burn(0.2)
        return torch.ones(4)

if __name__ == "__main__":
    import aico2

    torch.set_num_threads(1)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    persists = sys.argv[2] == "persistent"
    with aico2.Tracker("workers", interval=0.1) as tracker:
        loader = DataLoader(Slow(), batch_size=2, num_workers=2, multiprocessing_context=sys.argv[1], persistent_workers=persists)
        for epoch in tracker.epochs(range(2)):
            for batch in loader:
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
    print(tracker.report.cpu_seconds)
"""

SEARCH = BURN + """
import joblib
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV

class Slow(BaseEstimator):
    def __init__(self, depth=1):
        self.depth = depth

    def fit(self, X, y):
        burn(0.2)
        return self

    def score(self, X, y):
        return -self.depth

if __name__ == "__main__":
    import aico2

    with aico2.Tracker("workers", interval=0.1) as tracker:
        with joblib.parallel_backend(sys.argv[1], n_jobs=2):
            search = GridSearchCV(Slow(), {"depth": [1, 2, 3, 4]}, cv=2, refit=False).fit([[0]] * 8, [0] * 8)
    assert search.best_params_ == {"depth": 1}
    print(tracker.report.cpu_seconds)
"""


def need(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


def states():
    if not PROGRAM:
        pytest.skip("the program aico2 is not built here")
    done = subprocess.run([PROGRAM, "runs", "--json"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
    return [(run["name"], run["state"]) for run in json.loads(done.stdout)["runs"]]


def is_one_run(done, burnt):
    """Whatever else the processes did comes on top: importing what they need takes seconds, too."""
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) >= burnt
    assert states() == [("workers", "finished")]


@pytest.mark.parametrize("lasting", ["each epoch", "persistent"])
@pytest.mark.parametrize("method", METHODS)
def test_workers_of_a_data_loader(script, method, lasting):
    """Two epochs of eight items."""
    need("torch")
    is_one_run(script(LOADER, method, lasting, timeout=280), 2 * 8 * 0.2)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_jobs_of_scikit_learn(script, backend):
    """Four candidates, each fitted twice. loky's processes live on when the search is over: they are counted while they live."""
    need("sklearn")
    is_one_run(script(SEARCH, backend, timeout=280), 4 * 2 * 0.2)
