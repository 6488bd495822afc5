# SPDX-License-Identifier: Apache-2.0
"""test_signals.py - signals reach the command once, the report comes, job control works."""
import fcntl
import os
import pty
import shutil
import signal
import subprocess
import termios
import time
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, document, main

# Counts what it gets; ends by itself when told to by a file. One byte a signal, so that none is merged
# with the next by the reader.
COUNTER = """
import os, signal, sys, time
log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
               signal.SIGALRM, signal.SIGWINCH, signal.SIGCONT, signal.SIGRTMIN):
    signal.signal(number, lambda number, frame: os.write(log, f"{int(number)}\\n".encode()))
os.write(log, b"ready\\n")
while not os.path.exists("stop"):
    time.sleep(0.01)
sys.exit(9)
"""


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as handle:
            return handle.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


class CountingCase(Case):
    def counter(self, *before, **more):
        self.write("counter.py", COUNTER)
        process = self.start(*before, PROGRAM, "run", "-o", "r.json", "--", PYTHON, "counter.py", **more)
        self.wait_for_file("log", "ready")
        return process

    def got(self):
        lines = self.read("log").split("\n")[1:-1]
        return {int(number): lines.count(number) for number in lines}

    def stop(self, process, status=9):
        """Ends the command by itself: what was on its way has had time to arrive."""
        time.sleep(0.3)
        self.write("stop", "")
        text = process.communicate(timeout=SLOW)[1]
        self.assertEqual(process.returncode, status)
        document(self.read("r.json"))
        return text


class Signals(CountingCase):
    def test_what_is_sent_to_us_alone_is_passed_on_once(self):
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
                   signal.SIGUSR2, signal.SIGALRM, signal.SIGWINCH, signal.SIGRTMIN)
        process = self.counter()
        for number in numbers:
            process.send_signal(number)
        self.wait_until(lambda: len(self.got()) == len(numbers), "all signals")
        report = self.stop(process)
        self.assertEqual(self.got(), {int(number): 1 for number in numbers})
        self.assertIn("exit 9", report)

    def test_a_command_that_dies_of_it(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                process = self.start(PROGRAM, "run", "-o", "r.json", "--", "sh", "-c",
                                     "echo ready; exec sleep 1000")
                self.assertEqual(process.stdout.readline(), "ready\n")
                process.send_signal(number)
                report = process.communicate(timeout=SLOW)[1]
                self.assertEqual(process.returncode, -number)
                self.assertIn("this job", report)
                self.assertEqual(document(self.read("r.json"))["run"]["exit_status"], 128 + number)
                self.assertEqual(self.runs()[0]["state"], "signalled")

    def test_a_second_sigint_does_not_lose_the_report(self):
        process = self.start(PROGRAM, "run", "-o", "r.json", "--", PYTHON, "-c",
                             "import signal, sys, time\n"
                             "def end(number, frame):\n    time.sleep(0.5); sys.exit(9)\n"
                             "signal.signal(signal.SIGINT, end)\n"
                             "print('ready', flush=True)\nwhile True: time.sleep(1)\n")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGINT)
        # until it is gone, the making of the report included
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.001)
        self.assertIn("this job", process.stderr.read())
        document(self.read("r.json"))
        self.assertEqual(len(self.runs()), 1)
        self.assertNotEqual(self.runs()[0]["state"], "running")

    def test_a_command_that_ignores_sigint(self):
        process = self.start(PROGRAM, "run", "-o", "r.json", "--", "sh", "-c",
                             "trap '' INT; echo ready; while [ ! -e stop ]; do sleep 0.05; done; exit 9")
        self.assertEqual(process.stdout.readline(), "ready\n")
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        self.assertIsNone(process.poll())
        self.assertIn("exit 9", self.stop(process))

    def test_a_value_queued_with_a_signal_arrives(self):
        script = ("import ctypes, os, signal, sys\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])\n"
                  "print('ready', flush=True)\n"
                  "info = (ctypes.c_int * 32)()\n"
                  "mask = ctypes.create_string_buffer(128)\n"
                  "libc = ctypes.CDLL(None, use_errno=True)\n"
                  "libc.sigemptyset(mask); libc.sigaddset(mask, int(signal.SIGRTMIN))\n"
                  "libc.sigwaitinfo(mask, info)\n"
                  "print(info[6], flush=True)\n")  # si_value.sival_int on LP64
        process = self.start(PROGRAM, "run", "--quiet", "--", PYTHON, "-c", script)
        self.assertEqual(process.stdout.readline(), "ready\n")
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        self.assertEqual(libc.sigqueue(process.pid, int(signal.SIGRTMIN), ctypes.c_void_p(4711)), 0)
        self.assertEqual(process.stdout.readline(), "4711\n")
        self.assertEqual(process.wait(SLOW), 0)

    def test_what_was_ignored_before_stays_ignored(self):
        process = self.start("sh", "-c", 'trap "" HUP INT; exec "$0" run -o r.json -- sh -c '
                             '"echo ready; while [ ! -e stop ]; do sleep 0.05; done; exit 9"', PROGRAM)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        self.assertIn("exit 9", self.stop(process))

    def test_an_alarm_set_before_us_is_the_commands(self):
        process = self.start(PYTHON, "-c", "import os, signal, sys\nsignal.alarm(4)\n"
                             "os.execv(sys.argv[1], sys.argv[1:])", PROGRAM, "run", "-o", "r.json", "--",
                             "sleep", "1000")
        self.assertEqual(process.wait(SLOW), -signal.SIGALRM)
        self.assertEqual(document(self.read("r.json"))["run"]["exit_status"], 128 + signal.SIGALRM)

    def test_a_signal_while_waiting_for_leftovers_ends_the_waiting(self):
        process = self.start(PROGRAM, "run", "--wait-all", "-o", "r.json", "--", "sh", "-c",
                             "setsid sleep 1000 >/dev/null 2>&1 & echo $!; exit 9")
        pid = int(process.stdout.readline())
        self.wait_until(lambda: self.children_of(process) == [pid], "the command's end")
        process.send_signal(signal.SIGINT)
        report = process.communicate(timeout=SLOW)[1]
        try:
            self.assertEqual(process.returncode, 9)
            self.assertIn("still running", report)
            self.assertNotEqual(state_of(pid), "gone")
        finally:
            os.kill(pid, signal.SIGKILL)

    def test_the_command_dies_with_us_where_we_were_to_die_with_somebody(self):
        # a launcher that has asked for SIGKILL of its child when it goes (PR_SET_PDEATHSIG)
        launcher = self.start(PYTHON, "-c", "import ctypes, os, sys, time\n"
                              "if os.fork() == 0:\n"
                              "    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)\n"
                              "    os.execv(sys.argv[1], sys.argv[1:])\n"
                              "time.sleep(1000)\n", PROGRAM, "run", "--quiet", "--", "sh", "-c",
                              "echo $$; exec sleep 1000")
        pid = int(launcher.stdout.readline())
        launcher.kill()
        self.wait_until(lambda: state_of(pid) in ("gone", "Z"), "the end of the command")


