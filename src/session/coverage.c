/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/coverage.c - which stretches of time are told already, when several watched one device
 *
 * A single mark "told up to here" is not enough: a long sample that ends after the short ones of
 * another run also tells of the time before these began.
 */
#include "session/coverage.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

void coverage_clear(struct coverage *coverage)
{
    coverage->count = 0;
}

void coverage_deinit(struct coverage *coverage)
{
    free(coverage->items);
    *coverage = (struct coverage){ 0 };
}

int coverage_add(struct coverage *coverage, int64_t from_wall_ns, int64_t to_wall_ns,
                 coverage_fn *each, void *payload)
{
    struct stretch whole = { from_wall_ns, to_wall_ns };
    int64_t open_to_ns = to_wall_ns; /* what is left to look at ends here */
    int r = 0;

    /* from behind: what came before lies at the end, or a little before it */
    while (r == 0 && coverage->count > 0 &&
           coverage->items[coverage->count - 1].to_wall_ns >= from_wall_ns) {
        struct stretch last = coverage->items[--coverage->count];

        if (last.to_wall_ns < open_to_ns)
            r = each(payload, last.to_wall_ns, open_to_ns);
        if (last.from_wall_ns < open_to_ns)
            open_to_ns = last.from_wall_ns;
        if (last.from_wall_ns < whole.from_wall_ns)
            whole.from_wall_ns = last.from_wall_ns;
        if (last.to_wall_ns > whole.to_wall_ns)
            whole.to_wall_ns = last.to_wall_ns;
    }
    if (r == 0 && from_wall_ns < open_to_ns)
        r = each(payload, from_wall_ns, open_to_ns);
    if (r != 0)
        return r;
    if (array_reserve(&coverage->items, &coverage->capacity, coverage->count + 1,
                      sizeof(*coverage->items)) < 0)
        return -ENOMEM;
    coverage->items[coverage->count++] = whole;
    return 0;
}
