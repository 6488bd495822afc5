# SPDX-License-Identifier: Apache-2.0
"""test_serve_push.py - `aico2 serve --remote-write`: what it measures arrives, and what it may not do it refuses."""
import os
import re
import signal
import time

from push_case import Receiver, main, status
from serve_case import ServeCase

NAME = "aico2_energy_joules_total"


class Push(ServeCase):
    def setUp(self):
        super().setUp()
        self.env["XDG_STATE_HOME"] = os.path.join(self.root, "state")
        self.env.pop("STATE_DIRECTORY", None)

    def receiver(self, *answers):
        found = Receiver(answers)
        self.addCleanup(found.close)
        return found

    def push(self, target, *options, **more):
        # root's queue would stand in /var/lib: a directory of a service's is given in its place
        state = os.path.join(self.root, "service")
        os.makedirs(state, exist_ok=True)
        return self.serve("--interval", "200ms", "--remote-write", target.url + "/api/v1/write",
                          "--remote-write-interval", "1s", *options, env={"STATE_DIRECTORY": state}, **more)

    def energy(self, target):
        """{device: {milliseconds: joules}}"""
        return {dict(labels)["device"]: dict(samples) for labels, samples in list(target.taken.items())
                if dict(labels)["__name__"] == NAME}

    def figure(self, server, name):
        match = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics")[2].decode(), re.MULTILINE)
        return float(match.group(1)) if match else None

    def test_what_it_measures_arrives_and_is_ended(self):
        target = self.receiver()
        server = self.push(target)
        self.wait_until(lambda: self.energy(target) and len(next(iter(self.energy(target).values()))) >= 3, "samples")
        labels = [dict(labels) for labels in target.taken if dict(labels)["__name__"] == NAME]
        for one in labels:
            self.assertEqual((one["job"], one["instance"]), ("aico2", os.uname().nodename))
        self.wait_until(lambda: (self.figure(server, 'aico2_remote_write_samples_total{state="sent"}') or 0) > 0,
                        "figures of its own")
        self.assertEqual(self.figure(server, 'aico2_remote_write_samples_total{state="failed"}'), 0)
        self.assertEqual(self.figure(server, "aico2_remote_write_up"), 1)
        self.assertEqual(self.figure(server, "aico2_remote_write_queue_on_disk"), 1)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 40)  # on a busy machine
        for samples in self.energy(target).values():
            times = sorted(samples)
            self.assertEqual(samples[times[-1]], "stale")
            values = [samples[at] for at in times[:-1]]
            self.assertEqual(values, sorted(values))
            self.assertLess(abs(times[-1] / 1000 - time.time()), 30)

    def test_a_server_away_and_back(self):
        target = self.receiver(*[status(503, "starting")] * 500)
        server = self.push(target)
        self.wait_until(lambda: self.figure(server, "aico2_remote_write_up") == 0, "its absence in /metrics")
        self.assertGreater(self.figure(server, "aico2_remote_write_queue_bytes"), 0)
        self.wait_until(lambda: len(target.requests) > 3, "it is asked again")
        target.answers.clear()
        self.wait_until(lambda: self.figure(server, "aico2_remote_write_up") == 1, "its return in /metrics")
        self.assertEqual(self.figure(server, 'aico2_remote_write_samples_total{state="dropped"}'), 0)
        self.assertGreaterEqual(self.figure(server, "aico2_remote_write_retries_total"), 3)
        self.assertIn("warning: remote write: the server answers 503: starting", server.said())
        server.stop()

    def test_the_rest_comes_with_the_next_start(self):
        away = [status(503)] * 500
        target = self.receiver(*away)
        server = self.push(target)
        self.wait_until(lambda: (self.figure(server, "aico2_remote_write_queue_bytes") or 0) > 0, "a queue")
        self.assertEqual(self.figure(server, "aico2_remote_write_queue_on_disk"), 1)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        target.answers.clear()
        before_ms = int(time.time() * 1000)
        time.sleep(0.2)
        second = self.push(target)
        self.wait_until(lambda: any(at < before_ms for samples in self.energy(target).values() for at in samples),
                        "what was measured before it was killed")
        second.stop()

    def test_what_is_refused_before_anything_begins(self):
        readable = os.path.join(self.root, "token")
        with open(readable, "w") as file:
            file.write("t0k3n")
        os.chmod(readable, 0o644)
        for options, part in (
                (("--remote-write", "localhost:9090"), "--remote-write 'localhost:9090': not the URL of a server"),
                (("--remote-write", "http://ann:pw@localhost/"), "--remote-write-password-file"),
                (("--remote-write", "http://localhost/w?x=1"), "without '?' and '#'"),
                (("--remote-write", "http://localhost/", "--remote-write-user", "ann"),
                 "needs --remote-write-password-file"),
                (("--remote-write", "http://localhost/", "--remote-write-token-file", readable), "chmod 600"),
                (("--remote-write", "http://localhost/", "--remote-write-ca", "/none/ca.pem"), "/none/ca.pem"),
                (("--remote-write", "http://localhost/", "--remote-write-interval", "10ms"), "10ms"),
                (("--remote-write", "http://localhost/", "--remote-write-queue", "0"), "remote-write-queue")):
            said = self.serve_fails(*options, status=1 if part in ("chmod 600", "/none/ca.pem") else 2)
            self.assertIn(part, said)
            self.assertNotIn("pw@", said)


if __name__ == "__main__":
    main()
