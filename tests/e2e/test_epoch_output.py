# SPDX-License-Identifier: Apache-2.0
"""test_epoch_output.py - what a training prints is followed through a pty, and arrives as it was printed"""
import fcntl
import hashlib
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, main

# Without a flush: only a terminal gets it line by line.
TRAINING = """
import sys, time
for epoch in range(1, int(sys.argv[1]) + 1):
    end = time.monotonic() + 0.25
    while time.monotonic() < end:
        pass
    print(f"epoch {epoch}: loss 0.5")
"""

# Bars that are drawn over themselves, as tqdm and Keras draw them.
BARS = """
import sys, time
for epoch in range(1, 4):
    for step in range(0, 101, 5):
        sys.stdout.write(f"\\rEpoch {epoch}/3: {step:3d}%|" + "\\u2588" * (step // 10) + "|")
        sys.stdout.flush()
        time.sleep(0.01)
    sys.stdout.write("\\n")
"""


class Output(Case):
    def followed(self, *words, options=(), **more):
        return self.run_command(*words, options=("--epoch-output", "-o", "report.json", *options), **more)

    def report(self):
        return json.loads(self.read("report.json"))

    def twice(self, script, **more):
        """The same shell script without us, and with us: what arrives, and how it ends."""
        done = [subprocess.run([*words, "bash", "-c", script], cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW, check=False, **more)
                for words in ((), (PROGRAM, "run", "--quiet", "--epoch-output", "--"))]
        self.assertEqual(done[0].returncode, done[1].returncode, done[1].stderr)
        self.assertEqual(done[0].stdout == done[1].stdout, True, "other bytes")
        return done[0]


class Epochs(Output):
    def test_are_found_when_they_end_into_a_pipe_and_a_file(self):
        self.write("train.py", TRAINING)
        with open(self.path("out.txt"), "wb") as file:
            for out in (subprocess.PIPE, file):
                done = self.followed(PYTHON, "train.py", "4", options=("--epochs", "8", "--interval", "1h"), stdout=out)
                self.assertEqual(done.returncode, 0, done.stderr)
                report = self.report()
                self.assertEqual([task["name"] for task in report["tasks"]], [f"epoch {n}" for n in range(1, 5)])
                # found when it was printed: no tick comes so soon, and at the end of the run the first would have all of it
                self.assertLess(report["tasks"][0]["duration_seconds"], 0.8 * report["run"]["duration_seconds"])
                self.assertEqual(report["prediction"]["epochs"], 8)
        expected = "".join(f"epoch {n}: loss 0.5\n" for n in range(1, 5))
        self.assertEqual(self.read("out.txt"), expected)
        self.assertFalse([line for line in report["warnings"] if "--epoch" in line])

    def test_bars(self):
        self.write("bars.py", BARS)
        plain = subprocess.run([PYTHON, "bars.py"], cwd=self.cwd, env=self.env, stdout=subprocess.PIPE, check=True)
        done = self.followed(PYTHON, "bars.py", text=False)
        self.assertEqual(done.stdout, plain.stdout)
        self.assertEqual([task["name"] for task in self.report()["tasks"] if task["name"]],
                         ["epoch 1", "epoch 2", "epoch 3"])

    def test_by_a_regex_in_the_last_words(self):
        done = self.followed("sh", "-c", "sleep 0.1; echo pass 1 is done; sleep 0.1; printf 'pass 2 is done'",
                             options=("--epoch-regex", "pass ([0-9]+) is done"))
        self.assertEqual(done.stdout, "pass 1 is done\npass 2 is done")
        self.assertEqual([task["name"] for task in self.report()["tasks"] if task["name"]], ["epoch 1", "epoch 2"])

    def test_validation_is_a_task_of_its_own(self):
        self.write("train.py", TRAINING.replace("5\")", "5\")\n    time.sleep(1)\n    print('accuracy 0.9')"))
        for options in (("--epoch-output",), ("--epoch-log", "x.log")):
            with self.subTest(options):
                done = self.run_command("sh", "-c", f"{PYTHON} -u train.py 3 > x.log; cat x.log"
                                        if len(options) == 2 else f"{PYTHON} train.py 3",
                                        options=(*options, "--validation-regex", "^accuracy", "--epochs", "6", "-o",
                                                 "report.json"))
                self.assertEqual(done.returncode, 0, done.stderr)
                report = self.report()
                self.assertEqual([task["name"] for task in report["tasks"]],
                                 [f"{what} {n}" for n in range(1, 4) for what in ("epoch", "validation")])
                for task in report["tasks"][1::2]:
                    self.assertGreater(task["duration_seconds"], 0.25)
                    self.assertLess(task["duration_seconds"], SLOW)
                prediction = report["prediction"]
                self.assertEqual((prediction["validations"], prediction["validations_done"]), (6, 3))
                self.assertGreater(prediction["validation_energy_joules"],
                                   sum(task["energy_joules"] for task in report["tasks"][1::2]))
                shown = self.aico2("show", "last", "--json")
                self.assertEqual(json.loads(shown.stdout)["prediction"], prediction)
        for options in (("--validation-regex", "x"), ("--epoch-output", "--validation-regex", ""),
                        ("--epoch-output", "--validation-regex", "["),
                        ("--epoch-output", "--validation-at", "end")):
            done = self.run_command("touch", "started", options=options)
            self.assertEqual(done.returncode, 125)
            self.one_line(done.stderr, "validation" if options[-1] in ("x", "end") else f"'{options[-1]}'")
        self.assertFalse(os.path.exists(self.path("started")))

    def test_none_are_said(self):
        self.followed("echo", "hello")
        self.assertIn("no line", " ".join(self.report()["warnings"]))
        self.followed("true")
        self.assertIn("printed nothing", " ".join(self.report()["warnings"]))

    def test_what_is_refused(self):
        done = self.followed("touch", "started", options=("--epoch-log", "x.log"))
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "'x.log'", "--epoch-output")
        done = self.followed("touch", "started", options=("--epoch-regex", "("))
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "'('")
        self.assertFalse(os.path.exists(self.path("started")))


