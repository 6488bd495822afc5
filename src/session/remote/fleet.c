/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/fleet.c - joules of many machines by the hour, each hour costed where and when it was used */
#include "session/remote/fleet.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/text.h"
#include "carbon/footprint.h"
#include "carbon/place.h"

#define HOUR_NS (3600 * NSEC_PER_SEC)

enum { INTENSITY_MAX = 5000 };

struct place {
    struct fleet_place sums;
    double *by_step;       /* intensity of each hour, NAN where none was told; NULL: of none */
    double matched_joules; /* that met one */
    bool is_known;         /* here, by its name */
};

struct fleet_sum {
    struct fleet_window window;
    size_t steps;
    struct place *places;
    size_t place_count, place_capacity;
    struct fleet_row *rows;
    size_t row_count, row_capacity;
    size_t place; /* of the row that is being filled */
};

size_t fleet_steps(const struct fleet_window *window)
{
    return (size_t)((window->to_wall_ns - window->from_wall_ns + HOUR_NS - 1) / HOUR_NS);
}

int64_t fleet_step_end_ns(const struct fleet_window *window, size_t step)
{
    int64_t end_ns = window->from_wall_ns + ((int64_t)step + 1) * HOUR_NS;

    return end_ns < window->to_wall_ns ? end_ns : window->to_wall_ns;
}

/* The hour that ends at a time, as a server rounds it; false: none of the window. */
static bool find_step(const struct fleet_sum *sum, int64_t end_wall_ns, size_t *step_out)
{
    int64_t from_ns = sum->window.from_wall_ns;

    if (end_wall_ns <= from_ns || end_wall_ns > sum->window.to_wall_ns + NSEC_PER_SEC / 2)
        return false;
    *step_out = (size_t)((end_wall_ns - from_ns - NSEC_PER_SEC / 2) / HOUR_NS);
    return *step_out < sum->steps;
}

int fleet_sum_new(struct fleet_sum **sum_out, const struct fleet_window *window,
                  struct aico2_error *err)
{
    struct fleet_sum *sum;
    size_t steps = fleet_steps(window);

    if (window->to_wall_ns <= window->from_wall_ns || steps > FLEET_STEPS_MAX)
        return aico2_error_set(err, -EINVAL, "%zu hours are too many: at most %d", steps,
                               FLEET_STEPS_MAX);
    sum = calloc(1, sizeof(*sum));
    if (sum == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    sum->window = *window;
    sum->steps = steps;
    *sum_out = sum;
    return 0;
}

void fleet_sum_free(struct fleet_sum *sum)
{
    if (sum == NULL)
        return;
    for (size_t i = 0; i < sum->place_count; i++)
        free(sum->places[i].by_step);
    free(sum->places);
    free(sum->rows);
    free(sum);
}

/* Its yearly figure; one that nothing here knows by that name is costed as `elsewhere`. */
static void resolve(const struct fleet_sum *sum, struct place *place)
{
    const struct place_query query = {
        .any = place->sums.name,
        .gco2e_per_kwh = NAN,
        .basis = PLACE_OPTION,
    };

    place->is_known =
        place->sums.name[0] != '\0' && place_resolve(&query, &place->sums.intensity, NULL) == 0;
    if (!place->is_known)
        place->sums.intensity = sum->window.elsewhere;
}

static int find_place(struct fleet_sum *sum, const char *name, size_t *index_out,
                      struct aico2_error *err)
{
    struct place place = { .sums = { .gco2e = { 0, 0, 0 } } };

