# SPDX-License-Identifier: Apache-2.0
"""test_seed.py - what scripts of the original project rely on: names, prints, files, and what they do when things are missing"""
import csv
import os
import time

import pytest

from conftest import SLOW
from seed_case import holds, rows_of, servers, value  # noqa: F401 - a fixture


def test_a_star_import_gives_what_it_gave(script):
    done = script("from AI_Co2_Calculator import *\n"
                  "print(time.time() > 0, json.dumps(1), datetime.now().year > 2000, timedelta(1).days, re.escape('a'),\n"
                  "      csv.reader, subprocess.run, platform.system(), difflib.ndiff, urllib.request, logging.INFO)\n"
                  "print(test_mesure, get_system_info, query_total_energy, fuzzy_search_power, getTargetsStatus, queryUsage,\n"
                  "      query_CPU_Average_Usage, query_RAM_Average_Usage, query_GPU_Average_Usage, prometheus_server_address)\n"
                  "print(pd, requests)\n")
    assert done.returncode == 0, done.stderr
    done = script("from AI_Co2_Calculator_arm import *\n"
                  "print(jtop, JtopException, log_usage_stats, calculate_energy, check_jtop_running, get_system_stats)\n"
                  "print(fuzzy_search_power, main, time, json, pd, datetime)\n")
    assert done.returncode == 0, done.stderr


def test_importing_prints_and_writes_nothing_but_begins_a_run(script, home):
    done = script("import AI_Co2_Calculator\n")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert sorted(path.name for path in home.iterdir() if not path.name.startswith("history")) == ["script.py"]
    done = script("import aico2\nreport = aico2.load_report('last')\nprint(report.state, report['energy']['scope'])\n")
    assert done.stdout == "finished machine\n", done.stderr


def test_a_second_window_of_one_process(script, home, monkeypatch):
    monkeypatch.setenv("AICO2_PROMETHEUS_URL", "http://127.0.0.1:9")
    done = script("import time\nfrom AI_Co2_Calculator import *\n"
                  "middle = time.time() + 3; time.sleep(3)\ntest_mesure(middle - 2, middle)\n"
                  "time.sleep(1)\ntest_mesure(middle - 1, middle + 1)\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Source: the history of aico2") == 2
    assert "was measured" not in done.stdout, "both wholly: what was read last is waited for"
    assert float(value(rows_of(home), "duration")) == pytest.approx(2)


def test_what_was_not_measured_is_said(script, monkeypatch):
    monkeypatch.setenv("AICO2_PROMETHEUS_URL", "http://127.0.0.1:9")
    done = script("from AI_Co2_Calculator import *\ntime.sleep(2)\n"
                  "query_total_energy('http://127.0.0.1:9', time.time() - 101, time.time() - 1)\n")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("Source: "))
    assert 0 < float(line.split("; only ")[1].split("%")[0]) < 10


def test_a_window_that_nobody_measured(script, home, monkeypatch):
    monkeypatch.setenv("AICO2_PROMETHEUS_URL", "http://127.0.0.1:9")
    done = script("from AI_Co2_Calculator import *\nquery_total_energy('http://127.0.0.1:9', 1000, 1060)\n"
                  "try:\n    query_total_energy('http://127.0.0.1:9', 60, 60)\nexcept ValueError as error:\n    print(error)\n")
    assert done.returncode == 0, done.stderr
    assert "Nothing measured this machine in that window" in done.stdout
    assert "end_time must be after start_time" in done.stdout
    assert not (home / "training_data.csv").exists(), "no figure is made up"


def test_the_loads_that_prometheus_tells(script, servers):  # noqa: F811
    text = f"""
import time
from AI_Co2_Calculator import *
now = time.time()
for ask in (query_CPU_Average_Usage, query_RAM_Average_Usage, query_GPU_Average_Usage):
    print("=", ask({servers!r}, now - 2.5, now))
print("?", queryUsage({servers!r}, "1+1", 0, now)["data"]["result"][1], queryUsage({servers!r}, "(", 0, now))
print("!", queryUsage("http://127.0.0.1:9", "1", 0, now))
"""
    deadline = time.monotonic() + SLOW
    while True:  # two scrapes lie in those seconds at least, where the machine is not late with them
        done = script(text)
        assert done.returncode == 0, done.stderr
        answers = [line for line in done.stdout.splitlines() if line.startswith("= ")]
        cpu, ram, gpu = (eval(answer[2:]) for answer in answers)
        if (cpu and ram) or time.monotonic() > deadline:
            break
    assert len(cpu) == len(ram) == 1 and 0 <= cpu[0][1] <= 100 and 0 < ram[0][1] < 100
    assert gpu == [], "an absent metric is an answer"
    assert f"Instance: {cpu[0][0]}, CPU_Average_Usage: {cpu[0][1]}%" in done.stdout
    assert "? 2 {}" in done.stdout and "parse error" in done.stdout and "! {}" in done.stdout


