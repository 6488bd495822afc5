# SPDX-License-Identifier: Apache-2.0
"""test_serve_scopes.py - what a token or a user may: read, write runs, see finer figures; and that nobody else sees those."""
import base64
import contextlib
import ctypes
import json
import math
import os
import sqlite3
import time
import unittest

from serve_case import ServeCase
from test_serve_live import Stream

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs")
READ, WRITE, RAW = ("0123456789abcdef-" + word for word in ("read", "write", "raw"))
TOKENS = f"{READ}\n{WRITE} write\n{RAW}\tread,raw\r\n"
CSV = {"Content-Type": "text/csv"}


def bearer(token, **more):
    return {"Authorization": "Bearer " + token, **more}


def log(name="training_data.csv"):
    with open(os.path.join(LOGS, name), "rb") as handle:
        return handle.read()


class ScopesCase(ServeCase):
    def file(self, name, text):
        path = os.path.join(self.root, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
            handle.write(text)
        return path

    def send(self, server, body, token=None, query="?name=training_data.csv", **headers):
        status, _, text = server.get("/api/v1/runs" + query, method="POST", body=body,
                                     headers={**CSV, **(bearer(token) if token else {}), **headers})
        return status, json.loads(text)


class Write(ScopesCase):
    def test_a_log_that_is_sent_becomes_a_run(self):
        server = self.serve("--token-file", self.file("tokens", TOKENS), "--country", "FR")
        status, got = self.send(server, log(), WRITE)
        self.assertEqual((status, got["schema"], got["runs"][0]["already"]), (201, "aico2.import/1", False))
        run, = [run for run in self.runs() if run["state"] == "imported"]
        self.assertEqual((run["id"], run["name"]), (got["runs"][0]["id"], "training_data.csv"))
        self.assertAlmostEqual(run["total_joules"], 0.005981 * 3600, places=6)
        status, again = self.send(server, log(), WRITE)
        self.assertEqual((status, again["runs"]), (200, [{"id": run["id"], "already": True}]))
        status, got = self.send(server, log("inference_data.csv"), WRITE, "?name=../../inference_data.csv")
        self.assertEqual(status, 201)
        status, got = self.send(server, log("emissions.csv"), WRITE, "?stage=tuning")
        self.assertGreater(len(got["runs"]), 1)
        self.assertEqual({run["stage"] for run in self.runs() if run["state"] == "imported"},
                         {"training", "inference", "tuning"})

    def test_who_may_not(self):
        server = self.serve("--token-file", self.file("tokens", TOKENS))
        self.assertEqual(self.send(server, log())[0], 401)
        for token in (READ, RAW):
            status, problem = self.send(server, log(), token)
            self.assertEqual(status, 403)
            self.assertIn("the scope write", problem["detail"])
            self.assertEqual(server.get("/api/v1/runs", headers=bearer(token))[0], 200)
        for origin in ("http://evil.example", f"http://127.0.0.1:{server.port + 1}", "null", f"ftp://127.0.0.1:{server.port}"):
            status, problem = self.send(server, log(), WRITE, Origin=origin)
            self.assertEqual((status, problem["detail"]), (403, "pages of other places may not write here"), origin)
        self.assertEqual([run for run in self.runs() if run["state"] == "imported"], [])
        self.assertEqual(self.send(server, log(), WRITE, Origin=f"http://127.0.0.1:{server.port}")[0], 201)

    def test_nobody_may_without_tokens(self):
        server = self.serve()
        self.assertEqual(self.send(server, log())[0], 403)

    def test_what_is_no_log(self):
        server = self.serve("--token-file", self.file("tokens", TOKENS))
        for body, words in ((b"", "the file is empty"), (b"a,b\n1,2\n", "none of the logs that are known"),
                            (b"Operating System Name,Linux,\n", "no energy above 0"), (b"\0" * 100, "")):
            status, problem = self.send(server, body, WRITE)
            self.assertEqual(status, 400, problem)
            self.assertIn(words, problem["detail"])
        for kind in ("application/json", "multipart/form-data", "text/csvx"):
            self.assertEqual(self.send(server, log(), WRITE, **{"Content-Type": kind})[0], 415, kind)
        status, headers, _ = server.get("/api/v1/runs", method="PUT", headers=bearer(WRITE))
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, POST"))
        self.assertEqual(self.serve("--no-db", "--token-file", os.path.join(self.root, "tokens")).get(
            "/api/v1/runs", method="POST", body=log(), headers=bearer(WRITE, **CSV))[0], 404)


class Users(ScopesCase):
    def test_what_a_user_is_granted(self):
        library = ctypes.CDLL("libcrypt.so.1")
        library.crypt.restype = ctypes.c_char_p
        total = library.crypt(b"secret", b"$2b$04$abcdefghijklmnopqrstuu").decode()
        web = self.file("web.yml", f"basic_auth_users:\n  alice: {total}\n  bob: {total}\n")
        server = self.serve("--web-config", web, "--grant", "alice=write")

        def ask(user):
            login = base64.b64encode(f"{user}:secret".encode()).decode()
            return self.send(server, log(), Authorization="Basic " + login)[0]
        self.assertEqual([ask("bob"), ask("alice"), ask("alice"), ask("bob")], [403, 201, 200, 403])
        for grant, words in (("alice", "USER=SCOPE"), ("=raw", "USER=SCOPE"), ("alice=rwa", "'rwa' is no scope"),
                             ("carol=raw", "no such user"), ("alice=", "'' is no scope")):
            other = self.aico2("serve", "--listen", "127.0.0.1:0", "--web-config", web, "--grant", grant)
            self.assertEqual(other.returncode, 2)
            self.assertIn(words, other.stderr)

    def test_token_files_that_will_not_do(self):
        for text, words in ((f"{READ} rad\n", ":1: 'rad' is no scope"), (f"\n{READ} read write\n", ":2: 'read write' is no scope"),
                            (f"{READ} read,\n", "'' is no scope"), (f"{READ} {WRITE}\n", "'...' is no scope")):
            said = self.serve_fails("--token-file", self.file("tokens", text))
            self.assertIn(words, said)
            self.assertNotIn("0123456789abcdef", said)


def is_coarse(value, step=0.1):
    return value is None or math.isclose(value / step, round(value / step), abs_tol=1e-6)


class Raw(ScopesCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--token-file", self.file("tokens", TOKENS), "--interval", "50ms")
        self.wait_until(lambda: self.server.get("/metrics", headers=bearer(READ))[0] == 200, "/metrics")

    def samples(self, query, token, count):
        stream = Stream(self, self.server, query, f"Authorization: Bearer {token}\r\n")
        self.assertIn(" 200 ", stream.head.splitlines()[0], stream.head)
        return [document for name, _, document in stream.events(count) if name == "sample"]

    def test_ten_a_second_and_exact_for_who_has_it(self):
        got = self.samples("?rate=10", RAW, 20)
        self.assertEqual([one["id"] for one in got], list(range(got[0]["id"], got[0]["id"] + len(got))))
        spacing = [one["interval_seconds"] for one in got[2:]]
        self.assertLess(min(spacing), 0.3)  # the others as the machine has time
        self.assertGreaterEqual(min(spacing), 0.09)
        joules = [device["joules"] for one in got for device in one["devices"] if device["joules"] is not None]
        self.assertTrue(joules)
        self.assertFalse(all(is_coarse(value) for value in joules), "energies of a raw stream are rounded")
        began = time.monotonic()
        got = self.samples(f"?rate=2&since={got[-1]['id']}", RAW, 5)
        self.assertGreater(time.monotonic() - began, 1.3)
        status, _, body = self.server.get(f"/api/v1/live?rate=10&wait=5&since={got[-1]['id']}", headers=bearer(RAW))
        self.assertEqual(status, 200)
        self.assertTrue(json.loads(body)["samples"])

    def test_for_nobody_else(self):
        self.samples("?rate=10", RAW, 3)  # they are made now
        for rate in ("2", "10"):
            for token in (READ, WRITE):
                for more in ("", "&wait=0"):
                    status, _, body = self.server.get(f"/api/v1/live?rate={rate}{more}", headers=bearer(token))
                    self.assertEqual(status, 403, body)
                    self.assertIn("the scope raw", json.loads(body)["detail"])
        for rate in ("0", "11", "-1", "1.5", "x", "", "1e1", "9999999999999999999"):
            self.assertEqual(self.server.get(f"/api/v1/live?rate={rate}&wait=0", headers=bearer(RAW))[0], 400, rate)
        self.check_coarse(self.samples("?rate=1", RAW, 4))
        self.check_coarse(self.samples("", READ, 4))

    def check_coarse(self, got):
        for one in got[1:]:
            self.assertGreaterEqual(one["interval_seconds"], 0.9)
        for one in got:
            for device in one["devices"]:
                for key in ("watts", "low_watts", "high_watts", "joules"):
                    self.assertTrue(is_coarse(device[key]), (key, device))

    def test_an_interval_that_does_not_divide_a_second(self):
        """Each second is told of, and stored, once it is over: not every other one."""
        database = os.path.join(self.root, "odd.db")
        server = self.serve("--interval", "700ms", "--db", database)
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        self.assertIn("--interval 700 ms does not divide a second: read every 500 ms", server.said())
        got = [document for name, _, document in Stream(self, server, "").events(9) if name == "sample"][1:]
        spacing = sorted(one["interval_seconds"] for one in got)
        self.assertGreaterEqual(spacing[0], 0.9)
        self.assertLess(spacing[len(spacing) // 2], 1.1)
        with contextlib.closing(sqlite3.connect(database)) as history:
            self.assertEqual(history.execute("SELECT interval_ns FROM runs").fetchone(), (500_000_000,))

    def test_a_run_that_has_ended_is_no_finer(self):
        """What was is a trace, too: its samples, and tasks that were as short as they liked."""
        epochs = "timeout 1.6 sh -c 'while :; do :; done'; " \
                 "for i in 1 2 3 4 5; do echo \"Epoch $i/5 - loss: 1\" >> log; sleep 0.3; done; sleep 10.5"
        done = self.run_command("sh", "-c", epochs, options=["--interval", "50ms", "--epoch-log", self.path("log"), "--intensity", "36",
                                                             "--no-embodied"])
        self.assertEqual(done.returncode, 0, done.stderr)

        def ask(path, token):
            status, _, body = self.server.get(path, headers=bearer(token))
            self.assertEqual(status, 200, body)
            return json.loads(body)
        run, = [run for run in ask("/api/v1/runs", READ)["runs"] if run["state"] == "finished"]
        path = f"/api/v1/runs/{run['id']}"
        drawn = ask(path + "/samples?step=1ms", READ)
        self.assertEqual(drawn["step_seconds"], 1)
        self.assertLessEqual(max(len(device["points"]) for device in drawn["devices"]), run["duration_seconds"] + 2)
        # 11.7 s in steps of a millisecond would be 11,700 points
        narrow = ask(path + "/samples?step=1ms", RAW)
        self.assertTrue(0.007 < narrow["step_seconds"] < 0.1, narrow["step_seconds"])
        points = [len(device["points"]) for device in narrow["devices"]]
        self.assertTrue(700 < max(points) <= 1500, points)
        self.assertFalse(all(is_coarse(point[2]) for device in narrow["devices"] for point in device["points"]))
        short = [task for task in ask(path, READ)["tasks"] if task["duration_seconds"] < 1]
        self.assertGreaterEqual(len(short), 2)
        self.assertEqual({(task["energy_joules"], task["total_gco2e"]) for task in short}, {(None, None)})
        exact = ask(path, RAW)["tasks"]
        self.assertTrue(all(task["energy_joules"] > 0 for task in exact))
        # and none is what all others leave of the whole: those that stand together last a second and more
        untold = 0
        for task in [*ask(path, READ)["tasks"], None]:
            if task is not None and task["energy_joules"] is None:
                untold += task["duration_seconds"]
            else:
                self.assertTrue(untold == 0 or untold >= 1, ask(path, READ)["tasks"])
                untold = 0
        # 36 g/kWh are 10 ug a joule: grams in steps of a microgram, and little is not nothing
        pairs = [(seen, true) for seen, true in zip(ask(path, READ)["tasks"], exact) if 1 <= true["duration_seconds"] < 10]
        self.assertGreaterEqual(len(pairs), 1)
        for seen, true in pairs:
            self.assertTrue(is_coarse(seen["total_gco2e"] * 1e5), seen)
            self.assertTrue(0 < true["total_gco2e"] - seen["total_gco2e"] < 1.001e-6, (seen, true))
            self.assertGreater(seen["total_gco2e"], 0)

    def test_no_surface_is_finer_without_it(self):
        """Every figure of what goes on now, on loopback, where nobody has to show who it is."""
        server = self.serve("--interval", "50ms", "--db", os.path.join(self.root, "open.db"))
        self.assertEqual(server.get("/api/v1/live?rate=10&wait=0")[0], 403)
        time.sleep(2.5)
        watch = json.loads(server.get("/api/v1/runs")[2])["runs"][0]
        self.assertEqual(watch["state"], "running")
        self.assertTrue(is_coarse(watch["total_joules"]), watch)
        samples = json.loads(server.get(f"/api/v1/runs/{watch['id']}/samples?step=100ms")[2])
        for device in samples["devices"]:
            times = [point[0] for point in device["points"]]
            # steps of one sample: each is of a second and more, so their energies are too
            for point in device["points"]:
                self.assertTrue(all(value is not None for value in point[1:]), point)
            self.assertEqual(times, sorted(times))
        self.check_coarse([one for one in json.loads(server.get("/api/v1/live?wait=5")[2])["samples"]])
        report = json.loads(server.get(f"/api/v1/runs/{watch['id']}")[2])
        for device in report["devices"]:
            self.assertTrue(is_coarse(device["energy_joules"]), device)
        for line in server.get("/metrics")[2].decode().splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith(("aico2_energy_joules_total", "aico2_power_watts", "aico2_run_energy_joules_total")):
                self.assertTrue(is_coarse(float(value)), line)


if __name__ == "__main__":
    unittest.main()
