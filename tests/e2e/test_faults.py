# SPDX-License-Identifier: Apache-2.0
"""test_faults.py - R4: a history that cannot be kept, full disks, other users: the command and its report do not mind."""
import os
import pwd
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

from harness import PROGRAM, PYTHON, SLOW, Case, document, document_in, main


def namespace_works():
    done = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


class BadHistory(Case):
    def measured_all_the_same(self, *part, options=(), status=9, env=None):
        """The command's status, the report, one warning that names what is wrong."""
        done = self.run_command("sh", "-c", f"echo out; exit {status}", options=["-o", "r.json", *options], env=env)
        self.assertEqual((done.returncode, done.stdout), (status, "out\n"))
        self.assertIn("this job", done.stderr)
        warnings = [line for line in document(self.read("r.json"))["warnings"] if "history" in line]
        self.assertEqual(len(warnings), 1, warnings)
        for text in part:
            self.assertIn(text, warnings[0])
        self.assertEqual(done.stderr.count("stored in the history"), 1, done.stderr)
        # nor is it lost without a word where no report is wanted
        done = self.run_command("sh", "-c", "exit 9", options=["--quiet", *options], env=env)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Aaico2 run: warning: .*not stored in the history: .*\n\Z")

    def questions_are_refused(self, status=1):
        for words in (["runs"], ["show", "last"], ["recover"], ["measure", "--start", "1", "--end", "2"]):
            with self.subTest(words):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, status)
                self.one_line(done.stderr, self.db)

    def test_a_directory(self):
        os.mkdir(self.db)
        self.measured_all_the_same("not stored", self.db, "is a directory")
        self.assertEqual(os.listdir(self.db), [])
        self.questions_are_refused()

    def test_garbage_is_left_as_it_is(self):
        for data in (b"garbage\n", os.urandom(100000), b"SQLite format 3\0" + b"\0" * 4000,
                     b"SQLite format 3\0" + os.urandom(8192)):
            with self.subTest(data[:16]):
                with open(self.db, "wb") as handle:
                    handle.write(data)
                self.measured_all_the_same("not stored", self.db)
                self.questions_are_refused()
                with open(self.db, "rb") as handle:
                    self.assertEqual(handle.read(), data)

    def test_a_damaged_history_is_left_as_it_is(self):
        for _ in range(20):
            self.run_command("true", options=["--quiet"])
        sqlite3.connect(self.db).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
        with open(self.db, "r+b") as handle:
            handle.seek(4096)
            handle.write(b"\xa5" * 8192)
        with open(self.db, "rb") as handle:
            before = handle.read()
        self.measured_all_the_same("not stored", self.db)
        with open(self.db, "rb") as handle:
            self.assertEqual(handle.read(), before)

    def test_somebody_elses_database(self):
        connection = sqlite3.connect(self.db)
        connection.execute("CREATE TABLE mine(x)")
        connection.close()
        with open(self.db, "rb") as handle:
            before = handle.read()
        self.measured_all_the_same("not stored", self.db)
        with open(self.db, "rb") as handle:
            self.assertEqual(handle.read(), before)

    def test_one_of_a_newer_version(self):
        self.run_command("true", options=["--quiet"])
        connection = sqlite3.connect(self.db)
        connection.execute("PRAGMA user_version = 9999")
        connection.close()
        self.measured_all_the_same("not stored", self.db, "newer")
        self.questions_are_refused()
        connection = sqlite3.connect(self.db)
        self.assertEqual(connection.execute("PRAGMA user_version").fetchall(), [(9999,)])
        self.assertEqual(connection.execute("SELECT count(*) FROM runs").fetchall(), [(1,)])
        connection.close()

    def test_an_empty_file_becomes_a_history(self):
        with open(self.db, "w", encoding="ascii"):
            pass
        self.assertEqual(self.run_command("sh", "-c", "exit 9").returncode, 9)
        self.assertEqual(len(self.runs()), 1)

    def test_one_that_somebody_keeps_locked(self):
        self.run_command("true", options=["--quiet"])
        lock = sqlite3.connect(self.db, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            begun = time.monotonic()
            self.measured_all_the_same("not stored", self.db, "busy")
            self.assertLess(time.monotonic() - begun, 60)  # on a busy machine
        finally:
            lock.close()
        self.assertEqual(len(self.runs()), 1)

    def test_one_that_is_locked_for_a_while_loses_nothing(self):
        self.run_command("true", options=["--quiet"])
        lock = sqlite3.connect(self.db, isolation_level=None)
        process = self.start(PROGRAM, "run", "--interval", "50ms", "-o", "r.json", "--", "sleep", "3")
        time.sleep(1.2)
        lock.execute("BEGIN IMMEDIATE")
        time.sleep(1.2)
        lock.close()
        self.assertEqual(process.wait(SLOW), 0)
        report = document(self.read("r.json"))
        self.assertNotIn("history", " ".join(report["warnings"]))
        connection = sqlite3.connect(self.db)
        for device in report["devices"]:
            rows = connection.execute("SELECT sum(samples.samples), sum(joules) FROM samples JOIN runs ON samples.run = runs.key"
                                      " JOIN devices ON devices.run = runs.key AND devices.device = samples.device"
                                      " WHERE runs.id = ? AND devices.id = ?",
                                      (report["run"]["id"], device["id"])).fetchone()
            self.assertEqual(rows[0], device["samples"])
            self.assertAlmostEqual(rows[1], device["energy_joules"], delta=1e-9 * device["energy_joules"])
        connection.close()

    def test_no_place_for_it(self):
        self.write("file", "")
        self.measured_all_the_same("not stored", "Not a directory", options=["--db", "file/h.db"])
        self.measured_all_the_same("not stored", options=["--db", "/proc/h.db"])
        self.measured_all_the_same("not stored", options=["--db", "/" + "x" * 4000 + "/h.db"])

    def test_a_history_that_is_deleted_meanwhile(self):
        self.run_command("true", options=["--quiet"])
        process = self.start(PROGRAM, "run", "--interval", "50ms", "--", "sh", "-c", "sleep 3; exit 9")
        time.sleep(1.3)
        for name in os.listdir(self.root):
            if name.startswith("history.db"):
                os.unlink(os.path.join(self.root, name))
        text = process.communicate(timeout=SLOW)[1]
        self.assertEqual(process.returncode, 9)
        self.assertIn("this job", text)


@unittest.skipUnless(os.geteuid() == 0 and namespace_works(), "no mount namespaces for us here")
class FullDisk(Case):
    def in_namespace(self, script):
        done = subprocess.run(["unshare", "-m", "bash", "-c", "mkdir -p disk && mount -t tmpfs -o size=1m none disk\n"
                               + script, PROGRAM], cwd=self.cwd, env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
        return done

    def test_full_from_the_start(self):
        done = self.in_namespace('dd if=/dev/zero of=disk/fill bs=64k 2>/dev/null\n'
                                 '"$0" run --db disk/h.db -- sh -c "echo out; exit 9"; echo $?; ls disk')
        self.assertEqual(done.stdout, "out\n9\nfill\n", done.stderr)
        self.assertIn("this job", done.stderr)
        self.assertIn("not stored in the history", done.stderr)

    def test_full_meanwhile(self):
        done = self.in_namespace('"$0" run --interval 5ms --db disk/h.db -- sh -c "sleep 1.5; '
                                 'dd if=/dev/zero of=disk/fill bs=4k 2>/dev/null; sleep 2; exit 9"; echo $?\n'
                                 'rm disk/fill; "$0" recover --db disk/h.db; "$0" show last --db disk/h.db')
        self.assertIn("9\n", done.stdout)
        self.assertIn("not all stored in the history", done.stderr)
        self.assertIn("this job", done.stdout, done.stderr)

    def test_full_and_free_again_loses_nothing(self):
        done = self.in_namespace('"$0" run --interval 20ms --db disk/h.db -o r.json -- sh -c "sleep 1.2; '
                                 'dd if=/dev/zero of=disk/fill bs=4k 2>/dev/null; sleep 1.5; rm disk/fill; sleep 1.5; '
                                 'exit 9"; echo $?\n"$0" show last --db disk/h.db -o shown.json >/dev/null')
        self.assertEqual(done.stdout, "9\n", done.stderr)
        report = document(self.read("r.json"))
        self.assertNotIn("history", " ".join(report["warnings"]))
        self.assertEqual(document(self.read("shown.json")), report)

    def test_full_where_the_outputs_go(self):
        done = self.in_namespace('echo old >disk/r.json; echo >disk/t.csv\n'
                                 'dd if=/dev/zero of=disk/fill bs=64k 2>/dev/null; dd if=/dev/zero of=disk/fill2 bs=1k 2>/dev/null\n'
                                 '"$0" run -o disk/r.json --csv disk/e.csv --samples disk/s.csv --seed-csv disk/t.csv '
                                 '-- sh -c "echo out; exit 9"; echo $?; cat disk/r.json; ls -A disk')
        self.assertTrue(done.stdout.startswith("out\n9\nold\n"), done.stdout + done.stderr)
        self.assertNotIn(".tmp", done.stdout)
        self.assertIn("this job", done.stderr)
        self.assertIn("No space left", done.stderr)

    def test_a_home_that_may_only_be_read(self):
        done = self.in_namespace('"$0" run --quiet --db disk/h.db -- true; mount -o remount,ro disk\n'
                                 '"$0" run --db disk/h.db -- sh -c "exit 9"; echo $?\n'
                                 '"$0" run --db disk/new.db -- sh -c "exit 8"; echo $?\n'
                                 '"$0" runs --db disk/h.db --format csv | wc -l')
        self.assertEqual(done.stdout, "9\n8\n2\n", done.stderr)
        self.assertEqual(done.stderr.count("not stored in the history"), 2, done.stderr)

    def test_no_room_in_tmp(self):
        done = self.in_namespace('mount -t tmpfs none /mnt && cp "$0" /mnt/aico2 && cd /mnt\n'
                                 'mount -t tmpfs -o size=64k none /tmp; dd if=/dev/zero of=/tmp/fill bs=4k 2>/dev/null\n'
                                 './aico2 run --db h.db -o r.json -- sh -c "exit 9"; echo $?; ls')
        self.assertEqual(done.stdout.split("\n")[0], "9", done.stderr)
        self.assertIn("r.json", done.stdout)
        self.assertNotIn("not stored", done.stderr)


def strace_works():
    done = subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"],
                          stderr=subprocess.DEVNULL, check=False) if shutil.which("strace") else None
    return done is not None and done.returncode == 0


@unittest.skipUnless(strace_works(), "no strace that may trace here")
class Failing(Case):
    """System calls of ours that fail (the command's fail as well: it makes none of them)."""

    def inject(self, fault):
        done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={fault}", PROGRAM, "run", "-o",
                               "r.json", "--", "sh", "-c", "exit 9"], cwd=self.cwd, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SLOW,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (9, ""), done.stderr)
        return done.stderr

    def test_a_disk_that_fails_costs_the_history_only(self):
        self.run_command("true", options=["--quiet"])
        for fault in ("pwrite64:error=EIO", "pwrite64:error=ENOSPC:when=3+", "ftruncate:error=EIO"):
            with self.subTest(fault):
                text = self.inject(fault)
                self.assertIn("this job", text)
                self.assertEqual(text.count("stored in the history"), 1, text)
                document(self.read("r.json"))

    def test_a_disk_that_cannot_sync(self):
        # a new history and a report file are not trusted to be there: both say so
        text = self.inject("fsync,fdatasync:error=EIO")
        self.assertIn("this job", text)
        self.assertEqual(text.count("not stored in the history"), 1, text)
        self.assertIn("cannot write 'r.json'", text)
        self.assertEqual(os.listdir(self.cwd), [])

    def test_calls_that_are_interrupted(self):
        for fault in ("epoll_wait:error=EINTR:when=1+2", "poll:error=EINTR:when=1+2", "wait4:error=EINTR:when=1+2",
                      "read:error=EINTR:when=20+3", "pread64:error=EINTR:when=20+3"):
            with self.subTest(fault):
                self.assertIn("this job", self.inject(fault))
                document(self.read("r.json"))

    def test_what_is_refused_is_done_without(self):
        for fault in ("perf_event_open:error=EACCES", "prctl:error=EPERM", "getdents64:error=EIO",
                      "getrandom:error=ENOSYS", "flock:error=ENOLCK", "clone3:error=EAGAIN"):
            with self.subTest(fault):
                self.assertIn("this job", self.inject(fault))
                document(self.read("r.json"))

    def test_where_nothing_can_be_measured_the_command_runs(self):
        for fault in ("signalfd4:error=EMFILE", "epoll_create1:error=EMFILE", "timerfd_create:error=EMFILE",
                      "pipe2:error=ENFILE"):
            with self.subTest(fault):
                self.one_line(self.inject(fault), "warning: ", "unmeasured")


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv to become nobody")
class Nobody(Case):
    """As a user without any right, with a home of its own."""

    def setUp(self):
        super().setUp()
        self.user = pwd.getpwnam("nobody")
        os.chmod(self.root, 0o755)
        self.home = os.path.join(self.root, "home")
        os.mkdir(self.home)
        os.chown(self.home, self.user.pw_uid, self.user.pw_gid)
        self.program = os.path.join(self.root, "aico2")
        shutil.copy(PROGRAM, self.program)  # the build may lie where nobody can look
        os.chmod(self.program, 0o755)
        del self.env["AICO2_DB"]
        self.env.update(HOME=self.home, XDG_CONFIG_HOME=self.home + "/.config")

    def nobody(self, *words, env=None, **more):
        environment = {**self.env, **(env or {})}
        environment = {name: value for name, value in environment.items() if value is not None}
        return subprocess.run(["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                               "--clear-groups", *words], cwd=self.home, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False,
                              **more)

    def test_the_main_job(self):
        done = self.nobody(self.program, "run", "--country", "FR", "-o", "r.json", "--csv", "e.csv", "--samples",
                           "s.csv", "--", "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exit 7")
        self.assertEqual((done.returncode, done.stdout), (7, ""))
        self.assertIn("this job", done.stderr)
        self.assertNotIn("history", done.stderr)
        with open(self.home + "/r.json", encoding="utf-8") as handle:
            report = document(handle.read())
        self.assertGreater(report["run"]["cpu_seconds"], 0)
        stored = self.home + "/.local/share/aico2/history.db"
        self.assertEqual(stat.S_IMODE(os.stat(stored).st_mode), 0o640)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(stored)).st_mode), 0o750)
        for words in (["runs"], ["show", "last"], ["compare", "last", "last"], ["devices"], ["recover"],
                      ["recompute", "last", "--country", "SE", "--save"]):
            with self.subTest(words):
                done = self.nobody(self.program, *words, "--json")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                document(done.stdout)

    def test_where_the_history_lies(self):
        for env, place in (({"XDG_DATA_HOME": self.home + "/data"}, "data/aico2/history.db"),
                           ({"XDG_DATA_HOME": "relative"}, ".local/share/aico2/history.db"),
                           ({"XDG_DATA_HOME": ""}, ".local/share/aico2/history.db")):
            with self.subTest(env):
                shutil.rmtree(self.home + "/.local", ignore_errors=True)
                self.assertEqual(self.nobody(self.program, "run", "--quiet", "--", "true", env=env).returncode, 0)
                self.assertTrue(os.path.exists(os.path.join(self.home, place)))

    def test_without_a_home(self):
        for home in (None, "", "relative"):
            with self.subTest(home):
                done = self.nobody(self.program, "run", "--", "sh", "-c", "exit 9", env={"HOME": home})
                self.assertEqual(done.returncode, 9)
                self.assertIn("this job", done.stderr)
                self.assertEqual(done.stderr.count("not stored in the history"), 1, done.stderr)
        done = self.nobody(self.program, "run", "--", "sh", "-c", "exit 9", env={"HOME": "/nonexistent"})
        self.assertEqual(done.returncode, 9)
        self.assertEqual(done.stderr.count("not stored in the history"), 1, done.stderr)
        done = self.nobody(self.program, "runs", env={"HOME": None})
        self.assertEqual(done.returncode, 1)

    def test_a_home_that_is_not_ours(self):
        os.chown(self.home, 0, 0)
        done = self.nobody(self.program, "run", "--", "sh", "-c", "exit 9")
        self.assertEqual(done.returncode, 9)
        self.assertIn("this job", done.stderr)
        self.assertEqual(done.stderr.count("not stored in the history"), 1, done.stderr)
        done = self.nobody(self.program, "run", "-o", "r.json", "--", "touch", "/tmp/never")
        self.assertEqual(done.returncode, 125)
        self.one_line(done.stderr, "--output", "Permission denied")

    def test_children_of_50_ms_without_perf(self):
        script = ("import resource, subprocess, sys\n"
                  "for i in range(20): subprocess.run([sys.argv[1], '-S', '-E', '-c', sys.argv[2]])\n"
                  "both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
                  "print(sum(one.ru_utime + one.ru_stime for one in both))\n")
        burn = "import time\nend = time.process_time() + .05\nwhile time.process_time() < end: pass\n"
        python = next((path for path in (PYTHON, "/usr/bin/python3")
                       if self.nobody("test", "-x", path).returncode == 0), None)
        if python is None:
            self.skipTest("no Python that nobody may run")
        done = self.nobody(self.program, "run", "-o", "r.json", "--", python, "-c", script, python, burn)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.home + "/r.json", encoding="utf-8") as handle:
            self.assertGreaterEqual(document(handle.read())["run"]["cpu_seconds"], 0.995 * float(done.stdout))


if __name__ == "__main__":
    main()
