# SPDX-License-Identifier: Apache-2.0
"""catalog_gpu.py - the GPU part of gen_catalog_tables.py: rows, keys, PCI ids, classes."""
import math
import re
import statistics
import sys

from catalog_names import gpu_key, gpu_parts, join, words
from gen_common import StringPool

VENDORS = ["AMD", "Google", "Intel", "NVIDIA"]
KEY_SIZE = 96
# Twice the 1-sigma of "GPU by utilisation x limit" (30-40 %).
MODEL_BAND = 0.70

# What a name that leaves the variant out is taken for: what most data centres train on. SXM modules of
# A100, V100 and H100; of the P100 the PCIe card, which the clouds rent out.
PREFERRED = {
    "NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-80GB", "Tesla V100-SXM2-16GB", "Tesla V100-SXM2-32GB",
    "Tesla P100-PCIE-12GB", "Tesla P100-PCIE-16GB", "NVIDIA H100 80GB HBM3", "NVIDIA A800-SXM4-80GB",
    "Tesla K20m", "Tesla K40m", "NVIDIA RTX PRO 6000 Blackwell Workstation Edition",
}
# Names people and makers use beside the one in the table.
ALIASES = {
    "NVIDIA H100 80GB HBM3": ["H100 SXM5 80GB", "H100 SXM 80GB", "HGX H100"],
    "NVIDIA H200": ["H200 SXM 141GB", "H200 SXM5 141GB", "HGX H200"],
    "NVIDIA H800": ["H800 SXM5 80GB"], "NVIDIA B200": ["B200 SXM", "HGX B200"],
    "NVIDIA B100": ["B100 SXM"],
    "NVIDIA A100-SXM4-40GB": ["A100 SXM 40GB"], "NVIDIA A100-SXM4-80GB": ["A100 SXM 80GB"],
    "Tesla V100-SXM2-16GB": ["V100 SXM 16GB"], "Tesla V100-SXM2-32GB": ["V100 SXM 32GB"],
    "Tesla P100-SXM2-16GB": ["P100 SXM 16GB"],
    "NVIDIA GH200 480GB": ["GH200", "GH200 Grace Hopper Superchip", "GH200 96GB HBM3"],
    "NVIDIA GB10": ["DGX Spark"], "NVIDIA B300 SXM6 AC": ["B300", "B300 SXM"],
    "NVIDIA H100 PCIe": ["H100 PCIe 80GB"], "NVIDIA H100 NVL": ["H100 NVL 94GB"],
    "Tesla K40m": ["K40", "Tesla K40"], "Tesla K40c": ["K40", "Tesla K40"],
    "Tesla K20m": ["K20", "Tesla K20"], "Tesla K20c": ["K20", "Tesla K20"],
    "Tesla K20Xm": ["K20X", "Tesla K20X"],
    "Tesla K10.G1.8GB": ["Tesla K10"], "NVIDIA RTX 6000 Ada Generation": ["RTX 6000"],
    "Quadro RTX 6000": ["RTX 6000"], "GeForce GTX TITAN X": ["Titan X"], "NVIDIA TITAN X (Pascal)": ["Titan X"],
    "NVIDIA GeForce GTX TITAN X": ["Titan X"],
    "NVIDIA TITAN Xp": ["TITAN Xp COLLECTORS EDITION"],
    "Gaudi HL-205": ["Gaudi", "HL-205"], "Gaudi2 HL-225": ["Gaudi2", "Gaudi 2", "HL-225"],
    "Gaudi3 HL-325L": ["Gaudi3", "Gaudi 3", "HL-325L"], "Gaudi3 HL-338 PCIe": ["HL-338"],
    **{f"Data Center GPU {name}": [name, f"GPU {name}"]
       for name in ("Max 1100", "Max 1350", "Max 1450", "Max 1550", "Flex 140", "Flex 170")},
    **{f"NVIDIA RTX PRO 6000 Blackwell {edition} Edition": ["RTX PRO 6000 Blackwell", "RTX PRO 6000"]
       for edition in ("Workstation", "Server", "Max-Q Workstation")},
    "Radeon HD 7970 GHz Edition": ["HD 7970 GHz"], "Radeon R9 Fury": ["R9 Fury Series"],
    "Radeon RX 6700M": ["RX 6700 Mobile"],
}
BRANDS = ["tesla", "geforce", "quadro", "radeon", "instinct", "firepro", "grid", "rtx", "gtx", "arc",
          "pro", "rx", "ada", "blackwell", "workstation", "data", "center"]
