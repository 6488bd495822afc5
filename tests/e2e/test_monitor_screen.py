# SPDX-License-Identifier: Apache-2.0
"""test_monitor_screen.py - `aico2 monitor` on a terminal, driven through tmux: what is seen, keys, mouse, sizes, and its end."""
import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

import harness
from harness import PROGRAM, PYTHON, SLOW

FAKES = os.environ.get("AICO2_TEST_FAKES", "")
BUILD_MACHINE = os.environ.get("AICO2_BUILD_MACHINE", "")
BURN = "import time\nwhile 1: sum(range(9999)); time.sleep(.01)"
ESCAPES = re.compile(r"\033\[[0-9;]*m")
QUEUE_OF_A_READER = 4096  # of a pseudo-terminal: what the writer cannot take back
KEYS_AT_THE_BOTTOM = "F1 Help Tab Pane"


@unittest.skipUnless(shutil.which("tmux"), "tmux is not installed (tools/install_deps.sh test)")
class Screen(harness.Case):
    def setUp(self):
        super().setUp()
        self.sockets = 0

    def new_server(self):
        """One that ends takes a moment, and takes who asks it along."""
        self.sockets += 1
        self.socket = os.path.join(self.root, f"tmux{self.sockets}")
        self.addCleanup(subprocess.run, ["tmux", "-S", self.socket, "kill-server"], stderr=subprocess.DEVNULL, check=False)

    def tmux(self, *words, check=True):
        done = subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env, timeout=SLOW, check=False)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode("utf-8", "replace")

    def open(self, *options, size=(80, 24), env=None, command=None):
        """A window of that size in which a shell starts the monitor, tells its status, and how the terminal is left."""
        self.new_server()
        settings = {"LC_ALL": "C.UTF-8", "TERM": "tmux-256color", "AICO2_DB": self.db, **(env or {})}
        line = command or shlex.join([PROGRAM, "monitor", *options])
        script = "; ".join(["trap : INT", "echo before", line, "echo status=$?",
                            "stty -a | grep -qE -- '-echo( |$)|-icanon' && echo spoilt || echo sound", "sleep 1000"])
        words = ["env", *(f"{name}={value}" for name, value in settings.items()), "sh", "-c", script]
        self.tmux("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), shlex.join(words))

    def seen(self, *more):
        return self.tmux("capture-pane", "-p", *more)

    def wait_for(self, *texts, gone=()):
        def there():
            now = self.seen()
            return all(text in now for text in texts) and not any(text in now for text in gone) and now
        try:
            return self.wait_until(there, f"{texts} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.seen()}") from None

    def wait_for_match(self, pattern):
        try:
            return self.wait_until(lambda: re.search(pattern, self.seen()), f"{pattern} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.seen()}") from None

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def pid(self):
        """Of the monitor: the shell of the window has it as its child."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as handle:
            return int(handle.read().split()[0])

    def click(self, column, row):
        """As a terminal tells it to a program that asked: button 1 and its release, counted from 1, 32 added to each."""
        codes = b"".join(b"\033[M" + bytes([32 + button, 32 + column + 1, 32 + row + 1]) for button in (0, 3))
        self.tmux("send-keys", "-H", *(f"{code:02x}" for code in codes))

    def position(self, text):
        for row, line in enumerate(self.seen().splitlines()):
            if text in line:
                return line.index(text), row
        raise AssertionError(f"'{text}' is not on the screen:\n{self.seen()}")

    # --- what is seen ---

    def test_all_that_matters_is_on_the_first_screen(self):
        self.open("--country", "FR")
        text = self.wait_for("Power", "active", "COMMAND", KEYS_AT_THE_BOTTOM, "aico2 ", "self ", "every 1 s", "Energy", "measured",
                             "Carbon", "gCO2e", "Place", "g/kWh", "France", "Devices", "cpu0", "memory", "Processes", "others",
                             "idle", "q Quit")
        self.wait_for_match(r"Power +[\d.]+ m?k?W")
        self.wait_for_match(r"[●◐○] cpu0")
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_larger_screens_have_more(self):
        self.open("--country", "FR", size=(120, 40))
        self.wait_for("COMMAND", "Runs", "no runs yet")
        self.tmux("resize-window", "-x", "200", "-y", "60")
        self.wait_for("Carbon intensity", "lifecycle-average", "Runs", KEYS_AT_THE_BOTTOM)
        self.wait_until(lambda: max(map(len, self.seen().splitlines())) > 150, "lines as long as the window")
        self.wait_until(lambda: KEYS_AT_THE_BOTTOM in self.seen().splitlines()[-1], "the keys in the last line")
        self.tmux("resize-window", "-x", "40", "-y", "10")
        self.wait_for("Power", "Energy", "cpu0", gone=("COMMAND",))
        self.tmux("resize-window", "-x", "20", "-y", "2")
        self.wait_for("needs 24 x 3")
        self.tmux("resize-window", "-x", "80", "-y", "24")
        self.wait_for("COMMAND", KEYS_AT_THE_BOTTOM)

    def test_ascii_alone_in_the_c_locale_and_on_a_console(self):
        for env in ({"LC_ALL": "C"}, {"TERM": "linux"}):  # whose fonts lack what charts are made of
            with self.subTest(env):
                self.open("--country", "FR", env=env)
                self.wait_for("Power", "COMMAND", KEYS_AT_THE_BOTTOM)
                self.wait_for_match(r"[#~?] cpu0")
                self.assertTrue(self.seen().isascii(), self.seen())
                self.tmux("kill-server")

    def test_no_colour_where_none_is_wanted(self):
        for options, env, coloured in ((["--color", "never"], {}, False), ([], {"NO_COLOR": "1"}, False), ([], {}, True)):
            with self.subTest(options=options, env=env):
                self.open(*options, env=env)
                self.wait_for("COMMAND", KEYS_AT_THE_BOTTOM)
                codes = {code for found in ESCAPES.findall(self.seen("-e")) for code in re.findall(r"\d+", found[:4])}
                used = {code for code in codes if re.fullmatch(r"[34]8|[349]\d|10\d", code) and code not in ("39", "49")}
                self.assertEqual(bool(used), coloured, used)
                self.tmux("kill-server")

    def test_a_machine_tree_with_a_gpu_is_measured(self):
        tree = os.path.join(self.root, "tree")
        subprocess.run([BUILD_MACHINE, "xeon-2s-dram", tree], check=True, timeout=SLOW)
        counter = os.path.join(tree, "sys/class/powercap/intel-rapl:0/energy_uj")
        mover = self.start(PYTHON, "-c", "import sys, time\nat = 0\nwhile True:\n at += 2000000\n"
                           "  \n open(sys.argv[1], 'r+').write('%20d\\n' % at)\n time.sleep(0.02)", counter)
        self.open("--sysroot", tree, "--nvml", os.path.join(FAKES, "fake_nvml.so"), "--interval", "500ms", size=(120, 30),
                  env={"FAKE_NVML": "gpus=2"})
        self.wait_for("● cpu0", "● cpu1", "Processes")
        self.assertIsNone(mover.poll())
        self.wait_for_match(r"● cpu0 .* [1-9][\d.]* W")
        self.wait_for("● gpu0", "41°C", "GiB")
        self.press("d")
        self.wait_for("measured, rapl", "Xeon")

    def test_the_runs_of_the_history(self):
        self.aico2("run", "--name", "a run of before", "--", "true")
        going = self.start(PROGRAM, "run", "--name", "one that goes on", "--interval", "100ms", "--", "sleep", "300")
        self.open(size=(120, 40))
        self.wait_for("▶ one that goes on", "a run of before", "1 running")
        self.wait_for_match(r"a run of before .*Wh +[\d.]+ [mµk]?gCO2e")
        going.send_signal(signal.SIGTERM)
        going.wait(timeout=SLOW)
        self.wait_for("✕ one that goes on", gone=("1 running",))

    def test_the_day_of_a_place(self):
        hour = time.time() // 3600 * 3600
        rows = "".join(f"{hour + 3600 * i:.0f},{100 + 10 * (i % 12)}\n" for i in range(-14, 26))
        path = self.write("hours.csv", "time,gco2e_per_kwh\n" + rows)
        self.open("--intensity-file", path, "--country", "FR", size=(100, 30))
        self.wait_for("this hour")
        self.press("3")
        self.wait_for("greenest hour ahead", "now", "500", "▒", "█")

    def test_hostile_names_are_text(self):
        worker = self.start(PYTHON, "-c", BURN, "\033[2J\033[H\033]0;owned\007evil\u202egnp.exe\u009b31m")
        self.open(size=(160, 40))
        self.wait_for("COMMAND")
        self.press("\\")
        self.type("evil")
        text = self.wait_for("Filter: evil", str(worker.pid))
        self.assertIn("Power", text)
        self.assertNotIn("\u202e", text)
        self.assertNotIn("owned", self.tmux("display-message", "-p", "#{pane_title}"))

    # --- keys ---

    def test_keys(self):
        worker = self.start(PYTHON, "-c", BURN, "the-worker-of-this-test")
        self.open(size=(120, 40))
        self.wait_for("COMMAND")
        self.press("F1")
        self.wait_for("any key goes back", "find by command")
        self.press("x")
        self.wait_for("COMMAND", gone=("any key goes back",))
        self.press("F4")
        self.type("the-worker-of")
        self.wait_for("Filter: the-worker-of", "Processes 1 of", str(worker.pid))
        self.press("Enter")
        self.wait_for("filter: the-worker-of", KEYS_AT_THE_BOTTOM)
        self.press("Escape")
        self.wait_for("COMMAND", gone=("filter:",))
        for key, mark in (("W", "POWER▾"), ("P", "CPU%▾"), ("N", "PID▴"), ("I", "PID▾"), ("E", "ENERGY▾"), ("F6", "POWER▾")):
            self.press(key)
            self.wait_for(mark)
        self.press("F5")
        self.wait_for("tree", "└─")
        self.press("t")
        self.wait_for("COMMAND", gone=(", tree",))
        self.press("e")
        self.wait_for_match(r"Energy +[\d.]+ k?J ")
        self.press("Tab")
        self.press("Tab")
        self.wait_for("gCO2e/kWh", "World")
        self.press("1")
        self.press("/")
        self.type("the-worker-of")
        self.wait_for("Find: the-worker-of")
        self.press("Enter")
        self.assertEqual(worker.poll(), None)

    def test_a_key_that_the_terminal_does_not_know_is_none(self):
        self.open(size=(120, 40))
        self.wait_for("COMMAND")
        self.press("\\")
        self.type("zz")
        self.press("Enter")
        self.wait_for("filter: zz", KEYS_AT_THE_BOTTOM)
        for text in ("\033[4;99t", "\033[99;3u", "\033Ot"):  # their letters would be a pane, a tree, my own alone
            self.tmux("send-keys", "-H", *(f"{ord(letter):02x}" for letter in text))
        self.press("e")
        text = self.wait_for(" J in ", "filter: zz")
        self.assertNotIn(", tree", text)
        self.assertNotIn(", mine", text)
        self.press("Escape")
        self.wait_for("COMMAND", gone=("filter:",))

    def still(self):
        first = self.seen()
        time.sleep(1.5)
        return first if self.seen() == first else None

    def test_a_pause_holds_the_picture(self):
        self.open("--interval", "200ms")
        self.wait_for("COMMAND")
        self.press("Space")
        self.wait_for("PAUSED")
        held = self.wait_until(self.still, "a picture that stays, though it has the time of day in it")
        self.press("p")
        self.wait_for("COMMAND", gone=("PAUSED",))
        self.wait_until(lambda: self.seen() != held, "another picture")

    def test_clicks(self):
        self.open(size=(120, 40))
        self.wait_for("COMMAND", "ENERGY▾", "cpu0", "memory")  # with all its rows: nothing moves down any more
        self.click(*self.position("CPU%"))
        self.wait_for("CPU%▾")
        self.click(*self.position("CPU%"))
        self.wait_for("CPU%▴")
        self.click(*self.position("F1 Help"))
        self.wait_for("any key goes back")
        self.press("x")
        self.wait_for("COMMAND", gone=("any key goes back",))
        self.click(*self.position("q Quit"))
        self.wait_for("status=0", "sound")

    # --- the end ---

    def test_however_it_ends_the_terminal_is_as_it_was(self):
        ends = [("q", lambda: self.press("q"), 0), ("F10", lambda: self.press("F10"), 0), ("Ctrl-C", lambda: self.press("C-c"), 0)]
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
            ends.append((number.name, lambda number=number: os.kill(self.pid(), number),
                         0 if number == signal.SIGINT else 128 + number))
        for name, end, status in ends:
            with self.subTest(name):
                self.open()
                self.wait_for("COMMAND", KEYS_AT_THE_BOTTOM)
                end()
                text = self.wait_for("before", f"status={status}", "sound")
                self.assertNotIn("COMMAND", text)
                self.assertEqual(self.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").strip(),
                                 "0 0 1")
                self.tmux("kill-server")

    def test_it_stops_and_goes_on_as_a_job_of_a_shell(self):
        self.new_server()
        self.tmux("new-session", "-d", "-x", "80", "-y", "24",
                  shlex.join(["env", "TERM=tmux-256color", "PS1=ready$ ", "bash", "--norc", "-i"]))
        self.wait_for("ready$")
        self.type(shlex.join([PROGRAM, "monitor"]))
        self.press("Enter")
        self.wait_for("COMMAND", KEYS_AT_THE_BOTTOM)
        self.press("C-z")
        self.wait_for("Stopped", "ready$", gone=("COMMAND",))
        self.type("stty -a | grep -q ' echo ' && echo so""und; fg")
        self.press("Enter")
        self.wait_for("COMMAND", KEYS_AT_THE_BOTTOM, gone=("Stopped",))
        self.press("q")
        self.wait_for("sound", "ready$", gone=("COMMAND",))

    def test_it_ends_after_so_many_ticks(self):
        self.open("--count", "3", "--interval", "200ms")
        self.wait_for("status=0", "sound")

    def test_a_terminal_nobody_knows_is_told(self):
        self.open(env={"TERM": "no-such-terminal"})
        self.wait_for("TERM 'no-such-terminal' is not known here", "status=1", "sound")


class Stalled(harness.Case):
    """A terminal that takes nothing for a while: stopped by Ctrl-S, or at the end of a link that is slow or hangs."""

    def open(self, *options, size=(24, 80)):
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("=HHHH", *size, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        env = {**self.env, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "AICO2_DB": self.db}
        self.process = subprocess.Popen([PROGRAM, "monitor", *options], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        env=env, cwd=self.cwd, start_new_session=True)
        self.addCleanup(self.end, self.process)

    def takes(self):
        return bool(select.select([], [self.slave], [], 0)[1])

    def read(self, seconds=0.5):
        """What comes in that time."""
        said, until = b"", time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                said += os.read(self.master, 65536)
        return said

    def wait_for(self, text):
        said = b""

        def there():
            nonlocal said
            said += self.read(0.1)
            return text in said
        self.wait_until(there, f"{text} on the screen")

    def check_end(self, number, status):
        self.process.send_signal(number)
        self.check_ended(status)

    def check_ended(self, status):
        self.assertEqual(self.process.wait(SLOW), status)
        self.assertEqual(termios.tcgetattr(self.slave)[3] & (termios.ECHO | termios.ICANON), self.before[3] & (termios.ECHO | termios.ICANON))

    def test_ctrl_s_stops_the_picture_and_nothing_else(self):
        self.open("--interval", "200ms")
        self.wait_for(b"COMMAND")
        termios.tcflow(self.slave, termios.TCOOFF)
        self.read()
        self.assertEqual(self.read(), b"")
        termios.tcflow(self.slave, termios.TCOON)
        self.wait_until(lambda: self.read(0.1), "the next picture")
        termios.tcflow(self.slave, termios.TCOOFF)
        self.check_end(signal.SIGTERM, 128 + signal.SIGTERM)
        self.assertIn(b"\033[?1049l", self.read())  # the screen is the shell's again

    def check_the_screen_is_given_back(self):
        """In what is left to be read, which a slow link takes its time for, there is no picture that waited."""
        left = self.read()
        for text in (b"\033[?1000l", b"\033[?25h", b"\033[?1049l"):  # the mouse, the cursor, the shell's screen
            self.assertIn(text, left[-200:])
        self.assertLess(len(left), QUEUE_OF_A_READER + 1000)

    def test_who_does_not_read_cannot_keep_it_from_ending(self):
        ends = [(number.name, lambda number=number: self.process.send_signal(number), status)
                for number, status in ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP), (signal.SIGINT, 0))]
        ends += [(key, lambda key=key: os.write(self.master, key.encode()), 0) for key in ("q", "\033[21~")]  # F10
        for name, end, status in ends:
            with self.subTest(name):
                self.open("--interval", "10ms", size=(60, 200))
                self.wait_until(lambda: not self.takes(), "a terminal that is full")
                time.sleep(0.5)
                end()
                self.check_ended(status)
                self.check_the_screen_is_given_back()

    def test_a_slow_link_does_not_keep_it_from_ending(self):
        self.open("--interval", "100ms", size=(60, 200))
        self.wait_until(lambda: not self.takes(), "a terminal that is full")
        for _ in range(20):  # 300 bytes a second
            os.read(self.master, 30)
            time.sleep(0.1)
        os.write(self.master, b"q")
        self.check_ended(0)
        self.check_the_screen_is_given_back()

    def test_it_goes_on_where_the_picture_was_left(self):
        self.open("--interval", "100ms", size=(60, 200))
        self.wait_until(lambda: not self.takes(), "a terminal that is full")
        os.write(self.master, b"?")
        self.wait_for(b"any key goes back")  # what waited comes, and then a picture of now
        os.write(self.master, b"q")
        self.check_ended(0)


if __name__ == "__main__":
    harness.main()
