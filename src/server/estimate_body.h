/* SPDX-License-Identifier: Apache-2.0 */
/* server/estimate_body.h - the JSON body of POST /api/v1/estimate as options of `aico2 estimate` */
#pragma once

#include "base/error.h"
#include "base/strbuf.h"
#include "config/options.h"

/**
 * estimate_body_read() - an object whose keys are names of options, "gpu-hours" or "gpu_hours"
 * @defaults: what is not in it; a place in it leaves none of theirs
 * Texts are texts, figures numbers, yes and no true and false; null is as if it were not there. An option that may
 * stand several times may be a list.
 * Return: 0, and options_deinit() frees; -EINVAL, the key quoted, an unknown one with the nearest; -EBADMSG for what
 * is no JSON object; -ENOMEM
 */
int estimate_body_read(const struct strbuf *text, const struct options *defaults,
                       struct options *options_out, struct aico2_error *err);
