# SPDX-License-Identifier: Apache-2.0
"""coverage.py - runs the tests that are about the library, and says which lines and branches of src/ they have been through

    coverage.py BUILD [--all] [--no-run] [--uncovered FILE...]

BUILD is made with -Db_coverage=true (`make coverage` does). The tests are the suites unit, integration and api, and those of e2e
and python in which a program hands on what the library has made (E2E, PYTHON), and of faults (FAULTS): without the ones that
limit or fill files or kill, for what they stop may be the counting. The library is what libaico2 holds: its folders stand first, and together under a bar. Where a
wrong branch is a wrong figure (EXACT) none may be missing. The folders of the programs are shown without a bar: most of
what runs them is not run here. The status is 1 below a bar, and when a test has failed.

Not counted are branches of two kinds of line. Of an assert(), whose one way no test can go. And of a switch, one way of
which is past all of its cases, where there is none: its cases are lines of their own. --all: a row for each file; --no-run: of
the last run; --uncovered: the lines of these files that were not run, and those of whose branches one was not.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARY = ("base", "model", "catalog", "readers", "importers", "sampler", "energy", "attribution", "carbon", "history",
           "writers", "session")
PROGRAMS = ("config", "cli", "stack", "fetch", "server", "sensord", "tui")
LINES_LEAST, BRANCHES_LEAST = 92.0, 85.0
E2E = ("cli", "doctor", "documents", "epochs", "export", "export_push", "exporter", "fleet", "gpu", "history", "import", "jobs",
       "live_whole", "methodology", "places", "remote", "remote_whole", "serve_api", "serve_estimate", "serve_live", "serve_push",
       "serve_seed", "serve_series", "when")
PYTHON = ("estimate", "gauges", "library", "track", "tracker", "window")
FAULTS = ("allocations", "hostile_files")
NAMES = {"e2e-" + name for name in E2E} | {"python-" + name for name in PYTHON} | {"faults-" + name for name in FAULTS}
NOT_COUNTED = r".*\b(assert|switch) ?\("
# What turns counts into joules, joules into shares and both into what is told.
EXACT = ("src/energy/", "src/attribution/", "src/carbon/footprint.c", "src/writers/format.c", "src/base/time_text.c")


class Sum:
    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_run = self.files = 0

    def add(self, row):
        self.files += 1
        self.lines += row["line_total"]
        self.lines_run += row["line_covered"]
        self.branches += row["branch_total"]
        self.branches_run += row["branch_covered"]

    def line_percent(self):
        return 100.0 * self.lines_run / self.lines if self.lines else 100.0

    def branch_percent(self):
        return 100.0 * self.branches_run / self.branches if self.branches else 100.0

    def __str__(self):
        return (f"{self.lines_run:6} of {self.lines:6} {self.line_percent():6.1f} %"
                f" {self.branches_run:7} of {self.branches:6} {self.branch_percent():6.1f} %")


def sum_of(rows):
    total = Sum()
    for row in rows:
        total.add(row)
    return total


def folder_of(row):
    return row["filename"].split("/")[1]


def is_exact(row):
    return row["filename"].startswith(EXACT)


def below_bars(rows):
    """What keeps the status from being 0, a line each."""
    library = [row for row in rows if folder_of(row) in LIBRARY]
    total = sum_of(library)
    if not library:
        return ["no file of the library was run"]
    below = []
    if total.line_percent() < LINES_LEAST:
        below.append(f"{total.line_percent():.2f} % of the library's lines: {LINES_LEAST:g} % are asked for")
    if total.branch_percent() < BRANCHES_LEAST:
        below.append(f"{total.branch_percent():.2f} % of the library's branches: {BRANCHES_LEAST:g} % are asked for")
    for row in filter(is_exact, rows):
        missing = row["branch_total"] - row["branch_covered"]
        if missing:
            below.append(f"{row['filename']}: {missing} of {row['branch_total']} branches were not taken, and none may be missing")
    for path in EXACT:
        if not any(row["filename"].startswith(path) for row in rows):
            below.append(f"{path}: not run at all")
    return below


def print_table(rows, every_file):
    print(f"{'':28}{'lines':>18}{'':9}{'branches':>18}")
    for folder in LIBRARY + PROGRAMS:
        of_folder = [row for row in rows if folder_of(row) == folder]
        if folder == PROGRAMS[0]:
            print(f"{'the library':28}{sum_of(row for row in rows if folder_of(row) in LIBRARY)}")
            print(f"{'  of it, what must be exact':28}{sum_of(filter(is_exact, rows))}")
            print("\nprograms, as far as these suites run them:")
        if of_folder:
            print(f"{'src/' + folder:28}{sum_of(of_folder)}")
        for row in of_folder if every_file else ():
            print(f"  {row['filename'].split('/', 2)[2]:26}{sum_of([row])}")


def print_uncovered(details, names):
    for file in details["files"]:
        if file["file"] not in names:
            continue
        with open(os.path.join(ROOT, file["file"]), encoding="utf-8") as source:
            text = source.read().splitlines()
        for line in file["lines"]:
            taken = [branch["count"] > 0 for branch in line["branches"]]
            if line.get("gcovr/noncode") or (line["count"] > 0 and all(taken)):
                continue
            word = "not run" if line["count"] == 0 else f"{taken.count(False)} of {len(taken)}"
            print(f"{file['file']}:{line['line_number']}: {word:8} {text[line['line_number'] - 1].strip()}")


def is_run(test):
    suites = {suite.split(":")[-1] for suite in test["suite"]}
    return bool(suites & {"unit", "integration", "api"}) or test["name"] in NAMES


def open_counts(build):
    """Some tests start the programs as another user, who counts as well: the files of the counts are everybody's."""
    for program in glob.glob(os.path.join(glob.escape(build), "src", "*", "aico2*")):
        if os.path.isfile(program) and os.access(program, os.X_OK):
            subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for path in counts(build):
        os.chmod(path, 0o666)


