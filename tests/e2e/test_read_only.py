# SPDX-License-Identifier: Apache-2.0
"""test_read_only.py - S9: as nobody, where nothing can be written and there is no home: as a container that is shut has it.

A mount namespace of its own in which every file system is read-only, /tmp and /dev/shm too; nobody's uid, no group, no
capability. What can be read there is measured or modelled, and what cannot is said.
"""
import os
import pwd
import re
import shutil
import signal
import subprocess
import unittest
import urllib.error
import urllib.request

from harness import PROGRAM, SLOW, Case, document, main

SERVE = os.environ["AICO2_TEST_SERVE"]  # "" where it is not built
# Every file system of the namespace; what the kernel does not let be changed is not ours to write in either.
SHUT = r"""
mount --make-rprivate / || exit 99
cut -d ' ' -f 5 /proc/self/mountinfo | sort -ru | while read -r point; do
    mount -o remount,bind,ro "$(printf '%b' "$point")" 2>/dev/null
done
touch /read-only-probe 2>/dev/null && exit 99
exec "$@"
"""


def can_shut():
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    return subprocess.run(["unshare", "--mount", "sh", "-c", SHUT, "sh", "true"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(can_shut(), "needs root, unshare and setpriv, and a kernel that lets mounts be made read-only")
class ReadOnly(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.root, 0o755)
        os.chmod(self.cwd, 0o777)  # not the mode keeps it from writing here
        user = pwd.getpwnam("nobody")
        for folder, program in (("cli", PROGRAM), ("server", SERVE)):  # as a build has them
            if program:
                os.mkdir(os.path.join(self.root, folder))
                shutil.copy(program, os.path.join(self.root, folder))
        self.before = ["unshare", "--mount", "sh", "-c", SHUT, "sh", "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                       "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
                       os.path.join(self.root, "cli", os.path.basename(PROGRAM))]
        for name in ("AICO2_DB", "XDG_CONFIG_HOME"):
            del self.env[name]
        self.env["HOME"] = "/nonexistent"

    def nobody(self, *words, **more):
        return subprocess.run([*self.before, *words], env=self.env, cwd=self.cwd, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SLOW, check=False, **more)

    def test_nothing_can_be_written_there(self):
        done = self.nobody("run", "--no-db", "--quiet", "--", "sh", "-c",
                           f"touch {self.cwd}/x /tmp/x /dev/shm/x /x; ls -A {self.cwd}; grep -h ^CapEff /proc/self/status; id -u")
        self.assertEqual(done.stdout.split(), ["CapEff:", "0000000000000000", str(pwd.getpwnam("nobody").pw_uid)], done.stderr)
        self.assertEqual(done.stderr.count("Read-only file system") + done.stderr.count("Permission denied"), 4, done.stderr)

    def test_a_run_is_measured_and_told(self):
        burn = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exit 7"
        done = self.nobody("run", "--no-db", "--country", "FR", "-o", "-", "--", "sh", "-c", burn)
        self.assertEqual(done.returncode, 7, done.stderr)
        report = document(done.stdout)
        self.assertGreater(report["run"]["cpu_seconds"], 0)
        self.assertGreater(report["energy"]["total_joules"], 0)
        self.assertGreater(report["carbon"]["total_gco2e"], 0)
        self.assertTrue(any(device["kind"] == "cpu" and device["basis"] for device in report["devices"]))
        for line in done.stderr.splitlines():
            self.assertNotIn("error", line.lower())

    def test_without_no_db_it_says_once_that_nothing_is_kept(self):
        done = self.nobody("run", "--", "sh", "-c", "exit 9")
        self.assertEqual(done.returncode, 9)
        self.assertIn("this job", done.stderr)
        self.assertEqual(done.stderr.count("not stored in the history"), 1, done.stderr)

    def test_what_asks_no_history_answers(self):
        for words in (["devices"], ["doctor"], ["intensity", "FR"], ["estimate", "--gpu", "A100", "--hours", "1", "--country", "FR"]):
            with self.subTest(words):
                done = self.nobody(*words, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                document(done.stdout)

    @unittest.skipUnless(SERVE, "aico2-serve is not built")
    def test_it_serves_and_ends_well(self):
        process = self.start(*self.before, "serve", "--no-db", "--listen", "127.0.0.1:0", "--interval", "200ms")
        port = None
        while port is None:
            line = process.stderr.readline()
            self.assertTrue(line, "it has ended")
            found = re.search(r"http://127\.0\.0\.1:(\d+)$", line)
            port = found and found.group(1)

        def page(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SLOW) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                self.assertEqual(error.code, 503, path)  # nothing has been measured yet
                return None

        watts = re.compile(r'^aico2_power_watts\{[^}]*device="cpu0"[^}]*\} [0-9.]+$', re.MULTILINE)
        self.wait_until(lambda: watts.search(page("/metrics") or ""), "the power of the processor")
        self.assertIn("<html", page("/"))
        self.assertTrue(document(page("/api/v1/devices"))["devices"])
        self.wait_until(lambda: page("/api/v1/live?since=0&wait=1"), "a tick")
        self.assertTrue(page("/readyz"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(SLOW), 0)


if __name__ == "__main__":
    main()
