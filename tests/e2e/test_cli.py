# SPDX-License-Identifier: Apache-2.0
"""test_cli.py - the built program: help, configuration, errors, and outputs that cannot be written."""
import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["AICO2_PROGRAM"]
COMMANDS = ["run", "measure", "estimate", "runs", "show", "compare", "recompute", "recover",
            "export", "import", "intensity", "when", "devices", "doctor", "calibrate", "up", "down", "fleet", "config", "help", "serve", "monitor"]


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cwd = os.path.join(self.folder.name, "cwd")
        os.mkdir(self.cwd)
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("AICO2_", "NO_COLOR", "CLICOLOR", "LC_", "LANG"))}
        self.env.update(XDG_CONFIG_HOME=os.path.join(self.folder.name, "config"), LC_ALL="C.UTF-8",
                        TERM="xterm")

    def write(self, path, text, mode="w"):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, mode) as handle:
            handle.write(text)

    def aico2(self, *words, env=None, **more):
        more.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([PROGRAM, *words], cwd=self.cwd, env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              errors="surrogateescape", timeout=120, check=False, **more)

    def refused(self, status, message, *words, env=None):
        """One line on stderr, nothing on stdout, the status."""
        done = self.aico2(*words, env=env)
        self.assertEqual(done.stderr, message + "\n")
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.returncode, status)

    def values(self, *words, env=None):
        done = self.aico2("config", "--json", *words, env=env)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0)
        return {row["key"]: row for row in json.loads(done.stdout)["options"]}


