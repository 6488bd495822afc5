/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/report.c - implements include/aico2/report.h */
#include "session/public/report.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "carbon/footprint.h"
#include "history/fork_gate.h"
#include "history/history.h"
#include "session/place/again.h"
#include "session/public/public.h"
#include "session/public/settings.h"
#include "session/ranks/joined.h"
#include "session/report/build.h"
#include "writers/codecarbon_csv.h"
#include "writers/writer.h"

enum document { DOCUMENT_JSON, DOCUMENT_TEXT, DOCUMENT_CODECARBON, DOCUMENT_SEED, DOCUMENTS };

struct aico2_report {
    struct report report;
    pthread_mutex_t *lock; /* of what follows */
    char **documents;      /* NULL: not asked for yet */
};

int public_report_new(struct aico2_report **report_out, struct report *report,
                      struct aico2_error *err)
{
    struct aico2_report *made = calloc(1, sizeof(*made));

    if (made != NULL) {
        made->lock = malloc(sizeof(*made->lock));
        made->documents = calloc(DOCUMENTS, sizeof(*made->documents));
    }
    if (made == NULL || made->lock == NULL || made->documents == NULL) {
        if (made != NULL) {
            free(made->lock);
            free(made->documents);
        }
        free(made);
        report_deinit(report);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    (void)pthread_mutex_init(made->lock, NULL);
    made->report = *report;
    *report_out = made;
    return 0;
}

void aico2_report_free(struct aico2_report *report)
{
    if (report == NULL)
        return;
    report_deinit(&report->report);
    for (size_t i = 0; i < DOCUMENTS; i++)
        free(report->documents[i]);
    free(report->documents);
    (void)pthread_mutex_destroy(report->lock);
    free(report->lock);
    free(report);
}

static int load(struct history *history, const char *run, struct aico2_report **report_out,
                struct aico2_error *err)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    struct report report;
    int r = joined_load(history, run, &record, err);

    if (r < 0)
        return r;
    r = place_again(&record.run, &basis, err);
    if (r == 0)
        r = report_build(&record, &basis, &report, err);
    history_record_deinit(&record);
    return r < 0 ? r : public_report_new(report_out, &report, err);
}

static int load_from(const char *path, const char *run, struct aico2_report **report_out,
                     struct aico2_error *err)
{
    struct history *history = NULL;
    int r;

    fork_gate_enter();
    r = history_open(path, HISTORY_READ, &history, err);
    if (r == 0)
        r = load(history, run, report_out, err);
    history_close(history);
    fork_gate_leave();
    return r;
}

int aico2_report_load(struct aico2_report **report_out, const char *db_path, const char *run,
                      struct aico2_error *err)
{
    struct public_locale locale;
    char path[PATH_MAX];
    int r = public_locale_enter(&locale, err);

    if (r < 0)
        return r;
    r = public_db_path(db_path, path, sizeof(path), err);
    if (r == 0)
        r = load_from(path, run, report_out, err);
    public_locale_leave(&locale);
    return r;
}

static void write_codecarbon(struct strbuf *out, const struct report *report)
{
    struct csv_row row = csv_row_begin(out);

    codecarbon_columns(&row);
    csv_row_end(&row);
    row = csv_row_begin(out);
    codecarbon_cells(&row, report);
    csv_row_end(&row);
}

static char *make(const struct report *report, enum document document)
{
    const struct text_style plain = { .columns = 80 };
    struct strbuf out = { 0 };
    struct public_locale locale;

    if (public_locale_enter(&locale, NULL) < 0)
        return NULL;
    switch (document) {
    case DOCUMENT_JSON:
        write_report_json(&out, report);
        break;
    case DOCUMENT_TEXT:
        write_report_text(&out, report, plain);
        break;
    case DOCUMENT_CODECARBON:
        write_codecarbon(&out, report);
        break;
    case DOCUMENT_SEED:
        (void)format_seed_csv(&out, report, NULL);
        break;
    case DOCUMENTS:
        break;
    }
    public_locale_leave(&locale);
    return strbuf_take(&out);
}

static const char *document(const struct aico2_report *report, enum document document)
{
    const char *text;

    (void)pthread_mutex_lock(report->lock);
    if (report->documents[document] == NULL)
        report->documents[document] = make(&report->report, document);
    text = report->documents[document];
    (void)pthread_mutex_unlock(report->lock);
    return text;
}

const char *aico2_report_json(const struct aico2_report *report)
{
    return document(report, DOCUMENT_JSON);
}

const char *aico2_report_text(const struct aico2_report *report)
{
    return document(report, DOCUMENT_TEXT);
}

const char *aico2_report_codecarbon_csv(const struct aico2_report *report)
{
    return document(report, DOCUMENT_CODECARBON);
}

const char *aico2_report_run_id(const struct aico2_report *report)
{
    return report->report.run.id;
}

const char *aico2_report_name(const struct aico2_report *report)
{
    return report->report.run.name;
}

const char *aico2_report_stage(const struct aico2_report *report)
{
    return report->report.run.stage;
}

const char *aico2_report_state(const struct aico2_report *report)
{
    return run_state_name(report->report.run.state);
}

int64_t aico2_report_measured_by(const struct aico2_report *report)
{
    return report->report.measured_by;
}

double aico2_report_started_at_s(const struct aico2_report *report)
{
    return seconds_from_ns(report->report.run.started_wall_ns);
}

double aico2_report_duration_s(const struct aico2_report *report)
{
    return seconds_from_ns(report->report.run.duration_ns);
}

double aico2_report_cpu_s(const struct aico2_report *report)
{
    return report->report.run.cpu_seconds;
}

