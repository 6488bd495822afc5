# SPDX-License-Identifier: Apache-2.0
"""test_serve_guards.py - requests that no honest client sends, clients that never finish, and too many of them."""
import resource
import socket
import time
import unittest

from serve_case import ServeCase


def request(*lines, method="GET", path="/healthz", host="localhost", end=b"\r\n\r\n"):
    head = [f"{method} {path} HTTP/1.1".encode()]
    if host is not None:
        head.append(b"Host: " + host.encode())
    return b"\r\n".join(head + [line if isinstance(line, bytes) else line.encode() for line in lines]) + end


class Strict(ServeCase):
    @classmethod
    def good(cls):
        return request()

    def setUp(self):
        super().setUp()
        self.server = self.serve("--no-db", "--allow-host", "metrics.example")

    def refused(self, raw, status=400):
        self.assertEqual(self.server.status(raw), status, raw[:200])
        self.assertEqual(self.server.status(request()), 200)  # and it serves on

    def test_what_is_allowed(self):
        for raw in (request(), request("X-A: b", "X-C:d", "X-Empty:", "X-Spaced:   e f \t", "X-Tab:\tg"),
                    b"GET /healthz HTTP/1.0\r\n\r\n", request(host="127.0.0.1:8000"), request(host="[::1]"),
                    request(host="LOCALHOST:1"), request(host="metrics.example:9090"), request(method="HEAD"),
                    request(host=socket.gethostname()), request("X-Long: " + "a" * 7000),
                    request("User-Agent: é".encode()), request("Accept: */*", "Accept: text/plain")):
            self.assertEqual(self.server.status(raw), 200, raw[:200])

    def test_several_requests_on_a_connection(self):
        many = b"".join(request(f"X-Number: {index}", "X-Other: y") for index in range(50))
        answers = self.server.raw(many)
        self.assertEqual(answers.count(b"HTTP/1.1 200 OK"), 50)

    def test_null_bytes(self):
        for raw in (request(b"X-A: b\0c"), request(b"X-A: b\0\0c"), request(b"X-A: b\0\0\0\0c"), request(b"X-A\0: b"),
                    request(b"X-A: b\0", "X-B: c"), request(b"X-A: \0", "X-B: c"), request(b"X-A: b\0\0X-B: c"),
                    request(host="localhost\0.evil.example"), request(path="/healthz\0x")):
            self.assertIn(self.server.status(raw), (400, 404), raw)
            self.assertEqual(self.server.status(request()), 200)

    def test_lines_that_do_not_end_in_crlf(self):
        for raw in (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
                    b"GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n",
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\n\r\n"):
            self.refused(raw)

    def test_folded_lines(self):
        for raw in (request("X-A: b", " c"), request("X-A: b", "\tc", "X-B: d"), request("X-A: b", "X-B:", " c"),
                    b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n"):
            self.refused(raw)

    def test_lengths_and_chunks(self):
        for raw in (request("Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
                    request("Content-Length: 3") + b"abc", request("Transfer-Encoding: chunked") + b"0\r\n\r\n",
                    request("Content-Length: +3"), request("Content-Length: 3x"), request("Content-Length: 0x0")):
            self.refused(raw)
        for raw in (request("Content-Length: -1"), request("Content-Length: 1", "Content-Length: 2")):
            self.assertIn(self.server.status(raw), (0, 400))

    def test_codings_that_are_not_chunked(self):
        """What another on the way takes for chunked, or does not, ends nowhere that both know of."""
        def post(*lines):
            return request("Content-Type: application/json", *lines, method="POST", path="/api/v1/estimate") + b"2\r\n{}\r\n0\r\n\r\n"
        for value in ("xchunked", "identity", "identity, chunked", "chunked, identity", "gzip, chunked", "chunked, chunked", "chunked ",
                      "\"chunked\"", "chunked;a=b", ""):
            with self.subTest(value=value):
                self.assertIn(b"Transfer-Encoding is not chunked", self.server.raw(post("Transfer-Encoding: " + value)))
        for raw in (post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
                    post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
                    post("Transfer-Encoding: chunked").replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n")):
            self.assertIn(b"Transfer-Encoding is not chunked", self.server.raw(raw))
        for value in ("chunked", "Chunked", "\tchunked"):
            self.assertIn(b"no device", self.server.raw(post("Transfer-Encoding: " + value)), value)

    def test_hosts(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "1.evil.example:8000"):
            self.refused(request(host=host), 421)
        for host in ("", "a b", "[::1", "[localhost]", "localhost:80:80", "localhost:x", "user@localhost", "localhost/", "::1"):
            self.refused(request(host=host))
        self.refused(request(host=None))
        self.refused(request("Host: localhost"))
        self.refused(b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n")

    def test_a_target_that_names_the_host(self):
        """As for a proxy: a server has to take it, of its own host."""
        for path in ("http://localhost/healthz", "HTTP://LOCALHOST/healthz", "http://localhost/healthz?x=1"):
            self.assertEqual(self.server.status(request(path=path)), 200, path)
        for path in ("http://evil.example/healthz", "http://localhost:1/healthz", "http://a@localhost/healthz", "http:///healthz"):
            self.refused(request(path=path))
        self.refused(request(path="http://evil.example/healthz", host="evil.example"), 421)
        self.refused(request(path="ftp://localhost/healthz"), 404)

    def test_sizes(self):
        self.refused(request(path="/" + "a" * 5000), 414)
        self.refused(request("X-A: " + "a" * 8200), 431)
        self.refused(request(*[f"X-{index}: {index}" for index in range(800)]), 431)
        self.assertIn(self.server.status(request("X-A: " + "a" * 200000)), (0, 431))
        self.assertEqual(self.server.status(request()), 200)

    def test_paths_and_methods(self):
        for path in ("/nope", "/metrics/", "/METRICS", "//healthz", "/healthz/..", "/../healthz", "/%2e%2e/healthz",
                     "/healthz;x", "/..%2fetc/passwd", "/..\\..\\", "/healthz%20"):
            self.refused(request(path=path), 404)
        for path in ("/%00", "/healthz%00", "/healthz\x01", "/healthz\x7f", "/é"):
            self.refused(request(path=path))
        self.assertIn(self.server.status(request(path="/healthz  ")), (0, 400))
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
            self.refused(request(method=method), 405)
        status, headers, body = self.server.get("/healthz", method="DELETE")
        self.assertEqual((status, headers["Allow"], headers["Content-Type"]),
                         (405, "GET, HEAD", "application/problem+json"))
        self.assertIn(b'"status": 405', body)
        self.assertEqual(self.server.status(b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"), 505)
        self.assertIn(self.server.status(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)), (0, 400))

    def test_every_answer_is_guarded(self):
        for path in ("/healthz", "/nope"):
            _, headers, _ = self.server.get(path, headers={"Origin": "http://evil.example"})
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertIsNone(headers["Access-Control-Allow-Origin"])


class Slow(ServeCase):
    def test_a_byte_a_second_is_not_waited_for(self):
        """In the header, on a fresh connection and after a whole request: closed within 12 s."""
        server = self.serve("--no-db")
        fresh, used = server.connect(), server.connect()
        used.sendall(request())
        self.assertTrue(used.recv(4096).startswith(b"HTTP/1.1 200"))
        time.sleep(2.5)
        began = time.monotonic()
        raw = request("X-Slow: " + "a" * 100)
        open_ones = {fresh: 0, used: 0}
        while open_ones and time.monotonic() - began < 30:
            for peer in list(open_ones):
                try:
                    peer.sendall(raw[open_ones[peer]:open_ones[peer] + 1])
                    open_ones[peer] += 1
                    peer.settimeout(0.01)
                    if peer.recv(1) == b"":
                        del open_ones[peer]
                except TimeoutError:
                    pass
                except OSError:
                    del open_ones[peer]
            time.sleep(1)
        self.assertEqual(open_ones, {})
        self.assertLess(time.monotonic() - began, 25)  # on a busy machine
        self.assertEqual(server.status(request()), 200)

    def test_whoever_says_nothing_is_not_kept(self):
        server = self.serve("--no-db")
        peer = server.connect()
        self.assertEqual(peer.recv(1), b"")


class Many(ServeCase):
    def test_three_hundred_clients_and_few_descriptors(self):
        """Those it has no descriptor for wait; the others go on, and nothing is busy meanwhile."""
        server = self.serve("--interval", "100ms", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (72, 72)))
        peers = []
        for _ in range(300):
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex(("127.0.0.1", server.port))
            self.addCleanup(peer.close)
            peers.append(peer)
        time.sleep(0.5)
        before = self.cpu_seconds(server)
        time.sleep(3)
        self.assertLess(self.cpu_seconds(server) - before, 3 * 0.25)
        self.assertIsNone(server.process.poll())
        for peer in peers:
            peer.close()
        self.wait_until(lambda: server.status(request()) == 200, "answers again")
        count = self.stored("SELECT count(*) FROM samples")[0][0]
        self.wait_for_samples(count + 10)
        self.assertEqual(server.stop(), 0)

    def test_three_hundred_clients_that_all_ask(self):
        server = self.serve("--no-db")
        peers = [server.connect() for _ in range(300)]
        for peer in peers:
            peer.sendall(request())
        self.assertEqual({peer.recv(4096)[:12] for peer in peers}, {b"HTTP/1.1 200"})

    @staticmethod
    def cpu_seconds(server):
        with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as handle:
            fields = handle.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    unittest.main()
