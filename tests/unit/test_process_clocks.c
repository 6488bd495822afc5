/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_process_clocks.c - CPU time of made-up process trees, to the nanosecond; and what a kernel refuses
 *
 * A tick of cutime is 10 ms (100 Hz, as sysconf() says everywhere): what is lost to its rounding, a tick for each process that
 * has gone, is never taken for time of somebody whom nobody has waited for.
 */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribution/process_tree.h"
#include "base/clock.h"

enum { ROOT = 50 };

#define MS NSEC_PER_MSEC

static struct process_tree *tree;

static int set_up(void **state)
{
    (void)state;
    fake_kernel_begin();
    assert_int_equal(process_tree_new(&tree, ROOT, fake_kernel.proc_fd, NULL), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    process_tree_free(tree);
    fake_kernel_end();
    return 0;
}

static int64_t update_ms(void)
{
    int64_t now_ns = process_tree_update(tree, true, -1);

    assert_int_equal(now_ns % MS, 0);
    return now_ns / MS;
}

static int64_t look_ms(void)
{
    process_tree_scan(tree);
    return update_ms();
}

static void last_pid(const char *text)
{
    tree_update(fake_kernel.proc_fd, "loadavg", text);
}

/* 7 ms, 5 ms of its child with the smaller pid, and 20 ms that the child has waited for; the neighbour is nobody's. */
static void test_clocks_and_what_was_waited_for_add_up(void **state)
{
    pid_t pids[4];

    (void)state;
    fake_process_set(ROOT, 1, 900 * MS, 0);
    fake_process_set(100, ROOT, 7 * MS, 0);
    fake_process_set(90, 100, 5 * MS, 2);
    fake_process_set(70, 1, 300 * MS, 0);
    assert_int_equal(look_ms(), 32);
    assert_int_equal(process_tree_living(tree, pids, 4), 2);
    assert_int_equal(pids[0], 90);
    assert_int_equal(pids[1], 100);
    assert_false(process_tree_contains(tree, 70));
    assert_true(process_tree_knows(tree, 70));
    assert_false(process_tree_knows(tree, 71));
    fake_process_run(100, 17 * MS);
    fake_process_set(90, 100, 5 * MS,
                     5); /* one more came and went: its clock has not moved, so it is not asked */
    assert_int_equal(update_ms(), 42);
    fake_process_run(90, 6 * MS);
    assert_int_equal(update_ms(), 43 + 30);
}

/* 90 has used 50 ms and goes unseen: one tick of it may be rounding, 40 ms are kept. */
static void test_who_goes_and_was_waited_for_by_nobody_is_kept(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 7 * MS, 0);
    fake_process_set(90, 100, 50 * MS, 0);
    assert_int_equal(look_ms(), 57);
    fake_process_end(90);
    assert_int_equal(update_ms(), 57); /* 7 + 40, and it never falls */
    assert_true(process_tree_contains(tree, 90));
    fake_process_run(100, 27 * MS);
    assert_int_equal(update_ms(), 67);
    /* waited for, in the same update as it goes: nothing is kept on top */
    fake_process_set(110, 100, 30 * MS, 0);
    assert_int_equal(look_ms(), 97);
    fake_process_end(110);
    fake_process_set(100, ROOT, 28 * MS, 3);
    assert_int_equal(update_ms(), 98);
}

/* The clock of a pid stands below what it had told: another process has it now. */
static void test_a_clock_that_goes_back_is_somebody_elses(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 80 * MS, 0);
    assert_int_equal(look_ms(), 80);
    fake_process_run(100, 3 * MS);
    assert_int_equal(update_ms(), 80); /* 70 are kept */
    assert_int_equal(process_tree_living(tree, NULL, 0), 0);
}

/* Six go one after the other while the clocks are read, the first at once, the second when those that seem to sleep are read
 * again. Three times it is looked again after an end, and then it is good. */
static void test_ends_while_clocks_are_read(void **state)
{
    (void)state;
    for (pid_t pid = 101; pid <= 107; pid++)
        fake_process_set(pid, ROOT, 100 * MS, 0);
    assert_int_equal(look_ms(), 700);
    for (int i = 0; i < 6; i++)
        fake_kernel.processes[i].reads_left = i;
    fake_process_run(107, 230 * MS);
    assert_int_equal(update_ms(),
                     5 * 90 + 100 + 230); /* the sixth has gone, and is not known to have */
    assert_int_equal(process_tree_living(tree, NULL, 0), 2);
    fake_process_run(107, 250 * MS);
    assert_int_equal(update_ms(), 6 * 90 + 250);
    assert_int_equal(process_tree_living(tree, NULL, 0), 1);
}

