# SPDX-License-Identifier: Apache-2.0
"""check_includes.py - who may include whom: the table of ARCHITECTURE.md, held by the tests.

    check_includes.py [ROOT]        names each include that the table forbids; status 1 if there is one
    check_includes.py --self-test   each rule against a line that it must catch

Data flows right, includes point left: a stage includes its own folder, base/ and model/, and what its row says. An
entry with a file name allows that header only, one with a folder below a stage's what lies in that folder.
"""
import os
import re
import sys

EVERYONE = {"base", "model"}
ALLOWED = {
    "base": set(),
    "model": set(),
    "catalog": set(),
    "readers": set(),
    "importers": set(),
    "sampler": {"readers"},
    "energy": set(),
    "attribution": set(),
    "carbon": set(),
    "history": set(),
    "writers": set(),
    # wires the stages and implements include/aico2
    "session": {"catalog", "readers", "importers", "sampler", "energy", "attribution", "carbon", "history", "writers"},
    "config": set(),
    # its own program: the only one with a network
    "fetch": set(),
    # its own program: the only one with a privilege; opens and reads, and computes nothing
    "sensord": {"readers"},
    # starts and ends other programs; knows nothing of what they measure
    "stack": set(),
    # A face computes nothing: writers/ formats what it prints, and place.h, series.h and price.h say which
    # place, file or price its options name. No other header of carbon/.
    "cli": {"session", "config", "history", "writers", "stack", "carbon/own_table.h", "carbon/place.h", "carbon/price.h",
            "carbon/series.h"},
    # a face like cli, in a program of its own; what options say of a place both understand alike
    "server": {"session", "config", "history", "writers", "carbon/equivalents.h", "carbon/own_table.h", "carbon/place.h",
               "carbon/price.h", "carbon/series.h", "cli/options"},
    # likewise: the monitor in the terminal
    "tui": {"session", "config", "history", "writers", "carbon/series.h", "cli/cli.h", "cli/options"},
}
KNOWS_NOTHING_ABOVE = {"base": {"base"}, "config": {"base", "config"}}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def check_text(path, text, exists=lambda name: True):
    """path: below the root, with slashes. Returns [(line number, message)]."""
    found = []
    parts = path.split("/")
    first_own = None
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(1) or match.group(2)
        if name.endswith(".c"):
            found.append((number, f'"{name}": a source is linked, never included'))
            continue
        if parts[0] == "include":
            if match.group(1):
                found.append((number, f'"{name}": a public header includes <...> only'))
            elif "/" in name and not name.startswith("aico2/"):
                found.append((number, f"<{name}>: a public header needs the C library and aico2/ only"))
            continue
        if match.group(1) is None or parts[0] != "src":
            continue
        if first_own is None:
            first_own = (number, name)
        if "/" not in name:
            continue  # generated next to its users
        folder = parts[1]
        target = name.split("/")[0]
        if folder not in ALLOWED:
            found.append((number, f"folder '{folder}' has no row in the table"))
        elif target not in ALLOWED:
            found.append((number, f'"{name}": folder \'{target}\' has no row in the table'))
        elif not is_allowed(folder, target, name):
            found.append((number, f'"{name}": {folder}/ may not include {target}/'))
    own = "/".join(parts[1:])[:-1] + "h"
    if parts[0] == "src" and path.endswith(".c") and exists(own) and first_own and first_own[1] != own:
        found.append((first_own[0], f'"{own}" comes first: the proof that it stands alone'))
    return found


def is_allowed(folder, target, name):
    if target == folder:
        return True
    if folder in KNOWS_NOTHING_ABOVE:
        return target in KNOWS_NOTHING_ABOVE[folder]
    return target in EVERYONE or not ALLOWED[folder].isdisjoint((target, os.path.dirname(name), name))


def check_tree(root):
    count = 0
    bad = 0
    for top in ("src", "include", "tests", "examples", "bench", "tools"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if not name.endswith((".c", ".h")):
                    continue
                full = os.path.join(folder, name)
                path = os.path.relpath(full, root)
                count += 1
                with open(full, encoding="utf-8") as file:
                    text = file.read()
                for number, message in check_text(
                        path, text, lambda header: os.path.exists(os.path.join(root, "src", header))):
                    print(f"{path}:{number}: {message}")
                    bad += 1
    if count == 0:
        print(f"no source below '{root}'")
        return 1
    return 1 if bad else 0


def self_test():
    caught = [
        ("src/readers/a.c", '#include "energy/counter.h"', "may not include energy/"),
        ("src/energy/a.c", '#include "readers/reader.h"', "may not include readers/"),
        ("src/importers/a.c", '#include "energy/meter.h"', "may not include energy/"),
        ("src/cli/a.c", '#include "importers/importer.h"', "may not include importers/"),
        ("src/base/a.c", '#include "model/run.h"', "may not include model/"),
        ("src/config/a.c", '#include "model/run.h"', "may not include model/"),
        ("src/cli/a.c", '#include "readers/reader.h"', "may not include readers/"),
        ("src/stack/a.c", '#include "readers/reader.h"', "may not include readers/"),
        ("src/session/a.c", '#include "stack/stack.h"', "may not include stack/"),
        ("src/cli/a.c", '#include "carbon/footprint.h"', "may not include carbon/"),
        ("src/server/a.c", '#include "cli/cli.h"', "may not include cli/"),
        ("src/tui/a.c", '#include "readers/gauges.h"', "may not include readers/"),
        ("src/tui/a.c", '#include "server/http.h"', "may not include server/"),
        ("src/server/a.c", '#include "cli/remote/options.h"', "may not include cli/"),
        ("src/session/ranks/a.c", '#include "session/ranks/b.h"\n#include "session/ranks/a.h"', "comes first"),
        ("src/energy/a/b.c", '#include "carbon/place.h"', "may not include carbon/"),
        ("src/model/a.c", '#  include "session/plan.h"', "may not include session/"),
        ("src/history/a.c", '#include "writers/writer.h"', "may not include writers/"),
        ("src/new/a.c", '#include "base/text.h"', "'new' has no row"),
        ("src/session/a.c", '#include "new/a.h"', "'new' has no row"),
        ("src/session/a.c", '#include "base/strbuf.h"\n#include "session/a.h"', "comes first"),
        ("tests/unit/a.c", '#include "energy/counter.c"', "never included"),
        ("include/aico2/a.h", '#include "aico2/error.h"', "<...> only"),
        ("include/aico2/a.h", "#include <base/text.h>", "C library and aico2/ only"),
    ]
    passed = [
        ("src/sampler/a.c", '#include "sampler/a.h"\n#include <stdio.h>\n#include "readers/reader.h"'),
        ("src/session/a.c", '#include "session/a.h"\n#include "carbon/place.h"'),
        ("src/cli/a.c", '#include "cli/a.h"\n#include "carbon/place.h"'),
        ("src/server/a.c", '#include "server/a.h"\n#include "cli/options/place.h"'),
        ("src/carbon/a.c", '#include "carbon/a.h"\n#include "place_tables.h"'),
        ("include/aico2/a.h", "#include <stddef.h>\n#include <aico2/error.h>"),
        ("tests/unit/a.c", '#include "energy/counter.h"'),
    ]
    for path, text, why in caught:
        if not any(why in message for _, message in check_text(path, text)):
            print(f"not caught: {path}: {text}")
            return 1
    for path, text in passed:
        if check_text(path, text):
            print(f"wrongly caught: {path}: {check_text(path, text)}")
            return 1
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check_tree(sys.argv[1] if len(sys.argv) > 1 else "."))
