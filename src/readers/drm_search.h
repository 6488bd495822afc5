/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_search.h - which processes have a graphics device open, found a little at a time */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/shared_pids.h"

/* An open device that was found, or found once more. */
struct drm_found {
    pid_t pid;
    int fd;           /* -1: /dev/kfd, ROCm's */
    int64_t since_ns; /* the process had it not open at that time; -1 unknown */
};

/* When a process of the job is looked at next: at ages that double, since programs open a GPU while
 * they start, or late. */
struct drm_looked {
    pid_t pid;
    int64_t first_ns;  /* it was not there before, or nobody knew */
    int64_t looked_ns; /* -1: never */
    int64_t next_ns;
};

/**
 * struct drm_search - where the search stands
 * What a step found is in found[], until the next. The job's processes are all looked at, by and
 * by; of the machine's a few at each step, so that no step costs more than another however many
 * there are.
 */
struct drm_search {
    int proc_fd; /* owned */
    DIR *proc;
    struct shared_pids *job_pids; /* NULL: nobody tells of a job */
    pid_t *pids;                  /* as told last, by rising pid */
    size_t pid_capacity;
    struct drm_looked *job; /* by rising pid */
    size_t job_count;
    size_t job_capacity;
    size_t turn;             /* of the job: who comes next */
    struct drm_looked *next; /* built, then swapped */
    size_t next_capacity;
    struct drm_found *found;
    size_t found_count;
    size_t found_capacity;
    int64_t step_ns;      /* when it was looked last; -1 never */
    bool first_namespace; /* pids are the host's: others who tell of pids mean the same */
    bool sees_all;        /* every process of the machine may be looked at */
    unsigned walks;       /* how often all of them were */
};

/* proc_fd is copied. Return: 0; -errno when there is no /proc to look into. */
int drm_search_open(struct drm_search *search_out, int proc_fd, struct shared_pids *job_pids);
void drm_search_close(struct drm_search *search);

/* How much a step may cost: a link that is read is 1, about a microsecond. */
enum { DRM_SEARCH_STEADY = 24, DRM_SEARCH_HURRY = 512 };

void drm_search_step(struct drm_search *search, int64_t now_ns, int units);
/* As told at the last step. */
bool drm_search_is_of_job(const struct drm_search *search, pid_t pid);
