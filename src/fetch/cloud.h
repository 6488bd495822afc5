/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/cloud.h - the region a machine is in, of its cloud's metadata service */
#pragma once

#include "fetch/ask.h"

/**
 * cloud_run() - answer a FETCH_LOCATION
 * The question names the cloud that the firmware names ("aws" in place.cloud), so that no other machine sends a
 * packet. choices[0].url stands for the service's address.
 * @answer_out: with cloud "aws:eu-west-3", or a step that says why not
 */
void cloud_run(http_exchange_fn exchange, const struct fetch_question *question,
               struct fetch_answer *answer_out);

/* A cloud's answer as a region; false: none that can be. Only letters, digits and "-". */
bool cloud_parse(const char *cloud, const char *body, size_t length, char region_out[48]);
