# SPDX-License-Identifier: Apache-2.0
"""serve_rows.py - what `aico2 serve` costs: latency while it samples, requests per CPU second, memory, idle CPU."""
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import threading
import time
import urllib.request

import rows

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"


def cpu_seconds(pid):
    return rows.cpu_ns(pid) / 1e9


def resident_mib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as handle:
        return int(re.search(r"VmRSS:\s+(\d+) kB", handle.read()).group(1)) / 1024


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def connect(port):
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Running:
    """A server on a free port, ended whatever happens."""

    def __init__(self, bench, words):
        self.process = subprocess.Popen(words, env=bench.env, **rows.QUIET)

    def __enter__(self):
        return self.process.pid

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def ask(peer):
    """One scrape on a connection that stays open. Returns its seconds."""
    began = time.perf_counter()
    peer.sendall(REQUEST)
    got = peer.recv(65536)
    while b"\r\n\r\n" not in got:
        got += peer.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if length:
        wanted = int(length.group(1))
        while len(body) < wanted:
            body += peer.recv(65536)
    else:
        while not body.endswith(b"0\r\n\r\n"):
            body += peer.recv(65536)
    return time.perf_counter() - began


def serve(bench, interval, *more):
    port = free_port()
    return port, Running(bench, [bench.aico2, "serve", "--listen", "127.0.0.1:%d" % port, "--interval", interval,
                                 "--db", bench.path("serve-%d.db" % port), *more])


def warm_up(port):
    deadline = time.monotonic() + 20
    while True:
        with connect(port) as peer:
            try:
                return ask(peer)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
        time.sleep(0.2)


def latency(bench):
    port, running = serve(bench, "100ms")
    count = 500 if bench.quick else 3000
    with running as pid:
        warm_up(port)
        with connect(port) as peer:
            took = []
            began = time.monotonic()
            for index in range(count):
                time.sleep(max(0, began + index * 0.01 - time.monotonic()))
                took.append(ask(peer))
        took.sort()
        yield rows.Row("/metrics at 100/s while sampling at 10 Hz, p99", "ms", took[int(count * 0.99)] * 1e3, 2,
                       note="median %.2f ms, worst %.2f ms, %d requests" %
                            (statistics.median(took) * 1e3, took[-1] * 1e3, count))
        yield rows.Row("memory after that", "MiB", resident_mib(pid), 12)


def hammer(port, seconds):
    """As many requests as come back in that time, on four connections."""
    counts = [0] * 4
    end = time.monotonic() + seconds

    def run(at):
        with connect(port) as peer:
            while time.monotonic() < end:
                ask(peer)
                counts[at] += 1
    threads = [threading.Thread(target=run, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def requests_per_cpu_second(port, pid, seconds):
    warm_up(port)
    before = cpu_seconds(pid)
    count = hammer(port, seconds)
    return count / (cpu_seconds(pid) - before)


def throughput(bench):
    seconds = 2 if bench.quick else 10
    port, running = serve(bench, "1s")
    with running as pid:
        ours = requests_per_cpu_second(port, pid, seconds)
    exporter = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    if exporter is None:
        yield rows.Row("/metrics a CPU second (no node_exporter here)", "", ours, 0, at_least=True)
        return
    port = free_port()
    with Running(bench, [exporter, "--web.listen-address=127.0.0.1:%d" % port]) as pid:
        theirs = requests_per_cpu_second(port, pid, seconds)
    yield rows.Row("/metrics a CPU second, times node_exporter's", "x", ours / theirs, 10, at_least=True,
                   note="%.0f and %.0f requests a CPU second" % (ours, theirs))


def idle(bench):
    port, running = serve(bench, "1s")
    with running as pid:
        warm_up(port)
        time.sleep(3)
        seconds = 10 if bench.quick else 60
        before = cpu_seconds(pid)
        time.sleep(seconds)
        yield rows.Row("serve at 1 Hz, nobody asks: CPU", "%", (cpu_seconds(pid) - before) / seconds * 100, 0.1)
        yield rows.Row("serve at 1 Hz, nobody asks: memory", "MiB", resident_mib(pid), 12)


def fetch(port, path):
    """Seconds until all of an answer is there, and its body."""
    began = time.perf_counter()
    with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=60) as answer:
        body = answer.read()
    return time.perf_counter() - began, body


def drawing(bench):
    """The power of a very long run over time, out of what was put together while it was stored."""
    path, samples, (*_, run) = rows.long_history(bench)
    port = free_port()
    with Running(bench, [bench.aico2, "serve", "--listen", "127.0.0.1:%d" % port, "--db", path]):
        warm_up(port)
        took = [fetch(port, "/api/v1/runs/%s/samples" % run)[0] for _ in range(5)]
    with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as database:
        size = dict(database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    exponent = len(str(samples)) - 1
    yield rows.Row("a run of 10^%d samples drawn" % exponent, "ms", min(took) * 1e3, 300,
                   note="the slowest of %d: %.0f ms" % (len(took), max(took) * 1e3))
    yield rows.Row("its file, more for that", "%", size["rollups"] / size["samples"] * 100, 1,
                   note="%.1f MB of %.0f MB" % (size["rollups"] / 1e6, sum(size.values()) / 1e6))


GROUPS = [latency, throughput, idle, drawing]
