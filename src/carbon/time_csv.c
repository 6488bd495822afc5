/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/time_csv.c - a user's CSV of a figure over time: one header, rising times, figures in range */
#include "carbon/time_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/csv.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

enum { FILE_LIMIT_BYTES = 64 << 20, SHOWN_SIZE = 48, NAME_SIZE = 96 };

struct parsing {
    const struct time_csv_form *form;
    void *payload;
    const char *name; /* of the file, as messages show it */
};

/* The end of a long path is what tells files apart, and the message has to hold the rest too. */
static void show_name(char shown[NAME_SIZE], const char *name)
{
    const char *slash = strrchr(name, '/');

    if (strlen(name) >= NAME_SIZE && slash != NULL)
        name = slash + 1;
    text_copy_clean(shown, NAME_SIZE, name);
}

/* The reader says "line 7: what" and quotes the file as it is: ours is one clean line. */
static int csv_failed(const struct csv_reader *csv, const char *name, int code,
                      struct aico2_error *err)
{
    char message[sizeof(err->message)];
    const char *what;

    if (err == NULL)
        return code;

    text_copy_clean(message, sizeof(message), err->message);
    what = strstr(message, ": ");
    return aico2_error_set(err, code, "%s:%zu: %s", name, csv->line,
                           what != NULL ? what + 2 : message);
}

static int check_header(const struct parsing *parsing, const struct csv_reader *csv,
                        struct aico2_error *err)
{
    char shown[SHOWN_SIZE];

    if (csv->count == 2 && strcmp(csv->cells[0], "time") == 0 &&
        parsing->form->is_column(parsing->payload, csv->cells[1]))
        return 0;

    text_copy_clean(shown, sizeof(shown), csv->cells[0]);
    return aico2_error_set(err, -EBADMSG,
                           "%s:%zu: the first line must be the header '%s', not %zu %s starting "
                           "'%s'",
                           parsing->name, csv->line, parsing->form->header, csv->count,
                           csv->count == 1 ? "cell" : "cells", shown);
}

static int parse_row(const struct parsing *parsing, const struct csv_reader *csv,
                     int64_t previous_ns, int64_t *wall_ns_out, double *value_out,
                     struct aico2_error *err)
{
    const struct time_csv_form *form = parsing->form;
    char shown[SHOWN_SIZE];

    if (csv->count != 2)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: %zu %s instead of 2 (%s)", parsing->name,
                               csv->line, csv->count, csv->count == 1 ? "cell" : "cells",
                               form->header);
    text_copy_clean(shown, sizeof(shown), csv->cells[0]);
    if (!wall_time_parse(csv->cells[0], wall_ns_out))
        return aico2_error_set(err, -EBADMSG,
                               "%s:%zu: not a time: '%s' (RFC 3339 UTC such as "
                               "2026-11-24T10:00:00Z)",
                               parsing->name, csv->line, shown);
    if (*wall_ns_out <= previous_ns)
        return aico2_error_set(err, -EBADMSG,
                               "%s:%zu: times must rise: '%s' is not after the one "
                               "before it",
                               parsing->name, csv->line, shown);
    text_copy_clean(shown, sizeof(shown), csv->cells[1]);
    if (!number_parse_double(csv->cells[1], value_out))
        return aico2_error_set(err, -EBADMSG, "%s:%zu: not a number: '%s'", parsing->name,
                               csv->line, shown);
    if (*value_out < form->low || *value_out > form->high)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: '%s' is not within %.10g and %.10g %s",
                               parsing->name, csv->line, shown, form->low, form->high, form->unit);

    *value_out += 0.0; /* "-0" is a zero too */
    return 0;
}

static int parse_rows(const struct parsing *parsing, struct csv_reader *csv,
                      struct aico2_error *err)
{
    int64_t previous_ns = INT64_MIN;
    size_t count = 0;
    int r;

    while ((r = csv_reader_next(csv, err)) > 0) {
        int64_t wall_ns;
        double value;

        r = parse_row(parsing, csv, previous_ns, &wall_ns, &value, err);
        if (r < 0)
            return r;
        if (parsing->form->add(parsing->payload, wall_ns, value) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        previous_ns = wall_ns;
        count++;
    }
    if (r < 0)
        return csv_failed(csv, parsing->name, r, err);
    if (count == 0)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: no values after the header", parsing->name,
                               csv->line);
    return 0;
}

static int parse_table(const struct parsing *parsing, struct csv_reader *csv,
                       struct aico2_error *err)
{
    int r = csv_reader_next(csv, err);

    if (r == 0)
        return aico2_error_set(err, -EBADMSG, "%s:1: empty; the first line must be the header '%s'",
                               parsing->name, parsing->form->header);
    if (r < 0)
        return csv_failed(csv, parsing->name, r, err);
    r = check_header(parsing, csv, err);
    return r < 0 ? r : parse_rows(parsing, csv, err);
}

int time_csv_parse(char *text, size_t length, const char *name, const struct time_csv_form *form,
                   void *payload, struct aico2_error *err)
{
    char shown[NAME_SIZE];
    const struct parsing parsing = { .form = form, .payload = payload, .name = shown };
    struct csv_reader csv;
    size_t line = 1;
    int r;

    show_name(shown, name);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0')
            return aico2_error_set(err, -EBADMSG, "%s:%zu: a NUL byte: not a text file", shown,
                                   line);
        line += text[i] == '\n';
    }
    csv_reader_init(&csv, text);
    r = parse_table(&parsing, &csv, err);
    csv_reader_deinit(&csv);
    return r;
}

int time_csv_read(const char *path, const struct time_csv_form *form, void *payload,
                  struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    int length = fs_read_all_at(AT_FDCWD, path, FILE_LIMIT_BYTES, &text, err);

    if (length < 0)
        return length;
    return time_csv_parse(text, (size_t)length, path, form, payload, err);
}
