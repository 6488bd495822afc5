/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_status.c - which way RAPL counters are read, why they cannot be, what would help */
#include "readers/rapl_status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "readers/rapl.h"
#include "readers/rapl_msr.h"

enum { NAMED_MAX = 3, PARANOID_UNKNOWN = -2 };

/* Places of one sort, for one line of text. */
struct place_list {
    char names[80];
    size_t count;
    int code; /* of the first */
};

static void add_place(struct place_list *list, const struct rapl_place *place, int code)
{
    char name[32];

    if (list->count == 0)
        list->code = code;
    rapl_place_name(place, name, sizeof(name));
    if (list->count < NAMED_MAX)
        text_append(list->names, sizeof(list->names), "%s%s", list->count > 0 ? ", " : "", name);
    else if (list->count == NAMED_MAX)
        text_append(list->names, sizeof(list->names), ", ...");
    list->count++;
}

static int read_paranoid(const struct rapl_world *world)
{
    char text[32];
    int64_t level;

    if (fs_read_text_at(world->proc_fd, "sys/kernel/perf_event_paranoid", text, sizeof(text),
                        NULL) < 0 ||
        !number_parse_i64(text, &level) || level < -1 || level > 9)
        return PARANOID_UNKNOWN;
    return (int)level;
}

/* "perf refuses it (perf_event_paranoid is 2, CAP_PERFMON is missing)". */
static void add_perf_denial(char *text, size_t size, const struct rapl_world *world)
{
    int paranoid = read_paranoid(world);

    if (paranoid == PARANOID_UNKNOWN)
        text_append(text, size, " (CAP_PERFMON is missing)");
    else if (paranoid > 0)
        text_append(text, size, " (perf_event_paranoid is %d, CAP_PERFMON is missing)", paranoid);
    else
        text_append(text, size, " (a container's seccomp filter, as a rule)");
}

/* The places that no door opens, by the door that should. */
static void list_refused(const struct rapl_found *found, enum rapl_door_id way,
                         struct place_list *denied, struct place_list *broken)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct rapl_domain *domain = &found->domains[i];
        int code = domain->counters[way].error;

        if (!domain->open && domain->known[way] && code < 0)
            add_place(fs_is_denied(code) ? denied : broken, &domain->place, code);
    }
}

static void add_broken(char *text, size_t size, const struct place_list *broken, const char *what)
{
    struct aico2_error why = { 0 };

    if (broken->count == 0)
        return;
    if (broken->code == -EBADMSG)
        (void)aico2_error_set(&why, -EBADMSG, "no number in %s of %s", what, broken->names);
    else
        (void)aico2_error_set_errno(&why, -broken->code, "cannot read %s of %s", what,
                                    broken->names);
    text_append_note(text, size, why.message);
}

static const char *const door_counters[RAPL_DOORS] = {
    [RAPL_PERF] = "the perf counter",
    [RAPL_POWERCAP] = "energy_uj",
    [RAPL_MSR] = "the register",
};

/* What is there and not read. Return: something of it is denied. */
static bool explain_refused(struct reader_status *status, struct rapl_world *world,
                            const struct rapl_found *found)
{
    struct place_list denied = { .count = 0 };
    struct place_list broken = { .count = 0 };
    struct place_list perf_denied = { .count = 0 };
    struct place_list perf_broken = { .count = 0 };

    list_refused(found, RAPL_POWERCAP, &denied, &broken);
    list_refused(found, RAPL_PERF, &perf_denied, &perf_broken);
    if (denied.count > 0) {
        text_append(status->reason, sizeof(status->reason), "no permission to read %s of %s",
                    door_counters[RAPL_POWERCAP], denied.names);
        status->remedy = REMEDY_POWERCAP_GROUP;
    }
    if (perf_denied.count > 0 && status->remedy == REMEDY_NONE) {
        text_append(status->reason, sizeof(status->reason), "no permission to read %s of %s",
                    door_counters[RAPL_PERF], perf_denied.names);
        add_perf_denial(status->reason, sizeof(status->reason), world);
        status->remedy = REMEDY_PERF_CAPABILITY;
    }
    add_broken(status->reason, sizeof(status->reason), &broken, door_counters[RAPL_POWERCAP]);
    if (broken.count == 0)
        add_broken(status->reason, sizeof(status->reason), &perf_broken, door_counters[RAPL_PERF]);
    return denied.count > 0 || perf_denied.count > 0;
}

