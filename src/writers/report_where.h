/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_where.h - the line of a text report that says which job, pod or container a run was in */
#pragma once

#include "writers/text_out.h"

/* labels: as model/labels.h keeps them; NULL or without an id: no line. */
void report_where_add(struct text_out *out, const char *labels);
