/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_push_queue.c - what waits to be sent: through crashes at any byte, damage, limits and full disks */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "fetch/push/block.h"
#include "fetch/push/queue.h"
#include "fetch/push/segment.h"
#include "fetch/push/write_request.h"

enum { FIRST_MS = 1000 };

/* when no queue waits for another process any more */
static const int64_t LATER_NS = 3600 * NSEC_PER_SEC;

/* No two blocks of a test are alike, and none compresses well. */
static void make_block(int number, size_t padding, struct strbuf *block)
{
    struct strbuf labels = { 0 };
    struct strbuf request = { 0 };
    char *text = calloc(1, padding + 32);
    uint32_t bits = (uint32_t)number * 2654435761U + 1;

    assert_non_null(text);
    (void)snprintf(text, 32, "number %d ", number);
    for (size_t i = strlen(text), end = i + padding; i < end; i++) {
        bits = bits * 1664525U + 1013904223U;
        text[i] = (char)('!' + (bits >> 24) % 90);
    }
    write_label(&labels, "n", text);
    write_series(&request, labels.text, labels.length, number, FIRST_MS + number);
    block->length = 0;
    assert_int_equal(block_pack(request.text, request.length, block), 0);
    strbuf_deinit(&labels);
    strbuf_deinit(&request);
    free(text);
}

static void add(struct queue *queue, int number, size_t padding, int64_t now_ns)
{
    struct strbuf block = { 0 };

    make_block(number, padding, &block);
    queue_add(queue, block.text, block.length, 1, FIRST_MS + number, now_ns);
    strbuf_deinit(&block);
}

static const struct batch_limits one = { .records = 1, .samples = 10, .bytes = 1 << 20 };
static const struct batch_limits many = { .records = 1000, .samples = 1000, .bytes = 1 << 20 };

/* The numbers of a batch, in order, into out. */
static int numbers_of(const struct batch *batch, int *out)
{
    int count = 0;
    size_t at = 0;

    while (at < batch->plain.length) {
        const char *begin = batch->plain.text + at;
        const char *mark;

        assert_true(write_request_next(batch->plain.text, batch->plain.length, &at));
        mark = memmem(begin, (size_t)(batch->plain.text + at - begin), "number ", 7);
        assert_non_null(mark);
        out[count++] = (int)strtol(mark + 7, NULL, 10);
    }
    return count;
}

/* Takes all there is and asserts which numbers it was. */
static void drain(struct queue *queue, int from, int to)
{
    struct batch batch = { 0 };
    int next = from;

    for (;;) {
        int got[1000];
        int count;

        batch_clear(&batch);
        if (queue_take(queue, &many, LATER_NS, &batch) <= 0)
            break;
        count = numbers_of(&batch, got);
        for (int i = 0; i < count; i++)
            assert_int_equal(got[i], next++);
        queue_done(queue, &batch);
    }
    assert_int_equal(next, to + 1);
    assert_true(queue_is_empty(queue));
    strbuf_deinit(&batch.plain);
}

struct place {
    char root[64];
    char folder[96];
    struct queue_options options;
};

static void place_init(struct place *place)
{
    int fd = temp_dir_open(place->root);

    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(place->folder, sizeof(place->folder), "%s/state/push", place->root);
    place->options = (struct queue_options){
        .folder = place->folder,
        .name = "q",
        .disk_bytes_max = 8 << 20,
        .memory_bytes_max = 1 << 20,
    };
}

/* The only file of an ending. */
static void file_of(const struct place *place, const char *ending, char *path_out, size_t size)
{
    char folder[128];
    DIR *stream;

    path_out[0] = '\0';
    (void)snprintf(folder, sizeof(folder), "%s/q", place->folder);
    stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot != NULL && strcmp(dot, ending) == 0 && entry->d_name[0] != '.')
            assert_true(snprintf(path_out, size, "%s/%s", folder, entry->d_name) < (int)size);
    }
    (void)closedir(stream);
}

