# SPDX-License-Identifier: Apache-2.0
"""test_stack.py - `aico2 up` and `down` with the real Prometheus and node_exporter, and with programs that misbehave.

The GPU's exporter is the real one where it is installed, else a stand-in of its names; nvidia-smi is always a stand-in.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import harness

PROMETHEUS = shutil.which("prometheus")
NODE = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
GPU_EXPORTER = shutil.which("nvidia_gpu_exporter")
FAKES = os.environ["AICO2_TEST_FAKE_SOURCES"]
ROOT = os.environ["AICO2_TEST_SOURCE_ROOT"]
WHOLE = "All services started in the background."
NONE = ("--prometheus", "none", "--node-exporter", "none", "--nvidia-gpu-exporter", "none", "--dcgm-exporter", "none",
        "--server", "none")
SERVE = os.environ["AICO2_TEST_SERVE"]  # "" where it is not built


def starts(pid):
    """When a process began, in ticks; None: there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
            fields = handle.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Stack(harness.Case):
    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.root, "state")
        self.env["AICO2_STATE_DIR"] = self.state
        self.addCleanup(self.end_all)

    def end_all(self):
        """Whatever a test has started is ended, if need be without the help of what is tested."""
        self.aico2("down", "--wait", "5s")
        for line in [line.split() for line in self.record().splitlines() if line.startswith("service ")]:
            if starts(line[2]) == int(line[3]):
                os.kill(int(line[2]), signal.SIGKILL)

    def record(self):
        try:
            with open(os.path.join(self.state, "services"), encoding="utf-8") as handle:
                return handle.read()
        except FileNotFoundError:
            return ""

    def log(self, service):
        with open(os.path.join(self.state, "log", service + ".log"), encoding="utf-8") as handle:
            return handle.read()

    def script(self, name, body):
        path = self.write(name, "#!/bin/sh\n" + body)
        os.chmod(path, 0o755)
        return path

    def up(self, *words, status=0, **more):
        """The services by name, out of the JSON."""
        done = self.aico2("up", "--json", *words, **more)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        document = harness.document(done.stdout)
        self.assertEqual(document["schema"], "aico2.stack/1")
        self.assertEqual(document["directory"], self.state)
        for service in document["services"]:
            self.assertEqual(set(service), {"name", "state", "pid", "port", "url", "program", "log", "reason", "note"})
        self.assertEqual([service["name"] for service in document["services"]],
                         ["prometheus", "node", "nvidia_gpu_exporter", "dcgm", "aico2"])
        services = {service["name"]: service for service in document["services"]}
        self.assertEqual(document["all_up"],
                         any(service["state"] in ("started", "running", "foreign") for service in services.values())
                         and not any(service["state"] in ("missing", "failed") for service in services.values()))
        return services

    def up_real(self, *words, **more):
        return self.up("--port", "prometheus=0", "--port", "node=0", "--scrape-interval", "500ms",
                       "--nvidia-gpu-exporter", "none", "--dcgm-exporter", "none", "--server", "none", *words, **more)

    def down(self, *words, status=0):
        done = self.aico2("down", "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        return {service["name"]: service for service in harness.document(done.stdout)["services"]}

    def get(self, url):
        with urllib.request.urlopen(url, timeout=harness.SLOW) as answer:
            return answer.read().decode()

    def query(self, prometheus, expression):
        """{labels: value} of an instant query."""
        answer = json.loads(self.get(prometheus["url"] + "/api/v1/query?query=" + urllib.parse.quote(expression)))
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]


