# SPDX-License-Identifier: Apache-2.0
"""gen_catalog_tables.py - data/*.csv to the C tables of src/catalog.

    gen_catalog_tables.py DATA_DIR cpu_tables.h gpu_tables.h power_factors.h catalog_enums.h module_tables.h

Every row gets its own key and the other forms its name has in the world, where a form means one row
only. Class defaults (for names that match nothing) are medians over the rows of a class. docs/models.md
says the rules in words. A row that breaks a rule of the tables stops the build with its file and line.
"""
import pathlib
import statistics
import sys

import catalog_cpu
import catalog_gpu
import catalog_modules
from gen_common import read_rows


def fail(where, what):
    sys.exit(f"{where}: {what}")


def rows_of(data, name):
    for line, row in enumerate(read_rows(data / name), start=2):
        row["where"] = f"{data / name}:{line}"
        yield row


def emit_memory(out, rows):
    """Watts per GiB: the middle of the published rates, idle by what the data sheets say of DIMMs."""
    rates = {row["model"]: float(row["active_watts"]) for row in rows
             if row["component"] == "dram" and row["unit"] == "GiB"}
    dimms = [row for row in rows if row["component"] == "dram_dimm" and row["idle_watts"]]
    lpddr = [row for row in rows if row["component"] == "lpddr"]
    if len(rates) < 3 or not dimms or not lpddr:
        fail("memory_power.csv", "rows of dram, dram_dimm or lpddr are missing")
    active = statistics.median(rates.values())
    idle = statistics.median(float(row["idle_watts"]) / float(row["active_watts"]) for row in dimms)
    # DIMMs by their data sheets, per GiB: what the rates are to be believed by
    per_gib = [float(row["active_watts"]) / int(row["model"].split(" GB")[0].split()[-1])
               for row in dimms]
    spread = max(1 - min([*per_gib, *rates.values()]) / active,
                 max([*per_gib, *rates.values()]) / active - 1)
    low = [float(row["idle_watts"]) for row in lpddr]
    high = [float(row["active_watts"]) for row in lpddr]
    middle = (min(high) + max(high)) / 2
    out.write(f"static const double DRAM_ACTIVE_WATTS_PER_GIB = {active!r};\n")
    out.write(f"static const double DRAM_IDLE_RATIO = {round(idle, 3)!r};\n")
    # never narrower than +-50 % (1 sigma) of a model by DIMM; the low end is cut at 0
    out.write(f"static const double DRAM_BAND_RATIO = {round(max(1.0, min(spread, 1.0)), 3)!r};\n")
    out.write(f"static const double LPDDR_ACTIVE_WATTS_PER_GIB = {round(middle, 4)!r};\n")
    out.write(f"static const double LPDDR_IDLE_WATTS_PER_GIB = {statistics.mean(low):.5f};\n")
    emit_modules(out, dimms, lpddr)
    return idle


def emit_modules(out, dimms, lpddr):
    """Watts of one module by type and size; those of several kinds in one size in their middle."""
    types = ("DDR3", "DDR4", "DDR5")
    points = {}
    for row in dimms:
        kind = next((name for name in types if row["model"].startswith(name)), None)
        if kind is None:
            fail("memory_power.csv", f"no type in '{row['model']}'")
        size = int(row["model"].split(" GB")[0].split()[-1])
        points.setdefault((kind, size), []).append(
            (float(row["idle_watts"]), float(row["active_watts"])))
    bands = {float(row["uncertainty_percent"]) for row in dimms}
    out.write("struct module_power {\n    enum memory_type type;\n    double gib;\n"
              "    double idle_watts;\n    double active_watts;\n};\n")
    out.write("static const struct module_power MODULE_POWER[] = {\n")
    for (kind, size), watts in sorted(points.items()):
        out.write(f"    {{ MEMORY_{kind}, {size}, {statistics.mean(idle for idle, _ in watts)!r}, "
                  f"{statistics.mean(active for _, active in watts)!r} }},\n")
    out.write("};\n")
    # 1 sigma in the table, 95 % here
    out.write(f"static const double MODULE_BAND_RATIO = {2 * max(bands) / 100!r};\n")
    by_model = {row["model"]: row for row in lpddr}
    for name in ("LPDDR4", "LPDDR5"):
        row = by_model.get(name) or fail("memory_power.csv", f"no {name}")
        out.write(f"static const double {name}_IDLE_WATTS = {float(row['idle_watts'])!r};\n")
        out.write(f"static const double {name}_ACTIVE_WATTS = {float(row['active_watts'])!r};\n")
        out.write(f"static const double {name}_BAND_RATIO = "
                  f"{2 * float(row['uncertainty_percent']) / 100!r};\n")


