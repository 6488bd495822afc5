/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/samples.h - --samples of a window that a server kept */
#pragma once

#include "cli/cli.h"
#include "session/remote/window.h"

/* A row a device and interval, by time; they lose their old order. Without --samples nothing is done.
 * Return: 0 or -errno, with what could be written. */
int remote_samples_write(const struct cli *cli, struct remote_result *result,
                         struct aico2_error *err);