CLASSES = [
    ("NVIDIA_LAPTOP", "NVIDIA laptop GPU", r"NVIDIA .*(Laptop|Mobile|Max-Q Design).*"),
    ("NVIDIA_CENTER", "NVIDIA data-centre GPU", r"(NVIDIA|Tesla) [ABHLPTV]\d{1,3}\w?\b.*"),
    ("NVIDIA_WORKSTATION", "NVIDIA workstation GPU", r"(Quadro|NVIDIA RTX) (?!.*(Laptop|Mobile|Max-Q D)).*"),
    ("NVIDIA_GEFORCE", "NVIDIA GeForce", r"NVIDIA GeForce [RG]TX (?!.*(Laptop|Mobile|Max-Q|\dM)).*"),
    *[(f"GEFORCE_{tier}", f"GeForce RTX ..{tier}", rf"NVIDIA GeForce RTX [2-9]0{tier}( Ti| SUPER| D)*( v\d| \d+GB)?")
      for tier in (50, 60, 70, 80, 90)],
    ("JETSON", "NVIDIA Jetson module", r"Jetson .*|NVIDIA Thor|Orin .*"),
    ("AMD_INSTINCT", "AMD Instinct", r"(Radeon )?Instinct .*"),
    ("AMD_LAPTOP", "AMD laptop GPU", r"Radeon RX \d+(M|S)\b.*"),
    ("AMD_PRO", "AMD Radeon Pro", r"Radeon Pro .*|FirePro .*"),
    ("AMD_RADEON", "AMD Radeon", r"Radeon (RX|R9|VII).*"),
    ("INTEL_ARC", "Intel Arc", r"Arc .*"),
    ("INTEL_CENTER", "Intel data-centre GPU", r"Data Center .*|Gaudi.*"),
    ("TPU", "Google TPU", r"TPU .*"),
    ("ANY", "any GPU", r".*"),
]


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


def subsets(model, interface, memory):
    """A name with its interface, its memory or both left out; sxm4 is also sxm."""
    interfaces = {interface, ""}
    if re.fullmatch(r"sxm\d", interface):
        interfaces.add("sxm")
    for one in interfaces:
        for size in {memory, ""}:
            yield gpu_key(model, one, size)


def brand_forms(model):
    """Model words without the leading brands, as far as a number or a name of its own is left."""
    yield model
    rest = list(model)
    while len(rest) > 1 and rest[0] in BRANDS:
        rest.pop(0)
        if any(char.isdigit() for char in rest[0]) or rest[0] in BRANDS or rest[0] in ("titan", "vega"):
            yield list(rest)
    if model[-1] == "blackwell" and len(model) > 2:
        yield model[:-1]


def is_plain_number(model):
    """2060 and 4090 are said of GeForce; 1000 and less could be anything."""
    return re.fullmatch(r"\d+", model[0]) is not None and not re.fullmatch(r"[1-9]\d{3}", model[0])


def exact_keys(rows):
    keys = {}
    for row in rows:
        model, interface, memory = gpu_parts(row["model"])
        key = gpu_key(model, interface, memory)
        if keys.setdefault(key, [row])[0] is not row:
            fail(row["where"], f"'{row['model']}' has the key of '{keys[key][0]['model']}'")
    return keys


