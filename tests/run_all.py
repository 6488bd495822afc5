# SPDX-License-Identifier: Apache-2.0
"""run_all.py - runs the tests of one build directory or several, and counts them together.

    run_all.py [--again] BUILD_DIR[:SUITE,SUITE...] ...

A browser keeps more than one core busy: what is ALONE runs one at a time, after the others. With --again what has a clock in it
(TIMED) and fails is run once more when all others have ended, and the second time counts; that it failed is told all the same,
as "unsteady", with its lines: others on the machine may have done it, and it has to be looked at. Where more than AGAIN_MOST
fail nothing is run again, and no other test ever is.

The last line is "N passed, N failed", with ", N skipped" when there were any. What is counted is the
smallest named thing: a line of TAP, a method of a Python test, else the program itself. A program that fails
without a failed line of its own (a crash, a timeout, a wrong number of lines) is one more failure. A directory
that could not be made holds a file `skipped` that says why, and is one skipped thing. What was skipped is named before the
counts, with its reason where the program tells it.
"""
import json
import os
import re
import subprocess
import sys

TAP_LINE = re.compile(r"^(not )?ok\b[^#\n]*(?:#\s*(skip|todo)\b)?", re.IGNORECASE | re.MULTILINE)
TAP_PLAN = re.compile(r"^1\.\.(\d+)", re.MULTILINE)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
UNITTEST_END = re.compile(r"^(OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
TAP_WHY = re.compile(r"^(?:not )?ok\b[^#\n]*#\s*skip\b:?[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
UNITTEST_WHY = re.compile(r"\.\.\. skipped (['\"])(.*)\1$", re.MULTILINE)
PYTEST_END = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s\b", re.MULTILINE)
GOOD = ("OK", "EXPECTEDFAIL", "SKIP")
# What is told of a failure once more at the end, where it is found without the pages between.
TOLD_LINES, TOLD_WIDTH = 24, 300
ALONE = ("web",)
TIMED = ("e2e", "api", "python", "faults", "contrib", "web", "packages")
AGAIN_MOST = 4


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def total(self):
        return self.passed + self.failed + self.skipped

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def count_tap(text):
    count = Count()
    for line in TAP_LINE.finditer(text):
        directive = (line.group(2) or "").lower()
        if directive == "skip":
            count.skipped += 1
        elif line.group(1) and directive != "todo":
            count.failed += 1
        else:
            count.passed += 1
    return count


def count_unittest(text):
    """One program may run several suites: each ends with its own pair of lines."""
    count = Count()
    ends = UNITTEST_END.findall(text)
    for at, ran in enumerate(UNITTEST_RAN.findall(text)):
        words = dict(re.findall(r"([a-z ]+)=(\d+)", ends[at][1])) if at < len(ends) else {}
        words = {name.strip(): int(number) for name, number in words.items()}
        failed = sum(words.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
        skipped = words.get("skipped", 0)
        count.add(Count(max(0, int(ran) - failed - skipped), failed, skipped))
    return count


def count_pytest(text):
    """Its closing line: "3 passed, 1 skipped in 0.1s"; a warning is none of them."""
    count = Count()
    for line in PYTEST_END.findall(text):
        words = {name: int(number) for number, name in re.findall(r"(\d+) ([a-z]+)", line)}
        count.add(Count(words.get("passed", 0) + words.get("xfailed", 0),
                        sum(words.get(name, 0) for name in ("failed", "error", "errors", "xpassed")),
                        words.get("skipped", 0)))
    return count


def count_test(entry):
    """entry: a line of Meson's testlog.json."""
    out, err = entry.get("stdout") or "", entry.get("stderr") or ""
    plans = TAP_PLAN.findall(out)
    if plans:
        count = count_tap(out)
        if count.total() != sum(map(int, plans)) and count.failed == 0:
            count.failed = 1
    elif UNITTEST_RAN.search(err):
        count = count_unittest(err)
    elif PYTEST_END.search(out):
        count = count_pytest(out)
    elif entry["result"] == "SKIP":
        return Count(skipped=1)
    else:
        count = Count(passed=1 if entry["result"] in GOOD else 0)
    if entry["result"] not in GOOD and count.failed == 0:
        count.failed = 1
    return count


def told(entry):
    """The last lines of what a test that failed printed, without the lines of what passed and the bytes after a sanitizer's summary."""
    lines = []
    for name in ("stdout", "stderr"):
        text = (entry.get(name) or "").partition("Shadow bytes around")[0]
        text = [line[:TOLD_WIDTH] for line in text.splitlines() if line.strip() and not line.startswith("ok ")]
        lines += text[-TOLD_LINES:]
    return "".join(f"\n    {line}" for line in lines)


def skips_of(entry, count):
    """A line for each reason: what was skipped of this test, and why."""
    reasons = TAP_WHY.findall(entry.get("stdout") or "") + [why for _, why in UNITTEST_WHY.findall(entry.get("stderr") or "")]
    lines = [f"{entry['name']}: {reasons.count(why)} for this: {why.strip()}" for why in dict.fromkeys(reasons) if why.strip()]
    if count.skipped and not lines:
        lines.append(f"{entry['name']}: {count.skipped}")
    return lines


def why_skipped(build):
    try:
        with open(os.path.join(build, "skipped"), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


def suites_of(build):
    """Name of each test: the suites it is in."""
    done = subprocess.run(["meson", "introspect", build, "--tests"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    try:
        tests = json.loads(done.stdout)
    except ValueError:
        tests = []
    return {test["name"]: [suite.rpartition(":")[2] for suite in test["suite"]] for test in tests}


def meson_test(build, words):
    """Return: the status, and what each test left in the log; None: there is no log."""
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", "3"] + words
    # A make that a test starts is nobody's sub-make.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    status = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False).returncode
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            entries = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError):
        return status, None
    for entry in entries:
        entry["name"] = entry["name"].rpartition(" / ")[2]
    return status, entries


class Result:
    """Of one directory, or of all: the counts, and lines for what failed, was skipped, or passed the second time only."""

    def __init__(self):
        self.count, self.failed, self.skipped, self.unsteady = Count(), [], [], []

    def add(self, other):
        self.count.add(other.count)
        self.failed += other.failed
        self.skipped += other.skipped
        self.unsteady += other.unsteady

    def add_entry(self, build, entry):
        count = count_test(entry)
        self.count.add(count)
        self.skipped += [f"{build}: {line}" for line in skips_of(entry, count)]
        if count.failed:
            self.failed.append(f"{build}: {entry['name']}: {count} ({entry['result']}){told(entry)}")

    def add_fault(self, build, why):
        self.failed.append(f"{build}: {why}")
        self.count.failed += 1


def run_part(build, words, result):
    """Return: the entries of its tests."""
    status, entries = meson_test(build, words)
    if entries is None:
        result.add_fault(build, f"no test log of {' '.join(words)}")
    elif status != 0 and not any(count_test(entry).failed for entry in entries):
        result.add_fault(build, f"meson test ended with {status}")
    return entries or []


def run_again(build, entries, timed, result):
    """Those of the entries that failed and are timed, once more. Return: the entries, with the second time in their place."""
    failed = [entry for entry in entries if count_test(entry).failed]
    if len(failed) > AGAIN_MOST:
        return entries
    failed = [entry for entry in failed if entry["name"] in timed]
    if not failed:
        return entries
    print(f"\n{build}: once more: {' '.join(entry['name'] for entry in failed)}", flush=True)
    second = {entry["name"]: entry for entry in meson_test(build, ["--num-processes", "1"] + [entry["name"] for entry in failed])[1] or []}
    for entry in failed:
        if entry["name"] in second and not count_test(second[entry["name"]]).failed:
            result.unsteady.append(f"{build}: {entry['name']}: {count_test(entry)} at first ({entry['result']}){told(entry)}")
    return [second.get(entry["name"], entry) for entry in entries]


def run(build, suites, again=False):
    result = Result()
    tests = suites_of(build)
    wanted = {name for name, its in tests.items() if not suites or set(its) & set(suites)}
    alone = {name for name in wanted if set(tests[name]) & set(ALONE)}
    entries = []
    if wanted - alone:
        entries += run_part(build, sorted(wanted - alone), result)
    if alone:
        entries += run_part(build, ["--num-processes", "1"] + sorted(alone), result)
    if again:
        entries = run_again(build, entries, {name for name in wanted if set(tests[name]) & set(TIMED)}, result)
    for entry in entries:
        result.add_entry(build, entry)
    if result.count.passed == 0 and result.count.failed == 0:
        result.add_fault(build, "no test was run")
    return result


def main(arguments):
    total = Result()
    again = "--again" in arguments
    for word in [word for word in arguments if word != "--again"] or ["build"]:
        build, _, suites = word.partition(":")
        reason = why_skipped(build)
        if reason is not None:
            print(f"\n{word}: skipped: {reason}", flush=True)
            total.count.add(Count(skipped=1))
            continue
        result = run(build, suites.split(",") if suites else [], again)
        print(f"\n{word}: {result.count}", flush=True)
        total.add(result)
    for what, lines in (("skipped", total.skipped), ("unsteady", total.unsteady), ("failed", total.failed)):
        for line in lines:
            print(f"{what}: {line}")
    print(total.count)
    return 1 if total.count.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
