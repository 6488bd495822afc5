#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nvidia_smi.py - stands for nvidia-smi: two GPUs as `--query-gpu=... --format=csv` tells them.

The first is a GeForce RTX 2080 SUPER as it was captured (identity, driver, firmware, 28.07 W, 674 MiB in use); the
second is made up: a GPU that tells no power. NVIDIA_SMI_FAILS in the environment: no driver answers.
"""
import os
import sys

# field -> (heading of its column, values)
FIELDS = {
    "timestamp": ("timestamp", "2026/11/24 02:28:48.123", "2026/11/24 02:28:48.125"),
    "index": ("index", "0", "1"),
    "uuid": ("uuid", "GPU-df6e7a7c-7314-46f8-abc4-b88b36dcf3aa", "GPU-0b0b0b0b-0000-4000-8000-000000000001"),
    "name": ("name", "NVIDIA GeForce RTX 2080 SUPER", "NVIDIA Made Up"),
    "driver_version": ("driver_version", "471.11", "471.11"),
    "driver_model.current": ("driver_model.current", "WDDM", "[N/A]"),
    "driver_model.pending": ("driver_model.pending", "WDDM", "[N/A]"),
    "vbios_version": ("vbios_version", "90.04.7a.40.73", "[N/A]"),
    "pstate": ("pstate", "P8", "P0"),
    "power.draw": ("power.draw [W]", "28.07 W", "[Not Supported]"),
    "power.limit": ("power.limit [W]", "250.00 W", "[Not Supported]"),
    "utilization.gpu": ("utilization.gpu [%]", "5 %", "50 %"),
    "memory.used": ("memory.used [MiB]", "674 MiB", "100 MiB"),
    "memory.total": ("memory.total [MiB]", "8192 MiB", "200 MiB"),
    "temperature.gpu": ("temperature.gpu", "34", "40"),
}


def main(words):
    if os.environ.get("NVIDIA_SMI_FAILS"):
        print("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
        return 9
    if words and words[0].startswith("--help-query-gpu"):
        for field in FIELDS:
            print(f'"{field}"\nAs nvidia-smi tells it.\n')
        return 0
    wanted = [word.partition("=")[2] for word in words if word.startswith("--query-gpu=")]
    if not wanted:
        print("this stand-in knows --query-gpu= and --help-query-gpu alone", file=sys.stderr)
        return 6
    fields = wanted[0].split(",")
    for field in fields:
        if field not in FIELDS:
            print(f"Field \"{field}\" is not a valid field to query.")
            return 2
    for row in range(3):
        print(", ".join(FIELDS[field][row] for field in fields))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
