/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_place_text.c - any text as what a stored run keeps of its place and of live values */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/run.h"
#include "session/place/again.h"
#include "session/place/live.h"
#include "session/place/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ends(const char *text, size_t size)
{
    if (strlen(text) >= size)
        abort();
}

/* What was read can be kept again, and is the same then. */
static void check_live(char *fields)
{
    struct live live = LIVE_NONE;
    struct live again = LIVE_NONE;
    char text[RUN_PLACE_SIZE];
    char once[RUN_PLACE_SIZE];

    if (!place_live_read(fields, &live))
        return;
    if (live.step_count > FETCH_CHAIN_MAX)
        abort();
    place_live_write(text, sizeof(text), &live);
    check_ends(text, sizeof(text));
    memcpy(once, text, sizeof(once));
    if (strchr(text, '|') != NULL || !place_live_read(text, &again) ||
        strlen(again.origin.provider) != strlen(live.origin.provider) || /* a bar is a slash now */
        again.step_count > live.step_count)
        abort();
    place_live_write(text, sizeof(text), &again);
    if (strcmp(text, once) != 0)
        abort();
}

static void check_marginal(char *fields)
{
    struct live_marginal marginal;
    struct live_marginal again;
    char text[RUN_PLACE_SIZE];

    if (!place_marginal_read(fields, &marginal))
        return;
    place_marginal_write(text, sizeof(text), &marginal);
    if (strchr(text, '|') != NULL || !place_marginal_read(text, &again) ||
        again.known_ratio != marginal.known_ratio ||
        !(again.known_ratio >= 0 && again.known_ratio <= 1))
        abort();
}

/* A field that is set is there, unless it does not fit; the place stays. */
static void check_set(const char *option)
{
    char changed[RUN_PLACE_SIZE];
    char before[RUN_PLACE_SIZE];
    char after[RUN_PLACE_SIZE];

    (void)snprintf(changed, sizeof(changed), "%s", option);
    place_text_place(changed, before, sizeof(before));
    place_text_set(changed, sizeof(changed), "kind", "direct-average");
    check_ends(changed, sizeof(changed));
    if (place_text_get(changed, "kind", after, sizeof(after)) &&
        strcmp(after, "direct-average") != 0 && strstr(option, "|kind=") == NULL)
        abort();
    place_text_place(changed, after, sizeof(after));
    if (strcmp(before, after) != 0)
        abort();
    place_text_set_place(changed, sizeof(changed), "country:FR");
    check_ends(changed, sizeof(changed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = { .pue = 1 };
    struct carbon_basis basis;
    struct market_terms terms;
    struct run_wait wait;
    struct aico2_error err = { 0 };
    char text[RUN_PLACE_SIZE];

    (void)snprintf(run.place_option, sizeof(run.place_option), "%.*s", (int)size,
                   size > 0 ? (const char *)data : "");
    place_text_market(run.place_option, &terms);
    place_text_wait(run.place_option, &wait);
    if (place_text_get(run.place_option, "live", text, sizeof(text)))
        check_live(text);
    if (place_text_get(run.place_option, "marginal", text, sizeof(text)))
        check_marginal(text);
    check_set(run.place_option);
    if (place_again(&run, &basis, &err) < 0 && err.message[0] == '\0')
        abort();
    /* what the fetcher sent as it lies in a file of its own */
    (void)snprintf(text, sizeof(text), "%.*s", (int)size, size > 0 ? (const char *)data : "");
    check_live(text);
    return 0;
}
