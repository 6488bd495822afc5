/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/nvml_fixture.h - the NVML reader over a made-up library, with a clock of its own */
#pragma once

#include "support.h"

#include "base/clock.h"
#include "readers/nvml.h"

enum { GPUS = 8 };

/* A reader over a fake, with a clock of its own. */
struct nvml_fixture {
    char tree[64];
    int tree_fd;
    int64_t now_ns;
    struct clock clock;
    struct reader_env env;
    char path[512];
    struct reader *reader;
    struct reader_status status;
    struct sample samples[GPUS];
};

int nvml_set_up(void **state);
int nvml_tear_down(void **state);
void nvml_probe_file(struct nvml_fixture *fixture, const char *path, const char *script);
void nvml_probe(struct nvml_fixture *fixture, const char *fake, const char *script);
const struct device *nvml_device(const struct nvml_fixture *fixture, size_t index);
const struct sample *nvml_read_after_ms(struct nvml_fixture *fixture, int64_t ms);
unsigned nvml_calls(const struct nvml_fixture *fixture, const char *name);
void nvml_reload(const struct nvml_fixture *fixture, const char *script);
const struct process_use *nvml_process(const struct sample *sample, int pid);
void nvml_assert_near(double value, double expected);
