/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_fetch_parts.c - the fetcher's parts that need no network: times, addresses, pieces, keys */
#include "support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/address.h"
#include "fetch/cloud.h"
#include "fetch/retry_after.h"
#include "fetch/sandbox.h"
#include "fetch/secrets.h"
#include "fetch/timeline.h"

#define S NSEC_PER_SEC
#define MINUTE (60 * S)
#define HOUR (3600 * S)
/* Sun, 06 Nov 1994 08:49:37 GMT, RFC 9110's example, is 784111777 */
#define EXAMPLE (784111777 * S)

static void test_retry_after(void **state)
{
    static const struct {
        const char *text;
        int64_t now_ns;
        int64_t until_ns; /* -1: none */
    } cases[] = {
        { "0", EXAMPLE, EXAMPLE },
        { "120", EXAMPLE, EXAMPLE + 120 * S },
        { "99999999999999999999999", EXAMPLE, EXAMPLE + 24 * HOUR },
        { "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE - 90 * S, EXAMPLE },
        { "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE + 90 * S, EXAMPLE + 90 * S },
        { "Sun Nov  6 08:49:37 1994", EXAMPLE - 90 * S, EXAMPLE },
        { "Wed Nov 16 08:49:37 1994", EXAMPLE + 10 * 24 * HOUR - 5 * S, EXAMPLE + 10 * 24 * HOUR },
        /* 2026-11-26 00:00:00 is 1795651200 */
        { "Thursday, 26-Nov-26 00:01:00 GMT", 1795651200 * S, 1795651260 * S },
        { "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE - 48 * HOUR, EXAMPLE - 24 * HOUR },
        { "", EXAMPLE, -1 },
        { "-5", EXAMPLE, -1 },
        { "1.5", EXAMPLE, -1 },
        { "soon", EXAMPLE, -1 },
        { "12 s", EXAMPLE, -1 },
        { "Sun, 31 Feb 1994 08:49:37 GMT", EXAMPLE, -1 },
        { "Sun, 06 Nov 1994 08:49:37 CET", EXAMPLE, -1 },
        { "Sun, 06 Nov 1994 08:49:37 GMT ", EXAMPLE, -1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t until_ns = -1;
        bool good = retry_after_parse(cases[i].text, cases[i].now_ns, &until_ns);

        assert_int_equal(good, cases[i].until_ns != -1);
        assert_int_equal(until_ns, cases[i].until_ns);
    }
}

static enum address_kind kind_of(const char *text)
{
    struct sockaddr_storage storage = { 0 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&storage, &v4, sizeof(v4));
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&storage, &v6, sizeof(v6));
    return address_kind((const struct sockaddr *)&storage);
}

static void test_addresses(void **state)
{
    static const struct {
        const char *text;
        enum address_kind kind;
    } cases[] = {
        { "8.8.8.8", ADDRESS_PUBLIC },
        { "9.255.255.255", ADDRESS_PUBLIC },
        { "11.0.0.0", ADDRESS_PUBLIC },
        { "172.15.0.1", ADDRESS_PUBLIC },
        { "172.32.0.1", ADDRESS_PUBLIC },
        { "10.1.2.3", ADDRESS_PRIVATE },
        { "172.16.0.1", ADDRESS_PRIVATE },
        { "172.31.255.255", ADDRESS_PRIVATE },
        { "192.168.1.1", ADDRESS_PRIVATE },
        { "100.64.0.1", ADDRESS_PRIVATE },
        { "100.100.100.200", ADDRESS_LINK_LOCAL },
        { "127.0.0.1", ADDRESS_LOOPBACK },
        { "127.255.0.9", ADDRESS_LOOPBACK },
        { "169.254.169.254", ADDRESS_LINK_LOCAL },
        { "0.0.0.0", ADDRESS_NONE },
        { "224.0.0.1", ADDRESS_NONE },
        { "255.255.255.255", ADDRESS_NONE },
        { "2001:db8::1", ADDRESS_PUBLIC },
        { "::1", ADDRESS_LOOPBACK },
        { "::", ADDRESS_NONE },
        { "::ffff:169.254.169.254", ADDRESS_LINK_LOCAL },
        { "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
        { "64:ff9b::a00:1", ADDRESS_PRIVATE },
        { "fe80::1", ADDRESS_LINK_LOCAL },
        { "fd00:ec2::254", ADDRESS_LINK_LOCAL },
        { "fd12::1", ADDRESS_PRIVATE },
        { "ff02::1", ADDRESS_NONE },
        { "no address", ADDRESS_NONE },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(kind_of(cases[i].text), cases[i].kind);
    assert_true(address_is_loopback_host("LocalHost"));
    assert_true(address_is_loopback_host("127.0.0.9"));
    assert_true(address_is_loopback_host("[::1]"));
    assert_false(address_is_loopback_host("localhost.example"));
    assert_false(address_is_loopback_host("127.0.0.1.example"));
    assert_false(address_is_loopback_host("[::2]"));
    assert_false(address_is_loopback_host(""));
}

/* --- pieces: an hour is a step, published an hour late --- */

static const struct provider hourly = { .name = "hourly", .step_ns = HOUR, .lag_ns = HOUR };
static const int64_t DAY = 1795651200 * S; /* 2026-11-26T00:00Z */

static struct timeline of(const struct intensity_point *points, size_t count, int64_t from_h,
                          int64_t to_h, int64_t now_ns, bool complete)
{
    struct intensity_series series = { .points = malloc(count * sizeof(*points) + 1),
                                       .count = count };
    struct timespan span = { DAY + from_h * HOUR, DAY + to_h * HOUR };
    struct timeline timeline = { 0 };
    struct answer_faults faults;

    assert_non_null(series.points);
    memcpy(series.points, points, count * sizeof(*points));
    assert_int_equal(timeline_of_answer(&series, &span, HOUR, now_ns, complete, &timeline, &faults),
                     0);
    assert_int_equal(faults.impossible + faults.ahead, 0);
    free(series.points);
    return timeline;
}

static void check(const struct timeline *timeline, const char *expected)
{
    char text[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        const struct piece *piece = &timeline->pieces[i];
        double hour = (double)(piece->wall_ns - DAY) / (double)HOUR;

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%g%c", i > 0 ? " " : "", hour,
                                 "mef-x"[piece->kind]);
        if (piece->kind < PIECE_NONE)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%g", piece->gco2e_per_kwh);
    }
    assert_string_equal(text, expected);
}

static void test_pieces_of_an_answer(void **state)
{
    const struct intensity_point points[] = {
        { DAY + 3 * HOUR, 30, POINT_MEASURED },
        { DAY + 1 * HOUR, 12, POINT_ESTIMATED },
        { DAY + 1 * HOUR, 11, POINT_MEASURED },
        { DAY + 2 * HOUR, NAN, POINT_MEASURED },
        { DAY - HOUR / 2, 5, POINT_MEASURED },
        { DAY + 9 * HOUR, 9, POINT_MEASURED },
        { DAY + 4 * HOUR + HOUR / 2, 45, POINT_FORECAST },
    };
    AICO2_CLEANUP(timeline_deinit)
    struct timeline timeline = of(points, 7, 0, 8, DAY + 24 * HOUR, true);
    AICO2_CLEANUP(timeline_deinit)
    struct timeline partly = of(points, 7, 0, 8, DAY + 24 * HOUR, false);
    AICO2_CLEANUP(timeline_deinit)
    struct timeline empty = of(points, 0, 0, 8, DAY + 24 * HOUR, true);

    (void)state;
    /* 5 at -0.5 h and 30 at 3 h hold for 1.5 h, until the next; at 5.5 h what is known ends */
    check(&timeline, "0m5 1m11 2- 3m30 4.5f45 5.5- 8x");
    check(&partly, "0m5 1m11 2x 3m30 4.5f45 5.5x 8x");
    check(&empty, "0- 8x");
}

/* A provider of hours that has quarters of a day for a zone would be all holes; of half-hours in hours it is none. */
static void test_a_step_is_as_long_as_most_are_apart(void **state)
{
    struct intensity_point points[] = { { DAY, 1, POINT_MEASURED },
                                        { DAY + HOUR, 2, POINT_MEASURED },
                                        { DAY + 2 * HOUR, 3, POINT_MEASURED },
                                        { DAY + 4 * HOUR, 4, POINT_MEASURED } };
    struct intensity_series series = { .points = points, .count = 4 };
    const struct timespan span = { DAY, DAY + 6 * HOUR };
    AICO2_CLEANUP(timeline_deinit) struct timeline timeline = { 0 };
    struct answer_faults faults;

    (void)state;
    assert_int_equal(timeline_of_answer(&series, &span, 5 * MINUTE, DAY + 9 * HOUR, true, &timeline,
                                        &faults),
                     0);
    check(&timeline, "0m1 1m2 2m3 3- 4m4 5- 6x");
    series.points[1].wall_ns += 6 * HOUR; /* most are two hours apart and more */
    series.points[2].wall_ns += 9 * HOUR;
    assert_int_equal(timeline_of_answer(&series, &span, HOUR / 2, DAY + 19 * HOUR, true, &timeline,
                                        &faults),
                     0);
    check(&timeline, "0m1 0.5- 4m4 4.5- 6x");
}

static void test_overlay_and_slices(void **state)
{
    const struct intensity_point old[] = { { DAY, 1, POINT_MEASURED },
                                           { DAY + HOUR, 2, POINT_MEASURED },
                                           { DAY + 2 * HOUR, 3, POINT_FORECAST } };
    const struct intensity_point young[] = { { DAY + 3 * HOUR, 9, POINT_MEASURED } };
    AICO2_CLEANUP(timeline_deinit) struct timeline base = of(old, 3, 0, 3, DAY + 3 * HOUR, true);
    AICO2_CLEANUP(timeline_deinit) struct timeline top = of(young, 1, 1, 5, DAY + 9 * HOUR, true);
    AICO2_CLEANUP(timeline_deinit) struct timeline both = { 0 };
    AICO2_CLEANUP(timeline_deinit) struct timeline slice = { 0 };
    struct timespan span = { DAY + HOUR / 2, DAY + 2 * HOUR };

    (void)state;
    assert_int_equal(timeline_overlay(&base, &top, &both), 0);
    check(&both,
          "0m1 1m2 2- 3m9 4- 5x"); /* a hole takes the forecast's place, not what was measured's */
    assert_int_equal(timeline_slice(&both, &span, &slice), 0);
    check(&slice, "0.5m1 1m2 2x");
    span = (struct timespan){ DAY + 4 * HOUR, DAY + 24 * HOUR };
    assert_int_equal(timeline_slice(&both, &span, &slice), 0);
    check(&slice, "4- 5x");
    span = (struct timespan){ DAY + 6 * HOUR, DAY + 24 * HOUR };
    assert_int_equal(timeline_slice(&both, &span, &slice), 0);
    check(&slice, "");
}

static void expect_stale(const struct timeline *timeline, int64_t now_ns, int64_t from_h,
                         int64_t to_h)
{
    const struct timespan span = { DAY, DAY + 4 * HOUR };
    struct timespan stale = { DAY, DAY };

    assert_int_equal(timeline_stale(timeline, &span, &hourly, now_ns, &stale), from_h < to_h);
    assert_int_equal(stale.from_ns, DAY + from_h * HOUR);
    assert_int_equal(stale.to_ns, DAY + to_h * HOUR);
}

static void test_what_is_asked_again(void **state)
{
    const struct intensity_point points[] = { { DAY, 1, POINT_MEASURED },
                                              { DAY + HOUR, 2, POINT_MEASURED },
                                              { DAY + 2 * HOUR, 3, POINT_ESTIMATED } };
    int64_t asked_ns = DAY + 3 * HOUR;
    AICO2_CLEANUP(timeline_deinit) struct timeline empty = { 0 };
    AICO2_CLEANUP(timeline_deinit) struct timeline timeline = of(points, 3, 0, 3, asked_ns, true);
    AICO2_CLEANUP(timeline_deinit)
    struct timeline late = of(points, 3, 0, 4, DAY + 99 * HOUR, true);

    (void)state;
    expect_stale(&empty, asked_ns, 0, 4);
    expect_stale(&timeline, asked_ns + MINUTE, 3, 4);
    expect_stale(&timeline, asked_ns + 61 * MINUTE, 2, 4); /* an estimate: an hour */
    expect_stale(&timeline, asked_ns + 6 * HOUR + 1, 0, 4);
    expect_stale(&timeline, asked_ns - 2 * MINUTE, 0,
                 4); /* of times to come: the clock was set back */
    /* asked four days later what was measured stands, what was estimated for a day */
    expect_stale(&late, DAY + 100 * HOUR, 0, 0);
    expect_stale(&late, DAY + 124 * HOUR, 2, 4);
    expect_stale(&late, DAY + (99 + 89 * 24) * HOUR, 2, 4);
    expect_stale(&late, DAY + (99 + 90 * 24) * HOUR, 0, 4);
}

static void test_points(void **state)
{
    const struct intensity_point points[] = { { DAY, 1, POINT_MEASURED },
                                              { DAY + 2 * HOUR, 3, POINT_ESTIMATED } };
    AICO2_CLEANUP(timeline_deinit)
    struct timeline timeline = of(points, 2, 0, 4, DAY + 4 * HOUR, true);
    const struct timespan span = { DAY + HOUR / 4, DAY + 3 * HOUR - 1 };
    struct intensity_series series = { 0 };
    struct timeline_use use;

    (void)state;
    assert_int_equal(timeline_points(&timeline, &span, &hourly, DAY + 4 * HOUR, false, &series,
                                     &use),
                     0);
    assert_int_equal(series.count, 4);
    assert_int_equal(series.points[0].wall_ns, DAY + HOUR / 4);
    assert_true(isnan(series.points[1].gco2e_per_kwh));
    assert_int_equal(series.points[1].wall_ns, DAY + HOUR);
    assert_true(series.points[2].gco2e_per_kwh == 3);
    assert_int_equal(series.points[2].quality, POINT_ESTIMATED);
    assert_int_equal(series.points[3].wall_ns, span.to_ns);
    assert_true(fetch_points_check(series.points, 4));
    assert_int_equal(use.value_count, 2);
    assert_int_equal(use.stale_count, 0);
    /* two hours later the estimate is out of date */
    assert_int_equal(timeline_points(&timeline, &span, &hourly, DAY + 6 * HOUR, false, &series,
                                     &use),
                     0);
    assert_int_equal(use.value_count, 1);
    assert_int_equal(series.count, 2);
    assert_int_equal(timeline_points(&timeline, &span, &hourly, DAY + 6 * HOUR, true, &series,
                                     &use),
                     0);
    assert_int_equal(use.value_count, 2);
    assert_int_equal(use.stale_count, 1);
    assert_int_equal(use.oldest_fetched_ns, DAY + 4 * HOUR);
    free(series.points);
}

static void test_faults(void **state)
{
    struct intensity_point points[] = {
        { DAY, 1, POINT_MEASURED },
        { DAY, -1, POINT_MEASURED },
        { DAY, INFINITY, POINT_ESTIMATED },
        { DAY, 5001, POINT_MEASURED },
        { DAY, 1, 99 },
        { DAY + 9 * HOUR, 1, POINT_MEASURED },
        { DAY + 9 * HOUR, 1, POINT_FORECAST },
    };
    struct intensity_series series = { .points = points, .count = ARRAY_LENGTH(points) };
    const struct timespan span = { DAY, DAY + 24 * HOUR };
    AICO2_CLEANUP(timeline_deinit) struct timeline timeline = { 0 };
    struct answer_faults faults;

    (void)state;
    assert_int_equal(timeline_of_answer(&series, &span, HOUR, DAY + 8 * HOUR, true, &timeline,
                                        &faults),
                     0);
    assert_int_equal(faults.impossible, 4);
    assert_int_equal(faults.ahead, 1);
    check(&timeline, "0m1 1- 9f1 10- 24x");
}

static void test_scrubbing(void **state)
{
    char text[] = "a secret, secretsecret, secre";
    char small[] = "abc abc";

    (void)state;
    secret_scrub(text, "secret");
    assert_string_equal(text, "a ***, ******, secre");
    secret_scrub(small, "abc"); /* would tell more than it hides */
    assert_string_equal(small, "abc abc");
    secret_scrub(small, "");
    assert_string_equal(small, "abc abc");
}

static void test_regions(void **state)
{
    static const struct {
        const char *cloud;
        const char *body;
        const char *region; /* NULL: none */
    } cases[] = {
        { "aws", "eu-west-3", "eu-west-3" },
        { "aws", " eu-west-3\n", "eu-west-3" },
        { "gcp", "projects/705208488469/zones/us-central1-a", "us-central1" },
        { "azure", "westeurope", "westeurope" },
        { "oci", "{\"canonicalRegionName\": \"us-phoenix-1\", \"metadata\": {}}", "us-phoenix-1" },
        { "hetzner", "fsn1-dc14", "fsn1" },
        { "digitalocean", "nyc3", "nyc3" },
        { "scaleway", "{\"location\": {\"zone_id\": \"fr-par-1\"}}", "fr-par" },
        { "vultr", "{\"region\": {\"regioncode\": \"EWR\", \"countrycode\": \"US\"}}", "ewr" },
        { "linode", "{\"region\": \"us-east\"}", "us-east" },
        { "upcloud", "{\"region\": \"fi-hel1\"}", "fi-hel1" },
        { "exoscale", "ch-gva-2", "ch-gva-2" },
        { "alibaba", "cn-hangzhou", "cn-hangzhou" },
        { "aws", "", NULL },
        { "aws", "<html>", NULL },
        { "aws", "eu west", NULL },
        { "aws", "\033[31m", NULL },
        { "gcp", "zones/central", NULL },
        { "vultr", "{\"region\": \"EWR\"}", NULL },
        { "vultr", "{\"region\": {\"regioncode\": 5}}", NULL },
        { "linode", "region: us-east", NULL },
        { "nobody", "eu-west-3", NULL },
        { "aws", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char region[48] = "";
        bool good = cloud_parse(cases[i].cloud, cases[i].body, strlen(cases[i].body), region);

        assert_int_equal(good, cases[i].region != NULL);
        assert_string_equal(region, good ? cases[i].region : "");
    }
}

/* In a child, for there is no way back. Return: bits of what it could do all the same. */
static int confined(const char *inside, const char *outside)
{
    char path[128];
    int could = 0;
    int fd;

    sandbox_enter(inside);
    (void)snprintf(path, sizeof(path), "%s/made", inside);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    could |= fd < 0 ? 1 : 0; /* this it has to be able to */
    (void)snprintf(path, sizeof(path), "%s/made", outside);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    could |= fd >= 0 ? 2 : 0;
    (void)snprintf(path, sizeof(path), "%s/there", outside);
    could |= open(path, O_WRONLY | O_CLOEXEC) >= 0 ? 4 : 0;
    could |= unlink(path) == 0 ? 8 : 0;
    could |= open(path, O_RDONLY | O_CLOEXEC) < 0 ? 16 : 0; /* reading, it may */
    (void)execl("/bin/sh", "sh", "-c", "exit 32", (char *)NULL);
    return could;
}

static void test_confined(void **state)
{
    char inside[64];
    char outside[64];
    int inside_fd = temp_dir_open(inside);
    int outside_fd = temp_dir_open(outside);
    int status = -1;
    pid_t pid;

    (void)state;
    tree_write(outside_fd, "there", "");
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        temp_dir_remove(inside);
        temp_dir_remove(outside);
        skip(); /* a kernel without landlock */
    }
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(confined(inside, outside));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(inside_fd);
    (void)close(outside_fd);
    temp_dir_remove(inside);
    temp_dir_remove(outside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_pieces_of_an_answer),
        cmocka_unit_test(test_a_step_is_as_long_as_most_are_apart),
        cmocka_unit_test(test_overlay_and_slices),
        cmocka_unit_test(test_what_is_asked_again),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_scrubbing),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_confined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
