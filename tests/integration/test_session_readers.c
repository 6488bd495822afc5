/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_readers.c - which devices are read, and that one which cannot be is seen within two ticks */
#include "../unit/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "session/metrics/report.h"
#include "session/report/build.h"
#include "session_steps.h"

/* Return: 1, 0, or -1 for one that is not told of. */
static int is_up(const struct session *session, const char *name)
{
    struct metrics_reader readers[8];
    const size_t count = session_readers(session, readers, 8);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(readers[i].name, name) == 0)
            return readers[i].up;
    }
    return -1;
}

static void test_one_device_that_fails_takes_its_reader_down(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    second(session, &machine, 0, 0);
    assert_int_equal(is_up(session, "counters"), 1);
    assert_int_equal(is_up(session, "busy"), 1);
    assert_int_equal(is_up(session, "gpus"), -1); /* there is none */

    fake_find(&machine, 0, "cpu1")->sample.error = -EIO;
    fake_find(&machine, 0, "cpu1")->sample.valid = 0;
    second(session, &machine, 0, 0);
    assert_int_equal(is_up(session, "counters"), 0);
    assert_int_equal(is_up(session, "busy"), 1);

    fake_find(&machine, 0, "cpu1")->sample.error = 0;
    fake_find(&machine, 0, "cpu1")->sample.valid = SAMPLE_ENERGY;
    fake_find(&machine, 1, "cpu0")->sample.error = -EACCES;
    second(session, &machine, 0, 0);
    assert_int_equal(is_up(session, "counters"), 1);
    assert_int_equal(is_up(session, "busy"), 0);
    fake_finish(session, &report);
    report_deinit(&report);
}

static void test_a_reader_that_says_nothing_any_more_is_down(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    second(session, &machine, 0, 0);
    fake_pass(&machine, 2.4);
    assert_int_equal(is_up(session, "counters"), 1);
    fake_pass(&machine, 0.2);
    assert_int_equal(is_up(session, "counters"), 0);
    fake_finish(session, &report);
    report_deinit(&report);
}

/* By number, by UUID, by its beginning; a number is no beginning of another. */
static void test_only_the_cards_that_are_named_are_measured(void **state)
{
    static const struct {
        const char *gpus;
        const char *ids;
        const char *missing; /* the first that a warning names */
    } cases[] = {
        { NULL, "gpu0 gpu1 gpu12 ", NULL },
        { "", "", NULL },
        { "1", "gpu1 ", NULL },
        { "0,12", "gpu0 gpu12 ", NULL },
        { "0, 12", "gpu0 gpu12 ", NULL },
        { "GPU-0b,7", "gpu1 ", "'7'" },
        { "GPU-,GPU", "", "'GPU-'" },
        { "GPU-0b77", "gpu1 ", NULL },
        { ",,12", "gpu12 ", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fake_machine machine;
        struct session_options options;
        struct session *session;
        struct report report;
        const char *missing = NULL;
        char ids[64] = "";

        fake_machine_init(&machine);
        fake_add_gpu(&machine, 0);
        fake_add_gpu(&machine, 1);
        fake_add_gpu(&machine, 12);
        (void)snprintf(fake_find(&machine, 2, "gpu1")->device.uuid, DEVICE_UUID_SIZE, "GPU-0b77");
        options = fake_options(&machine);
        options.gpus = cases[i].gpus;
        session = start(&machine, &options);
        for (size_t j = 0; j < session->channel_count; j++)
            text_append(ids, sizeof(ids), "%s ", session->record.devices[j].id);
        assert_string_equal(ids, cases[i].ids);
        fake_finish(session, &report);
        for (size_t j = 0; j < report.warning_count && missing == NULL; j++)
            missing = strstr(report.warnings[j], "gpus: there is no GPU ");
        assert_true((missing == NULL) == (cases[i].missing == NULL));
        if (missing != NULL)
            assert_non_null(strstr(missing, cases[i].missing));
        report_deinit(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_device_that_fails_takes_its_reader_down),
        cmocka_unit_test(test_a_reader_that_says_nothing_any_more_is_down),
        cmocka_unit_test(test_only_the_cards_that_are_named_are_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
