/* SPDX-License-Identifier: Apache-2.0 */
/* model/labels.h - whose work a run was, in the words of the batch system or cluster it ran under */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/*
 * Kept as text, a line of "key=value" each, keys of [a-z_]; a value is clean (base/text.h), of one
 * line. Keys in use, in this order, each only where it is known:
 *
 *   manager       slurm, kubernetes, pbs, lsf, sge, flux
 *   job_id job_name step_id array_job_id array_task_id      of a batch system
 *   cluster account queue user                              a Slurm partition is a queue
 *   node nodes rank                                         name; how many; of this process
 *   pod pod_uid namespace container                         of Kubernetes
 *   source server server_url                                of a past window: history, prometheus
 *   training      what this run is a part of, where it ran on several machines or was begun anew
 *   runtime container_id                                    docker, containerd, cri-o, podman, lxc
 */
enum { LABEL_KEY_SIZE = 32, LABEL_VALUE_SIZE = 256 };

struct label {
    char key[LABEL_KEY_SIZE];
    char value[LABEL_VALUE_SIZE];
};

/* An empty value, or one of blanks only, adds nothing. */
void labels_add(struct strbuf *labels, const char *key, const char *value);

/* From `labels` (NULL: none) or what the last call returned. Return: where the next begins; NULL: no more. */
const char *labels_next(const char *labels, struct label *label_out);

bool labels_get(const char *labels, const char *key, struct label *label_out);
