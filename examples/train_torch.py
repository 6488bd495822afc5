#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# examples/train_torch.py - trains a small PyTorch network on digits that it draws itself.

import argparse
import sys
import time
import warnings

IMAGE_SIDE_PIXELS = 24
IMAGE_PIXELS = IMAGE_SIDE_PIXELS * IMAGE_SIDE_PIXELS
CLASS_COUNT = 10
HIDDEN_WIDTHS = (128, 64)
BATCH_SAMPLES = 32
TEST_SAMPLES = 2000
CURVE_STEPS = 8
DRAW_SAMPLES_AT_ONCE = 128

MOMENTUM = 0.9
WEIGHT_DECAY = 1e-4
FIRST_LEARNING_RATE = 0.008
LAST_LEARNING_RATE = 0.001

REQUIRED_ACCURACY_PERCENT = 95.0
DEFAULT_EPOCHS = 14
DEFAULT_SAMPLES = 25000
DEFAULT_SEED = 1

EXIT_FAILURE = 1
EXIT_USAGE = 2

# Each use of randomness has its own stream, so the test digits never depend on the training
# digits, and changing --samples leaves the test set as it was.
STREAM_TRAIN = 1
STREAM_TEST = 2
STREAM_WEIGHTS = 3
STREAM_SHUFFLE = 4
STREAM_COUNT = 8

# Per digit, the ways of writing it; per way, its strokes; per stroke, its control points in a box
# from -0.5 to 0.5, y downwards. The same shapes as in train_digits.c.
_SEVEN = (
    ((-0.28, -0.47), (0.0, -0.48), (0.28, -0.47)),
    ((0.28, -0.47), (0.07, 0.0), (-0.08, 0.5)),
)
GLYPHS = (
    ((((0.0, -0.5), (-0.3, -0.25), (-0.3, 0.25), (0.0, 0.5), (0.3, 0.25), (0.3, -0.25),
       (0.0, -0.5)),),),
    ((((0.0, -0.5), (0.0, 0.0), (0.0, 0.5)),),
     (((-0.2, -0.3), (0.03, -0.5)),
      ((0.03, -0.5), (0.03, 0.0), (0.03, 0.5)),
      ((-0.2, 0.5), (0.23, 0.5)))),
    ((((-0.28, -0.28), (-0.05, -0.5), (0.25, -0.3), (0.12, 0.0), (-0.28, 0.48)),
      ((-0.28, 0.48), (0.0, 0.46), (0.3, 0.48))),),
    ((((-0.25, -0.4), (0.0, -0.5), (0.24, -0.28), (-0.03, -0.03)),
      ((-0.03, -0.03), (0.28, 0.2), (0.02, 0.5), (-0.28, 0.36))),),
    ((((-0.22, -0.48), (-0.27, 0.0), (0.0, 0.1), (0.3, 0.06)),
      ((0.16, -0.4), (0.14, 0.05), (0.1, 0.5))),
     (((0.12, -0.5), (-0.1, -0.18), (-0.3, 0.14)),
      ((-0.3, 0.14), (0.0, 0.15), (0.3, 0.14)),
      ((0.12, -0.5), (0.12, 0.0), (0.12, 0.5)))),
    ((((0.25, -0.48), (-0.2, -0.48)),
      ((-0.2, -0.48), (-0.23, -0.08)),
      ((-0.23, -0.08), (0.1, -0.15), (0.28, 0.15), (0.05, 0.48), (-0.27, 0.38))),),
    ((((0.2, -0.48), (-0.15, -0.2), (-0.27, 0.2), (0.0, 0.5), (0.26, 0.22), (0.02, 0.0),
       (-0.24, 0.2)),),),
    (_SEVEN, _SEVEN + (((-0.13, 0.0), (0.24, -0.02)),)),
    ((((0.22, -0.35), (0.0, -0.5), (-0.22, -0.3), (0.0, -0.03), (0.27, 0.25), (0.0, 0.5),
       (-0.27, 0.25), (0.0, -0.03), (0.22, -0.35)),),),
    ((((0.24, -0.25), (0.03, -0.5), (-0.24, -0.25), (-0.02, -0.02), (0.22, -0.2)),
      ((0.24, -0.35), (0.2, 0.1), (0.05, 0.5))),),
)


class OneLineParser(argparse.ArgumentParser):
    """Reports a usage error in one line, without the usage text."""

    def error(self, message):
        sys.stderr.write(f"train_torch: {message}\n")
        sys.exit(EXIT_USAGE)


def whole_number(low, high):
    """Returns a strict reader: int() alone would accept signs, blanks, and underscores."""

    def parse(text):
        if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"bad value '{text}': need a whole number, {low} to {high}")
        return int(text)

    return parse


