# SPDX-License-Identifier: Apache-2.0
"""test_sensord.py - aico2-sensord from outside: what it may, what it tells whom, and a run that reads through it.

Two trees of one machine: "open" is the daemon's, "shut" is the user's, whose counters are closed to him. As root the
clients are another user, so that groups count; else all is one user's, who is in the group.
"""
import contextlib
import io
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
import warnings

from harness import PROGRAM, SLOW, Case, document, main

SENSORD = os.environ["AICO2_TEST_SENSORD"]
BUILD_MACHINE = os.environ["AICO2_BUILD_MACHINE"]
SERVE = os.environ["AICO2_TEST_SERVE"]  # "" where it is not built
SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
SANITIZED = os.environ["AICO2_TEST_SANITIZED"] == "yes"
ROOT = os.geteuid() == 0
ZONE = "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj"
START_UJ = 191837465012  # of package-0 in tests/machines/xeon-2s-dram.manifest
STEP_UJ = 123456789
# 191837.465012 J is told as 191837.4, and 123.456789 J later 191960.921801 as 191960.9
STEP_TOLD = 123.5
USER, GROUP, RAW_GROUP, OTHER = (54321, 54322, 54323, 54324) if ROOT else (os.getuid(), os.getgid(), 54323, 54324)
HELLO, DEVICE, READ = 1, 2, 3
REFUSED = 5


def request(command, argument=0, tag=0, magic=b"AISD", version=1):
    return struct.pack("=4sHHII", magic, version, command, tag, argument)


def records(answer):
    return [answer[at:at + 64] for at in range(0, len(answer), 64)]


class Reading:
    def __init__(self, record):
        (self.type, self.index, self.tag, self.key, self.counter, self.mono_ns, self.energy_uj, self.power_uw, self.valid,
         self.error, self.sequence) = struct.unpack("=HHIQQqQQIiQ", record)


class Sensord(Case):
    def setUp(self):
        super().setUp()
        for folder in (self.root, self.cwd):
            os.chmod(folder, 0o755)
        self.open = self.build("open")
        self.shut = self.build("shut")
        for folder, _, names in os.walk(self.shut):  # a directory in place of a file: closed even to root
            if "energy_uj" in names:
                os.unlink(os.path.join(folder, "energy_uj"))
                os.mkdir(os.path.join(folder, "energy_uj"))
        os.makedirs(os.path.join(self.shut, "run/aico2"))
        self.socket = os.path.join(self.shut, "run/aico2/sensord.sock")
        self.program = shutil.copy(PROGRAM, self.path("aico2"))
        self.energy = START_UJ

    def build(self, name):
        root = self.path(name)
        subprocess.run([BUILD_MACHINE, "xeon-2s-dram", root], check=True, timeout=SLOW)
        os.chmod(root, 0o755)
        return root

    def broker(self, *options, group=GROUP, **more):
        env = dict(self.env)
        if SANITIZED:  # its search for leaks wants what the filter forbids
            env["ASAN_OPTIONS"] = "detect_leaks=0"
        more.setdefault("env", env)
        process = self.start(SENSORD, "--sysroot", self.open, "--socket", self.socket, "--group", str(group), "--raw-group",
                             str(RAW_GROUP), *options, **more)
        lines = []
        while not lines or "no privilege left" not in lines[-1]:
            line = process.stderr.readline()
            self.assertTrue(line, "".join(lines))
            lines.append(line)
        process.said = "".join(lines)
        return process

    def add(self, step_uj):
        """In place, as the kernel does."""
        self.energy += step_uj
        with open(os.path.join(self.open, ZONE), "r+", encoding="ascii") as handle:
            handle.write(str(self.energy) + "\n")

    @staticmethod
    def user(uid=USER, gid=GROUP, groups=()):
        return {"user": uid, "group": gid, "extra_groups": list(groups)} if ROOT else {}

    def words(self, command, *options):
        return [self.program, command, "--sysroot", self.shut, "--place", "unknown", *options] if command == "run" else \
            [self.program, command, "--sysroot", self.shut, *options]

    def ask_user(self, *words, who=None, **more):
        env = {**self.env, "HOME": "/nonexistent"}
        return subprocess.run(words, env=env, cwd="/", capture_output=True, text=True, timeout=SLOW, check=False,
                              **(self.user() if who is None else who), **more)

    def begin_run(self):
        """A run of the user's that has begun, and ends with communicate(); its report is on standard error."""
        env = {**self.env, "HOME": "/nonexistent"}
        process = subprocess.Popen([self.program, "run", "--sysroot", self.shut, "--no-db", "--format", "json", "--",
                                    "sh", "-c", "echo begun; exec cat"], env=env, cwd="/", stderr=subprocess.PIPE, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, **self.user())
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "begun\n")
        return process

    def device(self, text, name="cpu0"):
        report = document(text[text.index("{\n"):text.rindex("\n}") + 2])
        rows = [row for row in report["devices"] if row["id"] == name]
        self.assertEqual(len(rows), 1, report["devices"])
        return rows[0], report

    def connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(client.close)
        client.settimeout(SLOW)
        client.connect(self.socket)
        return client

    def ask(self, client, *words, **more):
        client.send(request(*words, **more))
        return records(client.recv(32768))

    def as_member(self, function, uid=USER, gid=GROUP, groups=()):
        """In a process of that user: what the kernel says of a peer is of the time of its connect."""
        if not ROOT:
            return function()
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            warnings.simplefilter("ignore", ResourceWarning)  # its end closes all it has open
            try:
                os.setgroups(list(groups))
                os.setresgid(gid, gid, gid)
                os.setresuid(uid, uid, uid)
                os.write(into, repr(function()).encode())
                status = 0
            finally:
                os._exit(status)
        os.close(into)
        with os.fdopen(out, "rb") as stream:
            text = stream.read()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        return eval(text, {"__builtins__": {}})  # what this very test has written


