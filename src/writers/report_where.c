/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_where.c - the line of a text report that says which job, pod or container a run was in */
#include "writers/report_where.h"

#include <string.h>

#include "base/array.h"
#include "model/labels.h"
#include "writers/text_parts.h"

enum { SHORT_CONTAINER_ID = 12 };

static const char *manager_name(const char *word)
{
    static const char *const names[][2] = {
        { "slurm", "Slurm" }, { "pbs", "PBS" },   { "lsf", "LSF" },
        { "sge", "SGE" },     { "flux", "Flux" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(word, names[i][0]) == 0)
            return names[i][1];
    }
    return "batch";
}

/* ", step 0": the words before a label's value, when there is one. */
static bool add_label(struct strbuf *text, const char *labels, const char *before, const char *key,
                      bool unicode)
{
    struct label label;

    if (!labels_get(labels, key, &label))
        return false;
    strbuf_add(text, before);
    text_add_clean(text, label.value, unicode);
    return true;
}

static void add_job(struct strbuf *text, const char *labels, bool unicode)
{
    struct label manager;

    if (!labels_get(labels, "manager", &manager) || !labels_get(labels, "job_id", &manager))
        return;
    (void)labels_get(labels, "manager", &manager);
    strbuf_add(text, manager_name(manager.value));
    (void)add_label(text, labels, " job ", "job_id", unicode);
    (void)add_label(text, labels, ", step ", "step_id", unicode);
    (void)add_label(text, labels, ", array task ", "array_task_id", unicode);
    (void)add_label(text, labels, ", rank ", "rank", unicode);
    (void)add_label(text, labels, ", of ", "user", unicode);
    (void)add_label(text, labels, ", on ", "node", unicode);
}

static void add_pod(struct strbuf *text, const char *labels, bool unicode)
{
    if (!add_label(text, labels, "pod ", "pod", unicode) &&
        !add_label(text, labels, "pod ", "pod_uid", unicode))
        return;
    (void)add_label(text, labels, ", namespace ", "namespace", unicode);
    (void)add_label(text, labels, ", on ", "node", unicode);
}

static void add_container(struct strbuf *text, const char *labels, bool unicode)
{
    struct label id;
    struct label runtime;

    if (!labels_get(labels, "container_id", &id))
        return;
    if (strlen(id.value) == 64)
        id.value[SHORT_CONTAINER_ID] = '\0'; /* as the runtimes' own tools show it */
    strbuf_add(text, text->length > 0 ? "; " : "");
    if (labels_get(labels, "runtime", &runtime)) {
        text_add_clean(text, runtime.value, unicode);
        strbuf_add(text, " ");
    }
    strbuf_add(text, "container ");
    text_add_clean(text, id.value, unicode);
}

void report_where_add(struct text_out *out, const char *labels)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;

    add_job(&text, labels, unicode);
    if (text.length == 0)
        add_pod(&text, labels, unicode);
    add_container(&text, labels, unicode);
    if (text.length > 0)
        text_item(out, "in", TEXT_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}
