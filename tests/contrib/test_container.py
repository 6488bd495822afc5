# SPDX-License-Identifier: Apache-2.0
"""test_container.py - the image has the libraries that the programs need, and no more. No image is built."""
import os
import re
import shutil
import subprocess
import unittest

FILE = os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "contrib/container/Containerfile")
PROGRAMS = os.environ["AICO2_TEST_PROGRAMS"].split(":")  # those that are built
ALL = 5
WITH_EVERY_IMAGE = {"libc6"}
FOR_OTHERS = {"ca-certificates"}  # of whom providers are


def output(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout


def is_bookworm():
    try:
        with open("/etc/debian_version", encoding="utf-8") as handle:
            return handle.read().startswith("12")
    except FileNotFoundError:
        return False


def packages():
    """Those of the last stage."""
    with open(FILE, encoding="utf-8") as handle:
        stage = handle.read().rpartition("\nFROM ")[2]
    words = re.search(r"--no-install-recommends((?: *\\\n *\S+)+)", stage).group(1)
    return words.partition("&&")[0].replace("\\", " ").split()


class Container(unittest.TestCase):
    def test_packages_stand_in_order_once(self):
        self.assertEqual(packages(), sorted(set(packages())))

    @unittest.skipUnless(len(PROGRAMS) == ALL, "not all programs are built here")
    @unittest.skipUnless(shutil.which("objdump") and shutil.which("dpkg") and shutil.which("ldconfig") and is_bookworm(),
                         "not on Debian 12")
    def test_they_are_those_of_what_is_linked(self):
        cache = dict(re.findall(r"^\s+(\S+) \([^)]*64[^)]*\) => (\S+)$", output("ldconfig", "-p"), re.MULTILINE))
        needed = {name for program in PROGRAMS
                  for name in re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", program))}
        found = set()
        for name in needed:
            for path in (cache[name], os.path.realpath(cache[name])):
                done = subprocess.run(["dpkg", "-S", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                      check=False)
                if done.returncode == 0:
                    found.add(done.stdout.partition(":")[0])
                    break
            else:
                self.fail(f"{name}: {cache[name]} is in no package")
        self.assertEqual(found - WITH_EVERY_IMAGE, set(packages()) - FOR_OTHERS)


if __name__ == "__main__":
    unittest.main()
