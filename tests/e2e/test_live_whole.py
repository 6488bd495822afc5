# SPDX-License-Identifier: Apache-2.0
"""test_live_whole.py - the whole way of a live intensity: aico2, its fetcher, a provider on loopback over TLS."""
import datetime
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import types
import unittest

from harness import PROGRAM, SLOW, Case, document, main

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server, certificates  # noqa: E402

STEP = 1800


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def rows(actual, forecast=300):
    """A day of half hours around now, as the Carbon Intensity API documents them; what is to come has no actual."""
    now = int(time.time())
    first = now // STEP * STEP - 24 * STEP
    return json.dumps({"data": [
        {"from": stamp(at), "to": stamp(at + STEP),
         "intensity": {"forecast": forecast, "actual": actual if at <= now else None, "index": "moderate"}}
        for at in range(first, first + 48 * STEP, STEP)]})


class Whole(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder_of_class = tempfile.TemporaryDirectory(prefix="aico2-tls-")
        cls.tls = certificates(cls.folder_of_class.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder_of_class.cleanup()

    def setUp(self):
        super().setUp()
        prefix = os.path.join(self.root, "prefix")
        self.program = os.path.join(prefix, "bin", "aico2")
        os.makedirs(os.path.dirname(self.program))
        os.makedirs(os.path.join(prefix, "libexec", "aico2"))
        shutil.copy(PROGRAM, self.program)
        shutil.copy(os.environ["AICO2_FETCH"], os.path.join(prefix, "libexec", "aico2", "aico2-fetch"))
        self.env = {name: value for name, value in self.env.items() if not name.lower().endswith("_proxy")}

    def server(self, handler, context="good"):
        found = Server(handler, context=self.tls[context] if context else None)
        self.addCleanup(found.close)
        return found

    def call(self, *words, status=0, env=None):
        done = subprocess.run([self.program, *words], env={**self.env, **(env or {})}, cwd=self.cwd, check=False,
                              text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=SLOW)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def live_run(self, server, *options, command=("sh", "-c", "exit 3"), env=None, timeout="60s"):
        begun = time.monotonic()
        done = self.call("run", "-o", "report.json", "--country", "GB", "--provider", "gb", "--provider-url",
                         f"gb={server.url}", "--provider-ca", self.tls["ca"], "--fetch-timeout", timeout, "--no-embodied",
                         *options, "--", *command, status=3, env=env)
        self.seconds = time.monotonic() - begun
        return document(self.read("report.json", "rb")), done.stderr

    def test_grams_worked_out_by_hand(self):
        """E joules at 180 g/kWh and a PUE of 1.25 are E x 180 x 1.25 / 3 600 000 grams; +-15 %: 153 to 207."""
        server = self.server(lambda exchange: exchange.reply(rows(180)))
        report, _ = self.live_run(server, "--pue", "1.25")
        carbon = report["carbon"]
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 180, places=9)
        self.assertAlmostEqual(carbon["intensity_low"], 153, places=9)
        self.assertAlmostEqual(carbon["intensity_high"], 207, places=9)
        self.assertAlmostEqual(carbon["operational_gco2e"], report["energy"]["total_joules"] * 180 * 1.25 / 3.6e6,
                               places=12)
        self.assertEqual((carbon["provider"], carbon["zone"], carbon["live_kind"]), ("gb", "GB", "direct-average"))
        self.assertEqual((carbon["live_ratio"], carbon["forecast_ratio"]), (1, 0))
        self.assertIn("NESO", carbon["intensity_source"])
        self.assertGreater(len(server.requests), 0)
        self.assertTrue(all(path.startswith("/intensity/") for _, path, _ in server.requests))

    def test_the_half_hour_that_has_no_value_yet_is_a_forecast(self):
        server = self.server(lambda exchange: exchange.reply(rows(None, 222)))
        report, text = self.live_run(server)
        self.assertEqual(report["carbon"]["forecast_ratio"], 1)
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 222, places=9)
        self.assertAlmostEqual(report["carbon"]["intensity_high"], 222 * 1.3, places=9)  # twice 15 %
        self.assertIn("forecast", text)

    def test_kept_and_not_asked_again(self):
        server = self.server(lambda exchange: exchange.reply(rows(180)))
        self.live_run(server)
        before = len(server.requests)
        report, _ = self.live_run(server)
        self.assertEqual(len(server.requests), before)
        self.assertEqual(report["carbon"]["fallbacks"][0]["outcome"], "cached")
        self.assertAlmostEqual(report["carbon"]["intensity_gco2e_per_kwh"], 180, places=9)

    def test_a_provider_that_fails_costs_one_warning(self):
        yearly = document(self.call("intensity", "GB", "--json").stdout)["gco2e_per_kwh"]
        for name, handler, context in (
                ("401", lambda exchange: exchange.reply("{}", status=401), "good"),
                ("403", lambda exchange: exchange.reply("{}", status=403), "good"),
                ("429", lambda exchange: exchange.reply("{}", status=429), "good"),
                ("500", lambda exchange: exchange.reply("", status=500), "good"),
                ("no JSON", lambda exchange: exchange.reply("<html>"), "good"),
                ("cut short", lambda exchange: exchange.reply('{"data":', length=500), "good"),
                ("negative", lambda exchange: exchange.reply(rows(-5)), "good"),
                ("redirect", lambda exchange: exchange.reply("", status=302, headers=["Location: https://example.org/"]),
                 "good"),
                ("enormous", lambda exchange: exchange.reply(b" " * (8 << 20)), "good"),
                ("slow", lambda exchange: time.sleep(50), "good"),
                ("another name", lambda exchange: exchange.reply(rows(1)), "other"),
                ("expired", lambda exchange: exchange.reply(rows(1)), "expired"),
                ("self-signed", lambda exchange: exchange.reply(rows(1)), "self")):
            with self.subTest(name=name):
                shutil.rmtree(os.path.join(self.root, ".cache"), ignore_errors=True)
                report, _ = self.live_run(self.server(handler, context), timeout="4s" if name == "slow" else "60s")
                lines = [line for line in report["warnings"] if "live" in line]
                self.assertEqual(len(lines), 1, report["warnings"])
                self.assertEqual(report["carbon"]["intensity_gco2e_per_kwh"], yearly)
                self.assertEqual(report["carbon"]["fallbacks"][0]["provider"], "gb")
                # waited for where it is silent alone, and nothing of the wait is the run's
                if name == "slow":
                    self.assertLess(report["run"]["duration_seconds"], self.seconds - 1)
                self.assertLess(self.seconds, 40)

    def test_nobody_there_and_the_next_is_asked(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            gone = types.SimpleNamespace(url=f"https://localhost:{listener.getsockname()[1]}")
        sdk = self.server(lambda exchange: exchange.reply(json.dumps(
            [{"location": "uksouth", "time": stamp(at), "rating": 70}
             for at in range(int(time.time()) // 3600 * 3600 - 7200, int(time.time()), 300)])), context=None)
        report, _ = self.live_run(gone, "--provider", "carbonaware", "--provider-url", f"carbonaware={sdk.url}")
        self.assertEqual([step["provider"] for step in report["carbon"]["fallbacks"]], ["gb", "carbonaware"])
        self.assertEqual(report["carbon"]["fallbacks"][0]["outcome"], "unreachable")

    def test_without_the_option_nobody_is_asked(self):
        server = self.server(lambda exchange: exchange.reply(rows(180)))
        self.call("run", "--country", "GB", "--provider-url", f"gb={server.url}", "--provider-ca", self.tls["ca"], "--",
                  "sleep", "0.2")
        self.assertEqual(server.requests, [])
        self.assertFalse(os.path.exists(os.path.join(self.root, ".cache")))

    @unittest.skipUnless(shutil.which("nm"), "needs nm")
    def test_the_program_itself_cannot_talk_to_a_network(self):
        names = {line.split()[-1].split("@")[0] for line in subprocess.run(
            ["nm", "-D", PROGRAM], capture_output=True, text=True, check=True).stdout.splitlines() if line.split()}
        self.assertIn("fork", names)
        # nothing that makes an address of a network: the broker's socket is a file
        self.assertEqual(names & {"getaddrinfo", "gethostbyname", "htons", "inet_aton", "inet_pton", "sendto", "sendmsg"}, set())

    @unittest.skipUnless(shutil.which("strace"), "needs strace")
    def test_a_run_opens_no_socket_but_the_brokers(self):
        trace = os.path.join(self.root, "trace")
        done = subprocess.run(["strace", "-f", "-e", "trace=socket", "-o", trace, PROGRAM, "run", "--", "true"], env=self.env,
                              capture_output=True, text=True, check=False, timeout=SLOW)
        if "ptrace" in done.stderr or not os.path.exists(trace):
            self.skipTest("nothing may be traced here")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(trace, encoding="utf-8") as handle:
            lines = [line for line in handle if " socket(" in line]
        self.assertEqual([line for line in lines if "socket(AF_UNIX, SOCK_SEQPACKET" not in line], [])
        self.assertGreater(len(lines), 0)  # it was looked for


if __name__ == "__main__":
    main()
