# SPDX-License-Identifier: Apache-2.0
"""test_serve_openapi.py - the description of the API against what is served: every route both ways, every status."""
import json
import os
import re
import unittest
import urllib.parse

import harness
from serve_case import ServeCase

try:
    from openapi_spec_validator import validate
except ImportError:
    validate = None

ROUTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "server", "routes.c")
FIELDS = os.path.join(os.path.dirname(ROUTES), "..", "cli", "options", "estimate.h")
ROUTE = re.compile(r'^    \{ \.path = "([^"]+)"(?:, \.tail = "([^"]+)")?', re.M)


# What is sent to the routes that take a body, and the status it is answered with.
BODIES = {
    "/carbonfootprint": (({"country_code": "x", "life_cycle_step": "x"}, 404), ({}, 422)),
    "/responseai/getData": (({"region": "x", "lifecycle": "x"}, 404), ({}, 422)),
    "/api/v1/runs": (({}, 403),),
    "/api/v1/estimate": (({"gpu": "A100", "hours": 1}, 200), ({}, 400), ({"hours": "1"}, 400)),
}


class OpenApi(ServeCase):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.run_command("true").returncode, 0)
        self.assertEqual(self.run_command("true").returncode, 0)
        self.server = self.serve("--interval", "100ms")
        self.wait_until(lambda: self.server.get("/metrics")[0] == 200, "/metrics")
        status, headers, body = self.server.get("/openapi.json")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        self.description = json.loads(body)
        self.ids = [run["id"] for run in json.loads(self.server.get("/api/v1/runs")[2])["runs"]]

    def resolved(self, part):
        while "$ref" in part:
            name = part["$ref"].removeprefix("#/").split("/")
            part = self.description
            for word in name:
                part = part[word]
        return part

    def assert_documented(self, operation, address, want=None, **more):
        status, headers, body = self.server.get(address, **more)
        self.assertIn(str(status), operation["responses"], f"{address}: {body[:200]}")
        if want is not None:
            self.assertEqual(status, want, f"{address}: {body[:200]}")
        content = self.resolved(operation["responses"][str(status)]).get("content", {})
        media = headers["Content-Type"].split(";")[0]
        self.assertIn(media, content, address)
        schema = self.resolved(content[media]["schema"])
        if media.endswith("json"):
            document = harness.document(body) if address != "/openapi.json" else json.loads(body)
            for key in schema.get("required", []):
                self.assertTrue(key in document, f"{address}: {key}")
            for key, value in schema.get("properties", {}).items():
                if "const" in value:
                    self.assertEqual(document[key], value["const"], address)

    def address(self, path, operation):
        """One that is answered with 200: what a route must be given is given."""
        told = {"id": self.ids[0], "place": "FR"}
        query = {"/api/v1/compare": f"?a={self.ids[-2]}&b={self.ids[-1]}", "/api/v1/live": "?wait=0",
                 "/responseai/getData": "?region=FR&lifecycle=Training"}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], told[parameter["name"]])
        return path + query.get(path, "")

    def check_post(self, path, operation, alone):
        for body, want in BODIES[path]:
            self.assert_documented(operation, path, want, method="POST", body=json.dumps(body).encode(),
                                   headers={"Content-Type": "application/json"})
        if alone:
            self.assertEqual(self.server.get(path)[0], 405, path)

    def check_get(self, path, operation, alone):
        self.assert_documented(operation, self.address(path, operation), 200)
        if alone:
            self.assertEqual(self.server.get(self.address(path, operation), method="POST", body=b"{}")[0], 405, path)
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                self.assert_documented(operation, path.replace("{%s}" % parameter["name"], "Atlantis"), 404)
            else:
                self.assert_documented(operation, self.address(path, operation).split("?")[0]
                                       + f"?{parameter['name']}=%27" + ("&wait=0" if path == "/api/v1/live" else ""))

    def test_what_is_described_is_answered_as_described(self):
        for path, methods in self.description["paths"].items():
            self.assertLessEqual(set(methods), {"get", "post"}, path)
            if "post" in methods:
                self.check_post(path, methods["post"], len(methods) == 1)
            if "get" in methods:
                self.check_get(path, methods["get"], len(methods) == 1)

    def test_what_an_estimate_is_asked_by(self):
        path = "/api/v1/estimate"
        described = self.description["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
        with open(FIELDS, encoding="utf-8") as handle:
            taken = re.findall(r"OPT_([A-Z_]+)", re.search(r"#define ESTIMATE_FIELDS(.*?)\n\n", handle.read(), re.S).group(1))
        self.assertEqual(sorted(described), sorted(name.lower().replace("_", "-") for name in taken))
        for key, schema in described.items():
            wrong = json.dumps({key: {}}).encode()
            detail = json.loads(self.server.get(path, method="POST", body=wrong)[2])["detail"]
            kind = {"string": "a text", "number": "a number", "integer": "a number", "boolean": "true or false",
                    None: "a text or a list of texts"}[schema.get("type")]
            self.assertEqual(detail, f"'{key}': {kind} is wanted, not an object")

    def test_texts_have_the_form_that_is_described(self):
        """What the form lets through is answered, what it does not is refused: by the server, too."""
        run = f"/api/v1/runs/{self.ids[-1]}"
        times = ("1795707413", "1795707413.5", "2026-11-26T15:36:54Z", "2026-11-26t15:36:54.5z", "2026-11-26%2015:36:54%2B01:00",
                 "2026-11-26", "15:36", "yesterday", "-1", "2026-11-26T15:36Z", "2026-11-26T15:36:54")
        durations = ("1", "90", "1.5h", "1.s", ".5d", "3600s", "60m", "1x", "s", "-1h", "1%20h", "1h30m", "1e3")
        cases = (("/api/v1/runs", "cursor", ("", "7ZZ", "01k" + "z" * 23, "0" * 27, "01K-", "01K%20", "%C3%A9")),
                 (run, "place", ("FR", "aws:eu-west-3", "")), (run + "/samples", "from", times), (run + "/samples", "to", times),
                 (run + "/samples", "step", durations), ("/api/v1/intensity/FR/series", "duration", durations))
        for address, name, texts in cases:
            path = address.replace(self.ids[-1], "{id}").replace("/FR/", "/{place}/")
            schema, = [parameter["schema"] for parameter in self.description["paths"][path]["get"]["parameters"]
                       if parameter["name"] == name]
            seen = set()
            for text in texts:
                plain = urllib.parse.unquote(text)
                fits = len(plain) >= schema.get("minLength", 0) and re.search(schema.get("pattern", ""), plain) is not None
                status, _, body = self.server.get(f"{address}?{name}={text}")
                self.assertEqual(status < 400, fits, f"{address}?{name}={text}: {status} {body[:200]}")
                seen.add(fits)
            self.assertEqual(seen, {False, True}, (address, name))

    def test_what_is_served_is_described(self):
        with open(ROUTES, encoding="utf-8") as handle:
            served = {(path, tail) for path, tail in ROUTE.findall(handle.read())}
        self.assertGreater(len(served), 14)
        described = set()
        for path in self.description["paths"]:
            start, brace, rest = path.partition("{")
            described.add((start, rest.partition("}")[2]) if brace else (path, ""))
        self.assertEqual(described, served)

    @unittest.skipIf(validate is None, "openapi-spec-validator is not installed")
    def test_it_is_openapi(self):
        validate(self.description)


if __name__ == "__main__":
    unittest.main()
