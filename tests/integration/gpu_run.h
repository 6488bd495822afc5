/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/gpu_run.h - a session over made-up GPUs and a job that sleeps */
#pragma once

#include "support.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "session/session.h"

/* Nobody has this pid: kernels count to 2^22. */
#define FOREIGN "999999999"
/* Everybody's machine has this one, and it is not the job's. */
#define OTHER "1"

struct gpu_run {
    char tree[64];
    int tree_fd;
    char library[512];
    pid_t child; /* the job: sleeps until it is told to end */
    struct session *session;
    struct report report;
};

int gpu_run_set_up(void **state);
int gpu_run_tear_down(void **state);
void gpu_run_start(struct gpu_run *fixture, const char *fake, int64_t interval_ms,
                   const char *script);
void gpu_run_for_ms(struct gpu_run *fixture, int64_t ms);
const struct report *gpu_run_finish(struct gpu_run *fixture);
/* What a busy machine is late with is a small part of a run that is long enough: where something did not come out, all is
 * forgotten and *ms doubled, for another run. Return: whether there is to be one; the last takes half a minute. */
bool gpu_run_again(struct gpu_run *fixture, bool came_out, int64_t *ms);
/* The first answer in the log is the probe's, the second the baseline. Return: by how much the counter
 * has risen since, joules. */
double gpu_run_logged_joules(const struct gpu_run *fixture, unsigned gpu);
void gpu_run_assert_near(double value, double expected, double tolerance);
void gpu_run_assert_adds_up(const struct report_device *item);
bool gpu_run_warned(const struct report *report, const char *words);
void gpu_run_assert_share(const struct report_device *item, double ratio);