def loose_keys(rows):
    """Shorter names; each may mean several rows."""
    groups = {}
    for row in rows:
        model, interface, memory = gpu_parts(row["model"])
        custom = "custom part" in row["note"]
        if custom:
            continue
        names = [(form, interface, memory) for form in brand_forms(model) if not is_plain_number(form)]
        if model[0] == "jetson" and len(model) > 2:
            names.append((model[1:], interface, memory))
        for alias in ALIASES.get(row["model"], []):
            names.append(gpu_parts(alias))
        for form, link, size in names:
            for key in subsets(form, link, size):
                group = groups.setdefault(key, [])
                if row not in group:
                    group.append(row)
    return groups


def pci_label(name):
    """What pci.ids says in brackets, the part that names products."""
    match = re.search(r"\[([^\]]*)\]\s*$", name)
    return match.group(1) if match else name


def slash_key(label):
    """Key of a list of products: the "/" count, else it would be one product's name."""
    return "/".join(join(words(part)) for part in label.split("/"))


def pci_models(row):
    """The products of one chip that share an id, the first to stand for them."""
    return [row["model"], *[name for name in row["other_models"].split(";") if name]]


def pci_keys(pci, by_name):
    groups = {}
    for row in pci:
        models = pci_models(row)
        for model in models:
            if model not in by_name:
                fail(row["where"], f"'{model}' is not in gpu_tdp.csv")
        label = pci_label(row["pci_name"])
        key = slash_key(label) if "/" in label else gpu_key(*gpu_parts(label))
        group = groups.setdefault(key, [])
        group += [by_name[model] for model in models if by_name[model] not in group]
    return groups


def class_figures(rows, pattern):
    fitting = [row for row in rows if re.fullmatch(pattern, row["model"])]
    recent = [row for row in fitting if row["year"] and int(row["year"]) >= 2015] or fitting
    watts = sorted(row["watts"] / row["devices_shown"] for row in recent)
    if not watts:
        fail("gpu_tdp.csv", f"no row fits '{pattern}'")
    middle = statistics.median(watts)
    low, high = watts[int(0.05 * (len(watts) - 1))], watts[math.ceil(0.95 * (len(watts) - 1))]
    band = math.hypot(MODEL_BAND, max(high / middle - 1, 1 - low / middle))
    # a default is never surer than +-50 % (1 sigma)
    return middle, round(min(2.0, max(1.0, band)), 2)


def idle_figures(idle, keys):
    """Idle watts of the cards with a reading, and the share of the limit for all others."""
    readings = {}
    consumer, center = [], []
    for row in idle:
        ratio = float(row["idle_watts"]) / float(row["active_watts"])
        (consumer if "GeForce" in row["model"] else center).append(ratio)
        key = gpu_key(*gpu_parts(row["model"]))
        for found in keys.get(key, []):
            readings[id(found)] = ratio
    return readings, statistics.median(consumer), statistics.median(center)


def typical(row):
    """The mean that was measured in production, where the table knows it (TPUs)."""
    match = re.search(r"mean (?:about )?(\d+) W", row["note"])
    return float(match.group(1)) if match else row["watts"]


def prepare(rows):
    for index, row in enumerate(rows):
        row["index"] = index
        row["watts"] = figure(row, "tdp_watts", 1, 3000)
        row["devices_shown"] = int(figure(row, "devices", 1, 16))
        row["gib"] = figure(row, "memory_gib", 0.1, 2000) if row["memory_gib"] else 0.0
        if row["vendor"] not in VENDORS:
            fail(row["where"], f"unknown vendor: '{row['vendor']}'")
        if len(row["model"].encode()) > 64 or len(row["note"].encode()) > 130:
            fail(row["where"], "model or note is too long")


def merge_keys(exact, loose, pci):
    """Exact names first, then what pci.ids calls them, then short names."""
    keys = dict(exact)
    for groups in (pci, loose):
        for key, group in groups.items():
            keys.setdefault(key, group)
    for key, group in keys.items():
        if key.startswith("|") or len(key.encode()) >= KEY_SIZE:
            fail(group[0]["where"], f"not a usable key: '{key}'")
    return keys


