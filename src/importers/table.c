/* SPDX-License-Identifier: Apache-2.0 */
/* importers/table.c - every form of log there is, and which of them a text is */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"
#include "importers/importer.h"
#include "importers/log_text.h"

enum { HEAD_SIZE = 32 * 1024 };

const struct importer *const importers[] = {
    &importer_jtop_csv,   &importer_jtop_usage,    &importer_seed,
    &importer_codecarbon, &importer_carbontracker, &importer_tegrastats,
};
const size_t importer_count = ARRAY_LENGTH(importers);

static const struct importer *find(const char *form)
{
    for (size_t i = 0; i < importer_count; i++) {
        if (strcmp(importers[i]->name, form) == 0)
            return importers[i];
    }
    return NULL;
}

static int refuse(const struct log_text *text, const char *head, struct aico2_error *err)
{
    char names[112] = "";
    char line[48];

    text_copy_clean(line, sizeof(line), head);
    if (head[0] == '\0')
        return aico2_error_set(err, -EBADMSG, "%.100s: the file is empty", text->name);
    if (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0)
        return aico2_error_set(err, -EBADMSG,
                               "%.100s: the file is UTF-16: iconv -f UTF-16 -t UTF-8 makes it "
                               "readable",
                               text->name);
    if (strncasecmp(head, "time;", 5) == 0 || strncasecmp(head, "timestamp;", 10) == 0)
        return aico2_error_set(err, -EBADMSG,
                               "%.100s: its cells are parted by ';': a spreadsheet has rewritten "
                               "it; save it with commas, and points in numbers",
                               text->name);
    for (size_t i = 0; i < importer_count; i++)
        text_append(names, sizeof(names), "%s%s", i > 0 ? ", " : "", importers[i]->name);
    return aico2_error_set(err, -EBADMSG,
                           "%.90s: none of the logs that are known (%s); it begins '%s'",
                           text->name, names, line);
}

static int recognise(struct log_text *text, const struct importer **importer_out,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *head = malloc(HEAD_SIZE);
    const char *start;
    int r;

    if (head == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = log_text_head(text, head, HEAD_SIZE, err);
    if (r < 0)
        return r;
    start = strncmp(head, "\xef\xbb\xbf", 3) == 0 ? head + 3 : head;
    start += strspn(start, " \t\r\n");
    for (size_t i = 0; i < importer_count; i++) {
        if (importers[i]->recognise(start)) {
            *importer_out = importers[i];
            return 0;
        }
    }
    return refuse(text, start, err);
}

int importer_open(const struct import_settings *settings, struct series **series_out,
                  struct aico2_error *err)
{
    const struct importer *importer = settings->form == NULL ? NULL : find(settings->form);
    struct log_text *text;
    int r;

    if (settings->form != NULL && importer == NULL)
        return aico2_error_set(err, -EINVAL, "no form of log is called '%.40s'", settings->form);
    r = log_text_open(&text, settings->path, settings->from_fd, settings->strict, err);
    if (r < 0)
        return r;
    if (importer == NULL)
        r = recognise(text, &importer, err);
    if (r < 0) {
        log_text_close(text);
        return r;
    }
    return importer->open(text, settings, series_out, err);
}
