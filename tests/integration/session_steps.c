/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/session_steps.c - two packages, and a second of their life */
#include "session_steps.h"

#include "../unit/support.h"

struct session *start(struct fake_machine *machine, const struct session_options *options)
{
    struct session *session;

    assert_int_equal(session_new(&session, options, NULL), 0);
    session_start(session);
    (void)machine;
    return session;
}

void second(struct session *session, struct fake_machine *machine, double job_cpu,
            double others_cpu)
{
    double busy = job_cpu + others_cpu;

    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 30 + 20 * busy);
    fake_use(machine, "cpu1", 25);
    fake_use(machine, "dram0", 3 + 1.25 * busy);
    fake_work(machine, "cpu0", busy);
    fake_job_works(session, job_cpu);
    fake_tick(session, machine);
}

void two_packages(struct fake_machine *machine)
{
    fake_machine_init(machine);
    fake_add_package(machine, 0, 4);
    fake_add_package(machine, 1, 4);
    fake_add_dram(machine, 0);
}
