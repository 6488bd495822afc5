# SPDX-License-Identifier: Apache-2.0
"""test_exporter.py - metrics as the programs take them that they are for: promtool, Prometheus, node_exporter."""
import os
import re
import stat
import subprocess
import threading
import unittest

import real_servers
from harness import PROGRAM, SLOW, Case, document, main
from real_servers import get, lint, node_exporter, wait_for

PAGE = os.environ["AICO2_METRICS_PAGE"]
TYPES = {"prometheus": "text/plain; version=0.0.4; charset=utf-8",
         "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8"}


def page(*words):
    return subprocess.run([PAGE, *words], stdout=subprocess.PIPE, text=True, check=True).stdout


def samples(text):
    """Name and labels as written, to value."""
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))


class Forms(Case):
    def test_promtool_has_nothing_to_say(self):
        self.assertEqual(lint(page()), (0, ""))
        self.assertEqual(lint(page("kepler")), (0, ""))

    def test_promtool_complains_of_scaphandres_own_names_alone(self):
        status, text = lint(page("scaphandre"))
        self.assertEqual(status, 3)
        for line in text.strip().splitlines():
            self.assertRegex(line, r"^scaph_\w+ (counter metrics should have|use base unit)")

    def test_both_forms_say_the_same(self):
        plain, openmetrics = page(), page("openmetrics")
        self.assertEqual(samples(plain), samples(openmetrics))
        self.assertTrue(openmetrics.endswith("\n# EOF\n"))
        # each family once, its samples together, no blank line
        for text in (plain, openmetrics):
            self.assertNotIn("\n\n", text)
            families = re.findall(r"(?m)^# TYPE (\S+)", text)
            self.assertEqual(len(families), len(set(families)))

    def test_prometheus_takes_both(self):
        pages = real_servers.Pages(self, {
            "/plain": (TYPES["prometheus"], page()),
            "/open": (TYPES["openmetrics"], page("openmetrics")),
            "/kepler": (TYPES["openmetrics"], page("openmetrics", "kepler")),
            "/scaphandre": (TYPES["openmetrics"], page("openmetrics", "scaphandre")),
        })
        server = real_servers.Prometheus(self, self.root, {name: (pages.address, "/" + name) for name in (
            "plain", "open", "kepler", "scaphandre")}, seconds=3)
        for name, target in server.targets().items():
            self.assertEqual((target["health"], target["lastError"]), ("up", ""), name)
        query = '{job="%s",__name__=~"aico2_.*|process_.*"}'
        plain = wait_for(lambda: server.ask("query", query=query % "plain")["result"])
        others = wait_for(lambda: server.ask("query", query=query % "open")["result"])

        def figures(result):
            return {tuple(sorted((key, value) for key, value in item["metric"].items() if key != "job")):
                    item["value"][1] for item in result}

        self.assertEqual(figures(plain), figures(others))
        self.assertEqual(len(plain), len(samples(page())))
        energy = server.values('aico2_energy_joules_total{job="open",kind="gpu"}')
        self.assertEqual(sorted(energy.values()), [987654.3, 1975308.6])
        info = server.ask("query", query='aico2_run_info{job="open",job_id="4711"}')["result"][0]["metric"]
        self.assertEqual((info["name"], info["cluster"]), ("line\none", 'c "1"'))
        self.assertEqual(server.ask("metadata", metric="aico2_power_watts")["aico2_power_watts"][0]["type"], "gauge")
        # sums are of the machine: what holds others is no part of them
        total = server.values('sum(aico2_energy_joules_total{job="open"})')
        self.assertAlmostEqual(total[()], sum(
            float(value) for name, value in samples(page()).items() if name.startswith("aico2_energy_joules_total")),
            delta=1e-6)

    def test_prometheus_asks_for_what_the_seeds_say(self):
        pages = real_servers.Pages(self, {"/metrics": (TYPES["prometheus"], page())})
        real_servers.Prometheus(self, self.root, {"it": (pages.address, "/metrics")}, seconds=3).targets()
        self.assertIn("application/openmetrics-text;version=1.0.0", pages.asked[0][1].replace(" ", ""))


