# SPDX-License-Identifier: Apache-2.0
"""conftest.py - every test has a home, a history and an environment of its own"""
import os
import signal
import subprocess
import sys
import types

import pytest

SOURCE = os.environ.get("AICO2_TEST_SOURCE_ROOT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SLOW = 120  # seconds until something that should end at once is taken for hanging, on any machine

# Who starts the tests in the background, or under nohup, has them ignore these, and all that they start would. A handler
# is not handed on: here they are ignored as before, and what is started takes them as it does from a terminal.
for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, lambda number, frame: None)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder that everything of the test is in; it is the working directory too."""
    for name in list(os.environ):
        if name.startswith(("AICO2_", "XDG_", "CODECARBON_")) and name not in (
                "AICO2_BUILD_MACHINE", "AICO2_LIBRARY", "AICO2_PROGRAM", "AICO2_TEST_SOURCE_ROOT", "AICO2_VERSION"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AICO2_DB", str(tmp_path / "history.db"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def script(home):
    """Runs a text as a program of its own: script("import aico2", 'argument') -> CompletedProcess."""

    def run(text, *arguments, python=sys.executable, **more):
        path = home / "script.py"
        path.write_text(text, encoding="utf-8")
        more.setdefault("timeout", SLOW)
        return subprocess.run([python, str(path), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, **more)

    return run


@pytest.fixture
def source():
    """The root of the repository, as types.SimpleNamespace(path, read)."""

    def read(*parts):
        with open(os.path.join(SOURCE, *parts), encoding="utf-8") as file:
            return file.read()

    return types.SimpleNamespace(path=SOURCE, read=read)
