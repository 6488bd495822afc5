#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_remote_faults.py - time-series servers that misbehave: each fault has its own outcome, says what to check, and tells no secret."""
import base64
import gzip
import json
import os
import ssl
import threading
import time
import urllib.parse

from ports import free_port, names_are_answered
from remote_case import Case, certificates, main

NOW = int(time.time())
FROM = NOW - 7200
TO = NOW - 3600
SECRET = "k3y-0123456789abcdef-SECRET"


def good(data, **more):
    return json.dumps({"status": "success", "data": data, **more})


class Fake:
    """A server of one GPU at 250 W, sampled each 15 s, that does as `fault` says before."""

    def __init__(self, fault=None):
        self.fault = fault
        self.forms = []

    def __call__(self, exchange):
        url = urllib.parse.urlsplit(exchange.path)
        form = urllib.parse.parse_qs(url.query)
        form.update(urllib.parse.parse_qs(exchange.body.decode()))
        path = url.path.split("/api/v1/")[-1]
        self.forms.append((path, form))
        if self.fault and self.fault(exchange, path, form):
            return
        exchange.reply(self.answer(path, form), headers=["Content-Type: application/json"])

    @staticmethod
    def answer(path, form):
        labels = {"__name__": "nvidia_smi_power_draw_watts", "instance": "n1:9835", "job": "gpu", "uuid": "aa"}
        if path == "series":
            return good([labels])
        if path == "query" and "power_draw" in form["query"][0]:
            end = float(form["time"][0])
            length = int(form["query"][0].split("[")[1].split("ms")[0]) / 1000
            times = range(int((end - length) // 15 + 1) * 15, int(end) + 1, 15)
            return good({"resultType": "matrix", "result": [
                {"metric": labels, "values": [[at, "250"] for at in times if at < NOW]}]})
        if path in ("query", "query_range"):
            return good({"resultType": "vector", "result": []})
        return good({})


class Faults(Case):
    def fake(self, fault=None, **more):
        self.handler = Fake(fault)
        return self.server(self.handler, **more)

    def window(self, url, **fields):
        return self.ask(url, **{"from": FROM, "to": TO, "deadline": 40000, **fields})

    def fails(self, url, outcome, *parts, **fields):
        answer = self.window(url, **fields)
        self.assertEqual(answer.outcome, outcome, answer.message)
        for part in parts:
            self.assertIn(part, answer.message)
        self.assertNotIn(SECRET, self.output)
        return answer

    def always(self, body=b"", **more):
        return self.fake(lambda exchange, path, form: exchange.reply(body, **more) or True).url

    def test_good(self):
        answer = self.window(self.fake().url)
        self.assertEqual((answer.outcome, len(answer.devices)), ("complete", 1))
        self.assertTrue(all("dedup" in form and form["max_source_resolution"] == ["0s"] for path, form
                            in self.handler.forms if path in ("query", "query_range", "series")))

    def test_nobody_there(self):
        self.fails(f"http://127.0.0.1:{free_port()}", "unreachable", "cannot connect", "is the server up")
        self.assertLess(self.seconds, 30)  # not as long as it may take
        if names_are_answered():
            self.fails("http://no-such-name.invalid:9090", "unreachable", "not a known name")

    def test_addresses_that_are_none(self):
        self.fails("localhost:9090", "unreachable", "'localhost:9090' is no address", "http://host:9090")
        self.fails(f"http://me:{SECRET}@localhost:9090", "unreachable", "password before its '@'")
        self.fails("http://localhost:9090/graph?g0.expr=up", "unreachable", "leave out what follows")
        self.fails("http://169.254.169.254", "unreachable", "may not be asked")
        self.fails("file:///etc/passwd", "unreachable", "is no address of a server")

    def test_words_of_statuses(self):
        for status, outcome, part in ((401, "denied", "check user, password or token"), (403, "denied", "may not read"),
                                      (404, "bad answer", "check the address"), (400, "refused", "400 of 'localhost'"),
                                      (422, "refused", "422 of"), (429, "overloaded", "too many questions"),
                                      (503, "overloaded", "503 of"), (500, "overloaded", "500 of")):
            with self.subTest(status=status):
                # who has too much to do is asked again until the end
                self.fails(self.always("Unauthorized\n", status=status), outcome, part, "Unauthorized",
                           deadline=6000 if outcome == "overloaded" else 40000)

    def test_words_of_the_server(self):
        body = json.dumps({"status": "error", "errorType": "bad_data", "error": "1:4: parse error \u001b[31m: x"})
        self.fails(self.always(body, status=400), "refused", "1:4: parse error [31m: x")
        self.fails(self.always(json.dumps({"status": "error", "error": "no org id"}), status=401), "denied", "no org id")

    def test_not_again_what_was_refused(self):
        server = self.fake(lambda exchange, path, form: exchange.reply("no", status=400) or True)
        self.fails(server.url, "refused")
        self.assertEqual([path for path, _ in self.handler.forms], ["status/buildinfo", "series"])

    def test_again_what_may_pass(self):
        left = {"series": 2, "query": 1}

        def fault(exchange, path, form):
            if left.get(path, 0) > 0:
                left[path] -= 1
                exchange.reply("busy", status=503, headers=["Retry-After: 0"])
                return True
            return False
        answer = self.window(self.fake(fault).url)
        self.assertEqual((answer.outcome, left), ("complete", {"series": 0, "query": 0}))

    def test_what_is_no_answer(self):
        self.fails(self.always("<!doctype html><title>Log in</title>"), "bad answer", "a web page in place of JSON")
        self.fails(self.always("prometheus is fine"), "bad answer", "no JSON of Prometheus", "'prometheus is fine'")
        self.fails(self.always('{"status":"success","data":[{"__name__":'), "bad answer", "or was torn")
        self.fails(self.always('{"status":"success","data":{"resultType":"matrix","result":7}}'), "bad answer",
                   "lists its series in another way")

    def test_torn_gzip(self):
        packed = gzip.compress(good([{"a": str(i)} for i in range(5000)]).encode())
        for body, part in ((packed[:len(packed) // 2], ""), (b"\x1f\x8bnonsense", "cannot be unpacked")):
            url = self.always(body, headers=["Content-Encoding: gzip"])
            self.fails(url, "bad answer", part)

    def test_good_gzip(self):
        def fault(exchange, path, form):
            exchange.reply(gzip.compress(Fake.answer(path, form).encode()), headers=["Content-Encoding: gzip"])
            return True
        self.assertEqual(self.window(self.fake(fault).url).outcome, "complete")

    def test_too_much(self):
        bomb = gzip.compress(b" " * (64 << 20))
        answer = self.fails(self.always(bomb, headers=["Content-Encoding: gzip"]), "bad answer", "larger than 16 MiB")
        self.assertLess(answer.kilobytes, 400000)  # a third of it without a sanitizer
        self.fails(self.always(b"{", length=1 << 30), "bad answer", "larger than 16 MiB")

        def endless(exchange, path, form):
            exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(1 << 14):
                exchange.raw(b"10000\r\n" + b" " * 65536 + b"\r\n")
            return True
        answer = self.fails(self.fake(endless).url, "bad answer", "larger than 16 MiB")
        self.assertLess(answer.kilobytes, 400000)  # a third of it without a sanitizer

    def test_slow(self):
        stop = threading.Event()
        self.addCleanup(stop.set)

        def silent(exchange, path, form):
            stop.wait(20)
            return True

        def dripping(exchange, path, form):
            exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            exchange.drip(b"{" * 100)
            return True
        for fault in (silent, dripping):
            self.fails(self.fake(fault).url, "too late", "no whole answer", "shorter window", deadline=1500)
            self.assertLess(self.seconds, 1.5 + 15)  # on a busy machine; they are silent for longer

    def test_broken_off(self):
        def fault(exchange, path, form):
            if path != "status/buildinfo":
                exchange.reply("{}", length=100)
                return True
            return False
        self.fails(self.fake(fault).url, "bad answer", "broke off its answer", deadline=8000)

    def test_smaller_pieces_where_the_server_has_its_limits(self):
        def fault(exchange, path, form):
            query = form.get("query", [""])[0]
            if path == "query" and "power_draw" in query and "last_over" not in query:
                if int(query.split("[")[1].split("ms")[0]) > 1000000:
                    exchange.reply(json.dumps({"status": "error", "errorType": "execution",
                                               "error": "query processing would load too many samples into memory in "
                                                        "query execution"}), status=422)
                    return True
            return False
        whole = self.window(self.fake().url).counts
        self.assertEqual((self.window(self.fake(fault).url).counts, whole[0] > 240), (whole, True))

    def test_a_fault_in_the_middle_keeps_what_came(self):
        def fault(exchange, path, form):
            query = form.get("query", [""])[0]
            if path == "query" and "power_draw" in query and "last_over" not in query:
                self.asked += 1
                if self.asked > 3:  # two looks at the edges, and a chunk
                    exchange.reply("gone", status=400)
                    return True
            return False
        self.asked = 0
        answer = self.window(self.fake(fault).url, **{"from": NOW - 10 * 86400})
        self.assertEqual(answer.outcome, "partial")
        self.assertIn("read in part: 400 of 'localhost': gone", answer.message)
        self.assertGreater(answer.counts[0], 10000)

    def test_warnings_are_told(self):
        def fault(exchange, path, form):
            exchange.reply(Fake.answer(path, form)[:-1] + ', "warnings": ["store b is not there"]}')
            return True
        answer = self.window(self.fake(fault).url)
        self.assertEqual(answer.outcome, "partial")
        self.assertIn("store b is not there", answer.notes[-1])

    def test_a_server_without_forms(self):
        def fault(exchange, path, form):
            if exchange.method == "POST":
                exchange.reply("only GET", status=405)
                return True
            return False
        self.assertEqual(self.window(self.fake(fault).url).outcome, "complete")

    def test_redirects_are_not_followed(self):
        other = self.fake()
        for target in (other.url + "/api/v1/series", "/login"):
            answer = self.fails(self.always(status=302, headers=[f"Location: {target}"]), "bad answer", "redirects to",
                                "not followed", auth="bearer", secret=self.write("token", SECRET))
            self.assertNotIn("login", answer.message)
        self.assertEqual(other.requests, [])


class Access(Case):
    fake = Faults.fake
    window = Faults.window
    fails = Faults.fails
    tls = None

    def headers(self, server):
        return server.requests[-1][2]

    def test_path_prefix(self):
        for end in ("/prometheus", "/prometheus/", "/prometheus/api/v1"):
            server = self.fake()
            self.assertEqual(self.window(server.url + end).outcome, "complete")
            self.assertTrue(all(path.startswith("/prometheus/api/v1/") for _, path, _ in server.requests))

    def test_ways_in(self):
        server = self.fake()
        self.window(server.url, auth="bearer", secret=self.write("token", SECRET + "\n"), tenant="team-a",
                    headers=self.write("headers", "# of the proxy\nX-Key: abc123\r\n\n"))
        headers = self.headers(server)
        self.assertEqual((headers["authorization"], headers["x-scope-orgid"], headers["x-key"]),
                         ("Bearer " + SECRET, "team-a", "abc123"))
        for password in ("a", "ab", "abc", "päss:wörd"):
            self.window(server.url, auth="basic", user="me", secret=self.write("password", password))
            self.assertEqual(base64.b64decode(self.headers(server)["authorization"].split()[1]).decode(),
                             "me:" + password)
        self.window(server.url)
        self.assertNotIn("authorization", self.headers(server))

    def test_a_server_that_sends_secrets_back(self):
        def fault(exchange, path, form):
            exchange.reply("bad token " + exchange.headers["authorization"], status=401)
            return True
        answer = self.fails(self.fake(fault).url, "denied", "***", auth="bearer", secret=self.write("token", SECRET))
        answer = self.fails(self.fake(fault).url, "denied", "***", auth="basic", user="me",
                            secret=self.write("token", SECRET))
        self.assertNotIn(base64.b64encode(f"me:{SECRET}".encode()).decode(), self.output)

    def test_no_secret_over_plain_http(self):
        for fields in ({"auth": "bearer", "secret": self.write("token", SECRET)},
                       {"headers": self.write("headers", f"X-Key: {SECRET}")}):
            self.fails("http://prometheus.example:9090", "bad file", "never sent by plain http to 'prometheus.example'",
                       **fields)
        # a name that leads elsewhere than it says is no loopback
        self.fails("http://127.0.0.1.example:9090", "bad file", "plain http", auth="bearer",
                   secret=self.write("token", SECRET))

    def test_files_that_are_not_used(self):
        server = self.fake()
        url = server.url
        self.fails(url, "bad file", "chmod 600", auth="bearer", secret=self.write("open", SECRET, 0o644))
        self.fails(url, "bad file", "there is no file", auth="bearer", secret=self.path("none"))
        self.fails(url, "bad file", "no password or token of one line", auth="bearer", secret=self.write("e", "\n"))
        self.fails(url, "bad file", "of one line", auth="bearer", secret=self.write("two", SECRET + "\nHost: x\n"))
        self.fails(url, "bad file", "longer than", auth="bearer", secret=self.write("long", "x" * 20000))
        self.fails(url, "bad file", "line 2: 'Name: value'", headers=self.write("h", f"A: b\n{SECRET}\n"))
        self.fails(url, "bad file", "line 1: Host is not to be given", headers=self.write("h", "Host: x\n"))
        self.fails(url, "bad file", "chmod 600", headers=self.write("h", f"A: {SECRET}\n", 0o640))
        os.symlink(self.write("token", SECRET), self.path("link"))
        self.fails(url, "bad file", "cannot open", auth="bearer", secret=self.path("link"))
        self.fails(url, "bad file", "", ca=self.path("none.pem"))
        self.fails(url, "bad file", "a key without its certificate", key=self.write("key", "x"))
        self.assertEqual(server.requests, [])

    def certificates(self):
        if Access.tls is None:
            Access.tls_folder = __import__("tempfile").TemporaryDirectory(prefix="aico2-tls-")
            Access.tls = certificates(Access.tls_folder.name)
        return Access.tls

    def test_certificates(self):
        tls = self.certificates()
        for name in ("other", "expired", "self"):
            self.fails(self.fake(context=tls[name]).url, "unreachable", "certificate", ca=tls["ca"])
        server = self.fake(context=tls["good"])
        self.assertEqual(self.window(server.url, ca=tls["ca"], auth="bearer", secret=self.write("token", SECRET)).outcome,
                         "complete")
        self.assertEqual(self.headers(server)["authorization"], "Bearer " + SECRET)
        self.fails(server.url, "unreachable", "certificate")
        self.fails(server.url.replace("https", "http"), "bad answer", "")

    def test_client_certificate(self):
        tls = self.certificates()
        folder = Access.tls_folder.name
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "good.pem"), os.path.join(folder, "good.key"))
        context.load_verify_locations(tls["ca"])
        context.verify_mode = ssl.CERT_REQUIRED
        os.chmod(os.path.join(folder, "other.key"), 0o600)
        server = self.fake(context=context)
        fields = {"ca": tls["ca"], "cert": os.path.join(folder, "other.pem"), "key": os.path.join(folder, "other.key")}
        self.assertEqual(self.window(server.url, **fields).outcome, "complete")
        self.assertNotEqual(self.window(server.url, ca=tls["ca"]).outcome, "complete")
        os.chmod(os.path.join(folder, "other.key"), 0o644)
        self.fails(server.url, "bad file", "chmod 600", **fields)


if __name__ == "__main__":
    main()