static const char *const way_details[RAPL_DOORS] = {
    [RAPL_PERF] = "perf",
    [RAPL_POWERCAP] = "powercap",
    [RAPL_MSR] = "the processor's registers",
};

/* "perf: package-0, dram of package-0; powercap: psys", or one word where there is one way. */
static void add_detail(struct reader_status *status, const struct rapl_found *found)
{
    size_t ways = 0;
    struct place_list lists[RAPL_DOORS] = { { .count = 0 } };

    for (size_t i = 0; i < found->count; i++) {
        if (found->domains[i].open)
            add_place(&lists[rapl_domain_way(&found->domains[i])], &found->domains[i].place, 0);
    }
    for (int i = 0; i < RAPL_DOORS; i++)
        ways += lists[i].count > 0;
    for (int i = 0; i < RAPL_DOORS; i++) {
        if (lists[i].count == 0)
            continue;
        text_append(status->detail, sizeof(status->detail), "%s%s",
                    status->detail[0] != '\0' ? "; " : "", way_details[i]);
        if (ways > 1)
            text_append(status->detail, sizeof(status->detail), ": %s", lists[i].names);
    }
}

/* The ways that are not taken, though they are there. */
static void add_losers(struct reader_status *status, const struct rapl_found *found)
{
    for (int i = 0; i < RAPL_MSR && status->detail[0] != '\0'; i++) {
        const struct reader_door *door = &status->doors[i];

        if (door->state == READER_AVAILABLE)
            text_append(status->detail, sizeof(status->detail), "; %s would do too",
                        way_details[i]);
        else if (door->state != READER_USED &&
                 (door->state != READER_ABSENT || found->closed[i].captured))
            text_append(status->detail, sizeof(status->detail), "; not %s: %s", way_details[i],
                        door->reason);
    }
}

/* Not one place: what powercap says, unless the perf PMU is there and says more. */
static void explain_nothing(struct reader_status *status, const struct rapl_found *found)
{
    const struct rapl_closed *perf = &found->closed[RAPL_PERF];
    const struct rapl_closed *closed = &found->closed[RAPL_POWERCAP];

    if (perf->state != READER_ABSENT || perf->captured)
        closed = perf;
    status->state = closed->state;
    status->remedy = closed->remedy;
    text_append(status->reason, sizeof(status->reason), "%s", closed->reason);
    text_append(status->fix, sizeof(status->fix), "%s", closed->fix);
}

/* How a door stands that leads to places: open, or why not. */
static void judge_door(const struct rapl_found *found, struct rapl_world *world,
                       enum rapl_door_id way, struct reader_door *door)
{
    struct place_list denied = { .count = 0 };
    struct place_list broken = { .count = 0 };
    bool used = false;
    int fd = -1;

    for (size_t i = 0; i < found->count; i++) {
        const struct rapl_domain *domain = &found->domains[i];
        const struct rapl_counter *counter = &domain->counters[way];

        if (!domain->known[way])
            continue;
        used = used || (domain->open && rapl_domain_way(domain) == way);
        if (counter->fd >= 0)
            fd = counter->fd;
        else if (counter->error < 0)
            add_place(fs_is_denied(counter->error) ? &denied : &broken, &domain->place,
                      counter->error);
    }
    door->state = used               ? READER_USED
                  : fd >= 0          ? READER_AVAILABLE
                  : denied.count > 0 ? READER_DENIED
                                     : READER_BROKEN;
    if (door->state == READER_AVAILABLE)
        text_append(door->reason, sizeof(door->reason), "perf gives the same counters");
    if (denied.count > 0) {
        text_append(door->reason, sizeof(door->reason), "no permission to read %s of %s",
                    door_counters[way], denied.names);
        if (way == RAPL_PERF)
            add_perf_denial(door->reason, sizeof(door->reason), world);
        door->remedy = way == RAPL_PERF ? REMEDY_PERF_CAPABILITY : REMEDY_POWERCAP_GROUP;
    } else if (broken.count > 0) {
        add_broken(door->reason, sizeof(door->reason), &broken, door_counters[way]);
    }
    if (fd < 0)
        return;
    door->root_only =
        way == RAPL_PERF ? geteuid() == 0 && read_paranoid(world) > 0 : fs_is_root_only(fd);
    if (door->root_only)
        door->remedy = way == RAPL_PERF ? REMEDY_PERF_CAPABILITY : REMEDY_POWERCAP_GROUP;
}

