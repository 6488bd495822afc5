/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_hosts.c - the lines of a text report that say what each of several machines used */
#include "writers/report_hosts.h"

#include "base/attributes.h"
#include "writers/format.h"
#include "writers/text_parts.h"

enum { HOSTS_MAX = 16 };

void report_hosts_add(struct text_out *out, const struct report *report)
{
    bool unicode = out->style.unicode;

    for (size_t i = 0; report->host_count > 1 && i < report->host_count && i < HOSTS_MAX; i++) {
        const struct report_host *host = &report->hosts[i];
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        text_add_clean(&text, host->name[0] != '\0' ? host->name : "this machine", unicode);
        strbuf_add(&text, "  ");
        text_add_band(&text, QUANTITY_JOULES, host->energy, report->machine_joules, unicode);
        text_item(out, "host", TEXT_INDENT, strbuf_text(&text));
        out->buffer->failed = out->buffer->failed || text.failed;
    }
    if (report->host_count > HOSTS_MAX)
        text_itemf(out, NULL, TEXT_INDENT, "and %zu more hosts: --json has them all",
                   report->host_count - HOSTS_MAX);
}
