# SPDX-License-Identifier: Apache-2.0
"""test_serve_live.py - GET / and /api/v1/live of `aico2 serve`: the page, the stream, and its long-poll twin."""
import base64
import gzip
import hashlib
import json
import math
import os
import re
import shutil
import signal
import socket
import threading
import time
import unittest

from serve_case import ServeCase, rest_of

DIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "web", "dist")


def dist(name):
    with open(os.path.join(DIST, name), "rb") as handle:
        return handle.read()


class Stream:
    """An EventSource without its comforts: events as they come."""

    def __init__(self, case, server, query="", headers=""):
        self.peer = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        case.addCleanup(self.peer.close)
        self.peer.sendall(f"GET /api/v1/live{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        self.got = b""
        self.head = self.until(b"\r\n\r\n").decode()
        self.text = b""

    def until(self, end):
        while end not in self.got:
            more = self.peer.recv(65536)
            if not more:
                raise EOFError(self.got)
            self.got += more
        before, self.got = self.got.split(end, 1)
        return before + end

    def more(self):
        """Return: false at the stream's own end."""
        got = self.got or self.peer.recv(65536)
        self.got = b""
        self.text += got
        return got != b""

    def events(self, count):
        """[(name, id or None, document)]; comments and `retry` are left out."""
        found = []
        while len(found) < count:
            while b"\n\n" not in self.text:
                if not self.more():
                    raise EOFError
            block, self.text = self.text.split(b"\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if not line.startswith(":"))
            if "data" in fields:
                number = int(fields["id"]) if "id" in fields else None
                found.append((fields["event"], number, json.loads(fields["data"])))
        return found

    def samples(self, count):
        found = []
        while len(found) < count:
            found += [document for name, _, document in self.events(1) if name == "sample"]
        return found


class Page(ServeCase):
    def test_it_is_the_one_that_was_built(self):
        server = self.serve("--no-db")
        for path, name in (("/", "index.html"), ("/more.js", "more.js")):
            status, headers, body = server.get(path)
            self.assertEqual((status, headers["Content-Encoding"]), (200, None))
            self.assertEqual(body, dist(name))
            status, headers, body = server.get(path, headers={"Accept-Encoding": "br, gzip"})
            self.assertEqual((status, headers["Content-Encoding"], headers["Vary"]), (200, "gzip", "Accept-Encoding"))
            self.assertEqual(gzip.decompress(body), dist(name))
            self.assertLess(len(body), 60000)
            self.assertEqual(headers["Cache-Control"], "no-cache")
            for known in (headers["ETag"], "*", f'"other", {headers["ETag"][2:]}'):
                status, again, body = server.get(path, headers={"If-None-Match": known})
                self.assertEqual((status, body, again["ETag"]), (304, b"", headers["ETag"]))
            self.assertEqual(server.get(path, headers={"If-None-Match": 'W/"other"'})[0], 200)
            self.assertEqual(server.get(path, method="HEAD")[::2], (200, b""))
            self.assertEqual(server.get(path, method="POST", body=b"{}")[0], 405)

    def test_its_policy_allows_what_is_in_it_and_no_more(self):
        headers = self.serve("--no-db").get("/")[1]
        rules = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        for element, rule in ((b"script", "script-src"), (b"style", "style-src")):
            texts = re.findall(rb"<%s[^>]*>(.*?)</%s>" % (element, element), dist("index.html"), re.DOTALL)
            self.assertEqual(len(texts), 1)
            digest = base64.b64encode(hashlib.sha256(texts[0]).digest()).decode()
            self.assertIn(f"'sha256-{digest}'", rules[rule].split())
        for rule, value in (("default-src", "'none'"), ("connect-src", "'self'"), ("base-uri", "'none'"),
                            ("frame-ancestors", "'none'"), ("img-src", "'self' data:")):
            self.assertEqual(rules[rule], value)
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(headers["Cross-Origin-Resource-Policy"], "same-origin")

    def test_it_asks_nobody_else(self):
        for name in ("index.html", "more.js"):
            text = dist(name).decode()
            found = set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg",
                                                                      "http://www.w3.org/1999/xhtml",
                                                                      "http://www.w3.org/1998/Math/MathML"}
            self.assertEqual(found, set())

    def test_an_agent_has_none(self):
        server = self.serve("--no-db", "--agent")
        for path in ("/", "/more.js"):
            status, _, body = server.get(path)
            self.assertEqual((status, json.loads(body)["detail"]), (404, "this server is an agent: it has no page and no API"))
        self.assertEqual(server.get("/healthz")[0], 200)


class Live(ServeCase):
    def test_events_as_a_browser_takes_them(self):
        server = self.serve("--interval", "1s")
        stream = Stream(self, server)
        self.assertIn("Content-Type: text/event-stream\r\n", stream.head)
        self.assertIn("X-Accel-Buffering: no\r\n", stream.head)
        self.assertIn("Cache-Control: no-store\r\n", stream.head)
        stream.more()
        self.assertTrue(stream.text.startswith(b"retry: 2000\n\n"))
        (name, number, first), (_, _, second) = stream.events(2)
        self.assertEqual((name, number), ("sample", first["id"]))
        self.assertEqual(second["id"], first["id"] + 1)
        self.assertGreater(second["time"], first["time"])
        self.assertGreaterEqual(second["interval_seconds"], 0.95)
        cpu = next(device for device in second["devices"] if device["id"] == "cpu0")
        self.assertTrue(cpu["added"])
        self.assertLessEqual(cpu["low_watts"], cpu["watts"])
        self.assertLessEqual(cpu["watts"], cpu["high_watts"])
        before = next(device for device in first["devices"] if device["id"] == "cpu0")
        used = (cpu["joules"] - before["joules"]) / second["interval_seconds"]
        self.assertAlmostEqual(used, cpu["watts"], delta=max(1, 0.2 * used))
        with open("/proc/meminfo", encoding="ascii") as handle:
            total = int(handle.readline().split()[1]) * 1024
        self.assertEqual(second["memory_total_bytes"], total)
        self.assertEqual(second["memory_used_bytes"] % (1 << 20), 0)
        self.assertTrue(0 < second["memory_used_bytes"] < total)

    def test_figures_are_coarse_however_fast_it_measures(self):
        server = self.serve("--interval", "10ms")
        samples = Stream(self, server).samples(3)
        for sample in samples:
            self.assertGreaterEqual(sample["interval_seconds"], 0.95)
            for device in sample["devices"]:
                for key in ("watts", "joules"):
                    self.assertAlmostEqual(device[key] * 10, round(device[key] * 10), places=6)

    def test_the_past_then_the_present_without_a_hole_or_a_repeat(self):
        server = self.serve()
        seen = [sample["id"] for sample in Stream(self, server).samples(3)]
        again = [sample["id"] for sample in Stream(self, server).samples(5)]
        self.assertEqual(again, list(range(seen[0], seen[0] + 5)))
        since = [sample["id"] for sample in Stream(self, server, f"?since={seen[1]}").samples(3)]
        self.assertEqual(since, list(range(seen[2], seen[2] + 3)))
        header = f"Last-Event-ID: {seen[2]}\r\n"
        later = [sample["id"] for sample in Stream(self, server, f"?since={seen[0]}", header).samples(3)]
        self.assertEqual(later, list(range(seen[2] + 1, seen[2] + 4)))

    def test_numbers_go_on_after_a_new_start(self):
        server = self.serve()
        last = Stream(self, server).samples(2)[-1]["id"]
        server.stop()
        server = self.serve()
        found = [sample["id"] for sample in Stream(self, server, f"?since={last}").samples(2)]
        self.assertGreater(found[0], last)
        self.assertEqual(found[1], found[0] + 1)

    def test_the_twin_waits_and_tells_the_same(self):
        server = self.serve()
        stream = Stream(self, server).samples(2)
        status, headers, body = server.get("/api/v1/live?since=0&wait=0")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(body)["samples"][:2], stream)
        newest = json.loads(body)["samples"][-1]["id"]
        answer = json.loads(server.get(f"/api/v1/live?since={newest}&wait=25")[2])
        self.assertEqual(answer["samples"][0]["id"], newest + 1)
        server.stop()
        server = self.serve("--interval", "30s")
        began = time.monotonic()
        answer = json.loads(server.get("/api/v1/live?wait=1")[2])
        self.assertEqual(answer, {"samples": [], "runs": []})
        self.assertGreater(time.monotonic() - began, 0.9)

    def test_a_new_place_is_told_as_a_run_that_ended(self):
        folder = os.path.join(self.root, "config", "aico2")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "aico2.yml")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write("country: FR\n")
        server = self.serve()
        stream = Stream(self, server)
        newest = stream.samples(1)[-1]["id"]
        with open(path, "w", encoding="utf-8") as handle:
            handle.write("country: PL\n")
        server.process.send_signal(signal.SIGHUP)
        self.assertRaises((EOFError, ConnectionResetError), stream.samples, 1000)  # who may look on may have changed: it comes again
        stream = Stream(self, server, f"?since={newest}")
        event = stream.events(1)[0]
        while event[0] == "sample":
            event = stream.events(1)[0]
        self.assertEqual((event[0], event[1], event[2]["name"], event[2]["state"]), ("run", None, "watch", "finished"))
        self.assertIn(event[2]["id"], [run["id"] for run in self.runs()])

    def test_runs_of_others_are_told_when_they_begin_and_end(self):
        server = self.serve()
        stream = Stream(self, server)
        stream.samples(1)
        self.assertEqual(self.aico2("run", "--name", "<b>x</b>", "--", "sleep", "1.1").returncode, 0)
        told = []
        while not told or told[-1]["state"] == "running":
            told += [document for name, _, document in stream.events(1) if name == "run"]
        self.assertEqual((told[-1]["name"], told[-1]["state"]), ("<b>x</b>", "finished"))
        stored = self.runs()[0]
        for key in ("id", "name", "stage", "state", "started_at", "duration_seconds"):
            self.assertEqual(told[-1][key], stored[key])
        self.assertEqual(told[-1]["total_joules"], math.floor(stored["total_joules"] * 10) / 10)
        self.assertEqual(self.aico2("run", "--name", "short", "--", "sleep", "0.2").returncode, 0)
        while (told[-1]["name"], told[-1]["state"]) != ("short", "finished"):
            told += [document for name, _, document in stream.events(1) if name == "run"]
        self.assertEqual(told[-1]["total_joules"], None)

    def test_the_end_of_the_server_is_the_streams_end(self):
        server = self.serve()
        stream = Stream(self, server)
        newest = stream.samples(2)[-1]["id"]
        waiting = server.connect()
        waiting.sendall(b"GET /api/v1/live?since=%d&wait=50 HTTP/1.1\r\nHost: localhost\r\n\r\n" % newest)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 25)  # half of what was asked to be waited for
        self.assertRaises((EOFError, ConnectionResetError), stream.samples, 1000)
        self.assertIn(b'{"samples": [', rest_of(waiting))

    def test_as_many_as_may(self):
        server = self.serve("--max-streams", "2")
        streams = [Stream(self, server) for _ in range(2)]
        for query in ("", "?wait=5"):
            status, _, body = server.get(f"/api/v1/live{query}")
            self.assertEqual(status, 503)
            self.assertIn("--max-streams", json.loads(body)["detail"])
        streams.pop().peer.close()
        self.wait_until(lambda: server.get("/api/v1/live?since=0&wait=0")[0] == 200, "a place that is free")

    def test_a_client_that_does_not_read_costs_the_others_nothing(self):
        server = self.serve()
        lazy = [Stream(self, server) for _ in range(20)]
        samples = Stream(self, server).samples(4)
        self.assertEqual([sample["id"] - samples[0]["id"] for sample in samples], [0, 1, 2, 3])
        self.assertEqual(lazy[0].samples(1)[0]["id"], samples[0]["id"])

    def test_clients_that_come_and_go(self):
        server = self.serve()
        stop = threading.Event()

        def come_and_go():
            while not stop.is_set():
                with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer:
                    peer.sendall(b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    peer.recv(100)
        threads = [threading.Thread(target=come_and_go) for _ in range(4)]
        for thread in threads:
            thread.start()
        samples = Stream(self, server).samples(4)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(samples[-1]["id"] - samples[0]["id"], 3)
        self.assertEqual(server.stop(), 0)

    def test_what_is_wrong_is_said(self):
        server = self.serve()
        for query, why in (("since=x", "a whole number from 0 on"), ("since=-1", "a whole number from 0 on"),
                           ("since=", "a whole number"), ("since=99999999999999999999", "a whole number"),
                           ("wait=-1", "0 to 50"), ("wait=51", "0 to 50"), ("wait=a", "0 to 50"), ("wait=1.5", "0 to 50")):
            status, _, body = server.get(f"/api/v1/live?{query}")
            self.assertEqual(status, 400, query)
            self.assertIn(why, json.loads(body)["detail"])
        self.assertEqual(server.get("/api/v1/live", method="POST", body=b"")[0], 405)
        self.assertEqual(server.get("/api/v1/live", method="HEAD")[::2], (200, b""))
        old = server.raw(b"GET /api/v1/live?since=0&wait=0 HTTP/1.0\r\nHost: localhost\r\n\r\n")
        self.assertIn(b'{"samples": [', old)

    @unittest.skipUnless(shutil.which("curl"), "curl is not here")
    def test_curl_follows_it(self):
        server = self.serve()
        curl = self.start("curl", "-sN", f"http://127.0.0.1:{server.port}/api/v1/live")
        while (line := curl.stdout.readline()) != "event: sample\n":
            self.assertTrue(line, "it has ended")


if __name__ == "__main__":
    unittest.main()
