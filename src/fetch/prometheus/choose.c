/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/choose.c - of all that counts the same joules the best, and only that */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "fetch/prometheus/survey.h"

/* The candidates of one host, which stand together, by kind and rank. */
struct offers {
    struct candidate *items;
    size_t count;
};

static void pass_over(struct candidate *chosen, const struct candidate *other)
{
    const char *metric = other->family->metric;

    if (other->family == chosen->family || strstr(chosen->passed_over, metric) != NULL ||
        (other->family->kind == SERIES_UTILIZATION && chosen->family->kind != SERIES_UTILIZATION))
        return;
    text_append(chosen->passed_over, sizeof(chosen->passed_over), "%s%s",
                chosen->passed_over[0] != '\0' ? ", " : "", metric);
}

static bool has_chosen(const struct offers *offers, enum device_kind kind)
{
    for (size_t i = 0; i < offers->count; i++) {
        if (offers->items[i].kind == kind && offers->items[i].is_chosen)
            return true;
    }
    return false;
}

/* All devices of a kind from one family, so that none is counted by two. */
static void choose_kind(const struct offers *offers, enum device_kind kind)
{
    const struct family *best = NULL;

    for (size_t i = 0; i < offers->count; i++) { /* by rising rank */
        if (offers->items[i].kind == kind && !offers->items[i].is_thin && best == NULL)
            best = offers->items[i].family;
    }
    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];

        item->is_chosen = item->is_chosen || (item->kind == kind && item->family == best);
        for (size_t k = 0; item->kind == kind && item->is_chosen && k < offers->count; k++) {
            if (offers->items[k].kind == kind)
                pass_over(item, &offers->items[k]);
        }
    }
}

static bool is_gpu_of(const struct candidate *item, const char *vendor)
{
    return item->kind == DEVICE_GPU && item->vendor != NULL && strcmp(item->vendor, vendor) == 0;
}

/* An exporter that tells a GPU by its number alone: another may know which one that is. */
static void find_uuids(const struct offers *offers)
{
    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];

        for (size_t k = 0; is_gpu_of(item, "nvidia") && k < offers->count; k++) {
            const struct candidate *other = &offers->items[k];

            if (item->uuid[0] == '\0' && item->index >= 0 && is_gpu_of(other, "nvidia") &&
                other->index == item->index && other->uuid[0] != '\0')
                memcpy(item->uuid, other->uuid, sizeof(item->uuid));
        }
    }
}

/* Of each uuid the lowest rank. Return: how many GPUs that are. */
static size_t choose_by_uuid(const struct offers *offers)
{
    size_t count = 0;

    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];
        bool is_first = true;

        if (!is_gpu_of(item, "nvidia") || item->uuid[0] == '\0' || item->is_thin)
            continue;
        for (size_t k = 0; k < i; k++)
            is_first = is_first &&
                       (offers->items[k].is_thin || strcmp(offers->items[k].uuid, item->uuid) != 0);
        if (!is_first)
            continue;
        item->is_chosen = true;
        count++;
        for (size_t k = 0; k < offers->count; k++) {
            if (strcmp(offers->items[k].uuid, item->uuid) == 0)
                pass_over(item, &offers->items[k]);
        }
    }
    return count;
}

/* All GPUs of the best family of a vendor, as none says which is which. Return: how many that are. */
static size_t choose_by_family(const struct offers *offers, const char *vendor)
{
    const struct family *best = NULL;
    size_t count = 0;

    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];

        if (!is_gpu_of(item, vendor) || item->uuid[0] != '\0' || item->is_thin)
            continue;
        if (best == NULL)
            best = item->family;
        item->is_chosen = item->family == best;
        count += item->is_chosen;
        for (size_t k = 0; item->is_chosen && k < offers->count; k++) {
            if (is_gpu_of(&offers->items[k], vendor))
                pass_over(item, &offers->items[k]);
        }
    }
    return count;
}

/*
 * What says no vendor counts the GPUs that others count by vendor: it is taken whole where it knows as many and
 * has their energy, else not at all.
 */
