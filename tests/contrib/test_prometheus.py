# SPDX-License-Identifier: Apache-2.0
"""test_prometheus.py - recording and alerting rules, and every expression of the dashboards, in a real Prometheus."""
import json
import os
import re
import tempfile
import unittest

import prometheus

RULES = os.path.join(prometheus.ROOT, "contrib/prometheus/aico2.rules.yml")
RULES_TEST = os.path.join(prometheus.ROOT, "contrib/prometheus/aico2.rules.test.yml")
BOARDS = [os.path.join(prometheus.ROOT, "contrib/grafana", name) for name in ("aico2.json", "aico2-fleet.json")]
START = 1795478400  # 2026-11-24T00:00:00Z
HOURS = 3
END = START + HOURS * 3600
TYPES = {"row", "stat", "timeseries", "table"}
UNITS = {"watt", "massg", "none", "percentunit", "kwatth", "joule", "s"}


def text_of(path):
    with open(path, encoding="utf-8") as handle:
        return handle.read()


def board(path):
    return json.loads(text_of(path))


def panels(document):
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def expressions(document):
    return [(panel["title"], target["expr"]) for panel in panels(document) for target in panel["targets"]]


def without_variables(expression):
    """As Grafana puts values in their place."""
    return expression.replace("$__range", "3h").replace("$instance", ".*").replace("$project", ".*")


def exported():
    """The names of the program's own table: whoever renames one there finds out here."""
    names = set(re.findall(r'"((?:aico2|process)_[a-z0-9_]+)"',
                           text_of(os.path.join(prometheus.ROOT, "src/session/metrics/report.c"))))
    names.add("up")  # of Prometheus itself
    return names


def recorded():
    return set(re.findall(r"- record: (\S+)", text_of(RULES)))


def names_in(expression):
    """Names of metrics: what stands before a selector, a range or an end, and is neither function nor label."""
    expression = re.sub(r'"[^"]*"', "", expression)
    expression = re.sub(r"\b(?:by|on|group_left|without|ignoring)\s*\([^)]*\)", " ", expression)
    expression = re.sub(r"\{[^}]*\}", " ", expression)
    expression = re.sub(r"\[[^\]]*\]", " ", expression)
    words = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()", expression)
    return {word for word in words if "_" in word or word == "up"} - {"group_left", "label_replace"}


def series(name, labels, first, step):
    """One sample a minute over all the hours."""
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return [f"{name}{{{inside}}} {first + step * minute:g} {START + 60 * minute}" for minute in range(HOURS * 60 + 1)]


