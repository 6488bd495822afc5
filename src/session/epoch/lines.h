/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/lines.h - the lines of a training's log, and which epoch one of them tells of */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Of a longer line the rest is not looked at. */
enum { EPOCH_LINE_BYTES_MAX = 4096 };

/* What a line says. */
struct epoch_mark {
    double number;  /* of the epoch, as it is told; NAN: the line has none */
    bool fraction;  /* "epoch 2.35": so far, not which one */
    double of;      /* how many there are; NAN: not told */
    bool is_header; /* it stands above its epoch: nothing but the mark, or no progress yet */
    bool validates; /* it tells of validation, too */
    bool no_epoch;  /* and of no epoch */
};

typedef void epoch_mark_fn(void *payload, const struct epoch_mark *mark);

struct epoch_lines {
    regex_t regex;
    bool compiled;
    bool own_regex; /* given, not ours */
    regex_t validation;
    bool has_validation;
    epoch_mark_fn *on_mark;
    void *payload;
    char line[EPOCH_LINE_BYTES_MAX + 1];
    size_t length;
};

/**
 * epoch_lines_init() - the regular expression: POSIX extended, NULL for the one that fits what
 * trainings print
 * A group in it, if there is one, is the number of the epoch.
 * Return: 0; -EINVAL for what is none, with what regerror(3) says of it. epoch_lines_deinit() always.
 */
int epoch_lines_init(struct epoch_lines *lines, const char *regex, epoch_mark_fn *on_mark,
                     void *payload, struct aico2_error *err);
/* The lines that tell of validation, by a POSIX extended regular expression. Return: 0; -EINVAL likewise. */
int epoch_lines_set_validation(struct epoch_lines *lines, const char *regex,
                               struct aico2_error *err);
void epoch_lines_deinit(struct epoch_lines *lines);

/* The next bytes of the log, whatever they are. Lines end in \n or \r, as progress bars have it. */
void epoch_lines_add(struct epoch_lines *lines, const char *bytes, size_t count);
/* The log ends here: what has no end of line is a line too. */
void epoch_lines_end(struct epoch_lines *lines);
/* The log begins anew: half a line is forgotten. */
void epoch_lines_restart(struct epoch_lines *lines);
