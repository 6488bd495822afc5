/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_epoch_output.c - marks in what is printed, however it is cut and however much it is */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "session/epoch/output.h"

enum { RING_BYTES = 1024 * 1024 };

struct fixture {
    struct byte_ring *ring;
    struct epoch_output output;
    char seen[256]; /* the numbers, in order */
};

static void note(void *payload, const struct epoch_mark *mark)
{
    struct fixture *fixture = payload;
    size_t length = strlen(fixture->seen);

    (void)snprintf(fixture->seen + length, sizeof(fixture->seen) - length, "%g ", mark->number);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->ring = byte_ring_new(RING_BYTES);
    assert_non_null(fixture->ring);
    assert_int_equal(epoch_output_open(&fixture->output, fixture->ring, NULL, note, fixture, NULL),
                     0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    epoch_output_close(&fixture->output);
    byte_ring_free(fixture->ring);
    free(fixture);
    return 0;
}

static void print(struct fixture *fixture, const char *text)
{
    byte_ring_add(fixture->ring, text, strlen(text));
}

static void test_lines_in_pieces(void **state)
{
    struct fixture *fixture = *state;

    print(fixture, "loss 3\nepo");
    epoch_output_look(&fixture->output, 0);
    print(fixture, "ch 1: loss 0.5\r");
    epoch_output_look(&fixture->output, 0);
    assert_string_equal(fixture->seen, "1 ");
    print(fixture, "epoch 2: loss 0.4");
    epoch_output_look(&fixture->output, 0);
    assert_string_equal(fixture->seen, "1 ");
    epoch_output_end(&fixture->output);
    assert_string_equal(fixture->seen, "1 2 ");
    assert_false(fixture->output.skipped);
}

/* 2 MiB are looked at in a second, and what waits is looked at in the next, unless it was overwritten. */
static void test_so_much_a_second(void **state)
{
    static char much[1024 * 1024];
    struct fixture *fixture = *state;

    memset(much, 'x', sizeof(much));
    for (int i = 0; i < 2; i++) {
        byte_ring_add(fixture->ring, much, sizeof(much));
        epoch_output_look(&fixture->output, NSEC_PER_SEC);
    }
    print(fixture, "\nepoch 1: loss\n");
    epoch_output_look(&fixture->output, NSEC_PER_SEC + 500 * NSEC_PER_MSEC);
    assert_string_equal(fixture->seen, "");
    epoch_output_look(&fixture->output, 2 * NSEC_PER_SEC);
    assert_string_equal(fixture->seen, "1 ");
    assert_false(fixture->output.skipped);

    byte_ring_add(fixture->ring, much, sizeof(much));
    byte_ring_add(fixture->ring, much, sizeof(much));
    print(fixture, "\nepoch 2: loss\n");
    epoch_output_look(&fixture->output, 3 * NSEC_PER_SEC);
    assert_string_equal(fixture->seen, "1 2 ");
    assert_true(fixture->output.skipped);
}

static void test_a_bad_regex(void **state)
{
    struct fixture *fixture = *state;
    struct epoch_output output;
    struct aico2_error err = { 0 };

    assert_int_equal(epoch_output_open(&output, fixture->ring, "(", note, fixture, &err), -EINVAL);
    assert_non_null(strstr(err.message, "'('"));
    epoch_output_close(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_so_much_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_bad_regex, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
