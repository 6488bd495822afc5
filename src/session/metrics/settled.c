/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/settled.c - the machine's energy over a history, of which what is long past is not read again */
#include "session/metrics/settled.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "model/metrics.h"
#include "session/metrics/floor.h"
#include "session/metrics/label_value.h"
#include "session/window.h"
#include "writers/metrics_text.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
/* So long may samples wait in memory for a disk. */
static const int64_t LATE_NS = 3600 * NSEC_PER_SEC;

enum { LABELS = 7, INDEX_SIZE = 16 };

static const char UNTIL[] = "aico2_settled_until_seconds";
static const char RUNS[] = "aico2_settled_runs";
static const char JOULES[] = "aico2_settled_joules";
static const char *const label_names[LABELS] = { "device", "kind", "reader", "basis",
                                                 "model",  "uuid", "index" };

void settled_deinit(struct settled *settled)
{
    free(settled->items);
    *settled = (struct settled){ 0 };
}

/* --- as text --- */

void settled_write(struct strbuf *out, const struct settled *settled)
{
    AICO2_CLEANUP(metrics_deinit) struct metrics metrics = { 0 };

    metrics_family(&metrics, METRIC_GAUGE, UNTIL, "", "");
    metrics_sample(&metrics, (double)(settled->until_wall_ns / NSEC_PER_SEC), NULL, 0);
    metrics_family(&metrics, METRIC_GAUGE, RUNS, "", "");
    metrics_sample(&metrics, (double)settled->runs, NULL, 0);
    metrics_family(&metrics, METRIC_GAUGE, JOULES, "", "");
    for (size_t i = 0; i < settled->count; i++) {
        const struct device *device = &settled->items[i].device;
        char index[INDEX_SIZE];
        const char *values[LABELS] = { device->id,     device_kind_name(device->kind),
                                       device->reader, basis_name(device->basis),
                                       device->model,  device->uuid,
                                       index };
        struct metric_label labels[LABELS];

        (void)snprintf(index, sizeof(index), "%d", device->index);
        for (size_t k = 0; k < LABELS; k++)
            labels[k] = (struct metric_label){ label_names[k], values[k] };
        metrics_sample(&metrics, settled->items[i].joules, labels, LABELS);
    }
    metrics_write_notes(out, &metrics);
}

/* From behind the opening quote to behind the closing one. */
static bool take_value(const char **at, char *out, size_t size)
{
    size_t length = 0;
    int c;

    while ((c = label_value_next(at)) > 0) {
        if (length + 1 >= size)
            return false;
        out[length++] = (char)c;
    }
    out[length] = '\0';
    return c == 0;
}

