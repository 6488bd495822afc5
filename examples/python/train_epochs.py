# SPDX-License-Identifier: Apache-2.0
"""examples/python/train_epochs.py - a line is fitted; the whole is foretold after two epochs, and 1 kWh is the most"""
import random
import sys

import aico2

random.seed(1)
points = [(x, 3 * x + 2 + random.gauss(0, 0.1)) for x in (random.random() for _ in range(20000))]
slope = intercept = 0.0

epochs = aico2.epochs(range(10), predict_after=2, country="FR", max_kwh=1, interval=0.05)
for epoch in epochs:
    random.shuffle(points)
    for x, y in points:
        error = slope * x + intercept - y
        slope -= 0.05 * error * x
        intercept -= 0.05 * error

print(f"y = {slope:.2f} x + {intercept:.2f}")
print(epochs.report, file=sys.stderr)
