# SPDX-License-Identifier: Apache-2.0
"""test_serve_estimate.py - POST /api/v1/estimate: the command line's document, of a JSON body that is checked key by key."""
import json
import os
import unittest

import harness
from serve_case import ServeCase

PATH = "/api/v1/estimate"
JSON = {"Content-Type": "application/json"}
RIGHT = {"gpu": "A100", "count": 8, "hours": 48}


class Estimate(ServeCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--country", "FR", "--no-db")

    def ask(self, body, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.server.get(PATH, method="POST", headers=JSON if headers is None else headers, body=body)

    def refused(self, body, status=400, headers=None):
        got, answer, text = self.ask(body, headers)
        self.assertEqual((got, answer["Content-Type"]), (status, "application/problem+json"), text)
        return harness.document(text)["detail"]

    def test_as_on_the_command_line(self):
        for body, words in (
                (RIGHT, ("--gpu", "A100", "--count", "8", "--hours", "48", "--country", "FR")),
                ({"gpu": ["A100:8", "H100"], "hours": 100, "country": "PL", "pue": 1.2, "embodied": False},
                 ("--gpu", "A100:8", "--gpu", "H100", "--hours", "100", "--country", "PL", "--pue", "1.2", "--no-embodied")),
                ({"cpu": "Xeon 8358", "memory-gib": 64, "hours": 0.5, "cloud": "aws:eu-west-3", "price": "0.25EUR", "year": None},
                 ("--cpu", "Xeon 8358", "--memory-gib", "64", "--hours", "0.5", "--cloud", "aws:eu-west-3", "--price", "0.25EUR")),
                ({"energy-kwh": 1000, "intensity": 55.5}, ("--energy-kwh", "1000", "--intensity", "55.5"))):
            status, headers, text = self.ask(body)
            self.assertEqual((status, headers["Content-Type"], headers["Cache-Control"]),
                             (200, "application/json", "no-store"), text)
            self.assertEqual(text.decode(), self.aico2("estimate", *words, "--json").stdout)
        # 8 A100 of 400 W for 48 h: 8 x 400 x 48 / 1000 kWh
        self.assertAlmostEqual(json.loads(self.ask(RIGHT)[2])["energy_kwh"], 153.6, places=9)

    def test_what_is_wrong_is_named(self):
        for body, words in (({"hors": 1}, "unknown key 'hors': nearest is 'hours'"),
                            ({"db": "/etc/passwd"}, "unknown key 'db'"),
                            ({"gpu": "A100", "hours": "48"}, "'hours': a number is wanted, not a text"),
                            ({"gpu": "A100", "hours": -1}, "hours '-1': out of range"),
                            ({"gpu": "A100", "hours": 1, "country": "XX"}, "unknown country 'XX'"),
                            ({"gpu": "A100"}, "no time"),
                            ({}, "no device"),
                            (b"[]", "a JSON object is wanted"),
                            (b"", "a JSON object is wanted"),
                            (b"{", "a JSON object is wanted"),
                            (b'{"gpu":"\xff"}', "a JSON object is wanted"),
                            (b'{"hours":1,"hours":2}', "duplicate object key")):
            self.assertIn(words, self.refused(body), body)
        deep = b"[" * 5000 + b"]" * 5000
        self.assertIn("a JSON object is wanted", self.refused(deep))
        self.assertIn("'gpu': a list of 64", self.refused({"gpu": ["A100"] * 65, "hours": 1}))

    def test_other_types_methods_and_sizes(self):
        self.assertIn("application/json", self.refused(RIGHT, 415, {"Content-Type": "application/x-www-form-urlencoded"}))
        self.assertEqual(self.ask(RIGHT, {})[0], 200)
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            status, headers, _ = self.server.get(PATH, method=method)
            self.assertEqual((status, headers["Allow"]), (405, "POST"), method)
        self.assertEqual(self.server.get(PATH + "/", method="POST", body=b"{}")[0], 404)
        line = b"POST /api/v1/estimate HTTP/1.1\r\nHost: localhost\r\n"
        self.assertEqual(self.server.status(line + b"Content-Length: 1048577\r\n\r\n"), 413)

    def test_nothing_of_it_for_pages_of_others(self):
        headers = self.ask(RIGHT, {**JSON, "Origin": "http://127.0.0.1:3033"})[1]
        self.assertIsNone(headers["Access-Control-Allow-Origin"])


class Access(ServeCase):
    def test_an_agent_does_not_estimate(self):
        self.assertEqual(self.serve("--agent").get(PATH, method="POST", body=b"{}")[0], 404)

    def test_who_does_not_show_a_token_gets_nothing(self):
        path = os.path.join(self.root, "tokens")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as handle:
            handle.write("0123456789abcdef0123456789abcdef\n")
        server = self.serve("--token-file", path, "--no-db")
        body = json.dumps(RIGHT).encode()
        self.assertEqual(server.get(PATH, method="POST", body=body)[0], 401)
        self.assertEqual(server.get(PATH, method="POST", body=body,
                                    headers={"Authorization": "Bearer 0123456789abcdef0123456789abcdef"})[0], 200)


if __name__ == "__main__":
    unittest.main()
