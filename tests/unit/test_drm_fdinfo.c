/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_drm_fdinfo.c - what drivers tell of an open graphics device */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/drm_fdinfo.h"

static void parse_seed(const char *name, struct drm_fdinfo *info)
{
    char path[512];
    char text[4096];
    size_t length;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/fuzz/seeds/drm_fdinfo/%s",
                   getenv("AICO2_TEST_SOURCE_ROOT"), name);
    file = fopen(path, "re");
    assert_non_null(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    if (!drm_fdinfo_parse(text, info))
        fail_msg("%s is no graphics device", name);
}

static const struct drm_engine *engine(const struct drm_fdinfo *info, const char *name)
{
    for (size_t i = 0; i < info->engine_count; i++) {
        if (strcmp(info->engines[i].name, name) == 0)
            return &info->engines[i];
    }
    fail_msg("no engine '%s'", name);
    return NULL;
}

static void test_i915_tells_time_and_capacity(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    parse_seed("i915", &info);
    assert_string_equal(info.driver, "i915");
    assert_string_equal(info.slot, "0000:03:00.0");
    assert_int_equal(info.client_id, 39);
    assert_int_equal(info.engine_count, 5);
    assert_true(engine(&info, "render")->has_busy);
    assert_int_equal(engine(&info, "render")->busy_ns, 346249000);
    assert_int_equal(engine(&info, "render")->capacity, 1);
    assert_int_equal(engine(&info, "video")->capacity, 2);
    assert_int_equal(engine(&info, "compute")->capacity, 4);
    /* the card's own 16 MiB; what it uses of the machine's is not in it */
    assert_true(info.has_memory);
    assert_int_equal(info.memory_bytes, 16 << 20);
}

static void test_xe_tells_cycles(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    parse_seed("xe", &info);
    assert_int_equal(info.client_id, 3);
    assert_int_equal(info.engine_count, 4);
    assert_false(engine(&info, "rcs")->has_busy);
    assert_true(engine(&info, "rcs")->has_cycles);
    assert_int_equal(engine(&info, "rcs")->cycles, 28257900);
    assert_true(engine(&info, "rcs")->total_cycles == UINT64_C(7655183225));
    assert_int_equal(engine(&info, "ccs")->capacity, 4);
    assert_int_equal(info.memory_bytes, 23992 << 10);
}

/* "drm-memory-vram" and "drm-resident-vram" are one figure. */
static void test_amdgpu_memory_of_two_words_counts_once(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    parse_seed("amdgpu", &info);
    assert_int_equal(info.client_id, 51); /* and not the pasid before it */
    assert_true(engine(&info, "gfx")->busy_ns == UINT64_C(5000000000));
    assert_int_equal(info.memory_bytes, 1 << 20);
}

/* It tells of no engine that was never used. */
static void test_amdgpu_that_did_nothing_tells_so(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    assert_true(drm_fdinfo_parse("drm-driver:\tamdgpu\ndrm-client-id:\t5\n", &info));
    assert_true(info.tells_time);
    assert_true(drm_fdinfo_parse("drm-driver:\tnouveau\ndrm-client-id:\t5\n", &info));
    assert_false(info.tells_time);
}

static void test_old_amdgpu_tells_memory_only(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    parse_seed("amdgpu-5.18", &info);
    assert_string_equal(info.driver, "amdgpu");
    assert_string_equal(info.slot, "0000:c1:00.0");
    assert_int_equal(info.client_id, 32771);
    assert_int_equal(info.engine_count, 0);
    assert_false(info.tells_time);
    assert_int_equal(info.memory_bytes, 1234 << 10);
}

static void test_drivers_of_socs(void **state)
{
    struct drm_fdinfo info;

    (void)state;
    parse_seed("panfrost", &info);
    assert_string_equal(info.slot, "");
    assert_int_equal(engine(&info, "fragment")->busy_ns, 1846584880);
    assert_int_equal(engine(&info, "fragment")->max_hz, 799999987);
    assert_int_equal(engine(&info, "vertex-tiler")->max_hz, 799000000);
    assert_int_equal(info.memory_bytes, 36496 << 10);
    parse_seed("msm", &info);
    assert_int_equal(engine(&info, "gpu")->busy_ns, 1000);
    assert_false(info.has_memory);
    parse_seed("v3d", &info);
    assert_int_equal(info.engine_count, 3);
    assert_int_equal(info.memory_bytes, 64 << 10); /* asked for: nothing tells what lies there */
    parse_seed("nouveau", &info);
    assert_int_equal(info.engine_count, 0);
    assert_int_equal(info.memory_bytes, 4 << 20);
}

