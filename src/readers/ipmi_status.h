/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi_status.h - why no management controller tells its power, and what would help */
#pragma once

#include "readers/ipmi.h"

/* How an interface gave no reading: when it was opened, asked, or by what it answered. */
struct ipmi_refusal {
    char path[IPMI_PATH_SIZE];
    int code;            /* -errno; 0: none yet */
    unsigned completion; /* with -EREMOTEIO */
    bool no_power;       /* it speaks DCMI, and says that it does not manage power */
};

void ipmi_explain_absence(const struct reader_env *env, struct reader_status *status_out);
void ipmi_explain_refusal(const struct ipmi_refusal *refusal, struct reader_status *status_out);
