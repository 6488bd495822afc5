# SPDX-License-Identifier: Apache-2.0
"""linters.py - programs of PyPI that judge what is no code, in an environment of their own (requirements.txt) beside the build, made once"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = os.environ["AICO2_TEST_ENVIRONMENTS"]
SLOW = 600


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SLOW,
                          check=False, **more)


def install():
    """The folder of their programs, or why there is none."""
    folder = os.path.join(PLACE, "linters")
    done_mark = os.path.join(folder, "installed")
    with open(os.path.join(HERE, "requirements.txt"), encoding="utf-8") as handle:
        wanted = handle.read()
    if os.path.exists(done_mark):
        with open(done_mark, encoding="utf-8") as handle:
            if handle.read() == wanted:
                return os.path.join(folder, "bin"), None
    for words in ([sys.executable, "-m", "venv", folder],
                  [os.path.join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
                   "--timeout", "15", "-r", os.path.join(HERE, "requirements.txt")]):
        try:
            done = run(*words)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if done.returncode != 0:
            return None, (done.stdout.strip().splitlines() or ["?"])[-1]
    with open(done_mark, "w", encoding="utf-8") as handle:
        handle.write(wanted)
    return os.path.join(folder, "bin"), None