class Help(Cli):
    def test_alone_it_prints_a_screenful_with_examples(self):
        done = self.aico2()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("aico2 run -- python3 train.py", done.stdout)
        self.assertLessEqual(len(done.stdout.splitlines()), 15)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_version(self):
        self.assertRegex(self.aico2("--version").stdout, r"^aico2 \d+\.\d+\.\d+\n$")
        for command in COMMANDS:
            with self.subTest(command):
                done = self.aico2(command, "--version")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, self.aico2("--version").stdout)

    def test_every_command_has_help_in_80_columns(self):
        listed = self.aico2("help").stdout
        for command in COMMANDS:
            with self.subTest(command):
                self.assertRegex(listed, rf"(?m)^  {command} ")
                done = self.aico2(command, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, self.aico2("help", command).stdout)
                self.assertEqual(done.stdout, self.aico2(command, "-h").stdout)
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
                self.assertTrue(done.stdout.startswith(f"Usage: aico2 {command} "))
                self.assertNotIn("\033", done.stdout)
        self.assertEqual(self.aico2("--help").stdout, listed)
        self.assertLessEqual(max(map(len, listed.splitlines())), 80)

    def test_help_is_ascii_where_the_locale_is(self):
        for words in (["help"], [], ["--version"]) + tuple(["help", name] for name in COMMANDS):
            done = self.aico2(*words, env={"LC_ALL": "C"})
            self.assertTrue(done.stdout.isascii(), words)

    def test_help_of_a_command_has_all_its_parts(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = self.aico2("help", command).stdout
                for heading in ("Usage: ", "\nOptions:\n", "\nExit status:\n", "\nExamples:\n",
                                "  -h, --help"):
                    self.assertIn(heading, text)
        self.assertIn("AICO2_<OPTION>", self.aico2("help", "run").stdout)

    def test_every_example_of_the_help_is_a_command_line_that_is_accepted(self):
        """Whatever it answers here, it is not refused as misspelt."""
        self.write("cwd/train.py", "")
        for command in COMMANDS:
            lines = [line.strip() for line in
                     self.aico2("help", command).stdout.split("\nExamples:\n")[1].splitlines()[::2]]
            for line in lines:
                words = line.split()
                env = dict(word.split("=", 1) for word in words if word.startswith("AICO2_"))
                words = [word for word in words if not word.startswith("AICO2_")][1:]
                if command == "calibrate" and "--meter" not in words:
                    words += ["--meter", "missing.csv"]  # before a minute at full load
                if command in ("serve", "monitor"):
                    continue  # goes on until it is told to end: test_serve.py, test_monitor.py
                if command == "up":  # nothing is left running
                    for option in ("--prometheus", "--node-exporter", "--nvidia-gpu-exporter", "--dcgm-exporter",
                                   "--server"):
                        words += [option, "none"]
                env.setdefault("AICO2_STATE_DIR", os.path.join(self.cwd, "state"))
                with self.subTest(line):
                    done = self.aico2(*words, env={"AICO2_DB": os.path.join(self.cwd, "h.db"), **env})
                    self.assertNotIn(done.returncode, (2, 125), done.stderr)

    def test_help_names_defaults_ranges_and_choices(self):
        text = " ".join(self.aico2("run", "--help").stdout.split())
        for part in ("1ms to 1h (default: 1s)", "1 to 5 (default: 1.0)",
                     "job, machine (default: job)", "--embodied, --no-embodied", "-o, --output FILE"):
            self.assertIn(part, text)
        self.assertIn("(default: machine)", " ".join(self.aico2("help", "measure").stdout.split()))

    def test_another_name_has_the_same_help(self):
        self.assertEqual(self.aico2("top", "--help").stdout, self.aico2("monitor", "--help").stdout)
        self.refused(2, "aico2: unknown command 'tops': nearest is 'top'", "tops")

    def test_help_is_there_when_the_configuration_is_broken(self):
        self.write("config/aico2/aico2.yml", "[")
        self.assertEqual(self.aico2("run", "--help").returncode, 0)

    def test_colour_only_on_a_terminal_and_not_with_no_color(self):
        for env, words, expected in (({}, [], True), ({"NO_COLOR": "1"}, [], False),
                                     ({"TERM": "dumb"}, [], False)):
            with self.subTest(env=env):
                ours, theirs = pty.openpty()
                self.aico2("help", *words, env=env, stdout=theirs)
                os.close(theirs)
                self.assertEqual(b"\033[1m" in os.read(ours, 65536), expected)
                os.close(ours)
        self.assertNotIn("\033", self.aico2("help").stdout)
        self.assertIn("\033", self.aico2("help", env={"CLICOLOR_FORCE": "1"}).stdout)
        self.assertIn("\033", self.aico2("help", "--color=always").stdout)
        self.assertNotIn("\033", self.aico2("help", "--color=never",
                                            env={"CLICOLOR_FORCE": "1"}).stdout)


class Errors(Cli):
    def test_unknown_words_name_the_nearest(self):
        self.refused(2, "aico2: unknown command 'confg': nearest is 'config'", "confg")
        self.refused(2, "aico2: unknown command 'xyzzy': see `aico2 help`", "xyzzy")
        self.refused(2, "aico2: unknown command 'a b?': see `aico2 help`", b"a\nb\xff")
        self.refused(2, "aico2 help: unknown command 'shw': nearest is 'show'", "help", "shw")
        self.refused(2, "aico2 runs: unknown option '--limt': nearest is '--limit'", "runs",
                     "--limt", "3")

    def test_no_abbreviations(self):
        self.assertEqual(self.aico2("conf").returncode, 2)
        self.assertEqual(self.aico2("config", "--form", "json").returncode, 2)

    def test_bad_options_end_run_with_125_and_others_with_2(self):
        self.refused(125, "aico2 run: --interval '10x': not a duration "
                          "(examples: 500ms, 10s, 5m, 8h)", "run", "--interval", "10x", "true")
        self.refused(125, "aico2 run: unknown option '--contry': nearest is '--country'", "run",
                     "--contry", "FR", "true")
        self.refused(125, "aico2 run: needs a command: aico2 run [OPTION...] [--] CMD [ARG...]",
                     "run")
        self.refused(2, "aico2 estimate: --pue '0.5': out of range, 1 to 5", "estimate", "--pue",
                     "0.5")
        self.refused(2, "aico2 show: needs RUN: aico2 show [OPTION...] RUN", "show")

    def test_options_before_the_command(self):
        self.assertEqual(self.aico2("--json", "runs").returncode, 2)

    def test_a_program_that_is_not_installed_is_named_with_its_package(self):
        alone = os.path.join(self.folder.name, "bin", "aico2")
        os.mkdir(os.path.dirname(alone))
        shutil.copy(PROGRAM, alone)
        for package, words in (("aico2-serve", ["serve"]), ("aico2-top", ["monitor"]),
                               ("aico2-fetch", ["fleet", "--prometheus-url", "http://127.0.0.1:1", "--start", "1", "--end", "2"]),
                               ("aico2-fetch", ["intensity", "FR", "--provider", "auto"])):
            with self.subTest(words=words):
                done = subprocess.run([alone, *words], cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
                said = " ".join(done.stdout.split())
                self.assertRegex(said, f"this installation has no {package}[,:]")
                self.assertRegex(said, f"the package {package}|{package}, a package of its own")

    def test_a_command_line_of_noise(self):
        for words in ([""], ["", ""], ["\xff"], ["config", ""], ["config", "--", "--"],
                      ["config", "--="], ["config", "-"], ["config", "-" * 5000],
                      ["x" * 100000], ["help", "x" * 100000]):
            with self.subTest(words=[word[:20] for word in words]):
                done = self.aico2(*words)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertLess(len(done.stderr), 400)


class Configuration(Cli):
    def test_every_layer_and_where_it_came_from(self):
        self.assertEqual(self.values()["pue"],
                         {"key": "pue", "value": "1.0", "origin": "default", "where": None})
        self.write("config/aico2/aico2.yml", "# mine\npue: 1.1\n")
        path = os.path.join(self.env["XDG_CONFIG_HOME"], "aico2/aico2.yml")
        self.assertEqual(self.values()["pue"], {"key": "pue", "value": "1.1", "origin": "user file",
                                                "where": path + ":2"})
        self.write("cwd/.aico2.yml", "pue: 1.2\n")
        self.assertEqual(self.values()["pue"], {"key": "pue", "value": "1.2", "origin": "local file",
                                                "where": "./.aico2.yml:1"})
        row = self.values(env={"AICO2_PUE": "1.3"})["pue"]
        self.assertEqual(row, {"key": "pue", "value": "1.3", "origin": "environment",
                               "where": "AICO2_PUE"})
        self.assertEqual(self.values()["format"]["origin"], "command line")

    def test_every_option_is_shown_in_every_form(self):
        keys = list(self.values())
        for key in ("country", "no-db", "embodied", "interval", "scope", "utilization", "limit"):
            self.assertIn(key, keys)
        rows = list(csv.DictReader(io.StringIO(self.aico2("config", "--format", "csv").stdout)))
        self.assertEqual([row["key"] for row in rows], keys)
        text = self.aico2("config").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in text[1:]], keys)
        self.assertLessEqual(max(map(len, text)), 80)

    def test_ascii_where_the_locale_is(self):
        self.assertIn("\u2013", self.aico2("config").stdout)
        self.assertTrue(self.aico2("config", env={"LC_ALL": "C"}).stdout.isascii())

    def test_a_damaged_file_ends_run_with_125_and_others_with_2(self):
        self.write("cwd/.aico2.yml", "pue: 1.2\ncontry: FR\n")
        message = "./.aico2.yml:2: unknown key 'contry': nearest is 'country'"
        self.refused(2, "aico2 config: " + message, "config")
        self.refused(2, "aico2 runs: " + message, "runs")
        self.refused(125, "aico2 run: " + message, "run", "true")

    def test_a_project_may_not_choose_what_is_loaded(self):
        for line in ("nvml: ./evil.so", "db: x", "samples: x", "sysroot: .", "intensity-file: x"):
            self.write("cwd/.aico2.yml", line + "\n")
            done = self.aico2("config")
            self.assertEqual(done.returncode, 2)
            self.assertIn("may not stand in a project's .aico2.yml", done.stderr)

    def test_bytes_that_are_no_yaml(self):
        for data in (b"\x00", b"\xff\xfe\xfd", b"\t- :", b"{" * 5000, b"a: &a [*a]", b"%YAML 9.9\n",
                     b"name: !!binary x\n: y", b"#" * ((1 << 20) + 1)):
            with self.subTest(data=data[:10]):
                self.write("cwd/.aico2.yml", data, mode="wb")
                done = self.aico2("config")
                self.assertEqual(done.returncode, 2)
                self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_an_environment_of_noise(self):
        self.refused(2, "aico2 config: AICO2_INTERVAL 'soon': not a duration "
                        "(examples: 500ms, 10s, 5m, 8h)", "config", env={"AICO2_INTERVAL": "soon"})
        row = self.values(env={"AICO2_NAME": "a\udcffb", "AICO2_COUNTRY": "", "AICO2_BOGUS": "x"})
        self.assertEqual(row["name"]["value"], "a\ufffdb")
        self.assertIsNone(row["country"]["value"])


class Outputs(Cli):
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = self.aico2("config", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "aico2 config: cannot write to standard output: "
                                      "No space left on device\n")

    def test_a_closed_pipe_is_an_error_and_not_a_signal(self):
        ours, theirs = os.pipe()
        os.close(ours)
        done = self.aico2("config", "--json", stdout=theirs)
        os.close(theirs)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Broken pipe", done.stderr)

    def test_a_closed_stdout_is_an_error(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" config >&-', PROGRAM], env=self.env,
                              cwd=self.cwd, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write to standard output", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
