/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/amdgpu_reading.c - one reading of what changes of an AMD GPU
 *
 * Linux Documentation/gpu/amdgpu/thermal.rst. Each of these files is a message to the firmware: a
 * reading asks for no more than it needs, and of a card that sleeps only whether it still does,
 * which does not wake it.
 */
#include "readers/amdgpu_card.h"

#include <errno.h>
#include <math.h>

#include "readers/amdgpu_metrics.h"

/* Without a limit, what is believed of a power. */
static const double POWER_WATTS_MAX = 10000;
/* A reading beyond this multiple of the rating is not power. */
static const double BELIEVED_OVER_RATED = 3;
static const int64_t RETRY_NS = NSEC_PER_SEC;

static int64_t now_ns(const struct clock *clock)
{
    return clock->mono_ns(clock->payload);
}

static int read_energy(int sys_fd, struct amdgpu_card *card, int64_t now, uint64_t *energy_uj_out)
{
    char bytes[AMDGPU_METRICS_SIZE + 1];
    struct amdgpu_metrics metrics;
    int length = live_file_read(&card->metrics, sys_fd, now, bytes, sizeof(bytes));

    if (length < 0)
        return length;
    if (!amdgpu_metrics_parse(bytes, (size_t)length, &metrics))
        return -EBADMSG;
    if (!metrics.has_energy)
        return -ENODATA;
    *energy_uj_out = metrics.energy_uj;
    return 0;
}

static int read_power(int sys_fd, struct amdgpu_card *card, int64_t now, double *watts_out)
{
    double most =
        isfinite(card->rated_watts) ? BELIEVED_OVER_RATED * card->rated_watts : POWER_WATTS_MAX;
    uint64_t microwatts = 0;
    int r = live_file_read_u64(&card->power, sys_fd, now, &microwatts);

    if (r < 0)
        return r;
    if (microwatts == 0)
        return -ENODATA; /* what is awake draws something: the firmware did not tell */
    if ((double)microwatts / 1e6 > most)
        return -EBADMSG;
    *watts_out = (double)microwatts / 1e6;
    return 0;
}

/* The mean of the dies, which are alike. */
static int read_busy(int sys_fd, struct amdgpu_card *card, int64_t now, double *ratio_out)
{
    double ratio = 0;

    for (size_t i = 0; i < card->die_count; i++)
        card->dies[i].busy_ratio = NAN;
    for (size_t i = 0; i < card->die_count; i++) {
        uint64_t percent = 0;
        int r = live_file_read_u64(&card->dies[i].busy, sys_fd, now, &percent);

        if (r < 0)
            return r;
        if (percent > 100)
            return -EBADMSG;
        card->dies[i].busy_ratio = (double)percent / 100;
        ratio += card->dies[i].busy_ratio / (double)card->die_count;
    }
    *ratio_out = ratio;
    return 0;
}

static bool read_memory(int sys_fd, struct amdgpu_card *card, int64_t now, uint64_t *bytes_out)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < card->die_count; i++) {
        uint64_t used = 0;

        if (live_file_read_u64(&card->dies[i].memory, sys_fd, now, &used) < 0)
            return false;
        bytes += used;
    }
    *bytes_out = bytes;
    return true;
}

/* All dies: the driver suspends a card that nobody has open. */
static bool is_asleep(int sys_fd, struct amdgpu_card *card, int64_t now)
{
    bool asleep = true;

    for (size_t i = 0; i < card->die_count; i++) {
        char status[32];

        asleep = asleep &&
                 live_file_read(&card->dies[i].status, sys_fd, now, status, sizeof(status)) > 0 &&
                 amdgpu_says_asleep(status);
    }
    return asleep;
}

/* Energy and power. Return: 0, or the failure when neither could be read. */
static int read_meter(int sys_fd, struct amdgpu_card *card, const struct clock *clock, int64_t now,
                      struct sample *sample)
{
    int code = 0;

    if (card->has_energy) {
        code = read_energy(sys_fd, card, now, &sample->energy_uj);
        sample->mono_ns = now_ns(clock);
        if (code == 0) {
            card->counter_moved |= card->energy_known && sample->energy_uj != card->energy_uj;
            card->energy_known = true;
            card->energy_uj = sample->energy_uj;
            sample->valid |= SAMPLE_ENERGY;
            if (card->counter_moved)
                return 0;
        }
    }
    if (card->power_name != NULL) {
        int r = read_power(sys_fd, card, now, &sample->power_watts);

        if (!card->has_energy)
            sample->mono_ns = now_ns(clock);
        if (r == 0)
            sample->valid |= SAMPLE_POWER;
        else if (!card->has_energy)
            code = r;
    }
    return code;
}

static bool is_gone(int code)
{
    return code == -ENOENT || code == -ENOTDIR || code == -ENODEV;
}

void amdgpu_card_read(int sys_fd, struct amdgpu_card *card, const struct clock *clock,
                      struct sample *sample_out)
{
    struct sample sample = { .mono_ns = now_ns(clock) };
    int64_t now = sample.mono_ns;
    bool metered = card->has_energy || card->power_name != NULL;
    int busy_code = 0;
    int code = 0;

    *sample_out = (struct sample){ .mono_ns = now, .error = card->error };
    if (card->error != 0 && now < card->retry_ns)
        return;
    if (card->error != 0)
        amdgpu_card_find_again(sys_fd, card);

    card->asleep = is_asleep(sys_fd, card, now);
    if (card->asleep) {
        /* no power, no work; a counter goes on when it wakes */
        sample.valid = (card->power_name != NULL ? SAMPLE_POWER : 0u) |
                       (card->has_busy ? SAMPLE_UTILIZATION : 0u);
        for (size_t i = 0; i < card->die_count; i++)
            card->dies[i].busy_ratio = 0;
        card->error = 0;
        *sample_out = sample;
        return;
    }
    if (metered)
        code = read_meter(sys_fd, card, clock, now, &sample);
    if (card->has_busy && !is_gone(code)) {
        busy_code = read_busy(sys_fd, card, now, &sample.utilization_ratio);
        sample.valid |= busy_code == 0 ? SAMPLE_UTILIZATION : 0u;
        if (!metered)
            code = busy_code;
    }
    if (is_gone(code)) {
        card->error = -ENODEV;
        card->retry_ns = now + RETRY_NS;
        *sample_out = (struct sample){ .mono_ns = now, .error = -ENODEV };
        return;
    }
    card->error = 0;
    sample.error = code;
    if (card->has_memory && read_memory(sys_fd, card, now, &sample.memory_used_bytes))
        sample.valid |= SAMPLE_MEMORY;
    *sample_out = sample;
}
