/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/here.h - where this machine is and what is known of it, for who measures it without end */
#pragma once

#include "cli/options/place.h"
#include "model/calibration.h"
#include "model/run.h"

struct here {
    struct intensity intensity;
    struct site_options site;
    char place_option[RUN_PLACE_SIZE]; /* session/place/text.h */
};

/* Of the options, the user's own figures over the program's. Nobody is asked over a network. Return: 0; -EINVAL for a
 * place that is none; -errno of a file that was named. */
int here_from_options(const struct options *options, struct here *here_out,
                      struct aico2_error *err);

/**
 * here_calibration() - the one of --calibration, else this host's own
 * The one that was named has to be there; what is wrong with the host's own is no reason not to go on. A captured
 * machine has none of ours.
 * @calibration_out: CALIBRATION_NULL where there is none
 * @found_out:       whether there is one
 * @why_out:         what is wrong with the host's own, to be warned of; untouched: nothing is
 * Return: 0 or -errno
 */
int here_calibration(const struct options *options, struct calibration *calibration_out,
                     bool *found_out, struct aico2_error *why_out, struct aico2_error *err);
