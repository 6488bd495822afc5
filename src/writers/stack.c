/* SPDX-License-Identifier: Apache-2.0 */
/* writers/stack.c - how the services of `aico2 up` and `aico2 down` fare */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "writers/csv_row.h"
#include "writers/json_parts.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum { STATE_COLUMNS = 8, PID_COLUMNS = 7, DETAIL_INDENT = 4 };

/* What the seed's script says: people look for it. */
static const char *const WHOLE = "All services started in the background.";

static void add_service(struct json_out *json, const struct stack_service *service)
{
    json_object_begin(json, NULL);
    json_string(json, "name", service->name);
    json_string(json, "state", stack_state_name(service->state));
    if (service->pid > 0)
        json_int(json, "pid", service->pid);
    else
        json_null(json, "pid");
    if (service->port > 0)
        json_int(json, "port", service->port);
    else
        json_null(json, "port");
    json_text(json, "url", service->url);
    json_text(json, "program", service->program);
    json_text(json, "log", service->log);
    json_text(json, "reason", service->reason);
    json_text(json, "note", service->note);
    json_object_end(json);
}

void write_stack_json(struct strbuf *out, const struct stack_report *report)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.stack/1");
    json_string(&json, "directory", report->directory);
    json_bool(&json, "all_up", stack_is_whole(report));
    json_array_begin(&json, "services");
    for (size_t i = 0; i < report->count; i++)
        add_service(&json, &report->services[i]);
    json_array_end(&json);
    json_object_end(&json);
}

void write_stack_csv(struct strbuf *out, const struct stack_report *report)
{
    strbuf_add(out, "name,state,pid,port,url,program,log,reason,note" CSV_LINE_END);
    for (size_t i = 0; i < report->count; i++) {
        const struct stack_service *service = &report->services[i];
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, service->name);
        csv_row_text(&row, stack_state_name(service->state));
        if (service->pid > 0)
            csv_row_int(&row, service->pid);
        else
            csv_row_text(&row, "");
        if (service->port > 0)
            csv_row_int(&row, service->port);
        else
            csv_row_text(&row, "");
        csv_row_text(&row, service->url);
        csv_row_text(&row, service->program);
        csv_row_text(&row, service->log);
        csv_row_text(&row, service->reason);
        csv_row_text(&row, service->note);
        csv_row_end(&row);
    }
}

static size_t name_columns(const struct stack_report *report)
{
    size_t columns = sizeof("service") - 1;

    for (size_t i = 0; i < report->count; i++) {
        size_t needed = text_columns(report->services[i].name);

        columns = needed > columns ? needed : columns;
    }
    return columns;
}

static void add_cells(struct strbuf *out, const char *name, size_t columns, const char *state,
                      const char *pid, const char *last)
{
    text_cell_left(out, name, columns, false);
    strbuf_add(out, "  ");
    text_cell_left(out, state, STATE_COLUMNS, false);
    strbuf_add(out, " ");
    text_cell_right(out, pid, PID_COLUMNS);
    strbuf_printf(out, "  %s\n", last);
}

static void add_lines(struct text_out *out, const char *text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf clean = { 0 };

    if (text[0] == '\0')
        return;
    text_add_clean(&clean, text, out->style.unicode);
    text_item(out, NULL, DETAIL_INDENT, strbuf_text(&clean));
    out->buffer->failed = out->buffer->failed || clean.failed;
}

static void add_table(struct text_out *out, const struct stack_report *report)
{
    size_t columns = name_columns(report);
    const char *dash = out->style.unicode ? "\u2013" : "-";

    add_cells(out->buffer, "service", columns, "state", "pid", "address");
    for (size_t i = 0; i < report->count; i++) {
        const struct stack_service *service = &report->services[i];
        char pid[24];

        (void)snprintf(pid, sizeof(pid), "%" PRId64, service->pid);
        add_cells(out->buffer, service->name, columns, stack_state_name(service->state),
                  service->pid > 0 ? pid : dash, service->url[0] != '\0' ? service->url : dash);
        add_lines(out, service->reason);
        if (service->state == STACK_FAILED && service->pid > 0)
            add_lines(out, service->log);
        add_lines(out, service->note);
    }
}

static void add_path(struct text_out *out, const char *label, const char *directory,
                     const char *name)
{
    strbuf_printf(out->buffer, "%-15s", label);
    text_add_clean(out->buffer, directory, out->style.unicode);
    strbuf_printf(out->buffer, "/%s\n", name);
}

void write_stack_up_text(struct strbuf *out, const struct stack_report *report,
                         struct text_style style)
{
    struct text_out text = text_out_begin(out, style);
    size_t wanted = 0;

    add_table(&text, report);
    add_path(&text, "configuration", report->directory, "prometheus.yml");
    add_path(&text, "logs", report->directory, "log");
    if (report->reloaded)
        strbuf_add(out, "Prometheus has taken its new configuration.\n");
    if (stack_is_whole(report)) {
        strbuf_printf(out, "%s\n", WHOLE);
        return;
    }
    for (size_t i = 0; i < report->count; i++)
        wanted +=
            report->services[i].state != STACK_ABSENT && report->services[i].state != STACK_OFF;
    strbuf_printf(out, "%zu of %zu services are up.\n", stack_up_count(report), wanted);
}

void write_stack_down_text(struct strbuf *out, const struct stack_report *report,
                           struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    if (report->count == 0)
        strbuf_add(out, "nothing to end: no service was started by `aico2 up`\n");
    else
        add_table(&text, report);
}
