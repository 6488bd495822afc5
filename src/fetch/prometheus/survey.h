/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/survey.h - the series of a server that could tell energy, and what is known of them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/prometheus/family.h"
#include "fetch/prometheus/hosts.h"
#include "model/rails.h"
#include "model/remote.h"

#define SERIES_NONE_INDEX UINT32_MAX

struct seen_series {
    struct label_set labels;
    const struct family *family; /* NULL: a fact */
    uint32_t host;
    double value; /* of a fact at the end of the window; NAN unknown */
    uint32_t
        presence; /* a bit for each of SURVEY_LOOKS moments of the window that it has a sample at */
};

enum { SURVEY_LOOKS = 25, ALTERNATES_MAX = 256 };

/* A product of series, or one alone. */
struct term {
    uint32_t series;
    uint32_t factor; /* SERIES_NONE_INDEX: none */
};

/* A device as one family tells it. */
struct candidate {
    const struct family *family;
    uint32_t host;
    enum device_kind kind;
    const char *vendor;          /* of a GPU; "any" says that the exporter does not; NULL */
    int32_t index;               /* -1 unknown */
    char uuid[DEVICE_UUID_SIZE]; /* lower case, without "gpu-"; "" unknown */
    char name[96];
    char model[DEVICE_MODEL_SIZE];
    struct term terms[RAILS_TOTAL_MAX]; /* what adds up to it */
    uint32_t term_count;
    /* series that tell the same: another job, address or label, as of pods that come and go; they stand in
     * where the first one has a hole */
    uint32_t alternates[ALTERNATES_MAX];
    uint32_t alternate_count;
    double whole; /* FORM_MEMORY: all of it, bytes */
    bool is_thin; /* another one tells more of the window */
    bool is_chosen;
    char passed_over[160];
};

struct survey {
    struct seen_series *series;
    size_t count;
    size_t capacity;
    struct hosts hosts;
    struct candidate *candidates;
    size_t candidate_count;
    size_t candidate_capacity;
    size_t repeated; /* series that count what another one counts, as one label alone tells */
    char repeated_example[256]; /* "node_rapl_package_joules_total of n1: job 'a', not 'b'" */
    size_t unknown; /* that a selector of the user's found, with no unit that is known */
    char unknown_example[96];
    bool by_match; /* the user has named them: they are not chosen from */
};

void survey_deinit(struct survey *survey);

/* Takes the labels over; those of no known metric are dropped. Return: 0, -ENOMEM, -EFBIG. */
int survey_add(struct survey *survey, struct label_set *labels);

/* Each series to its machine. */
int survey_settle(struct survey *survey);

/* The first series of a metric on a host whose labels are those of `like` but for one; NULL like: any. */
const struct seen_series *survey_find(const struct survey *survey, const char *metric,
                                      uint32_t host, const struct label_set *like, const char *but);

/* A metric's name. */
const char *seen_metric(const struct seen_series *series);

/* candidates.c: devices out of series. Return: 0 or -ENOMEM. */
int candidates_make(struct survey *survey);

/* choose.c: is_chosen and passed_over. */
void candidates_choose(struct survey *survey);

/* coverage.c: whether several families tell the same, so that it matters which of them has the whole window. */
bool coverage_matters(const struct survey *survey);
/* At how many of SURVEY_LOOKS moments a candidate has a figure. */
unsigned coverage_of(const struct survey *survey, const struct candidate *candidate);
/* Leaves out of the choice what tells much less of the window than another meter of the same. */
void coverage_apply(struct survey *survey);

/* hwmon.c: what a sensor of node_exporter's hwmon is of; false: nothing that is taken. */
bool hwmon_kind(const struct survey *survey, const struct seen_series *series,
                enum device_kind *kind_out, int32_t *index_out, const char **vendor_out,
                char name_out[96]);
/* The name of the chip, and the label of the sensor or its own name. Borrowed. */
const char *hwmon_chip(const struct survey *survey, const struct seen_series *series);
const char *hwmon_label(const struct survey *survey, const struct seen_series *series);

/* rails.c: a module out of a host's rails of one family; false: they make none up. */
bool rails_make(const struct survey *survey, const struct family *family, uint32_t host,
                struct candidate *module_out);

/* facts.c */
void facts_of_hosts(struct survey *survey);
void facts_of_device(const struct survey *survey, const struct candidate *candidate,
                     struct remote_device *device);
