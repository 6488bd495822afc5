# SPDX-License-Identifier: Apache-2.0
"""check_banned.py - functions, literals and habits that this project does without.

    check_banned.py [ROOT]        names each; status 1 if there is one
    check_banned.py --self-test   each rule against a text that it must catch
"""
import os
import re
import sys

LINES_MAX = 600
# A test mirrors one module, and its cases stay together.
TEST_LINES_MAX = 800
SOURCES = (".c", ".h")
SCRIPTS = (".py", ".sh")
NAMED = ("Makefile", "meson.build", "meson_options.txt")
# Folders of programs: they print and exit. The library, its tests' subject, does neither.
QUIET = ("src/", "include/")
PROGRAMS = ("src/cli/", "src/fetch/main.c", "src/sensord/main.c", "src/server/main.c", "src/stack/spawn.c",
            "src/tui/restore.c")  # ends in a handler
# The one place that opens the roots; the program's own folder; and who compares such a path without opening it.
ROOTS = (
    "src/session/environment.c",
    "src/cli/",
    "src/base/cgroup.c",  # turns the mount point "/sys/..." of mountinfo into one below sys_fd
    "src/writers/whole_file.c",    # asks whether -o names a kernel file, which no rename may replace
    "src/readers/sensord_link.c",  # names a socket below root_fd by the descriptor's own link
    "src/base/own_program.c",      # asks where this very program stands
)

ANYWHERE = ("strcpy", "stpcpy", "strcat", "sprintf", "vsprintf", "gets", "atoi", "atol", "atoll", "atof",
            "strtok", "localtime", "gmtime", "ctime", "asctime", "system", "popen", "tmpnam", "mktemp",
            "alloca", "rand", "srand")
IN_LIBRARY = ("exit", "_exit", "_Exit", "quick_exit", "abort", "printf", "vprintf", "puts", "putchar",
              "perror", "err", "errx", "warn", "warnx")
COMMENT_OR_STRING = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")
STANDARD_STREAM = re.compile(r"\b(?:fprintf|fputs|fputc|fwrite|vfprintf)\s*\([^;]*\b(?:stdout|stderr)\b")
ROOT_LITERAL = re.compile(r'"/(?:sys|proc)(?:/[^"\n]*)?"')
TODO = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")
STATIC = re.compile(r"^static\b[^;=]*\b(\w+)\s*\(", re.MULTILINE)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def blank(match):
    """Same length and lines, so that offsets stay true."""
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    return COMMENT_OR_STRING.sub(lambda m: blank(m) if m.group()[0] == "/" else m.group(), text)


def check_code(path, text):
    found = []
    code = COMMENT_OR_STRING.sub(blank, text)
    own = set(STATIC.findall(code))
    banned = set(ANYWHERE)
    quiet = path.startswith(QUIET) and not path.startswith(PROGRAMS)
    if quiet:
        banned |= set(IN_LIBRARY)
        for match in STANDARD_STREAM.finditer(code):
            found.append((line_of(text, match.start()), "the library prints nothing"))
    for match in CALL.finditer(code):
        if match.group(1) in banned and match.group(1) not in own:
            found.append((line_of(text, match.start()), f"{match.group(1)}() is banned here"))
    for match in COMMENT_OR_STRING.finditer(text):
        if match.group().startswith("//"):
            found.append((line_of(text, match.start()), "comments are /* */"))
    if quiet and not path.startswith(ROOTS):
        for match in ROOT_LITERAL.finditer(without_comments(text)):
            found.append((line_of(text, match.start()), f"{match.group()}: roots are injected"))
    return found


def check_header(path, text):
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        return [(1, "the first line is the SPDX licence line")]
    name = os.path.basename(path)
    if name in NAMED and name != "Makefile":
        return []
    head = "\n".join(lines[1:4])
    if not re.search(rf"(?:^|[\s/*#\"]){re.escape(name)} - \S", head):
        return [(2, f"after it comes '{name} - what it is for'")]
    return []


