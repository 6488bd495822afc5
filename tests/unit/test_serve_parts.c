/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_serve_parts.c - what a request's header is told by: names, codings, URIs, addresses */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "server/coding.h"
#include "server/guard.h"
#include "server/host.h"
#include "server/listen.h"

static void test_hosts_are_addresses_and_names_that_are_ours(void **state)
{
    static const struct {
        const char *value;
        enum host_verdict verdict;
    } hosts[] = {
        { "localhost", HOST_ALLOWED },
        { "LocalHost:8000", HOST_ALLOWED },
        { "127.0.0.1", HOST_ALLOWED },
        { "192.0.2.7:1", HOST_ALLOWED },
        { "[::1]", HOST_ALLOWED },
        { "[2001:db8::7]:65535", HOST_ALLOWED },
        { "Metrics.Example", HOST_ALLOWED },
        { "metrics.example:9", HOST_ALLOWED },
        { "metrics.example.", HOST_STRANGE },
        { "evil.example", HOST_STRANGE },
        { "localhost.evil.example", HOST_STRANGE },
        { "127.0.0.1.evil.example", HOST_STRANGE },
        { "0x7f.1", HOST_STRANGE },
        { "", HOST_BAD },
        { ":80", HOST_BAD },
        { "a b", HOST_BAD },
        { "localhost:", HOST_ALLOWED },
        { "localhost:80a", HOST_BAD },
        { "localhost:123456", HOST_BAD },
        { "[::1", HOST_BAD },
        { "[]", HOST_BAD },
        { "[localhost]", HOST_BAD },
        { "[::1]x", HOST_BAD },
        { "a/b", HOST_BAD },
        { "user@localhost", HOST_BAD },
    };
    struct host_names names = { 0 };

    (void)state;
    assert_int_equal(host_names_add(&names, "METRICS.example"), 0);
    assert_int_equal(host_names_add(&names, "a:80"), -EINVAL);
    assert_int_equal(host_names_add(&names, ""), -EINVAL);
    for (size_t i = 0; i < ARRAY_LENGTH(hosts); i++) {
        if (host_check(&names, hosts[i].value, strlen(hosts[i].value)) != hosts[i].verdict)
            fail_msg("'%s'", hosts[i].value);
    }
    host_names_deinit(&names);
    assert_int_equal(host_check(&names, "metrics.example", 15), HOST_STRANGE);
}

static void test_gzip_is_taken_where_it_is_named(void **state)
{
    static const char *const yes[] = { "gzip",       "deflate, gzip",
                                       "GZIP;q=0.5", "br;q=1.0,gzip ; q=0.001",
                                       " , gzip",    "gzip;level=9" };
    static const char *const no[] = { "",
                                      "br",
                                      "x-gzip",
                                      "gzipped",
                                      "gzip;q=0",
                                      "gzip; q=0.000",
                                      "identity, gzip ;Q=0",
                                      "gzip;x=1;q=0.",
                                      "*" };

    (void)state;
    assert_false(coding_takes_gzip(NULL));
    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
        if (!coding_takes_gzip(yes[i]))
            fail_msg("'%s'", yes[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(no); i++) {
        if (coding_takes_gzip(no[i]))
            fail_msg("'%s'", no[i]);
    }
}

static void test_a_uri_is_ascii_and_hides_no_null(void **state)
{
    (void)state;
    assert_false(uri_is_bad("/api/v1/intensity/aws%3Aeu-west-3?x=~"));
    assert_true(uri_is_bad("/a%00b"));
    assert_true(uri_is_bad("/a b"));
    assert_true(uri_is_bad("/a\tb"));
    assert_true(uri_is_bad("/\x7f"));
    assert_true(uri_is_bad("/\xc3\xa9"));
}

static void test_addresses_to_listen_at(void **state)
{
    static const struct {
        const char *text;
        bool loopback;
        bool both;
    } good[] = {
        { "127.0.0.1:8000", true, false },
        { "127.9.9.9:0", true, false },
        { "[::1]:80", true, false },
        { "localhost:65535", true, false },
        { "0.0.0.0:1", false, false },
        { "[::]:1", false, false },
        { ":9", false, true },
        { "192.0.2.1:9", false, false },
    };
    static const char *const bad[] = { "",
                                       ":",
                                       "8000",
                                       "127.0.0.1",
                                       "127.0.0.1:",
                                       "127.0.0.1:65536",
                                       "127.0.0.1:-1",
                                       "127.0.0.1:+1",
                                       "127.0.0.1: 1",
                                       "::1:80",
                                       "[::1]",
                                       "[::1]80",
                                       "[]:80",
                                       "[127.0.0.1]:80",
                                       "example.org:80",
                                       "256.0.0.1:80",
                                       "127.0.0.1:18446744073709551616" };
    struct listen_address address;
    struct aico2_error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        assert_int_equal(listen_parse(good[i].text, &address, NULL), 0);
        assert_int_equal(address.loopback, good[i].loopback);
        assert_int_equal(address.both, good[i].both);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(listen_parse(bad[i], &address, &err), -EINVAL);
        assert_non_null(strstr(err.message, "--listen '"));
        assert_non_null(strstr(err.message, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_are_addresses_and_names_that_are_ours),
        cmocka_unit_test(test_gzip_is_taken_where_it_is_named),
        cmocka_unit_test(test_a_uri_is_ascii_and_hides_no_null),
        cmocka_unit_test(test_addresses_to_listen_at),
    };

    return cmocka_run_group_tests_name("serve_parts", tests, NULL, NULL);
}
