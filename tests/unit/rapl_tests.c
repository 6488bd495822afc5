/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/rapl_tests.c - what the tests of RAPL do over and over */
#include "rapl_tests.h"

#include <math.h>

void rapl_probe_machine(struct test_machine *machine, struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(machine);
    *probed = (struct probed){ .reader = NULL };
    assert_int_equal(reader_rapl.probe(&machine->env, &probed->reader, &probed->status, &err), 0);
}

void rapl_read_all(struct probed *probed)
{
    assert_non_null(probed->reader);
    assert_true(probed->reader->device_count <= 320);
    reader_rapl.read(probed->reader, probed->samples);
}

void rapl_read_after(struct test_machine *machine, struct probed *probed, double seconds)
{
    machine->time.now_ns += llround(seconds * 1e9);
    rapl_read_all(probed);
}

void rapl_tear_down(struct test_machine *machine, struct probed *probed)
{
    reader_rapl.close(probed->reader);
    machine_tear_down(machine);
}

const struct device *rapl_device_at(const struct probed *probed, size_t at)
{
    assert_non_null(probed->reader);
    assert_true(at < probed->reader->device_count);
    return &probed->reader->devices[at];
}

void rapl_assert_energy(const struct probed *probed, size_t at, uint64_t energy_uj)
{
    assert_int_equal(probed->samples[at].error, 0);
    assert_int_equal(probed->samples[at].valid, SAMPLE_ENERGY);
    assert_int_equal(probed->samples[at].energy_uj, energy_uj);
}

void rapl_assert_gap(const struct probed *probed, size_t at, int error)
{
    assert_int_equal(probed->samples[at].valid, 0);
    assert_int_equal(probed->samples[at].error, error);
}
