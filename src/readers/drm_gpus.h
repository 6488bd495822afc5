/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_gpus.h - what the readers of graphics cards share: finding them, and who uses them */
#pragma once

#include "readers/drm_card.h"
#include "readers/gpu_account.h"
#include "readers/reader.h"

enum { GPU_DIES_MAX = 2 };

struct drm_gpus;

/**
 * struct drm_gpu_driver - what tells one of these readers from another
 * @take:    from the cards that were found to cards and devices of the reader; says in status what
 *           is left out and why
 * @dies:    the slots of a card and how busy they are by their driver; may be without the latter.
 *           Return: how many
 * @sleeps:  by the last reading: nothing may be asked that would wake it
 * @close:   one card
 */
struct drm_gpu_driver {
    const struct reader_driver *driver;
    const struct drm_kind *kind;
    const char *maker;       /* "AMD" */
    const char *kernel_name; /* "the amdgpu driver" */
    const char *fix;         /* where a card is on the bus and without that driver; "" none */
    size_t card_size;
    bool rocm;
    void (*take)(struct drm_gpus *gpus, const struct drm_card *found, size_t count,
                 struct reader_status *status);
    size_t (*dies)(const void *card, struct gpu_die dies_out[GPU_DIES_MAX]);
    bool (*sleeps)(const void *card);
    void (*close)(void *card);
};

struct drm_gpus {
    struct reader base;
    const struct drm_gpu_driver *kind;
    const struct clock *clock;
    int sys_fd;  /* owned */
    void *cards; /* one per device, kind->card_size each; room for all that were found */
    struct gpu_users users;
    struct gpu_account *accounts; /* one per device */
};

void *drm_gpus_card(const struct drm_gpus *gpus, size_t at);
int64_t drm_gpus_now_ns(const struct drm_gpus *gpus);

/* For the functions of a reader_driver of the same names. */
bool drm_gpus_are_absent(const struct drm_gpu_driver *kind, const struct reader_env *env,
                         struct reader_status *status_out);
int drm_gpus_probe(const struct drm_gpu_driver *kind, const struct reader_env *env,
                   struct reader **reader_out, struct reader_status *status_out,
                   struct aico2_error *err);
void drm_gpus_close(struct reader *base);

/* Adds the processes to the samples of the cards, when it is time. Return: whether it was. */
bool drm_gpus_account(struct drm_gpus *gpus, struct sample *samples);
