/* SPDX-License-Identifier: Apache-2.0 */
/* readers/job_labels.h - which batch job, pod or container this program runs in */
#pragma once

#include <stdbool.h>

#include "base/strbuf.h"

/* What a path of a control group, or of a mount, tells. */
struct job_ids {
    char slurm_job[24]; /* "" each: not told */
    char slurm_step[24];
    char slurm_node[64];
    char pod_uid[40];
    char container_id[65];
    char runtime[16]; /* "docker", "containerd", "cri-o", "podman", "lxc" */
};

/* Text in the manner of /proc/self/cgroup; of nested containers the innermost is taken. */
void job_ids_from_cgroups(const char *text, struct job_ids *ids);
/* In the manner of /proc/self/mountinfo, for who has a group namespace of their own: what the runtime
 * puts over /etc/hostname and /etc/hosts has the container's name in it. Only what ids lacks. */
void job_ids_from_mounts(const char *text, struct job_ids *ids);

struct job_sources {
    int proc_fd; /* self/cgroup and self/mountinfo; -1: none */
    /* the environment; NULL for a variable that is not set */
    const char *(*get)(const void *payload, const char *name);
    const void *payload;
    const char *namespace_file; /* of a pod's service account; NULL: not looked for */
};

/* Adds to labels what is known (model/labels.h); nothing outside of jobs and containers. */
void job_labels_read(const struct job_sources *sources, struct strbuf *labels);
