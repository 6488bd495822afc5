# SPDX-License-Identifier: Apache-2.0
"""test_serve_load.py - R10, R11: very many clients, very slow ones and very busy ones: others are answered, and no tick comes late.

AICO2_TEST_CLIENTS (1000) is how many there are. What a late tick is the sampler itself tells
(aico2_late_ticks_total); a machine that is busy with other things makes some by itself, so that those without any
client are counted before.
"""
import contextlib
import functools
import os
import re
import resource
import select
import shutil
import socket
import subprocess
import threading
import time
import unittest

import harness
from serve_case import ServeCase, rest_of

CLIENTS = int(os.environ.get("AICO2_TEST_CLIENTS", "1000"))
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Late(AssertionError):
    """A time that was not kept, on a machine where others may have had the CPUs."""


def one_of_three(test):
    """Times are kept at one of three tries; whatever else is wrong is so at once."""
    @functools.wraps(test)
    def tried(self):
        for left in (2, 1, 0):
            try:
                return test(self)
            except Late as late:
                if left == 0:
                    raise
                print(f"once more: {late}")
                self.doCleanups()
                self.setUp()
    return tried


class LoadCase(ServeCase):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < CLIENTS + 1200:  # the server keeps 1,096 beside its streams
            self.skipTest(f"{hard} descriptors are too few for {CLIENTS} clients")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * CLIENTS + 400), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def started(self, *options, **more):
        server = self.serve("--interval", "1s", *options, **more)
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        return server

    def late_ticks(self, server):
        match = re.search(rb"^aico2_late_ticks_total(?:\{[^}]*\})? ([0-9.e+]+)$", server.get("/metrics")[2], re.M)
        self.assertIsNotNone(match)
        return float(match.group(1))

    def no_more_late(self, server, work):
        """Ticks that were late in eight seconds without work(), in its seconds, and what it gave. No more are late with it, at one of
        three tries: on a busy machine others have the CPUs in one of the two and not in the other."""
        for _ in range(3):
            at = self.late_ticks(server)
            time.sleep(8)
            without = self.late_ticks(server) - at
            at = self.late_ticks(server)
            given = work()
            late = self.late_ticks(server) - at
            if late <= without:
                break
        self.keeps(late <= without, f"{late} late ticks, {without} without")
        return without, late, given

    def keeps(self, is_kept, what):
        if not is_kept:
            raise Late(what)

    def many(self, server, first=b"", count=CLIENTS, receive_bytes=None):
        peers = []
        for _ in range(count):
            peer = socket.socket()
            if receive_bytes:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            peer.settimeout(harness.SLOW)
            peer.connect(("127.0.0.1", server.port))
            if first:
                peer.sendall(first)
            self.addCleanup(peer.close)
            peers.append(peer)
        return peers

    def resident_kib(self, server):
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as handle:
            return int(re.search(r"VmRSS:\s+(\d+) kB", handle.read()).group(1))

    @staticmethod
    def cpu_seconds(pid):
        return time.clock_gettime((~pid << 3) | 2)


class Answering:
    """Asks for /metrics fifty times a second on one connection, and notes how long each took."""

    def __init__(self, server):
        self.server, self.took, self.over, self.error = server, [], threading.Event(), None
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()

    def run(self):
        try:
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=harness.SLOW) as peer:
                while not self.over.wait(0.02):
                    began = time.perf_counter()
                    peer.sendall(REQUEST)
                    got = b""
                    while b"\r\n\r\n" not in got:
                        got += peer.recv(65536)
                    head, _, body = got.partition(b"\r\n\r\n")
                    left = int(re.search(rb"(?i)content-length: (\d+)", head).group(1)) - len(body)
                    while left > 0:
                        left -= len(peer.recv(65536))
                    self.took.append(time.perf_counter() - began)
        except (OSError, AttributeError) as error:
            self.error = error

    def p99_ms(self):
        return sorted(self.took)[int(len(self.took) * 0.99)] * 1e3

    def is_in_time(self):
        """50 ms at most; where that is asked too much of the machine just now, four times what it takes with nobody beside."""
        if self.p99_ms() < 50:
            return True
        with Answering(self.server) as alone:
            time.sleep(5)
        return self.p99_ms() < 4 * alone.p99_ms()


