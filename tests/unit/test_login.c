/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_login.c - who may have a password checked, how often, and against which sum */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/login.h"
#include "server/scope.h"

#define NOW_NS (1000 * NSEC_PER_SEC)
#define ALICE_SUM "$2b$04$abcdefghijklmnopqrstuu"

static int64_t after(double seconds)
{
    return NOW_NS + (int64_t)(seconds * 1e9);
}

/* 192.0.2.LAST, as IPv6 has it */
static const unsigned char *v4(unsigned char last)
{
    static unsigned char address[LOGIN_ADDRESS_SIZE] = { [10] = 0xff, 0xff, 192, 0, 2, 0 };

    address[15] = last;
    return address;
}

/* 2001:db8::NET:0:0:0:LAST */
static const unsigned char *v6(unsigned char net, unsigned char last)
{
    static unsigned char address[LOGIN_ADDRESS_SIZE] = { 0x20, 0x01, 0x0d, 0xb8 };

    address[7] = net;
    address[15] = last;
    return address;
}

static int take(struct login_budget *budget, const unsigned char *address, double seconds,
                int tries)
{
    int taken = 0;

    for (int i = 0; i < tries; i++)
        taken += login_budget_take(budget, address, after(seconds));
    return taken;
}

/* Four at once, two a second after that. */
static void test_one_address_has_a_budget_of_its_own(void **state)
{
    struct login_budget budget = { 0 };

    (void)state;
    assert_int_equal(take(&budget, v4(1), 0, 100), 4);
    assert_int_equal(take(&budget, v4(1), 0.4, 100), 0);
    assert_int_equal(take(&budget, v4(1), 1, 100), 2);
    assert_int_equal(take(&budget, v4(1), 1000, 100), 4);
}

/* All five are there at first; the last is not for strangers. One comes back each 0.2 s. */
static void test_all_addresses_have_one_together(void **state)
{
    struct login_budget budget = { 0 };

    (void)state;
    assert_int_equal(take(&budget, v4(1), 0, 2), 2);
    assert_int_equal(take(&budget, v4(2), 0, 2), 2);
    assert_int_equal(take(&budget, v4(3), 0, 2), 0);
    assert_int_equal(take(&budget, v4(3), 0.21, 2), 1);
    login_budget_right(&budget, v4(4), after(0.21));
    assert_int_equal(take(&budget, v4(4), 0.21, 2), 1);
    assert_int_equal(take(&budget, v4(4), 0.21, 2), 0);
}

/* A hundred addresses that guess as fast as they can for ten minutes, and one that logs in once a minute. */
static void test_guessing_from_everywhere_keeps_nobody_out_who_was_in(void **state)
{
    struct login_budget budget = { 0 };
    int guesses = 0;

    (void)state;
    assert_true(login_budget_take(&budget, v4(1), after(0)));
    login_budget_right(&budget, v4(1), after(0));
    for (int tenth = 1; tenth <= 6000; tenth++) {
        for (unsigned char i = 0; i < 100; i++)
            guesses += take(&budget, v4((unsigned char)(100 + i)), tenth / 10.0, 1);
        if (tenth % 600 == 0)
            assert_int_equal(take(&budget, v4(1), tenth / 10.0, 1), 1);
    }
    assert_in_range(guesses, 2900, 3004); /* five a second of a processor, and no more */
}

/* Who had a login an hour ago is a stranger again. */
static void test_the_known_are_forgotten_after_an_hour(void **state)
{
    struct login_budget budget = { 0 };

    (void)state;
    login_budget_right(&budget, v4(1), after(0));
    assert_int_equal(take(&budget, v4(2), 3599, 4), 4);
    assert_int_equal(take(&budget, v4(1), 3599, 4), 1);
    assert_int_equal(take(&budget, v4(2), 3700, 4), 4);
    assert_int_equal(take(&budget, v4(1), 3700, 4), 0);
}

static void test_a_network_of_ipv6_is_one_address(void **state)
{
    struct login_budget budget = { 0 };

    (void)state;
    assert_int_equal(take(&budget, v6(1, 1), 0, 3), 3);
    assert_int_equal(take(&budget, v6(1, 2), 0, 3), 1);
    assert_int_equal(take(&budget, v6(2, 1), 0.5, 3), 2); /* in all 1 + 2.5, less one */
}

