/* SPDX-License-Identifier: Apache-2.0 */
/* writers/estimate_fields.h - the figures of an estimate, as its own document and a row of many have them */
#pragma once

#include "base/json_out.h"
#include "model/documents.h"
#include "writers/csv_row.h"

#define ESTIMATE_CSV_COLUMNS                                                             \
    "energy_kwh,it_energy_kwh,low_kwh,high_kwh,operational_gco2e,embodied_gco2e,"        \
    "total_gco2e,low_gco2e,high_gco2e,power_watts,power_basis,power_model,power_source," \
    "place,place_basis,intensity_gco2e_per_kwh,intensity_source,pue,intensity_kind,"     \
    "market_operational_gco2e,cost,currency,water_litres"

/* Within an object, all but the schema. */
void estimate_json_fields(struct json_out *json, const struct estimate *estimate);
/* In the order of the columns. */
void estimate_csv_cells(struct csv_row *row, const struct estimate *estimate);
