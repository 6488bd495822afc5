# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/model_card.py - the co2_eq_emissions block of a Hugging Face model card

    write_model_card("README.md", report, training_type="fine-tuning")

changes that block of the front matter and no other byte of the file.
"""
from __future__ import annotations

import json
import os
import re
import tempfile
from typing import Dict, List, Optional, Union

from .. import _arguments
from .._arguments import PathLike
from .._library import version
from .._report import Report
from ._metrics import need_report

_KEY = "co2_eq_emissions"
_FRONT_MATTER = re.compile(r"\A(---[ \t]*\r?\n)(.*?)^(---[ \t]*(?:\r?\n|\Z))", re.DOTALL | re.MULTILINE)
# A key at the margin with all that is indented below it.
_BLOCK = re.compile(rf"^{_KEY}[ \t]*:[^\n]*\n(?:[ \t]+[^\n]*\n|[ \t]*\r?\n(?=[ \t]))*", re.MULTILINE)


def _hardware(report: Report) -> str:
    models: List[str] = []
    for kinds in (("gpu",), ("module",), ("cpu",)):
        models = [device.model for device in report.devices if device.kind in kinds and device.model]
        if models:
            break
    return ", ".join(f"{models.count(model)} x {model}" for model in dict.fromkeys(models))


def _readers(report: Report) -> str:
    counted = [device for device in report.devices if device.is_added]
    ways = dict.fromkeys(f"{device.kind} {device.basis}, {device.reader}" for device in counted)
    return "; ".join(ways)


def co2_eq_emissions(report: Report, *, training_type: Optional[str] = None, geographical_location: Optional[str] = None,
                     hardware_used: Optional[str] = None) -> Dict[str, Union[float, str]]:
    """The block as a dict: emissions in grams, and where they come from. ValueError when they are unavailable."""
    need_report(report)
    if report.total_gco2e is None:
        raise ValueError("the report has no emissions: unavailable is not 0, so there is no block to write")
    block: Dict[str, Union[float, str]] = {"emissions": float(report.total_gco2e),
                                           "source": f"aico2 {version()} ({_readers(report)})"}
    if training_type is not None:
        block["training_type"] = training_type
    location = geographical_location or (report.place_name if report.place != "world" else "")
    if location:
        block["geographical_location"] = location
    hardware = hardware_used or _hardware(report)
    if hardware:
        block["hardware_used"] = hardware
    return block


def _yaml(block: Dict[str, Union[float, str]], newline: str) -> str:
    """A string of JSON is one of YAML."""
    lines = [f"{_KEY}:"] + [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in block.items()]
    return "".join(line + newline for line in lines)


def merged(card: str, block: Dict[str, Union[float, str]]) -> str:
    """The card's text with the block in its front matter, which is made where there is none."""
    newline = "\r\n" if "\r\n" in card[:4096] else "\n"
    text = _yaml(block, newline)
    front = _FRONT_MATTER.match(card)
    if front is None:
        return f"---{newline}{text}---{newline}{card}"
    opening, body, closing = front.groups()
    body = _BLOCK.sub(lambda _: text, body, count=1) if _BLOCK.search(body) else body + text
    return opening + body + closing + card[front.end():]


def write_model_card(path: PathLike, report: Report, *, training_type: Optional[str] = None,
                     geographical_location: Optional[str] = None, hardware_used: Optional[str] = None) -> None:
    """Replaces the file in one step, or leaves it as it was; one that is not there is made."""
    block = co2_eq_emissions(report, training_type=training_type, geographical_location=geographical_location,
                             hardware_used=hardware_used)
    target = os.path.realpath(_arguments.needed_path("path", path))
    mode = 0o666 & ~_umask()
    card = ""
    if os.path.exists(target):
        if not os.path.isfile(target):  # a device would be gone, for everybody where root writes
            raise ValueError(f"path is no file that could be replaced: {target}")
        mode = os.stat(target).st_mode & 0o777
        with open(target, encoding="utf-8", newline="") as file:
            card = file.read()
    descriptor, name = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".aico2-")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(merged(card, block))
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
