# SPDX-License-Identifier: Apache-2.0
"""test_doctor.py - `aico2 doctor` and `devices` on every built machine, and what --apply writes."""
import csv
import glob
import io
import os
import shutil
import stat
import subprocess
import unittest

from harness import PROGRAM, Case, document, main

BUILD_MACHINE = os.environ["AICO2_BUILD_MACHINE"]
MACHINES = sorted(os.path.basename(path)[:-len(".manifest")] for path in glob.glob(
    os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "tests/machines/*.manifest")))
STATES = {"used", "available", "denied", "absent", "broken"}
RULE = "etc/udev/rules.d/70-aico2-powercap.rules"
ENERGY = "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj"
KEYS = ["sensor", "state", "reason", "fix", "band_now", "band_then"]


class Doctor(Case):
    def build(self, name):
        root = self.path(name)
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run([BUILD_MACHINE, name, root], check=True, timeout=120)
        os.makedirs(os.path.join(root, "etc"), exist_ok=True)
        return root

    def deny(self, root, path=ENERGY):
        """A directory in place of a file: closed even to root."""
        os.unlink(os.path.join(root, path))
        os.mkdir(os.path.join(root, path))

    def doctor(self, root, *words, status=0):
        done = self.aico2("doctor", *words, "--sysroot", root, "--json")
        self.assertEqual(done.returncode, status, done.stderr)
        found = document(done.stdout)
        self.assertEqual(found["schema"], "aico2.doctor/1")
        return found["checks"]

    def for_everybody(self):
        """A copy of the program, and a way to it, for a user who may be another than us."""
        for folder in (self.root, self.cwd):
            os.chmod(folder, 0o755)
        return shutil.copy(PROGRAM, self.path("aico2"))

    def as_nobody(self, *words, env=None):
        user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run([self.path("aico2"), *words], env={**self.env, **(env or {})}, text=True,
                              cwd="/", capture_output=True, check=False, timeout=120, **user)

    def check(self, checks, reader):
        """The one of RAPL is that of powercap, where it has several doors."""
        rows = [row for row in checks if row["reader"] == reader]
        if len(rows) > 1:
            rows = [row for row in rows if row["sensor"].endswith("-powercap")]
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def page(self, *words, **more):
        """Text of 80 columns but for words that would not be whole, and files as they are."""
        done = self.aico2(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in done.stdout.splitlines():
            self.assertTrue(line.isprintable(), line)
            self.assertEqual(line, line.rstrip())
        return done.stdout

    def narrow(self, text):
        """80 columns; a word of a command that is longer stays whole."""
        for line in text.splitlines():
            if len(line) > 80:
                self.assertRegex(line, r"^ +(# )?\S+( \\)?$")

    def test_every_machine_in_every_form(self):
        seen = set()
        for name in MACHINES:
            with self.subTest(machine=name):
                root = self.build(name)
                checks = self.doctor(root)
                self.assertGreater(len(checks), 5)
                self.assertEqual(len({row["sensor"] for row in checks}), len(checks))
                for row in checks:
                    self.assertIn(row["state"], STATES)
                    seen.add(row["state"])
                    self.assertLessEqual(set(KEYS), set(row))
                    self.assertTrue(row["reason"] or row["state"] in ("used", "available"), row)
                    self.assertNotEqual(row["fix"], "")
                    if row["state"] == "absent" and row["fix"] is None:
                        self.assertIsNone(row["band_then"])
                    if row["state"] in ("used", "available"):
                        self.assertEqual(row["band_now"], row["band_then"])  # nothing is denied
                done = self.aico2("doctor", "--sysroot", root, "--format", "csv")
                rows = list(csv.DictReader(io.StringIO(done.stdout)))
                self.assertEqual([row["sensor"] for row in rows], [row["sensor"] for row in checks])
                self.assertEqual(list(rows[0]), KEYS)
                text = self.page("doctor", "--sysroot", root)
                self.narrow(text)
                for row in checks:
                    self.assertIn(f"\n  {row['sensor']} ", text)
                devices = self.page("devices", "--sysroot", root)
                self.narrow(devices)
                self.assertTrue(self.aico2("doctor", "--sysroot", root, env={"LC_ALL": "C"}).stdout.isascii())
        self.assertLessEqual({"used", "available", "absent"}, seen)

    def test_denied_counter_is_worth_a_smaller_band(self):
        root = self.build("xeon-2s-dram")
        for path in glob.glob(os.path.join(root, "sys/devices/virtual/powercap/**/energy_uj"), recursive=True):
            self.deny(root, os.path.relpath(path, root))
        row = self.check(self.doctor(root), "rapl")
        self.assertEqual(row["state"], "denied")
        self.assertAlmostEqual(row["band_then"], 0.06)  # Intel server: docs/readers.md
        self.assertGreater(row["band_now"], 0.5)
        for part in ("doctor rapl", "--apply", "groupadd --system --force aico2",
                     "udevadm trigger --settle --subsystem-match=powercap", "usermod -aG aico2"):
            self.assertIn(part, row["fix"])
        self.assertEqual(row["remedy"]["path"], f"{root}/{RULE}")
        self.assertIn("PLATYPUS", row["remedy"]["opens"])
        text = self.page("doctor", "rapl", "--sysroot", root)
        self.assertIn("±6 % with it", text)
        self.assertIn(row["remedy"]["content"].splitlines()[-1], text)  # whole, to be copied
        self.assertIn("what would help", self.page("devices", "--sysroot", root))

    def test_broken_counter_is_broken(self):
        root = self.build("laptop")
        path = os.path.join(root, ENERGY)
        os.chmod(path, 0o644)
        with open(path, "w", encoding="ascii") as handle:
            handle.write("not a number\n")
        for other in glob.glob(os.path.join(root, "sys/devices/virtual/powercap/intel-rapl/*/*/energy_uj")) + [
                os.path.join(root, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:1/energy_uj")]:
            os.chmod(other, 0o644)
            shutil.copy(path, other)
        row = self.check(self.doctor(root), "rapl")
        self.assertEqual(row["state"], "broken")
        self.assertIn("no number", row["reason"])

    def test_vm_and_container_are_told_why(self):
        text = self.page("doctor", "--sysroot", self.build("vm"))
        self.assertIn("virtual machine", text)
        self.assertNotIn("could be better", text)
        root = self.build("container-masked")
        self.assertIn("--security-opt systempaths=unconfined", self.page("doctor", "--sysroot", root))
        self.assertIn("systempaths=unconfined", self.check(self.doctor(root), "rapl")["fix"])

    def test_apply_shows_then_writes_once(self):
        root = self.build("laptop")
        self.deny(root)
        for word in ("written: ", "already there: "):
            text = self.page("doctor", "rapl", "--apply", "--sysroot", root)
            self.assertIn(f"{word}{root}/{RULE}\n", text)
            self.assertLess(text.index("SUBSYSTEM"), text.index(word))
            self.assertIn("sudo udevadm control --reload", text)
        path = os.path.join(root, RULE)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644)
        self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])
        with open(path, encoding="ascii") as handle:
            rule = handle.read()
        self.assertNotIn("/bin/sh", rule)
        self.assertIn("0440", rule)
        row = self.check(self.doctor(root, "rapl", "--apply"), "rapl")
        self.assertEqual((row["applied"], row["remedy"]["content"]), ("already there", rule))
        self.assertEqual(sorted(os.listdir(os.path.join(root, "etc"))), ["udev"])
        shutil.rmtree(os.path.join(root, "etc"))  # a captured machine may have none
        self.page("doctor", "rapl", "--apply", "--sysroot", root)
        self.assertTrue(os.path.exists(path))

    def test_apply_is_of_the_command_line_alone(self):
        root = self.build("laptop")
        self.deny(root)
        self.env["AICO2_APPLY"] = "true"
        done = self.aico2("doctor", "rapl", "--sysroot", root)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--apply", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(root, RULE)))

    def test_what_cannot_be_shown_is_not_written(self):
        root = self.build("laptop")
        self.deny(root)
        with open("/dev/full", "w", encoding="ascii") as full:
            done = self.aico2("doctor", "--apply", "--sysroot", root, stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(os.path.join(root, RULE)))

    def test_nothing_to_write_is_no_error(self):
        root = self.build("vm")
        done = self.aico2("doctor", "--apply", "--sysroot", root)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.one_line(done.stderr, "nothing to write")
        done = self.aico2("doctor", "battery", "--apply", "--sysroot", root)
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "no file would mend it")
        self.assertEqual(self.doctor(root, "battery", "--apply", status=1), [])
        self.assertEqual(os.listdir(os.path.join(root, "etc")), [])

    def test_apply_keeps_its_hands_off(self):
        def refused(root, part):
            done = self.aico2("doctor", "rapl", "--apply", "--sysroot", root)
            self.assertEqual(done.returncode, 1)
            self.one_line(done.stderr, part)
            row = self.check(self.doctor(root, "rapl", "--apply", status=1), "rapl")
            self.assertEqual(row["applied"], "failed")
            self.assertIn(part, row["apply_error"])

        root = self.build("laptop")
        self.deny(root)
        path = os.path.join(root, RULE)
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="ascii") as handle:
            handle.write("# somebody else's\n")
        refused(root, "holds something else")
        with open(path, encoding="ascii") as handle:
            self.assertEqual(handle.read(), "# somebody else's\n")

        os.unlink(path)
        os.symlink("/dev/null", path)  # how a rule is masked
        refused(root, "a link stands in the way")
        self.assertTrue(os.path.islink(path))

        shutil.rmtree(os.path.join(root, "etc/udev"))
        outside = self.path("outside")
        os.mkdir(outside)
        os.symlink(outside, os.path.join(root, "etc/udev"))
        refused(root, "a link stands in the way")
        self.assertEqual(os.listdir(outside), [])

    def test_who_may_not_write_is_told_the_command(self):
        """Modes do not bind root: then nobody asks."""
        root = self.build("laptop")
        self.deny(root)
        self.for_everybody()
        os.chmod(os.path.join(root, "etc"), 0o555)
        self.addCleanup(os.chmod, os.path.join(root, "etc"), 0o755)
        done = self.as_nobody("doctor", "rapl", "--apply", "--sysroot", root)
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr, "Permission denied: sudo ", f"doctor rapl --apply --sysroot {root}")

    def test_unknown_sensor_is_a_bad_value(self):
        root = self.build("vm")
        for word, part in (("batery", "nearest is 'battery'"), ("warp-drive", "'warp-drive'"), ("", "''")):
            for more in ([], ["--apply"], ["--json"]):
                done = self.aico2("doctor", word, *more, "--sysroot", root)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.one_line(done.stderr, "unknown sensor", part)
        done = self.aico2("doctor", "rapl", "nvml")
        self.assertEqual(done.returncode, 2)
        self.one_line(done.stderr, "'nvml'")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setcap"), "needs root and setcap")
    def test_program_with_a_capability_loads_no_library_of_its_callers(self):
        """With cap_perfmon for RAPL, --nvml and AICO2_NVML would give it to any code; any capability will do here."""
        program = self.for_everybody()
        if subprocess.run(["setcap", "cap_chown=ep", program], capture_output=True, check=False).returncode != 0:
            self.skipTest("no file capabilities here")
        library = self.path("libnvidia-ml.so.1")
        shutil.copy(os.path.join(os.environ["AICO2_TEST_FAKES"], "fake_nvml.so"), library)
        for words, env in ((["--nvml", library], {}), ([], {"AICO2_NVML": library})):
            done = self.as_nobody("devices", "--json", *words, env=env)
            self.assertEqual(done.returncode, 0, done.stderr)
            row = next(item for item in document(done.stdout)["readers"] if item["name"] == "nvml")
            self.assertEqual(row["state"], "broken")
            self.assertIn("more rights than its caller", row["reason"])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("systemd-tmpfiles"), "needs root and systemd-tmpfiles")
    def test_tmpfiles_line_opens_the_table_to_the_group(self):
        """What --apply wrote, done by systemd-tmpfiles in the tree."""
        root = self.build("epyc-2s")
        table = os.path.join(root, "sys/firmware/dmi/tables/DMI")
        os.makedirs(table)
        row = next(item for item in self.doctor(root, "proc_memory") if item["sensor"] == "proc_memory-smbios")
        self.assertEqual(row["state"], "denied")
        self.assertLess(row["band_then"], row["band_now"])
        self.assertIn("serial numbers", row["remedy"]["opens"])
        self.page("doctor", "--apply", "--sysroot", root)  # the counters' rule and this line
        self.assertEqual(sorted(os.listdir(os.path.join(root, "etc"))), ["tmpfiles.d", "udev"])
        os.rmdir(table)
        for name in ("DMI", "smbios_entry_point"):
            with open(os.path.join(os.path.dirname(table), name), "wb"):
                pass
            os.chmod(os.path.join(os.path.dirname(table), name), 0o400)
        with open(os.path.join(root, "etc/group"), "w", encoding="ascii") as handle:
            handle.write("root:x:0:\naico2:x:61234:\n")
        with open(os.path.join(root, "etc/passwd"), "w", encoding="ascii") as handle:
            handle.write("root:x:0:0:root:/root:/bin/sh\n")
        done = subprocess.run(["systemd-tmpfiles", "--create", f"--root={root}", "--prefix=/sys", "aico2-dmi.conf"],
                              capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in ("DMI", "smbios_entry_point"):
            found = os.stat(os.path.join(os.path.dirname(table), name))
            self.assertEqual((stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid), (0o440, 0, 61234))

    def test_this_machine_in_every_form(self):
        self.page("doctor")
        done = self.aico2("doctor", "--json")
        self.assertEqual(done.returncode, 0)
        for row in document(done.stdout)["checks"]:
            done = self.aico2("doctor", row["sensor"], "--json")
            self.assertEqual([item["sensor"] for item in document(done.stdout)["checks"]
                              if item["sensor"] == row["sensor"]], [row["sensor"]])


if __name__ == "__main__":
    main()
