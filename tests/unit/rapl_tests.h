/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/rapl_tests.h - what the tests of RAPL do over and over */
#pragma once

#include "fake_perf.h"
#include "machine_tree.h"
#include "readers/rapl.h"

#define ZONES "sys/devices/virtual/powercap/intel-rapl/"
#define EVENTS "sys/devices/power/events/"
#define RANGE "262143328850"

struct probed {
    struct reader *reader;
    struct reader_status status;
    struct sample samples[320];
};

void rapl_probe_machine(struct test_machine *machine, struct probed *probed);
void rapl_read_all(struct probed *probed);
/* The same after a while. */
void rapl_read_after(struct test_machine *machine, struct probed *probed, double seconds);
void rapl_tear_down(struct test_machine *machine, struct probed *probed);
const struct device *rapl_device_at(const struct probed *probed, size_t at);
void rapl_assert_energy(const struct probed *probed, size_t at, uint64_t energy_uj);
void rapl_assert_gap(const struct probed *probed, size_t at, int error);
