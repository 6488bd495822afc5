/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_clients.h - what each opening of a graphics device did since the last look */
#pragma once

#include "readers/drm_fdinfo.h"
#include "readers/drm_search.h"

/* Engines of one class, between the last two looks. */
struct drm_client_engine {
    char name[DRM_ENGINE_NAME_SIZE];
    uint64_t count;        /* ns or cycles, the most that was seen */
    uint64_t total_cycles; /* of that look */
    bool aside;
    double ratio; /* 0-1 of the time of all engines of the class */
};

/* One opening, through however many descriptors of however many processes. */
struct drm_client {
    char slot[DRM_SLOT_SIZE];
    uint64_t id;
    pid_t pid;  /* the first found that holds it */
    bool seen;  /* in the look that goes on */
    bool led;   /* pid is of that look */
    bool timed; /* ratios are known: it was looked at twice, or opened meanwhile */
    bool rocm;  /* its process has /dev/kfd open as well: what it computes is not in its engines */
    int64_t looked_ns;
    bool memory_known;
    uint64_t memory_bytes;
    struct drm_client_engine engines[DRM_ENGINES_MAX];
    size_t engine_count;
};

/* A descriptor that leads to a client. */
struct drm_handle {
    pid_t pid;
    int fd;
    int64_t since_ns; /* as in drm_found, until its client is known */
    bool known;
    uint64_t id; /* of the client it led to, and its card */
    char slot[DRM_SLOT_SIZE];
    int64_t next_ns; /* of a card that nobody asks for: not before */
    size_t at;       /* index of the client, as it was last */
    bool of_job;     /* and */
    bool gone;       /* in the look that goes on */
};

/* A card whose clients are asked for. One that sleeps is left alone: asking would wake it. */
struct drm_watch {
    char slot[DRM_SLOT_SIZE];
    bool asleep;
};

struct drm_clients {
    struct drm_search search;
    struct drm_handle *handles;
    size_t handle_count;
    size_t handle_capacity;
    size_t turn[2]; /* who of the others, and of the job, is read first */
    struct drm_client *clients;
    size_t client_count;
    size_t client_capacity;
    struct drm_watch *watches;
    size_t watch_count;
    size_t watch_capacity;
    pid_t *rocm; /* processes with /dev/kfd open */
    size_t rocm_count;
    size_t rocm_capacity;
    char *text; /* of one file */
};

/* Return: 0, -ENOMEM; -errno when there is no /proc to look into. */
int drm_clients_open(struct drm_clients *clients_out, int proc_fd, struct shared_pids *job_pids);
void drm_clients_close(struct drm_clients *clients);

/* Clients of this card are wanted. Return: 0 or -ENOMEM. */
int drm_clients_watch(struct drm_clients *clients, const char *slot);
void drm_clients_let_sleep(struct drm_clients *clients, const char *slot, bool asleep);

/* Searches a little, and reads what is known; units: as for drm_search_step(). */
void drm_clients_look(struct drm_clients *clients, int64_t now_ns, int units);

/* All processes that there are have been looked at: who is not among the clients is none. */
bool drm_clients_are_all(const struct drm_clients *clients);

/* Part of the time that the classes of work were busy for this client, added up. */
double drm_client_work(const struct drm_client *client);
/* The same of all classes. */
double drm_client_use(const struct drm_client *client);
/* How busy the busiest class of a card was, by all clients together, 0-1. */
double drm_clients_busiest(const struct drm_clients *clients, const char *slot);
/* Nobody on the card does what no clock tells. */
bool drm_clients_are_timed(const struct drm_clients *clients, const char *slot);
