# SPDX-License-Identifier: Apache-2.0
"""test_data.py - data/ is what data/SOURCES.md says it is, and each figure has a source with a licence."""
import csv
import os
import re
import unittest

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")
TABLES = sorted(name for name in os.listdir(DATA) if name.endswith(".csv"))


def rows(name):
    with open(os.path.join(DATA, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(DATA, "SOURCES.md"), encoding="utf-8") as file:
            cls.text = file.read()

    def test_every_table_is_listed_with_its_rows(self):
        listed = dict(re.findall(r"^\| (\w+\.csv) \| (\d+) \|", self.text, re.MULTILINE))
        self.assertEqual(listed, {name: str(len(rows(name))) for name in TABLES})

    def test_no_table_is_spoken_of_that_is_not_there(self):
        self.assertEqual(set(re.findall(r"\b\w+\.csv\b", self.text)) - set(TABLES), set())

    def test_every_source_is_described(self):
        known = {row["key"]: row for row in rows("sources.csv")}
        for name in TABLES:
            for row in rows(name):
                for column in [name for name in row if name == "source" or name.endswith("_source")]:
                    for key in filter(None, re.split(r"[+;]", row[column])):
                        self.assertIn(key.strip(), known, f"{name}: {row}")
        for key, row in known.items():
            self.assertTrue(row["licence"], f"{key} has no licence")

    def test_tables_are_plain_utf8(self):
        for name in TABLES:
            with open(os.path.join(DATA, name), "rb") as file:
                content = file.read()
            self.assertFalse(content.startswith(b"\xef\xbb\xbf"), name)
            self.assertNotIn(b"\r", content, name)
            self.assertTrue(content.endswith(b"\n"), name)
            content.decode("utf-8")


if __name__ == "__main__":
    unittest.main()