static size_t read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, out, size);

    assert_true(got >= 0);
    (void)close(fd);
    return (size_t)got;
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(fs_write_all(fd, bytes, length), 0);
    (void)close(fd);
}

static void test_in_order_through_a_new_process(void **state)
{
    struct place place;
    struct queue queue;
    struct batch batch = { 0 };
    int got[4];

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    assert_true(queue_is_empty(&queue) && queue_is_on_disk(&queue));
    for (int i = 1; i <= 5; i++)
        add(&queue, i, 10, 0);
    assert_int_equal(queue_take(&queue, &one, LATER_NS, &batch), 1);
    assert_int_equal(numbers_of(&batch, got), 1);
    assert_int_equal(got[0], 1);
    queue_back(&queue, &batch); /* it stays */
    batch_clear(&batch);
    assert_int_equal(queue_take(&queue, &(struct batch_limits){ 2, 10, 1 << 20 }, LATER_NS, &batch),
                     1);
    assert_int_equal(numbers_of(&batch, got), 2);
    queue_done(&queue, &batch);
    batch_clear(&batch);
    assert_int_equal(queue_take(&queue, &one, LATER_NS, &batch), 1);
    queue_deinit(&queue); /* with a batch under way */

    queue_init(&queue, &place.options, 0);
    assert_false(queue_is_empty(&queue));
    for (int i = 6; i <= 8; i++)
        add(&queue, i, 10, 0);
    drain(&queue, 3, 8);
    assert_int_equal(queue.dropped_samples, 0);
    queue_deinit(&queue);
    queue_init(&queue, &place.options, 0);
    assert_true(queue_is_empty(&queue));
    queue_deinit(&queue);
    strbuf_deinit(&batch.plain);
    temp_dir_remove(place.root);
}

static void test_batches_keep_time_and_bounds(void **state)
{
    struct strbuf block = { 0 };
    struct batch batch = { 0 };
    const struct batch_limits limits = { .records = 3, .samples = 2, .bytes = 1 << 20 };

    (void)state;
    make_block(1, 10, &block);
    assert_true(batch_takes(&batch, &limits, 5, 50)); /* the first, whatever it is */
    assert_int_equal(batch_add(&batch, block.text, block.length, 2, 50), -EBADMSG); /* is one */
    assert_int_equal(batch.plain.length, 0);
    assert_int_equal(batch_add(&batch, block.text, block.length, 1, 50), 0);
    assert_true(batch_takes(&batch, &limits, 1, 50));
    assert_false(batch_takes(&batch, &limits, 1, 49));
    assert_false(batch_takes(&batch, &limits, 2, 51));
    assert_int_equal(batch_add(&batch, "nonsense", 8, 1, 51), -EBADMSG);
    assert_int_equal(batch.records, 1);
    strbuf_deinit(&block);
    strbuf_deinit(&batch.plain);
}

/* A process that ends in the middle of a write: whatever was whole before is there, and nothing else. */
static void test_a_crash_at_every_byte(void **state)
{
    struct place place;
    struct queue queue;
    struct strbuf block = { 0 };
    char path[192];
    char bytes[4096];
    size_t ends[4] = { SEGMENT_HEAD_SIZE };
    size_t length;

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    for (int i = 1; i <= 3; i++) {
        make_block(i, 20, &block);
        add(&queue, i, 20, 0);
        ends[i] = ends[i - 1] + sizeof(struct record_head) + block.length;
    }
    queue_deinit(&queue);
    file_of(&place, ".seg", path, sizeof(path));
    length = read_file(path, bytes, sizeof(bytes));
    assert_int_equal(length, ends[3]);
    for (size_t cut = 0; cut <= length; cut++) {
        int whole = 0;

        while (whole < 3 && ends[whole + 1] <= cut)
            whole++;
        write_file(path, bytes, cut);
        queue_init(&queue, &place.options, 0);
        add(&queue, whole + 1, 5, 0); /* goes behind it, in a file of its own */
        drain(&queue, 1, whole + 1);
        assert_int_equal(queue.disk.damaged_files, 0);
        queue_deinit(&queue);
        assert_int_equal(access(path, F_OK), -1);
        (void)snprintf(bytes + sizeof(bytes) - 256, 256, "%s/q/sent", place.folder);
        assert_int_equal(unlink(bytes + sizeof(bytes) - 256), 0);
        /* what is left is the file of the record that was added, all of it sent */
        temp_dir_remove(place.folder);
        queue_init(&queue, &place.options, 0);
        queue_deinit(&queue);
    }
    strbuf_deinit(&block);
    temp_dir_remove(place.root);
}