struct aico2_band aico2_report_energy_joules(const struct aico2_report *report)
{
    return public_band(report->report.total);
}

struct aico2_band aico2_report_energy_kwh(const struct aico2_report *report)
{
    const struct band total = report->report.total;

    return (struct aico2_band){ .value = kwh_from_joules(total.value),
                                .low = kwh_from_joules(total.low),
                                .high = kwh_from_joules(total.high) };
}

double aico2_report_total_joules(const struct aico2_report *report)
{
    return report->report.total.value;
}

double aico2_report_machine_joules(const struct aico2_report *report)
{
    return report->report.machine_joules;
}

double aico2_report_job_joules(const struct aico2_report *report)
{
    return report->report.job_joules;
}

double aico2_report_others_joules(const struct aico2_report *report)
{
    return report->report.others_joules;
}

double aico2_report_idle_joules(const struct aico2_report *report)
{
    return report->report.idle_joules;
}

double aico2_report_idle_share_joules(const struct aico2_report *report)
{
    return report->report.idle_share_joules;
}

struct aico2_band aico2_report_own_energy_joules(const struct aico2_report *report)
{
    return public_band(report->report.own_energy);
}

double aico2_report_measured_ratio(const struct aico2_report *report)
{
    return report->report.measured_ratio;
}

struct aico2_band aico2_report_operational_gco2e(const struct aico2_report *report)
{
    return public_band(report->report.operational_gco2e);
}

struct aico2_band aico2_report_embodied_gco2e(const struct aico2_report *report)
{
    return public_band(report->report.embodied_gco2e);
}

struct aico2_band aico2_report_total_gco2e(const struct aico2_report *report)
{
    return public_band(report->report.total_gco2e);
}

struct aico2_band aico2_report_gco2e_per_kwh(const struct aico2_report *report)
{
    return public_band(report->report.intensity.gco2e_per_kwh);
}

const char *aico2_report_place(const struct aico2_report *report)
{
    return report->report.intensity.place;
}

const char *aico2_report_place_name(const struct aico2_report *report)
{
    return report->report.intensity.name;
}

double aico2_report_pue(const struct aico2_report *report)
{
    return report->report.pue;
}

double aico2_report_gco2e_per_unit(const struct aico2_report *report)
{
    return report->report.sci_gco2e_per_unit;
}

double aico2_report_water_litres(const struct aico2_report *report)
{
    return report->report.water.litres.value;
}

struct aico2_band aico2_report_cost(const struct aico2_report *report)
{
    return public_band(report->report.cost.amount);
}

const char *aico2_report_currency(const struct aico2_report *report)
{
    return report->report.cost.price.currency;
}

double aico2_report_car_km(const struct aico2_report *report)
{
    return report->report.car_km;
}

size_t aico2_report_device_count(const struct aico2_report *report)
{
    return report->report.device_count;
}

int aico2_report_device(const struct aico2_report *report, size_t index,
                        struct aico2_report_device *device_out)
{
    const struct report_device *item;
    struct aico2_report_device filled;

    if (index >= report->report.device_count)
        return -ENODATA;
    item = &report->report.devices[index];
    filled = (struct aico2_report_device){
        .id = item->device.id,
        .kind = device_kind_name(item->device.kind),
        .model = item->device.model,
        .reader = item->device.reader,
        .basis = basis_name(item->device.basis),
        .uuid = item->device.uuid,
        .note = item->device.note,
        .energy_joules = public_band(item->energy),
        .job_joules = item->job_joules,
        .others_joules = item->others_joules,
        .idle_joules = item->idle_joules,
        .idle_share_joules = item->idle_share_joules,
        .mean_power_watts = item->mean_power_watts,
        .peak_power_watts = item->peak_power_watts,
        .utilization_ratio = item->mean_utilization_ratio,
        .coverage_ratio = item->coverage_ratio,
        .gap_seconds = item->gap_seconds,
        .samples = item->samples,
        .operational_gco2e = item->operational_gco2e,
        .embodied_gco2e = item->embodied_gco2e,
        .is_added = report_is_added(item) ? 1 : 0,
    };
    return public_fill(device_out, &filled, sizeof(filled), sizeof(filled), "aico2_report_device",
                       NULL);
}

size_t aico2_report_task_count(const struct aico2_report *report)
{
    return report->report.task_count;
}

int aico2_report_task(const struct aico2_report *report, size_t index,
                      struct aico2_report_task *task_out)
{
    static const char *const kinds[] = { [TASK_REST] = "rest",
                                         [TASK_EPOCH] = "epoch",
                                         [TASK_VALIDATION] = "validation",
                                         [TASK_WORK] = "task" };
    const struct report_task *task;
    struct aico2_report_task filled;

    if (index >= report->report.task_count)
        return -ENODATA;
    task = &report->report.tasks[index];
    filled = (struct aico2_report_task){
        .name = task->name,
        .kind = kinds[task->kind],
        .start_s = task->start_seconds,
        .duration_s = task->duration_seconds,
        .energy_joules = task->energy_joules,
        .total_gco2e = task->total_gco2e,
        .continues = task->kind != TASK_REST && !(task->epochs > 0) ? 1 : 0,
    };
    return public_fill(task_out, &filled, sizeof(filled), sizeof(filled), "aico2_report_task",
                       NULL);
}

const char *aico2_report_warning(const struct aico2_report *report, size_t index)
{
    return index < report->report.warning_count ? report->report.warnings[index] : NULL;
}

const char *aico2_report_seed_csv(const struct aico2_report *report)
{
    return document(report, DOCUMENT_SEED);
}
