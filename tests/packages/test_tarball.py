# SPDX-License-Identifier: Apache-2.0
"""test_tarball.py - the archive for machines without root: unpacked by nobody in a folder of any name, used from another

Runs where AICO2_TEST_TARBALL names an archive of tools/build_tarball.sh, as `make test-packages` does; AICO2_TEST_PACKAGES=all
has it built once more, elsewhere, and compared."""
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
VERSION = os.environ["AICO2_VERSION"]
ARCHIVE = os.environ.get("AICO2_TEST_TARBALL", "")
AGAIN = os.environ.get("AICO2_TEST_PACKAGES") == "all"
SLOW = 120
NOBODY = 65534


def digest(path):
    with open(path, "rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest()


@unittest.skipUnless(ARCHIVE, "no archive is named: `make test-packages` makes one")
class Archive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tarfile.open(ARCHIVE) as tar:
            cls.members = tar.getmembers()

    def test_it_tells_nothing_of_who_made_it(self):
        names = [member.name for member in self.members]
        self.assertEqual({name.partition("/")[0] for name in names}, {os.path.basename(ARCHIVE)[:-len(".tar.gz")]})
        self.assertEqual({(member.uid, member.gid, member.uname, member.gname) for member in self.members}, {(0, 0, "", "")})
        self.assertEqual(len({member.mtime for member in self.members}), 1)
        self.assertEqual({member.mode & 0o022 for member in self.members if not member.issym()}, {0})

    def test_the_programs_are_in_it_and_nothing_that_wants_root(self):
        files = {member.name.partition("/")[2] for member in self.members}
        for name in ("bin/aico2", "bin/aico2-static", "libexec/aico2/aico2-fetch", "libexec/aico2/aico2-serve", "libexec/aico2/aico2-stack",
                     f"lib/libaico2.so.{VERSION}", "python/aico2/__init__.py", "share/man/man1/aico2.1", "README",
                     "share/aico2/sbom/aico2.spdx.json"):
            self.assertIn(name, files)
        self.assertFalse({name for name in files if "sensord" in os.path.basename(name) and not name.endswith((".md", ".h"))})
        self.assertFalse({name for name in files if "systemd" in name})

    @unittest.skipUnless(AGAIN, "built once: AICO2_TEST_PACKAGES=all builds twice")
    def test_another_build_is_the_same_to_the_last_bit(self):
        with tempfile.TemporaryDirectory(prefix="aico2-another-folder-") as folder:
            source = os.path.join(folder, "sources_elsewhere")
            shutil.copytree(SOURCE, source, symlinks=True, ignore=lambda place, names: [
                name for name in names if place == SOURCE and (name.startswith("build") or name == ".git")])
            done = subprocess.run(["sh", "-c", 'umask 0077; exec "$@"', "sh", os.path.join(source, "tools/build_tarball.sh"),
                                   folder],
                                  env={**os.environ, "SOURCE_DATE_EPOCH": str(self.members[0].mtime), "LC_ALL": "C",
                                       "TZ": "Pacific/Auckland"},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=3600,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-3000:])
            self.assertEqual(digest(os.path.join(folder, os.path.basename(ARCHIVE))), digest(ARCHIVE))


