# SPDX-License-Identifier: Apache-2.0
"""test_typing.py - the package is typed throughout, and so are the programs that use it"""
import os
import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")


def mypy(source, *arguments):
    return subprocess.run([sys.executable, "-m", "mypy", "--config-file", os.path.join(source.path, "pyproject.toml"),
                           "--no-error-summary", "--cache-dir", os.devnull, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=170, check=False,
                          cwd=source.path)


def test_the_package_is_strictly_typed(source):
    done = mypy(source, "python")
    assert (done.stdout, done.returncode) == ("", 0)


def test_a_program_that_uses_it(source, home):
    program = home / "program.py"
    program.write_text("import aico2\n"
                       "figure: float = aico2.intensity('FR').gco2e_per_kwh.low\n"
                       "reveal_type(aico2.estimate(gpu='A100', hours=1).total_gco2e)\n"
                       "aico2.estimate(gpu=100, hours=1)\n"
                       "aico2.nothing\n")
    done = mypy(source, str(program))
    assert 'Revealed type is "Union[aico2._figure.Figure, None]"' in done.stdout
    assert 'Argument "gpu" to "estimate" has incompatible type "int"' in done.stdout
    assert done.stdout.count("error:") == 1, "an attribute of a module with __getattr__ is anything"


PROGRAM = """
import time

import aico2


@aico2.track(country="FR")
def train(epochs: int) -> float:
    total = 0.0
    for epoch in aico2.epochs(range(epochs), predict_after=2):
        total += epoch * 0.5
    return total


def main() -> str:
    with aico2.Tracker("mine", country="FR", stage="training", interval=0.5) as tracker:
        with tracker.task("preparation") as task:
            loss: float = train(3)
            time.sleep(0.3)  # what lasts milliseconds has no reading of its own
    joules = task.figures.energy_joules if task.figures is not None else None
    report = tracker.report
    assert report is not None
    grams = report.total_gco2e
    if grams is None or joules is None:
        return f"{loss}: unknown"
    low, high = grams.band
    names = [device.id for device in report.devices]
    return f"{loss} {joules:.1f} J, {grams:.3f} g ({low:.3f} to {high:.3f}) of {names}"


reveal_type(train)
print(main())
"""


def test_a_program_strictly_typed(source, home, script):
    """A decorated function keeps its types; what may be unavailable is Optional. The program runs as well."""
    program = home / "program.py"
    program.write_text(PROGRAM)
    done = mypy(source, str(program))
    assert done.stdout.count("note: Revealed type") == 1 and "error:" not in done.stdout, done.stdout
    assert 'Revealed type is "def (epochs: builtins.int) -> builtins.float"' in done.stdout
    done = script(PROGRAM.replace("reveal_type(train)\n", ""))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1.5 ") and "cpu0" in done.stdout, done.stdout
