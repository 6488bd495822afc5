#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_remote_servers.py - windows of real time-series servers, against integrals worked out by hand."""
import json
import threading
import time
import urllib.parse
import urllib.request

from remote_case import RAPL_RANGE, SLOW, Case, Series, free_port, joules, main

NOW = int(time.time())
BEGIN = NOW // 60 * 60 - 4 * 3600  # three hours of samples, an hour old
END = BEGIN + 3 * 3600
FROM = BEGIN + 1207.3  # between two scrapes
TO = FROM + 3600


def node(metric, at, **labels):
    return Series(metric, at, BEGIN, END, instance="n1:9100", job="node", **labels)


def gpu(metric, at, uuid, **labels):
    return Series(metric, at, BEGIN, END, instance="n1:9835", job="gpu", uuid=uuid, **labels)


def machine():
    """n1: a package at 100 W that wraps in the window, DRAM at 12.5 W, a GPU at 300 W, one that ramps."""
    wrap_at = FROM - BEGIN + 1000
    return [
        node("node_rapl_package_joules_total", lambda t: (RAPL_RANGE + 100 * (t - wrap_at)) % RAPL_RANGE, index="0",
             path="/sys/class/powercap/intel-rapl:0"),
        node("node_rapl_package_joules_total", lambda t: 100 * t, index="1",
             path="/sys/class/powercap/intel-rapl-mmio:0"),
        node("node_rapl_dram_joules_total", lambda t: 12.5 * t, index="0", path="/sys/class/powercap/intel-rapl:0:0"),
        node("node_rapl_core_joules_total", lambda t: 50 * t, index="0", path="/sys/class/powercap/intel-rapl:0:1"),
        node("node_rapl_psys_joules_total", lambda t: 200 * t, index="0", path="/sys/class/powercap/intel-rapl:1"),
        node("node_uname_info", lambda t: 1, nodename="n1", release="6.1.0", machine="x86_64", sysname="Linux"),
        node("node_boot_time_seconds", lambda t: BEGIN - 86400),
        node("node_memory_MemTotal_bytes", lambda t: 16e9),
        *[node("node_cpu_info", lambda t: 1, cpu=str(cpu), package="0", model_name="AMD EPYC 7763",
               vendor="AuthenticAMD", family="25", model="1") for cpu in range(4)],
        *[node("node_cpu_seconds_total", lambda t: t / 2, cpu=str(cpu), mode=mode)
          for cpu in range(4) for mode in ("idle", "user")],
        gpu("nvidia_smi_power_draw_watts", lambda t: 300, "aa"),
        gpu("nvidia_smi_power_draw_watts", lambda t: 0.05 * t, "bb"),
        gpu("nvidia_smi_utilization_gpu_ratio", lambda t: 0.5, "aa"),
        gpu("nvidia_smi_gpu_info", lambda t: 1, "aa", name="NVIDIA A100", index="3"),
        gpu("nvidia_smi_enforced_power_limit_watts", lambda t: 400, "aa"),
        gpu("nvidia_smi_memory_total_bytes", lambda t: 80e9, "aa"),
    ]