class Bytes(Output):
    def test_whatever_they_are(self):
        every = bytes(range(256)) * 3
        self.write("bytes", every + os.urandom(300000) + b"\r\n\n\r\r\n\x04\x03\x1a\x13\x11\xff\xff", "wb")
        self.twice("cat bytes")
        self.twice("cat bytes bytes bytes; printf x; head -c 3000000 /dev/zero")
        self.twice("printf 'a\\nb\\r\\n\\tc'; printf 'to the other' >&2; exit 3")
        self.twice("true")

    def test_many(self):
        done = self.aico2("run", "--epoch-output", "--quiet", "--", "head", "-c", "200000000", "/dev/zero",
                          text=False)
        self.assertEqual(hashlib.md5(done.stdout).hexdigest(), hashlib.md5(bytes(200000000)).hexdigest())

    def test_standard_error_and_input_are_left_alone(self):
        done = self.followed("sh", "-c", "cat; test -t 1 && echo out; test -t 2 || echo no error; "
                             "test -t 0 || echo no input; stty size <&1", stdin=None, input="from outside\n")
        self.assertEqual(done.stdout, "from outside\nout\nno error\nno input\n24 80\n")

    def test_a_reader_that_leaves(self):
        for script in ("yes", "yes; echo after >&2", "exec yes", "(yes); exit 7"):
            with self.subTest(script):
                done = [self.shell(f"{words} bash -c '{script}' | head -3; echo ${{PIPESTATUS[0]}}")
                        for words in ("", '"$0" run --epoch-output --quiet --')]
                self.assertEqual((done[0].stdout, done[0].stderr), (done[1].stdout, done[1].stderr))
        # one that has the error of write(2): another error, the same end. No print(), whose rest Python tries again as it
        # ends, which is 120 in place of 1 where there is a rest
        endless = "import os; all(os.write(1, bytes([49, 10])) for _ in iter(int, 1))"
        done = self.shell(f'"$0" run --epoch-output --quiet -- {PYTHON} -c "{endless}" | head -1; echo ${{PIPESTATUS[0]}}')
        self.assertEqual(done.stdout, "1\n1\n")

    def test_a_file_that_cannot_grow(self):
        done = self.shell('"$0" run --epoch-output --quiet -- sh -c "echo lost; echo lost; sleep 0.3; echo lost" '
                          '> /dev/full; echo $?')
        self.assertNotEqual(done.stdout, "0\n")
        done = self.shell('"$0" run --epoch-output --quiet -- echo lost > /dev/full; echo $?')
        self.assertEqual(done.stdout, "1\n")
        self.one_line(done.stderr, "not all", "No space left")
        done = self.shell('ulimit -f 1; "$0" run --no-db --epoch-output --quiet -- head -c 9000000 /dev/zero > few; '
                          'echo $?')
        self.assertEqual(done.stdout, f"{128 + signal.SIGXFSZ}\n", done.stderr)
        self.assertEqual(os.path.getsize(self.path("few")), 1024)

    def test_a_closed_output(self):
        done = self.shell('"$0" run --epoch-output --quiet -- sh -c "exit 4" >&-; echo $?')
        self.assertIn("standard output is closed", done.stderr)
        self.assertEqual(done.stdout, "4\n")

    def test_a_reader_that_is_slow(self):
        process = self.start(PROGRAM, "run", "--epoch-output", "-o", "report.json", "--", "sh", "-c",
                             "head -c 300000 /dev/zero; echo told > done; exit 9")
        time.sleep(1)
        self.assertFalse(os.path.exists(self.path("done")))  # it waits, as it would without us
        self.assertIsNone(process.poll())
        text = process.stdout.read()
        self.assertEqual(len(text), 300000)
        self.assertEqual(process.wait(SLOW), 9)

    def test_what_is_left_running_prints_on(self):
        start = time.monotonic()
        done = self.shell('"$0" run --epoch-output --quiet -- sh -c "(sleep 2; echo late) & echo early"; '
                          'echo status $?', stdout=subprocess.PIPE)
        self.assertGreater(time.monotonic() - start, 1.9)
        self.assertEqual(done.stdout, "early\nstatus 0\nlate\n")


