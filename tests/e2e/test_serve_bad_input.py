# SPDX-License-Identifier: Apache-2.0
"""test_serve_bad_input.py - every route of /openapi.json with what no honest client sends: each is answered, and rightly."""
import gzip
import json
import os
import re
import socket
import urllib.parse

import harness
from serve_case import ServeCase
from serve_questions import BODIES, RAW, TEXTS, TRAVERSALS, Questions, operations

SEED = int(os.environ.get("AICO2_TEST_SEED", "1"))
FUZZ_COUNT = int(os.environ.get("AICO2_TEST_FUZZ_COUNT", "1500"))
HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n]*\r\n)*)\r\n")

# In a run's name, as people and others may give it; those with control characters are shown without.
NAMES = ["'; DROP TABLE runs; --", "\" OR \"\"=\"", "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>",
         "=cmd|' /C calc'!A0", "{{constructor.constructor('x')()}}", "%3Cscript%3E", "&lt;b&gt;", "\\u003c", "日本語 ünï",
         "a/b/../c", "%00", "${jndi:ldap://x}"]


class Answer:
    """The one answer to a request: status, headers, body."""

    def __init__(self, raw):
        self.raw = raw
        # what only tells that the body may come is none
        while raw.startswith(b"HTTP/1.1 100 "):
            raw = raw.partition(b"\r\n\r\n")[2]
        match = HEAD.match(raw)
        self.status = int(match.group(1)) if match else 0
        self.headers = {}
        for line in match.group(2).decode("latin-1").split("\r\n")[:-1] if match else ():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self.body = raw[match.end():] if match else b""

    def text(self):
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


