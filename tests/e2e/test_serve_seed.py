# SPDX-License-Identifier: Apache-2.0
"""test_serve_seed.py - the original project's POST /carbonfootprint, told of a run of its own training_data.csv."""
import http.client
import json
import os
import re
import socket
import unittest

from serve_case import ServeCase

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs")
PATH = "/carbonfootprint"
KEYS = ["energy consumption (Wh)", "carbon emission (gCO2e)", "km driven by a car (Km)", "trees seeding per month", "os",
        "CPU", "GPU", "CPU average usage (%)", "RAM average usage (%)", "GPU average usage (%)", "runtime (s)", "data&time"]
JSON = {"Content-Type": "application/json"}
# 0.005981 Wh over 50 s, as the file says
WH, PUE = 0.005981, 1.25
CPU = "Intel(R) Xeon(R) CPU E5-2678 v3 @ 2.50GHz"
PAGE_PATH = "/responseai/getData"
PAGE_KEYS = ["carKm", "treeSeed", "systemName", "cpuName", "gpuName", "energyConsumption", "carbonEmission", "runtime",
             "dateTime", "cpuUsage", "cpuFreeToUse", "gpuUsage", "gpuFreeToUse"]


class SeedCase(ServeCase):
    """A history with one run: the original's own file."""

    def setUp(self):
        super().setUp()
        done = self.aico2("import", os.path.join(LOGS, "training_data.csv"), "--country", "CI", "--pue", str(PUE))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server = self.serve("--interval", "1s")


