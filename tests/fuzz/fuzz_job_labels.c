/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_job_labels.c - any text as /proc/self/cgroup, mountinfo and stored labels */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/labels.h"
#include "readers/job_labels.h"

static void check_ids(const struct job_ids *ids)
{
    if (memchr(ids->slurm_step, '\0', sizeof(ids->slurm_step)) == NULL ||
        memchr(ids->slurm_node, '\0', sizeof(ids->slurm_node)) == NULL ||
        memchr(ids->container_id, '\0', sizeof(ids->container_id)) == NULL)
        abort();
    for (const char *at = ids->slurm_job; *at != '\0'; at++) {
        if (!isdigit((unsigned char)*at))
            abort();
    }
    if (ids->pod_uid[0] != '\0' && strlen(ids->pod_uid) != 36)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct job_ids ids = { 0 };
    struct label label;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    job_ids_from_cgroups(text, &ids);
    check_ids(&ids);
    job_ids_from_mounts(text, &ids);
    check_ids(&ids);
    for (const char *at = text; (at = labels_next(at, &label)) != NULL;) {
        if (label.key[0] == '\0' || strchr(label.key, '\n') != NULL ||
            strchr(label.value, '\n') != NULL)
            abort();
    }
    free(text);
    return 0;
}
