# SPDX-License-Identifier: Apache-2.0
"""test_headers.py - each public header stands alone, in C99 and in C++17, without a warning."""
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
INCLUDE = os.path.join(SOURCE, "include")
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", INCLUDE]
CC = shlex.split(os.environ.get("CC", "cc"))
CXX = next((name for name in ("c++", "g++", "clang++") if shutil.which(name)), None)
HEADERS = sorted(os.listdir(os.path.join(INCLUDE, "aico2")))
HEADERS = ["aico2/" + name for name in HEADERS if name.endswith(".h")]


class Headers(unittest.TestCase):
    def compile(self, compiler, suffix, text):
        with tempfile.NamedTemporaryFile("w", suffix=suffix) as file:
            file.write(text)
            file.flush()
            done = subprocess.run([*compiler, *STRICT, file.name], stderr=subprocess.PIPE, text=True,
                                  timeout=60, check=False)
        return done.returncode, done.stderr

    def every_header(self, compiler, suffix):
        for name in HEADERS:
            with self.subTest(name):
                # twice: the guards are tried too
                text = f"#include <{name}>\n#include <{name}>\nint main(void);\nint main(void) {{ return 0; }}\n"
                status, errors = self.compile(compiler, suffix, text)
                self.assertEqual((status, errors), (0, ""))

    def test_there_are_headers(self):
        self.assertIn("aico2/aico2.h", HEADERS)

    def test_each_stands_alone_in_c99(self):
        self.every_header([*CC, "-std=c99"], ".c")

    @unittest.skipUnless(CXX, "no C++ compiler is installed")
    def test_each_stands_alone_in_cpp17(self):
        self.every_header([CXX, "-std=c++17"], ".cpp")

    def test_a_warning_would_be_seen(self):
        self.assertNotEqual(self.compile([*CC, "-std=c99"], ".c", "int f();\nint f(int unused) {}\n")[0], 0)

    def test_every_header_is_installed_and_in_the_umbrella(self):
        with open(os.path.join(INCLUDE, "aico2", "meson.build"), encoding="utf-8") as file:
            installed = file.read()
        with open(os.path.join(INCLUDE, "aico2", "aico2.h"), encoding="utf-8") as file:
            umbrella = file.read()
        for name in HEADERS:
            self.assertIn(f"'{os.path.basename(name)}'", installed)
            if name != "aico2/aico2.h":
                self.assertIn(f"#include <{name}>", umbrella)


if __name__ == "__main__":
    unittest.main()
