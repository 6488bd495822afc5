/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_domain.c - one place with the ways to its counter: which one is read, and when not */
#include "readers/rapl_domain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"

/* So many readings in a row may fail before another way is taken. */
enum { FAILURES_MOST = 10 };

/* perf and powercap are compared over this time, and may differ by so much. */
static const int64_t COMPARE_NS = 2 * NSEC_PER_SEC;
static const double COMPARE_RATIO = 0.02;
/* Counters move every millisecond: one that has not in this time, while the other has, is dead. */
static const int64_t DEAD_NS = 500 * NSEC_PER_MSEC;
/* How often the other counter is read once they agree. */
static const int64_t PAIR_NS = NSEC_PER_SEC;
static const int64_t SEEK_LEAST_NS = NSEC_PER_SEC;
static const int64_t SEEK_MOST_NS = 60 * NSEC_PER_SEC;
/* How often powercap is tried again, from the registers. */
static const int64_t RETURN_NS = 60 * NSEC_PER_SEC;

static const char *const way_names[RAPL_DOORS] = {
    [RAPL_PERF] = "perf",
    [RAPL_POWERCAP] = "powercap",
    [RAPL_MSR] = "the processor's registers",
};

static struct rapl_counter *current(struct rapl_domain *domain)
{
    return &domain->counters[domain->current];
}

/* Microjoules from one value of a counter to the next; false: it went back, and no wrap explains
 * it. */
static bool step(const struct rapl_counter *counter, uint64_t from_uj, uint64_t to_uj,
                 uint64_t *step_uj_out)
{
    if (to_uj >= from_uj) {
        *step_uj_out = to_uj - from_uj;
        return true;
    }
    if (counter->range_uj == 0 || from_uj > counter->range_uj || from_uj < counter->range_uj / 2 ||
        to_uj > counter->range_uj / 2)
        return false;
    *step_uj_out = counter->range_uj - from_uj + 1 + to_uj;
    return true;
}

static void set_note(struct rapl_domain *domain, const char *text)
{
    char *note = domain->note_texts[domain->note == domain->note_texts[0]];

    (void)snprintf(note, sizeof(domain->note_texts[0]), "%s", text);
    domain->note = note;
}

/* Goes on from energy_uj with a counter that now says raw_uj. */
static void take_way(struct rapl_domain *domain, enum rapl_door_id way, uint64_t raw_uj,
                     uint64_t energy_uj)
{
    domain->current = way;
    domain->summed = true;
    domain->raw_uj = raw_uj;
    domain->raw_epoch = domain->counters[way].epoch;
    if (energy_uj > domain->energy_uj) /* never back: the two counters differ by a little */
        domain->energy_uj = energy_uj;
    domain->failures = 0;
}

static void pair_now(struct rapl_domain *domain, enum rapl_door_id other, uint64_t raw_uj,
                     int64_t now_ns)
{
    domain->paired = true;
    domain->other = other;
    domain->pair_ns = now_ns;
    domain->pair_energy_uj = domain->energy_uj;
    domain->pair_raw_uj = raw_uj;
    domain->pair_epoch = domain->counters[other].epoch;
}

static void bar(struct rapl_domain *domain, struct rapl_world *world, enum rapl_door_id way)
{
    rapl_doors[way]->close(world, &domain->counters[way]);
    domain->barred[way] = true;
    domain->paired = false;
}

int rapl_domain_open(struct rapl_domain *domain, struct rapl_world *world)
{
    uint64_t values[RAPL_DOORS];
    bool open[RAPL_DOORS] = { false };

    for (int i = 0; i < RAPL_DOORS; i++)
        open[i] =
            domain->known[i] && rapl_doors[i]->open(world, &domain->counters[i], &values[i]) == 0;
    if (open[RAPL_PERF] && open[RAPL_POWERCAP])
        domain->current = RAPL_POWERCAP;
    else if (open[RAPL_PERF])
        domain->current = RAPL_PERF;
    else if (open[RAPL_POWERCAP])
        domain->current = RAPL_POWERCAP;
    else if (open[RAPL_MSR])
        domain->current = RAPL_MSR;
    else
        return -ENODEV;
    domain->open = true;
    domain->energy_uj = domain->raw_uj = values[domain->current];
    domain->raw_epoch = current(domain)->epoch;
    if (open[RAPL_PERF] && open[RAPL_POWERCAP]) {
        domain->summed = true;
        domain->paired = true;
        domain->other = RAPL_PERF;
        domain->pair_ns = -1; /* with the first reading */
    }
    return 0;
}

