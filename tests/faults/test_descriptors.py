# SPDX-License-Identifier: Apache-2.0
"""test_descriptors.py - R9: 300 clients and 64 descriptors: less than 5 % of a processor, and answers two seconds after they are gone."""
import os
import resource
import socket
import time

from faults_case import FaultCase
from harness import main

DESCRIPTORS, CLIENTS = 64, 300
CPU_RATIO_MAX = 0.05
BACK_SECONDS = 2
WATCHED_SECONDS = 5


class Descriptors(FaultCase):
    def test_three_hundred_clients_and_sixty_four_descriptors(self):
        server = self.serve("--interval", "1s", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS)))
        self.wait_for_samples(3)
        pid = server.process.pid
        peers = []
        for _ in range(CLIENTS):
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex(("127.0.0.1", server.port))
            self.addCleanup(peer.close)
            peers.append(peer)
        # as many as may be are taken, and some descriptors are left for the history
        self.wait_until(lambda: len(os.listdir(f"/proc/{pid}/fd")) > DESCRIPTORS / 2, "clients are taken")
        stored = self.stored("SELECT count(*) FROM samples")[0][0]
        began, used = time.monotonic(), self.cpu_seconds(pid)
        time.sleep(WATCHED_SECONDS)
        ratio = (self.cpu_seconds(pid) - used) / (time.monotonic() - began)
        self.assertLess(ratio, CPU_RATIO_MAX)
        self.wait_for_samples(stored + 3)  # it measures and stores meanwhile
        for peer in peers:
            peer.close()
        began, waited = time.monotonic(), self.waited_seconds(pid) + self.waited_seconds(os.getpid())
        self.wait_until(lambda: server.get("/healthz")[0] == 200, "answers again")
        took = time.monotonic() - began - (self.waited_seconds(pid) + self.waited_seconds(os.getpid()) - waited)
        print(f"{ratio:.2%} of a processor, back after {took:.2f} s")
        self.assertLess(took, BACK_SECONDS)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
