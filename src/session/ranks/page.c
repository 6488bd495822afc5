/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/page.c - what a process that measures tells those that follow it, as bytes of a file */
#include "session/ranks/page.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/crc32c.h"
#include "base/text.h"

/* Its digit grows with the form: who knows another one follows without figures. */
static const char MAGIC[8] = "aico2f1";

_Static_assert(sizeof(void *) != 8 || sizeof(struct figures_head) == 880,
               "another form wants another magic");
_Static_assert(sizeof(void *) != 8 || sizeof(struct figures_device) == 864,
               "another form wants another magic");

/* More than any machine uses in a life. */
static const double MOST = 1e18;

void figures_put_device(struct figures_device *item, const struct device *device)
{
    *item = (struct figures_device){
        .kind = (int32_t)device->kind,
        .basis = (int32_t)device->basis,
        .index = device->index,
        .fields = device->fields,
        .memory_bytes = device->memory_bytes,
        .rated_watts = device->rated_watts,
        .idle_watts = device->idle_watts,
        .max_watts = device->max_watts,
        .band_ratio = device->band_ratio,
        .threads = device->threads,
        .host_share = device->host_share,
    };
    memcpy(item->id, device->id, sizeof(item->id));
    memcpy(item->model, device->model, sizeof(item->model));
    memcpy(item->reader, device->reader, sizeof(item->reader));
    memcpy(item->uuid, device->uuid, sizeof(item->uuid));
    memcpy(item->rated_source, device->rated_source, sizeof(item->rated_source));
    memcpy(item->note, device->note, sizeof(item->note));
}

void figures_take_device(const struct figures_device *item, struct device *device_out)
{
    struct device device = DEVICE_NULL;

    device.kind = (enum device_kind)item->kind;
    device.basis = (enum basis)item->basis;
    device.index = item->index;
    device.fields = item->fields;
    device.memory_bytes = item->memory_bytes;
    device.rated_watts = item->rated_watts;
    device.idle_watts = item->idle_watts;
    device.max_watts = item->max_watts;
    device.band_ratio = item->band_ratio;
    device.threads = item->threads;
    device.host_share = item->host_share;
    memcpy(device.id, item->id, sizeof(device.id));
    memcpy(device.model, item->model, sizeof(device.model));
    memcpy(device.reader, item->reader, sizeof(device.reader));
    memcpy(device.uuid, item->uuid, sizeof(device.uuid));
    memcpy(device.rated_source, item->rated_source, sizeof(device.rated_source));
    memcpy(device.note, item->note, sizeof(device.note));
    *device_out = device;
}

static size_t length_of(uint32_t device_count)
{
    return sizeof(struct figures_head) + device_count * sizeof(struct figures_device);
}

static uint32_t check_of(const void *bytes, size_t size)
{
    const size_t from = offsetof(struct figures_head, device_count);

    return crc32c(0, (const char *)bytes + from, size - from);
}

size_t figures_page_seal(void *bytes)
{
    struct figures_head *head = bytes;
    size_t size = length_of(head->device_count);

    memcpy(head->magic, MAGIC, sizeof(head->magic));
    head->check = check_of(bytes, size);
    return size;
}

static bool is_amount(double value)
{
    return value >= 0 && value <= MOST;
}

static bool is_amount_or_unknown(double value)
{
    return isnan(value) || is_amount(value);
}

static bool are_sums(const struct energy_sums *sums)
{
    return is_amount(sums->joules) && is_amount(sums->covered_seconds) &&
           is_amount(sums->gap_seconds) && is_amount(sums->job_gross_joules) &&
           is_amount(sums->job_seconds) && is_amount(sums->others_gross_joules) &&
           is_amount(sums->others_seconds) && is_amount(sums->job_activity) &&
           is_amount(sums->all_activity) && is_amount(sums->utilization_seconds) &&
           is_amount(sums->utilization_covered_seconds);
}

static bool is_device(const struct figures_device *item)
{
    return item->id[0] != '\0' && text_is_line(item->id, sizeof(item->id)) &&
           text_is_line(item->model, sizeof(item->model)) &&
           text_is_line(item->reader, sizeof(item->reader)) &&
           text_is_line(item->uuid, sizeof(item->uuid)) &&
           text_is_line(item->rated_source, sizeof(item->rated_source)) &&
           text_is_line(item->note, sizeof(item->note)) && item->kind >= DEVICE_CPU &&
           item->kind <= DEVICE_OTHER && item->basis >= BASIS_MEASURED &&
           item->basis <= BASIS_ASSUMED && is_amount_or_unknown(item->rated_watts) &&
           is_amount_or_unknown(item->idle_watts) && is_amount_or_unknown(item->max_watts) &&
           is_amount_or_unknown(item->band_ratio) && is_amount(item->threads) &&
           is_amount(item->host_share) && are_sums(&item->totals.sums) &&
           is_amount_or_unknown(item->totals.peak_watts) &&
           is_amount_or_unknown(item->totals.floor_watts) &&
           is_amount_or_unknown(item->totals.lowest_watts) && is_amount_or_unknown(item->watts) &&
           item->accounted_ns >= 0;
}

static bool is_place(const struct intensity *intensity)
{
    return text_is_line(intensity->place, sizeof(intensity->place)) &&
           text_is_line(intensity->name, sizeof(intensity->name)) &&
           text_is_line(intensity->country, sizeof(intensity->country)) &&
           text_is_line(intensity->country3, sizeof(intensity->country3)) &&
           text_is_line(intensity->kind, sizeof(intensity->kind)) &&
           text_is_line(intensity->source, sizeof(intensity->source)) &&
           text_is_line(intensity->source_short, sizeof(intensity->source_short)) &&
           text_is_line(intensity->quality, sizeof(intensity->quality)) &&
           text_is_line(intensity->note, sizeof(intensity->note)) &&
           (int)intensity->place_basis >= PLACE_OPTION &&
           (int)intensity->place_basis <= PLACE_WORLD &&
           is_amount(intensity->gco2e_per_kwh.value) && is_amount(intensity->gco2e_per_kwh.low) &&
           is_amount(intensity->gco2e_per_kwh.high);
}

static bool is_head(const struct figures_head *head)
{
    return text_is_line(head->run, sizeof(head->run)) && head->mono_ns > 0 && head->pue >= 1 &&
           head->pue <= 100 && text_is_line(head->pue_source, sizeof(head->pue_source)) &&
           text_is_line(head->price.currency, sizeof(head->price.currency)) &&
           (isnan(head->price.per_kwh) || fabs(head->price.per_kwh) <= MOST) &&
           is_place(&head->intensity);
}

bool figures_page_take(const void *bytes, size_t size, struct figures_page *page_out)
{
    struct figures_page page;

    if (size < sizeof(page.head))
        return false;
    memcpy(&page.head, bytes, sizeof(page.head));
    if (memcmp(page.head.magic, MAGIC, sizeof(MAGIC)) != 0 ||
        page.head.device_count > FIGURES_DEVICES_MAX || size != length_of(page.head.device_count) ||
        page.head.check != check_of(bytes, size) || !is_head(&page.head))
        return false;
    page.devices = (const void *)((const char *)bytes + sizeof(page.head));
    for (uint32_t i = 0; i < page.head.device_count; i++) {
        if (!is_device(&page.devices[i]))
            return false;
    }
    *page_out = page;
    return true;
}
