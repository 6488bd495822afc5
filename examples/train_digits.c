/* SPDX-License-Identifier: Apache-2.0 */
/* examples/train_digits.c - trains a small neural network on digits that it draws itself */

/* clock_gettime() is hidden by -std=c17 unless POSIX is asked for. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "digits.h"
#include "network.h"
#include "random.h"

#define BATCH_SAMPLES 32
#define TEST_SAMPLES 2000

#define FIRST_LEARNING_RATE 0.008F
#define LAST_LEARNING_RATE 0.001F

#define REQUIRED_ACCURACY_PERCENT 95.0
#define DEFAULT_EPOCHS 14
#define DEFAULT_SAMPLES 25000
#define DEFAULT_SEED 1

#define EXIT_USAGE 2

struct options {
    long epochs;
    long samples;
    long seed;
};

struct epoch_result {
    double mean_loss;
    double accuracy_percent;
};

static void shuffle(size_t *order, size_t count, struct random_state *state)
{
    for (size_t left = count; left > 1; left--) {
        size_t other = random_index(state, left);
        size_t held = order[left - 1];

        order[left - 1] = order[other];
        order[other] = held;
    }
}

/* Loss and accuracy are those met while learning, before each batch's update. */
static struct epoch_result train_epoch(const struct network *network, const struct data_set *set,
                                       const size_t *order, float learning_rate)
{
    double loss_sum = 0.0;
    size_t correct = 0;
    size_t batch_samples = 0;

    for (size_t index = 0; index < set->count; index++) {
        const float *image = set->pixels + order[index] * IMAGE_PIXELS;
        size_t label = set->labels[order[index]];
        const struct layer *top = network_forward(network, image);

        correct += best_class(top->outputs) == label;
        loss_sum += (double)loss_and_deltas(top, label);
        network_backward(network, image);
        batch_samples++;
        if (batch_samples == BATCH_SAMPLES || index + 1 == set->count) {
            network_update(network, learning_rate, batch_samples);
            batch_samples = 0;
        }
    }
    struct epoch_result result = {
        loss_sum / (double)set->count,
        100.0 * (double)correct / (double)set->count,
    };

    return result;
}

static double test_accuracy_percent(const struct network *network, const struct data_set *set)
{
    size_t correct = 0;

    for (size_t index = 0; index < set->count; index++) {
        const struct layer *top = network_forward(network, set->pixels + index * IMAGE_PIXELS);

        correct += best_class(top->outputs) == set->labels[index];
    }
    return 100.0 * (double)correct / (double)set->count;
}

