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
#include "server/sample_steps.h"

enum {
    READ_ONE_BY_ONE = 400000, /* samples: 0.2 s of reading */
    READ_AT_A_STRETCH = 16384,
};

#define STEP_MOST_NS (366 * INT64_C(86400) * NSEC_PER_SEC)

/* What is asked for. */
struct window {
    int64_t step_ns;
    int64_t from_wall_ns; /* 0: from the run's beginning */
    int64_t to_wall_ns;   /* INT64_MAX: to its end */
};

/* Steps of each device, of which there are few: never are all samples in memory. */
struct drawing {
    const struct connection *asks;
    size_t read;
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

static int draw_power(void *payload, const struct history_power *power)
{
    struct drawing *drawing = payload;
    struct sample_steps **steps = &drawing->steps[power->device];

    if (++drawing->read % READ_AT_A_STRETCH == 0 && connection_is_gone(drawing->asks))
        return -ECANCELED;
    if (*steps == NULL) {
        *steps = malloc(sizeof(**steps));
        if (*steps == NULL)
            return -ENOMEM;
        **steps = drawing->plan;
    }
    sample_steps_add(*steps, power);
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

/* Part of the machine's power: a board holds others, and a metered module what is in it. */
static bool is_added(const struct drawing *drawing, const struct device *devices, size_t index)
{
    const struct device *device = &devices[index];
    size_t modules = 0;
    bool same = false;

    for (size_t i = 0; i < drawing->device_count; i++) {
        if (devices[i].kind != DEVICE_MODULE || drawing->steps[i] == NULL ||
            !device_is_beside(&devices[i], device))
            continue;
        modules++;
        same = same || devices[i].index == device->index;
    }
    return device->kind != DEVICE_BOARD && !device_is_inside_module(device, modules, same);
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
        json_string(&json, "kind", device_kind_name(record->devices[i].kind));
        json_string(&json, "basis", basis_name(record->devices[i].basis));
        json_bool(&json, "added", is_added(drawing, record->devices, i));
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

/* Unless they were thinned. */
static bool has_many_samples(const struct history_record *record)
{
    const struct run *run = &record->run;

    return run->interval_ns > 0 && run->duration_ns / run->interval_ns >
                                       READ_ONE_BY_ONE / (int64_t)(record->device_count + 1);
}

/* A part of a run in steps that what was put together does not tell: its samples are read, however many. */
static bool is_looked_at_nearer(const struct window *window, int64_t span_ns, int64_t unit_ns)
{
    return (window->from_wall_ns > 0 || window->to_wall_ns < INT64_MAX) &&
           window->step_ns < unit_ns && span_ns / window->step_ns < SAMPLE_STEPS_MAX;
}

/* What a run was is a trace of its machine, too, however long it has ended. */
static enum sample_detail detail_for(const struct request *request, const struct run *run)
{
    if (request_sees_raw(request))
        return SAMPLES_EXACT;
    return run->interval_ns >= NSEC_PER_SEC ? SAMPLES_ROUNDED : SAMPLES_COARSE;
}

static int draw_record(struct request *request, struct history *history,
                       const struct history_record *record, const struct window *window,
                       struct aico2_error *err)
{
    const struct run *run = &record->run;
    int64_t from_ns =
        window->from_wall_ns > run->started_wall_ns ? window->from_wall_ns : run->started_wall_ns;
    int64_t to_ns = window->to_wall_ns < end_of(run) ? window->to_wall_ns : end_of(run);
    struct drawing *drawing = calloc(1, sizeof(*drawing));
    int64_t unit_ns = has_many_samples(record) ? history_rollup_width_ns(run->interval_ns) : 0;
    int r;

    if (is_looked_at_nearer(window, to_ns - from_ns, unit_ns))
        unit_ns = 0;
    if (drawing == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    drawing->steps = calloc(record->device_count + 1, sizeof(struct sample_steps *));
    if (drawing->steps == NULL) {
        free(drawing);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    drawing->asks = request->peer;
    drawing->device_count = record->device_count;
    sample_steps_plan(&drawing->plan, from_ns, to_ns, window->step_ns, unit_ns,
                      detail_for(request, run));
    r = history_each_power(history, run->id, record->device_count, unit_ns > 0, draw_power, drawing,
                           err);
    for (size_t i = 0; i < drawing->device_count; i++) {
        if (drawing->steps[i] != NULL && run->state != RUN_RUNNING)
            sample_steps_end(drawing->steps[i]);
    }
    if (r == 0)
        write_drawing(&request->made.body, drawing, record);
    else if (r == -ENOMEM)
        r = aico2_error_set(err, r, "out of memory");
    else if (r == -ECANCELED)
        r = aico2_error_set(err, r, "whoever asked for it has gone");
    drawing_free(drawing);
    return r;
}

static int draw(struct request *request, const struct settings *settings, const char *id,
                const struct window *window, struct aico2_error *err)
{
    struct history_record record;
    struct history *history = NULL;
    int r = api_open_history(settings, &history, err);

    if (r == 0)
        r = history_load(history, id, &record, err);
    if (r == 0) {
        r = draw_record(request, history, &record, window, err);
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

static bool read_end(struct request *request, const char *name, int64_t *wall_ns_out)
{
    const char *text = request_argument(request, name);

    if (text == NULL || wall_time_parse(text, wall_ns_out))
        return true;
    made_problem(request, 400,
                 "%s '%.40s': a time is RFC 3339 (2026-11-24T02:28:48Z) or unix seconds", name,
                 text);
    return false;
}

static bool read_window(struct request *request, struct window *window_out)
{
    *window_out = (struct window){ .to_wall_ns = INT64_MAX };
    if (!read_step(request, &window_out->step_ns) ||
        !read_end(request, "from", &window_out->from_wall_ns) ||
        !read_end(request, "to", &window_out->to_wall_ns))
        return false;
    if (window_out->from_wall_ns < window_out->to_wall_ns)
        return true;
    made_problem(request, 400, "to '%.40s' is not after from '%.40s'",
                 request_argument(request, "to"), request_argument(request, "from"));
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
    struct window window;

    if (!read_id(request, id, sizeof(id)) || !read_window(request, &window))
        return;
    if (draw(request, settings, id, &window, &err) < 0)
        made_failure(request, &err);
}
