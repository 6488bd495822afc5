# SPDX-License-Identifier: Apache-2.0
"""test_estimate.py - estimates and intensities from Python are the library's, and wrong arguments are named"""
import copy
import pickle

import pytest

import aico2


def test_an_intensity_with_its_band():
    found = aico2.intensity("FR")
    assert (found.place, found.name, found.kind, found.year) == ("FR", "France", "lifecycle-average", 2024)
    assert float(found) == found.gco2e_per_kwh == found["gco2e_per_kwh"] == 44.18
    assert found.gco2e_per_kwh.band == (found["low"], found["high"])
    assert found.gco2e_per_kwh.low < 44.18 < found.gco2e_per_kwh.high
    assert repr(found).startswith("<Intensity France: 44.18 gCO2e/kWh (")


def test_nobody_guesses_a_place():
    assert aico2.intensity().place == aico2.intensity(None).place == aico2.intensity("world").place == "world"


def test_an_unknown_place_is_a_value_error_with_the_nearest():
    with pytest.raises(ValueError, match="'Frnce'.*France"):
        aico2.intensity("Frnce")


def test_an_estimate_is_linear():
    """8 devices x 10 h x 300 W x 0.5 x 1.2 = 14.4 kWh, 12 of them of the devices; at 50 g/kWh 720 g."""
    found = aico2.estimate(gpu="A100", power_watts=300, count=8, hours=10, utilization=0.5, pue=1.2, intensity=50,
                           embodied=False)
    assert found.energy_kwh == pytest.approx(14.4)
    assert found["it_energy_kwh"] == pytest.approx(12)
    assert found.operational_gco2e == found.total_gco2e == pytest.approx(720)
    assert found.embodied_gco2e is None, "left out is not 0"
    assert found["schema"] == "aico2.estimate/1"
    assert found.warnings == []


def test_an_unknown_model_is_a_warning():
    found = aico2.estimate(gpu="A1000000", hours=1)
    assert len(found.warnings) == 1 and "'A1000000'" in found.warnings[0]
    assert found["power_basis"] == "assumed"


@pytest.mark.parametrize("arguments, kind, words", [
    ({"hours": "3"}, TypeError, "hours must be a number, not str"),
    ({"hours": None}, TypeError, "hours must be a number"),
    ({"hours": True}, TypeError, "hours must be a number, not bool"),
    ({"hours": 0}, ValueError, "hours must be above 0, not 0"),
    ({"hours": float("nan")}, ValueError, "hours must be a finite number"),
    ({"count": 1.5}, TypeError, "count must be a whole number"),
    ({"count": 2**40}, ValueError, "count must be 1 to"),
    ({"gpu": 100}, TypeError, "gpu must be a string, not int"),
    ({"gpu": "a\0b"}, ValueError, "gpu must not hold a NUL"),
    ({"gpu": "\ud800"}, ValueError, "gpu is no Unicode text"),
    ({"pue": 0.9}, ValueError, "pue must be 1 or more, not 0.9"),
    ({"utilization": 2}, ValueError, "utilization must be 1 or less, not 2"),
    ({"embodied": 1}, TypeError, "embodied must be True or False"),
    ({"country": "FR", "region": "US-CA"}, ValueError, "country and region name a place each"),
    ({"country": "XX"}, ValueError, "country: unknown place 'XX'"),
    ({"zone": "XX"}, ValueError, "zone: unknown place 'XX'"),
    ({"intensity": 1e7}, ValueError, "intensity is 1e.07: it must be 0 to"),
    ({"country": ""}, ValueError, "country must not be empty"),
    ({"count": int}, TypeError, "count must be a whole number"),
    ({"region": "/nowhere"}, ValueError, "region: unknown cloud"),
])
def test_wrong_arguments_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words):
        aico2.estimate(**{"gpu": "A100", "hours": 1, **arguments})


def test_numbers_of_other_kinds_are_numbers():
    import decimal
    import fractions

    one = aico2.estimate(gpu="A100", hours=decimal.Decimal("1.5"), power_watts=fractions.Fraction(200))
    assert one.energy_kwh == pytest.approx(0.3)


def test_nothing_named_is_the_librarys_error():
    with pytest.raises(ValueError, match="gpu|device|nothing"):
        aico2.estimate(hours=1)


def test_a_figure_survives_copying():
    figure = aico2.intensity("FR").gco2e_per_kwh
    for other in (copy.deepcopy(figure), pickle.loads(pickle.dumps(figure))):
        assert (other, other.low, other.high) == (figure, figure.low, figure.high)
    assert f"{figure:.1f}" == "44.2"
    assert repr(figure) == "44.18"


def test_a_document_is_read_only_and_its_copy_is_not():
    found = aico2.intensity("FR")
    with pytest.raises(TypeError):
        found["place"] = "DE"
    mine = found.to_dict()
    mine["place"] = "DE"
    assert found["place"] == "FR"
