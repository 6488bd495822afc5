/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/still.c - counters of processors that stand still, as some hypervisors show them */
#include "session/calibration/still.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "session/session_private.h"

/* Those that may hang are left alone: none of them counts a processor's energy. */
static bool has_counters(const struct source *source)
{
    for (size_t i = 0; source->own_reader != NULL && i < source->own_reader->device_count; i++) {
        const struct device *device = &source->own_reader->devices[i];

        if (device->kind == DEVICE_CPU && (device->fields & SAMPLE_ENERGY) != 0)
            return true;
    }
    return false;
}

/* What is not known is not still. */
static bool is_still(const struct source *source, const uint64_t *before_uj)
{
    bool still = false;

    for (size_t i = 0; i < source->own_reader->device_count; i++) {
        const struct sample *sample = &source->own_samples[i];

        if (source->own_reader->devices[i].kind != DEVICE_CPU ||
            (sample->valid & SAMPLE_ENERGY) == 0)
            continue;
        if (sample->energy_uj != before_uj[i])
            return false;
        still = true;
    }
    return still;
}

static int find(struct source *source, int64_t wait_ns, bool *still_out)
{
    AICO2_CLEANUP(freep)
    uint64_t *before_uj = calloc(source->own_reader->device_count + 1, sizeof(*before_uj));

    if (before_uj == NULL)
        return -ENOMEM;
    source->driver->read(source->own_reader, source->own_samples);
    for (size_t i = 0; i < source->own_reader->device_count; i++)
        before_uj[i] = source->own_samples[i].energy_uj;
    clock_pause_ns(wait_ns);
    source->driver->read(source->own_reader, source->own_samples);
    *still_out = is_still(source, before_uj);
    return 0;
}

int still_find(struct session *session, int64_t wait_ns, bool *still_out)
{
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        struct source *source = &session->sampler.sources[i];

        still_out[i] = false;
        if (has_counters(source) && find(source, wait_ns, &still_out[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}
