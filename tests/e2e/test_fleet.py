#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_fleet.py - aico2 fleet against real servers with series of three machines, figures worked out by hand."""
import csv
import io
import os
import subprocess
import time

from harness import document
from remote_case import SLOW, Case, Series, free_port, main

PROGRAM = os.environ["AICO2_PROGRAM"]
BEGIN = int(time.time()) // 3600 * 3600 - 6 * 3600
FROM = BEGIN + 3600
STEP = 60
KWH = 3.6e6


def on(instance, metric, at, end=4 * 3600, **labels):
    return Series(metric, at, BEGIN, BEGIN + end, step=STEP, job="aico2", instance=instance, **labels)


def energy(instance, device, watts, **more):
    return on(instance, "aico2_energy_joules_total", lambda t: watts * t, device=device, kind=device[:3],
              reader="rapl", basis="measured", **more)


def run(instance, run_id, watts, stage="training", **labels):
    return [on(instance, "aico2_run_energy_joules_total", lambda t: watts * t, run_id=run_id),
            on(instance, "aico2_run_info", lambda t: 1, run_id=run_id, name="t", stage=stage, **labels)]


def place(instance, name, at):
    return on(instance, "aico2_grid_carbon_intensity_gco2e_per_kwh", at, place=name, source="Ember")


def machines():
    """n1 in France 60 + 40 W, n2 in Sweden 50 W, n3 says nothing of its place, 10 W. Job 4711 is on n1 and n2."""
    return [
        energy("n1", "cpu0", 60), energy("n1", "gpu0", 40), energy("n2", "gpu0", 50), energy("n3", "cpu0", 10),
        on("n1", "aico2_overlap_energy_joules_total", lambda t: 500 * t, device="board", kind="board", reader="ipmi",
           basis="measured"),
        place("n1", "FR", lambda t: 40), place("n2", "SE", lambda t: 20),
        *run("n1", "r1", 30, cluster="c", job_id="4711", user="ada", account="physics"),
        *run("n2", "r2", 20, cluster="c", job_id="4711", user="ada", account="physics"),
        *run("n3", "r3", 5, user="bob", namespace="vision", pod="p-0"),
        *run("n1", "r4", 100, stage="watch"),  # what the agent keeps of all of n1: nobody's job
    ]


def recorded():
    """What the rules would have recorded: 0.1 and 0.05 kWh in an hour."""
    return [
        Series("node_place:aico2_energy_joules:increase1h", lambda t: 0.1 * KWH, BEGIN, BEGIN + 4 * 3600, 120,
               instance="n1", place="FR"),
        Series("node_place:aico2_energy_joules:increase1h", lambda t: 0.05 * KWH, BEGIN, BEGIN + 4 * 3600, 120,
               instance="n2", place="SE"),
        Series("place:aico2_grid_carbon_intensity_gco2e_per_kwh:avg1h", lambda t: 40 if t < 2 * 3600 + 60 else 80,
               BEGIN, BEGIN + 4 * 3600, 120, place="FR"),
        Series("job_place:aico2_energy_joules:increase1h", lambda t: 0.01 * KWH, BEGIN, BEGIN + 4 * 3600, 120,
               cluster="c", job_id="4711", user="ada", project="physics", place="FR"),
    ]


