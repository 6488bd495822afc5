# SPDX-License-Identifier: Apache-2.0
"""test_library.py - the installed tree: what is in it, what the library shows, a program that uses it."""
import ctypes
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
BUILD = os.environ["AICO2_BUILD_ROOT"]
VERSION = os.environ["AICO2_VERSION"]
CC = shlex.split(os.environ.get("CC", "cc"))


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120, check=False, **more)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.folder.name)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        cls.files = [os.path.join(folder, name)
                     for folder, _, names in os.walk(cls.folder.name) for name in names]
        pc = cls.find("aico2.pc")
        with open(pc, encoding="utf-8") as file:
            cls.prefix = re.search(r"^prefix=(.*)$", file.read(), re.MULTILINE).group(1)
        cls.env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc),
                   "PKG_CONFIG_SYSROOT_DIR": cls.folder.name}
        cls.env.pop("LD_LIBRARY_PATH", None)

    @classmethod
    def find(cls, ending):
        found = [name for name in cls.files if name.endswith("/" + ending)]
        if len(found) != 1:
            raise AssertionError(f"{ending} is installed {len(found)} times")
        return found[0]

    def pkg_config(self, *words):
        done = run("pkg-config", *words, "aico2", env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_what_is_installed(self):
        for ending in ("bin/aico2", "include/aico2/aico2.h", "libaico2.so.0", "libaico2.so", "aico2.pc", "man3/libaico2.3",
                       "bash-completion/completions/aico2", "zsh/site-functions/_aico2",
                       "fish/vendor_completions.d/aico2.fish"):
            self.assertTrue(os.path.exists(self.find(ending)))
        strange = [name for name in self.files if not re.search(r"/(bin/aico2|libexec/aico2/aico2-(fetch|sensord|serve|stack|top)|include/aico2/\w+\.h|"
                   r"libaico2\.so[.\d]*|aico2\.pc|share/.*aico2[^/]*|share/aico2/start_services\.sh|"
                   r"share/aico2/slurm/(pro|epi)log\.sh|share/aico2/kubernetes/.*\.yaml|lib/systemd/user/aico2-stack\.service|"
                   r"lib/systemd/system/aico2-(sensord|serve)\.(service|socket)|lib/sysusers\.d/aico2-(sensord|serve)\.conf)$", name)]
        self.assertEqual(strange, [], "nothing else is")

    def test_the_program_works_from_there(self):
        done = run(self.find("bin/aico2"), "--version", env=self.env)
        self.assertEqual(done.stdout, f"aico2 {VERSION}\n")

    @unittest.skipUnless(shutil.which("nm"), "nm is not installed")
    def test_only_public_names_can_be_seen(self):
        done = run("nm", "-D", "--defined-only", self.find("libaico2.so.0"))
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual({name.partition("@@")[2] for _, kind, name in lines if kind != "A"}, {"AICO2_0"})
        names = {name.partition("@")[0] for _, kind, name in lines if kind != "A"}
        declared = set()
        folder = os.path.join(SOURCE, "include", "aico2")
        for name in os.listdir(folder):
            if name.endswith(".h"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
                declared |= set(re.findall(r"AICO2_API[^;(]*?\b(aico2_\w+)\s*\(", text))
        self.assertIn("aico2_version", declared)
        self.assertEqual(names, declared)

    @unittest.skipUnless(shutil.which("readelf"), "readelf is not installed")
    def test_what_the_library_pulls_in(self):
        done = run("readelf", "-d", self.find("libaico2.so.0"))
        self.assertIn("Library soname: [libaico2.so.0]", done.stdout)
        needed = re.findall(r"Shared library: \[(\w+)", done.stdout)
        self.assertEqual([name for name in needed if not re.match(
            r"libc$|libm$|libdl$|libpthread$|libsqlite3$|ld$", name)], [])
        self.assertNotRegex(done.stdout, r"R(UN)?PATH")

    def test_a_program_builds_against_it_and_its_figures_hold(self):
        program = os.path.join(self.folder.name, "use_library")
        done = run(*CC, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o", program,
                   os.path.join(SOURCE, "tests", "api", "use_library.c"), *self.pkg_config("--cflags", "--libs"),
                   "-lm", env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        library_path = os.path.dirname(self.find("libaico2.so.0"))
        done = run(program, env={**self.env, "LD_LIBRARY_PATH": library_path})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn(f"version {VERSION}\n", done.stdout)
        self.assertGreaterEqual(done.stdout.count("\nok - "), 35)

    def test_the_program_of_the_readme_is_built_as_it_says_and_measures(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            text = file.read()
        [source] = re.findall(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertIn("`pkg-config --cflags --libs aico2`", text)
        program = os.path.join(self.folder.name, "readme")
        with open(program + ".c", "w", encoding="utf-8") as file:
            file.write(source)
        done = run(*CC, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o", program, program + ".c",
                   *self.pkg_config("--cflags", "--libs"), env=self.env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with tempfile.TemporaryDirectory() as home:
            done = run(program, env={**self.env, "LD_LIBRARY_PATH": os.path.dirname(self.find("libaico2.so.0")),
                                     "AICO2_DB": os.path.join(home, "history.db")})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^\S+ J in epoch 1, \S+ gCO2e in all\n$")

    def test_pkg_config_says_no_more_than_is_needed(self):
        self.assertEqual(run("pkg-config", "--modversion", "aico2", env=self.env).stdout, VERSION + "\n")
        self.assertEqual([word for word in self.pkg_config("--libs") if word.startswith("-l")], ["-laico2"])

    def test_it_can_be_loaded_by_another_language(self):
        library = ctypes.CDLL(self.find("libaico2.so.0"))
        library.aico2_version.restype = ctypes.c_char_p
        self.assertEqual(library.aico2_version().decode(), VERSION)


if __name__ == "__main__":
    unittest.main()