def check_text(path, text):
    """path: below the root, with slashes. Returns [(line number, message)]."""
    found = check_header(path, text)
    count = text.count("\n")
    limit = TEST_LINES_MAX if path.startswith("tests/") else LINES_MAX
    if count > limit:
        found.append((limit, f"{count} lines: split by {limit}"))
    if path.endswith(SOURCES):
        found += check_code(path, text)
    if not path.endswith("check_banned.py"):
        for match in TODO.finditer(text):
            found.append((line_of(text, match.start()), "a TODO names its issue: TODO(#12)"))
    return sorted(found)


def is_checked(path):
    name = os.path.basename(path)
    return name.endswith(SOURCES + SCRIPTS) or name in NAMED or path == ".ci/run"


def tree(root):
    tops = ("src", "include", "python", "tests", "examples", "bench", "tools", "docs", "contrib", ".ci")
    paths = [name for name in sorted(os.listdir(root)) if os.path.isfile(os.path.join(root, name))]
    for top in tops:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(name for name in folders if name not in ("machines", "seeds", "__pycache__"))
            paths += [os.path.relpath(os.path.join(folder, name), root) for name in sorted(names)]
    return [path for path in paths if is_checked(path)]


def check_tree(root):
    paths = tree(root)
    bad = 0
    if not any(path.endswith(".c") for path in paths):
        print(f"no source below '{root}'")
        return 1
    for path in paths:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for number, message in check_text(path, text):
            print(f"{path}:{number}: {message}")
            bad += 1
    return 1 if bad else 0


def self_test():
    def c(body, name="a.c"):
        return f"/* SPDX-License-Identifier: Apache-2.0 */\n/* energy/{name} - one thing */\n{body}\n"

    calls = [("src/energy/a.c", c(f"void f(void)\n{{\n    {name}(x);\n}}")) for name in ANYWHERE + IN_LIBRARY]
    caught = calls + [
        ("tests/unit/a.c", c("int a = atoi (text);")),
        ("src/cli/a.c", c("strcpy(a, b);")),
        ("src/energy/a.c", c('fprintf(stderr, "x");')),
        ("src/energy/a.c", c('f = open("/sys/class/powercap", 0);')),
        ("src/energy/a.c", c('f = open("/proc", 0);')),
        ("src/energy/a.c", c("int a; // no")),
        ("src/energy/a.c", c("/* TODO later */")),
        ("src/energy/a.c", c("int a;\n" * LINES_MAX)),
        ("tests/unit/a.c", c("int a;\n" * TEST_LINES_MAX)),
        ("src/energy/a.c", "/* energy/a.c - one thing */\n"),
        ("src/energy/a.c", "/* SPDX-License-Identifier: Apache-2.0 */\nint a;\n"),
        ("src/energy/a.c", "/* SPDX-License-Identifier: Apache-2.0 */\n/* energy/b.c - other */\nint a;\n"),
        ("src/meson.build", "core_sources = []\n"),
        ("tools/a.py", '"""a.py - one thing."""\n'),
        ("tools/a.sh", "#!/bin/sh\nset -e\n"),
    ]
    passed = [
        ("src/energy/a.c", c('const char *a = "strcpy() // system()"; /* printf(stderr) of "/sys" */')),
        ("src/energy/a.c", c("static void warn(int a)\n{\n}\nvoid f(void)\n{\n    warn(1);\n}")),
        ("src/energy/a.c", c("snprintf(a, n, b); state->exit(1); my_system(1); fputs(a, out);")),
        ("src/energy/a.c", c('/* TODO(#7) */ char *a = "sys/class";')),
        ("src/cli/a.c", c('printf("x"); exit(1); open("/proc/self/exe", 0);')),
        ("examples/a.c", c('printf("x");')),
        ("tools/a.py", '#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"""a.py - one."""\n'),
        ("src/meson.build", "# SPDX-License-Identifier: Apache-2.0\ncore_sources = []\n"),
    ]
    for path, text in caught:
        if not check_text(path, text):
            print(f"not caught in {path}:\n{text[:300]}")
            return 1
    for path, text in passed:
        if check_text(path, text):
            print(f"wrongly caught in {path}: {check_text(path, text)}\n{text}")
            return 1
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check_tree(sys.argv[1] if len(sys.argv) > 1 else "."))