static void judge_registers(const struct rapl_found *found, struct rapl_world *world,
                            struct reader_door *door)
{
    struct rapl_closed closed = { .state = READER_AVAILABLE };

    for (size_t i = 0; i < found->count; i++) {
        if (found->domains[i].open && rapl_domain_way(&found->domains[i]) == RAPL_MSR)
            closed.state = READER_USED;
    }
    if (found->msr_error < 0 && closed.state != READER_USED)
        rapl_msr_explain(found->msr_error, rapl_msr_is_locked_down(world->sys_fd), &closed);
    else if (closed.state == READER_AVAILABLE)
        text_append(closed.reason, sizeof(closed.reason),
                    "perf or powercap gives all that the registers do");
    door->state = closed.state;
    door->remedy = closed.remedy;
    text_append(door->reason, sizeof(door->reason), "%s", closed.reason);
    text_append(door->fix, sizeof(door->fix), "%s", closed.fix);
}

static void add_doors(struct reader_status *status, struct rapl_world *world,
                      const struct rapl_found *found, bool open)
{
    static const char *const names[RAPL_DOORS] = {
        [RAPL_PERF] = "rapl-perf",
        [RAPL_POWERCAP] = "rapl-powercap",
        [RAPL_MSR] = "rapl-msr",
    };

    for (int i = 0; i < RAPL_DOORS; i++) {
        struct reader_door *door = &status->doors[status->door_count++];
        const struct rapl_closed *closed = &found->closed[i];

        door->name = names[i];
        if (closed->state != READER_USED) {
            /* the last resort is no advice where another way is open, or can be */
            bool advised =
                i != RAPL_MSR || (!open && status->doors[RAPL_POWERCAP].remedy == REMEDY_NONE);

            door->state = closed->state;
            door->remedy = advised ? closed->remedy : REMEDY_NONE;
            text_append(door->reason, sizeof(door->reason), "%s", closed->reason);
            text_append(door->fix, sizeof(door->fix), "%s", closed->fix);
        } else if (i == RAPL_MSR) {
            judge_registers(found, world, door);
        } else {
            judge_door(found, world, (enum rapl_door_id)i, door);
        }
    }
}

/* Counters that only root may read. */
static void tell_of_root(struct reader_status *status, const struct rapl_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct rapl_domain *domain = &found->domains[i];

        if (!domain->open || rapl_domain_way(domain) != RAPL_POWERCAP)
            continue;
        status->root_only = fs_is_root_only(domain->counters[RAPL_POWERCAP].fd);
        status->remedy = status->root_only ? REMEDY_POWERCAP_GROUP : REMEDY_NONE;
        return;
    }
}

void rapl_explain(struct reader_status *status_out, struct rapl_world *world,
                  const struct rapl_found *found, bool doors)
{
    bool open = false;
    bool denied;

    *status_out = (struct reader_status){ .state = READER_USED };
    for (size_t i = 0; i < found->count; i++)
        open = open || found->domains[i].open;
    denied = explain_refused(status_out, world, found);
    if (!open)
        status_out->state = denied ? READER_DENIED : READER_BROKEN;
    if (found->count == 0)
        explain_nothing(status_out, found);
    status_out->band_ratio = rapl_band_ratio(DEVICE_CPU, rapl_world_info(world));
    add_detail(status_out, found);
    if (doors) {
        add_doors(status_out, world, found, open);
        add_losers(status_out, found);
    } else if (status_out->remedy == REMEDY_NONE) {
        tell_of_root(status_out, found);
    }
}
