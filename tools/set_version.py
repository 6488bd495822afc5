#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""set_version.py - the version of a release, in every place that has it

    set_version.py --check          exit 1 unless all places have the version of meson.build
    set_version.py VERSION          writes it into all of them; debian/changelog and the spec get a new entry

The day and time of new entries are those of SOURCE_DATE_EPOCH, else now. CONTRIBUTING.md has the other steps of a release."""
import os
import re
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSION = r"\d+\.\d+\.\d+"
WHO = "The AI_Co2_Calculator authors <maintainers@aico2.invalid>"
# file -> what stands before the version there, and after it
PLACES = {
    "meson.build": (r"^    version: '", r"',$"),
    "CITATION.cff": (r"^version: ", r"$"),
    "contrib/container/Containerfile": (r"^# .* -t aico2:", r" "),
    "contrib/kubernetes/base/kustomization.yaml": (r"^    newTag: ", r"$"),
    "contrib/rpm/aico2.spec": (r"^Version: +", r"$"),
    "debian/changelog": (r"\Aaico2 \(", r"\) "),
}
DEBIAN_ENTRY = """aico2 ({version}) unstable; urgency=medium

  * New version; /usr/share/doc/aico2/CHANGELOG.md has what is in it.

 -- {who}  {date}

"""
RPM_ENTRY = """%changelog
* {date} {who} - {version}-1
- New version; CHANGELOG.md has what is in it

"""


def path_of(name):
    return os.path.join(ROOT, name)


def read(name):
    with open(path_of(name), encoding="utf-8") as file:
        return file.read()


def write(name, text):
    with open(path_of(name), "w", encoding="utf-8") as file:
        file.write(text)


def find(name, text):
    before, after = PLACES[name]
    found = re.search(f"({before})({VERSION}){after}", text, flags=re.MULTILINE)
    if found is None:
        sys.exit(f"{name}: no version where one is expected")
    return found


def check():
    wanted = find("meson.build", read("meson.build")).group(2)
    wrong = {name: there for name in PLACES if (there := find(name, read(name)).group(2)) != wanted}
    for name, there in wrong.items():
        print(f"{name}: {there}, where meson.build has {wanted}")
    return 1 if wrong else 0


def set_all(version):
    if not re.fullmatch(VERSION, version):
        sys.exit(f"'{version}' is no version: three numbers with points between are one, as in 0.2.0")
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    entries = {
        "debian/changelog": lambda text: DEBIAN_ENTRY.format(
            version=version, who=WHO, date=time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(now))) + text,
        "contrib/rpm/aico2.spec": lambda text: text.replace("%changelog\n", RPM_ENTRY.format(
            version=version, who=WHO, date=time.strftime("%a %b %d %Y", time.gmtime(now)))),
    }
    for name in PLACES:
        text = read(name)
        found = find(name, text)
        if found.group(2) == version:
            continue
        if name in entries:
            text = entries[name](text)
            found = find(name, text)
        write(name, text[:found.start(2)] + version + text[found.end(2):])
    return 0


def main(words):
    if words == ["--check"]:
        return check()
    if len(words) != 1:
        sys.exit(__doc__)
    return set_all(words[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