class Windows(Case):
    def check_machine(self, answer):
        self.assertEqual((answer.outcome, answer.message), ("complete", ""))
        self.assertEqual([host["name"] for host in answer.hosts], ["n1"])
        self.assertEqual(sorted(device["kind"] for device in answer.devices), ["board", "cpu", "dram", "gpu", "gpu"])
        cpu, readings = answer.device(kind="cpu")
        self.assertEqual(cpu["metric"], "node_rapl_package_joules_total")
        self.assertAlmostEqual(cpu["range_joules"], RAPL_RANGE)
        self.assertEqual(cpu["interval_seconds"], 15)
        self.assertAlmostEqual(joules(cpu, readings, FROM, TO), 100 * 3600, delta=0.01)
        self.assertAlmostEqual(joules(*answer.device(kind="dram"), FROM, TO), 12.5 * 3600, delta=0.01)
        steady, readings = answer.device(kind="gpu", uuid="aa")
        self.assertEqual((steady["model"], steady["index"], steady["limit_watts"], steady["memory_bytes"]),
                         ("NVIDIA A100", 3, 400, 80000000000))
        self.assertAlmostEqual(joules(steady, readings, FROM, TO), 300 * 3600, delta=0.01)
        # a straight line is met by trapezoids
        a, b = FROM - BEGIN, TO - BEGIN
        self.assertAlmostEqual(joules(*answer.device(kind="gpu", uuid="bb"), FROM, TO), 0.05 / 2 * (b * b - a * a),
                               delta=0.1)
        for one in answer.readings:  # both edges are met, and not by much
            self.assertTrue(FROM - 45 <= one[0][0] <= FROM and TO <= one[-1][0] <= TO + 45, one[:1] + one[-1:])

    def test_machine(self):
        answer = self.ask(self.prometheus(machine()), **{"from": FROM, "to": TO})
        self.check_machine(answer)
        self.assertEqual(answer.server.split()[0], "Prometheus")
        host = answer.hosts[0]
        self.assertEqual((host["instance"], host["os_release"], host["arch"], host["memory_bytes"]),
                         ("n1:9100", "6.1.0", "x86_64", 16000000000))
        self.assertEqual((host["cpu_model"], host["sockets"], host["threads"], host["boot"]),
                         ("AMD EPYC 7763", 1, 4, BEGIN - 86400))
        self.assertEqual((host["cpu_vendor"], host["cpu_family"], host["cpu_number"]), ("AuthenticAMD", 25, 1))
        self.assertEqual(answer.notes, [])

    def test_machine_in_victoria(self):
        answer = self.ask(self.victoria(machine()), **{"from": FROM, "to": TO})
        self.check_machine(answer)

    def test_one_host_of_two(self):
        two = [Series(one.metric, lambda t: 7 * t, BEGIN, END, **{**one.labels, "instance": "10.0.0.9:9100"})
               for one in machine() if one.metric == "node_rapl_package_joules_total" and one.labels["index"] == "0"]
        two.append(Series("node_uname_info", lambda t: 1, BEGIN, END, instance="10.0.0.9:9100", nodename="n2"))
        two.append(Series("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", lambda t: 50000.0 * t, BEGIN, END,
                          instance="10.42.0.3:9400", gpu="0", UUID="GPU-CC", Hostname="n2", modelName="NVIDIA L4"))
        url = self.prometheus(machine() + two)
        for name in ("n2", "N2", "10.0.0.9", "10.0.0.9:9100"):
            answer = self.ask(url, instance=name, **{"from": FROM, "to": TO})
            self.assertEqual([(host["name"], host["instance"]) for host in answer.hosts], [("n2", "10.0.0.9:9100")])
            self.assertAlmostEqual(joules(*answer.device(kind="cpu"), FROM, TO), 7 * 3600, delta=0.01)
            self.assertAlmostEqual(joules(*answer.device(kind="gpu"), FROM, TO), 50 * 3600, delta=0.01)
        both = self.ask(url, **{"from": FROM, "to": TO})
        self.assertEqual(sorted(host["name"] for host in both.hosts), ["n1", "n2"])
        none = self.ask(url, instance="n3", **{"from": FROM, "to": TO})
        self.assertEqual(none.outcome, "no data")
        self.assertIn("'n3'", none.message)

    def test_loads(self):
        """30 % busy, then all of it: out of sums that keep the scrapes' own times."""
        half = (END - BEGIN) / 2
        series = [Series("node_cpu_seconds_total", lambda t, rate=rate: min(t, half) * rate, BEGIN, END, 15, cpu=str(cpu),
                         mode=mode, instance="n2:9100", job="node")
                  for cpu in range(8) for mode, rate in (("idle", 0.5), ("iowait", 0.15), ("steal", 0.05))]
        series.append(Series("node_memory_MemTotal_bytes", lambda t: 1e10, BEGIN, END, instance="n2:9100", job="node"))
        series.append(Series("node_memory_MemAvailable_bytes", lambda t: 2.5e9, BEGIN, END, instance="n2:9100",
                             job="node"))
        for url in (self.prometheus(series), self.victoria(series)):
            answer = self.ask(url, **{"from": BEGIN + half - 1800, "to": BEGIN + half + 1800})
            self.assertEqual(answer.outcome, "complete")
            cpu, readings = answer.device(kind="cpu")
            self.assertEqual((cpu["form"], answer.hosts[0]["threads"]), ("utilization", 8))
            for begin, end in zip(readings, readings[1:]):
                self.assertAlmostEqual(end[0] - begin[0], 15, delta=0.01)
            early = [value for at, value in readings if at <= BEGIN + half]
            late = [value for at, value in readings if at > BEGIN + half]
            self.assertTrue(len(early) > 100 and len(late) > 100)
            self.assertAlmostEqual(max(early), 0.3, places=6)
            self.assertAlmostEqual(min(early), 0.3, places=6)
            self.assertAlmostEqual(min(late), 1, places=6)
            self.assertAlmostEqual(answer.device(kind="memory")[1][5][1], 0.75)

    def test_gaps_and_bad_figures(self):
        """A hole, NaN, infinity, what is negative, and what DCGM has in place of figures."""
        odd = {600: "NaN", 660: "+Inf", 720: -5.0}
        class Raw(float):
            def __repr__(self):
                return self.text
        def figure(t):
            if 1800 <= t < 2400:
                return None
            if t in odd:
                value = Raw(0)
                value.text = str(odd[t])
                return value
            return 100.0
        series = [Series("nvidia_smi_power_draw_watts", figure, BEGIN, END, instance="n1:9835", uuid="aa"),
                  Series("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
                         lambda t: 9223372036854775794.0 if t == 900 else 1000.0 * t, BEGIN, END, instance="n1:9400",
                         UUID="GPU-bb", gpu="1")]
        answer = self.ask(self.prometheus(series), **{"from": BEGIN + 300, "to": BEGIN + 3000})
        self.assertEqual(answer.outcome, "complete")
        times = [at - BEGIN for at, value in answer.device(uuid="aa")[1]]
        self.assertFalse([at for at in times if at in odd or 1800 <= at < 2400])
        self.assertEqual({value for _, value in answer.device(uuid="aa")[1]}, {100.0})
        self.assertNotIn(900, [at - BEGIN for at, _ in answer.device(uuid="bb")[1]])
        self.assertEqual(answer.notes, ["4 samples were no figures (NaN, infinite, negative or \"not known\") and were "
                                        "left out"])

    def test_reset(self):
        series = [Series("nvidia_smi_energy_joules_total", lambda t: 200 * (t if t < 3000 else t - 3000), BEGIN, END,
                         instance="n1:9835", uuid="aa"),
                  Series("nvidia_smi_power_draw_watts", lambda t: 200, BEGIN, END, instance="n1:9835", uuid="aa")]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        device, readings = answer.device(uuid="aa")
        self.assertEqual((device["form"], device["passed_over"]), ("counter", "nvidia_smi_power_draw_watts"))
        self.assertEqual(device["range_joules"], 0)
        drop = [b for (_, a), (_, b) in zip(readings, readings[1:]) if b < a]
        self.assertEqual(drop, [0])

    def test_long_windows_are_cut(self):
        """More samples than a server gives at once: none is lost or there twice."""
        series = [Series("nvidia_smi_power_draw_watts", lambda t: 100 + t % 1000, BEGIN, END, 0.5, instance="n1:9835",
                         uuid="aa")]
        expected = [value for _, value in series[0].samples]
        for url in (self.prometheus(series), self.victoria(series)):
            answer = self.ask(url, quiet=1, **{"from": BEGIN + 1, "to": END - 1})
            self.assertEqual(answer.outcome, "complete")
            self.assertEqual(answer.devices[0]["interval_seconds"], 0.5)
            self.assertEqual(answer.counts, [len(expected)])
            self.assertEqual(answer.sums, [sum(expected)])

    def test_selectors_of_the_user(self):
        series = [Series("rack_watts", lambda t: 1000, BEGIN, END, instance="pdu:161", outlet="7"),
                  Series("rack_watts", lambda t: 500, BEGIN, END, instance="pdu:161", outlet="8"),
                  Series("meter_joules_total", lambda t: 60 * t, BEGIN, END, instance="pdu:161"),
                  Series("rack_amps", lambda t: 5, BEGIN, END, instance="pdu:161"),
                  Series("fan_watts", lambda t: 20, BEGIN, END, instance="pdu:161"),
                  Series("pump_watts", lambda t: 30, BEGIN, END, instance="pdu:161"),
                  gpu("nvidia_smi_power_draw_watts", lambda t: 300, "aa")]
        url = self.prometheus(series)
        answer = self.ask(url, match=['rack_watts{outlet="7"}', "meter_joules_total"], **{"from": FROM, "to": TO})
        self.assertEqual(answer.outcome, "complete")
        self.assertEqual(sorted((device["kind"], device["name"]) for device in answer.devices),
                         [("other", ""), ("other", "outlet=7")])
        self.assertAlmostEqual(joules(*answer.device(metric="rack_watts"), FROM, TO), 3.6e6, delta=1)
        self.assertAlmostEqual(joules(*answer.device(metric="meter_joules_total"), FROM, TO), 216000, delta=1)
        answer = self.ask(url, match=["fan_watts", "pump_watts"], **{"from": FROM, "to": TO})
        self.assertEqual(sorted(device["metric"] for device in answer.devices), ["fan_watts", "pump_watts"])
        self.assertAlmostEqual(joules(*answer.device(metric="fan_watts"), FROM, TO), 72000, delta=1)
        answer = self.ask(url, match="nvidia_smi_power_draw_watts", **{"from": FROM, "to": TO})
        self.assertEqual([device["kind"] for device in answer.devices], ["gpu"])
        answer = self.ask(url, match="rack_amps", **{"from": FROM, "to": TO})
        self.assertEqual(answer.outcome, "no data")
        self.assertIn("'rack_amps' is neither *_joules_total nor *_watts", answer.message)
        answer = self.ask(url, match="rack_watts{", **{"from": FROM, "to": TO})
        self.assertEqual(answer.outcome, "refused")
        self.assertIn("parse error", answer.message)

    def test_windows_without_anything(self):
        url = self.prometheus(machine())
        answer = self.ask(url, **{"from": NOW + 3600, "to": NOW + 7200})
        self.assertEqual(answer.outcome, "no data")
        self.assertIn("begins in the future", answer.message)
        answer = self.ask(url, **{"from": NOW - 20 * 86400, "to": NOW - 19 * 86400})
        self.assertEqual(answer.outcome, "no data")
        self.assertIn("check the times", answer.message)
        answer = self.ask(url, **{"from": NOW - 500 * 86400, "to": NOW - 499 * 86400})
        self.assertEqual(answer.outcome, "no data")
        self.assertIn("keeps 400 days", answer.message)

    def test_two_jobs_of_one_host_count_once(self):
        series = [Series("node_rapl_package_joules_total", lambda t: 10 * t, BEGIN, END, instance="n1:9100", job=job,
                         index="0", path="/sys/class/powercap/intel-rapl:0") for job in ("a", "b")]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        self.assertEqual(len(answer.devices), 1)
        self.assertAlmostEqual(joules(*answer.device(kind="cpu"), FROM, TO), 36000, delta=0.01)
        self.assertIn("1 series are of devices that others tell too", answer.notes[0])

    def test_another_name_in_mid_window(self):
        """A target that is relabelled is another series of the same device: none of it is lost, none counts twice."""
        change = 5400
        def pair(metric, at, **labels):
            return [Series(metric, lambda t: at(t) if t < change else None, BEGIN, END, instance="old:9100", **labels),
                    Series(metric, lambda t: at(t) if t >= change else None, BEGIN, END, instance="new:9100",
                           **labels)]
        series = [*pair("node_rapl_package_joules_total", lambda t: 60 * t, index="0",
                        path="/sys/class/powercap/intel-rapl:0"),
                  *pair("node_uname_info", lambda t: 1, nodename="n1"),
                  *[Series("node_cpu_seconds_total", lambda t, first=first: 0.25 * t if (t < change) == first else None,
                           BEGIN, END, cpu="0", mode="idle", nodename="n2",
                           instance="n2:9100", job="a" if first else "b") for first in (True, False)],
                  *[Series("DCGM_FI_DEV_POWER_USAGE", lambda t, late=late: 200 + t + late if t % 600 > 300 or late else None,
                           BEGIN + late, END, instance="n1:9400", UUID="GPU-aa", gpu="0", replica=str(late))
                    for late in (0, 7)]]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": BEGIN + 9000})
        self.assertEqual(answer.outcome, "complete")
        self.assertAlmostEqual(joules(*answer.device(kind="cpu", on="n1"), FROM, BEGIN + 9000),
                               60 * (BEGIN + 9000 - FROM), delta=0.01)
        loads = answer.device(kind="cpu", on="n2")[1]
        self.assertLess(max(b - a for (a, _), (b, _) in zip(loads, loads[1:])), 37)
        self.assertTrue(all(abs(value - 0.75) < 1e-6 for _, value in loads))
        gpu = answer.device(kind="gpu")[1]
        # one of the pair, then the other: never every seven seconds
        self.assertEqual({round(b - a) for (a, _), (b, _) in zip(gpu, gpu[1:])}, {15, 37})
        self.assertTrue(all(abs(value - 200 - (at - BEGIN)) < 1e-6 for at, value in gpu))

    def test_pods_that_come_and_go(self):
        """With each pod on a GPU its series is another one: twenty of them are one device."""
        series = [Series("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
                         lambda t, pod=pod: 250000.0 * t if t // 300 % 20 == pod else None, BEGIN, END, instance="d:9400",
                         UUID="GPU-aa", gpu="0", Hostname="n1", pod=f"train-{pod}") for pod in range(20)]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        self.assertEqual((answer.outcome, len(answer.devices)), ("complete", 1))
        self.assertAlmostEqual(joules(*answer.device(kind="gpu"), FROM, TO), 250 * 3600, delta=0.1)
        times = [at for at, _ in answer.readings[0]]
        self.assertLessEqual(max(b - a for a, b in zip(times, times[1:])), 30.01)

    def test_a_better_exporter_that_came_late(self):
        series = [gpu("nvidia_smi_power_draw_watts", lambda t: 300, "aa"),
                  gpu("nvidia_smi_energy_joules_total", lambda t: 300 * t if t > 4500 else None, "aa")]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        device, readings = answer.device(kind="gpu")
        self.assertEqual((device["metric"], device["passed_over"]),
                         ("nvidia_smi_power_draw_watts", "nvidia_smi_energy_joules_total"))
        answer = self.ask(self.prometheus(), **{"from": BEGIN + 4600, "to": TO})
        self.assertEqual(answer.device(kind="gpu")[0]["metric"], "nvidia_smi_energy_joules_total")

    def test_a_server_that_is_started_again(self):
        port = free_port()
        url = self.prometheus(machine(), port=port)
        first = self.process

        def restart():
            self.end(first)
            time.sleep(1)
            self.prometheus(port=port)
        other = threading.Thread(target=restart)
        other.start()
        answers = []
        while other.is_alive():
            answers.append(self.ask(url, deadline=100000, **{"from": FROM, "to": TO}))
        other.join()
        self.assertEqual({(answer.outcome, answer.message) for answer in answers}, {("complete", "")})
        self.check_machine(answers[-1])

    def test_rails_and_parts_add_up(self):
        def orin(metric, value, **labels):
            return Series(metric, lambda t: value, BEGIN, END, instance="orin:9100", **labels)
        series = [orin("node_hwmon_in_volts", 5.0, chip="i2c", sensor="in1"),
                  orin("node_hwmon_curr_amps", 1.5, chip="i2c", sensor="curr1"),
                  orin("node_hwmon_chip_names", 1, chip="i2c", chip_name="ina3221"),
                  orin("node_hwmon_sensor_label", 1, chip="i2c", sensor="in1", label="VDD_IN"),
                  *[Series("kepler_node_package_joules_total", lambda t, watts=watts: watts * t, BEGIN, END,
                           instance="10.0.0.5:9102", exported_instance="k1", package="0", mode=mode)
                    for mode, watts in (("dynamic", 30), ("idle", 12))]]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        self.assertAlmostEqual(joules(*answer.device(on="orin"), FROM, TO), 7.5 * 3600, delta=0.01)
        self.assertAlmostEqual(joules(*answer.device(on="k1"), FROM, TO), 42 * 3600, delta=0.01)


    def test_a_battery_counts_while_it_discharges(self):
        half = 3600
        series = [Series("node_power_supply_power_watt", lambda t: 9 if t < half else 45, BEGIN, END, instance="l:9100",
                         power_supply="BAT0"),
                  *[Series("node_power_supply_info", lambda t, status=status: 1 if (t < half) == (status == "Discharging")
                           else None, BEGIN, END, instance="l:9100", power_supply="BAT0", status=status)
                    for status in ("Discharging", "Charging")]]
        answer = self.ask(self.prometheus(series), **{"from": BEGIN + 600, "to": BEGIN + 6000})
        battery, readings = answer.device(kind="board")
        self.assertEqual(battery["name"], "BAT0")
        self.assertEqual({value for _, value in readings}, {9})
        self.assertLess(readings[-1][0], BEGIN + half)

    def test_figures_since_the_sample_before(self):
        series = [Series("rapl_consumed_energy_J_alumet", lambda t: 150.0, BEGIN, END, instance="n1:9091",
                         domain="package", resource_kind="cpu_package", resource_id="0"),
                  Series("amd_gpu_power", lambda t: 2.5e8, BEGIN, END, instance="n1:2021", gpu_power="0")]
        answer = self.ask(self.prometheus(series), **{"from": FROM, "to": TO})
        cpu, readings = answer.device(kind="cpu")
        self.assertEqual((cpu["deltas"], cpu["form"]), (True, "counter"))
        self.assertEqual(sum(value for at, value in readings if FROM < at <= TO), 150.0 * 240)
        self.assertAlmostEqual(joules(*answer.device(kind="gpu"), FROM, TO), 250 * 3600, delta=0.1)
        self.assertIn("Alumet", answer.notes[0])


