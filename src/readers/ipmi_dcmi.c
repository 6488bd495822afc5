/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi_dcmi.c - the power of the whole machine by its management controller
 *
 * IPMI, Get Power Reading of DCMI. The controller renews its figure about once a second and has
 * other things to do than to answer us: it is asked no more often than that, and less often while
 * it fails. Between two answers there is nothing to say, which is no gap.
 */
#include "readers/ipmi_dcmi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/board.h"
#include "readers/dcmi.h"
#include "readers/ipmi.h"
#include "readers/ipmi_status.h"

enum {
    TIMEOUT_MS = 2000,
    PROBE_MS = 4000, /* all interfaces together */
    BUSY_TRIES = 3,
    BUSY_PAUSE_MS = 50,
    FAILURES_BORNE = 3,
    BACKOFF_SHIFT_MAX = 5, /* 32 s */
};

static const int64_t PERIOD_NS = NSEC_PER_SEC;
/* A tick comes up to a twentieth of a second early; two of them, in the other direction. */
static const int64_t EARLY_NS = 150 * NSEC_PER_MSEC;
/* Twice the 5 % (1 sigma) of the literature; whole watts are little against it. */
#define BAND_RATIO 0.10

struct ipmi_meter {
    struct ipmi_device device;
    int64_t due_ns; /* the next question */
    unsigned failures;
};

struct ipmi_meters {
    struct reader base;
    struct reader_env env;
    struct ipmi_meter *meters;
};

static int64_t now_ns(const struct ipmi_device *device)
{
    return device->clock->mono_ns(device->clock->payload);
}

/* A controller that is busy is asked again, a little later. */
static int ask_power(struct ipmi_device *device, int timeout_ms, struct dcmi_power *power_out,
                     unsigned *completion_out)
{
    struct ipmi_answer answer;
    int r = 0;

    for (int i = 0; i < BUSY_TRIES; i++) {
        if (i > 0)
            device->io->pause(device->io->payload, BUSY_PAUSE_MS * i);
        r = ipmi_ask(device, &dcmi_ask_power, timeout_ms, &answer);
        if (r == 0)
            r = dcmi_parse_power(answer.data, answer.length, power_out, completion_out);
        if (r != -EREMOTEIO || *completion_out != DCMI_BUSY)
            break;
    }
    return r;
}

static int read_watts(struct ipmi_device *device, int timeout_ms, double *watts_out,
                      unsigned *completion_out)
{
    struct dcmi_power power;
    int r = ask_power(device, timeout_ms, &power, completion_out);

    if (r < 0)
        return r == -EREMOTEIO && *completion_out == DCMI_BUSY ? -EBUSY : r;
    if (!power.active)
        return -ENODATA;
    r = board_check_watts(power.current_watts);
    if (r == 0)
        *watts_out = power.current_watts;
    return r;
}

/* --- while measuring --- */

/* The device of a driver that was loaded again is another one. */
static int read_or_reopen(struct ipmi_meters *reader, struct ipmi_meter *meter, double *watts_out)
{
    unsigned completion = 0;
    int r = -ENODEV;

    if (meter->device.fd >= 0)
        r = read_watts(&meter->device, TIMEOUT_MS, watts_out, &completion);
    if (r != -ENODEV)
        return r;
    r = ipmi_reopen(&reader->env, &meter->device);
    if (r < 0)
        return r == -ENOENT ? -ENODEV : r;
    return read_watts(&meter->device, TIMEOUT_MS, watts_out, &completion);
}

static void set_next(struct ipmi_meter *meter, int64_t began_ns, bool failed)
{
    int64_t due_ns = began_ns - EARLY_NS;

    if (meter->due_ns > due_ns)
        due_ns = meter->due_ns;
    meter->failures = failed ? meter->failures + 1 : 0;
    meter->due_ns = due_ns + PERIOD_NS;
    if (meter->failures > FAILURES_BORNE) {
        unsigned shift = meter->failures - FAILURES_BORNE;

        meter->due_ns = now_ns(&meter->device) +
                        (PERIOD_NS << (shift < BACKOFF_SHIFT_MAX ? shift : BACKOFF_SHIFT_MAX));
    }
}

static void ipmi_read_one(struct reader *base, size_t at, struct sample *sample)
{
    struct ipmi_meters *reader = (struct ipmi_meters *)base;
    struct ipmi_meter *meter = &reader->meters[at];
    int64_t began_ns = now_ns(&meter->device);
    double watts = 0;

    *sample = (struct sample){ .mono_ns = began_ns };
    if (meter->due_ns != 0 && began_ns < meter->due_ns - EARLY_NS)
        return;
    if (meter->due_ns == 0)
        meter->due_ns = began_ns;
    sample->error = read_or_reopen(reader, meter, &watts);
    sample->mono_ns = now_ns(&meter->device);
    set_next(meter, began_ns, sample->error < 0);
    if (sample->error < 0)
        return;
    sample->power_watts = watts;
    sample->valid = SAMPLE_POWER;
}

static void ipmi_read(struct reader *base, struct sample *samples_out)
{
    for (size_t i = 0; i < base->device_count; i++)
        ipmi_read_one(base, i, &samples_out[i]);
}

/* --- at the start --- */