def read_options():
    parser = OneLineParser(
        prog="train_torch.py", allow_abbrev=False,
        description="Train a small neural network on handwritten-like digits that it draws.",
        epilog="Exit status: 0 above 95 % test accuracy, 1 otherwise, 2 for a usage error.")
    parser.add_argument("--epochs", type=whole_number(1, 10000), default=DEFAULT_EPOCHS,
                        metavar="N",
                        help="passes over the training set, 1 to 10000 (default %(default)s)")
    parser.add_argument("--samples", type=whole_number(100, 200000), default=DEFAULT_SAMPLES,
                        metavar="N", help="training digits, 100 to 200000 (default %(default)s)")
    parser.add_argument("--seed", type=whole_number(0, 2**31 - 1), default=DEFAULT_SEED,
                        metavar="N",
                        help="start of all random numbers, 0 or more (default %(default)s)")
    parser.add_argument("--device", metavar="NAME",
                        help="cpu, cuda, cuda:1, ... (default: cuda when available, else cpu)")
    return parser.parse_args()


def import_torch():
    """Imported late, so that --help and usage errors need no PyTorch."""
    # PyTorch warns when NumPy is absent, which this program does not use.
    warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
    try:
        import torch
    except ImportError as error:
        if getattr(error, "name", None) == "torch":
            message = "PyTorch is missing, run: pip install torch"
        else:
            first_line = (str(error).splitlines() or [type(error).__name__])[0]
            message = f"cannot load PyTorch, try: pip install torch ({first_line})"
        sys.stderr.write(f"train_torch: {message}\n")
        sys.exit(EXIT_FAILURE)
    return torch


def choose_device(torch, name):
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        sys.stderr.write(f"train_torch: bad value '{name}' for --device\n")
        sys.exit(EXIT_USAGE)
    try:
        torch.zeros(1, device=device).item()
    except Exception as error:  # Each back end raises its own kind when it cannot be used.
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        sys.stderr.write(f"train_torch: cannot use device '{name}': {first_line}\n")
        sys.exit(EXIT_FAILURE)
    return device


class DigitPainter:
    """Draws batches of one glyph at a time, always on the CPU so that every device trains on the
    same digits."""

    def __init__(self, torch, seed, stream):
        self.torch = torch
        self.generator = make_generator(torch, seed, stream)
        side = torch.arange(IMAGE_SIDE_PIXELS, dtype=torch.float32)
        rows, columns = torch.meshgrid(side, side, indexing="ij")
        self.pixel_centres = torch.stack((columns.flatten(), rows.flatten()), dim=1)

    def uniform(self, low, high, *shape):
        return low + (high - low) * self.torch.rand(*shape, generator=self.generator)

    def normal(self, *shape):
        return self.torch.randn(*shape, generator=self.generator)

    def affine(self, count):
        """Random matrices and centres that map the unit box of a glyph to pixels."""
        torch = self.torch
        angle_radians = 0.17 * self.normal(count)
        shear = 0.19 * self.normal(count)
        height_pixels = self.uniform(12.5, 18.5, count)
        width_pixels = height_pixels * self.uniform(0.75, 1.15, count)
        cosine, sine = angle_radians.cos(), angle_radians.sin()
        matrix = torch.stack((
            torch.stack((width_pixels * cosine, height_pixels * (-shear * cosine - sine)), 1),
            torch.stack((width_pixels * sine, height_pixels * (cosine - shear * sine)), 1)), 1)
        middle_pixels = 0.5 * (IMAGE_SIDE_PIXELS - 1)
        return matrix, middle_pixels + self.uniform(-2.2, 2.2, count, 1, 2)

    def curve(self, control):
        """Points along a Catmull-Rom curve through the control points: (count, steps, 2)."""
        torch = self.torch
        padded = torch.cat((control[:, :1], control, control[:, -1:]), dim=1)
        before, start = padded[:, :-3, None], padded[:, 1:-2, None]
        end, after = padded[:, 2:-1, None], padded[:, 3:, None]
        position = torch.linspace(0.0, 1.0, CURVE_STEPS + 1)[None, None, :, None]
        points = 0.5 * (2.0 * start + (end - before) * position
                        + (2.0 * before - 5.0 * start + 4.0 * end - after) * position**2
                        + (3.0 * start - before - 3.0 * end + after) * position**3)
        return points.flatten(1, 2)

    def paint(self, glyph, count):
        torch = self.torch
        matrix, centre = self.affine(count)
        wobble = self.uniform(0.015, 0.055, count, 1, 1)
        pen_radius_pixels = self.uniform(0.5, 1.4, count, 1)
        ink = self.uniform(0.65, 1.0, count, 1)
        noise = self.uniform(0.05, 0.22, count, 1)
        pen_points = []
        for stroke in glyph:
            shape = torch.tensor(stroke).expand(count, -1, -1)
            control = shape + wobble * self.normal(*shape.shape)
            pen_points.append(self.curve(control @ matrix.transpose(1, 2) + centre))
        distance_pixels = torch.cdist(self.pixel_centres.expand(count, -1, -1),
                                      torch.cat(pen_points, dim=1)).amin(dim=2)
        coverage = (pen_radius_pixels + 0.5 - distance_pixels).clamp(0.0, 1.0)
        return (ink * coverage + noise * self.normal(count, IMAGE_PIXELS)).clamp(0.0, 1.0)

    def data_set(self, count):
        """Images in order of glyph: training shuffles them and testing does not care."""
        torch = self.torch
        digits = torch.randint(CLASS_COUNT, (count,), generator=self.generator).sort().values
        images = torch.empty(count, IMAGE_PIXELS)
        drawn = 0
        for digit, ways in enumerate(GLYPHS):
            digit_count = int((digits == digit).sum())
            way_of_each = torch.randint(len(ways), (digit_count,), generator=self.generator)
            for way, glyph in enumerate(ways):
                left = int((way_of_each == way).sum())
                while left > 0:
                    part = min(left, DRAW_SAMPLES_AT_ONCE)
                    images[drawn:drawn + part] = self.paint(glyph, part)
                    drawn += part
                    left -= part
        return images, digits


