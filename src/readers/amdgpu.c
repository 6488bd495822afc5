/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/amdgpu.c - AMD GPUs through the kernel driver's files
 *
 * One device for each board: of an MI250's two dies the first tells the power of both. Graphics
 * within a processor are none: what their driver calls power is that of the whole processor. A GPU
 * that hangs can make its files hang, so that this reader has a thread of its own.
 */
#include "readers/amdgpu.h"

#include <errno.h>
#include <math.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/amdgpu_card.h"
#include "readers/drm_gpus.h"
#include "readers/pci_gpus.h"

/* --- why there is nothing --- */

/* What keeps a meter of a card from being read; the first that needs permission says how. */
static void explain_refusal(const struct amdgpu_card *card, struct reader_status *status)
{
    const char *slot = card->dies[0].card.slot;
    struct aico2_error why = { 0 };

    if (status->reason[0] != '\0')
        text_append(status->reason, sizeof(status->reason), "; ");
    if (fs_is_denied(card->refusal)) {
        text_append(status->reason, sizeof(status->reason), "%s: no permission to read its meters",
                    slot);
        if (status->fix[0] == '\0')
            text_append(
                status->fix, sizeof(status->fix),
                "sudo chmod a+r /sys/bus/pci/devices/%s/hwmon/*/power1_*  # readable by all, "
                "unless somebody or a container took that away",
                slot);
        return;
    }
    if (card->refusal == -EBADMSG)
        (void)aico2_error_set(&why, -EBADMSG, "no number in its meters");
    else if (card->refusal < 0)
        (void)aico2_error_set_errno(&why, -card->refusal, "its meters cannot be read");
    else
        (void)aico2_error_set(&why, -ENODATA, "it tells neither power nor use");
    text_append(status->reason, sizeof(status->reason), "%s: %s", slot, why.message);
}

static void explain_integrated(const struct amdgpu_card *card, char *text, size_t size)
{
    text_append(text, size,
                "%s%s: graphics of a processor, whose power is the whole processor's and counted "
                "there",
                text[0] != '\0' ? "; " : "", card->dies[0].card.slot);
}

/* --- probing --- */

/* Dies to boards: a second die comes after its first, in the order of slots.
 * Return: how many boards there are. */
static size_t join_dies(int sys_fd, const struct drm_card *found, size_t count,
                        struct amdgpu_card *cards)
{
    size_t boards = 0;

    for (size_t i = 0; i < count; i++) {
        amdgpu_card_examine(sys_fd, &found[i], &cards[boards]);
        if (boards == 0 || !amdgpu_card_join(&cards[boards - 1], &cards[boards]))
            boards++;
    }
    return boards;
}

/* Keeps what can be metered; says of the rest why not. */
static void take_boards(struct drm_gpus *gpus, struct amdgpu_card *cards, size_t boards,
                        struct reader_status *status)
{
    unsigned number = pci_gpus_first_free(gpus->sys_fd);
    char integrated[sizeof(status->reason)] = "";
    unsigned module = 0;
    size_t kept = 0;
    bool denied = false;
    bool refused = false;

    for (size_t i = 0; i < boards; i++) {
        struct amdgpu_card card = cards[i];
        bool usable = amdgpu_card_is_usable(&card);

        if (card.role == AMDGPU_INTEGRATED) {
            explain_integrated(&card, integrated, sizeof(integrated));
            continue;
        }
        if (!usable ||
            (fs_is_denied(card.refusal) && card.power_name == NULL && !card.has_energy)) {
            refused = true;
            denied = denied || fs_is_denied(card.refusal);
            explain_refusal(&card, status);
        }
        if (!usable)
            continue;
        amdgpu_card_describe(gpus->sys_fd, &card, card.role == AMDGPU_MODULE ? module++ : number++,
                             &gpus->base.devices[kept]);
        cards[kept++] = card;
    }
    gpus->base.device_count = kept;
    status->state = kept > 0  ? READER_USED
                    : denied  ? READER_DENIED
                    : refused ? READER_BROKEN
                              : READER_ABSENT;
    if (status->state == READER_ABSENT)
        text_append(status->reason, sizeof(status->reason), "%s", integrated);
    else
        text_append(status->detail, sizeof(status->detail), "hwmon%s%s",
                    integrated[0] != '\0' ? "; left out is " : "", integrated);
}

static void take(struct drm_gpus *gpus, const struct drm_card *found, size_t count,
                 struct reader_status *status)
{
    struct amdgpu_card *cards = gpus->cards;

    take_boards(gpus, cards, join_dies(gpus->sys_fd, found, count, cards), status);
}

static size_t dies(const void *payload, struct gpu_die dies_out[GPU_DIES_MAX])
{
    const struct amdgpu_card *card = payload;

    for (size_t i = 0; i < card->die_count; i++)
        dies_out[i] = (struct gpu_die){
            .slot = card->dies[i].card.slot,
            .busy_ratio = card->has_busy ? card->dies[i].busy_ratio : NAN,
        };
    return card->die_count;
}

static bool sleeps(const void *card)
{
    return ((const struct amdgpu_card *)card)->asleep;
}

static void close_card(void *card)
{
    amdgpu_card_close(card);
}

static const struct drm_gpu_driver kind = {
    .driver = &reader_amdgpu,
    .kind = &amdgpu_kind,
    .maker = "AMD",
    .kernel_name = "the amdgpu driver",
    .fix = "sudo modprobe amdgpu",
    .card_size = sizeof(struct amdgpu_card),
    .rocm = true,
    .take = take,
    .dies = dies,
    .sleeps = sleeps,
    .close = close_card,
};

/* --- the reader --- */

static bool amdgpu_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    return drm_gpus_are_absent(&kind, env, status_out);
}

static int amdgpu_probe(const struct reader_env *env, struct reader **reader_out,
                        struct reader_status *status_out, struct aico2_error *err)
{
    return drm_gpus_probe(&kind, env, reader_out, status_out, err);
}

static void amdgpu_read(struct reader *base, struct sample *samples_out)
{
    struct drm_gpus *gpus = (struct drm_gpus *)base;

    for (size_t i = 0; i < base->device_count; i++)
        amdgpu_card_read(gpus->sys_fd, drm_gpus_card(gpus, i), gpus->clock, &samples_out[i]);
    (void)drm_gpus_account(gpus, samples_out);
}

const struct reader_driver reader_amdgpu = {
    .name = "amdgpu",
    .summary = "energy, power, utilisation, memory and processes of AMD GPUs",
    .may_block = true,
    .is_absent = amdgpu_is_absent,
    .probe = amdgpu_probe,
    .read = amdgpu_read,
    .close = drm_gpus_close,
    .domain = DEVICE_GPU,
    .band_ratio = 0.20,
};
