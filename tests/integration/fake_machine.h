/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/fake_machine.h - a machine whose clocks and sensors say what the test says */
#pragma once

#include "base/clock.h"
#include "model/report.h"
#include "readers/reader.h"
#include "session/session_private.h"

enum { FAKE_DEVICES_MAX = 12, FAKE_DRIVERS = 4 };

struct fake_device {
    int driver; /* 0..FAKE_DRIVERS - 1: rows of fake_drivers, in this order */
    struct device device;
    struct sample sample; /* what the next reading says; mono_ns is filled in */
};

/* The clocks' payload is the machine: sessions of several machines may live side by side. */
struct fake_machine {
    struct clock clock;
    int64_t mono_ns;
    int64_t boot_ns;
    int64_t wall_ns;
    int64_t own_cpu_ns;
    int64_t delay_ns; /* that passes within each look at the wall clock, before it is read */
    struct fake_device devices[FAKE_DEVICES_MAX];
    size_t device_count;
};

/* Nothing of it blocks. */
extern const struct reader_driver *const fake_drivers[FAKE_DRIVERS + 1];

/* Monotonic 1000 s, boot 1500 s, wall 2026-01-01T00:00:00Z. */
void fake_machine_init(struct fake_machine *machine);

/* A package with a counter (driver 0, "cpu0") and the busy time of its CPUs (driver 1); rated 200 W. */
void fake_add_package(struct fake_machine *machine, int index, double threads);
/* A memory controller with a counter, "dram0" (driver 0). */
void fake_add_dram(struct fake_machine *machine, int index);
/* A GPU with a power reading and a process list, "gpu0" (driver 2); rated 300 W. */
void fake_add_gpu(struct fake_machine *machine, int index);

/* The machine's memory, modelled from how much is in use: "memory0" (driver 3). */
void fake_add_memory(struct fake_machine *machine);

struct fake_device *fake_find(struct fake_machine *machine, int driver, const char *id);
/* Moves an energy counter on; it wraps. */
void fake_use(struct fake_machine *machine, const char *id, double joules);
/* CPU time of a package's threads. */
void fake_work(struct fake_machine *machine, const char *id, double cpu_seconds);
/* All clocks. */
void fake_pass(struct fake_machine *machine, double seconds);

/* Defaults: this process as root, 1 s, scope job, no place: 360 g/kWh exactly, so that 10 kJ are a gram. */
struct session_options fake_options(struct fake_machine *machine);
/* The job has used that much CPU time. */
void fake_job_works(struct session *session, double cpu_seconds);
void fake_tick(struct session *session, struct fake_machine *machine);
/* Ends the run; the session is freed. */
void fake_finish(struct session *session, struct report *report_out);

const struct report_device *fake_report_device(const struct report *report, const char *id);
bool fake_has_warning(const struct report *report, const char *part);
void assert_near(double got, double expected);
