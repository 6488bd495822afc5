/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/fleet_query.c - what the engine of a fleet is asked, in PromQL: sums by work or machine, place and hour */
#include "session/remote/fleet_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Labels whose values are a row; the rules keep them. */
static const char *const labels_of[] = {
    [FLEET_JOB] = "cluster, job_id, namespace, pod",
    [FLEET_USER] = "user",
    [FLEET_PROJECT] = "project",
    [FLEET_NODE] = "instance",
};

/* "%s" is the range. A machine has one place at a time; where its place has changed one of the two is taken. */
static const char PLACE[] = "max by (instance, place) (topk by (instance) (1, "
                            "last_over_time(aico2_grid_carbon_intensity_gco2e_per_kwh[%s]) * 0 + "
                            "1))";

static const char NODE_ENERGY[] =
    "sum by (instance) (max by (instance, device, kind, reader, basis) "
    "(increase(aico2_energy_joules_total[%s])))";

/* A run's counter begins at 0 and never falls, and the exporter tells of a run for a while after its end: what it
 * shows now less what it showed a stretch ago is exact, for a run that lay between two scrapes too. */
static const char RUN_NOW[] =
    "max by (instance, run_id) (max_over_time(aico2_run_energy_joules_total[%s]))";
static const char RUN_BEFORE[] = "max by (instance, run_id) "
                                 "(max_over_time(aico2_run_energy_joules_total[6h] offset %s))";

static const char RUN_INFO[] =
    "max by (instance, run_id, cluster, job_id, namespace, pod, user, project) "
    "(label_replace(label_replace(topk by (instance, run_id) (1, "
    "last_over_time(aico2_run_info{stage!=\"watch\"}[%s])), "
    "\"project\", \"$1\", \"namespace\", \"(.+)\"), \"project\", \"$1\", \"account\", \"(.+)\"))";

static void add_ranged(struct strbuf *query, const char *expression, int64_t range_ns)
{
    const char *at = strstr(expression, "%s");

    strbuf_add_bytes(query, expression, (size_t)(at - expression));
    strbuf_printf(query, "%" PRId64 "ms", range_ns / NSEC_PER_MSEC);
    strbuf_add(query, at + 2);
}

/* Each run's energy with its labels. */
static void add_runs(struct strbuf *query, int64_t range_ns)
{
    strbuf_add(query, "(");
    add_ranged(query, RUN_NOW, range_ns);
    strbuf_add(query, " - (");
    add_ranged(query, RUN_BEFORE, range_ns);
    strbuf_add(query, " or ");
    add_ranged(query, RUN_NOW, range_ns);
    strbuf_add(query, " * 0)) * on (instance, run_id) group_left (cluster, job_id, namespace, pod, "
                      "user, project) ");
    add_ranged(query, RUN_INFO, range_ns);
}

static void add_energy(struct strbuf *query, enum fleet_by by, int64_t range_ns)
{
    strbuf_add(query, "(");
    if (by == FLEET_NODE)
        add_ranged(query, NODE_ENERGY, range_ns);
    else
        add_runs(query, range_ns);
    strbuf_add(query, ")");
}

/* What is recorded is taken as it is: rows of one name are put together here, which costs the engine nothing. */
void fleet_query_energy(struct strbuf *query, enum fleet_by by, bool recorded, int64_t range_ns)
{
    if (recorded) {
        strbuf_add(query, by == FLEET_NODE ? "node_place:aico2_energy_joules:increase1h"
                                           : "job_place:aico2_energy_joules:increase1h");
        return;
    }
    strbuf_printf(query, "sum by (%s, place) (", labels_of[by]);
    add_energy(query, by, range_ns);
    strbuf_add(query, " * on (instance) group_left (place) ");
    add_ranged(query, PLACE, range_ns);
    /* a machine that does not say where it is counts all the same */
    strbuf_add(query, " or ");
    add_energy(query, by, range_ns);
    strbuf_add(query, " unless on (instance) ");
    add_ranged(query, PLACE, range_ns);
    strbuf_add(query, ")");
}

void fleet_query_intensity(struct strbuf *query, bool recorded, int64_t range_ns)
{
    if (recorded)
        strbuf_add(query, "place:aico2_grid_carbon_intensity_gco2e_per_kwh:avg1h");
    else
        add_ranged(query,
                   "avg by (place) "
                   "(avg_over_time(aico2_grid_carbon_intensity_gco2e_per_kwh[%s]))",
                   range_ns);
}

void fleet_row_name(enum fleet_by by, const char *(*label)(const void *labels, const char *name),
                    const void *labels, char *name_out, size_t size)
{
    const char *cluster = label(labels, "cluster");
    const char *job = label(labels, "job_id");
    const char *namespace = label(labels, "namespace");
    const char *pod = label(labels, "pod");

    if (by != FLEET_JOB)
        (void)snprintf(name_out, size, "%s", label(labels, labels_of[by]));
    else if (job[0] != '\0')
        (void)snprintf(name_out, size, "%s%s%s", cluster, cluster[0] != '\0' ? "/" : "", job);
    else
        (void)snprintf(name_out, size, "%s%s%s", namespace,
                       namespace[0] != '\0' && pod[0] != '\0' ? "/" : "", pod);
}
