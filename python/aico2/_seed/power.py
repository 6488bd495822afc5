# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/power.py - the rated power of a processor or a GPU by its name, out of the library's tables"""
from __future__ import annotations

import re
from typing import Optional

from .._estimate import estimate


def fuzzy_search_power(model_type: str, model_name: str) -> Optional[float]:
    """Watts; a model that no table knows has an assumed power, and that is printed.

    model_type: "cpu" or anything else for a GPU, whose name may stand in brackets, as lspci writes it.
    """
    print(model_type)
    print(model_name)
    bracket = re.search(r"\[(.*?)\]", model_name) if model_type != "cpu" else None
    if bracket is not None:
        model_name = bracket.group(1)
        print(f"Extracted model name from brackets: {model_name}")
    try:
        found = estimate(cpu=model_name, hours=1) if model_type == "cpu" else estimate(gpu=model_name, hours=1)
    except ValueError as error:
        print(error)
        return None
    for warning in found.warnings:
        print(warning)
    watts = None if found["power_watts"] is None else float(found["power_watts"])
    print(f"Best matched power: {watts} ({found['power_model'] or 'assumed'}, {found['power_source']})")
    print(f"Returning power: {watts}")
    return watts
