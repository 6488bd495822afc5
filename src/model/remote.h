/* SPDX-License-Identifier: Apache-2.0 */
/* model/remote.h - what passes between aico2 and its fetcher about a Prometheus-compatible server
 *
 * As with model/fetch.h both ends are the same build on the same machine, and each checks every field all
 * the same. An answer has no length of its own: it is a run of frames, so that thirty days of sixty-four
 * series need no more memory than a few hours of them, and what came before a fault is kept.
 *
 *     aico2 -> fetcher   struct remote_question
 *     fetcher -> aico2   struct remote_frame and its payload, again and again, up to REMOTE_END
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/device.h"
#include "model/series.h"

enum {
    REMOTE_VERSION = 1,
    REMOTE_MATCH_MAX = 16,
    REMOTE_HOSTS_MAX = 16384,
    REMOTE_DEVICES_MAX = 65536,
    REMOTE_READINGS_MAX = 4096, /* in one frame */
    REMOTE_TEXT_SIZE = 512,
    REMOTE_QUERY_SIZE = 4096,
    REMOTE_LABELS_SIZE = 1020, /* with the count before it a multiple of 8: points follow */
    REMOTE_NOTE_MAX = 512,
    REMOTE_FRAME_MAX = 1 << 20, /* bytes of a payload */
};

#define REMOTE_MAGIC UINT32_C(0x61695031)

enum remote_what {
    REMOTE_WINDOW, /* the devices whose energy the server knows, and their raw samples of [from, to] */
    REMOTE_QUERY, /* one expression over [from, to] in steps: aggregates, for fleets */
};

enum remote_auth { REMOTE_AUTH_NONE, REMOTE_AUTH_BASIC, REMOTE_AUTH_BEARER };

/* As in model/fetch.h: no byte lies between two members. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* Where the server is and how it lets one in; "" nothing. Files are opened by the fetcher, secrets in them
 * only when nobody else can read them. */
struct remote_access {
    char url[REMOTE_TEXT_SIZE]; /* its base, a path prefix included: "http://h:8080/prometheus" */
    enum remote_auth auth;
    char user[128];        /* BASIC */
    char secret_file[256]; /* the password or the token, mode 0600 */
    char header_file[256]; /* "Name: value" lines sent along, mode 0600 */
    char tenant[128];      /* X-Scope-OrgID of Mimir and Cortex */
    char ca_file[256];     /* to trust in place of the system's */
    char cert_file[256];   /* of our own, for servers that ask for one */
    char key_file[256];    /* mode 0600 */
};

struct remote_question {
    uint32_t magic;
    uint32_t version;
    enum remote_what what;
    struct remote_access access;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    int64_t deadline_ms; /* for all of it */
    /* REMOTE_WINDOW */
    char instance[REMOTE_TEXT_SIZE]; /* one host: an instance label, or a host name; "" all */
    uint32_t match_count;            /* 0: the known exporters are looked for */
    char matches[REMOTE_MATCH_MAX]
                [REMOTE_TEXT_SIZE]; /* selectors of any *_joules_total or *_watts */
    /* REMOTE_QUERY */
    char query[REMOTE_QUERY_SIZE];
    uint32_t zero;
    int64_t step_ms; /* 0: an instant query at to_wall_ns */
};

enum remote_kind {
    REMOTE_SERVER, /* struct remote_server: once, first */
    REMOTE_HOST,   /* struct remote_host, in the order of their index */
    REMOTE_DEVICE, /* struct remote_device, in the order of their index; all before any reading */
    REMOTE_READINGS, /* struct remote_reading, one after the other; of each device in the order of time */
    REMOTE_POINTS, /* of REMOTE_QUERY: struct remote_labels, then its struct remote_point */
    REMOTE_NOTE,   /* text without its end: what a reader of the report should know, one line */
    REMOTE_END,    /* struct remote_end, last */
};

struct remote_frame {
    uint32_t kind;  /* enum remote_kind */
    uint32_t bytes; /* of the payload that follows */
};

struct remote_server {
    uint32_t magic;
    uint32_t version;
    char name[64];              /* "Prometheus 2.42.0", "VictoriaMetrics"; "" it does not say */
    char url[REMOTE_TEXT_SIZE]; /* without user, password and query */
};

