# SPDX-License-Identifier: Apache-2.0
"""test_export_push.py - `aico2 export --remote-write`: stored runs sent once, with the times at which they were."""
import json
import os
import subprocess

import harness
from push_case import Case as PushCase
from push_case import Receiver, main, status

ENERGY = "aico2_run_device_energy_joules_total"


class Export(harness.Case):
    def receiver(self, *answers):
        found = Receiver(answers)
        self.addCleanup(found.close)
        return found

    def measure(self, seconds="1.5"):
        done = self.aico2("run", "--interval", "200ms", "--name", "past", "--quiet", "--", "sleep", seconds)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(self.aico2("show", "last", "--json").stdout)

    def push(self, server, *options, expected=0):
        done = self.aico2("export", "--remote-write", server.url + "/api/v1/write", *options)
        self.assertEqual(done.returncode, expected, done.stderr)
        return done

    def test_a_run_arrives_with_its_times_and_sums(self):
        report = self.measure()
        server = self.receiver()
        done = self.push(server)
        self.assertRegex(done.stdout, r"^1 run, [0-9]+ samples sent, 0 refused\n$")
        run_id = report["run"]["id"]
        total = server.values("aico2_run_energy_joules_total", run_id=run_id)
        began, ended = min(total), max(total)
        self.assertEqual(len(total), 2)
        self.assertEqual(total[began], 0)
        self.assertAlmostEqual(total[ended], report["energy"]["total_joules"], delta=0.1001)
        self.assertAlmostEqual((ended - began) / 1000, report["run"]["duration_seconds"], delta=0.5)
        self.assertEqual(server.values("aico2_run_running", run_id=run_id), {began: 1, ended: 0})
        self.assertEqual(server.values("aico2_run_info", run_id=run_id), {began: 1, ended: 1})
        for device in report["devices"]:
            values = server.values(ENERGY, run_id=run_id, device=device["id"])
            if device["kind"] == "board" or not values:
                continue
            self.assertEqual(list(values.values()), sorted(values.values()))
            self.assertTrue(all(began <= at <= ended for at in values))
            self.assertAlmostEqual(values[max(values)], device["energy_joules"], delta=0.1001)
        self.assertTrue(any(dict(labels)["__name__"] == ENERGY for labels in server.taken))

    def test_the_runs_chosen_the_oldest_first(self):
        first = self.measure("0.2")
        second = self.measure("0.2")
        server = self.receiver()
        self.push(server)
        order = [dict(labels)["run_id"] for labels in server.taken if dict(labels)["__name__"] == "aico2_run_running"]
        self.assertEqual(order, [first["run"]["id"], second["run"]["id"]])
        server = self.receiver()
        done = self.push(server, "--start", second["run"]["started_at"])
        self.assertTrue(done.stdout.startswith("1 run, "))
        self.assertEqual(self.push(self.receiver(), "--name", "other").stdout, "0 runs, 0 samples sent, 0 refused\n")

    def test_what_it_refuses_is_said(self):
        self.measure("0.2")
        server = self.receiver(*[status(400, "out of bounds")] * 500)
        done = self.push(server, expected=1)
        self.assertIn("the server answers 400: out of bounds", done.stderr)
        self.assertIn(" 0 samples sent, ", done.stdout)

    def test_who_is_not_let_in_is_told_at_once(self):
        self.measure("0.2")
        done = self.push(self.receiver(*[status(401, "who")] * 9), expected=1)
        self.assertIn("the server answers 401: who; check the user", done.stderr)

    def test_options_that_do_not_go_with_it(self):
        for options, part in ((("--json",), "--format"), (("-o", "x.csv"), "--output"),
                              (("--start", "2026-01-02T00:00:00Z", "--end", "2026-01-01T00:00:00Z"), "not after"),
                              (("--remote-write", "nowhere"), "not the URL of a server")):
            done = self.aico2("export", "--remote-write", "http://localhost:1/", *options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), options)
            self.assertIn(part, done.stderr)

    def test_an_address_in_a_file_sends_nothing(self):
        server = self.receiver()
        folder = os.path.join(self.root, "config", "aico2")
        os.makedirs(folder)
        with open(os.path.join(folder, "aico2.yml"), "w") as file:
            file.write(f"remote-write: {server.url}\n")
        self.env["XDG_CONFIG_HOME"] = os.path.join(self.root, "config")
        done = self.aico2("export")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.requests, [])


class Real(PushCase):
    def test_into_a_prometheus(self):
        server = self.real("prometheus")
        env = {**os.environ, "AICO2_DB": os.path.join(self.root, "history.db")}
        program = os.environ["AICO2_PROGRAM"]
        subprocess.run([program, "run", "--quiet", "--interval", "200ms", "--", "sleep", "1"], env=env, check=True)
        done = subprocess.run([program, "export", "--remote-write", server.url], env=env, check=True,
                              stdout=subprocess.PIPE, text=True)
        self.assertIn(", 0 refused", done.stdout)
        report = json.loads(subprocess.run([program, "show", "last", "--json"], env=env, check=True,
                                           stdout=subprocess.PIPE, text=True).stdout)
        found = server.samples("aico2_run_energy_joules_total", self.began_ms, self.began_ms + 300000)
        (values,) = found.values()
        self.assertAlmostEqual(max(values.values()), report["energy"]["total_joules"], delta=0.1001)


if __name__ == "__main__":
    main()
