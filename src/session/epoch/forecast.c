/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/forecast.c - what a whole training uses, out of its first epochs */
#include "session/epoch/forecast.h"

#include <math.h>

#include "base/attributes.h"

/*
 * An epoch uses a level plus noise; the level walks, by a share of the noise's variance an epoch. How much it
 * walks is not known: three answers are weighed by how well each foretold the epochs that there were.
 */
static const struct {
    double walk; /* variance of a step of the level, in those of the noise */
    double prior;
} models[] = { { 0, 0.4 }, { 0.05, 0.3 }, { 0.3, 0.3 } };

/* What is thought of the noise before any is seen: a fifth of an epoch, worth three epochs. */
static const double PRIOR_FREEDOM = 3;
static const double PRIOR_SPREAD = 0.2;
/* From so many tasks on the first is looked at again. */
enum { WARM_UP_TASKS = 5 };
static const double WARM_UP_SIGMAS = 2;

double student_t_95(double freedom)
{
    static const double table[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
                                    2.306,  2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
                                    2.131,  2.120, 2.110, 2.101, 2.093, 2.086 };
    double z = 1.959964;

    if (!(freedom >= 1))
        return table[0];
    if (freedom <= (double)ARRAY_LENGTH(table))
        return table[(size_t)freedom - 1];
    /* the first terms of its expansion: within 0.0005 from 20 on */
    return z + (z * z * z + z) / (4 * freedom) +
           (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * freedom * freedom);
}

/* What a task used for each `step` epochs. */
static double rate(const struct epoch_used *task, double step)
{
    return task->used * step / task->epochs;
}

/* Where the steady ones begin: 0 or 1. */
static size_t first_steady(const struct epoch_used *tasks, size_t count, double step)
{
    double mean = 0;
    double squares = 0;
    double others = (double)(count - 1);

    if (count < 2)
        return 0;
    if (count < WARM_UP_TASKS)
        return 1;
    for (size_t i = 1; i < count; i++)
        mean += rate(&tasks[i], step) / others;
    for (size_t i = 1; i < count; i++)
        squares += pow(rate(&tasks[i], step) - mean, 2);
    return fabs(rate(&tasks[0], step) - mean) <= WARM_UP_SIGMAS * sqrt(squares / (others - 1)) ? 0
                                                                                               : 1;
}

/* One model's answer: mean and variance of the sum of what is left, and the logarithm of its weight. */
struct answer {
    double mean;
    double variance;
    double log_weight;
};

static struct answer ask(const struct epoch_used *tasks, size_t count, double step, double left,
                         double prior_squares, size_t model)
{
    double walk = models[model].walk;
    double freedom = PRIOR_FREEDOM + (double)count - 1;
    double level = rate(&tasks[0], step);
    double level_variance = 1; /* in those of the noise, as all here */
    double squares = prior_squares;
    double log_determinant = 0;

    for (size_t i = 1; i < count; i++) {
        double error = rate(&tasks[i], step) - level;
        double expected;
        double gain;

        level_variance += walk;
        expected = level_variance + 1;
        gain = level_variance / expected;
        squares += error * error / expected;
        log_determinant += log(expected);
        level += gain * error;
        level_variance *= 1 - gain;
    }
    return (struct answer){
        .mean = left * level,
        .variance =
            squares / freedom *
            (left * left * level_variance + walk * left * (left + 1) * (2 * left + 1) / 6 + left),
        .log_weight = log(models[model].prior) - log_determinant / 2 - freedom / 2 * log(squares),
    };
}

/* The mean of the answers, and a variance that holds what they differ by. */
static struct answer mix(const struct answer *answers, size_t count)
{
    struct answer mixed = { 0 };
    double heaviest = -INFINITY;
    double weight = 0;

    for (size_t i = 0; i < count; i++)
        heaviest = fmax(heaviest, answers[i].log_weight);
    for (size_t i = 0; i < count; i++)
        weight += exp(answers[i].log_weight - heaviest);
    for (size_t i = 0; i < count; i++)
        mixed.mean += answers[i].mean * exp(answers[i].log_weight - heaviest) / weight;
    for (size_t i = 0; i < count; i++)
        mixed.variance += (answers[i].variance + pow(answers[i].mean - mixed.mean, 2)) *
                          exp(answers[i].log_weight - heaviest) / weight;
    return mixed;
}

struct band epoch_forecast(const struct epoch_used *tasks, size_t count, double epochs_left,
                           size_t *steady_out)
{
    struct answer answers[ARRAY_LENGTH(models)];
    struct answer mixed;
    double mean = 0;
    double step;
    double left;
    double half;
    size_t from;

    if (steady_out != NULL)
        *steady_out = 0;
    if (count == 0)
        return BAND_NONE;
    if (!(epochs_left > 0))
        return (struct band){ 0 };

    step = tasks[count - 1].epochs;
    left = epochs_left / step;
    from = first_steady(tasks, count, step);
    if (steady_out != NULL)
        *steady_out = count - from;
    for (size_t i = from; i < count; i++)
        mean += rate(&tasks[i], step) / (double)(count - from);
    /* one task alone may be all start-up: anything up to twice of it */
    if (count == 1)
        return (struct band){ left * mean, 0, 2 * left * mean };
    if (!(mean > 0))
        return (struct band){ 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(models); i++)
        answers[i] = ask(tasks + from, count - from, step, left,
                         PRIOR_FREEDOM * pow(PRIOR_SPREAD * mean, 2), i);
    mixed = mix(answers, ARRAY_LENGTH(models));
    half = student_t_95(PRIOR_FREEDOM + (double)(count - from) - 1) * sqrt(mixed.variance);
    mixed.mean = fmax(mixed.mean, 0);
    return (struct band){ mixed.mean, fmax(mixed.mean - half, 0), mixed.mean + half };
}