struct remote_host {
    char instance[128]; /* its label, the port included */
    char name[128];     /* nodename, Hostname, node_name; else the instance without its port */
    char os_release[96];
    char arch[32];
    char cpu_model[DEVICE_MODEL_SIZE];
    char cpu_vendor[16]; /* "GenuineIntel"; "" unknown */
    int32_t cpu_family;  /* x86; 0 unknown, and then its model is too */
    int32_t cpu_number;  /* the number that is called its model */
    int32_t sockets;     /* 0 unknown */
    int32_t threads;
    uint64_t memory_bytes;
    double boot_wall_seconds; /* NAN unknown */
};

/* What the server knows of a device. A figure of it is joules since some time, watts, or a load. */
struct remote_device {
    uint32_t host; /* index of its REMOTE_HOST */
    enum series_kind kind;
    enum device_kind device_kind;
    int32_t index;     /* package or GPU; -1 unknown */
    char exporter[32]; /* "dcgm", "nvidia_gpu_exporter", "node_exporter" ... */
    char metric[128];  /* the name its figures have there */
    char name[96];     /* what its labels tell it apart by beside that: a sensor, a zone; "" */
    char model[DEVICE_MODEL_SIZE];
    char uuid[DEVICE_UUID_SIZE];
    char passed_over
        [160]; /* others that count the same, not taken: "nvidia_smi_power_draw_watts, …" */
    double limit_watts;      /* as the exporter tells the enforced limit; NAN */
    double range_joules;     /* where its counter wraps; 0 unknown */
    double interval_seconds; /* between its samples: the scrape's */
    uint64_t memory_bytes;   /* of a GPU; 0 unknown */
    uint32_t deltas; /* 1: a COUNTER whose samples are joules since the sample before; else 0 */
    uint32_t zero;
};

/* Times are the samples' own, some of them before from and after to, so that both edges can be met. A load
 * is that of the time since the device's reading before where a counter tells it (a CPU), else of the moment. */
struct remote_reading {
    uint32_t device;
    uint32_t flags; /* 0 */
    int64_t wall_ns;
    double value; /* joules, watts, or 0 to 1: finite, never below 0 */
};

struct remote_labels {
    uint32_t points;
    char text[REMOTE_LABELS_SIZE]; /* name NUL value NUL, again and again, then NUL */
};

struct remote_point {
    int64_t wall_ns;
    double value;
};

enum remote_outcome {
    REMOTE_COMPLETE,
    REMOTE_PARTIAL,     /* what was sent holds, but more was asked for */
    REMOTE_NO_DATA,     /* nothing that tells energy or load in this window */
    REMOTE_UNREACHABLE, /* no connection, no name, a certificate that does not fit */
    REMOTE_DENIED,      /* 401, 403 */
    REMOTE_REFUSED,     /* 400, 422: the server did not like the question */
    REMOTE_OVERLOADED,  /* 429, 503 and time over, after trying again */
    REMOTE_BAD_ANSWER,  /* HTML, a torn body, too much of it, what cannot be */
    REMOTE_TOO_LATE,    /* the deadline */
    REMOTE_BAD_FILE,    /* a secret, header or certificate file */
};

struct remote_end {
    enum remote_outcome outcome;
    char message[256]; /* printable, one line: what to check; "" with REMOTE_COMPLETE */
};

#pragma GCC diagnostic pop

bool remote_access_check(const struct remote_access *access);
bool remote_question_check(const struct remote_question *question);

/**
 * remote_frame_check() - a frame's payload as its kind wants it: lengths, ends of strings, printable text,
 * finite values
 * @payload: of frame->bytes, which must not be read before they are REMOTE_FRAME_MAX at most; aligned as by
 * malloc(). Indexes of hosts and devices are held against what came before by who reads.
 */
bool remote_frame_check(const struct remote_frame *frame, const void *payload);
const char *remote_outcome_name(enum remote_outcome outcome); /* "complete", "denied" ... */

/* -ENODATA, -ECONNREFUSED, -EACCES, -EREMOTEIO, -EBUSY, -EBADMSG, -ETIMEDOUT; 0 when all that was asked for came. */
int remote_outcome_error(enum remote_outcome outcome);