/* One byte is another: at most the record that holds it is lost, and the file is kept. */
static void test_damage_at_every_byte(void **state)
{
    struct place place;
    struct queue queue;
    char path[192];
    char aside[192];
    char bytes[4096];
    size_t length;

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    for (int i = 1; i <= 3; i++)
        add(&queue, i, 20, 0);
    queue_deinit(&queue);
    file_of(&place, ".seg", path, sizeof(path));
    length = read_file(path, bytes, sizeof(bytes));
    for (size_t at = 0; at < length; at++) {
        struct batch batch = { 0 };
        int got[4];
        int count = 0;

        temp_dir_remove(place.folder);
        queue_init(&queue, &place.options, 0);
        queue_deinit(&queue);
        bytes[at] ^= 0x20;
        write_file(path, bytes, length);
        bytes[at] ^= 0x20;
        queue_init(&queue, &place.options, 0);
        while (queue_take(&queue, &one, LATER_NS, &batch) > 0) {
            count += numbers_of(&batch, got + count);
            queue_done(&queue, &batch);
            batch_clear(&batch);
        }
        assert_true(queue_is_empty(&queue));
        assert_int_equal(count, at < SEGMENT_HEAD_SIZE ? 3 : 2);
        for (int i = 1; i < count; i++)
            assert_true(got[i] > got[i - 1]);
        file_of(&place, ".damaged", aside, sizeof(aside));
        /* a length that became greater at the very end looks like a torn record: nothing to keep of it */
        if (queue.disk.damaged_files == 1)
            assert_int_equal(read_file(aside, bytes + 2048, 2048), length);
        else
            assert_true(got[0] == 1 && got[1] == 2);
        queue_deinit(&queue);
        strbuf_deinit(&batch.plain);
    }
    temp_dir_remove(place.root);
}

static void test_only_the_last_damaged_files_are_kept(void **state)
{
    struct place place;
    struct queue queue;
    char folder[128];
    DIR *stream;
    int kept = 0;

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    queue_deinit(&queue);
    (void)snprintf(folder, sizeof(folder), "%s/q", place.folder);
    for (int i = 1; i <= 9; i++) {
        char path[192];

        (void)snprintf(path, sizeof(path), "%s/%016x.seg", folder, i);
        write_file(path, "no segment at all, but longer than a head", 41);
    }
    queue_init(&queue, &place.options, 0);
    drain(&queue, 1, 0);
    assert_int_equal(queue.disk.damaged_files, 9);
    queue_deinit(&queue);
    stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strstr(entry->d_name, ".damaged") != NULL) {
            kept++;
            assert_true(strcmp(entry->d_name, "0000000000000006.damaged") >= 0);
        }
        assert_null(strstr(entry->d_name, ".seg"));
    }
    (void)closedir(stream);
    assert_int_equal(kept, 4);
    temp_dir_remove(place.root);
}

