# SPDX-License-Identifier: Apache-2.0
"""run_all.py - runs the tests of one build directory or several, and counts them together.

    run_all.py BUILD_DIR[:SUITE,SUITE...] ...

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


def run(build, suites):
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs",
               "--timeout-multiplier", "3"]
    for suite in suites:
        command += ["--suite", suite]
    # A make that a test starts is nobody's sub-make.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    status = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False).returncode
    total = Count()
    bad, skips = [], []
    try:
        with open(log, encoding="utf-8", errors="replace") as lines:
            entries = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        entries = []
        bad.append(f"no test log: {error}")
        total.failed += 1
    for entry in entries:
        count = count_test(entry)
        total.add(count)
        skips += skips_of(entry, count)
        if count.failed:
            bad.append(f"{entry['name']}: {count} ({entry['result']}){told(entry)}")
    if status != 0 and total.failed == 0:
        bad.append(f"meson test ended with {status}")
        total.failed += 1
    if total.passed == 0 and total.failed == 0:
        bad.append("no test was run")
        total.failed += 1
    return total, bad, skips


def main(arguments):
    total = Count()
    failures, skipped = [], []
    for word in arguments:
        build, _, suites = word.partition(":")
        reason = why_skipped(build)
        if reason is not None:
            print(f"\n{word}: skipped: {reason}", flush=True)
            total.add(Count(skipped=1))
            continue
        count, bad, skips = run(build, suites.split(",") if suites else [])
        print(f"\n{word}: {count}", flush=True)
        total.add(count)
        failures += [f"{build}: {line}" for line in bad]
        skipped += [f"{build}: {line}" for line in skips]
    for line in skipped:
        print(f"skipped: {line}")
    for line in failures:
        print(f"failed: {line}")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["build"]))