class Harmless(Output):
    def test_our_end_is_not_the_commands(self):
        process = self.start(PROGRAM, "run", "--epoch-output", "--", PYTHON, "-c",
                             "import time\nfor i in range(30): print(i); time.sleep(0.1)\nopen('end', 'w').write('x\\n')")
        self.assertEqual(process.stdout.readline(), "0\n")
        process.kill()
        process.wait()
        self.assertEqual(process.stdout.read(), "".join(f"{i}\n" for i in range(1, 30)))
        self.wait_for_file("end")

    def test_while_we_are_stopped(self):
        process = self.start(PROGRAM, "run", "--quiet", "--epoch-output", "--", PYTHON, "-c",
                             "import time\nfor i in range(100): print(i, '*' * 1000)\nprint('end'); time.sleep(3)")
        self.assertEqual(process.stdout.readline()[:2], "0 ")
        os.kill(process.pid, signal.SIGSTOP)
        while process.stdout.readline() != "end\n":
            pass
        os.kill(process.pid, signal.SIGCONT)
        self.assertEqual(process.wait(SLOW), 0)

    def test_statuses_and_signals(self):
        for script, status in (("exit 0", 0), ("exit 77", 77), ("kill -TERM $$", -15), ("kill -KILL $$", -9)):
            done = self.followed("sh", "-c", f"echo before; {script}")
            self.assertEqual((done.returncode, done.stdout), (status, "before\n"))
        done = self.followed("no-such-command-at-all")
        self.assertEqual(done.returncode, 127)
        process = self.start(PROGRAM, "run", "--quiet", "--epoch-output", "--", "sh", "-c",
                             "trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 0.05; done")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.terminate()
        self.assertEqual(process.communicate(timeout=SLOW)[0], "told\n")
        self.assertEqual(process.returncode, 5)

    def test_a_reader_that_never_reads_does_not_keep_us(self):
        process = self.start(PROGRAM, "run", "--quiet", "--epoch-output", "--", "sh", "-c",
                             "echo > begun; exec head -c 1000000 /dev/zero")
        self.wait_for_file("begun")
        time.sleep(0.5)
        process.terminate()
        self.assertEqual(process.wait(SLOW), -signal.SIGTERM)

    def test_no_descriptor_of_ours_is_the_commands(self):
        done = self.followed("sh", "-c", "ls -l /proc/self/fd | wc -l")
        plain = self.run_command("sh", "-c", "ls -l /proc/self/fd | wc -l")
        self.assertEqual(done.stdout, plain.stdout)

    def test_the_copier_holds_nothing_of_others(self):
        # who writes into our stdin is told when nobody reads it any more, although something prints on
        done = self.shell('(trap "" PIPE; echo one; until [ -e ended ]; do sleep 0.05; done; echo two; echo "wrote: $?" >&2; '
                          'echo >told) 2>said | { "$0" run --quiet --epoch-output -- '
                          'sh -c "exec <&-; (until [ -e told ]; do sleep 0.05; done) & exit 0"; exec <&-; echo >ended; }')
        self.assertEqual(done.returncode, 0)
        self.assertIn("wrote: 1", self.read("said"))

    def test_what_it_costs_is_overhead(self):
        self.followed("head", "-c", "100000000", "/dev/zero", stdout=subprocess.DEVNULL)
        self.assertGreater(self.report()["overhead"]["cpu_seconds"], 0.02)


