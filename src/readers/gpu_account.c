/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/gpu_account.c - the processes on a GPU, and what of its work none of them explains
 *
 * An engine's clock tells each client's time and no more; the driver's utilisation tells all of it
 * and not whose, and is of the last moment: the two are compared over a minute, never at once.
 */
#include "readers/gpu_account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

static const double COMPARED_SECONDS = 60;
/* Two ways to measure one thing differ by so much where nothing is hidden. */
static const double TOLERANCE = 0.1;
/* Compute units are counted at one moment: of a look that finds none the one before still holds. */
static const double KEPT = 0.5;
static const double LEAST_UNITS = 0.01;

enum { USES_MAX = 8192 };

void gpu_account_deinit(struct gpu_account *account)
{
    free(account->uses);
    free(account->rocm);
    *account = (struct gpu_account){ .uses = NULL };
}

static struct process_use *find_or_add(struct gpu_account *account, pid_t pid)
{
    uint64_t *met = &account->met[(size_t)pid % GPU_MET_BITS / 64];
    uint64_t bit = UINT64_C(1) << ((size_t)pid % 64);
    struct process_use *use;

    for (size_t i = 0; (*met & bit) != 0 && i < account->count; i++) {
        if (account->uses[i].pid == pid)
            return &account->uses[i];
    }
    if (account->count == USES_MAX || array_reserve(&account->uses, &account->capacity,
                                                    account->count + 1, sizeof(*account->uses)) < 0)
        return NULL;
    *met |= bit;
    use = &account->uses[account->count++];
    *use = (struct process_use){
        .pid = pid,
        .sm_ratio = -1,
        .instance = PROCESS_NO_INSTANCE,
    };
    return use;
}

static void add_time(struct process_use *use, double ratio)
{
    use->sm_ratio = (float)((use->sm_ratio > 0 ? (double)use->sm_ratio : 0) + ratio);
}

static void add_memory(struct process_use *use, bool known, uint64_t bytes)
{
    if (!known || use->memory_bytes == UINT64_MAX || bytes > UINT64_MAX - 1 - use->memory_bytes)
        use->memory_bytes = UINT64_MAX;
    else
        use->memory_bytes += bytes;
}

/* --- ROCm --- */

static struct gpu_rocm *find_rocm(struct gpu_account *account, pid_t pid, size_t die)
{
    struct gpu_rocm *rocm;

    for (size_t i = 0; i < account->rocm_count; i++) {
        if (account->rocm[i].pid == pid && account->rocm[i].die == die)
            return &account->rocm[i];
    }
    if (account->rocm_count == USES_MAX ||
        array_reserve(&account->rocm, &account->rocm_capacity, account->rocm_count + 1,
                      sizeof(*account->rocm)) < 0)
        return NULL;
    rocm = &account->rocm[account->rocm_count++];
    *rocm = (struct gpu_rocm){ .pid = pid, .die = die };
    return rocm;
}

/* Begins a process of this look; a GPU in parts has several nodes, whose figures add up. */
static struct gpu_rocm *begin_rocm(struct gpu_account *account, pid_t pid, size_t die)
{
    struct gpu_rocm *rocm = find_rocm(account, pid, die);

    if (rocm == NULL || rocm->here)
        return rocm;
    rocm->here = true;
    rocm->units_known = false;
    rocm->memory_bytes = 0;
    rocm->weight *= KEPT;
    return rocm;
}

static void take_rocm(struct gpu_account *account, const struct gpu_users *users,
                      const struct gpu_die *dies, size_t die_count)
{
    size_t kept = 0;

    for (size_t i = 0; i < account->rocm_count; i++)
        account->rocm[i].here = false;
    for (size_t die = 0; die < die_count; die++) {
        for (size_t i = 0; i < users->kfd.use_count; i++) {
            const struct kfd_use *use = &users->kfd.uses[i];
            struct gpu_rocm *rocm;

            if (strcmp(users->kfd.nodes[use->node].slot, dies[die].slot) != 0)
                continue;
            rocm = begin_rocm(account, use->pid, die);
            if (rocm == NULL)
                continue;
            rocm->units_known = rocm->units_known || use->units_known;
            rocm->weight += use->units_known ? (double)use->units : 0;
            rocm->memory_bytes += use->memory_known ? use->memory_bytes : 0;
        }
        for (size_t i = 0; i < users->clients.client_count; i++) {
            const struct drm_client *client = &users->clients.clients[i];

            if (client->rocm && strcmp(client->slot, dies[die].slot) == 0)
                (void)begin_rocm(account, client->pid, die);
        }
    }
    for (size_t i = 0; i < account->rocm_count; i++) {
        if (account->rocm[i].here)
            account->rocm[kept++] = account->rocm[i];
    }
    account->rocm_count = kept;
}

