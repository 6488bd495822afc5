# SPDX-License-Identifier: Apache-2.0
"""test_serve_api.py - the API: the documents of the command line, read while the machine is being measured."""
import concurrent.futures
import gzip
import json
import os
import time
import unittest

import harness
from serve_case import ServeCase


class Api(ServeCase):
    def setUp(self):
        super().setUp()
        done = self.run_command("sleep", "1.1", options=("--name", "<script>alert(1)</script>' OR 1=1 --", "--country", "FR"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server = self.serve("--interval", "100ms")
        self.wait_for_samples(6)

    def document(self, path, status=200):
        got, headers, body = self.server.get(path)
        self.assertEqual(got, status, body)
        self.assertEqual(headers["Content-Type"], "application/json" if status == 200 else "application/problem+json")
        self.assertEqual(headers["Cache-Control"], "no-store")
        value = harness.document(body)
        if status != 200:
            self.assertEqual((value["status"], bool(value["title"]), bool(value["detail"])), (status, True, True))
        return value

    def test_runs_and_one_of_them(self):
        listed = self.document("/api/v1/runs")
        self.assertEqual(listed["schema"], "aico2.runs/1")
        watch, run = listed["runs"]
        self.assertEqual((watch["name"], watch["state"]), ("watch", "running"))
        self.assertEqual(run["name"], "<script>alert(1)</script>' OR 1=1 --")
        self.assertEqual([one["id"] for one in self.document("/api/v1/runs?stage=training")["runs"]], [run["id"]])
        self.assertEqual(self.document("/api/v1/runs?stage=nothing%27--")["runs"], [])
        page = self.document("/api/v1/runs?limit=1")
        self.assertEqual(len(page["runs"]), 1)
        self.assertEqual([one["id"] for one in self.document(f"/api/v1/runs?limit=1&cursor={page['next']}")["runs"]],
                         [run["id"]])
        report = self.document(f"/api/v1/runs/{run['id']}")
        shown = json.loads(self.aico2("show", run["id"], "--json").stdout)
        self.assertEqual(report["schema"], "aico2.report/1")
        self.assertEqual(report["run"], shown["run"])
        self.assertEqual(report["carbon"]["place"], "FR")
        self.assertEqual(report["run"]["id"], self.document(f"/api/v1/runs/{run['id'][:20].lower()}")["run"]["id"])

    def test_runs_are_searched_and_told_in_detail(self):
        units = ("--name", "Second", "--country", "DE", "--unit", "step", "--units", "4")
        self.assertEqual(self.run_command("sleep", "0.3", options=units).returncode, 0)
        second, first = self.document("/api/v1/runs?details=1&stage=training")["runs"]
        self.assertEqual((first["place"], second["place"]), ("FR", "DE"))
        report = self.document(f"/api/v1/runs/{second['id']}")
        self.assertEqual((second["unit"], second["units"]), ("step", 4))
        self.assertEqual(second["gco2e_per_unit"], report["sci"]["gco2e_per_unit"])
        self.assertEqual([second[key] for key in ("low_joules", "high_joules")],
                         [report["energy"][key] for key in ("low_joules", "high_joules")])
        self.assertEqual([second[key] for key in ("low_gco2e", "high_gco2e", "intensity_gco2e_per_kwh")],
                         [report["carbon"][key] for key in ("low_gco2e", "high_gco2e", "intensity_gco2e_per_kwh")])
        self.assertEqual(second["measured_ratio"], report["energy"]["measured_ratio"])
        self.assertIn(report["machine"]["cpu"]["model"], second["hardware"])
        self.assertNotIn("place", self.document("/api/v1/runs")["runs"][0])
        for search, names in (("second", ["Second"]), ("SCRIPT", [first["name"]]), ("%25", []), ("' OR 1=1", [first["name"]]),
                              (second["id"][-8:].lower(), ["Second"])):
            found = self.document("/api/v1/runs?stage=training&q=" + search.replace(" ", "%20"))["runs"]
            self.assertEqual([run["name"] for run in found], names, search)
        self.assertIn("201", self.document("/api/v1/runs?details=1&limit=201", 400)["detail"])
        self.assertIn("yes", self.document("/api/v1/runs?details=yes", 400)["detail"])

    def test_the_same_joules_elsewhere(self):
        busy = "end=$(($(date +%s) + 2)); while [ $(date +%s) -lt $end ]; do :; done"
        self.assertEqual(self.run_command("sh", "-c", busy, options=("--country", "FR")).returncode, 0)
        run = self.document("/api/v1/runs?stage=training")["runs"][0]["id"]
        here, there = (self.document(f"/api/v1/runs/{run}{query}") for query in ("", "?place=PL"))
        self.assertEqual((here["carbon"]["place"], there["carbon"]["place"]), ("FR", "PL"))
        self.assertEqual(here["energy"]["total_joules"], there["energy"]["total_joules"])
        self.assertGreater(here["carbon"]["operational_gco2e"], 0)
        self.assertAlmostEqual(
            there["carbon"]["operational_gco2e"] / here["carbon"]["operational_gco2e"],
            there["carbon"]["intensity_gco2e_per_kwh"] / here["carbon"]["intensity_gco2e_per_kwh"], places=6)
        self.assertEqual(self.document(f"/api/v1/runs/{run}?place=FR")["carbon"]["operational_gco2e"],
                         here["carbon"]["operational_gco2e"])
        self.assertIn("Atlantis", self.document(f"/api/v1/runs/{run}?place=Atlantis", 400)["detail"])

    def test_two_runs_against_each_other(self):
        self.assertEqual(self.run_command("sleep", "1.1", options=("--name", "b")).returncode, 0)
        b, a = [run["id"] for run in self.document("/api/v1/runs?stage=training")["runs"]]
        compared = self.document(f"/api/v1/compare?a={a}&b={b}")
        self.assertEqual((compared["a"], compared["b"]), (a, b))
        told = json.loads(self.aico2("compare", a, b, "--json").stdout)
        self.assertEqual([row["what"] for row in compared["rows"]], [row["what"] for row in told["rows"]])
        self.assertIn("two runs", self.document("/api/v1/compare", 400)["detail"])
        self.assertIn("two runs", self.document(f"/api/v1/compare?a={a}", 400)["detail"])
        for wrong in ("last", "..", "01XXXXXXXX", "' OR 1=1"):
            self.document(f"/api/v1/compare?a={a}&b={wrong.replace(' ', '%20')}", 404)

    def test_what_would_mend_it(self):
        doctor = self.document("/api/v1/doctor")
        told = json.loads(self.aico2("doctor", "--json").stdout)
        self.assertEqual([check["sensor"] for check in doctor["checks"]], [check["sensor"] for check in told["checks"]])

    def test_what_goes_on_is_told_by_tenths_of_a_joule(self):
        watch = self.document("/api/v1/runs")["runs"][0]

        def told():  # of its first second nothing is
            report = self.document(f"/api/v1/runs/{watch['id']}")
            return report["energy"]["total_joules"] is not None and report
        report = self.wait_until(told, "a second of it")
        self.assertEqual(report["run"]["state"], "running")
        figures = [device["energy_joules"] for device in report["devices"]]
        figures += [report["energy"]["total_joules"], report["energy"]["machine_joules"]]
        self.assertGreater(min(figures[:1] + figures[-2:]), 0)
        for value in figures:
            self.assertAlmostEqual(value * 10, round(value * 10), places=6)
        # nor do the grams tell more: they are of the same joules
        grams = report["energy"]["total_joules"] / 3.6e6 * report["carbon"]["intensity_gco2e_per_kwh"]
        self.assertAlmostEqual(report["carbon"]["operational_gco2e"] / grams, 1, places=9)

    def test_a_run_of_moments_is_told_no_finer_in_the_list(self):
        """Grams are joules times a number that anybody knows."""
        rows = self.document("/api/v1/runs")["runs"]
        self.assertIn("finished", [row["state"] for row in rows])
        for key, steps in (("total_joules", 10), ("total_gco2e", 1e4)):
            figures = [row[key] for row in rows if row[key] is not None]
            self.assertNotEqual(figures, [])
            for value in figures:
                self.assertAlmostEqual(value * steps, round(value * steps), places=6, msg=key)

    def test_the_samples_of_a_run_are_drawn(self):
        busy = "end=$(($(date +%s) + 12)); while [ $(date +%s) -lt $end ]; do :; done"
        self.assertEqual(self.run_command("sh", "-c", busy).returncode, 0)
        run = self.document("/api/v1/runs?stage=training")["runs"][0]["id"]
        report = self.document(f"/api/v1/runs/{run}")
        joules = {device["id"]: device["energy_joules"] for device in report["devices"]}
        covered = dict(self.stored("SELECT devices.id, sum(covered_seconds) FROM samples JOIN devices USING (run, device)"
                                   " JOIN runs ON runs.key = run WHERE runs.id = ? GROUP BY devices.id", run))
        for step, seconds in (("", 1), ("?step=2", 2), ("?step=500ms", 1), ("?step=1m", 60), ("?step=366d", 366 * 86400)):
            drawn = self.document(f"/api/v1/runs/{run}/samples{step}")
            self.assertEqual((drawn["schema"], drawn["run"], drawn["step_seconds"]), ("aico2.samples/1", run, seconds))
            self.assertEqual({device["id"] for device in drawn["devices"]}, set(covered))
            for device in drawn["devices"]:
                times = [point[0] for point in device["points"]]
                if seconds == 1:
                    whole_times = times
                self.assertEqual(times, sorted(set(times)))
                for time_, least, mean, most in device["points"]:
                    self.assertAlmostEqual(time_ / seconds, round(time_ / seconds), places=6)
                    self.assertLessEqual(least, mean + 1e-9)
                    self.assertLessEqual(mean, most + 1e-9)
                if seconds > 60:
                    self.assertEqual(len(times), 1)
                    # each sample is told to 0.1 J below, and the last may have been too short to be told
                    told = device["points"][0][2] * covered[device["id"]]
                    self.assertLess(abs(told - joules[device["id"]]), 0.1 * len(whole_times) + 2.5 * device["points"][0][3])
        self.assertEqual(drawn, self.document(f"/api/v1/runs/{run[:20].lower()}/samples?step=31622400"))
        # a part of it: the very points of the whole whose steps lie in it
        whole = self.document(f"/api/v1/runs/{run}/samples?step=1")["devices"]
        start = int(whole[0]["points"][3][0])
        part = self.document(f"/api/v1/runs/{run}/samples?step=1&from={start}&to={start + 4}")["devices"]
        for all_of_it, some in zip(whole, part):
            self.assertEqual({name: some[name] for name in ("id", "kind", "basis", "added")},
                             {name: all_of_it[name] for name in ("id", "kind", "basis", "added")})
            self.assertEqual(some["points"], [point for point in all_of_it["points"] if start <= point[0] < start + 4])
        self.assertEqual({device["added"] for device in whole}, {True})
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start))
        self.assertEqual(self.document(f"/api/v1/runs/{run}/samples?step=1&from={stamp}&to={start + 4}")["devices"], part)

    def test_what_goes_on_is_drawn_by_seconds(self):
        watch = self.document("/api/v1/runs")["runs"][0]
        drawn = self.wait_until(lambda: (lambda got: got["devices"] and got["devices"][0]["points"] and got)(
            self.document(f"/api/v1/runs/{watch['id']}/samples?step=100ms")), "a second of samples")
        self.assertEqual(drawn["step_seconds"], 1)

    def test_bad_questions_about_samples(self):
        run = self.document("/api/v1/runs")["runs"][0]["id"]
        for step in ("0", "x", "-1", "", "1e3", "1us", "367d", "1.2.3", "5parsecs"):
            self.assertIn(f"'{step}'", self.document(f"/api/v1/runs/{run}/samples?step={step}", 400)["detail"])
        for ends in ("from=yesterday", "to=", "from=2026-13-01T00:00:00Z", "from=1795707410&to=1795707410", "to=-1"):
            self.assertIn(f"'{ends.split('=')[-1]}'", self.document(f"/api/v1/runs/{run}/samples?{ends}", 400)["detail"])
        for wrong in ("last", "..", "01AAAAAAAAAAAAAAAAAAAAAAAA", "0" * 200):
            self.assertIn(wrong[:40], self.document(f"/api/v1/runs/{wrong}/samples", 404)["detail"])
        for path in ("/api/v1/runs/samples", f"/api/v1/runs/{run}/samples/", f"/api/v1/runs/{run}/sample", "/api/v1/runs//samples"):
            self.document(path, 404)

    def test_places_and_devices(self):
        self.assertEqual(self.document("/api/v1/intensity/FR")["place"], "FR")
        for path, place in (("/api/v1/intensity/aws%3Aeu-west-3", "aws:eu-west-3"), ("/api/v1/intensity/world", "world")):
            self.assertEqual(self.document(path)["schema"], "aico2.intensity/1", place)
        self.assertEqual(self.document("/api/v1/intensity")["places"],
                         json.loads(self.aico2("intensity", "--json").stdout)["places"])
        devices = self.document("/api/v1/devices")
        self.assertEqual(devices["schema"], "aico2.devices/1")
        self.assertIn("proc_cpu", [reader["name"] for reader in devices["readers"]])

    def test_long_answers_are_packed_for_who_takes_gzip(self):
        status, headers, plain = self.server.get("/api/v1/intensity")
        self.assertEqual((status, headers.get("content-encoding")), (200, None))
        for taken, packed in (("gzip, br", True), ("identity", False), ("gzip;q=0", False)):
            status, headers, body = self.server.get("/api/v1/intensity", headers={"Accept-Encoding": taken})
            self.assertEqual((status, headers.get("content-encoding")), (200, "gzip" if packed else None), taken)
            self.assertEqual(gzip.decompress(body) if packed else body, plain)
            if packed:
                self.assertIn("Accept-Encoding", headers.get("vary"))
                self.assertLess(len(body) * 6, len(plain))
        # what is short stays as it is, and so does an error
        for path in ("/api/v1/intensity/FR", "/api/v1/runs?limit=x"):
            self.assertNotIn("content-encoding", self.server.get(path, headers={"Accept-Encoding": "gzip"})[1])

    def test_bad_questions(self):
        for path in ("/api/v1/runs?limit=0", "/api/v1/runs?limit=x", "/api/v1/runs?limit=1001", "/api/v1/runs?limit=-1",
                     "/api/v1/runs?cursor=%27", "/api/v1/runs?limit="):
            self.document(path, 400)
        for path in ("/api/v1/runs/last", "/api/v1/runs/watch", "/api/v1/runs/01AAAAAAAAAAAAAAAAAAAAAAAA",
                     "/api/v1/runs/..", "/api/v1/runs/%2e%2e%2fetc", "/api/v1/runs/01%27%20OR%201", "/api/v1/runs/1",
                     "/api/v1/runs/", "/api/v1/runs/a/b", "/api/v1/intensity/Atlantis", "/api/v1/intensity/",
                     "/api/v1", "/api/v1/", "/api/v2/runs"):
            self.document(path, 404)
        self.assertIn("Atlantis", self.document("/api/v1/intensity/Atlantis", 404)["detail"])
        self.assertEqual(self.server.get("/api/v1/runs", method="POST", body=b"{}")[0], 403)  # nobody here may write
        self.assertEqual(self.server.get("/api/v1/devices", method="POST", body=b"{}")[0], 405)

    def test_many_at_once_and_the_sampler_goes_on(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = set(pool.map(lambda _: self.server.get("/api/v1/runs")[0], range(200)))
        self.assertEqual(statuses, {200})
        self.wait_for_samples(30)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.runs()[0]["state"], "finished")

    def test_clients_that_leave_before_their_answer(self):
        for _ in range(20):
            peer = self.server.connect()
            peer.sendall(b"GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\n\r\n")
            peer.close()
        self.assertEqual(self.server.get("/healthz")[0], 200)
        self.assertEqual(self.server.stop(), 0)

    def test_it_ends_while_it_is_being_asked(self):
        peers = [self.server.connect() for _ in range(8)]
        for peer in peers:
            peer.sendall(b"GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.05)
        self.assertEqual(self.server.stop(), 0)


class Agent(ServeCase):
    def test_figures_and_health_alone(self):
        server = self.serve("--no-db", "--agent")
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        self.assertEqual([server.get(path)[0] for path in ("/healthz", "/readyz")], [200, 200])
        for path in ("/", "/api/v1/runs", "/api/v1/devices", "/api/v1/intensity/FR"):
            self.assertEqual(server.get(path)[0], 404, path)

    def test_without_a_history_there_are_no_runs(self):
        server = self.serve("--no-db")
        self.assertEqual(json.loads(server.get("/api/v1/runs")[2])["runs"], [])
        self.assertEqual(server.get("/api/v1/runs/01AAAAAAAAAAAAAAAAAAAAAAAA")[0], 404)
        self.assertFalse(os.path.exists(self.db))


if __name__ == "__main__":
    unittest.main()
