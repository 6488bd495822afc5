# SPDX-License-Identifier: Apache-2.0
"""test_systemd_system.py - the units of the system's daemons: clean, and shut as far as they claim; no systemd has to run."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

FOLDER = os.path.join(os.environ["AICO2_BUILD_ROOT"], "contrib")
SOURCE = os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "contrib/systemd")
SANITIZED = os.environ["AICO2_TEST_SANITIZED"] == "yes"
PROGRAMS = os.environ["AICO2_TEST_PROGRAMS"].split(":")
# the figures of `systemd-analyze security`, ten times: what the units of others score is 17 to 96
BARS = {"aico2-sensord.service": 18, "aico2-serve.service": 13}
SOCKETS = ("aico2-sensord.socket", "aico2-serve.socket")


def read(name):
    folder = SOURCE if name in SOCKETS else FOLDER
    with open(os.path.join(folder, name), encoding="utf-8") as handle:
        return handle.read()


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class Units(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="aico2-systemd-")
        self.addCleanup(held.cleanup)
        self.folder = held.name

    def lay(self, change=lambda text: text):
        """All of them in one folder, with the programs where they are."""
        for name in (*BARS, *SOCKETS):
            text = change(read(name))
            for program in PROGRAMS:
                text = re.sub(rf"^(Exec\w+=)\S*/{os.path.basename(program)}\b", rf"\1{program}", text, flags=re.MULTILINE)
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as handle:
                handle.write(text)

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", "--no-pager", "--man=no", *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)

    def complaints(self):
        """What is said of units of ours: those of the machine are not our business."""
        done = self.analyze("verify", *(os.path.join(self.folder, name) for name in (*BARS, *SOCKETS)))
        return [line for line in done.stdout.splitlines() if "aico2" in line]

    def score(self, name):
        done = self.analyze("security", "--offline=true", "--threshold=" + str(BARS[name]), os.path.join(self.folder, name))
        return done.returncode, float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout).group(1))

    def test_they_are_clean(self):
        self.lay()
        self.assertEqual(self.complaints(), [])

    def test_a_mistake_would_be_seen(self):
        self.lay(lambda text: text.replace("WatchdogSec", "WatchdogSek"))
        self.assertNotEqual(self.complaints(), [])

    def test_they_are_as_shut_as_they_claim(self):
        self.lay()
        for name, bar in BARS.items():
            status, score = self.score(name)
            self.assertEqual(status, 0, (name, score))
            self.assertLessEqual(score, bar / 10)

    def test_an_open_one_would_be_seen(self):
        self.lay(lambda text: text.replace("ProtectSystem=strict\n", "").replace("SystemCallFilter=", "#")
                 .replace("RestrictAddressFamilies=", "#"))
        for name in BARS:
            self.assertNotEqual(self.score(name)[0], 0, name)

    def test_the_broker_may_open_and_no_more(self):
        text = read("aico2-sensord.service")
        both = "CAP_DAC_READ_SEARCH CAP_PERFMON"
        self.assertEqual(re.findall(r"^(?:AmbientCapabilities|CapabilityBoundingSet)=(.*)$", text, re.MULTILINE), [both, both])
        self.assertIn("\nPrivateNetwork=yes\n", text)
        self.assertIn("\nRestrictAddressFamilies=AF_UNIX\n", text)
        for call in ("perf_event_open", "capset", "seccomp"):  # which the groups of calls leave out
            self.assertRegex(text, rf"(?m)^SystemCallFilter=[^~\n]*\b{call}\b")
        self.assertNotRegex(text, r"(?m)^(PrivateUsers|PrivateDevices)=yes")  # clients' groups, and /dev/ipmi0
        self.assertRegex(read("aico2-sensord.socket"), r"(?m)^SocketMode=0660\nSocketGroup=aico2$")

    def test_the_server_has_no_privilege_and_no_directory_of_the_socket(self):
        text = read("aico2-serve.service")
        self.assertRegex(text, r"(?m)^CapabilityBoundingSet=$")
        # systemd would remove the broker's socket with a RuntimeDirectory of that name
        self.assertNotRegex(text, r"(?m)^RuntimeDirectory=")
        self.assertNotRegex(text, r"(?m)^ProcSubset=pid")  # /proc/stat is what is measured

    def allowed_calls(self, name):
        """What the filter of a unit lets through, by the groups that this systemd knows."""
        groups = {}
        for line in subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, timeout=120, check=True).stdout.splitlines():
            if line.startswith("@"):
                calls = groups.setdefault(line.strip(), [])
            elif line.startswith("    ") and not line.strip().startswith("#"):
                calls.append(line.strip())

        def expand(word):
            return set().union(*(expand(one) for one in groups[word])) if word.startswith("@") else {word}

        allowed = expand("@default")
        for words in re.findall(r"^SystemCallFilter=(.*)$", read(name), re.MULTILINE):
            listed = set().union(*(expand(word) for word in words.lstrip("~").split()))
            allowed = allowed - listed if words.startswith("~") else allowed | listed
        return allowed

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    @unittest.skipIf(SANITIZED, "a sanitizer does more")
    def test_no_call_of_the_broker_is_shut_out(self):
        trace = os.path.join(self.folder, "trace")
        program = next(path for path in PROGRAMS if path.endswith("/aico2-sensord"))
        done = subprocess.run(["strace", "-f", "-o", trace, program, "--sysroot", self.folder, "--socket", self.folder + "/socket",
                               "--group=1", "--idle-exit=1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)
        if "ptrace" in done.stdout and done.returncode != 0:
            self.skipTest("no process may be traced here")
        with open(trace, encoding="utf-8", errors="replace") as handle:
            used = set(re.findall(r"^\d+ +(\w+)\(", handle.read(), re.MULTILINE))
        self.assertIn("seccomp", used, done.stdout)
        # of who is started by root without a unit, and makes his own socket
        used -= {"lchown", "chmod", "setgroups", "setresuid", "setresgid"}
        self.assertEqual(used - self.allowed_calls("aico2-sensord.service"), set())

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "systemd-sysusers is not installed")
    def test_the_groups_are_made(self):
        os.mkdir(os.path.join(self.folder, "etc"))
        subprocess.run(["systemd-sysusers", "--root=" + self.folder, os.path.join(SOURCE, "aico2-sensord.sysusers.conf")], check=True,
                       timeout=120, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with open(os.path.join(self.folder, "etc/group"), encoding="utf-8") as handle:
            names = [line.partition(":")[0] for line in handle]
        self.assertEqual(sorted(names), ["aico2", "aico2-raw"])


if __name__ == "__main__":
    unittest.main()
