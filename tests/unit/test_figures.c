/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_figures.c - the page that a measuring process writes for others, and what they say to it, as bytes */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/task.h"
#include "session/ranks/ask.h"
#include "session/ranks/page.h"

struct bytes {
    struct figures_head head;
    struct figures_device devices[2];
};

static void make(struct bytes *bytes)
{
    struct device device = DEVICE_NULL;

    memset(bytes, 0, sizeof(*bytes));
    (void)snprintf(bytes->head.run, sizeof(bytes->head.run), "%s", "01K00000000000000000000001");
    (void)snprintf(bytes->head.intensity.place, sizeof(bytes->head.intensity.place), "%s", "FR");
    bytes->head.intensity.gco2e_per_kwh = (struct band){ 44, 40, 48 };
    bytes->head.pue = 1.2;
    bytes->head.price.per_kwh = NAN;
    bytes->head.mono_ns = 77;
    bytes->head.device_count = 2;
    for (int i = 0; i < 2; i++) {
        (void)snprintf(device.id, sizeof(device.id), "gpu%d", i);
        (void)snprintf(device.model, sizeof(device.model), "%s", "A card");
        device.kind = DEVICE_GPU;
        device.band_ratio = 0.05;
        device.memory_bytes = UINT64_C(80) << 30;
        figures_put_device(&bytes->devices[i], &device);
        bytes->devices[i].totals = DEVICE_TOTALS_NULL;
        bytes->devices[i].totals.sums.joules = 100 + i;
        bytes->devices[i].watts = NAN;
        bytes->devices[i].accounted_ns = 70;
    }
    assert_int_equal(figures_page_seal(bytes), sizeof(*bytes));
}

static void test_a_page_comes_back_as_it_was(void **state)
{
    struct bytes bytes;
    struct figures_page page;
    struct device device;

    (void)state;
    make(&bytes);
    assert_true(figures_page_take(&bytes, sizeof(bytes), &page));
    assert_string_equal(page.head.run, "01K00000000000000000000001");
    assert_int_equal(page.head.device_count, 2);
    assert_true(page.devices[1].totals.sums.joules == 101);
    figures_take_device(&page.devices[1], &device);
    assert_string_equal(device.id, "gpu1");
    assert_string_equal(device.model, "A card");
    assert_int_equal(device.kind, DEVICE_GPU);
    assert_true(device.band_ratio == 0.05 && isnan(device.rated_watts));
    assert_true(device.memory_bytes == UINT64_C(80) << 30);
}

/* Every byte counts: one that is being written is never taken for a whole one. */
static void test_a_torn_page_is_none(void **state)
{
    struct bytes bytes;
    struct figures_page page;

    (void)state;
    make(&bytes);
    for (size_t i = 0; i < sizeof(bytes); i += 7) {
        ((unsigned char *)&bytes)[i] ^= 0x10;
        assert_false(figures_page_take(&bytes, sizeof(bytes), &page));
        ((unsigned char *)&bytes)[i] ^= 0x10;
    }
    for (size_t size = 0; size < sizeof(bytes); size += 11)
        assert_false(figures_page_take(&bytes, size, &page));
    assert_true(figures_page_take(&bytes, sizeof(bytes), &page));
}

#define REFUSED(what)                                                  \
    do {                                                               \
        struct bytes bytes;                                            \
        struct figures_page page;                                      \
                                                                       \
        make(&bytes);                                                  \
        what;                                                          \
        (void)figures_page_seal(&bytes);                               \
        assert_false(figures_page_take(&bytes, sizeof(bytes), &page)); \
    } while (0)

/* Whole, and yet not to be believed. */
static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    REFUSED(bytes.devices[1].totals.sums.joules = NAN);
    REFUSED(bytes.devices[1].totals.sums.joules = -1);
    REFUSED(bytes.devices[1].totals.sums.covered_seconds = INFINITY);
    REFUSED(bytes.devices[0].totals.floor_watts = -5);
    REFUSED(bytes.devices[0].watts = 1e30);
    REFUSED(bytes.devices[0].accounted_ns = -1);
    REFUSED(bytes.devices[0].kind = 77);
    REFUSED(bytes.devices[0].basis = -1);
    REFUSED(bytes.devices[0].id[0] = '\0');
    REFUSED(memset(bytes.devices[0].model, 'x', sizeof(bytes.devices[0].model)));
    REFUSED(bytes.devices[0].note[0] = '\033');
    REFUSED(memset(bytes.head.run, 'x', sizeof(bytes.head.run)));
    REFUSED(bytes.head.run[3] = '\n');
    REFUSED(bytes.head.pue = 0.5);
    REFUSED(bytes.head.intensity.gco2e_per_kwh.low = NAN);
    REFUSED(*(int *)(void *)&bytes.head.intensity.place_basis = 9);
    REFUSED(bytes.head.mono_ns = 0);
}

static void test_more_devices_than_there_are_bytes(void **state)
{
    struct bytes bytes;
    struct figures_page page;

    (void)state;
    make(&bytes);
    bytes.head.device_count = UINT32_MAX;
    assert_false(figures_page_take(&bytes, sizeof(bytes), &page));
    bytes.head.device_count = 1;
    (void)figures_page_seal(&bytes);
    assert_false(figures_page_take(&bytes, sizeof(bytes), &page));
    assert_true(figures_page_take(&bytes, sizeof(bytes) - sizeof(bytes.devices[1]), &page));
}

static void test_what_is_said_is_looked_at(void **state)
{
    struct figures_ask ask = { .kind = ASK_PART, .process = { .pid = 5 }, .name = "epoch 1" };
    struct figures_ask wrong;

    (void)state;
    assert_false(figures_ask_is_whole(&ask));
    figures_ask_seal(&ask);
    assert_true(figures_ask_is_whole(&ask));
    wrong = ask;
    wrong.kind = ASK_DONE + 1;
    assert_false(figures_ask_is_whole(&wrong));
    wrong = ask;
    wrong.process.pid = 0;
    assert_false(figures_ask_is_whole(&wrong));
    wrong = ask;
    wrong.name[0] = '\n';
    assert_false(figures_ask_is_whole(&wrong));
    wrong = ask;
    memset(wrong.name, 'x', sizeof(wrong.name));
    assert_false(figures_ask_is_whole(&wrong));
    wrong = ask;
    wrong.kind = ASK_KIND;
    wrong.task_kind = TASK_WORK;
    assert_false(figures_ask_is_whole(&wrong));
    wrong = ask;
    wrong.kind = ASK_EPOCHS;
    wrong.epochs = NAN;
    assert_false(figures_ask_is_whole(&wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_comes_back_as_it_was),
        cmocka_unit_test(test_a_torn_page_is_none),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_more_devices_than_there_are_bytes),
        cmocka_unit_test(test_what_is_said_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
