/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/checks.c - structs, figures and the locale at the library's border */
#include "session/public/public.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Every such struct begins with it. */
static size_t size_of(const void *given)
{
    size_t size;

    memcpy(&size, given, sizeof(size));
    return size;
}

static int refuse_size(size_t size, const char *name, struct aico2_error *err)
{
    return aico2_error_set(err, -EINVAL, "size is %zu: set it to sizeof(struct %s)", size, name);
}

int public_read_options(void *known_out, size_t known_size, const void *given, size_t least,
                        const char *name, struct aico2_error *err)
{
    size_t size = size_of(given);

    if (size < least)
        return refuse_size(size, name, err);
    /* a caller built against a newer header: what it knows beyond us must be "not given" */
    for (size_t at = known_size; at < size; at++) {
        if (((const unsigned char *)given)[at] != 0)
            return aico2_error_set(err, -EINVAL,
                                   "an option is set that this version does not know");
    }
    memcpy(known_out, given, size < known_size ? size : known_size);
    return 0;
}

int public_fill(void *caller_out, const void *known, size_t known_size, size_t least,
                const char *name, struct aico2_error *err)
{
    size_t size = size_of(caller_out);
    size_t filled = size < known_size ? size : known_size;

    if (size < least)
        return refuse_size(size, name, err);
    memcpy((char *)caller_out + sizeof(size), (const char *)known + sizeof(size),
           filled - sizeof(size));
    return 0;
}

int public_check_ranges(const struct public_range *ranges, size_t count, struct aico2_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct public_range *range = &ranges[i];
        bool given = range->value < 0 || range->value > 0 || isnan(range->value);

        if (given && !(range->value >= range->low && range->value <= range->high))
            return aico2_error_set(err, -EINVAL, "%s is %g: it must be %g to %g", range->name,
                                   range->value, range->low, range->high);
    }
    return 0;
}

int public_locale_enter(struct public_locale *locale, struct aico2_error *err)
{
    locale->ours = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (locale->ours == (locale_t)0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    locale->before = uselocale(locale->ours);
    return 0;
}

void public_locale_leave(struct public_locale *locale)
{
    (void)uselocale(locale->before);
    freelocale(locale->ours);
}
