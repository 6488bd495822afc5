# SPDX-License-Identifier: Apache-2.0
"""test_examples.py - the example trainings learn what they say, and fail in one clear line."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

DIGITS = os.environ["AICO2_TRAIN_DIGITS"]
TORCH = os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "examples", "train_torch.py")
EPOCH = re.compile(r"^epoch +(\d+)/\d+  loss (\d+\.\d+)  train +\S+ %  test +(\S+) %  \S+ s$", re.MULTILINE)


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=more.pop("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, text=True, timeout=300, check=False, **more)


class Digits(unittest.TestCase):
    def test_it_learns_above_95_percent_with_a_line_per_epoch(self):
        done = run(DIGITS, "--epochs", "5")
        epochs = EPOCH.findall(done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([int(number) for number, _, _ in epochs], [1, 2, 3, 4, 5])
        losses = [float(loss) for _, loss, _ in epochs]
        self.assertEqual(losses, sorted(losses, reverse=True), "the loss falls")
        self.assertGreater(float(epochs[-1][2]), 95)
        self.assertLess(float(epochs[0][2]), float(epochs[-1][2]))

    def test_one_seed_is_one_result_and_another_another(self):
        short = ("--epochs", "1", "--samples", "500")
        losses = [EPOCH.findall(run(DIGITS, *short, "--seed", seed).stdout)[0][1] for seed in "112"]
        self.assertEqual(losses[0], losses[1])
        self.assertNotEqual(losses[0], losses[2])

    def test_too_little_learning_is_a_failure_and_said(self):
        done = run(DIGITS, "--epochs", "1", "--samples", "200")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^train_digits: test accuracy \S+ % is not above 95 %\n$")

    def test_bad_options_are_one_line(self):
        for words, quoted in ((["--epochs", "0"], "'0'"), (["--seed", "-1"], "'-1'"), (["--frobnicate"], "'--frobnicate'"),
                              (["--samples"], "'--samples'"), (["--samples", "1e3"], "'1e3'")):
            done = run(DIGITS, *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(quoted, done.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_is_no_success(self):
        with open("/dev/full", "w") as full:
            done = run(DIGITS, "--help", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write", done.stderr)


class Torch(unittest.TestCase):
    def without_torch(self, text, *words):
        """A module of that name stands first on the path: what is installed does not matter."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "torch.py"), "w") as file:
                file.write(text)
            return run(sys.executable, TORCH, *words, env={**os.environ, "PYTHONPATH": folder})

    def test_missing_torch_is_one_clear_line(self):
        done = self.without_torch("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "train_torch: PyTorch is missing, run: pip install torch\n")

    def test_broken_torch_says_what_is_wrong(self):
        done = self.without_torch("raise ImportError('libcudart.so.12: cannot open shared object file')\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("libcudart.so.12", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_help_and_bad_options_need_no_torch(self):
        self.assertEqual(self.without_torch("raise ImportError\n", "--help").returncode, 0)
        done = self.without_torch("raise ImportError\n", "--epochs", "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'0'", done.stderr)


if __name__ == "__main__":
    unittest.main()
