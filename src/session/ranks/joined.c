/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/joined.c - a training that is several runs: of several machines, or begun anew, told as one */
#include "session/ranks/joined.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/json_words.h"
#include "model/labels.h"
#include "session/ranks/overlap.h"
#include "session/slicing.h"

void joined_training(const struct run *run, char *training_out, size_t size)
{
    struct label label;

    (void)snprintf(training_out, size, "%s",
                   labels_get(run->labels, "training", &label) ? label.value : run->id);
}

int joined_find(const char *db_path, const char *name, char *training_out, size_t size,
                struct aico2_error *err)
{
    struct history *history = NULL;
    struct run run;
    int r = history_open(db_path, HISTORY_READ, &history, err);

    if (r == 0)
        r = history_load_run(history, name, &run, err);
    history_close(history);
    if (r < 0)
        return r;
    joined_training(&run, training_out, size);
    run_deinit(&run);
    return 0;
}

static bool same_machine(const struct run *a, const struct run *b)
{
    return (a->boot_id[0] != '\0' && strcmp(a->boot_id, b->boot_id) == 0) ||
           strcmp(a->machine.hostname, b->machine.hostname) == 0;
}

/* A GPU is known by its UUID, whatever number it had among those that were visible. */
static bool is_same_device(const struct device *a, const struct device *b)
{
    if (strcmp(a->reader, b->reader) != 0 || strcmp(a->uuid, b->uuid) != 0)
        return false;
    return a->uuid[0] != '\0' ? a->kind == b->kind && device_is_beside(a, b)
                              : strcmp(a->id, b->id) == 0;
}

static bool has_id(const struct history_record *whole, const char *id)
{
    for (size_t i = 0; i < whole->device_count; i++) {
        if (strcmp(whole->devices[i].id, id) == 0)
            return true;
    }
    return false;
}

/* Another GPU that had the number of one that is here already gets the next free one. */
static void make_id_free(const struct history_record *whole, struct device *device)
{
    char machine[DEVICE_ID_SIZE];

    (void)snprintf(machine, sizeof(machine), "%s", device_machine(device));
    for (int i = 0; device->kind == DEVICE_GPU && has_id(whole, device->id); i++) {
        (void)snprintf(device->id, sizeof(device->id), "gpu%d", i);
        if (machine[0] != '\0')
            device_set_machine(device, machine);
    }
}

/* Where a device of a part stands in the whole; added if it is new. */
static int place_device(struct history_record *whole, const struct device *device, size_t *at_out)
{
    size_t count = whole->device_count;
    struct device *devices;
    struct device_totals *totals;

    for (size_t i = 0; i < count; i++) {
        if (is_same_device(&whole->devices[i], device)) {
            *at_out = i;
            return 0;
        }
    }
    devices = realloc(whole->devices, (count + 1) * sizeof(*devices));
    if (devices == NULL)
        return -ENOMEM;
    whole->devices = devices;
    totals = realloc(whole->totals, (count + 1) * sizeof(*totals));
    if (totals == NULL)
        return -ENOMEM;
    whole->totals = totals;
    devices[count] = *device;
    make_id_free(whole, &devices[count]);
    totals[count] = DEVICE_TOTALS_NULL;
    whole->device_count++;
    *at_out = count;
    return 0;
}

static void add_totals(struct device_totals *sum, const struct device_totals *part)
{
    energy_sums_add(&sum->sums, &part->sums);
    sum->peak_watts =
        fmax(sum->peak_watts, part->peak_watts); /* what is no number counts for nothing */
    sum->floor_watts = fmin(sum->floor_watts, part->floor_watts);
    sum->lowest_watts = fmin(sum->lowest_watts, part->lowest_watts);
}

static int add_slices(struct slice_list *whole, const struct slice_list *part, const size_t *places,
                      int64_t later_ns)
{
    if (array_reserve(&whole->items, &whole->capacity, whole->count + part->count + 1,
                      sizeof(*whole->items)) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < part->count; i++) {
        struct slice *slice = &whole->items[whole->count++];

        *slice = part->items[i];
        slice->device = (int)places[slice->device];
        slice->start_wall_ns += later_ns;
    }
    return 0;
}

/* A part that has no tasks is one stretch without a name. */
static int name_rest(struct history_record *record)
{
    struct task_list *tasks = &record->tasks;

    if (tasks->count > 0)
        return 0;
    if (array_reserve(&tasks->items, &tasks->capacity, 1, sizeof(*tasks->items)) < 0 ||
        slicing_from_totals(&record->task_slices, record->totals, record->device_count, 0) < 0)
        return -ENOMEM;
    tasks->items[tasks->count++] =
        (struct task){ .kind = TASK_REST, .duration_ns = record->run.duration_ns };
    return 0;
}

