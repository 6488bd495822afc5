# SPDX-License-Identifier: Apache-2.0
"""test_fuzz.py - every function that takes a text from outside apart has a fuzz target, which calls it or what calls it

A parser is a function of a header of src/ with `parse` in its name, or one of those named below. It stands in a target itself, or here with a word by which a
target comes to it, and the source that has both this word and a call of the parser. Each target is built and has seeds.
"""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PARSER = re.compile(r"\b([a-z][a-z0-9_]*parse[a-z0-9_]*)\s*\(")

# parser: the function or name that a target has, and the source in which that leads to it
REACHED = {
    "cpu_name_parse": ("catalog_cpu_find", "src/catalog/cpu.c"),
    "gpu_name_parse": ("catalog_gpu_find", "src/catalog/gpu.c"),
    "meminfo_parse_kib": ("meminfo_parse", "src/readers/proc_memory.c"),
    "scopes_parse": ("token_list_parse", "src/server/token_file.c"),
    "seed_report_parse": ('"seed"', "src/importers/seed.c"),
    "time_csv_parse": ("intensity_series_parse", "src/carbon/series.c"),
}
# What takes a text from outside apart under another name.
OTHERS = {
    "access_from_options", "cgroup_usage_read", "coding_takes_gzip", "grace_meter_of", "host_check", "login_look", "origin_is_of_host",
    "prometheus_query", "prometheus_window", "prometheus_yml_interval_ns", "quota_closed_until", "quota_take", "rank_find", "rank_lock_try", "reply_open", "route_find",
    "target_path", "type_is_json", "uri_is_bad",
}
# What no stranger's text gets to.
OWN = {
    "settings_parse": "the command line of aico2-sensord, which root or its unit writes",
}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return COMMENT.sub("", handle.read())


def files(folder, ending):
    for place, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in sorted(names):
            if name.endswith(ending):
                yield os.path.relpath(os.path.join(place, name), ROOT)


def parsers():
    headers = "\n".join(read(path) for path in files("src", ".h"))
    return set(PARSER.findall(headers)) | {name for name in OTHERS if calls(headers, name)}


def calls(text, name):
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


class Fuzz(unittest.TestCase):
    def setUp(self):
        self.targets = {path: read(path) for path in files("tests/fuzz", ".c") if os.path.basename(path).startswith("fuzz_")}
        self.text = "\n".join(self.targets.values())

    def test_every_parser_is_fuzzed(self):
        found = parsers()
        self.assertGreater(len(found), 40)
        missing = {name for name in found if not calls(self.text, name)} - set(REACHED) - set(OWN)
        self.assertEqual(missing, set(), "call them in a target of tests/fuzz, or say above what calls them there")
        self.assertEqual((set(REACHED) | set(OWN) | OTHERS) - found, set(), "there is no such parser any more")

    def test_ways_to_parsers_are_ways(self):
        for name, (word, source) in REACHED.items():
            self.assertFalse(calls(self.text, name), f"{name} is called by a target itself")
            self.assertTrue(calls(self.text, word), f"{name}: no target has {word}")
            self.assertTrue(calls(read(source), word) and calls(read(source), name), f"{source} does not lead from {word} to {name}")

    def test_every_target_is_built_and_has_seeds(self):
        built = set(re.findall(r"'([a-z0-9_]+)'", read("tests/fuzz/meson.build")))
        for path in self.targets:
            name = os.path.basename(path)[len("fuzz_"):-len(".c")]
            self.assertIn(name, built)
            self.assertTrue(os.listdir(os.path.join(ROOT, "tests/fuzz/seeds", name)), f"{name} has no seeds")

    def test_a_parser_without_a_target_would_be_seen(self):
        self.assertEqual(PARSER.findall("bool tea_parse(const char *text);\nint reparse_all (void);"), ["tea_parse", "reparse_all"])
        self.assertFalse(calls("coffee_tea_parse(x)", "tea_parse"))


if __name__ == "__main__":
    unittest.main()