static void ipmi_close_all(struct reader *base)
{
    struct ipmi_meters *reader = (struct ipmi_meters *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        ipmi_close(&reader->meters[i].device);
    fd_closep(&reader->env.dev_fd);
    free(reader->meters);
    free(base->devices);
    free(reader);
}

static struct ipmi_meters *new_reader(const struct reader_env *env)
{
    struct ipmi_meters *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->base.driver = &reader_ipmi_dcmi;
    reader->env = *env;
    reader->env.dev_fd = fs_open_dir_at(env->dev_fd, ".", NULL); /* of our own */
    reader->base.devices = calloc(IPMI_DEVICES_MAX, sizeof(*reader->base.devices));
    reader->meters = calloc(IPMI_DEVICES_MAX, sizeof(*reader->meters));
    if (reader->base.devices == NULL || reader->meters == NULL) {
        ipmi_close_all(&reader->base);
        return NULL;
    }
    return reader;
}

static void describe(struct device *device, size_t at)
{
    char id[DEVICE_ID_SIZE] = "board-ipmi";

    if (at > 0)
        text_append(id, sizeof(id), "%zu", at);
    board_describe(device, reader_ipmi_dcmi.name, id, BAND_RATIO);
    device->index = (int)at;
    device->fields = SAMPLE_POWER;
    device->refresh_seconds = device->spacing_seconds = (double)PERIOD_NS / NSEC_PER_SEC;
    (void)snprintf(device->model, sizeof(device->model), "management controller (DCMI)");
    (void)snprintf(device->note, sizeof(device->note), "whole watts, once a second");
}

/* Of a controller that refuses: whether it knows DCMI, and says that power is none of its business. */
static bool says_no_power(struct ipmi_device *device, int timeout_ms)
{
    struct dcmi_capabilities capabilities;
    struct ipmi_answer answer;
    unsigned completion;

    return ipmi_ask(device, &dcmi_ask_capabilities, timeout_ms, &answer) == 0 &&
           dcmi_parse_capabilities(answer.data, answer.length, &capabilities, &completion) == 0 &&
           !capabilities.power;
}

/* Return: 0: a meter, which may be busy just now; -ENOENT: no such interface; -errno. */
static int probe_one(const struct reader_env *env, int number, int timeout_ms,
                     struct ipmi_device *device, struct ipmi_refusal *refusal_out)
{
    struct ipmi_refusal refusal = { .completion = 0 };
    double watts;
    int r = ipmi_open(env, number, device);

    if (r == -ENOENT)
        return r;
    if (r == 0)
        r = read_watts(device, timeout_ms, &watts, &refusal.completion);
    if (r == 0 || r == -EBUSY)
        return 0;
    if (r == -EREMOTEIO)
        refusal.no_power = says_no_power(device, timeout_ms);
    ipmi_close(device);
    refusal.code = r;
    memcpy(refusal.path, device->path, sizeof(refusal.path));
    *refusal_out = refusal;
    return r;
}

/* Return: what the first interface without a reading said, a denial before the rest. */
static struct ipmi_refusal find_meters(struct ipmi_meters *reader, const struct reader_env *env,
                                       struct reader_status *status)
{
    struct ipmi_refusal first = { .code = 0 };
    int64_t start_ns = env->clock->mono_ns(env->clock->payload);

    for (int number = 0; number < IPMI_DEVICES_MAX; number++) {
        struct ipmi_meter *meter = &reader->meters[reader->base.device_count];
        int64_t spent_ms = (env->clock->mono_ns(env->clock->payload) - start_ns) / NSEC_PER_MSEC;
        struct ipmi_refusal refusal;
        int r;

        if (spent_ms >= PROBE_MS)
            break;
        *meter = (struct ipmi_meter){ .due_ns = 0 };
        r = probe_one(env, number,
                      PROBE_MS - spent_ms < TIMEOUT_MS ? (int)(PROBE_MS - spent_ms) : TIMEOUT_MS,
                      &meter->device, &refusal);
        if (r == 0) {
            text_append(status->detail, sizeof(status->detail), "%s/dev/%s",
                        reader->base.device_count > 0 ? ", " : "", meter->device.path);
            describe(&reader->base.devices[reader->base.device_count], reader->base.device_count);
            reader->base.device_count++;
        } else if (r != -ENOENT &&
                   (first.code == 0 || (fs_is_denied(r) && !fs_is_denied(first.code)))) {
            first = refusal;
        }
    }
    return first;
}

static bool ipmi_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    if (ipmi_is_there(env))
        return false;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    (void)snprintf(status_out->reason, sizeof(status_out->reason), "no IPMI device in /dev");
    return true;
}

static int ipmi_probe(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    struct reader_status status = { .state = READER_USED };
    struct ipmi_meters *reader;
    struct ipmi_refusal refusal;

    *reader_out = NULL;
    if (!ipmi_is_there(env)) {
        ipmi_explain_absence(env, status_out);
        return 0;
    }
    reader = new_reader(env);
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    refusal = find_meters(reader, env, &status);
    if (reader->base.device_count > 0) {
        if (env->explain && reader->meters[0].device.io == &ipmi_kernel &&
            fs_is_root_only(reader->meters[0].device.fd)) {
            status.root_only = true;
            status.remedy = REMEDY_IPMI_GROUP;
        }
        *status_out = status;
        *reader_out = &reader->base;
        return 0;
    }
    ipmi_explain_refusal(&refusal, status_out);
    ipmi_close_all(&reader->base);
    return 0;
}

const struct reader_driver reader_ipmi_dcmi = {
    .name = "ipmi",
    .summary = "power of the whole machine, by its management controller (DCMI)",
    .may_block = true,
    .of_machine = true,
    .is_absent = ipmi_is_absent,
    .probe = ipmi_probe,
    .read = ipmi_read,
    .read_one = ipmi_read_one,
    .close = ipmi_close_all,
    .domain = DEVICE_BOARD,
    .band_ratio = BAND_RATIO,
};
