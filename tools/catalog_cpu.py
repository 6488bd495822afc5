# SPDX-License-Identifier: Apache-2.0
"""catalog_cpu.py - the CPU part of gen_catalog_tables.py: rows, keys, classes, curves."""
import math
import re
import statistics
import sys

from catalog_names import cpu_words, join
from gen_common import StringPool

VENDORS = ["Intel", "AMD", "AWS", "Ampere", "Apple", "Huawei", "IBM", "Marvell", "NVIDIA", "Qualcomm"]
KEY_SIZE = 64
TEADS = "generic server CPU"
# Twice the 1-sigma of "CPU by TDP x utilisation" (30-40 %).
MODEL_BAND = 0.70

# Server generations and brands: rows whose names fit. Watts per thread, since guests and engineering
# samples tell their threads and little else.
CLASSES = [
    ("XEON_NEHALEM", "Xeon 5500/5600 (Nehalem, Westmere)", r"Xeon [EXL]5[56]\d\d|Xeon [EX]75\d\d"),
    ("XEON_SANDY", "Xeon E5 (Sandy Bridge)", r"Xeon E5-[124]\d{3}L?W?"),
    ("XEON_IVY", "Xeon E5 v2 (Ivy Bridge)", r"Xeon E5-[124]\d{3}L?W? v2"),
    ("XEON_HASWELL", "Xeon E5 v3 (Haswell)", r"Xeon E5-[124]\d{3}L?W?A? v3"),
    ("XEON_BROADWELL", "Xeon E5 v4 (Broadwell)", r"Xeon E5-[124]\d{3}L?W?A? v4"),
    ("XEON_SKYLAKE", "Xeon Scalable 1st gen (Skylake)", r"Xeon (Bronze|Silver|Gold|Platinum) \d1\d\d\w?"),
    ("XEON_CASCADE", "Xeon Scalable 2nd gen (Cascade Lake)",
     r"Xeon (Bronze|Silver|Gold|Platinum) \d2\d\d\w{0,2}"),
    ("XEON_SKYLAKE_CASCADE", "Xeon Scalable 1st or 2nd gen (Skylake, Cascade Lake)",
     r"Xeon (Bronze|Silver|Gold|Platinum) \d[12]\d\d\w{0,2}"),
    ("XEON_ICE", "Xeon Scalable 3rd gen (Ice Lake)", r"Xeon (Bronze|Silver|Gold|Platinum) \d3\d\d\w?"),
    ("XEON_SAPPHIRE", "Xeon Scalable 4th gen (Sapphire Rapids)",
     r"Xeon (Bronze|Silver|Gold|Platinum) \d4\d\d[\w+]{0,2}"),
    ("XEON_EMERALD", "Xeon Scalable 5th gen (Emerald Rapids)",
     r"Xeon (Bronze|Silver|Gold|Platinum) \d5\d\d[\w+]{0,2}"),
    ("XEON_6P", "Xeon 6 P-core (Granite Rapids)", r"Xeon 6\d{3}P(-B)?"),
    ("XEON_6E", "Xeon 6 E-core (Sierra Forest)", r"Xeon 6\d{3}E"),
    ("XEON_E3", "Xeon E3 and E", r"Xeon E3-.*|Xeon E-2.*"),
    ("XEON_D", "Xeon D", r"Xeon D-.*"),
    ("XEON_W", "Xeon W", r"Xeon W-.*|Xeon w\d-.*"),
    ("XEON", "Intel Xeon", r"Xeon (E5|Bronze|Silver|Gold|Platinum|6\d{3}P).*"),
    ("EPYC_NAPLES", "EPYC 1st gen (Naples)", r"EPYC 7\w{2}1P?"),
    ("EPYC_ROME", "EPYC 2nd gen (Rome)", r"EPYC 7\w{2}2P?"),
    ("EPYC_MILAN", "EPYC 3rd gen (Milan)", r"EPYC 7\w{2}3[PX]?"),
    ("EPYC_GENOA", "EPYC 4th gen (Genoa, Bergamo, Siena)", r"EPYC [89]\w{2}4[PXFN]{0,2}"),
    ("EPYC_TURIN", "EPYC 5th gen (Turin)", r"EPYC 9\w{2}5[PXFN]{0,2}"),
    ("EPYC", "AMD EPYC", r"EPYC [789]\w{3}[PXFN]{0,2}"),
    ("OPTERON", "AMD Opteron", r"Opteron \d{4}( SE| HE| EE)?"),
    ("SERVER", "server CPU", r"Xeon (E5|Bronze|Silver|Gold|Platinum).*|EPYC [789].*"),
    ("NEOVERSE_N1", "Neoverse N1 (Graviton2, Altra)", 
     r"Graviton2|Altra (Q80-(26|30|33)|Q64-33|Max M128-30)"),
    ("NEOVERSE_V2", "Neoverse V2 (Graviton4, Grace)", r"Graviton4|Grace"),
    ("NEOVERSE", "Arm Neoverse server", r"Graviton[234]|Altra (Q80-(26|30|33)|Max M128-30)|AmpereOne.*|Grace"),
    ("AMPERE_1", "AmpereOne", r"AmpereOne.*"),
    ("KUNPENG", "Kunpeng 920 (TaiShan v110)", r"Kunpeng.*"),
    ("THUNDERX2", "ThunderX2", r"ThunderX2.*"),
    ("POWER9", "POWER9", r"POWER9.*"),
    # brands of desks and laps: watts per package
    ("CORE", "Intel Core", r"Core (i\d-|Ultra ).*"),
    ("CELERON", "Intel Celeron", r"Celeron [GNJ].*"),
    ("PENTIUM", "Intel Pentium", r"Pentium (Gold|Silver|[GNJ]).*"),
    ("ATOM", "Intel Atom", r"Atom .*"),
    ("RYZEN", "AMD Ryzen", r"Ryzen \d .*"),
    ("THREADRIPPER", "Ryzen Threadripper", r"Ryzen Threadripper .*"),
    ("ATHLON", "AMD Athlon", r"Athlon .*"),
    ("AMD_APU", "AMD A-series", r"A\d+-.*"),
    ("SNAPDRAGON", "Qualcomm Snapdragon", r"Snapdragon.*"),
]
PER_PACKAGE = {"CORE", "CELERON", "PENTIUM", "ATOM", "RYZEN", "THREADRIPPER", "ATHLON", "AMD_APU",
               "SNAPDRAGON"}
