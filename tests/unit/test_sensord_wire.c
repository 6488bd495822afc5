/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_sensord_wire.c - the records of aico2-sensord: what is put comes back, and nothing else is taken */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "model/sample.h"
#include "model/sensord.h"

enum { TAG = 77, INDEX = 3 };

static struct device make_device(void)
{
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_CPU;
    device.basis = BASIS_MEASURED;
    device.index = 1;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = 0.06;
    device.counter_range_uj = UINT64_C(262143328850);
    device.rated_watts = 205;
    (void)snprintf(device.id, sizeof(device.id), "cpu1");
    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver");
    (void)snprintf(
        device.model, sizeof(device.model),
        "Intel(R) Xeon(R) Gold 6330 CPU with a name that needs more than one piece of text");
    return device;
}

static void test_a_device_comes_back_as_it_was(void **state)
{
    const struct device device = make_device();
    char bytes[SENSORD_DEVICE_BYTES_MAX];
    size_t length = sensord_put_device(&device, INDEX, TAG, bytes);
    struct device taken = DEVICE_NULL;
    uint64_t key = 0;

    (void)state;
    /* the device, id, reader and rated_by in a piece each, the model of 84 bytes in two of 52 */
    assert_int_equal(length, 6 * 64);
    assert_int_equal(sensord_take_device(bytes, length, INDEX, TAG, &taken, &key), 0);
    assert_int_equal(taken.kind, DEVICE_CPU);
    assert_int_equal(taken.basis, BASIS_MEASURED);
    assert_int_equal(taken.index, 1);
    assert_int_equal(taken.fields, SAMPLE_ENERGY);
    assert_true(taken.counter_range_uj == UINT64_C(262143328850));
    assert_true(taken.rated_watts == 205);
    assert_true(isnan(taken.burst_watts));
    assert_true(fabs(taken.band_ratio - 0.06) < 1e-9);
    assert_string_equal(taken.id, "cpu1");
    assert_string_equal(taken.reader, "rapl");
    assert_string_equal(taken.model, device.model);
    assert_string_equal(taken.rated_source, "driver");
    assert_string_equal(taken.note, "");
    assert_true(key == sensord_key("cpu1"));
}

/* FNV-1a of "cpu0", worked out by hand: others who read the socket may count on it. */
static void test_the_key_of_a_name_never_changes(void **state)
{
    uint64_t key = UINT64_C(14695981039346656037);

    (void)state;
    for (const char *c = "cpu0"; *c != '\0'; c++)
        key = (key ^ (uint64_t)(unsigned char)*c) * UINT64_C(1099511628211);
    assert_true(sensord_key("cpu0") == key);
    assert_true(sensord_key("cpu0") != sensord_key("cpu1"));
}

static void test_the_longest_device_has_room(void **state)
{
    struct device device = make_device();
    char bytes[SENSORD_DEVICE_BYTES_MAX];
    struct device taken;
    uint64_t key;
    size_t length;

    (void)state;
    memset(device.id, 'i', sizeof(device.id) - 1);
    memset(device.model, 'm', sizeof(device.model) - 1);
    memset(device.reader, 'r', sizeof(device.reader) - 1);
    memset(device.note, 'n', sizeof(device.note) - 1);
    memset(device.rated_source, 's', sizeof(device.rated_source) - 1);
    length = sensord_put_device(&device, INDEX, TAG, bytes);
    assert_true(length <= sizeof(bytes));
    assert_int_equal(sensord_take_device(bytes, length, INDEX, TAG, &taken, &key), 0);
    assert_string_equal(taken.note, device.note);
}

/* Each change alone makes of a good answer one that is not taken. */
static void test_what_is_no_device_is_not_taken(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        unsigned char value;
    } changes[] = {
        { "type", 0, 9 },
        { "index", 2, 4 },
        { "tag", 4, 78 },
        { "key", 8, 1 },
        { "kind", 40, 0 },
        { "kind", 40, 9 },
        { "fields", 44, 0 },
        { "package below 0", 51, 0xff },
        { "band 0", 52, 0 },
        { "range past 2^63", 23, 0x80 },
        { "number of texts", 60, 4 },
        { "type of a text", 64, 2 },
        { "offset of a text", 74, 60 },
        { "a control character", 76, 7 },
        { "offset past everything", 75, 0xff },
    };
    const struct device device = make_device();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(changes); i++) {
        char bytes[SENSORD_DEVICE_BYTES_MAX];
        size_t length = sensord_put_device(&device, INDEX, TAG, bytes);
        struct device taken = { .index = 4711 };
        uint64_t key = 0;

        if (strcmp(changes[i].what, "band 0") == 0)
            memset(bytes + changes[i].at, 0, 4);
        bytes[changes[i].at] = (char)changes[i].value;
        if (sensord_take_device(bytes, length, INDEX, TAG, &taken, &key) != -EBADMSG ||
            taken.index != 4711)
            fail_msg("%s", changes[i].what);
    }
}

