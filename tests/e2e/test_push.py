# SPDX-License-Identifier: Apache-2.0
"""test_push.py - remote write to servers that take it, refuse it, go away, or never answer."""
import os
import signal
import socket
import subprocess
import threading
import time

from push_case import FETCHER, SLOW, Case, main, status

KEY = "s3cr3t-0123456789abcdef"


class Sending(Case):
    def test_what_arrives_is_what_was_pushed(self):
        server = self.receiver()
        pusher = self.pusher(server.url + "/api/v1/write")
        at = self.began_ms
        pusher.push(at, "aico2_energy_joules_total 12.5 device=cpu0 kind=cpu", "aico2_run_info 1 run_id=r1",
                    "aico2_power_watts inf device=cpu0")
        pusher.push(at + 1000, "aico2_energy_joules_total 0.30000000000000004 device=cpu0 kind=cpu")
        figures = pusher.until(lambda now: now["sent"] == 6)
        self.assertEqual((figures["outcome"], figures["storage"], figures["failed"], figures["dropped"]),
                         ("well", "disk", 0, 0))
        self.assertEqual(server.taken, {
            (("__name__", "aico2_energy_joules_total"), ("device", "cpu0"), ("instance", "node1"), ("job", "aico2"),
             ("kind", "cpu")): {at: 12.5, at + 1000: 0.30000000000000004},
            (("__name__", "aico2_run_info"), ("instance", "node1"), ("job", "aico2"), ("run_id", "r1")):
                {at: 1, at + 1000: "stale"},
            (("__name__", "aico2_power_watts"), ("device", "cpu0"), ("instance", "node1"), ("job", "aico2")):
                {at: float("inf"), at + 1000: "stale"}})
        method, path, headers = server.requests[0]
        self.assertEqual((method, path), ("POST", "/api/v1/write"))
        self.assertEqual({name: headers[name] for name in ("content-type", "content-encoding",
                                                           "x-prometheus-remote-write-version")},
                         {"content-type": "application/x-protobuf", "content-encoding": "snappy",
                          "x-prometheus-remote-write-version": "0.1.0"})
        self.assertTrue(headers["user-agent"].startswith("aico2/"))
        self.assertNotIn("authorization", headers)
        self.assertEqual(pusher.end()["sent"], 7)  # the end of what was still there
        self.assertEqual(server.values("aico2_energy_joules_total")[at + 1001], "stale")

    def test_access(self):
        tls = self.certificates()
        secret = self.put_file("secret", KEY + "\n")
        header = self.put_file("header", "X-Extra: 7\n")
        for fields, expected in (
                ({"auth": "bearer", "secret": secret}, {"authorization": f"Bearer {KEY}"}),
                # "ann:s3cr3t-0123456789abcdef"
                ({"auth": "basic", "user": "ann", "secret": secret},
                 {"authorization": "Basic YW5uOnMzY3IzdC0wMTIzNDU2Nzg5YWJjZGVm"}),
                ({"header": header, "tenant": "team-a"}, {"x-extra": "7", "x-scope-orgid": "team-a"})):
            server = self.receiver(context=tls["good"])
            pusher = self.pusher(server.url, ca=tls["ca"], **fields)
            pusher.push(self.began_ms, "a 1")
            pusher.until(lambda now: now["sent"] == 1)
            for name, value in expected.items():
                self.assertEqual(server.requests[0][2][name], value)
            with open(f"/proc/{pusher.figures()['pid']}/cmdline") as file:
                self.assertNotIn(KEY, file.read())
            pusher.end()
            self.assertNotIn(KEY, pusher.log())

    def test_files_and_certificates_that_are_not_used(self):
        tls = self.certificates()
        server = self.receiver(context=tls["good"])
        secret = self.put_file("secret", KEY, mode=0o644)
        for fields, part in (({"auth": "bearer", "secret": secret, "ca": tls["ca"]}, "chmod 600"),
                             ({}, "certificate"),
                             ({"ca": os.path.join(self.root, "none.pem")}, "none.pem")):
            pusher = self.pusher(server.url, **fields)
            pusher.push(self.began_ms, "a 1")
            figures = pusher.until(lambda now: now["outcome"] == "held")
            self.assertIn(part, figures["server"])
            self.assertEqual((figures["sent"], figures["failed"], figures["dropped"]), (0, 0, 0))
            pusher.end()
        self.assertEqual(server.requests, [])

    def test_no_secret_over_plain_http_nor_to_another_host(self):
        secret = self.put_file("secret", KEY)
        pusher = self.pusher("http://192.0.2.1/api/v1/write", auth="bearer", secret=secret)
        pusher.push(self.began_ms, "a 1")
        self.assertIn("plain http", pusher.until(lambda now: now["outcome"] == "held")["server"])
        pusher.end()
        other = self.receiver()
        server = self.receiver(status(307, headers=[f"Location: {other.url}/api/v1/write"]))
        pusher = self.pusher(server.url, auth="bearer", secret=secret)
        pusher.push(self.began_ms, "a 1")
        self.assertIn("redirect", pusher.until(lambda now: now["outcome"] == "held")["server"])
        self.assertEqual(other.requests, [])
        pusher.end()


