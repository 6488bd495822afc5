# SPDX-License-Identifier: Apache-2.0
"""test_monitor.py - `aico2 monitor` where there is no screen: lines, rows and objects, once a tick, that add up."""
import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import harness
from harness import PROGRAM, PYTHON, SLOW

BURN = "import time\nend = time.time() + %g\nwhile time.time() < end: pass\n"
WHOLE = ("processes", "ended", "others", "idle")


class Monitor(harness.Case):
    def ticks(self, count, *options, **more):
        """So many objects of --json."""
        done = self.aico2("monitor", "--json", "--interval", "200ms", "--count", str(count), *options, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), count)
        return [harness.document(line) for line in lines]

    def test_a_tick_is_an_object_on_a_line_and_all_of_it_adds_up(self):
        for tick in self.ticks(3, "--country", "FR"):
            self.assertEqual(tick["schema"], "aico2.monitor/1")
            joules = tick["joules"]
            self.assertAlmostEqual(sum(joules[part] for part in WHOLE), joules["machine"], delta=1e-6 * joules["machine"])
            self.assertAlmostEqual(tick["active_watts"] + tick["idle_watts"], tick["watts"], places=6)
            self.assertAlmostEqual(sum(tick[f"{basis}_watts"] for basis in ("measured", "modelled", "assumed")),
                                   tick["watts"], places=6)
            self.assertAlmostEqual(sum(device["watts"] for device in tick["devices"] if device["added"]),
                                   tick["watts"], places=6)
            own = tick["self"]
            self.assertLessEqual(own["low_joules"], own["energy_joules"])
            self.assertLessEqual(own["energy_joules"], min(own["high_joules"], joules["machine"]))
            self.assertLessEqual(tick["low_watts"], tick["watts"])
            self.assertGreaterEqual(tick["high_watts"], tick["watts"])
            carbon = tick["carbon"]
            self.assertEqual(carbon["place"], "FR")
            self.assertAlmostEqual(carbon["gco2e"], joules["machine"] / 3.6e6 * carbon["gco2e_per_kwh"],
                                   delta=1e-6 * carbon["gco2e"])
            self.assertAlmostEqual(carbon["gco2e_per_hour"], tick["watts"] / 1000 * carbon["gco2e_per_kwh"],
                                   delta=1e-6 * carbon["gco2e_per_hour"])

    def test_who_works_is_seen(self):
        """A process of ours uses no more than the kernel counts of it, and is named with its arguments."""
        worker = self.start(PYTHON, "-c", BURN % SLOW, "a worker of the test")
        process = self.start(PROGRAM, "monitor", "--json", "--interval", "500ms")
        used, found = 0, []
        for line in process.stdout:  # where many work it takes a while until it is among those that used most
            tick = json.loads(line)
            found = [item for item in tick["processes"] if item["pid"] == worker.pid]
            used += sum(item["cpu_ratio"] * tick["interval_seconds"] for item in found)
            if (found and found[0]["joules"] > 0) or tick["elapsed_seconds"] > SLOW:
                break
        with open(f"/proc/{worker.pid}/stat", encoding="utf-8") as handle:
            fields = handle.read().rpartition(")")[2].split()
        counted = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        self.assertTrue(found, line)
        self.assertIn("a worker of the test", found[0]["command"])
        self.assertGreater(used, 0)
        self.assertLessEqual(used, counted + 0.05)  # the kernel's are hundredths

    def test_text_has_a_line_a_device_and_one_for_all(self):
        done = self.aico2("monitor", "--interval", "200ms", "--count", "2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        for line in lines:
            self.assertRegex(line, r"^\d\d:\d\d:\d\dZ  \w+ ")
        self.assertEqual(sum(" machine " in line for line in lines), 2)
        self.assertTrue(any(re.search(r"(measured|modelled|assumed), \w+", line) for line in lines))
        self.assertNotIn("\033", done.stdout)
        self.assertEqual(self.aico2("top", "--interval", "200ms", "--count", "1").returncode, 0)

    def test_csv_has_one_header(self):
        done = self.aico2("monitor", "--format", "csv", "--interval", "200ms", "--count", "2")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual(sum(row["device"] == "machine" for row in rows), 2)
        for row in rows:
            self.assertNotEqual(row["time"], "time")
            self.assertGreaterEqual(float(row["watts"]), 0)

    def test_nothing_is_stored(self):
        self.ticks(2)
        self.assertFalse(os.path.exists(self.db))

    def test_the_hours_of_a_file_are_those_of_the_intensity(self):
        hour = time.time() // 3600 * 3600
        path = self.write("hours.csv", f"time,gco2e_per_kwh\n{hour - 3600:.0f},100\n{hour:.0f},250\n{hour + 7200:.0f},50\n")
        carbon = self.ticks(1, "--intensity-file", path)[0]["carbon"]
        self.assertEqual((carbon["gco2e_per_kwh"], carbon["hourly"]), (250, True))
        path = self.write("past.csv", f"time,gco2e_per_kwh\n{hour - 86400:.0f},100\n{hour - 82800:.0f},250\n")
        carbon = self.ticks(1, "--intensity-file", path, "--country", "SE")[0]["carbon"]
        self.assertFalse(carbon["hourly"])

    def test_signals_end_it_with_their_number(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.start(PROGRAM, "monitor", "--interval", "100ms")
            self.assertIn(" machine ", process.stdout.readline())
            process.send_signal(number)
            out, err = process.communicate(timeout=SLOW)
            self.assertEqual((process.returncode, err), (128 + number, ""))
            self.assertTrue(out == "" or out.endswith("\n"))

    def test_a_signal_that_is_ignored_stays_so(self):
        """As with nohup, and as a script's shell has SIGINT for what it starts with &."""
        for number in (signal.SIGHUP, signal.SIGINT):
            process = self.start("sh", "-c", f"trap '' {number.name[3:]}; exec \"$@\"", "-", PROGRAM, "monitor", "--interval", "100ms")
            self.assertIn(" machine ", process.stdout.readline())
            process.send_signal(number)
            for _ in range(20):
                self.assertNotEqual(process.stdout.readline(), "")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SLOW)
            self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_who_does_not_read_cannot_keep_it_from_ending(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            reader, writer = os.pipe()
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            process = subprocess.Popen([PROGRAM, "monitor", "--json", "--interval", "10ms"], stdout=writer, env=self.env, cwd=self.cwd,
                                       start_new_session=True)
            self.addCleanup(self.end, process)
            self.wait_until(lambda writer=writer: not select.select([], [writer], [], 0)[1], "a pipe that is full")
            time.sleep(0.5)
            process.send_signal(number)
            self.assertEqual(process.wait(SLOW), 128 + number)
            os.close(reader)
            os.close(writer)

    def test_a_reader_that_leaves_ends_it(self):
        done = self.shell('set -o pipefail; "$0" monitor --interval 100ms | head -1')
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = self.aico2("monitor", "--interval", "100ms", "--count", "1", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "cannot write to standard output")

    def test_on_a_terminal_plain_lines_where_they_are_asked_for(self):
        for options, env in ((["--plain"], {}), ([], {"TERM": "dumb"}), (["--json"], {}), ([], {"TERM": ""})):
            with self.subTest(options=options, env=env):
                master, slave = pty.openpty()
                process = subprocess.Popen([PROGRAM, "monitor", "--interval", "100ms", "--count", "1", *options],
                                           stdin=slave, stdout=slave, stderr=slave, env={**self.env, **env})
                os.close(slave)
                text = b""
                while True:
                    try:
                        more = os.read(master, 65536)
                    except OSError:  # EIO: the other end is closed
                        break
                    if not more:
                        break
                    text += more
                os.close(master)
                self.assertEqual(process.wait(timeout=SLOW), 0, text)
                self.assertNotIn(b"\033", text)
                self.assertIn(b"machine" if options != ["--json"] else b"aico2.monitor/1", text)

    def test_bad_options_are_named(self):
        for words, part in ((["--interval", "soon"], "'soon'"), (["--count", "0"], "'0'"), (["--country", "Atlantis"], "Atlantis"),
                            (["--sysroot", "/nowhere"], "/nowhere"), (["--intensity-file", "/nowhere"], "/nowhere"),
                            (["--cloud", "auto"], "needs a network"), (["--colour"], "color"), (["extra"], "extra")):
            with self.subTest(words):
                done = self.aico2("monitor", *words, "--plain")
                self.assertIn(done.returncode, (1, 2))
                self.assertEqual(done.stdout, "")
                self.one_line(done.stderr, part)


if __name__ == "__main__":
    harness.main()
