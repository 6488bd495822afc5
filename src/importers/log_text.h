/* SPDX-License-Identifier: Apache-2.0 */
/* importers/log_text.h - the lines of a log of any length, and what is wrong with some of them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/digest.h"
#include "base/error.h"

enum { LOG_LINE_MAX = 64 * 1024, LOG_BUFFER_SIZE = 96 * 1024 };

struct log_text {
    int fd;
    const char *name;     /* as messages quote it; the caller's */
    bool strict;          /* the first bad line is an error */
    size_t number;        /* of the line in hand, from 1 */
    char *line;           /* without its end and a BOM; NUL-terminated; may be written on */
    bool torn;            /* the last, and it does not end: it may be cut */
    size_t skipped;       /* bad lines so far */
    char complaint[512];  /* of the first of them */
    struct digest digest; /* of all bytes taken so far */

    char buffer[LOG_BUFFER_SIZE + 1]; /* a NUL has room behind the last line */
    size_t from;                      /* what is in the buffer and not taken yet */
    size_t to;
    bool ended;
};

/**
 * log_text_open() - the file at a path; "-" is standard input
 * @from_fd: the file, opened by the caller, whose it stays: the path then only names it; 0: none
 * Return: 0 or -errno, quoted
 */
int log_text_open(struct log_text **text_out, const char *path, int from_fd, bool strict,
                  struct aico2_error *err);
void log_text_close(struct log_text *text);

/* The first lines, without taking them: as much as one line may have. Return: 0 or -errno. */
int log_text_head(struct log_text *text, char *head_out, size_t size, struct aico2_error *err);

/**
 * log_text_next() - take the next line that can be read; empty ones are passed over
 * Lines with NUL bytes and those longer than LOG_LINE_MAX are bad ones.
 * Return: 1, 0 at the end, or -errno
 */
int log_text_next(struct log_text *text, struct aico2_error *err);

/* The line in hand is bad and skipped: counted and, if it is the first, kept.
 * Return: 0; with `strict` -EBADMSG and "NAME:LINE: ..." in err. */
int log_text_skip(struct log_text *text, struct aico2_error *err, const char *format, ...)
    AICO2_PRINTF(3, 4);
/* An error about the line in hand: "NAME:LINE: ...". Return: code. */
int log_text_fail(const struct log_text *text, struct aico2_error *err, int code,
                  const char *format, ...) AICO2_PRINTF(4, 5);

/* How many lines were skipped, with the first of them. Return: 0 or -ENOMEM. */
int log_text_note(const struct log_text *text, char ***lines, size_t *count);
