# SPDX-License-Identifier: Apache-2.0
"""test_remote.py - measure --source prometheus with a fetcher that plays a server: integrals, hosts, what cannot be."""
import json
import os
import shutil
import subprocess

from harness import PROGRAM, Case, document, main

FAKES = os.environ["AICO2_TEST_FAKES"]
START = 1795486800  # 2026-11-24T02:20:00Z
URL = "http://localhost:9090"
A100 = "model=NVIDIA_A100-SXM4-80GB limit=400"


class RemoteCase(Case):
    """A copy of the program with a fetcher in its prefix, whose answer is a script."""

    def setUp(self):
        super().setUp()
        self.program = os.path.join(self.root, "prefix", "bin", "aico2")
        self.libexec = os.path.join(self.root, "prefix", "libexec", "aico2")
        os.makedirs(os.path.dirname(self.program))
        os.makedirs(self.libexec)
        shutil.copy(PROGRAM, self.program)
        shutil.copy(os.path.join(FAKES, "fake_remote"), os.path.join(self.libexec, "aico2-fetch"))

    def script(self, *lines, host="host node1 sockets=1 threads=8", server="server Prometheus_2.42.0"):
        with open(os.path.join(self.libexec, "script"), "w", encoding="utf-8") as file:
            file.write("\n".join([server, host, *lines]) + "\n")

    def call(self, *words, start=START, seconds=3600, url=URL, env=None, **more):
        words = ["measure", "--source", "prometheus", "--start", str(start), "--end", str(start + seconds), *words]
        if url:
            words += ["--prometheus-url", url]
        return subprocess.run([self.program, *words], env={**self.env, **(env or {})}, cwd=self.cwd, check=False,
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, **more)

    def measured(self, *words, **more):
        done = self.call("--json", "--no-embodied", *words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        report = document(done.stdout)
        energy = report["energy"]
        self.assertAlmostEqual(energy["job_joules"] + energy["others_joules"] + energy["idle_joules"],
                               energy["machine_joules"], delta=1e-6 * (1 + energy["machine_joules"]))
        self.assertAlmostEqual(sum(host["energy_joules"] or 0 for host in report["hosts"]),
                               energy["machine_joules"], delta=1e-6 * (1 + energy["machine_joules"]))
        return report

    def device(self, report, name):
        return next(item for item in report["devices"] if item["id"] == name)

    def asked(self):
        note = {}
        with open(os.path.join(self.libexec, "asked.1"), encoding="utf-8") as file:
            for line in file:
                key, _, value = line.rstrip("\n").partition("=")
                note.setdefault(key, []).append(value)
        return note

    def refused(self, status, *parts, words=(), **more):
        done = self.call(*words, **more)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.one_line(done.stderr, *parts)
        return done.stderr


class Integrals(RemoteCase):
    def test_a_counter_of_constant_power(self):
        self.script(f"device 0 counter gpu 0 DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION exporter=dcgm interval=15 {A100}",
                    "ramp 0 -7 3615 15 5000 300", "end complete")
        report = self.measured()
        gpu = self.device(report, "gpu0")
        self.assertAlmostEqual(gpu["energy_joules"], 300 * 3600, delta=0.01)
        self.assertEqual((gpu["coverage_ratio"], gpu["reader"], gpu["basis"]), (1, "prometheus", "measured"))
        self.assertAlmostEqual(gpu["energy_high_joules"], 1.2 * 300 * 3600, delta=1)  # NVML of a GA100: 20 %
        self.assertIn("dcgm: DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", gpu["note"])
        self.assertEqual(report["source"], {"kind": "prometheus", "server": "Prometheus 2.42.0", "url": URL})
        self.assertEqual(report["machine"]["hostname"], "node1")
        self.assertEqual(report["run"]["labels"], {})
        self.assertEqual((report["run"]["interval_seconds"], report["run"]["duration_seconds"]), (15, 3600))
        self.assertEqual(report["warnings"], [])

    def test_a_ramp_of_powers(self):
        # 100 W and 0.1 W more each second, from 30 s before the window on: 103 to 463 W in it
        self.script("device 0 power gpu 0 nvidia_smi_power_draw_watts exporter=nvidia_gpu_exporter interval=30 "
                    + A100, "ramp 0 -30 3630 30 100 0.1", "end complete")
        gpu = self.device(self.measured(), "gpu0")
        self.assertAlmostEqual(gpu["energy_joules"], (103 + 463) / 2 * 3600, delta=1e-3)
        self.assertAlmostEqual(gpu["peak_power_watts"], 463, delta=1e-6)

    def test_a_reset_loses_what_the_band_holds(self):
        self.script(f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    "ramp 0 -15 1800 15 9000 300", "ramp 0 1815 3615 15 1500 300", "end complete")
        report = self.measured()
        gpu = self.device(report, "gpu0")
        self.assertAlmostEqual(gpu["energy_joules"], 300 * 3585 + 1500, delta=0.01)
        self.assertAlmostEqual(gpu["energy_high_joules"], 1.2 * (300 * 3585 + 1500) + 3000, delta=0.01)
        self.assertEqual(len(report["warnings"]), 1)
        self.assertIn("gpu0: its counter began anew 1 time: some 3000 J", report["warnings"][0])

    def test_a_wrap_is_none(self):
        self.script("device 0 counter cpu 0 node_rapl_package_joules_total exporter=node_exporter interval=15 "
                    "range=262143.328850", "ramp 0 -7 3615 15 262000 100 262143.328851", "end complete",
                    host="host n cpu=Intel(R)_Xeon(R)_Platinum_8358_CPU_@_2.60GHz sockets=1 threads=64")
        report = self.measured()
        cpu = self.device(report, "cpu0")
        self.assertAlmostEqual(cpu["energy_joules"], 360000, delta=0.01)
        self.assertAlmostEqual(cpu["energy_high_joules"], 1.06 * 360000, delta=1)  # RAPL of a server
        self.assertEqual(cpu["model"], "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz")
        self.assertEqual(report["warnings"], [])

    def test_a_host_that_booted_did_not_wrap(self):
        # 400 s without a scrape: what a wrap would leave, 242143 J, a socket of 250 W could have drawn
        lines = ("device 0 counter cpu 0 node_rapl_package_joules_total exporter=node_exporter interval=15 "
                 "range=262143.328850", "ramp 0 -7 593 15 30000 100", "ramp 0 993 3615 15 10000 100", "end complete")
        host = "host n cpu=Intel(R)_Xeon(R)_Platinum_8358_CPU_@_2.60GHz sockets=1 threads=64"
        self.script(*lines, host=host + " boot=893")
        report = self.measured()
        self.assertIn("began anew 1 time", report["warnings"][0])
        self.assertAlmostEqual(self.device(report, "cpu0")["energy_joules"], 59300 + 10000 + 260700, delta=0.01)
        self.script(*lines, host=host)
        self.assertAlmostEqual(self.device(self.measured(), "cpu0")["energy_joules"],
                               59300 + 262143.328851 - 90000 + 10000 + 260700, delta=0.01)

    def test_a_reset_is_not_taken_for_a_wrap(self):
        # 10 W, a scrape a minute, no time of a boot: over the end of the register it would have been 786 W in one
        self.script("device 0 counter cpu 0 node_rapl_package_joules_total exporter=node_exporter interval=60 "
                    "range=65532.610987", "ramp 0 -60 1800 60 0 10", "ramp 0 1860 3660 60 200 10", "end complete")
        report = self.measured()
        # 200 J of the 600 between 1800 and 1860 s are told
        self.assertAlmostEqual(self.device(report, "cpu0")["energy_joules"], 18000 + 200 + 17400, delta=0.01)
        self.assertIn("some 400 J", report["warnings"][0])

    def test_holes_and_missing_ends(self):
        self.script("device 0 power gpu 0 nvidia_smi_power_draw_watts exporter=nvidia_gpu_exporter interval=15 "
                    + A100, "ramp 0 600 1200 15 200 0", "ramp 0 1800 3615 15 200 0", "end complete")
        report = self.measured()
        gpu = self.device(report, "gpu0")
        self.assertAlmostEqual(gpu["energy_joules"], 200 * 2400, delta=1e-6)
        self.assertAlmostEqual(gpu["coverage_ratio"], 2400 / 3600, delta=1e-9)
        self.assertAlmostEqual(gpu["gap_seconds"], 1200, delta=1e-6)
        self.assertIn("gpu0: 66.7 % of the window is covered", report["warnings"][0])

    def test_sums_since_the_reading_before(self):
        # Alumet: joules of each poll; the first is of before, and the hole from 900 to 1500 s is in none
        self.script(f"device 0 counter gpu 0 nvml_energy_consumption exporter=alumet interval=10 deltas=1 {A100}",
                    "ramp 0 0 900 10 1500 0", "ramp 0 1500 3600 10 1500 0", "end complete")
        gpu = self.device(self.measured(), "gpu0")
        self.assertAlmostEqual(gpu["energy_joules"], 150 * 3000, delta=1e-3)
        self.assertAlmostEqual(gpu["coverage_ratio"], 3000 / 3600, delta=1e-9)

    def test_loads_are_modelled(self):
        self.script("device 0 load cpu 0 node_cpu_seconds_total exporter=node_exporter interval=15",
                    "device 0 load memory -1 node_memory_MemAvailable_bytes exporter=node_exporter interval=15",
                    "device 0 load gpu 0 nvidia_smi_utilization_gpu_ratio exporter=nvidia_gpu_exporter interval=15 "
                    + A100, "ramp 0 -15 3615 15 1 0", "ramp 1 -15 3615 15 0.5 0", "ramp 2 -15 3615 15 1 0",
                    "end complete",
                    host="host n cpu=AMD_EPYC_7763_64-Core_Processor sockets=1 threads=128 memory=274877906944")
        report = self.measured()
        cpu, memory, gpu = (self.device(report, name) for name in ("cpu0", "memory", "gpu0"))
        self.assertEqual({item["basis"] for item in (cpu, memory, gpu)}, {"modelled"})
        self.assertAlmostEqual(cpu["energy_joules"], 1.02 * 280 * 3600, delta=0.01 * 280 * 3600)  # TDP 280 W
        self.assertAlmostEqual(cpu["mean_utilization_ratio"], 1, delta=1e-6)
        self.assertAlmostEqual(gpu["energy_joules"], 400 * 3600, delta=1)  # the limit that the driver tells
        self.assertGreater(memory["energy_joules"], 0)
        self.assertEqual(report["energy"]["measured_ratio"], 0)

    def test_a_load_is_of_all_sockets(self):
        lines = ("device 0 load cpu -1 node_cpu_seconds_total exporter=node_exporter interval=15",
                 "ramp 0 -15 3615 15 0.5 0", "end complete")
        host = "host n cpu=AMD_EPYC_7763_64-Core_Processor sockets=%d threads=%d"
        self.script(*lines, host=host % (1, 128))
        one = self.measured()["energy"]["total_joules"]
        self.script(*lines, host=host % (2, 256))
        report = self.measured()
        self.assertEqual([item["id"] for item in report["devices"]], ["cpu0", "cpu1"])
        self.assertAlmostEqual(report["energy"]["total_joules"], 2 * one, delta=1e-6 * one)
        self.assertEqual([item["mean_utilization_ratio"] for item in report["devices"]], [0.5, 0.5])

    def test_memory_is_not_modelled_beside_its_meter(self):
        self.script("device 0 counter dram 0 node_rapl_dram_joules_total exporter=node_exporter interval=15",
                    "device 0 load memory -1 node_memory_MemAvailable_bytes exporter=node_exporter interval=15",
                    "ramp 0 -15 3615 15 0 20", "ramp 1 -15 3615 15 0.5 0", "end complete",
                    host="host n sockets=1 threads=8 memory=34359738368")
        self.assertEqual([item["id"] for item in self.measured()["devices"]], ["dram0"])

    def test_a_guest_pays_for_its_share(self):
        host = "host n cpu=AMD_EPYC_7763_64-Core_Processor sockets=1 threads="
        lines = ("device 0 load cpu 0 node_cpu_seconds_total exporter=node_exporter interval=15",
                 "ramp 0 -15 3615 15 1 0", "end complete")
        self.script(*lines, host=host + "128")
        whole = self.device(self.measured(), "cpu0")["energy_joules"]
        self.script(*lines, host=host + "4")
        report = self.measured()
        self.assertAlmostEqual(self.device(report, "cpu0")["energy_joules"], whole / 32, delta=whole / 1000)
        self.assertTrue(report["machine"]["virtualized"])

    def test_a_board_is_shown_and_not_added(self):
        self.script(f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    "device 0 power board -1 ipmi_dcmi_power_consumption_watts exporter=ipmi_exporter interval=15",
                    "ramp 0 -15 3615 15 0 100", "ramp 1 -15 3615 15 500 0", "end complete")
        report = self.measured()
        self.assertAlmostEqual(self.device(report, "board")["energy_joules"], 500 * 3600, delta=1e-6)
        self.assertAlmostEqual(report["energy"]["total_joules"], 100 * 3600, delta=0.01)

    def test_joules_meet_the_intensity_of_their_hour(self):
        self.script("device 0 power gpu 0 W exporter=x interval=15 limit=400", "ramp 0 -15 1785 15 100 0",
                    "ramp 0 1800 3615 15 300 0", "end complete")
        half = self.write("half.csv", "time,gco2e_per_kwh\n2026-11-24T02:20:00Z,0\n2026-11-24T02:50:00Z,400\n")
        report = self.measured("--intensity-file", half)
        joules = 100 * 1785 + 200 * 15 + 300 * 1800  # half of the interval in between lies after the half hour
        self.assertAlmostEqual(report["energy"]["total_joules"], joules, delta=1e-6)
        self.assertAlmostEqual(report["carbon"]["operational_gco2e"], 300 * 1800 / 3.6e6 * 400, delta=1e-9)
        self.assertTrue(report["carbon"]["time_matched"])


class Hosts(RemoteCase):
    def setUp(self):
        super().setUp()
        self.script("host node2.example sockets=1 threads=8",
                    f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    f"device 1 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    f"device 1 counter gpu -1 F exporter=other interval=15 {A100}",
                    "ramp 0 -15 3615 15 0 100", "ramp 1 -15 3615 15 0 200", "ramp 2 -15 3615 15 0 10",
                    "end complete")

    def test_they_are_kept_apart(self):
        report = self.measured()
        self.assertEqual([item["id"] for item in report["devices"]],
                         ["gpu0@node1", "gpu0@node2.example", "gpu1@node2.example"])
        hosts = {host["hostname"]: host for host in report["hosts"]}
        self.assertAlmostEqual(hosts["node1"]["energy_joules"], 100 * 3600, delta=0.01)
        self.assertAlmostEqual(hosts["node2.example"]["energy_joules"], 210 * 3600, delta=0.01)
        self.assertEqual((hosts["node1"]["devices"], hosts["node2.example"]["devices"]), (1, 2))
        self.assertIsNone(report["machine"]["hostname"])
        self.assertEqual((report["machine"]["cpu"]["sockets"], report["machine"]["cpu"]["threads"]), (2, 16))

    def test_the_text_has_a_sum_for_each(self):
        text = self.call().stdout
        self.assertIn("by Prometheus 2.42.0 at " + URL, " ".join(text.split()))
        self.assertIn("host      node1  ", text)
        self.assertIn("host      node2.example  ", text)
        self.assertIn("measured, DCGM", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_names_that_are_alike_are_parted(self):
        self.script("host node1 sockets=1", f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    f"device 1 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    "ramp 0 -15 3615 15 0 100", "ramp 1 -15 3615 15 0 200", "end complete")
        report = self.measured()
        self.assertEqual([host["hostname"] for host in report["hosts"]], ["node1", "node1-2"])


class Question(RemoteCase):
    def setUp(self):
        super().setUp()
        self.script("device 0 power gpu 0 W exporter=x interval=15", "ramp 0 -15 3615 15 100 0", "end complete")

    def secret(self, name, mode=0o600):
        path = self.write(name, "s3cret-s3cret\n")
        os.chmod(path, mode)
        return path

    def test_what_is_asked(self):
        self.secret("pw")
        self.secret("hd")
        self.secret("key")
        self.write("ca", "x")
        self.write("cert", "x")
        self.measured("--instance", "node1:9100", "--match", "a_joules_total", "--match", 'b_watts{x="y"}',
                      "--prometheus-user", "me", "--prometheus-password-file", "pw", "--prometheus-header-file", "hd",
                      "--prometheus-tenant", "team", "--prometheus-ca", "ca", "--prometheus-cert", "cert",
                      "--prometheus-key", "key", "--prometheus-timeout", "20s", url=URL + "/prefix/api/v1/")
        note = self.asked()
        self.assertEqual(note["from"] + note["to"], [f"{START}000000000", f"{START + 3600}000000000"])
        self.assertEqual((note["deadline_ms"], note["instance"]), (["20000"], ["node1:9100"]))
        self.assertEqual(note["match"], ["a_joules_total", 'b_watts{x="y"}'])
        self.assertEqual((note["url"], note["auth"], note["user"]), ([URL + "/prefix"], ["1"], ["me"]))
        folder = os.path.realpath(self.cwd)
        for key, name in {"secret": "pw", "header": "hd", "ca": "ca", "cert": "cert", "key": "key"}.items():
            self.assertEqual(os.path.realpath(note[key][0]), os.path.join(folder, name))
            self.assertTrue(os.path.isabs(note[key][0]))
        self.assertEqual(note["tenant"], ["team"])
        self.measured("--prometheus-token-file", "pw")
        self.assertEqual(self.asked()["auth"], ["2"])

    def test_options_that_make_no_sense(self):
        self.refused(2, "--prometheus-url", url=None)
        self.refused(2, "not the URL", "ftp://h", url="ftp://h")
        self.refused(2, "not the URL", url="http:///x")
        self.refused(2, "without '?'", url="http://h/?query=up")
        self.refused(2, "longer than", url="http://h/" + "x" * 600)
        said = self.refused(2, "--prometheus-password-file", url="http://me:hunter2@h/")
        self.assertNotIn("hunter2", said)
        self.refused(2, "--scope job", words=["--scope", "job"])
        self.refused(2, "needs --prometheus-password-file", words=["--prometheus-user", "me"])
        self.refused(2, "needs --prometheus-key", words=["--prometheus-cert", self.write("c", "x")])
        self.refused(2, "no more than 16", words=["--match", "a"] * 17)
        self.refused(2, "control characters", words=["--instance", "a\nb"])
        self.refused(1, "is in the future", start=4102444800)
        done = self.aico2("measure", "--start", "1", "--end", "2", "--instance", "h")
        self.assertEqual(done.returncode, 2)
        self.one_line(done.stderr, "--instance needs --source prometheus")

    def test_secrets_that_others_can_read(self):
        self.refused(1, "--prometheus-token-file", "chmod 600", "mode 0644",
                     words=["--prometheus-token-file", self.secret("t", 0o644)])
        self.refused(1, "--prometheus-header-file", "chmod 600",
                     words=["--prometheus-header-file", self.secret("u", 0o640)])
        self.refused(1, "cannot open", "No such file", words=["--prometheus-ca", "nowhere"])
        self.refused(1, "no regular file", words=["--prometheus-token-file", "."])


class Failures(RemoteCase):
    GPU = (f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",)

    def test_each_outcome_has_its_message(self):
        for outcome in ("no_data", "unreachable", "denied", "refused", "overloaded", "bad_answer", "too_late",
                        "bad_file"):
            with self.subTest(outcome):
                self.script(f"end {outcome} what to check", server="")
                with open(os.path.join(self.libexec, "script"), "w", encoding="utf-8") as file:
                    file.write(f"end {outcome} what to check\n")
                self.refused(1, outcome.replace("_", " ") + ": what to check")

    def test_what_came_before_a_fault_is_reported(self):
        for fault, said in {"end too_late 120 s were not enough": "too late: 120 s were not enough",
                            "end partial blocks are missing": "only a part of the window was read: blocks are missing",
                            "exit": "status 3", "die": "signal 10", "tear": "torn", "garbage": "what cannot be",
                            "long": "too long", "flag": "what cannot be", "nodevice": "no device"}.items():
            with self.subTest(fault):
                self.script(*self.GPU, "ramp 0 -15 1800 15 0 300", fault)
                report = self.measured()
                gpu = self.device(report, "gpu0")
                self.assertAlmostEqual(gpu["energy_joules"], 300 * 1800, delta=0.01)
                self.assertAlmostEqual(gpu["coverage_ratio"], 0.5, delta=1e-9)
                self.assertTrue(any(said in line for line in report["warnings"]), report["warnings"])

    def test_a_fault_before_anything_came(self):
        for fault, said in {"exit": "status 3", "die": "signal 10", "tear": "torn", "garbage": "cannot be",
                            "flag": "cannot be", "nodevice": "no device"}.items():
            with self.subTest(fault):
                self.script(*self.GPU, fault)
                self.refused(1, said)

    def test_one_that_hangs_is_ended(self):
        self.script(*self.GPU, "ramp 0 -15 1800 15 0 300", "hang")
        report = self.measured("--prometheus-timeout", "1s")
        self.assertTrue(any("did not answer in time" in line for line in report["warnings"]), report["warnings"])
        self.script("hang")
        self.refused(1, "did not answer in time", words=["--prometheus-timeout", "1s"])

    def test_readings_out_of_order_end_the_answer(self):
        self.script(*self.GPU, "ramp 0 -15 1800 15 0 300", "at 0 1700 1", "end complete")
        report = self.measured()
        self.assertTrue(any("order of time" in line for line in report["warnings"]), report["warnings"])

    def test_devices_without_two_readings(self):
        self.script(*self.GPU, "at 0 100 5", "end complete")
        self.refused(1, "1 device, and none with two readings")
        self.script(*self.GPU, "device 0 power gpu 1 W exporter=x interval=15", "ramp 0 -15 3615 15 0 100",
                    "end complete")
        report = self.measured()
        other = self.device(report, "gpu1")
        self.assertEqual((other["energy_joules"], other["coverage_ratio"]), (None, 0))

    def test_without_a_fetcher(self):
        os.remove(os.path.join(self.libexec, "aico2-fetch"))
        self.refused(1, "no aico2-fetch")


class Forms(RemoteCase):
    def test_csv_and_files(self):
        self.script(f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}", "ramp 0 -15 3615 15 0 100",
                    "note from_the_server", "end complete")
        done = self.call("--format", "csv", "-o", "r.json", "--csv", "c.csv")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("gpu0,gpu,NVIDIA A100-SXM4-80GB,prometheus,measured,360000", done.stdout)
        self.assertEqual(json.loads(self.read("r.json"))["warnings"], ["from the server"])
        self.assertEqual(len(self.read("c.csv").splitlines()), 2)

    def test_a_row_a_sample(self):
        self.script(f"device 0 counter gpu 0 E exporter=dcgm interval=15 {A100}",
                    f"device 0 power gpu 1 W exporter=y interval=15 {A100}", "ramp 0 -15 3615 15 0 100",
                    "ramp 1 -15 1800 15 50 0", "end complete")
        self.measured("--samples", "s.csv")
        rows = [line.split(",") for line in self.read("s.csv").splitlines()]
        self.assertEqual(rows[0][:5], ["time", "device", "reader", "power_watts", "energy_joules"])
        self.assertEqual([row[1] for row in rows[1:4]], ["gpu0", "gpu1", "gpu0"])
        self.assertEqual(rows[1][0], "2026-11-24T02:20:15.000Z")
        self.assertAlmostEqual(sum(float(row[4]) for row in rows[1:] if row[1] == "gpu0"), 360000, delta=0.01)
        self.assertEqual(len(rows), 1 + 240 + 120)
        self.refused(1, "--samples: cannot write", words=["--samples", "nowhere/s.csv"])


if __name__ == "__main__":
    main()
