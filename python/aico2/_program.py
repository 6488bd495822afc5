# SPDX-License-Identifier: Apache-2.0
"""aico2/_program.py - asks the program `aico2`, which has what the library has not: a network, and past windows"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Dict, NamedTuple, Optional


class Answer(NamedTuple):
    """What a command said; status: as the program's, 0 done, 1 no answer, 2 bad option."""

    status: int
    document: Dict[str, Any]
    message: str


def find() -> Optional[str]:
    """AICO2_PROGRAM when it is set, else PATH's; None: it is not installed (a wheel brings the library alone)."""
    named = os.environ.get("AICO2_PROGRAM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return shutil.which("aico2")


def ask(*words: str, timeout: float) -> Optional[Answer]:
    """Runs `aico2 WORDS --json`. None: there is no program, or no answer in time."""
    program = find()
    if program is None:
        return None
    try:
        done = subprocess.run([program, *words, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    try:
        document = json.loads(done.stdout) if done.returncode == 0 else {}
    except ValueError:
        return None
    return Answer(done.returncode, document, done.stderr.decode("utf-8", "replace").strip())