/* 60 sleep, and of the machine's use nothing is known: all are looked at. */
static void test_all_that_sleep_are_looked_at_without_the_machines_use(void **state)
{
    (void)state;
    for (pid_t pid = 101; pid <= 160; pid++)
        fake_process_set(pid, ROOT, 10 * MS, 0);
    assert_int_equal(look_ms(), 600);
    assert_int_equal(update_ms(), 600);
    for (pid_t pid = 101; pid <= 160; pid++)
        fake_process_run(pid, 12 * MS);
    assert_int_equal(process_tree_update(tree, false, -1), 720 * MS);
    /* one of them ends: its parent would have told of it, had it waited */
    fake_process_end(130);
    assert_int_equal(process_tree_update(tree, false, 0), 720 * MS);
    fake_process_run(131, 30 * MS);
    assert_int_equal(process_tree_update(tree, false, -1), 59 * 12 * MS + 2 * MS + 18 * MS);
}

/* Of 60 that sleep an eighth is looked at. Their parent, awake, tells time and again of one it has waited for: whether that one
 * was among those looked at or not, its 10 ms are counted once. */
static void test_one_that_ends_asleep_and_was_waited_for_counts_once(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 1 * MS, 0);
    for (pid_t pid = 101; pid <= 160; pid++)
        fake_process_set(pid, 100, 10 * MS, 0);
    process_tree_scan(tree);
    assert_int_equal(process_tree_update(tree, true, 0), 601 * MS);
    fake_process_run(100, 2 * MS);
    assert_int_equal(process_tree_update(tree, true, 0), 602 * MS); /* now all the others sleep */
    for (int i = 1; i <= 9; i++) {
        fake_process_end(100 + i);
        fake_process_set(100, ROOT, (2 + i) * MS, i);
        assert_int_equal(process_tree_update(tree, true, 0), (602 + i) * MS);
    }
    assert_int_equal(process_tree_living(tree, NULL, 0), 52);
}

/* 300 have run and there is room to ask 256 what they have waited for: who has gone may have been waited for by one that was
 * not asked, so that nothing is kept of him. */
static void test_nothing_is_kept_while_parents_are_unasked(void **state)
{
    (void)state;
    for (pid_t pid = 101; pid <= 400; pid++)
        fake_process_set(pid, ROOT, 10 * MS, 0);
    fake_process_set(500, 400, 90 * MS, 0);
    assert_int_equal(look_ms(), 3090);
    for (pid_t pid = 101; pid <= 400; pid++)
        fake_process_run(pid, 11 * MS);
    fake_process_end(500);
    fake_process_set(400, ROOT, 11 * MS, 9); /* it has waited, and is the last to be asked */
    assert_int_equal(update_ms(), 3300);
    assert_int_equal(update_ms(), 3390);
    assert_int_equal(update_ms(), 3390);
    assert_int_equal(process_tree_settle(tree), 3390 * MS);
}

static void test_a_parent_that_cannot_be_asked_has_told_nothing(void **state)
{
    char path[32];

    (void)state;
    fake_process_set(100, ROOT, 10 * MS, 1);
    assert_int_equal(look_ms(), 20);
    (void)snprintf(path, sizeof(path), "%d/stat", 100);
    tree_update(fake_kernel.proc_fd, path, "rubbish\n");
    fake_process_run(100, 15 * MS);
    assert_int_equal(update_ms(), 25);
}

