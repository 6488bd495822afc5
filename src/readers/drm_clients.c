/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/drm_clients.c - what each opening of a graphics device did since the last look
 *
 * Linux Documentation/gpu/drm-usage-stats.rst: counters need not be monotonic, the most that was
 * seen holds; who shares a client shares its counters, so that each is read through one descriptor.
 */
#include "readers/drm_clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"

/* Users decide how many there are. */
enum { HANDLES_MAX = 4096 };
/* Files read at one look: a few microseconds each. Counters lose nothing that is read later, so that
 * of a thousand each has its turn. */
enum { READS_LEAST = 32, HANDLES_PER_READ = 16 };
/* A descriptor of another card may be closed, and its number given to one of ours. */
static const int64_t OTHERS_NS = 16 * NSEC_PER_SEC;

int drm_clients_open(struct drm_clients *clients_out, int proc_fd, struct shared_pids *job_pids)
{
    struct drm_clients clients = { .text = malloc(DRM_FDINFO_SIZE) };
    int r;

    if (clients.text == NULL)
        return -ENOMEM;
    r = drm_search_open(&clients.search, proc_fd, job_pids);
    if (r < 0) {
        free(clients.text);
        return r;
    }
    *clients_out = clients;
    return 0;
}

void drm_clients_close(struct drm_clients *clients)
{
    if (clients->text == NULL)
        return;
    drm_search_close(&clients->search);
    free(clients->handles);
    free(clients->clients);
    free(clients->watches);
    free(clients->rocm);
    free(clients->text);
    *clients = (struct drm_clients){ .text = NULL };
}

/* --- who --- */

static struct drm_watch *find_watch(const struct drm_clients *clients, const char *slot)
{
    for (size_t i = 0; i < clients->watch_count; i++) {
        if (strcmp(clients->watches[i].slot, slot) == 0)
            return &clients->watches[i];
    }
    return NULL;
}

int drm_clients_watch(struct drm_clients *clients, const char *slot)
{
    if (find_watch(clients, slot) != NULL)
        return 0;
    if (array_reserve(&clients->watches, &clients->watch_capacity, clients->watch_count + 1,
                      sizeof(*clients->watches)) < 0)
        return -ENOMEM;
    clients->watches[clients->watch_count] = (struct drm_watch){ .asleep = false };
    (void)snprintf(clients->watches[clients->watch_count++].slot, DRM_SLOT_SIZE, "%s", slot);
    return 0;
}

void drm_clients_let_sleep(struct drm_clients *clients, const char *slot, bool asleep)
{
    struct drm_watch *watch = find_watch(clients, slot);

    if (watch != NULL)
        watch->asleep = asleep;
}

static bool any_sleeps(const struct drm_clients *clients)
{
    for (size_t i = 0; i < clients->watch_count; i++) {
        if (clients->watches[i].asleep)
            return true;
    }
    return false;
}

static bool is_rocm(const struct drm_clients *clients, pid_t pid)
{
    for (size_t i = 0; i < clients->rocm_count; i++) {
        if (clients->rocm[i] == pid)
            return true;
    }
    return false;
}

static void take_found(struct drm_clients *clients, const struct drm_found *found)
{
    if (found->fd < 0) {
        if (!is_rocm(clients, found->pid) && clients->rocm_count < HANDLES_MAX &&
            array_reserve(&clients->rocm, &clients->rocm_capacity, clients->rocm_count + 1,
                          sizeof(*clients->rocm)) == 0)
            clients->rocm[clients->rocm_count++] = found->pid;
        return;
    }
    for (size_t i = 0; i < clients->handle_count; i++) {
        if (clients->handles[i].pid == found->pid && clients->handles[i].fd == found->fd)
            return;
    }
    if (clients->handle_count == HANDLES_MAX ||
        array_reserve(&clients->handles, &clients->handle_capacity, clients->handle_count + 1,
                      sizeof(*clients->handles)) < 0)
        return;
    clients->handles[clients->handle_count++] = (struct drm_handle){
        .pid = found->pid,
        .fd = found->fd,
        .since_ns = found->since_ns,
    };
}