def counts(build):
    return glob.glob(os.path.join(glob.escape(build), "**", "*.gcda"), recursive=True)


def forget_renamed(build):
    """What was counted of a source that is no longer built: its object is gone, its .gcno is not."""
    for path in glob.glob(os.path.join(glob.escape(build), "**", "*.gcno"), recursive=True):
        if not os.path.exists(path[:-len(".gcno")] + ".o"):
            for name in (path, path[:-len(".gcno")] + ".gcda"):
                if os.path.exists(name):
                    os.remove(name)


def run_tests(build):
    for path in counts(build):
        os.remove(path)
    open_counts(build)
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True, stdout=subprocess.PIPE).stdout)
    names = [test["name"] for test in tests if is_run(test)]
    return subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--timeout-multiplier", "5", "--quiet", *names],
                          stdin=subprocess.DEVNULL, check=False).returncode


def gcovr(build, form):
    """What of src/ was run; what the build has made itself (tables of data/) is not of src/."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "coverage.json")
        subprocess.run(["gcovr", "--root", ROOT, "--filter", os.path.join(ROOT, "src") + "/",
                        "--exclude-branches-by-pattern", NOT_COUNTED, "-j", str(os.cpu_count() or 1),
                        form, out, build], check=True, cwd=build)
        with open(out, encoding="utf-8") as file:
            return json.load(file)


def main(arguments):
    parser = argparse.ArgumentParser(prog="coverage.py")
    parser.add_argument("build")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--uncovered", nargs="+", metavar="FILE", default=())
    options = parser.parse_args(arguments)
    build = os.path.abspath(options.build)
    forget_renamed(build)
    status = 0 if options.no_run or options.uncovered else run_tests(build)
    if options.uncovered:
        print_uncovered(gcovr(build, "--json"), options.uncovered)
        return 0
    rows = [row for row in gcovr(build, "--json-summary")["files"] if row["line_total"] > 0]
    print_table(rows, options.all)
    below = below_bars(rows)
    print()
    for line in below:
        print(f"below the bar: {line}")
    if not below:
        print(f"above the bars: {LINES_LEAST:g} % of lines, {BRANCHES_LEAST:g} % of branches, every branch of what must be exact")
    return 1 if status or below else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
