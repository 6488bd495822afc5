# SPDX-License-Identifier: Apache-2.0
"""AI_Co2_Calculator_arm.py - the original project's module for Jetsons, by its own names, over aico2

    from AI_Co2_Calculator_arm import *

    with jtop() as jetson:
        log_usage_stats(jetson, "./jtop_usage.csv")
    calculate_energy(time.time() - 60, time.time())

jtop is jetson_stats' where that is installed, else our own over the same files. Importing it begins a run: on a Jetson
the energy is that of its power rails, and no more a guess by names. docs/coming-from-the-seed.md.
"""
from __future__ import annotations

import csv
import difflib
import json
import platform
import re
import subprocess
import time
import urllib
import urllib.request
from datetime import datetime, timedelta
from typing import Any

from aico2._seed import jetson as _jetson
from aico2._seed import sampler as _sampler
from aico2._seed.jetson import (JtopException, calculate_energy, check_jtop_running, get_system_stats, jtop,
                                log_usage_stats)
from aico2._seed.later import pd, requests
from aico2._seed.power import fuzzy_search_power

__all__ = [
    "JtopException", "calculate_energy", "check_jtop_running", "csv", "datetime", "difflib", "fuzzy_search_power",
    "get_system_stats", "json", "jtop", "log_usage_stats", "main", "pd", "platform", "re", "requests", "subprocess",
    "time", "timedelta", "urllib",
]


def main(file_path: str = "./jtop_usage.csv") -> None:
    """A minute of loads, into a file."""
    start_total_time = time.time()
    try:
        with jtop() as jetson:
            log_usage_stats(jetson, file_path)
    except JtopException as error:
        print(f"An error occurred with jtop: {error}")
    except KeyboardInterrupt:
        print("Closed with CTRL-C")
    except OSError:
        print("I/O error")
    print(f"Total script duration: {time.time() - start_total_time} seconds")


_sampler.begin()

if __name__ == "__main__":
    main()
    calculate_energy(int(time.time()) - 60, int(time.time()))
