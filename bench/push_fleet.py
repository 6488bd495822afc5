#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""push_fleet.py - a fleet that writes into one VictoriaMetrics, which is restarted under way: what arrives of it

  python3 bench/push_fleet.py [--build DIR] [--nodes 1000] [--interval 15] [--ticks 16] [--away 30]

Prints one JSON document. It takes NODES x INTERVAL x TICKS of wall time, so it is no part of `make bench`.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

SAMPLES = 100


class Victoria:
    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.base = f"http://localhost:{self.port}"
        self.process = None
        self.cpu = 0.0

    def start(self):
        self.process = subprocess.Popen(
            ["victoria-metrics", f"-storageDataPath={self.folder}/data", f"-httpListenAddr=127.0.0.1:{self.port}",
             "-search.latencyOffset=0s", "-search.disableCache", "-search.maxUniqueTimeseries=10000000",
             "-search.maxSeries=10000000"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                with urllib.request.urlopen(f"{self.base}/-/ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)

    def stop(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        self.cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def query(self, text, at):
        words = urllib.parse.urlencode({"query": text, "time": at})
        with urllib.request.urlopen(f"{self.base}/api/v1/query?{words}", timeout=300) as answer:
            return json.load(answer)["data"]["result"]


def lost_of(server, options, begin_ms):
    """Node by node, every sample of its twelve energy counters, by value: how many are missing or wrong."""
    end_s = begin_ms / 1000 + options.interval * (options.ticks + 1)
    lost = extra = 0
    for node in range(options.nodes):
        found = server.query(f'aico2_energy_joules_total{{instance="node{node:04d}"}}'
                             f"[{options.interval * (options.ticks + 2)}s]", end_s)
        values = {value for one in found for _, value in one["values"]}
        extra += sum(len(one["values"]) for one in found) - len(values)
        expected = {str(node * 1000000 + tick * 1000 + device)
                    for tick in range(options.ticks) for device in range(12)}
        lost += len(expected - values)
        extra += len(values - expected)
    return lost, extra


def main():
    parser = argparse.ArgumentParser(description="A fleet that writes into one VictoriaMetrics.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=15)
    parser.add_argument("--ticks", type=int, default=16)
    parser.add_argument("--away", type=int, default=30, help="seconds between its end and its start")
    options = parser.parse_args()
    subprocess.run(["ninja", "-C", options.build, "bench/bench-push_nodes", "src/fetch/aico2-fetch"], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="aico2-fleet-") as folder:
        server = Victoria(folder)
        server.start()
        began = time.monotonic()
        nodes = subprocess.Popen(
            [os.path.join(options.build, "bench/bench-push_nodes"),
             os.path.abspath(os.path.join(options.build, "src/fetch/aico2-fetch")), server.base + "/api/v1/write",
             os.path.join(folder, "state"), str(options.nodes), str(options.interval), str(options.ticks)],
            stdout=subprocess.PIPE, text=True)
        time.sleep(options.interval * options.ticks * 0.4)
        server.stop()
        time.sleep(options.away)
        server.start()
        came_back = time.monotonic()
        figures = json.loads(nodes.communicate()[0])
        figures["wall_s"] = round(time.monotonic() - began, 1)
        figures["after_return_s"] = round(time.monotonic() - came_back, 1)
        with urllib.request.urlopen(f"{server.base}/internal/force_flush", timeout=60):
            pass
        figures["lost"], figures["twice_or_wrong"] = lost_of(server, options, figures["begin_ms"])
        server.stop()
        figures["expected"] = options.nodes * options.ticks * SAMPLES
        figures["server_cpu_s"] = round(server.cpu, 1)
        figures["load"] = os.getloadavg()[0]
        json.dump(figures, sys.stdout, indent=1)
        print()


if __name__ == "__main__":
    main()
