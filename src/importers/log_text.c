/* SPDX-License-Identifier: Apache-2.0 */
/* importers/log_text.c - the lines of a log of any length, and what is wrong with some of them */
#include "importers/log_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/lines.h"
#include "base/text.h"

int log_text_open(struct log_text **text_out, const char *path, int from_fd, bool strict,
                  struct aico2_error *err)
{
    bool standard_input = from_fd == 0 && strcmp(path, "-") == 0;
    struct log_text *text = malloc(sizeof(*text));

    if (text == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    text->fd = standard_input || from_fd > 0
                   ? fcntl(standard_input ? STDIN_FILENO : from_fd, F_DUPFD_CLOEXEC, 3)
                   : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    text->name = standard_input ? "standard input" : path;
    text->strict = strict;
    text->number = text->skipped = text->from = text->to = 0;
    text->line = NULL;
    text->torn = text->ended = false;
    text->complaint[0] = '\0';
    text->digest = DIGEST_NULL;
    if (text->fd < 0) {
        int code = aico2_error_set_errno(err, errno, "cannot open '%s'", path);

        free(text);
        return code;
    }
    *text_out = text;
    return 0;
}

void log_text_close(struct log_text *text)
{
    if (text == NULL)
        return;
    fd_closep(&text->fd);
    free(text);
}

/* Moves what waits to the front and reads on. Return: 0 or -errno. */
static int read_more(struct log_text *text, struct aico2_error *err)
{
    ssize_t length;

    if (text->ended || (text->from == 0 && text->to == LOG_BUFFER_SIZE))
        return 0;
    memmove(text->buffer, text->buffer + text->from, text->to - text->from);
    text->to -= text->from;
    text->from = 0;
    do
        length = read(text->fd, text->buffer + text->to, LOG_BUFFER_SIZE - text->to);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%s'", text->name);
    text->ended = length == 0;
    text->to += (size_t)length;
    return 0;
}

int log_text_head(struct log_text *text, char *head_out, size_t size, struct aico2_error *err)
{
    size_t length;

    while (!text->ended && text->to - text->from < size) {
        int r = read_more(text, err);

        if (r < 0)
            return r;
    }
    length = text->to - text->from;
    if (length >= size)
        length = size - 1;
    memcpy(head_out, text->buffer + text->from, length);
    head_out[length] = '\0';
    return 0;
}

/* The next line's bytes are in the buffer, or as many of them as a line may have.
 * *length_out: without the newline. Return: 1, 0 at the end, or -errno. */
static int find_line(struct log_text *text, size_t *length_out, bool *whole_out,
                     struct aico2_error *err)
{
    size_t seen = 0;

    for (;;) {
        size_t waiting = text->to - text->from;
        const char *end = memchr(text->buffer + text->from + seen, '\n', waiting - seen);
        int r;

        if (end != NULL || waiting > LOG_LINE_MAX || text->ended) {
            *length_out = end != NULL ? (size_t)(end - (text->buffer + text->from)) : waiting;
            *whole_out = end != NULL;
            return waiting > 0;
        }
        seen = waiting;
        r = read_more(text, err);
        if (r < 0)
            return r;
    }
}

static void take(struct log_text *text, size_t length)
{
    digest_add(&text->digest, text->buffer + text->from, length);
    text->from += length;
}

/* The rest of a line that is too long, with its end. */
static int pass_over(struct log_text *text, struct aico2_error *err)
{
    for (;;) {
        const char *start = text->buffer + text->from;
        const char *end = memchr(start, '\n', text->to - text->from);
        int r;

        take(text, end != NULL ? (size_t)(end - start) + 1 : text->to - text->from);
        if (end != NULL || text->ended)
            return 0;
        r = read_more(text, err);
        if (r < 0)
            return r;
    }
}

/* Makes the bytes a line. Return: whether it is none: empty, or not text (skipped, code in *r). */
static bool is_passed_over(struct log_text *text, size_t length, int *r, struct aico2_error *err)
{
    const char *nul = memchr(text->line, '\0', length);

    *r = 0;
    if (nul != NULL) {
        *r = log_text_skip(text, err, "a NUL byte at column %zu: the line is not text",
                           (size_t)(nul - text->line) + 1);
        return true;
    }
    text->line[length] = '\0';
    if (length > 0 && text->line[length - 1] == '\r')
        text->line[length - 1] = '\0';
    if (text->number == 1 && strncmp(text->line, "\xef\xbb\xbf", 3) == 0)
        text->line += 3;
    return text->line[strspn(text->line, " \t")] == '\0';
}

int log_text_next(struct log_text *text, struct aico2_error *err)
{
    for (;;) {
        size_t length;
        bool whole;
        int r = find_line(text, &length, &whole, err);

        if (r <= 0)
            return r;
        text->number++;
        text->line = text->buffer + text->from;
        if (length > LOG_LINE_MAX) {
            text->torn = false;
            r = pass_over(text, err);
            if (r == 0)
                r = log_text_skip(text, err, "the line is longer than %d bytes", LOG_LINE_MAX);
            if (r < 0)
                return r;
            continue;
        }
        text->torn = !whole;
        take(text, length + whole);
        if (!is_passed_over(text, length, &r, err))
            return 1;
        if (r < 0)
            return r;
    }
}

static void AICO2_PRINTF(4, 0) describe(const struct log_text *text, char *message, size_t size,
                                        const char *format, va_list arguments)
{
    char what[400];

    (void)vsnprintf(what, sizeof(what), format, arguments);
    text_drop_torn_end(what);
    message[0] = '\0';
    text_append(message, size, "%.100s:%zu: %s", text->name, text->number, what);
}

int log_text_skip(struct log_text *text, struct aico2_error *err, const char *format, ...)
{
    char message[sizeof(text->complaint)];
    va_list arguments;

    va_start(arguments, format);
    describe(text, message, sizeof(message), format, arguments);
    va_end(arguments);
    if (text->skipped++ == 0)
        memcpy(text->complaint, message, sizeof(message));
    return text->strict ? aico2_error_set(err, -EBADMSG, "%s", message) : 0;
}

int log_text_fail(const struct log_text *text, struct aico2_error *err, int code,
                  const char *format, ...)
{
    char message[sizeof(text->complaint)];
    va_list arguments;

    va_start(arguments, format);
    describe(text, message, sizeof(message), format, arguments);
    va_end(arguments);
    return aico2_error_set(err, code, "%s", message);
}

int log_text_note(const struct log_text *text, char ***lines, size_t *count)
{
    if (text->skipped == 0)
        return 0;
    if (text->skipped == 1)
        return lines_add(lines, count, "1 line was skipped: %s", text->complaint);
    return lines_add(lines, count, "%zu lines were skipped; the first: %s", text->skipped,
                     text->complaint);
}
