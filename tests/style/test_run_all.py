# SPDX-License-Identifier: Apache-2.0
"""test_run_all.py - the runner counts what passed, and misses no failure."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import run_all  # noqa: E402


def count(result="OK", out="", err=""):
    return str(run_all.count_test({"result": result, "stdout": out, "stderr": err}))


class Counts(unittest.TestCase):
    def test_lines_of_tap(self):
        self.assertEqual(count(out="1..3\nok 1 - a\nok 2 - b\nok 3 - c\n# ok - tests\n"), "3 passed, 0 failed")
        self.assertEqual(count("FAIL", "1..2\nnot ok 1 - a\nok 2 - b\n"), "1 passed, 1 failed")
        self.assertEqual(count(out="1..2\nok 1 - a # SKIP no valgrind\nok 2 - b\n"),
                         "1 passed, 0 failed, 1 skipped")
        self.assertEqual(count(out="1..2\nok 1 - a\nnot ok 2 # SKIP b\n"), "1 passed, 0 failed, 1 skipped")

    def test_missing_lines_of_tap_are_a_failure(self):
        self.assertEqual(count(out="1..3\nok 1 - a\n"), "1 passed, 1 failed")

    def test_methods_of_python(self):
        self.assertEqual(count(err="...\nRan 3 tests in 0.1s\n\nOK\n"), "3 passed, 0 failed")
        self.assertEqual(count(err="Ran 7 tests in 0.2s\n\nOK (skipped=2)\n"),
                         "5 passed, 0 failed, 2 skipped")
        self.assertEqual(count("FAIL", err="Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"),
                         "5 passed, 3 failed, 1 skipped")

    def test_functions_of_pytest(self):
        self.assertEqual(count(out="...s  [100%]\n3 passed, 1 skipped in 0.12s\n"), "3 passed, 0 failed, 1 skipped")
        self.assertEqual(count("FAIL", "==== 2 failed, 5 passed, 1 warning, 1 error in 61.02s (0:01:01) ====\n"),
                         "5 passed, 3 failed")
        self.assertEqual(count("FAIL", "5 passed in 1.00s\n"), "5 passed, 1 failed", "it fell over afterwards")

    def test_a_program_without_lines_is_one(self):
        self.assertEqual(count("OK", "done\n"), "1 passed, 0 failed")
        self.assertEqual(count("FAIL", "src/a.c:1: bad\n"), "0 passed, 1 failed")
        self.assertEqual(count("SKIP"), "0 passed, 0 failed, 1 skipped")

    def test_a_crash_after_good_lines_is_a_failure(self):
        self.assertEqual(count("ERROR", "1..3\nok 1 - a\n"), "1 passed, 1 failed")
        self.assertEqual(count("TIMEOUT", "1..1\nok 1 - a\n"), "1 passed, 1 failed")
        self.assertEqual(count("FAIL", err="Ran 1 test in 1s\n\nOK\n"), "1 passed, 1 failed")

    def test_what_failed_is_told_once_more(self):
        entry = {"result": "FAIL", "stdout": "1..2\nok 1 - a\nnot ok 2 - b\n\n",
                 "stderr": "\n".join(["early"] + ["x" * 1000] * 24) + "\nShadow bytes around the address\n  0x00\n"}
        lines = run_all.told(entry).split("\n")
        self.assertEqual(lines[:3], ["", "    1..2", "    not ok 2 - b"])
        self.assertEqual(lines[3:], ["    " + "x" * 300] * 24)

    def test_what_was_skipped_is_named_with_its_reason(self):
        def skips(out="", err="", skipped=1):
            return run_all.skips_of({"name": "web-page", "stdout": out, "stderr": err}, run_all.Count(skipped=skipped))
        self.assertEqual(skips("1..2\nok 1 - a # SKIP no valgrind\nok 2 - b\n"), ["web-page: 1 for this: no valgrind"])
        lines = "test_a (x.Now.test_a) ... skipped 'no browser'\ntest_b (x.Now.test_b)\nWhat it says. ... skipped \"it's not here\"\n"
        self.assertEqual(skips(err=lines + lines.splitlines()[0]), ["web-page: 2 for this: no browser", "web-page: 1 for this: it's not here"])
        self.assertEqual(skips("skipped 3\n", skipped=3), ["web-page: 3"])
        self.assertEqual(skips("1..1\nok 1 - a\n", "test_a ... ok\n", 0), [])

    def test_a_directory_that_could_not_be_made_is_skipped_with_its_reason(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            with open(os.path.join(folder, "skipped"), "w", encoding="utf-8") as file:
                file.write("no compiler for it\n")
            self.assertEqual(run_all.main([folder + ":unit"]), 0)
        self.assertIn(f"{folder}:unit: skipped: no compiler for it", out.getvalue())
        self.assertTrue(out.getvalue().endswith("0 passed, 0 failed, 1 skipped\n"))

    def run_with(self, tests, answers, again=True):
        """tests: name to suite; answers: of each call of meson test, names to results. Return: the result, and the words of the calls."""
        calls = []

        def meson_test(_, words):
            calls.append(words)
            done = answers[len(calls) - 1]
            entries = [{"name": name, "result": result, "stdout": "", "stderr": ""} for name, result in done.items()]
            return int("FAIL" in done.values()), entries
        with mock.patch.object(run_all, "suites_of", return_value={name: [suite] for name, suite in tests.items()}), \
                mock.patch.object(run_all, "meson_test", meson_test), contextlib.redirect_stdout(io.StringIO()):
            return run_all.run("build", [], again), calls

    def test_a_browser_runs_alone(self):
        result, calls = self.run_with({"a": "unit", "b": "web", "c": "e2e", "d": "web"}, [{"a": "OK", "c": "OK"}, {"b": "OK", "d": "OK"}])
        self.assertEqual(str(result.count), "4 passed, 0 failed")
        self.assertEqual(calls, [["a", "c"], ["--num-processes", "1", "b", "d"]])

    def test_the_second_time_counts_and_the_first_is_told(self):
        result, calls = self.run_with({"b": "e2e", "c": "e2e"}, [{"b": "FAIL", "c": "OK"}, {"b": "OK"}])
        self.assertEqual(str(result.count), "2 passed, 0 failed")
        self.assertEqual(result.unsteady, ["build: b: 0 passed, 1 failed at first (FAIL)"])
        self.assertEqual(calls[1], ["--num-processes", "1", "b"])
        result, _ = self.run_with({"b": "e2e"}, [{"b": "FAIL"}, {"b": "FAIL"}])
        self.assertEqual((str(result.count), result.unsteady), ("0 passed, 1 failed", []))
        self.assertEqual(result.failed, ["build: b: 0 passed, 1 failed (FAIL)"])
        result, calls = self.run_with({"b": "e2e"}, [{"b": "FAIL"}], again=False)
        self.assertEqual((str(result.count), len(calls)), ("0 passed, 1 failed", 1))

    def test_no_other_test_and_no_crowd_is_run_again(self):
        result, calls = self.run_with({"a": "unit", "b": "e2e"}, [{"a": "FAIL", "b": "FAIL"}, {"b": "OK"}])
        self.assertEqual((str(result.count), calls[1:]), ("1 passed, 1 failed", [["--num-processes", "1", "b"]]))
        names = [f"t{i}" for i in range(run_all.AGAIN_MOST + 1)]
        result, calls = self.run_with({name: "e2e" for name in names}, [{name: "FAIL" for name in names}])
        self.assertEqual((str(result.count), len(calls)), (f"0 passed, {len(names)} failed", 1))

    def test_nothing_that_ran_is_a_failure(self):
        result, _ = self.run_with({}, [])
        self.assertEqual((str(result.count), result.failed), ("0 passed, 1 failed", ["build: no test was run"]))


if __name__ == "__main__":
    unittest.main()
