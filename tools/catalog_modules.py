# SPDX-License-Identifier: Apache-2.0
"""catalog_modules.py - the part of gen_catalog_tables.py for modules: power budgets of their modes."""
import math
import sys

from gen_common import StringPool


def fail(where, what):
    sys.exit(f"{where}: {what}")


def budgets(rows):
    """{module: (least, most)}; every module has exactly one mode that is its most."""
    found = {}
    for row in rows:
        watts = float(row["mode_watts"])
        if not math.isfinite(watts) or not 0 < watts <= 1000:
            fail(row["where"], f"mode_watts is no budget: '{row['mode_watts']}'")
        if row["is_max"] not in ("0", "1"):
            fail(row["where"], f"is_max is neither 0 nor 1: '{row['is_max']}'")
        if len(row["module"].encode()) > 39:
            fail(row["where"], f"module is longer than 39 bytes: '{row['module']}'")
        found.setdefault(row["module"], []).append((watts, row["is_max"] == "1", row["where"]))
    for module, modes in found.items():
        most = [watts for watts, is_max, _ in modes if is_max]
        if len(most) != 1 or most[0] != max(watts for watts, _, _ in modes):
            fail(modes[0][2], f"'{module}' needs one mode that is its most")
    return {module: (min(watts for watts, _, _ in modes), max(watts for watts, _, _ in modes))
            for module, modes in found.items()}


def emit(out, rows):
    texts = StringPool()
    lines = [f"    {{ {least!r}, {most!r}, {texts.add(module)} }},\n"
             for module, (least, most) in sorted(budgets(rows).items())]
    texts.emit(out, "module_texts")
    out.write("static const struct module_row module_rows[] = {\n" + "".join(lines) + "};\n")
