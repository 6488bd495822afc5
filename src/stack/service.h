/* SPDX-License-Identifier: Apache-2.0 */
/* stack/service.h - what a service of the stack is: its programs, its port, how it is called and known */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/stack.h"

enum { SERVICE_WORDS_MAX = 16, SERVICE_PROGRAMS_MAX = 3 };

/* A command line being made; strings are NUL-terminated in one buffer. */
struct service_words {
    struct strbuf text;
    size_t count;
};
void service_word(struct service_words *words, const char *format, ...) AICO2_PRINTF(2, 3);

/* What a service's command line is made of. */
struct service_call {
    const char *directory; /* the stack's own */
    const char *address;   /* "127.0.0.1" */
    int32_t port;
};

enum service_gpu { SERVICE_FOR_ALL, SERVICE_FOR_NVIDIA };

/* A figure that tells how well a service can do its work, looked for among those it exposes. */
struct service_sign {
    const char *text;  /* as it begins a line; NULL: nothing is looked for */
    const char *place; /* below the root of sys, that has to be there for it; NULL: always */
    const char *note;  /* what to say where it is not found */
};

struct service_row {
    const char *name;                           /* its job in prometheus.yml; never renamed */
    const char *option;                         /* of the command line, that gives its program */
    const char *programs[SERVICE_PROGRAMS_MAX]; /* names it goes by; none: our own server */
    const char *package;                        /* what brings it, for a person: "package NAME" */
    int32_t port;
    const char *ready_path;   /* 200 there: it is up */
    const char *metrics_path; /* what Prometheus reads of it */
    const char *proof;        /* the beginning of a line of its metrics that no other program has */
    enum service_gpu gpu;
    bool is_server;     /* Prometheus itself: it reads the others, and is configured for it */
    const char *yields; /* the name of a service that measures the same and better; NULL none */
    struct service_sign sign;
    void (*call)(const struct service_call *call, struct service_words *words);
};

/* In the order of a table for people; the server is started last and ended first. */
extern const struct service_row service_rows[];
extern const size_t service_row_count;

/* Index of a service, or -1. */
int service_find(const char *name);