/* 5 and 9 ms of children that this very process has waited for, the second while clocks were read. */
static void test_children_of_our_own_that_were_waited_for(void **state)
{
    static const int64_t before[] = { 2 * MS, 2 * MS, 7 * MS, 7 * MS };
    static const int64_t meanwhile[] = { 7 * MS, 16 * MS, 16 * MS };
    static const int64_t always[] = { 17 * MS, 18 * MS, 19 * MS, 20 * MS, 21 * MS, 22 * MS };

    (void)state;
    fake_process_set(100, ROOT, 10 * MS, 0);
    fake_kernel.waited_ns[0] =
        2 * MS; /* before it began: not the job's, and counted by whoever began */
    process_tree_watch_self(tree);
    assert_int_equal(look_ms(), 12);
    memcpy(fake_kernel.waited_ns, before + 2, 2 * sizeof(before[0]));
    fake_kernel.waited_count = 2;
    assert_int_equal(update_ms(), 17);
    memcpy(fake_kernel.waited_ns, meanwhile, sizeof(meanwhile));
    fake_kernel.waited_count = 3;
    assert_int_equal(update_ms(), 26);
    /* one at every look: three are enough, the next update has the rest */
    memcpy(fake_kernel.waited_ns, always, sizeof(always));
    fake_kernel.waited_count = 6;
    assert_int_equal(update_ms(), 10 + 21);
    /* the kernel that tells nothing takes nothing away */
    fake_kernel.waited_ns[0] = -1;
    fake_kernel.waited_count = 1;
    assert_int_equal(update_ms(), 31);
}

static void test_what_the_root_has_waited_for(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 10 * MS, 0);
    fake_process_set(70, 1, 500 * MS, 0);
    assert_int_equal(look_ms(), 10);
    process_tree_reaped(
        tree, 70, 1 * MS); /* not the job's: its time is what was told, and it stays what it is */
    process_tree_reaped(tree, 4242, 2 * MS); /* never seen */
    assert_int_equal(update_ms(), 13);
    process_tree_reaped(tree, 100, 14 * MS); /* in place of its clock */
    assert_int_equal(update_ms(), 17);
    assert_int_equal(process_tree_living(tree, NULL, 0), 0);
    assert_true(process_tree_contains(tree, 100));
    assert_false(process_tree_contains(tree, 70));
}

/* The last 128 that ended are still the job's to a driver; those before are forgotten. */
static void test_ends_are_remembered_for_a_while(void **state)
{
    (void)state;
    for (pid_t pid = 101; pid <= 229; pid++)
        fake_process_set(pid, ROOT, 10 * MS, 0);
    assert_int_equal(look_ms(), 1290);
    for (pid_t pid = 101; pid <= 229; pid++) {
        process_tree_reaped(tree, pid, 10 * MS);
        fake_process_end(pid);
    }
    assert_int_equal(look_ms(), 1290);
    process_tree_scan(tree); /* and no longer listed */
    assert_false(process_tree_contains(tree, 101));
    assert_true(process_tree_contains(tree, 102));
    assert_true(process_tree_contains(tree, 229));
    assert_true(process_tree_knows(tree, 229));
    assert_false(process_tree_contains(tree, 230));
}

/* --- who belongs to it --- */

static void test_names_of_proc_that_are_no_processes(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 10 * MS, 0);
    tree_write(fake_kernel.proc_fd, "12ab/stat", "1 (a) S 50\n");
    tree_write(fake_kernel.proc_fd, "99999999999/stat", "1 (a) S 50\n");
    tree_write(fake_kernel.proc_fd, "0/stat", "1 (a) S 50\n");
    tree_write(fake_kernel.proc_fd, "self/stat", "1 (a) S 50\n");
    tree_write(fake_kernel.proc_fd, "200/stat", "no such line\n");
    assert_int_equal(look_ms(), 10);
    assert_int_equal(process_tree_living(tree, NULL, 0), 1);
}

/* It was listed, and was gone when its clock was wanted. */
static void test_one_without_a_clock_is_gone(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 10 * MS, 0);
    fake_process_set(101, ROOT, 10 * MS, 0);
    fake_kernel.without_clock = 101;
    assert_int_equal(look_ms(), 10);
    assert_int_equal(process_tree_living(tree, NULL, 0), 1);
    /* nobody's child, and gone when it joins */
    fake_process_set(300, 1, 50 * MS, 0);
    fake_kernel.without_clock = 300;
    assert_false(process_tree_adopt(tree, 300));
    assert_false(process_tree_adopt(tree, 301));
    fake_kernel.without_clock = 0;
    assert_false(process_tree_adopt(tree, 300)); /* what has gone does not come back */
}

