/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/env.h - whether a process is one of several of a training, by what started it */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { RANK_JOB_SIZE = 128 };

struct rank {
    char job
        [RANK_JOB_SIZE]; /* the ranks of one job on a machine have it in common; fit for a file's name */
    char training
        [RANK_JOB_SIZE]; /* the same on all machines, and never again; "": nothing says so */
    int64_t local;       /* among those on this machine; -1 unknown */
    int64_t world;       /* ranks of the job; 0 unknown */
};

/* The environment; NULL: not set. */
typedef const char *rank_get_fn(const void *payload, const char *name);

/**
 * rank_find() - torchrun, Open MPI, MPICH and its kin, Slurm
 * @parent: pid of the parent, which started the other ranks on this machine too where nothing else names the job
 * Return: false: it is the only one, or nothing tells.
 * Source: the variables as their makers document them: PyTorch "torchrun" and "env://", Open MPI "mpirun(1),
 * environment variables", MPICH Hydra PMI, Slurm srun(1) "output environment variables".
 */
bool rank_find(rank_get_fn *get, const void *payload, pid_t parent, struct rank *rank_out);
