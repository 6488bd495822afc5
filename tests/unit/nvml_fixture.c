/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/nvml_fixture.c - the NVML reader over a made-up library, with a clock of its own */
#include "nvml_fixture.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t fixture_ns(void *payload)
{
    return ((struct nvml_fixture *)payload)->now_ns;
}

int nvml_set_up(void **state)
{
    struct nvml_fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->tree_fd = temp_dir_open(fixture->tree);
    fixture->now_ns = 1000 * NSEC_PER_SEC;
    fixture->clock = (struct clock){ .mono_ns = fixture_ns, .payload = fixture };
    fixture->env = (struct reader_env){ .proc_fd = -1,
                                        .sys_fd = fixture->tree_fd,
                                        .dev_fd = fixture->tree_fd,
                                        .etc_fd = -1,
                                        .root_fd = -1,
                                        .clock = &fixture->clock };
    *state = fixture;
    return 0;
}

int nvml_tear_down(void **state)
{
    struct nvml_fixture *fixture = *state;

    reader_nvml.close(fixture->reader);
    (void)close(fixture->tree_fd);
    temp_dir_remove(fixture->tree);
    free(fixture);
    return 0;
}

void nvml_probe_file(struct nvml_fixture *fixture, const char *path, const char *script)
{
    struct aico2_error err = { 0 };

    reader_nvml.close(fixture->reader);
    fixture->reader = NULL;
    if (script != NULL)
        (void)setenv("FAKE_NVML", script, 1);
    fixture->env.nvml_path = path;
    assert_int_equal(reader_nvml.probe(&fixture->env, &fixture->reader, &fixture->status, &err), 0);
}

void nvml_probe(struct nvml_fixture *fixture, const char *fake, const char *script)
{
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/%s.so", getenv("AICO2_TEST_FAKES"),
                   fake);
    nvml_probe_file(fixture, fixture->path, script);
}

const struct device *nvml_device(const struct nvml_fixture *fixture, size_t index)
{
    assert_non_null(fixture->reader);
    assert_true(index < fixture->reader->device_count);
    return &fixture->reader->devices[index];
}

/* One reading, so much later than the last. Return: of the first GPU. */
const struct sample *nvml_read_after_ms(struct nvml_fixture *fixture, int64_t ms)
{
    assert_non_null(fixture->reader);
    fixture->now_ns += ms * NSEC_PER_MSEC;
    memset(fixture->samples, 0xa5, sizeof(fixture->samples));
    reader_nvml.read(fixture->reader, fixture->samples);
    return &fixture->samples[0];
}

unsigned nvml_calls(const struct nvml_fixture *fixture, const char *name)
{
    void *handle = dlopen(fixture->path, RTLD_LAZY | RTLD_NOLOAD);
    unsigned (*counted)(const char *name) = NULL;
    void *address;
    unsigned count;

    assert_non_null(handle);
    address = dlsym(handle, "fake_nvml_calls");
    memcpy(&counted, &address, sizeof(counted));
    count = counted(name);
    (void)dlclose(handle);
    return count;
}

void nvml_reload(const struct nvml_fixture *fixture, const char *script)
{
    void *handle = dlopen(fixture->path, RTLD_LAZY | RTLD_NOLOAD);
    void (*again)(void) = NULL;
    void *address;

    assert_non_null(handle);
    (void)setenv("FAKE_NVML", script, 1);
    address = dlsym(handle, "fake_nvml_reload");
    memcpy(&again, &address, sizeof(again));
    again();
    (void)dlclose(handle);
}

const struct process_use *nvml_process(const struct sample *sample, int pid)
{
    for (size_t i = 0; i < sample->process_count; i++) {
        if (sample->processes[i].pid == pid)
            return &sample->processes[i];
    }
    return NULL;
}

void nvml_assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-6))
        fail_msg("%.9g is not %.9g", value, expected);
}