static void test_a_torn_mark_sends_again_and_loses_nothing(void **state)
{
    struct place place;
    struct queue queue;
    struct batch batch = { 0 };
    char path[192];

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    for (int i = 1; i <= 3; i++)
        add(&queue, i, 10, 0);
    assert_int_equal(queue_take(&queue, &one, LATER_NS, &batch), 1);
    queue_done(&queue, &batch);
    queue_deinit(&queue);
    strbuf_deinit(&batch.plain);
    (void)snprintf(path, sizeof(path), "%s/q/sent", place.folder);
    write_file(path, "aico2snt????????????????????????", 32);
    queue_init(&queue, &place.options, 0);
    drain(&queue, 1, 3);
    queue_deinit(&queue);
    temp_dir_remove(place.root);
}

static void test_the_oldest_is_dropped_and_counted(void **state)
{
    struct place place;
    struct queue queue;
    struct batch batch = { 0 };
    int got[8];
    uint64_t left = 0;

    (void)state;
    place_init(&place);
    place.options.disk_bytes_max =
        1 << 20; /* segments of 128 KiB: two records of 100,000 bytes each */
    queue_init(&queue, &place.options, 0);
    for (int i = 1; i <= 30; i++) {
        add(&queue, i, 100000, 0);
        assert_true(queue.disk.bytes <= place.options.disk_bytes_max);
    }
    assert_int_equal(queue_take(&queue, &one, LATER_NS, &batch), 1);
    assert_int_equal(numbers_of(&batch, got), 1);
    assert_int_equal(queue.dropped_samples, got[0] - 1);
    assert_int_equal(queue.dropped_samples % 2, 0);
    assert_in_range(queue.dropped_samples, 18, 24);

    /* its segment is dropped while it is under way: counted once it is known that it was not sent */
    left = queue.dropped_samples;
    for (int i = 31; queue.disk.segments[0].number == batch.segment; i++)
        add(&queue, i, 100000, 0);
    assert_int_equal(queue.dropped_samples, left + 1);
    queue_back(&queue, &batch);
    assert_int_equal(queue.dropped_samples, left + 2);
    queue_deinit(&queue);
    strbuf_deinit(&batch.plain);
    temp_dir_remove(place.root);
}

static void test_another_process_has_it(void **state)
{
    struct place place;
    struct queue first;
    struct queue second;
    struct batch batch = { 0 };

    (void)state;
    place_init(&place);
    queue_init(&first, &place.options, 0);
    queue_init(&second, &place.options, 0);
    assert_true(queue_is_on_disk(&first));
    assert_false(queue_is_on_disk(&second));
    assert_non_null(strstr(second.message, "another process has the queue in '"));
    add(&second, 1, 10, 0);
    add(&first, 7, 10, 0);
    /* what the first one has is older: the second waits for it, but not for ever */
    assert_int_equal(queue_take(&second, &many, 9 * NSEC_PER_SEC, &batch), 0);
    assert_int_equal(queue_take(&second, &many, 11 * NSEC_PER_SEC, &batch), 1);
    queue_back(&second, &batch);
    drain(&first, 7, 7);
    queue_deinit(&first);
    queue_turn(&second, 4 * NSEC_PER_SEC / 10); /* not before its time */
    assert_int_equal(second.memory.count, 1);
    queue_turn(&second, 6 * NSEC_PER_SEC / 10);
    assert_true(queue_is_on_disk(&second));
    assert_int_equal(second.memory.count, 0);
    add(&second, 2, 10, 7 * NSEC_PER_SEC);
    drain(&second, 1, 2);
    queue_deinit(&second);
    strbuf_deinit(&batch.plain);
    temp_dir_remove(place.root);
}

