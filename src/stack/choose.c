/* SPDX-License-Identifier: Apache-2.0 */
/* stack/choose.c - which services are to run here, with which programs, on which ports */
#include "stack/choose.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "stack/address.h"
#include "stack/find.h"
#include "stack/listener.h"
#include "stack/probe.h"
#include "stack/process.h"
#include "stack/service.h"

static const int64_t FOREIGN_WAIT_NS = 3 * NSEC_PER_SEC;

/* The driver's devices; on WSL the paravirtual one. */
static bool has_nvidia_gpu(int dev_fd)
{
    static const char *const names[] = { "nvidia0", "nvidiactl", "dxg" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (faccessat(dev_fd, names[i], F_OK, 0) == 0)
            return true;
    }
    return false;
}

static bool is_none(const struct stack_wish *wish)
{
    return wish->program != NULL && strcmp(wish->program, "none") == 0;
}

static void set_log(const struct stack_plan *plan, struct stack_service *service)
{
    (void)snprintf(service->log, sizeof(service->log), "%.*s/log/%s.log",
                   (int)(sizeof(service->log) - 64), plan->directory, service->name);
}

static void set_place(struct stack_service *service, int32_t port)
{
    service->port = port;
    (void)snprintf(service->url, sizeof(service->url), "http://" STACK_ADDRESS ":%d", port);
}

static void set_running(const struct record_entry *entry, const struct stack_wish *wish,
                        struct stack_service *service)
{
    service->state = STACK_RUNNING;
    service->pid = entry->pid;
    set_place(service, entry->port);
    (void)snprintf(service->program, sizeof(service->program), "%s", entry->program);
    if (wish->port > 0 && wish->port != entry->port)
        (void)snprintf(service->note, sizeof(service->note),
                       "stays on port %d: `aico2 down` first, to have it on %d", entry->port,
                       wish->port);
}

static int find_program(const struct stack_plan *plan, const struct service_row *row,
                        const struct stack_wish *wish, struct stack_service *service,
                        struct aico2_error *err)
{
    if (wish->program != NULL)
        return program_given(row->option, wish->program, plan->path, service->program,
                             sizeof(service->program), err);
    if (row->programs[0] == NULL && plan->own_program != NULL) {
        (void)snprintf(service->program, sizeof(service->program), "%s", plan->own_program);
        return 0;
    }
    if (program_find(row->programs, SERVICE_PROGRAMS_MAX, plan->path, service->program,
                     sizeof(service->program)) == 0)
        return 0;
    service->state = STACK_MISSING;
    (void)snprintf(service->reason, sizeof(service->reason), "not installed: %s; or %s PATH",
                   row->package, row->option);
    return 0;
}

/* Return: whether there is anything to be started. */
static int choose_one(const struct stack_plan *plan, size_t index, struct record *record,
                      struct stack_service *service, struct aico2_error *err)
{
    const struct service_row *row = &service_rows[index];
    const struct stack_wish *wish = &plan->wishes[index];
    const struct record_entry *entry = record_find(record, row->name);
    int r;

    (void)snprintf(service->name, sizeof(service->name), "%s", row->name);
    if (entry != NULL && process_lives(plan->proc_fd, entry->pid, entry->start_ticks)) {
        set_running(entry, wish, service);
        return 0;
    }
    if (entry != NULL)
        record_drop(record, row->name); /* ended by itself: it is started anew */
    if (is_none(wish)) {
        service->state = STACK_OFF;
        return 0;
    }
    if (row->gpu == SERVICE_FOR_NVIDIA && wish->program == NULL && !has_nvidia_gpu(plan->dev_fd)) {
        service->state = STACK_ABSENT;
        (void)snprintf(service->reason, sizeof(service->reason), "no NVIDIA GPU here");
        return 0;
    }
    r = find_program(plan, row, wish, service, err);
    return r < 0 ? r : service->state != STACK_MISSING;
}

