/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/machine_tree.h - machines for tests, built from tests/machines/NAME.manifest */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "readers/reader.h"
#include "support.h"

/* Builds proc/, sys/ and what else the text names below dirfd (grammar: tests/machines/README.md).
 * false: a line that is none of it. */
bool machine_tree_build_text(int dirfd, const char *manifest);

/* The same from tests/machines/NAME.manifest below $AICO2_TEST_SOURCE_ROOT. */
bool machine_tree_build(int dirfd, const char *name);

/* A time that a test sets. */
struct fake_clock {
    struct clock clock;
    int64_t now_ns;
};

/* A machine in a temporary directory, with what a reader wants of the world. */
struct test_machine {
    char path[64];
    int fd;
    struct fake_clock time;
    struct reader_env env;
};

/* name: of a manifest; NULL: an empty directory, filled by tree_write() and machine_reopen(). */
void machine_set_up(struct test_machine *machine, const char *name);
/* Opens proc, sys, dev and etc again: what was made since is seen. */
void machine_reopen(struct test_machine *machine);
void machine_tear_down(struct test_machine *machine);

/* A control type with its class link, and a zone: path as "intel-rapl:0" or
 * "intel-rapl:0/intel-rapl:0:1". The class link is made too, as the kernel does. */
void machine_add_zone(int dirfd, const char *path, const char *name, const char *energy_uj,
                      const char *range_uj);
