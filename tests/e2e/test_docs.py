# SPDX-License-Identifier: Apache-2.0
"""test_docs.py - man pages are clean, and completions complete."""
import glob
import os
import re
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
MESON = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "man", "meson.build")
COMMANDS = ["run", "measure", "estimate", "runs", "show", "compare", "recompute", "recover",
            "export", "import", "doctor", "calibrate", "intensity", "when", "devices", "up", "down", "fleet", "config", "help", "serve", "monitor"]
WRITTEN = sorted(glob.glob(os.path.join(os.path.dirname(MESON), "*.[1-9]")))  # by hand
SECTIONS = {"aico2.yml": 5, "aico2-serve": 8}  # the others are 1
PAGES = ["aico2", "aico2.yml"] + ["aico2-" + command for command in COMMANDS]
ALIASES = {"aico2-top": "aico2-monitor"}

TRY = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aico2; printf '%s\\n' "${COMPREPLY[@]}"
"""

# _aico2 with an _arguments that tells what it was given
ZSH_TRY = """
_arguments() { print -rl -- "$@"; return 1 }
words=(aico2 $1 --); CURRENT=3; PREFIX=--
set --
source /dev/stdin
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


def options_of(command):
    """The long options that the page of a command has; the page is made by other code than completions are."""
    page = generate("man", "aico2-" + command)
    names = {name for line in re.findall(r"^\.It (Fl .*)$", page, re.M) for name in re.findall(r"Fl -([\w-]+)", line)}
    if not {"help", "version"} < names | {""}:
        raise AssertionError(f"{command}: no options in its page")
    return {"--" + name for name in names}


