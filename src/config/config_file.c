/* SPDX-License-Identifier: Apache-2.0 */
/* config/config_file.c - one YAML file of options
 *
 * libyaml only cuts the text into scalars; what they mean is said by the table, so that YAML 1.1's
 * ideas of booleans and octal numbers do not reach a country code. */
#include "config/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <yaml.h>

#include "base/array.h"
#include "base/fs.h"

enum { FILE_BYTES_MAX = 1 << 20 };

struct file_reader {
    yaml_parser_t parser;
    struct options *options;
    struct option_source source;
    const char *shown;
    bool seen[OPT_COUNT_OF_OPTIONS]; /* keys of this file, to find one given twice */
};

/* The end of a long path says more than its start, and the message must have room after it. */
static void shorten(char shown_out[SHOWN_SIZE], const char *shown)
{
    enum { KEEP = 96 };
    size_t length = strlen(shown);

    if (length <= KEEP)
        (void)snprintf(shown_out, SHOWN_SIZE, "%s", shown);
    else
        (void)snprintf(shown_out, SHOWN_SIZE, "...%s", shown + length - KEEP);
}

static int bad_line(const struct file_reader *reader, const yaml_mark_t *mark, const char *what,
                    struct aico2_error *err)
{
    return aico2_error_set(err, -EBADMSG, "%s:%zu: %s", reader->shown, mark->line + 1, what);
}

static int bad_yaml(const struct file_reader *reader, struct aico2_error *err)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem == NULL ? "damaged YAML" : parser->problem;

    if (parser->error == YAML_MEMORY_ERROR)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (parser->error == YAML_READER_ERROR) /* libyaml gives no line for a bad byte */
        return aico2_error_set(err, -EBADMSG, "%s: %s at byte %zu", reader->shown, problem,
                               parser->problem_offset);
    return bad_line(reader, &parser->problem_mark, problem, err);
}

static int next_event(struct file_reader *reader, yaml_event_t *event, struct aico2_error *err)
{
    if (yaml_parser_parse(&reader->parser, event) == 0)
        return bad_yaml(reader, err);
    return 0;
}

static bool scalar_has_nul(const yaml_event_t *event)
{
    return strlen((const char *)event->data.scalar.value) != event->data.scalar.length;
}

static int unknown_key(const struct file_reader *reader, const yaml_event_t *event,
                       struct aico2_error *err)
{
    const char *key = (const char *)event->data.scalar.value;
    bool local = reader->source.origin == ORIGIN_LOCAL_FILE;
    const char *nearest = option_nearest(key, COMMAND_EVERY, local);
    char quote[QUOTE_SIZE];
    char what[QUOTE_SIZE + 96];

    option_quote(quote, key);
    (void)snprintf(what, sizeof(what), "unknown key '%s'%s%s%s", quote,
                   nearest == NULL ? "" : ": nearest is '", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "'");
    return bad_line(reader, &event->start_mark, what, err);
}

static int take_key(struct file_reader *reader, const yaml_event_t *event,
                    const struct option_row **row_out, bool *negated_out, struct aico2_error *err)
{
    const struct option_row *row;
    char what[160];

    if (event->type != YAML_SCALAR_EVENT)
        return bad_line(reader, &event->start_mark, "a key must be an option's name", err);
    if (scalar_has_nul(event))
        return bad_line(reader, &event->start_mark, "a key holds a NUL character", err);

    row = option_find((const char *)event->data.scalar.value, negated_out);
    if (row == NULL)
        return unknown_key(reader, event, err);
    if (reader->source.origin == ORIGIN_LOCAL_FILE && !row->local_file) {
        (void)snprintf(what, sizeof(what),
                       "'%s' may not stand in a project's .aico2.yml, only in the user's or the "
                       "machine's aico2.yml",
                       row->name);
        return bad_line(reader, &event->start_mark, what, err);
    }
    if (reader->seen[row->id]) {
        (void)snprintf(what, sizeof(what), "'%s' stands here a second time", row->name);
        return bad_line(reader, &event->start_mark, what, err);
    }
    reader->seen[row->id] = true;
    *row_out = row;
    return 0;
}