static double monotonic_seconds(void)
{
    struct timespec now = { 0, 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static float learning_rate_at(long epoch, long epochs)
{
    float progress = (float)epoch / (float)epochs;

    return FIRST_LEARNING_RATE + (LAST_LEARNING_RATE - FIRST_LEARNING_RATE) * progress;
}

/* Returns the test accuracy after the last epoch. */
static double train(const struct network *network, const struct data_set *training,
                    const struct data_set *testing, size_t *order, const struct options *options)
{
    struct random_state state = random_start(options->seed, STREAM_SHUFFLE);
    double accuracy_percent = 0.0;

    for (size_t index = 0; index < training->count; index++) {
        order[index] = index;
    }
    for (long epoch = 0; epoch < options->epochs; epoch++) {
        double start_seconds = monotonic_seconds();

        shuffle(order, training->count, &state);
        struct epoch_result result =
            train_epoch(network, training, order, learning_rate_at(epoch, options->epochs));

        accuracy_percent = test_accuracy_percent(network, testing);
        printf("epoch %2ld/%ld  loss %.4f  train %6.2f %%  test %6.2f %%  %.2f s\n", epoch + 1,
               options->epochs, result.mean_loss, result.accuracy_percent, accuracy_percent,
               monotonic_seconds() - start_seconds);
        /* A reader at the other end of a pipe wants each line when it happens. */
        (void)fflush(stdout);
    }
    return accuracy_percent;
}

/* A full disk must not look like success. */
static bool output_is_written(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("train_digits: cannot write to standard output\n", stderr);
        return false;
    }
    return true;
}

static int report(double accuracy_percent, double start_seconds)
{
    printf("test accuracy %.2f %% after %.2f s\n", accuracy_percent,
           monotonic_seconds() - start_seconds);
    if (!output_is_written()) {
        return EXIT_FAILURE;
    }
    if (!(accuracy_percent > REQUIRED_ACCURACY_PERCENT)) {
        fprintf(stderr, "train_digits: test accuracy %.2f %% is not above %.0f %%\n",
                accuracy_percent, REQUIRED_ACCURACY_PERCENT);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static int run(const struct options *options)
{
    double start_seconds = monotonic_seconds();
    size_t samples = (size_t)options->samples;
    struct network network = { 0 };
    struct data_set training = { 0 };
    struct data_set testing = { 0 };
    size_t *order = calloc(samples, sizeof(*order));
    int status = EXIT_FAILURE;

    if (order != NULL && network_create(&network, options->seed) &&
        data_set_create(&training, samples, options->seed, STREAM_TRAIN) &&
        data_set_create(&testing, TEST_SAMPLES, options->seed, STREAM_TEST)) {
        status = report(train(&network, &training, &testing, order, options), start_seconds);
    } else {
        fprintf(stderr, "train_digits: not enough memory for %ld samples\n", options->samples);
    }
    data_set_free(&testing);
    data_set_free(&training);
    network_free(&network);
    free(order);
    return status;
}

static void print_help(void)
{
    printf("Usage: train_digits [--epochs N] [--samples N] [--seed N]\n"
           "Train a small neural network on handwritten-like digits that the program draws.\n"
           "\n"
           "  --epochs N   passes over the training set, 1 to 10000 (default %d)\n"
           "  --samples N  training digits, 100 to 200000 (default %d)\n"
           "  --seed N     start of all random numbers, 0 or more (default %d)\n"
           "  --help       show this help and stop\n"
           "\n"
           "Exit status: 0 above %.0f %% test accuracy, 1 otherwise, 2 for a usage error.\n",
           DEFAULT_EPOCHS, DEFAULT_SAMPLES, DEFAULT_SEED, REQUIRED_ACCURACY_PERCENT);
}

/* strtol() alone would let through leading blanks, signs, and trailing text. */
static bool parse_number(const char *name, const char *text, long low, long high, long *number)
{
    char *end = NULL;

    errno = 0;
    long value = strtol(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < low ||
        value > high) {
        fprintf(stderr, "train_digits: bad value '%s' for %s: need a whole number, %ld to %ld\n",
                text, name, low, high);
        return false;
    }
    *number = value;
    return true;
}

static bool parse_options(int count, char **arguments, struct options *options, bool *help)
{
    const struct {
        const char *name;
        long low;
        long high;
        long *number;
    } known[] = {
        { "--epochs", 1, 10000, &options->epochs },
        { "--samples", 100, 200000, &options->samples },
        { "--seed", 0, INT32_MAX, &options->seed },
    };
    const size_t known_count = sizeof(known) / sizeof(known[0]);

    for (int at = 1; at < count; at++) {
        const char *name = arguments[at];
        size_t which = 0;

        if (strcmp(name, "--help") == 0) {
            *help = true;
            return true;
        }
        while (which < known_count && strcmp(name, known[which].name) != 0) {
            which++;
        }
        if (which == known_count) {
            fprintf(stderr, "train_digits: unknown option '%s' (see --help)\n", name);
            return false;
        }
        at++;
        if (at >= count) {
            fprintf(stderr, "train_digits: option '%s' needs a value\n", name);
            return false;
        }
        if (!parse_number(name, arguments[at], known[which].low, known[which].high,
                          known[which].number)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = { DEFAULT_EPOCHS, DEFAULT_SAMPLES, DEFAULT_SEED };
    bool help = false;

    if (!parse_options(argc, argv, &options, &help)) {
        return EXIT_USAGE;
    }
    if (help) {
        print_help();
        return output_is_written() ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return run(&options);
}
