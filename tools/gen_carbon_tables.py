# SPDX-License-Identifier: Apache-2.0
"""gen_carbon_tables.py - data/*.csv to the C tables of src/carbon.

    gen_carbon_tables.py DATA_DIR place_tables.h zone_tables.h equivalent_factors.h

What can be decided once is decided here and not at run time: the band of every figure, the scaling
of direct figures, the hint for a place without one. docs/carbon.md says the rules in words. A row
that breaks a rule of the tables stops the build with its file and line.
"""
import pathlib
import sys
import unicodedata
from decimal import Decimal

from carbon_sites import add_site, read_means
from gen_common import StringPool, fail, finite, number, rows_of, year_of

COUNTRY, WORLD, AGGREGATE, REGION, CLOUD, ZONE = (
    "PLACE_COUNTRY", "PLACE_WHOLE_WORLD", "PLACE_AGGREGATE", "PLACE_REGION", "PLACE_CLOUD_REGION",
    "PLACE_GRID_ZONE")
SCOPES = [COUNTRY, WORLD, AGGREGATE, REGION, CLOUD, ZONE]
NONE = 0xFFFF
HALF_WIDTH = {"A": 0.15, "B": 0.30, "C": 0.50, "D": 0.50}
# What a figure is of: the words of docs/carbon.md for a table's basis and accounting.
ACCOUNTING = {"production": "average", "consumption": "consumption",
              "marginal-operating": "marginal"}
LIFECYCLE, DIRECT = "lifecycle-average", "direct-average"

# data/SOURCES.md, section 1: no national direct figure of the same edition fits Australia's states.
SUGGESTED_RATIO = {"AU": 1.1}
# What a report line has room for, where the publisher's first words are too long or say too little.
SHORT_SOURCE = {
    "EGRID23": "US EPA eGRID", "ECCC26": "ECCC Canada", "MEE24": "MEE China", "MEE26": "MEE China",
    "ECO2AI": "Eco2AI", "POST14": "UK POST", "CEA25": "CEA India", "IFI21": "UNFCCC IFI",
    "EEA26": "EEA", "MFE26": "MfE New Zealand",
}
# ISO 3166-2 codes of territories that are countries of ISO 3166-1 too: one place, two codes.
# The regions of GB Carbon Intensity, in its numbering, and the one of WattTime's that is public.
PROVIDER_ZONES = {
    "GB": {f"GB-{number}": f"{name} (GB Carbon Intensity)" for number, name in enumerate((
        "North Scotland", "South Scotland", "North West England", "North East England", "Yorkshire",
        "North Wales and Merseyside", "South Wales", "West Midlands", "East Midlands", "East England",
        "South West England", "South England", "London", "South East England", "England", "Scotland", "Wales"), 1)},
    "US-CA": {"CAISO_NORTH": "California ISO Northern (WattTime)"},
}
TERRITORIES = {
    "US": "AS GU MP PR UM VI", "CN": "HK MO TW", "NL": "AW CW SX",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
}
# Zones that many countries keep, each under another name: the first one's name proves little.
MOST_SHARERS = 5


def kind_of(row, basis=None):
    """A table's basis and accounting in one word; basis: what a scaled figure has become."""
    if row["accounting"] not in ACCOUNTING:
        fail(row["where"], f"unknown accounting: '{row['accounting']}'")
    if row["basis"] not in ("lifecycle", "direct"):
        fail(row["where"], f"unknown basis: '{row['basis']}'")
    return f"{basis or row['basis']}-{ACCOUNTING[row['accounting']]}"


LATIN = {ord(k): v for k, v in {
    "ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ł": "l", "Ł": "l",
    "ı": "i", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ð": "d", "Ð": "d", "ħ": "h", "Ħ": "h",
    "ŋ": "n", "Ŋ": "n", "ĸ": "k", "ŧ": "t", "Ŧ": "t", "ĳ": "ij", "Ĳ": "ij", "ŉ": "n", "ſ": "s",
    "×": "", "÷": "", "ŀ": "l", "Ŀ": "l"}.items()}


def latin_letter(code):
    """U+00C0 to U+017F as one or two small ASCII letters; the C side gets this very table."""
    if code in LATIN:
        return LATIN[code]
    return unicodedata.normalize("NFD", chr(code))[0].lower()


def fold(text):
    """The key of a text; place_fold() in src/carbon/tables.c does the same to what users write."""
    out = ""
    for char in text:
        code = ord(char)
        if 0xC0 <= code <= 0x17F:
            out += latin_letter(code)
        elif char == "&":
            out += "-and-"
        elif char == "/":
            out += ":"
        elif char in " \t\n\r-_":
            out += "-"
        elif char in ".,'`()\u2019" or 0x300 <= code <= 0x36F:
            continue
        else:
            out += char.lower() if code < 128 else char
    while "--" in out:
        out = out.replace("--", "-")
    return out.strip("-")


class Places:
    """Rows of places by their code, and the keys that lead to them."""

    def __init__(self, sources):
        self.rows = []
        self.by_place = {}
        self.keys = {}
        self.sources = sources
        self.alternatives = []

    def source(self, key, where):
        parts = key.split("+")
        for part in parts:
            if part not in self.sources:
                fail(where, f"no such key in sources.csv: '{part}'")
        first = self.sources[parts[0]]
        short = SHORT_SOURCE.get(parts[0], first["publisher"].split(",")[0])
        text = " and ".join(
            ", ".join(self.sources[part][column] for column in ("publisher", "title", "version"))
            for part in parts)
        if len(text.encode()) > 159 or len(short.encode()) > 31:
            fail(where, f"source text of '{key}' is too long: '{text}' / '{short}'")
        return text, short

    def add(self, where, scope, place, **fields):
        if place in self.by_place:
            fail(where, f"'{place}' is there twice")
        row = {"scope": scope, "place": place, "name": place, "country": "", "country3": "",
               "value": None, "low": None, "high": None, "kind": "", "source": "", "short": "",
               "year": 0, "quality": "", "note": "", "parent": None, "zone": None}
        row.update(fields)
        for column, limit in (("place", 47), ("name", 95), ("note", 223)):
            if len(row[column].encode()) > limit:
                fail(where, f"{column} is longer than {limit} bytes: '{row[column]}'")
        self.rows.append(row)
        self.by_place[place] = row
        return row

    def alternative(self, where, row, **fields):
        """Another figure of a place: of another kind, year or source."""
        if any(other["row"] is row and other["source"] == fields["source"] and
               (other["kind"], other["year"]) == (fields["kind"], fields["year"])
               for other in self.alternatives):
            fail(where, f"{fields['kind']} of {fields['year']} is there twice for {row['place']}")
        self.alternatives.append({"row": row, **fields})

    def key(self, where, scope, text, row):
        folded = fold(text)
        if folded == "" or len(folded.encode()) > 63:
            fail(where, f"not a usable name: '{text}'")
        if self.keys.setdefault((folded, scope), row) is not row:
            other = self.keys[folded, scope]["place"]
            fail(where, f"'{text}' means both {other} and {row['place']}")


def band(value, quality, same_kind=()):
    half = HALF_WIDTH[quality]
    low = min([value * (1 - half), *same_kind])
    high = max([value * (1 + half), *same_kind])
    return {"value": value, "low": max(0.0, low), "high": high, "quality": quality}


def percentile(values, share):
    """Linear interpolation between closest ranks (Hyndman and Fan 1996, type 7)."""
    values = sorted(values)
    at = share * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (at - below) * (values[above] - values[below])


def read_alternatives(data):
    """Per country: life-cycle averages, and the newest direct average."""
    same_kind, direct = {}, {}
    for row in rows_of(data, "carbon_intensity_alt.csv"):
        value = finite(row, "gco2e_per_kwh", 0, 5000)
        if row["accounting"] not in ("production", "consumption"):
            continue
        if row["basis"] == "lifecycle" and row["accounting"] == "production":
            same_kind.setdefault(row["iso2"], []).append(value)
        elif row["basis"] == "direct":
            year = year_of(row, "year")
            if row["iso2"] not in direct or year > direct[row["iso2"]][0]:
                direct[row["iso2"]] = (year, row["gco2e_per_kwh"])
    return same_kind, direct


def add_alternatives(places, data):
    for row in rows_of(data, "carbon_intensity_alt.csv"):
        place = places.by_place.get(row["iso2"])
        if place is None:
            fail(row["where"], f"unknown country: '{row['iso2']}'")
        source, short = places.source(row["source"], row["where"])
        kind, year = kind_of(row), year_of(row, "year")
        # what the next plant burns is a model's answer; an average of an old year is a grade worse
        quality = "C" if kind.endswith("-marginal") else "A" if year >= 2023 else "B"
        places.alternative(
            row["where"], place, kind=kind, year=year, source=source, short=short,
            note=row["note"], **band(finite(row, "gco2e_per_kwh", 0, 5000), quality))


def name_variants(name):
    yield name
    if name.lower().startswith("the "):
        yield name[4:]
    if name.startswith("Saint "):
        yield "St " + name[6:]


def add_country_keys(places, name_row, row):
    where = name_row["where"]
    names = [name_row["name"], name_row["iso_name"], *name_row["aliases"].split(";")]
    texts = [name_row["iso2"], name_row["iso3"]]
    texts += [variant for name in names if name for variant in name_variants(name)]
    for text in texts:
        places.key(where, COUNTRY, text, row)
    places.key(where, ZONE, name_row["iso2"], row)


def add_countries(places, data, same_kind):
    figures = {}
    wide = []
    for row in rows_of(data, "carbon_intensity.csv"):
        if row["basis"] != "lifecycle" or row["accounting"] != "production":
            fail(row["where"], "this table is life-cycle and production only")
        if row["quality"] not in HALF_WIDTH:
            fail(row["where"], f"unknown quality: '{row['quality']}'")
        if row["kind"] != "country":
            wide.append(row)
        elif figures.setdefault(row["iso2"], row) is not row:
            fail(row["where"], f"'{row['iso2']}' is there twice")
    names = list(rows_of(data, "country_names.csv"))
    for code in set(figures) - {name["iso2"] for name in names}:
        fail(figures[code]["where"], f"'{code}' is not in country_names.csv")

    for name in sorted(names, key=lambda name: fold(name["name"])):
        figure = figures.get(name["iso2"])
        fields = {"name": name["name"], "country": name["iso2"], "country3": name["iso3"],
                  "note": "no figure is published for it; give one with --intensity"}
        if figure:
            source, short = places.source(figure["source"], figure["where"])
            value = finite(figure, "gco2e_per_kwh", 0, 5000)
            fields |= band(value, figure["quality"], same_kind.get(name["iso2"], []))
            fields |= {"kind": LIFECYCLE, "source": source, "short": short, "note": figure["note"],
                       "year": year_of(figure, "year")}
        row = places.add(name["where"], COUNTRY, name["iso2"], **fields)
        add_country_keys(places, name, row)
    return wide


def add_world(places, wide):
    """The world and its parts. Their band is that of the countries one may be in."""
    values = [row["value"] for row in places.rows if row["value"] is not None]
    low, high = percentile(values, 0.05), percentile(values, 0.95)
    for row in sorted(wide, key=lambda row: (row["kind"] != "world", row["name"])):
        source, short = places.source(row["source"], row["where"])
        fields = band(finite(row, "gco2e_per_kwh", 0, 5000), row["quality"])
        fields |= {"low": min(low, fields["value"]), "high": max(high, fields["value"])}
        is_world = row["kind"] == "world"
        note = "band: 5th to 95th percentile of the world's countries"
        added = places.add(
            row["where"], WORLD if is_world else AGGREGATE, "world" if is_world else row["name"],
            name=row["name"], kind=LIFECYCLE, source=source, short=short, note=note,
            year=year_of(row, "year"), **fields)
        places.key(row["where"], COUNTRY, row["name"], added)
        if row["name"] == "EU":
            places.key(row["where"], COUNTRY, "European Union", added)


def scaling(country, direct):
    """Life-cycle over direct, and the words for it; (None, words) when nothing is known."""
    code = country["country"]
    if code in SUGGESTED_RATIO:
        return SUGGESTED_RATIO[code], f"{country['name']}, an estimate of life-cycle/direct"
    if code in direct and float(direct[code][1]) > 0 and country["value"] is not None:
        return (country["value"] / float(direct[code][1]),
                f"{country['name']}, life-cycle {country['value']:g} / direct {direct[code][1]}")
    return None, ""


def region_fields(row, country, direct):
    """A direct figure as a life-cycle one where the country's ratio is known, else as it is."""
    value = finite(row, "gco2e_per_kwh", 0, 5000)
    ratio, words = scaling(country, direct)
    quality = "B" if row["year"] else "D"  # no year: nobody says what it is an average of
    gases = " (CO2 only)" if row["gases"] == "CO2" else ""
    if ratio is None:
        note = f"direct figure{gases}, not scaled to life-cycle: no national direct figure known"
        return band(value, quality) | {"kind": kind_of(row), "note": note}
    note = f"direct figure {row['gco2e_per_kwh']}{gases} scaled by {ratio:.2f} ({words})"
    return band(value * ratio, quality) | {"kind": kind_of(row, "lifecycle"), "note": note}


def add_regions(places, data, direct):
    named = {}
    for row in rows_of(data, "carbon_intensity_subnational.csv"):
        country = places.by_place.get(row["country_iso2"])
        if country is None:
            fail(row["where"], f"unknown country: '{row['country_iso2']}'")
        if row["basis"] != "direct":
            fail(row["where"], f"this table is direct only, not '{row['basis']}'")
        source, short = places.source(row["source"], row["where"])
        added = places.add(
            row["where"], REGION, row["code"], name=f"{row['name']}, {country['name']}",
            country=country["country"], country3=country["country3"], source=source, short=short,
            year=year_of(row, "year"), parent=country, **region_fields(row, country, direct))
        places.key(row["where"], REGION, row["code"], added)
        if added["kind"] != kind_of(row):  # what was published stands beside what was made of it
            places.alternative(
                row["where"], added, kind=kind_of(row), year=added["year"], source=source,
                short=short, note="CO2 only" if row["gases"] == "CO2" else "",
                **band(finite(row, "gco2e_per_kwh", 0, 5000), added["quality"]))
        if row["scheme"] == "iso3166-2":
            places.key(row["where"], ZONE, row["code"], added)
            named.setdefault(fold(row["name"]), []).append((row, added))
    for found in named.values():
        if len(found) == 1:  # a name that two countries share is no answer
            row, added = found[0]
            places.key(row["where"], REGION, row["name"], added)
    for country, codes in TERRITORIES.items():
        for code in codes.split():
            places.key("TERRITORIES", REGION, f"{country}-{code}", places.by_place[code])


def cloud_figure(places, row, parent):
    """Figure of a cloud region: the provider's own, or that of the region or country it is in."""
    value = finite(row, "gco2e_per_kwh", 0, 5000)
    if row["gco2e_basis"] == "provider":
        source, short = places.source(row["gco2e_source"], row["where"])
        return band(value, "B") | {
            "kind": DIRECT, "source": source, "short": short, "year": year_of(row, "gco2e_year"),
            "note": "operational figure published by the provider, not scaled to life-cycle"}
    if row["gco2e_basis"] not in ("lifecycle", "direct"):
        fail(row["where"], f"unknown basis: '{row['gco2e_basis']}'")
    if row["gco2e_basis"] == "lifecycle":
        parent = places.by_place[row["iso2"]]
        if value != parent["value"]:
            fail(row["where"], f"{value:g} is not the figure of {parent['place']}")
    elif parent["scope"] != REGION or value != parent["direct"]:
        fail(row["where"], f"{value:g} is not the direct figure of {parent['place']}")
    fields = {column: parent[column] for column in (
        "value", "low", "high", "quality", "kind", "source", "short", "year")}
    note = f"figure of {parent['place']}"
    return fields | {"note": f"{note}: {parent['note']}" if parent["note"] else note}


def add_clouds(places, data):
    pues = []
    means = read_means(data)
    zones = {}
    for row in rows_of(data, "cloud_regions.csv"):
        country = places.by_place.get(row["iso2"])
        if country is None:
            fail(row["where"], f"unknown country: '{row['iso2']}'")
        parent = places.by_place.get(row["subdivision"], country)
        place = f"{row['provider']}:{row['region']}"
        location = f" ({row['location']})" if row["location"] else ""
        added = places.add(
            row["where"], CLOUD, place, name=f"{row['provider']} {row['region']}{location}",
            country=country["country"], country3=country["country3"], parent=parent,
            **cloud_figure(places, row, parent))
        places.key(row["where"], CLOUD, place, added)
        add_site(row, added, pues, means)
        if row["zone"]:
            zones.setdefault(row["zone"], []).append((row, added))
    return pues, zones


def add_zones(places, zones):
    """A zone of its own has the figure its cloud regions got from a provider, if they agree."""
    for zone, members in sorted(zones.items()):
        where = members[0][0]["where"]
        if (fold(zone), ZONE) in places.keys:
            row = places.keys[fold(zone), ZONE]
        else:
            country = places.by_place[members[0][0]["iso2"]]
            published = [added for row, added in members if row["gco2e_basis"] == "provider"]
            fields = {"note": f"use '{members[0][1]['place']}' or '{country['place']}', "
                              f"which have figures"}
            if published and len({added["value"] for added in published}) == 1:
                fields = {column: published[0][column] for column in (
                    "value", "low", "high", "quality", "kind", "source", "short", "year")}
                fields["note"] = (f"figure of {published[0]['place']}: {published[0]['note']}")
            row = places.add(where, ZONE, zone, name=f"grid zone {zone}, {country['name']}",
                             country=country["country"], country3=country["country3"],
                             parent=country, **fields)
            places.key(where, ZONE, zone, row)
        for _, added in members:
            added["zone"] = row


def add_provider_zones(places):
    """Zones that a provider of live values has and no table: the figure of the place they lie in."""
    for place, names in PROVIDER_ZONES.items():
        parent = places.by_place[place]
        for zone, name in names.items():
            fields = {column: parent[column] for column in (
                "value", "low", "high", "quality", "kind", "source", "short", "year")}
            if place == "GB":  # wind in the north, gas in the south: from a tenth of the whole's to twice of it
                fields.update(low=fields["value"] * 0.1, high=fields["value"] * 2, quality="D")
            row = places.add("PROVIDER_ZONES", ZONE, zone, name=name, country=parent["country"],
                             country3=parent["country3"], parent=parent, **fields,
                             note=f"figure of {place}, of which this is a part: --provider knows its own")
            places.key("PROVIDER_ZONES", ZONE, zone, row)


def build_places(data):
    sources = {}
    for row in rows_of(data, "sources.csv"):
        if sources.setdefault(row["key"], row) is not row:
            fail(row["where"], f"'{row['key']}' is there twice")
    places = Places(sources)
    same_kind, direct = read_alternatives(data)
    wide = add_countries(places, data, same_kind)
    add_alternatives(places, data)
    add_world(places, wide)
    add_regions(places, data, direct)
    for row in rows_of(data, "carbon_intensity_subnational.csv"):
        places.by_place[row["code"]]["direct"] = float(row["gco2e_per_kwh"])
    pues, zones = add_clouds(places, data)
    add_zones(places, zones)
    add_provider_zones(places)
    return places, pues


def emit_rows(out, rows, pool):
    out.write("static const struct place_row place_rows[] = {\n")
    for row in rows:
        figures = [number("" if row[c] is None else repr(row[c])) for c in ("value", "low", "high")]
        texts = [pool.add(row[c]) for c in ("place", "name", "kind", "source", "short", "note")]
        links = [NONE if row[c] is None else row[c]["index"] for c in ("parent", "zone")]
        out.write("    { { %s }, %s, %s, %d, \"%s\", \"%s\", \"%s\", %s },\n" % (
            ", ".join(figures), ", ".join(map(str, texts)), ", ".join(map(str, links)), row["year"],
            row["country"], row["country3"], row["quality"], row["scope"]))
    out.write("};\n")


def emit_alternatives(out, alternatives, pool):
    out.write("static const struct place_alternative place_alternatives[] = { /* by row */\n")
    for other in sorted(alternatives, key=lambda other: (other["row"]["index"], -other["year"])):
        figures = [repr(other[column]) for column in ("value", "low", "high")]
        texts = [pool.add(other[column]) for column in ("kind", "source", "short", "note")]
        out.write("    { { %s }, %d, %s, %d, \"%s\" },\n" % (
            ", ".join(figures), other["row"]["index"], ", ".join(map(str, texts)), other["year"],
            other["quality"]))
    out.write("};\n")


def emit_latin(out):
    out.write("static const char place_latin[][3] = { /* U+00C0 to U+017F */\n")
    for start in range(0xC0, 0x180, 12):
        cells = ", ".join(f'"{latin_letter(code)}"' for code in range(start, start + 12))
        out.write(f"    {cells},\n")
    out.write("};\n")


def emit_places(path, places, pues):
    rows = [row for row in places.rows if row["value"] is not None]
    rows.sort(key=lambda row: SCOPES.index(row["scope"]))  # stable: the order within one stays
    with_figure = len(rows)
    rows += [row for row in places.rows if row["value"] is None]
    for index, row in enumerate(rows):
        row["index"] = index
    pool = StringPool()
    with open(path, "w", encoding="ascii") as out:
        out.write("/* Generated by tools/gen_carbon_tables.py from data/; do not edit. */\n")
        out.write(f"enum {{ PLACES_WITH_FIGURE = {with_figure}, "
                  f"PLACE_ROW_WORLD = {places.by_place['world']['index']} }};\n")
        emit_rows(out, rows, pool)
        out.write("static const struct place_key place_keys[] = { /* sorted, as strcmp */\n")
        keys = sorted(places.keys, key=lambda key: (key[0].encode(), SCOPES.index(key[1])))
        for text, scope in keys:
            row = places.keys[text, scope]
            out.write(f"    {{ {pool.add(text)}, {row['index']}, {scope} }},\n")
        out.write("};\nstatic const struct place_site_row place_sites[] = { /* sorted by row */\n")
        for row, site in sorted(pues, key=lambda item: item[0]["index"]):
            out.write(f"    {{ {site['pue']}, {site['wue']}, {row['index']}, "
                      f"{pool.add(site['pue_source'])}, {pool.add(site['wue_source'])} }},\n")
        out.write("};\n")
        emit_alternatives(out, places.alternatives, pool)
        emit_latin(out)
        pool.emit(out, "place_texts")
    if len(pool.data) > 0xFFFF:
        fail(path, f"{len(pool.data)} bytes of text do not fit offsets of 16 bits")


def emit_zones(path, data):
    """Time zones that point to one country; which ones is in docs/carbon.md."""
    rows = {}
    for row in rows_of(data, "timezone_country.csv"):
        if rows.setdefault(row["timezone"], row) is not row:
            fail(row["where"], f"'{row['timezone']}' is there twice")
        if len(row["iso2"]) != 2 or not row["iso2"].isupper():
            fail(row["where"], f"not a country code: '{row['iso2']}'")

    def is_certain(row):
        if row["kind"] == "zone":
            return len(row["also_used_in"].split()) <= MOST_SHARERS
        if not row["also_used_in"]:
            return True
        target = rows.get(row["target"])
        return target is not None and target["iso2"] == row["iso2"] and is_certain(target)

    pool = StringPool()
    with open(path, "w", encoding="ascii") as out:
        out.write("/* Generated by tools/gen_carbon_tables.py from data/; do not edit. */\n")
        out.write("static const struct zone_country zone_countries[] = { /* sorted, as strcmp */\n")
        for name in sorted(rows, key=str.encode):
            if is_certain(rows[name]):
                out.write(f"    {{ {pool.add(name)}, \"{rows[name]['iso2']}\" }},\n")
        out.write("};\n")
        pool.emit(out, "zone_texts")
    if len(pool.data) > 0xFFFF:
        fail(path, f"{len(pool.data)} bytes of text do not fit offsets of 16 bits")


# Things of which a person can picture some, by rising size: key, singular and plural as the report says them.
THINGS = (
    ("phone_charge_epa", "charge of a smartphone", "charges of a smartphone"),
    ("gasoline_litre_epa", "litre of petrol burned", "litres of petrol burned"),
    ("flight_par_lon", "flight Paris to London of one passenger", "flights Paris to London of one passenger"),
    ("flight_nyc_sfo", "flight New York to San Francisco of one passenger",
     "flights New York to San Francisco of one passenger"),
    ("car_year_epa", "year of driving a car in the USA", "years of driving a car in the USA"),
)


def grams_of(row):
    if finite(row, "kgco2e_per_unit", 0, 1e9) == 0:
        fail(row["where"], "a factor of 0 divides nothing")
    # decimal: 217.6 and not 217.60000000000002
    return float(Decimal(row["kgco2e_per_unit"]) * 1000)


def emit_equivalents(path, data):
    factors = (("car_km_seed", "CAR_KM_GCO2E"), ("tree_month_seed", "TREE_SEEDLING_MONTH_GCO2E"))
    rows = {row["key"]: row for row in rows_of(data, "equivalents.csv")}
    titles = {row["key"]: f"{row['publisher']}, {row['title']}" for row in rows_of(data, "sources.csv")}
    for key in [key for key, _ in factors] + [thing[0] for thing in THINGS]:
        if key not in rows:
            fail(data / "equivalents.csv", f"no row with key '{key}'")
    with open(path, "w", encoding="ascii") as out:
        out.write("/* Generated by tools/gen_carbon_tables.py from data/; do not edit. */\n")
        for key, name in factors:
            out.write(f"static const double {name} = {grams_of(rows[key])!r};\n")
        out.write("static const struct equivalent things[] = { /* by rising size */\n")
        before = 0
        for key, one, many in THINGS:
            grams = grams_of(rows[key])
            if grams <= before:
                fail(rows[key]["where"], "things must rise in size")
            before = grams
            out.write(f'    {{ NAN, {grams!r}, "{key}", "{one}", "{many}", "{titles[rows[key]["source"]]}" }},\n')
        out.write("};\n")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[1])
    places, pues = build_places(data)
    emit_places(sys.argv[2], places, pues)
    emit_zones(sys.argv[3], data)
    emit_equivalents(sys.argv[4], data)


if __name__ == "__main__":
    main()