static void test_other_files_are_no_graphics_device(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t1\n",
        "eventfd-count:\t0\n",
        "drm-driver:\ti915\n",                          /* no client: nothing to count once */
        "drm-driver:\ti915\ndrm-client-id:\trubbish\n", /* nor here */
        "drm-driver:\ti915\ndrm-client-id:\t-3\n",      /* nor here */
        "drm-client-id:\t5\ndrm-pdev:\t0000:03:00.0\n", /* no driver */
        "drm-driver:\t\ndrm-client-id:\t5\n",           /* nor here */
        "drm-driver i915\ndrm-client-id 5\n",           /* no colon */
        "drm-driver:\tabcdefghijklmnopqrstuvwxyzabcdefgh\ndrm-client-id:\t5\n", /* no driver's */
    };
    struct drm_fdinfo info;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (drm_fdinfo_parse(texts[i], &info))
            fail_msg("taken for one: '%s'", texts[i]);
    }
}

/* Each row: a line that is to be passed over, of a client that is otherwise whole. */
static void test_bad_lines_are_passed_over(void **state)
{
    static const char *const lines[] = {
        "drm-engine-render:\t-5 ns",
        "drm-engine-render:\t5 s",
        "drm-engine-render:\t0x10 ns",
        "drm-engine-render:\t",
        "drm-engine-render:\t18446744073709551616 ns",
        "drm-engine-:\t5 ns",
        "drm-engine-abcdefghijklmnopqrstuvwxyz:\t5 ns",
        "drm-engine-capacity-render:\t0",
        "drm-engine-capacity-render:\t4000000000",
        "drm-memory-vram:\t18446744073709551615 MiB",
        "drm-memory-vram:\t5 GiB",
        "drm-memory-vram:\t5 KiB of it",
        "drm-cycles-render:\t5 cycles",
        "drm-maxfreq-render:\t5 rpm",
        "\t \r",
        ":",
    };
    struct drm_fdinfo info;
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(text, sizeof(text), "drm-driver:\ti915\n%s\ndrm-client-id:\t5\n", lines[i]);
        assert_true(drm_fdinfo_parse(text, &info));
        assert_int_equal(info.client_id, 5);
        assert_false(info.has_memory);
        if (info.engine_count != 0)
            fail_msg("taken: '%s'", lines[i]);
    }
}

static void test_more_engines_than_there_is_room_for(void **state)
{
    struct drm_fdinfo info;
    char text[8192];
    int used = snprintf(text, sizeof(text), "drm-driver:\tx\ndrm-client-id:\t1\n");

    (void)state;
    for (int i = 0; i < 100; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used,
                         "drm-engine-e%d:\t%d ns\ndrm-memory-r%d:\t1\n", i, i, i);
    assert_true(drm_fdinfo_parse(text, &info));
    assert_int_equal(info.engine_count, DRM_ENGINES_MAX);
    assert_int_equal(engine(&info, "e15")->busy_ns, 15);
}

static void test_work_is_told_from_what_goes_beside_it(void **state)
{
    static const char *const work[] = {
        "render", "compute", "gfx", "rcs", "ccs", "gpu", "fragment"
    };
    static const char *const aside[] = { "copy", "bcs", "dma", "video", "dec", "enc", "jpeg" };

    (void)state;
    for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
        assert_false(drm_engine_is_aside(work[i]));
        assert_true(drm_engine_is_aside(aside[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i915_tells_time_and_capacity),
        cmocka_unit_test(test_xe_tells_cycles),
        cmocka_unit_test(test_amdgpu_memory_of_two_words_counts_once),
        cmocka_unit_test(test_amdgpu_that_did_nothing_tells_so),
        cmocka_unit_test(test_old_amdgpu_tells_memory_only),
        cmocka_unit_test(test_drivers_of_socs),
        cmocka_unit_test(test_other_files_are_no_graphics_device),
        cmocka_unit_test(test_bad_lines_are_passed_over),
        cmocka_unit_test(test_more_engines_than_there_is_room_for),
        cmocka_unit_test(test_work_is_told_from_what_goes_beside_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
