# SPDX-License-Identifier: Apache-2.0
"""test_docs.py - man pages are clean, and completions complete."""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

GENERATOR = os.environ["AICO2_GEN_DOCS"]
COMMANDS = ["run", "measure", "estimate", "runs", "show", "compare", "recompute", "recover",
            "export", "import", "doctor", "calibrate", "intensity", "when", "devices", "up", "down", "fleet", "config", "help", "serve"]
PAGES = ["aico2", "aico2.yml"] + ["aico2-" + command for command in COMMANDS]

TRY = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aico2; printf '%s\\n' "${COMPREPLY[@]}"
"""


def generate(*words):
    return subprocess.run([GENERATOR, *words], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def path_with_doctor(folder):
    """A PATH whose aico2 knows three sensors."""
    program = os.path.join(folder, "aico2")
    with open(program, "w", encoding="ascii") as handle:
        handle.write("#!/bin/sh\nprintf 'sensor,state\\r\\nrapl-perf,\\\"a,b\\\"\\r\\nrapl-powercap,used\\r\\nnvml,absent\\r\\n'\n")
    os.chmod(program, 0o755)
    return mock.patch.dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")


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

    def test_every_page_has_its_sections(self):
        for page in PAGES:
            text = generate("man", page)
            sections = [line[4:] for line in text.splitlines() if line.startswith(".Sh ")]
            for section in ("NAME", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"):
                self.assertIn(section, sections, page)
            if page != "aico2.yml":
                for section in ("SYNOPSIS", "ENVIRONMENT", "EXIT STATUS"):
                    self.assertIn(section, sections, page)

    def test_run_has_statuses_of_its_own(self):
        run, other = generate("man", "aico2-run"), generate("man", "aico2-show")
        for status in ("124", "125", "126", "127"):
            self.assertIn(f"\n.It {status}\n", run)
            self.assertNotIn(f"\n.It {status}\n", other)
        self.assertIn("\n.It 2\n", other)
        self.assertIn("history.db", other)
        self.assertNotIn("history.db", generate("man", "aico2-intensity"))

    def test_a_page_names_the_options_of_its_command_only(self):
        page = generate("man", "aico2-runs")
        self.assertIn(".It Fl -limit Ar N\n", page)
        self.assertNotIn("-gpu", page)

    def test_an_unknown_page_is_an_error(self):
        done = subprocess.run([GENERATOR, "man", "aico2-monitor"], stderr=subprocess.PIPE, check=False)
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

    def test_sensors_are_asked_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder, path_with_doctor(folder):
            self.assertEqual(self.complete("aico2", "doctor", "rapl-p"), ["rapl-perf", "rapl-powercap"])
            self.assertEqual(self.complete("aico2", "doctor", "--ap"), ["--apply"])

    def test_the_command_of_run_is_not_ours(self):
        self.assertIn("bash", self.complete("aico2", "run", "--", "bas"))
        self.assertIn("bash", self.complete("aico2", "run", "-o", "f", "bas"))
        self.assertEqual(self.complete("aico2", "run", "ls", "--sc"), [])


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(unittest.TestCase):
    def complete(self, line):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "aico2.fish")
            with open(path, "w", encoding="utf-8") as handle:
                handle.write(generate("fish"))
            subprocess.run(["fish", "--no-execute", path], check=True)
            done = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]',
                                   path, line], env={**os.environ, "HOME": folder},
                                  stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("aico2 rec"), ["recompute", "recover"])
        self.assertEqual(self.complete("aico2 run --li"), ["--lifetime-years", "--live"])
        self.assertEqual(self.complete("aico2 runs --li"), ["--limit"])
        self.assertEqual(self.complete("aico2 run --scope "), ["job", "machine"])
        self.assertEqual(self.complete("aico2 help ru"), ["run", "runs"])
        self.assertEqual(self.complete("aico2 estimate --no-e"), ["--no-embodied"])
        self.assertEqual(self.complete("aico2 runs --no-e"), [])

    def test_sensors_are_asked_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder, path_with_doctor(folder):
            self.assertEqual(self.complete("aico2 doctor rapl-p"), ["rapl-perf", "rapl-powercap"])
            self.assertEqual(self.complete("aico2 doctor --ap"), ["--apply"])

    def test_the_command_of_run_is_not_ours(self):
        self.assertIn("bash", self.complete("aico2 run bas"))
        self.assertIn("bash", self.complete("aico2 run -- bas"))


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(unittest.TestCase):
    def test_it_parses(self):
        subprocess.run(["zsh", "-n", "/dev/stdin"], input=generate("zsh"), text=True, check=True)

    def read_until(self, fd, mark):
        text = ""
        end = time.monotonic() + 30
        while mark not in text:
            ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"no '{mark}' in: {text!r}")
            text += os.read(fd, 4096).decode(errors="replace")
        return text

    def test_a_tab_completes_commands_options_and_values(self):
        """Typed into a real shell, in which aico2 is a function that says how it was called."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "_aico2"), "w", encoding="utf-8") as handle:
                handle.write(generate("zsh"))
            ours, theirs = pty.openpty()
            shell = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs,
                                     cwd=folder, env={**os.environ, "HOME": folder, "TERM": "dumb"},
                                     start_new_session=True)
            try:
                os.write(ours, b"fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; "
                               b"aico2() { print -r -- \"called\"=$*= }; print rea''dy\n")
                self.read_until(ours, "ready")
                for typed, called in (("est", "estimate"), ("run --lif", "run --lifetime-years="),
                                      ("run --scope ma", "run --scope machine"),
                                      ("help recov", "help recover")):
                    os.write(ours, f"aico2 {typed}\t\n".encode())
                    self.read_until(ours, f"called={called}")
            finally:
                shell.kill()
                shell.wait()
                os.close(ours)
                os.close(theirs)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