/* The greater of what the two tell: ROCm's memory is, by newer drivers, in the client's too. */
static void take_rocm_memory(struct gpu_account *account)
{
    for (size_t i = 0; i < account->rocm_count; i++) {
        struct process_use *use = find_or_add(account, account->rocm[i].pid);
        uint64_t sum = 0;

        for (size_t j = 0; j < account->rocm_count; j++)
            sum += account->rocm[j].pid == account->rocm[i].pid ? account->rocm[j].memory_bytes : 0;
        if (use != NULL && use->memory_bytes != UINT64_MAX && sum > use->memory_bytes)
            use->memory_bytes = sum;
    }
}

static unsigned units_of_die(const struct gpu_users *users, const char *slot)
{
    unsigned units = 0;

    for (size_t i = 0; i < users->kfd.node_count; i++)
        units +=
            strcmp(users->kfd.nodes[i].slot, slot) == 0 ? users->kfd.nodes[i].compute_units : 0;
    return units;
}

/* What weighs a process: compute units if all of the die's tell them and any are busy, else memory. */
static double rocm_weight(const struct gpu_account *account, const struct gpu_rocm *rocm,
                          bool by_units)
{
    const struct process_use *use = NULL;

    if (by_units)
        return rocm->weight;
    if (rocm->memory_bytes > 0)
        return (double)rocm->memory_bytes;
    for (size_t i = 0; i < account->count; i++)
        use = account->uses[i].pid == rocm->pid ? &account->uses[i] : use;
    return use != NULL && use->memory_bytes != UINT64_MAX && use->memory_bytes > 0
               ? (double)use->memory_bytes
               : 1;
}

/* Divides what is left of the die's work. Return: false when there is no process to take it. */
static bool share_rest(struct gpu_account *account, size_t die, double rest)
{
    bool by_units = true;
    double units = 0;
    double all = 0;

    for (size_t i = 0; i < account->rocm_count; i++) {
        if (account->rocm[i].die != die)
            continue;
        by_units = by_units && account->rocm[i].units_known;
        units += account->rocm[i].weight;
    }
    by_units = by_units && units >= LEAST_UNITS;
    for (size_t i = 0; i < account->rocm_count; i++)
        all += account->rocm[i].die == die ? rocm_weight(account, &account->rocm[i], by_units) : 0;
    if (!(all > 0))
        return false;
    for (size_t i = 0; i < account->rocm_count; i++) {
        struct process_use *use;

        if (account->rocm[i].die != die ||
            (use = find_or_add(account, account->rocm[i].pid)) == NULL)
            continue;
        add_time(use, rest * rocm_weight(account, &account->rocm[i], by_units) / all);
    }
    return true;
}

/* Without the driver's utilisation: the part of the compute units that a process has busy. */
static void share_units(struct gpu_account *account, size_t die, unsigned units, double part)
{
    for (size_t i = 0; i < account->rocm_count; i++) {
        const struct gpu_rocm *rocm = &account->rocm[i];
        struct process_use *use = rocm->die == die ? find_or_add(account, rocm->pid) : NULL;

        if (use == NULL)
            continue;
        if (rocm->units_known && units > 0)
            add_time(use, fmin(rocm->weight * (1 - KEPT) / units, 1) * part);
        else
            use->sm_ratio = -1; /* its engines tell nothing of what it computes */
    }
}

/* --- one look --- */

