# SPDX-License-Identifier: Apache-2.0
"""test_opened_files.py - what the programs really open, by strace, beside the table of SECURITY.md"""
import os
import re
import shutil
import subprocess
import unittest

from harness import PROGRAM, SLOW, Case, main

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
# With -y a descriptor is told with what it is of: openat(5</proc>, "stat")
CALL = re.compile(r'^(?:\d+ +)?(?:open|access|readlink|(?:openat|openat2|faccessat|faccessat2|readlinkat)\((?:AT_FDCWD|\d+)(?:<(?P<folder>[^>]*)>)?, )'
                  r'\(?"(?P<name>[^"]*)"')
# "what libraries open", and the loader of programs
LIBRARIES = re.compile(r"/etc/ld\.so\.\w+|.*/lib(?:64|exec)?/.*\.so(?:\.[\w.]+)?|.*\.so(?:\.\d+)*|/usr/(?:lib|share)/locale/.*|/usr/share/zoneinfo/.*"
                       r"|/usr/lib/.*/gconv/.*|.*/terminfo/.*|/etc/gnutls/config|/dev/urandom|/etc/nsswitch\.conf"
                       r"|/proc/sys/(?:vm/overcommit_memory|crypto/fips_enabled)|/sys/devices/system/cpu/(?:online|possible)")
# Where these tests have what is "that are named", and the program's own; the roots themselves; the broker's socket, of the next table
OWN = re.compile(r"/run/aico2/sensord\.sock|/|/(?:proc|sys|dev|etc)|/dev/null|/etc/aico2(?:/.*)?|/var/lib/aico2(?:/.*)?")


def strace_works():
    done = subprocess.run(["strace", "-qq", "-y", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL,
                          check=False) if shutil.which("strace") else None
    return done is not None and done.returncode == 0


def table():
    """A pattern for each name in the first column: itself, and what is below it."""
    with open(os.path.join(SOURCE, "SECURITY.md"), encoding="utf-8") as handle:
        lines = handle.read().partition("| files | who may | for |\n|---|---|---|\n")[2].partition("\n\n")[0].splitlines()
    patterns = []
    for line in lines:
        cell = line[2:].partition(" | ")[0]
        below = re.match(r"`(/proc/PID|/proc|/sys)[`/]", cell)
        for name in re.findall(r"`([^`]+)`", cell):
            path = name if name.startswith("/") else f"{below.group(1)}/{name}" if below else None
            if path in (None, "/proc", "/sys", "/proc/PID"):
                continue
            pattern = re.sub(r"(?<=[/a-z])N\b", r"\\d+", re.escape(path).replace("/PID", r"/\d+"))
            patterns.append(re.compile(pattern + "(?:/.*)?"))
    return patterns


def opened(trace, folder):
    found = set()
    for line in trace.splitlines():
        match = CALL.match(line)
        if match is None:
            continue
        path = os.path.normpath(os.path.join(match["folder"] or folder, match["name"]))
        found.add("/" + path.lstrip("/"))
    return found


@unittest.skipUnless(strace_works(), "no strace that may trace here")
class Opened(Case):
    def setUp(self):
        super().setUp()
        self.env["XDG_RUNTIME_DIR"] = os.path.join(self.root, "runtime")  # the pipe and files of ranks, too, are the next table's
        os.mkdir(self.env["XDG_RUNTIME_DIR"], 0o700)

    def strange(self, *words):
        trace = os.path.join(self.root, "trace")
        done = subprocess.run(["strace", "-f", "-qq", "-y", "-s", "1000", "-o", trace, "-e",
                               "trace=open,openat,openat2,access,faccessat,faccessat2,readlink,readlinkat", PROGRAM, *words],
                              cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=SLOW, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        with open(trace, encoding="utf-8", errors="replace") as handle:
            found = opened(handle.read(), self.cwd)
        patterns = table()
        built = os.path.dirname(os.path.dirname(PROGRAM))
        self.assertGreater(len([path for path in found if any(pattern.fullmatch(path) for pattern in patterns)]), 15)
        return {path for path in found
                if not path.startswith((self.root + "/", built + "/")) and path != self.root and not LIBRARIES.fullmatch(path)
                and not OWN.fullmatch(path) and not any(pattern.fullmatch(path) for pattern in patterns)}

    def test_a_run(self):
        self.assertEqual(self.strange("run", "--", "true"), set())

    def test_what_looks_around(self):
        for words in (("devices",), ("doctor",), ("monitor", "--plain", "--count", "2", "--interval", "200ms")):
            with self.subTest(words=words):
                self.assertEqual(self.strange(*words), set())


class Reading(unittest.TestCase):
    def test_what_is_missing_would_be_seen(self):
        trace = ('7 openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3</tmp/x>\nopenat(5</proc>, "self/../stat", O_RDONLY) = 3\n'
                 '9 faccessat2(6</sys>, "../.dockerenv", F_OK, 0) = -1 ENOENT\naccess("/etc/x", F_OK) = 0\nreadlink("/proc/self/exe", "", 1) = 1\n')
        self.assertEqual(opened(trace, "/home"), {"/tmp/x", "/proc/stat", "/.dockerenv", "/etc/x", "/proc/self/exe"})
        patterns = table()
        self.assertTrue(all(any(pattern.fullmatch(path) for pattern in patterns) for path in
                            ("/proc/stat", "/proc/12/cmdline", "/sys/class/drm/card0", "/dev/cpu/3/msr", "/etc/passwd", "/.dockerenv")))
        self.assertFalse(any(pattern.fullmatch(path) for pattern in patterns for path in ("/proc/12/mem", "/etc/shadow", "/sys/x", "/dev/mem")))


if __name__ == "__main__":
    main()
