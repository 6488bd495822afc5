/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/privilege.h - what this process may do: little while it opens, nothing when it answers
 *
 * capabilities(7). Opening wants CAP_DAC_READ_SEARCH (files of root's), CAP_PERFMON (perf), and CAP_SYS_RAWIO where the
 * processor's registers are asked for; the kernel looks at none of them when an open descriptor is read.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Whom a process that root has started becomes. */
struct privilege_user {
    uid_t uid;
    gid_t gid;
};

/* A name or a number. Return: 0; -ENOENT: there is no such user. */
int privilege_find_user(const char *name, struct privilege_user *user_out, struct aico2_error *err);

/* Keeps, of what there is, what opening needs. Return: 0 or -errno. */
int privilege_keep(bool registers, struct aico2_error *err);

/**
 * privilege_drop() - gives up the rest for good, before the first thread is started
 * A process of root's becomes the user; no capability is left, none can be had again, no program that is started has
 * more, no core file is written. Looked at afterwards.
 * Return: 0 or -errno: then nobody must be answered
 */
int privilege_drop(const struct privilege_user *user, struct aico2_error *err);
