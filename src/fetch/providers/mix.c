/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/mix.c - an intensity computed from what was generated of each fuel */
#include "fetch/providers/mix.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/time_text.h"

#include "fuel_factors.h"

struct mix_factor mix_factor_of(enum mix_fuel fuel)
{
    return factors[fuel];
}

static double wider_side(enum mix_fuel fuel)
{
    const struct mix_factor *factor = &factors[fuel];
    double below = 1 - factor->low / factor->gco2e_per_kwh;
    double above = factor->high / factor->gco2e_per_kwh - 1;

    return above > below ? above : below;
}

double mix_band_ratio(void)
{
    double coal = wider_side(MIX_COAL);
    double gas = wider_side(MIX_GAS);

    return coal > gas ? coal : gas;
}

void mix_deinit(struct mix *mix)
{
    free(mix->cells);
    *mix = (struct mix){ 0 };
}

int mix_add(const struct answer *answer, struct mix *mix, int64_t wall_ns, int series,
            enum mix_fuel fuel, double megawatts)
{
    static const double most_mw = 1e7; /* the whole world runs on less */

    assert(series >= 0 && series < MIX_SERIES_MAX);
    if (!(fabs(megawatts) <= most_mw)) {
        char when[32];

        wall_time_format(when, sizeof(when), wall_ns);
        return aico2_error_set(answer->err, -EBADMSG, "%g MW at %s", megawatts, when);
    }
    if (mix->count >= MIX_CELLS_MAX)
        return aico2_error_set(answer->err, -EBADMSG, "more than %d values", MIX_CELLS_MAX);
    if (array_reserve(&mix->cells, &mix->capacity, mix->count + 1, sizeof(*mix->cells)) < 0)
        return aico2_error_set(answer->err, -ENOMEM, "out of memory");

    mix->cells[mix->count] = (struct mix_cell){ .wall_ns = wall_ns,
                                                .megawatts = megawatts,
                                                .series = series,
                                                .fuel = (int)fuel,
                                                .number = mix->count };
    mix->count++;
    return 0;
}

static int compare_cells(const void *left, const void *right)
{
    const struct mix_cell *a = left;
    const struct mix_cell *b = right;

    if (a->wall_ns != b->wall_ns)
        return a->wall_ns < b->wall_ns ? -1 : 1;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* The cells of one time; of a series the last one counts. */
static int add_time(const struct answer *answer, const struct mix_cell *cells, size_t count,
                    uint64_t all)
{
    double grams = 0;
    double megawatts = 0;
    uint64_t seen = 0;

    for (size_t i = 0; i < count; i++) {
        const struct mix_cell *cell = &cells[i];

        if (cell->fuel == MIX_STORAGE)
            continue;
        seen |= UINT64_C(1) << cell->series;
        if (cell->megawatts <= 0 || (i + 1 < count && cells[i + 1].series == cell->series))
            continue;
        megawatts += cell->megawatts;
        grams += cell->megawatts * factors[cell->fuel].gco2e_per_kwh;
    }
    if (seen != all || megawatts <= 0)
        return 0;
    return answer_add(answer, cells->wall_ns, grams / megawatts, POINT_MEASURED);
}

int mix_finish(const struct answer *answer, struct mix *mix)
{
    uint64_t all = 0;

    if (mix->count > 0)
        qsort(mix->cells, mix->count, sizeof(*mix->cells), compare_cells);
    for (size_t i = 0; i < mix->count; i++) {
        if (mix->cells[i].fuel != MIX_STORAGE)
            all |= UINT64_C(1) << mix->cells[i].series;
    }
    for (size_t i = 0; i < mix->count;) {
        size_t end = i;
        int r;

        while (end < mix->count && mix->cells[end].wall_ns == mix->cells[i].wall_ns)
            end++;
        r = add_time(answer, &mix->cells[i], end - i, all);
        if (r < 0)
            return r;
        i = end;
    }
    return 0;
}