class Surroundings(CountingCase):
    def test_under_nohup(self):
        process = self.counter("nohup")
        process.send_signal(signal.SIGHUP)
        # the command sets its own handler: nohup's ignoring is undone by it, not by us
        self.stop(process)
        self.assertEqual(self.got(), {})

    def test_under_setsid(self):
        process = self.counter("setsid", "-w")
        self.stop(process)

    def test_under_timeout(self):
        done = self.shell('timeout 4 "$0" run -o r.json -- sleep 1000; echo $?')
        self.assertEqual(done.stdout, "124\n")
        self.assertEqual(document(self.read("r.json"))["run"]["state"], "signalled")
        done = self.shell('timeout -k 1 4 "$0" run -o r2.json -- sh -c "trap \\"\\" TERM; sleep 6; sleep 1000"; echo $?')
        self.assertEqual(done.stdout, "137\n")

    @unittest.skipUnless(shutil.which("make"), "make is not installed")
    def test_under_make_with_two_jobs(self):
        self.write("Makefile", "all: a b c\na b c:\n\t@$(AICO2) run --quiet -- sh -c 'sleep 0.3; echo $@'\n"
                   "bad:\n\t@$(AICO2) run --quiet -- sh -c 'kill -TERM $$$$'\n")
        done = subprocess.run(["make", "-j2", f"AICO2={PROGRAM}"], cwd=self.cwd, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW, check=False)
        self.assertEqual((done.returncode, sorted(done.stdout.split())), (0, ["a", "b", "c"]), done.stderr)
        self.assertEqual(len(self.runs()), 3)
        done = subprocess.run(["make", "bad", f"AICO2={PROGRAM}"], cwd=self.cwd, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW, check=False)
        self.assertIn("Terminated", done.stderr)

    @unittest.skipUnless(shutil.which("make"), "make is not installed")
    def test_the_jobserver_of_make_is_the_commands(self):
        self.write("Makefile", "all:\n\t@+$(AICO2) run --quiet -- $(MAKE) -f sub.mk\n")
        self.write("sub.mk", "all: a b\na b:\n\t@echo $@\n")
        done = subprocess.run(["make", "-j2", f"AICO2={PROGRAM}"], cwd=self.cwd, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("jobserver", done.stderr)

    def test_a_step_that_is_killed_as_slurm_does_it(self):
        # SIGCONT and SIGTERM to every process of the step, SIGKILL to what is left of it
        script = ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                  "print('ready', flush=True)\ntime.sleep(1000)\n")
        process = self.start(PROGRAM, "run", "--interval", "50ms", "--", PYTHON, "-c", script)
        self.assertEqual(process.stdout.readline(), "ready\n")
        pids = [process.pid, self.children_of(process)[0]]
        self.wait_for_samples(3)
        for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                os.kill(pid, number)
            time.sleep(0.1)
        self.assertEqual(process.wait(SLOW), -signal.SIGKILL)
        done = self.aico2("recover")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("this job", done.stdout)
        run = self.runs()[0]
        self.assertEqual(run["state"], "recovered")

    def test_a_command_that_ended_while_we_were_stopped(self):
        process = self.start(PROGRAM, "run", "--interval", "50ms", "-o", "r.json", "--", "sh", "-c",
                             "echo ready; kill -STOP $PPID; sleep 1; exit 9")
        self.assertEqual(process.stdout.readline(), "ready\n")
        self.wait_until(lambda: state_of(process.pid) == "T", "our stop")
        self.wait_until(lambda: state_of(self.children_of(process)[0]) == "Z", "the command's end")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(SLOW), 9)
        self.assertIn("too late", " ".join(document(self.read("r.json"))["warnings"]))

    def test_a_step_that_ends_on_sigterm(self):
        process = self.counter()
        os.kill(process.pid, signal.SIGTERM)
        self.wait_until(lambda: signal.SIGTERM in self.got(), "SIGTERM")
        self.stop(process)


