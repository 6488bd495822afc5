/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/session_steps.h - what the tests of a session do over and over */
#pragma once

#include "fake_machine.h"

struct session *start(struct fake_machine *machine, const struct session_options *options);
/* A second in which two packages of four threads do what is said; 30 + 25 W and 3 W of DRAM without
 * work. */
void second(struct session *session, struct fake_machine *machine, double job_cpu,
            double others_cpu);
void two_packages(struct fake_machine *machine);