def emit_embodied(out, figures, keys, exact):
    out.write("static const struct gpu_embodied_row gpu_embodied[] = {\n")
    for name, (kg, low, high, source) in sorted(figures.items()):
        key = gpu_key(*gpu_parts(name))
        found = exact.get(key) or keys.get(key)
        if not found:
            fail("embodied.csv", f"'{name}' is no GPU of gpu_tdp.csv")
        for row in found:
            if name.endswith("P100") or row is found[0]:
                out.write(f"    {{ {kg:.2f}, {low:.2f}, {high:.2f}, {row['index']}, "
                          f"{str(source == 'model').lower()} }}, /* {row['model']} */\n")
    out.write("};\n")


def emit_enums(out):
    out.write("enum gpu_vendor {\n    GPU_VENDOR_NONE,\n")
    for vendor in VENDORS:
        out.write(f"    GPU_VENDOR_{vendor.upper()},\n")
    out.write("};\nenum gpu_class {\n")
    for name, _, _ in CLASSES:
        out.write(f"    GPU_CLASS_{name},\n")
    out.write("};\n")


def emit(out, rows, pci, idle, figures):
    pool = StringPool()
    prepare(rows)
    exact = exact_keys(rows)
    by_name = {row["model"]: row for row in rows}
    for name in PREFERRED:
        if name not in by_name:
            fail("gpu_tdp.csv", f"no row '{name}'")
    keys = merge_keys(exact, loose_keys(rows), pci_keys(pci, by_name))
    readings, consumer, center = idle_figures(idle, keys)

    out.write("static const struct gpu_row gpu_rows[] = {\n")
    for row in rows:
        ratio = readings.get(id(row))
        if ratio is None:
            ratio = consumer if re.search(r"GeForce|Radeon R|Arc [AB]", row["model"]) else center
        out.write(f"    {{ {row['watts']:.2f}, {typical(row):.2f}, {ratio:.4f}, {row['gib']:.2f}, "
                  f"{pool.add(row['model'])}, {pool.add(row['note'])}, {pool.add(row['source'])}, "
                  f"{row['devices_shown']}, GPU_VENDOR_{row['vendor'].upper()}, "
                  f"{str(row['model'] in PREFERRED).lower()} }},\n")
    out.write("};\nstatic const uint16_t gpu_members[] = { /* rows that a key means */\n")
    starts = {}
    at = 0
    for key in sorted(keys, key=str.encode):
        starts[key] = at
        out.write("    " + ", ".join(str(row["index"]) for row in keys[key]) + ",\n")
        at += len(keys[key])
    out.write("};\nstatic const struct gpu_key gpu_keys[] = { /* sorted, as strcmp */\n")
    for key in sorted(keys, key=str.encode):
        out.write(f"    {{ {pool.add(key)}, {starts[key]}, {len(keys[key])} }},\n")
    out.write("};\nstatic const struct gpu_pci_row gpu_pci[] = { /* sorted by ids */\n")
    ids = sorted(pci, key=lambda row: (row["vendor_id"], row["device_id"]))
    for before, after in zip(ids, ids[1:]):
        if (before["vendor_id"], before["device_id"]) == (after["vendor_id"], after["device_id"]):
            fail("gpu_pci_ids.csv", f"{after['vendor_id']}:{after['device_id']} is there twice")
    for row in ids:
        for model in pci_models(row):
            out.write(f"    {{ 0x{row['vendor_id']}, 0x{row['device_id']}, {by_name[model]['index']} }},\n")
    out.write("};\nstatic const struct gpu_class_row gpu_classes[] = {\n")
    for name, label, pattern in CLASSES:
        watts, ratio = class_figures(rows, pattern)
        share = consumer if re.search("GEFORCE|RADEON|ARC", name) else center
        out.write(f"    {{ {watts:.1f}, {ratio:.2f}, {share:.3f}, {pool.add(label)} }},\n")
    out.write("};\n")
    emit_embodied(out, figures, keys, exact)
    pool.emit(out, "gpu_texts")