/* A limit on the size of files stands for a full disk: a write is cut short, and the next fails. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_and_then_room(void **state)
{
    struct place place;
    struct queue queue;
    struct batch batch = { 0 };
    int got[8];

    (void)state;
    place_init(&place);
    queue_init(&queue, &place.options, 0);
    add(&queue, 1, 1000, 0);
    limit_files(1500); /* room for a part of the second */
    for (int i = 2; i <= 4; i++)
        add(&queue, i, 1000, i * NSEC_PER_SEC);
    limit_files(RLIM_INFINITY);
    assert_false(queue_is_on_disk(&queue));
    assert_int_equal(queue.memory.count, 3);
    assert_non_null(strstr(queue.message, "cannot write the queue: "));
    assert_non_null(strstr(queue.message, "; kept in memory"));

    /* the oldest first, also from memory; while one of it is under way it stays there */
    assert_int_equal(queue_take(&queue, &many, LATER_NS, &batch), 1);
    assert_int_equal(numbers_of(&batch, got), 1);
    queue_done(&queue, &batch);
    batch_clear(&batch);
    assert_int_equal(queue_take(&queue, &one, LATER_NS, &batch), 1);
    assert_int_equal(numbers_of(&batch, got), 1);
    assert_int_equal(got[0], 2);
    add(&queue, 5, 1000, 20 * NSEC_PER_SEC);
    assert_int_equal(queue.memory.count, 4);
    queue_back(&queue, &batch);
    queue_turn(&queue, 20 * NSEC_PER_SEC);
    assert_int_equal(queue.memory.count, 0);
    assert_true(queue_is_on_disk(&queue));
    assert_string_equal(queue.message, "");
    queue_deinit(&queue);

    queue_init(&queue, &place.options, 0);
    drain(&queue, 2, 5);
    assert_int_equal(queue.dropped_samples, 0);
    assert_int_equal(queue.disk.damaged_files, 0);
    queue_deinit(&queue);
    strbuf_deinit(&batch.plain);
    temp_dir_remove(place.root);
}

static void test_memory_is_bounded_too(void **state)
{
    const struct queue_options options = {
        .folder = "", .name = "q", .disk_bytes_max = 8 << 20, .memory_bytes_max = 10000
    };
    struct queue queue;
    struct batch batch = { 0 };
    int got[32];
    int count;

    (void)state;
    queue_init(&queue, &options, 0);
    assert_string_equal(queue.message, "");
    for (int i = 1; i <= 20; i++)
        add(&queue, i, 1000, 0);
    assert_true(queue.memory.bytes <= 10000);
    assert_int_equal(queue_take(&queue, &many, LATER_NS, &batch), 1);
    count = numbers_of(&batch, got);
    assert_int_equal(queue.dropped_samples, 20 - count);
    assert_int_equal(got[count - 1], 20);
    /* two of what is under way have to go */
    add(&queue, 21, 1000, 0);
    add(&queue, 22, 1000, 0);
    assert_int_equal(queue.dropped_samples, 20 - count);
    queue_back(&queue, &batch);
    assert_int_equal(queue.dropped_samples, 20 - count + 2);
    drain(&queue, 20 - count + 3, 22);
    queue_deinit(&queue);
    strbuf_deinit(&batch.plain);
}

static void test_a_folder_that_cannot_be(void **state)
{
    struct place place;
    struct queue queue;
    char path[192];

    (void)state;
    place_init(&place);
    (void)snprintf(path, sizeof(path), "%s/state", place.root);
    write_file(path, "a file", 6);
    queue_init(&queue, &place.options, 0);
    assert_non_null(strstr(queue.message, "state/push"));
    add(&queue, 1, 10, 0);
    drain(&queue, 1, 1);
    queue_deinit(&queue);
    temp_dir_remove(place.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order_through_a_new_process),
        cmocka_unit_test(test_batches_keep_time_and_bounds),
        cmocka_unit_test(test_a_crash_at_every_byte),
        cmocka_unit_test(test_damage_at_every_byte),
        cmocka_unit_test(test_only_the_last_damaged_files_are_kept),
        cmocka_unit_test(test_a_torn_mark_sends_again_and_loses_nothing),
        cmocka_unit_test(test_the_oldest_is_dropped_and_counted),
        cmocka_unit_test(test_another_process_has_it),
        cmocka_unit_test(test_a_full_disk_and_then_room),
        cmocka_unit_test(test_memory_is_bounded_too),
        cmocka_unit_test(test_a_folder_that_cannot_be),
    };

    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