@unittest.skipUnless(PROMETHEUS and NODE, "prometheus and node_exporter are not installed")
class Real(Stack):
    def test_up_starts_what_the_seed_starts_and_series_come(self):
        services = self.up_real()
        for name in ("prometheus", "node"):
            self.assertEqual(services[name]["state"], "started")
            self.assertIsNotNone(starts(services[name]["pid"]))
            self.assertEqual(os.readlink(f"/proc/{services[name]['pid']}/cwd"), self.state)
        prometheus = services["prometheus"]
        self.assertEqual(self.get(prometheus["url"] + "/-/ready").strip(), "Prometheus Server is Ready.")
        up = self.wait_until(lambda: self.query(prometheus, "up == 1") and len(self.query(prometheus, "up == 1")) == 2
                             and self.query(prometheus, "up"), "both are scraped")
        self.assertEqual(sorted((labels["job"], labels["instance"], value) for labels, value in up),
                         [(name, f"127.0.0.1:{services[name]['port']}", 1) for name in ("node", "prometheus")])
        self.assertTrue(self.query(prometheus, 'node_cpu_seconds_total{job="node",mode="idle"}'))
        self.assertTrue(self.query(prometheus, 'node_cpu_info{job="node"}'))  # the model, for models
        groups = json.loads(self.get(prometheus["url"] + "/api/v1/rules"))["data"]["groups"]
        self.assertEqual([group["name"] for group in groups], ["aico2-alerts", "aico2-node", "aico2-work"])

    def test_a_server_that_runs_keeps_its_interval(self):
        def intervals():
            with open(os.path.join(self.state, "prometheus.yml"), encoding="utf-8") as file:
                return [line.split()[1] for line in file if "scrape_interval" in line]

        words = ("--nvidia-gpu-exporter", "none", "--dcgm-exporter", "none", "--server", "none")
        self.up_real()
        self.assertEqual(intervals(), ["500ms"])
        self.assertEqual(self.up(*words)["prometheus"]["state"], "running")
        self.assertEqual(intervals(), ["500ms"])
        self.up(*words, "--scrape-interval", "2s")
        self.assertEqual(intervals(), ["2s"])
        self.down()
        self.up(*words, "--port", "prometheus=0", "--port", "node=0")
        self.assertEqual(intervals(), ["15s"])

    def test_the_seeds_message_and_a_table(self):
        done = self.aico2("up", "--port", "prometheus=0", "--port", "node=0", "--nvidia-gpu-exporter", "none",
                          "--dcgm-exporter", "none", "--server", "none")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], WHOLE)
        self.assertRegex(lines[1], r"^prometheus +started +\d+  http://127\.0\.0\.1:\d+$")
        self.assertIn(f"configuration  {self.state}/prometheus.yml", lines)
        done = self.aico2("down")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^prometheus  ended +\d+")
        done = self.aico2("down")
        self.assertEqual(done.stdout, "nothing to end: no service was started by `aico2 up`\n")

    def test_a_second_up_changes_nothing_and_heals_what_has_ended(self):
        first = self.up_real()
        second = self.up_real()
        for name in ("prometheus", "node"):
            self.assertEqual((second[name]["state"], second[name]["pid"], second[name]["port"]),
                             ("running", first[name]["pid"], first[name]["port"]))
        os.kill(first["node"]["pid"], signal.SIGKILL)
        self.wait_until(lambda: starts(first["node"]["pid"]) is None, "node_exporter ends")
        third = self.up_real()
        self.assertEqual(third["node"]["state"], "started")
        self.assertEqual((third["prometheus"]["state"], third["prometheus"]["pid"]),
                         ("running", first["prometheus"]["pid"]))
        # the port is another one: Prometheus has been told
        expected = f"127.0.0.1:{third['node']['port']}"
        self.wait_until(lambda: any(labels["instance"] == expected for labels, _ in
                                    self.query(third["prometheus"], 'up{job="node"} == 1')), "the new node is scraped")

    def test_down_ends_exactly_those(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        other = self.start(NODE, f"--web.listen-address=127.0.0.1:{port}")
        services = self.up_real()
        ended = self.down()
        self.assertEqual({name: service["state"] for name, service in ended.items()},
                         {"prometheus": "ended", "node": "ended"})
        for name in ("prometheus", "node"):
            self.assertIsNone(starts(services[name]["pid"]))
        self.assertIsNone(other.poll())
        self.assertTrue(os.path.isdir(os.path.join(self.state, "data", "wal")))
        self.assertFalse(os.path.exists(os.path.join(self.state, "services")))
        # what was measured is there again
        self.up_real()

    def test_an_exporter_of_others_is_used_and_left(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        other = self.start(NODE, f"--web.listen-address=127.0.0.1:{port}")
        self.wait_until(lambda: self.answers(port), "node_exporter answers")
        services = self.up_real("--port", f"node={port}")
        self.assertEqual((services["node"]["state"], services["node"]["pid"]), ("foreign", other.pid))
        self.assertIn(f"(pid {other.pid})", services["node"]["note"])
        self.wait_until(lambda: self.query(services["prometheus"], 'up{job="node"} == 1'), "it is scraped")
        self.assertEqual(set(self.down()), {"prometheus"})
        self.assertIsNone(other.poll())

    def answers(self, port):
        try:
            return self.get(f"http://127.0.0.1:{port}/metrics")
        except urllib.error.URLError:
            return ""

    def test_a_taken_port_is_named_with_who_has_it(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = self.aico2("up", "--port", f"prometheus={port}", "--port", "node=0", "--nvidia-gpu-exporter", "none",
                              "--dcgm-exporter", "none", "--server", "none")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(" ".join(done.stdout.split()),
                         rf"port {port} is taken by '[^']+' \(pid {os.getpid()}\): end that, or --port")
        self.assertRegex(done.stdout, r"(?m)^node +started")
        self.assertEqual(done.stdout.splitlines()[-1], "1 of 2 services are up.")

    def test_rules_are_evaluated_and_bad_ones_said(self):
        rules = self.write("my rules.yml", "groups:\n- name: a\n  rules:\n  - record: a:b:c\n    expr: vector(42)\n")
        services = self.up_real("--rules", rules)
        self.wait_until(lambda: self.query(services["prometheus"], "a:b:c") == [({"__name__": "a:b:c"}, 42.0)],
                        "the rule is evaluated")
        self.down()
        self.write("my rules.yml", "groups: 7\n")
        services = self.up_real("--rules", rules)
        self.assertEqual(services["prometheus"]["state"], "failed")
        self.assertRegex(services["prometheus"]["reason"], "^ended at once: ")
        self.assertEqual(services["node"]["state"], "started")

    @unittest.skipUnless(GPU_EXPORTER, "nvidia_gpu_exporter is not installed: its stand-in is tested alone")
    def test_series_of_the_real_exporter_of_gpus_come(self):
        self.gpu_series_come(GPU_EXPORTER)

    def test_series_of_a_stand_in_for_it_come(self):
        self.gpu_series_come(os.path.join(FAKES, "nvidia_gpu_exporter.py"))

    def gpu_series_come(self, exporter):
        folder = os.path.join(self.root, "bin")
        os.mkdir(folder)
        os.symlink(os.path.join(FAKES, "nvidia_smi.py"), os.path.join(folder, "nvidia-smi"))
        self.env["PATH"] = folder + ":" + self.env["PATH"]
        words = ("--port", "prometheus=0", "--port", "node=0", "--port", "nvidia_gpu_exporter=0", "--scrape-interval",
                 "500ms", "--nvidia-gpu-exporter", exporter, "--server", "none")
        services = self.up(*words)
        self.assertEqual((services["nvidia_gpu_exporter"]["state"], services["nvidia_gpu_exporter"]["note"]),
                         ("started", None))
        power = self.wait_until(lambda: self.query(services["prometheus"], "nvidia_smi_power_draw_watts"), "power")
        self.assertEqual([(labels["uuid"], labels["job"], value) for labels, value in power],
                         [("df6e7a7c-7314-46f8-abc4-b88b36dcf3aa", "nvidia_gpu_exporter", 28.07)])
        used = self.query(services["prometheus"], 'nvidia_smi_memory_used_bytes{uuid=~"df6e.*"}')
        self.assertEqual([value for _, value in used], [7.06740224e+08])
        self.down()
        # a driver that does not answer: it runs, and that is said
        self.env["NVIDIA_SMI_FAILS"] = "1"
        services = self.up(*words)
        self.assertEqual(services["nvidia_gpu_exporter"]["state"], "started")
        self.assertIn("does nvidia-smi work?", services["nvidia_gpu_exporter"]["note"])

    @unittest.skipUnless(SERVE, "aico2-serve is not built")
    def test_our_own_server_is_among_them(self):
        self.env["AICO2_COUNTRY"] = "FR"  # what is told to us is told to it
        services = self.up("--port", "prometheus=0", "--port", "node=0", "--port", "aico2=0", "--scrape-interval", "500ms",
                           "--nvidia-gpu-exporter", "none", "--dcgm-exporter", "none")
        self.assertEqual((services["aico2"]["state"], os.path.realpath(services["aico2"]["program"])),
                         ("started", os.path.realpath(SERVE)))
        self.wait_until(lambda: self.query(services["prometheus"], 'aico2_energy_joules_total{job="aico2"} > 0'),
                        "its energy is scraped")
        (grid,) = self.query(services["prometheus"], "aico2_grid_carbon_intensity_gco2e_per_kwh")
        self.assertEqual(grid[0]["place"], "FR")
        self.assertEqual(self.down()["aico2"]["state"], "ended")
        self.assertEqual([run["state"] for run in self.runs()], ["finished"])

    def test_the_seeds_script(self):
        done = subprocess.run([os.path.join(ROOT, "start_services.sh"), "--port", "prometheus=0", "--port", "node=0",
                               "--nvidia-gpu-exporter", "none", "--dcgm-exporter", "none", "--server", "none"],
                              env={**self.env, "PATH": os.path.dirname(harness.PROGRAM) + ":" + self.env["PATH"]},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=harness.SLOW, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[-1], WHOLE)


class Misbehaving(Stack):
    def only(self, program, *words, **more):
        """With one service, a script."""
        given = list(NONE)
        given[given.index("--node-exporter") + 1] = program
        return self.up(*given, "--port", "node=0", *words, **more)["node"]

    def test_a_service_that_ends_at_once_is_quoted(self):
        node = self.only(self.script("bad", "echo first; echo 'no \033[1msuch\033[0m flag' >&2; exit 3\n"), status=1)
        self.assertEqual((node["state"], node["pid"]), ("failed", None))
        self.assertEqual(node["reason"], "ended at once: no [1msuch [0m flag")
        self.assertEqual(self.down(), {})

    def test_a_service_that_does_not_answer_is_named_and_ended(self):
        node = self.only(self.script("mute", "exec sleep 1000\n"), "--wait", "300ms", status=1)
        self.assertEqual(node["state"], "failed")
        self.assertRegex(node["reason"], r"^http://127\.0\.0\.1:\d+/metrics: Connection refused$")
        self.assertIsNotNone(starts(node["pid"]))
        self.assertEqual(self.down()["node"]["state"], "ended")
        self.assertIsNone(starts(node["pid"]))

    def test_who_does_not_end_when_asked_is_killed(self):
        node = self.only(self.script("deaf", "trap '' TERM; echo set; while :; do sleep 0.02; done\n"), "--wait", "200ms",
                         status=1)
        self.wait_until(lambda: "set\n" in self.log("node"), "it is deaf")
        ended = self.down("--wait", "200ms")["node"]
        self.assertEqual((ended["state"], ended["pid"]), ("killed", node["pid"]))
        self.assertIsNone(starts(node["pid"]))

    def test_a_killed_up_leaves_nothing_unknown(self):
        given = list(NONE)
        given[given.index("--node-exporter") + 1] = self.script("mute", "exec sleep 1000\n")
        up = self.start(harness.PROGRAM, "up", *given, "--port", "node=0")
        self.wait_until(lambda: "service node " in self.record(), "it is on record")
        up.kill()
        up.wait()
        pid = int(self.record().split("service node ")[1].split()[0])
        # had it not begun yet, it has gone by itself
        self.assertIn(self.down()["node"]["state"], ("ended", "gone"))
        self.assertIsNone(starts(pid))

    def test_a_pid_that_is_used_again_is_left_alone(self):
        node = self.only(self.script("mute", "exec sleep 1000\n"), "--wait", "200ms", status=1)
        other = self.start("sleep", "1000")
        record, text = os.path.join(self.state, "services"), self.record()
        os.kill(node["pid"], signal.SIGKILL)
        with open(record, "w", encoding="utf-8") as handle:  # the same start, another process
            handle.write(text.replace(f"service node {node['pid']} ", f"service node {other.pid} "))
        self.assertEqual(self.down()["node"]["state"], "gone")
        time.sleep(0.1)
        self.assertIsNone(other.poll())

    def test_after_a_reboot_nothing_is_touched(self):
        node = self.only(self.script("mute", "exec sleep 1000\n"), "--wait", "200ms", status=1)
        record, text = os.path.join(self.state, "services"), self.record()
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as handle:
            boot = handle.read().strip()
        with open(record, "w", encoding="utf-8") as handle:
            handle.write(text.replace(boot, "00000000-0000-0000-0000-000000000000"))
        ended = self.down()["node"]
        self.assertEqual((ended["state"], ended["reason"]),
                         ("gone", "the machine was started anew since: nothing was touched"))
        self.assertIsNotNone(starts(node["pid"]))
        os.kill(node["pid"], signal.SIGKILL)
        self.assertEqual(self.down(), {})

    def test_what_is_told_to_us_is_not_told_to_others(self):
        self.env["AICO2_NAME"] = "secret"
        self.only(self.script("env", "env; echo end; exec sleep 1000\n"), "--wait", "300ms", status=1)
        self.wait_until(lambda: "end\n" in self.log("node"), "its environment is told")
        self.assertIn("HOME=", self.log("node"))
        self.assertNotIn("AICO2_", self.log("node"))

    def test_bad_wishes(self):
        for words, message in (
                (("--port", "node"), "--port 'node': not SERVICE=PORT, as in node=9101"),
                (("--port", "nod=1"), "--port 'nod=1': no such service: prometheus, node, nvidia_gpu_exporter, dcgm, "
                                      "aico2"),
                (("--port", "node=65536"), "--port 'node=65536': not a port: 1 to 65535, or 0"),
                (("--port", "node=-1"), "--port 'node=-1': not a port: 1 to 65535, or 0"),
                (("--prometheus", "./none"), "--prometheus './none': No such file or directory"),
                (("--prometheus", self.cwd), f"--prometheus '{self.cwd}': not a program that may be executed"),
                (("--rules", "no.yml"), "--rules 'no.yml': No such file or directory"),
                (("--scrape-interval", "1h"), "--scrape-interval '1h': out of range, 100ms to 2m")):
            with self.subTest(words):
                done = self.aico2("up", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.one_line(done.stderr, "aico2 up: " + message)

    def test_a_directory_of_others_is_refused(self):
        os.mkdir(self.state)
        os.chmod(self.state, 0o777)
        done = self.aico2("up", *NONE)
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "or others may write in it")

    def test_csv_and_nothing_wanted(self):
        done = self.aico2("up", "--format", "csv", *NONE)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[0], "name,state,pid,port,url,program,log,reason,note")
        self.assertEqual(done.stdout.splitlines()[1], "prometheus,off,,,,,,,")
        self.assertEqual(len(done.stdout.splitlines()), 6)


if __name__ == "__main__":
    harness.main()
