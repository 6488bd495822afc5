/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/segment.c - the bytes of a file of the queue: records that tell whether they are whole */
#include "fetch/push/segment.h"

#include <stdbool.h>
#include <string.h>

#include "base/crc32c.h"

static const char SEGMENT_MAGIC[8] = { 'a', 'i', 'c', 'o', '2', 's', 'e', 'g' };

enum {
    SEGMENT_VERSION = 1,
    /* marks looked at behind damage: bytes that hold many are no queue, and not worth the time */
    MARKS_MAX = 256,
    CRC_FROM = 2 * sizeof(uint32_t),
};

void segment_head_make(struct segment_head *head_out)
{
    *head_out = (struct segment_head){ .version = SEGMENT_VERSION };
    memcpy(head_out->magic, SEGMENT_MAGIC, sizeof(SEGMENT_MAGIC));
}

static uint32_t crc_of(const struct record_head *head, const char *block)
{
    return crc32c(crc32c(0, (const char *)head + CRC_FROM, sizeof(*head) - CRC_FROM), block,
                  head->length);
}

void segment_add_record(struct strbuf *buffer, const char *block, size_t length, uint32_t samples,
                        int64_t wall_ms)
{
    struct record_head head = {
        .magic = RECORD_MAGIC,
        .length = (uint32_t)length,
        .samples = samples,
        .wall_ms = wall_ms,
    };

    head.crc = crc_of(&head, block);
    strbuf_add_bytes(buffer, (const char *)&head, sizeof(head));
    strbuf_add_bytes(buffer, block, length);
}

static bool is_head(const struct record_head *head)
{
    return head->magic == RECORD_MAGIC && head->length <= RECORD_BLOCK_MAX &&
           head->samples <= RECORD_SAMPLES_MAX;
}

/* Without a look at what comes behind. */
static enum segment_find look(const char *bytes, size_t size, size_t at,
                              struct segment_record *record_out)
{
    struct segment_record record = { 0 };
    const size_t left = size - at;

    if (left == 0)
        return SEGMENT_END;
    if (left < sizeof(record.head)) {
        /* as much of the mark as there is */
        const uint32_t magic = RECORD_MAGIC;
        const size_t known = left < sizeof(magic) ? left : sizeof(magic);

        return memcmp(bytes + at, &magic, known) == 0 ? SEGMENT_TORN : SEGMENT_DAMAGE;
    }
    memcpy(&record.head, bytes + at, sizeof(record.head));
    if (!is_head(&record.head))
        return SEGMENT_DAMAGE;
    if (record.head.length > left - sizeof(record.head))
        return SEGMENT_TORN;
    record.block = bytes + at + sizeof(record.head);
    record.next = at + sizeof(record.head) + record.head.length;
    if (record.head.crc != crc_of(&record.head, record.block))
        return SEGMENT_DAMAGE;
    *record_out = record;
    return SEGMENT_RECORD;
}

/* Return: where the next whole record stands, or the size. */
static size_t find_again(const char *bytes, size_t size, size_t at)
{
    const uint32_t magic = RECORD_MAGIC;
    struct segment_record record;

    for (int marks = 0; at < size && marks < MARKS_MAX; marks++) {
        const char *mark = memmem(bytes + at, size - at, &magic, sizeof(magic));

        if (mark == NULL)
            break;
        at = (size_t)(mark - bytes);
        if (look(bytes, size, at, &record) == SEGMENT_RECORD)
            return at;
        at++;
    }
    return size;
}

enum segment_find segment_find(const char *bytes, size_t size, size_t at,
                               struct segment_record *record_out)
{
    struct segment_head head;
    enum segment_find found;

    if (at == 0) {
        segment_head_make(&head);
        if (size < sizeof(head)) { /* the head itself, as far as it was written */
            record_out->next = size;
            return size == 0                         ? SEGMENT_END
                   : memcmp(bytes, &head, size) == 0 ? SEGMENT_TORN
                                                     : SEGMENT_DAMAGE;
        }
        if (memcmp(bytes, &head, sizeof(head)) != 0) {
            record_out->next = find_again(bytes, size, 1);
            return SEGMENT_DAMAGE;
        }
        at = sizeof(head);
    }
    if (at > size)
        at = size;
    found = look(bytes, size, at, record_out);
    if (found == SEGMENT_RECORD)
        return found;
    record_out->next = found == SEGMENT_END ? size : find_again(bytes, size, at + 1);
    /* a length that is damaged looks as if the record were cut off: one behind it tells */
    return found == SEGMENT_TORN && record_out->next < size ? SEGMENT_DAMAGE : found;
}