void rapl_domain_close(struct rapl_domain *domain, struct rapl_world *world)
{
    for (int i = 0; i < RAPL_DOORS; i++) {
        if (domain->known[i])
            rapl_doors[i]->close(world, &domain->counters[i]);
    }
}

enum rapl_door_id rapl_domain_way(const struct rapl_domain *domain)
{
    return domain->paired && !domain->judged ? domain->other : domain->current;
}

uint64_t rapl_domain_range_uj(const struct rapl_domain *domain)
{
    return domain->summed ? 0 : domain->counters[domain->current].range_uj;
}

/* What the other counter has counted since the two were read together; false: it is not known. */
static bool other_since(struct rapl_domain *domain, uint64_t raw_uj, uint64_t *since_uj_out)
{
    const struct rapl_counter *other = &domain->counters[domain->other];

    return domain->pair_ns >= 0 && other->epoch == domain->pair_epoch &&
           step(other, domain->pair_raw_uj, raw_uj, since_uj_out);
}

static void say_disagreement(struct rapl_domain *domain, uint64_t perf_uj, uint64_t powercap_uj)
{
    char text[sizeof(domain->note_texts[0])];

    (void)snprintf(text, sizeof(text),
                   "perf counted %.3g J where powercap counted %.3g J: read through powercap",
                   (double)perf_uj / 1e6, (double)powercap_uj / 1e6);
    set_note(domain, text);
}

/* perf against powercap, which is read meanwhile. Within the bound perf takes over, else it is not
 * believed; of two of which one is dead it is the other. */
static void judge(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns,
                  uint64_t perf_raw_uj)
{
    uint64_t powercap_uj = domain->energy_uj - domain->pair_energy_uj;
    uint64_t perf_uj = 0;
    int64_t since_ns = now_ns - domain->pair_ns;
    bool known = other_since(domain, perf_raw_uj, &perf_uj);
    uint64_t most_uj = perf_uj > powercap_uj ? perf_uj : powercap_uj;
    uint64_t apart_uj = perf_uj > powercap_uj ? perf_uj - powercap_uj : powercap_uj - perf_uj;

    if (!known) {
        pair_now(domain, RAPL_PERF, perf_raw_uj, now_ns);
        return;
    }
    if (since_ns < DEAD_NS || most_uj == 0)
        return;
    if (powercap_uj == 0) {
        take_way(domain, RAPL_PERF, perf_raw_uj, domain->pair_energy_uj + perf_uj);
        bar(domain, world, RAPL_POWERCAP);
        set_note(domain, "the counter of powercap does not move: read through perf");
    } else if (perf_uj == 0 ||
               (since_ns >= COMPARE_NS && (double)apart_uj > COMPARE_RATIO * (double)most_uj)) {
        say_disagreement(domain, perf_uj, powercap_uj);
        bar(domain, world, RAPL_PERF);
    } else if (since_ns >= COMPARE_NS) {
        uint64_t powercap_raw_uj = domain->raw_uj;

        take_way(domain, RAPL_PERF, perf_raw_uj, domain->energy_uj);
        pair_now(domain, RAPL_POWERCAP, powercap_raw_uj, now_ns);
        domain->judged = true;
    }
}

/* After a reading of the current counter that worked. */
static void read_pair(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns)
{
    struct rapl_counter *other = &domain->counters[domain->other];
    uint64_t raw_uj = 0;

    if (domain->judged && now_ns - domain->pair_ns < PAIR_NS)
        return;
    if (rapl_doors[domain->other]->read(world, other, &raw_uj) < 0)
        return;
    if (domain->judged || domain->pair_ns < 0)
        pair_now(domain, domain->other, raw_uj, now_ns);
    else
        judge(domain, world, now_ns, raw_uj);
}

static void say_demotion(struct rapl_domain *domain, enum rapl_door_id from, int code)
{
    char text[sizeof(domain->note_texts[0])];

    (void)snprintf(text, sizeof(text), "%s failed %d times in a row (%.40s): read through %s",
                   way_names[from], (int)FAILURES_MOST, strerror(-code),
                   way_names[domain->current]);
    set_note(domain, text);
}

/* A counter of another door for this place, as the last resort. */
static bool find_way(struct rapl_domain *domain, struct rapl_world *world, enum rapl_door_id way,
                     uint64_t *raw_uj_out)
{
    AICO2_CLEANUP(rapl_counters_deinit) struct rapl_counters found = { 0 };
    struct rapl_closed closed = { .state = READER_USED };
    const struct rapl_counter *same;

    if (domain->barred[way])
        return false;
    if (domain->known[way])
        return rapl_doors[way]->read(world, &domain->counters[way], raw_uj_out) == 0;
    if (rapl_doors[way]->find(world, &found, &closed) < 0)
        return false;
    same = rapl_counters_find(&found, &domain->place);
    if (same == NULL)
        return false;
    domain->counters[way] = *same;
    domain->known[way] = true;
    return rapl_doors[way]->open(world, &domain->counters[way], raw_uj_out) == 0;
}