@pytest.mark.parametrize("kind, name, words, watts", [
    ("gpu", "NVIDIA Corporation GP102 [GeForce GTX 1080 Ti]", "Extracted model name from brackets: GeForce GTX 1080 Ti", 250),
    ("cpu", "Intel(R) Xeon(R) CPU E5-2678 v3 @ 2.50GHz", "cpu", 120),
    ("gpu", "No Such Card 9999", "No Such Card 9999", None),
])
def test_powers_by_name(kind, name, words, watts, capsys):
    from aico2._seed.power import fuzzy_search_power

    found = fuzzy_search_power(kind, name)
    printed = capsys.readouterr().out
    assert words in printed.splitlines() and f"Returning power: {found}" in printed
    assert found == watts if watts is not None else ("assumed" in printed and found > 0)


def test_loads_alone_are_a_model(script, home, monkeypatch):
    """A window before the import, of which there is a log: two rows of it lie outside."""
    if not os.environ.get("AICO2_PROGRAM"):
        pytest.skip("the program is not built")
    begin = int(time.time()) - 1000
    with open(home / "jtop_usage.csv", "w", encoding="utf-8") as file:
        file.write("time,CPU_usage,GPU_usage,RAM_usage\n")
        for second in range(-1, 12):
            file.write(time.strftime("%Y-%m-%d %H:%M:%S,40,20,0.25\n", time.localtime(begin + second)))
    done = script(f"from AI_Co2_Calculator_arm import *\nprint('=', calculate_energy({begin}, {begin + 10}))\n")
    assert done.returncode == 0, done.stderr
    rows = rows_of(home)
    joules = holds(rows, 10, done.stdout)
    # 15 W are assumed; idle to full by the mean of both loads: between a tenth of it and all of it
    assert 15 < joules < 150
    assert f"= {joules / 3600}"[:8] in done.stdout
    assert "a model over the loads" in done.stdout
    assert [row[2] for row in rows[11:12]] == ["25.0"], "percent, not a share"


def test_the_table_is_whole_or_old(home):
    from aico2._seed import files

    files.write("training_data.csv", [("a", "b", "")])
    assert (home / "training_data.csv").read_bytes() == b"a,b,\r\n"
    with pytest.raises(csv.Error):
        files.write("training_data.csv", [("c", "d"), None])
    (home / "folder").mkdir()
    with pytest.raises(OSError):
        files.write("folder", [("a",)])
    assert (home / "training_data.csv").read_bytes() == b"a,b,\r\n"
    assert sorted(path.name for path in home.iterdir()) == ["folder", "training_data.csv"]


def test_jetson_stats_is_used_where_it_is_installed(script, home):
    (home / "jtop.py").write_text("class jtop:\n    mine = True\nclass JtopException(Exception):\n    pass\n")
    done = script("from AI_Co2_Calculator_arm import *\nprint(jtop.mine, JtopException.__module__)\n",
                  env={**os.environ, "PYTHONPATH": f"{home}:{os.environ.get('PYTHONPATH', '')}"})
    assert done.stdout == "True jtop\n", done.stderr


@pytest.mark.parametrize("body, words", [("exit 0", "jtop running"), ("exit 3", "jtop not running"), (None, "jtop not installed")])
def test_whether_jtop_runs(body, words, home, monkeypatch, capsys):
    from aico2._seed.jetson import check_jtop_running

    monkeypatch.setenv("PATH", str(home))
    if body is not None:
        (home / "jtop").write_text(f"#!/bin/sh\n{body}\n")
        (home / "jtop").chmod(0o755)
    check_jtop_running()
    assert capsys.readouterr().out == words + "\n"
