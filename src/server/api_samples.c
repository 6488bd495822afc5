/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_samples.c - GET /api/v1/runs/{id}/samples: the power of a stored run over time, to draw it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/time_text.h"
#include "history/history.h"
#include "server/coarse_row.h"
#include "server/sample_steps.h"

#define STEP_MOST_NS (366 * INT64_C(86400) * NSEC_PER_SEC)

/* Steps of each device, of which there are few: never are all samples in memory. */
struct drawing {
    struct sample_steps plan;    /* without samples */
    struct sample_steps **steps; /* of each device; NULL: it has no sample */
    size_t device_count;
};

static void drawing_free(struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->device_count; i++)
        free(drawing->steps[i]);
    free(drawing->steps);
    free(drawing);
}

static int draw_sample(void *payload, const struct history_sample *sample)
{
    struct drawing *drawing = payload;
    struct sample_steps **steps = &drawing->steps[sample->device];

    if (*steps == NULL) {
        *steps = malloc(sizeof(**steps));
        if (*steps == NULL)
            return -ENOMEM;
        **steps = drawing->plan;
    }
    sample_steps_add(*steps, sample);
    return 0;
}

static void write_points(struct json_out *json, const struct sample_steps *steps)
{
    json_array_begin(json, "points");
    for (size_t i = 0; i < steps->count; i++) {
        const struct step_cell *cell = &steps->cells[i];
        int64_t start_ns = steps->first_wall_ns + (int64_t)i * steps->step_ns;

        if (!(cell->seconds > 0))
            continue;
        json_array_begin(json, NULL);
        /* in whole milliseconds, as a step is: so that it is exact as a number with a fraction */
        json_double(json, NULL, (double)(start_ns / NSEC_PER_MSEC) / 1e3);
        json_double(json, NULL, cell->least_watts);
        json_double(json, NULL, cell->joules / cell->seconds);
        json_double(json, NULL, cell->most_watts);
        json_array_end(json);
    }
    json_array_end(json);
}

static void write_drawing(struct strbuf *body, const struct drawing *drawing,
                          const struct history_record *record)
{
    struct json_out json;

    json_out_init_line(&json, body);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.samples/1");
    json_string(&json, "run", record->run.id);
    json_double(&json, "step_seconds", seconds_from_ns(drawing->plan.step_ns));
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < drawing->device_count; i++) {
        if (drawing->steps[i] == NULL)
            continue;
        json_object_begin(&json, NULL);
        json_string(&json, "id", record->devices[i].id);
        write_points(&json, drawing->steps[i]);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    strbuf_add(body, "\n");
}

/* Of a clock that was set back the run's own time tells when it ended. */
static int64_t end_of(const struct run *run)
{
    int64_t ended_ns;

    if (__builtin_add_overflow(run->started_wall_ns, run->duration_ns, &ended_ns))
        ended_ns = run->ended_wall_ns;
    return ended_ns > run->ended_wall_ns ? ended_ns : run->ended_wall_ns;
}

static int draw_record(struct history *history, const struct history_record *record,
                       int64_t wanted_ns, struct strbuf *body, struct aico2_error *err)
{
    const struct run *run = &record->run;
    struct drawing *drawing = calloc(1, sizeof(*drawing));
    int r;

    if (drawing == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    drawing->steps = calloc(record->device_count + 1, sizeof(struct sample_steps *));
    if (drawing->steps == NULL) {
        free(drawing);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    drawing->device_count = record->device_count;
    sample_steps_plan(&drawing->plan, run->started_wall_ns, end_of(run), wanted_ns,
                      !run_is_told_exactly(run->state, seconds_from_ns(run->duration_ns)));
    r = history_each_power(history, run->id, record->device_count, draw_sample, drawing, err);
    if (r == 0)
        write_drawing(body, drawing, record);
    else if (r == -ENOMEM)
        r = aico2_error_set(err, r, "out of memory");
    drawing_free(drawing);
    return r;
}

static int draw(const struct settings *settings, const char *id, int64_t wanted_ns,
                struct strbuf *body, struct aico2_error *err)
{
    struct history_record record;
    struct history *history = NULL;
    int r = api_open_history(settings, &history, err);

    if (r == 0)
        r = history_load(history, id, &record, err);
    if (r == 0) {
        r = draw_record(history, &record, wanted_ns, body, err);
        history_record_deinit(&record);
    }
    history_close(history);
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
    struct aico2_error err = { 0 };
    char id[64];
    int64_t wanted_ns;

    if (!read_id(request, id, sizeof(id)) || !read_step(request, &wanted_ns))
        return;
    if (draw(settings, id, wanted_ns, &request->made.body, &err) < 0)
        made_failure(request, &err);
}
