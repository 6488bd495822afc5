/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/facts.c - what the series of a host say of it and of its devices beside figures */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fetch/prometheus/survey.h"

static void of_uname(struct remote_host *host, const struct seen_series *row)
{
    text_copy_clean(host->os_release, sizeof(host->os_release), label_of(&row->labels, "release"));
    text_copy_clean(host->arch, sizeof(host->arch), label_of(&row->labels, "machine"));
}

static int32_t count_threads(const struct survey *survey, const struct seen_series *first)
{
    int32_t count = 0;

    for (size_t i = 0; i < survey->count; i++)
        count += survey->series[i].host == first->host &&
                 survey->series[i].family == first->family &&
                 label_set_equal_but(&survey->series[i].labels, &first->labels, "cpu");
    return count;
}

static void take_fact(struct survey *survey, const struct seen_series *row)
{
    struct remote_host *host = &survey->hosts.items[row->host];
    const char *metric = seen_metric(row);

    if (strcmp(metric, "node_uname_info") == 0)
        of_uname(host, row);
    else if (strcmp(metric, "node_boot_time_seconds") == 0 && row->value > 0)
        host->boot_wall_seconds = row->value;
    else if (strcmp(metric, "node_memory_MemTotal_bytes") == 0 && row->value > 0 &&
             row->value < 1e16)
        host->memory_bytes = (uint64_t)row->value;
    else if (row->family != NULL && row->family->form == FORM_CPU && host->threads == 0)
        host->threads = count_threads(survey, row);
}

/* The instance of node_exporter where there is one: what --instance is given. */
static void take_instance(struct survey *survey, const struct seen_series *row)
{
    struct remote_host *host = &survey->hosts.items[row->host];

    if (host->instance[0] == '\0' || strncmp(seen_metric(row), "node_", 5) == 0)
        text_copy_clean(host->instance, sizeof(host->instance), label_of(&row->labels, "instance"));
}

void facts_of_hosts(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct seen_series *row = &survey->series[i];

        if (row->host == UINT32_MAX)
            continue;
        take_instance(survey, row);
        take_fact(survey, row);
    }
}

static bool is_of_gpu(const struct seen_series *row, const struct candidate *gpu)
{
    const char *uuid = label_of(&row->labels, "uuid");
    char text[DEVICE_UUID_SIZE];

    if (uuid[0] == '\0')
        uuid = label_of(&row->labels, "UUID");
    text_copy_clean(text, sizeof(text), uuid);
    for (char *at = text; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return strcmp(strncmp(text, "gpu-", 4) == 0 ? text + 4 : text, gpu->uuid) == 0;
}

static void take_gpu_fact(struct remote_device *device, const struct seen_series *row)
{
    const char *metric = seen_metric(row);
    const char *index = label_of(&row->labels, "index");
    bool is_limit = strstr(metric, "_limit_watts") != NULL ||
                    strcmp(metric, "DCGM_FI_DEV_POWER_MGMT_LIMIT") == 0;

    if (strcmp(metric, "nvidia_smi_gpu_info") == 0) {
        if (device->model[0] == '\0')
            text_copy_clean(device->model, sizeof(device->model), label_of(&row->labels, "name"));
        if (device->index < 0 && isdigit((unsigned char)index[0]) && strlen(index) < 6)
            device->index = (int32_t)strtol(index, NULL, 10);
    } else if (is_limit && row->value > 0 && row->value < 1e5) {
        if (isnan(device->limit_watts) || strstr(metric, "enforced") != NULL)
            device->limit_watts = row->value;
    } else if (strcmp(metric, "nvidia_smi_memory_total_bytes") == 0 && row->value > 0 &&
               row->value < 1e15) {
        device->memory_bytes = (uint64_t)row->value;
    } else if (strcmp(metric, "DCGM_FI_DEV_FB_TOTAL") == 0 && row->value > 0 && row->value < 1e9) {
        device->memory_bytes = (uint64_t)row->value << 20;
    }
}

void facts_of_device(const struct survey *survey, const struct candidate *candidate,
                     struct remote_device *device)
{
    uint32_t own_host = survey->series[candidate->terms[0].series].host;
    bool is_known = candidate->kind == DEVICE_GPU && candidate->uuid[0] != '\0';

    for (size_t i = 0; is_known && i < survey->count; i++) {
        const struct seen_series *row = &survey->series[i];

        if ((row->host == own_host || row->host == candidate->host) && row->family == NULL &&
            is_of_gpu(row, candidate))
            take_gpu_fact(device, row);
    }
    if (candidate->kind == DEVICE_CPU && device->model[0] == '\0')
        memcpy(device->model, survey->hosts.items[candidate->host].cpu_model,
               sizeof(device->model));
}
