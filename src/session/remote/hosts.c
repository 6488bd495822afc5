/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/hosts.c - the machines of a server's answer, and what each is called */
#include "session/remote/hosts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"
#include "catalog/hardware.h"

/* With simultaneous threads switched off half of them are left; fewer are a share of the processor. */
static const double LEAST_THREADS_RATIO = 0.5;

static const char *vendor_of(const char *cpu_model)
{
    if (strstr(cpu_model, "Intel") != NULL)
        return "GenuineIntel";
    if (strstr(cpu_model, "AMD") != NULL)
        return "AuthenticAMD";
    return strstr(cpu_model, "Hygon") != NULL ? "HygonGenuine" : "";
}

/* No exporter tells of a hypervisor: a processor with a few of its model's threads is one's guest. */
static bool is_guest(const struct machine *machine)
{
    struct cpu_facts facts;
    const struct cpu_query query = {
        .model_name = machine->cpu_model,
        .vendor_id = machine->cpu_vendor,
        .family = machine->cpu_family,
        .model_number = machine->cpu_model_number,
        .arm_implementer = -1,
        .arm_part = -1,
    };

    if (machine->threads <= 0 || machine->cpu_model[0] == '\0')
        return false;
    catalog_cpu_find(&query, &facts);
    return facts.basis == BASIS_MODELLED && facts.threads > 0 &&
           (double)machine->threads / machine->sockets < LEAST_THREADS_RATIO * facts.threads;
}

bool remote_host_is_here(const struct remote_host *host, const struct machine *here)
{
    char model[sizeof(here->cpu_model)];

    if (here == NULL || here->hostname[0] == '\0' || strcmp(here->hostname, host->name) != 0)
        return false;
    text_copy_clean(model, sizeof(model), host->cpu_model);
    return model[0] == '\0' || strcmp(model, here->cpu_model) == 0;
}

struct machine remote_machine(const struct remote_host *host, const struct machine *here)
{
    struct machine machine = {
        .cpu_family = -1,
        .cpu_model_number = -1,
        .arm_implementer = -1,
        .arm_part = -1,
        .sockets = host->sockets > 0 ? host->sockets : 1,
        .threads = host->threads,
        .memory_bytes = host->memory_bytes,
    };

    if (remote_host_is_here(host, here))
        return *here;
    text_copy_clean(machine.hostname, sizeof(machine.hostname), host->name);
    text_copy_clean(machine.os, sizeof(machine.os), host->os_release[0] != '\0' ? "Linux" : "");
    text_copy_clean(machine.os_release, sizeof(machine.os_release), host->os_release);
    text_copy_clean(machine.arch, sizeof(machine.arch), host->arch);
    text_copy_clean(machine.cpu_model, sizeof(machine.cpu_model), host->cpu_model);
    (void)snprintf(machine.cpu_vendor, sizeof(machine.cpu_vendor), "%s",
                   host->cpu_vendor[0] != '\0' ? host->cpu_vendor : vendor_of(machine.cpu_model));
    if (host->cpu_family > 0) {
        machine.cpu_family = host->cpu_family;
        machine.cpu_model_number = host->cpu_number;
    }
    machine.virtualized = is_guest(&machine);
    return machine;
}

static void keep_alike(char *text, const char *other)
{
    if (strcmp(text, other) != 0)
        text[0] = '\0';
}

struct machine remote_machines(const struct remote_host *hosts, size_t count,
                               const struct machine *here)
{
    struct machine all = { .sockets = 1 };

    for (size_t i = 0; i < count; i++) {
        struct machine machine = remote_machine(&hosts[i], here);

        if (i == 0) {
            all = machine;
            continue;
        }
        all.hostname[0] = '\0';
        keep_alike(all.os, machine.os);
        keep_alike(all.os_release, machine.os_release);
        keep_alike(all.arch, machine.arch);
        keep_alike(all.cpu_model, machine.cpu_model);
        all.virtualized = all.virtualized && machine.virtualized;
        all.sockets += machine.sockets;
        all.threads += machine.threads;
        all.memory_bytes += machine.memory_bytes;
    }
    return all;
}

/* As a device's id would have it. */
static void make_name(char name[REMOTE_NAME_SIZE], const char *source)
{
    struct device device = DEVICE_NULL;

    device_set_machine(&device, source);
    (void)snprintf(name, REMOTE_NAME_SIZE, "%.*s", REMOTE_NAME_SIZE - 1, device.id + 1);
}

static int compare_names(const void *a, const void *b)
{
    const char *const *one = a;
    const char *const *other = b;
    int order = strcmp(*one, *other);

    return order != 0 ? order : (*one > *other) - (*one < *other);
}

/* Those after the first of a name get a number behind it. Return: whether there were any. */
static bool part_names(char (*names)[REMOTE_NAME_SIZE], const char **sorted, size_t count)
{
    enum { NUMBER_SIZE = 8 };
    bool found = false;

    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    qsort(sorted, count, sizeof(*sorted), compare_names);
    for (size_t i = 0; i + 1 < count; i++) {
        unsigned number = 1;

        /* the one that the others are compared with keeps its name */
        for (size_t first = i; i + 1 < count && strcmp(sorted[first], sorted[i + 1]) == 0; i++) {
            char *name = names[(size_t)(sorted[i + 1] - names[0]) / REMOTE_NAME_SIZE];
            size_t length = strlen(name);

            if (length > REMOTE_NAME_SIZE - NUMBER_SIZE)
                length = REMOTE_NAME_SIZE - NUMBER_SIZE;
            (void)snprintf(name + length, NUMBER_SIZE, "-%u", ++number % 100000);
            found = true;
        }
    }
    return found;
}

char (*remote_host_names(const struct remote_host *hosts, size_t count))[REMOTE_NAME_SIZE]
{
    char(*names)[REMOTE_NAME_SIZE] = calloc(count + 1, sizeof(*names));
    AICO2_CLEANUP(freep) const char **sorted = calloc(count + 1, sizeof(*sorted));

    if (names == NULL || sorted == NULL) {
        free(names);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        make_name(names[i], hosts[i].name[0] != '\0' ? hosts[i].name : hosts[i].instance);
    for (int again = 0; part_names(names, sorted, count) && again < 4; again++)
        continue; /* "a-2" may have been there already */
    return names;
}