static void test_a_torn_answer_is_not_taken(void **state)
{
    const struct device device = make_device();
    char bytes[SENSORD_DEVICE_BYTES_MAX];
    size_t length = sensord_put_device(&device, INDEX, TAG, bytes);
    struct device taken;
    uint64_t key;

    (void)state;
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(sensord_take_device(bytes, cut, INDEX, TAG, &taken, &key), -EBADMSG);
}

static void test_hello_has_to_be_of_our_version(void **state)
{
    struct aico2_sensord_hello hello = { .type = AICO2_SENSORD_HELLO_RECORD,
                                         .version = AICO2_SENSORD_VERSION,
                                         .tag = TAG,
                                         .device_count = 2,
                                         .interval_ms = 1000 };
    struct aico2_sensord_hello taken;

    (void)state;
    assert_int_equal(sensord_take_hello((char *)&hello, sizeof(hello), TAG, &taken), 0);
    assert_int_equal(taken.device_count, 2);
    assert_int_equal(sensord_take_hello((char *)&hello, sizeof(hello), TAG + 1, &taken), -EBADMSG);
    assert_int_equal(sensord_take_hello((char *)&hello, 63, TAG, &taken), -EBADMSG);
    hello.version = 2;
    assert_int_equal(sensord_take_hello((char *)&hello, sizeof(hello), TAG, &taken), -EBADMSG);
    hello.version = AICO2_SENSORD_VERSION;
    hello.device_count = AICO2_SENSORD_DEVICES_MAX + 1;
    assert_int_equal(sensord_take_hello((char *)&hello, sizeof(hello), TAG, &taken), -EBADMSG);
    hello.device_count = 2;
    memset(hello.program, 'a', sizeof(hello.program)); /* no end */
    assert_int_equal(sensord_take_hello((char *)&hello, sizeof(hello), TAG, &taken), -EBADMSG);
}

static void test_a_reading_is_bounded(void **state)
{
    struct aico2_sensord_reading two[2] = {
        { .type = AICO2_SENSORD_READING_RECORD, .tag = TAG, .energy_uj = 5 },
        { .type = AICO2_SENSORD_READING_RECORD, .tag = TAG, .energy_uj = 6, .index = 1 },
    };
    struct aico2_sensord_reading taken;

    (void)state;
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two), 1, TAG, &taken), 0);
    assert_int_equal(taken.energy_uj, 6);
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two), 2, TAG, &taken), -EBADMSG);
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two) - 1, 0, TAG, &taken), -EBADMSG);
    two[0].energy_uj = (uint64_t)INT64_MAX + 1;
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two), 0, TAG, &taken), -EBADMSG);
    two[0].energy_uj = 0;
    two[0].mono_ns = -1;
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two), 0, TAG, &taken), -EBADMSG);
    two[0].mono_ns = 1;
    two[0].error = -5;
    assert_int_equal(sensord_take_reading((char *)two, sizeof(two), 0, TAG, &taken), -EBADMSG);
}

static void test_a_refusal_is_told_in_words(void **state)
{
    struct aico2_sensord_refused refused = { .type = AICO2_SENSORD_REFUSED,
                                             .error = EACCES,
                                             .reason = "not a member" };
    struct aico2_sensord_refused taken;

    (void)state;
    assert_true(sensord_take_refusal((char *)&refused, sizeof(refused), &taken));
    assert_string_equal(taken.reason, "not a member");
    refused.reason[0] = '\033';
    assert_false(sensord_take_refusal((char *)&refused, sizeof(refused), &taken));
    refused.type = AICO2_SENSORD_HELLO_RECORD;
    assert_false(sensord_take_refusal((char *)&refused, sizeof(refused), &taken));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_device_comes_back_as_it_was),
        cmocka_unit_test(test_the_key_of_a_name_never_changes),
        cmocka_unit_test(test_the_longest_device_has_room),
        cmocka_unit_test(test_what_is_no_device_is_not_taken),
        cmocka_unit_test(test_a_torn_answer_is_not_taken),
        cmocka_unit_test(test_hello_has_to_be_of_our_version),
        cmocka_unit_test(test_a_reading_is_bounded),
        cmocka_unit_test(test_a_refusal_is_told_in_words),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