    for (size_t i = 0; i < sum->place_count; i++) {
        if (strcmp(sum->places[i].sums.name, name) == 0) {
            *index_out = i;
            return 0;
        }
    }
    if (sum->place_count == FLEET_PLACES_MAX)
        return aico2_error_set(err, -E2BIG, "more than %d places", FLEET_PLACES_MAX);
    text_copy_clean(place.sums.name, sizeof(place.sums.name), name);
    if (strcmp(place.sums.name, name) != 0) /* it cannot be one of ours, nor be told from others */
        place.sums.name[0] = '\0';
    if (place.sums.name[0] == '\0' && name[0] != '\0')
        return find_place(sum, "", index_out, err);
    if (array_reserve(&sum->places, &sum->place_capacity, sum->place_count + 1,
                      sizeof(*sum->places)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    resolve(sum, &place);
    *index_out = sum->place_count;
    sum->places[sum->place_count++] = place;
    return 0;
}

int fleet_sum_intensity(struct fleet_sum *sum, const char *place, int64_t end_wall_ns,
                        double gco2e_per_kwh, struct aico2_error *err)
{
    struct place *found;
    size_t index;
    size_t step;
    int r;

    if (!(gco2e_per_kwh >= 0 && gco2e_per_kwh <= INTENSITY_MAX) ||
        !find_step(sum, end_wall_ns, &step))
        return 0;
    r = find_place(sum, place, &index, err);
    if (r < 0)
        return r;
    found = &sum->places[index];
    if (found->by_step == NULL) {
        found->by_step = malloc(sum->steps * sizeof(*found->by_step));
        if (found->by_step == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; i < sum->steps; i++)
            found->by_step[i] = NAN;
    }
    found->by_step[step] = gco2e_per_kwh;
    return 0;
}

int fleet_sum_series(struct fleet_sum *sum, const char *name, const char *place,
                     struct aico2_error *err)
{
    struct fleet_row row = { .gco2e = { 0, 0, 0 } };
    int r = find_place(sum, place, &sum->place, err);

    if (r < 0)
        return r;
    if (array_reserve(&sum->rows, &sum->row_capacity, sum->row_count + 1, sizeof(*sum->rows)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    text_copy_clean(row.name, sizeof(row.name), name);
    sum->rows[sum->row_count++] = row;
    return 0;
}

/* The hour's own intensity with the width that the place's yearly figure has, else that figure. */
static struct band intensity_of(const struct place *place, size_t step, bool *matched_out)
{
    struct band yearly = place->sums.intensity.gco2e_per_kwh;
    double own = place->by_step != NULL ? place->by_step[step] : NAN;

    *matched_out = isfinite(own);
    if (!*matched_out)
        return yearly;
    if (!(yearly.value > 0))
        return (struct band){ own, own, own };
    return band_scaled(yearly, own / yearly.value);
}

void fleet_sum_energy(struct fleet_sum *sum, int64_t end_wall_ns, double joules)
{
    struct fleet_row *row = &sum->rows[sum->row_count - 1];
    struct place *place = &sum->places[sum->place];
    struct band gco2e;
    bool matched;
    size_t step;

    if (!(joules >= 0) || !isfinite(joules) || !find_step(sum, end_wall_ns, &step))
        return;
    gco2e = footprint_operational((struct band){ joules, joules, joules }, sum->window.pue,
                                  intensity_of(place, step, &matched));
    row->joules += joules;
    row->hours += 1;
    row->gco2e = band_sum(row->gco2e, gco2e);
    place->sums.joules += joules;
    place->sums.gco2e = band_sum(place->sums.gco2e, gco2e);
    place->matched_joules += matched ? joules : 0;
}

static int compare_names(const void *a, const void *b)
{
    const struct fleet_row *one = a;
    const struct fleet_row *other = b;

    return strcmp(one->name, other->name);
}

static int compare_joules(double a, double b)
{
    return (a < b) - (a > b);
}

static int compare_rows(const void *a, const void *b)
{
    const struct fleet_row *one = a;
    const struct fleet_row *other = b;
    int order = compare_joules(one->joules, other->joules);

    return order != 0 ? order : strcmp(one->name, other->name);
}

static int compare_places(const void *a, const void *b)
{
    const struct fleet_place *one = a;
    const struct fleet_place *other = b;
    int order = compare_joules(one->joules, other->joules);

    return order != 0 ? order : strcmp(one->name, other->name);
}

static void add_row(struct fleet_row *to, const struct fleet_row *row)
{
    to->joules += row->joules;
    to->hours += row->hours;
    to->gco2e = band_sum(to->gco2e, row->gco2e);
}

/* Rows of one name become one; those without a joule are none. */
static size_t merge(struct fleet_row *rows, size_t count)
{
    size_t kept = 0;

    qsort(rows, count, sizeof(*rows), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(rows[kept - 1].name, rows[i].name) == 0)
            add_row(&rows[kept - 1], &rows[i]);
        else if (rows[i].hours > 0)
            rows[kept++] = rows[i];
    }
    return kept;
}

static int take_places(const struct fleet_sum *sum, struct fleet *fleet)
{
    fleet->places = calloc(sum->place_count + 1, sizeof(*fleet->places));
    if (fleet->places == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < sum->place_count; i++) {
        const struct place *place = &sum->places[i];
        struct fleet_place *to = &fleet->places[fleet->place_count];

        if (!(place->sums.joules > 0))
            continue;
        *to = place->sums;
        to->matched_ratio = place->matched_joules / place->sums.joules;
        fleet->place_count++;
    }
    qsort(fleet->places, fleet->place_count, sizeof(*fleet->places), compare_places);
    return 0;
}

static int note_places(const struct fleet_sum *sum, struct fleet *fleet)
{
    for (size_t i = 0; i < sum->place_count; i++) {
        const struct place *place = &sum->places[i];
        int r = 0;

        if (place->is_known || !(place->sums.joules > 0))
            continue;
        if (place->sums.name[0] == '\0')
            r = lines_add(&fleet->notes, &fleet->note_count,
                          "machines that do not say where they are: costed as %s",
                          sum->window.elsewhere.name);
        else
            r = lines_add(&fleet->notes, &fleet->note_count,
                          "no place is known as '%s': hours without an intensity of its own are "
                          "costed as %s",
                          place->sums.name, sum->window.elsewhere.name);
        if (r < 0)
            return r;
    }
    return 0;
}

int fleet_sum_finish(struct fleet_sum *sum, struct fleet *fleet_out, struct aico2_error *err)
{
    struct fleet fleet = {
        .by = sum->window.by,
        .from_wall_ns = sum->window.from_wall_ns,
        .to_wall_ns = sum->window.to_wall_ns,
        .pue = sum->window.pue,
        .total = { .hours = NAN, .gco2e = { 0, 0, 0 } },
    };

    fleet.row_count = merge(sum->rows, sum->row_count);
    if (fleet.row_count == 0)
        return aico2_error_set(err, -ENODATA, "no energy of that time is told");
    if (take_places(sum, &fleet) < 0 || note_places(sum, &fleet) < 0) {
        fleet_deinit(&fleet);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    fleet.rows = sum->rows;
    sum->rows = NULL;
    sum->row_count = 0;
    qsort(fleet.rows, fleet.row_count, sizeof(*fleet.rows), compare_rows);
    for (size_t i = 0; i < fleet.row_count; i++) {
        struct fleet_row *row = &fleet.rows[i];

        add_row(&fleet.total, row);
        row->hours = fleet.by == FLEET_NODE ? fmin(row->hours, (double)sum->steps) : NAN;
    }
    *fleet_out = fleet;
    return 0;
}