/* Return: the time of work that the clients of the die explain, 0 and more. */
static double take_clients(struct gpu_account *account, const struct gpu_users *users,
                           const char *slot, double part)
{
    double work = 0;

    for (size_t i = 0; i < users->clients.client_count; i++) {
        const struct drm_client *client = &users->clients.clients[i];
        struct process_use *use;

        if (strcmp(client->slot, slot) != 0 || (use = find_or_add(account, client->pid)) == NULL)
            continue;
        add_memory(use, client->memory_known, client->memory_bytes);
        if (client->timed) {
            add_time(use, drm_client_use(client) * part);
            work += drm_client_work(client);
        }
    }
    return work;
}

static void add_hidden_memory(const struct gpu_account *account, uint64_t used_bytes,
                              struct process_use *hidden)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < account->count; i++) {
        uint64_t bytes = account->uses[i].memory_bytes;

        if (account->uses[i].pid == PROCESS_HIDDEN || bytes == UINT64_MAX)
            continue;
        seen = bytes > UINT64_MAX - seen ? UINT64_MAX : seen + bytes;
    }
    hidden->memory_bytes = used_bytes != UINT64_MAX && used_bytes > seen ? used_bytes - seen : 0;
}

static bool any_timed(const struct gpu_account *account)
{
    for (size_t i = 0; i < account->count; i++) {
        if (account->uses[i].sm_ratio >= 0)
            return true;
    }
    return false;
}

/* Return: the part of the time that the device worked for nobody who is seen. */
static double hidden_ratio(struct gpu_account *account, double told, double explained,
                           double seconds)
{
    double decay = exp(-seconds / COMPARED_SECONDS);
    double rest;

    account->told_seconds = account->told_seconds * decay + told * seconds;
    account->explained_seconds = account->explained_seconds * decay + explained * seconds;
    account->weight_seconds = account->weight_seconds * decay + seconds;
    rest = account->told_seconds - account->explained_seconds;
    if (!(rest > TOLERANCE * account->told_seconds) || !(account->weight_seconds > 0))
        return 0;
    return fmin(rest / account->weight_seconds, 1);
}

static void add_hidden(struct gpu_account *account, struct gpu_users *users, double told,
                       double explained, double seconds, uint64_t used_bytes)
{
    double ratio = 0;
    struct process_use *use;
    bool timed = any_timed(account);

    if (isfinite(told) && seconds > 0)
        ratio = hidden_ratio(account, told, explained, seconds);
    if (ratio > 0)
        users->unexplained = true;
    if (drm_clients_are_all(&users->clients) || (timed && !(ratio > 0)) ||
        (!timed && account->count == 0 && !(ratio > 0)))
        return;
    use = find_or_add(account, PROCESS_HIDDEN);
    if (use == NULL)
        return;
    if (ratio > 0)
        add_time(use, ratio);
    add_hidden_memory(account, used_bytes, use);
}

void gpu_account_take(struct gpu_account *account, struct gpu_users *users,
                      const struct gpu_die *dies, size_t die_count, uint64_t used_bytes,
                      int64_t now_ns, struct sample *sample)
{
    double seconds = account->taken_ns > 0 ? seconds_from_ns(now_ns - account->taken_ns) : 0;
    double part = 1.0 / (double)die_count;
    double explained = 0;
    double told = 0;

    account->count = 0;
    memset(account->met, 0, sizeof(account->met));
    account->taken_ns = now_ns;
    take_rocm(account, users, dies, die_count);
    for (size_t die = 0; die < die_count; die++) {
        double busy = dies[die].busy_ratio;
        double work = take_clients(account, users, dies[die].slot, part);

        told += busy * part;
        if (!isfinite(busy))
            share_units(account, die, units_of_die(users, dies[die].slot), part);
        else if (share_rest(account, die, fmax(busy - work, 0) * part))
            work = fmax(busy, work);
        explained += work * part;
    }
    take_rocm_memory(account);
    add_hidden(account, users, told, explained, seconds, used_bytes);

    sample->processes = account->uses;
    sample->process_count = account->count;
    sample->own_pids = true;
    sample->valid |= SAMPLE_PROCESSES;
}