class Textfile(Case):
    def setUp(self):
        super().setUp()
        self.folder_path = self.path("textfile")
        os.mkdir(self.folder_path)

    def export(self, *words, **more):
        done = self.aico2("export", "--textfile", self.folder_path, *words, **more)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return self.read("textfile/aico2.prom")

    def refused(self, status, *parts, words):
        done = self.aico2("export", *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.one_line(done.stderr, *parts)

    def test_node_exporter_shows_a_run(self):
        done = self.run_command("sleep", "1.1", options=["--name", "a \"b\" \\ c", "--country", "FR"])
        self.assertEqual(done.returncode, 0)
        report = document(self.aico2("show", "last", "--json").stdout)
        text = self.export("--country", "FR")
        self.assertEqual(lint(text), (0, ""))
        url = node_exporter(self, self.root, self.folder_path)
        shown = samples(get(url)[1])
        self.assertEqual(shown["node_textfile_scrape_error"], "0")
        run = '{run_id="%s"}' % report["run"]["id"]
        energy = float(shown["aico2_run_energy_joules_total" + run])
        self.assertLess(abs(energy - report["energy"]["total_joules"]), 0.1)
        self.assertLessEqual(energy, report["energy"]["total_joules"])
        for device in report["devices"]:
            labels = '{basis="%s",device="%s",kind="%s",reader="%s"}' % tuple(
                device[name] for name in ("basis", "id", "kind", "reader"))
            value = float(shown["aico2_energy_joules_total" + labels])
            self.assertLess(abs(value - device["energy_joules"]), 0.1 + 1e-9)
        for name, value in shown.items():  # anybody may read the file: nothing finer than a tenth
            if name.startswith("aico2_") and "_joules" in name:
                self.assertAlmostEqual(float(value) * 10, round(float(value) * 10), places=6, msg=name)
        self.assertIn('name="a \\"b\\" \\\\ c"', "".join(shown))
        # what node_exporter tells of itself is its own
        self.assertNotIn("process_", text)
        # and the next export is seen
        self.assertEqual(self.run_command("sleep", "0.3").returncode, 0)
        self.export("--country", "FR")
        shown = samples(get(url)[1])
        self.assertEqual(shown["node_textfile_scrape_error"], "0")
        self.assertEqual(len([name for name in shown if name.startswith("aico2_run_info{")]), 2)

    def test_names_of_others_on_request(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        self.assertNotIn("kepler_", self.export())
        text = self.export("--metrics-names", "kepler")
        self.assertIn("kepler_node_cpu_joules_total{", text)
        self.assertIn("aico2_energy_joules_total{", text)
        self.assertEqual(lint(text), (0, ""))
        self.assertIn("scaph_host_energy_microjoules ", self.export("--metrics-names", "scaphandre"))
        self.refused(2, "'prometheus'", words=["--textfile", self.folder_path, "--metrics-names", "prometheus"])

    def test_a_run_that_goes_on_rises_and_never_falls(self):
        process = self.start(PROGRAM, "run", "--interval", "100ms", "--", "sleep", "1000")
        before = {}
        for _ in range(6):
            def told():
                text = self.export()
                return "aico2_run_running" in text and samples(text)
            now = wait_for(told)
            for name, value in before.items():
                if "_total" in name:
                    self.assertGreaterEqual(float(now[name]), float(value), name)
            before = now
            wait_for(lambda: samples(self.export()) != before)
        running = [name for name, value in before.items() if name.startswith("aico2_run_running") and value == "1"]
        self.assertEqual(len(running), 1)
        process.terminate()
        process.wait(SLOW)

    def test_who_reads_meanwhile_has_a_whole_file(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        last = self.export().splitlines()[-1].split(" ")[0]
        over = threading.Event()
        torn = []

        def read():
            while not over.is_set():
                text = self.read("textfile/aico2.prom")
                if not text.endswith("\n") or last not in text or "aico2_build_info" not in text:
                    torn.append(text)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for _ in range(30):
                self.export()
        finally:
            over.set()
            reader.join()
        self.assertEqual(torn, [])
        self.assertEqual(os.listdir(self.folder_path), ["aico2.prom"])

    def test_all_may_read_it_whatever_the_umask(self):
        done = self.shell(f'umask 077; exec "$0" export --textfile {self.folder_path}')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        mode = os.stat(os.path.join(self.folder_path, "aico2.prom")).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o644)

    def test_a_link_is_replaced_and_not_followed(self):
        self.write("precious", "mine")
        os.symlink(self.path("precious"), os.path.join(self.folder_path, "aico2.prom"))
        self.export()
        self.assertEqual(self.read("precious"), "mine")
        self.assertFalse(os.path.islink(os.path.join(self.folder_path, "aico2.prom")))

    def test_a_damaged_file_of_last_time_is_no_hindrance(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        good = self.export()
        for text in ("", "\0\1\2", "aico2_energy_joules_total{", good[:len(good) // 2], "x" * 100000):
            self.write("textfile/aico2.prom", text)
            self.assertEqual(samples(self.export()), samples(good))

    def test_directories_that_are_refused(self):
        self.refused(2, "'none'", "no such directory", words=["--textfile", "none"])
        self.write("file", "")
        self.refused(2, "'file' is no directory", words=["--textfile", "file"])
        os.chmod(self.folder_path, 0o777)
        self.refused(2, "anybody could put another file in its place", words=["--textfile", self.folder_path])
        self.assertEqual(os.listdir(self.folder_path), [])
        os.chmod(self.folder_path, 0o1777)
        self.export()
        os.remove(os.path.join(self.folder_path, "aico2.prom"))
        os.mkdir(os.path.join(self.folder_path, "aico2.prom"))
        self.refused(1, "aico2.prom", "directory", words=["--textfile", self.folder_path])
        self.assertEqual(os.listdir(self.folder_path), ["aico2.prom"])

    def test_options_of_the_one_and_of_the_other(self):
        for words in (["-o", "x"], ["--format", "csv"], ["--json"], ["--start", "1"], ["--end", "2"],
                      ["--stage", "training"], ["--name", "x"]):
            self.refused(2, "not of --textfile", words=["--textfile", self.folder_path, *words])
        for words in (["--country", "FR"], ["--pue", "1.2"], ["--ended-within", "1h"], ["--metrics-names", "kepler"]):
            self.refused(2, words[0], "is of --textfile", words=words)
        self.refused(2, "'XX'", words=["--textfile", self.folder_path, "--country", "XX"])
        self.assertEqual(os.listdir(self.folder_path), [])

    def test_a_history_that_cannot_be_read_leaves_the_file_of_last_time(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        text = self.export()
        self.write("broken.db", "no history")
        self.refused(1, "broken.db", words=["--textfile", self.folder_path, "--db", "broken.db"])
        self.assertEqual(self.read("textfile/aico2.prom"), text)


if __name__ == "__main__":
    main()
