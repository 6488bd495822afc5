#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_abi.py - whether a program built against the library as it was runs with the library as it is.

    check_abi.py LIBRARY INCLUDE BASELINE SYMBOLS           compare; exit 1: something that programs rely on has changed
    check_abi.py LIBRARY INCLUDE BASELINE SYMBOLS --write   make the baseline anew, and add what is new to SYMBOLS

SYMBOLS is debian/libaico2-0.symbols, which says since which version a symbol is there; it has the symbols of the baseline.
A line of the baseline is a symbol with its version, a constant, or a field of a public struct with its offset and size;
the prototype of each function is there too, since C's symbols do not tell it. What is new is no break, but belongs in the
baseline before it is released."""
import os
import re
import shlex
import subprocess
import sys
import tempfile


def headers(include):
    folder = os.path.join(include, "aico2")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".h"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                yield re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)


def symbols(library):
    done = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    names = (line.split()[-2:] for line in done.stdout.splitlines())
    return [f"symbol {name}" for kind, name in names if kind in "TtDdBbRrWwVv"]


def prototypes(text):
    for found in re.findall(r"AICO2_API\s+([^;{]*?\([^;]*?\))\s*;", text):
        yield "function " + re.sub(r"\s*([(),*])\s*", r"\1", re.sub(r"\s+", " ", found))


def fields(body):
    """The names of a struct's fields, in their order."""
    for line in body.split(";"):
        line = line.strip()
        function = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", line)
        plain = re.search(r"(\w+)\s*(?:\[[^]]*\])*$", line)
        if function:
            yield function.group(1)
        elif plain and line:
            yield plain.group(1)


def layout(texts, include):
    """Offsets and sizes, as the compiler has them."""
    lines = []
    for text in texts:
        for name, body in re.findall(r"struct (aico2_\w+) \{(.*?)\n\};", text, flags=re.DOTALL):
            for field in fields(body):
                lines.append(f'printf("field {name}.{field} at %zu size %zu\\n", offsetof(struct {name}, {field}),'
                             f' sizeof(((struct {name} *)0)->{field}));')
        for body in re.findall(r"enum aico2_\w+ \{(.*?)\};", text, flags=re.DOTALL):
            for constant in re.findall(r"\b(AICO2_\w+)\b\s*=", body):
                lines.append(f'printf("constant {constant} = %d\\n", {constant});')
    program = ("#include <stddef.h>\n#include <stdio.h>\n#include <aico2/aico2.h>\nint main(void)\n{\n"
               + "\n".join(lines) + "\nreturn 0;\n}\n")
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        with open(source, "w", encoding="utf-8") as file:
            file.write(program)
        subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-std=c99", "-I", include, "-o", binary, source],
                       check=True)
        return subprocess.run([binary], check=True, capture_output=True, text=True).stdout.splitlines()


def describe(library, include):
    texts = list(headers(include))
    lines = symbols(library) + [line for text in texts for line in prototypes(text)] + layout(texts, include)
    return sorted(set(lines))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def debian_names(lines):
    """The symbols of a baseline as Debian writes them, and with them the version nodes they are bound to."""
    names = [line.partition(" ")[2].replace("@@", "@") for line in lines if line.startswith("symbol ")]
    return sorted(names + [f"{node}@{node}" for node in {name.partition("@")[2] for name in names}])


def since(symbols):
    """What a symbols file says: the version of each symbol."""
    return dict(re.findall(r"^ (\S+) (\S+)$", symbols, flags=re.MULTILINE))


def write_symbols(path, names):
    """What is new is there since the version at the top of the changelog beside it."""
    with open(os.path.join(os.path.dirname(path), "changelog"), encoding="utf-8") as file:
        version = re.match(r"\S+ \(([^)]+)\)", file.readline()).group(1)
    text = read(path)
    known = since(text)
    head = [line for line in text.splitlines() if not line.startswith(" ")]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(head + [f" {name} {known.get(name, version)}" for name in names]) + "\n")


def main(words):
    if len(words) not in (4, 5) or words[4:] not in ([], ["--write"]):
        sys.exit(__doc__)
    now = describe(words[0], words[1])
    if words[4:]:
        with open(words[2], "w", encoding="utf-8") as file:
            file.write("\n".join(now) + "\n")
        write_symbols(words[3], debian_names(now))
        return 0
    before = read(words[2]).splitlines()
    listed, promised = set(since(read(words[3]))), set(debian_names(before))
    gone = [line for line in before if line not in now]
    new = [line for line in now if line not in before]
    for line in gone:
        print(f"gone or changed: {line}")
    for line in new:
        print(f"not in the baseline yet: {line}")
    for name in sorted(listed ^ promised):
        print(f"only in {words[3] if name in listed else words[2]}: {name}")
    return 1 if gone or listed != promised else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
