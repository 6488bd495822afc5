/* SPDX-License-Identifier: Apache-2.0 */
/* stack/down.c - ending the services that were started, and nothing else */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "stack/directory.h"
#include "stack/process.h"
#include "stack/service.h"
#include "stack/stack.h"

static const int64_t LOCK_WAIT_NS = 10 * NSEC_PER_SEC;

static void tell_end(struct stack_service *service, enum process_end end)
{
    switch (end) {
    case PROCESS_ENDED:
        service->state = STACK_ENDED;
        break;
    case PROCESS_KILLED:
        service->state = STACK_KILLED;
        (void)snprintf(service->reason, sizeof(service->reason),
                       "did not end when it was asked to");
        break;
    case PROCESS_GONE:
        service->state = STACK_GONE;
        (void)snprintf(service->reason, sizeof(service->reason), "had ended before");
        break;
    case PROCESS_REFUSED:
        service->state = STACK_LEFT;
        (void)snprintf(service->reason, sizeof(service->reason), "may not be ended: not ours");
        break;
    case PROCESS_STAYS:
        service->state = STACK_LEFT;
        (void)snprintf(service->reason, sizeof(service->reason), "outlives SIGKILL");
        break;
    }
}

static struct stack_service *add_service(const struct stack_plan *plan,
                                         const struct record_entry *entry,
                                         struct stack_report *report)
{
    struct stack_service *service = &report->services[report->count++];

    service->pid = entry->pid;
    service->port = entry->port;
    (void)snprintf(service->name, sizeof(service->name), "%s", entry->name);
    (void)snprintf(service->program, sizeof(service->program), "%s", entry->program);
    (void)snprintf(service->log, sizeof(service->log), "%.*s/log/%s.log",
                   (int)(sizeof(service->log) - 64), plan->directory, entry->name);
    return service;
}

static bool is_server(const struct record_entry *entry)
{
    int row = service_find(entry->name);

    return row >= 0 && service_rows[row].is_server;
}

/* The server first, so that it does not write down how the others go. What another version has started and
 * this one does not know is ended too. */
static int end_all(const struct stack_plan *plan, const struct stack_directory *directory,
                   struct record *record, struct stack_report *report, struct aico2_error *err)
{
    const struct record all = *record;
    int r = 0;

    for (int server = 1; server >= 0; server--) {
        for (size_t i = 0; i < all.count && r >= 0; i++) {
            const struct record_entry *entry = &all.entries[i];
            struct stack_service *service;

            if (is_server(entry) != (server == 1))
                continue;
            service = add_service(plan, entry, report);
            tell_end(service,
                     process_end(plan->proc_fd, entry->pid, entry->start_ticks, plan->wait_ns));
            if (service->state == STACK_LEFT)
                continue;
            record_drop(record, entry->name);
            r = stack_record_write(directory, record, err);
        }
    }
    return r;
}

static void tell_lapsed(const struct stack_plan *plan, const struct record *lapsed,
                        struct stack_report *report)
{
    for (size_t i = 0; i < lapsed->count; i++) {
        struct stack_service *service = add_service(plan, &lapsed->entries[i], report);

        service->state = STACK_GONE;
        (void)snprintf(service->reason, sizeof(service->reason),
                       "the machine was started anew since: nothing was touched");
    }
}

int stack_down(const struct stack_plan *plan, struct stack_report *report_out,
               struct aico2_error *err)
{
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    struct record record, lapsed;
    int r = stack_directory_open(plan->directory, false, LOCK_WAIT_NS, &directory, err);

    if (r < 0)
        return r;
    memset(report_out, 0, sizeof(*report_out));
    (void)snprintf(report_out->directory, sizeof(report_out->directory), "%s", plan->directory);
    r = stack_record_read(&directory, plan->proc_fd, &record, &lapsed, err);
    if (r == 0) {
        if (strcmp(record.boot, lapsed.boot) != 0) {
            tell_lapsed(plan, &lapsed, report_out);
            r = stack_record_write(&directory, &record, err);
        } else {
            r = end_all(plan, &directory, &record, report_out, err);
        }
    }
    stack_directory_close(&directory);
    return r;
}