static bool is_client(const struct drm_client *client, const char *slot, uint64_t id)
{
    return client->id == id && strcmp(client->slot, slot) == 0;
}

/* at: where it was last. */
static struct drm_client *find_client(const struct drm_clients *clients, const char *slot,
                                      uint64_t id, size_t *at)
{
    if (*at < clients->client_count && is_client(&clients->clients[*at], slot, id))
        return &clients->clients[*at];
    for (size_t i = 0; i < clients->client_count; i++) {
        if (is_client(&clients->clients[i], slot, id)) {
            *at = i;
            return &clients->clients[i];
        }
    }
    return NULL;
}

/* --- what --- */

static struct drm_client_engine *find_engine(struct drm_client *client, const char *name)
{
    struct drm_client_engine *engine;

    for (size_t i = 0; i < client->engine_count; i++) {
        if (strcmp(client->engines[i].name, name) == 0)
            return &client->engines[i];
    }
    if (client->engine_count == DRM_ENGINES_MAX)
        return NULL;
    engine = &client->engines[client->engine_count++];
    *engine = (struct drm_client_engine){ .aside = drm_engine_is_aside(name) };
    (void)snprintf(engine->name, sizeof(engine->name), "%s", name);
    return engine;
}

static double within(double ratio)
{
    return ratio > 0 ? (ratio < 1 ? ratio : 1) : 0;
}

/* Return: false when the time of this class is not known. */
static bool advance_engine(struct drm_client_engine *engine, const struct drm_engine *told,
                           double seconds, bool from_zero)
{
    uint64_t count = told->has_busy ? told->busy_ns : told->cycles;
    double delta = count > engine->count ? (double)(count - engine->count) : 0;
    uint64_t before = engine->total_cycles;

    engine->ratio = 0;
    if (count > engine->count)
        engine->count = count;
    engine->total_cycles = told->total_cycles;
    if (told->has_busy) {
        engine->ratio = within(delta / 1e9 / (seconds * told->capacity));
    } else if (told->has_total_cycles) {
        if (from_zero || before == 0)
            return delta == 0; /* how long the clock has run meanwhile is not known */
        if (told->total_cycles <= before)
            return false; /* reset, or read twice in one tick of it */
        engine->ratio = within(delta / ((double)(told->total_cycles - before) * told->capacity));
    } else if (told->max_hz > 0) {
        engine->ratio = within(delta / ((double)told->max_hz * seconds * told->capacity));
    }
    return true;
}

/*
 * The first look at a client gives what it did since it was opened. Where its process was looked at
 * before, it did all of it since then; else that look only begins the account.
 */
static void advance(struct drm_client *client, const struct drm_fdinfo *info, bool is_new,
                    int64_t since_ns, int64_t now_ns)
{
    double seconds = seconds_from_ns(now_ns - (is_new ? since_ns : client->looked_ns));
    bool from_zero = is_new && since_ns >= 0 && since_ns < now_ns;

    client->timed = info->tells_time && (from_zero || !is_new) && seconds > 0;
    for (size_t i = 0; i < client->engine_count; i++)
        client->engines[i].ratio = 0;
    for (size_t i = 0; i < info->engine_count; i++) {
        const struct drm_engine *told = &info->engines[i];
        struct drm_client_engine *engine;

        if (!told->has_busy && !told->has_cycles)
            continue;
        engine = find_engine(client, told->name);
        if (engine == NULL)
            continue;
        if (client->timed) {
            client->timed = advance_engine(engine, told, seconds, from_zero);
        } else {
            (void)advance_engine(engine, told, 1, false);
            engine->ratio = 0;
        }
    }
    client->memory_known = info->has_memory;
    client->memory_bytes = info->memory_bytes;
    client->looked_ns = now_ns;
}

