/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/job_files.h - which files a process has open, as far as we may know */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/**
 * job_files_any() - whether a process has a file open that is wanted
 * @wanted: is given what the link of each descriptor says: "/dev/nvmap", "socket:[4711]"
 * Return: 1 or 0; -errno when its files cannot be seen: -EACCES another user's, -ENOENT it is gone
 */
int job_files_any(int proc_fd, pid_t pid, bool (*wanted)(const char *target));

/* Whether it is a node of NVIDIA's GPU drivers: nobody computes on a Jetson's GPU without one. */
bool job_file_is_nvidia(const char *target);
