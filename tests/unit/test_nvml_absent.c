/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_nvml_absent.c - what is plainly absent costs no thread, and is never missed for
 * it */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "readers/nvml.h"
#include "sampler/sampler.h"

struct place {
    char path[64];
    int fd;
    struct reader_env env;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    (void)unsetenv("LD_LIBRARY_PATH");
    place->fd = temp_dir_open(place->path);
    place->env = (struct reader_env){
        .proc_fd = -1,
        .sys_fd = place->fd,
        .dev_fd = place->fd,
        .etc_fd = -1,
        .root_fd = -1,
        .clock = &clock_system,
    };
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    (void)close(place->fd);
    temp_dir_remove(place->path);
    free(place);
    return 0;
}

static bool is_absent(const struct place *place)
{
    struct reader_status status;
    bool absent = reader_nvml.is_absent(&place->env, &status);

    assert_int_equal(status.state, READER_ABSENT);
    assert_true(!absent || status.reason[0] != '\0');
    return absent;
}

static void test_without_nodes_and_library_it_is_absent(void **state)
{
    (void)unsetenv("LD_LIBRARY_PATH");
    if (access("/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", F_OK) == 0)
        skip();
    assert_true(is_absent(*state));
}

static void test_a_node_of_any_driver_is_probed(void **state)
{
    static const char *const nodes[] = { "nvidiactl", "dxg", "nvmap" };
    struct place *place = *state;

    for (size_t i = 0; i < 3; i++) {
        tree_write(place->fd, nodes[i], "");
        assert_false(is_absent(place));
        assert_int_equal(unlinkat(place->fd, nodes[i], 0), 0);
    }
}

static void test_a_library_that_was_named_is_probed(void **state)
{
    struct place *place = *state;

    place->env.nvml_path = "/nonexistent/libnvidia-ml.so.1";
    assert_false(is_absent(place));
    place->env.sysroot = true;
    assert_false(is_absent(place));
}

static void test_a_loader_path_is_searched(void **state)
{
    assert_int_equal(setenv("LD_LIBRARY_PATH", "/opt/driver", 1), 0);
    assert_false(is_absent(*state));
}

static void test_under_sysroot_the_machines_own_is_not_asked(void **state)
{
    struct place *place = *state;

    place->env.sysroot = true;
    tree_write(place->fd, "nvidiactl", "");
    assert_true(is_absent(place));
}

/* --- the sampler --- */

static bool never_here(const struct reader_env *env, struct reader_status *status_out)
{
    (void)env;
    *status_out = (struct reader_status){ .state = READER_ABSENT, .reason = "not here" };
    return true;
}

static int probe_nothing(const struct reader_env *env, struct reader **reader_out,
                         struct reader_status *status_out, struct aico2_error *err)
{
    (void)env;
    (void)err;
    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT, .reason = "looked everywhere" };
    return 0;
}

static void close_nothing(struct reader *reader)
{
    assert_null(reader);
}

static const struct reader_driver driver = {
    .name = "absent",
    .may_block = true,
    .is_absent = never_here,
    .probe = probe_nothing,
    .close = close_nothing,
};
static const struct reader_driver *const drivers[] = { &driver, NULL };

static void test_the_sampler_starts_no_thread_for_it(void **state)
{
    struct place *place = *state;
    struct sampler sampler = { 0 };

    assert_int_equal(sampler_open(&sampler, drivers, &place->env, NSEC_PER_SEC, NULL), 0);
    assert_null(sampler.sources[0].worker);
    assert_true(sampler.sources[0].probed);
    assert_string_equal(sampler.sources[0].status->reason, "not here");
    (void)sampler_close(&sampler);
}

static void test_who_asks_why_gets_it_probed(void **state)
{
    struct place *place = *state;
    struct sampler sampler = { 0 };

    place->env.explain = true;
    assert_int_equal(sampler_open(&sampler, drivers, &place->env, NSEC_PER_SEC, NULL), 0);
    assert_non_null(sampler.sources[0].worker);
    (void)sampler_close(&sampler);
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_without_nodes_and_library_it_is_absent),
        PLACE_TEST(test_a_node_of_any_driver_is_probed),
        PLACE_TEST(test_a_library_that_was_named_is_probed),
        PLACE_TEST(test_a_loader_path_is_searched),
        PLACE_TEST(test_under_sysroot_the_machines_own_is_not_asked),
        PLACE_TEST(test_the_sampler_starts_no_thread_for_it),
        PLACE_TEST(test_who_asks_why_gets_it_probed),
    };

    return cmocka_run_group_tests_name("nvml_absent", tests, NULL, NULL);
}
