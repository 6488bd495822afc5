# SPDX-License-Identifier: Apache-2.0
"""real_servers.py - Prometheus and node_exporter as they are installed, on loopback, for the time of a test."""
import http.server
import json
import os
import shutil
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from ports import free_port

START_SECONDS = 120


def found(*names):
    """The first of these programs that is installed; else the test is skipped."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise unittest.SkipTest(f"{names[0]} is not installed (tools/install_deps.sh test)")


def get(url, **headers):
    """Content type and text."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def wait_for(what, seconds=START_SECONDS):
    """Until what() is true; what it raises of the network counts as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = what()
        except (OSError, urllib.error.URLError):
            value = None
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)


class Server:
    """A program that is ended with the test; its output lies in the test's directory."""

    def __init__(self, case, words, folder, name):
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder)
        case.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def check(self):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise AssertionError("it ended: " + log.read()[-2000:])
        return True


def node_exporter(case, folder, textfiles):
    """Only the textfile collector. Returns the URL of its metrics."""
    port = free_port()
    words = [found("prometheus-node-exporter", "node_exporter"), "--collector.disable-defaults",
             "--collector.textfile", f"--collector.textfile.directory={textfiles}",
             f"--web.listen-address=127.0.0.1:{port}"]
    server = Server(case, words, folder, "node_exporter")
    url = f"http://127.0.0.1:{port}/metrics"
    wait_for(lambda: server.check() and get(url))
    return url


class Prometheus:
    """It scrapes these so often, and has as long for it: name of the job to address and path."""

    def __init__(self, case, folder, jobs, seconds=1):
        port = free_port()
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as handle:
            json.dump({"global": {"scrape_interval": f"{seconds}s"},
                       "scrape_configs": [{"job_name": name, "metrics_path": path,
                                           "static_configs": [{"targets": [address]}]}
                                          for name, (address, path) in jobs.items()]}, handle)  # JSON is YAML
        self.url = f"http://127.0.0.1:{port}"
        self.server = Server(case, [found("prometheus"), f"--config.file={config}",
                                    f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}"],
                             folder, "prometheus")
        wait_for(lambda: self.server.check() and get(self.url + "/-/ready"))

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        return json.loads(get(f"{self.url}/api/v1/{path}?{query}")[1])["data"]

    def targets(self, down=()):
        """Name of the job to its target, once each was scraped, and well but for these: a busy machine may miss one."""
        def scraped():
            targets = {target["labels"]["job"]: target for target in self.ask("targets")["activeTargets"]}
            self.seen = {name: (target["health"], target["lastError"]) for name, target in targets.items()}
            return (targets and all(health == ("down" if name in down else "up") for name, (health, _) in self.seen.items())
                    and targets)
        try:
            return wait_for(scraped)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.seen}") from None

    def values(self, query):
        """Of an instant query: labels without those of the scrape to value."""
        return {tuple(sorted((name, value) for name, value in item["metric"].items()
                             if name not in ("__name__", "job", "instance"))): float(item["value"][1])
                for item in self.ask("query", query=query)["result"]}


class Pages:
    """A small server of texts: path to (content type, text). What it was asked with is kept."""

    def __init__(self, case, pages):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers["Accept"]))
                kind, text = pages[self.path]
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)


def lint(text):
    """Exit status and complaints of `promtool check metrics`."""
    done = subprocess.run([found("promtool"), "check", "metrics"], input=text, text=True, timeout=START_SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout
