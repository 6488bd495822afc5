# SPDX-License-Identifier: Apache-2.0
"""carbon_sites.py - the buildings of cloud regions for gen_carbon_tables.py: PUE and water, and who told them."""
from gen_common import finite, rows_of, year_of

PROVIDERS = {"aws": "AWS", "azure": "Microsoft", "gcp": "Google", "ovh": "OVHcloud"}
# Their regions in China are run by other companies.
NOT_IN_CHINA = ("aws", "azure")


def read_means(data):
    """The newest mean over all of its sites that each provider has disclosed. A best site is no mean, and what
    somebody remembers is no disclosure."""
    means = {}
    for row in rows_of(data, "pue.csv"):
        if row["scope"] != "provider" or row["source"] == "OWN" or "as low as" in row["note"]:
            continue
        year = year_of(row, "year")
        if row["name"] not in means or year > means[row["name"]][0]:
            means[row["name"]] = (year, finite(row, "pue", 1, 5))
    return means


def add_site(row, added, pues, means):
    """What the operator has disclosed of the building: PUE, and litres of water per kWh of its computers. Where it has
    no PUE of the building, its mean over all."""
    name = PROVIDERS.get(row["provider"], row["provider"])
    year = year_of(row, "pue_year")
    told = f"{name}{f', {year}' if year else ''}, in the Green Software Foundation's table"
    site = {"pue": "NAN", "wue": "NAN", "pue_source": "", "wue_source": ""}
    if row["pue"]:
        site.update(pue=repr(finite(row, "pue", 1, 5)), pue_source=told)
    elif row["provider"] in means and not (row["iso2"] == "CN" and row["provider"] in NOT_IN_CHINA):
        year, mean = means[row["provider"]]
        site.update(pue=repr(mean), pue_source=f"{name}, {year}, mean of all its sites")
    if row["wue_l_per_kwh"]:
        site.update(wue=repr(finite(row, "wue_l_per_kwh", 0, 20)), wue_source=told)
    if site["pue_source"] or site["wue_source"]:
        pues.append((added, site))
