/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_remedy.c - what `aico2 doctor` would write and have typed opens no more than it says */
#include <stdio.h>
#include <string.h>

#include "readers/remedy.h"
#include "support.h"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void test_every_remedy_is_whole(void **state)
{
    (void)state;
    assert_null(remedy_find(REMEDY_NONE));
    assert_null(remedy_find(REMEDY_COUNT));
    for (int id = REMEDY_NONE + 1; id < REMEDY_COUNT; id++) {
        const struct remedy *remedy = remedy_find((enum remedy_id)id);

        assert_non_null(remedy);
        assert_non_null(remedy->opens);
        assert_non_null(remedy->commands[0]);
        assert_true((remedy->path == NULL) == (remedy->content == NULL));
        for (size_t i = 0; remedy->commands[i] != NULL; i++) {
            assert_true(starts_with(remedy->commands[i], "sudo "));
            /* joined by &&: only the last may end in a comment */
            if (remedy->commands[i + 1] != NULL)
                assert_null(strchr(remedy->commands[i], '#'));
        }
    }
}

/* Where drop-ins belong, and named after who wrote them; each ends its last line. */
static void test_files_stay_in_their_folders(void **state)
{
    static const char *const folders[] = { "udev/rules.d/70-aico2-", "tmpfiles.d/aico2-",
                                           "modules-load.d/aico2-" };

    (void)state;
    for (int id = REMEDY_NONE + 1; id < REMEDY_COUNT; id++) {
        const struct remedy *remedy = remedy_find((enum remedy_id)id);
        bool known = false;

        if (remedy->path == NULL)
            continue;
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
            known = known || starts_with(remedy->path, folders[i]);
        assert_true(known);
        assert_null(strstr(remedy->path, ".."));
        assert_true(starts_with(remedy->content, "# aico2 doctor: "));
        assert_int_equal(remedy->content[strlen(remedy->content) - 1], '\n');
    }
}

/* No mode with a bit for everybody, no shell in a rule. */
static void test_nothing_is_opened_to_everybody(void **state)
{
    static const char *const forbidden[] = { "0444", "0644",    "0666",    "a+r",
                                             "o+r",  "/bin/sh", "paranoid" };

    (void)state;
    for (int id = REMEDY_NONE + 1; id < REMEDY_COUNT; id++) {
        const struct remedy *remedy = remedy_find((enum remedy_id)id);
        char command[SENSOR_FIX_SIZE];

        remedy_command(remedy, "aico2", "x", command, sizeof(command));
        for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
            assert_null(strstr(command, forbidden[i]));
            if (remedy->content != NULL)
                assert_null(strstr(remedy->content, forbidden[i]));
        }
    }
}

static void test_a_command_says_all_there_is_to_type(void **state)
{
    char command[SENSOR_FIX_SIZE];

    (void)state;
    remedy_command(remedy_find(REMEDY_POWERCAP_GROUP), "aico2", "rapl-powercap", command,
                   sizeof(command));
    assert_string_equal(command, "sudo aico2 doctor rapl-powercap --apply && "
                                 "sudo groupadd --system --force aico2 && "
                                 "sudo udevadm control --reload && "
                                 "sudo udevadm trigger --settle --subsystem-match=powercap && "
                                 "sudo usermod -aG aico2 \"$USER\"  # counts from your next login");
    remedy_command(remedy_find(REMEDY_MSR_MODULE), "aico2", "rapl-msr", command, sizeof(command));
    assert_string_equal(command, "sudo modprobe msr");
    /* none is cut */
    for (int id = REMEDY_NONE + 1; id < REMEDY_COUNT; id++) {
        remedy_command(remedy_find((enum remedy_id)id), "/a/path/that/is/long/bin/aico2",
                       "a-sensor-of-23-letters-", command, sizeof(command));
        assert_true(strlen(command) + 1 < sizeof(command));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_remedy_is_whole),
        cmocka_unit_test(test_files_stay_in_their_folders),
        cmocka_unit_test(test_nothing_is_opened_to_everybody),
        cmocka_unit_test(test_a_command_says_all_there_is_to_type),
    };

    return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