/* Two that measure the same: one of them is enough. */
static void choose_between(const struct stack_plan *plan, struct stack_report *report,
                           bool begin[STACK_SERVICES_MAX])
{
    for (size_t i = 0; i < service_row_count; i++) {
        int better = service_rows[i].yields != NULL ? service_find(service_rows[i].yields) : -1;
        struct stack_service *service = &report->services[i];
        struct stack_service *other;

        if (better < 0)
            continue;
        other = &report->services[better];
        if ((begin[better] || other->state == STACK_RUNNING) && plan->wishes[i].program == NULL &&
            service->state != STACK_RUNNING && service->state != STACK_ABSENT) {
            begin[i] = false;
            service->state = STACK_OFF;
            (void)snprintf(service->reason, sizeof(service->reason),
                           "%s measures the same, and better", other->name);
        } else if (other->state == STACK_MISSING) {
            other->state = STACK_ABSENT;
            (void)snprintf(other->reason, sizeof(other->reason), "not installed: %s instead",
                           service->name);
        }
    }
}

/* Another's that does the very thing is as good as ours; but a server reads what it was told to. */
static bool is_foreign(const struct service_row *row, int32_t port)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };

    return !row->is_server &&
           probe_get(STACK_ADDRESS, port, row->metrics_path, FOREIGN_WAIT_NS, &body, NULL) == 200 &&
           text_has_line(strbuf_text(&body), row->proof);
}

/* Return: whether it is still to be started. */
static bool choose_port(const struct stack_plan *plan, size_t index, struct stack_service *service)
{
    const struct service_row *row = &service_rows[index];
    int32_t wanted = plan->wishes[index].port >= 0 ? plan->wishes[index].port : row->port;
    int got = port_take(STACK_ADDRESS, wanted);
    char owner[96];

    set_place(service, got >= 0 ? got : wanted);
    if (got >= 0)
        return true;
    service->state = STACK_FAILED;
    if (got != -EADDRINUSE) {
        (void)snprintf(service->reason, sizeof(service->reason), "port %d: %s", wanted,
                       strerror(-got));
        return false;
    }
    service->pid = port_owner(plan->proc_fd, wanted, owner, sizeof(owner));
    if (is_foreign(row, wanted)) {
        service->state = STACK_FOREIGN;
        (void)snprintf(service->note, sizeof(service->note),
                       "runs already, started by others: %s; it is used as it is", owner);
        return false;
    }
    service->pid = 0;
    (void)snprintf(service->reason, sizeof(service->reason),
                   "port %d is taken by %s: end that, or --port %s=PORT", wanted, owner, row->name);
    return false;
}

/* A port that is free for one is not so for a second. */
static int check_ports(const struct stack_report *report, struct aico2_error *err)
{
    for (size_t i = 0; i < report->count; i++) {
        for (size_t j = i + 1; j < report->count; j++) {
            if (report->services[i].port != 0 &&
                report->services[i].port == report->services[j].port)
                return aico2_error_set(err, -EINVAL, "--port: %s and %s are both to have port %d",
                                       report->services[i].name, report->services[j].name,
                                       report->services[i].port);
        }
    }
    return 0;
}

int stack_choose(const struct stack_plan *plan, struct record *record,
                 struct stack_report *report_out, bool begin_out[STACK_SERVICES_MAX],
                 struct aico2_error *err)
{
    assert(service_row_count <= STACK_SERVICES_MAX);
    report_out->count = service_row_count;
    for (size_t i = 0; i < service_row_count; i++) {
        int r = choose_one(plan, i, record, &report_out->services[i], err);

        if (r < 0)
            return r;
        begin_out[i] = r > 0;
    }
    choose_between(plan, report_out, begin_out);
    for (size_t i = 0; i < service_row_count; i++) {
        if (begin_out[i])
            begin_out[i] = choose_port(plan, i, &report_out->services[i]);
        if (begin_out[i] || report_out->services[i].state == STACK_RUNNING)
            set_log(plan, &report_out->services[i]);
    }
    return check_ports(report_out, err);
}
