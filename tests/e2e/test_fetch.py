# SPDX-License-Identifier: Apache-2.0
"""test_fetch.py - the fetcher against a provider that answers, keeps silent, or answers what it should not."""
import gzip
import os
import subprocess
import time
import zlib

from fetch_case import (CLIENT, FETCHER, FROM, GOOD, GOOD_POINTS, GOOD_ROWS, KEY, NOW, SLOW, STEP, TO, Case, Server, main,
                        points)
from ports import free_port, names_are_answered


class Answers(Case):
    def test_points_of_the_window_over_http_and_tls(self):
        tls = self.certificates()
        for context, ca in ((None, None), (tls["good"], tls["ca"])):
            server = self.server(lambda exchange: exchange.reply(GOOD), context=context)
            answer = self.ask(("open", server.url), ca=ca, cache=None)
            self.assertEqual(answer["status"], 0, answer)
            self.assertEqual(answer["points"], GOOD_POINTS)
            self.assertEqual(answer["steps"], [["open", "used", ""]])
            self.assertEqual((answer["provider"], answer["zone"], answer["kind"], answer["licence"]),
                             ("open", "FR", "lifecycle-average", "CC0-1.0"))
            self.assertAlmostEqual(answer["fetched"], time.time(), delta=SLOW)
            method, path, headers = server.requests[0]
            self.assertEqual((method, path), ("GET", f"/points?zone=FR&from={FROM}&to={TO}"))
            self.assertTrue(headers["user-agent"].startswith("aico2/"))
            self.assertNotIn("cookie", headers)

    def test_holes_doubles_order_and_what_lies_outside(self):
        # measured wins over estimated; a point before the window still holds at its start; 2.5 steps of nothing
        rows = [[FROM + 3 * STEP + 900, 7, "measured"], [FROM - 900, 5, "measured"], [FROM + 900, 6, "estimated"],
                [FROM + 900, 6.5, "measured"], [TO + STEP, 9, "measured"], [FROM - 9 * STEP, 1, "measured"]]
        answer = self.ask(("open", self.serve(points(*rows)).url))
        self.assertEqual(answer["points"], [
            [FROM, 5, "measured"], [FROM + 900, 6.5, "measured"], [FROM + 900 + STEP, None, "measured"],
            [FROM + 3 * STEP + 900, 7, "measured"], [TO, None, "measured"]])

    def test_a_long_window_is_asked_in_parts(self):
        begin = FROM - 40 * 86400

        def handler(exchange):
            query = dict(part.split("=") for part in exchange.path.split("?")[1].split("&"))
            exchange.reply(points(*[[at, 50, "measured"] for at in range(int(query["from"]), int(query["to"]), STEP)]))
        server = self.server(handler)
        answer = self.ask(("open", server.url), **{"from": begin})
        self.assertEqual(len(server.requests), 41)  # 40 days and two hours, a day each
        self.assertEqual(len(answer["points"]), 40 * 48 + 4 + 1)
        self.assertTrue(all(point[1] == 50 for point in answer["points"][:-1]))

    def test_what_came_before_a_failure_is_used_and_said(self):
        begin = FROM - 86400

        def handler(exchange):
            if f"from={begin}" in exchange.path:
                exchange.reply(points([begin, 50, "measured"]))
            else:
                exchange.reply('{"error": "no more"}', status=400)
        server = self.server(handler)
        answer = self.ask(("open", server.url), **{"from": begin})
        self.assertEqual(answer["points"], [[begin, 50, "measured"], [begin + STEP, None, "measured"]])
        self.assertEqual(answer["steps"], [["open", "used", "400, no more"]])
        self.ask(("open", server.url), **{"from": begin})
        self.assertEqual(len(server.requests), 3)  # from where it was not answered

    def test_the_next_of_the_chain(self):
        good = self.serve(GOOD)
        bad = self.serve('{"error": "broken"}', status=400)
        answer = self.ask(("key", good.url), ("open", bad.url), ("nobody",), ("second", good.url), ("few", good.url))
        self.assertEqual(answer["points"], GOOD_POINTS)
        self.assertEqual([step[:2] for step in answer["steps"]],
                         [["key", "no key"], ["open", "bad answer"], ["nobody", "not covered"], ["second", "used"]])
        self.assertEqual(answer["provider"], "second")

    def test_places_signals_and_addresses_that_are_not_covered(self):
        good = self.serve(GOOD)
        self.fails(good.url, "not covered", "place", country="XX")
        self.assertEqual(self.ask(("few", good.url), marginal=1)["steps"][0][1], "not covered")
        self.assertEqual(self.ask(("few",))["steps"], [["few", "not covered", "its address has to be given"]])
        self.assertEqual(self.ask(("open", good.url), marginal=1)["kind"], "marginal")

    def test_times_ahead_are_asked_for_a_forecast_alone(self):
        soon = NOW // STEP * STEP + 2 * STEP
        server = self.serve(points([soon, 30, "forecast"]))
        fields = {"from": soon, "to": soon + STEP, "cache": None}
        self.assertEqual(self.ask(("open", server.url), **fields)["steps"][0][1], "no data")
        self.assertEqual(server.requests, [])
        self.assertEqual(self.ask(("open", server.url), forecast=1, **fields)["points"],
                         [[soon, 30, "forecast"], [soon + STEP, None, "measured"]])


