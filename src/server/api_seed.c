/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_seed.c - /carbonfootprint and /responseai/getData: what the original project's two back ends answered,
 * from the history */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "server/api.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "carbon/equivalents.h"
#include "carbon/place.h"
#include "cli/options/own_figures.h"
#include "history/history.h"
#include "server/say.h"
#include "server/seed_question.h"
#include "server/settings.h"
#include "session/report/build.h"
#include "writers/writer.h"

/* A country by its code alone, in capitals, as there: names and the world are for people. */
static bool find_country(const struct settings *settings, const char *code, char place_out[4])
{
    const struct place_query query = { .country = code, .gco2e_per_kwh = NAN };
    struct intensity intensity;

    if (own_figures_resolve(&settings->options, &query, &intensity, NULL, NULL) < 0 ||
        intensity.country[0] == '\0' ||
        (strcmp(code, intensity.country) != 0 && strcmp(code, intensity.country3) != 0))
        return false;
    memcpy(place_out, intensity.country, sizeof(intensity.country));
    return true;
}

/* One that its command ended by itself, or that was brought in from a log. */
static bool is_finished(const struct run_row *row)
{
    return row->state == RUN_FINISHED || row->state == RUN_IMPORTED;
}

/* Return: 1; 0: none; -errno */
static int find_newest(struct history *history, const char *stage, char id_out[ULID_SIZE],
                       struct aico2_error *err)
{
    char cursor[ULID_SIZE] = "";

    do {
        const struct history_filter filter = { .stage = stage, .limit = 100, .cursor = cursor };
        AICO2_CLEANUP(freep) struct run_row *rows = NULL;
        char next[ULID_SIZE] = "";
        size_t count = 0;
        int r = history_list(history, &filter, &rows, &count, next, err);

        if (r < 0)
            return r;
        for (size_t i = 0; i < count; i++) {
            if (is_finished(&rows[i])) {
                memcpy(id_out, rows[i].id, ULID_SIZE);
                return 1;
            }
        }
        memcpy(cursor, next, sizeof(cursor));
    } while (cursor[0] != '\0');
    return 0;
}

static int find_run(const struct settings *settings, const char *stage, char id_out[ULID_SIZE],
                    struct aico2_error *err)
{
    struct history *history = NULL;
    int r;

    if (settings->db_path[0] == '\0')
        return 0; /* --no-db: no run is ever kept */
    r = history_open(settings->db_path, HISTORY_READ, &history, err);
    if (r == 0)
        r = find_newest(history, stage, id_out, err);
    history_close(history);
    return r == -ENOENT ? 0 : r;
}

/* How one of the two routes is asked and answered. */
struct seed_route {
    const char *fields[SEED_WORDS]; /* of the country and the stage */
    const char *stages[2];          /* how it calls "training" and "inference" */
    void (*write)(struct strbuf *out, const struct seed_footprint *footprint);
};

static const char *const own_stages[2] = { "training", "inference" };

static void answer(struct request *request, const struct settings *settings,
                   const struct seed_route *route, const char *id, const char *place)
{
    struct report report;

    if (api_read_report(request, settings, id, place, &report) < 0) {
        made_detail(&request->made, 500, "Internal Server Error");
        return;
    }
    route->write(&request->made.body,
                 &(struct seed_footprint){
                     .report = &report,
                     .car_km = equivalent_car_km(report.operational_gco2e.value),
                     .tree_seedling_months =
                         equivalent_tree_seedling_months(report.operational_gco2e.value),
                     .answered_wall_ns = clock_wall_ns(),
                 });
    report_deinit(&report);
}

static void answer_stage(struct request *request, const struct settings *settings,
                         const struct seed_route *route, const struct seed_question *question,
                         const char *place)
{
    const char *word = question->words[1];
    int at = text_index(word, route->stages, ARRAY_LENGTH(route->stages));
    const char *stage = at >= 0 ? own_stages[at] : word;
    struct aico2_error err = { 0 };
    char id[ULID_SIZE] = "";
    int found = 0;

    /* what the server itself measures is nobody's piece of work */
    if (stage[0] != '\0' && strcmp(stage, RUN_STAGE_WATCH) != 0)
        found = find_run(settings, stage, id, &err);
    if (found > 0) {
        answer(request, settings, route, id, place);
    } else if (found < 0) {
        say_warning("%s: %s", request->url, err.message);
        made_detail(&request->made, 500, "Internal Server Error");
    } else if (text_index(stage, own_stages, ARRAY_LENGTH(own_stages)) >= 0) {
        /* the two of the original are known without a run, others once there is one */
        made_detail(&request->made, 500, "CSV file does not contain enough data");
    } else {
        seed_question_refuse_word(&request->made, question->source, route->fields[1], word,
                                  route->stages);
    }
}

static void answer_route(struct request *request, const struct settings *settings,
                         const struct seed_route *route)
{
    struct seed_question question;
    char place[4];

    if (!seed_question_read(request, route->fields, &question))
        return;
    if (find_country(settings, question.words[0], place))
        answer_stage(request, settings, route, &question, place);
    else
        made_detail(&request->made, 404, "The country code is not an Orange country");
    seed_question_deinit(&question);
}

void api_carbonfootprint(struct request *request, const struct settings *settings)
{
    static const struct seed_route route = {
        .fields = { "country_code", "life_cycle_step" },
        .stages = { "training", "inference" },
        .write = write_seed_footprint,
    };

    answer_route(request, settings, &route);
}

void api_get_data(struct request *request, const struct settings *settings)
{
    static const struct seed_route route = {
        .fields = { "region", "lifecycle" },
        .stages = { "Training", "Inference" },
        .write = write_seed_page_data,
    };

    answer_route(request, settings, &route);
}
