/* SPDX-License-Identifier: Apache-2.0 */
/* writers/codecarbon_csv.h - the cells of CodeCarbon's emissions.csv, for rows that go on after them */
#pragma once

#include "model/report.h"
#include "writers/csv_row.h"

void codecarbon_columns(struct csv_row *row);
void codecarbon_cells(struct csv_row *row, const struct report *report);