static void test_one_that_joins_brings_those_below_it(void **state)
{
    (void)state;
    fake_process_set(300, 1, 50 * MS, 0);
    fake_process_set(301, 300, 20 * MS, 0);
    assert_int_equal(look_ms(), 0);
    assert_true(process_tree_adopt(tree, 300));
    assert_true(process_tree_adopt(tree, 300)); /* once more is no more */
    assert_int_equal(update_ms(), 70);
}

/* Only the child is looked at; whoever else is there already stays a stranger. */
static void test_who_was_there_before_stays_a_stranger(void **state)
{
    (void)state;
    fake_process_set(90, ROOT, 40 * MS, 0);
    fake_process_set(100, ROOT, 10 * MS, 0);
    process_tree_begin(tree, 100);
    assert_int_equal(look_ms(), 10);
    process_tree_begin(tree, 101); /* again, of a tree that knows them */
    assert_int_equal(look_ms(), 10);
    assert_false(process_tree_contains(tree, 90));
}

/* The same pid in another folder of /proc: another process, unless it began at the same tick. */
static void test_a_pid_of_another_process(void **state)
{
    (void)state;
    fake_process_set(100, ROOT, 80 * MS, 0);
    fake_process_set(101, ROOT, 30 * MS, 0);
    assert_int_equal(look_ms(), 110);
    /* the kernel has forgotten its folder meanwhile */
    assert_int_equal(renameat(fake_kernel.proc_fd, "100", fake_kernel.proc_fd, "kept"), 0);
    fake_process_set(100, ROOT, 81 * MS, 0);
    assert_int_equal(look_ms(), 111);
    /* that of one that has gone: 101's 30 ms were kept, but for a tick, when it went */
    process_tree_reaped(tree, 101, 30 * MS);
    assert_int_equal(renameat(fake_kernel.proc_fd, "101", fake_kernel.proc_fd, "kept2"), 0);
    tree_write(fake_kernel.proc_fd, "101/stat",
               "101 (b) S 50 1 1 0 -1 1 1 2 0 0 1 1 0 0 20 0 1 0 900 1\n");
    fake_process_run(101, 4 * MS);
    assert_int_equal(look_ms(), 111 + 4);
}