/* A card that sleeps does nothing for anybody. */
static void pass_over(struct drm_client *client, int64_t now_ns)
{
    for (size_t i = 0; i < client->engine_count; i++)
        client->engines[i].ratio = 0;
    client->timed = true;
    client->looked_ns = now_ns;
    client->seen = true;
}

/* Return: true when the file need not be read now. */
static bool is_settled(struct drm_clients *clients, struct drm_handle *handle, int64_t now_ns)
{
    struct drm_client *client;
    const struct drm_watch *watch;

    if (!handle->known)
        return any_sleeps(clients); /* it may be of that card */
    watch = find_watch(clients, handle->slot);
    if (watch == NULL)
        return now_ns < handle->next_ns;
    client = find_client(clients, handle->slot, handle->id, &handle->at);
    if (client == NULL)
        return watch->asleep;
    if (watch->asleep)
        pass_over(client, now_ns);
    return client->seen; /* another descriptor has told */
}

static struct drm_client *add_client(struct drm_clients *clients, const struct drm_fdinfo *info)
{
    struct drm_client *client;

    if (array_reserve(&clients->clients, &clients->client_capacity, clients->client_count + 1,
                      sizeof(*clients->clients)) < 0)
        return NULL;
    client = &clients->clients[clients->client_count++];
    *client = (struct drm_client){ .id = info->client_id };
    memcpy(client->slot, info->slot, sizeof(client->slot));
    return client;
}

/* Return: whether its file was read. */
static bool read_handle(struct drm_clients *clients, struct drm_handle *handle, int64_t now_ns)
{
    struct drm_fdinfo info;
    struct drm_client *client;
    char path[48];
    bool is_new;

    if (is_settled(clients, handle, now_ns))
        return false;
    (void)snprintf(path, sizeof(path), "%d/fdinfo/%d", (int)handle->pid, handle->fd);
    if (fs_read_text_at(clients->search.proc_fd, path, clients->text, DRM_FDINFO_SIZE, NULL) < 0 ||
        !drm_fdinfo_parse(clients->text, &info)) {
        handle->gone = true; /* it leads to no graphics device any more */
        return true;
    }
    handle->known = true;
    handle->id = info.client_id;
    memcpy(handle->slot, info.slot, sizeof(handle->slot));
    handle->next_ns = now_ns + OTHERS_NS;
    if (find_watch(clients, info.slot) == NULL)
        return true;

    client = find_client(clients, info.slot, info.client_id, &handle->at);
    is_new = client == NULL;
    if (is_new)
        client = add_client(clients, &info);
    handle->gone = client == NULL;
    if (client == NULL || client->seen)
        return true;
    client->seen = true;
    advance(client, &info, is_new, handle->since_ns, now_ns);
    return true;
}

/* Those of the job, or the others, from where the last look stopped; who is new at once. */
static void read_some(struct drm_clients *clients, bool of_job, size_t limit, int64_t now_ns)
{
    size_t count = clients->handle_count;
    size_t first = clients->turn[of_job] < count ? clients->turn[of_job] : 0;
    size_t reads = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = first + i < count ? first + i : first + i - count;
        struct drm_handle *handle = &clients->handles[at];

        if (handle->of_job != of_job || (handle->known && reads >= limit))
            continue;
        reads += read_handle(clients, handle, now_ns);
        if (reads < limit)
            clients->turn[of_job] = at + 1;
    }
}

/* Of who was not read what is known still holds. A client is its first holder's. */
static void keep_handles(struct drm_clients *clients)
{
    size_t kept = 0;

    for (size_t i = 0; i < clients->handle_count; i++) {
        struct drm_handle *handle = &clients->handles[i];
        struct drm_client *client =
            handle->known ? find_client(clients, handle->slot, handle->id, &handle->at) : NULL;

        if (handle->gone)
            continue;
        if (client != NULL && !client->led) {
            client->pid = handle->pid;
            client->seen = client->led = true;
        }
        clients->handles[kept++] = *handle;
    }
    clients->handle_count = kept;
}