def history():
    """Two machines with all that is exported, and what the rules record of them."""
    families = {}

    def add(name, labels, first=1, step=0):
        families.setdefault(name, []).extend(series(name, labels, first, step))

    for node in ("n1", "n2"):
        target = {"job": "aico2", "instance": node}
        for device, kind, watts in (("cpu0", "cpu", 100), ("gpu0", "gpu", 50)):
            meter = {"device": device, "kind": kind, "reader": "r", "basis": "measured"}
            one = {"device": device, "kind": kind}
            add("aico2_energy_joules_total", {**target, **meter}, 0, watts * 60)
            add("aico2_power_watts", {**target, **meter}, watts)
            add("aico2_device_utilization_ratio", {**target, **one}, 0.01)
            add("aico2_emissions_gco2e_total", {**target, **one}, 0, 0.5)
            add("aico2_embodied_gco2e_total", {**target, **one}, 0, 0.1)
            add("aico2_gap_seconds_total", {**target, "device": device}, 0, 6)
        add("aico2_overlap_power_watts", {**target, "device": "board", "kind": "board", "reader": "ipmi",
                                          "basis": "measured"}, 180)
        add("aico2_grid_carbon_intensity_gco2e_per_kwh", {**target, "place": "FR", "source": "s"}, 44)
        add("aico2_run_info", {**target, "run_id": "r-" + node, "name": "t", "stage": "training", "job_id": "211",
                               "user": "ada", "account": "physics", "cluster": "c"})
        add("aico2_run_energy_joules_total", {**target, "run_id": "r-" + node}, 0, 1000)
        add("aico2_run_emissions_gco2e_total", {**target, "run_id": "r-" + node}, 0, 0.5)
        add("aico2_run_duration_seconds", {**target, "run_id": "r-" + node}, 0, 60)
        add("aico2_run_running", {**target, "run_id": "r-" + node})
        add("aico2_reader_up", {**target, "reader": "rapl"}, 0)
        add("aico2_late_ticks_total", target, 0, 1)
        add("aico2_build_info", {**target, "version": "0.1.0"})
        add("process_cpu_seconds_total", target, 0, 0.1)
        add("up", target, 0)
        for name in sorted(recorded()):
            scope = name.split(":")[0]
            if scope == "node":
                add(name, {"instance": node}, 9000)
            elif scope == "node_kind":
                add(name, {"instance": node, "kind": "cpu"}, 9000)
    for name in sorted(recorded()):
        scope = name.split(":")[0]
        if scope in ("job", "user", "project"):
            labels = {"job": {"job_id": "211", "user": "ada", "project": "physics"}, "user": {"user": "ada"},
                      "project": {"project": "physics"}}[scope]
            add(name, labels, 4000)
    lines = []
    for name, samples in families.items():
        counter = name.endswith("_total")
        lines.append(f"# TYPE {name[:-6] if counter else name} {'counter' if counter else 'gauge'}")
        lines += samples
    return "\n".join(lines) + "\n# EOF\n"


class Boards(unittest.TestCase):
    def test_each_has_what_grafana_needs(self):
        uids = [board(path)["uid"] for path in BOARDS]
        self.assertEqual(len(set(uids)), len(uids))
        for path in BOARDS:
            document = board(path)
            with self.subTest(path):
                for key, kind in (("title", str), ("uid", str), ("schemaVersion", int), ("panels", list), ("time", dict),
                                  ("templating", dict), ("annotations", dict), ("links", list)):
                    self.assertIsInstance(document[key], kind)
                self.assertNotIn("id", document)  # of one server's database
                ids = [panel["id"] for panel in document["panels"]]
                self.assertEqual(len(set(ids)), len(ids))
                for link in document["links"]:
                    self.assertIn(link["url"], ["/d/" + uid for uid in uids])

    def test_the_data_source_is_chosen_by_who_looks(self):
        for path in BOARDS:
            document = board(path)
            variables = {variable["name"]: variable for variable in document["templating"]["list"]}
            self.assertEqual((variables["datasource"]["type"], variables["datasource"]["query"]),
                             ("datasource", "prometheus"))
            wanted = {"type": "prometheus", "uid": "${datasource}"}
            for variable in variables.values():
                if variable["type"] == "query":
                    self.assertEqual(variable["datasource"], wanted)
            for panel in panels(document):
                self.assertEqual(panel["datasource"], wanted, panel["title"])
                for target in panel["targets"]:
                    self.assertEqual(target["datasource"], wanted, panel["title"])
            used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps([panel["targets"] for panel in panels(document)])))
            self.assertLessEqual(used, set(variables) | {"__range"})

    def test_one_row_a_question_and_nothing_overlaps(self):
        for path in BOARDS:
            document = board(path)
            rows = [panel for panel in document["panels"] if panel["type"] == "row"]
            self.assertEqual(document["panels"][0]["type"], "row")
            for row in rows:
                self.assertTrue(row["title"].endswith("?"), row["title"])
                self.assertEqual(row["gridPos"]["w"], 24)
            cells = set()
            for panel in document["panels"]:
                self.assertIn(panel["type"], TYPES)
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24)
                for x in range(place["x"], place["x"] + place["w"]):
                    for y in range(place["y"], place["y"] + place["h"]):
                        self.assertNotIn((x, y), cells, panel["title"])
                        cells.add((x, y))
                if panel["type"] != "row":
                    self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS, panel["title"])

    def test_only_what_is_exported_or_recorded_is_asked_for(self):
        for path in BOARDS:
            document = board(path)
            asked = [expression for _, expression in expressions(document)]
            asked += [variable["query"]["query"].replace("label_values(", "(")
                      for variable in document["templating"]["list"] if variable["type"] == "query"]
            for expression in asked:
                names = {name for name in names_in(expression) if name not in ("instance", "project")}
                self.assertTrue(names, expression)
                self.assertLessEqual(names, exported() | recorded(), expression)


