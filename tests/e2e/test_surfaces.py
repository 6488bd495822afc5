# SPDX-License-Identifier: Apache-2.0
"""test_surfaces.py - S6: from all that root's measuring leaves and answers, another user gets a figure a second, to 0.1 J.

Root measures a machine whose counter moves 300 times a second: a broker, a server at 20 ms, a run at 10 ms with its samples, a
textfile. A user without any right then reads each file that he can, asks each route of the API as fast as he may, and
looks for sockets, shared memory and doors into the processes.
"""
import json
import math
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import test_sensord
from harness import PROGRAM, main

SERVE = os.environ["AICO2_TEST_SERVE"]
OTHER = {"gid": test_sensord.OTHER, "groups": ()}
WATCH = "watch"
TOKEN = "0123456789abcdef-raw"
# A figure a second, on a machine that is late with it.
SECONDS, CHANGES_MOST = 4.5, 6
ENERGY = re.compile(r"joules|watts|_kwh$")
EXACT = re.compile(r"tdp_watts|idle_watts|full_watts|rated|_per_kwh|fixed_watts|intensity")


def is_coarse(value, step=0.1):
    return math.isclose(value / step, round(value / step), abs_tol=1e-6)


def figures(value, name="$"):
    """(path, number) of what is energy or power in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from figures(item, f"{name}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from figures(item, name)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        key = name.rpartition(".")[2]
        if ENERGY.search(key) and not EXACT.search(key):
            yield name, value


def ask(port, path, token=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": "Bearer " + token} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@unittest.skipUnless(test_sensord.ROOT and SERVE, "needs root, to be another user, and aico2-serve")
class Surfaces(test_sensord.Sensord):
    maxDiff = None

    def setUp(self):
        super().setUp()
        os.chmod(self.open, 0o700)  # as counters are that are root's alone
        self.stop = threading.Event()
        mover = threading.Thread(target=self.move)
        mover.start()
        self.addCleanup(mover.join)
        self.addCleanup(self.stop.set)
        self.store = os.path.join(self.root, "store")
        self.env.update(AICO2_DB=os.path.join(self.store, "history.db"), XDG_STATE_HOME=os.path.join(self.root, "state"),
                        XDG_RUNTIME_DIR="")
        os.umask(self.usual_umask())

    def usual_umask(self):
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        return 0o022

    def move(self):
        while not self.stop.wait(0.003):
            self.add(345678)  # 115 W

    def measure(self):
        """What root does. Returns the server and the id of a run that has ended."""
        words = [PROGRAM, "run", "--sysroot", self.open, "--interval", "10ms", "--quiet", "--epoch-log", self.path("log"),
                 "--samples", self.path("samples.csv"), "-o", self.path("report.json"), "--", "sh", "-c",
                 'for i in 1 2 3; do echo "Epoch $i/3 - loss: 1" >> log; sleep 0.3; done; sleep 10']
        subprocess.run(words, env=self.env, cwd=self.cwd, check=True, timeout=120)
        subprocess.run([PROGRAM, "run", "--sysroot", self.open, "--interval", "10ms", "--quiet", "--name", "short", "--", "sleep", "0.2"],
                       env=self.env, cwd=self.cwd, check=True, timeout=60)
        # one that goes on, and is stored more often than once a second
        self.start(PROGRAM, "run", "--sysroot", self.open, "--interval", "510ms", "--quiet", "--", "sleep", "1000", stderr=subprocess.DEVNULL)
        self.textfiles = self.path("textfiles")
        os.mkdir(self.textfiles)
        subprocess.run([PROGRAM, "export", "--textfile", self.textfiles], env=self.env, cwd=self.cwd, check=True, timeout=60)
        log = open(self.path("log.serve"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        process = self.start(PROGRAM, "serve", "--sysroot", self.open, "--interval", "20ms", "--listen", "127.0.0.1:0",
                             cwd="/", stderr=log)
        found = self.wait_until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)$", self.read("log.serve"), re.MULTILINE), "a port")
        port = int(found.group(1))
        self.wait_until(lambda: "aico2_energy_joules_total" in ask(port, "/metrics")[1], "figures")
        run, = [run for run in json.loads(ask(port, "/api/v1/runs")[1])["runs"] if run["state"] == "finished" and run["name"] != "short"]
        return process, port, run["id"]

    def test_no_way_of_another_user_is_finer(self):
        before = self.shared()
        self.broker()
        process, port, ended = self.measure()
        seen = self.as_member(lambda: self.look(process.pid, port, ended, before), **OTHER)
        self.check_files(seen["files"])
        self.assertEqual(seen["process"], {"mem": False, "environ": False, "fd": False, "maps": False})
        self.assertEqual(seen["shared"], [])
        self.assertEqual(seen["broker"], "PermissionError")
        self.assertEqual(seen["wrong"], [])
        self.check_moments(seen["moments"])
        self.assertGreater(seen["asked"], 15)  # routes
        self.assertGreater(seen["shorts"], 3)
        for path, changes in seen["changes"].items():
            self.assertLessEqual(changes, CHANGES_MOST, path)
        self.assertGreaterEqual(seen["changes"]["/metrics"], 2, "the counter does not move: nothing was shown")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)

    def check_moments(self, moments):
        """Two surfaces that are a little apart would tell, by their difference, of less than a second."""
        told, stored = (sorted(moments[name]) for name in ("live", "stored"))
        within = [joules for joules in stored if told[0] <= joules <= told[-1]]
        self.assertGreaterEqual(len(within), 3, (told, stored))
        # with each reading the counter goes up by some 2.3 J
        self.assertEqual([joules for joules in within if min(abs(joules - other) for other in told) > 0.25], [], told)

    def check_files(self, readable):
        """Programs, what this test writes itself, and what root has handed out: a report by -o, a textfile."""
        left = [path for path in readable if not path.startswith(("shut/", "aico2", "log"))]
        self.assertEqual(sorted(left), ["report.json", "textfiles/aico2.prom"])
        for line in self.read("textfiles/aico2.prom").splitlines():
            name, _, value = line.rpartition(" ")
            if not line.startswith("#") and ENERGY.search(name.partition("{")[0]) and not EXACT.search(name):
                self.assertTrue(is_coarse(float(value)), line)
        for name in os.listdir(self.store):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.store, name)).st_mode) & 0o007, 0, name)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("samples.csv")).st_mode), 0o640)

    @staticmethod
    def shared():
        return sorted(os.path.join(folder, name) for folder in ("/dev/shm", "/tmp", "/run", "/var/lib") for name in os.listdir(folder))

    # --- as the other user ---

    def look(self, pid, port, ended, before):
        seen = {"files": self.readable(), "process": {}, "wrong": [], "changes": {}, "asked": 0, "shorts": 0}
        for name in ("mem", "environ", "fd", "maps"):
            path = f"/proc/{pid}/{name}"
            try:
                seen["process"][name] = bool(os.listdir(path) if name == "fd" else open(path, "rb").read(1))
            except OSError:
                seen["process"][name] = False
        seen["shared"] = [path for path in self.shared() if path not in before and path != self.root and "aico2" in path
                          and not path.startswith("/tmp/aico2-e2e-") and os.access(path, os.R_OK)]
        try:
            client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            client.connect(self.socket)
            seen["broker"] = "open"
        except OSError as error:
            seen["broker"] = type(error).__name__
        self.ask_all(port, ended, seen)
        self.ask_often(port, ended, seen)
        seen["moments"] = self.ask_both(port)
        return seen

    def readable(self):
        """Files of the test's folder that can be opened, but for the machine's tree of the user's own."""
        found = []
        for folder, _, names in os.walk(self.cwd):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb"):
                        found.append(os.path.relpath(path, self.cwd))
                except OSError:
                    pass
        for place in (self.store, os.path.join(self.root, "state")):
            for folder, _, names in os.walk(place):
                found += [os.path.join(folder, name) for name in names]
        return found

    @staticmethod
    def check_short(path, text, short, seen):
        """Of a run of less than a second nothing is told but its time."""
        document = json.loads(text)
        rows = [run for run in document["runs"] if run["id"] == short] if "runs" in document else \
            [document["energy"], *document["devices"]] if document.get("run", {}).get("id") == short else []
        seen["wrong"] += [(path, name, value) for row in rows for name, value in figures(row)]
        seen["shorts"] += len(rows)

    def check_document(self, path, text, seen):
        """A run of 10 s and more that has ended is told exactly, once: by its row, its report, and in a comparison."""
        document = json.loads(text)
        if isinstance(document.get("runs"), list):
            document["runs"] = [run for run in document["runs"] if run["state"] == "running"]
        run = document.get("run")
        if path.startswith("/api/v1/compare") or (isinstance(run, dict) and run.get("state") == "finished"):
            document = {"tasks": document.get("tasks", [])}
        elif isinstance(run, dict):  # what else its report tells is computed of these, and of no other joules
            document["devices"] = [{key: device[key] for key in ("energy_joules", "peak_power_watts")} for device in document["devices"]]
            del document["energy"], document["hosts"]
        seen["wrong"] += [(path, name, value) for name, value in figures(document) if not is_coarse(value)]
        seen["wrong"] += [(path, "a task", task["energy_joules"]) for task in document.get("tasks", [])
                          if task["duration_seconds"] < 1 and task["energy_joules"] is not None]

    def check_samples(self, path, text, seen):
        for device in json.loads(text)["devices"]:
            times = [point[0] for point in device["points"]]
            if any(after - at < 0.999 for at, after in zip(times, times[1:])):
                seen["wrong"].append((path, "points within a second", device["id"]))

    def ask_all(self, port, ended, seen):
        description = json.loads(ask(port, "/openapi.json")[1])
        runs = json.loads(ask(port, "/api/v1/runs")[1])["runs"]
        watch, = [run["id"] for run in runs if run["stage"] == WATCH]
        going, = [run["id"] for run in runs if run["state"] == "running" and run["id"] != watch]
        short, = [run["id"] for run in runs if run["name"] == "short"]
        for route, methods in description["paths"].items():
            if "get" not in methods:
                continue
            for run in (watch, going, ended, short):
                path = route.replace("{id}", run).replace("{place}", "FR")
                path += {"/api/v1/compare": f"?a={ended}&b={ended}", "/api/v1/live": "?since=0&wait=0"}.get(route, "")
                if route.endswith("/samples"):
                    path += "?step=1ms"
                status, text = ask(port, path)
                seen["asked"] += 1
                if status != 200:
                    if status not in (404, 400, 422, 503):  # of this question, of the original project's without --seed
                        seen["wrong"].append((path, "status", status))
                elif route.endswith("/samples"):
                    self.check_samples(path, text, seen)
                elif route == "/metrics":
                    for line in text.splitlines():
                        name, _, value = line.rpartition(" ")
                        if not line.startswith("#") and ENERGY.search(name.partition("{")[0]) and not EXACT.search(name) and \
                                not is_coarse(float(value)):
                            seen["wrong"].append((path, line, 0))
                    if short in re.sub("aico2_run_(?:info|duration|running).*", "", text):
                        seen["wrong"].append((path, "a short run", text))
                elif text.startswith("{") and route != "/openapi.json":
                    if not route.startswith("/api/v1/compare") and isinstance(json.loads(text).get("run", {}), dict):
                        self.check_short(path, text, short, seen)
                    self.check_document(path, text, seen)
        for rate in ("2", "10"):
            status, _ = ask(port, f"/api/v1/live?rate={rate}&wait=0")
            if status != 403:
                seen["wrong"].append(("/api/v1/live?rate", rate, status))

    @staticmethod
    def ask_both(port):
        """What cpu0 has used, by the run as it is stored from time to time, and by each tick that was told."""
        runs = json.loads(ask(port, "/api/v1/runs")[1])["runs"]
        watch, = [run["id"] for run in runs if run["stage"] == WATCH]
        stored, until = set(), time.monotonic() + SECONDS
        while time.monotonic() < until:
            devices = json.loads(ask(port, f"/api/v1/runs/{watch}")[1])["devices"]
            stored |= {device["energy_joules"] for device in devices if device["id"] == "cpu0"}
        live = json.loads(ask(port, "/api/v1/live?since=0&wait=0")[1])["samples"]
        return {"stored": stored, "live": {device["joules"] for tick in live for device in tick["devices"] if device["id"] == "cpu0"}}

    @staticmethod
    def ask_often(port, ended, seen):
        """How often what is told of cpu0 changes, asked as fast as it is answered."""
        runs = json.loads(ask(port, "/api/v1/runs")[1])["runs"]
        watch, = [run["id"] for run in runs if run["stage"] == WATCH]

        going, = [run["id"] for run in runs if run["state"] == "running" and run["id"] != watch]

        def metrics(text):
            return re.findall(r'^aico2_(?:energy_joules_total|power_watts)\{[^}]*device="cpu0"[^}]*\} (\S+)$', text, re.MULTILINE)

        def newest(text):
            devices = [device for device in json.loads(text)["devices"] if device["id"] == "cpu0" and device["points"]]
            return devices[0]["points"][-1] if devices else None

        def live(text):
            samples = json.loads(text)["samples"]
            return [device["joules"] for device in samples[-1]["devices"] if device["id"] == "cpu0"] if samples else None

        ways = {
            "/metrics": metrics,
            "/api/v1/live?since=0&wait=0": live,
            "/api/v1/runs?limit=1": lambda text: json.loads(text)["runs"][0]["total_joules"],
            f"/api/v1/runs/{watch}": lambda text: [device["energy_joules"] for device in json.loads(text)["devices"]],
            f"/api/v1/runs/{watch}/samples?step=1ms": newest,
            f"/api/v1/runs/{going}": lambda text: [device["energy_joules"] for device in json.loads(text)["devices"]],
            f"/api/v1/runs/{going}/samples?step=1ms": newest,
        }
        for path, taken in ways.items():
            last, changes, until = None, 0, time.monotonic() + SECONDS
            while time.monotonic() < until:
                status, text = ask(port, path)
                figure = taken(text) if status == 200 else last
                changes += figure != last
                last = figure
            seen["changes"][path.replace(watch, "ID")] = changes


if __name__ == "__main__":
    main()