def emit_embodied(out, rows):
    """Factors of CPU and RAM, and the GPUs with a figure of their own."""
    by_model = {(row["kind"], row["model"]): row for row in rows}

    def value(kind, model, column="kgco2e"):
        row = by_model.get((kind, model))
        if row is None or not row[column]:
            fail("embodied.csv", f"no {column} for {kind} '{model}'")
        return float(row[column])

    cpu = "generic 24-core server CPU, 600 mm2"
    ram = ("factor", "ram_per_gb_mean_density")
    per_gb = [value(*ram), value("factor", "ram_per_gb_teads"),
              value("factor", "ram_per_gb_ddr4_act")]
    for name, figure in (
            ("CPU_KG", value("cpu", cpu)),
            # the package without any die: what a small CPU cannot be below
            ("CPU_KG_LOW", value("factor", "cpu_base")),
            ("CPU_KG_HIGH", value("cpu", cpu, "kg_high")),
            ("RAM_KG_PER_GIB", statistics.median(per_gb)), ("RAM_KG_PER_GIB_LOW", min(per_gb)),
            ("RAM_KG_PER_GIB_HIGH", value(*ram, "kg_high")),
            ("LIFETIME_YEARS", value("cpu", cpu, "lifetime_years"))):
        out.write(f"static const double {name} = {figure!r};\n")

    # What a server has once, whatever its processors, memory and cards are.
    inside = value("motherboard", "server motherboard") + value("assembly", "server assembly")
    blade = value("enclosure", "blade server") + value("enclosure", "blade chassis 16 slots") / 16
    rack = (value("enclosure", "rack server chassis")
            + 2 * value("power_supply", "server power supply 2.99 kg"))
    # the Teads method's server holds a processor and 16 GB
    teads = (value("server", "base server, one CPU, 16 GB (Teads)") - value("cpu", cpu)
             - 16 * value("factor", "ram_per_gb_teads"))
    out.write(f"static const double SERVER_KG = {inside + rack:.3f};\n")
    out.write(f"static const double SERVER_KG_LOW = {inside + blade:.3f};\n")
    out.write(f"static const double SERVER_KG_HIGH = {teads:.3f};\n")

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


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[1])
    memory = list(rows_of(data, "memory_power.csv"))
    embodied = list(rows_of(data, "embodied.csv"))
    head = "/* Generated by tools/gen_catalog_tables.py from data/; do not edit. */\n"
    with open(sys.argv[4], "w", encoding="ascii") as out:
        out.write(head)
        emit_memory(out, memory)
        figures = emit_embodied(out, embodied)
    with open(sys.argv[5], "w", encoding="ascii") as out:
        out.write(head + "#pragma once\n")
        catalog_cpu.emit_enums(out)
        catalog_gpu.emit_enums(out)
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write(head)
        catalog_cpu.emit(out, list(rows_of(data, "cpu_tdp.csv")),
                         list(rows_of(data, "cpu_power_curve.csv")))
    with open(sys.argv[3], "w", encoding="ascii") as out:
        out.write(head)
        catalog_gpu.emit(out, list(rows_of(data, "gpu_tdp.csv")),
                         list(rows_of(data, "gpu_pci_ids.csv")),
                         [row for row in memory if row["component"] == "gpu_idle"], figures)
    with open(sys.argv[6], "w", encoding="ascii") as out:
        out.write(head)
        catalog_modules.emit(out, list(rows_of(data, "jetson_power_modes.csv")))


if __name__ == "__main__":
    main()
