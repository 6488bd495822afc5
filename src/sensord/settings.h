/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/settings.h - what the command line says */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* NULL: not said. */
struct settings {
    const char *socket;
    const char *group;
    const char *raw_group;
    const char *user;
    const char *sysroot;
    int64_t idle_exit_ns;
    bool registers;
    bool help;
    bool version;
};

/* Return: 0 or -EINVAL. */
int settings_parse(int argc, char **argv, struct settings *settings_out, struct aico2_error *err);
/* What --help prints. */
void settings_help(char *text_out, size_t size);