class Refused(Case):
    """Each: one step that says why, within the deadline, and nothing is kept."""

    def test_down(self):
        server = Server(lambda exchange: exchange.reply(GOOD))
        server.close()
        self.fails(server.url, "unreachable", "cannot connect to 'localhost'")
        self.fails("https://nowhere.invalid", "limited", cache=self.cache)  # left alone for some seconds
        if names_are_answered():
            self.fails("https://nowhere.invalid", "unreachable", "not a known name", cache=None)

    def test_silence_and_drip(self):
        def headers(exchange):
            exchange.drip(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000)

        def body(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            exchange.drip(b" " * 9999)
        for handler in (lambda exchange: time.sleep(20), headers, body):
            self.fails(self.server(handler).url, "too late", deadline=1500, cache=None)
            self.assertLess(self.seconds, 1.5 + 15)  # on a busy machine; they are silent for longer

    def test_who_hangs_leaves_time_to_the_next(self):
        slow = self.server(lambda exchange: time.sleep(20))
        answer = self.ask(("open", slow.url), ("second", self.serve(GOOD).url), deadline=10000)
        self.assertEqual([step[1] for step in answer["steps"]], ["too late", "used"])

    def test_statuses(self):
        for status, outcome in ((400, "bad answer"), (401, "denied"), (403, "denied"), (404, "not covered"),
                                (418, "bad answer"), (204, "bad answer"), (300, "bad answer"), (599, "unreachable")):
            server = self.serve('{"error": "so \\u001b[31m it\\nis"}', status=status)
            answer = self.fails(server.url, outcome, cache=None)
            if status not in (204, 300):
                self.assertEqual(answer["steps"][0][2], f"{status}, so [31m it is")
            self.assertEqual(len(server.requests), 3 if status >= 500 else 1)

    def test_5xx_then_good(self):
        replies = [(b"", 503), (b"", 502), (GOOD, 200)]

        def handler(exchange):
            body, status = replies.pop(0)
            exchange.reply(body, status=status)
        answer = self.ask(("open", self.server(handler).url))
        self.assertEqual((answer["points"], answer["steps"][0][1]), (GOOD_POINTS, "used"))

    def test_bodies_that_are_none(self):
        for body in ("", "null", "[]", "{", "<html>", "\0\1\2\xff", "\ufeff" + GOOD, GOOD[:-20], GOOD + "x",
                     points([FROM, "12", "measured"]), points(*GOOD_ROWS, unit="lbs_co2_per_mwh"),
                     GOOD.replace("100", "NaN"), GOOD.replace("100", "-1"), GOOD.replace("100", "1e999"),
                     GOOD.replace("100", "6000"), points([TO + 40 * STEP, 5, "measured"])):
            self.fails(self.serve(body).url, "bad answer")
        self.fails(self.serve(points()).url, "no data", cache=None)

    def test_lengths_and_pieces_that_do_not_fit(self):
        def cut(exchange):
            exchange.reply(GOOD, length=len(GOOD) + 100)

        def broken(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"uni\r\nzz\r\n")

        def nothing(exchange):
            pass

        def noise(exchange):
            exchange.raw(b"\x16\x03\x01\x02\x00" * 50)
        for handler, outcome in ((cut, "unreachable"), (broken, "unreachable"), (nothing, "unreachable"),
                                 (noise, "bad answer")):
            self.fails(self.server(handler).url, outcome, cache=None)

    def test_without_end(self):
        def told(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
            exchange.raw(b"x" * 100000)

        def untold(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                exchange.raw(b"x" * 65536)

        def headers(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\n")
            while True:
                exchange.raw(b"X-Y: " + b"x" * 1000 + b"\r\n")

        def bomb(exchange):  # 4 GB of zeros
            exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            block = b"\0" * (1 << 22)
            for _ in range(1000):
                exchange.raw(packer.compress(block))
        for handler in (told, untold, headers, bomb):
            self.fails(self.server(handler).url, "bad answer", "larger than 8 MiB", cache=None)

    def test_compressed_and_old_http_are_read(self):
        def packed(exchange):
            exchange.reply(gzip.compress(GOOD.encode()), headers=["Content-Encoding: gzip"])

        def old(exchange):
            exchange.raw(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD.encode())

        def chunks(exchange):
            exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/png\r\n\r\n")
            for at in range(0, len(GOOD), 10):
                piece = GOOD[at:at + 10].encode()
                exchange.raw(b"%x\r\n%s\r\n" % (len(piece), piece))
            exchange.raw(b"0\r\n\r\n")
        for handler in (packed, old, chunks):
            self.assertEqual(self.ask(("open", self.server(handler).url), cache=None)["points"], GOOD_POINTS)

    def test_redirects(self):
        elsewhere = self.serve(GOOD)

        def handler(exchange):
            hops = int(exchange.path.rsplit("=", 1)[1]) if "hop=" in exchange.path else 0
            if hops == self.hops:
                exchange.reply(GOOD)
            else:
                exchange.reply(status=302, headers=[f"Location: {self.target}&hop={hops + 1}"])
        server = self.server(handler)
        self.target = "/again?x=1"
        for self.hops in (1, 3):
            self.assertEqual(self.ask(("open", server.url), cache=None)["points"], GOOD_POINTS)
        self.hops = 4
        self.fails(server.url, "bad answer", "without end", cache=None)
        self.put_secret("key", KEY)
        for self.target in (elsewhere.url + "/?x=1", f"http://127.0.0.1:{server.port}/?x=1",
                            server.url.replace("http:", "https:") + "/?x=1", "http://169.254.169.254/?x=1"):
            self.fails(server.url, "bad answer", "not followed", self.target.split("/")[2], provider="key", cache=None)
        self.target = "file:///etc/passwd?x=1"
        self.fails(server.url, "bad answer", cache=None)
        self.assertEqual(elsewhere.requests, [])

    def test_certificates_that_do_not_fit(self):
        tls = self.certificates()
        for name, ca in (("other", tls["ca"]), ("expired", tls["ca"]), ("self", tls["ca"]), ("good", None)):
            server = self.server(lambda exchange: exchange.reply(GOOD), context=tls[name])
            self.fails(server.url, "unreachable", "certificate", ca=ca, cache=None)
            self.assertEqual(server.requests, [])
        self.fails(server.url, "unreachable", ca="/nonexistent/ca.pem", cache=None)

    @staticmethod
    def greet(port, version):
        """Whether the server speaks that version with somebody who wants it."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", version, "-cipher",
                               "DEFAULT@SECLEVEL=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return done.returncode == 0 and "Cipher is (NONE)" not in done.stdout

    def old_server(self, tls, version):
        port = free_port()
        folder = os.path.dirname(tls["ca"])
        process = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
                                    os.path.join(folder, "good.pem"), "-key", os.path.join(folder, "good.key"), version,
                                    "-cipher", "DEFAULT@SECLEVEL=0", "-www", "-quiet"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(400):
            if self.greet(port, version):
                return f"https://localhost:{port}"
            if process.poll() is not None:
                break
            time.sleep(0.05)
        return self.skipTest(f"this openssl has no server that speaks {version[1:]}")

    def test_a_server_that_is_too_old(self):
        tls = self.certificates()
        # what it says is no answer, but it was understood: the refusal below is of the version alone
        self.fails(self.old_server(tls, "-tls1_2"), "bad answer", ca=tls["ca"], cache=None)
        self.fails(self.old_server(tls, "-tls1_1"), "unreachable", ca=tls["ca"], cache=None)

    def test_addresses_that_are_never_asked(self):
        for url, part in (("http://192.0.2.1", "https alone"), ("http://example.invalid", "https alone"),
                          ("https://169.254.169.254", "may not be asked"), ("https://[fd00:ec2::254]", "may not"),
                          ("https://224.0.0.1", "may not be asked"), ("ftp://localhost", "protocol"),
                          ("file:///etc/passwd", "address"), ("https://u:p@localhost", "address"),
                          ("nonsense:", "address")):
            answer = self.ask(("open", url), cache=None, deadline=20000)
            self.assertIn(answer["steps"][0][1], ("bad answer", "unreachable"), answer)
            if answer["steps"][0][1] == "bad answer":
                self.assertIn(part, answer["steps"][0][2])


class Questions(Case):
    def test_what_is_no_question(self):
        for fields in ({"cut": 0}, {"cut": 100}, {"spoil": 1}, {"deadline": 0}, {"from": TO, "to": FROM}):
            done = subprocess.run([CLIENT, FETCHER, *self.words(("open",), **fields)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), fields)
            self.assertIn("no question", done.stderr)

    def test_arguments(self):
        help_text = subprocess.run([FETCHER, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn("started by aico2", help_text)
        self.assertEqual(subprocess.run([FETCHER, "--what"], stderr=subprocess.DEVNULL, check=False).returncode, 2)

    def test_nobody_listens(self):
        reading, writing = os.pipe()
        os.close(reading)
        with open(os.path.join(self.root, "question"), "wb") as file:
            tee = os.path.join(self.root, "tee.sh")
            with open(tee, "w") as script:
                script.write(f"#!/bin/sh\nexec cat >{file.name}\n")
            os.chmod(tee, 0o755)
            subprocess.run([CLIENT, tee, *self.words(("nobody",))], stderr=subprocess.DEVNULL, check=False)
        with open(file.name, "rb") as question:
            done = subprocess.run([FETCHER], stdin=question, stdout=writing, check=False, timeout=SLOW)
        os.close(writing)
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    main()
