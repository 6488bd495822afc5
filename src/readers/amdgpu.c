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
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/amdgpu_card.h"
#include "readers/pci_gpus.h"

struct amdgpu {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct amdgpu_card *cards; /* one per device */
};

/* --- why there is nothing --- */

static void explain_absence(const struct reader_env *env, struct reader_status *status)
{
    *status = (struct reader_status){ .state = READER_ABSENT };
    if (env->explain && pci_gpus_count(env->sys_fd, amdgpu_kind.vendor_id, NULL) > 0) {
        text_append(status->reason, sizeof(status->reason),
                    "an AMD GPU is on the PCI bus, but not in the hands of the amdgpu driver");
        text_append(status->fix, sizeof(status->fix), "sudo modprobe amdgpu");
    } else {
        text_append(status->reason, sizeof(status->reason), "no card of the amdgpu driver");
    }
}

static bool amdgpu_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    if (drm_card_exists(env->sys_fd, &amdgpu_kind))
        return false;
    explain_absence(env, status_out);
    return true;
}

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

static void amdgpu_close(struct reader *base)
{
    struct amdgpu *reader = (struct amdgpu *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        amdgpu_card_close(&reader->cards[i]);
    fd_closep(&reader->sys_fd);
    free(reader->cards);
    free(base->devices);
    free(reader);
}

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
static void take_boards(struct amdgpu *reader, size_t boards, struct reader_status *status)
{
    unsigned number = pci_gpus_first_free(reader->sys_fd);
    char integrated[sizeof(status->reason)] = "";
    unsigned module = 0;
    size_t kept = 0;
    bool denied = false;
    bool refused = false;

    for (size_t i = 0; i < boards; i++) {
        struct amdgpu_card card = reader->cards[i];
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
        amdgpu_card_describe(reader->sys_fd, &card,
                             card.role == AMDGPU_MODULE ? module++ : number++,
                             &reader->base.devices[kept]);
        reader->cards[kept++] = card;
    }
    reader->base.device_count = kept;
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

static int open_reader(const struct reader_env *env, const struct drm_card *found, size_t count,
                       struct reader **reader_out, struct reader_status *status)
{
    struct amdgpu *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return -ENOMEM;
    reader->base.driver = &reader_amdgpu;
    reader->clock = env->clock;
    reader->base.devices = calloc(count, sizeof(*reader->base.devices));
    reader->cards = calloc(count, sizeof(*reader->cards));
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    if (reader->base.devices == NULL || reader->cards == NULL) {
        amdgpu_close(&reader->base);
        return -ENOMEM;
    }
    take_boards(reader, join_dies(reader->sys_fd, found, count, reader->cards), status);
    if (reader->base.device_count == 0) {
        amdgpu_close(&reader->base);
        return 0;
    }
    *reader_out = &reader->base;
    return 0;
}

static int amdgpu_probe(const struct reader_env *env, struct reader **reader_out,
                        struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct drm_card *found = NULL;
    size_t count = 0;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (drm_cards_find(env->sys_fd, &amdgpu_kind, &found, &count) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (count == 0) {
        explain_absence(env, status_out);
        return 0;
    }
    if (open_reader(env, found, count, reader_out, status_out) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

static void amdgpu_read(struct reader *base, struct sample *samples_out)
{
    struct amdgpu *reader = (struct amdgpu *)base;

    for (size_t i = 0; i < base->device_count; i++)
        amdgpu_card_read(reader->sys_fd, &reader->cards[i], reader->clock, &samples_out[i]);
}

const struct reader_driver reader_amdgpu = {
    .name = "amdgpu",
    .summary = "energy, power, utilisation and memory of AMD GPUs",
    .may_block = true,
    .is_absent = amdgpu_is_absent,
    .probe = amdgpu_probe,
    .read = amdgpu_read,
    .close = amdgpu_close,
    .domain = DEVICE_GPU,
    .band_ratio = 0.20,
};
