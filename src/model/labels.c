/* SPDX-License-Identifier: Apache-2.0 */
/* model/labels.c - whose work a run was, in the words of the batch system or cluster it ran under */
#include "model/labels.h"

#include <string.h>

#include "base/text.h"

void labels_add(struct strbuf *labels, const char *key, const char *value)
{
    char clean[LABEL_VALUE_SIZE];

    text_copy_clean(clean, sizeof(clean), value);
    if (clean[0] != '\0')
        strbuf_printf(labels, "%s=%s\n", key, clean);
}

static bool copy_bytes(char *target, size_t size, const char *bytes, size_t length)
{
    if (length >= size)
        return false;
    memcpy(target, bytes, length);
    target[length] = '\0';
    return true;
}

const char *labels_next(const char *labels, struct label *label_out)
{
    while (labels != NULL && *labels != '\0') {
        const char *end = strchrnul(labels, '\n');
        const char *equals = memchr(labels, '=', (size_t)(end - labels));
        const char *next = *end == '\n' ? end + 1 : end;

        if (equals != NULL && equals > labels &&
            copy_bytes(label_out->key, LABEL_KEY_SIZE, labels, (size_t)(equals - labels)) &&
            copy_bytes(label_out->value, LABEL_VALUE_SIZE, equals + 1, (size_t)(end - equals - 1)))
            return next;
        labels = next; /* of a later version, or damaged: what can be read is */
    }
    return NULL;
}

bool labels_get(const char *labels, const char *key, struct label *label_out)
{
    struct label label;

    while ((labels = labels_next(labels, &label)) != NULL) {
        if (strcmp(label.key, key) != 0)
            continue;
        *label_out = label;
        return true;
    }
    return false;
}