class Terminal(Case):
    """A session with a controlling terminal, a shell with job control in it."""

    def setUp(self):
        super().setUp()
        self.write("counter.py", COUNTER)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.cwd)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {**self.env, "PS1": "$ ", "AICO2": PROGRAM})
        self.addCleanup(self.hang_up)
        self.seen = b""
        self.type("set +o history; stty -echo; echo at-''home\n")
        self.expect(b"at-home")

    def hang_up(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def look(self):
        fcntl.fcntl(self.terminal, fcntl.F_SETFL, os.O_NONBLOCK)
        try:
            self.seen += os.read(self.terminal, 65536)
        except (BlockingIOError, OSError):
            pass
        return self.seen

    def expect(self, text):
        self.wait_until(lambda: text in self.look(), f"{text!r} on the terminal; there is {self.seen[-500:]!r}")

    def log(self):
        return self.read("log").split("\n")[1:-1]

    def run_counter(self):
        self.type(f'"$AICO2" run -o r.json -- {PYTHON} counter.py; echo status=$?.\n')
        self.wait_for_file("log", "ready")

    def test_control_c_reaches_the_command_once(self):
        self.run_counter()
        for count in (1, 2, 3):
            self.type("\x03")
            self.wait_until(lambda: len(self.log()) >= count, "SIGINT")
        time.sleep(0.3)
        self.assertEqual(self.log(), [str(int(signal.SIGINT))] * 3)
        self.type("\x1c")
        self.wait_until(lambda: len(self.log()) >= 4, "SIGQUIT")
        time.sleep(0.3)
        self.assertEqual(self.log()[3:], [str(int(signal.SIGQUIT))])
        self.write("stop", "")
        self.expect(b"status=9.")
        self.assertIn(b"this job", self.seen)
        document(self.read("r.json"))

    def test_control_c_ends_a_training_and_the_report_comes(self):
        self.type('"$AICO2" run -o r.json -- sh -c "echo re\'\'ady; exec sleep 1000"; echo status=$?.\n')
        self.expect(b"ready")
        self.type("\x03")
        # bash itself drops the rest of the line when a command has died of SIGINT
        self.expect(b"this job")
        self.wait_until(lambda: os.path.exists(self.path("r.json")), "the report")
        self.assertEqual(document(self.read("r.json"))["run"]["exit_status"], 130)
        self.type("echo status=$?.\n")
        self.expect(b"status=130.")

    def test_stopping_and_continuing_in_a_shell(self):
        self.type('"$AICO2" run --interval 50ms -o r.json -- sh -c "echo re\'\'ady; while [ ! -e stop ]; do '
                  'sleep 0.05; done; exit 9"; echo status=$?.\n')
        self.expect(b"ready")
        self.type("\x1a")
        self.expect(b"status=148.")  # 128 + SIGTSTP: both have stopped, the shell has the terminal
        self.expect(b"Stopped")
        time.sleep(1)
        self.write("stop", "")
        self.assertFalse(os.path.exists(self.path("r.json")))
        self.type("fg; echo now=$?.\n")
        self.expect(b"now=9.")
        report = document(self.read("r.json"))
        self.assertIn("too late", " ".join(report["warnings"]))
        self.assertGreaterEqual(report["run"]["duration_seconds"], 1)

    def test_a_command_with_job_control_of_its_own(self):
        self.type('"$AICO2" run --quiet -- bash --norc --noprofile -i; echo status=$?.\n')
        self.type("stty -echo; PS1='> '; echo in''side; sleep 1000\n")
        self.expect(b"inside")

        def stopped():
            self.type("\x1a")  # which the shell ignores as long as sleep has not begun
            time.sleep(0.3)
            return b"Stopped" in self.look()
        self.wait_until(stopped, "sleep is stopped")
        self.type("kill %1; exit 5; \nexit 5\n")
        self.expect(b"status=5.")

    def test_in_the_background_it_does_not_stop_at_the_report(self):
        self.type('"$AICO2" run -o r.json -- sh -c "exit 9" & wait $!; echo status=$?.\n')
        self.expect(b"status=9.")


class Group(Case):
    """Two signals that come together are one: we are held back until the command has got the terminal's."""

    def setUp(self):
        super().setUp()
        self.write("counter.py", COUNTER)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.cwd)
            os.execve("/bin/sh", ["sh", "-c", 'trap : INT QUIT WINCH; "$0" run -o r.json -- "$@"; exit $?', PROGRAM,
                                  PYTHON, "counter.py"], self.env)
        self.addCleanup(os.close, self.terminal)
        self.wait_for_file("log", "ready")
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as handle:
            self.ours = int(handle.read().split()[0])

    def press(self, send, number):
        def count():
            return self.read("log").split().count(str(int(number)))
        os.kill(self.ours, signal.SIGSTOP)
        self.wait_until(lambda: state_of(self.ours) == "T", "our stop")
        send()
        self.wait_until(lambda: count() == 1, "the terminal's signal")
        os.kill(self.ours, signal.SIGCONT)
        time.sleep(0.3)
        self.assertEqual(count(), 1)

    def test_what_the_terminal_sends_is_not_passed_on(self):
        self.press(lambda: os.write(self.terminal, b"\x03"), signal.SIGINT)
        self.press(lambda: os.write(self.terminal, b"\x1c"), signal.SIGQUIT)
        self.press(lambda: fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, b"\x20\x00\x60\x00\x00\x00\x00\x00"),
                   signal.SIGWINCH)
        self.write("stop", "")
        _, status = os.waitpid(self.pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9)
        document(self.read("r.json"))


