/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_byte_ring.c - bytes come in order, over the edge, and what was overwritten is told */
#include "support.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/byte_ring.h"

static size_t take(struct byte_ring *ring, uint64_t *at, char *text, size_t size, bool *lost)
{
    size_t count;

    *lost = false;
    count = byte_ring_take(ring, at, text, size - 1, lost);
    text[count] = '\0';
    return count;
}

static void test_in_order_and_over_the_edge(void **state)
{
    struct byte_ring *ring = byte_ring_new(8);
    uint64_t at = 0;
    char text[32];
    bool lost;

    (void)state;
    assert_non_null(ring);
    assert_int_equal(take(ring, &at, text, sizeof(text), &lost), 0);
    byte_ring_add(ring, "abcde", 5);
    assert_int_equal(take(ring, &at, text, 4, &lost), 3); /* as much as there is room for */
    assert_string_equal(text, "abc");
    byte_ring_add(ring, "fghij", 5); /* de and these five: from 3 to 10, over the edge at 8 */
    assert_int_equal(take(ring, &at, text, sizeof(text), &lost), 7);
    assert_string_equal(text, "defghij");
    assert_false(lost);
    byte_ring_add(ring, "klmnopqr", 8); /* all it can hold, none too much */
    assert_int_equal(take(ring, &at, text, sizeof(text), &lost), 8);
    assert_string_equal(text, "klmnopqr");
    assert_false(lost);
    byte_ring_free(ring);
}

static void test_what_was_overwritten_is_told(void **state)
{
    struct byte_ring *ring = byte_ring_new(8);
    uint64_t at = 0;
    char text[32];
    bool lost;

    (void)state;
    byte_ring_add(ring, "0123456", 7);
    byte_ring_add(ring, "789",
                  3); /* 10 bytes: 0 and 1 are gone; of the 8, three quarters are taken */
    assert_int_equal(take(ring, &at, text, sizeof(text), &lost), 6);
    assert_string_equal(text, "456789");
    assert_true(lost);
    assert_int_equal(at, 10);
    byte_ring_add(ring, "abcdefghijklmnopqrst", 20); /* more than it can hold: the end of it */
    assert_int_equal(take(ring, &at, text, sizeof(text), &lost), 6);
    assert_string_equal(text, "opqrst");
    assert_true(lost);
    byte_ring_free(ring);
}

static bool is_awake(const struct byte_ring *ring)
{
    struct pollfd wait = { .fd = byte_ring_fd(ring), .events = POLLIN };

    return poll(&wait, 1, 0) == 1;
}

static void test_wakes_who_wants_it_once(void **state)
{
    struct byte_ring *ring = byte_ring_new(8);

    (void)state;
    byte_ring_wake(ring);
    assert_false(is_awake(ring));
    byte_ring_want(ring, true);
    assert_false(is_awake(ring));
    byte_ring_wake(ring);
    assert_true(is_awake(ring));
    byte_ring_want(ring, false);
    assert_false(is_awake(ring));
    byte_ring_wake(ring);
    assert_false(is_awake(ring));
    byte_ring_free(ring);
}

/* Each byte follows from its place: whatever is taken must fit where it was taken. */
static void test_two_processes_at_full_speed(void **state)
{
    enum { TOTAL = 20000000, STEP = 50 };
    struct byte_ring *ring = byte_ring_new(64); /* so that the writer laps the reader */
    uint64_t at = 0;
    uint64_t taken = 0;
    char bytes[1024];
    pid_t child;

    (void)state;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char step[STEP];

        for (uint64_t i = 0; i < TOTAL; i += STEP) {
            for (size_t j = 0; j < STEP; j++)
                step[j] = (char)((i + j) * 31 / 7);
            byte_ring_add(ring, step, STEP);
        }
        _exit(0);
    }
    while (at < TOTAL) {
        bool lost = false;
        size_t count = byte_ring_take(ring, &at, bytes, sizeof(bytes), &lost);

        taken += count;
        for (size_t i = 0; i < count; i++)
            assert_int_equal((unsigned char)bytes[i], (unsigned char)((at - count + i) * 31 / 7));
    }
    assert_int_equal(at, TOTAL);
    assert_true(taken > 0 && taken <= TOTAL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    byte_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order_and_over_the_edge),
        cmocka_unit_test(test_what_was_overwritten_is_told),
        cmocka_unit_test(test_wakes_who_wants_it_once),
        cmocka_unit_test(test_two_processes_at_full_speed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
