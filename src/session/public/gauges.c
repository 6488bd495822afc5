/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/gauges.c - implements include/aico2/gauges.h */
#include <aico2/gauges.h>

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "readers/gauges.h"
#include "readers/jetson_board.h"
#include "session/environment.h"

struct aico2_gauges {
    struct environment environment;
    struct gauges *gauges;
    const struct gauge *items; /* of the last reading */
    size_t count;
    bool is_jetson;
    struct jetson_board board;
};

int aico2_gauges_new(struct aico2_gauges **gauges_out, const char *sysroot, struct aico2_error *err)
{
    struct aico2_gauges *made = calloc(1, sizeof(*made));
    int r;

    if (made == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    made->environment = ENVIRONMENT_NULL;
    r = environment_open(&made->environment, sysroot, NULL, &clock_system, NULL, err);
    if (r == 0) {
        made->is_jetson = jetson_read_board(&made->environment.reader, &made->board);
        r = gauges_new(&made->environment.reader, &made->gauges);
        if (r < 0)
            (void)aico2_error_set(err, r, "out of memory");
    }
    if (r < 0) {
        aico2_gauges_free(made);
        return r;
    }
    *gauges_out = made;
    return 0;
}

void aico2_gauges_free(struct aico2_gauges *gauges)
{
    if (gauges == NULL)
        return;
    gauges_free(gauges->gauges);
    environment_close(&gauges->environment);
    free(gauges);
}

int aico2_gauges_read(struct aico2_gauges *gauges, struct aico2_error *err)
{
    int r = gauges_read(gauges->gauges, &gauges->items, &gauges->count);

    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

int aico2_gauges_get(const struct aico2_gauges *gauges, size_t index, struct aico2_gauge *gauge_out)
{
    const struct gauge *gauge;

    if (gauge_out->size < sizeof(*gauge_out))
        return -EINVAL;
    if (index >= gauges->count)
        return -ENODATA;
    gauge = &gauges->items[index];
    gauge_out->name = gauge->name;
    gauge_out->unit = gauge_unit_name(gauge->unit);
    gauge_out->value = gauge->unit == GAUGE_WORD ? NAN : gauge->value;
    gauge_out->limit = gauge->limit;
    gauge_out->word = gauge->word;
    gauge_out->label = gauge->label;
    gauge_out->reason = gauge->reason;
    return 0;
}

const char *aico2_gauges_jetson(const struct aico2_gauges *gauges)
{
    if (!gauges->is_jetson)
        return "";
    return gauges->board.model[0] != '\0' ? gauges->board.model : "NVIDIA Jetson";
}
