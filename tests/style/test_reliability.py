# SPDX-License-Identifier: Apache-2.0
"""test_reliability.py - docs/reliability.md names a test for every bar R1 to R22, and each is registered and says which bar it holds"""
import json
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BARS = [f"R{number}" for number in range(1, 23)]
ROW = re.compile(r"^\| (R\d+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`([a-z0-9]+-[\w-]+)` \((tests/[\w./]+)\)")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read()


def rows(page):
    """{bar: its columns}; a bar that comes twice is an error."""
    found = [(bar, [column.strip() for column in text.split("|")]) for bar, text in ROW.findall(page)]
    if len(dict(found)) != len(found):
        raise AssertionError("a bar has two rows")
    return dict(found)


def tests_of(columns):
    return TEST.findall(columns[1])


def registered():
    out = subprocess.run(["meson", "introspect", "--tests", os.environ["AICO2_BUILD_ROOT"]], stdout=subprocess.PIPE, check=True).stdout
    return {test["name"] for test in json.loads(out)}


class Page(unittest.TestCase):
    def setUp(self):
        self.rows = rows(read("docs/reliability.md"))

    def test_every_bar_has_a_row(self):
        self.assertEqual(list(self.rows), BARS)
        for bar, columns in self.rows.items():
            self.assertEqual(len(columns), 5, bar)
            self.assertTrue(all(columns), f"{bar}: an empty column")

    def test_every_row_names_a_test_that_tells_its_bar(self):
        for bar, columns in self.rows.items():
            named = tests_of(columns)
            if not columns[1].startswith("`make "):
                self.assertTrue(named, f"{bar}: no test")
            for name, path in named:
                self.assertRegex(read(path), rf"\b{bar}\b", f"{path} does not say that it holds {bar}")

    @unittest.skipUnless(os.environ.get("AICO2_BUILD_IS_WHOLE") == "yes", "this build leaves out programs, and their tests")
    def test_what_is_named_is_registered(self):
        there = registered()
        for bar, columns in self.rows.items():
            for name, _ in tests_of(columns):
                self.assertIn(name, there, bar)

    def test_what_is_missing_would_be_seen(self):
        self.assertEqual(rows("| R1 | a | `e2e-x` (tests/e2e/x.py) | 1 | 2 | 3 |\n")["R1"][0], "a")
        self.assertEqual(tests_of(["a", "`e2e-x` (tests/e2e/x.py), `unit-y_z` (tests/unit/y.c)"]),
                         [("e2e-x", "tests/e2e/x.py"), ("unit-y_z", "tests/unit/y.c")])
        with self.assertRaises(AssertionError):
            rows("| R1 | a |\n| R1 | b |\n")


if __name__ == "__main__":
    unittest.main()
