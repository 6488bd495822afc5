# SPDX-License-Identifier: Apache-2.0
"""examples/python/track_block.py - a block is measured, with a task for each part of it"""
import math

import aico2


def work(rounds: int) -> None:
    for _ in range(rounds):
        math.factorial(2000)


with aico2.Tracker("example", country="FR", interval=0.1) as tracker:
    with tracker.task("preprocessing"):
        work(200)
    with tracker.task("training") as training:
        work(1000)

if training.figures is not None and training.figures.energy_joules is not None:
    print(f"training: {training.figures.energy_joules:.3g} J so far as is known")
report = tracker.report
if report is not None and report.total_gco2e is not None:
    low, high = report.total_gco2e.band
    print(f"{report.total_gco2e:.3g} gCO2e ({low:.3g} to {high:.3g}), {report.energy_kwh:.3g} kWh")
    for device in report.devices:
        print(f"  {device.id}: {device.basis}, by {device.reader}")
