/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_gpus.c - what the readers of graphics cards share: finding them, and who uses them */
#include "readers/drm_gpus.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/pci_gpus.h"

void *drm_gpus_card(const struct drm_gpus *gpus, size_t at)
{
    return (char *)gpus->cards + at * gpus->kind->card_size;
}

int64_t drm_gpus_now_ns(const struct drm_gpus *gpus)
{
    return gpus->clock->mono_ns(gpus->clock->payload);
}

static void explain_absence(const struct drm_gpu_driver *kind, const struct reader_env *env,
                            struct reader_status *status)
{
    *status = (struct reader_status){ .state = READER_ABSENT };
    if (env->explain && pci_gpus_count(env->sys_fd, kind->kind->vendor_id, NULL) > 0) {
        text_append(status->reason, sizeof(status->reason),
                    "an %s GPU is on the PCI bus, but not in the hands of %s", kind->maker,
                    kind->kernel_name);
        text_append(status->fix, sizeof(status->fix), "%s", kind->fix);
    } else {
        text_append(status->reason, sizeof(status->reason), "no card of %s", kind->kernel_name);
    }
}

bool drm_gpus_are_absent(const struct drm_gpu_driver *kind, const struct reader_env *env,
                         struct reader_status *status_out)
{
    if (drm_card_exists(env->sys_fd, kind->kind))
        return false;
    explain_absence(kind, env, status_out);
    return true;
}

void drm_gpus_close(struct reader *base)
{
    struct drm_gpus *gpus = (struct drm_gpus *)base;

    if (gpus == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++) {
        gpus->kind->close(drm_gpus_card(gpus, i));
        gpu_account_deinit(&gpus->accounts[i]);
    }
    gpu_users_close(&gpus->users);
    fd_closep(&gpus->sys_fd);
    free(gpus->accounts);
    free(gpus->cards);
    free(base->devices);
    free(gpus);
}

/* Return: 0 or -ENOMEM. */
static int watch_cards(struct drm_gpus *gpus)
{
    int r = 0;

    for (size_t i = 0; r == 0 && gpus->users.open && i < gpus->base.device_count; i++) {
        struct gpu_die dies[GPU_DIES_MAX];
        size_t count = gpus->kind->dies(drm_gpus_card(gpus, i), dies);

        for (size_t die = 0; r == 0 && die < count; die++)
            r = drm_clients_watch(&gpus->users.clients, dies[die].slot);
        if (gpus->base.devices[i].kind == DEVICE_GPU)
            gpus->base.devices[i].fields |= SAMPLE_PROCESSES;
    }
    return r;
}

static int open_reader(const struct drm_gpu_driver *kind, const struct reader_env *env,
                       const struct drm_card *found, size_t count, struct reader **reader_out,
                       struct reader_status *status)
{
    struct drm_gpus *gpus = calloc(1, sizeof(*gpus));

    if (gpus == NULL)
        return -ENOMEM;
    gpus->base.driver = kind->driver;
    gpus->kind = kind;
    gpus->clock = env->clock;
    gpus->base.devices = calloc(count, sizeof(*gpus->base.devices));
    gpus->accounts = calloc(count, sizeof(*gpus->accounts));
    gpus->cards = calloc(count, kind->card_size);
    gpus->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    if (gpus->base.devices == NULL || gpus->accounts == NULL || gpus->cards == NULL) {
        drm_gpus_close(&gpus->base);
        return -ENOMEM;
    }
    if (gpu_users_open(&gpus->users, env, kind->rocm, gpus->sys_fd) < 0) {
        drm_gpus_close(&gpus->base);
        return -ENOMEM;
    }
    kind->take(gpus, found, count, status);
    if (gpus->base.device_count == 0) {
        drm_gpus_close(&gpus->base);
        return 0;
    }
    if (watch_cards(gpus) < 0) {
        drm_gpus_close(&gpus->base);
        return -ENOMEM;
    }
    *reader_out = &gpus->base;
    return 0;
}

int drm_gpus_probe(const struct drm_gpu_driver *kind, const struct reader_env *env,
                   struct reader **reader_out, struct reader_status *status_out,
                   struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct drm_card *found = NULL;
    size_t count = 0;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (drm_cards_find(env->sys_fd, kind->kind, &found, &count) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (count == 0) {
        explain_absence(kind, env, status_out);
        return 0;
    }
    if (open_reader(kind, env, found, count, reader_out, status_out) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

bool drm_gpus_account(struct drm_gpus *gpus, struct sample *samples)
{
    int64_t now_ns = drm_gpus_now_ns(gpus);

    if (!gpu_users_are_due(&gpus->users, now_ns))
        return false;
    for (size_t i = 0; i < gpus->base.device_count; i++) {
        struct gpu_die dies[GPU_DIES_MAX];
        const void *card = drm_gpus_card(gpus, i);
        size_t count = gpus->kind->dies(card, dies);

        for (size_t die = 0; die < count; die++)
            drm_clients_let_sleep(&gpus->users.clients, dies[die].slot, gpus->kind->sleeps(card));
    }
    gpu_users_look(&gpus->users, now_ns);
    for (size_t i = 0; i < gpus->base.device_count; i++) {
        struct gpu_die dies[GPU_DIES_MAX];
        size_t count = gpus->kind->dies(drm_gpus_card(gpus, i), dies);
        bool memory_known = (samples[i].valid & SAMPLE_MEMORY) != 0;

        if (gpus->base.devices[i].kind == DEVICE_GPU && samples[i].error != -ENODEV)
            gpu_account_take(&gpus->accounts[i], &gpus->users, dies, count,
                             memory_known ? samples[i].memory_used_bytes : UINT64_MAX, now_ns,
                             &samples[i]);
    }
    return true;
}
