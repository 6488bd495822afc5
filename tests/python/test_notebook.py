# SPDX-License-Identifier: Apache-2.0
"""test_notebook.py - %load_ext aico2 and %%aico2 in a real IPython, and in a kernel where there is one"""
import pytest

import aico2
from conftest import SLOW

interactive = pytest.importorskip("IPython.core.interactiveshell", reason="IPython is not installed")


@pytest.fixture
def shell(home, monkeypatch):
    from IPython.utils import io
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    config = Config()
    config.HistoryManager.enabled = False
    made = interactive.InteractiveShell(config=config)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *objects, **_: shown.extend(objects))
    made.shown = shown
    assert io is not None
    made.run_line_magic("load_ext", "aico2")
    return made


def run(shell, line, cell):
    return shell.run_cell_magic("aico2", line, cell)


def test_a_cell_is_measured_and_shown(shell):
    run(shell, "training --country FR --as spent", "answer = 6 * 7\n")
    assert shell.user_ns["answer"] == 42, "the cell's names are the notebook's"
    [report] = shell.shown
    assert (report.name, report.place, report.state) == ("training", "FR", "finished")
    assert shell.user_ns["spent"] is report
    assert "<svg" in report._repr_html_()
    assert aico2.load_report().run_id == report.run_id


def test_its_name_may_be_an_option_as_on_the_command_line(shell):
    run(shell, "--name training", "x = 1\n")
    assert shell.shown[0].name == "training"


def test_a_cell_that_fails_is_shown_all_the_same(shell, capsys):
    run(shell, "", "1 / 0\n")
    assert shell.shown[0].state == "failed"
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_ctrl_c_keeps_the_report(shell, capsys):
    run(shell, "", "raise KeyboardInterrupt\n")
    assert shell.shown[0].state == "failed"
    assert aico2.load_report().state == "failed"


@pytest.mark.parametrize("line, words", [("--countri FR", r"has no '--countri'; it has .*\[--country COUNTRY\]"),
                                         ("--pue much", "pue"), ("--country XX", "XX"),
                                         ("--as 5", "name of a variable"), ("a b", "b")])
def test_wrong_words_do_not_end_the_kernel(shell, line, words):
    with pytest.raises(ValueError, match=words):
        run(shell, line, "x = 1\n")
    assert "x" not in shell.user_ns, "nothing is run"


def test_it_can_be_unloaded(shell):
    shell.run_line_magic("unload_ext", "aico2")
    assert "aico2" not in shell.magics_manager.magics["cell"]


def test_in_a_notebook_that_is_run(home):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    cells = [nbformat.v4.new_code_cell("%load_ext aico2"),
             nbformat.v4.new_code_cell("%%aico2 cell --country FR --as report\ntotal = sum(range(1000000))\nprint(total)"),
             nbformat.v4.new_code_cell("print(report.name, report.place)")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=SLOW, startup_timeout=SLOW, kernel_name="python3").execute()
    outputs = notebook.cells[1].outputs
    assert outputs[0].text == "499999500000\n"
    assert "<svg" in outputs[1].data["text/html"] and "France" in outputs[1].data["text/html"]
    assert notebook.cells[2].outputs[0].text == "cell FR\n"


def test_ctrl_c_in_a_kernel(home):
    """The kernel's interrupt is a SIGINT: the cell ends, the kernel lives, and the run is in the history."""
    manager = pytest.importorskip("jupyter_client.manager", reason="jupyter_client is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    kernel, client = manager.start_new_kernel(kernel_name="python3", startup_timeout=SLOW)
    try:
        client.execute_interactive("%load_ext aico2", timeout=SLOW)
        started = client.execute("%%aico2 typed\nprint('on', flush=True)\nimport time\ntime.sleep(60)")
        while client.get_iopub_msg(timeout=SLOW)["content"].get("text") != "on\n":
            pass
        kernel.interrupt_kernel()
        while client.get_shell_msg(timeout=SLOW)["parent_header"].get("msg_id") != started:
            pass
        said = []
        client.execute_interactive("print(6 * 7)", timeout=SLOW,
                                   output_hook=lambda message: said.append(message["content"].get("text")))
        assert "42\n" in said, "the kernel lives"
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    report = aico2.load_report()
    assert (report.name, report.state) == ("typed", "failed")