/* Another way, when the current one has failed too often. Return: 0, or the code it failed with. */
static int demote(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns, int code)
{
    enum rapl_door_id from = domain->current;

    if (now_ns < domain->seek_ns)
        return code;
    domain->seek_wait_ns = domain->seek_wait_ns == 0 ? SEEK_LEAST_NS : domain->seek_wait_ns * 2;
    if (domain->seek_wait_ns > SEEK_MOST_NS)
        domain->seek_wait_ns = SEEK_MOST_NS;
    domain->seek_ns = now_ns + domain->seek_wait_ns;
    for (int way = 0; way < RAPL_DOORS; way++) {
        uint64_t raw_uj = 0;
        uint64_t since_uj = 0;

        if (way == (int)from || !find_way(domain, world, (enum rapl_door_id)way, &raw_uj))
            continue;
        if (domain->paired && way == (int)domain->other && other_since(domain, raw_uj, &since_uj)) {
            take_way(domain, (enum rapl_door_id)way, raw_uj, domain->pair_energy_uj + since_uj);
        } else {
            take_way(domain, (enum rapl_door_id)way, raw_uj, domain->energy_uj);
            domain->epoch++;
        }
        domain->paired = false;
        domain->seek_wait_ns = 0;
        domain->return_ns = now_ns + RETURN_NS;
        say_demotion(domain, from, code);
        return 0;
    }
    return code;
}

/* The registers are the last resort: powercap is read beside them once a minute, and takes over when it works again; at
 * one moment, so that the figures go on. perf is left for good: it begins at 0 whenever it fails, and both others go on
 * counting. */
static void try_return(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns)
{
    uint64_t raw_uj = 0;

    if (domain->current != RAPL_MSR || !domain->known[RAPL_POWERCAP] ||
        domain->barred[RAPL_POWERCAP] || now_ns < domain->return_ns)
        return;
    domain->return_ns = now_ns + RETURN_NS;
    if (rapl_doors[RAPL_POWERCAP]->read(world, &domain->counters[RAPL_POWERCAP], &raw_uj) < 0)
        return;
    take_way(domain, RAPL_POWERCAP, raw_uj, domain->energy_uj);
    set_note(domain, "powercap can be read again: read through it from there on");
}

/* The current counter began anew: what was used meanwhile is told by the other one, if there is
 * one. */
static bool bridge(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns,
                   uint64_t raw_uj)
{
    uint64_t other_raw_uj = 0;
    uint64_t since_uj = 0;

    if (!domain->judged || !domain->paired ||
        rapl_doors[domain->other]->read(world, &domain->counters[domain->other], &other_raw_uj) <
            0 ||
        !other_since(domain, other_raw_uj, &since_uj))
        return false;
    take_way(domain, domain->current, raw_uj, domain->pair_energy_uj + since_uj);
    pair_now(domain, domain->other, other_raw_uj, now_ns);
    return true;
}

/* The figure that belongs to a value of the current counter. */
static void advance(struct rapl_domain *domain, uint64_t raw_uj)
{
    const struct rapl_counter *counter = current(domain);
    uint64_t step_uj = 0;

    if (counter->epoch != domain->raw_epoch)
        domain->epoch++;
    else if (domain->summed && !step(counter, domain->raw_uj, raw_uj, &step_uj))
        domain->epoch++;
    domain->energy_uj = domain->summed ? domain->energy_uj + step_uj : raw_uj;
    domain->raw_uj = raw_uj;
    domain->raw_epoch = counter->epoch;
    domain->failures = 0;
}

int rapl_domain_read(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns,
                     uint64_t *energy_uj_out)
{
    uint64_t raw_uj = 0;
    int r = rapl_doors[domain->current]->read(world, current(domain), &raw_uj);

    if (r == 0) {
        if (current(domain)->epoch == domain->raw_epoch || !bridge(domain, world, now_ns, raw_uj))
            advance(domain, raw_uj);
        if (domain->paired)
            read_pair(domain, world, now_ns);
        else
            try_return(domain, world, now_ns);
    } else if (++domain->failures >= FAILURES_MOST) {
        r = demote(domain, world, now_ns, r);
    }
    if (r < 0)
        return r;
    *energy_uj_out = domain->energy_uj;
    return 0;
}
