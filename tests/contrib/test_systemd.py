# SPDX-License-Identifier: Apache-2.0
"""test_systemd.py - the unit of a user's stack, as systemd reads it; no systemd has to run."""
import os
import shutil
import subprocess
import tempfile
import unittest

UNIT = os.path.join(os.environ["AICO2_BUILD_ROOT"], "contrib/aico2-stack.service")
PROGRAM = os.environ["AICO2_PROGRAM"]


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class Unit(unittest.TestCase):
    def verify(self, change=lambda text: text):
        with open(UNIT, encoding="utf-8") as handle:
            text = handle.read()
        lines = [line for line in text.splitlines() if line.startswith("Exec")]
        self.assertEqual([line.partition("/aico2 ")[2] for line in lines], ["up", "up", "down --wait 20s"])
        for line in lines:  # it is not installed where the unit says
            text = text.replace(line, line.partition("=")[0] + "=" + PROGRAM + " " + line.partition("/aico2 ")[2])
        with tempfile.TemporaryDirectory(prefix="aico2-systemd-") as folder:
            with open(os.path.join(folder, "aico2-stack.service"), "w", encoding="utf-8") as handle:
                handle.write(change(text))
            return subprocess.run(["systemd-analyze", "--user", "--man=no", "verify", handle.name],
                                  env={**os.environ, "XDG_RUNTIME_DIR": folder}, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120, check=False)

    def test_it_is_clean(self):
        done = self.verify()
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_mistake_would_be_seen(self):
        self.assertIn("RemainAfterExi", self.verify(lambda text: text.replace("RemainAfterExit", "RemainAfterExi")).stdout)


if __name__ == "__main__":
    unittest.main()