static void read_all(struct drm_clients *clients, int64_t now_ns)
{
    size_t limit = READS_LEAST + clients->handle_count / HANDLES_PER_READ;
    size_t kept = 0;

    for (size_t i = 0; i < clients->client_count; i++)
        clients->clients[i].seen = clients->clients[i].led = false;
    for (size_t i = 0; i < clients->handle_count; i++)
        clients->handles[i].of_job =
            drm_search_is_of_job(&clients->search, clients->handles[i].pid);
    read_some(clients, true, limit, now_ns);
    read_some(clients, false, limit, now_ns);
    keep_handles(clients);
    kept = 0;
    for (size_t i = 0; i < clients->client_count; i++) {
        if (clients->clients[i].seen)
            clients->clients[kept++] = clients->clients[i];
    }
    clients->client_count = kept;
}

/* Those of whom there is a client; the others have ended, or will be found once more. */
static void mark_rocm(struct drm_clients *clients)
{
    size_t kept = 0;

    for (size_t i = 0; i < clients->rocm_count; i++) {
        bool here = false;

        for (size_t j = 0; j < clients->client_count; j++) {
            if (clients->clients[j].pid != clients->rocm[i])
                continue;
            clients->clients[j].rocm = true;
            here = true;
        }
        if (here)
            clients->rocm[kept++] = clients->rocm[i];
    }
    clients->rocm_count = kept;
}

void drm_clients_look(struct drm_clients *clients, int64_t now_ns, int units)
{
    drm_search_step(&clients->search, now_ns, units);
    for (size_t i = 0; i < clients->search.found_count; i++)
        take_found(clients, &clients->search.found[i]);
    read_all(clients, now_ns);
    mark_rocm(clients);
}

bool drm_clients_are_all(const struct drm_clients *clients)
{
    return clients->search.sees_all && clients->search.walks > 0;
}

double drm_client_work(const struct drm_client *client)
{
    double sum = 0;

    for (size_t i = 0; i < client->engine_count; i++)
        sum += client->engines[i].aside ? 0 : client->engines[i].ratio;
    return sum;
}

double drm_client_use(const struct drm_client *client)
{
    double sum = 0;

    for (size_t i = 0; i < client->engine_count; i++)
        sum += client->engines[i].ratio;
    return sum;
}

/* All clients' time of each class. */
struct class_sum {
    const char *name;
    double ratio;
};

static void add_class(struct class_sum sums[DRM_ENGINES_MAX], size_t *count,
                      const struct drm_client_engine *engine)
{
    size_t i = 0;

    while (i < *count && strcmp(sums[i].name, engine->name) != 0)
        i++;
    if (i == DRM_ENGINES_MAX)
        return;
    if (i == *count)
        sums[(*count)++] = (struct class_sum){ .name = engine->name };
    sums[i].ratio += engine->ratio;
}

double drm_clients_busiest(const struct drm_clients *clients, const char *slot)
{
    struct class_sum sums[DRM_ENGINES_MAX];
    double busiest = 0;
    size_t count = 0;

    for (size_t i = 0; i < clients->client_count; i++) {
        const struct drm_client *client = &clients->clients[i];

        for (size_t j = 0; j < client->engine_count && strcmp(client->slot, slot) == 0; j++)
            add_class(sums, &count, &client->engines[j]);
    }
    for (size_t i = 0; i < count; i++)
        busiest = sums[i].ratio > busiest ? sums[i].ratio : busiest;
    return within(busiest);
}

bool drm_clients_are_timed(const struct drm_clients *clients, const char *slot)
{
    for (size_t i = 0; i < clients->client_count; i++) {
        if (!clients->clients[i].timed && strcmp(clients->clients[i].slot, slot) == 0)
            return false;
    }
    return true;
}
