# SPDX-License-Identifier: Apache-2.0
"""test_serve_soak.py - a day of `aico2 serve` in minutes: memory, descriptors and the history's size with clients all the time.

The server's clocks run AICO2_TEST_FACTOR (150) times as fast (fake_fast_clock.c). AICO2_TEST_TICKS are measured at 1 Hz: 86,400 by
`make soak`, 8,500 with the tests, in which 32 bytes lost a tick are more than may be (malloc() takes 48 for them). Growth is
counted from 1,000 ticks on.
"""
import contextlib
import http.client
import os
import re
import socket
import threading
import time

import harness
from serve_case import ServeCase

FACTOR = int(os.environ.get("AICO2_TEST_FACTOR", "150"))
TICKS = int(os.environ.get("AICO2_TEST_TICKS", "8500"))
WARM_TICKS = 1000
# Of who stores, three; and one for each thread that ever looked something up while another did: what SQLite cannot close beside a
# connection that holds locks it keeps for the next (POSIX locks end with the first descriptor that is closed).
HISTORY_MOST = 3 + 5
FAKE = os.path.join(os.environ["AICO2_TEST_FAKES"], "fake_fast_clock.so")


class Clients(threading.Thread):
    """Ten that look on and read all; one that asks for /metrics and the runs on connections of their own."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.over, self.asked, self.failed, self.read = server, threading.Event(), 0, [], 0
        self.again = 0

    def run(self):
        threads = [threading.Thread(target=self.look_on, daemon=True) for _ in range(10)]
        for thread in threads:
            thread.start()
        while not self.over.wait(0.1):
            for path in ("/metrics", "/api/v1/runs", "/api/v1/live?wait=0&since=99999999999", "/healthz"):
                status = self.ask(path)
                self.asked += 1
                if status != 200:
                    self.failed.append((path, status))
        for thread in threads:
            thread.join()

    def ask(self, path):
        """A header has 10 s, which are milliseconds here: who is cut off on a busy machine asks again."""
        for _ in range(100):
            try:
                return self.server.get(path)[0]
            except (OSError, http.client.HTTPException) as error:
                status = repr(error)
                self.again += 1
        return status

    def look_on(self):
        while not self.over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=harness.SLOW) as peer:
                    peer.sendall(b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    while not self.over.is_set():
                        got = peer.recv(1 << 16)
                        if not got:
                            break  # cut off for being slow: so many times as soon
                        self.read += len(got)
            except OSError:
                pass


class Soak(ServeCase):
    @staticmethod
    def least(look):
        """Of several moments: what is there for a request in hand comes and goes."""
        seen = []
        for _ in range(20):
            seen.append(look())
            time.sleep(0.02)
        return min(seen)

    @staticmethod
    def resident_kib(server):
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as handle:
            return int(re.search(r"VmRSS:\s+(\d+) kB", handle.read()).group(1))

    def descriptors(self, server):
        """How many are sockets, of the history, and others. Who looks on is cut off now and then and comes again, and each question opens the
        history for itself: at the end they are counted where nobody asks."""
        folder = f"/proc/{server.process.pid}/fd"
        count = {"sockets": 0, "history": 0, "others": 0}
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                target = os.readlink(os.path.join(folder, name))
                count["sockets" if target.startswith("socket:") else "history" if target.startswith(self.db) else "others"] += 1
        return count

    def state(self, server):
        pages, size = self.stored("PRAGMA page_count")[0][0], self.stored("PRAGMA page_size")[0][0]
        return {"samples": self.stored("SELECT count(*) FROM samples")[0][0], "bytes": pages * size,
                "resident": self.least(lambda: self.resident_kib(server)),
                "descriptors": self.least(lambda: self.descriptors(server)["others"])}

    def ticks(self):
        return self.stored("SELECT coalesce(max(end_wall_ns) - min(end_wall_ns), 0) / 1000000000 FROM samples")[0][0]

    def wait_for_ticks(self, server, count):
        deadline = time.monotonic() + count / FACTOR + harness.SLOW * 2
        while time.monotonic() < deadline:
            self.assertIsNone(server.process.poll(), server.said())
            if self.ticks() >= count:
                return self.state(server)
            time.sleep(0.5)
        return self.fail(f"{count} ticks never came")

    def test_nothing_grows_but_the_history_and_that_as_foretold(self):
        server = self.serve("--interval", "1s", env={"LD_PRELOAD": FAKE, "FAKE_CLOCK_FACTOR": str(FACTOR)})
        self.wait_until(lambda: server.get("/metrics")[0] == 200, "/metrics")
        self.wait_for_samples(1)
        sockets = self.least(lambda: self.descriptors(server)["sockets"])
        clients = Clients(server)
        clients.start()
        self.addCleanup(clients.over.set)
        warm = self.wait_for_ticks(server, WARM_TICKS)
        half = self.wait_for_ticks(server, (WARM_TICKS + TICKS) // 2)
        end = self.wait_for_ticks(server, TICKS)
        clients.over.set()
        clients.join()
        most = {"sockets": sockets, "history": HISTORY_MOST, "others": warm["descriptors"]}
        for kind, number in most.items():
            self.wait_until(lambda: self.descriptors(server)[kind] <= number, f"no more than {number} descriptors that are {kind}")
        grown = end["resident"] - warm["resident"]
        a_sample = (half["bytes"] - warm["bytes"]) / (half["samples"] - warm["samples"])
        foretold = half["bytes"] + a_sample * (end["samples"] - half["samples"])
        print(f"{TICKS} ticks, {clients.asked} questions ({clients.again} again), {clients.read / 1e6:.0f} MB to those who look on: "
              f"{grown} KiB more, of {warm['resident']}; descriptors {warm['descriptors']}, {end['descriptors']}; {end['bytes']} "
              f"bytes, foretold {foretold:.0f} ({a_sample:.0f} a sample)")
        self.assertEqual(clients.failed, [])
        self.assertGreater(clients.read, 1e6)
        self.assertLessEqual(grown, 256)
        self.assertAlmostEqual(end["bytes"] / foretold, 1, delta=0.05)
        self.assertEqual(server.stop(), 0, server.said())


if __name__ == "__main__":
    harness.main()
