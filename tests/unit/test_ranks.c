/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_ranks.c - who belongs to a training by its environment, and who of them holds the lock */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pid_stat.h"
#include "session/ranks/env.h"
#include "session/ranks/lock.h"

/* "NAME=value" each, NULL at the end. */
static const char *get(const void *payload, const char *name)
{
    const char *const *words = payload;
    size_t length = strlen(name);

    for (; *words != NULL; words++) {
        if (strncmp(*words, name, length) == 0 && (*words)[length] == '=')
            return *words + length + 1;
    }
    return NULL;
}

struct expected {
    const char *job; /* NULL: it is no rank */
    const char *training;
    int64_t local;
    int64_t world;
};

static void check(const char *const *environment, struct expected expected)
{
    struct rank rank;
    bool found = rank_find(get, environment, 77, &rank);

    assert_int_equal(found, expected.job != NULL);
    if (!found)
        return;
    assert_string_equal(rank.job, expected.job);
    assert_string_equal(rank.training, expected.training);
    assert_int_equal(rank.local, expected.local);
    assert_int_equal(rank.world, expected.world);
}

#define ENVIRONMENT(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_what_starts_ranks_is_known_by_its_variables(void **state)
{
    (void)state;
    check(ENVIRONMENT("RANK=3", "LOCAL_RANK=1", "WORLD_SIZE=4", "TORCHELASTIC_RUN_ID=my run",
                      "MASTER_ADDR=node1", "MASTER_PORT=29500"),
          (struct expected){ "torch-my_run", "torch-my_run", 1, 4 });
    check(ENVIRONMENT("RANK=3", "LOCAL_RANK=1", "WORLD_SIZE=4", "TORCHELASTIC_RUN_ID=none"),
          (struct expected){ "torchrun-77", "", 1, 4 });
    check(ENVIRONMENT("RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=10.0.0.1", "MASTER_PORT=1234"),
          (struct expected){ "torch-10.0.0.1-1234", "", -1, 2 });
    check(ENVIRONMENT("OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_LOCAL_RANK=0",
                      "OMPI_COMM_WORLD_SIZE=8", "PMIX_NAMESPACE=prterun-n1-55@1"),
          (struct expected){ "pmix-prterun-n1-55_1", "", 0, 8 });
    check(ENVIRONMENT("OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_SIZE=8"),
          (struct expected){ "ompi-77", "", -1, 8 });
    check(ENVIRONMENT("PMI_RANK=1", "PMI_SIZE=2", "MPI_LOCALRANKID=1"),
          (struct expected){ "pmi-77", "", 1, 2 });
    check(ENVIRONMENT("SLURM_JOB_ID=42", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_LOCALID=1",
                      "SLURM_NTASKS=8", "SLURM_CLUSTER_NAME=alps"),
          (struct expected){ "slurm-42-0", "slurm-42-0-alps", 1, 8 });
    /* torchrun under srun: its ranks are the ranks */
    check(ENVIRONMENT("SLURM_JOB_ID=42", "SLURM_STEP_ID=0", "SLURM_PROCID=5", "SLURM_NTASKS=8",
                      "RANK=9", "LOCAL_RANK=1", "WORLD_SIZE=16", "TORCHELASTIC_RUN_ID=7"),
          (struct expected){ "torch-7-42", "torch-7-42", 1, 16 });
}

static void test_who_is_alone_is_no_rank(void **state)
{
    const struct expected alone = { 0 };

    (void)state;
    check((const char *const[]){ NULL }, alone);
    check(ENVIRONMENT("RANK=0", "WORLD_SIZE=1", "TORCHELASTIC_RUN_ID=x"), alone);
    check(ENVIRONMENT("RANK=first", "WORLD_SIZE=2", "MASTER_ADDR=a"), alone);
    check(ENVIRONMENT("RANK=0", "WORLD_SIZE=-2", "MASTER_ADDR=a"), alone);
    check(ENVIRONMENT("RANK=0", "WORLD_SIZE=2"), alone);
    /* a batch script of a job with many tasks is not one of them */
    check(ENVIRONMENT("SLURM_JOB_ID=42", "SLURM_PROCID=0", "SLURM_NTASKS=8"), alone);
}

