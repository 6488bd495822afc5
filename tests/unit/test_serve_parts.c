/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_serve_parts.c - what a request's header is told by: names, codings, URIs, addresses */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "server/cipher_names.h"
#include "server/coding.h"
#include "server/guard.h"
#include "server/host.h"
#include "server/listen.h"
#include "server/origin.h"
#include "server/rate.h"
#include "server/scope.h"
#include "server/token_file.h"

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
    assert_int_equal(host_check(&names, "localhost\0.evil", 15), HOST_BAD);
    assert_int_equal(host_check(&names, "localhost\0", 10), HOST_BAD);
    assert_int_equal(host_check(&names, "[::1\0]", 6), HOST_BAD);
    host_names_deinit(&names);
    assert_int_equal(host_check(&names, "metrics.example", 15), HOST_STRANGE);
}

static void test_a_target_may_name_its_own_host(void **state)
{
    static const struct {
        const char *url;
        const char *host;
        const char *path; /* NULL: refused */
    } targets[] = {
        { "/metrics", "localhost", "/metrics" },
        { "/metrics", NULL, "/metrics" },
        { "http://localhost/metrics", "localhost", "/metrics" },
        { "HTTP://LocalHost:80/metrics", "localhost:80", "/metrics" },
        { "https://[::1]:8/a/b", "[::1]:8", "/a/b" },
        { "http://localhost", "localhost", "/" },
        { "http://localhost//a", "localhost", "//a" },
        { "http://evil.example/metrics", "localhost", NULL },
        { "http://localhost/metrics", NULL, NULL },
        { "http://localhost.evil/metrics", "localhost", NULL },
        { "http://localhos/metrics", "localhost", NULL },
        { "http://a@localhost/metrics", "localhost", NULL },
        { "http:///metrics", "localhost", NULL },
        { "httpx://localhost/metrics", "localhost", "httpx://localhost/metrics" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        const char *path = target_path(targets[i].url, targets[i].host);

        if ((path == NULL) != (targets[i].path == NULL) ||
            (path != NULL && strcmp(path, targets[i].path) != 0))
            fail_msg("'%s': '%s'", targets[i].url, path == NULL ? "-" : path);
    }
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

static void test_what_is_said_to_be_json(void **state)
{
    static const char *const yes[] = { "application/json", "Application/JSON;charset=utf-8",
                                       "application/problem+json" };
    static const char *const no[] = { "",
                                      "text/json",
                                      "text/plain",
                                      "application/jsonx",
                                      "application/+json",
                                      "application/x-www-form-urlencoded",
                                      "application/xml; a=+json" };

    (void)state;
    assert_true(type_is_json(NULL));
    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
        if (!type_is_json(yes[i]))
            fail_msg("'%s'", yes[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(no); i++) {
        if (type_is_json(no[i]))
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

static void test_pages_of_the_same_host_whatever_their_port(void **state)
{
    static const struct {
        const char *origin;
        const char *host;
    } same[] = {
        { "http://host:3033", "host:8000" },   { "https://host", "host" },
        { "http://HOST:1", "host" },           { "http://127.0.0.1:3033", "127.0.0.1:8011" },
        { "http://[::1]:3033", "[::1]:8000" }, { "http://[2001:db8::7]", "[2001:db8::7]" },
    };
    static const struct {
        const char *origin;
        const char *host;
    } other[] = {
        { NULL, "host" },
        { "http://host", NULL },
        { "null", "null" },
        { "", "" },
        { "http://", "" },
        { "http://", "host" },
        { "ftp://host", "host" },
        { "HTTP://host", "host" },
        { "host", "host" },
        { "http://host.evil.example", "host" },
        { "http://hos", "host" },
        { "http://host", "host.evil.example" },
        { "http://host:", "host" },
        { "http://host:80x", "host" },
        { "http://host:80/", "host" },
        { "http://host/", "host" },
        { "http://host@evil.example", "host" },
        { "http://[::1", "[::1]" },
        { "http://[::2]", "[::1]" },
        { "http://localhost", "127.0.0.1" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
        if (!origin_is_of_host(same[i].origin, same[i].host))
            fail_msg("'%s' is not of '%s'", same[i].origin, same[i].host);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(other); i++) {
        if (origin_is_of_host(other[i].origin, other[i].host))
            fail_msg("'%s' is of '%s'", other[i].origin, other[i].host);
    }
}

static void test_pages_of_the_very_server(void **state)
{
    (void)state;
    assert_true(origin_is_host("http://host:8000", "host:8000"));
    assert_true(origin_is_host("https://HOST", "host"));
    assert_true(origin_is_host("http://[::1]:8000", "[::1]:8000"));
    assert_false(origin_is_host("http://host:8001", "host:8000"));
    assert_false(origin_is_host("http://host", "host:8000"));
    assert_false(origin_is_host("http://host:8000/", "host:8000"));
    assert_false(origin_is_host("null", "null"));
    assert_false(origin_is_host("http://", ""));
    assert_false(origin_is_host("ftp://host", "host"));
    assert_false(origin_is_host(NULL, "host"));
    assert_false(origin_is_host("http://host", NULL));
}

static void test_a_burst_and_then_one_each_interval(void **state)
{
    const struct rate_limit limit = { .interval_ns = 100, .burst = 3 };
    const struct rate_limit none = { .burst = 1 };
    struct rate_bucket bucket = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(rate_take(&bucket, &limit, 1000));
    assert_false(rate_take(&bucket, &limit, 1000));
    assert_false(rate_take(&bucket, &limit, 1099));
    assert_true(rate_take(&bucket, &limit, 1100));
    assert_false(rate_take(&bucket, &limit, 1199)); /* who was refused is owed nothing */
    assert_true(rate_take(&bucket, &limit, 1200));
    for (int i = 0; i < 3; i++) /* no more than the burst is ever saved up */
        assert_true(rate_take(&bucket, &limit, 100000));
    assert_false(rate_take(&bucket, &limit, 100000));
    assert_true(rate_take(&bucket, &none, 100000));
}

static void test_suites_and_curves_by_the_names_of_go(void **state)
{
    const struct cipher_suite *suite = cipher_suite_find("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");

    (void)state;
    assert_non_null(suite);
    assert_string_equal(suite->key_exchange, "ECDHE-RSA");
    assert_string_equal(suite->cipher, "AES-256-CBC");
    assert_string_equal(suite->mac, "SHA1");
    assert_null(cipher_suite_find("TLS_AES_128_GCM_SHA256")->key_exchange);
    assert_null(cipher_suite_find("TLS_RSA_WITH_RC4_128_SHA"));
    assert_null(cipher_suite_find("tls_aes_128_gcm_sha256"));
    assert_string_equal(curve_find("CurveP256"), "GROUP-SECP256R1");
    assert_string_equal(curve_find("X25519MLKEM768"), "");
    assert_null(curve_find("P256"));
}

static void test_scopes_by_their_words(void **state)
{
    static const struct {
        const char *text;
        unsigned scopes;
        const char *bad;
    } words[] = {
        { "read", SCOPE_READ, NULL },
        { "write", SCOPE_READ | SCOPE_WRITE, NULL },
        { "raw", SCOPE_READ | SCOPE_RAW, NULL },
        { "raw,write,raw", SCOPE_READ | SCOPE_WRITE | SCOPE_RAW, NULL },
        { "", 0, "" },
        { "read,", 0, "" },
        { ",read", 0, "" },
        { "Read", 0, "Read" },
        { "read write", 0, "read write" },
        { "write,all", 0, "all" },
        { "rawr", 0, "rawr" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        char bad[SCOPE_WORD_SIZE] = "untouched";

        assert_int_equal(scopes_parse(words[i].text, strlen(words[i].text), bad), words[i].scopes);
        assert_string_equal(bad, words[i].bad == NULL ? "untouched" : words[i].bad);
    }
}

static void test_a_token_and_what_it_may(void **state)
{
    static const char text[] =
        "# a remark\n  aaaaaaaaaaaaaaaa  \r\n"
        "sha256:4b31bb5a16ac5be1ffcb6a6a4a0c4e3ba4b8c44b8ea8b1a2ac9e4f6b1d4d5c11\twrite\n"
        "cccccccccccccccc raw,write";
    struct token_list list;
    bool plain = false;

    (void)state;
    assert_int_equal(token_list_parse(text, "t", &list, &plain, NULL), 0);
    assert_int_equal(list.count, 3);
    assert_true(plain);
    assert_int_equal(token_list_scopes(&list, "aaaaaaaaaaaaaaaa", 16), SCOPE_READ);
    assert_int_equal(list.items[1].scopes, SCOPE_READ | SCOPE_WRITE);
    assert_int_equal(list.items[1].sum[0], 0x4b);
    assert_int_equal(list.items[1].sum[31], 0x11);
    assert_int_equal(token_list_scopes(&list, "cccccccccccccccc raw", 16),
                     SCOPE_READ | SCOPE_WRITE | SCOPE_RAW);
    assert_int_equal(token_list_scopes(&list, "cccccccccccccccd", 16), 0);
    assert_int_equal(token_list_scopes(&list, "aaaaaaaaaaaaaaaa", 15), 0);
    assert_int_equal(token_list_scopes(&list, "", 0), 0);
    token_list_deinit(&list);
}

static void test_the_same_host_at_another_port(void **state)
{
    static const struct {
        const char *text;
        const char *there;
    } hosts[] = {
        { "127.0.0.1:8000", "127.0.0.1:8011" },
        { "[::1]:0", "[::1]:8011" },
        { "192.0.2.1:65535", "192.0.2.1:8011" },
        { ":9", "[::]:8011" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(hosts); i++) {
        struct listen_address address;
        struct listen_address there;
        char text[LISTEN_TEXT_SIZE];

        assert_int_equal(listen_parse(hosts[i].text, &address, NULL), 0);
        there = listen_at_port(&address, 8011);
        listen_address_text(&there, text);
        assert_string_equal(text, hosts[i].there);
        assert_int_equal(there.loopback, address.loopback);
        assert_int_equal(there.both, address.both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_are_addresses_and_names_that_are_ours),
        cmocka_unit_test(test_a_target_may_name_its_own_host),
        cmocka_unit_test(test_gzip_is_taken_where_it_is_named),
        cmocka_unit_test(test_what_is_said_to_be_json),
        cmocka_unit_test(test_a_uri_is_ascii_and_hides_no_null),
        cmocka_unit_test(test_addresses_to_listen_at),
        cmocka_unit_test(test_pages_of_the_same_host_whatever_their_port),
        cmocka_unit_test(test_pages_of_the_very_server),
        cmocka_unit_test(test_a_burst_and_then_one_each_interval),
        cmocka_unit_test(test_suites_and_curves_by_the_names_of_go),
        cmocka_unit_test(test_scopes_by_their_words),
        cmocka_unit_test(test_a_token_and_what_it_may),
        cmocka_unit_test(test_the_same_host_at_another_port),
    };

    return cmocka_run_group_tests_name("serve_parts", tests, NULL, NULL);
}