# What the letters behind a number say: a default for numbers that are not in the table.
SUFFIXES = [("core", r"Core i\d-\d{4,5}([A-Z]*)(?:\d[A-Z]?)?"), ("ultra", r"Core Ultra \d \d{3}([A-Z]*)"),
            ("ryzen", r"Ryzen \d (?:PRO )?\d{4}([A-Z]*(?:3D)?)"),
            ("ryzenai", r"Ryzen AI (?:\d |Max\+? )(?:HX )?(?:PRO )?\d{3}([A-Z]*)")]


def fail(where, what):
    sys.exit(f"{where}: {what}")


def figure(row, column, low, high):
    try:
        value = float(row[column])
    except ValueError:
        fail(row["where"], f"{column} is not a number: '{row[column]}'")
    if not low <= value <= high:
        fail(row["where"], f"{column} is not within {low} and {high}: '{row[column]}'")
    return value


def threads_of(row):
    """Hardware threads; two a core where the table says cores only and the brand has both."""
    if row["threads"]:
        return int(row["threads"])
    if row["cores"] and re.match(r"Xeon|EPYC|Core i[79]|Ryzen", row["model"]):
        return 2 * int(row["cores"])
    return int(row["cores"]) if row["cores"] else 0


def without(parts, *drop):
    return [word for word in parts if word not in drop]


def first_core_forms(name):
    """Core i7-620M calls itself "Core i7 M 620": the letter stood before the number."""
    match = re.fullmatch(r"Core (i\d)-(\d{3})(QM|XM|UM|LM|LE|UE|ME|E|M|X|K|S)?( Extreme Edition)?", name)
    if match and match.group(3):
        yield ["core", match.group(1), match.group(3)[0].lower(), match.group(2)]


def core2_forms(name):
    """Before 2007 the brand string says "Core(TM)2 CPU 6600" or "T7200", without Duo."""
    match = re.fullmatch(r"Core 2 (?:Duo|Extreme) (E|T|L|U|X)(\d{4})", name)
    if match and match.group(1) == "E":
        yield ["core", "2", match.group(2)]
    if match and match.group(1) != "E":
        yield ["core", "2", match.group(1).lower() + match.group(2)]


def other_brand_strings(name):
    """Sandy Bridge wrote E31230 for E3-1230; the first Core Duos called themselves "Genuine CPU"."""
    match = re.fullmatch(r"Xeon E3-(12\d\dL?)", name)
    if match:
        yield ["xeon", "e3" + match.group(1).lower()]
    match = re.fullmatch(r"Core (?:2 )?(?:Duo|Solo) ([A-Z]+\d{4})", name)
    if match:
        yield [match.group(1).lower()]


