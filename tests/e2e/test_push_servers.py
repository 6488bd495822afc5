# SPDX-License-Identifier: Apache-2.0
"""test_push_servers.py - remote write into a real Prometheus and a real VictoriaMetrics, through their ends and ours."""
import os
import signal
import time

from push_case import Case, main

COUNT = 40
STEP_MS = 250


class Servers:
    """Each with a server of its own kind; see below."""
    kind = None
    # VictoriaMetrics keeps what it has taken in memory for a few seconds: with SIGKILL it would lose that by itself
    how = signal.SIGTERM

    def expected(self, factor):
        return {self.began_ms + i * STEP_MS: i * factor for i in range(COUNT)}

    def push_all(self, pusher, between=lambda i: None):
        for i in range(COUNT):
            pusher.push(self.began_ms + i * STEP_MS, f"aico2_energy_joules_total {i * 0.375} device=cpu0 kind=cpu",
                        f"aico2_energy_joules_total {i * 7} device=gpu0 kind=gpu", f"aico2_power_watts {i * 3} device=gpu0")
            between(i)
            time.sleep(0.05)

    def check(self, server):
        """Every sample with its exact value, and none beside them."""
        end_ms = self.began_ms + COUNT * STEP_MS
        found = server.samples('{instance="node1",job="aico2"}', self.began_ms, end_ms)
        common = (("instance", "node1"), ("job", "aico2"))
        self.assertEqual(found, {
            (("__name__", "aico2_energy_joules_total"), ("device", "cpu0"), *common, ("kind", "cpu")):
                {at: i * 0.375 for i, at in enumerate(self.expected(1))},
            (("__name__", "aico2_energy_joules_total"), ("device", "gpu0"), *common, ("kind", "gpu")): self.expected(7),
            (("__name__", "aico2_power_watts"), ("device", "gpu0"), *common): self.expected(3)})

    def until_sent(self, pusher, pushed=COUNT):
        figures = pusher.until(lambda now: now["stored"] == pushed and now["queue_bytes"] == 0 and now["outcome"] != "retrying")
        self.assertEqual(figures["dropped"], 0)
        return figures

    def test_exact_values(self):
        server = self.real(self.kind)
        pusher = self.pusher(server.url)
        self.push_all(pusher)
        figures = self.until_sent(pusher)
        self.assertEqual((figures["sent"], figures["failed"]), (3 * COUNT, 0))
        self.check(server)
        pusher.end()

    def test_the_server_killed_and_started_again(self):
        server = self.real(self.kind)
        pusher = self.pusher(server.url)

        def between(i):
            if i == 10:
                server.stop(self.how)
            elif i == 25:
                pusher.until(lambda now: now["retries"] > 0)
                server.start()
        self.push_all(pusher, between)
        figures = self.until_sent(pusher)
        self.assertEqual((figures["sent"], figures["failed"]), (3 * COUNT, 0))
        self.assertGreater(figures["retries"], 0)
        self.check(server)
        pusher.end()

    def test_the_fetcher_killed_under_way(self):
        server = self.real(self.kind)
        pusher = self.pusher(server.url)

        def between(i):
            pid = pusher.figures()["pid"] if i in (7, 19, 33) else 0
            if pid > 0:
                os.kill(pid, signal.SIGKILL)
        self.push_all(pusher, between)
        pusher.until(lambda now: now["restarts"] >= 1)
        self.until_sent(pusher)
        self.check(server)
        pusher.end()

    def test_a_series_that_ends_is_gone_at_once(self):
        server = self.real(self.kind)
        pusher = self.pusher(server.url)
        pusher.push(self.began_ms, "aico2_power_watts 1 device=gpu0", "aico2_run_info 1 run_id=r1")
        pusher.push(self.began_ms + 1000, "aico2_power_watts 2 device=gpu0")
        self.until_sent(pusher, 2)
        at = self.began_ms / 1000 + 2
        self.assertEqual([one["value"][1] for one in server.query("aico2_power_watts", at)], ["2"])
        self.assertEqual(server.query("aico2_run_info", at), [])
        pusher.end()
        self.assertEqual(server.query("aico2_power_watts", at), [])


class Prometheus(Servers, Case):
    kind = "prometheus"
    how = signal.SIGKILL  # it has a log on its disk

    def test_what_it_refuses_is_said(self):
        server = self.real(self.kind)
        pusher = self.pusher(server.url)
        # its head begins here, and reaches back one hour
        pusher.push(self.began_ms, "aico2_power_watts 1", how="apart")
        pusher.until(lambda now: now["sent"] == 1)
        pusher.push(self.began_ms - 86400000, "aico2_power_watts 1", how="apart")
        figures = pusher.until(lambda now: now["failed"] == 1)
        self.assertIn("the server answers 400: out of bounds", figures["server"])
        pusher.end()

    def test_one_that_does_not_take_any(self):
        server = self.real(self.kind)
        server.url = server.base + "/api/v1/wrong"
        pusher = self.pusher(server.url)
        pusher.push(self.began_ms, "aico2_power_watts 1")
        figures = pusher.until(lambda now: now["outcome"] == "held")
        self.assertIn("--web.enable-remote-write-receiver", figures["server"])
        pusher.end()


class VictoriaMetrics(Servers, Case):
    kind = "victoria"


if __name__ == "__main__":
    main()