static void test_a_name_is_one_of_a_file(void **state)
{
    char word[300] = "TORCHELASTIC_RUN_ID=../../etc/";
    struct rank rank;

    (void)state;
    memset(word + strlen(word), 'x', sizeof(word) - strlen(word) - 1);
    assert_true(rank_find(get, ENVIRONMENT("RANK=0", "WORLD_SIZE=2", word), 1, &rank));
    assert_null(strchr(rank.job, '/'));
    assert_int_equal(strlen(rank.job), RANK_JOB_SIZE - 1);
}

struct fixture {
    char directory[64];
    int dir_fd;
    int proc_fd;
    struct rank_process self;
};

static struct rank_process describe(int proc_fd, pid_t pid)
{
    struct pid_stat stat;

    assert_true(pid_stat_read(proc_fd, pid, &stat));
    return (struct rank_process){ .pid = pid, .start_ticks = stat.start_ticks, .cpu_ns = 5 };
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    fixture->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fixture->self = describe(fixture->proc_fd, getpid());
    assert_int_equal(setenv("XDG_RUNTIME_DIR", fixture->directory, 1), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    (void)close(fixture->proc_fd);
    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static const char FIRST[] = "01K00000000000000000000001";
static const char SECOND[] = "01K00000000000000000000002";

static void test_one_leads_and_the_others_know_it(void **state)
{
    struct fixture *fixture = *state;
    struct rank_process other = { .pid = fixture->self.pid, .start_ticks = 1, .cpu_ns = 7 };
    struct rank_lock leader = RANK_LOCK_NULL;
    struct rank_lock follower = RANK_LOCK_NULL;
    struct rank_process rank;

    assert_int_equal(rank_lock_open(&leader, "job", NULL), 0);
    assert_int_equal(rank_lock_open(&follower, "job", NULL), 0);
    assert_int_equal(rank_lock_try(&leader, fixture->proc_fd, &fixture->self, FIRST), 1);
    assert_int_equal(rank_lock_try(&leader, fixture->proc_fd, &fixture->self, FIRST), 1);
    assert_false(rank_lock_next(&leader, &rank));
    assert_int_equal(rank_lock_try(&follower, fixture->proc_fd, &other, SECOND), 0);
    assert_string_equal(follower.run, FIRST);
    assert_int_equal(follower.leader.pid, getpid());
    assert_true(rank_lock_is_held(&follower, fixture->proc_fd));
    assert_true(rank_lock_next(&leader, &rank));
    assert_int_equal(rank.cpu_ns, 7);
    assert_false(rank_lock_next(&leader, &rank));
    assert_int_equal(rank_lock_try(&follower, fixture->proc_fd, &other, SECOND), 0);
    assert_false(rank_lock_next(&leader, &rank)); /* it stands there once */

    rank_lock_close(&leader);
    assert_false(rank_lock_is_held(&follower, fixture->proc_fd)); /* its process lives on */
    assert_int_equal(rank_lock_try(&follower, fixture->proc_fd, &other, SECOND), 1);
    assert_string_equal(follower.run, SECOND);
    assert_string_equal(follower.first, FIRST); /* of the same training */
    rank_lock_close(&follower);
}

/* The leader is killed while a child of its holds its descriptors. */
static void test_a_child_that_inherits_the_lock_does_not_keep_it(void **state)
{
    struct fixture *fixture = *state;
    struct rank_lock lock = RANK_LOCK_NULL;
    struct rank_process rank;
    int ready[2];
    int end[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rank_process self = describe(fixture->proc_fd, getpid());

        (void)close(end[1]);
        if (rank_lock_open(&lock, "job", NULL) < 0 ||
            rank_lock_try(&lock, fixture->proc_fd, &self, FIRST) != 1)
            _exit(1);
        if (fork() == 0) {
            (void)read(end[0], &byte, 1);
            _exit(0);
        }
        (void)write(ready[1], "x", 1);
        (void)pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(rank_lock_open(&lock, "job", NULL), 0);
    assert_int_equal(rank_lock_try(&lock, fixture->proc_fd, &fixture->self, SECOND), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(rank_lock_try(&lock, fixture->proc_fd, &fixture->self, SECOND), 1);
    assert_string_equal(lock.first, FIRST);
    assert_true(rank_lock_next(&lock, &rank)); /* the ranks are in the new file too */
    assert_int_equal(rank.pid, getpid());
    rank_lock_close(&lock);
    (void)close(end[1]);
    (void)close(end[0]);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void test_an_older_job_of_the_same_name_is_another(void **state)
{
    struct fixture *fixture = *state;
    struct rank_process gone = { .pid = fixture->self.pid, .start_ticks = 1 };
    struct rank_lock lock = RANK_LOCK_NULL;
    struct rank_process rank;

    assert_int_equal(rank_lock_open(&lock, "job", NULL), 0);
    assert_int_equal(rank_lock_try(&lock, fixture->proc_fd, &gone, FIRST), 1);
    assert_int_equal(rank_lock_join(&lock, &gone), 0);
    rank_lock_close(&lock);
    assert_int_equal(rank_lock_open(&lock, "job", NULL), 0);
    assert_int_equal(rank_lock_try(&lock, fixture->proc_fd, &fixture->self, SECOND), 1);
    assert_string_equal(lock.first, SECOND);
    assert_false(rank_lock_next(&lock, &rank));
    rank_lock_close(&lock);
    /* nobody stands in it: nothing is left */
    assert_int_equal(faccessat(fixture->dir_fd, "aico2/job.ranks", F_OK, 0), -1);
}

/* A file of another version, or torn by a power cut. */
static void test_a_file_that_is_none_of_ours_names_no_ranks(void **state)
{
    struct fixture *fixture = *state;
    struct rank_lock lock = RANK_LOCK_NULL;
    struct rank_process rank;
    char other[400];

    memset(other, 'x', sizeof(other) - 1);
    other[sizeof(other) - 1] = '\0';
    tree_mkdir(fixture->dir_fd, "aico2");
    assert_int_equal(fchmodat(fixture->dir_fd, "aico2", 0700, 0), 0);
    tree_write(fixture->dir_fd, "aico2/job.ranks", other);
    assert_int_equal(rank_lock_open(&lock, "job", NULL), 0);
    assert_int_equal(rank_lock_try(&lock, fixture->proc_fd, &fixture->self, FIRST), 1);
    assert_string_equal(lock.first, FIRST);
    assert_false(rank_lock_next(&lock, &rank));
    rank_lock_close(&lock);
}

static void test_a_directory_of_somebody_else_is_not_used(void **state)
{
    struct fixture *fixture = *state;
    struct rank_lock lock = RANK_LOCK_NULL;
    struct aico2_error err = { 0 };

    assert_int_equal(mkdirat(fixture->dir_fd, "aico2", 0755), 0);
    assert_int_equal(rank_lock_open(&lock, "job", &err), -EPERM);
    assert_non_null(strstr(err.message, "aico2"));
    assert_int_equal(unlinkat(fixture->dir_fd, "aico2", AT_REMOVEDIR), 0);
    assert_int_equal(symlinkat("/tmp", fixture->dir_fd, "aico2"), 0);
    assert_true(rank_lock_open(&lock, "job", &err) < 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_starts_ranks_is_known_by_its_variables),
        cmocka_unit_test(test_who_is_alone_is_no_rank),
        cmocka_unit_test(test_a_name_is_one_of_a_file),
        TEST(test_one_leads_and_the_others_know_it),
        TEST(test_a_child_that_inherits_the_lock_does_not_keep_it),
        TEST(test_an_older_job_of_the_same_name_is_another),
        TEST(test_a_file_that_is_none_of_ours_names_no_ranks),
        TEST(test_a_directory_of_somebody_else_is_not_used),
    };

    return cmocka_run_group_tests_name("ranks", tests, NULL, NULL);
}
