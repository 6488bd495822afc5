# SPDX-License-Identifier: Apache-2.0
"""test_examples.py - the examples of examples/python and of docs/python.md run as they stand"""
import os
import re
import subprocess
import sys

import pytest

import aico2

ROOT = os.environ.get("AICO2_TEST_SOURCE_ROOT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
EXAMPLES = os.path.join(ROOT, "examples", "python")
# Blocks of the page that need a package which is not ours; tests/python/frameworks has their like.
OF_OTHERS = ("transformers", "lightning", "keras", "torch", "mlflow", "wandb", "%load_ext", "pip install")


def run(*words):
    return subprocess.run([sys.executable, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=100, check=False)


@pytest.mark.parametrize("name", sorted(os.listdir(EXAMPLES)))
def test_an_example_runs(name):
    done = run(os.path.join(EXAMPLES, name))
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_line_is_found_and_the_run_kept():
    done = run(os.path.join(EXAMPLES, "train_epochs.py"))
    slope, intercept = re.match(r"y = (\S+) x \+ (\S+)", done.stdout).groups()
    assert abs(float(slope) - 3) < 0.1 and abs(float(intercept) - 2) < 0.1
    assert "after 2 of 10 epochs" in done.stderr
    assert sum(task.kind == "epoch" and not task.continues for task in aico2.load_report().tasks) == 10


def blocks():
    with open(os.path.join(ROOT, "docs", "python.md"), encoding="utf-8") as file:
        text = file.read()
    return [code for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
            if not any(word in code for word in OF_OTHERS)]


def test_the_page_has_examples():
    assert len(blocks()) >= 5


@pytest.mark.parametrize("code", blocks(), ids=lambda code: code.strip().splitlines()[-1][:30])
def test_an_example_of_the_page_runs(code, script):
    done = script("import time\ntrain = evaluate = lambda *_: time.sleep(0.01)\nmain = train\n" + code)
    assert done.returncode == 0, done.stderr
