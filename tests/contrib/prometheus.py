# SPDX-License-Identifier: Apache-2.0
"""prometheus.py - a real Prometheus or VictoriaMetrics over made-up history, for tests of what asks it."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from ports import free_port  # noqa: E402

ROOT = os.environ["AICO2_TEST_SOURCE_ROOT"]
PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
VICTORIA = shutil.which("victoria-metrics")
SLOW = 120


def promtool(*words, **more):
    return subprocess.run([PROMTOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SLOW,
                          check=False, **more)


class Server:
    """A Prometheus with blocks made of an OpenMetrics text; stop() ends it whatever happens."""

    def __init__(self, openmetrics):
        self.folder = tempfile.TemporaryDirectory(prefix="aico2-contrib-")
        self.process = None
        try:
            self.start(openmetrics)
        except BaseException:
            self.stop()
            raise

    def start(self, openmetrics):
        """Return once it answers, with the history in it."""
        folder = self.folder.name
        data = os.path.join(folder, "data")
        with open(os.path.join(folder, "series.txt"), "w", encoding="utf-8") as handle:
            handle.write(openmetrics)
        done = promtool("tsdb", "create-blocks-from", "openmetrics", handle.name, data)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as handle:
            handle.write("scrape_configs: []\n")
        self.begin("/-/ready", PROMETHEUS, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}",
                   "--storage.tsdb.retention.time=100y", "--web.listen-address=")

    def begin(self, ready, *words):
        """The last word gets the address."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with open(os.path.join(self.folder.name, "log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([*words[:-1], f"{words[-1]}127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        deadline = time.monotonic() + SLOW
        while not self.is_ready(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(log.name, encoding="utf-8") as handle:
                    raise AssertionError(f"{words[0]} does not start: " + handle.read()[-2000:])
            time.sleep(0.05)

    def is_ready(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=SLOW) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def query(self, expression, at):
        """The result of an instant query; an AssertionError quotes what is wrong with it."""
        words = urllib.parse.urlencode({"query": expression, "time": at})
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?{words}", timeout=SLOW) as answer:
                return json.loads(answer.read())["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from error

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()


class Victoria(Server):
    """VictoriaMetrics, single, with the same text."""

    def start(self, openmetrics):
        self.begin("/health", VICTORIA, f"-storageDataPath={self.folder.name}/data", "-retentionPeriod=100y",
                   "-search.latencyOffset=0s", "-httpListenAddr=")
        # its times are milliseconds
        lines = [line + "000" for line in openmetrics.splitlines() if not line.startswith("#")]
        post = urllib.request.Request(self.url + "/api/v1/import/prometheus", "\n".join(lines).encode() + b"\n")
        with urllib.request.urlopen(post, timeout=SLOW):
            pass
        with urllib.request.urlopen(self.url + "/internal/force_flush", timeout=SLOW):
            pass
