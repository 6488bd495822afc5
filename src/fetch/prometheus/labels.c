/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/labels.c - the labels of a series, as one text that can be compared */
#include "fetch/prometheus/labels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/strbuf.h"

enum { LABELS_MAX = 128, TEXT_MAX = 32 << 10 };

struct label {
    const char *name;
    const char *value;
};

static int compare_labels(const void *a, const void *b)
{
    const struct label *one = a;
    const struct label *other = b;

    return strcmp(one->name, other->name);
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

int label_set_of(const json_t *object, struct label_set *set_out)
{
    struct label labels[LABELS_MAX];
    struct strbuf text = { 0 };
    size_t count = 0;
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return -EBADMSG;
    /* jansson's macro casts the constness away and nothing is changed */
    json_object_foreach((json_t *)object, name, value)
    {
        if (!json_is_string(value) || name[0] == '\0' || count == LABELS_MAX)
            return -EBADMSG;
        if (json_string_length(value) > 0)
            labels[count++] = (struct label){ name, json_string_value(value) };
    }
    qsort(labels, count, sizeof(*labels), compare_labels);
    for (size_t i = 0; i < count; i++) {
        strbuf_add_bytes(&text, labels[i].name, strlen(labels[i].name) + 1);
        strbuf_add_bytes(&text, labels[i].value, strlen(labels[i].value) + 1);
    }
    strbuf_add_bytes(&text, "", 1);
    if (text.failed || text.length > TEXT_MAX) {
        int r = text.failed ? -ENOMEM : -EBADMSG;

        strbuf_deinit(&text);
        return r;
    }
    *set_out = (struct label_set){ .size = text.length, .hash = hash_of(text.text, text.length) };
    set_out->text = strbuf_take(&text);
    return 0;
}

void label_set_deinit(struct label_set *set)
{
    free(set->text);
    *set = (struct label_set){ 0 };
}

const char *label_of(const struct label_set *set, const char *name)
{
    const char *at = set->text;

    while (at != NULL && *at != '\0') {
        const char *value = at + strlen(at) + 1;

        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return "";
}

bool label_set_equal(const struct label_set *a, const struct label_set *b)
{
    return a->hash == b->hash && a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* The next label that is neither the metric's name nor this one. */
static const char *skip_to(const char *at, const char *name)
{
    while (*at != '\0' && (strcmp(at, "__name__") == 0 || strcmp(at, name) == 0)) {
        at += strlen(at) + 1;
        at += strlen(at) + 1;
    }
    return at;
}

bool label_set_equal_but(const struct label_set *a, const struct label_set *b, const char *name)
{
    const char *one = skip_to(a->text, name);
    const char *other = skip_to(b->text, name);

    while (*one != '\0' && *other != '\0') {
        for (int part = 0; part < 2; part++) {
            if (strcmp(one, other) != 0)
                return false;
            one += strlen(one) + 1;
            other += strlen(other) + 1;
        }
        one = skip_to(one, name);
        other = skip_to(other, name);
    }
    return *one == '\0' && *other == '\0';
}
