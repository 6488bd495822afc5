/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/env.c - whether a process is one of several of a training, by what started it */
#include "session/ranks/env.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/number.h"
#include "base/text.h"

struct environment_of {
    rank_get_fn *get;
    const void *payload;
};

/* NULL: not set, or empty. */
static const char *get(const struct environment_of *env, const char *name)
{
    const char *text = env->get(env->payload, name);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* A count or an index; -1: there is none. */
static int64_t get_count(const struct environment_of *env, const char *name)
{
    const char *text = get(env, name);
    uint64_t value;

    return text != NULL && number_parse_u64(text, &value) && value < 1000000000 ? (int64_t)value
                                                                                : -1;
}

/* "word-text-text", of characters that a file's name may have. Cut where it is too long: names of
 * jobs that differ behind that do not exist. */
static void name_job(char job[RANK_JOB_SIZE], const char *word, const char *a, const char *b)
{
    job[0] = '\0';
    text_append(job, RANK_JOB_SIZE, "%s-%s", word, a);
    if (b != NULL)
        text_append(job, RANK_JOB_SIZE, "-%s", b);
    for (char *at = job; *at != '\0'; at++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *at) ==
            NULL)
            *at = '_';
    }
}

static void name_by_parent(char job[RANK_JOB_SIZE], const char *word, pid_t parent)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%d", (int)parent);
    name_job(job, word, text, NULL);
}

/* torchrun, and who sets RANK and MASTER_ADDR by hand. */
static bool find_torch(const struct environment_of *env, pid_t parent, struct rank *rank)
{
    const char *id = get(env, "TORCHELASTIC_RUN_ID");
    const char *address = get(env, "MASTER_ADDR");
    const char *port = get(env, "MASTER_PORT");

    rank->world = get_count(env, "WORLD_SIZE");
    rank->local = get_count(env, "LOCAL_RANK");
    if (get_count(env, "RANK") < 0 || rank->world < 2)
        return false;
    /* "none" is what torchrun calls a job that nobody named */
    if (id != NULL && strcmp(id, "none") != 0) {
        name_job(rank->job, "torch", id, get(env, "SLURM_JOB_ID"));
        memcpy(rank->training, rank->job, sizeof(rank->training));
    } else if (id != NULL) {
        name_by_parent(rank->job, "torchrun", parent);
    } else if (address != NULL) {
        name_job(rank->job, "torch", address, port);
    } else {
        return false;
    }
    return true;
}

static bool find_open_mpi(const struct environment_of *env, pid_t parent, struct rank *rank)
{
    const char *space = get(env, "PMIX_NAMESPACE");

    rank->world = get_count(env, "OMPI_COMM_WORLD_SIZE");
    rank->local = get_count(env, "OMPI_COMM_WORLD_LOCAL_RANK");
    if (get_count(env, "OMPI_COMM_WORLD_RANK") < 0 || rank->world < 2)
        return false;
    if (space != NULL)
        name_job(rank->job, "pmix", space, NULL);
    else
        name_by_parent(rank->job, "ompi", parent);
    return true;
}

/* MPICH, Intel MPI, MVAPICH, Cray. */
static bool find_pmi(const struct environment_of *env, pid_t parent, struct rank *rank)
{
    const char *id = get(env, "PMI_JOBID");

    rank->world = get_count(env, "PMI_SIZE");
    rank->local = get_count(env, "MPI_LOCALRANKID");
    if (rank->local < 0)
        rank->local = get_count(env, "PMI_LOCAL_RANK");
    if (get_count(env, "PMI_RANK") < 0 || rank->world < 2)
        return false;
    if (id != NULL)
        name_job(rank->job, "pmi", id, NULL);
    else
        name_by_parent(rank->job, "pmi", parent);
    return true;
}

static bool find_slurm(const struct environment_of *env, pid_t parent, struct rank *rank)
{
    const char *job = get(env, "SLURM_JOB_ID");
    const char *step = get(env, "SLURM_STEP_ID");
    const char *cluster = get(env, "SLURM_CLUSTER_NAME");

    (void)parent;
    rank->world = get_count(env, "SLURM_STEP_NUM_TASKS");
    if (rank->world < 0)
        rank->world = get_count(env, "SLURM_NTASKS");
    rank->local = get_count(env, "SLURM_LOCALID");
    if (job == NULL || step == NULL || get_count(env, "SLURM_PROCID") < 0 || rank->world < 2)
        return false;
    name_job(rank->job, "slurm", job, step);
    /* a job that is requeued keeps its number, and counts its steps anew: the training goes on */
    name_job(rank->training, rank->job, cluster != NULL ? cluster : "cluster", NULL);
    return true;
}

bool rank_find(rank_get_fn *get_fn, const void *payload, pid_t parent, struct rank *rank_out)
{
    static bool (*const finders[])(const struct environment_of *, pid_t,
                                   struct rank *) = { find_torch, find_open_mpi, find_pmi,
                                                      find_slurm };
    const struct environment_of env = { get_fn, payload };

    for (size_t i = 0; i < ARRAY_LENGTH(finders); i++) {
        struct rank rank = { .local = -1 };

        if (finders[i](&env, parent, &rank)) {
            *rank_out = rank;
            return true;
        }
    }
    return false;
}