/* Of parts that follow each other: the later one's tasks come after. */
static int add_tasks(struct history_record *whole, struct history_record *part,
                     const size_t *places)
{
    struct task_list *tasks = &whole->tasks;
    int64_t later_ns = whole->run.duration_ns;
    struct task *last;

    if (tasks->count == 0 && part->tasks.count == 0)
        return 0;
    if (name_rest(whole) < 0 || name_rest(part) < 0 ||
        array_reserve(&tasks->items, &tasks->capacity, tasks->count + part->tasks.count,
                      sizeof(*tasks->items)) < 0)
        return -ENOMEM;
    last = &tasks->items[tasks->count - 1];
    if (last->duration_ns < 0) /* it was cut off */
        last->duration_ns = later_ns > last->start_ns ? later_ns - last->start_ns : 0;
    for (size_t i = 0; i < part->tasks.count; i++) {
        tasks->items[tasks->count] = part->tasks.items[i];
        tasks->items[tasks->count++].start_ns += later_ns;
    }
    return add_slices(&whole->task_slices, &part->task_slices, places, later_ns);
}

static double sum_known(double a, double b)
{
    return isfinite(a) && isfinite(b) ? a + b : isfinite(a) ? a : b;
}

static void add_run(struct run *whole, const struct run *part)
{
    int64_t end_ns = whole->started_wall_ns + whole->duration_ns;
    int64_t part_end_ns = part->started_wall_ns + part->duration_ns;

    /* what both took is taken once; what lies between two was nobody's */
    if (part->started_wall_ns >= end_ns)
        whole->duration_ns += part->duration_ns;
    else if (part_end_ns > end_ns)
        whole->duration_ns += part_end_ns - end_ns;
    if (part->ended_wall_ns >= whole->ended_wall_ns) {
        whole->ended_wall_ns = part->ended_wall_ns;
        whole->state = part->state;
        whole->exit_status = part->exit_status;
    }
    whole->cpu_seconds = sum_known(whole->cpu_seconds, part->cpu_seconds);
    whole->own_cpu_seconds += part->own_cpu_seconds;
    whole->late_ticks += part->late_ticks;
    if (part->own_max_rss_bytes > whole->own_max_rss_bytes)
        whole->own_max_rss_bytes = part->own_max_rss_bytes;
    whole->units = sum_known(whole->units, part->units);
}

/* From now on the part's devices were measured in its time. */
static int know(struct stretch_list *known, const struct history_record *part, const size_t *places)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < part->device_count; i++) {
        if (part->totals[i].sums.covered_seconds > 0 || part->totals[i].sums.samples > 0)
            r = stretches_add(known, (struct stretch){
                                         places != NULL ? places[i] : i, part->run.started_wall_ns,
                                         part->run.started_wall_ns + part->run.duration_ns });
    }
    return r;
}

static int add_part(struct history_record *whole, struct history_record *part,
                    struct stretch_list *known, double *twice_seconds)
{
    int64_t twice_ns;
    AICO2_CLEANUP(freep) size_t *places = calloc(part->device_count + 1, sizeof(*places));
    bool here = same_machine(&whole->run, &part->run);
    bool follows = part->run.started_wall_ns >= whole->run.ended_wall_ns;
    int r = places == NULL ? -ENOMEM : 0;

    for (size_t i = 0; r == 0 && i < part->device_count; i++) {
        if (!here && device_machine(&part->devices[i])[0] == '\0')
            device_set_machine(&part->devices[i], part->run.machine.hostname);
        r = place_device(whole, &part->devices[i], &places[i]);
    }
    if (r < 0)
        return r;
    twice_ns = overlap_take_out(known, part, places);
    *twice_seconds += seconds_from_ns(twice_ns);
    r = know(known, part, places);
    if (r == 0 && follows)
        r = add_tasks(whole, part, places);
    if (r == 0)
        r = add_slices(&whole->slices, &part->slices, places, 0);
    if (r < 0)
        return r;
    for (size_t i = 0; i < part->device_count; i++)
        add_totals(&whole->totals[places[i]], &part->totals[i]);
    add_run(&whole->run, &part->run);
    if (part->training.epochs > whole->training.epochs)
        whole->training = part->training;
    return 0;
}

