/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_samples.c - GET /api/v1/runs/{id}/samples: the power of a stored run over time, to draw it */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/time_text.h"
#include "history/history.h"
#include "server/coarse_row.h"
#include "server/sample_steps.h"

#define STEP_MOST_NS (366 * INT64_C(86400) * NSEC_PER_SEC)

/* One device after the other is drawn in the same steps: never are all samples in memory. */
struct drawing {
    struct json_out json;
    struct sample_steps *steps;
    char device[sizeof(((struct device *)NULL)->id)]; /* "": none yet */
};

static void write_device(struct drawing *drawing)
{
    const struct sample_steps *steps = drawing->steps;

    if (drawing->device[0] == '\0')
        return;
    json_object_begin(&drawing->json, NULL);
    json_string(&drawing->json, "id", drawing->device);
    json_array_begin(&drawing->json, "points");
    for (size_t i = 0; i < steps->count; i++) {
        const struct step_cell *cell = &steps->cells[i];
        int64_t start_ns = steps->first_wall_ns + (int64_t)i * steps->step_ns;

        if (!(cell->seconds > 0))
            continue;
        json_array_begin(&drawing->json, NULL);
        /* in whole milliseconds, as a step is: so that it is exact as a number with a fraction */
        json_double(&drawing->json, NULL, (double)(start_ns / NSEC_PER_MSEC) / 1e3);
        json_double(&drawing->json, NULL, cell->least_watts);
        json_double(&drawing->json, NULL, cell->joules / cell->seconds);
        json_double(&drawing->json, NULL, cell->most_watts);
        json_array_end(&drawing->json);
    }
    json_array_end(&drawing->json);
    json_object_end(&drawing->json);
}

static int draw_sample(void *payload, const struct history_sample_row *row)
{
    struct drawing *drawing = payload;

    if (strcmp(drawing->device, row->device->id) != 0) {
        write_device(drawing);
        sample_steps_clear(drawing->steps);
        (void)snprintf(drawing->device, sizeof(drawing->device), "%s", row->device->id);
    }
    sample_steps_add(drawing->steps, &row->sample);
    return 0;
}

/* Of a clock that was set back the run's own time tells when it ended. */
static int64_t end_of(const struct run *run)
{
    int64_t ended_ns;

    if (__builtin_add_overflow(run->started_wall_ns, run->duration_ns, &ended_ns))
        ended_ns = run->ended_wall_ns;
    return ended_ns > run->ended_wall_ns ? ended_ns : run->ended_wall_ns;
}

static int draw(struct history *history, const char *id, int64_t wanted_ns,
                struct sample_steps *steps, struct strbuf *body, struct aico2_error *err)
{
    struct drawing drawing = { .steps = steps };
    struct history_record record;
    int r = history_load(history, id, &record, err);

    if (r < 0)
        return r;
    sample_steps_plan(steps, record.run.started_wall_ns, end_of(&record.run), wanted_ns,
                      !run_is_told_exactly(record.run.state,
                                           seconds_from_ns(record.run.duration_ns)));
    json_out_init_line(&drawing.json, body);
    json_object_begin(&drawing.json, NULL);
    json_string(&drawing.json, "schema", "aico2.samples/1");
    json_string(&drawing.json, "run", record.run.id);
    json_double(&drawing.json, "step_seconds", seconds_from_ns(steps->step_ns));
    json_array_begin(&drawing.json, "devices");
    r = history_each_sample(history, record.run.id, 0, INT64_MAX, draw_sample, &drawing, err);
    write_device(&drawing);
    json_array_end(&drawing.json);
    json_object_end(&drawing.json);
    strbuf_add(body, "\n");
    history_record_deinit(&record);
    return r;
}

/* A step is whole milliseconds, of which the points' times are made. */
static bool read_step(struct request *request, int64_t *step_ns_out)
{
    const char *text = request_argument(request, "step");

    *step_ns_out = NSEC_PER_SEC;
    if (text == NULL)
        return true;
    if (duration_parse(text, step_ns_out) && *step_ns_out >= NSEC_PER_MSEC &&
        *step_ns_out <= STEP_MOST_NS) {
        *step_ns_out -= *step_ns_out % NSEC_PER_MSEC;
        return true;
    }
    made_problem(request, 400,
                 "step '%.40s': seconds (10) or a duration (500ms, 1m), 1 ms to 366 d", text);
    return false;
}

/* "ID/samples" without what the route knows. */
static bool read_id(struct request *request, char *id, size_t size)
{
    const char *rest = request_rest(request);
    size_t length = strcspn(rest, "/");

    if (length >= size)
        length = size - 1; /* longer than any */
    memcpy(id, rest, length);
    id[length] = '\0';
    if (api_is_run_id(id))
        return true;
    made_problem(request, 404, "'%.40s' is no identifier of a run", id);
    return false;
}

void api_samples(struct request *request, const struct settings *settings)
{
    AICO2_CLEANUP(freep) struct sample_steps *steps = NULL;
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    char id[64];
    int64_t wanted_ns;
    int r;

    if (!read_id(request, id, sizeof(id)) || !read_step(request, &wanted_ns))
        return;
    r = api_open_history(settings, &history, &err);
    if (r == 0) {
        steps = malloc(sizeof(*steps));
        r = steps == NULL ? aico2_error_set(&err, -ENOMEM, "out of memory")
                          : draw(history, id, wanted_ns, steps, &request->made.body, &err);
    }
    history_close(history);
    if (r < 0)
        made_failure(request, &err);
}