class Queries(Case):
    def test_sums(self):
        series = [Series("aico2:node_watts", lambda t, watts=watts: watts, BEGIN, END, 60, instance=f"n{watts}",
                         project=project)
                  for watts, project in ((100, "a"), (200, "a"), (50, "b"))]
        url = self.prometheus(series)
        answer = self.ask(url, query="sum by (project) (aico2:node_watts)", step=60000, **{"from": FROM, "to": TO})
        self.assertEqual(answer.outcome, "complete")
        found = {one["labels"]["project"]: one["points"] for one in answer.points}
        self.assertEqual({project: {value for _, value in points} for project, points in found.items()},
                         {"a": {300}, "b": {50}})
        self.assertEqual(len(found["a"]), 61)
        self.assertEqual(found["a"][0][0], round(FROM * 1000) * 1000000)
        answer = self.ask(url, query="sum(aico2:node_watts)", **{"from": FROM, "to": TO})
        self.assertEqual([[value for _, value in one["points"]] for one in answer.points], [[350]])
        answer = self.ask(url, query="nosuch", step=60000, **{"from": FROM, "to": TO})
        self.assertEqual(answer.outcome, "no data")

    def test_more_steps_than_a_server_gives(self):
        url = self.prometheus([Series("x_watts", lambda t: 1, BEGIN, END, 60, instance="n1")])
        answer = self.ask(url, query="x_watts", step=100, **{"from": BEGIN, "to": BEGIN + 3000})
        times = [at for one in answer.points for at, _ in one["points"]]
        self.assertEqual(len(times), 30001)
        self.assertEqual(len(set(times)), 30001)


