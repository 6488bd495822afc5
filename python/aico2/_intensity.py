# SPDX-License-Identifier: Apache-2.0
"""aico2/_intensity.py - grams of CO2 equivalent for a kilowatt-hour of a place's electricity"""
from __future__ import annotations

from typing import Optional

from . import _arguments
from ._document import Document
from ._figure import Figure, figure_of
from ._library import library, made, text_of


class Intensity(Document):
    """A place's yearly figure from the built-in tables; also a mapping over the document aico2.intensity/1."""

    gco2e_per_kwh: Figure

    def __init__(self, text: str, figure: Figure) -> None:
        super().__init__(text)
        self.gco2e_per_kwh = figure

    @property
    def place(self) -> str:
        return str(self["place"])

    @property
    def name(self) -> str:
        return str(self["name"])

    @property
    def kind(self) -> str:
        """Figures of two kinds are not to be compared."""
        return str(self["kind"])

    @property
    def source(self) -> str:
        return str(self["source"])

    @property
    def year(self) -> Optional[int]:
        year = self["year"]
        return None if year is None else int(year)

    def __float__(self) -> float:
        return float(self.gco2e_per_kwh)

    def __repr__(self) -> str:
        low, high = self.gco2e_per_kwh.band
        return (f"<Intensity {self.name}: {self.gco2e_per_kwh:.4g} gCO2e/kWh ({low:.4g} to {high:.4g}), "
                f"{self.kind}, {self.source}>")


def intensity(place: Optional[str] = None) -> Intensity:
    """A country ("FR", "France"), a subdivision ("US-CA"), a cloud region ("aws:eu-west-3"), a grid zone or
    "world", which None is too: a place is never guessed. ValueError for one that is unknown."""
    found = made("aico2_intensity_new", _arguments.text("place", place))
    try:
        band = library().aico2_intensity_gco2e_per_kwh(found)
        figure = figure_of(band.value, band.low, band.high)
        assert figure is not None, "a place without a figure is an error of intensity_new"
        return Intensity(text_of(library().aico2_intensity_json(found)), figure)
    finally:
        library().aico2_intensity_free(found)
