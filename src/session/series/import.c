/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/import.c - the log of another program as a run of the history */
#include "session/series/import.h"

#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "base/time_text.h"
#include "history/history.h"
#include "session/place/again.h"
#include "session/report/build.h"
#include "session/series/import_read.h"

static int keep_notes(struct import_prepared *prepared, struct aico2_error *err)
{
    struct run *run = &prepared->record.run;
    struct strbuf text = { 0 };
    struct json_out json;

    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    for (size_t i = 0; i < prepared->note_count; i++)
        json_string(&json, NULL, prepared->notes[i]);
    json_array_end(&json);
    run->warnings_json = strbuf_take(&text);
    return run->warnings_json == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

/* While runs are stored. */
struct storing {
    const struct import_options *options;
    struct history *history; /* NULL: there is none yet, and nothing is to be stored */
    struct history_imports imports;
    struct import_preparation *all;
};

/* The run that was made of the same text: the digest is behind the time in its id. */
static const struct history_import *find_same(const struct history_imports *imports, const char *id)
{
    enum { TIME_LETTERS = 10 };

    for (size_t i = 0; i < imports->count; i++) {
        if (strcmp(imports->items[i].id + TIME_LETTERS, id + TIME_LETTERS) == 0)
            return &imports->items[i];
    }
    return NULL;
}

/* Return: 1 when it is in the history, as outcome->run_id; 0; or -errno. */
static int look_for_it(struct storing *storing, struct import_prepared *prepared,
                       struct import_outcome *outcome, struct aico2_error *err)
{
    struct run *run = &prepared->record.run;
    const struct history_import *same = find_same(&storing->imports, run->id);
    struct run own;
    char then[32];
    char now[32];

    if (storing->history != NULL && prepared->their_id[0] != '\0' &&
        history_load_run(storing->history, prepared->their_id, &own, NULL) == 0) {
        memcpy(outcome->run_id, own.id, ULID_SIZE); /* what --csv wrote of a run of our own */
        run_deinit(&own);
        return 1;
    }
    if (same == NULL)
        return 0;
    if (storing->options->again) {
        ulid_make(run->id, run->started_wall_ns);
        return 0;
    }
    memcpy(outcome->run_id, same->id, ULID_SIZE);
    if (same->started_wall_ns / NSEC_PER_SEC == run->started_wall_ns / NSEC_PER_SEC)
        return 1;
    wall_time_format(then, sizeof(then), same->started_wall_ns);
    wall_time_format(now, sizeof(now), run->started_wall_ns);
    return aico2_error_set(err, -EEXIST,
                           "the same text is run %s already, from %s on, not %s: --again imports "
                           "it once more",
                           same->id, then, now);
}

/* Whether another run is of one of the same devices. Return: 1, 0 or -errno. */
static int shares_device(struct storing *storing, const char *id,
                         const struct history_record *record, struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < record->device_count; i++)
        r = history_has_device(storing->history, id, &record->devices[i], err);
    return r;
}

/* A log that has grown since, or two programs that watched the same: `runs` would list the joules twice. */
static int note_overlap(struct storing *storing, struct import_prepared *prepared,
                        struct aico2_error *err)
{
    const struct run *run = &prepared->record.run;
    int r = 0;

    for (size_t i = 0; r == 0 && storing->history != NULL && i < storing->imports.count; i++) {
        const struct history_import *other = &storing->imports.items[i];

        if (other->started_wall_ns >= run->ended_wall_ns ||
            other->ended_wall_ns <= run->started_wall_ns)
            continue;
        r = shares_device(storing, other->id, &prepared->record, err);
        if (r > 0 && lines_add(&prepared->notes, &prepared->note_count,
                               "run %s is of the same device and a part of the same time: `runs` "
                               "lists both, `measure` counts each moment once",
                               other->id) < 0)
            r = aico2_error_set(err, -ENOMEM, "out of memory");
    }
    return r < 0 ? r : 0;
}

static int store_one(struct storing *storing, struct import_prepared *prepared,
                     struct import_outcome *outcome, struct aico2_error *err)
{
    struct history_record *record = &prepared->record;
    const struct carbon_basis basis = {
        .intensity = storing->options->intensity,
        .series = storing->options->series,
        .pue = record->run.pue,
        .price = record->run.price,
        .prices = storing->options->prices,
    };
    int r = look_for_it(storing, prepared, outcome, err);

    outcome->already = r == 1;
    if (r != 0)
        return r < 0 ? r : 0;
    memcpy(outcome->run_id, record->run.id, ULID_SIZE);
    r = note_overlap(storing, prepared, err);
    if (r == 0)
        r = keep_notes(prepared, err);
    if (r == 0)
        r = report_build(record, &basis, &prepared->report, err);
    if (r < 0 || storing->options->dry_run)
        return r;
    place_keep_match(&record->run, &prepared->report);
    r = history_store_samples(storing->history, record, prepared->rows.items, prepared->rows.count,
                              prepared->report.total.value, prepared->report.total_gco2e.value,
                              err);
    if (r == 0 && history_imports_add(&storing->imports, &record->run) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    return r;
}

static int open_history(struct storing *storing, struct aico2_error *err)
{
    bool dry_run = storing->options->dry_run;
    int r = history_open(storing->options->db_path, dry_run ? HISTORY_READ : HISTORY_WRITE,
                         &storing->history, err);

    if (r == -ENOENT && dry_run)
        return 0; /* there is no history yet */
    if (r == 0 && !dry_run)
        r = history_batch_begin(storing->history, err);
    return r < 0 ? r : history_list_imports(storing->history, &storing->imports, err);
}

static int store_all(struct storing *storing, import_each_fn *each, void *payload,
                     struct aico2_error *err)
{
    struct import_preparation *all = storing->all;
    int first = open_history(storing, err);
    int r;

    if (first < 0)
        return first;
    for (size_t i = 0; i < all->count; i++) {
        struct import_prepared *prepared = &all->items[i];

        prepared->code = store_one(storing, prepared, &prepared->outcome, first == 0 ? err : NULL);
        first = first == 0 ? prepared->code : first;
    }
    if (!storing->options->dry_run) {
        r = history_batch_end(storing->history, first == 0 ? err : NULL);
        if (r < 0)
            return first == 0 ? r : first;
    }
    for (size_t i = 0; i < all->count; i++) {
        struct import_prepared *prepared = &all->items[i];

        if (prepared->code < 0)
            continue;
        each(payload, &prepared->outcome, prepared->outcome.already ? NULL : &prepared->report);
        prepared->report = (struct report){ 0 }; /* the caller's */
    }
    return first;
}

int import_log(const struct import_options *options, import_each_fn *each, void *payload,
               struct aico2_error *err)
{
    AICO2_CLEANUP(import_preparation_deinit) struct import_preparation all = { 0 };
    struct storing storing = { .options = options, .all = &all };
    int r = import_read(options, &all, err);

    if (r < 0)
        return r;
    r = store_all(&storing, each, payload, err);
    history_imports_deinit(&storing.imports);
    history_close(storing.history);
    return r;
}
