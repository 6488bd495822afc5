# SPDX-License-Identifier: Apache-2.0
"""test_serve_metrics.py - /metrics: what it says, in every form, to promtool and to a real Prometheus."""
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

from harness import PROGRAM, SLOW
from ports import free_port
from serve_case import ServeCase

OPENMETRICS = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," \
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def samples(text):
    """{series: value} of an exposition."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if line and not line.startswith("#")}


class Metrics(ServeCase):
    def metrics(self, server, **headers):
        def there():
            answer = server.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})
            return answer if answer[0] == 200 else None
        return self.wait_until(there, "/metrics")

    def joules(self, server):
        return sum(value for name, value in samples(self.metrics(server)[2].decode()).items()
                   if name.startswith("aico2_energy_joules_total{"))

    def test_both_forms_plain_and_packed(self):
        server = self.serve("--no-db", "--country", "FR")
        _, headers, text = self.metrics(server)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertIsNone(headers["Content-Encoding"])
        self.assertIn(b'aico2_grid_carbon_intensity_gco2e_per_kwh{place="FR",source="Ember"} 44.18\n', text)
        _, headers, text = self.metrics(server, Accept=OPENMETRICS)
        self.assertTrue(headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"))
        self.assertTrue(text.endswith(b"# EOF\n"))
        for accept in ("text/plain", OPENMETRICS):
            _, headers, packed = self.metrics(server, Accept=accept, Accept_Encoding="gzip, deflate")
            self.assertEqual(headers["Content-Encoding"], "gzip")
            self.assertIn("Accept-Encoding", headers["Vary"])
            self.assertIn(b"aico2_build_info", gzip.decompress(packed))
        for encoding in ("identity", "gzip;q=0", "br", "x-gzip"):
            self.assertIsNone(self.metrics(server, Accept_Encoding=encoding)[1]["Content-Encoding"], encoding)
        status, headers, body = server.get("/metrics", method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 500)

    def test_what_it_used_itself_is_within_the_machines(self):
        server = self.serve("--no-db", "--interval", "200ms")

        def told():
            page = samples(self.metrics(server)[2].decode())
            return "aico2_own_energy_joules_total" in page and page
        own = self.wait_until(told, "its own energy")["aico2_own_energy_joules_total"]
        self.assertLessEqual(own, self.joules(server))

    def test_runs_of_the_history(self):
        server = self.serve("--interval", "200ms")
        self.assertFalse([name for name in samples(self.metrics(server)[2].decode()) if "aico2_run_" in name])
        running = self.start(PROGRAM, "run", "--name", "a long one", "--", "sleep", "1000")
        done = self.run_command("sleep", "1.2", options=["--name", "a short one"],
                                env={"SLURM_JOB_ID": "4711", "SLURM_JOB_USER": "ada"})
        self.assertEqual(done.returncode, 0)
        short = json.loads(self.aico2("show", "a short one", "--json").stdout)

        def told():
            page = samples(self.metrics(server)[2].decode())
            return len([name for name in page if name.startswith("aico2_run_info{")]) == 2 and page
        page = self.wait_until(told, "two runs")
        labels = '{run_id="%s"}' % short["run"]["id"]
        joules = short["energy"]["total_joules"]
        self.assertLessEqual(page["aico2_run_energy_joules_total" + labels], joules)
        self.assertGreater(page["aico2_run_energy_joules_total" + labels], joules - 0.1)
        self.assertEqual(page["aico2_run_running" + labels], 0)
        info, = [name for name in page if name.startswith("aico2_run_info{") and 'name="a short one"' in name]
        self.assertIn('job_id="4711"', info)
        self.assertIn('user="ada"', info)
        long, = [name for name, value in page.items() if name.startswith("aico2_run_running") and value == 1]
        lasted = long.replace("aico2_run_running", "aico2_run_duration_seconds")
        self.wait_until(lambda: samples(self.metrics(server)[2].decode())[lasted] > page[lasted], "it goes on")
        running.terminate()
        running.wait(SLOW)

    def test_names_of_others_on_request(self):
        server = self.serve("--no-db", "--metrics-names", "kepler")
        text = self.metrics(server)[2].decode()
        self.assertIn("kepler_node_cpu_joules_total{", text)
        self.assertIn("aico2_energy_joules_total{", text)

    def test_it_says_what_the_history_will_say(self):
        server = self.serve("--interval", "200ms")
        self.wait_until(lambda: self.joules(server) > 1, "some energy")
        last = self.joules(server)
        server.stop()
        run, = self.runs()
        self.assertLessEqual(last, run["total_joules"] + 0.1)
        self.assertGreater(last, 0)

    def test_counters_go_on_from_run_to_run(self):
        folder = os.path.join(self.root, "config", "aico2")
        os.makedirs(folder)
        server = self.serve("--interval", "200ms")
        before = 0
        for country in ("FR", "PL", "SE"):
            with open(os.path.join(folder, "aico2.yml"), "w", encoding="utf-8") as handle:
                handle.write(f"country: {country}\n")
            server.process.send_signal(signal.SIGHUP)
            self.wait_until(lambda: f'{{place="{country}"' in self.metrics(server)[2].decode(), country)

            def rises(before=before):
                now = self.joules(server)
                self.assertGreaterEqual(now, before)
                return now > before and now
            before = self.wait_until(rises, "more joules")
        server.stop()
        runs = self.runs()
        self.assertEqual(len(runs), 4)
        total = sum(run["total_joules"] for run in runs)
        self.assertLessEqual(before, total + 0.2)

    def test_nothing_finer_than_a_second_and_a_tenth_of_a_joule(self):
        server = self.serve("--no-db", "--interval", "20ms")
        self.metrics(server)
        changes, last, began = 0, None, time.monotonic()
        while time.monotonic() - began < 4:
            text = re.sub(r"process_\S+ \S+", "", self.metrics(server)[2].decode())
            changes += last is not None and text != last
            last = text
            time.sleep(0.02)
        self.assertLessEqual(changes, 5)
        for name, value in samples(last).items():
            if "joules" in name or "watts" in name:
                self.assertAlmostEqual(value * 10, round(value * 10), places=4, msg=name)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_has_nothing_to_say(self):
        server = self.serve("--no-db")
        _, _, text = self.metrics(server)
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False, timeout=SLOW)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


@unittest.skipUnless(shutil.which("prometheus"), "prometheus is not installed")
class Scraped(ServeCase):
    def prometheus(self, target):
        folder = os.path.join(self.root, "prometheus")
        os.mkdir(folder)
        port = free_port()
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as handle:
            handle.write(f"scrape_configs: [{{job_name: aico2, scrape_interval: 1s, scrape_timeout: 1s,"
                         f" static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n")
        with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
            self.start("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                       f"--web.listen-address=127.0.0.1:{port}", stdout=log, stderr=log)
        return f"http://127.0.0.1:{port}"

    @staticmethod
    def query(base, text):
        try:
            with urllib.request.urlopen(f"{base}/api/v1/query?query={urllib.parse.quote(text)}", timeout=SLOW) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    def test_prometheus_takes_it_over_a_restart(self):
        server = self.serve("--interval", "200ms")
        base = self.prometheus(server.port)
        self.wait_until(lambda: [one["value"][1] for one in self.query(base, "up")] == ["1"], "up")
        self.wait_until(lambda: self.query(base, "sum(rate(aico2_energy_joules_total[30s])) > 0"), "a rate")
        info = self.wait_until(lambda: self.query(base, "aico2_build_info"), "what it is")
        self.assertEqual(info[0]["metric"]["job"], "aico2")

        def is_well():  # a scrape has a second, which a busy machine may miss once
            with urllib.request.urlopen(f"{base}/api/v1/targets", timeout=SLOW) as answer:
                return json.load(answer)["data"]["activeTargets"][0]["lastError"] == ""
        self.wait_until(is_well, "a scrape without an error")
        port = server.port
        server.stop()
        self.wait_until(lambda: [one["value"][1] for one in self.query(base, "up")] == ["0"], "down")
        self.serve("--listen", f"127.0.0.1:{port}", listen=False)
        self.wait_until(lambda: [one["value"][1] for one in self.query(base, "up")] == ["1"], "up again")


if __name__ == "__main__":
    unittest.main()