/* Behind the family's name. */
static bool parse_device(const char *at, struct settled_device *item_out)
{
    struct device device = DEVICE_NULL;
    char kind[32];
    char basis[32];
    char index[INDEX_SIZE];
    char number[40];
    const struct {
        char *text;
        size_t size;
    } fields[LABELS] = { { device.id, sizeof(device.id) },
                         { kind, sizeof(kind) },
                         { device.reader, sizeof(device.reader) },
                         { basis, sizeof(basis) },
                         { device.model, sizeof(device.model) },
                         { device.uuid, sizeof(device.uuid) },
                         { index, sizeof(index) } };
    int64_t place = 0;
    double joules = 0;

    for (size_t i = 0; i < LABELS; i++) {
        const size_t length = strlen(label_names[i]);

        if (*at++ != (i == 0 ? '{' : ',') || strncmp(at, label_names[i], length) != 0 ||
            strncmp(at + length, "=\"", 2) != 0)
            return false;
        at += length + 2;
        if (!take_value(&at, fields[i].text, fields[i].size) || !text_is_utf8(fields[i].text))
            return false;
    }
    if (strncmp(at, "} ", 2) != 0 || strcspn(at + 2, "\n") >= sizeof(number))
        return false;
    (void)snprintf(number, sizeof(number), "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
    if (!number_parse_double(number, &joules) || !(joules >= 0) ||
        !number_parse_i64(index, &place) || place < -1 || place > 1 << 20 ||
        device_kind_parse(kind) < 0 || basis_parse(basis) < 0 || device.id[0] == '\0')
        return false;
    device.kind = (enum device_kind)device_kind_parse(kind);
    device.basis = (enum basis)basis_parse(basis);
    device.index = (int)place;
    *item_out = (struct settled_device){ device, joules };
    return true;
}

static struct settled_device *find_or_add(struct settled *settled, const struct device *device)
{
    for (size_t i = 0; i < settled->count; i++) {
        const struct device *known = &settled->items[i].device;

        if (strcmp(known->id, device->id) == 0 && strcmp(known->reader, device->reader) == 0 &&
            known->basis == device->basis && known->kind == device->kind)
            return &settled->items[i];
    }
    if (array_reserve(&settled->items, &settled->capacity, settled->count + 1,
                      sizeof(*settled->items)) < 0)
        return NULL;
    settled->items[settled->count] = (struct settled_device){ *device, 0 };
    return &settled->items[settled->count++];
}

static int parse_devices(const char *text, struct settled *settled)
{
    for (; text != NULL; text = strchr(text, '\n')) {
        struct settled_device item;
        struct settled_device *kept;
        const size_t name_length = strlen(JOULES);

        text += *text == '\n';
        if (strncmp(text, METRIC_FLOOR_NOTE, strlen(METRIC_FLOOR_NOTE)) != 0 ||
            strncmp(text + strlen(METRIC_FLOOR_NOTE), JOULES, name_length) != 0)
            continue;
        if (!parse_device(text + strlen(METRIC_FLOOR_NOTE) + name_length, &item))
            return -EBADMSG;
        kept = find_or_add(settled, &item.device);
        if (kept == NULL)
            return -ENOMEM;
        kept->joules = item.joules;
    }
    return 0;
}

int settled_parse(const char *text, struct settled *settled_out)
{
    AICO2_CLEANUP(metric_floor_deinit) struct metric_floor floor = { 0 };
    double until = 0;
    double runs = 0;
    int r = metric_floor_parse(text, &floor);

    *settled_out = (struct settled){ 0 };
    if (r < 0)
        return r;
    if (!metric_floor_get(&floor, UNTIL, NULL, 0, &until) ||
        !metric_floor_get(&floor, RUNS, NULL, 0, &runs) || !(until > 0 && until < 9e9) ||
        fmod(until, 3600) != 0 || !(runs >= 0 && runs < 1e12))
        return 0;
    r = parse_devices(text, settled_out);
    if (r == -EBADMSG) { /* half of it is none of it */
        settled_deinit(settled_out);
        return 0;
    }
    settled_out->until_wall_ns = (int64_t)until * NSEC_PER_SEC;
    settled_out->runs = (size_t)runs;
    return r;
}

/* --- out of the history --- */

static int count_runs(struct history *history, int64_t until_wall_ns, size_t *count_out,
                      struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct history_span *spans = NULL;

    *count_out = 0;
    return until_wall_ns <= 0
               ? 0
               : history_list_spans(history, 0, until_wall_ns, &spans, count_out, err);
}

static int add_window(struct settled *settled, struct history *history, int64_t from_wall_ns,
                      int64_t to_wall_ns, struct aico2_error *err)
{
    struct history_record record;
    int r = from_wall_ns >= to_wall_ns
                ? -ENODATA
                : window_read(history, from_wall_ns, to_wall_ns, NULL, &record, err);

    if (r < 0)
        return r == -ENODATA ? 0 : r; /* nothing was measured then */
    for (size_t i = 0; r == 0 && i < record.device_count; i++) {
        struct settled_device *item;

        if (strchr(record.devices[i].id, '@') != NULL)
            continue; /* a log of another machine */
        item = find_or_add(settled, &record.devices[i]);
        if (item == NULL)
            r = aico2_error_set(err, -ENOMEM, "out of memory");
        else if (record.totals[i].sums.covered_seconds > 0)
            item->joules += record.totals[i].sums.joules;
    }
    history_record_deinit(&record);
    return r;
}

int settled_advance(struct settled *settled, struct history *history, int64_t now_wall_ns,
                    struct aico2_error *err)
{
    const int64_t until_ns = now_wall_ns - LATE_NS - (now_wall_ns - LATE_NS) % HOUR_NS;
    size_t runs = 0;
    int r = count_runs(history, settled->until_wall_ns, &runs, err);

    if (r < 0)
        return r;
    if (runs != settled->runs || settled->until_wall_ns > until_ns)
        settled_deinit(settled);
    if (until_ns <= settled->until_wall_ns)
        return 0;
    r = add_window(settled, history, settled->until_wall_ns, until_ns, err);
    if (r == 0)
        r = count_runs(history, until_ns, &settled->runs, err);
    settled->until_wall_ns = until_ns;
    return r;
}

int settled_read(const struct settled *settled, struct history *history, int64_t now_wall_ns,
                 struct history_record *record_out, struct aico2_error *err)
{
    struct settled all = { 0 };
    struct history_record record = { .run = { .state = RUN_FINISHED,
                                              .exit_status = -1,
                                              .scope = SCOPE_MACHINE,
                                              .cpu_seconds = NAN,
                                              .units = NAN,
                                              .lifetime_years = NAN,
                                              .duration_ns = now_wall_ns } };
    int r = 0;

    for (size_t i = 0; r == 0 && i < settled->count; i++) {
        struct settled_device *item = find_or_add(&all, &settled->items[i].device);

        if (item == NULL)
            r = aico2_error_set(err, -ENOMEM, "out of memory");
        else
            item->joules = settled->items[i].joules;
    }
    if (r == 0)
        r = add_window(&all, history, settled->until_wall_ns, now_wall_ns, err);
    record.devices = calloc(all.count + 1, sizeof(*record.devices));
    record.totals = calloc(all.count + 1, sizeof(*record.totals));
    if (r == 0 && (record.devices == NULL || record.totals == NULL))
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; r == 0 && i < all.count; i++) {
        record.devices[i] = all.items[i].device;
        record.totals[i] = DEVICE_TOTALS_NULL;
        record.totals[i].sums.joules = all.items[i].joules;
        record.totals[i].sums.covered_seconds = 1; /* something is known of it */
        record.device_count = i + 1;
    }
    settled_deinit(&all);
    if (r < 0)
        history_record_deinit(&record);
    else
        *record_out = record;
    return r;
}