@unittest.skipUnless(ARCHIVE, "no archive is named: `make test-packages` makes one")
class Unpacked(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="aico2 with a blank ")
        self.addCleanup(held.cleanup)
        os.chmod(held.name, 0o777)
        self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self.home = os.path.join(held.name, "home")
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8"}
        self.assertEqual(self.run_in(held.name, "sh", "-c", f"mkdir home && tar -xf '{ARCHIVE}'").returncode, 0)
        (name,) = [name for name in os.listdir(held.name) if name != "home"]
        self.root = os.path.join(held.name, name)

    def run_in(self, folder, *words, **more):
        return subprocess.run(words, cwd=folder, env={**self.env, **more}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SLOW, check=False, **self.user)

    def aico2(self, *words, program="aico2", **more):
        return self.run_in("/", os.path.join(self.root, "bin", program), *words, **more)

    def test_a_command_is_measured_by_either_program(self):
        for program in ("aico2", "aico2-static"):
            done = self.aico2("run", "--name", program, "--", "sh", "-c", "exit 3", program=program)
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn("total", done.stdout)
            self.assertEqual(self.aico2("--version", program=program).stdout, f"aico2 {VERSION}\n")
        listed = self.aico2("runs", program="aico2-static").stdout
        self.assertIn("aico2-s…", listed)

    def test_the_static_one_needs_no_library_and_says_what_it_cannot(self):
        path = os.path.join(self.root, "bin/aico2-static")
        kind = subprocess.run(["readelf", "-lW", path], stdout=subprocess.PIPE, text=True, timeout=SLOW, check=True).stdout
        self.assertNotIn("INTERP", kind)
        self.assertNotIn("DYNAMIC", kind)
        done = self.aico2("devices", "--json", program="aico2-static", AICO2_NVML="/lib/x86_64-linux-gnu/libc.so.6")
        self.assertIn("linked statically", done.stdout)
        self.assertNotIn("linked statically", self.aico2("devices", "--json", AICO2_NVML="/lib/x86_64-linux-gnu/libc.so.6").stdout)

    def test_programs_find_each_other_after_a_move(self):
        moved = self.root + "-moved"
        self.assertEqual(self.run_in("/", "mv", self.root, moved).returncode, 0)
        self.root = moved
        for program in ("aico2", "aico2-static"):
            done = self.aico2("measure", "--source", "prometheus", "--prometheus-url", "http://127.0.0.1:1", "--start", "1700000000",
                              "--end", "1700000060", program=program)
            self.assertEqual(done.returncode, 1)
            self.assertIn("127.0.0.1", done.stdout)
            self.assertNotIn("installation has no", done.stdout)

    def test_it_serves(self):
        server = subprocess.Popen([os.path.join(self.root, "bin/aico2"), "serve", "--listen", "127.0.0.1:0", "--no-db"], cwd="/",
                                  env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  **self.user)
        try:
            found = re.search(r"http://\S+", server.stdout.readline())
            self.assertIsNotNone(found)
            deadline = time.monotonic() + SLOW
            while True:
                try:
                    with urllib.request.urlopen(found.group(0) + "/healthz", timeout=SLOW) as answer:
                        self.assertEqual(answer.status, 200)
                        break
                except (urllib.error.URLError, ConnectionError):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.05)
        finally:
            server.terminate()
            server.communicate(timeout=SLOW)

    def test_python(self):
        done = self.run_in("/", "python3", "-c", "import aico2, AI_Co2_Calculator\nwith aico2.Tracker('x') as t: pass\n"
                           "print(aico2.__version__, [line.split(None, 5)[5].strip() for line in open('/proc/self/maps') if 'libaico2' in line][0])",
                           PYTHONPATH=os.path.join(self.root, "python"))
        self.assertEqual(done.stdout, f"{VERSION} {self.root}/lib/libaico2.so.{VERSION}\n")

    @unittest.skipUnless(shutil.which("cc") and shutil.which("pkg-config"), "no compiler or no pkg-config")
    def test_a_program_is_built_against_it(self):
        where = {"PKG_CONFIG_PATH": os.path.join(self.root, "lib/pkgconfig"), "LD_LIBRARY_PATH": os.path.join(self.root, "lib")}
        source = "#include <aico2/aico2.h>\n#include <stdio.h>\nint main(void) { puts(aico2_version()); return 0; }\n"
        done = self.run_in(self.home, "sh", "-c", "printf %s \"$0\" >p.c && eval cc p.c -o p $(pkg-config --cflags --libs aico2) && ./p", source,
                           **where)
        self.assertEqual(done.stdout, VERSION + "\n")

    def test_what_its_readme_names_is_there(self):
        with open(os.path.join(self.root, "README"), encoding="utf-8") as handle:
            names = set(re.findall(r"(?<![/\w])(?:bin|libexec|share|lib|python)/[\w./-]*\w", handle.read()))
        self.assertGreater(len(names), 4)
        for name in names - {"share/doc"}:
            self.assertTrue(os.path.exists(os.path.join(self.root, name)), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
