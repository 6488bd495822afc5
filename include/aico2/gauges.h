/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/gauges.h - what is seen of this machine right now: loads, clocks, temperatures, a Jetson's rails */
#ifndef AICO2_GAUGES_H
#define AICO2_GAUGES_H

#include <stddef.h>

#include <aico2/error.h>
#include <aico2/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nothing of it is metered, and energy is not added up from it: it is for those who look. May be used by
 * one thread at a time. */
struct aico2_gauges;

/**
 * struct aico2_gauge - a figure
 * @size:   set by the caller: sizeof(struct aico2_gauge)
 * @name:   what it is of, a dot, what it is: "cpu3.load", "gpu.load", "memory.used", "rail.VDD_IN",
 *          "temperature.cpu-thermal"; unique, never renamed
 * @unit:   "ratio", "Hz", "B", "degC", "W", "rpm", "count" or "text"
 * @value:  NaN: not known now, and @reason says why
 * @limit:  the most it can be (memory installed, highest clock); NaN: unknown, or there is none
 * @word:   of unit "text"
 * @label:  as the machine calls it; "" nothing more to say
 * @reason: why there is no value; "" there is
 * Texts are never NULL, and live until the next aico2_gauges_read() or aico2_gauges_free().
 */
struct aico2_gauge {
    size_t size;
    const char *name;
    const char *unit;
    double value;
    double limit;
    const char *word;
    const char *label;
    const char *reason;
};

/**
 * aico2_gauges_new() - nothing is read yet
 * @gauges_out: the caller's, to be given to aico2_gauges_free(); untouched on failure
 * @sysroot:    facts of the machine are read below it, for captured machines; NULL: /
 * Return: 0; -ENOENT, -ENOTDIR for a sysroot that is none (the message quotes it); -ENOMEM.
 */
AICO2_API int aico2_gauges_new(struct aico2_gauges **gauges_out, const char *sysroot,
                               struct aico2_error *err);

/* Accepts NULL. */
AICO2_API void aico2_gauges_free(struct aico2_gauges *gauges);

/* Reads all of them; loads of processors are over the time since the last reading, and the first one has
 * none. Takes a millisecond or so. Return: 0; -ENOMEM. */
AICO2_API int aico2_gauges_read(struct aico2_gauges *gauges, struct aico2_error *err);

/* Of the last reading, in the order a person should meet them.
 * Return: 0; -ENODATA past the last; -EINVAL when size is not set. */
AICO2_API int aico2_gauges_get(const struct aico2_gauges *gauges, size_t index,
                               struct aico2_gauge *gauge_out);

/* Which NVIDIA Jetson the machine is: "NVIDIA Jetson Orin Nano Developer Kit", "NVIDIA Jetson" where nothing
 * tells the module; "" it is none. */
AICO2_API const char *aico2_gauges_jetson(const struct aico2_gauges *gauges);

#ifdef __cplusplus
}
#endif

#endif
