# SPDX-License-Identifier: Apache-2.0
"""test_serve.py - `aico2 serve` from its start to its end: what it keeps, what it is told, how it goes."""
import datetime
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

from harness import PROGRAM, SLOW, Lateness
from serve_case import ServeCase


class Life(ServeCase):
    def test_it_measures_answers_and_keeps_what_it_measured(self):
        server = self.serve("--interval", "100ms", "--country", "FR")
        self.wait_until(lambda: server.get("/readyz")[0] == 200, "ready")
        self.assertEqual(server.get("/healthz")[::2], (200, b"ok\n"))
        self.wait_for_samples(20)
        self.assertEqual(server.stop(), 0)
        run, = self.runs()
        self.assertEqual((run["name"], run["stage"], run["state"]), ("watch", "watch", "finished"))
        self.assertGreater(run["total_joules"], 0)
        report = json.loads(self.aico2("show", run["id"], "--json").stdout)
        self.assertEqual(report["energy"]["scope"], "machine")
        self.assertEqual(report["carbon"]["place"], "FR")
        self.assertEqual(report["energy"]["total_joules"], report["energy"]["machine_joules"])

    def test_the_last_run_is_somebodys(self):
        self.assertEqual(self.run_command("true").returncode, 0)
        server = self.serve("--interval", "100ms")
        self.wait_for_samples(4)
        server.stop()
        self.assertEqual(self.runs()[0]["name"], "watch")
        self.assertEqual(json.loads(self.aico2("show", "last", "--json").stdout)["run"]["name"], "true")

    def test_a_past_window_is_found(self):
        server = self.serve("--interval", "100ms")
        self.wait_for_samples(30)
        server.stop()
        run, = self.runs()
        start = datetime.datetime.fromisoformat(run["started_at"].replace("Z", "+00:00")).timestamp()
        result = self.aico2("measure", "--start", f"{start:.3f}",
                            "--end", f"{start + run['duration_seconds']:.3f}", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        window = json.loads(result.stdout)["energy"]["machine_joules"]
        self.assertAlmostEqual(window, run["total_joules"], delta=run["total_joules"] * 0.05)

    def test_a_kill_loses_a_second_at_most_and_recover_ends_the_run(self):
        server = self.serve("--interval", "100ms")
        late = Lateness(self)
        self.wait_for_samples(60)
        before = time.time()
        server.process.kill()
        server.process.wait()
        newest = self.stored("SELECT max(end_wall_ns) FROM samples")[0][0] / 1e9
        self.assertLess(before - newest, 2 + 3 * late.seconds)  # a commit a second: a tick, the commit, and the disk
        self.assertEqual(self.stored("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.aico2("recover").returncode, 0)
        run, = self.runs()
        self.assertEqual(run["state"], "recovered")
        self.assertGreater(run["total_joules"], 0)

    def test_every_way_to_end_it(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            server = self.serve()
            began = time.monotonic()
            self.assertEqual(server.stop(how), 0)
            self.assertLess(time.monotonic() - began, 60)  # on a busy machine
            self.assertNotIn("warning", server.said())
        self.assertEqual({run["state"] for run in self.runs()}, {"finished"})

    def test_no_history(self):
        server = self.serve("--no-db")
        self.wait_until(lambda: server.get("/readyz")[0] == 200, "ready")
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(self.db))

    def test_a_history_that_cannot_be_written_costs_a_warning_not_the_service(self):
        with open(self.db, "w", encoding="utf-8") as handle:
            handle.write("this is no database, and is left as it is")
        server = self.serve("--interval", "100ms")
        self.wait_until(lambda: server.get("/readyz")[0] == 200, "ready")
        self.assertEqual(server.stop(), 0)
        self.assertIn("not stored in the history", server.said())

    def test_two_addresses_and_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 here")
        server = self.serve("--listen", "[::1]:0")
        self.assertEqual([host for host, _ in server.ports], ["127.0.0.1", "[::1]"])
        with socket.create_connection(("::1", server.ports[1][1])) as peer:
            peer.sendall(f"GET /healthz HTTP/1.1\r\nHost: [::1]:{server.ports[1][1]}\r\n\r\n".encode())
            self.assertTrue(peer.recv(4096).startswith(b"HTTP/1.1 200 "))
        self.assertEqual(server.get("/healthz")[0], 200)

    def test_the_machine_may_be_another(self):
        self.assertIn("'/nowhere'", self.serve_fails("--sysroot", "/nowhere", status=1))

    def test_the_program_alone_says_who_starts_it(self):
        program = os.path.join(os.path.dirname(PROGRAM), "..", "server", "aico2-serve")
        result = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=SLOW, check=False)
        self.assertEqual((result.returncode, result.stderr),
                         (1, "aico2 serve: started by `aico2 serve`, which has the help\n"))


class Reload(ServeCase):
    def configure(self, text):
        folder = os.path.join(self.root, "config", "aico2")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "aico2.yml"), "w", encoding="utf-8") as handle:
            handle.write(text)

    def test_another_place_is_another_run(self):
        self.configure("country: FR\n")
        server = self.serve("--interval", "100ms")
        self.wait_for_samples(4)
        self.configure("country: PL\nlog: true\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("the configuration was read anew")
        self.wait_until(lambda: len(self.runs()) == 2, "a second run")
        server.get("/healthz")
        server.wait_for("127.0.0.1 GET /healthz 200 3 B")
        server.stop()
        places = [json.loads(self.aico2("show", run["id"], "--json").stdout)["carbon"]["place"] for run in self.runs()]
        self.assertEqual(places, ["PL", "FR"])
        newer, older = self.stored("SELECT started_wall_ns, (SELECT ended_wall_ns FROM progress WHERE run = key) "
                                   "FROM runs ORDER BY id DESC")
        self.assertAlmostEqual(newer[0] / 1e9, older[1] / 1e9, delta=0.05)  # without a hole

    def test_a_price_is_told_and_may_change(self):
        """What goes on, what has ended and what was brought in cost what it was then, also as if used elsewhere."""
        self.configure("country: FR\nprice: 0.25EUR\n")
        server = self.serve("--interval", "100ms", "--import-dir", self.folder_of_logs())
        self.wait_for_samples(4)

        def report(run, query=""):
            return json.loads(server.get(f"/api/v1/runs/{run}{query}")[2])

        def of(report):
            kwh = report["energy"]["total_joules"] / 3.6e6
            self.assertAlmostEqual(report["cost"]["amount"], kwh * report["carbon"]["pue"] * report["cost"]["price_per_kwh"], delta=1e-12)
            return report["cost"]["price_per_kwh"], report["cost"]["currency"]
        first = self.wait_until(lambda: [run["id"] for run in self.runs() if run["stage"] == "watch"], "the watch")[0]
        self.wait_until(lambda: report(first)["energy"]["total_joules"], "joules")
        self.assertEqual(of(report(first)), (0.25, "EUR"))
        self.assertEqual(of(report(first, "?place=PL")), (0.25, "EUR"))
        log = self.wait_until(lambda: [run["id"] for run in self.runs() if run["state"] == "imported"], "the log")[0]
        self.assertEqual(of(report(log)), (0.25, "EUR"))
        self.configure("country: FR\nprice: 0.30USD\n")
        server.process.send_signal(signal.SIGHUP)
        second, = self.wait_until(lambda: [run["id"] for run in self.runs() if run["stage"] == "watch" and run["id"] != first], "a second run")
        self.wait_until(lambda: report(second)["energy"]["total_joules"], "joules")
        self.assertEqual((of(report(second)), of(report(first))), ((0.30, "USD"), (0.25, "EUR")))
        server.stop()
        costs = [json.loads(self.aico2("show", run, "--json").stdout)["cost"]["price_per_kwh"] for run in (first, second)]
        self.assertEqual(costs, [0.25, 0.30])

    def folder_of_logs(self):
        folder = os.path.join(self.root, "logs")
        os.makedirs(folder)
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs", "training_data.csv"), folder)
        return folder

    def test_a_faulty_configuration_changes_nothing(self):
        self.configure("country: FR\n")
        server = self.serve()
        for text, why in (("country: Atlantis\n", "Atlantis"), ("contry: FR\n", "contry"), ("country: [\n", "aico2.yml")):
            self.configure(text)
            server.process.send_signal(signal.SIGHUP)
            said = server.wait_for(why)
            self.assertIn("the configuration stays as it was", said)
        self.configure("country: FR\n")
        self.assertEqual(server.get("/healthz")[0], 200)
        server.stop()
        self.assertEqual(len(self.runs()), 1)

    def test_what_cannot_change_is_said(self):
        self.configure("interval: 1s\n")
        server = self.serve()
        self.configure("interval: 10s\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("warning: --interval changed: that holds from the next start on")
        self.assertEqual(server.stop(), 0)


class Systemd(ServeCase):
    def test_ready_watchdog_reload_and_stop_are_told(self):
        path = os.path.join(self.root, "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(path)
        manager.settimeout(SLOW)
        server = self.serve("--interval", "100ms", env={"NOTIFY_SOCKET": path})
        self.assertEqual(manager.recv(4096), b"READY=1")
        self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
        server.process.send_signal(signal.SIGHUP)
        told = [manager.recv(4096) for _ in range(20)]
        reloading = [index for index, text in enumerate(told) if text.startswith(b"RELOADING=1\nMONOTONIC_USEC=")]
        self.assertEqual(len(reloading), 1, told)
        self.assertIn(b"READY=1", told[reloading[0]:])
        server.process.send_signal(signal.SIGTERM)
        self.wait_until(lambda: manager.recv(4096) == b"STOPPING=1", "STOPPING=1")
        self.assertEqual(server.process.wait(timeout=SLOW), 0)

    def test_a_watchdog_is_fed_only_when_something_was_measured(self):
        path = os.path.join(self.root, "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(path)
        manager.settimeout(SLOW)
        self.serve("--interval", "10s", env={"NOTIFY_SOCKET": path})
        self.assertEqual(manager.recv(4096), b"READY=1")
        manager.settimeout(2)
        self.assertRaises(TimeoutError, manager.recv, 4096)

    def test_a_socket_that_is_handed_over(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        port = listener.getsockname()[1]
        script = 'exec 3<&"$0" && LISTEN_PID=$$ LISTEN_FDS=1 exec "$1" serve'
        log = os.path.join(self.root, "inherited.log")
        with open(log, "w", encoding="utf-8") as handle:
            process = self.start("bash", "-c", script, str(listener.fileno()), PROGRAM, stderr=handle,
                                 pass_fds=[listener.fileno()])

        def answered():
            with socket.create_connection(("127.0.0.1", port), timeout=SLOW) as peer:
                peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return peer.recv(4096).startswith(b"HTTP/1.")
        self.assertTrue(answered())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=SLOW), 0)
        with open(log, encoding="utf-8") as handle:
            self.assertIn(f"http://127.0.0.1:{port}\n", handle.read())


class BadOptions(ServeCase):
    def test_every_example_of_the_help_is_accepted(self):
        text = self.aico2("help", "serve").stdout.split("\nExamples:\n")[1]
        for line in [line.strip() for line in text.splitlines()[::2]]:
            with self.subTest(line), open(self.path("said"), "w+", encoding="utf-8") as said:
                words = [word.strip("'") for word in line.split()][1:]
                process = self.start(PROGRAM, *words, stderr=said,
                                     env={**self.env, "AICO2_DB": os.path.join(self.cwd, "h.db")})
                self.wait_until(lambda: os.path.getsize(said.name) > 0, "an address, or why not")
                process.terminate()
                self.assertIn(process.wait(timeout=SLOW), (0, 1))  # 1: somebody else listens there

    def test_addresses(self):
        for text, why in (("8000", "an address and a port"), ("127.0.0.1", "an address and a port"),
                          ("127.0.0.1:99999", "a port is 0 to 65535"), ("127.0.0.1:-1", "an address and a port"),
                          ("::1:80", "an address and a port"), ("[::1]80", "an address and a port"),
                          ("[127.0.0.1]:80", "an address and a port"), ("example.org:80", "no address"),
                          ("127.0.0.1:80x", "an address and a port"), ("999.1.1.1:80", "no address")):
            said = self.serve_fails("--listen", text)
            self.assertIn(f"--listen '{text}'", said)
            self.assertIn(why, said)

    def test_off_loopback_it_does_not_start(self):
        for text in ("0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"):
            self.assertIn("--insecure-bind", self.serve_fails("--listen", text))

    def test_insecure_bind_is_a_choice(self):
        server = self.serve("--listen", "0.0.0.0:0", "--insecure-bind", listen=False)
        self.assertEqual(server.get("/healthz")[0], 200)

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            said = self.serve_fails("--listen", f"127.0.0.1:{port}", status=1)
        self.assertIn(f"cannot listen at 127.0.0.1:{port} (another program does", said)

    def test_places_and_hosts(self):
        self.assertIn("Atlantis", self.serve_fails("--country", "Atlantis"))
        self.assertIn("--allow-host 'a b'", self.serve_fails("--allow-host", "a b"))
        self.assertIn("--cloud 'auto'", self.serve_fails("--cloud", "auto"))
        self.assertIn("'0.25 apples'", self.serve_fails("--price", "0.25 apples"))


if __name__ == "__main__":
    unittest.main()
