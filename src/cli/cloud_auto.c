/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cloud_auto.c - `--cloud auto`: the cloud region this machine says it is in */
#include "cli/cloud_auto.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "carbon/place.h"
#include "cli/fetch_process.h"
#include "cli/live/live.h"
#include "session/cloud_dmi.h"

static const char URL_NAME[] = "cloud=";

/* --provider-url cloud=URL stands for the service's own address. */
static void set_url(const struct options *options, struct fetch_question *question)
{
    for (size_t i = 0; i < options_value_count(options, OPT_PROVIDER_URL); i++) {
        const char *value = options_text_at(options, OPT_PROVIDER_URL, i);
        struct fetch_choice *choice = &question->choices[0];

        if (strncmp(value, URL_NAME, strlen(URL_NAME)) != 0)
            continue;
        question->choice_count = 1;
        (void)snprintf(choice->provider, sizeof(choice->provider), "cloud");
        (void)snprintf(choice->url, sizeof(choice->url), "%s", value + strlen(URL_NAME));
    }
}

static int ask(const struct cli *cli, const char *cloud, char region_out[64],
               struct aico2_error *err)
{
    struct live_plan *plan = live_plan_new();
    struct live_answer answer;
    char reason[sizeof(answer.live.steps[0].reason)] = "";

    if (plan == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    plan->question.what = FETCH_LOCATION;
    plan->timeout_ms = options_integer(&cli->options, OPT_FETCH_TIMEOUT) / NSEC_PER_MSEC;
    (void)snprintf(plan->question.place.cloud, sizeof(plan->question.place.cloud), "%s", cloud);
    set_url(&cli->options, &plan->question);
    if (fetch_find_program(plan->program, sizeof(plan->program), NULL) < 0)
        plan->program[0] = '\0';
    live_ask(plan, 0, 1, &answer);
    live_plan_free(plan);
    (void)snprintf(region_out, 64, "%s", answer.cloud);
    if (answer.live.step_count > 0)
        (void)snprintf(reason, sizeof(reason), "%s", answer.live.steps[0].reason);
    live_answer_deinit(&answer);
    if (region_out[0] != '\0')
        return 0;
    return aico2_error_set(err, -ENODATA,
                           "--cloud auto: the metadata service of %s did not tell the region%s%s",
                           cloud, reason[0] != '\0' ? ": " : "", reason);
}

int cloud_auto_find(const struct cli *cli, char region_out[64], struct intensity *intensity_out,
                    struct aico2_error *err)
{
    struct place_query query = { .gco2e_per_kwh = NAN, .basis = PLACE_CLOUD };
    struct aico2_error unknown = { 0 };
    char cloud[CLOUD_NAME_SIZE];
    int r;

    if (!cloud_dmi_find(options_text(&cli->options, OPT_SYSROOT), cloud))
        return aico2_error_set(
            err, -ENODEV, "--cloud auto: this machine's firmware names no cloud that is known");
    r = ask(cli, cloud, region_out, err);
    if (r < 0)
        return r;
    query.cloud = region_out;
    query.kind = options_text(&cli->options, OPT_KIND);
    if (place_resolve(&query, intensity_out, &unknown) < 0)
        return aico2_error_set(err, -ENODATA, "--cloud auto: %s", unknown.message);
    intensity_out->place_basis = PLACE_CLOUD;
    return 0;
}