class HangUp(Case):
    def test_the_hang_up_of_our_terminal_reaches_the_command(self):
        # we lead the session, as under `ssh -t host aico2 run ...`
        self.write("counter.py", COUNTER)
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.cwd)
            os.execve(PROGRAM, [PROGRAM, "run", "-o", "r.json", "--", PYTHON, "counter.py"], self.env)
        self.wait_for_file("log", "ready")
        os.close(terminal)
        self.wait_for_file("log", f"\n{int(signal.SIGHUP)}\n")
        self.write("stop", "")
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9)
        self.assertEqual(self.read("log").split().count(str(int(signal.SIGHUP))), 1)
        document(self.read("r.json"))


class Stopped(Case):
    def test_time_in_which_we_were_stopped_is_flagged(self):
        process = self.start(PROGRAM, "run", "--interval", "50ms", "-o", "r.json", "--", "sh", "-c",
                             "echo ready; while [ ! -e stop ]; do sleep 0.05; done")
        self.assertEqual(process.stdout.readline(), "ready\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        self.write("stop", "")
        self.assertEqual(process.wait(SLOW), 0)
        report = document(self.read("r.json"))
        self.assertIn("too late", " ".join(report["warnings"]))
        self.assertGreaterEqual(report["overhead"]["late_ticks"], 20)
        self.assertGreaterEqual(report["run"]["duration_seconds"], 2)
        for device in report["devices"]:
            self.assertLessEqual(device["coverage_ratio"], 1)


if __name__ == "__main__":
    main()
