# SPDX-License-Identifier: Apache-2.0
"""catalog_embodied.py - the manufacture part of gen_catalog_tables.py: kgCO2e with bands, lifetimes."""
import re
import statistics
import sys


class Rows:
    """Figures of embodied.csv by kind and model; one that is missing stops the build."""

    def __init__(self, rows):
        self.rows = {(row["kind"], row["model"]): row for row in rows}

    def text(self, kind, model, column):
        row = self.rows.get((kind, model))
        if row is None or not row[column]:
            sys.exit(f"embodied.csv: no {column} for {kind} '{model}'")
        return row[column]

    def value(self, kind, model, column="kgco2e"):
        return float(self.text(kind, model, column))


CPU = "generic 24-core server CPU, 600 mm2"
TEADS_SERVER = "base server, one CPU, 16 GB (Teads)"
TEADS_GB = 16
LAPTOPS = ("laptop professional", "laptop personal")


def emit_devices(out, value):
    """A processor's package, and memory by its size."""
    ram = ("factor", "ram_per_gb_mean_density")
    per_gb = [value(*ram), value("factor", "ram_per_gb_teads"),
              value("factor", "ram_per_gb_ddr4_act")]
    figures = {
        "CPU_KG": value("cpu", CPU),
        # the package without any die: what a small CPU cannot be below
        "CPU_KG_LOW": value("factor", "cpu_base"),
        "CPU_KG_HIGH": value("cpu", CPU, "kg_high"),
        "RAM_KG_PER_GIB": statistics.median(per_gb), "RAM_KG_PER_GIB_LOW": min(per_gb),
        "RAM_KG_PER_GIB_HIGH": value(*ram, "kg_high"),
        "LIFETIME_YEARS": value("cpu", CPU, "lifetime_years"),
    }
    for name, figure in figures.items():
        out.write(f"static const double {name} = {figure!r};\n")
    return figures


def emit_band(out, name, value, low, high):
    out.write(f"static const struct band {name} = {{ {value:.3f}, {low:.3f}, {high:.3f} }};\n")


def emit_machines(out, value, devices):
    """What a machine has once, whatever its processors, memory and cards are.

    Boavizta adds a server up from its parts. The Teads method has a whole one with a processor and 16 GB: what is
    left of it without them is the high end, and every part is as much below it as the sum is. A blade has its part
    of a chassis that holds the supplies: the low end. Of a desktop or a laptop there is a figure of the whole; a
    processor and 16 GB are taken off it, for the low end those with most in them, for the high end nothing.
    """
    board = value("motherboard", "server motherboard") + value("assembly", "server assembly")
    blade = value("enclosure", "blade server") + value("enclosure", "blade chassis 16 slots") / 16
    rack = (value("enclosure", "rack server chassis")
            + 2 * value("power_supply", "server power supply 2.99 kg"))
    teads = (value("server", TEADS_SERVER) - devices["CPU_KG"]
             - TEADS_GB * value("factor", "ram_per_gb_teads"))
    apart = teads / (board + rack)
    emit_band(out, "SERVER_BOARD_KG", board, board, board * apart)
    emit_band(out, "SERVER_CASE_KG", rack, blade, rack * apart)
    emit_band(out, "BLADE_CASE_KG", blade, blade, blade * apart)

    held = devices["CPU_KG"] + TEADS_GB * devices["RAM_KG_PER_GIB"]
    held_most = devices["CPU_KG_HIGH"] + TEADS_GB * devices["RAM_KG_PER_GIB_HIGH"]
    for name, models in (("DESKTOP", ("desktop computer",)), ("LAPTOP", LAPTOPS)):
        wholes = [value("client", model) for model in models]
        emit_band(out, f"{name}_KG", wholes[0] - held, min(wholes) - held_most, max(wholes))
        out.write(f"static const double {name}_YEARS = "
                  f"{value('client', models[0], 'lifetime_years')!r};\n")


def emit_drives(out, rows):
    """A solid-state drive by its size, one with plates by itself."""
    value = rows.value
    note = rows.text("server", TEADS_SERVER, "note")
    teads_hdd = re.search(r"(\d+) per HDD", note) or sys.exit(f"embodied.csv: no HDD in '{note}'")
    hdd = value("hdd", "any 3.5 inch drive")
    others = [value("client", "external HDD"), float(teads_hdd.group(1))]
    mean = ("factor", "ssd_per_gb_mean_density")
    act = value("factor", "ssd_per_gb_act_tlc")
    tannu = value("factor", "ssd_per_gb_tannu")
    emit_band(out, "HDD_KG", hdd, min(hdd, *others), max(hdd, *others))
    out.write(f"static const double SSD_BASE_KG = {value('factor', 'ssd_base')!r};\n")
    out.write(f"static const double SSD_KG_PER_GB = {value(*mean)!r};\n")
    out.write(f"static const double SSD_KG_PER_GB_HIGH = {value(*mean, 'kg_high')!r};\n")
    # two that are told of the drive as a whole
    out.write(f"static const double SSD_WHOLE_KG_PER_GB_LOW = {act!r};\n")
    out.write(f"static const double SSD_WHOLE_KG_PER_GB_HIGH = {tannu!r};\n")


def emit_gpus(out, rows, value):
    """The GPUs with a figure of their own, and what stands in for the others."""
    # One card, three estimates (teardown, model, share of a server): how far apart they may be.
    card = "NVIDIA A100 SXM4 40GB"
    model = value("gpu_model", card)
    low_ratio = value("gpu", card, "kg_low") / model
    high_ratio = value("gpu", card, "kg_high") / model
    maker_high = value("gpu", "NVIDIA H100 SXM 80GB", "kg_high") / value("gpu",
                                                                         "NVIDIA H100 SXM 80GB")
    figures = {}
    for row in rows:
        if row["kind"] not in ("gpu", "gpu_model") or "generic" in row["model"]:
            continue
        kg = float(row["kgco2e"])
        if row["kind"] == "gpu_model":
            figures.setdefault(row["model"], (kg, kg * low_ratio, kg * high_ratio, "model"))
            continue
        low = float(row["kg_low"]) if row["kg_low"] else kg
        high = float(row["kg_high"]) if row["kg_high"] else kg * maker_high
        figures[row["model"]] = (kg, low, high, row["source"])
    generic = value("gpu", "generic accelerator (Teads)")
    lowest = min(low for _, low, _, _ in figures.values())
    highest = max(high for _, _, high, _ in figures.values())
    out.write(f"static const double GPU_KG = {generic!r};\n")
    out.write(f"static const double GPU_KG_LOW = {lowest:.1f};\n")
    out.write(f"static const double GPU_KG_HIGH = {highest:.1f};\n")
    return figures


def emit(out, rows):
    """Constants for power_factors.h. Return: figures of GPUs, for their own table."""
    by_model = Rows(rows)
    devices = emit_devices(out, by_model.value)
    emit_machines(out, by_model.value, devices)
    emit_drives(out, by_model)
    return emit_gpus(out, rows, by_model.value)