static int take_value(struct file_reader *reader, const yaml_event_t *event,
                      const struct option_row *row, bool negated, struct aico2_error *err)
{
    char where[SHOWN_SIZE];
    char shown[SHOWN_SIZE + 32];
    const char *text;
    int r;

    (void)snprintf(where, sizeof(where), "%s:%zu", reader->shown, event->start_mark.line + 1);
    (void)snprintf(shown, sizeof(shown), "%s: %s%s", where, negated ? "no-" : "", row->name);
    if (event->type != YAML_SCALAR_EVENT)
        return aico2_error_set(err, -EBADMSG, "%s: takes one value, not %s", shown,
                               event->type == YAML_SEQUENCE_START_EVENT  ? "a list"
                               : event->type == YAML_MAPPING_START_EVENT ? "a mapping"
                                                                         : "an alias");
    if (scalar_has_nul(event))
        return aico2_error_set(err, -EBADMSG, "%s: the value holds a NUL character", shown);

    text = (const char *)event->data.scalar.value;
    if (text[0] == '\0' && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return aico2_error_set(err, -EBADMSG, "%s: has no value", shown);
    r = option_set(reader->options, &reader->source, row, negated, text, where, shown, err);
    if (r == -EINVAL && err != NULL)
        err->code = -EBADMSG;
    return r == -EINVAL ? -EBADMSG : r;
}

/* Return: 1 a pair was taken, 0 the mapping has ended. */
static int take_pair(struct file_reader *reader, struct aico2_error *err)
{
    const struct option_row *row = NULL;
    yaml_event_t event;
    bool negated = false;
    bool ended;
    int r = next_event(reader, &event, err);

    if (r < 0)
        return r;
    ended = event.type == YAML_MAPPING_END_EVENT;
    if (!ended)
        r = take_key(reader, &event, &row, &negated, err);
    yaml_event_delete(&event);
    if (r < 0 || ended)
        return r;

    r = next_event(reader, &event, err);
    if (r < 0)
        return r;
    r = take_value(reader, &event, row, negated, err);
    yaml_event_delete(&event);
    return r < 0 ? r : 1;
}

static int read_stream(struct file_reader *reader, struct aico2_error *err)
{
    bool document_seen = false;

    for (;;) {
        yaml_event_t event;
        yaml_event_type_t type;
        yaml_mark_t mark;
        int r = next_event(reader, &event, err);

        if (r < 0)
            return r;
        type = event.type;
        mark = event.start_mark;
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            return 0;
        if (type == YAML_DOCUMENT_START_EVENT && document_seen)
            return bad_line(reader, &mark, "a second document: one is taken", err);
        if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
            type == YAML_DOCUMENT_END_EVENT) {
            document_seen = document_seen || type == YAML_DOCUMENT_START_EVENT;
            continue;
        }
        if (type != YAML_MAPPING_START_EVENT)
            return bad_line(reader, &mark, "not lines of 'option: value'", err);
        do
            r = take_pair(reader, err);
        while (r > 0);
        if (r < 0)
            return r;
    }
}

int config_text_apply(struct options *options, enum option_origin origin, const char *shown,
                      const char *text, size_t length, struct aico2_error *err)
{
    struct file_reader reader = { .options = options, .source = { .origin = origin } };
    char short_shown[SHOWN_SIZE];
    int r;

    shorten(short_shown, shown);
    reader.shown = short_shown;
    if (yaml_parser_initialize(&reader.parser) == 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    r = read_stream(&reader, err);
    yaml_parser_delete(&reader.parser);
    return r;
}

int config_file_apply(struct options *options, enum option_origin origin, int dirfd,
                      const char *path, const char *shown, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    char short_shown[SHOWN_SIZE];
    struct stat status;
    int length;

    if (fstatat(dirfd, path, &status, 0) != 0 &&
        (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return 0;

    length = fs_read_all_at(dirfd, path, FILE_BYTES_MAX, &text, NULL);
    shorten(short_shown, shown);
    if (length == -EFBIG)
        return aico2_error_set(err, length, "%s: longer than 1 MiB", short_shown);
    if (length < 0)
        return aico2_error_set_errno(err, -length, "cannot read %s", short_shown);
    return config_text_apply(options, origin, shown, text, (size_t)length, err);
}