# Tells its terminal's size and modes; raw by its input and then by its output.
LOOKS = """
import os, signal, sys, termios, time, tty
def tell(*what):
    print("told", *what, "\\r")
def size(*_):
    tell("size", *os.get_terminal_size(1))
signal.signal(signal.SIGWINCH, size)
size()
def local(fd):
    return termios.tcgetattr(fd)[3] & (termios.ICANON | termios.ECHO)
keep = termios.tcgetattr(int(sys.argv[1]))
tty.setraw(int(sys.argv[1]))
for _ in range(12000):
    if local(0) == 0:
        break
    time.sleep(0.01)
tell("raw", local(0))
while not os.path.exists("stop"):
    time.sleep(0.01)
tell("key", sys.stdin.read(1))
termios.tcsetattr(int(sys.argv[1]), termios.TCSADRAIN, keep)
for _ in range(12000):
    if local(0) != 0:
        break
    time.sleep(0.01)
tell("cooked", local(0) != 0)
"""


class Terminal(Case):
    """A shell with job control on a terminal of its own."""

    def setUp(self):
        super().setUp()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.cwd)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       {**self.env, "PS1": "$ ", "AICO2": PROGRAM + " run --epoch-output"})
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

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def test_size_and_modes(self):
        self.write("looks.py", LOOKS)
        for fd in (0, 1):
            with self.subTest(fd):
                self.seen = b""
                self.resize(30, 100)
                self.type(f"$AICO2 --quiet -- {PYTHON} looks.py {fd}; echo status=$?.\n")
                self.expect(b"told size 100 30")
                self.expect(b"told raw 0")
                self.resize(40, 120)
                self.expect(b"told size 120 40")
                self.write("stop", "")
                self.type("k")
                self.expect(b"told key k")
                self.expect(b"told cooked True")
                self.expect(b"status=0.")
                os.unlink(self.path("stop"))

    def test_control_c_and_the_last_words_before_the_report(self):
        self.type("$AICO2 -o r.json -- bash -c 'trap \"echo last words; exit 6\" INT; echo re\"\"ady; "
                  "while :; do sleep 0.05; done'; echo status=$?.\n")
        self.expect(b"ready")
        self.type("\x03")
        self.expect(b"status=6.")
        self.assertLess(self.seen.index(b"last words"), self.seen.index(b"this job"))

    def test_stopping_and_continuing(self):
        self.type("$AICO2 --quiet -- sh -c 'echo re\"\"ady; while [ ! -e stop ]; do sleep 0.05; done; "
                  "echo go\"\"ne on; exit 9'; echo status=$?.\n")
        self.expect(b"ready")
        self.type("\x1a")
        self.expect(b"status=148.")
        self.expect(b"Stopped")
        self.write("stop", "")
        self.type("fg; echo now=$?.\n")
        self.expect(b"now=9.")
        self.assertIn(b"gone on", self.seen)

    def test_in_the_background_with_tostop(self):
        self.type("stty tostop; $AICO2 --quiet -- sh -c 'echo ba\"\"ck; exit 9' & "
                  "until jobs | grep -q Stopped; do sleep 0.1; done; jobs; echo lis\"\"ted\n")
        self.expect(b"listed")
        self.assertIn(b"Stopped", self.seen)  # as without us: printing from the background stops it
        self.assertNotIn(b"back\r", self.seen)
        self.type("fg; echo now=$?.\n")
        self.expect(b"now=9.")
        self.assertIn(b"back\r", self.seen)

    def test_lines_and_bars(self):
        self.write("bars.py", BARS)
        texts = []
        for words in ("", "$AICO2 --quiet -- "):
            self.seen = b""
            self.type(f"{words}{PYTHON} bars.py; echo status=$?.\n")
            self.expect(b"status=0.")
            texts.append(self.seen[self.seen.index(b"\rEpoch"):self.seen.index(b"status")])
        self.assertEqual(texts[0], texts[1])


