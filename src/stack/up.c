/* SPDX-License-Identifier: Apache-2.0 */
/* stack/up.c - starting what does not run yet, and waiting until all of it answers */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "stack/address.h"
#include "stack/choose.h"
#include "stack/directory.h"
#include "stack/probe.h"
#include "stack/process.h"
#include "stack/prometheus_yml.h"
#include "stack/service.h"
#include "stack/stack.h"
#include "stack/start.h"

static const int64_t LOCK_WAIT_NS = 60 * NSEC_PER_SEC; /* another `up` may be waiting for its own */
static const int64_t PROBE_WAIT_NS = 2 * NSEC_PER_SEC;
static const int64_t PAUSE_NS = 100 * NSEC_PER_MSEC;
static const size_t CONFIGURATION_MOST = 1 << 20;

struct up {
    const struct stack_plan *plan;
    struct stack_directory directory;
    struct record record;
    struct stack_report *report;
    bool begin[STACK_SERVICES_MAX];
    bool ready[STACK_SERVICES_MAX];
};

static int make_folders(const struct stack_directory *directory, struct aico2_error *err)
{
    static const char *const names[] = { "log", "data", "textfile" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (mkdirat(directory->fd, names[i], 0700) < 0 && errno != EEXIST)
            return aico2_error_set_errno(err, errno, "cannot make '%s/%s'", directory->path,
                                         names[i]);
    }
    return 0;
}

static bool server_runs(const struct up *up)
{
    for (size_t i = 0; i < service_row_count; i++) {
        if (service_rows[i].is_server && up->report->services[i].state == STACK_RUNNING)
            return true;
    }
    return false;
}

/* A server that runs goes on as it was started, unless an option says otherwise. */
static int64_t choose_interval_ns(const struct up *up)
{
    AICO2_CLEANUP(freep) char *there = NULL;
    int64_t interval_ns = 0;

    if (!up->plan->interval_given && server_runs(up) &&
        fs_read_all_at(up->directory.fd, "prometheus.yml", CONFIGURATION_MOST, &there, NULL) >= 0)
        interval_ns = prometheus_yml_interval_ns(there);
    return interval_ns > 0 ? interval_ns : up->plan->interval_ns;
}

/* Return: 1 the configuration is another one than before, 0 the same, -errno. */
static int configure(struct up *up, struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct scrape_target targets[STACK_SERVICES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < service_row_count; i++) {
        if (up->begin[i] || stack_state_is_up(up->report->services[i].state))
            targets[count++] = (struct scrape_target){ .job = service_rows[i].name,
                                                       .metrics_path = service_rows[i].metrics_path,
                                                       .port = up->report->services[i].port };
    }
    prometheus_yml_write(&text, STACK_ADDRESS, targets, count, choose_interval_ns(up),
                         up->plan->rules);
    return stack_file_write(&up->directory, "prometheus.yml", &text, err);
}