def make_generator(torch, seed, stream):
    return torch.Generator().manual_seed(seed * STREAM_COUNT + stream)


def make_network(torch, seed):
    generator = make_generator(torch, seed, STREAM_WEIGHTS)
    widths = (IMAGE_PIXELS,) + HIDDEN_WIDTHS + (CLASS_COUNT,)
    parts = []
    for inputs, outputs in zip(widths, widths[1:]):
        linear = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            # He initialisation keeps the signal's size steady through rectified layers.
            weights = torch.randn(outputs, inputs, generator=generator)
            linear.weight.copy_(weights * (2.0 / inputs) ** 0.5)
            linear.bias.zero_()
        parts += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def train_epoch(torch, network, optimizer, images, digits, order):
    """Returns the loss and accuracy met while learning, before each batch's update."""
    loss_sum = torch.zeros((), device=images.device)
    correct = torch.zeros((), device=images.device, dtype=torch.int64)
    for batch in order.split(BATCH_SAMPLES):
        labels = digits[batch]
        scores = network(images[batch])
        loss = torch.nn.functional.cross_entropy(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach() * len(batch)
        correct += (scores.argmax(dim=1) == labels).sum()
    return loss_sum.item() / len(order), 100.0 * correct.item() / len(order)


def test_accuracy_percent(torch, network, images, digits):
    with torch.no_grad():
        return 100.0 * (network(images).argmax(dim=1) == digits).float().mean().item()


def train(torch, options, device):
    """Returns the test accuracy after the last epoch."""
    images, digits = DigitPainter(torch, options.seed, STREAM_TRAIN).data_set(options.samples)
    test_set = DigitPainter(torch, options.seed, STREAM_TEST).data_set(TEST_SAMPLES)
    images, digits = images.to(device), digits.to(device)
    test_images, test_digits = (part.to(device) for part in test_set)
    network = make_network(torch, options.seed).to(device)
    optimizer = torch.optim.SGD(network.parameters(), lr=FIRST_LEARNING_RATE, momentum=MOMENTUM,
                                weight_decay=WEIGHT_DECAY)
    generator = make_generator(torch, options.seed, STREAM_SHUFFLE)
    accuracy_percent = 0.0
    for epoch in range(options.epochs):
        start_seconds = time.monotonic()
        progress = epoch / options.epochs
        for group in optimizer.param_groups:
            group["lr"] = (FIRST_LEARNING_RATE
                           + (LAST_LEARNING_RATE - FIRST_LEARNING_RATE) * progress)
        order = torch.randperm(options.samples, generator=generator).to(device)
        loss, train_percent = train_epoch(torch, network, optimizer, images, digits, order)
        accuracy_percent = test_accuracy_percent(torch, network, test_images, test_digits)
        seconds = time.monotonic() - start_seconds
        print(f"epoch {epoch + 1:2d}/{options.epochs}  loss {loss:.4f}  "
              f"train {train_percent:6.2f} %  test {accuracy_percent:6.2f} %  {seconds:.2f} s",
              flush=True)
    return accuracy_percent


def main():
    options = read_options()
    torch = import_torch()
    device = choose_device(torch, options.device)
    start_seconds = time.monotonic()
    accuracy_percent = train(torch, options, device)
    seconds = time.monotonic() - start_seconds
    print(f"test accuracy {accuracy_percent:.2f} % after {seconds:.2f} s", flush=True)
    if not accuracy_percent > REQUIRED_ACCURACY_PERCENT:
        sys.stderr.write(f"train_torch: test accuracy {accuracy_percent:.2f} % is not above "
                         f"{REQUIRED_ACCURACY_PERCENT:.0f} %\n")
        return EXIT_FAILURE
    return 0


if __name__ == "__main__":
    sys.exit(main())
