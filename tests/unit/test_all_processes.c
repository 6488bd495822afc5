/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_all_processes.c - every process of a machine: who comes, who goes, who is another by the same number */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attribution/all_processes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "session/user_names.h"

struct bench {
    char path[64];
    int fd;
    struct all_processes *all;
    struct seen_process *items;
    size_t count;
    double ended;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){ 0 };
    bench->fd = temp_dir_open(bench->path);
    assert_int_equal(all_processes_new(&bench->all, bench->fd, false, NULL), 0);
}

static void end(struct bench *bench)
{
    all_processes_free(bench->all);
    temp_dir_remove(bench->path);
    fd_closep(&bench->fd);
}

static void is_there(const struct bench *bench, int pid, const char *name, int start, int ticks)
{
    char path[32];
    char line[256];

    (void)snprintf(path, sizeof(path), "%d/stat", pid);
    (void)snprintf(line, sizeof(line), "%d (%s) S 1 1 1 0 -1 0 0 0 0 0 %d 5 0 0 20 0 1 0 %d 0 0\n",
                   pid, name, ticks, start);
    tree_write(bench->fd, path, line);
}

static void gone(const struct bench *bench, int pid)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/%d", bench->path, pid);
    temp_dir_remove(path);
}

static void look(struct bench *bench)
{
    assert_int_equal(all_processes_look(bench->all, &bench->items, &bench->count, &bench->ended),
                     0);
}

static int64_t hundredths(int count)
{
    return count * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

static void test_time_counts_from_the_first_look(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    is_there(&bench, 30, "thirty", 1, 700);
    is_there(&bench, 4, "a (b) c", 1, 0);
    look(&bench);
    assert_int_equal(bench.count, 2);
    assert_int_equal(bench.items[0].figures.pid, 4);
    assert_string_equal(bench.items[0].figures.name, "a (b) c");
    assert_int_equal(bench.items[1].used_ns, 0);
    is_there(&bench, 30, "thirty", 1, 712);
    look(&bench);
    assert_int_equal(bench.items[0].used_ns, 0);
    assert_int_equal(bench.items[1].used_ns, hundredths(12));
    end(&bench);
}

static void test_who_is_born_between_two_looks_did_all_of_it_since(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    is_there(&bench, 4, "four", 1, 0);
    look(&bench);
    is_there(&bench, 9, "nine", 80, 20);
    look(&bench);
    assert_int_equal(bench.items[1].used_ns, hundredths(25)); /* utime and stime */
    end(&bench);
}

static void test_what_is_written_to_one_stays_with_it(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    is_there(&bench, 4, "four", 1, 0);
    is_there(&bench, 9, "nine", 1, 0);
    look(&bench);
    bench.items[0].figures.joules = 4;
    bench.items[1].figures.joules = 9;
    is_there(&bench, 2, "two", 90, 0);
    look(&bench);
    assert_true(bench.items[1].figures.joules == 4 && bench.items[2].figures.joules == 9);
    assert_true(bench.ended == 0);
    gone(&bench, 4);
    is_there(&bench, 9, "another", 95, 0); /* by the same number */
    look(&bench);
    assert_true(bench.ended == 13);
    assert_true(all_processes_find(bench.all, 9)->figures.joules == 0);
    assert_null(all_processes_find(bench.all, 4));
    end(&bench);
}

static void test_names_are_cleaned(void **state)
{
    struct bench bench;
    int fd;

    (void)state;
    begin(&bench);
    is_there(&bench, 4, "x\033[2J\xff", 1, 0);
    fd = openat(bench.fd, "4/cmdline", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(write(fd, "/bin/x\0\033]0;t\007\0\xe2\x80\xae", 17) > 0);
    (void)close(fd);
    look(&bench);
    all_processes_name(bench.all, &bench.items[0]);
    assert_null(strchr(bench.items[0].figures.name, '\033'));
    assert_null(strchr(bench.items[0].figures.command, '\033'));
    assert_null(strstr(bench.items[0].figures.command, "\xe2\x80\xae"));
    assert_int_equal(strncmp(bench.items[0].figures.command, "/bin/x ", 7), 0);
    end(&bench);
}

/* Of this kernel clocks are asked, which count nanoseconds. */
static void test_this_kernels_clocks(void **state)
{
    int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct all_processes *all;
    struct seen_process *items;
    const struct seen_process *self;
    int64_t used_before_ns;
    int64_t used_ns;
    size_t count;
    double ended;

    (void)state;
    assert_int_equal(all_processes_new(&all, proc_fd, true, NULL), 0);
    assert_int_equal(all_processes_look(all, &items, &count, &ended), 0);
    used_before_ns = clock_process_cpu_ns();
    while (clock_process_cpu_ns() - used_before_ns < 30 * NSEC_PER_MSEC)
        ;
    assert_int_equal(all_processes_look(all, &items, &count, &ended), 0);
    used_ns = clock_process_cpu_ns() - used_before_ns;
    self = all_processes_find(all, getpid());
    assert_non_null(self);
    assert_true(self->used_ns >= 30 * NSEC_PER_MSEC);
    assert_true(self->used_ns <=
                used_ns + 30 * NSEC_PER_MSEC); /* with what the first look took after us */
    all_processes_free(all);
    (void)close(proc_fd);
}

static void test_users_have_the_names_of_passwd(void **state)
{
    char path[64];
    int fd = temp_dir_open(path);
    struct user_names names;
    char name[USER_NAME_SIZE];

    (void)state;
    tree_write(fd, "passwd",
               "root:x:0:0::/:\nbroken\n:x:7:\nada:x:1000:1000:Ada:/home/ada:/bin/sh\nx:y:-1:\n");
    user_names_read(fd, &names);
    user_names_find(&names, 1000, name);
    assert_string_equal(name, "ada");
    user_names_find(&names, 7, name);
    assert_string_equal(name, "7");
    user_names_deinit(&names);
    user_names_read(-1, &names);
    user_names_find(&names, 0, name);
    assert_string_equal(name, "0");
    user_names_deinit(&names);
    temp_dir_remove(path);
    fd_closep(&fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_counts_from_the_first_look),
        cmocka_unit_test(test_who_is_born_between_two_looks_did_all_of_it_since),
        cmocka_unit_test(test_what_is_written_to_one_stays_with_it),
        cmocka_unit_test(test_names_are_cleaned),
        cmocka_unit_test(test_this_kernels_clocks),
        cmocka_unit_test(test_users_have_the_names_of_passwd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