/* Those that are read before the one who reads: its first look then finds them. */
static int start_all(struct up *up, struct aico2_error *err)
{
    for (int server = 0; server <= 1; server++) {
        for (size_t i = 0; i < service_row_count; i++) {
            int r;

            if (!up->begin[i] || service_rows[i].is_server != (server == 1))
                continue;
            r = service_start(up->plan, &service_rows[i], &up->directory, &up->record,
                              &up->report->services[i], err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static void reload(struct up *up)
{
    for (size_t i = 0; i < service_row_count; i++) {
        const struct stack_service *service = &up->report->services[i];
        const struct record_entry *entry = record_find(&up->record, service->name);

        if (service_rows[i].is_server && service->state == STACK_RUNNING && entry != NULL)
            up->report->reloaded =
                process_signal(up->plan->proc_fd, entry->pid, entry->start_ticks, SIGHUP) == 0;
    }
}

static void tell_death(struct up *up, struct stack_service *service)
{
    char words[STACK_TEXT_SIZE - 32];

    (void)waitpid((pid_t)service->pid, NULL, WNOHANG);
    service_last_words(&up->directory, service->name, words, sizeof(words));
    service->state = STACK_FAILED;
    service->pid = 0;
    (void)snprintf(service->reason, sizeof(service->reason), "ended at once%s%s",
                   words[0] != '\0' ? ": " : "", words);
    record_drop(&up->record, service->name);
}

/* What it exposes says how well it can do its work. */
static void look_for_sign(const struct stack_plan *plan, const struct service_row *row,
                          struct stack_service *service)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };
    const struct service_sign *sign = &row->sign;

    if (sign->text == NULL || service->note[0] != '\0')
        return;
    if (sign->place != NULL && faccessat(plan->sys_fd, sign->place, F_OK, 0) < 0)
        return;
    if (probe_get(STACK_ADDRESS, service->port, row->metrics_path, PROBE_WAIT_NS, &body, NULL) ==
            200 &&
        !text_has_line(strbuf_text(&body), sign->text))
        (void)snprintf(service->note, sizeof(service->note), "%s", sign->note);
}

/* Return: whether it is still to be waited for. */
static bool look(struct up *up, size_t index, int64_t deadline_ns)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };
    const struct service_row *row = &service_rows[index];
    struct stack_service *service = &up->report->services[index];
    const struct record_entry *entry = record_find(&up->record, service->name);
    int64_t left_ns = deadline_ns - clock_mono_ns();
    struct aico2_error err = { 0 };
    int status;

    if (up->ready[index] || !(service->state == STACK_STARTED || service->state == STACK_RUNNING))
        return false;
    if (entry == NULL || !process_lives(up->plan->proc_fd, entry->pid, entry->start_ticks)) {
        tell_death(up, service);
        return false;
    }
    if (left_ns > PROBE_WAIT_NS)
        left_ns = PROBE_WAIT_NS;
    status = probe_get(STACK_ADDRESS, service->port, row->ready_path,
                       left_ns > NSEC_PER_MSEC ? left_ns : NSEC_PER_MSEC, &body, &err);
    if (status == 200) {
        up->ready[index] = true;
        look_for_sign(up->plan, row, service);
        return false;
    }
    if (status > 0)
        (void)snprintf(service->reason, sizeof(service->reason),
                       "http://" STACK_ADDRESS ":%d%s answers with status %d", service->port,
                       row->ready_path, status);
    else
        (void)snprintf(service->reason, sizeof(service->reason), "%s", err.message);
    return true;
}

static void wait_for_all(struct up *up)
{
    int64_t deadline_ns = clock_mono_ns() + up->plan->wait_ns;
    bool waiting = true;

    while (waiting) {
        waiting = false;
        for (size_t i = 0; i < service_row_count; i++)
            waiting = look(up, i, deadline_ns) || waiting;
        if (waiting && clock_mono_ns() >= deadline_ns)
            break;
        if (waiting)
            clock_pause_ns(PAUSE_NS);
    }
    for (size_t i = 0; i < service_row_count; i++) {
        struct stack_service *service = &up->report->services[i];

        if (up->ready[i])
            service->reason[0] = '\0';
        else if (service->state == STACK_STARTED || service->state == STACK_RUNNING)
            service->state =
                STACK_FAILED; /* it runs, and `down` ends it; the reason says the rest */
    }
}

static int bring_up(struct up *up, struct aico2_error *err)
{
    int changed;
    int r = stack_record_read(&up->directory, up->plan->proc_fd, &up->record, NULL, err);

    if (r == 0)
        r = make_folders(&up->directory, err);
    if (r == 0)
        r = stack_choose(up->plan, &up->record, up->report, up->begin, err);
    if (r < 0)
        return r;
    changed = configure(up, err);
    if (changed < 0)
        return changed;
    if (changed > 0)
        reload(up);
    r = start_all(up, err);
    if (r < 0)
        return r;
    wait_for_all(up);
    return stack_record_write(&up->directory, &up->record, err);
}

int stack_up(const struct stack_plan *plan, struct stack_report *report_out,
             struct aico2_error *err)
{
    struct up up = { .plan = plan, .directory = STACK_DIRECTORY_NULL, .report = report_out };
    int r = stack_directory_open(plan->directory, true, LOCK_WAIT_NS, &up.directory, err);

    if (r < 0)
        return r;
    memset(report_out, 0, sizeof(*report_out));
    (void)snprintf(report_out->directory, sizeof(report_out->directory), "%s", plan->directory);
    r = bring_up(&up, err);
    stack_directory_close(&up.directory);
    return r;
}