def short_forms(parts):
    """What people type: the brand or the tier is left out."""
    if parts[:1] == ["core"] and len(parts) > 2 and re.fullmatch(r"[im]\d|ultra", parts[1]):
        yield parts[1:]
    if parts[:1] == ["xeon"] and parts[1:2] and parts[1] in ("bronze", "silver", "gold", "platinum"):
        yield parts[1:]
        yield ["xeon", *parts[2:]]
    if parts[:1] == ["xeon"] and re.fullmatch(r"e[357]|w\d?|d|e", parts[1]) and len(parts) > 2:
        yield parts[1:]
    if parts[:1] == ["xeon"] and re.fullmatch(r"6\d{3}[pe]", parts[1]):
        yield ["xeon", "6", *parts[1:]]
    if parts[:2] == ["ryzen", "threadripper"]:
        yield parts[1:]
    if parts[:1] == ["ryzen"] and re.fullmatch(r"[3579]", parts[1]) and len(parts) > 2:
        yield ["ryzen", *parts[2:]]
    if parts[:2] in (["pentium", "gold"], ["pentium", "silver"], ["pentium", "dual"],
                     ["athlon", "gold"], ["athlon", "silver"]):
        yield [parts[0], *parts[2:]]
    if parts[:2] == ["processor", "n"]:
        yield parts[1:]


def forms(row):
    """Other ways a row's name is written, as lists of words."""
    name = row["model"]
    names = [name]
    double = re.fullmatch(r"(.* )(\w+)/(\w+)", name)
    if double:
        names += [double.group(1) + double.group(2), double.group(1) + double.group(3)]
    compact = re.fullmatch(r"(Snapdragon .*?)(X1[EP])-(\d+)-(\d+)", name)
    if compact:
        names += ["".join(compact.groups()), name.replace("-100", "")]
    for one in names:
        loose = cpu_words(one, loose=True)
        yield loose
        yield from first_core_forms(one)
        yield from core2_forms(one)
        yield from other_brand_strings(one)
        for parts in (loose, without(loose, "be"), without(loose, "black", "edition"),
                      without(loose, "extreme", "edition"), without(loose, "embedded"),
                      without(loose, "mobile")):
            yield parts
            yield from short_forms(parts)
            if parts[:1] and parts[0] in ("phenom", "athlon", "opteron", "sempron"):
                yield [word for word in parts if not re.fullmatch(r"x[2346]", word)]
        if loose[:2] == ["xeon", "phi"]:
            yield without(loose, "coprocessor")


def key_table(rows):
    """Key to row: names as the table has them first, then forms that mean one row only."""
    keys = {}
    for row in rows:
        keys.setdefault(join(cpu_words(row["model"])), row)
    others = {}
    for row in rows:
        for parts in forms(row):
            if parts:
                others.setdefault(join(parts), []).append(row)
    for key, found in others.items():
        # "A6-9220C" and "A6-9220C SoC" are one thing said twice; different figures are no answer
        threads = {threads_of(row) for row in found} - {0}
        if len({row["tdp_watts"] for row in found}) == 1 and len(threads) <= 1:
            keys.setdefault(key, max(found, key=threads_of))
    for key, row in keys.items():
        if not key or len(key.encode()) >= KEY_SIZE:
            fail(row["where"], f"not a usable key: '{key}'")
    return keys


def spread(values, middle):
    """Half-width, relative, that holds the 5th to 95th percentile."""
    values = sorted(values)
    low = values[int(0.05 * (len(values) - 1))]
    high = values[math.ceil(0.95 * (len(values) - 1))]
    return max(high / middle - 1, 1 - low / middle)


def band(values, middle):
    """Of a default: the model's and the class's together, never below +-50 % (1 sigma)."""
    return round(min(2.0, max(1.0, math.hypot(MODEL_BAND, spread(values, middle)))), 2)


def class_figures(rows, name, pattern):
    fitting = [row for row in rows if re.fullmatch(pattern, row["model"])]
    known = [row for row in fitting if threads_of(row)]
    if not known:
        fail("cpu_tdp.csv", f"no row fits class {name}")
    threads = int(statistics.median(threads_of(row) for row in known))
    if name in PER_PACKAGE:
        watts = [row["watts"] for row in fitting if not row["year"] or int(row["year"]) >= 2010]
        middle = statistics.median(watts)
        return middle, threads, band(watts, middle), True
    # hosts and the machines of those who do not know what they have are the larger parts of a class
    known = [row for row in known if threads_of(row) >= threads]
    rates = [row["watts"] / threads_of(row) for row in known]
    middle = statistics.median(rates)
    return middle * threads, threads, band(rates, middle), False


