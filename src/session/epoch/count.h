/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/count.h - from the marks in a log to the stretches of a run that are its epochs */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/task.h"
#include "session/epoch/lines.h"

/* Whether a mark stands where its epoch begins or where it ends. */
enum epoch_at { EPOCH_AT_AUTO, EPOCH_AT_START, EPOCH_AT_END };

struct epoch_count {
    struct task_list *tasks;
    enum epoch_at at;
    bool fixed;     /* at was given, or is known by now */
    double planned; /* epochs of the training; 0: not told */
    size_t marks;   /* that were taken */
    double first;   /* number of the first; NAN: they have none */
    double last;
    size_t repeats;              /* of the first number */
    double step;                 /* between the first two; 0: there was no second */
    enum epoch_at validation_at; /* where a line of validation stands in it */
    size_t pieces_from;          /* the first stretch since the last mark at an end */
};

/*
 * Validation is told apart where lines tell of it. A line that stands at its end (which it does where the
 * first epoch has ended before) makes the stretch from the epoch's line to it validation; one that stands
 * at its start, or in it, makes it that from there to the next line of an epoch. Where epochs are told at
 * their start, validation is too.
 */

/* tasks: empty; the whole run is one stretch at first. Return: 0 or -ENOMEM. */
int epoch_count_init(struct epoch_count *count, struct task_list *tasks, enum epoch_at at,
                     double planned);

/**
 * epoch_count_take() - a mark was found in the log
 * @now_ns: since the run began. Marks that are found at one moment (a log written by the block) are one
 *          stretch with as many epochs.
 * Return: 0; 1: another epoch has ended; -ENOMEM, the tasks as they were
 */
int epoch_count_take(struct epoch_count *count, const struct epoch_mark *mark, int64_t now_ns);

/* The run ends: what was going on is an epoch if it came to its end by itself. */
void epoch_count_end(struct epoch_count *count, int64_t now_ns, bool succeeded);

/* Epochs that this run has in all, as it was planned; one that goes on from epoch 58 of 100 has 43. 0: not
 * told. */
double epoch_count_planned(const struct epoch_count *count);