class Others(Case):
    @unittest.skipUnless(shutil.which("script"), "script(1) is not installed")
    def test_under_script(self):
        self.write("bars.py", BARS)
        typescripts = []
        for words in (f"{PYTHON} bars.py", f"{PROGRAM} run --quiet --epoch-output -- {PYTHON} bars.py"):
            done = subprocess.run(["script", "-qec", words, "/dev/null"], cwd=self.cwd, env=self.env, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=SLOW)
            self.assertEqual(done.returncode, 0)
            typescripts.append(done.stdout)
        self.assertEqual(typescripts[0], typescripts[1])
        self.assertIn(b"100%", typescripts[0])

    @unittest.skipUnless(shutil.which("tmux"), "tmux is not installed")
    def test_under_tmux(self):
        tmux = ["tmux", "-S", os.path.join(self.root, "tmux"), "-f", "/dev/null"]
        self.write("say.sh", f"{PROGRAM} run --quiet --epoch-output -- sh -c "
                             "'printf \"a\\nb\\033[1;31mred\\033[0m\\n\"; stty size <&1'; echo status=$?. > status\n"
                             "sleep 60\n")
        started = subprocess.run([*tmux, "new-session", "-d", "-x", "70", "-y", "20", "sh say.sh"], cwd=self.cwd,
                                 env=self.env, check=False, timeout=SLOW)
        self.addCleanup(subprocess.run, [*tmux, "kill-server"], check=False)
        self.assertEqual(started.returncode, 0)
        self.wait_for_file("status", "status=0.")
        shown = self.wait_until(lambda: "70" in (text := subprocess.run(
            [*tmux, "capture-pane", "-p"], stdout=subprocess.PIPE, text=True, check=True).stdout) and text, "the size")
        self.assertEqual(shown.split(), ["a", "bred", "20", "70"])


if __name__ == "__main__":
    main()