class Answers(Case):
    def test_a_server_that_has_too_much_to_do_is_asked_again(self):
        server = self.receiver(status(503, "busy"), status(429, "slow down", ["Retry-After: 2"]), status(500))
        pusher = self.pusher(server.url)
        began = time.monotonic()
        pusher.push(self.began_ms, "a 1")
        figures = pusher.until(lambda now: now["sent"] == 1)
        self.assertGreaterEqual(time.monotonic() - began, 2.9)  # 0.25, 2 and 1 at least, less what a clock is coarse
        self.assertEqual((figures["retries"], figures["failed"], figures["dropped"]), (3, 0, 0))
        self.assertEqual(server.values("a"), {self.began_ms: 1})
        self.assertEqual(figures["server"], "")
        pusher.end()
        self.assertIn("the server answers 429: slow down", pusher.log())
        self.assertIn("takes samples again", pusher.log())

    def test_what_is_refused_is_dropped_and_said(self):
        server = self.receiver(status(400, "out of bounds"))
        pusher = self.pusher(server.url)
        pusher.push(self.began_ms, "a 1")
        figures = pusher.until(lambda now: now["failed"] == 1)
        self.assertEqual((figures["outcome"], figures["retries"]), ("refused", 0))
        self.assertEqual(figures["server"], "the server answers 400: out of bounds")
        pusher.push(self.began_ms + 1000, "a 2")
        self.assertEqual(pusher.until(lambda now: now["sent"] == 1)["outcome"], "well")
        self.assertEqual(server.values("a"), {self.began_ms + 1000: 2})
        self.assertEqual(len(server.requests), 2)
        pusher.end()
        self.assertIn("out of bounds", pusher.log())

    def test_one_bad_series_of_many_costs_itself_alone(self):
        server = self.receiver()
        later = self.began_ms + 5000
        pusher = self.pusher(server.url)
        pusher.push(later, "b 9 n=50", how="apart")
        pusher.until(lambda now: now["sent"] == 1)
        pusher.push(self.began_ms, *[f"b {i} n={i}" for i in range(100)], how="apart")
        figures = pusher.until(lambda now: now["sent"] + now["failed"] == 101)
        self.assertEqual((figures["sent"], figures["failed"]), (100, 1))
        self.assertEqual(server.values("b", n="50"), {later: 9})
        self.assertEqual(server.values("b", n="51"), {self.began_ms: 51})
        pusher.end()

    def test_who_is_not_let_in_waits_and_loses_nothing(self):
        for code in (401, 403, 404):
            server = self.receiver(status(code, "no"))
            pusher = self.pusher(server.url)
            for i in range(3):
                pusher.push(self.began_ms + i, f"a {i}")
            figures = pusher.until(lambda now: now["outcome"] == "held" and now["stored"] == 3)
            self.assertIn(f"the server answers {code}: no; check", figures["server"])
            time.sleep(1)
            figures = pusher.figures()
            self.assertEqual((figures["sent"], figures["failed"], figures["dropped"]), (0, 0, 0))
            self.assertEqual(len(server.requests), 1)  # it is left alone
            pusher.end()
            pusher = self.pusher(server.url)  # mended, and started anew
            pusher.until(lambda now: now["sent"] == 4)  # and the end of the series
            self.assertEqual({at: value for at, value in server.values("a").items() if value != "stale"},
                             {self.began_ms + i: i for i in range(3)})
            pusher.end()

    def test_one_that_hangs_blocks_nobody(self):
        release = threading.Event()
        self.addCleanup(release.set)
        server = self.receiver(lambda exchange: release.wait(SLOW))
        pusher = self.pusher(server.url, drain=200)
        began = time.monotonic()
        for i in range(20):
            pusher.push(self.began_ms + i, f"a {i}")
        figures = pusher.until(lambda now: now["stored"] == 20)
        self.assertLess(time.monotonic() - began, 40)  # on a busy machine; the server hangs for longer
        self.assertEqual((figures["storage"], figures["sent"]), ("disk", 0))
        began = time.monotonic()
        figures = pusher.end()
        self.assertLess(time.monotonic() - began, 40)
        self.assertEqual((figures["status"], figures["dropped"]), (0, 0))  # it is on the disk

    def test_what_is_no_http(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        connection.recv(65536)
                        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            threading.Thread(target=answer, daemon=True).start()
            pusher = self.pusher(f"http://localhost:{listener.getsockname()[1]}/")
            pusher.push(self.began_ms, "a 1")
            figures = pusher.until(lambda now: now["server"])
            self.assertEqual((figures["sent"], figures["failed"]), (0, 0))
            pusher.end()
            listener.shutdown(socket.SHUT_RDWR)

    def test_once_says_what_came_of_it(self):
        at = self.began_ms
        server = self.receiver()
        pusher = self.pusher(server.url, once=1)
        for i in range(50):
            pusher.push(at + i, f"a {i}", how="apart")
        figures = pusher.end()
        self.assertEqual((figures["status"], figures["sent"]), (0, 50))
        self.assertEqual(server.values("a"), {at + i: i for i in range(50)})
        self.assertEqual(self.kept(), [])  # nothing on a disk
        for answers, drain, part in (([status(401, "who")], 1000, "401: who"),
                                     ([status(503, "later")] * 9, 1000, "503: later")):
            server = self.receiver(*answers)
            pusher = self.pusher(server.url, once=1, drain=drain, wait=20000)
            pusher.push(at, "a 1", how="apart")
            figures = pusher.end()
            self.assertNotEqual(figures["status"], 0)
            self.assertIn(part, figures["message"])
        pusher = self.pusher("http://localhost:1/", once=1, drain=500, wait=20000)
        pusher.push(at, "a 1", how="apart")
        self.assertIn("cannot connect to 'localhost'", pusher.end()["message"])


class Crashes(Case):
    def kill(self, pusher):
        pid = pusher.figures()["pid"]
        if pid > 0:
            os.kill(pid, signal.SIGKILL)

    def test_the_fetcher_killed_under_way(self):
        server = self.receiver()
        pusher = self.pusher(server.url)
        for i in range(60):
            pusher.push(self.began_ms + i * 100, f"a {i}", f"b {i}")
            if i % 20 == 10:
                self.kill(pusher)
            time.sleep(0.05)
        figures = pusher.until(lambda now: now["stored"] > 0 and now["queue_bytes"] == 0 and now["restarts"] >= 1)
        self.assertEqual(figures["dropped"], 0)
        expected = {self.began_ms + i * 100: i for i in range(60)}
        deadline = time.monotonic() + SLOW
        while (server.values("a"), server.values("b")) != (expected, expected) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(server.values("a"), expected)
        self.assertEqual(server.values("b"), expected)
        pusher.end()

    def test_the_pusher_killed_under_way(self):
        server = self.receiver(*[status(503)] * 2)
        pusher = self.pusher(server.url)
        for i in range(5):
            pusher.push(self.began_ms + i, f"a {i}")
        pusher.until(lambda now: now["stored"] == 5)
        pusher.process.kill()
        pusher.process.wait()
        second = self.pusher(server.url)
        second.push(self.began_ms + 100, "a 100")
        deadline = time.monotonic() + SLOW
        while len(server.values("a")) < 7 and time.monotonic() < deadline:  # with the first one's end
            time.sleep(0.1)
        self.assertEqual({at - self.began_ms: value for at, value in server.values("a").items()},
                         {**{i: i for i in range(5)}, 5: "stale", 100: 100})
        second.end()

    def test_a_series_that_ended_while_the_fetcher_was_dead(self):
        server = self.receiver()
        pusher = self.pusher(server.url)
        pusher.push(self.began_ms, "a 1", "run 1 run_id=r1")
        pusher.until(lambda now: now["sent"] == 2)
        self.kill(pusher)
        pusher.push(self.began_ms + 1000, "a 2")
        pusher.until(lambda now: now["sent"] == 4)
        self.assertEqual(server.values("run"), {self.began_ms: 1, self.began_ms + 1000: "stale"})
        pusher.end()

    def test_a_queue_of_another_address_is_left_alone(self):
        first = self.receiver(*[status(503)] * 50)
        pusher = self.pusher(first.url, drain=0)
        pusher.push(self.began_ms, "a 1")
        pusher.until(lambda now: now["stored"] == 1)
        pusher.end()
        second = self.receiver()
        pusher = self.pusher(second.url)
        pusher.push(self.began_ms, "b 1")
        pusher.until(lambda now: now["sent"] == 1)
        self.assertEqual(second.values("a"), {})
        pusher.end()

    def test_a_full_disk_that_is_freed(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small file system")
        small = os.path.join(self.root, "small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", small], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no tmpfs may be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=False)
        server = self.receiver(*[status(503)] * 1000)
        pusher = self.pusher(server.url, state=os.path.join(small, "push"))
        pusher.push(self.began_ms, "a 0")
        pusher.until(lambda now: now["stored"] == 1)
        with open(os.path.join(small, "ballast"), "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        for i in range(1, 30):
            pusher.push(self.began_ms + i, f"a {i}", *[f"pad {i * 7919 + n} n={os.urandom(24).hex()}" for n in range(40)],
                        how="apart")
        figures = pusher.until(lambda now: now["stored"] == 30)
        self.assertEqual(figures["storage"], "memory")
        self.assertIn("No space left", figures["queue"])
        os.unlink(os.path.join(small, "ballast"))
        figures = pusher.until(lambda now: now["storage"] == "disk")
        self.assertEqual((figures["dropped"], figures["queue"]), (0, ""))
        server.answers.clear()
        pusher.until(lambda now: now["queue_bytes"] == 0)
        values = server.values("a")
        self.assertEqual([values[self.began_ms + i] for i in range(30)], list(range(30)))
        pusher.end()


class Program(Case):
    def run_push(self, data):
        return subprocess.run([FETCHER, "--push"], input=data, capture_output=True, timeout=SLOW, check=False)

    def test_what_is_no_set_up(self):
        for data in (b"", b"x" * 4000, b"\0" * 8000):
            done = self.run_push(data)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"no frames of this version", done.stderr)
            self.assertEqual(done.stdout, b"")


if __name__ == "__main__":
    main()
