# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/system.py - what the machine is, as nine lines and as the first nine rows of training_data.csv"""
from __future__ import annotations

import platform
from typing import List, Tuple

from . import files, sampler


def facts() -> List[Tuple[str, str]]:
    """CPU and GPU by the library, which needs neither lspci nor a display; a machine without a GPU has none."""
    machine = sampler.machine()
    gpus = [gpu["model"] for gpu in machine["gpus"]]
    return [
        ("Operating System Name", platform.system()),
        ("Operating System Version", platform.release()),
        ("Computer Network Name", platform.node()),
        ("Processor Information", platform.processor()),
        ("Architecture Information", platform.machine()),
        ("Platform Information", platform.platform()),
        ("Complete System Information", str(platform.uname())),
        ("CPU Model", machine["cpu"]["model"] or "Unknown"),
        ("GPU Model", gpus[0] if gpus else ""),
    ]


def show() -> None:
    """Prints them, and writes a file that has nothing but them."""
    found = facts()
    for key, value in found:
        print(f"{key}: {value or 'Unknown'}")
    files.write(files.path(), [(key, value, "") for key, value in found])
