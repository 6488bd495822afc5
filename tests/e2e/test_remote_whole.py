# SPDX-License-Identifier: Apache-2.0
"""test_remote_whole.py - aico2 measure with its own fetcher against real servers, figures worked out by hand."""
import json
import os
import subprocess
import threading
import time
import urllib.request

from harness import document
from remote_case import RAPL_RANGE, SLOW, Case, Series, free_port, main

PROGRAM = os.environ["AICO2_PROGRAM"]
BEGIN = int(time.time()) // 60 * 60 - 4 * 3600


class WholeCase(Case):
    def call(self, url, begin, end, *words):
        return subprocess.run([PROGRAM, "measure", "--source", "prometheus", "--prometheus-url", url,
                               "--start", repr(BEGIN + begin), "--end", repr(BEGIN + end), "--no-embodied", *words],
                              env={**self.env, "HOME": self.root, "AICO2_DB": self.path("h.db")}, cwd=self.root,
                              check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SLOW)

    def measured(self, url, begin, end, *words):
        done = self.call(url, begin, end, "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return document(done.stdout)

    def device(self, report, **wanted):
        found = [item for item in report["devices"] if all(item[key] == value for key, value in wanted.items())]
        self.assertEqual(len(found), 1, [item["id"] for item in report["devices"]])
        return found[0]

    def holds(self, item, joules):
        self.assertLessEqual(item["energy_low_joules"], joules)
        self.assertGreaterEqual(item["energy_high_joules"], joules)


def stepping(t):
    """The experiment of a second's scrapes: 100 W, from 30 s on 300 W, and the counter begins anew at 40 s."""
    if t >= 40:
        return 300 * (t - 40)
    return 100 * t if t < 30 else 3000 + 300 * (t - 30)


def experiment():
    begin, end = BEGIN + 0.3, BEGIN + 110.3
    return [
        Series("nvidia_smi_power_draw_watts", lambda t: 100 if t + 0.3 < 30 else 300, begin, end, 1,
               instance="n0:9835", uuid="step-power"),
        Series("nvidia_smi_energy_joules_total", lambda t: round(stepping(t + 0.3), 3), begin, end, 1,
               instance="n1:9835", uuid="step-energy"),
        Series("nvidia_smi_power_draw_watts", lambda t: None if 60 <= t + 0.3 < 90 else 50, begin, end, 1,
               instance="n2:9835", uuid="hole-power"),
        Series("nvidia_smi_energy_joules_total", lambda t: None if 60 <= t + 0.3 < 90 else 50 * t, begin, end, 1,
               instance="n3:9835", uuid="hole-energy"),
    ]


def spliced(metric, at, parts, **labels):
    """One series of parts (begin, end, step), in seconds since BEGIN; `at(t)` likewise."""
    whole = Series(metric, lambda t: None, BEGIN, BEGIN, **labels)
    for begin, end, step in parts:
        whole.samples += [(BEGIN + t, at(t)) for t in range(begin, end, step)]
    return whole


class ChangedInterval(WholeCase):
    """Scraped every 2 s up to a time, every 15 s from then on, or the other way round: nothing of it is a hole."""

    def check(self, parts):
        url = self.prometheus([
            spliced("nvidia_smi_power_draw_watts", lambda t: 100, parts, instance="n0:9835", uuid="power"),
            spliced("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", lambda t: 50000 * t, parts, instance="n1:9400",
                    Hostname="n1", UUID="energy", gpu="0")])
        for begin, end in ((1000, 1100), (600, 1300), (100, 1700), (905, 906), (890, 915)):
            report = self.measured(url, begin, end)
            gpus = [item for item in report["devices"] if item["kind"] == "gpu"]
            self.assertEqual([round(item["energy_joules"] / (end - begin), 6) for item in gpus], [100, 50])
            self.assertEqual([round(item["coverage_ratio"], 9) for item in gpus], [1, 1])

    def test_slower(self):
        self.check([(0, 900, 2), (900, 1800, 15)])

    def test_faster(self):
        self.check([(0, 900, 15), (900, 1800, 2)])


class SameNames(WholeCase):
    def test_one_short_name_in_two_domains(self):
        """10 W on n1.a.org, 20 W on n1.b.org, which both call themselves n1."""
        def host(domain, watts):
            labels = {"instance": f"n1.{domain}.org:9100", "job": "node"}
            return [Series("node_rapl_package_joules_total", lambda t: watts * t, BEGIN, BEGIN + 1800, index="0",
                           path="x", **labels),
                    Series("node_uname_info", lambda t: 1, BEGIN, BEGIN + 1800, nodename="n1", **labels)]
        report = self.measured(self.prometheus(host("a", 10) + host("b", 20)), 600, 1600)
        self.assertEqual(sorted(round(item["energy_joules"], 6) for item in report["devices"]), [10000, 20000])

    def test_a_card_that_was_moved(self):
        """One counter, 100 J/s, on h1 for half an hour, five minutes nowhere, then on h2: exact, the hole too."""
        def part(host, begin, end):
            return Series("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", lambda t: 1e5 * (begin + t), BEGIN + begin,
                          BEGIN + end, instance=host + ":9400", Hostname=host, UUID="GPU-aa", gpu="0")
        report = self.measured(self.prometheus([part("h1", 0, 1800), part("h2", 2100, 3600)]), 600, 3000)
        self.assertAlmostEqual(self.device(report, kind="gpu")["energy_joules"], 240000, delta=0.01)


class Experiment(WholeCase):
    """The table of docs/prometheus.md."""

    def check(self, url):
        def one(begin, end, uuid):
            report = self.measured(url, begin, end)
            return self.device(report, id=next(item["id"] for item in report["devices"]
                                               if uuid_of(report, item) == uuid)), report["warnings"]

        def uuid_of(report, item):
            index = [other for other in report["devices"] if other["kind"] == "gpu"].index(item)
            return report["machine"]["gpus"][index]["uuid"]

        for uuid in ("step-power", "step-energy"):
            item, _ = one(10.3, 24.7, uuid)
            self.assertAlmostEqual(item["energy_joules"], 1440, delta=0.01)
            self.assertAlmostEqual(item["coverage_ratio"], 1, delta=1e-9)
        item, _ = one(8, 38, "step-energy")
        self.assertAlmostEqual(item["energy_joules"], 4600, delta=0.01)
        item, _ = one(8, 38, "step-power")
        self.assertAlmostEqual(item["energy_joules"], 4640, delta=0.01)
        self.holds(item, 4600)
        item, warnings = one(8, 55, "step-energy")
        self.assertAlmostEqual(item["energy_joules"], 9700 - 210, delta=0.01)
        self.holds(item, 9700)
        self.assertTrue(any("began anew 1 time: some 210 J" in line for line in warnings), warnings)
        item, _ = one(8, 95, "hole-energy")
        self.assertAlmostEqual(item["energy_joules"], 4350, delta=0.01)
        item, warnings = one(8, 95, "hole-power")
        self.assertAlmostEqual(item["energy_joules"], 2800, delta=0.01)
        self.assertAlmostEqual(item["gap_seconds"], 31, delta=0.01)
        self.assertTrue(any("64.4 % of the window" in line for line in warnings), warnings)

    def test_in_prometheus(self):
        self.check(self.prometheus(experiment()))

    def test_in_victoria_metrics(self):
        self.check(self.victoria(experiment()))


def cluster():
    """Two hosts: a package that wraps at 100 W, DRAM, eight GPUs of 100 to 450 W; one that only tells loads."""
    end = BEGIN + 3 * 3600
    wrap_at = 1207.3 + 1000

    def node(metric, at, host="n1", **labels):
        return Series(metric, at, BEGIN, end, instance=host + ":9100", job="node", **labels)
    return [
        node("node_uname_info", lambda t: 1, nodename="n1", release="6.1.0", machine="x86_64", sysname="Linux"),
        node("node_rapl_package_joules_total", lambda t: (RAPL_RANGE + 100 * (t - wrap_at)) % RAPL_RANGE, index="0",
             path="/sys/class/powercap/intel-rapl:0"),
        node("node_rapl_package_joules_total", lambda t: 100 * t, index="0",
             path="/sys/class/powercap/intel-rapl-mmio:0"),
        node("node_rapl_dram_joules_total", lambda t: 12.5 * t, index="0", path="/sys/class/powercap/intel-rapl:0:0"),
        node("node_memory_MemTotal_bytes", lambda t: 64 * 2**30),
        node("node_memory_MemAvailable_bytes", lambda t: 32 * 2**30),
        node("node_cpu_info", lambda t: 1, cpu="0", package="0", model_name="Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz"),
        *[Series("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", lambda t, i=i: 1000.0 * (100 + 50 * i) * t, BEGIN, end,
                 instance="n1:9400", Hostname="n1", gpu=str(i), UUID=f"GPU-{i}", modelName="NVIDIA A100-SXM4-80GB")
          for i in range(8)],
        *[Series("DCGM_FI_DEV_POWER_USAGE", lambda t: 999, BEGIN, end, instance="n1:9400", Hostname="n1", gpu=str(i),
                 UUID=f"GPU-{i}", modelName="NVIDIA A100-SXM4-80GB") for i in range(8)],
        node("node_uname_info", lambda t: 1, "n2", nodename="n2", release="6.1.0", machine="x86_64", sysname="Linux"),
        *[node("node_cpu_info", lambda t: 1, "n2", cpu=str(i), package="0", model_name="AMD EPYC 7763 64-Core Processor")
          for i in range(128)],
        *[node("node_cpu_seconds_total", lambda t, share=share: share * t, "n2", cpu=str(i), mode=mode)
          for i in range(4) for mode, share in (("idle", 0.0), ("user", 1.0))],
    ]


class Cluster(WholeCase):
    def test_hosts_are_apart_and_add_up(self):
        url = self.prometheus(cluster())
        report = self.measured(url, 1207.3, 1207.3 + 3600)
        self.assertEqual(report["source"]["kind"], "prometheus")
        self.assertTrue(report["source"]["server"].startswith("Prometheus 2."), report["source"])
        hosts = {host["hostname"]: host for host in report["hosts"]}
        self.assertEqual(sorted(hosts), ["n1", "n2"])
        gpus = sum(100 + 50 * i for i in range(8))
        self.assertAlmostEqual(hosts["n1"]["energy_joules"], (gpus + 100 + 12.5) * 3600, delta=0.1)
        self.assertAlmostEqual(hosts["n1"]["measured_ratio"], 1, delta=1e-9)
        self.assertEqual(hosts["n2"]["measured_ratio"], 0)
        self.assertAlmostEqual(sum(host["energy_joules"] for host in hosts.values()),
                               report["energy"]["machine_joules"], delta=0.01)
        for i in range(8):
            item = self.device(report, id=f"gpu{i}@n1")
            self.assertAlmostEqual(item["energy_joules"], (100 + 50 * i) * 3600, delta=0.1)
            self.assertIn("dcgm", item["note"])
        cpu = self.device(report, id="cpu0@n1")
        self.assertAlmostEqual(cpu["energy_joules"], 360000, delta=0.1)  # across the wrap
        self.assertEqual(cpu["model"], "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz")
        self.assertEqual(len([item for item in report["devices"] if item["id"].endswith("@n1")]), 10)
        busy = self.device(report, id="cpu0@n2")
        self.assertEqual((busy["basis"], busy["kind"]), ("modelled", "cpu"))
        self.assertAlmostEqual(busy["mean_utilization_ratio"], 1, delta=1e-6)
        self.assertFalse(any("anew" in line for line in report["warnings"]), report["warnings"])

        alone = self.measured(url, 1207.3, 1207.3 + 3600, "--instance", "n1")
        self.assertEqual(alone["machine"]["hostname"], "n1")
        self.assertIn("gpu7", [item["id"] for item in alone["devices"]])
        self.assertAlmostEqual(alone["energy"]["total_joules"], hosts["n1"]["energy_joules"], delta=0.01)

    def test_a_window_that_is_kept(self):
        url = self.prometheus(cluster())
        first = self.measured(url, 600, 4200, "--instance", "n1", "--save", "--country", "FR")
        again = self.call(url, 600, 4200, "--instance", "n1", "--save", "--json")
        self.assertEqual(again.returncode, 0)
        self.assertIn(f"run {first['run']['id']} is in the history already", again.stderr)
        env = {**self.env, "HOME": self.root, "AICO2_DB": self.path("h.db")}
        runs = json.loads(subprocess.run([PROGRAM, "runs", "--json"], env=env, check=True, stdout=subprocess.PIPE,
                                         timeout=SLOW).stdout)["runs"]
        self.assertEqual([(run["id"], run["state"]) for run in runs], [(first["run"]["id"], "imported")])
        moved = json.loads(subprocess.run([PROGRAM, "recompute", "last", "--country", "PL", "--json"], env=env,
                                          check=True, stdout=subprocess.PIPE, timeout=SLOW).stdout)
        self.assertAlmostEqual(moved["energy"]["total_joules"], first["energy"]["total_joules"], delta=0.01)
        self.assertGreater(moved["carbon"]["operational_gco2e"], first["carbon"]["operational_gco2e"])
        self.assertEqual(moved["source"], first["source"])
        self.assertIn("gpu0@n1", [item["id"] for item in moved["devices"]])


class Odd(WholeCase):
    def one(self, series, begin, end, *words):
        report = self.measured(self.prometheus(series), begin, end, *words)
        self.assertEqual(len(report["devices"]), 1)
        return report["devices"][0], report

    def test_a_ramp(self):
        item, _ = self.one([Series("nvidia_smi_power_draw_watts", lambda t: 50 + 0.05 * t, BEGIN, BEGIN + 7200, 15,
                                   instance="n:9835", uuid="r")], 100, 4100)
        self.assertAlmostEqual(item["energy_joules"], (55 + 255) / 2 * 4000, delta=0.01)
        self.assertAlmostEqual(item["peak_power_watts"], 255, delta=1e-6)

    def test_irregular_scrapes(self):
        # every 3 to 27 s, 15 in the middle: a line is met whatever its readings are apart
        series = Series("nvidia_smi_energy_joules_total", lambda t: None, BEGIN, BEGIN, 15, instance="n:9835", uuid="i")
        t = 0.0
        for i in range(400):
            series.samples.append((round(BEGIN + t, 3), 250 * t))
            t += 3 + (i * 7) % 25
        item, _ = self.one([series], 500.5, 4000.25)
        self.assertAlmostEqual(item["energy_joules"], 250 * 3499.75, delta=0.2)
        self.assertAlmostEqual(item["coverage_ratio"], 1, delta=1e-6)

    def test_what_is_no_number_is_bridged(self):
        series = Series("nvidia_smi_power_draw_watts", lambda t: 80, BEGIN, BEGIN + 3600, 15, instance="n:9835", uuid="x")
        series.samples[100] = (series.samples[100][0], float("nan"))
        item, report = self.one([series], 600, 3000)
        self.assertAlmostEqual(item["energy_joules"], 80 * 2400, delta=0.01)
        self.assertEqual(item["coverage_ratio"], 1)
        self.assertTrue(any("1 samples were no figures" in line for line in report["warnings"]), report["warnings"])

    def test_it_ends_in_the_window(self):
        item, report = self.one([Series("nvidia_smi_energy_joules_total", lambda t: 100 * t, BEGIN, BEGIN + 1800, 15,
                                        instance="n:9835", uuid="e")], 900, 2700)
        self.assertAlmostEqual(item["energy_joules"], 90000, delta=0.01)
        self.assertAlmostEqual(item["coverage_ratio"], 0.5, delta=1e-6)
        self.assertTrue(any("50 % of the window" in line for line in report["warnings"]), report["warnings"])

    def test_a_selector_of_my_own(self):
        item, _ = self.one([Series("rack_watts", lambda t: 400, BEGIN, BEGIN + 3600, 15, outlet="7"),
                            Series("rack_watts", lambda t: 100, BEGIN, BEGIN + 3600, 15, outlet="8")], 600, 3000,
                           "--match", 'rack_watts{outlet="7"}')
        self.assertAlmostEqual(item["energy_joules"], 400 * 2400, delta=0.01)

    def test_no_such_thing(self):
        url = self.prometheus([Series("up", lambda t: 1, BEGIN, BEGIN + 3600, 15, instance="n:1")])
        done = self.call(url, 600, 3000)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("no data", done.stderr)
        done = self.call("http://127.0.0.1:9", 600, 3000)
        self.assertEqual(done.returncode, 1)
        self.assertIn("unreachable", done.stderr)


class Ticker(threading.Thread):
    """A server of two sockets that draws power: its counters go on in real time, with a step after four seconds."""
    ZONES = {"intel-rapl:0": 120, "intel-rapl:0/intel-rapl:0:0": 20, "intel-rapl:1": 60,
             "intel-rapl:1/intel-rapl:1:0": 12}

    def __init__(self, root):
        super().__init__(daemon=True)
        self.ended = threading.Event()
        folder = os.path.join(root, "sys/devices/virtual/powercap/intel-rapl")
        self.counters = {}
        for zone, watts in self.ZONES.items():
            handle = open(os.path.join(folder, zone, "energy_uj"), "r+b", buffering=0)
            with open(os.path.join(folder, zone, "max_energy_range_uj"), encoding="ascii") as text:
                self.counters[zone] = (handle, int(handle.read()), int(text.read()), watts)

    def close(self):
        self.ended.set()
        if self.is_alive():
            self.join()
        for handle, *_ in self.counters.values():
            handle.close()

    def run(self):
        began = time.monotonic()
        while not self.ended.wait(0.005):
            t = time.monotonic() - began
            for handle, first, most, watts in self.counters.values():
                joules = watts * t + watts * max(t - 4, 0)  # twice the power after the step
                os.pwrite(handle.fileno(), b"%-20d\n" % ((first + int(joules * 1e6)) % (most + 1)), 0)


class Native(WholeCase):
    """The same window measured here each 100 ms, and through node_exporter and Prometheus each second."""

    def scrape(self, *options):
        self.need("prometheus-node-exporter")
        port = free_port()
        self.start(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", *options],
                   f"http://127.0.0.1:{port}/metrics")
        return self.prometheus(config=f"""global: {{scrape_interval: 1s}}
scrape_configs: [{{job_name: node, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
""")

    def wait_for(self, url, metric):
        """A Prometheus takes its time before it looks at anybody for the first time."""
        deadline = time.monotonic() + SLOW
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"{url}/api/v1/query?query=count_over_time({metric}[1m])",
                                        timeout=SLOW) as reply:
                found = json.load(reply)["data"]["result"]
            if found and int(found[0]["value"][1]) >= 2:
                return
            time.sleep(0.1)
        self.fail("nothing was scraped")

    @staticmethod
    def one_of_three(compare):
        """What both tell of the same seconds is compared; a busy machine scrapes late, or not, in some of them."""
        for left in (2, 1, 0):
            try:
                return compare()
            except AssertionError:
                if left == 0:
                    raise

    def both(self, url, *options):
        env = {**self.env, "HOME": self.root}
        subprocess.run([PROGRAM, "run", "--no-db", "--quiet", "--interval", "100ms", "--scope", "machine", *options, "-o",
                        self.path("run.json"), "--", "sleep", "6"], check=True, env=env, timeout=SLOW)
        with open(self.path("run.json"), "rb") as file:
            native = document(file.read())
        done = subprocess.run([PROGRAM, "measure", "--source", "prometheus", "--prometheus-url", url, "--json", "--start",
                               native["run"]["started_at"], "--end", native["run"]["ended_at"], *options], env=env,
                              check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return native, document(done.stdout)

    def test_counters(self):
        if not os.environ.get("AICO2_BUILD_MACHINE"):
            self.skipTest("no builder of machines")
        tree = self.path("tree")
        subprocess.run([os.environ["AICO2_BUILD_MACHINE"], "xeon-2s-dram", tree], check=True, timeout=SLOW)
        ticker = Ticker(tree)
        self.addCleanup(ticker.close)
        url = self.scrape("--collector.disable-defaults", "--collector.rapl", "--collector.uname", "--collector.meminfo",
                          f"--path.sysfs={tree}/sys", f"--path.procfs={tree}/proc")
        self.wait_for(url, "node_rapl_dram_joules_total")
        ticker.start()
        time.sleep(1.5)

        def compare():
            native, scraped = self.both(url, "--sysroot", tree)
            for name in ("cpu0", "cpu1", "dram0", "dram1"):
                here = self.device(native, id=name)
                there = self.device(scraped, id=name)
                self.assertEqual((here["basis"], there["basis"]), ("measured", "measured"))
                self.assertAlmostEqual(there["coverage_ratio"], 1, delta=1e-6)
                self.assertAlmostEqual(there["energy_joules"], here["energy_joules"], delta=0.02 * here["energy_joules"])
                self.holds(there, here["energy_joules"])
        self.one_of_three(compare)

    def test_loads(self):
        """A node_exporter as it is installed: it does not tell the processor, but this machine knows its own."""
        url = self.scrape()
        self.wait_for(url, "node_memory_MemTotal_bytes")

        def compare():
            native, scraped = self.both(url)
            cpu = self.device(scraped, id="cpu0")
            if self.device(native, id="cpu0")["basis"] != "measured":  # else RAPL may be open to one of the two alone
                here = self.device(native, id="cpu0")
                self.assertEqual((cpu["model"], cpu["basis"], cpu["rated_power_watts"]),
                                 (here["model"], here["basis"], here["rated_power_watts"]))
                self.assertAlmostEqual(cpu["energy_joules"], here["energy_joules"], delta=0.15 * here["energy_joules"])
            modelled = [item for item in native["devices"] if item["kind"] == "memory"]
            if modelled and native["machine"]["memory_limit_bytes"] is None:
                memory = self.device(scraped, id="memory")
                self.assertAlmostEqual(memory["energy_joules"], modelled[0]["energy_joules"],
                                       delta=0.05 * memory["energy_joules"])
        self.one_of_three(compare)


if __name__ == "__main__":
    main()