class Scrapes(Case):
    def wait_for_scrapes(self, url, count):
        deadline = time.monotonic() + SLOW
        query = urllib.parse.quote("sum(count_over_time(up[1m]))")
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"{url}/api/v1/query?query={query}", timeout=SLOW) as reply:
                result = json.load(reply)["data"]["result"]
            if result and float(result[0]["value"][1]) >= count:
                return
            time.sleep(0.3)
        self.fail("nothing is scraped")

    def check_end(self, url):
        self.wait_for_scrapes(url, 7)
        for _ in range(3):  # a scrape has a second, which a busy machine may miss once
            end = time.time()
            answer = self.ask(url, **{"from": end - 4, "to": end})
            if (answer.outcome, answer.notes) == ("complete", []) and answer.device(kind="cpu")[1]:
                break
            time.sleep(5)
        self.assertEqual((answer.outcome, answer.notes), ("complete", []))
        cpu, readings = answer.device(kind="cpu")
        self.assertEqual(cpu["interval_seconds"], 1)
        self.assertGreaterEqual(readings[-1][0], end)
        self.assertLessEqual(readings[0][0], end - 4)
        self.assertGreater(answer.hosts[0]["threads"], 0)
        self.assertNotEqual(answer.hosts[0]["cpu_model"], "")

    def test_window_that_has_just_ended(self):
        """The scrape behind the end is waited for, so that the last second is met too."""
        self.need("prometheus-node-exporter")
        port = free_port()
        self.start(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", "--collector.cpu.info"],
                   f"http://127.0.0.1:{port}/")
        config = ("scrape_configs:\n- job_name: node\n  scrape_interval: 1s\n  static_configs:\n"
                  f"  - targets: ['127.0.0.1:{port}']\n")
        victoria = self.victoria(config=config)
        url = self.prometheus(config=config)
        self.check_end(victoria)
        self.check_end(url)
        # and one that reaches ahead is read up to now
        now = time.time()
        answer = self.ask(url, **{"from": now - 3, "to": now + 3600})
        self.assertEqual(answer.outcome, "partial")
        self.assertIn("ends in the future", answer.message)
        self.assertGreaterEqual(len(answer.device(kind="cpu")[1]), 2)


if __name__ == "__main__":
    main()