class Slow(LoadCase):
    @one_of_three
    def test_a_thousand_slow_headers_are_closed_and_others_answered(self):
        """R11: a byte a second each; closed within 12 s, p99 of others 50 ms at most."""
        server = self.started("--no-db")
        raw = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 200
        with Answering(server) as others:
            began = time.monotonic()
            left = {peer.fileno(): (peer, time.monotonic()) for peer in self.many(server, raw[:1])}
            opened = time.monotonic() - began
            longest, at = 0.0, 1
            while left and time.monotonic() - began < 60:
                second = time.monotonic() + 1
                for peer, _ in left.values():
                    try:
                        peer.send(raw[at:at + 1])
                    except OSError:
                        pass  # seen below
                at += 1
                poll = select.poll()
                for fd in left:
                    poll.register(fd, select.POLLIN | select.POLLHUP)
                while time.monotonic() < second and left:
                    for fd, _ in poll.poll(max(0, (second - time.monotonic()) * 1000)):
                        peer, since = left.pop(fd)
                        poll.unregister(fd)
                        longest = max(longest, time.monotonic() - since)
                        self.assertTrue(self.is_ended(peer))
        self.assertEqual(left, {}, "still open")
        self.assertIsNone(others.error)
        print(f"{CLIENTS} slow headers (opened in {opened:.1f} s): the last was closed after {longest:.1f} s; /metrics beside them: "
              f"p99 {others.p99_ms():.1f} ms of {len(others.took)}")
        self.keeps(longest < 12 + opened, f"the last was closed after {longest} s, opened in {opened} s")
        self.keeps(others.is_in_time(), f"p99 {others.p99_ms()} ms")

    @staticmethod
    def is_ended(peer):
        try:
            got = peer.recv(4096)
        except OSError:
            return True
        return got == b"" or got.startswith(b"HTTP/1.1 4")

    @one_of_three
    def test_clients_that_do_not_read_what_they_asked_for(self):
        """200 that ask for the page a hundred times each and take nothing: others are answered, memory stays small."""
        server = self.started("--no-db")
        before = self.resident_kib(server)
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with Answering(server) as others:
            self.many(server, request * 100, count=min(200, CLIENTS), receive_bytes=4096)
            time.sleep(5)
        self.assertIsNone(others.error)
        grown = self.resident_kib(server) - before
        print(f"200 that read nothing: {grown} KiB more; /metrics beside them: p99 {others.p99_ms():.1f} ms of {len(others.took)}")
        self.keeps(others.is_in_time(), f"p99 {others.p99_ms()} ms")
        self.assertLess(grown, 16 * 1024)
        self.assertEqual(server.get("/healthz")[0], 200)

    @one_of_three
    def test_bodies_that_come_by_the_byte(self):
        """A body has a minute; those who send one slowly keep nobody else waiting."""
        server = self.started("--no-db")
        head = (b"POST /carbonfootprint HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n{")
        with Answering(server) as others:
            peers = self.many(server, head, count=min(300, CLIENTS))
            for _ in range(4):
                for peer in peers:
                    with contextlib.suppress(ConnectionError):  # whoever has been waited for long enough is closed
                        peer.send(b" ")
                time.sleep(1)
        self.assertIsNone(others.error)
        self.keeps(others.is_in_time(), f"p99 {others.p99_ms()} ms")
        for peer in peers:
            peer.close()
        self.assertEqual(server.get("/healthz")[0], 200)

    def test_half_closed_connections_are_answered_and_go(self):
        server = self.started("--no-db")
        peers = self.many(server, REQUEST, count=200)
        for peer in peers:
            with contextlib.suppress(OSError):  # ENOTCONN: it was answered and closed before
                peer.shutdown(socket.SHUT_WR)
        for peer in peers:
            got = rest_of(peer)
            self.assertTrue(got.startswith(b"HTTP/1.1 200"), got[:100])
        self.wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 80, "their descriptors are free again")


class Many(LoadCase):
    @one_of_three
    def test_a_thousand_streams_cost_little_and_no_tick(self):
        """That look on: 12 MiB and 11.6 KiB for each (10,000: 126 MiB), no late tick at 1 Hz that there is not without them."""
        # MALLOC_PERTURB_, which Meson sets, writes into all that is asked for: what nobody has used would be resident
        server = self.started("--max-streams", str(CLIENTS), env={"MALLOC_PERTURB_": "0"})

        def look_on():
            peers = self.many(server, b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.drain(peers, 3)
            cpu = self.cpu_seconds(server.process.pid)
            counts = self.drain(peers, 8)
            cpu = self.cpu_seconds(server.process.pid) - cpu
            memory = self.resident_kib(server)
            for peer in peers:
                peer.close()
            self.wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 80, "their places are free again")
            return counts, cpu, memory
        late_before, late, (counts, cpu, memory) = self.no_more_late(server, look_on)
        memory /= 1024
        print(f"{CLIENTS} streams: {memory:.1f} MiB, {cpu / 8 * 100:.1f} % of a core, {late:.0f} late ticks ({late_before:.0f} without)")
        self.assertLess(memory, 12 + CLIENTS * 11.6 / 1024)
        self.keeps(min(counts) >= 5, f"told of {min(counts)} of 8 seconds")  # each was told of each second
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def drain(peers, seconds):
        """Reads all that comes. Returns how many samples each was told of."""
        counts = {peer.fileno(): 0 for peer in peers}
        by_fd = {peer.fileno(): peer for peer in peers}
        poll = select.poll()
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for fd, _ in poll.poll(max(0, (end - time.monotonic()) * 1000)):
                counts[fd] += by_fd[fd].recv(1 << 20).count(b"event: sample")
        return list(counts.values())


@unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
class Busy(LoadCase):
    def hammered(self, server, path, seconds=8):
        done = subprocess.run(["wrk", "-t", "2", "-c", "50", "-d", f"{seconds}s", "--latency", "--timeout", f"{harness.SLOW}s",
                               f"http://127.0.0.1:{server.port}{path}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=harness.SLOW, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("Non-2xx", done.stdout)
        self.assertNotIn("Socket errors", done.stdout)
        return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout).group(1)), \
            re.search(r"99%\s+(\S+)", done.stdout).group(1)

    @one_of_three
    def test_fifty_connections_that_ask_as_fast_as_they_are_answered(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        server = self.started()
        for path in ("/metrics", "/api/v1/runs"):
            late_before, late, (rate, p99) = self.no_more_late(server, lambda path=path: self.hammered(server, path))
            print(f"wrk -c 50 {path}: {rate:.0f} requests a second, p99 {p99}, {late:.0f} late ticks ({late_before:.0f} without)")
            self.assertGreater(rate * 8, 50)  # no connection went without an answer
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    harness.main()
