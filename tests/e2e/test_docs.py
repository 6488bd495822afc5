# SPDX-License-Identifier: Apache-2.0
"""test_docs.py - man pages are clean, and completions complete."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

GENERATOR = os.environ["AICO2_GEN_DOCS"]
COMMANDS = ["run", "measure", "estimate", "runs", "show", "compare", "recompute", "recover",
            "intensity", "devices", "config", "help"]
PAGES = ["aico2", "aico2.yml"] + ["aico2-" + command for command in COMMANDS]

TRY = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aico2; printf '%s\\n' "${COMPREPLY[@]}"
"""


def generate(*words):
    return subprocess.run([GENERATOR, *words], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


class Man(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_pages_are_clean(self):
        with tempfile.TemporaryDirectory() as folder:
            pages = {page: f"{page}.{5 if page.endswith('.yml') else 1}" for page in PAGES}
            for page, name in pages.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
                    handle.write(generate("man", page))
            for name in pages.values():
                done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", name], cwd=folder,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      check=False)
                self.assertEqual(done.stdout, "")

    def test_a_page_names_the_options_of_its_command_only(self):
        page = generate("man", "aico2-runs")
        self.assertIn(".It Fl -limit Ar N\n", page)
        self.assertNotIn("-gpu", page)

    def test_an_unknown_page_is_an_error(self):
        done = subprocess.run([GENERATOR, "man", "aico2-serve"], stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = tempfile.NamedTemporaryFile("w", suffix=".bash")
        cls.file.write(generate("bash"))
        cls.file.flush()

    @classmethod
    def tearDownClass(cls):
        cls.file.close()

    def complete(self, *words):
        done = subprocess.run(["bash", "--norc", "-c", TRY, "bash", self.file.name, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("aico2", "rec"), ["recompute", "recover"])
        self.assertEqual(self.complete("aico2", "run", "--li"), ["--lifetime-years", "--live"])
        self.assertEqual(self.complete("aico2", "runs", "--li"), ["--limit"])
        self.assertEqual(self.complete("aico2", "run", "--scope", ""), ["job", "machine"])
        self.assertEqual(self.complete("aico2", "run", "--scope", "=", "m"), ["machine"])
        self.assertEqual(self.complete("aico2", "help", "ru"), ["run", "runs"])

    def test_the_command_of_run_is_not_ours(self):
        self.assertIn("bash", self.complete("aico2", "run", "--", "bas"))
        self.assertIn("bash", self.complete("aico2", "run", "-o", "f", "bas"))
        self.assertEqual(self.complete("aico2", "run", "ls", "--sc"), [])


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(unittest.TestCase):
    def test_it_parses(self):
        with tempfile.NamedTemporaryFile("w", suffix=".fish") as handle:
            handle.write(generate("fish"))
            handle.flush()
            subprocess.run(["fish", "--no-execute", handle.name], check=True)


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(unittest.TestCase):
    def test_it_parses(self):
        subprocess.run(["zsh", "-n", "/dev/stdin"], input=generate("zsh"), text=True, check=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