static bool keep_word(void *payload, const char *word)
{
    json_string(payload, NULL, word);
    return true;
}

/* "of 3 runs: 01K..., 01K..., 01K..." among the warnings. */
static int say_parts(struct history_record *whole, char (*ids)[ULID_SIZE], size_t count,
                     double twice_seconds)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf more = { 0 };
    struct strbuf text = { 0 };
    struct json_out json;

    strbuf_printf(&line, "a training of %zu runs together:", count);
    for (size_t i = 0; i < count && i < 8; i++)
        strbuf_printf(&line, "%s %s", i > 0 ? "," : "", ids[i]);
    if (count > 8)
        strbuf_add(&line, ", ...");
    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    (void)json_words_each(whole->run.warnings_json, keep_word, &json);
    json_string(&json, NULL, strbuf_text(&line));
    if (twice_seconds > 0) {
        strbuf_printf(&more,
                      "%.0f s were measured by two of the runs on one machine: each device counts "
                      "once, by its mean power over the hour",
                      twice_seconds);
        json_string(&json, NULL, strbuf_text(&more));
    }
    json_array_end(&json);
    free(whole->run.warnings_json);
    whole->run.warnings_json = strbuf_take(&text);
    return whole->run.warnings_json == NULL || line.failed || more.failed ? -ENOMEM : 0;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The runs that say they are of it, and the one it may be named after: oldest first. */
static int list_parts(struct history *history, const char *training, char (**ids_out)[ULID_SIZE],
                      size_t *count_out, struct aico2_error *err)
{
    char line[LABEL_KEY_SIZE + LABEL_VALUE_SIZE];
    char(*ids)[ULID_SIZE] = NULL;
    char(*grown)[ULID_SIZE];
    struct run first;
    size_t count = 0;
    int r;

    (void)snprintf(line, sizeof(line), "training=%s", training);
    r = history_list_labelled(history, line, &ids, &count, err);
    if (r < 0)
        return r;
    if (strlen(training) == ULID_SIZE - 1 &&
        history_load_run(history, training, &first, NULL) == 0) {
        grown = realloc(ids, (count + 1) * sizeof(*ids));
        if (grown != NULL) {
            ids = grown;
            memcpy(ids[count++], first.id, ULID_SIZE);
            qsort(ids, count, sizeof(*ids), by_id);
        }
        run_deinit(&first);
        if (grown == NULL) {
            free(ids);
            return aico2_error_set(err, -ENOMEM, "out of memory");
        }
    }
    *ids_out = ids;
    *count_out = 0;
    for (size_t i = 0; i < count; i++) { /* the first may say so of itself too */
        if (i == 0 || strcmp(ids[i], ids[*count_out - 1]) != 0)
            memmove(ids[(*count_out)++], ids[i], sizeof(ids[i]));
    }
    return 0;
}

static int join(struct history *history, char (*ids)[ULID_SIZE], size_t count,
                struct history_record *record_out, struct aico2_error *err)
{
    struct history_record whole = { 0 };
    struct stretch_list known = { 0 };
    double twice_seconds = 0;
    int r = history_load(history, ids[0], &whole, err);

    if (r == 0 && know(&known, &whole, NULL) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");

    for (size_t i = 1; r == 0 && i < count; i++) {
        struct history_record part;

        r = history_load(history, ids[i], &part, err);
        if (r < 0)
            break;
        r = add_part(&whole, &part, &known, &twice_seconds);
        if (r < 0)
            (void)aico2_error_set(err, r, "out of memory");
        history_record_deinit(&part);
    }
    free(known.items);
    if (r == 0 && say_parts(&whole, ids, count, twice_seconds) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    if (r < 0) {
        history_record_deinit(&whole);
        return r;
    }
    *record_out = whole;
    return 0;
}

int joined_load(struct history *history, const char *name, struct history_record *record_out,
                struct aico2_error *err)
{
    char training[LABEL_VALUE_SIZE];
    AICO2_CLEANUP(freep) char(*ids)[ULID_SIZE] = NULL;
    struct history_record record;
    size_t count = 0;
    int r = history_load(history, name, &record, err);

    if (r < 0)
        return r;
    joined_training(&record.run, training, sizeof(training));
    r = list_parts(history, training, &ids, &count, err);
    if (r == 0 && count < 2) {
        *record_out = record;
        return 0;
    }
    history_record_deinit(&record);
    return r < 0 ? r : join(history, ids, count, record_out, err);
}