class Rights(Sensord):
    def test_nothing_is_left_of_what_it_could(self):
        process = self.broker()
        with open(f"/proc/{process.pid}/status", encoding="ascii") as handle:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in handle if ":\t" in line)
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        if os.uname().machine in ("x86_64", "aarch64"):
            self.assertEqual(status["Seccomp"], "2")
        self.assertNotIn("0", status["Uid"].split())
        if ROOT:
            self.assertEqual(int(status["CapBnd"], 16), 0)
            self.assertEqual(status["Groups"].strip(), "")
        if not SANITIZED:
            self.assertLessEqual(int(status["VmHWM"].split()[0]), 4096)
        # no library but the C library's own
        found = subprocess.run(["ldd", SENSORD], capture_output=True, text=True, check=False).stdout
        if found and not SANITIZED:
            self.assertEqual(re.findall(r"^\s*(lib\w+)", found, re.MULTILINE), ["libm", "libc"])

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "needs root and setpriv")
    def test_as_its_unit_has_it_two_capabilities_are_enough(self):
        """Another user with CAP_DAC_READ_SEARCH and CAP_PERFMON, a socket handed over, counters that are root's alone."""
        for folder, _, names in os.walk(self.open):
            if "energy_uj" in names:
                os.chmod(os.path.join(folder, "energy_uj"), 0o400)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        listener.bind(self.socket)
        listener.listen(5)
        script = f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
        program = shutil.copy(SENSORD, self.path("aico2-sensord"))
        both = "-all,+dac_read_search,+perfmon"
        process = self.start("setpriv", "--reuid=54325", "--regid=54325", "--clear-groups", "--inh-caps=" + both,
                             "--ambient-caps=" + both, "--bounding-set=" + both, "bash", "-c", script, program, "--sysroot", self.open,
                             "--group", str(GROUP), env={**self.env, "ASAN_OPTIONS": "detect_leaks=0"}, pass_fds=[listener.fileno()])
        client = self.connect()
        self.assertEqual(struct.unpack_from("=I", self.ask(client, HELLO)[0], 16)[0], 5)
        reading = self.wait_until(lambda: (lambda one: one.valid and one)(Reading(self.ask(client, READ)[0])), "a figure")
        self.assertEqual(reading.energy_uj, START_UJ)
        with open(f"/proc/{process.pid}/status", encoding="ascii") as handle:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in handle if ":\t" in line)
        self.assertEqual([int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")], [0, 0, 0, 0])
        self.assertEqual(status["Uid"].split(), ["54325"] * 4)

    @unittest.skipUnless(ROOT, "needs root, to be another user")
    def test_groups_are_the_right(self):
        self.broker()

        def hello():
            client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                client.connect(self.socket)
            except PermissionError:
                return "shut"
            client.send(request(HELLO))
            record = client.recv(100)
            return struct.unpack_from("=IIIII", record, 16)[1:]

        self.assertEqual(self.as_member(hello), (1000, 100000, 100000, 0))
        self.assertEqual(self.as_member(hello, gid=OTHER, groups=[GROUP]), (1000, 100000, 100000, 0))
        self.assertEqual(self.as_member(hello, gid=OTHER, groups=[GROUP, RAW_GROUP]), (10, 1, 1, 1))
        self.assertEqual(self.as_member(hello, gid=OTHER), "shut")  # by the mode of the socket
        self.assertEqual(hello(), (10, 1, 1, 1))
        self.assertEqual(os.stat(self.socket).st_mode & 0o7777, 0o660)
        os.chmod(self.socket, 0o666)  # and by itself, whatever the mode
        self.assertEqual(self.as_member(lambda: self.refusal(), gid=OTHER), (REFUSED, 13, "not a member of the group"))

    def refusal(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(self.socket)
        record = client.recv(100)
        return struct.unpack_from("=H", record)[0], struct.unpack_from("=i", record, 8)[0], record[12:].rstrip(b"\0").decode()

    @unittest.skipUnless(ROOT, "needs root, to be another user")
    def test_nobody_without_the_right_gets_finer_than_a_second_and_a_tenth(self):
        """S6: many connections, reconnects, any phase; a counter that moves all the time, and a client with every right."""
        self.broker()
        stop = threading.Event()

        def move():
            while not stop.wait(0.003):
                self.add(1234567)

        raw = self.connect()
        mover = threading.Thread(target=move)
        mover.start()
        try:
            def watch():
                seen = {0: set()}
                clients = []
                began = time.monotonic()
                while time.monotonic() < began + 4.5 or (len(seen[0]) < 4 and time.monotonic() < began + SLOW):
                    if len(clients) < 20 or random.random() < 0.2:
                        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                        client.connect(self.socket)
                        clients.append(client)
                        if len(clients) > 20:
                            clients.pop(random.randrange(20)).close()
                    client = random.choice(clients)
                    client.send(request(READ))
                    for record in records(client.recv(32768)):
                        reading = Reading(record)
                        seen.setdefault(reading.index, set()).add((reading.mono_ns, reading.energy_uj, reading.power_uw))
                    time.sleep(random.random() * 0.02)
                return seen, time.monotonic() - began

            for _ in range(20):
                self.ask(raw, READ)
            seen, seconds = self.as_member(watch)
        finally:
            stop.set()
            mover.join()
        figures = sorted(seen[0])
        times = [figure[0] for figure in figures if figure[0] > 0]
        self.assertGreaterEqual(len(times), 3)
        self.assertLessEqual(len(times), seconds + 1.5)
        for before, after in zip(times, times[1:]):
            self.assertGreaterEqual(after - before, 1_000_000_000)
        for rows in seen.values():
            for _, energy_uj, power_uw in rows:
                self.assertEqual((energy_uj % 100000, power_uw % 100000), (0, 0))
        self.assertGreater(figures[-1][1], figures[-2][1])


class Robust(Sensord):
    def test_any_packet_is_answered_or_ends_its_connection_alone(self):
        process = self.broker()
        good = self.connect()
        self.ask(good, HELLO)
        chance = random.Random(8)
        descriptors = len(os.listdir(f"/proc/{process.pid}/fd")) if ROOT else 0
        for turn in range(600):
            client = self.connect()
            packet = chance.randbytes(chance.choice((1, 4, 15, 16, 17, 100, 5000)))
            if turn % 3 == 0:
                packet = request(chance.randrange(6), chance.randrange(2**32), magic=chance.choice((b"AISD", b"aisd")),
                                 version=chance.choice((0, 1, 2)))
            client.send(packet)
            if turn % 2:
                self.assertEqual(len(client.recv(32768)) % 64, 0)
            client.close()
        self.assertEqual(struct.unpack_from("=I", self.ask(good, HELLO)[0], 16)[0], 5)
        if ROOT:
            self.wait_until(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) == descriptors, "all are closed")
        self.assertIsNone(process.poll())

    def test_a_hundred_clients_cost_one_reading(self):
        process = self.broker()
        clients = [self.connect() for _ in range(100)]
        self.wait_until(lambda: Reading(self.ask(clients[0], READ)[0]).sequence > 0, "a reading")
        # those of root get a new one every 10 ms, however many ask
        first, began = Reading(self.ask(clients[0], READ)[0]).sequence, time.monotonic()
        for _ in range(3):
            for client in clients:
                client.send(request(READ))
            for client in clients:
                self.assertEqual(len(client.recv(32768)), 5 * 64)
        passed = time.monotonic() - began
        taken = Reading(self.ask(clients[0], READ)[0]).sequence - first
        self.assertLessEqual(taken, passed / 0.010 + passed + 2)
        self.assertLess(taken, max(300, passed / 0.010))
        if not SANITIZED:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as handle:
                self.assertLessEqual(int(re.search(r"VmHWM:\s+(\d+)", handle.read()).group(1)), 4096)

    def test_who_does_not_take_his_answers_is_sent_away(self):
        self.broker()
        good = self.connect()
        slow = self.connect()
        slow.setblocking(False)
        sent = 0
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            until = time.monotonic() + SLOW
            while time.monotonic() < until:
                try:
                    sent += slow.send(request(READ))
                except BlockingIOError:
                    time.sleep(0.01)
        self.assertLess(sent, 16 * 2000)
        self.assertEqual(len(self.ask(good, READ)), 5)

    @unittest.skipUnless(ROOT, "needs root, to be another user")
    def test_one_user_cannot_take_all_places(self):
        self.broker()

        def crowd():
            clients = []
            for _ in range(140):
                client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                client.connect(self.socket)
                clients.append(client)
            answered = 0
            for client in clients:
                try:
                    client.send(request(HELLO))
                    answered += client.recv(100)[0] == 1
                except OSError:
                    pass
            return answered

        self.assertEqual(self.as_member(crowd), 128)

    def test_what_is_lost_is_left_to_who_starts_it_again(self):
        """Its file is another one now, and it may open none: it says so and ends well."""
        process = self.broker()
        path = os.path.join(self.open, ZONE)
        with open(path + ".new", "w", encoding="ascii") as handle:
            handle.write("1\n")
        os.replace(path + ".new", path)
        self.assertEqual(process.wait(timeout=SLOW), 0)
        self.assertIn("cpu0 cannot be read any more", process.stderr.read())

    def test_it_ends_when_nobody_asks_any_more(self):
        process = self.broker("--idle-exit=1")
        self.assertEqual(process.wait(timeout=SLOW), 0)
        self.assertIn("nobody has asked", process.stderr.read())

    def test_sigterm_ends_it_well_and_a_socket_left_behind_is_replaced(self):
        process = self.broker()
        process.send_signal(signal.SIGKILL)
        process.wait()
        second = self.broker()
        done = self.ask_user(SENSORD, "--sysroot", self.open, "--socket", self.socket, "--group", str(GROUP), who={})
        self.assertEqual(done.returncode, 1)
        self.assertIn("somebody listens there already", done.stderr)
        second.send_signal(signal.SIGTERM)
        self.assertEqual(second.wait(timeout=SLOW), 0)

    def test_the_folder_of_the_socket_is_made(self):
        os.rmdir(os.path.dirname(self.socket))
        self.broker()
        self.assertEqual(os.stat(os.path.dirname(self.socket)).st_mode & 0o777, 0o755)
        self.assertEqual(len(self.ask(self.connect(), READ)), 5)

    def test_its_page_has_every_option(self):
        done = self.ask_user(SENSORD, "--help", who={})
        names = re.findall(r"^  --([\w-]+)", done.stdout, re.MULTILINE)
        self.assertIn("raw-group", names)
        with open(os.path.join(SOURCE, "docs/man/aico2-sensord.8"), encoding="utf-8") as handle:
            self.assertEqual(set(re.findall(r"^\.It Fl -([\w-]+)", handle.read(), re.MULTILINE)), set(names))

    def test_a_socket_of_the_service_manager_is_taken(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        listener.bind(self.socket)
        listener.listen(5)
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(self.path("notify"))
        os.chmod(self.path("notify"), 0o777)  # as systemd's own
        manager.settimeout(SLOW)
        script = f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
        env = {**self.env, "NOTIFY_SOCKET": self.path("notify"), "ASAN_OPTIONS": "detect_leaks=0"}
        self.start("bash", "-c", script, SENSORD, "--sysroot", self.open, "--group", str(GROUP), env=env,
                   pass_fds=[listener.fileno()])
        self.assertEqual(manager.recv(100), b"READY=1")
        self.assertEqual(len(self.ask(self.connect(), READ)), 5)
        self.assertEqual(manager.recv(100), b"WATCHDOG=1")  # with the tick, past the filter

    def test_mistakes_are_named(self):
        for words, part in ((["--sokcet=/x"], "nearest is '--socket'"), (["--group=no-such-group"], "'no-such-group'"),
                            (["--idle-exit=x"], "'x'"), (["--socket=" + "/x" * 60], "at most 107 bytes"),
                            (["--socket=" + self.path("aico2")], "no socket"), (["--sysroot=/nowhere"], "'/nowhere'"),
                            (["--user=root"], "root is who we stop being")):
            if "--socket" not in words[0]:
                words = [*words, "--socket=" + self.path("other.sock")]
            done = self.ask_user(SENSORD, f"--group={os.getgid()}", *words, who={})
            self.assertIn(done.returncode, (1, 2), words)
            self.assertIn(part, done.stderr)
        self.assertEqual(self.ask_user(SENSORD, "--version", who={}).stdout.split()[0], "aico2-sensord")


class Measured(Sensord):
    def test_a_run_finds_it_and_says_so(self):
        self.broker()
        run = self.begin_run()
        time.sleep(3.2)  # two of its figures
        self.add(STEP_UJ)
        time.sleep(3.8)
        text = run.communicate(timeout=SLOW)[1]
        device, report = self.device(text)
        self.assertEqual((device["reader"], device["basis"]), ("rapl", "measured"), text)
        self.assertIn("RAPL through sensord", device["note"])
        self.assertAlmostEqual(device["energy_joules"], STEP_TOLD, places=6)
        self.assertLess(abs(device["energy_joules"] - STEP_UJ / 1e6), 0.1)
        self.assertEqual([line for line in report["warnings"] if "rapl" in line or "sensord" in line], [])

    def test_a_run_too_short_for_two_figures_says_so(self):
        self.broker()
        run = self.begin_run()
        time.sleep(0.3)
        device, report = self.device(run.communicate(timeout=SLOW)[1])
        self.assertEqual(device["basis"], "modelled")
        self.assertIn("cpu0: the RAPL counter, told once a second, was not read twice: modelled", report["warnings"])
        self.assertEqual([line for line in report["warnings"] if "move" in line], [])

    def test_a_restart_under_a_run_loses_nothing(self):
        broker = self.broker()
        run = self.begin_run()
        time.sleep(3.2)
        broker.send_signal(signal.SIGKILL)
        broker.wait()
        self.add(STEP_UJ)
        time.sleep(1)
        self.broker()
        time.sleep(5)
        device, report = self.device(run.communicate(timeout=SLOW)[1])
        self.assertAlmostEqual(device["energy_joules"], STEP_TOLD, places=6)
        self.assertTrue(any(line.startswith("cpu0: ") and "reading" in line for line in report["warnings"]), report["warnings"])

    def test_one_that_hangs_is_a_gap_and_no_hang(self):
        broker = self.broker()
        run = self.begin_run()
        time.sleep(3.2)
        self.add(STEP_UJ)
        time.sleep(2.3)  # it is told
        broker.send_signal(signal.SIGSTOP)
        time.sleep(6.5)
        began = time.monotonic()
        text = run.communicate(timeout=SLOW)[1]
        self.assertLess(time.monotonic() - began, 30)  # on a busy machine
        self.assertEqual(run.returncode, 0)
        device, report = self.device(text)
        self.assertTrue(any("it does not answer" in line for line in report["warnings"]), report["warnings"])
        self.assertEqual((device["basis"], device["energy_joules"]), ("measured", STEP_TOLD))
        self.assertLess(device["coverage_ratio"], 0.75)  # 6 of 12 s, and some readings may have come late
        began = time.monotonic()
        done = self.ask_user(*self.words("devices"))
        self.assertLess(time.monotonic() - began, 40)  # on a busy machine
        self.assertIn("does not answer", " ".join(done.stdout.split()))
        broker.send_signal(signal.SIGCONT)

    def test_without_it_the_processor_is_modelled_and_doctor_says_what_helps(self):
        run = self.begin_run()
        time.sleep(0.3)
        device, report = self.device(run.communicate(timeout=SLOW)[1])
        self.assertNotEqual(device["basis"], "measured")
        self.assertTrue(any("reader 'rapl'" in line for line in report["warnings"]))
        done = self.ask_user(*self.words("doctor", "sensord", "--json"))
        check = document(done.stdout)["checks"][0]
        self.assertEqual((check["sensor"], check["state"]), ("sensord", "absent"))
        self.assertIn("systemctl enable --now aico2-sensord.socket", check["fix"])
        self.assertIn("usermod -aG aico2", check["fix"])
        self.assertEqual(check["band_then"], 0.06)  # a server of Intel's, measured
        self.broker()
        done = self.ask_user(*self.words("doctor", "sensord", "--json"))
        check = document(done.stdout)["checks"][0]
        self.assertEqual((check["state"], check["fix"]), ("used", None))

    @unittest.skipUnless(ROOT, "needs root, to be another user")
    def test_who_is_not_in_the_group_is_told_the_group(self):
        self.broker()
        done = self.ask_user(*self.words("doctor", "sensord", "--json"), who=self.user(gid=OTHER))
        check = document(done.stdout)["checks"][0]
        self.assertEqual(check["state"], "denied")
        self.assertIn("for the group aico2", check["reason"])
        self.assertIn("usermod -aG aico2", check["fix"])

    def test_what_can_be_read_directly_is(self):
        self.broker()
        os.makedirs(os.path.join(self.open, "run/aico2"))
        os.symlink(self.socket, os.path.join(self.open, "run/aico2/sensord.sock"))
        done = self.aico2("devices", "--sysroot", self.open, "--json")
        rows = [row for row in document(done.stdout)["devices"] if row["id"] == "cpu0" and row["used"]]
        self.assertEqual(len(rows), 1)
        self.assertNotIn("sensord", rows[0].get("note") or "")

    @unittest.skipUnless(SERVE, "aico2-serve is not built")
    def test_a_server_finds_it_too(self):
        self.broker()
        for folder, program in (("cli", PROGRAM), ("server", SERVE)):  # as a build has them
            os.mkdir(self.path(folder))
            shutil.copy(program, self.path(folder))
        with open(self.path("log"), "w", encoding="utf-8") as log:
            self.start(self.path("cli/aico2"), "serve", "--sysroot", self.shut, "--no-db", "--listen", "127.0.0.1:0", stderr=log,
                       cwd="/", env={**self.env, "HOME": "/nonexistent"}, **self.user())
        port = self.wait_until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)$", self.read("log"), re.MULTILINE), "a port").group(1)

        def metric(pattern):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SLOW) as page:
                    return re.search(pattern, page.read().decode(), re.MULTILINE)
            except urllib.error.HTTPError:  # nothing has been measured yet
                return None

        self.wait_until(lambda: metric(r'^aico2_reader_up\{reader="sensord"\} 1$'), "the reader")
        self.wait_until(lambda: metric(r'^aico2_energy_joules_total\{device="cpu0",[^}]*reader="rapl"'), "what it had before")
        time.sleep(2.5)
        self.add(STEP_UJ)
        self.wait_until(lambda: metric(r'^aico2_energy_joules_total\{device="cpu0",[^}]*reader="rapl"[^}]*\} 123\.5$'), "its energy")

    def test_the_example_reads_it(self):
        self.broker()
        time.sleep(3)
        with open(os.path.join(SOURCE, "examples/read_sensord.py"), encoding="utf-8") as handle:
            text = handle.read()
        self.assertLessEqual(len(text.splitlines()), 24)

        def run():
            sys.argv = ["read_sensord.py", self.socket, "1"]
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, "read_sensord.py", "exec"), {"__name__": "__main__"})
            return out.getvalue()

        lines = self.as_member(run).splitlines()
        self.assertEqual(lines[0], "cpu0 191837.4 J")
        self.assertEqual([line.split()[0] for line in lines], ["cpu0", "cpu1", "dram0", "dram1", "board-acpi"])


if __name__ == "__main__":
    main()
