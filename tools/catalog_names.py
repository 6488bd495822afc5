# SPDX-License-Identifier: Apache-2.0
"""catalog_names.py - hardware names to lookup keys; src/catalog/name.c does the same to what machines say.

A key is the words of a name in small letters, joined; "-" stands where two digits would meet
("Core i7-920": corei7-920). So blanks, hyphens and case do not count, and every letter and digit does.
"""
import re

CPU_NOISE = set("""cpu processor processors apu soc intel amd genuine apple aws amazon ampere huawei
hisilicon ibm marvell cavium nvidia qualcomm oryon ghz mhz""".split())
CORE_COUNTS = set("single dual triple quad six hexa eight octa ten twelve sixteen".split())
GPU_NOISE = set("""nvidia corporation corp amd ati intel google inc gpu graphics card generation with
design edition accelerator series cloud oam chip""".split())


def words(name):
    name = re.sub(r"\((r|tm|c)\)|[®™©]", " ", name.lower())
    return [word for word in re.split(r"[\s\-_(),\[\]:;\"'|/]+", name) if word]


def join(parts):
    out = ""
    for part in parts:
        if out and out[-1].isdigit() and part[0].isdigit():
            out += "-"
        out += part
    return out


def cpu_words(name, loose=False):
    """Words that tell CPUs apart. Loose: 2.80 is 2.8, and how many cores it has is left out."""
    out = []
    for word in words(name):
        frequency = re.fullmatch(r"(\d+(?:\.\d+)?)(ghz|mhz)", word)
        if frequency:
            word = frequency.group(1)
        if loose and re.fullmatch(r"\d+\.\d+", word):
            word = word.rstrip("0").rstrip(".")
        if word not in CPU_NOISE:
            out.append(word)
    return without_core_count(out) if loose else out


def without_core_count(parts):
    out = []
    for word in parts:
        if word in ("core", "cores") and out and (out[-1] in CORE_COUNTS or out[-1].isdigit()):
            out.pop()
        else:
            out.append(word)
    return out


MEMORY = re.compile(r"(\d+)(?:g|gb|gib)")
INTERFACE = re.compile(r"pcie|sxm\d*|fhhl|dgxs|hbm\w*")


def gpu_parts(name):
    """Model words, interface and memory size of a GPU's name."""
    model, interface, memory = [], "", ""
    for word in words(name.replace(".", " ")):
        size = MEMORY.fullmatch(word)
        if word in ("gb", "gib") and model and model[-1].isdigit():
            memory = model.pop()
        elif size:
            memory = size.group(1)
        elif INTERFACE.fullmatch(word):
            interface = word
        elif word in ("laptop", "mobile"):
            model.append("laptop")
        elif word not in GPU_NOISE:
            model.append(word)
    return model, interface, memory


def gpu_key(model, interface, memory):
    return f"{join(model)}|{interface}|{memory}"
