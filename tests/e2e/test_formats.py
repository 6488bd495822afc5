# SPDX-License-Identifier: Apache-2.0
"""test_formats.py - the pages of file formats name every field, column and table of what the program writes"""
import csv
import json
import os
import re
import sqlite3
import unittest

from harness import Case, main

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "man")
# what a table of words has for keys: a label's name, a component, a grid's figures
OF_THEIR_OWN = {"labels", "embodied", "others", "market_based"}


def names_in(page):
    """The words that a page sets as commands: fields, columns, tables."""
    with open(os.path.join(PAGES, page), encoding="utf-8") as handle:
        lines = re.findall(r"^\.(?:It )?(?:Pq )?Cm (.*)$|^\.Pq Cm (.*)$", handle.read(), re.MULTILINE)
    return {word for line in lines for word in re.findall(r"[a-z_]\w*", "".join(line))}


def keys_of(value):
    if isinstance(value, list):
        return set().union(*(keys_of(item) for item in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value) | set().union(*(keys_of(item) for key, item in value.items() if key not in OF_THEIR_OWN))


class Formats(Case):
    def setUp(self):
        super().setUp()
        done = self.aico2("run", "--country", "FR", "--db", "h.db", "-o", "report.json", "--samples", "samples.csv", "--csv", "e.csv",
                          "--interval", "20ms", "--", "sleep", "0.2")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_report(self):
        with open(self.path("report.json"), encoding="utf-8") as handle:
            keys = keys_of(json.load(handle))
        self.assertIn("rated_power_source", keys)
        self.assertEqual(keys - names_in("aico2-report.5"), set())

    def test_the_csvs(self):
        with open(self.path("samples.csv"), encoding="utf-8", newline="") as handle:
            columns = next(csv.reader(handle))
        self.assertEqual(columns[0], "time")
        self.assertEqual(set(columns) - names_in("aico2-csv.5"), set())
        with open(self.path("e.csv"), encoding="utf-8", newline="") as handle:
            columns = next(csv.reader(handle))
        self.assertLessEqual({columns[0], columns[1], columns[-1]}, names_in("aico2-csv.5"))

    def test_the_history(self):
        names = names_in("aico2-history.5")
        base = sqlite3.connect(self.path("h.db"))
        self.addCleanup(base.close)
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.assertIn("runs", tables)
        for table in tables:
            columns = {row[1] for row in base.execute(f"PRAGMA table_info({table})")}
            self.assertEqual(({table} | columns) - names, set(), table)
        with open(os.path.join(PAGES, "aico2-history.5"), encoding="utf-8") as handle:
            text = handle.read()
        self.assertIn(f"is the number of its schema, {base.execute('PRAGMA user_version').fetchone()[0]} now;", text)
        self.assertIn(f"is {base.execute('PRAGMA application_id').fetchone()[0]}.", text)


if __name__ == "__main__":
    main()