class Footprint(SeedCase):
    def ask(self, body, headers=None, method="POST"):
        if not isinstance(body, (bytes, type(None))):
            body = json.dumps(body).encode()
        status, answer, text = self.server.get(PATH, method=method, headers=JSON if headers is None else headers, body=body)
        if method != "OPTIONS":
            self.assertEqual(answer["Content-Type"], "application/json", text)
        return status, answer, text.decode()

    def footprint(self, country, stage="training"):
        status, _, text = self.ask({"country_code": country, "life_cycle_step": stage})
        self.assertEqual(status, 200, text)
        return json.loads(text), text

    def refused(self, body, status, headers=None):
        got, _, text = self.ask(body, headers)
        self.assertEqual(got, status, text)
        return json.loads(text)["detail"]

    def test_keys_units_and_types(self):
        for country in ("FR", "CI", "PL", "US", "CF", "FRA"):
            grams_per_kwh = json.loads(self.aico2("intensity", country, "--json").stdout)["gco2e_per_kwh"]
            got, text = self.footprint(country)
            grams = WH / 1000 * PUE * grams_per_kwh
            self.assertEqual(list(got), KEYS)
            for key, wanted in zip(KEYS, (WH, grams, grams / 217.6, grams / 504.5)):
                self.assertAlmostEqual(got[key] / wanted, 1, places=5, msg=(country, key))
            # the file has CPU and GPU in one figure, and their loads, which come back digit by digit
            self.assertEqual([got[key] for key in KEYS[4:10]],
                             ["Linux", CPU, "GeForce GTX 1080 Ti", "0.6624999999379213", "4.418539722153516", "0.0"])
            self.assertIn('"runtime (s)":50.0,"data&time":"', text)
            self.assertRegex(got["data&time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
            self.assertIsNone(re.search(r'[,:] |\n', re.sub(r'"[^"]*"', '""', text)), text)

    def test_the_newest_finished_run_of_the_stage(self):
        self.assertEqual(self.refused({"country_code": "FR", "life_cycle_step": "inference"}, 500),
                         "CSV file does not contain enough data")
        self.assertEqual(self.run_command("sleep", "1.1", options=("--stage", "inference", "--interval", "50ms")).returncode, 0)
        self.assertEqual(self.run_command("false", options=("--stage", "inference")).returncode, 1)
        newest = [run for run in self.runs() if run["stage"] == "inference" and run["state"] == "finished"][0]
        got, _ = self.footprint("FR", "inference")
        self.assertAlmostEqual(got["runtime (s)"], newest["duration_seconds"], places=6)
        self.assertLess(abs(got["energy consumption (Wh)"] * 3600 - newest["total_joules"]), 1)
        self.assertIsInstance(got["CPU average usage (%)"], str)
        self.assertTrue(0 <= float(got["CPU average usage (%)"]) <= 100)
        self.assertEqual(self.run_command("sleep", "1.1", options=("--stage", "tuning")).returncode, 0)
        self.footprint("FR", "tuning")

    def test_no_such_country(self):
        for code in ("XX", "fr", "France", "world", "", "FR ", "US-CA", "../../etc/passwd", "FR\" OR 1", "é", "F" * 5000):
            self.assertEqual(self.refused({"country_code": code, "life_cycle_step": "training"}, 404),
                             "The country code is not an Orange country", code)

    def test_no_such_stage(self):
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual([run["state"] for run in self.runs() if run["stage"] == "watch"], ["finished"])
        self.server = self.serve("--interval", "1s")
        for stage in ("watch", "Training", "", "../training", "training' OR '1'='1", "x" * 5000):
            fault, = self.refused({"country_code": "FR", "life_cycle_step": stage}, 422)
            self.assertEqual((fault["type"], fault["loc"], fault["input"]),
                             ("literal_error", ["body", "life_cycle_step"], stage))

    def test_what_is_missing_or_of_another_type(self):
        body = {"life_cycle_step": "training"}
        self.assertEqual(self.refused(body, 422), [{"type": "missing", "loc": ["body", "country_code"],
                                                    "msg": "Field required", "input": body}])
        self.assertEqual([fault["loc"][1] for fault in self.refused({}, 422)], ["country_code", "life_cycle_step"])
        for value in (1, None, True, [], {"a": "é"}):
            fault, = self.refused({"country_code": value, "life_cycle_step": "training"}, 422)
            self.assertEqual((fault["type"], fault["input"]), ("string_type", value))

    def test_bodies_that_are_none(self):
        right = b'{"country_code":"FR","life_cycle_step":"training"}'
        self.assertEqual(self.refused(None, 422)[0]["msg"], "Field required")
        for body in (b"{", right[:-1], b"\xff\xfe", b"{'a':1}", right + b"x", b'{"country_code":"\xff"}', b'{"a":"\\u0000"}',
                     b"[" * 100000, right.decode().encode("utf-16"), b'{"country_code":"\xc3'):
            fault, = self.refused(body, 422)
            self.assertEqual(fault["type"], "json_invalid", body[:40])
        for body in (b"[]", b"1", b'"FR"', b"null"):
            self.assertEqual(self.refused(body, 422)[0]["type"], "model_attributes_type", body)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            self.assertEqual(self.refused(right, 422, {"Content-Type": kind})[0]["input"], right.decode(), kind)
        for headers in ({}, {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "application/ld+json"}):
            self.assertEqual(self.ask(right, headers)[0], 200, headers)
        line = b"POST /carbonfootprint HTTP/1.1\r\nHost: localhost\r\n"
        self.assertEqual(self.server.status(line + b"Content-Length: 1048577\r\n\r\n"), 413)
        long = b"Transfer-Encoding: chunked\r\n\r\n100001\r\n" + b" " * 0x100001 + b"\r\n0\r\n\r\n"
        self.assertEqual(self.server.status(line + long), 413)
        with self.server.connect() as peer:
            peer.sendall(line + b"Content-Length: 60\r\n\r\n" + right)
        self.assertEqual(self.ask(right)[0], 200)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, headers, text = self.ask(None, {}, method)
            self.assertEqual((status, headers["Allow"], text), (405, "POST", '{"detail":"Method Not Allowed"}'), method)
        self.assertEqual(self.server.get(PATH + "/", method="POST", body=b"{}")[0], 404)

    def test_pages_of_the_same_host_name(self):
        body = {"country_code": "FR", "life_cycle_step": "training"}
        name = f"127.0.0.1:{self.server.port}"
        for origin in ("http://127.0.0.1:3033", "https://127.0.0.1"):
            _, headers, _ = self.ask(body, {**JSON, "Origin": origin, "Host": name})
            self.assertEqual((headers["Access-Control-Allow-Origin"], headers["Vary"]), (origin, "Origin"))
            status, headers, _ = self.ask(None, {"Origin": origin, "Access-Control-Request-Method": "POST",
                                                 "Access-Control-Request-Headers": "content-type"}, "OPTIONS")
            self.assertEqual((status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Headers"]),
                             (200, origin, "Content-Type"))
        for origin in ("http://evil.example", "http://127.0.0.1.evil.example", "http://localhost:3033", "null", "http://",
                       "http://127.0.0.1:80x", "http://127.0.0.1@evil.example", "file://127.0.0.1"):
            status, headers, _ = self.ask(body, {**JSON, "Origin": origin})
            self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, None), origin)
            self.assertEqual(self.ask(None, {"Origin": origin}, "OPTIONS")[0], 405, origin)
        # the API itself stays closed to them
        self.assertIsNone(self.server.get("/api/v1/runs", headers={"Origin": "http://127.0.0.1:3033"})[1]
                          ["Access-Control-Allow-Origin"])


class PageData(SeedCase):
    """What the original's page asks its Java back end."""

    def data(self, region, lifecycle):
        status, headers, text = self.server.get(PAGE_PATH, method="POST", headers=JSON,
                                                body=json.dumps({"region": region, "lifecycle": lifecycle}).encode())
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"), text)
        self.assertEqual(list(json.loads(text)), ["data"])
        return json.loads(text)["data"]

    def test_names_units_and_types(self):
        for region in ("FR", "CI", "PL", "US", "CF"):
            grams_per_kwh = json.loads(self.aico2("intensity", region, "--json").stdout)["gco2e_per_kwh"]
            grams = WH / 1000 * PUE * grams_per_kwh
            got = self.data(region, "Training")
            self.assertEqual(list(got), PAGE_KEYS)
            for key, wanted in (("energyConsumption", WH), ("carbonEmission", grams), ("carKm", grams / 217.6),
                                ("treeSeed", grams / 504.5)):
                self.assertAlmostEqual(got[key] / wanted, 1, places=5, msg=(region, key))
            self.assertEqual([got[key] for key in ("systemName", "cpuName", "gpuName", "runtime")],
                             ["Linux", CPU, "GeForce GTX 1080 Ti", 50.0])
            self.assertRegex(got["dateTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
            for key, wanted in (("cpuUsage", 0.6625), ("cpuFreeToUse", 99.3375), ("gpuUsage", 0), ("gpuFreeToUse", 100)):
                self.assertAlmostEqual(got[key], wanted, places=6)
        self.assertEqual(got["cpuUsage"] + got["cpuFreeToUse"], 100)

    def test_the_same_by_get(self):
        asked = self.data("PL", "Training")
        status, _, text = self.server.get(PAGE_PATH + "?region=PL&lifecycle=Training")
        got = json.loads(text)["data"]
        self.assertEqual(status, 200)
        self.assertEqual({**got, "dateTime": ""}, {**asked, "dateTime": ""})
        for query, loc in (("", ["region", "lifecycle"]), ("?region=FR", ["lifecycle"]), ("?lifecycle=Training", ["region"])):
            status, _, text = self.server.get(PAGE_PATH + query)
            self.assertEqual((status, [fault["loc"] for fault in json.loads(text)["detail"]]),
                             (422, [["query", field] for field in loc]), query)
        status, _, text = self.server.get(PAGE_PATH + "?region=FR&lifecycle=%ff")
        self.assertEqual((status, json.loads(text)["detail"][0]["loc"]), (422, ["query", "lifecycle"]))
        self.assertEqual(self.server.get(PAGE_PATH + "?region=XX&lifecycle=Training")[0], 404)
        self.assertEqual(self.server.get(PAGE_PATH + "?region=FR&lifecycle=tr%C3%A4ining")[0], 422)

    def test_what_was_not_read_is_null(self):
        self.assertEqual(self.run_command("sleep", "0.3", options=("--stage", "inference", "--interval", "50ms",
                                                                   "--nvml", "/nonexistent")).returncode, 0)
        got = self.data("FR", "Inference")
        self.assertEqual((got["gpuName"], got["gpuUsage"], got["gpuFreeToUse"]), ("n/a", None, None))
        self.assertTrue(0 <= got["cpuUsage"] <= 100)

    def test_errors_as_the_other_route(self):
        for body, status, detail in (
                ({"region": "XX", "lifecycle": "Training"}, 404, "The country code is not an Orange country"),
                ({"region": "fr", "lifecycle": "Training"}, 404, "The country code is not an Orange country"),
                ({"region": "FR", "lifecycle": "Inference"}, 500, "CSV file does not contain enough data"),
                ({"region": "FR", "lifecycle": "inference"}, 500, "CSV file does not contain enough data")):
            got, _, text = self.server.get(PAGE_PATH, method="POST", headers=JSON, body=json.dumps(body).encode())
            self.assertEqual((got, json.loads(text)["detail"]), (status, detail), body)
        got, _, text = self.server.get(PAGE_PATH, method="POST", headers=JSON,
                                       body=b'{"region":"FR","lifecycle":"TRAINING"}')
        fault, = json.loads(text)["detail"]
        self.assertEqual((got, fault["msg"], fault["loc"]),
                         (422, "Input should be 'Training' or 'Inference'", ["body", "lifecycle"]))
        got, headers, text = self.server.get(PAGE_PATH, method="DELETE")
        self.assertEqual((got, headers["Allow"], text), (405, "GET, HEAD, POST", b'{"detail":"Method Not Allowed"}'))


class Ports(ServeCase):
    """--seed answers where the original's page looks; an address of this machine that no other test has."""

    def setUp(self):
        super().setUp()
        self.host = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.77"

    def ask(self, port, path, method="GET", **more):
        connection = http.client.HTTPConnection(self.host, port, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, path, **more)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def taken(self, port):
        peer = socket.create_server((self.host, port))
        self.addCleanup(peer.close)

    def test_both_ports_beside_its_own(self):
        done = self.aico2("import", os.path.join(LOGS, "training_data.csv"))
        self.assertEqual(done.returncode, 0, done.stderr)
        server = self.serve("--seed", "--listen", f"{self.host}:0", "--listen", f"{self.host}:0", listen=False)
        self.assertEqual([port for _, port in server.ports[2:]], [8011, 3033])
        status, _, text = self.ask(8011, PAGE_PATH, "POST", body=b'{"region":"FR","lifecycle":"Training"}', headers=JSON)
        self.assertEqual((status, json.loads(text)["data"]["runtime"]), (200, 50.0))
        status, headers, _ = self.ask(3033, "/")
        self.assertEqual((status, headers["Location"]), (307, "/indexPage"))
        self.assertIn(b"<!doctype html>", self.ask(3033, "/indexPage")[2])
        self.assertEqual(self.ask(8011, "/")[0], 200)
        self.assertEqual(self.ask(server.port, "/")[0], 200)
        origin = f"http://{self.host}:3033"
        status, headers, _ = self.ask(8011, PAGE_PATH, "OPTIONS", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Headers"]),
                         (200, origin, "Content-Type"))
        self.assertIn("POST", headers["Access-Control-Allow-Methods"])

    def test_a_port_that_is_taken(self):
        self.taken(8011)
        said = self.serve_fails("--seed", "--listen", f"{self.host}:0", status=1)
        self.assertIn(f"--seed needs {self.host}:8011, where another program listens", said)

    def test_the_originals_own_page_may_stay_where_it_is(self):
        self.taken(3033)
        server = self.serve("--seed", "--listen", f"{self.host}:0", listen=False)
        self.assertIn(f"no page at {self.host}:3033", server.said())
        self.assertEqual(self.ask(8011, "/healthz")[0], 200)

    def test_a_port_that_is_named_twice(self):
        server = self.serve("--seed", "--listen", f"{self.host}:8011", listen=False)
        self.assertEqual([port for _, port in server.ports], [8011, 3033])

    def test_an_agent_has_no_page(self):
        self.assertIn("--seed with --agent", self.serve_fails("--seed", "--agent"))

    def test_without_it_nothing_is_there(self):
        self.serve("--listen", f"{self.host}:0", listen=False)
        with self.assertRaises(ConnectionRefusedError):
            self.ask(8011, "/healthz")


class Access(ServeCase):
    def test_no_token_on_loopback(self):
        path = os.path.join(self.root, "tokens")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
            handle.write("0123456789abcdef0123456789abcdef\n")
        server = self.serve("--token-file", path)
        body = b'{"country_code":"FR","life_cycle_step":"training"}'
        self.assertEqual(server.get(PATH, method="POST", body=body)[0], 500)
        self.assertEqual(server.get("/api/v1/runs")[0], 401)

    def test_nothing_is_kept(self):
        server = self.serve("--no-db")
        status, _, text = server.get(PATH, method="POST", body=b'{"country_code":"FR","life_cycle_step":"training"}')
        self.assertEqual((status, text), (500, b'{"detail":"CSV file does not contain enough data"}'))


if __name__ == "__main__":
    unittest.main()
