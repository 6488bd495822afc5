/* SPDX-License-Identifier: Apache-2.0 */
/* model/fetch.h - the question and the answer that pass between aico2 and its fetcher, over two pipes */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/intensity.h"

/*
 * The fetcher is the only program that talks to the network: it parses there what it got, and hands back
 * structs of a fixed size. Both ends are the same build on the same machine, so that they travel as they
 * lie in memory; each end checks every field all the same before it believes it (fetch_question_check(),
 * fetch_answer_check()), for what comes from the network must not reach further than a wrong number.
 *
 *     aico2 -> fetcher   struct fetch_question
 *     fetcher -> aico2   struct fetch_answer, then point_count times struct intensity_point
 */
enum {
    FETCH_VERSION = 1,
    FETCH_CHAIN_MAX = 12,
    FETCH_POINTS_MAX = 400 * 288, /* 400 days of 5 minutes */
    FETCH_SECRET_SIZE = 512,
    FETCH_URL_SIZE = 512,
};

#define FETCH_MAGIC UINT32_C(0x61694632)

enum fetch_what {
    FETCH_WINDOW,   /* what is known of [from, to): past, and forecast where it reaches ahead */
    FETCH_LOCATION, /* the cloud region this machine is in, of its provider's metadata service */
};

/* No byte of what is passed lies between two members, where it would be what was in memory before. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* The place, in all the ways it is known by; "" where it is not. */
struct fetch_place {
    char country[3]; /* "FR" */
    char region[16]; /* ISO 3166-2: "US-CA" */
    char cloud[64];  /* "aws:eu-west-3" */
    char zone[48];   /* grid zone: "DK-DK1" */
};

/* One provider that may be asked, in the order of the chain. */
struct fetch_choice {
    char provider[32];
    char url[FETCH_URL_SIZE]; /* in place of its own; "" none */
    /* From aico2's environment, which a measured command must not see; "" none: files are the fetcher's. */
    char secret[FETCH_SECRET_SIZE];
};

struct fetch_question {
    uint32_t magic;
    uint32_t version;
    enum fetch_what what;
    struct fetch_place place;
    char zero;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    int64_t
        deadline_ms; /* for all of it; what is not there by then is a step of the chain that failed */
    bool forecast;   /* values of times to come are wanted too */
    bool
        marginal; /* the marginal signal instead of the average: for scheduling, never for a total */
    bool offline; /* the cache alone */
    bool unused;  /* false */
    char expired_from
        [32]; /* a provider whose cache may be used although it is out of date; "" none */
    char cache_dir[256];  /* "" none */
    char secret_dir[256]; /* files "<provider>.token", mode 0600; "" none */
    char ca_file[256];    /* certificates to trust in place of the system's; "" */
    uint32_t choice_count;
    struct fetch_choice choices[FETCH_CHAIN_MAX];
};

enum fetch_outcome {
    FETCH_USED,
    FETCH_FROM_CACHE,
    FETCH_NOT_COVERED, /* the provider does not know the place */
    FETCH_NO_SECRET,
    FETCH_DENIED,  /* 401, 403 */
    FETCH_LIMITED, /* 429, or our own count says that its quota is used up */
    FETCH_UNREACHABLE,
    FETCH_BAD_ANSWER,
    FETCH_NO_DATA, /* a good answer without a value in the window */
    FETCH_TOO_LATE,
};

/* A step of the chain, for the report: "electricitymaps: 401, Invalid auth-token". */
struct fetch_step {
    char provider[32];
    enum fetch_outcome outcome;
    char reason[160]; /* printable text, one line */
};

struct fetch_answer {
    uint32_t magic;
    uint32_t version;
    int32_t status; /* 0: a series or a location; else negative errno, and the steps say why */
    uint32_t point_count; /* that follow */
    struct intensity_origin origin;
    char cloud[64]; /* FETCH_LOCATION: "aws:eu-west-3" */
    uint32_t step_count;
    struct fetch_step steps[FETCH_CHAIN_MAX];
    uint32_t zero;
};

#pragma GCC diagnostic pop

const char *fetch_outcome_name(enum fetch_outcome outcome); /* "used", "cached", "denied" ... */

/* Whether every field can be what it says it is: counts, ends of strings, printable text, times in order. */
bool fetch_question_check(const struct fetch_question *question);
bool fetch_answer_check(const struct fetch_answer *answer);
/* Finite values from 0 to 5000 or NAN, times rising, a known quality. */
bool fetch_points_check(const struct intensity_point *points, uint32_t count);
