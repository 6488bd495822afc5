# SPDX-License-Identifier: Apache-2.0
"""test_serve_schemathesis.py - Schemathesis, a stranger's fuzzer, reads /openapi.json and asks what it makes of it.

It is put into an environment of its own (requirements.txt) beside the build, once; where the package index cannot be
reached the test is skipped and says so. Left out are: streams without end; and that whatever fits a schema is taken (a
place has to be one that there is).
"""
import json
import os
import re
import subprocess
import sys
import unittest

import harness
from serve_case import ServeCase

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = os.environ.get("AICO2_TEST_ENVIRONMENTS", "")
EXAMPLES = os.environ.get("AICO2_TEST_EXAMPLES", "15")


def install():
    """The program's path, or why there is none."""
    folder = os.path.join(PLACE, "schemathesis")
    program = os.path.join(folder, "bin", "schemathesis")
    requirements = os.path.join(HERE, "requirements.txt")
    if os.path.exists(program):
        return program, None
    steps = [[sys.executable, "-m", "venv", folder],
             [os.path.join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
              "--timeout", "15", "-r", requirements]]
    for step in steps:
        try:
            done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if done.returncode != 0:
            return None, (done.stdout.strip().splitlines() or ["?"])[-1]
    return program, None


@unittest.skipUnless(PLACE, "no folder for it")
class Schemathesis(ServeCase):
    def test_what_schemathesis_makes_of_the_description(self):
        program, why = install()
        if program is None:
            self.skipTest(f"schemathesis cannot be installed: {why}")
        for name in ("a", "b"):
            self.assertEqual(self.run_command("true", options=("--country", "FR", "--name", name)).returncode, 0)
        server = self.serve("--interval", "200ms")
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        address = f"http://127.0.0.1:{server.port}"
        done = subprocess.run(
            [program, "run", f"{address}/openapi.json", "--url", address, "--max-examples", EXAMPLES, "--seed", "1",
             "--generation-database", "none", "--phases", "examples,coverage,fuzzing", "--exclude-path", "/api/v1/live",
             "--exclude-checks", "positive_data_acceptance", "--no-color", "--request-timeout", "120",
             "--suppress-health-check", "too_slow"],  # on any machine
            cwd=self.cwd, env={**self.env, "HOME": self.root}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=900, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        tested = re.search(r"Tested: +([0-9]+)", done.stdout)
        self.assertIsNotNone(tested, done.stdout[-3000:])
        self.assertGreater(int(tested.group(1)), 15)
        self.assertEqual(json.loads(server.get("/api/v1/runs")[2])["schema"], "aico2.runs/1")
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    harness.main()