class FleetCase(Case):
    def call(self, url, hours, *words):
        return subprocess.run([PROGRAM, "fleet", "--prometheus-url", url, "--start", str(FROM),
                               "--end", str(FROM + hours * 3600), *words], env={**self.env, "HOME": self.root},
                              cwd=self.root, check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SLOW)

    def told(self, url, hours, *words):
        done = self.call(url, hours, "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return document(done.stdout)

    def rows(self, answer):
        return {row[answer["by"]]: row for row in answer["rows"]}

    def near(self, value, expected, ratio=1e-6):
        self.assertAlmostEqual(value, expected, delta=abs(expected) * ratio)


class Direct(FleetCase):
    """Without the rules: each machine's own series."""

    def check_nodes(self, url):
        answer = self.told(url, 2, "--by", "node", "--pue", "1.5")
        rows = self.rows(answer)
        self.assertEqual(list(rows), ["n1", "n2", "n3"])
        self.near(rows["n1"]["total_joules"], 2 * 0.1 * KWH)
        self.near(rows["n2"]["total_joules"], 2 * 0.05 * KWH)
        self.near(rows["n3"]["total_joules"], 2 * 0.01 * KWH)
        # 0.2 kWh x 1.5 x 40 g, 0.1 kWh x 1.5 x 20 g
        self.near(rows["n1"]["operational_gco2e"], 12)
        self.near(rows["n2"]["operational_gco2e"], 3)
        self.assertLess(rows["n1"]["low_gco2e"], 12)
        self.assertEqual(rows["n1"]["hours"], 2)
        self.near(answer["total_joules"], 0.32 * KWH)
        places = {item["place"]: item for item in answer["places"]}
        self.near(places["FR"]["time_matched_ratio"], 1)
        self.assertIn("do not say where they are", "".join(answer["notes"]))
        self.assertIn("no recorded sums", "".join(answer["notes"]))
        # nobody says where n3 is: the world's figure
        self.near(rows["n3"]["operational_gco2e"], 0.02 * 1.5 * places[None]["yearly_gco2e_per_kwh"])
        return answer

    def check_work(self, url):
        jobs = self.rows(self.told(url, 2, "--by", "job"))
        self.near(jobs["c/4711"]["total_joules"], 2 * 0.05 * KWH)
        # 0.06 kWh at 40 g and 0.04 kWh at 20 g
        self.near(jobs["c/4711"]["operational_gco2e"], 3.2)
        self.near(jobs["vision/p-0"]["total_joules"], 2 * 0.005 * KWH)
        self.assertIsNone(jobs["c/4711"].get("hours"))
        users = self.rows(self.told(url, 2, "--by", "user"))
        self.assertEqual(sorted(users), ["ada", "bob"])
        projects = self.rows(self.told(url, 2, "--by", "project"))
        self.assertEqual(sorted(projects), ["physics", "vision"])
        self.near(projects["physics"]["total_joules"], 2 * 0.05 * KWH)

    def test_prometheus(self):
        url = self.prometheus(machines())
        self.assertIn("Prometheus", self.check_nodes(url)["server"])
        self.check_work(url)

    def test_victoria_metrics(self):
        url = self.victoria(machines())
        self.check_nodes(url)
        self.check_work(url)

    def test_the_last_hour_need_not_be_whole(self):
        url = self.prometheus(machines())
        half = self.rows(self.told(url, 1.5, "--by", "node"))
        self.near(half["n1"]["total_joules"], 1.5 * 0.1 * KWH)
        quarter = self.rows(self.told(url, 0.25, "--by", "node"))
        self.near(quarter["n1"]["total_joules"], 0.25 * 0.1 * KWH)

    def test_where_the_others_are_can_be_told(self):
        url = self.prometheus(machines())
        rows = self.rows(self.told(url, 1, "--by", "node", "--intensity", "500"))
        self.near(rows["n3"]["operational_gco2e"], 5)
        self.near(rows["n1"]["operational_gco2e"], 4)

    def test_text_and_csv(self):
        url = self.prometheus(machines())
        done = self.call(url, 2, "--by", "node", "--limit", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("n1", done.stdout)
        self.assertIn("2 more", done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 80)
        done = self.call(url, 2, "--by", "node", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([row["node"] for row in rows], ["n1", "n2", "n3"])
        self.near(float(rows[0]["total_joules"]), 2 * 0.1 * KWH)


class Recorded(FleetCase):
    def test_each_hour_by_its_own_intensity(self):
        url = self.prometheus(recorded())
        answer = self.told(url, 2, "--by", "node")
        rows = self.rows(answer)
        # 0.1 kWh at 40 and 0.1 kWh at 80 g
        self.near(rows["n1"]["operational_gco2e"], 12)
        self.assertEqual(answer["notes"], [])
        places = {item["place"]: item for item in answer["places"]}
        self.near(places["SE"]["time_matched_ratio"], 0)
        self.near(rows["n2"]["operational_gco2e"], 0.1 * places["SE"]["yearly_gco2e_per_kwh"])
        jobs = self.rows(self.told(url, 2, "--by", "job"))
        self.near(jobs["c/4711"]["operational_gco2e"], 0.01 * 40 + 0.01 * 80)


class Bad(FleetCase):
    def refused(self, status, needle, *words, url="http://127.0.0.1:9"):
        done = self.call(url, 2, *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(needle, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_what_cannot_be_asked(self):
        self.refused(2, "'galaxy'", "--by", "galaxy")
        self.refused(2, "is not after", "--end", str(FROM - 1))
        self.refused(2, "'Atlantis'", "--country", "Atlantis")
        self.refused(2, "hours are too many", "--start", "0")
        self.refused(1, "unreachable", url=f"http://127.0.0.1:{free_port()}")

    def test_no_url(self):
        done = subprocess.run([PROGRAM, "fleet", "--start", "0", "--end", "9"], env=self.env, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--prometheus-url", done.stderr)

    def test_a_server_that_knows_no_fleet(self):
        self.refused(1, "no data", url=self.prometheus())


if __name__ == "__main__":
    main()
