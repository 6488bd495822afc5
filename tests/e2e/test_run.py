# SPDX-License-Identifier: Apache-2.0
"""test_run.py - `aico2 run` as a wrapper: what the command finds, its end, the ways of the report, what it says of itself (R22)."""
import csv
import fcntl
import io
import os
import pty
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import termios
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, document, document_in, main

CODECARBON = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
              "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
              "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
              "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
              "ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,"
              "ram_utilization_percent,ram_used_gb,on_cloud,pue,wue").split(",")


class Status(Case):
    def test_the_commands_own_status_is_ours(self):
        for status in (0, 1, 7, 124, 125, 126, 127, 200, 255):
            with self.subTest(status):
                done = self.run_command("sh", "-c", f"exit {status}")
                self.assertEqual(done.returncode, status)
                self.assertIn(f"exit {status}", done.stderr)

    def test_not_found_is_127_and_not_executable_126(self):
        self.write("plain", "no program\n")
        os.chmod(self.path("plain"), 0o644)
        for command, status, message in ((["nosuch-program"], 127, "'nosuch-program': command not found"),
                                         (["./nosuch"], 127, "'./nosuch': No such file"),
                                         ([""], 127, "'': command not found"),
                                         (["./plain"], 126, "'./plain': Permission denied"),
                                         (["/"], 126, "'/': Permission denied"),
                                         (["./plain/x"], 126, "'./plain/x': Not a directory")):
            with self.subTest(command):
                done = self.run_command(*command)
                self.assertEqual(done.returncode, status)
                self.one_line(done.stderr, message)
                self.assertEqual(done.stdout, "")
        self.assertEqual(self.runs(), [])

    def test_a_script_without_a_first_line_runs_as_under_env(self):
        self.write("script", "exit 5\n")
        os.chmod(self.path("script"), 0o755)
        self.assertEqual(self.run_command("./script").returncode, 5)

    def test_our_own_trouble_is_125_and_nothing_runs(self):
        for option, value in (("--interval", "10x"), ("--country", "Frnace"), ("--sysroot", "nowhere"),
                              ("--pue", "0.5"), ("--intensity-file", "missing.csv"),
                              ("--output", "missing/report.json"), ("--csv", "missing/e.csv"),
                              ("--seed-csv", "missing/t.csv"), ("--samples", "missing/s.csv"),
                              ("--output", "."), ("--samples", ".")):
            with self.subTest(option, value=value):
                done = self.run_command("touch", "ran", options=[option, value])
                self.assertEqual(done.returncode, 125)
                self.one_line(done.stderr, f"'{value}'")
                self.assertEqual(os.listdir(self.cwd), [])
                self.assertFalse(os.path.exists(self.db))

    def test_a_csv_of_other_columns_is_refused_before_the_command_starts(self):
        self.write("mine.csv", "a,b\r\n1,2\r\n")
        done = self.run_command("touch", "ran", options=["--csv", "mine.csv"])
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "mine.csv", "left as it is", "'a'")
        self.assertEqual(self.read("mine.csv", newline=""), "a,b\r\n1,2\r\n")
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_mistyped_command_loses_nothing(self):
        self.write("samples.csv", "precious\n")
        self.write("report.json", "precious\n")
        done = self.run_command("nosuch-program", options=["--samples", "samples.csv", "-o", "report.json"])
        self.assertEqual(done.returncode, 127)
        self.assertEqual(self.read("samples.csv"), "precious\n")
        self.assertEqual(self.read("report.json"), "precious\n")

    def test_death_by_signal_is_ours_too(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGHUP,
                       signal.SIGABRT, signal.SIGPIPE, signal.SIGUSR1, signal.SIGRTMIN + 3):
            with self.subTest(number):
                # by itself: -n of subprocess is WIFSIGNALED
                done = self.run_command(PYTHON, "-c", "import os, signal\n"
                                        f"signal.signal({int(number)}, signal.SIG_DFL) if {int(number)} != 9 else 0\n"
                                        f"os.kill(os.getpid(), {int(number)})",
                                        options=["-o", "r.json"])
                self.assertEqual(done.returncode, -number)
                run = document(self.read("r.json"))["run"]
                self.assertEqual((run["state"], run["exit_status"]), ("signalled", 128 + number))
        self.assertEqual(self.shell('"$0" run -- sh -c "kill -TERM \\$\\$" 2>&-; echo $?').stdout, "143\n")

    def test_no_core_of_ours(self):
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as handle:
            if not handle.read().startswith("core"):
                self.skipTest("core_pattern is not a plain file here")
        done = self.shell('ulimit -c unlimited; "$0" run -- sh -c "ulimit -c 0; kill -SEGV \\$\\$"; ls')
        self.assertNotIn("core", done.stdout)

    def test_timeout_is_124_even_when_the_command_then_ends_well(self):
        for command in (["sleep", "100"], ["sh", "-c", "trap 'exit 0' TERM; sleep 100 & wait"],
                        ["sh", "-c", "kill -STOP $$; sleep 100"]):
            with self.subTest(command):
                done = self.run_command(*command, options=["--timeout", "300ms", "-o", "r.json"])
                self.assertEqual(done.returncode, 124)
                run = document(self.read("r.json"))["run"]
                self.assertEqual((run["state"], run["exit_status"]), ("timed_out", 124))
                self.assertGreaterEqual(run["duration_seconds"], 0.3)

    def test_a_command_that_ends_before_its_timeout(self):
        self.assertEqual(self.run_command("sh", "-c", "exit 3", options=["--timeout", "1h"]).returncode, 3)

    def test_timeout_ends_what_the_command_started_too(self):
        done = self.run_command("sh", "-c", "sleep 1000 & echo $!; wait",
                                options=["--timeout", "3s"])
        self.assertEqual(done.returncode, 124)
        self.wait_until(lambda: not is_alive(int(done.stdout)), "the end of the child")

    def test_timeout_kills_what_ignores_sigterm(self):
        done = self.run_command("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done",
                                options=["--timeout", "3s", "-o", "r.json"])
        self.assertEqual(done.returncode, 124)
        self.assertFalse(is_alive(int(done.stdout)))
        self.assertEqual(document(self.read("r.json"))["run"]["state"], "timed_out")

    def test_timeout_while_waiting_for_leftovers_keeps_the_commands_status(self):
        done = self.run_command("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!; exit 3",
                                options=["--timeout", "4s", "--wait-all"])
        self.assertEqual(done.returncode, 3)
        self.assertFalse(is_alive(int(done.stdout)))

    def test_pid_1_of_a_container_exits_with_128_and_the_signal(self):
        if subprocess.run(["unshare", "-pf", "--mount-proc", "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode != 0:
            self.skipTest("no PID namespaces for us here")
        unshare = ["unshare", "-pf", "--mount-proc", PROGRAM, "run", "--"]
        for command, status in ((["sh", "-c", "kill -TERM $$"], 143), (["sh", "-c", "exit 4"], 4),
                                (["sh", "-c", "kill -TERM 1; sleep 100"], 143)):
            with self.subTest(command):
                done = subprocess.run(unshare + command, env=self.env, cwd=self.cwd, timeout=SLOW,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, status)
                self.assertIn(b"this job", done.stderr)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as handle:
            return handle.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


FACTS = """
import json, os, resource, signal, sys
print(json.dumps({
    "cwd": os.getcwd(), "umask": os.umask(0), "nice": os.nice(0), "pgrp": os.getpgrp(),
    "sid": os.getsid(0), "limits": [resource.getrlimit(i) for i in range(16)],
    "environment": dict(os.environ), "argv": sys.argv,
    "signals": [line for line in open("/proc/self/status") if line.startswith(("Sig", "Shd"))
                and not line.startswith("SigQ")],
    "subreaper": __import__("ctypes").CDLL(None).prctl(3, 0, 0, 0, 0),
    "descriptors": sorted((fd, os.readlink(f"/proc/self/fd/{fd}")) for fd in os.listdir("/proc/self/fd")
                          if os.path.exists(f"/proc/self/fd/{fd}")),
}))
"""


class Untouched(Case):
    def facts(self, *before, preexec=None, close_fds=True, **more):
        done = subprocess.run([*before, PYTHON, "-c", FACTS, "a b", "c\nd"], cwd=self.cwd, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              preexec_fn=preexec, timeout=SLOW, close_fds=close_fds, check=True, **more)
        import json
        facts = json.loads(done.stdout)
        # pipes and the directory that is being listed have other names each time
        facts["descriptors"] = [[fd, target.split(":")[0]] for fd, target in facts["descriptors"]
                                if "/fd" not in target]
        run = facts["environment"].pop("AICO2_RUN_ID", None)
        return facts, run

    def test_the_command_finds_what_it_would_find_without_us(self):
        def prepare():
            os.umask(0o027)
            os.nice(3)
            resource.setrlimit(resource.RLIMIT_NOFILE, (777, 888))
            resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
            signal.signal(signal.SIGUSR2, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])

        for setup in (None, prepare):
            with self.subTest(setup):
                bare, none = self.facts(preexec=setup)
                ours, run = self.facts(PROGRAM, "run", "--", preexec=setup)
                self.assertIsNone(none)
                self.assertRegex(run, "^[0-9A-Z]{26}$")
                self.assertEqual(self.runs()[0]["id"], run)
                self.assertEqual(ours, bare)

    def test_open_descriptors_are_passed_on_and_none_of_ours(self):
        with open(self.path("kept"), "w", encoding="ascii") as kept:
            bare, _ = self.facts(pass_fds=[kept.fileno()])
            ours, _ = self.facts(PROGRAM, "run", "--samples", "s.csv", "-o", "r.json", "--",
                                 pass_fds=[kept.fileno()])
        self.assertEqual(ours["descriptors"], bare["descriptors"])
        self.assertIn(self.path("kept"), [target for _, target in ours["descriptors"]])

    def test_closed_standard_descriptors_stay_closed(self):
        self.write("closed.py", "import os\nclosed = []\nfor fd in range(3):\n"
                   "    try: os.fstat(fd)\n    except OSError: closed.append(fd)\n"
                   "open('closed', 'w').write(str(closed)); os._exit(6)\n")
        for closing, closed in (("<&-", [0]), (">&-", [1]), ("2>&-", [2]), ("<&- >&- 2>&-", [0, 1, 2])):
            with self.subTest(closing):
                done = self.shell(f'"$0" run -- {PYTHON} closed.py {closing}')
                self.assertEqual(done.returncode, 6)
                self.assertEqual(self.read("closed"), str(closed))

    def test_stdin_and_stdout_are_the_commands(self):
        done = self.run_command("tr", "a-z", "A-Z", input="hello\n", stdin=None)
        self.assertEqual(done.stdout, "HELLO\n")
        data = os.urandom(1 << 20)
        done = self.run_command("cat", input=data, stdin=None, text=False)
        self.assertEqual(done.stdout, data)

    def test_the_terminal_is_the_commands(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
        before = termios.tcgetattr(theirs)
        done = self.run_command("sh", "-c", "test -t 0 && test -t 2 && stty size", stdin=theirs,
                                stderr=theirs)
        self.assertEqual(done.stdout, "33 99\n")
        self.assertEqual(termios.tcgetattr(theirs), before)
        os.close(theirs)
        os.close(ours)

    def test_inherited_children_are_not_the_commands(self):
        # a shell that had started something before it became aico2
        report = self.path("r.json")
        self.shell('(while [ ! -e stop ]; do :; done; sleep 1) & '
                   'exec "$0" run -o r.json -- sh -c "sleep 1; touch stop; sleep 0.3"')
        run = document(self.read(report))
        self.assertLess(run["run"]["cpu_seconds"], 0.3)
        self.assertNotIn("still running", " ".join(run["warnings"]))

    def test_words_of_any_bytes(self):
        odd = [b"a\nb", b"\xff\xfe", "é\u202e".encode(), b"\x1b[31m", b'"\\', b""]
        done = self.aico2("run", "-o", "r.json", "--json", "--", PYTHON, "-c",
                          "import sys, os; sys.stdout.buffer.write(b'|'.join(map(os.fsencode, sys.argv[1:])))",
                          *odd, text=False)
        self.assertEqual(done.stdout, b"|".join(odd))
        for text in (done.stderr, self.read("r.json", "rb")):
            command = document_in(text)["run"]["command"]
            self.assertEqual(command[3:], ["a\nb", "\ufffd\ufffd", "é\u202e", "\x1b[31m", '"\\', ""])
        self.assertNotIn(b"\x1b", self.aico2("show", "last", text=False).stdout)

    def test_a_name_of_any_bytes(self):
        for name in (b"\xff\xfe", b"a\nb\x1b[2J", b"", b"x" * 5000, "=1+1".encode()):
            with self.subTest(name[:8]):
                done = self.aico2("run", "--name", name, "--stage", b"\xfftrain\n", "-o", "r.json",
                                  "--csv", "e.csv", "--", "true", text=False)
                self.assertEqual(done.returncode, 0)
                document(self.read("r.json", "rb"))
                self.assertNotIn(b"\x1b", done.stderr)
                os.unlink(self.path("e.csv"))


class Shortage(Case):
    def test_too_few_descriptors_do_not_keep_the_command_from_running(self):
        for limit in range(4, 40, 3):
            with self.subTest(limit):
                done = self.shell(f'ulimit -n {limit}; "$0" run -- sh -c "exit 9"')
                self.assertEqual(done.returncode, 9, done.stderr)

    def test_strict_does_not_run_then(self):
        done = self.shell('ulimit -n 8; "$0" run --strict -- touch ran')
        self.assertEqual(done.returncode, 125)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_file_size_limit_is_the_commands_alone(self):
        done = self.shell('ulimit -f 8; "$0" run --samples s.csv --interval 1ms -- '
                          'sh -c "sleep 1; ulimit -f; exit 9"') # dash counts in halves of bash's KiB
        self.assertEqual((done.returncode, done.stdout), (9, "16\n"), done.stderr)
        self.assertIn("this job", done.stderr)
        self.assertIn("stored in the history", done.stderr)

    def test_a_reader_of_stderr_that_left_does_not_end_the_command(self):
        for options in ("", "--live --interval 10ms", "--json", "--db /dev/null/x", "--samples /dev/full",
                        "--interval 10ms --samples >(true)", "-o /dev/full --csv /dev/full"):
            with self.subTest(options):
                done = self.shell(f'exec 3>&1; (sleep 0.2; "$0" run {options} -- '
                                  'sh -c "sleep 0.5; exit 9" 2>&1 >&3; echo $? >&3) | true')
                self.assertEqual(done.stdout, "9\n")

    def test_a_reader_of_stdout_that_left_is_the_commands_affair(self):
        done = self.shell('("$0" run -o - -- sh -c "sleep 0.3; exit 9"; echo $? >&2) | true')
        self.assertEqual([line for line in done.stderr.splitlines() if line == "9"], ["9"])

    def test_everything_closed(self):
        done = self.shell('"$0" run -- sh -c "exit 9" <&- >&- 2>&-')
        self.assertEqual(done.returncode, 9)
        self.assertEqual(self.runs()[0]["state"], "failed")

    def test_a_full_device_as_stderr_and_as_files(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = self.run_command("sh", "-c", "exit 9", stderr=full,
                                    options=["-o", "/dev/full", "--csv", "/dev/full", "--samples",
                                             "/dev/full", "--seed-csv", "/dev/full"])
        self.assertEqual(done.returncode, 9)


class Report(Case):
    def test_it_goes_to_stderr_and_stdout_is_the_commands(self):
        done = self.run_command("echo", "hello")
        self.assertEqual(done.stdout, "hello\n")
        for part in ("aico2: echo, ", "exit 0", "this job", "carbon", "gCO2e"):
            self.assertIn(part, done.stderr)
        self.assertLessEqual(max(map(len, done.stderr.splitlines())), 80)
        self.assertNotIn("\033", done.stderr)

    def test_json_goes_to_stderr_too(self):
        done = self.run_command("echo", "hello", options=["--json"])
        self.assertEqual(done.stdout, "hello\n")
        report = document(done.stderr)
        self.assertEqual(report["schema"], "aico2.report/1")
        self.assertEqual(report["run"]["command"], ["echo", "hello"])

    def test_output_to_a_file_and_to_stdout(self):
        done = self.run_command("echo", "hello", options=["-o", "r.json"])
        self.assertIn("this job", done.stderr)
        self.assertEqual(document(self.read("r.json"))["run"]["exit_status"], 0)
        done = self.run_command("echo", "hello", options=["-o", "-"])
        self.assertTrue(done.stdout.startswith("hello\n{"))
        document_in(done.stdout)
        self.assertIn("this job", done.stderr)
        self.assertEqual(sorted(os.listdir(self.cwd)), ["r.json"])

    def test_the_file_is_replaced_whole_and_keeps_its_mode(self):
        self.write("r.json", "old" * 10000)
        os.chmod(self.path("r.json"), 0o600)
        os.symlink("r.json", self.path("link"))
        before = os.stat(self.path("r.json")).st_ino
        self.run_command("true", options=["-o", "link"])
        document(self.read("r.json"))
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("r.json")).st_mode), 0o600)
        self.assertNotEqual(os.stat(self.path("r.json")).st_ino, before)

    def test_a_trace_is_for_user_and_group(self):
        """Whatever the umask lets others read, and as long as nobody has opened the file to them."""
        for mask, mode in (("000", 0o640), ("022", 0o640), ("077", 0o600)):
            done = self.shell(f'umask {mask}; "$0" run --quiet --samples {mask}.csv -- true')
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(stat.S_IMODE(os.stat(self.path(f"{mask}.csv")).st_mode), mode)
            self.assertTrue(self.read(f"{mask}.csv").startswith("time,device,"))
        os.chmod(self.path("022.csv"), 0o644)
        self.run_command("true", options=["--quiet", "--samples", "022.csv"])
        self.assertEqual(stat.S_IMODE(os.stat(self.path("022.csv")).st_mode), 0o644)

    def test_quiet_prints_nothing_and_still_writes(self):
        done = self.run_command("true", options=["--quiet", "-o", "r.json"])
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        document(self.read("r.json"))
        self.assertEqual(len(self.runs()), 1)

    def test_name_and_stage(self):
        report = self.report("true", options=["--name", "my run", "--stage", "inference"])
        self.assertEqual((report["run"]["name"], report["run"]["stage"]), ("my run", "inference"))
        self.assertEqual(self.report("sh", "-c", "true")["run"]["name"], "sh")
        self.write("train.py", "")
        self.assertEqual(self.report(PYTHON, "train.py")["run"]["name"], "train.py")

    def test_every_report_adds_up(self):
        report = self.report(PYTHON, "-c", "x = 0\nfor i in range(3000000): x += i",
                             options=["--interval", "50ms", "--country", "FR"])
        energy = report["energy"]
        self.assertAlmostEqual(energy["job_joules"] + energy["others_joules"] + energy["idle_joules"],
                               energy["machine_joules"], delta=1e-9 * energy["machine_joules"])
        self.assertAlmostEqual(sum(device["energy_joules"] for device in report["devices"]),
                               energy["machine_joules"], delta=1e-9 * energy["machine_joules"])
        self.assertAlmostEqual(energy["job_joules"] + energy["idle_share_joules"], energy["total_joules"],
                               delta=1e-9 * energy["total_joules"])
        self.assertLessEqual(energy["low_joules"], energy["total_joules"])
        self.assertLessEqual(energy["total_joules"], energy["high_joules"])
        self.assertEqual(report["carbon"]["place"], "FR")
        self.assertAlmostEqual(energy["total_joules"] / 3.6e6 * report["carbon"]["intensity_gco2e_per_kwh"],
                               report["carbon"]["operational_gco2e"], delta=1e-12)

    def test_what_measuring_used_is_told_and_within_the_others(self):
        done = self.run_command(PYTHON, "-c", "x = 0\nfor i in range(3000000): x += i", options=["--interval", "20ms", "-o", "r.json"])
        report = document(self.read("r.json"))
        own = report["overhead"]
        self.assertGreater(own["energy_joules"], 0)
        self.assertLessEqual(own["energy_joules"], report["energy"]["others_joules"] * (1 + 1e-9))
        self.assertLessEqual(own["low_joules"], own["energy_joules"])
        self.assertGreater(own["high_joules"], own["energy_joules"])
        self.assertRegex(done.stderr, r"(?m)^  own use   \S+ \S*Wh \(.*\)\s+by aico2 itself, among the others$")
        shown = self.show(report["run"]["id"])["overhead"]
        self.assertAlmostEqual(shown["energy_joules"] / own["energy_joules"], 1, delta=1e-9)

    def test_what_a_hypervisor_took_is_said(self):
        """0.6 CPU seconds of somebody, and 0.2 of another machine's; the next time 0.03 of 0.63 are too few to tell."""
        os.makedirs(self.path("machine/proc"))
        for stolen, told in ((20, "the hypervisor took 25 % of the CPU time"), (3, None)):
            self.write("machine/proc/stat", "cpu 100 0 0 1000 0 0 0 500\ncpu0 50 0 0 500 0 0 0 250\ncpu1 50 0 0 500 0 0 0 250\n")
            self.write("later", f"cpu 160 0 0 1020 0 0 0 {500 + stolen}\ncpu0 80 0 0 510 0 0 0 {250 + stolen}\n"
                       "cpu1 80 0 0 510 0 0 0 250\n")
            report = self.report("sh", "-c", "mv later machine/proc/stat; sleep 0.5",
                                 options=["--sysroot", "machine", "--interval", "10s"])
            lines = [line for line in report["warnings"] if "hypervisor" in line]
            self.assertEqual(len(lines), 1 if told else 0, report["warnings"])
            self.assertTrue(told is None or lines[0].startswith(told), lines)

    def test_csv_appends_codecarbons_columns_with_one_header(self):
        for count in (1, 2, 3):
            self.run_command("true", options=["--csv", "emissions.csv", "--country", "FR"])
            rows = list(csv.reader(io.StringIO(self.read("emissions.csv", newline=""))))
            self.assertEqual(rows[0], CODECARBON)
            self.assertEqual(len(rows), count + 1)
        row = dict(zip(CODECARBON, rows[-1]))
        self.assertEqual((row["country_iso_code"], row["project_name"]), ("FRA", "true"))
        shown = self.show(row["run_id"])
        self.assertAlmostEqual(float(row["emissions"]), shown["carbon"]["operational_gco2e"] / 1000, delta=1e-15)
        self.assertAlmostEqual(float(row["energy_consumed"]), shown["energy"]["total_kwh"], delta=1e-15)

    def test_csv_of_ten_runs_at_once_has_one_header(self):
        processes = [self.start(PROGRAM, "run", "--quiet", "--csv", "e.csv", "--", "sleep", "0.2")
                     for _ in range(10)]
        for process in processes:
            self.assertEqual(process.wait(SLOW), 0)
        rows = list(csv.reader(io.StringIO(self.read("e.csv", newline=""))))
        self.assertEqual(len(rows), 11)
        self.assertEqual(rows.count(CODECARBON), 1)
        self.assertTrue(all(len(row) == len(CODECARBON) for row in rows))

    def test_seed_csv_has_the_seeds_rows(self):
        self.run_command("true", options=["--seed-csv", "training_data.csv"])
        rows = list(csv.reader(io.StringIO(self.read("training_data.csv", newline=""))))
        keys = [row[0] for row in rows]
        for key in ("Operating System Name", "Estimated power consumption by CPU+GPU Wh",
                    "After conversion kWh", "After conversion J", "duration", "datetime"):
            self.assertIn(key, keys)
        values = {row[0]: row[1] for row in rows}
        self.assertAlmostEqual(float(values["After conversion J"]),
                               float(values["Estimated power consumption by CPU+GPU Wh"]) * 3600, delta=1e-9)

    def test_samples_add_up_to_the_report(self):
        for interval in ("20ms", "1s"):
            with self.subTest(interval):
                report = self.report(PYTHON, "-c", "import time\nend = time.time() + .7\nwhile time.time() < end: pass",
                                     options=["--samples", "s.csv", "--interval", interval])
                text = self.read("s.csv", newline="")
                rows = list(csv.DictReader(io.StringIO(text)))
                self.assertEqual(list(rows[0]), ["time", "device", "reader", "power_watts", "energy_joules",
                                                 "utilization_ratio", "job_joules"])
                for device in report["devices"]:
                    mine = [row for row in rows if row["device"] == device["id"]]
                    self.assertEqual(len(mine), device["samples"])
                    total = sum(float(row["energy_joules"] or 0) for row in mine)
                    self.assertAlmostEqual(total, device["energy_joules"], delta=1e-6 * total)
                for row in rows:
                    self.assertRegex(row["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
                    for name in ("power_watts", "energy_joules", "utilization_ratio", "job_joules"):
                        self.assertGreaterEqual(float(row[name] or 0), 0)

    def test_samples_into_a_pipe(self):
        done = self.shell('"$0" run --quiet --interval 50ms --samples >(cat >copy) -- sleep 2; wait')
        self.assertEqual(done.returncode, 0)
        self.wait_until(lambda: os.path.exists(self.path("copy")) and
                        self.read("copy").count("memory") >= 3, "rows through the pipe")

    def test_live_on_a_terminal_draws_one_line_and_clears_it(self):
        ours, theirs = pty.openpty()
        process = self.start(PROGRAM, "run", "--live", "--interval", "50ms", "--", "sleep", "2",
                             stderr=theirs)
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            text += part
        os.close(ours)
        self.assertEqual(process.wait(SLOW), 0)
        self.assertGreaterEqual(text.count(b"\r\x1b[Kaico2: "), 3)
        line, report = text.rsplit(b"\r\x1b[K", 1)
        self.assertNotIn(b"\n", line)
        self.assertTrue(report.lstrip(b"\x1b[1m").startswith(b"aico2: sleep"), report[:80])

    def test_live_elsewhere_prints_plain_lines(self):
        done = self.run_command("sleep", "2", options=["--live", "--interval", "50ms"])
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\033", done.stderr)
        self.assertGreaterEqual(len(re.findall(r"(?m)^aico2: \d+ s", done.stderr)), 3)

    def test_no_status_line_unless_asked_for(self):
        done = self.run_command("sleep", "0.3", options=["--interval", "20ms"])
        self.assertEqual(done.stderr.count("aico2: "), 1)


class Tree(Case):
    """A machine with one thread, and with a RAPL counter that stands still if it is to have one."""
    def tree(self, sensor):
        tree = self.path("tree")
        shutil.rmtree(tree, ignore_errors=True)
        os.makedirs(tree + "/proc")
        os.makedirs(tree + "/sys")
        with open(tree + "/proc/stat", "w", encoding="ascii") as handle:
            handle.write("cpu  100 0 0 900 0 0 0 0 0 0\ncpu0 100 0 0 900 0 0 0 0 0 0\nprocesses 7\n")
        if sensor:
            zone = tree + "/sys/class/powercap/intel-rapl:0"
            os.makedirs(zone)
            for name, text in (("name", "package-0"), ("energy_uj", "1000"),
                               ("max_energy_range_uj", "262143328850")):
                with open(f"{zone}/{name}", "w", encoding="ascii") as handle:
                    handle.write(text + "\n")
        return tree

class Strict(Tree):
    def test_models_alone_are_not_measurable(self):
        options = ["--sysroot", self.tree(False), "--nvml", "/nonexistent/libnvidia-ml.so"]
        done = self.run_command("touch", "ran", options=[*options, "--strict"])
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "--strict", "aico2 doctor")
        self.assertFalse(os.path.exists(self.path("ran")))
        self.assertEqual(self.run_command("touch", "ran", options=options).returncode, 0)
        self.assertTrue(os.path.exists(self.path("ran")))

    def test_one_sensor_is_enough(self):
        done = self.run_command("true", options=["--strict", "--sysroot", self.tree(True), "--nvml",
                                                 "/nonexistent/libnvidia-ml.so"])
        self.assertEqual(done.returncode, 0, done.stderr)


class Stuck(Tree):
    def test_samples_of_a_counter_that_never_moves_are_the_stand_ins(self):
        for seconds in ("0.3", "2.5"):
            with self.subTest(seconds):
                report = self.report("sleep", seconds, options=["--sysroot", self.tree(True), "--nvml", "/nonexistent",
                                                                "--interval", "50ms", "--samples", "s.csv"])
                rows = list(csv.DictReader(io.StringIO(self.read("s.csv", newline=""))))
                cpu = next(device for device in report["devices"] if device["kind"] == "cpu")
                self.assertNotEqual(cpu["basis"], "measured")
                total = sum(float(row["energy_joules"] or 0) for row in rows if row["device"] == cpu["id"])
                self.assertGreater(total, 0)
                self.assertAlmostEqual(total, cpu["energy_joules"], delta=1e-6 * total)


BURN = ("import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n")


class CpuTime(Case):
    def test_children_of_50_ms_are_all_seen(self):
        # 100 children that burn 50 ms each, one after the other, so that each lives between two samples
        script = ("import resource, subprocess, sys\n"
                  "for i in range(100): subprocess.run([sys.argv[1], '-S', '-E', '-c', sys.argv[2]])\n"
                  "all = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
                  "print(sum(one.ru_utime + one.ru_stime for one in all))\n")
        done = self.run_command(PYTHON, "-c", script, PYTHON, BURN.format(seconds=0.05),
                                options=["-o", "r.json", "--interval", "1s"])
        truth = float(done.stdout)
        seen = document(self.read("r.json"))["run"]["cpu_seconds"]
        self.assertGreater(truth, 5)
        self.assertGreaterEqual(seen, 0.995 * truth)
        # once each: twice would be half as much again. What a process does while it ends comes after its rusage, and
        # is more where the machine is busy with other things: 0.2 % on an idle one, 2.6 % were seen
        self.assertLessEqual(seen, 1.04 * truth + 0.1)

    def test_a_daemonised_grandchild_counts_and_is_waited_for_when_asked(self):
        script = ("import os, sys, time\n"
                  "if os.fork() == 0:\n"
                  "    os.setsid()\n"
                  "    if os.fork() == 0:\n"
                  "        for fd in (0, 1, 2): os.close(fd)\n"
                  "        end = time.process_time() + .5\n"
                  "        while time.process_time() < end: pass\n"
                  "        open('done', 'w').write('x')\n"
                  "    os._exit(0)\n"
                  "os.wait(); sys.exit(3)\n")
        done = self.run_command(PYTHON, "-c", script, options=["--wait-all", "-o", "r.json"])
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.read("done"), "x")
        report = document(self.read("r.json"))
        self.assertGreaterEqual(report["run"]["cpu_seconds"], 0.5)
        self.assertNotIn("still running", " ".join(report["warnings"]))

    def test_what_is_left_running_is_named_and_left_alone(self):
        report = self.report("bash", "-c", "exec -a x sleep 1000 >/dev/null 2>&1 & echo $! >pid; "
                             "until grep -q sleep /proc/$!/comm; do :; done")
        pid = int(self.read("pid"))
        try:
            self.assertTrue(is_alive(pid))
            self.assertIn(f"1 process of the command still running, left alone: sleep ({pid})",
                          report["warnings"])
        finally:
            os.kill(pid, signal.SIGKILL)

    def test_orphans_are_reaped(self):
        # 50 orphans that end at once; at the end none of them is a zombie below us
        script = ("for i in $(seq 50); do (sh -c 'exit 0' & ) ; done; for i in $(seq 300); do "
                  "left=$(grep -l '^PPid:\\s*'$PPID'$' /proc/[0-9]*/status 2>/dev/null | wc -l); "
                  "[ $left = 1 ] && break; sleep 0.1; done; echo $left")
        done = self.run_command("sh", "-c", script)
        self.assertEqual(done.stdout.strip(), "1")  # the command itself


if __name__ == "__main__":
    main()
