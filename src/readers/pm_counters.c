/* SPDX-License-Identifier: Apache-2.0 */
/* readers/pm_counters.c - energy of a whole node of an HPE Cray EX by its pm_counters
 *
 * /sys/cray/pm_counters: files that are refreshed ten times a second, together. `freshness` tells
 * that they were: read before and after, it is the same when what is between belongs together. The
 * node holds cpu, memory and accel*, whose own files are not read.
 */
#include "readers/pm_counters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"
#include "readers/board.h"

#define FOLDER "cray/pm_counters"

enum { TRIES = 3, NUMBER_SIZE = 24 };

/* Twice the 3 % (1 sigma) of the literature. */
static const double BAND_RATIO = 0.06;
static const uint64_t JOULES_MAX = UINT64_MAX / 1000000;

struct pm_counters {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct live_file energy; /* "": there is none, the power is all */
    struct live_file power;
    struct live_file freshness;
};

static bool take_number(const char **at, uint64_t *value_out)
{
    size_t digits = strspn(*at, "0123456789");
    char number[NUMBER_SIZE];

    if (digits == 0 || digits >= sizeof(number))
        return false;
    memcpy(number, *at, digits);
    number[digits] = '\0';
    *at += digits;
    return number_parse_u64(number, value_out);
}

static bool take_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    size_t blanks = strspn(*at, " \t");

    if (blanks == 0 || strncmp(*at + blanks, word, length) != 0)
        return false;
    *at += blanks + length;
    return true;
}

bool pm_counter_parse(const char *text, const char *unit, uint64_t *value_out)
{
    const char *at = text + strspn(text, " \t");
    uint64_t value;
    uint64_t micros;

    if (!take_number(&at, &value) || !take_word(&at, unit))
        return false;
    if (*at == ' ' || *at == '\t') {
        const char *time = at + strspn(at, " \t");

        if (*time != '\0' && *time != '\n' &&
            (!take_number(&time, &micros) || !take_word(&time, "us")))
            return false;
        at = time;
    }
    if (at[strspn(at, " \t\r\n")] != '\0')
        return false;
    *value_out = value;
    return true;
}

static void watch(struct live_file *file, const char *name)
{
    *file = LIVE_FILE_NULL;
    live_file_set(file, FOLDER, name);
}

static int read_one(struct pm_counters *reader, struct live_file *file, const char *unit,
                    uint64_t *value_out)
{
    char text[128];
    int r = board_read_text(reader->sys_fd, file, text, sizeof(text));

    if (r < 0)
        return r == -EMSGSIZE ? -EBADMSG : r;
    return pm_counter_parse(text, unit, value_out) ? 0 : -EBADMSG;
}

/* Both figures of one refresh. A power that cannot be read costs the peak only, where there is an
 * energy. Return: 0 or -errno. */
static int read_once(struct pm_counters *reader, struct sample *sample)
{
    uint64_t joules = 0;
    uint64_t watts = 0;
    int r;

    sample->valid = 0;
    if (reader->energy.path[0] != '\0') {
        r = read_one(reader, &reader->energy, "J", &joules);
        if (r == 0 && joules > JOULES_MAX)
            r = -ERANGE;
        if (r < 0)
            return r;
        sample->energy_uj = joules * 1000000;
        sample->valid |= SAMPLE_ENERGY;
    }
    r = read_one(reader, &reader->power, "W", &watts);
    if (r == 0)
        r = board_check_watts((double)watts);
    if (r == 0) {
        sample->power_watts = (double)watts;
        sample->valid |= SAMPLE_POWER;
    }
    return sample->valid != 0 ? 0 : r;
}

/* A node that is never quiet for long enough gives what the last try has: each figure is whole in
 * itself, they may be a tenth of a second apart. */
static int read_together(struct pm_counters *reader, struct sample *sample)
{
    int r = 0;

    for (int i = 0; i < TRIES; i++) {
        int64_t before = 0;
        int64_t after = 0;
        bool told = board_read_i64(reader->sys_fd, &reader->freshness, &before) == 0;

        r = read_once(reader, sample);
        if (!told || board_read_i64(reader->sys_fd, &reader->freshness, &after) < 0 ||
            before == after)
            break;
    }
    return r;
}

static void pm_read(struct reader *base, struct sample *samples_out)
{
    struct pm_counters *reader = (struct pm_counters *)base;
    struct sample sample = { .valid = 0 };

    sample.error = read_together(reader, &sample);
    sample.mono_ns = reader->clock->mono_ns(reader->clock->payload);
    samples_out[0] = sample;
}

static void pm_close(struct reader *base)
{
    struct pm_counters *reader = (struct pm_counters *)base;

    if (reader == NULL)
        return;
    live_file_close(&reader->energy);
    live_file_close(&reader->power);
    live_file_close(&reader->freshness);
    fd_closep(&reader->sys_fd);
    free(base->devices);
    free(reader);
}

static struct pm_counters *new_reader(const struct reader_env *env)
{
    struct pm_counters *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->base.driver = &reader_pm_counters;
    reader->clock = env->clock;
    watch(&reader->energy, "energy");
    watch(&reader->power, "power");
    watch(&reader->freshness, "freshness");
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    reader->base.devices = calloc(1, sizeof(*reader->base.devices));
    if (reader->base.devices == NULL) {
        pm_close(&reader->base);
        return NULL;
    }
    return reader;
}

static void refuse(struct reader_status *status, int code)
{
    board_refuse(status, "the pm_counters of the node", code);
    if (status->state == READER_DENIED)
        (void)snprintf(status->fix, sizeof(status->fix), "sudo chmod a+r /sys/" FOLDER "/*");
}

static int pm_probe(const struct reader_env *env, struct reader **reader_out,
                    struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int folder_fd = fs_open_dir_at(env->sys_fd, FOLDER, NULL);
    struct pm_counters *reader;
    struct sample sample = { .valid = 0 };
    int r;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (folder_fd == -ENOENT || folder_fd == -ENOTDIR) {
        (void)snprintf(status_out->reason, sizeof(status_out->reason),
                       "no pm_counters: only nodes of HPE Cray EX have them");
        return 0;
    }
    if (folder_fd < 0) {
        refuse(status_out, folder_fd);
        return 0;
    }
    reader = new_reader(env);
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = read_together(reader, &sample);
    if (r < 0 && reader->energy.path[0] != '\0') { /* no energy: the power alone is something */
        int first = r;

        live_file_close(&reader->energy);
        reader->energy.path[0] = '\0';
        r = read_together(reader, &sample);
        r = r < 0 ? first : r;
    }
    if (r < 0) {
        refuse(status_out, r == -ENODEV ? -ENOENT : r);
        pm_close(&reader->base);
        return 0;
    }
    reader->base.device_count = 1;
    board_describe(&reader->base.devices[0], reader_pm_counters.name, "board-cray", BAND_RATIO);
    reader->base.devices[0].fields = sample.valid;
    (void)snprintf(reader->base.devices[0].model, sizeof(reader->base.devices[0].model),
                   "HPE Cray EX node");
    *reader_out = &reader->base;
    *status_out = (struct reader_status){ .state = READER_USED };
    return 0;
}

const struct reader_driver reader_pm_counters = {
    .name = "pm_counters",
    .summary = "energy of a whole node of an HPE Cray EX",
    .of_machine = true,
    .probe = pm_probe,
    .read = pm_read,
    .close = pm_close,
    .domain = DEVICE_BOARD,
    .band_ratio = 0.06,
};