@unittest.skipUnless(prometheus.PROMTOOL, "promtool is not installed")
class Rules(unittest.TestCase):
    def test_rules_are_clean(self):
        done = prometheus.promtool("check", "rules", "--lint-fatal", RULES)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("SUCCESS", done.stdout)

    def test_numbers_worked_out_by_hand(self):
        done = prometheus.promtool("test", "rules", RULES_TEST)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_those_numbers_would_show_a_mistake(self):
        for right, wrong in (("max by (instance, device, kind, reader, basis) (increase(aico2_energy_joules_total[1h]))",
                              "increase(aico2_energy_joules_total[1h])"),  # counted twice
                             ("[1h]", "[2h]"), ('"namespace", "(.+)"', '"pod", "(.+)"'), ("> 180", "> 100"),
                             ("or on (instance, run_id) last_over_time", "and on (instance, run_id) last_over_time"),
                             ('{stage!="watch"}', ""), ("topk by (instance, run_id)", "bottomk by (name)"),
                             ("< 0.05", "< 0.95")):
            text = text_of(RULES)
            self.assertIn(right, text)
            with self.subTest(wrong), tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "aico2.rules.yml"), "w", encoding="utf-8") as handle:
                    handle.write(text.replace(right, wrong))
                with open(os.path.join(folder, "test.yml"), "w", encoding="utf-8") as handle:
                    handle.write(text_of(RULES_TEST))
                self.assertNotEqual(prometheus.promtool("test", "rules", handle.name).returncode, 0)

    def test_only_what_is_exported_or_recorded_is_asked_for(self):
        for expression in re.findall(r"expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)", text_of(RULES)):
            names = names_in(expression[0] or expression[1])
            self.assertTrue(names, expression)
            self.assertLessEqual(names, exported() | recorded(), expression)


class Answers:
    """Of make_server(text)."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.make_server(history())
        cls.addClassCleanup(cls.server.stop)

    def test_every_panel_shows_something(self):
        for path in BOARDS:
            for title, expression in expressions(board(path)):
                with self.subTest(title):
                    self.assertTrue(self.server.query(without_variables(expression), END), expression)

    def test_figures_are_those_of_the_history(self):
        """Two machines of 150 W over three hours are 0.9 kWh; 4 x 0.5 g a minute are 360 g."""
        by_title = dict(expressions(board(BOARDS[0])))
        for title, expected in (("Power", 300), ("Energy", 0.9), ("Emissions of the electricity", 360),
                                ("Making of the hardware", 72), ("Grid", 44), ("Runs going on", 2)):
            (row,) = self.server.query(without_variables(by_title[title]), END)
            self.assertAlmostEqual(float(row["value"][1]), expected, delta=expected * 0.001, msg=title)


@unittest.skipUnless(prometheus.PROMETHEUS and prometheus.PROMTOOL, "prometheus is not installed")
class OfPrometheus(Answers, unittest.TestCase):
    make_server = prometheus.Server


@unittest.skipUnless(prometheus.VICTORIA, "victoria-metrics is not installed")
class OfVictoriaMetrics(Answers, unittest.TestCase):
    make_server = prometheus.Victoria


if __name__ == "__main__":
    unittest.main()