class Man(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_pages_are_clean(self):
        with tempfile.TemporaryDirectory() as folder:
            pages = {f"{page}.{SECTIONS.get(page, 1)}": generate("man", page) for page in PAGES}
            for path in WRITTEN:
                with open(path, encoding="utf-8") as handle:
                    pages[os.path.basename(path)] = handle.read()
            for name, text in pages.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
                    handle.write(text)
            for name in pages:
                done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", name], cwd=folder,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      check=False)
                # which other pages this machine has is not our business
                said = [line for line in done.stdout.splitlines() if "outdated mandoc.db" not in line]
                self.assertEqual(said, [], name)

    def test_every_page_is_installed_in_its_section(self):
        with open(MESON, encoding="utf-8") as handle:
            installed = dict(re.findall(r"^    '([^']+)': '(\d)',$", handle.read(), re.M))
        self.assertEqual(installed, {page: str(SECTIONS.get(page, 1)) for page in [*PAGES, *ALIASES]})
        for page in PAGES:
            self.assertIn(f"\n.Dt {page.upper()} {SECTIONS.get(page, 1)}\n", generate("man", page))
            if page not in ("aico2", "aico2.yml"):
                self.assertIn(f"\n.Xr {page} {SECTIONS.get(page, 1)} .\n", generate("man", "aico2"))

    def test_another_name_leads_to_the_page(self):
        for page, leads in ALIASES.items():
            self.assertEqual(generate("man", page), f".so man1/{leads}.1\n")
            self.assertIn(f"\n.Sh NAME\n.Nm {leads} ,\n.Nm {page}\n.Nd ", generate("man", leads))
            self.assertTrue(generate("man", leads).count(page.replace("-", " ")), "and says so")

    def test_every_page_that_was_written_is_installed(self):
        with open(MESON, encoding="utf-8") as handle:
            installed = {name for line in re.findall(r"install_man\((.*)\)", handle.read()) for name in re.findall(r"'([^']+)'", line)}
        self.assertEqual(installed, {os.path.basename(path) for path in WRITTEN})
        self.assertGreaterEqual(installed, {"aico2-access.5", "aico2-csv.5", "aico2-history.5", "aico2-report.5"})

    def test_every_file_that_an_option_names_has_its_form_in_a_page(self):
        """But for certificates, which are PEM, whatever a training prints, and Prometheus' own rules."""
        options = {name for command in COMMANDS
                   for name in re.findall(r"^\.It (?:.* )?Fl -([\w-]+) Ar FILE$", generate("man", "aico2-" + command), re.M)}
        self.assertGreater(len(options), 20)
        forms = ""
        for path in WRITTEN:
            with open(path, encoding="utf-8") as handle:
                forms += handle.read()
        told = set(re.findall(r"\bFl -([\w-]+)", forms))
        self.assertEqual({name for name in options - told if not name.endswith(("-ca", "-cert", "-key"))}, {"epoch-log", "rules"})

    def test_every_page_has_its_sections(self):
        for page in PAGES:
            text = generate("man", page)
            sections = [line[4:] for line in text.splitlines() if line.startswith(".Sh ")]
            for section in ("NAME", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"):
                self.assertIn(section, sections, page)
            if page != "aico2.yml":
                for section in ("SYNOPSIS", "ENVIRONMENT", "EXIT STATUS"):
                    self.assertIn(section, sections, page)

    def test_every_variable_that_is_read_is_told(self):
        """But for those of systemd and of the loader."""
        read = set()
        for folder, _, names in os.walk(os.path.join(os.path.dirname(MESON), "..", "..", "src")):
            for name in names:
                if name.endswith(".c"):
                    with open(os.path.join(folder, name), encoding="utf-8") as handle:
                        read |= set(re.findall(r'\b(?:getenv|user_path)\("([A-Z_]+)"', handle.read()))
        self.assertGreater(len(read), 10)
        page = generate("man", "aico2")
        told = set(re.findall(r"[A-Z_]{2,}", "\n".join(re.findall(r"^\.It Ev .*$", page, re.M))))
        self.assertEqual({name for name in read - told if not name.startswith("AICO2_")},
                         {"CREDENTIALS_DIRECTORY", "LD_LIBRARY_PATH", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "STATE_DIRECTORY"})

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

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_an_example_is_shown_as_it_is_typed(self):
        """Macros take double quotes for their own, and some terminals are given others in place of single ones."""
        quoted = 0
        for command in COMMANDS:
            page = generate("man", "aico2-" + command)
            shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=200"], input=page, stdout=subprocess.PIPE, text=True,
                                   check=True).stdout.splitlines()
            usage = subprocess.run([os.environ["AICO2_PROGRAM"], "help", command], stdout=subprocess.PIPE, text=True, check=True).stdout
            examples = re.findall(r"^  (\S.*)$", usage[usage.index("\nExamples:\n"):], re.M)
            self.assertTrue(examples, command)
            for example in examples:
                self.assertIn(example, [line.strip() for line in shown])
                quoted += '"' in example or "'" in example
        self.assertGreater(quoted, 1)
        pages = {page: generate("man", page) for page in PAGES}
        for path in WRITTEN:
            with open(path, encoding="utf-8") as handle:
                pages[path] = handle.read()
        self.assertEqual([(name, line) for name, text in pages.items() for line in text.splitlines()
                          if line.startswith(".Dl ") and re.search("[\"'`^~]", line)], [])

    def test_an_unknown_page_is_an_error(self):
        done = subprocess.run([GENERATOR, "man", "aico2-nothing"], stderr=subprocess.PIPE, check=False)
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

    def test_every_option_of_every_command(self):
        self.assertEqual(set(self.complete("aico2", "")), set(COMMANDS) | {"top", "--help", "--version"})
        for command in COMMANDS:
            self.assertEqual(set(self.complete("aico2", command, "--")), options_of(command), command)

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
                                  stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("aico2 rec"), ["recompute", "recover"])
        self.assertEqual(self.complete("aico2 run --li"), ["--lifetime-years", "--live"])
        self.assertEqual(self.complete("aico2 runs --li"), ["--limit"])
        self.assertEqual(self.complete("aico2 run --scope "), ["job", "machine"])
        self.assertEqual(self.complete("aico2 help ru"), ["run", "runs"])
        self.assertEqual(self.complete("aico2 estimate --no-e"), ["--no-embodied"])
        self.assertEqual(self.complete("aico2 runs --no-e"), [])

    def test_every_option_of_every_command(self):
        self.assertEqual(set(self.complete("aico2 ")), set(COMMANDS) | {"top"})
        for command in COMMANDS:
            self.assertEqual(set(self.complete(f"aico2 {command} --")), options_of(command), command)

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

    def test_every_option_of_every_command(self):
        """What the function hands to _arguments, which would complete it."""
        for command in COMMANDS:
            done = subprocess.run(["zsh", "-f", "-c", ZSH_TRY, "zsh", command], input=generate("zsh"), stdout=subprocess.PIPE,
                                  text=True, timeout=120, check=False)
            self.assertEqual(set(re.findall(r"(?:^|[ )}])(--[\w-]+)(?=[=\[])", done.stdout, re.M)), options_of(command), command)

    def read_until(self, fd, mark):
        text = ""
        end = time.monotonic() + 120
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
