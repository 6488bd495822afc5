/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_table.c - what holds for every row of the table of providers */
#include "provider_check.h"

#include <string.h>

#include "base/clock.h"
#include "model/provider_names.h"

static void test_rows_are_whole(void **state)
{
    (void)state;
    assert_true(provider_count > 0);
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *row = provider_table[i];

        assert_ptr_equal(provider_find(row->name), row);
        assert_true(strlen(row->name) < sizeof(((struct intensity_origin *)0)->provider));
        assert_true(strspn(row->name, "abcdefghijklmnopqrstuvwxyz") == strlen(row->name));
        assert_true(strlen(row->title) > 0 &&
                    strlen(row->title) < sizeof(((struct intensity_origin *)0)->source_short));
        assert_true(strlen(row->source) > 0 &&
                    strlen(row->source) < sizeof(((struct intensity_origin *)0)->source));
        assert_true(strlen(row->licence) > 0 &&
                    strlen(row->licence) < sizeof(((struct intensity_origin *)0)->licence));
        if (row->default_url != NULL) {
            assert_int_equal(strncmp(row->default_url, "https://", 8), 0);
            assert_int_not_equal(row->default_url[strlen(row->default_url) - 1], '/');
        }
        assert_true(row->step_ns > 0 && row->lag_ns >= 0 && row->requests_per_minute > 0);
        assert_true(row->window_max_ns >= 3600 * NSEC_PER_SEC);
        assert_true(row->zone_of != NULL && row->ask != NULL && row->parse != NULL);
        assert_true(row->describe != NULL && row->error_text != NULL);
        assert_int_equal(row->ask_login != NULL, row->parse_login != NULL);
        assert_true(row->secret != SECRET_NONE || !row->secret_in_url);
    }
    assert_null(provider_find("nobody"));
    assert_null(provider_find(""));
}

/* aico2 offers it, and knows of it what it has to. */
static void test_rows_are_known_to_the_command_line(void **state)
{
    (void)state;
    assert_int_equal(provider_name_count, provider_count); /* nobody is offered who is not there */
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *row = provider_table[i];
        int index = provider_name_find(row->name);
        const struct provider_name *known = &provider_names[index < 0 ? 0 : index];

        if (index < 0)
            fail_msg("model/provider_names.c lacks '%s'", row->name);
        assert_int_equal(known->keyed, row->secret != SECRET_NONE);
        assert_int_equal(known->self_hosted, row->default_url == NULL);
        /* without a key a national service has a country, and covers it */
        if (!known->keyed && !known->self_hosted) {
            struct fetch_place place = { .country = "" };
            char zone[48];

            memcpy(place.country, known->country, sizeof(place.country));
            assert_true(row->zone_of(&place, zone) || strcmp(known->country, "DK") == 0);
        }
    }
}

/* No secret in an address that is shown; no empty place is covered; every query ends. */
static void test_asking_any_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *row = provider_table[i];
        struct provider_query query =
            query_of(row, "X", "2026-10-06T00:00Z", "2026-10-06T12:00Z", "2026-10-06T06:00Z");
        struct fetch_place nowhere = { .country = "" };
        size_t index = 0;
        int r;

        assert_string_equal(zone_of(row, nowhere), "");
        do {
            struct provider_request request = { 0 };
            const struct strbuf *shown;

            r = row->ask(&query, index++, &request);
            shown = row->secret_in_url ? &request.shown : &request.url;
            if (r == 1) {
                assert_true(shown->length > 0);
                assert_null(strstr(strbuf_text(shown), "s3cr"));
                assert_null(strpbrk(strbuf_text(&request.url), " \"<>\\^`{}|\n"));
            }
            provider_request_deinit(&request);
        } while (r == 1 && index < PROVIDER_REQUESTS_MAX);
        assert_int_equal(r, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_rows_are_known_to_the_command_line),
        cmocka_unit_test(test_asking_any_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