def emit_classes(out, rows, pool):
    out.write("static const struct cpu_class_row cpu_classes[] = {\n    { 0 },\n")
    for name, label, pattern in CLASSES:
        watts, threads, ratio, package = class_figures(rows, name, pattern)
        out.write(f"    {{ {watts:.1f}, {ratio:.2f}, {pool.add(label)}, {threads}, "
                  f"{str(package).lower()} }},\n")
    out.write("};\n")
    found = []
    for brand, pattern in SUFFIXES:
        by_suffix = {}
        for row in rows:
            match = re.fullmatch(pattern, row["model"])
            if match and (not row["year"] or int(row["year"]) >= 2011):
                by_suffix.setdefault(match.group(1).lower(), []).append(row)
        for suffix, members in by_suffix.items():
            if len(members) >= 3:
                watts = [row["watts"] for row in members]
                middle = statistics.median(watts)
                known = [threads_of(row) for row in members if threads_of(row)]
                threads = int(statistics.median(known)) if known else 0
                found.append((f"{brand}*{suffix}", middle, band(watts, middle), threads))
    out.write("static const struct cpu_suffix_row cpu_suffixes[] = { /* sorted, as strcmp */\n")
    for key, watts, ratio, threads in sorted(found, key=lambda item: item[0].encode()):
        out.write(f"    {{ {watts:.1f}, {ratio:.2f}, {pool.add(key)}, {threads} }},\n")
    out.write("};\n")


def curve_points(rows, model):
    points = [(float(row["load_percent"]) / 100, float(row["power_over_tdp"]))
              for row in rows if row["model"] == model and row["power_over_tdp"]]
    points.sort()
    if len(points) < 3:
        fail("cpu_power_curve.csv", f"fewer than three points for '{model}'")
    return points


def emit_curves(out, rows, by_name):
    """The Teads curve first; then CPUs with a measured one, which starts at Teads' idle share at most."""
    teads = curve_points(rows, TEADS)
    measured = sorted({row["model"] for row in rows if row["kind"].startswith("RAPL package power")})
    out.write("static const struct cpu_curve_row cpu_curves[] = {\n")
    for model in [TEADS, *measured]:
        points = curve_points(rows, model)
        if points[0][0] > 0:
            points.insert(0, (0.0, min(teads[0][1], points[0][1])))
        if model != TEADS and model not in by_name:
            fail("cpu_power_curve.csv", f"'{model}' is not in cpu_tdp.csv")
        highest = 0.0
        shares = []
        for _, share in points:  # a busier CPU draws no less: dips are noise of the measurement
            highest = max(highest, share)
            shares.append(highest)
        idle, full = shares[0], shares[-1]
        loads = ", ".join(f"{load:g}" for load, _ in points)
        shape = ", ".join(f"{(share - idle) / (full - idle):.6g}" for share in shares)
        row = by_name[model]["index"] if model != TEADS else 0xFFFF
        out.write(f"    {{ {idle!r}, {full!r}, {{ {len(points)}, {{ {loads} }}, {{ {shape} }} }}, "
                  f"{row} }}, /* {model} */\n")
    out.write("};\n")


def emit_enums(out):
    out.write("enum cpu_vendor {\n    CPU_VENDOR_NONE,\n    CPU_VENDOR_OTHER, /* of no row */\n")
    for vendor in VENDORS:
        out.write(f"    CPU_VENDOR_{vendor.upper()},\n")
    out.write("};\nenum cpu_class {\n    CPU_CLASS_NONE,\n")
    for name, _, _ in CLASSES:
        out.write(f"    CPU_CLASS_{name},\n")
    out.write("};\n")


def emit(out, rows, curves):
    pool = StringPool()
    if len(rows) >= 0xFFFF:
        fail("cpu_tdp.csv", "too many rows")
    for index, row in enumerate(rows):
        row["index"] = index
        row["watts"] = figure(row, "tdp_watts", 0.1, 2000)
        if row["vendor"] not in VENDORS:
            fail(row["where"], f"unknown vendor: '{row['vendor']}'")
        if len(row["model"].encode()) > 60 or len(row["note"].encode()) > 110:
            fail(row["where"], "model or note is too long")
    keys = key_table(rows)
    out.write("static const struct cpu_row cpu_rows[] = {\n")
    for row in rows:
        most = figure(row, "max_watts", 0.1, 2000) if row["max_watts"] else 0
        out.write(f"    {{ {row['watts']:g}{'' if '.' in format(row['watts'], 'g') else '.0'}, {most:.1f}, "
                  f"{pool.add(row['model'])}, {pool.add(row['note'])}, {pool.add(row['source'])}, "
                  f"{row['cores'] or 0}, {threads_of(row)}, CPU_VENDOR_{row['vendor'].upper()} }},\n")
    out.write("};\nstatic const struct cpu_key cpu_keys[] = { /* sorted, as strcmp */\n")
    for key in sorted(keys, key=str.encode):
        out.write(f"    {{ {pool.add(key)}, {keys[key]['index']} }},\n")
    out.write("};\n")
    emit_classes(out, rows, pool)
    emit_curves(out, curves, {row["model"]: row for row in rows})
    pool.emit(out, "cpu_texts")
