# SPDX-License-Identifier: Apache-2.0
"""test_seed_examples.py - both examples of the original project's README, as they stand there; each takes a minute"""
import os
import re
import subprocess
import threading

import pytest

from seed_case import holds, rows_of, servers  # noqa: F401 - a fixture

SLOW = 240  # seconds until a script is taken for hanging: the examples take a minute by themselves
WATTS = 4.942464  # VDD_IN of the captured Orin Nano


def example(source, number):
    return re.findall(r"```python\n(.*?)```", source.read("tests", "python", "seed", "examples.md"), re.DOTALL)[number]


def test_the_x86_example_without_prometheus(source, script, home, monkeypatch):
    monkeypatch.setenv("AICO2_PROMETHEUS_URL", "http://127.0.0.1:9")  # nobody
    done = script(example(source, 0), timeout=SLOW)
    assert done.returncode == 0, done.stderr
    assert "Get targets status failed!" in done.stdout
    assert "The delay ends and the program continues..." in done.stdout
    assert "50" in done.stdout.splitlines(), "the duration, whole seconds"
    joules = holds(rows_of(home), 50, done.stdout)
    source_line = next(line for line in done.stdout.splitlines() if line.startswith("Source: "))
    assert "the history of aico2" in source_line
    low, high = map(float, re.search(r"between (\S+) and (\S+) J", source_line).groups())
    assert low < joules < high


def test_the_x86_example_with_prometheus(source, script, home, servers, monkeypatch):  # noqa: F811
    monkeypatch.setenv("AICO2_PROMETHEUS_URL", servers)
    (home / "co2signal_api").mkdir()
    done = script(example(source, 0), timeout=SLOW)
    assert done.returncode == 0, done.stderr
    assert "1 in 2 Targets are alive !!!" in done.stdout
    assert f"Source: Prometheus, {servers}" in done.stdout
    holds(rows_of(home, "co2signal_api/training_data.csv"), 50, done.stdout)
    assert not (home / "training_data.csv").exists(), "where the original's scripts had it"


def test_the_arm_example(source, script, home, monkeypatch):
    builder = os.environ.get("AICO2_BUILD_MACHINE")
    if builder is None:
        pytest.skip("no machine trees here")
    tree = home / "orin"
    subprocess.run([builder, "jetson-orin-nano", str(tree)], check=True, stdout=subprocess.DEVNULL)
    monkeypatch.setenv("AICO2_SYSROOT", str(tree))
    stopped = threading.Event()
    ticker = threading.Thread(target=move, args=(tree / "proc" / "stat", stopped))
    ticker.start()
    try:
        done = script(example(source, 1), timeout=SLOW)
    finally:
        stopped.set()
        ticker.join()
    assert done.returncode == 0, done.stderr
    logged = rows_of(home, "jtop_usage.csv")
    assert logged[0] == ["time", "CPU_usage", "GPU_usage", "RAM_usage"]
    assert 55 <= len(logged) - 1 <= 62, "a row a second for a minute"
    assert float(logged[30][1]) == pytest.approx(25, abs=15) and logged[30][2:] == ["12.7", "0.5"]
    assert "Time limit reached. Exiting loop." in done.stdout
    rows = rows_of(home)
    joules = holds(rows, 60, done.stdout)
    # the rail's power, not a guess by the names of a processor and a PCI bridge; the first moments were before the import
    assert joules == pytest.approx(60 * WATTS, rel=0.05)
    assert ["node", "RAM", "50.0", ""] in rows
    assert "RAM_average_usage: 50.0%" in done.stdout


def move(path, stopped):
    """A quarter of each core's time is busy."""
    while not stopped.wait(0.1):
        lines = path.read_text(encoding="ascii").splitlines()
        for at, line in enumerate(lines):
            words = line.split()
            if re.fullmatch(r"cpu\d*", words[0]):
                words[1], words[4] = str(int(words[1]) + 25), str(int(words[4]) + 75)
                lines[at] = " ".join(words)
        other = path.with_name("stat.new")
        other.write_text("\n".join(lines) + "\n", encoding="ascii")
        os.replace(other, path)