static void test_looks_find_new_pids(void **state)
{
    (void)state;
    last_pid("0.41 0.36 0.30 2/137 110\n");
    fake_process_set(100, ROOT, 10 * MS, 0);
    process_tree_scan(tree);
    fake_process_set(112, 100, 5 * MS, 0);
    fake_process_set(111, 112, 3 * MS, 0); /* before its parent */
    fake_process_set(113, 1, 900 * MS, 0);
    fake_process_set(114, ROOT, 2 * MS, 0);
    fake_kernel.hidden = 114; /* whose session is not told, and it is there all the same */
    fake_process_set(115, ROOT, 700 * MS, 0);
    tree_update(fake_kernel.proc_fd, "115/stat", "gone before it was read\n");
    last_pid("0.41 0.36 0.30 2/137 115\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 20);
    assert_true(process_tree_contains(tree, 111));
    assert_false(process_tree_contains(tree, 113));
    /* whose pid is smaller than the last one is found by a whole scan, which comes when pids begin anew */
    fake_process_set(60, 100, 4 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 60\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 24);
    /* or when more were given than there are processes */
    fake_process_set(61, 100, 4 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 900\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 28);
    /* or in its turn: 62 is not one of the pids since then, which begin 16 before */
    fake_process_set(62, 100, 4 * MS, 0);
    for (int i = 0; i < 15; i++)
        process_tree_look(tree);
    assert_int_equal(update_ms(), 28);
    process_tree_look(tree);
    assert_int_equal(update_ms(), 32);
}

/* One of a stranger's session is known for a stranger, whatever it says; one of a session that is new may be anybody's. */
static void test_sessions_of_strangers_are_passed_by(void **state)
{
    (void)state;
    last_pid("0.41 0.36 0.30 2/137 110\n");
    fake_process_set(100, ROOT, 10 * MS, 0);
    fake_process_set(70, ROOT, 0, 0); /* the job's, founder of a session */
    fake_process_of_session(70, 70);
    fake_process_set(80, 1, 900 * MS, 0); /* founder of a session of its own */
    fake_process_of_session(80, 80);
    process_tree_scan(tree);
    fake_process_set(111, 100, 1 * MS,
                     0); /* as no kernel has it: its parent is the job's, its session is not */
    fake_process_of_session(111, 80);
    fake_process_set(112, 100, 2 * MS, 0);
    fake_process_of_session(112, 0); /* founded outside our namespace */
    fake_process_set(113, 100, 4 * MS, 0);
    fake_process_of_session(113, 113); /* it founds one now */
    fake_process_set(114, 113, 8 * MS, 0);
    fake_process_of_session(114, 113);
    fake_process_set(115, 100, 16 * MS, 0);
    fake_process_of_session(115, 60); /* whose founder has gone */
    fake_process_set(116, 100, 32 * MS, 0);
    fake_process_of_session(116, 70);
    last_pid("0.41 0.36 0.30 2/137 116\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 10 + 4 + 8 + 16 + 32);
    fake_process_set(117, 100, 64 * MS, 0);
    fake_process_of_session(117, 119); /* whose founder came after the last pid was told */
    last_pid("0.41 0.36 0.30 2/137 118\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 10 + 4 + 8 + 16 + 32 + 64);
    assert_true(process_tree_knows(tree, 111));
    assert_false(process_tree_contains(tree, 111));
    /* somebody has joined from elsewhere: sessions tell nothing any more */
    assert_true(process_tree_adopt(tree, 80));
    fake_process_set(120, 80, 64 * MS, 0);
    fake_process_of_session(120, 80);
    last_pid("0.41 0.36 0.30 2/137 120\n");
    process_tree_look(tree);
    assert_true(process_tree_contains(tree, 120));
}

/* A job that is this process has nobody to look for while it has no child. */
static void test_without_a_child_nobody_is_looked_for(void **state)
{
    (void)state;
    last_pid("0.41 0.36 0.30 2/137 110\n");
    process_tree_watch_self(tree);
    process_tree_scan(tree);
    fake_process_set(111, ROOT, 10 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 111\n");
    fake_kernel.waitid_errnum = ECHILD;
    process_tree_look(tree);
    assert_int_equal(update_ms(), 0);
    fake_kernel.waitid_errnum = EINVAL; /* no answer is none */
    process_tree_look(tree);
    assert_int_equal(update_ms(), 10);
    fake_kernel.waitid_errnum = ECHILD; /* one of the job lives, whoever waits for it */
    fake_process_set(112, 111, 5 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 112\n");
    process_tree_look(tree);
    assert_int_equal(update_ms(), 15);
}

/* Where the last pid is not told, each look is a whole scan. */
static void test_a_last_pid_that_is_none(void **state)
{
    static const char *const none[] = {
        "", "\n", "137\n", "0.41 x\n", "0.41 99999999999\n", "0.4 -5\n", "0.4 0\n"
    };
    pid_t pid = 100;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        last_pid(none[i]);
        fake_process_set(pid++, ROOT, 1 * MS, 0);
        process_tree_look(tree);
        assert_int_equal(update_ms(), (int)i + 1);
    }
}

static void look_with_a_foreign_proc(bool statfs_fails)
{
    struct process_tree *other;

    fake_kernel.proc_is_foreign = !statfs_fails;
    fake_kernel.statfs_fails = statfs_fails;
    assert_int_equal(process_tree_new(&other, ROOT, fake_kernel.proc_fd, NULL), 0);
    process_tree_scan(other);
    fake_process_set(100, ROOT, 10 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 99\n"); /* of somebody else's idea */
    process_tree_look(other);
    assert_int_equal(process_tree_update(other, true, -1), 10 * MS);
    fake_process_end(100);
    process_tree_free(other);
}

static void test_what_stands_in_for_proc_is_not_believed(void **state)
{
    (void)state;
    look_with_a_foreign_proc(false);
    look_with_a_foreign_proc(true);
    process_tree_free(NULL);
}

/* --- without memory --- */

static void test_without_memory_nothing_that_was_known_is_lost(void **state)
{
    struct process_tree *none = NULL;
    struct aico2_error err = { 0 };

    (void)state;
    fake_kernel.allocations_left = 0;
    assert_int_equal(process_tree_new(&none, ROOT, fake_kernel.proc_fd, &err), -ENOMEM);
    assert_null(none);
    assert_string_equal(err.message, "out of memory");

    last_pid("0.41 0.36 0.30 2/137 110\n");
    fake_process_set(100, ROOT, 10 * MS, 0);
    process_tree_scan(tree); /* no room for the list of what is there */
    assert_int_equal(update_ms(), 0);
    process_tree_exclude(tree, 100);
    fake_kernel.allocations_left = -1;
    assert_int_equal(look_ms(), 10);

    /* eight have room; the ninth is found by a look, by a scan, and by name */
    for (pid_t pid = 101; pid <= 107; pid++)
        fake_process_set(pid, ROOT, 1 * MS, 0);
    process_tree_scan(tree);
    process_tree_scan(tree); /* now both lists have room for eight */
    fake_process_set(111, ROOT, 5 * MS, 0);
    last_pid("0.41 0.36 0.30 2/137 112\n");
    fake_kernel.allocations_left = 0;
    process_tree_look(tree);
    assert_int_equal(update_ms(), 17);
    process_tree_scan(tree);
    assert_int_equal(update_ms(), 17);
    process_tree_exclude(tree, 111);
    /* seven are listed and one that is the job's is not: room for it, too, must be found */
    fake_process_end(107);
    fake_process_set(60, 1, 1 * MS, 0);
    process_tree_scan(tree);
    assert_int_equal(process_tree_living(tree, NULL, 0), 8);
    fake_kernel.allocations_left = -1;
    process_tree_look(tree);
    assert_int_equal(update_ms(), 10 + 6 + 5);
}

/* Eight are the job's and listed; one of them is not listed any more, a stranger is: to keep both is one too many. */
static void test_without_memory_who_is_no_longer_listed_is_not_lost(void **state)
{
    (void)state;
    for (pid_t pid = 100; pid <= 107; pid++)
        fake_process_set(pid, ROOT, 10 * MS, 0);
    process_tree_scan(tree);
    assert_int_equal(look_ms(), 80); /* now both lists have room for eight */
    fake_process_end(107);
    fake_process_set(60, 1, 1 * MS, 0);
    fake_kernel.allocations_left = 0;
    process_tree_scan(tree);
    assert_int_equal(process_tree_living(tree, NULL, 0), 8);
    assert_false(process_tree_knows(tree, 60));
    fake_kernel.allocations_left = -1;
    process_tree_scan(tree);
    assert_true(process_tree_knows(tree, 60));
    assert_int_equal(update_ms(), 80);
    assert_int_equal(process_tree_living(tree, NULL, 0), 7);
}

int main(void)
{
#define CLOCK_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(test_clocks_and_what_was_waited_for_add_up),
        CLOCK_TEST(test_who_goes_and_was_waited_for_by_nobody_is_kept),
        CLOCK_TEST(test_a_clock_that_goes_back_is_somebody_elses),
        CLOCK_TEST(test_ends_while_clocks_are_read),
        CLOCK_TEST(test_all_that_sleep_are_looked_at_without_the_machines_use),
        CLOCK_TEST(test_one_that_ends_asleep_and_was_waited_for_counts_once),
        CLOCK_TEST(test_nothing_is_kept_while_parents_are_unasked),
        CLOCK_TEST(test_a_parent_that_cannot_be_asked_has_told_nothing),
        CLOCK_TEST(test_children_of_our_own_that_were_waited_for),
        CLOCK_TEST(test_what_the_root_has_waited_for),
        CLOCK_TEST(test_ends_are_remembered_for_a_while),
        CLOCK_TEST(test_names_of_proc_that_are_no_processes),
        CLOCK_TEST(test_one_without_a_clock_is_gone),
        CLOCK_TEST(test_one_that_joins_brings_those_below_it),
        CLOCK_TEST(test_who_was_there_before_stays_a_stranger),
        CLOCK_TEST(test_a_pid_of_another_process),
        CLOCK_TEST(test_looks_find_new_pids),
        CLOCK_TEST(test_sessions_of_strangers_are_passed_by),
        CLOCK_TEST(test_without_a_child_nobody_is_looked_for),
        CLOCK_TEST(test_a_last_pid_that_is_none),
        CLOCK_TEST(test_what_stands_in_for_proc_is_not_believed),
        CLOCK_TEST(test_without_memory_nothing_that_was_known_is_lost),
        CLOCK_TEST(test_without_memory_who_is_no_longer_listed_is_not_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
