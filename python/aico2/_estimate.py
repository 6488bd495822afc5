# SPDX-License-Identifier: Apache-2.0
"""aico2/_estimate.py - a footprint from hardware, time and place, without measuring"""
from __future__ import annotations

import ctypes
from typing import Dict, List, Optional

from . import _arguments
from ._document import Document
from ._figure import Figure, figure_of
from ._library import library, made, text_of
from ._structs import EstimateOptions, new

_FIGURES = ("energy_kwh", "operational_gco2e", "embodied_gco2e", "total_gco2e")


class Estimate(Document):
    """Figures with their bands; also a mapping over the document aico2.estimate/1."""

    def __init__(self, text: str, figures: Dict[str, Optional[Figure]], warnings: List[str]) -> None:
        super().__init__(text)
        self._figures = figures
        self.warnings = warnings

    @property
    def energy_kwh(self) -> Optional[Figure]:
        """PUE included."""
        return self._figures["energy_kwh"]

    @property
    def operational_gco2e(self) -> Optional[Figure]:
        """Of the electricity."""
        return self._figures["operational_gco2e"]

    @property
    def embodied_gco2e(self) -> Optional[Figure]:
        """The share of making the devices; None when it was left out."""
        return self._figures["embodied_gco2e"]

    @property
    def total_gco2e(self) -> Optional[Figure]:
        return self._figures["total_gco2e"]

    def __repr__(self) -> str:
        return f"<Estimate {self.energy_kwh!r} kWh, {self.total_gco2e!r} gCO2e, {self['place']}>"


def estimate(*, gpu: Optional[str] = None, cpu: Optional[str] = None, memory_gib: Optional[float] = None,
             count: Optional[int] = None, hours: float, power_watts: Optional[float] = None,
             utilization: Optional[float] = None, pue: Optional[float] = None,
             lifetime_years: Optional[float] = None, country: Optional[str] = None,
             region: Optional[str] = None, cloud: Optional[str] = None, zone: Optional[str] = None,
             intensity: Optional[float] = None, embodied: bool = True) -> Estimate:
    """energy = count x hours x watts x utilisation x PUE, and its grams; only what is named is counted.

    A model that no table knows is no error: its power is assumed, the band is wide, and a warning names the
    nearest models. ValueError and TypeError name the argument.
    """
    if hours is None:
        raise _arguments.wrong_type("hours", hours, "a number")
    options = new(
        EstimateOptions,
        gpu=_arguments.text("gpu", gpu),
        cpu=_arguments.text("cpu", cpu),
        memory_gib=_arguments.number("memory_gib", memory_gib, above=0),
        count=_arguments.whole("count", count),
        hours=_arguments.number("hours", hours, above=0),
        power_watts=_arguments.number("power_watts", power_watts, above=0),
        utilization_ratio=_arguments.number("utilization", utilization, above=0, most=1),
        pue=_arguments.number("pue", pue, least=1),
        lifetime_years=_arguments.number("lifetime_years", lifetime_years, above=0),
        place=_arguments.place(country, region, cloud, zone),
        gco2e_per_kwh=_arguments.number("intensity", intensity, above=0),
        without_embodied=not _arguments.flag("embodied", embodied),
    )
    try:
        found = made("aico2_estimate_new", ctypes.byref(options))
    except ValueError as error:
        if str(error).startswith(("unknown place", "unknown cloud")):
            place = next(name for name, value in (("country", country), ("region", region), ("cloud", cloud), ("zone", zone)) if value)
            raise ValueError(f"{place}: {error}") from None
        raise
    try:
        figures = {}
        for name in _FIGURES:
            band = getattr(library(), "aico2_estimate_" + name)(found)
            figures[name] = figure_of(band.value, band.low, band.high)
        warnings: List[str] = []
        while (warning := library().aico2_estimate_warning(found, len(warnings))) is not None:
            warnings.append(text_of(warning))
        return Estimate(text_of(library().aico2_estimate_json(found)), figures, warnings)
    finally:
        library().aico2_estimate_free(found)
