/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/hosts.c - which series are of one machine, by what exporters call it
 *
 * Exporters of one machine have instances that differ by their port, or (in pods) by their address too, and some
 * say the machine's name in a label. An address at which node_exporter tells a nodename is that machine. One that
 * several names come from (a gateway, a federation) is none: there each name is a machine.
 */
#include "fetch/prometheus/hosts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/text.h"

static const char *const hint_labels[] = { "Hostname",          "hostname",
                                           "node_name",         "kubernetes_node_name",
                                           "exported_instance", "node" };

void hosts_deinit(struct hosts *hosts)
{
    free(hosts->items);
    free(hosts->aliases);
    *hosts = (struct hosts){ 0 };
}

void host_address(const char *instance, char address_out[128])
{
    char *colon;

    text_copy_clean(address_out, 128, instance);
    colon = strrchr(address_out, ':');
    if (colon == NULL || colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return;
    /* of "::1" no colon parts a port */
    if (strchr(address_out, ':') == colon || (colon > address_out && colon[-1] == ']'))
        *colon = '\0';
}

static void alias_of(const struct label_set *labels, struct host_alias *alias_out)
{
    *alias_out = (struct host_alias){ .host = UINT32_MAX };
    host_address(label_of(labels, "instance"), alias_out->address);
    for (size_t i = 0; i < ARRAY_LENGTH(hint_labels) && alias_out->hint[0] == '\0'; i++)
        host_address(label_of(labels, hint_labels[i]), alias_out->hint);
    if (strcmp(label_of(labels, "__name__"), "node_uname_info") == 0)
        text_copy_clean(alias_out->uname, sizeof(alias_out->uname), label_of(labels, "nodename"));
}

static struct host_alias *find_alias(const struct hosts *hosts, const struct host_alias *wanted)
{
    for (size_t i = hosts->alias_count; i-- > 0;) { /* series of one exporter follow each other */
        if (strcmp(hosts->aliases[i].address, wanted->address) == 0 &&
            strcmp(hosts->aliases[i].hint, wanted->hint) == 0)
            return &hosts->aliases[i];
    }
    return NULL;
}

int hosts_see(struct hosts *hosts, const struct label_set *labels)
{
    struct host_alias seen;
    struct host_alias *known;

    alias_of(labels, &seen);
    known = find_alias(hosts, &seen);
    if (known == NULL) {
        if (array_reserve(&hosts->aliases, &hosts->alias_capacity, hosts->alias_count + 1,
                          sizeof(*hosts->aliases)) < 0)
            return -ENOMEM;
        hosts->aliases[hosts->alias_count++] = seen;
    } else if (known->uname[0] == '\0') {
        memcpy(known->uname, seen.uname, sizeof(known->uname));
    }
    return 0;
}

/* "n1.example" is "n1", but not "n1.other". */
static bool same_name(const char *a, const char *b)
{
    size_t short_a = strcspn(a, ".");
    size_t short_b = strcspn(b, ".");

    if (strcasecmp(a, b) == 0)
        return true;
    if (a[strspn(a, "0123456789.")] == '\0' || b[strspn(b, "0123456789.")] == '\0')
        return false; /* of addresses no part is a name */
    return short_a == short_b && (a[short_a] == '\0' || b[short_b] == '\0') &&
           strncasecmp(a, b, short_a) == 0;
}

/* Its address has a domain, and a machine of the same short name is in another one. */
static bool is_of_two_domains(const struct hosts *hosts, const struct host_alias *alias,
                              const char *name)
{
    if (strchr(name, '.') != NULL || strchr(alias->address, '.') == NULL ||
        !same_name(name, alias->address))
        return false;
    for (size_t i = 0; i < hosts->alias_count; i++) {
        const char *other = hosts->aliases[i].address;

        if (strchr(other, '.') != NULL && same_name(name, other) &&
            !same_name(alias->address, other))
            return true;
    }
    return false;
}

/* What this exporter's machine is called, by all that is known of its address. */
static const char *told_name(const struct hosts *hosts, const struct host_alias *alias)
{
    const char *uname = "";
    const char *hint = "";
    bool has_many_hints = false;

    for (size_t i = 0; i < hosts->alias_count; i++) {
        const struct host_alias *other = &hosts->aliases[i];

        if (strcmp(other->address, alias->address) != 0)
            continue;
        if (uname[0] == '\0')
            uname = other->uname;
        if (hint[0] != '\0' && other->hint[0] != '\0' && !same_name(hint, other->hint))
            has_many_hints = true;
        if (hint[0] == '\0')
            hint = other->hint;
    }
    if (has_many_hints || alias->address[0] == '\0') {
        if (alias->hint[0] != '\0')
            return alias->hint;
    } else if (uname[0] != '\0') {
        return uname;
    } else if (hint[0] != '\0') {
        return hint;
    }
    return alias->address[0] != '\0' ? alias->address : "unknown";
}

static const char *name_of(const struct hosts *hosts, const struct host_alias *alias)
{
    const char *name = told_name(hosts, alias);

    return is_of_two_domains(hosts, alias, name) ? alias->address : name;
}

static int add_host(struct hosts *hosts, const char *name, uint32_t *host_out)
{
    for (size_t i = 0; i < hosts->count; i++) {
        if (same_name(hosts->items[i].name, name)) {
            *host_out = (uint32_t)i;
            return 0;
        }
    }
    if (hosts->count == REMOTE_HOSTS_MAX)
        return -EFBIG;
    if (array_reserve(&hosts->items, &hosts->capacity, hosts->count + 1, sizeof(*hosts->items)) < 0)
        return -ENOMEM;
    *host_out = (uint32_t)hosts->count;
    hosts->items[hosts->count] = (struct remote_host){ .boot_wall_seconds = NAN };
    (void)snprintf(hosts->items[hosts->count].name, sizeof(hosts->items[0].name), "%s", name);
    hosts->count++;
    return 0;
}

static int compare_aliases(const void *a, const void *b)
{
    const struct host_alias *one = a;
    const struct host_alias *other = b;
    int order = strcmp(one->address, other->address);

    return order != 0 ? order : strcmp(one->hint, other->hint);
}

int hosts_settle(struct hosts *hosts)
{
    if (hosts->alias_count > 0)
        qsort(hosts->aliases, hosts->alias_count, sizeof(*hosts->aliases), compare_aliases);
    for (size_t i = 0; i < hosts->alias_count; i++) {
        int r = add_host(hosts, name_of(hosts, &hosts->aliases[i]), &hosts->aliases[i].host);

        if (r < 0)
            return r;
    }
    return 0;
}

bool hosts_find(const struct hosts *hosts, const struct label_set *labels, uint32_t *host_out)
{
    struct host_alias wanted;
    const struct host_alias *found;

    alias_of(labels, &wanted);
    found = find_alias(hosts, &wanted);
    if (found == NULL || found->host == UINT32_MAX)
        return false;
    *host_out = found->host;
    return true;
}

bool host_is_called(const struct hosts *hosts, uint32_t host, const char *word)
{
    char address[128];

    host_address(word, address);
    if (same_name(hosts->items[host].name, address))
        return true;
    for (size_t i = 0; i < hosts->alias_count; i++) {
        const struct host_alias *alias = &hosts->aliases[i];

        if (alias->host == host &&
            (same_name(alias->address, address) || same_name(alias->hint, address) ||
             same_name(alias->uname, address)))
            return true;
    }
    return false;
}