/* More addresses than there is room for: those that were right keep their place. */
static void test_more_addresses_than_places(void **state)
{
    struct login_budget budget = { 0 };

    (void)state;
    login_budget_right(&budget, v4(1), after(0));
    for (int i = 0; i < 1000; i++)
        (void)login_budget_take(&budget, v6((unsigned char)(i % 250), 0), after(1 + i * 1e-6));
    for (int i = 0; i < 256; i++)
        (void)login_budget_take(&budget, v4((unsigned char)(i == 1 ? 2 : i)), after(2 + i * 1e-6));
    assert_int_equal(take(&budget, v4(1), 2.001, 1), 1);
}

static struct web_pair users[] = {
    { (char *)(uintptr_t) "alice", (char *)(uintptr_t)ALICE_SUM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { (char *)(uintptr_t) "bob", (char *)(uintptr_t) "$2b$12$abcdefghijklmnopqrstuubbbbbbbbbb"
                                                     "bbbbbbbbbbbbbbbbbbbbb" },
};
static unsigned user_scopes[] = { SCOPE_READ | SCOPE_WRITE, SCOPE_READ };
static const struct access_rules rules = { .web = { .users = { users, 2 } },
                                           .user_scopes = user_scopes };

/* "NAME:x" in base64 is made by the test's own few lines. */
static enum login_verdict look(struct login_memory *memory, const char *name, unsigned *scopes,
                               struct login_question *question)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[64];
    char header[128] = "Basic ";
    size_t length = (size_t)snprintf(text, sizeof(text), "%s:xx", name);
    size_t at = strlen(header);

    for (size_t i = 0; i < length; i += 3) {
        unsigned bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < length ? (unsigned char)text[i + j] : 0u);
        for (size_t j = 0; j < 4; j++)
            header[at++] = i + j > length ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
    header[at] = '\0';
    return login_look(&rules, memory, header, v4(1), NOW_NS, scopes, question);
}

/* Somebody unknown is held against the sum of somebody, always the same; over many names, of everybody. */
static void test_the_unknown_take_as_long_as_anybody(void **state)
{
    size_t of_alice = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct login_memory memory = { 0 };
        struct login_question first;
        struct login_question second;
        unsigned scopes;
        char name[16];

        (void)snprintf(name, sizeof(name), "user%d", i);
        assert_int_equal(look(&memory, name, &scopes, &first), LOGIN_TO_CHECK);
        assert_int_equal(look(&memory, name, &scopes, &second), LOGIN_TO_CHECK);
        assert_false(first.known);
        assert_int_equal(first.scopes, 0);
        assert_string_equal(first.sum, second.sum);
        of_alice += strncmp(first.sum, ALICE_SUM, strlen(ALICE_SUM)) == 0;
    }
    assert_in_range(of_alice, 60, 140);
}

static void test_what_was_right_is_not_counted_again(void **state)
{
    struct login_memory memory = { 0 };
    struct login_question question;
    unsigned scopes;

    (void)state;
    assert_int_equal(look(&memory, "alice", &scopes, &question), LOGIN_TO_CHECK);
    assert_true(question.known);
    assert_int_equal(question.scopes, SCOPE_READ | SCOPE_WRITE);
    question.right = true;
    login_checked(&memory, &question, NOW_NS);
    for (int i = 0; i < 100; i++)
        assert_int_equal(look(&memory, "alice", &scopes, &question), LOGIN_GRANTED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(look(&memory, "bob", &scopes, &question), LOGIN_TO_CHECK);
    assert_int_equal(look(&memory, "bob", &scopes, &question), LOGIN_TOO_MANY);
    assert_int_equal(look(&memory, "alice", &scopes, &question), LOGIN_GRANTED);
    assert_int_equal(scopes, SCOPE_READ | SCOPE_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_address_has_a_budget_of_its_own),
        cmocka_unit_test(test_all_addresses_have_one_together),
        cmocka_unit_test(test_guessing_from_everywhere_keeps_nobody_out_who_was_in),
        cmocka_unit_test(test_the_known_are_forgotten_after_an_hour),
        cmocka_unit_test(test_a_network_of_ipv6_is_one_address),
        cmocka_unit_test(test_more_addresses_than_places),
        cmocka_unit_test(test_the_unknown_take_as_long_as_anybody),
        cmocka_unit_test(test_what_was_right_is_not_counted_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
