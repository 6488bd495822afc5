# SPDX-License-Identifier: Apache-2.0
"""test_methodology.py - the whole run of METHODOLOGY.md, typed as it stands there; who is cited."""
import os
import re
import shlex
import unittest

from harness import Case, document, main

ROOT = os.environ["AICO2_TEST_SOURCE_ROOT"]
FILE = re.compile(r"^```(?:text|csv) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = re.compile(r"^```example run\n\$ aico2 (.*)\n((?:gives .*\n)+)```$", re.MULTILINE)
GIVES = re.compile(r"^gives (\S+) = (\S+)$", re.MULTILINE)


class WholeRun(Case):
    def test_it_gives_what_it_says(self):
        with open(os.path.join(ROOT, "METHODOLOGY.md"), encoding="utf-8") as handle:
            text = handle.read()
        for name, content in FILE.findall(text):
            self.write(name, content)
        runs = RUN.findall(text)
        self.assertGreater(len(runs), 0)
        for words, gives in runs:
            done = self.aico2(*shlex.split(words))
            self.assertEqual(done.returncode, 0, done.stderr)
            told = GIVES.findall(gives)
            self.assertEqual(len(told), gives.count("\n"))
            for path, value in told:
                found = document(done.stdout)
                for key in path.split("."):
                    found = found[key]
                self.assertAlmostEqual(found / float(value), 1, delta=1e-11, msg=path)

    def test_what_is_cited_is_this_version(self):
        with open(os.path.join(ROOT, "CITATION.cff"), encoding="utf-8") as handle:
            version = re.search(r"^version: (\S+)$", handle.read(), re.MULTILINE).group(1)
        self.assertIn(f" {version}", self.aico2("--version").stdout)


if __name__ == "__main__":
    main()