class BadInput(ServeCase):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.run_command("true", options=("--name", NAMES[0], "--country", "FR")).returncode, 0)
        self.server = self.serve("--interval", "100ms")
        self.wait_until(lambda: self.server.get("/metrics")[0] == 200, "/metrics")
        description = json.loads(self.server.get("/openapi.json")[2])
        self.operations = operations(description)
        self.description = description
        ids = [run["id"] for run in json.loads(self.server.get("/api/v1/runs")[2])["runs"]]
        self.known = {"id": ids[-1], "place": "FR", "a": ids[0], "b": ids[-1], "step": "1s", "limit": "3", "wait": "0",
                      "since": "0", "region": "FR", "lifecycle": "training", "stage": "training"}

    def ask(self, request):
        """Whatever comes back, also when it is ended before all of it was sent."""
        return Answer(self.server.raw(request))

    def request(self, method, target, *lines, body=None, host="localhost"):
        head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n".encode("latin-1")
        for line in lines:
            head += (line if isinstance(line, bytes) else line.encode("latin-1")) + b"\r\n"
        if body is not None:
            head += b"Content-Length: %d\r\n" % len(body)
        return self.ask(head + b"\r\n" + (body or b""))

    def good_target(self, operation, *query):
        told = [f"{parameter['name']}={urllib.parse.quote(self.known[parameter['name']])}" for parameter in operation.parameters
                if parameter["in"] == "query" and parameter.get("required")]
        if operation.is_endless(query):
            told.append("wait=0")
        return operation.target(self.known, [*told, *query])

    def assert_error(self, answer, statuses, what):
        """One of these, told as a problem (the original project's routes: as they told it)."""
        self.assertIn(answer.status, statuses, f"{what}: {answer.raw[:300]}")
        self.assertNotIn("x-injected", answer.headers, what)
        if answer.status < 400 or not answer.body or "content-security-policy" not in answer.headers:
            return  # that of the library, for what is no HTTP at all
        document = json.loads(answer.text())
        if answer.headers["content-type"] == "application/problem+json":
            self.assertEqual(document["status"], answer.status, what)
            self.assertTrue(document["title"] and document["detail"], what)
        else:
            self.assertEqual((answer.headers["content-type"], list(document)), ("application/json", ["detail"]), what)

    def still_serves(self):
        self.assertIsNone(self.server.process.poll(), self.server.said())
        self.assertEqual(self.server.get("/healthz")[0], 200)

    def posts(self):
        """Those that anybody here may ask: what wants a token with a scope is refused before its body is looked at."""
        for operation in self.operations:
            if operation.method == "POST" and 403 in operation.statuses:
                answer = self.request("POST", self.good_target(operation), "Content-Type: application/json", body=b"{")
                self.assert_error(answer, {403}, operation.path)
            elif operation.method == "POST":
                yield operation

    # --- methods ---

    def test_methods_that_a_path_does_not_have(self):
        described = {}
        for operation in self.operations:
            described.setdefault(operation.path, []).append(operation)
        for path, there in described.items():
            has = {operation.method for operation in there}
            has |= {"HEAD"} if "GET" in has else set()
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW", "get"):
                if method in has:
                    continue
                target = self.good_target(there[0])
                for body in (None, b"{}"):  # which is no better where the method is wrong
                    answer = self.request(method, target, body=body)
                    self.assert_error(answer, {405}, f"{method} {target} {body}")
                    self.assertEqual(set(answer.headers["allow"].split(", ")), has, target)
            self.assertIn(self.request("CONNECT", "localhost:1").status, (0, 400, 404, 405))
        self.still_serves()

    # --- values ---

    def test_values_of_a_query(self):
        for operation in self.operations:
            if operation.method != "GET":
                continue
            for parameter in operation.parameters:
                if parameter["in"] != "query":
                    continue
                for text in [urllib.parse.quote(text, safe="") for text in TEXTS] + RAW:
                    target = self.good_target(operation) + ("&" if "?" in self.good_target(operation) else "?")
                    target = re.sub(rf"([?&]){parameter['name']}=[^&]*&?", r"\1", target) + f"{parameter['name']}={text}"
                    if operation.is_endless(target.split("?")[1].split("&")) and parameter["name"] != "wait":
                        target += "&wait=0"
                    if parameter["name"] == "wait" and re.fullmatch(r"[0-9]+", text.strip("+")):
                        continue  # waits
                    if operation.path == "/api/v1/live" and parameter["name"] == "wait" and text == "":
                        continue
                    self.assert_error(self.request("GET", target), operation.statuses | {400},
                                      f"{operation.path} {parameter['name']}={text[:60]}")
        self.still_serves()

    def test_values_in_a_path(self):
        for operation in self.operations:
            for parameter in operation.parameters:
                if parameter["in"] != "path":
                    continue
                for text in [urllib.parse.quote(text, safe="") for text in TEXTS] + RAW:
                    if parameter["name"] == "place" and re.sub("[^a-z]", "", text.lower()) in ("fr", "id", "last"):
                        continue  # places are known by their letters
                    target = operation.target({**self.known, parameter["name"]: text})
                    self.assert_error(self.request("GET", target), {400, 404}, target[:80])
        self.still_serves()

    def test_unknown_ids(self):
        for operation in self.operations:
            for parameter in operation.parameters:
                if parameter["name"] not in ("id", "a", "b"):
                    continue
                for text in ("01AAAAAAAAAAAAAAAAAAAAAAAA", "last", "watch", self.known["id"] + "0", "0" * 26, self.known["id"][:5]):
                    known = {**self.known, parameter["name"]: text}
                    query = [f"{one['name']}={known[one['name']]}" for one in operation.parameters
                             if one["in"] == "query" and one.get("required")]
                    self.assert_error(self.request("GET", operation.target(known, query)), {404}, f"{operation.path} {text}")

    def test_ways_up_in_fourteen_spellings(self):
        self.assertEqual(len(set(TRAVERSALS)), 14)
        beginnings = {"/"} | {operation.path.partition("{")[0] for operation in self.operations if operation.path != "/"}
        for beginning in beginnings:
            for way in TRAVERSALS:
                target = beginning.rstrip("/") + "/" + way
                answer = self.request("GET", target)
                self.assert_error(answer, {400, 404, 405}, target)
                self.assertNotIn(b"root:", answer.raw, target)
        for way in TRAVERSALS:  # and as a value
            for operation in self.operations:
                for parameter in operation.parameters:
                    if parameter["in"] == "query" and operation.method == "GET" and operation.path != "/api/v1/live":
                        answer = self.request("GET", self.good_target(operation, f"{parameter['name']}={way}"))
                        self.assertNotIn(b"root:", answer.raw)
                        self.assertLess(answer.status, 500, answer.raw[:200])
        self.still_serves()

    # --- headers ---

    def test_requests_that_are_no_requests(self):
        """By whatever route: lines, lengths and bytes that two readers may understand in two ways."""
        for operation in self.operations:
            target, method = self.good_target(operation), operation.method.encode()
            first = method + b" " + target.encode() + b" HTTP/1.1\r\n"
            host = b"Host: localhost\r\n"
            for raw in (first + host + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        first + host + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                        first + host + b"X-A: b\0c\r\n\r\n", first + host + b"X-A: b\nX-B: c\r\n\r\n",
                        first.replace(b"\r\n", b"\n") + host + b"\r\n", first + host + b"X-A: b\r\n c\r\n\r\n",
                        first + host + b"X-A: b\r\n\tc\r\n\r\n", first + b"Host: localhost\0x\r\n\r\n", first + b"\r\n",
                        first + host + host + b"\r\n", first + b"Host : localhost\r\n\r\n", first + host + b"X A: b\r\n\r\n",
                        first + host + b": x\r\n\r\n", first + host + b"Content-Length: 1, 1\r\n\r\n{",
                        first + host + b"Content-Length: 0x1\r\n\r\n{", first + host + b"Content-Length: -1\r\n\r\n",
                        first + host + b"Content-Length: 99999999999999999999\r\n\r\n",
                        method + b" " + target.encode() + b"\0 HTTP/1.1\r\n" + host + b"\r\n",
                        method + b"\t" + target.encode() + b"\tHTTP/1.1\r\n" + host + b"\r\n"):
                answer = self.ask(raw)
                # those that the library ends by itself get no answer
                self.assert_error(answer, {0, 400, 404, 413}, raw)
                if b"<html>" not in answer.raw:  # the library's own, without a Host, has its head twice
                    self.assertLessEqual(answer.raw.count(b"HTTP/1.1 "), 1, raw)
            answer = self.ask(first + b"Host: evil.example\r\n\r\n")
            self.assert_error(answer, {421}, target)
        self.still_serves()

    def test_what_is_too_long(self):
        for operation in self.operations:
            target = self.good_target(operation)
            mark = "&" if "?" in target else "?"
            self.assert_error(self.request(operation.method, target + mark + "x=" + "a" * 4100), {414}, operation.path)
            self.assert_error(self.request(operation.method, target, "X-A: " + "a" * 8200), {431}, operation.path)
        for operation in self.posts():
            target = self.good_target(operation)
            self.assert_error(self.request("POST", target, "Content-Type: application/json", body=b" " * (1024 * 1024 + 1)),
                              {413, 0}, target)  # 0: closed while it was still being sent
            chunk = b"%x\r\n%s\r\n" % (65536, b" " * 65536)
            raw = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunk * 20 + b"0\r\n\r\n"
            self.assert_error(self.ask(raw), {413, 0}, target)
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=harness.SLOW) as peer:
                # a length that is too much is refused before any of it has come
                peer.sendall(f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n".encode())
                self.assert_error(Answer(peer.recv(65536)), {413}, target)
        self.still_serves()

    def test_nothing_that_is_sent_becomes_a_header(self):
        for operation in self.operations:
            for line in ("Origin: http://localhost\x0bX-Injected: 1", "Origin: http://localhost/\\r\\nX-Injected: 1",
                         "If-None-Match: \"x\" X-Injected: 1", "Accept-Language: x%0d%0aX-Injected: 1"):
                answer = self.request(operation.method, self.good_target(operation), line,
                                      **({"body": b"{}"} if operation.method == "POST" else {}))
                self.assertNotIn("x-injected", answer.headers)
                self.assertNotEqual(answer.status, 0, line)
        answer = self.request("GET", "/healthz%0d%0aX-Injected:%201")
        self.assert_error(answer, {400, 404}, "a path")

    # --- bodies ---

    def test_bodies(self):
        for operation in self.posts():
            target, errors = self.good_target(operation), {400, 413, 415, 422}
            for body in BODIES:
                answer = self.request("POST", target, "Content-Type: application/json", body=body)
                self.assert_error(answer, errors | ({200, 404} if operation.body_schema() is None else {404}), body[:60])
            good = json.dumps(operation.good_body()).encode()
            packed = self.request("POST", target, "Content-Type: application/json", "Content-Encoding: gzip", body=gzip.compress(good))
            self.assert_error(packed, errors, "gzip")
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                self.assert_error(self.request("POST", target, f"Content-Type: {kind}", body=good), errors | {200, 404, 500}, kind)
            # the same body in pieces is the same body
            whole = self.request("POST", target, "Content-Type: application/json", body=good)
            chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in good)
            pieces = self.ask(f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n")
            self.assertEqual((pieces.status, len(pieces.body) > 0), (whole.status, True), pieces.raw[:300])
            for chunk in (b"zz\r\nab\r\n0\r\n\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\nab\r\n", b"2\r\nabc\r\n0\r\n\r\n"):
                answer = self.ask(f"POST {target} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunk)
                self.assertIn(answer.status, (0, 400, 413), chunk)
            wrong = operation.body_schema() or {}
            for name in wrong.get("properties", {}):
                for value in ([], {}, [1], {"a": 1}, "\u202e" * 1000, -1e308):
                    body = json.dumps({**operation.good_body(), name: value}).encode()
                    self.assert_error(self.request("POST", target, "Content-Type: application/json", body=body),
                                      operation.statuses - {500}, f"{name}: {value}")
        self.still_serves()

    def test_a_body_where_none_belongs(self):
        for operation in self.operations:
            if operation.method == "GET":
                self.assert_error(self.request("GET", self.good_target(operation), body=b"{}"), {400}, operation.path)

    # --- names ---

    def test_names_of_runs_are_text_and_stay_so(self):
        for name in NAMES[1:]:
            self.assertEqual(self.run_command("true", options=("--name", name)).returncode, 0, name)
        listed = json.loads(self.server.get("/api/v1/runs")[2])["runs"]
        told = {run["name"]: run["id"] for run in listed}
        self.assertEqual(set(NAMES) - set(told), set())
        for name in NAMES:
            status, headers, body = self.server.get(f"/api/v1/runs/{told[name]}")
            self.assertEqual((status, headers["Content-Type"], headers["X-Content-Type-Options"]),
                             (200, "application/json", "nosniff"))
            self.assertEqual(json.loads(body)["run"]["name"], name)
            asked = "/api/v1/runs?stage=" + urllib.parse.quote(name, safe="")
            self.assertEqual(json.loads(self.server.get(asked)[2])["runs"], [], name)
        self.assertEqual(self.stored("SELECT count(*) FROM runs")[0][0], len(NAMES) + 1)

    # --- at random ---

    def test_anything_that_the_description_leads_to(self):
        """The seed is told with a failure; AICO2_TEST_SEED and AICO2_TEST_FUZZ_COUNT give others and more."""
        questions = Questions(self.description, self.known, SEED)
        always = {0, 400, 403, 404, 405, 411, 413, 414, 415, 417, 421, 431, 501}
        statuses = set()
        for number in range(FUZZ_COUNT):
            operation, raw = questions.next()
            what = f"seed {SEED}, number {number}: {raw[:400]}"
            answer = self.ask(raw)
            statuses.add(answer.status)
            self.assertIn(answer.status, (operation.statuses - {500}) | always | {204}, what)
            self.assertNotIn("x-injected", answer.headers, what)
            if answer.status >= 400 and answer.body:
                self.assert_error(answer, {answer.status}, what)
        self.assertTrue({200, 400, 404, 405} <= statuses, statuses)
        self.still_serves()
        samples = self.stored("SELECT count(*) FROM samples")[0][0]
        self.wait_for_samples(samples + 5)
        self.assertEqual(self.server.stop(), 0)
        self.assertNotIn("warning", self.server.said())


if __name__ == "__main__":
    harness.main()