static void choose_gpus(const struct offers *offers)
{
    size_t by_vendor;
    size_t any;
    bool any_wins = false;

    find_uuids(offers);
    by_vendor = choose_by_uuid(offers);
    if (by_vendor == 0)
        by_vendor = choose_by_family(offers, "nvidia");
    by_vendor += choose_by_family(offers, "amd") + choose_by_family(offers, "intel");
    any = choose_by_family(offers, "any");
    for (size_t i = 0; i < offers->count; i++) {
        if (is_gpu_of(&offers->items[i], "any") && offers->items[i].is_chosen)
            any_wins = any >= by_vendor &&
                       (offers->items[i].family->kind == SERIES_COUNTER || by_vendor == 0);
    }
    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];

        if (item->kind != DEVICE_GPU || !item->is_chosen)
            continue;
        item->is_chosen = is_gpu_of(item, "any") == any_wins;
        for (size_t k = 0; item->is_chosen && k < offers->count; k++) {
            if (offers->items[k].kind == DEVICE_GPU &&
                is_gpu_of(&offers->items[k], "any") != any_wins)
                pass_over(item, &offers->items[k]);
        }
    }
}

/* A model of what a meter holds already is not made. */
static void drop_loads(const struct offers *offers)
{
    bool has_module = has_chosen(offers, DEVICE_MODULE);
    bool has_dram = has_chosen(offers, DEVICE_DRAM);

    for (size_t i = 0; i < offers->count; i++) {
        struct candidate *item = &offers->items[i];

        if (item->family->kind == SERIES_UTILIZATION &&
            (has_module || (item->kind == DEVICE_MEMORY && has_dram)))
            item->is_chosen = false;
    }
}

static void choose_of_host(const struct offers *offers)
{
    static const enum device_kind kinds[] = { DEVICE_CPU,    DEVICE_DRAM,  DEVICE_MEMORY,
                                              DEVICE_MODULE, DEVICE_BOARD, DEVICE_PART,
                                              DEVICE_OTHER };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        choose_kind(offers, kinds[i]);
    choose_gpus(offers);
    drop_loads(offers);
}

static bool host_has_cpu(const struct survey *survey, uint32_t host)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        if (survey->candidates[i].host == host && survey->candidates[i].kind == DEVICE_CPU &&
            survey->candidates[i].is_chosen)
            return true;
    }
    return false;
}

/* A card that was moved has a series on each of its hosts: where one stops the other goes on. */
static void stand_in(struct candidate *best, const struct candidate *left)
{
    bool are_single = best->family == left->family && best->term_count == 1 &&
                      left->term_count == 1 && best->terms[0].factor == SERIES_NONE_INDEX &&
                      left->terms[0].factor == SERIES_NONE_INDEX;

    if (are_single && best->alternate_count < ALTERNATES_MAX)
        best->alternates[best->alternate_count++] = left->terms[0].series;
}

/* Exporters in containers of one machine look like two machines: a GPU that both show is one. */
static void join_gpus_of_hosts(struct survey *survey)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        struct candidate *one = &survey->candidates[i];

        for (size_t k = i + 1; one->kind == DEVICE_GPU && one->uuid[0] != '\0' && one->is_chosen &&
                               k < survey->candidate_count;
             k++) {
            struct candidate *other = &survey->candidates[k];
            bool one_stays = one->family->rank <= other->family->rank;
            struct candidate *best = one_stays ? one : other;
            struct candidate *left = one_stays ? other : one;

            if (other->kind != DEVICE_GPU || !other->is_chosen || other->host == one->host ||
                strcmp(one->uuid, other->uuid) != 0)
                continue;
            left->is_chosen = false;
            pass_over(best, left);
            stand_in(best, left);
            if (!host_has_cpu(survey, best->host) && host_has_cpu(survey, left->host))
                best->host = left->host;
        }
    }
}

void candidates_choose(struct survey *survey)
{
    size_t begin = 0;

    if (!survey->by_match)
        coverage_apply(survey);
    for (size_t end = 1; end <= survey->candidate_count; end++) {
        const struct offers offers = { survey->candidates + begin, end - begin };

        if (end < survey->candidate_count &&
            survey->candidates[end].host == survey->candidates[begin].host)
            continue;
        if (survey->by_match) {
            for (size_t i = 0; i < offers.count; i++)
                offers.items[i].is_chosen = true;
        } else {
            choose_of_host(&offers);
        }
        begin = end;
    }
    join_gpus_of_hosts(survey);
}
