/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_work.c - what takes long is done one after the other, and what is short waits for none of it */
#include "support.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/work.h"

struct piece {
    struct work_item item; /* first */
    int until_fd;          /* it goes on until a byte can be read from here; -1: at once */
    void *shop;
    int order;
};

static int counted; /* by whichever thread is running; looked at when all are done */

static void run(struct work_item *item, void *shop)
{
    struct piece *piece = (struct piece *)(void *)item;
    char byte;

    if (piece->until_fd >= 0)
        assert_int_equal(read(piece->until_fd, &byte, 1), 1);
    piece->shop = shop;
    piece->order = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
}

static struct piece piece_of(enum work_kind kind, int until_fd)
{
    return (struct piece){ .item = { .run = run, .kind = kind }, .until_fd = until_fd };
}

/* Those that come back within a minute, so many of them. */
static void wait_for(struct work *work, int wake_fd, size_t count)
{
    uint64_t ignored;

    while (count > 0) {
        struct pollfd pollfd = { .fd = wake_fd, .events = POLLIN };

        assert_int_equal(poll(&pollfd, 1, 60000), 1);
        assert_int_equal(read(wake_fd, &ignored, sizeof(ignored)), sizeof(ignored));
        for (struct work_item *done = work_take_done(work); done != NULL; done = done->next) {
            assert_true(count > 0 && done->was_run);
            count--;
        }
    }
}

static struct work *start(int *wake_fd_out, void *shop)
{
    struct work *work = NULL;
    struct aico2_error err = { 0 };

    counted = 0;
    *wake_fd_out = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(work_start(&work, shop, *wake_fd_out, &err), 0);
    return work;
}

/* A run is drawn, a password is checked, and neither will end: ten short ones are done meanwhile. */
static void test_short_work_waits_for_no_long_work(void **state)
{
    struct piece pieces[10];
    struct piece drawing;
    struct piece login;
    int gate[2];
    int wake_fd;
    struct work *work = start(&wake_fd, &gate);

    (void)state;
    assert_int_equal(pipe(gate), 0);
    drawing = piece_of(WORK_LONG, gate[0]);
    login = piece_of(WORK_LOGIN, gate[0]);
    assert_true(work_give(work, &drawing.item) && work_give(work, &login.item));
    for (int i = 0; i < 10; i++) {
        pieces[i] = piece_of(WORK_SHORT, -1);
        assert_true(work_give(work, &pieces[i].item));
    }
    wait_for(work, wake_fd, 10);
    assert_true(pieces[0].shop == &gate);
    assert_int_equal(write(gate[1], "xx", 2), 2);
    wait_for(work, wake_fd, 2);
    assert_true(drawing.order + login.order == 11 + 12);
    assert_null(work_stop(work));
    (void)close(gate[0]);
    (void)close(gate[1]);
    (void)close(wake_fd);
}

/* The second waits for the first although two threads have nothing to do; a login waits for neither. */
static void test_long_work_is_done_one_after_the_other(void **state)
{
    struct piece first;
    struct piece second = piece_of(WORK_LONG, -1);
    struct piece login = piece_of(WORK_LOGIN, -1);
    int gate[2];
    int wake_fd;
    struct work *work = start(&wake_fd, NULL);

    (void)state;
    assert_int_equal(pipe(gate), 0);
    first = piece_of(WORK_LONG, gate[0]);
    assert_true(work_give(work, &first.item) && work_give(work, &second.item));
    assert_true(work_give(work, &login.item));
    wait_for(work, wake_fd, 1);
    assert_true(login.order == 1 && second.order == 0);
    assert_int_equal(write(gate[1], "x", 1), 1);
    wait_for(work, wake_fd, 2);
    assert_true(first.order == 2 && second.order == 3);
    assert_null(work_stop(work));
    (void)close(gate[0]);
    (void)close(gate[1]);
    (void)close(wake_fd);
}

/* So many wait of each kind; what was not begun when it ends comes back as it was. */
static void test_what_is_too_much_is_refused_and_what_is_left_comes_back(void **state)
{
    struct piece *pieces = calloc(WORK_WAITING_MAX + 1, sizeof(*pieces));
    struct piece first;
    struct piece login = piece_of(WORK_LOGIN, -1);
    struct work_item *left;
    size_t not_run = 0;
    size_t count = 0;
    int gate[2];
    int wake_fd;
    struct work *work = start(&wake_fd, NULL);

    (void)state;
    assert_non_null(pieces);
    assert_int_equal(pipe(gate), 0);
    first = piece_of(WORK_LONG, gate[0]);
    assert_true(work_give(work, &first.item));
    login = piece_of(WORK_LOGIN, -1);
    assert_true(work_give(work, &login.item));
    wait_for(work, wake_fd, 1); /* the first has been begun before it, or soon is */
    (void)usleep(100000);
    for (size_t i = 0; i <= WORK_WAITING_MAX; i++) {
        pieces[i] = piece_of(WORK_LONG, -1);
        assert_int_equal(work_give(work, &pieces[i].item), i < WORK_WAITING_MAX);
    }
    login = piece_of(WORK_LOGIN, -1);
    assert_true(work_give(work, &login.item)); /* another kind has room */
    wait_for(work, wake_fd, 1);
    /* it ends while the first is in hand: a byte lets that one go */
    assert_int_equal(write(gate[1], "x", 1), 1);
    left = work_stop(work);
    for (; left != NULL; left = left->next) {
        count++;
        not_run += !left->was_run;
    }
    assert_int_equal(count, WORK_WAITING_MAX + 1);
    assert_true(not_run <= WORK_WAITING_MAX);
    assert_true(first.item.was_run);
    free(pieces);
    (void)close(gate[0]);
    (void)close(gate[1]);
    (void)close(wake_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_work_waits_for_no_long_work),
        cmocka_unit_test(test_long_work_is_done_one_after_the_other),
        cmocka_unit_test(test_what_is_too_much_is_refused_and_what_is_left_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
